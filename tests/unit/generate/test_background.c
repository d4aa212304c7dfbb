/* test_background.c - mode S: as many sessions as asked for, log-normal activity, clumps, tools by popularity. */
#include "world_support.h"

#include <math.h>
#include <stdlib.h>

static void
test_session_count(void **state)
{
	static const uint32_t sizes[][2] = { { 1, 1 }, { 1, 50 }, { 100, 100 }, { 400, 2000 },
		{ 2000, 60000 }, { 0, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct generate_config c = {
			.seed = i, .sources = sizes[i][0], .sessions = sizes[i][1]
		};
		struct world *w = make_world(&c);
		double off = fabs((double)w->n_sessions - (double)sizes[i][1]);

		assert_true(off <= 0.02 * sizes[i][1]);
		assert_int_equal(w->n_actors, sizes[i][0]);
		world_free(w);
	}
}

static void
test_activity_is_log_normal(void **state)
{
	struct generate_config c = { .seed = 4, .sources = 3000, .sessions = 300000 };
	struct world *w = make_world(&c);
	uint32_t *counts = calloc(w->n_actors, sizeof(*counts));
	double sum = 0.0, squares = 0.0, sd;

	(void)state;
	assert_non_null(counts);
	for (uint32_t i = 0; i < w->n_sessions; i++)
		counts[w->sessions[i].actor]++;
	for (uint32_t i = 0; i < w->n_actors; i++) {
		assert_true(counts[i] >= 1);
		sum += log(counts[i]);
		squares += log(counts[i]) * log(counts[i]);
	}
	sum /= w->n_actors;
	sd = sqrt(squares / w->n_actors - sum * sum);
	assert_true(sd > 0.8 && sd < 1.5);
	free(counts);
	world_free(w);
}

/* Within a source most gaps are those of a clump: seconds, not hours. */
static void
test_clumps(void **state)
{
	struct generate_config c = { .seed = 5, .sources = 200, .sessions = 20000 };
	struct world *w = make_world(&c);
	int64_t *last = calloc(w->n_actors, sizeof(*last));
	uint32_t within = 0, visits = 0;

	(void)state;
	assert_non_null(last);
	for (uint32_t i = 0; i < w->n_sessions; i++) {
		const struct gen_session *s = &w->sessions[i];

		if (s->ordinal > 0 && s->start_us - last[s->actor] <= 60 * TIME_SECOND)
			within++;
		else
			visits++;
		last[s->actor] = s->start_us;
	}
	/* geometric with mean 15, less where clumps overlap */
	assert_true((within + visits) / (double)visits > 10.0);
	assert_true((within + visits) / (double)visits < 25.0);
	free(last);
	world_free(w);
}

/* No instant draws a crowd: neither the ends of the span nor anything else. */
static void
test_no_two_at_one_instant(void **state)
{
	struct generate_config c = { .seed = 8, .days = 2, .sources = 3000, .sessions = 30000 };
	struct world *w = make_world(&c);
	uint32_t last_minutes = 0;

	(void)state;
	for (uint32_t i = 1; i < w->n_sessions; i++) {
		assert_true(w->sessions[i].start_us > w->sessions[i - 1].start_us ||
			    w->sessions[i].actor == w->sessions[i - 1].actor);
		last_minutes += w->sessions[i].start_us >= world_end(w) - 600 * TIME_SECOND;
	}
	assert_true(last_minutes < 30000 / 288 * 4);
	world_free(w);
}

static void
test_tools_by_popularity(void **state)
{
	struct generate_config c = { .seed = 6, .sources = 10000, .sessions = 10000 };
	struct world *w = make_world(&c);
	uint32_t counts[TOOLS] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < w->n_actors; i++)
		counts[w->actors[i].tool]++;
	for (uint32_t t = 0; t < TOOLS; t++) {
		double want = 10000.0 * (w->tool_shares[t + 1] - w->tool_shares[t]);

		assert_true(fabs(counts[t] - want) < 5.0 * sqrt(want));
	}
	world_free(w);
}

/* No two independent actors leave one payload or key: what they fetch is theirs alone, but for the popular script. */
static void
test_no_shared_artefact(void **state)
{
	struct generate_config c = { .seed = 7, .sources = 500, .sessions = 3000 };
	struct world *w = make_world(&c);
	struct rendered *r = malloc(sizeof(*r));
	struct map owner = MAP_INIT;
	uint32_t payloads = 0;

	(void)state;
	assert_non_null(r);
	for (uint32_t i = 0; i < w->n_sessions; i++) {
		if (w->actors[w->sessions[i].actor].script == SCRIPT_POPULAR)
			continue;
		render_session(w, i, r);
		for (uint32_t k = 0; k < r->row.n_items; k++) {
			const struct session_row_item *item = &r->items[k];
			uint32_t *slot;

			if (item->kind != ITEM_URL && item->kind != ITEM_FILE_HASH)
				continue;
			payloads++;
			slot = map_slot(&owner, hash_content(item->a));
			assert_non_null(slot);
			if (*slot == MAP_NONE)
				*slot = w->sessions[i].actor;
			assert_int_equal(*slot, w->sessions[i].actor);
		}
	}
	assert_true(payloads > 50);
	map_clear(&owner);
	free(r);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_count),
		cmocka_unit_test(test_activity_is_log_normal),
		cmocka_unit_test(test_clumps),
		cmocka_unit_test(test_no_two_at_one_instant),
		cmocka_unit_test(test_tools_by_popularity),
		cmocka_unit_test(test_no_shared_artefact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
