/* test_zeek_tsv.c - Zeek logs in their own form. */
#include "reader_check.h"
#include "testing.h"

#define HEAD                                                                              \
	"#separator "                                                                     \
	"\\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_" \
	"p\tproto\n"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("zeek-tsv", "conn.log");
	reader_check_forced("zeek-tsv", "conn.log");
	reader_check_sample("zeek-tsv", "http.log");
	reader_check_forced("zeek-tsv", "http.log");
	reader_check_sample("zeek-tsv", "ssh.log");
	reader_check_forced("zeek-tsv", "ssh.log");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ HEAD "1701946336.598590\tCmMj7Y1TLuJ5YCKDWl\t203.0.113.159\t60702",
		    REFUSED_FIELD_MISSING, "row: expected 7 columns, got 4" },
		{ HEAD
		    "1701946336.598590\tCmMj7Y1TLuJ5YCKDWl\t203.0.113.x\t60702\t192.0.2.1\t22\ttcp",
		    REFUSED_FIELD_INVALID, "id.orig_h: expected an address, got \"203.0.113.x\"" },
		{ HEAD "-\tCmMj7Y1TLuJ5YCKDWl\t203.0.113.1\t60702\t192.0.2.1\t22\ttcp",
		    REFUSED_FIELD_MISSING, "ts: expected a time, got nothing" },
		{ HEAD "1701946336.598590\t-\t203.0.113.1\t60702\t192.0.2.1\t22\ttcp",
		    REFUSED_FIELD_MISSING, "uid: expected a connection id, got nothing" },
		{ HEAD "1701946336.598590\tC1\t203.0.113.1\t60702\t192.0.2.1\t-22\ttcp",
		    REFUSED_FIELD_INVALID, "id.resp_p: expected a port, got \"-22\"" },
	};

	(void)state;
	reader_check_refusals("zeek-tsv", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("zeek-tsv", true, "input", BAD, COUNT_OF(BAD));
}

/** A row before any #fields, a header that joins logs of several kinds, escapes and carriage returns. */
static void
rows_need_their_header(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "1701946336.598590\tCmMj7Y1TLuJ5YCKDWl\t203.0.113.159\t60702\t192.0.2."
		  "68\t22\ttcp",
		    REFUSED_FIELD_MISSING,
		    "#fields: expected a header before the rows, got a row" },
		{ "#separator ab\n", REFUSED_FIELD_INVALID,
		    "#separator: expected one character, got 2" },
	};
	struct reader_result r = reader_run(NULL, "all.log",
	    SV("#separator \\x09\r\n#fields\tts\tuid\tid.orig_h\tproto\tconn_state\r\n"
	       "1701946336.5\tC1\t203.0.113.1\ttcp\tS0\r\n"
	       "#separator |\n#path|dns\n#fields|ts|uid|id.orig_h|query\n"
	       "1701946337.5|C2|203.0.113.2|example.com\n"
	       "#separator ,\n#path,ssh\n#fields,ts,uid,id.orig_h,client\n"
	       "1701946338.5,C3,203.0.113.3,SSH\\x2d2.0\\x2cGo\n"));

	(void)state;
	reader_check_refusals("zeek-tsv", true, "conn.log", BAD, COUNT_OF(BAD));
	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(r.table.n, 2);
	assert_sv_equal(session_text(&r.table, 0, TEXT_ID), "C1");
	assert_sv_equal(session_text(&r.table, 1, TEXT_BANNER), "SSH-2.0,Go");
	reader_result_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(refusals),
		cmocka_unit_test(rows_need_their_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
