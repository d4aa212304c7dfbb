/* test_write.c - the normalised record as NDJSON and CSV (docs/formats.md). */
#include "testing.h"
#include "rows.h"

static struct session_table
sample(void)
{
	struct session_builder *b = session_builder_new();
	struct session_row_item items[] = {
		{ .a = SV("root"),
		    .b = SV("a,\"b\""),
		    .kind = ITEM_CREDENTIAL,
		    .flags = ITEM_SUCCESS },
		{ .a = SV("echo x\n=1"),
		    .kind = ITEM_COMMAND,
		    .offset_ms = 20,
		    .flags = ITEM_FAILED },
	};
	struct session_row row = plain_row(1, 1, "a\"b,c");
	struct session_table t;

	row.items = items;
	row.n_items = 2;
	row.destination = addr_from_v4(0xc0000201);
	row.source_port = 40000;
	row.target_port = 22;
	row.duration_us = 12;
	row.bytes_in = 7;
	row.asn = 64496;
	row.flags = SESSION_CLOSED;
	row.text[TEXT_HASSH] = SV("h");
	must_add(b, &row);
	row = plain_row(2, 2, NULL);
	row.transport = TRANSPORT_UNKNOWN;
	must_add(b, &row);
	t = must_finish(b, NULL);
	return t;
}

static void
ndjson(void **state)
{
	struct session_table t = sample();
	struct buf out = BUF_INIT(1 << 16);

	(void)state;
	session_write_ndjson(&t, 0, &out);
	assert_sv_equal(buf_sv(&out),
	    "{\"source_ip\":\"203.0.113.1\",\"source_port\":40000,\"start\":\"2020-01-01T00:00:"
	    "01Z\","
	    "\"end\":\"2020-01-01T00:00:02Z\",\"duration_us\":12,\"destination_ip\":\"192.0.2.1\","
	    "\"target_port\":22,\"transport\":\"tcp\",\"service\":\"ssh\",\"id\":\"a\\\"b,c\","
	    "\"sensor\":\"s\",\"hassh\":\"h\",\"closed\":true,\"has_connect\":false,\"truncated\":"
	    "false,\"events\":1,\"bytes_in\":7,\"asn\":64496,\"items\":[{\"kind\":\"credential\","
	    "\"offset_ms\":0,\"user\":\"root\",\"password\":\"a,\\\"b\\\"\",\"success\":true},{"
	    "\"kind\":\"command\",\"offset_ms\":20,\"input\":\"echo x\\n=1\",\"failed\":true}]}\n");
	out.len = 0;
	session_write_ndjson(&t, 1, &out);
	assert_sv_equal(buf_sv(&out),
	    "{\"source_ip\":\"203.0.113.2\",\"start\":\"2020-01-01T00:00:02Z\",\"end\":"
	    "\"2020-01-01T00:00:03Z\",\"service\":\"ssh\",\"sensor\":\"s\",\"closed\":false,"
	    "\"has_connect\":false,\"truncated\":false,\"events\":1,\"items\":[]}\n");
	buf_clear(&out);
	session_table_free(&t);
}

static void
csv(void **state)
{
	struct session_table t = sample();
	struct buf out = BUF_INIT(1 << 16);

	(void)state;
	session_write_csv_header(&out);
	session_write_csv(&t, 0, &out);
	session_write_csv(&t, 1, &out);
	assert_sv_equal(buf_sv(&out),
	    "source_ip,source_port,start,end,duration_us,destination_ip,target_port,transport,"
	    "service,id,sensor,protocol,banner,hassh,user_agent,ja4,packet,format,index,doc,"
	    "country,"
	    "as_org,scanner,closed,has_connect,truncated,events,bytes_in,bytes_out,asn,items\n"
	    "203.0.113.1,40000,2020-01-01T00:00:01Z,2020-01-01T00:00:02Z,12,192.0.2.1,22,tcp,ssh,"
	    "\"a\"\"b,c\",s,,,h,,,,,,,,,,true,false,false,1,7,,64496,"
	    "\"[{\"\"kind\"\":\"\"credential\"\",\"\"offset_ms\"\":0,\"\"user\"\":\"\"root\"\","
	    "\"\"password\"\":\"\"a,\\\"\"b\\\"\"\"\",\"\"success\"\":true},{\"\"kind\"\":"
	    "\"\"command\"\",\"\"offset_ms\"\":20,\"\"input\"\":\"\"echo x\\n=1\"\","
	    "\"\"failed\"\":true}]\"\n"
	    "203.0.113.2,,2020-01-01T00:00:02Z,2020-01-01T00:00:03Z,,,,,ssh,,s,,,,,,,,,,,,,false,"
	    "false,false,1,,,,[]\n");
	buf_clear(&out);
	session_table_free(&t);
}

static void
a_full_buffer_is_told(void **state)
{
	struct session_table t = sample();
	struct buf out = BUF_INIT(64);

	(void)state;
	session_write_csv(&t, 0, &out);
	assert_true(out.failed);
	buf_clear(&out);
	session_table_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ndjson),
		cmocka_unit_test(csv),
		cmocka_unit_test(a_full_buffer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
