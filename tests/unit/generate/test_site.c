/* test_site.c - two worlds of one site share what is normal and nobody; two worlds of two sites share neither. */
#include "world_support.h"

#include <math.h>
#include <stdlib.h>

#define DAY (86400 * TIME_SECOND)
#define MONDAY INT64_C(1740960000000000) /* 2025-03-03 */

static const struct generate_config reference = {
	.seed = 1, .site = 7, .sources = 100, .sessions = 400
};
static const struct generate_config batch = {
	.seed = 2, .site = 7, .sources = 100, .sessions = 400, .start_us = MONDAY + 30 * DAY
};

static bool
same_script(const struct script *a, const struct script *b)
{
	bool same = a->n == b->n && a->payload.salt == b->payload.salt;

	for (uint32_t i = 0; same && i < a->n; i++)
		same = strcmp(a->lines[i], b->lines[i]) == 0;
	return same;
}

static bool
same_normality(const struct world *a, const struct world *b)
{
	if (memcmp(a->tools, b->tools, sizeof(a->tools)) != 0 ||
	    memcmp(a->tool_shares, b->tool_shares, sizeof(a->tool_shares)) != 0 ||
	    memcmp(a->credential_shares, b->credential_shares, sizeof(a->credential_shares)) != 0 ||
	    memcmp(a->network_shares, b->network_shares, sizeof(a->network_shares)) != 0 ||
	    memcmp(a->zone_shares, b->zone_shares, sizeof(a->zone_shares)) != 0 ||
	    memcmp(&a->profile, &b->profile, sizeof(a->profile)) != 0)
		return false;
	for (uint32_t i = 0; i < LISTS_PUBLIC; i++) {
		if (a->lists[i].n != b->lists[i].n || memcmp(a->lists[i].ranks, b->lists[i].ranks,
							  a->lists[i].n * sizeof(uint32_t)) != 0)
			return false;
	}
	for (uint32_t i = 0; i <= SCRIPT_POPULAR; i++)
		if (!same_script(&a->scripts[i], &b->scripts[i]))
			return false;
	return true;
}

static void
test_one_site_one_normality(void **state)
{
	struct generate_config elsewhere = batch;
	struct world *a = make_world(&reference), *b = make_world(&batch), *c;

	(void)state;
	elsewhere.site = 8;
	c = make_world(&elsewhere);
	assert_true(same_normality(a, b));
	assert_false(same_normality(a, c));
	world_free(a);
	world_free(b);
	world_free(c);
}

/* Without a site, the seed is the site. */
static void
test_site_is_the_seed(void **state)
{
	struct generate_config plain = { .seed = 7, .sources = 100, .sessions = 400 },
			       named = plain;
	struct world *a, *b;

	(void)state;
	named.site = 7;
	a = make_world(&plain);
	b = make_world(&named);
	assert_true(same_normality(a, b));
	assert_int_equal(a->n_sessions, b->n_sessions);
	for (uint32_t i = 0; i < a->n_sessions; i++) {
		assert_int_equal(a->sessions[i].start_us, b->sessions[i].start_us);
		assert_int_equal(a->sessions[i].actor, b->sessions[i].actor);
		assert_int_equal(a->sessions[i].sensor, b->sessions[i].sensor);
	}
	world_free(a);
	world_free(b);
}

/* log of how busy each bin is, without its mean */
static double
burst_of(const struct world *w, uint32_t tool, uint32_t bin)
{
	const double *s = w->clock.shares + (size_t)tool * ZONES * (w->clock.bins + 1);

	return log(s[bin + 1] - s[bin]);
}

/* Bursts belong to the site and the time: equal where two spans overlap, whatever the seed; others elsewhere. */
static void
test_bursts_by_absolute_time(void **state)
{
	enum { WEEK = 7 * 144 };
	struct generate_config early = { .seed = 1, .site = 7, .days = 14, .start_us = MONDAY };
	struct generate_config late = {
		.seed = 2, .site = 7, .days = 14, .start_us = MONDAY + 7 * DAY
	};
	struct world *a = make_world(&early), *b = make_world(&late);

	(void)state;
	for (uint32_t tool = 0; tool < TOOLS; tool += 5) {
		double offset = burst_of(a, tool, WEEK) - burst_of(b, tool, 0), apart = 0.0;

		for (uint32_t bin = 0; bin < WEEK; bin++) {
			double same = burst_of(a, tool, WEEK + bin) - burst_of(b, tool, bin);
			double other = burst_of(a, tool, bin) - burst_of(b, tool, bin);

			assert_true(fabs(same - offset) < 1e-6);
			apart = fmax(apart, fabs(other - offset));
		}
		assert_true(apart > 0.5);
	}
	world_free(a);
	world_free(b);
}

/* Every URL, hash, and line that plants a key, with the world it was seen in. */
static uint32_t
collect_artefacts(const struct world *w, struct map *seen, uint32_t mark)
{
	struct rendered *r = malloc(sizeof(*r));
	uint32_t both = 0;

	assert_non_null(r);
	for (uint32_t i = 0; i < w->n_sessions; i++) {
		if (w->actors[w->sessions[i].actor].script == SCRIPT_POPULAR)
			continue;
		render_session(w, i, r);
		for (uint32_t k = 0; k < r->row.n_items; k++) {
			const struct session_row_item *item = &r->items[k];
			bool key = item->kind == ITEM_COMMAND && item->a.len > 200;
			uint32_t *slot;

			if (item->kind != ITEM_URL && item->kind != ITEM_FILE_HASH && !key)
				continue;
			slot = map_slot(seen, hash_content(item->a));
			assert_non_null(slot);
			both += *slot != MAP_NONE && *slot != mark;
			*slot = mark;
		}
	}
	free(r);
	return both;
}

