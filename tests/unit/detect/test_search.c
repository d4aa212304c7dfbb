/* test_search.c - what null worlds make of a batch's clusters: the p-values, and that a null table says what worlds run for
 * the batch say. */
#include "testing.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "detect/search.h"
#include "generate/generate.h"
#include "reference/reference.h"
#include "study.h"

enum { WORLDS = 99 };

static struct search_best
none(void)
{
	struct search_best b;

	for (unsigned k = 0; k < SIZE_CLASSES; k++)
		b.by_class[k] = -1;
	return b;
}

static void
test_p_values(void **state)
{
	struct search_best worlds[WORLDS];
	struct search_found found[] = { { 2, 0, true }, { 30, 3, true }, { 0.5, 0, true },
		{ 30, 3, false } };
	struct arena *arena = arena_new(0);
	double p[4];

	(void)state;
	for (uint32_t w = 0; w < WORLDS; w++) {
		worlds[w] = none();
		if (w % 2 == 0)
			worlds[w].by_class[0] = 1 + 0.01 * w; /* 1 .. 1.98 in half of the worlds */
		if (w == 1)
			worlds[w].by_class[3] = 10;
	}
	assert_int_equal(search_p_values(worlds, WORLDS, found, 4, arena, p), COORD_OK);
	assert_true(
	    p[0] == 0.01); /* above all in its class, and no world is above its own by more */
	assert_true(p[1] == 0.01);
	assert_true(p[2] == 0.52); /* below all 50, and the one of the other class counts too */
	assert_true(p[3] == p[1]);
	/* an outlier counts against everybody, once; alone in its class it is measured as the smaller ones are */
	worlds[5].by_class[5] = 500;
	worlds[7].by_class[5] = 20;
	assert_int_equal(search_p_values(worlds, WORLDS, found, 1, arena, p), COORD_OK);
	assert_true(p[0] == 0.03);
	assert_int_equal(search_any(worlds, WORLDS), 53);
	arena_free(arena);
}

/* Exchangeable batches: each of 60 in turn against the other 59. However many clusters and classes, the chance of a
 * smallest p of 0.1 or less is 0.1 at most. */
static void
test_exchangeable(void **state)
{
	enum { BATCHES = 60 };
	struct search_best all[BATCHES], others[BATCHES];
	struct arena *arena = arena_new(0);
	uint32_t rejected = 0;

	(void)state;
	for (uint32_t i = 0; i < BATCHES; i++) {
		struct rng rng = rng_at(9, 1, 0, i);

		all[i] = none();
		for (unsigned k = 0; k < 5; k++)
			if (rng_below(&rng, 3) != 0)
				all[i].by_class[k] = (k + 1) * rng_exponential(&rng);
	}
	for (uint32_t i = 0; i < BATCHES; i++) {
		struct search_found found[5];
		double p[5], least = 1;
		uint32_t n = 0;

		for (uint32_t j = 0; j < BATCHES; j++)
			others[j < i ? j : j - 1 + (j == i)] = all[j];
		for (unsigned k = 0; k < 5; k++)
			if (all[i].by_class[k] >= 0)
				found[n++] = (struct search_found){ all[i].by_class[k], k, true };
		assert_int_equal(
		    search_p_values(others, BATCHES - 1, found, n, arena, p), COORD_OK);
		for (uint32_t c = 0; c < n; c++)
			least = fmin(least, p[c]);
		rejected += least <= 0.1;
	}
	assert_true(rejected <= BATCHES / 10);
	assert_true(rejected >= 3); /* and it is no empty promise */
	arena_free(arena);
}

static struct session_table
generate(uint64_t seed, uint32_t sources, uint32_t sessions, int64_t start_us)
{
	struct session_builder *builder = session_builder_new();
	struct generate_config config = { .seed = seed,
		.site = 77,
		.start_us = start_us,
		.sources = sources,
		.sessions = sessions };
	struct generate_labels labels;
	struct session_table table;
	struct coord_error err;

	assert_non_null(builder);
	assert_int_equal(generate_sessions(&config, builder, &labels, &err), COORD_OK);
	assert_int_equal(session_builder_finish(builder, &table, NULL, &err), COORD_OK);
	session_builder_free(builder);
	generate_labels_clear(&labels);
	return table;
}

