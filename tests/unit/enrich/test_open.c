/* test_open.c - settings that are right, and those that are told to be wrong; the index of a time. */
#include "config/config.h"
#include "enrich/private.h"
#include "testing.h"

#define URL "http://127.0.0.1:9200"

static const struct {
	const char *url, *key, *user, *password, *index;
	const char *authorization; /* NULL: refused */
} settings[] = {
	{ URL, "", "", "", "a", "" },
	{ URL "/es/", "VnVh", "", "", "a", "ApiKey VnVh" },
	{ URL, "id:key", "", "", "a", "ApiKey aWQ6a2V5" },
	{ "https://es.example.org", "", "u", "p:w", "a-%Y.%m.%d", "Basic dTpwOnc=" },
	{ "http://u:p@127.0.0.1:9200", "", "", "", "a", NULL },
	{ "http://u@127.0.0.1:9200", "", "", "", "a", NULL },
	{ URL "/?pretty", "", "", "", "a", NULL },
	{ "127.0.0.1:9200", "", "", "", "a", NULL },
	{ "ftp://127.0.0.1", "", "", "", "a", NULL },
	{ URL, "k", "u", "p", "a", NULL },
	{ URL, "", "u", "", "a", NULL },
	{ URL, "", "", "p", "a", NULL },
	{ URL, "", "u:v", "p", "a", NULL },
	{ URL, "k\nX: y", "", "", "a", NULL },
	{ URL, "", "", "", "", NULL },
	{ URL, "", "", "", "A", NULL },
	{ URL, "", "", "", "_a", NULL },
	{ URL, "", "", "", "a*", NULL },
	{ URL, "", "", "", "a%H", NULL },
	{ URL, "", "", "", "a%", NULL },
};

static void
test_settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(settings); i++) {
		const struct config config = { .elasticsearch_url = settings[i].url,
			.es_api_key = settings[i].key,
			.es_user = settings[i].user,
			.es_password = settings[i].password,
			.es_index = settings[i].index };
		struct enrich *e = NULL;
		struct coord_error err;
		enum coord_err rc = enrich_open(&config, NULL, NULL, &e, &err);

		if ((rc == COORD_OK) != (settings[i].authorization != NULL))
			fail_msg("%s %s: %d", settings[i].url, settings[i].index, (int)rc);
		if (rc == COORD_OK)
			assert_string_equal(buf_cstr(&e->authorization), settings[i].authorization);
		else
			assert_null(e);
		enrich_close(e);
	}
}

static void
test_none(void **state)
{
	const struct config config = { .elasticsearch_url = "" };
	struct enrich *e = NULL;

	(void)state;
	assert_int_equal(enrich_open(&config, NULL, NULL, &e, NULL), COORD_OK);
	assert_null(e);
}

static void
test_index(void **state)
{
	char name[ENRICH_INDEX_MOST + 1];

	(void)state;
	assert_true(enrich_index("dshield-coordination-%Y.%m", 1767225599 * TIME_SECOND, name));
	assert_string_equal(name, "dshield-coordination-2025.12");
	assert_true(enrich_index("x-%d", 1767225600 * TIME_SECOND, name));
	assert_string_equal(name, "x-01");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_settings),
		cmocka_unit_test(test_none), cmocka_unit_test(test_index) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
