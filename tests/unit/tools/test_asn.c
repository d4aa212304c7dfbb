#include "testing.h"

#include "tools/tools.h"

static const char *asn_path, *other_path;

static uint32_t
look_up(struct asn_database *db, const char *text)
{
	struct addr a;

	assert_true(addr_parse(sv_from(text), &a));
	return asn_of(db, a);
}

static void
test_numbers_of_both_vendors(void **state)
{
	static const struct addr unknown;
	struct asn_database *db = NULL;
	struct coord_error err;

	(void)state;
	assert_int_equal(asn_open(asn_path, &db, &err), COORD_OK);
	assert_int_equal(look_up(db, "198.18.0.1"), 64500);
	assert_int_equal(look_up(db, "198.18.1.255"), 64501);
	assert_int_equal(look_up(db, "198.18.2.1"), 0); /* text without "AS" */
	assert_int_equal(look_up(db, "198.18.3.1"), 0); /* no number at all */
	assert_int_equal(look_up(db, "198.18.4.1"), 0);
	assert_true(look_up(db, "2001:db8::1") == UINT32_MAX);
	assert_int_equal(look_up(db, "2001:db9::1"), 0);
	assert_int_equal(asn_of(db, unknown), 0);
	asn_close(db);
	asn_close(NULL);
}

static void
test_refused_files(void **state)
{
	struct asn_database *db = NULL;
	struct coord_error err;

	(void)state;
	assert_int_equal(asn_open("/nonexistent.mmdb", &db, &err), COORD_EIO);
	assert_int_equal(asn_open("/dev/null", &db, &err), COORD_EPARSE);
	assert_int_equal(asn_open(other_path, &db, &err), COORD_EPARSE);
	assert_true(sv_has(sv_from(err.what), SV("GeoLite2-City")));
	assert_null(db);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_of_both_vendors),
		cmocka_unit_test(test_refused_files),
	};

	if (argc != 3)
		return 2;
	asn_path = argv[1];
	other_path = argv[2];
	return cmocka_run_group_tests_name("tools/asn", tests, NULL, NULL);
}
