/* test_real_newcomers.c - independent newcomers to a real log meet each other no more often than its own sources do: neither
 * in a network, nor in a word, nor in time. */
#include "world_support.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY (86400 * TIME_SECOND)
#define START INT64_C(1740960000000000)

static struct session_builder *
new_builder(void)
{
	struct session_builder *ret = session_builder_new();

	assert_non_null(ret);
	return ret;
}

static struct session_table
finished(struct session_builder *b)
{
	struct session_table ret;
	struct coord_error err;

	assert_int_equal(session_builder_finish(b, &ret, NULL, &err), COORD_OK);
	session_builder_free(b);
	return ret;
}

/* One SSH session with one credential and two lines. */
static void
add(struct session_builder *b, uint32_t address, int64_t at_us, const char *user, const char *line)
{
	struct session_row_item items[] = {
		{ .kind = ITEM_CREDENTIAL,
		    .a = sv_from(user),
		    .b = SV("secret"),
		    .flags = ITEM_SUCCESS },
		{ .kind = ITEM_COMMAND, .a = SV("uname -a") },
		{ .kind = ITEM_COMMAND, .a = sv_from(line) },
	};
	struct session_row row = { .source = addr_from_v4(address),
		.start_us = at_us,
		.end_us = at_us + TIME_SECOND,
		.service = SERVICE_SSH,
		.items = items,
		.n_items = 3 };
	struct coord_error err;

	row.text[TEXT_SENSOR] = SV("here");
	row.text[TEXT_BANNER] = SV("SSH-2.0-Go");
	assert_int_equal(session_builder_add(b, &row, &err), COORD_OK);
}

/* A week of `n` sources, each with a /16, a name and a line of its own; the first is there 2,000 times in ten minutes. */
static struct session_table
make_log(uint32_t n)
{
	struct session_builder *b = new_builder();

	for (uint32_t i = 0; i < n; i++) {
		char user[16], line[32];

		(void)snprintf(user, sizeof(user), "user-%u", i);
		(void)snprintf(line, sizeof(line), "ls /opt/%u", i);
		for (uint32_t v = 0; v < 3; v++)
			add(b, 0x0b000001 + (i << 16),
			    START + (int64_t)((v * n + i) * 7919u % 10007u) * (7 * DAY / 10007),
			    user, line);
		for (uint32_t v = 0; i == 0 && v < 2000; v++)
			add(b, 0x0b000001, START + 3 * DAY + (int64_t)v * (TIME_SECOND / 4), user,
			    line);
	}
	return finished(b);
}

/* What a world was made from has to live as long as it does. */
struct planting {
	struct generate_plan plan;
	struct generate_config config;
};

static struct world *
plant(const struct session_table *real, const struct session_table *population,
    enum generate_structure structure, struct planting *p)
{
	p->config = (struct generate_config){ .seed = 9,
		.background = BACKGROUND_REAL,
		.real = real,
		.population = population,
		.plans = &p->plan,
		.n_plans = 1 };

	p->plan = (struct generate_plan){ .structure = structure,
		.difficulty = DIFFICULTY_STANDARD,
		.members = 80,
		.visits = 5 };
	return make_world(&p->config);
}

/* Of how many planted sources each value of a kind is, at most. */
static uint32_t
most_sharing(struct world *w, enum session_item_kind kind, struct sv except)
{
	struct map seen = MAP_INIT, sources = MAP_INIT;
	struct rendered *r = malloc(sizeof(*r));
	uint32_t most = 0;

	assert_non_null(r);
	for (uint32_t i = 0; i < w->n_sessions; i++) {
		render_session(w, i, r);
		for (uint32_t k = 0; k < r->row.n_items; k++) {
			uint64_t what = hash_content(r->items[k].a);
			uint32_t *slot, *count;

			if (r->items[k].kind != kind || sv_eq(r->items[k].a, except))
				continue;
			slot = map_slot(&seen, hash_mix(what, address_key(r->row.source)));
			assert_non_null(slot);
			if (*slot != MAP_NONE)
				continue;
			*slot = 1;
			count = map_slot(&sources, what);
			assert_non_null(count);
			*count = *count == MAP_NONE ? 1 : *count + 1;
			most = *count > most ? *count : most;
		}
	}
	map_clear(&seen);
	map_clear(&sources);
	free(r);
	return most;
}

/* What one source of the log has, one newcomer has: as many sources share it as before, one more. */
static void
test_words_and_lines(void **state)
{
	struct session_table log = make_log(200);
	struct planting plan;
	struct world *w = plant(&log, NULL, STRUCTURE_HN4, &plan);

	(void)state;
	assert_true(w->n_sessions > 200);
	assert_int_equal(most_sharing(w, ITEM_CREDENTIAL, SV_NONE), 1);
	assert_int_equal(most_sharing(w, ITEM_COMMAND, SV("uname -a")), 1);
	world_free(w);
	session_table_free(&log);
}

/* Networks are the population's, each as often as it has sources there: here none twice. */
static void
test_networks_of_the_population(void **state)
{
	struct session_table batch = make_log(60), log = make_log(250);
	struct planting plan;
	struct world *w = plant(&batch, &log, STRUCTURE_HN4, &plan);
	struct map networks = MAP_INIT;
	uint32_t beyond = 0;

	(void)state;
	for (uint32_t i = 0; i < w->n_actors; i++) {
		const uint8_t *bytes = w->actors[i].source.bytes;
		uint32_t *slot =
		    map_slot(&networks, address_key(addr_prefix(w->actors[i].source, 16)));

		assert_non_null(slot);
		assert_int_equal(*slot, MAP_NONE);
		*slot = 1;
		beyond += ((uint32_t)bytes[12] << 8 | bytes[13]) >= 0x0b00 + 60;
	}
	assert_int_equal(w->n_networks, 250);
	assert_true(beyond > 40);
	map_clear(&networks);
	world_free(w);
	session_table_free(&batch);
	session_table_free(&log);
}

/* One source's two thousand sessions make no rush hour. */
static void
test_one_busy_source_draws_nobody(void **state)
{
	struct session_table log = make_log(200);
	struct planting plan;
	struct world *w = plant(&log, NULL, STRUCTURE_HN5, &plan);
	uint32_t there = 0;

	(void)state;
	for (uint32_t i = 0; i < w->n_sessions; i++) {
		int64_t at = w->sessions[i].start_us - (START + 3 * DAY);

		there += at >= 0 && at < 600 * TIME_SECOND;
	}
	assert_true(w->n_sessions > 300);
	assert_true(there < w->n_sessions / 50); /* by its sessions it would be three in four */
	world_free(w);
	session_table_free(&log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_and_lines),
		cmocka_unit_test(test_networks_of_the_population),
		cmocka_unit_test(test_one_busy_source_draws_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
