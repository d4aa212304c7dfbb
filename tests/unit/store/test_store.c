/* test_store.c - opening, and the whole contract of store.h, group by group. */
#include "world.h"

#include <stdio.h>
#include <sys/stat.h>

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(analysis_status_name(ANALYSIS_QUEUED), "queued");
	assert_string_equal(analysis_status_name(ANALYSIS_PROCESSING), "processing");
	assert_string_equal(analysis_status_name(ANALYSIS_COMPLETED), "completed");
	assert_string_equal(analysis_status_name(ANALYSIS_FAILED), "failed");
	assert_string_equal(analysis_status_name(ANALYSIS_CANCELLED), "cancelled");
	assert_false(analysis_terminal(ANALYSIS_PROCESSING));
	assert_true(analysis_terminal(ANALYSIS_COMPLETED));
}

static void
test_urls(void **state)
{
	static const struct {
		const char *url;
		enum coord_err rc;
		const char *says;
	} bad[] = {
		{ "", COORD_EINVALID, "sqlite:PATH" },
		{ NULL, COORD_EINVALID, "sqlite:PATH" },
		{ "mysql://a/b", COORD_EINVALID, "sqlite:PATH" },
		{ "sqlite:", COORD_EINVALID, "path" },
		{ "sqlite::memory:", COORD_EINVALID, "path" },
		{ "sqlite://host/x.db", COORD_EINVALID, "no host" },
		{ "sqlite:/no/such/folder/x.db", COORD_EUNAVAIL, "/no/such/folder/x.db" },
		{ "postgresql://u:tops3cret@127.0.0.1:notaport/x", COORD_EUNAVAIL, "port" },
		{ "postgresql://u:tops3cret@127.0.0.1:1/x", COORD_EUNAVAIL, "refused" },
		{ "postgresql+asyncpg://u:tops3cret@127.0.0.1:1/x", COORD_EUNAVAIL, "refused" },
		{ "postgresql://u:tops3cret@[127.0.0.1/x", COORD_EINVALID, "URL" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct coord_error err = { .code = COORD_OK };
		struct store *store = NULL;

		assert_int_equal(store_open(bad[i].url, NULL, &store, &err), bad[i].rc);
		if (strstr(err.what, bad[i].says) == NULL)
			fail_msg("%s: %s", bad[i].url, err.what);
		assert_null(strstr(err.what, "tops3cret"));
		assert_null(store);
	}
}

static void
test_open(void **state)
{
	struct world *w = *state;
	struct stat st;

	assert_string_equal(store_kind(w->store), world_is_sqlite(w) ? "sqlite" : "postgresql");
	OK(store_ping(w->store, &w->err));
	if (world_is_sqlite(w)) {
		assert_int_equal(stat(w->url + strlen("sqlite:"), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

/** sqlite:PATH, sqlite:///PATH and PATH are one file. */
static void
test_ways_to_write_a_path(void **state)
{
	struct world *w = *state;
	struct store *other = NULL;
	char url[600];
	id_text id;
	struct store_submission item = world_item(w, id);
	struct store_analysis a;
	static const char *const ways[] = { "", "sqlite:///" };

	if (!world_is_sqlite(w))
		skip();
	world_submit(w, &item, T0);
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		(void)snprintf(url, sizeof(url), "%s%s", ways[i], w->url + strlen("sqlite:"));
		OK(store_open(url, NULL, &other, &w->err));
		OK(store_get(other, sv_from(id), SV_NONE, 0, w->arena, &a, &w->err));
		store_close(other);
	}
}

struct told {
	unsigned calls[3], failed;
	int64_t least_us;
};

static void
on_told(void *context, enum store_operation operation, int64_t elapsed_us, bool failed)
{
	struct told *told = context;

	told->calls[operation]++;
	told->failed += failed;
	told->least_us = elapsed_us < told->least_us ? elapsed_us : told->least_us;
}

static void
test_observer(void **state)
{
	struct world *w = *state;
	struct told told = { 0 };
	id_text id;
	struct store_submission item = world_item(w, id);

	store_observe(w->store, on_told, &told);
	world_submit(w, &item, T0);
	OK(store_ping(w->store, &w->err));
	assert_int_equal(store_requeue(w->store, sv_from(id), T0, &w->err), COORD_ENODATA);
	assert_int_equal(told.calls[STORE_READ], 1);
	assert_int_equal(told.calls[STORE_WRITE], 1);
	assert_true(told.calls[STORE_COMMIT] >= 1);
	assert_int_equal(told.failed, 0);
	assert_true(told.least_us >= 0);
	store_observe(w->store, NULL, NULL);
}

static int
store_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_urls),
		WORLD_TEST(test_open),
		WORLD_TEST(test_ways_to_write_a_path),
		WORLD_TEST(test_observer),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

int
main(void)
{
	int (*const groups[])(void) = { store_tests, write_tests, job_tests, read_tests,
		campaign_tests, callback_tests, small_tests, audit_tests, retain_tests,
		workflow_tests, migrate_tests, fault_tests };
	int failed = 0;

	for (size_t i = 0; i < COUNT_OF(groups); i++)
		failed += groups[i]();
	return failed == 0 ? 0 : 1;
}
