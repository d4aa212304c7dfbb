/* test_audit.c - the chain: whole after appends from many sides, and its hash depends on every field. */
#include "world.h"

#include <pthread.h>
#include <stdio.h>

static void
check_chain(struct world *w, size_t n_expected, uint64_t first)
{
	struct store_audit *rows = NULL;
	uint8_t hash[32];
	size_t n = 0;

	OK(store_audit_list(w->store, 0, 100000, w->arena, &rows, &n, &w->err));
	assert_int_equal(n, n_expected);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(rows[i].seq, first + i);
		store_audit_hash(&rows[i], hash);
		assert_memory_equal(hash, rows[i].hash, 32);
		if (i > 0)
			assert_memory_equal(rows[i].previous, rows[i - 1].hash, 32);
	}
}

static void
test_append(void **state)
{
	struct world *w = *state;
	static const uint8_t zeros[32];
	const struct store_audit entry = { .time_us = T0,
		.actor = SV("k_one"),
		.action = SV("analysis.submit"),
		.subject = SV("s\0\xff"),
		.outcome = SV("ok"),
		.request_id = SV(""),
		.remote = SV_NONE };
	struct store_audit *rows = NULL;
	size_t n = 0;

	check_chain(w, 0, 1);
	OK(store_audit_add(w->store, &entry, &w->err));
	OK(store_audit_add(w->store, &entry, &w->err));
	check_chain(w, 2, 1);
	world_reopen(w);
	OK(store_audit_add(w->store, &entry, &w->err));
	check_chain(w, 3, 1);
	OK(store_audit_list(w->store, 0, 100, w->arena, &rows, &n, &w->err));
	assert_memory_equal(rows[0].previous, zeros, 32);
	assert_sv_equal(rows[0].actor, "k_one");
	assert_sv_equal(rows[0].action, "analysis.submit");
	assert_sv_equal(rows[0].subject, "s\0\xff");
	assert_sv_equal(rows[0].outcome, "ok");
	assert_sv_equal(rows[0].request_id, "");
	assert_null(rows[0].remote.data);
	assert_int_equal(rows[0].time_us, T0);
	OK(store_audit_list(w->store, 1, 1, w->arena, &rows, &n, &w->err));
	assert_int_equal(n, 1);
	assert_int_equal(rows[0].seq, 2);
}

enum { WRITERS = 5, EACH = 40 };

struct side {
	char url[512];
	bool failed;
};

/** A store of its own, as another process has. */
static void *
append_many(void *context)
{
	struct side *side = context;
	struct store *store = NULL;

	side->failed = store_open(side->url, NULL, &store, NULL) != COORD_OK;
	for (int i = 0; i < EACH && !side->failed; i++) {
		const struct store_audit entry = {
			.time_us = T0 + i, .actor = SV("side"), .action = SV("a")
		};
		uint64_t sum;

		side->failed = store_audit_add(store, &entry, NULL) != COORD_OK ||
			       (i % 8 == 0 && store_count(store, SV("s"), SV("k"), 0, 1, &sum,
						  NULL) != COORD_OK);
	}
	store_close(store);
	return NULL;
}

static void
test_many_sides(void **state)
{
	struct world *w = *state;
	struct side sides[WRITERS];
	pthread_t threads[WRITERS];

	for (int i = 0; i < WRITERS; i++) {
		sides[i].failed = false;
		(void)snprintf(sides[i].url, sizeof(sides[i].url), "%s", w->url);
		assert_int_equal(pthread_create(&threads[i], NULL, append_many, &sides[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_false(sides[i].failed);
	}
	check_chain(w, WRITERS * EACH, 1);
}

/** Each field counts, also where one ends and the next begins, and whether it is there at all. */
static void
test_hash_sees_all(void **state)
{
	const struct store_audit plain = { .seq = 1,
		.time_us = 2,
		.actor = SV("ab"),
		.action = SV("c"),
		.subject = SV(""),
		.outcome = SV("d") };
	struct store_audit others[9];
	uint8_t hash[32], other[32];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		others[i] = plain;
	others[0].seq = 2;
	others[1].time_us = 3;
	others[2].actor = SV("a");
	others[2].action = SV("bc");
	others[3].subject = SV_NONE;
	others[4].outcome = SV("e");
	others[5].request_id = SV("");
	others[6].remote = SV("r");
	others[7].previous[31] = 1;
	others[8].action = SV("d");
	store_audit_hash(&plain, hash);
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		store_audit_hash(&others[i], other);
		assert_memory_not_equal(hash, other, 32);
	}
	store_audit_hash(&plain, other);
	assert_memory_equal(hash, other, 32);
}

int
audit_tests(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_append),
		WORLD_TEST(test_many_sides),
		cmocka_unit_test(test_hash_sees_all),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
