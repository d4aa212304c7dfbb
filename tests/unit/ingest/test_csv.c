/* test_csv.c - headers by synonyms and separators, rows with quotes (RFC 4180). Rows are tested through a reader. */
#include "ingest/csv.h"
#include "reader_check.h"
#include "testing.h"

static const struct csv_field FIELDS[] = { { { "time", "ts", NULL } },
	{ { "srcip", "source", NULL } }, { { "port", NULL } } };

static bool
header(const char *line, struct csv_columns *columns, uint64_t *has)
{
	return csv_header(sv_from(line), FIELDS, COUNT_OF(FIELDS), columns, has);
}

static void
names_match_loosely(void **state)
{
	struct csv_columns c;
	uint64_t has = 0;

	(void)state;
	assert_true(header("Src-IP;note; TS ;Port", &c, &has));
	assert_int_equal(has, 7);
	assert_int_equal(c.n, 4);
	assert_int_equal(c.separator, ';');
	assert_int_equal(c.field[0], 1);
	assert_int_equal(c.field[1], CSV_IGNORED);
	assert_int_equal(c.field[2], 0);
	assert_int_equal(c.field[3], 2);
	assert_true(header("\xef\xbb\xbf\"time\"\tsource\tsrc_ip\r", &c, &has));
	assert_int_equal(has, 3);
	assert_int_equal(c.separator, '\t');
	assert_int_equal(c.field[2], CSV_IGNORED); /* the first of two sources counts */
}

static void
others_are_no_header(void **state)
{
	struct csv_columns c;
	uint64_t has = 0;
	char wide[2 * CSV_COLUMNS_MOST + 8] = "time";

	(void)state;
	assert_false(header("a,b,c", &c, &has));
	assert_false(header("timestamps,srcipx", &c, &has));
	assert_false(header("\"time,source", &c, &has));
	assert_false(header("\"time\"x,source", &c, &has));
	memset(wide + 4, ',', CSV_COLUMNS_MOST);
	assert_false(header(wide, &c, &has));
	assert_false(csv_may_be_header(SV("")));
	assert_false(csv_may_be_header(SV("2013-03-03,1.2.3.4")));
	assert_false(csv_may_be_header(SV("ae01,12:00:00")));
	assert_true(csv_may_be_header(SV("time,source")));
}

/** The table has to be one whole file: rows without a header say so, a header of a second file joined to it counts
 *  anew. */
static void
headers_rule_their_file(void **state)
{
	static const struct reader_bad BAD[] = { { "2013-03-03 21:53:59,h,1.2.3.4,TCP,,6000,1",
	    REFUSED_FIELD_MISSING, "header: expected column names in the first line, got a row" } };
	struct reader_result r = reader_run(NULL, "a.csv",
	    SV("time,src,proto,dpt\n2024-05-01 12:00:00,203.0.113.1,tcp,23\n\n"
	       "dpt\tproto\tsrc\ttime\twindow\n22\ttcp\t203.0.113.2\t2024-05-01 12:00:00\t\n"));

	(void)state;
	reader_check_refusals("firewall-csv", true, "a.csv", BAD, COUNT_OF(BAD));
	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(r.table.n, 2);
	assert_int_equal(r.table.target_port[0], 23);
	assert_int_equal(r.table.target_port[1], 22);
	reader_result_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_match_loosely),
		cmocka_unit_test(others_are_no_header),
		cmocka_unit_test(headers_rule_their_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
