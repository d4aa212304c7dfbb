/* test_fold.c - sessions from events: rotation, late events, colliding ids, gaps; and connections seen by several logs. */
#include "reader_check.h"
#include "testing.h"

#define COWRIE(event, session, time, more)                                                  \
	"{\"eventid\":\"cowrie." event "\",\"session\":\"" session "\",\"src_ip\":\"203.0." \
	"113.1\",\"sensor\":\"s\",\"timestamp\":\"2020-01-01T" time "Z\"" more "}\n"
#define CONNECT(session, time)                   \
	COWRIE("session.connect", session, time, \
	    ",\"src_port\":50000,\"dst_ip\":\"10.0.0.1\",\"dst_port\":2222,\"protocol\":\"ssh\"")
#define CLOSED(session, time) COWRIE("session.closed", session, time, ",\"duration\":5")
#define COMMAND(session, time, text) \
	COWRIE("command.input", session, time, ",\"input\":\"" text "\"")
#define FIREWALL(epoch, source_port, port)                                                     \
	epoch " pi kernel:[1.0]  DSHIELDINPUT IN=eth0 OUT= MAC= SRC=203.0.113.1 DST=10.0.0.1 " \
	      "LEN=60 TTL=50 ID=1 PROTO=TCP SPT=" source_port " DPT=" port " WINDOW=64240 SYN \n"
#define ZEEK(ts, uid, source_port, port)                                                     \
	"{\"_path\":\"conn\",\"ts\":" ts ",\"uid\":\"" uid                                   \
	"\",\"id.orig_h\":\"203.0.113.1\",\"id.orig_p\":" source_port                        \
	",\"id.resp_h\":\"10.0.0.1\",\"id.resp_p\":" port                                    \
	",\"proto\":\"tcp\",\"service\":\"ssh\",\"duration\":4.5,\"orig_bytes\":100,\"resp_" \
	"bytes\":200}\n"
#define WEB(time, path)                                                     \
	"{\"time\":\"2020-01-01T" time                                      \
	"\",\"headers\":{\"Host\":\"192.0.2.10:8080\"},\"sip\":\"203."      \
	"0.113.1\",\"dip\":\"10.0.0.1\",\"method\":\"GET\",\"url\":\"" path \
	"\",\"data\":\"\",\"useragent\":\"x\",\"version\":\"HTTP/1.1\"}\n"

#define TPOT(type, host, more)                                      \
	"{\"@timestamp\":\"2020-02-03T08:00:00Z\",\"type\":\"" type \
	"\",\"src_ip\":\"203.0.113.11\","                           \
	"\"src_port\":5002,\"t-pot_hostname\":\"" host "\"" more "}\n"

static struct reader_result
good(struct sv text)
{
	struct reader_result r = reader_run(NULL, "input", text);

	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.report.refused, 0);
	assert_null(session_table_check(&r.table));
	return r;
}

static void
rotation(void **state)
{
	struct reader_result no_connect =
	    good(SV(COMMAND("a", "00:00:01", "ls") CLOSED("a", "00:00:04")));
	struct reader_result no_close =
	    good(SV(CONNECT("a", "00:00:00") COMMAND("a", "00:00:01", "ls")));

	(void)state;
	assert_int_equal(no_connect.table.flags[0], SESSION_CLOSED);
	assert_int_equal(no_connect.table.end_us[0] - no_connect.table.start_us[0], 3000000);
	assert_int_equal(no_connect.table.duration_us[0], 5000000); /* the log's word */
	assert_int_equal(no_close.table.flags[0], SESSION_HAS_CONNECT);
	assert_int_equal(no_close.table.end_us[0] - no_close.table.start_us[0], 1000000);
	assert_int_equal(no_close.table.duration_us[0], -1);
	reader_result_clear(&no_connect);
	reader_result_clear(&no_close);
}

static void
an_id_may_come_back(void **state)
{
	struct reader_result r = good(SV(CONNECT("a", "00:00:00") CLOSED("a", "00:00:05")
		COWRIE("log.closed", "a", "00:00:06", "") CONNECT("a", "09:00:00")
		    COMMAND("a", "09:00:01", "ls") CLOSED("a", "09:00:05")));

	(void)state;
	assert_int_equal(r.table.n, 2);
	assert_int_equal(r.table.events[0], 3); /* what follows the close is the first's */
	assert_int_equal(r.table.events[1], 3);
	assert_int_equal(r.table.item_start[1], 0);
	reader_result_clear(&r);
}

static void
late_events_do_not_extend(void **state)
{
	struct reader_result r = good(SV(CONNECT("a", "00:00:00")
		COWRIE("command.input", "a", "00:09:00", ",\"input\":\"x\",\"late\":true")));

	(void)state;
	assert_int_equal(r.table.end_us[0], r.table.start_us[0]);
	assert_int_equal(r.table.n_items, 1);
	assert_int_equal(r.table.items[0].offset_ms, 540000);
	reader_result_clear(&r);
}

static void
empty_sensor_needs_the_source(void **state)
{
	struct reader_result r =
	    good(SV("{\"eventid\":\"cowrie.x\",\"session\":\"a\",\"src_ip\":\"203.0.113.1\","
		    "\"sensor\":\"\","
		    "\"timestamp\":\"2020-01-01T00:00:00Z\"}\n"
		    "{\"eventid\":\"cowrie.x\",\"session\":\"a\",\"src_ip\":\"203.0.113.2\","
		    "\"timestamp\":\"2020-01-01T00:00:00Z\"}\n"));

	(void)state;
	assert_int_equal(r.table.n, 2);
	reader_result_clear(&r);
}

