/* test_zeek_json.c - Zeek logs in JSON. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("zeek-json", "good.json");
	reader_check_forced("zeek-json", "good.json");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"_path\":\"conn\",\"uid\":\"C1\",\"id.orig_h\":\"203.0.113.1\",\"id.resp_h\":"
		  "\"192.0.2.1\",\"proto\":\"tcp\"}",
		    REFUSED_FIELD_MISSING, "ts: expected a time, got nothing" },
		{ "{\"_path\":\"conn\",\"ts\":1753696800.0,\"id.orig_h\":\"203.0.113.1\",\"proto\":"
		  "\"tcp\"}",
		    REFUSED_FIELD_MISSING, "uid: expected a connection id, got nothing" },
		{ "{\"_path\":\"conn\",\"ts\":1753696800.0,\"uid\":\"C1\",\"id.orig_h\":\"host\","
		  "\"proto\":\"tcp\"}",
		    REFUSED_FIELD_INVALID, "id.orig_h: expected an address, got \"host\"" },
		{ "{\"_path\":\"conn\",\"ts\":1753696800.0,\"uid\":\"C1\",\"id.orig_h\":\"203.0."
		  "113.1\",\"id.orig_p\":65536,\"proto\":\"tcp\"}",
		    REFUSED_FIELD_INVALID, "id.orig_p: expected a port, got \"65536\"" },
	};

	(void)state;
	reader_check_refusals("zeek-json", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("zeek-json", true, "input", BAD, COUNT_OF(BAD));
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