/* Nobody of the reference is in the batch: no payload, no key, no session id, and planted groups are as private. */
static void
test_no_actor_in_both(void **state)
{
	static const struct generate_plan plans[] = { { .structure = STRUCTURE_C1,
							  .difficulty = DIFFICULTY_EASY,
							  .members = 20,
							  .visits = 10 },
		{ .structure = STRUCTURE_HN3,
		    .difficulty = DIFFICULTY_STANDARD,
		    .members = 30,
		    .visits = 5 } };
	struct generate_config x = { .seed = 1, .site = 7, .sources = 500, .sessions = 3000 },
			       y = x;
	struct world *a, *b;
	struct map seen = MAP_INIT;

	(void)state;
	x.plans = y.plans = plans;
	x.n_plans = y.n_plans = 2;
	y.seed = 2;
	a = make_world(&x);
	b = make_world(&y);
	assert_int_equal(collect_artefacts(a, &seen, 1), 0);
	assert_true(seen.used > 50);
	assert_int_equal(collect_artefacts(b, &seen, 2), 0);
	map_clear(&seen);
	for (uint32_t i = 0; i < a->n_sessions; i++) {
		char id[GENERATE_ID_LENGTH + 1];
		uint32_t *slot;

		render_id(a, i, id);
		slot = map_slot(&seen, hash_content(sv_from(id)));
		assert_non_null(slot);
		*slot = 1;
	}
	for (uint32_t i = 0; i < b->n_sessions; i++) {
		char id[GENERATE_ID_LENGTH + 1];

		render_id(b, i, id);
		assert_int_equal(map_get(&seen, hash_content(sv_from(id))), MAP_NONE);
	}
	map_clear(&seen);
	world_free(a);
	world_free(b);
}

/* The tool, list and script of planted copy-cats are the site's, and a large background uses them. */
static void
test_reference_has_seen_the_public(void **state)
{
	static const struct generate_plan plans[] = { { .structure = STRUCTURE_HN1,
							  .difficulty = DIFFICULTY_STANDARD,
							  .members = 20,
							  .visits = 5 },
		{ .structure = STRUCTURE_HN3,
		    .difficulty = DIFFICULTY_STANDARD,
		    .members = 20,
		    .visits = 5 },
		{ .structure = STRUCTURE_HN8,
		    .difficulty = DIFFICULTY_STANDARD,
		    .members = 20,
		    .visits = 5 } };
	struct generate_config large = {
		.seed = 1, .site = 7, .sources = 10000, .sessions = 10000
	};
	struct generate_config small = { .seed = 2, .site = 7, .plans = plans, .n_plans = 3 };
	struct world *a = make_world(&large), *b = make_world(&small);
	uint32_t wanted[3] = { NO_INDEX, NO_INDEX, NO_INDEX }, users[3] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < b->n_actors; i++) {
		const struct actor *actor = &b->actors[i];

		wanted[actor->group - 1] = actor->script;
		if (actor->group == 3)
			continue;
		assert_true(actor->list < LISTS_PUBLIC);
		for (uint32_t k = 0; k < a->n_actors; k++)
			users[actor->group - 1] += i % 20 == 0 &&
						   a->actors[k].tool == actor->tool &&
						   a->actors[k].list == actor->list;
	}
	for (uint32_t g = 0; g < 3; g++) {
		assert_true(wanted[g] <= SCRIPT_POPULAR);
		if (g < 2)
			assert_true(users[g] > 100);
		for (uint32_t k = users[g] = 0; k < a->n_actors; k++)
			users[g] += a->actors[k].script == wanted[g];
		assert_true(users[g] >= 3);
	}
	assert_int_equal(wanted[2], SCRIPT_POPULAR);
	world_free(a);
	world_free(b);
}

static void
test_profile(void **state)
{
	struct generate_config c = reference;
	struct world *w = make_world(&c);

	(void)state;
	assert_true(w->profile.zipf >= 1.0 && w->profile.zipf <= 1.3);
	assert_true(w->profile.sigma >= 0.9 && w->profile.sigma <= 1.4);
	assert_true(w->profile.amplitude >= 0.0 && w->profile.amplitude <= 0.8);
	assert_true(w->profile.hosting >= 0.4 && w->profile.hosting <= 0.6);
	world_free(w);
	c.profile = (struct generate_profile){ 1.15, 1.0, 0.5, 0.9 };
	w = make_world(&c);
	assert_true(w->profile.zipf == 1.15 && w->profile.sigma == 1.0);
	assert_true(fabs(w->profile.amplitude - 0.5) < 1e-9);
	assert_true(fabs(w->network_shares[10] - 0.9) < 1e-9);
	world_free(w);
}

static void
test_profile_out_of_range(void **state)
{
	static const struct generate_profile bad[] = { { .zipf = -1 }, { .sigma = 9 },
		{ .amplitude = 1.5 }, { .hosting = 2 }, { .zipf = NAN } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct generate_config c = reference;
		struct world *w;
		struct coord_error err;

		c.profile = bad[i];
		assert_int_equal(world_new(&c, &w, &err), COORD_EINVALID);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_site_one_normality),
		cmocka_unit_test(test_site_is_the_seed),
		cmocka_unit_test(test_bursts_by_absolute_time),
		cmocka_unit_test(test_no_actor_in_both),
		cmocka_unit_test(test_reference_has_seen_the_public),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_profile_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