static void
items_are_capped(void **state)
{
	struct ingest_options options = { .items_max = 3 };
	struct reader_result r = { .rc = COORD_OK };
	const struct sv text = SV(CONNECT("a", "00:00:00") COMMAND("a", "00:00:05", "5")
		COMMAND("a", "00:00:01", "1") COMMAND("a", "00:00:03", "3")
		    COMMAND("a", "00:00:02", "2") COMMAND("a", "00:00:04", "4"));

	(void)state;
	r.rc = ingest_memory(
	    &options, "input", text.data, text.len, false, &r.table, &r.report, &r.err);
	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.table.n_items, 3);
	assert_sv_equal(session_string(&r.table, r.table.items[2].a), "3");
	assert_int_equal(r.table.flags[0], SESSION_HAS_CONNECT | SESSION_TRUNCATED);
	assert_int_equal(r.table.events[0], 6);
	reader_result_clear(&r);
}

static void
gaps_part_sessions(void **state)
{
	struct reader_result r = good(SV(FIREWALL("1577836800", "1000", "23")
		FIREWALL("1577836860", "1001", "2323") FIREWALL("1577836921", "1002", "23")));

	(void)state;
	assert_int_equal(r.table.n, 2); /* 60 s belongs, 61 s does not */
	assert_int_equal(r.table.events[0], 2);
	assert_int_equal(r.table.service[0], SERVICE_SCAN);
	assert_int_equal(session_text(&r.table, 0, TEXT_ID).len, 16);
	assert_false(sv_eq(session_text(&r.table, 0, TEXT_ID), session_text(&r.table, 1, TEXT_ID)));
	reader_result_clear(&r);
}

/** 2020-01-01T00:00:00Z is 1577836800. */
static void
a_firewall_line_joins_its_session(void **state)
{
	struct reader_result r = good(SV(CONNECT("a", "00:00:00") CLOSED("a", "00:00:05")
		FIREWALL("1577836799", "50000", "22") FIREWALL("1577836801", "50001", "2323")));

	(void)state;
	assert_int_equal(r.table.n, 2);
	assert_int_equal(r.report.joined, 1);
	assert_int_equal(r.table.service[0], SERVICE_SSH);
	assert_int_equal(r.table.events[0], 3);
	assert_true(session_text(&r.table, 0, TEXT_PACKET).len > 0);
	assert_sv_equal(session_text(&r.table, 0, TEXT_FORMAT), "cowrie");
	assert_sv_equal(session_text(&r.table, 0, TEXT_SENSOR), "s");
	assert_int_equal(r.table.service[1], SERVICE_SCAN);
	assert_int_equal(r.table.target_port[1], 2323);
	assert_int_equal(r.table.events[1], 1);
	reader_result_clear(&r);
}

static void
zeek_joins_its_session(void **state)
{
	struct reader_result r = good(SV(CONNECT("a", "00:00:00") CLOSED("a", "00:00:05") ZEEK(
	    "1577836799.9", "C1", "50000", "2222") ZEEK("1577836760.0", "C2", "50007", "22")));

	(void)state;
	assert_int_equal(r.table.n, 2);
	assert_int_equal(r.report.joined, 1);
	assert_int_equal(r.table.bytes_in[1], 100);
	assert_sv_equal(session_text(&r.table, 1, TEXT_ID), "a");
	assert_int_equal(r.table.target_port[1], 22);
	assert_sv_equal(session_text(&r.table, 0, TEXT_ID), "C2");
	reader_result_clear(&r);
}

/** Neither protocol nor port of its own: what it is, the row that joins it tells. */
static void
a_session_learns_its_service(void **state)
{
	struct reader_result r = good(SV(TPOT("Dionaea", "tp1", "")
		TPOT("Fatt", "tp2", ",\"dest_port\":22,\"protocol\":\"ssh\"")));

	(void)state;
	assert_int_equal(r.report.joined, 1);
	assert_int_equal(r.table.n, 1);
	assert_sv_equal(session_text(&r.table, 0, TEXT_PROTOCOL), "ssh");
	assert_int_equal(r.table.service[0], SERVICE_SSH);
	reader_result_clear(&r);
}

static void
strangers_do_not_join(void **state)
{
	/* another source port, another target port, too long before */
	struct reader_result r = good(SV(CONNECT("a", "00:00:00") FIREWALL("1577836800", "50001",
	    "22") FIREWALL("1577836800", "50000", "23") FIREWALL("1577836730", "50000", "22")));

	(void)state;
	assert_int_equal(r.report.joined, 0);
	assert_int_equal(r.table.n, 3);
	reader_result_clear(&r);
}

static void
the_web_honeypot_has_no_source_port(void **state)
{
	struct reader_result r = good(
	    SV(WEB("00:00:00.5", "/a") WEB("00:00:30", "/b") FIREWALL("1577836800", "40000", "8080")
		    FIREWALL("1577836829", "40001", "8080") FIREWALL("1577836829", "40002", "22")));

	(void)state;
	assert_int_equal(r.table.n, 2);
	assert_int_equal(r.report.joined, 1);
	assert_int_equal(r.table.service[0], SERVICE_WEB);
	assert_int_equal(r.table.source_port[0], 0);
	assert_int_equal(r.table.events[0], 4);
	reader_result_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rotation),
		cmocka_unit_test(an_id_may_come_back),
		cmocka_unit_test(late_events_do_not_extend),
		cmocka_unit_test(empty_sensor_needs_the_source),
		cmocka_unit_test(items_are_capped),
		cmocka_unit_test(gaps_part_sessions),
		cmocka_unit_test(a_firewall_line_joins_its_session),
		cmocka_unit_test(zeek_joins_its_session),
		cmocka_unit_test(a_session_learns_its_service),
		cmocka_unit_test(strangers_do_not_join),
		cmocka_unit_test(the_web_honeypot_has_no_source_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
