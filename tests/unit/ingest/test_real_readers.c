/* test_real_readers.c - the readers on real logs: how many records, sessions and sources come out of each set. The figures
 * are those of the sets' own description. Skipped with a printed reason where the logs are not there. */
#include <stdio.h>
#include <stdlib.h>

#include "reader_check.h"
#include "testing.h"

/** Reads a path of the real data; false when it is not there. */
static bool
read_real(const char *relative, struct reader_result *r)
{
	char path[4096];

	if (reader_real_path(relative, path) == NULL)
		return false;
	*r = reader_run_path(path);
	if (r->rc != COORD_OK)
		fail_msg("%s: %s", relative, r->err.what);
	assert_null(session_table_check(&r->table));
	return true;
}

static uint64_t
sessions_of(const struct reader_result *r, const char *format)
{
	for (uint32_t i = 0; i < r->report.n_formats; i++)
		if (strcmp(r->report.formats[i].format, format) == 0)
			return r->report.formats[i].sessions;
	return 0;
}

static uint32_t
count_items(const struct session_table *t, enum session_item_kind kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n_items; i++)
		n += t->items[i].kind == kind;
	return n;
}

static void
tanner(void **state)
{
	struct reader_result r;

	(void)state;
	if (!read_real("tpot-other-2020/tanner_report.json.gz", &r))
		skip();
	/* the set's page counts 2,543 requests; the file has 2,544 whole lines and the cut one */
	assert_int_equal(r.report.refused, 1);
	assert_int_equal(r.report.refused_by_kind[REFUSED_NOT_JSON], 1);
	assert_int_equal(r.report.shown[0].error.line, 2534);
	assert_int_equal(count_items(&r.table, ITEM_REQUEST), 2544);
	assert_int_equal(reader_count_sources(&r.table), 566);
	assert_int_equal(sessions_of(&r, "tanner"), r.table.n);
	reader_result_clear(&r);
}

static void
heralding(void **state)
{
	struct reader_result r;

	(void)state;
	if (!read_real("tpot-other-2020/heralding_log_session.json.gz", &r))
		skip();
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(r.table.n, 19650);
	assert_int_equal(reader_count_sources(&r.table), 69);
	for (uint32_t i = 0; i < r.table.n; i++)
		assert_int_equal(r.table.flags[i], SESSION_CLOSED | SESSION_HAS_CONNECT);
	reader_result_clear(&r);
}

static void
ufw_vultr(void **state)
{
	struct reader_result r;

	(void)state;
	if (!read_real("firewall-ufw/vultr-2022", &r))
		skip();
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(r.report.records, 124563);
	assert_int_equal(reader_count_sources(&r.table), 17468);
	assert_int_equal(reader_count_texts(&r.table, TEXT_SENSOR), 1);
	for (uint32_t i = 0; i < r.table.n; i++) {
		assert_int_equal(r.table.service[i], SERVICE_SCAN);
		assert_false(addr_is_unknown(r.table.destination[i]));
		/* the year is in the files' names */
		assert_in_range(
		    r.table.start_us[i], INT64_C(1651881600000000), INT64_C(1653177600000000));
	}
	reader_result_clear(&r);
}

static void
ufw_mail(void **state)
{
	struct reader_result r;

	(void)state;
	if (!read_real("firewall-ufw/mail-2017", &r))
		skip();
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(r.report.records, 1361);
	assert_int_equal(reader_count_sources(&r.table), 875);
	reader_result_clear(&r);
}

static void
marx(void **state)
{
	struct reader_result r;

	(void)state;
	if (!read_real("firewall-csv-2013", &r))
		skip();
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(r.report.records - r.report.ignored, 187849);
	assert_int_equal(reader_count_sources(&r.table), 32992);
	assert_int_equal(reader_count_texts(&r.table, TEXT_SENSOR), 9);
	reader_result_clear(&r);
}

