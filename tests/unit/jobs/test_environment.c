#include "testing.h"

#include "jobs/environment.h"

static const char *
value_of(char **environment, const char *name)
{
	const char *found = NULL;
	size_t len = strlen(name);

	for (size_t i = 0; environment[i] != NULL; i++)
		if (strncmp(environment[i], name, len) == 0 && environment[i][len] == '=') {
			assert_null(found); /* each name once */
			found = environment[i] + len + 1;
		}
	return found;
}

static void
test_the_child_reads_what_is_in_force(void **state)
{
	char *callers[] = { (char[]){ "PATH=/bin" }, (char[]){ "COORD_LEASE=7s" },
		(char[]){ "REDIS_URL_FILE=/nowhere" }, (char[]){ "PGPASSWORD=p" }, NULL };
	const char *options[] = { "COORD_LEASE=90s", "COORD_WORKERS=3", "DATABASE_URL=sqlite:x.db",
		"COORD_LOG_FORMAT=json",
		"COORD_CALLBACK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"COORD_CALLBACK_PORTS=443,9000", "REDIS_URL=redis://:geheim@localhost:6379/1" };
	struct config config, again;
	char **environment;

	(void)state;
	assert_int_equal(config_load(callers, options, COUNT_OF(options), &config, NULL), COORD_OK);
	environment = environment_for(&config, callers);
	assert_non_null(environment);
	assert_string_equal(value_of(environment, "PATH"), "/bin");
	assert_string_equal(value_of(environment, "PGPASSWORD"), "p");
	assert_string_equal(value_of(environment, "COORD_LEASE"), "90s");
	assert_string_equal(value_of(environment, "REDIS_URL"), "redis://:geheim@localhost:6379/1");
	assert_null(value_of(environment, "REDIS_URL_FILE"));
	assert_null(value_of(environment, "COORD_CONFIG_FILE"));
	assert_int_equal(config_load(environment, NULL, 0, &again, NULL), COORD_OK);
	for (size_t i = 0; config_at(i) != NULL; i++) {
		struct buf a = BUF_INIT(1 << 16), b = BUF_INIT(1 << 16);

		config_hand_on(&config, config_at(i), &a);
		config_hand_on(&again, config_at(i), &b);
		if (!sv_eq(buf_sv(&a), buf_sv(&b)))
			fail_msg(
			    "%s: %s is not %s", config_at(i)->name, buf_cstr(&b), buf_cstr(&a));
		buf_clear(&a);
		buf_clear(&b);
	}
	environment_free(environment);
	config_clear(&config);
	config_clear(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_child_reads_what_is_in_force),
	};

	return cmocka_run_group_tests_name("jobs/environment", tests, NULL, NULL);
}
