/* test_families.c - every structure has the property that defines it, in every difficulty. */
#include "world_support.h"

#include <stdlib.h>

enum { MEMBERS_MOST = 400 };

/** One group planted in a small background. */
struct planted {
	struct generate_plan plan;
	struct generate_config config;
	struct world *w;
};

static struct planted *
plant(enum generate_structure structure, enum generate_difficulty difficulty, uint32_t members,
    uint32_t visits, uint64_t seed)
{
	struct planted *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->plan = (struct generate_plan){ .structure = structure,
		.difficulty = difficulty,
		.members = members,
		.visits = visits };
	p->config = (struct generate_config){ .seed = seed,
		.sources = 150,
		.sessions = 900,
		.sensors = 3,
		.plans = &p->plan,
		.n_plans = 1 };
	p->w = make_world(&p->config);
	return p;
}

static void
planted_free(struct planted *p)
{
	world_free(p->w);
	free(p);
}

static bool
in_group(const struct world *w, uint32_t session)
{
	return w->actors[w->sessions[session].actor].group == 1;
}

/* Distinct addresses of the group that have sessions. */
static uint32_t
count_members(const struct world *w)
{
	struct map seen = MAP_INIT;
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->n_sessions; i++) {
		uint32_t *slot;

		if (!in_group(w, i))
			continue;
		slot = map_slot(&seen, address_key(w->actors[w->sessions[i].actor].source));
		assert_non_null(slot);
		n += *slot == MAP_NONE;
		*slot = 1;
	}
	map_clear(&seen);
	return n;
}

/* Distinct values of one kind of item in the group (part 0: all of it). */
static uint32_t
count_items(const struct world *w, enum session_item_kind kind, uint32_t part, struct map *seen)
{
	struct rendered *r = malloc(sizeof(*r));
	uint32_t n = 0;

	assert_non_null(r);
	for (uint32_t i = 0; i < w->n_sessions; i++) {
		if (!in_group(w, i) || (part > 0 && w->actors[w->sessions[i].actor].part != part))
			continue;
		render_session(w, i, r);
		for (uint32_t k = 0; k < r->row.n_items; k++) {
			uint32_t *slot;

			if (r->items[k].kind != kind)
				continue;
			slot = map_slot(seen, hash_content(r->items[k].a));
			assert_non_null(slot);
			n += *slot == MAP_NONE;
			*slot = 1;
		}
	}
	free(r);
	return n;
}

static uint32_t
count_distinct(const struct world *w, enum session_item_kind kind)
{
	struct map seen = MAP_INIT;
	uint32_t n = count_items(w, kind, 0, &seen);

	map_clear(&seen);
	return n;
}

static uint32_t
count_networks24(const struct world *w)
{
	struct map seen = MAP_INIT;
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->n_actors; i++) {
		uint32_t *slot;

		if (w->actors[i].group != 1)
			continue;
		slot = map_slot(&seen, address_key(addr_prefix(w->actors[i].source, 24)));
		assert_non_null(slot);
		n += *slot == MAP_NONE;
		*slot = 1;
	}
	map_clear(&seen);
	return n;
}

/* The most members that start a session within a window somewhere. */
static uint32_t
most_at_once(const struct world *w, int64_t window_us)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < w->n_sessions; i++) {
		uint32_t seen[MEMBERS_MOST], n = 0;

		for (uint32_t k = i; k < w->n_sessions &&
				     w->sessions[k].start_us < w->sessions[i].start_us + window_us;
		     k++) {
			bool known = !in_group(w, k) || n == MEMBERS_MOST;

			for (uint32_t m = 0; m < n && !known; m++)
				known = seen[m] == w->sessions[k].actor;
			if (!known)
				seen[n++] = w->sessions[k].actor;
		}
		most = n > most ? n : most;
	}
	return most;
}