static struct null_table *
make_table(
    const struct session_table *table, const struct reference *ref, uint64_t seed, uint32_t worlds)
{
	char path[] = "/tmp/coord-test-XXXXXX";
	struct detect_config config = { .worlds = worlds, .seed = seed, .threads = 2 };
	struct null_table *ret = NULL;
	struct coord_error err;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(detect_null_table_build(table, NULL, &config, path, &err), COORD_EINVALID);
	if (detect_null_table_build(table, ref, &config, path, &err) != COORD_OK)
		fail_msg("%s", err.what);
	assert_int_equal(null_table_open(path, &ret, &err), COORD_OK);
	(void)unlink(path);
	return ret;
}

/* The same batch, other worlds: two Monte Carlo p-values of one score differ by their errors alone. */
static void
test_table_agrees(void **state)
{
	const int64_t week = 7 * 86400 * TIME_SECOND;
	struct session_table before = generate(1, 900, 3000, BATCH_START_US - week),
			     batch = generate(2, 250, 900, 0);
	struct reference *ref = study_reference(&before);
	struct null_table *one = make_table(&batch, ref, 11, WORLDS),
			  *two = make_table(&batch, ref, 12, WORLDS),
			  *again = make_table(&batch, ref, 11, WORLDS);
	const struct null_table_content *c = null_table_content_of(one);
	struct arena *arena = arena_new(0);

	(void)state;
	assert_string_equal(null_table_hash(one), null_table_hash(again));
	assert_string_not_equal(null_table_hash(one), null_table_hash(two));
	assert_string_equal(null_table_reference(one), reference_hash(ref));
	assert_int_equal(c->n_sizes, 1);
	assert_true(c->sizes[0].nodes >= 250);
	for (unsigned class = 0; class < 4; class ++)
		for (double score = 0.5; score < 30; score *= 1.3) {
			struct search_found found = { score, class, true };
			double p, q;

			assert_int_equal(
			    search_p_values((const void *)c->rows, WORLDS, &found, 1, arena, &p),
			    COORD_OK);
			assert_int_equal(
			    search_p_values((const void *)null_table_content_of(two)->rows, WORLDS,
				&found, 1, arena, &q),
			    COORD_OK);
			assert_true(fabs(p - q) < 0.25); /* 3.5 standard deviations at 1/2 */
		}
	arena_free(arena);
	null_table_close(one);
	null_table_close(two);
	null_table_close(again);
	reference_close(ref);
	session_table_free(&before);
	session_table_free(&batch);
}

/* Above 5,000 nodes the table decides, at the more cautious of two sizes, and the result says so. */
static void
test_large_batch(void **state)
{
	struct session_table before = generate(1, 8000, 8500, BATCH_START_US - 86400 * TIME_SECOND),
			     batch = generate(2, 5300, 5500, 0);
	struct reference *ref = study_reference(&before);
	struct null_table *table = make_table(&before, ref, 1, 9);
	struct detect_config config = { .worlds = 9, .threads = 2, .null_table = table };
	struct detect_result r;
	struct coord_error err;
	bool said = false;

	(void)state;
	assert_int_equal(null_table_content_of(table)->n_sizes, 3);
	assert_int_equal(detect_run(&batch, NULL, &config, &r, &err), COORD_EINVALID);
	assert_non_null(strstr(err.what, "null table"));
	config.fdr = 0.02;
	assert_int_equal(detect_run(&batch, ref, &config, &r, &err), COORD_EINVALID);
	config.fdr = 0;
	if (detect_run(&batch, ref, &config, &r, &err) != COORD_OK)
		fail_msg("%s", err.what);
	for (uint32_t i = 0; i < r.n_not_concluded; i++)
		said = said || strstr(r.not_concluded[i], "null table") != NULL;
	assert_true(said);
	for (uint32_t i = 0; i < r.n_campaigns; i++)
		assert_true(r.campaigns[i].p_world >= 0.1);
	detect_result_clear(&r);
	null_table_close(table);
	reference_close(ref);
	session_table_free(&before);
	session_table_free(&batch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p_values),
		cmocka_unit_test(test_exchangeable),
		cmocka_unit_test(test_table_agrees),
		cmocka_unit_test(test_large_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
