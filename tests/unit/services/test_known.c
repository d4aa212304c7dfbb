/* test_known.c - answers reach the verdict only from a provider that was asked about every source: else listed members would be compared with sources nobody asked about. */
#include "testing.h"

#include "services/services.h"

#define ANSWER(provider, call, kind, text, outcome, facts)                      \
	"{\"provider\":\"" provider "\",\"call\":\"" call "\",\"kind\":\"" kind \
	"\",\"text\":\"" text "\",\"campaign\":0,\"outcome\":\"" outcome        \
	"\",\"cached\":false,\"tries\":1,\"fetched_us\":1767614400000000,\"facts\":[" facts "]}"
#define ISC(text, facts) ANSWER("isc", "ip", "address", text, "hit", facts)
#define LISTED "{\"name\":\"listed\",\"text\":\"attacks\"}"
#define AS "{\"name\":\"asn\",\"number\":3045},{\"name\":\"country\",\"text\":\"NL\"}"

static struct services_known *
known_of(struct services_files *files, const char *answers, const struct addr *sources, size_t n)
{
	struct services_known *known = NULL;
	struct coord_error err;

	if (services_known_new(files, sv_from(answers), sources, n, &known, &err) != COORD_OK)
		fail_msg("%s", err.what);
	return known;
}

static void
test_a_provider_that_covers_all(void **state)
{
	static const char all[] = "[" ISC("45.9.20.7", LISTED "," AS) "," ANSWER(
	    "isc", "ip", "address", "45.9.60.1", "miss", "") "]",
			  part[] = "[" ISC("45.9.20.7", LISTED "," AS) "]",
			  failed[] = "[" ISC("45.9.20.7", LISTED "," AS) "," ANSWER(
			      "isc", "ip", "address", "45.9.60.1", "unavailable", "") "]",
			  scanner[] = "[" ISC("45.9.20.7",
			      LISTED ",{\"name\":\"scanner\",\"text\":\"shodan\"}") "]",
			  prefixes[] = "[" ANSWER("cymru", "origin", "prefix", "45.9.20.0/24",
			      "hit", AS) "," ANSWER("cymru", "origin", "prefix", "45.9.60.0/24",
			      "miss", "") "]";
	struct services_files *files;
	struct services_known *known;
	struct detect_config config = { .seed = 1 };
	struct addr sources[3];

	(void)state;
	assert_int_equal(
	    services_files_open(&(struct services_paths){ .reference = NULL }, &files, NULL),
	    COORD_OK);
	assert_true(addr_parse(SV("45.9.20.7"), &sources[0]) &&
		    addr_parse(SV("45.9.60.1"), &sources[1]) &&
		    addr_parse(SV("10.0.0.1"), &sources[2]));
	/* of private sources nobody can be asked */
	known = known_of(files, all, sources, 3);
	assert_non_null(known);
	services_known_use(known, &config);
	assert_non_null(config.knowledge);
	assert_int_equal(config.asn_of(config.asn_context, sources[0]), 3045);
	assert_int_equal(config.asn_of(config.asn_context, sources[1]), 0);
	services_known_free(known);

	assert_null(known_of(files, part, sources, 3));
	assert_null(known_of(files, failed, sources, 3));
	known = known_of(files, part, sources, 1);
	assert_non_null(known);
	services_known_free(known);
	/* a known scanner is one whoever else was asked about */
	known = known_of(files, scanner, sources, 3);
	assert_non_null(known);
	services_known_free(known);

	known = known_of(files, prefixes, sources, 3);
	assert_non_null(known);
	services_known_use(known, &config);
	assert_int_equal(config.asn_of(config.asn_context, sources[0]), 3045);
	assert_int_equal(config.asn_of(config.asn_context, sources[1]), 0);
	services_known_free(known);
	services_files_close(files);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_provider_that_covers_all) };

	return cmocka_run_group_tests_name("services/known", tests, NULL, NULL);
}