static void
test_everybody_appears(void **state)
{
	(void)state;
	for (int s = 0; s < STRUCTURE_COUNT; s++) {
		for (int d = 0; d < DIFFICULTY_COUNT; d++) {
			struct planted *p = plant(
			    (enum generate_structure)s, (enum generate_difficulty)d, 0, 0, 17);
			const struct generate_group *g = &p->w->groups[0];
			uint32_t sessions = 0;

			for (uint32_t i = 0; i < p->w->n_sessions; i++)
				sessions += in_group(p->w, i);
			assert_int_equal(sessions, g->sessions);
			if (count_members(p->w) != g->members)
				fail_msg("%s %d: %u of %u members appear",
				    generate_structure_name(g->structure), d, count_members(p->w),
				    g->members);
			planted_free(p);
		}
	}
}

static void
test_small_and_short(void **state)
{
	(void)state;
	for (int s = 0; s < STRUCTURE_COUNT; s++) {
		struct generate_plan plan = { .structure = (enum generate_structure)s,
			.difficulty = DIFFICULTY_STANDARD,
			.members = 1,
			.visits = 1 };
		uint32_t adversaries = s == STRUCTURE_A4 ? 3 : 0;
		struct generate_config c = { .seed = 1, .days = 1, .plans = &plan, .n_plans = 1 };
		struct world *w = make_world(&c);

		/* without background an analyst has nothing to select */
		if (s != STRUCTURE_A5) /* who shadows one visit is not always there */
			assert_int_equal(
			    count_members(w), s == STRUCTURE_HN9 ? 0 : 1 + adversaries);
		world_free(w);
	}
}

static void
test_fan_out_is_synchronised(void **state)
{
	struct planted *c1 = plant(STRUCTURE_C1, DIFFICULTY_EASY, 40, 30, 3);
	struct planted *c3 = plant(STRUCTURE_C3, DIFFICULTY_EASY, 40, 30, 3);
	uint32_t together = most_at_once(c1->w, 180 * TIME_SECOND);

	(void)state;
	assert_true(together >= 20);
	assert_true(most_at_once(c3->w, 180 * TIME_SECOND) < together / 2);
	planted_free(c1);
	planted_free(c3);
}

/* What opens the door for loaders was found by others of the group before. */
static void
test_staged_hands_over(void **state)
{
	struct planted *p = plant(STRUCTURE_C2, DIFFICULTY_EASY, 20, 30, 5);
	struct rendered *r = malloc(sizeof(*r));
	uint32_t scans = 0, loads = 0, known = 0;
	struct map found = MAP_INIT;

	(void)state;
	assert_non_null(r);
	for (uint32_t i = 0; i < p->w->n_sessions; i++) {
		const struct actor *a = &p->w->actors[p->w->sessions[i].actor];
		uint32_t *slot;
		uint64_t key;

		if (!in_group(p->w, i))
			continue;
		render_session(p->w, i, r);
		scans += r->row.n_items == 0;
		if (a->attempts == 0 || !(r->items[a->attempts - 1].flags & ITEM_SUCCESS))
			continue;
		key = hash_mix(hash_content(r->items[a->attempts - 1].a),
		    hash_content(r->items[a->attempts - 1].b));
		slot = map_slot(&found, key);
		assert_non_null(slot);
		if (a->script != NO_INDEX) {
			loads++;
			known += *slot != MAP_NONE;
		}
		*slot = 1;
	}
	assert_true(scans > 50);
	assert_true(loads > 20);
	assert_true(known >= loads * 8 / 10);
	map_clear(&found);
	free(r);
	planted_free(p);
}

static void
test_recruits_grow(void **state)
{
	struct planted *p = plant(STRUCTURE_C3, DIFFICULTY_EASY, 100, 30, 5);
	uint32_t joined[5] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < p->w->n_sessions; i++) {
		int64_t at = p->w->sessions[i].start_us - p->w->start_us;

		if (in_group(p->w, i) && p->w->sessions[i].ordinal == 0)
			joined[5 * at / p->w->span_us]++;
	}
	assert_true(joined[0] < 25 && joined[4] < 25);
	assert_true(joined[1] + joined[2] + joined[3] > 60);
	planted_free(p);
}

