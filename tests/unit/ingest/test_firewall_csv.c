/* test_firewall_csv.c - tables of packets. */
#include "reader_check.h"
#include "testing.h"

#define HEAD "datetime,host,src,proto,type,spt,dpt\n"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("firewall-csv", "good.csv");
	reader_check_forced("firewall-csv", "good.csv");
	reader_check_sample("firewall-csv", "synonyms.csv");
	reader_check_forced("firewall-csv", "synonyms.csv");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ HEAD "2013-03-03 21:53:59,h,1032051418,TCP,,6000", REFUSED_FIELD_MISSING,
		    "row: expected 7 columns, got 6" },
		{ HEAD "2013-03-03 21:53:59,h,4294967296,TCP,,6000,1", REFUSED_FIELD_INVALID,
		    "src: expected an address, got \"4294967296\"" },
		{ HEAD "2013-03-03 21:53:59,h,,TCP,,6000,1", REFUSED_FIELD_MISSING,
		    "src: expected an address, got nothing" },
		{ HEAD "2013-03-03 21:53:59,h,1.2.3,TCP,,6000,1", REFUSED_FIELD_INVALID,
		    "src: expected an address, got \"1.2.3\"" },
		{ HEAD "2013-03-03 21:53:59,h,1.2.3.4,TCP,,6000,x", REFUSED_FIELD_INVALID,
		    "dpt: expected a port, got \"x\"" },
		{ HEAD "2013-02-30 21:53:59,h,1.2.3.4,TCP,,6000,1", REFUSED_TIME_INVALID,
		    "datetime: expected a time, got \"2013-02-30 21:53:59\"" },
		{ HEAD "\"2013-03-03 21:53:59,h,1.2.3.4,TCP,,6000,1", REFUSED_FIELD_INVALID,
		    "column 1: expected a closing quote, got the line's end" },
	};

	(void)state;
	reader_check_refusals("firewall-csv", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("firewall-csv", true, "input", BAD, COUNT_OF(BAD));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