static void
session_rows(void **state)
{
	struct reader_result r;

	(void)state;
	if (!read_real("sessions-csv-2025", &r))
		skip();
	assert_int_equal(r.report.refused, 3);
	assert_int_equal(r.report.refused_by_kind[REFUSED_FIELD_MISSING], 3);
	assert_int_equal(r.table.n, 19997);
	/* 1,956 in the set's description counts the empty address of the three refused rows */
	assert_int_equal(reader_count_sources(&r.table), 1955);
	reader_result_clear(&r);
}

static bool
is_source(const struct session_table *t, uint32_t row, const char *text)
{
	struct addr a;

	assert_true(addr_parse(sv_from(text), &a));
	return addr_cmp(t->source[row], a) == 0;
}

/** Zeek's rows of the nine Cowrie sessions are in those sessions; the six others are what Cowrie did not see. */
static void
worm_of_three_addresses(void **state)
{
	struct reader_result r;
	uint32_t worm = 0;

	(void)state;
	if (!read_real("dshield-2023/botnet-germany-japan", &r))
		skip();
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(reader_count_sources(&r.table), 3);
	assert_int_equal(sessions_of(&r, "cowrie"), 9);
	assert_int_equal(sessions_of(&r, "zeek-tsv"), 6);
	assert_int_equal(sessions_of(&r, "firewall"), 0);
	assert_int_equal(r.table.n, 15);
	for (uint32_t i = 0; i < r.table.n; i++) {
		worm += is_source(&r.table, i, "27.93.25.111");
		for (uint32_t k = 0; k < i; k++)
			assert_false(r.table.source_port[i] == r.table.source_port[k] &&
				     addr_cmp(r.table.source[i], r.table.source[k]) == 0 &&
				     r.table.start_us[i] - r.table.start_us[k] < 60 * TIME_SECOND);
	}
	assert_int_equal(worm, 4);
	reader_result_clear(&r);
}

static void
log4shell(void **state)
{
	struct reader_result r;
	uint32_t hosts = 0;

	(void)state;
	if (!read_real("dshield-2023/log4shell-cryptojacking", &r))
		skip();
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(reader_count_sources(&r.table), 2);
	/* Zeek's two http rows have their honeypot requests: none is left on its own */
	assert_int_equal(sessions_of(&r, "webhoneypot"), 82);
	for (uint32_t i = 0; i < r.table.n_items; i++)
		if (r.table.items[i].kind == ITEM_HOST)
			hosts += sv_eq(
			    session_string(&r.table, r.table.items[i].a), SV("141.147.79.97"));
	assert_int_equal(hosts, 81); /* the look-up's server, in spite of the obfuscation */
	assert_int_equal(count_items(&r.table, ITEM_REQUEST), 310);
	reader_result_clear(&r);
}

static void
brute_force(void **state)
{
	struct reader_result r;

	(void)state;
	if (!read_real("dshield-2023/ssh-bruteforce-digitalocean", &r))
		skip();
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(reader_count_sources(&r.table), 1);
	assert_int_equal(sessions_of(&r, "cowrie"), 250);
	assert_int_equal(sessions_of(&r, "firewall"), 0);
	/* 253 connections on the wire, most of them in the 250 sessions */
	assert_true(sessions_of(&r, "zeek-tsv") < 40);
	reader_result_clear(&r);
}

static void
ssh_actor(void **state)
{
	struct reader_result r;

	(void)state;
	if (!read_real("dshield-2023/ssh-204.76.203.13", &r))
		skip();
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(reader_count_sources(&r.table), 1);
	assert_int_equal(sessions_of(&r, "cowrie"), 5);
	reader_result_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tanner),
		cmocka_unit_test(heralding),
		cmocka_unit_test(ufw_vultr),
		cmocka_unit_test(ufw_mail),
		cmocka_unit_test(marx),
		cmocka_unit_test(session_rows),
		cmocka_unit_test(worm_of_three_addresses),
		cmocka_unit_test(log4shell),
		cmocka_unit_test(brute_force),
		cmocka_unit_test(ssh_actor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