static void
test_single_actors_take_turns(void **state)
{
	static const enum generate_structure single[] = { STRUCTURE_H2A, STRUCTURE_H2B,
		STRUCTURE_H2C, STRUCTURE_H2D };

	(void)state;
	for (unsigned s = 0; s < 4; s++) {
		struct planted *p = plant(single[s], DIFFICULTY_STANDARD, 20, 3, 8);

		assert_true(most_at_once(p->w, 2 * TIME_SECOND) <= 2);
		planted_free(p);
	}
}

static void
test_where_they_live(void **state)
{
	static const struct {
		enum generate_structure structure;
		uint32_t least, most; /* /24s of 24 members */
	} cases[] = { { STRUCTURE_H2A, 20, 24 }, { STRUCTURE_H2B, 1, 2 }, { STRUCTURE_H2C, 10, 24 },
		{ STRUCTURE_H2D, 1, 4 }, { STRUCTURE_H2E, 1, 2 }, { STRUCTURE_HN5, 1, 4 },
		{ STRUCTURE_HN1, 12, 24 } };

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct planted *p = plant(cases[i].structure, DIFFICULTY_STANDARD, 24, 3, 21);

		assert_in_range(count_networks24(p->w), cases[i].least, cases[i].most);
		planted_free(p);
	}
}

static void
test_fleet_never_logs_in(void **state)
{
	struct planted *p = plant(STRUCTURE_H2E, DIFFICULTY_EASY, 20, 10, 2);

	(void)state;
	assert_int_equal(count_distinct(p->w, ITEM_CREDENTIAL), 0);
	assert_int_equal(count_distinct(p->w, ITEM_COMMAND), 0);
	planted_free(p);
}

/* Partition: adjacent addresses hardly repeat each other. Replication: bots all try the same. */
static void
test_partition_and_replication(void **state)
{
	struct planted *divided = plant(STRUCTURE_H2B, DIFFICULTY_STANDARD, 10, 8, 6);
	struct planted *repeated = plant(STRUCTURE_C1, DIFFICULTY_EASY, 10, 8, 6);
	uint32_t lists[2] = { 0 };

	(void)state;
	for (unsigned side = 0; side < 2; side++) {
		const struct world *w = side == 0 ? divided->w : repeated->w;

		for (uint32_t i = 0; i < w->n_actors; i++) {
			const struct actor *a = &w->actors[i];

			if (a->group == 1)
				lists[side] |= 1u << (a->list_offset % 32);
		}
	}
	assert_int_equal(lists[0], (1u << 10) - 1); /* ten offsets */
	assert_int_equal(lists[1], 1);              /* all from the top */
	planted_free(divided);
	planted_free(repeated);
}

static void
test_payloads(void **state)
{
	struct planted *easy = plant(STRUCTURE_C1, DIFFICULTY_EASY, 20, 5, 6);
	struct planted *hard = plant(STRUCTURE_C1, DIFFICULTY_HARD, 20, 5, 6);
	struct planted *leaked = plant(STRUCTURE_HN3, DIFFICULTY_STANDARD, 20, 8, 6);
	struct planted *popular = plant(STRUCTURE_HN8, DIFFICULTY_STANDARD, 20, 8, 6);
	struct planted *copycats = plant(STRUCTURE_HN1, DIFFICULTY_STANDARD, 20, 8, 6);

	(void)state;
	assert_int_equal(count_distinct(easy->w, ITEM_FILE_HASH), 1);
	assert_int_equal(count_distinct(easy->w, ITEM_URL), 1);
	assert_true(count_distinct(hard->w, ITEM_FILE_HASH) >= 15);
	assert_true(count_distinct(hard->w, ITEM_URL) > 20);
	assert_in_range(count_distinct(leaked->w, ITEM_FILE_HASH), 15, 20);
	assert_in_range(count_distinct(leaked->w, ITEM_URL), 15, 20);
	assert_int_equal(count_distinct(popular->w, ITEM_FILE_HASH), 1);
	assert_int_equal(count_distinct(popular->w, ITEM_URL), 1);
	assert_int_equal(count_distinct(copycats->w, ITEM_FILE_HASH), 0);
	planted_free(easy);
	planted_free(hard);
	planted_free(leaked);
	planted_free(popular);
	planted_free(copycats);
}

