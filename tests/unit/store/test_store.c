/* test_store.c - the contract of store.h, the same table of tests on every database.
 * COORD_TEST_POSTGRES names a server's database (tests/support/servers.py starts one); without it SQLite alone is tested. */
#include "testing.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/store.h"

struct world {
	char folder[64];
	char url[512];
	struct store *store;
	struct arena *arena;
	struct coord_error err;
	unsigned made;
};

static int64_t T0 = 1700000000000000;

#define OK(expr) ok_((w), (expr), #expr, __LINE__)
static void
ok_(const struct world *w, enum coord_err rc, const char *what, int line)
{
	if (rc != COORD_OK)
		fail_msg("line %d: %s: %s: %s", line, what, error_text(rc), w->err.what);
}

static void
make_id(unsigned n, char ret[STORE_ID_LEN + 1])
{
	(void)snprintf(ret, STORE_ID_LEN + 1, "%08x-0000-4000-8000-%012x", n * 2654435761u, n);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)snprintf(w->folder, sizeof(w->folder), "/tmp/coord-store-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	(void)snprintf(w->url, sizeof(w->url), "sqlite:%s/coord.db", w->folder);
	w->arena = arena_new(0);
	OK(store_open(w->url, NULL, &w->store, &w->err));
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	static const char *const files[] = { "coord.db", "coord.db-wal", "coord.db-shm" };
	char path[128];

	store_close(w->store);
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", w->folder, files[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(w->folder), 0);
	arena_free(w->arena);
	free(w);
	return 0;
}

static struct store_submission
submission(struct world *w, char id[STORE_ID_LEN + 1])
{
	struct store_submission s = { .owner = SV("k_one"),
		.depth = SV("standard"),
		.options = SV("{}"),
		.callback_url = SV("https://example.org/hook"),
		.sessions = 7,
		.request = SV("zstd\0bytes") };

	make_id(++w->made, s.id);
	memcpy(id, s.id, sizeof(s.id));
	return s;
}

static void
submit(struct world *w, const struct store_submission *s, int64_t now)
{
	struct store_submit set = { .items = s, .n = 1, .now_us = now };
	enum store_submitted what = SUBMIT_CONFLICT;
	struct sv reply;

	OK(store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err));
	assert_int_equal(what, SUBMIT_STORED);
}

static void
test_life(void **state)
{
	struct world *w = *state;
	char id[STORE_ID_LEN + 1];
	struct store_submission s = submission(w, id);
	struct store_analysis a;
	enum store_begun begun;
	uint64_t fence = 0;
	struct store_event *events = NULL;
	size_t n = 0;
	struct store_campaign campaign = { .key = SV("0123456789abcdef"),
		.verdict = SV("coordinated"),
		.confidence = 0.9,
		.low = 0.8,
		.high = 0.95,
		.sources = 3,
		.sessions = 9,
		.first_us = T0,
		.last_us = T0 + 5,
		.summary = SV("{\"a\":1}") };
	struct store_result result = { .confidence = 0.75,
		.verdict = SV("coordinated"),
		.response = SV("{\"r\":1}"),
		.document = SV("doc\0x"),
		.campaigns = &campaign,
		.n_campaigns = 1 };

	submit(w, &s, T0);
	OK(store_get(w->store, sv_from(id), SV("k_one"), PART_REQUEST, w->arena, &a, &w->err));
	assert_int_equal(a.status, ANALYSIS_QUEUED);
	assert_sv_equal(a.request, "zstd\0bytes");
	assert_true(isnan(a.confidence));
	assert_int_equal(
	    store_get(w->store, sv_from(id), SV("k_two"), 0, w->arena, &a, &w->err), COORD_ENODATA);
	OK(store_begin(w->store, sv_from(id), SV("w1"), T0 + 10, 1000, 3, w->arena, &begun, &fence,
	    &a, &w->err));
	assert_int_equal(begun, BEGIN_YOURS);
	assert_sv_equal(a.request, "zstd\0bytes");
	OK(store_heartbeat(w->store, sv_from(id), fence, T0 + 20, 1000, SV("edges"), 0.5, &w->err));
	assert_int_equal(store_heartbeat(w->store, sv_from(id), fence + 1, T0 + 20, 1000,
			     SV("edges"), 0.5, &w->err),
	    COORD_ECANCELLED);
	OK(store_finish(w->store, sv_from(id), fence, T0 + 30, &result, &w->err));
	OK(store_finish(w->store, sv_from(id), fence, T0 + 31, &result, &w->err));
	OK(store_get(
	    w->store, sv_from(id), SV_NONE, PART_RESPONSE | PART_DOCUMENT, w->arena, &a, &w->err));
	assert_int_equal(a.status, ANALYSIS_COMPLETED);
	assert_sv_equal(a.response, "{\"r\":1}");
	assert_sv_equal(a.document, "doc\0x");
	assert_int_equal(a.finished_us, T0 + 30);
	OK(store_events(w->store, sv_from(id), 0, 100, w->arena, &events, &n, &w->err));
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(events[i].seq, i + 1);
	assert_sv_equal(events[3].type, "completed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