static void
test_flash_crowd_rushes(void **state)
{
	struct planted *p = plant(STRUCTURE_HN2, DIFFICULTY_HARD, 60, 1, 6);

	(void)state;
	assert_true(most_at_once(p->w, 3700 * TIME_SECOND) >= 58);
	planted_free(p);
}

/* Nothing from the sensor for hours, then everybody within two minutes; hard: on ten-second marks. */
static struct planted *
plant_variant(enum generate_structure structure, enum generate_difficulty difficulty,
    uint32_t members, uint32_t visits, uint32_t variant)
{
	struct planted *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->plan = (struct generate_plan){ .structure = structure,
		.difficulty = difficulty,
		.members = members,
		.visits = visits,
		.variant = variant };
	p->config = (struct generate_config){ .seed = 6,
		.sources = 150,
		.sessions = 3000,
		.sensors = 3,
		.plans = &p->plan,
		.n_plans = 1 };
	p->w = make_world(&p->config);
	return p;
}

/* The longest silence of the faulty sensor. */
static int64_t
longest_gap(const struct world *w)
{
	int64_t last = w->start_us, longest = 0;

	for (uint32_t i = 0; i < w->n_sessions; i++) {
		const struct gen_session *s = &w->sessions[i];

		if (s->sensor != w->faults[0].sensor)
			continue;
		longest = s->start_us - last > longest ? s->start_us - last : longest;
		last = s->start_us;
	}
	return longest;
}

static void
test_outage(void **state)
{
	struct planted *p = plant_variant(STRUCTURE_HN6, DIFFICULTY_HARD, 40, 5, 1);
	uint32_t marked = 0;

	(void)state;
	assert_true(most_at_once(p->w, 100 * TIME_SECOND) >= 38);
	for (uint32_t i = 0; i < p->w->n_sessions; i++)
		marked += in_group(p->w, i) && p->w->sessions[i].start_us % (10 * TIME_SECOND) == 0;
	assert_true(longest_gap(p->w) >= 3600 * TIME_SECOND);
	assert_int_equal(marked, 40);
	assert_string_equal(p->w->groups[0].variant, "outage");
	planted_free(p);
}

/* What the faulty sensor logs between two times. */
static uint32_t
count_logged(const struct world *w, int64_t from_us, int64_t to_us)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->n_sessions; i++)
		n += w->sessions[i].sensor == w->faults[0].sensor &&
		     w->sessions[i].start_us >= from_us && w->sessions[i].start_us < to_us;
	return n;
}

/* A clock that runs ahead leaves a hole where it is set ahead and an hour logged twice where it is set right. */
static void
test_clock_step(void **state)
{
	struct planted *p = plant_variant(STRUCTURE_HN6, DIFFICULTY_STANDARD, 40, 5, 2);
	const struct fault *f = &p->w->faults[0];

	(void)state;
	assert_int_equal(f->kind, FAULT_STEP);
	assert_int_equal(count_logged(p->w, f->from_us, f->from_us + f->by_us), 0);
	assert_true(count_logged(p->w, f->to_us, f->to_us + f->by_us) >= 35);
	planted_free(p);
}

static void
test_equal_timestamps(void **state)
{
	struct planted *p = plant_variant(STRUCTURE_HN6, DIFFICULTY_STANDARD, 40, 5, 3);
	const struct fault *f = &p->w->faults[0];
	uint32_t batched = 0;

	(void)state;
	for (uint32_t i = 0; i < p->w->n_sessions; i++) {
		const struct gen_session *s = &p->w->sessions[i];

		if (s->sensor != f->sensor || s->start_us < f->from_us + f->by_us ||
		    s->start_us >= f->to_us)
			continue;
		assert_int_equal(s->start_us % f->by_us, 0);
		batched++;
	}
	assert_true(batched >= 35);
	planted_free(p);
}

static void
test_new_sensor(void **state)
{
	struct planted *p = plant_variant(STRUCTURE_HN6, DIFFICULTY_STANDARD, 40, 5, 4);
	const struct fault *f = &p->w->faults[0];

	(void)state;
	assert_int_equal(f->sensor, 3); /* the fourth */
	assert_int_equal(count_logged(p->w, p->w->start_us, f->to_us), 0);
	assert_true(count_logged(p->w, f->to_us, f->to_us + 86400 * TIME_SECOND) >= 30);
	planted_free(p);
}

static void
test_wordlist_orders(void **state)
{
	(void)state;
	for (uint32_t variant = 1; variant <= 3; variant++) {
		struct planted *p =
		    plant_variant(STRUCTURE_HN1, DIFFICULTY_STANDARD, 30, 3, variant);
		uint32_t offset = 0, subset = 0;

		for (uint32_t i = 0; i < p->w->n_actors; i++) {
			const struct actor *a = &p->w->actors[i];

			offset += a->group == 1 && a->list_offset > 0;
			subset += a->group == 1 && a->list_use == LIST_SUBSET;
		}
		assert_int_equal(offset > 20, variant == 2);
		assert_int_equal(subset, variant == 3 ? 30 : 0);
		planted_free(p);
	}
}

/* Two halves: one tool, but no key, file or list in common. */
static void
test_shared_tool(void **state)
{
	struct planted *p = plant(STRUCTURE_C1T, DIFFICULTY_EASY, 20, 30, 4);
	struct map first = MAP_INIT, second = MAP_INIT;
	const struct actor *halves[2] = { NULL, NULL };

	(void)state;
	for (uint32_t i = 0; i < p->w->n_actors; i++) {
		const struct actor *a = &p->w->actors[i];

		if (a->group == 1)
			halves[a->part - 1] = a;
	}
	assert_int_equal(halves[0]->tool, halves[1]->tool);
	assert_int_not_equal(halves[0]->list, halves[1]->list);
	assert_int_equal(count_items(p->w, ITEM_FILE_HASH, 1, &first), 1);
	assert_int_equal(count_items(p->w, ITEM_FILE_HASH, 2, &second), 1);
	assert_int_equal(count_items(p->w, ITEM_FILE_HASH, 0, &first), 1);
	map_clear(&first);
	map_clear(&second);
	planted_free(p);
}

/* Every address has one tool before and another after, and one script throughout. */
static void
test_tool_change(void **state)
{
	struct planted *p = plant(STRUCTURE_C1M, DIFFICULTY_STANDARD, 20, 30, 4);
	int64_t last_before = 0, first_after = INT64_MAX;
	uint32_t tool = NO_INDEX, script = NO_INDEX;

	(void)state;
	for (uint32_t i = 0; i < p->w->n_sessions; i++) {
		const struct actor *a = &p->w->actors[p->w->sessions[i].actor];
		int64_t at = p->w->sessions[i].start_us;

		if (a->group != 1)
			continue;
		tool = tool == NO_INDEX ? a->tool : tool;
		script = script == NO_INDEX ? a->script : script;
		assert_int_equal(a->script, script);
		if (a->tool == tool)
			last_before = at;
		else if (at < first_after)
			first_after = at;
	}
	assert_true(first_after < INT64_MAX);
	assert_true(last_before < first_after);
	assert_int_equal(count_members(p->w), 20);
	planted_free(p);
}

/* Every member also comes in other clothes, and together as often as a botnet does. */
static void
test_decoys(void **state)
{
	struct planted *p = plant(STRUCTURE_A1, DIFFICULTY_STANDARD, 20, 20, 4);
	uint32_t dressed = 0, other = 0, tool = NO_INDEX;

	(void)state;
	for (uint32_t i = 0; i < p->w->n_sessions; i++) {
		const struct actor *a = &p->w->actors[p->w->sessions[i].actor];

		if (a->group != 1)
			continue;
		tool = tool == NO_INDEX ? p->w->actors[150].tool : tool;
		dressed += a->tool == tool;
		other += a->tool != tool;
	}
	assert_int_equal(count_members(p->w), 20);
	assert_true(other > dressed / 2);
	planted_free(p);
}

static void
test_borrowed_tool(void **state)
{
	struct planted *p = plant(STRUCTURE_A2, DIFFICULTY_EASY, 20, 5, 4);

	(void)state;
	for (uint32_t i = 0; i < p->w->n_actors; i++)
		if (p->w->actors[i].group == 1)
			assert_int_equal(p->w->actors[i].tool, 0);
	planted_free(p);
}

static void
test_padding(void **state)
{
	struct planted *plain = plant(STRUCTURE_C1, DIFFICULTY_EASY, 20, 10, 4);
	struct planted *padded = plant(STRUCTURE_A3, DIFFICULTY_EASY, 20, 10, 4);
	struct planted *worlds[] = { plain, padded };
	struct rendered *r = malloc(sizeof(*r));
	double lines[2] = { 0, 0 };

	(void)state;
	assert_non_null(r);
	for (uint32_t x = 0; x < 2; x++) {
		uint32_t n = 0;

		for (uint32_t i = 0; i < worlds[x]->w->n_sessions; i++) {
			uint32_t commands = 0;

			if (!in_group(worlds[x]->w, i))
				continue;
			render_session(worlds[x]->w, i, r);
			for (uint32_t k = 0; k < r->row.n_items; k++)
				commands += r->items[k].kind == ITEM_COMMAND;
			lines[x] += commands;
			n += commands > 0;
		}
		lines[x] /= n;
	}
	assert_true(lines[1] > lines[0] + 4.0 && lines[1] < lines[0] + 6.0);
	free(r);
	planted_free(plain);
	planted_free(padded);
}

/* Victims have keys of their own; the adversary has all of them, and so one with each victim. */
static void
test_forged_artefacts(void **state)
{
	struct planted *p = plant(STRUCTURE_A4, DIFFICULTY_STANDARD, 20, 10, 4);
	struct map seen = MAP_INIT;
	uint32_t all, adversary;

	(void)state;
	adversary = count_items(p->w, ITEM_FILE_HASH, 2, &seen);
	map_clear(&seen);
	all = count_distinct(p->w, ITEM_FILE_HASH);
	assert_true(all >= 15 && all <= 20);
	assert_int_equal(adversary, all);
	assert_int_equal(p->w->groups[0].members, 23);
	planted_free(p);
}

/* Most visits of victims have one of the adversary's within half a minute. */
static void
test_shadows(void **state)
{
	struct planted *p = plant(STRUCTURE_A5, DIFFICULTY_STANDARD, 20, 10, 4);
	uint32_t visits = 0, shadowed = 0;

	(void)state;
	for (uint32_t i = 0; i < p->w->n_sessions; i++) {
		const struct actor *a = &p->w->actors[p->w->sessions[i].actor];
		bool found = false;

		if (a->group != 1 || a->part == 2)
			continue;
		visits++;
		for (uint32_t k = i + 1;
		     k < p->w->n_sessions && !found &&
		     p->w->sessions[k].start_us <= p->w->sessions[i].start_us + 30 * TIME_SECOND;
		     k++)
			found = p->w->actors[p->w->sessions[k].actor].part == 2;
		shadowed += found;
	}
	assert_true(visits >= 200);
	assert_true(shadowed > visits / 2);
	planted_free(p);
}

static void
test_carrier_has_several_tools(void **state)
{
	struct planted *p = plant(STRUCTURE_HN7, DIFFICULTY_STANDARD, 10, 8, 6);
	uint32_t customers = 0, differ = 0;

	(void)state;
	for (uint32_t i = 1; i < p->w->n_actors; i++) {
		const struct actor *a = &p->w->actors[i - 1], *b = &p->w->actors[i];

		customers += b->group == 1;
		differ += b->group == 1 && a->group == 1 && a->tool != b->tool &&
			  addr_cmp(a->source, b->source) == 0;
	}
	assert_true(customers >= 20);
	assert_true(differ >= 5);
	planted_free(p);
}

static void
test_selection_adds_nobody(void **state)
{
	struct planted *p = plant(STRUCTURE_HN9, DIFFICULTY_EASY, 20, 0, 6);
	uint32_t list = NO_INDEX;

	(void)state;
	assert_int_equal(p->w->n_actors, 150);
	assert_string_equal(p->w->groups[0].selected_by, "dictionary");
	for (uint32_t i = 0; i < p->w->n_actors; i++) {
		if (p->w->actors[i].group != 1)
			continue;
		list = list == NO_INDEX ? p->w->actors[i].list : list;
		assert_int_equal(p->w->actors[i].list, list);
	}
	planted_free(p);
}

/* Both halves know the first key, only the second half a second one, and it comes later. */
static void
test_takeover(void **state)
{
	struct planted *p = plant(STRUCTURE_HN10, DIFFICULTY_EASY, 20, 20, 6);
	struct map first = MAP_INIT;
	uint32_t lines, new_lines;
	int64_t middle = p->w->start_us + p->w->span_us / 2;

	(void)state;
	lines = count_items(p->w, ITEM_COMMAND, 1, &first);
	new_lines = count_items(p->w, ITEM_COMMAND, 2, &first);
	assert_true(lines > 0 && new_lines > 0);
	for (uint32_t i = 0; i < p->w->n_sessions; i++) {
		const struct actor *a = &p->w->actors[p->w->sessions[i].actor];

		if (a->group == 1)
			assert_int_equal(a->part == 2, p->w->sessions[i].start_us >= middle);
	}
	map_clear(&first);
	planted_free(p);
}

/* Another group at the end changes nothing in what was there. */
static void
test_groups_do_not_disturb(void **state)
{
	static const struct generate_plan plans[] = {
		{ .structure = STRUCTURE_C1,
		    .difficulty = DIFFICULTY_STANDARD,
		    .members = 10,
		    .visits = 8 },
		{ .structure = STRUCTURE_H2C,
		    .difficulty = DIFFICULTY_STANDARD,
		    .members = 10,
		    .visits = 8 },
	};
	struct generate_config one = {
		.seed = 9, .sources = 100, .sessions = 500, .plans = plans, .n_plans = 1
	};
	struct generate_config two = one;
	struct world *a, *b;
	struct rendered *x = malloc(sizeof(*x)), *y = malloc(sizeof(*y));
	uint32_t k = 0;

	(void)state;
	two.n_plans = 2;
	a = make_world(&one);
	b = make_world(&two);
	assert_true(x != NULL && y != NULL);
	for (uint32_t i = 0; i < a->n_sessions; i++, k++) {
		while (b->actors[b->sessions[k].actor].group == 2)
			k++;
		render_session(a, i, x);
		render_session(b, k, y);
		assert_string_equal(x->id, y->id);
		assert_int_equal(x->row.start_us, y->row.start_us);
		assert_int_equal(x->row.n_items, y->row.n_items);
		assert_memory_equal(x->text, y->text, x->text_used);
	}
	free(x);
	free(y);
	world_free(a);
	world_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everybody_appears),
		cmocka_unit_test(test_small_and_short),
		cmocka_unit_test(test_fan_out_is_synchronised),
		cmocka_unit_test(test_staged_hands_over),
		cmocka_unit_test(test_recruits_grow),
		cmocka_unit_test(test_single_actors_take_turns),
		cmocka_unit_test(test_where_they_live),
		cmocka_unit_test(test_fleet_never_logs_in),
		cmocka_unit_test(test_partition_and_replication),
		cmocka_unit_test(test_payloads),
		cmocka_unit_test(test_flash_crowd_rushes),
		cmocka_unit_test(test_outage),
		cmocka_unit_test(test_clock_step),
		cmocka_unit_test(test_equal_timestamps),
		cmocka_unit_test(test_new_sensor),
		cmocka_unit_test(test_wordlist_orders),
		cmocka_unit_test(test_shared_tool),
		cmocka_unit_test(test_tool_change),
		cmocka_unit_test(test_decoys),
		cmocka_unit_test(test_borrowed_tool),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_forged_artefacts),
		cmocka_unit_test(test_shadows),
		cmocka_unit_test(test_carrier_has_several_tools),
		cmocka_unit_test(test_selection_adds_nobody),
		cmocka_unit_test(test_takeover),
		cmocka_unit_test(test_groups_do_not_disturb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
