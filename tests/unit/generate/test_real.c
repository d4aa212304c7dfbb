/* test_real.c - modes R and N: the background is the log's own, and nothing about the planted groups is from elsewhere.
 * The "real" log is one of the generator's, of another site than the plants'. */
#include "world_support.h"

#include <math.h>
#include <stdlib.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct generate_plan plans[] = {
	{ .structure = STRUCTURE_C1,
	    .difficulty = DIFFICULTY_STANDARD,
	    .members = 12,
	    .visits = 10 },
	{ .structure = STRUCTURE_HN1,
	    .difficulty = DIFFICULTY_STANDARD,
	    .members = 20,
	    .visits = 5 },
};

static struct session_table
make_log(void)
{
	struct generate_config c = {
		.seed = 31, .sources = 600, .sessions = 4000, .sensors = 2, .days = 3
	};
	struct session_builder *b = session_builder_new();
	struct generate_labels labels;
	struct session_table table;
	struct coord_error err;

	assert_non_null(b);
	assert_int_equal(generate_sessions(&c, b, &labels, &err), COORD_OK);
	assert_int_equal(session_builder_finish(b, &table, NULL, &err), COORD_OK);
	session_builder_free(b);
	generate_labels_clear(&labels);
	return table;
}

static struct generate_config
config_in(const struct session_table *real, enum generate_background background)
{
	return (struct generate_config){
		.seed = 5, .background = background, .real = real, .plans = plans, .n_plans = 2
	};
}

static void
collect(const struct session_table *t, enum session_item_kind kind, struct map *ret)
{
	for (uint32_t i = 0; i < t->n_items; i++) {
		uint32_t *slot;

		if (t->items[i].kind != kind)
			continue;
		slot = map_slot(ret, hash_mix(hash_content(session_string(t, t->items[i].a)),
					 hash_content(session_string(t, t->items[i].b))));
		assert_non_null(slot);
		*slot = 1;
	}
}

static bool
known(const struct session_table *t, enum session_text which, struct sv text)
{
	for (uint32_t row = 0; row < t->n; row++)
		if (sv_eq(session_text(t, row, which), text))
			return true;
	return false;
}

/* Tool, sensor, network, time: all of the log. Credentials too; of lines, all but those that bring an artefact. */
static void
test_plants_speak_the_logs_language(void **state)
{
	struct session_table real = make_log();
	struct generate_config c = config_in(&real, BACKGROUND_REAL);
	struct world *w = make_world(&c);
	struct map credentials = MAP_INIT, lines = MAP_INIT, networks = MAP_INIT,
		   sources = MAP_INIT;
	struct rendered *r = malloc(sizeof(*r));
	uint32_t foreign = 0, all = 0;

	(void)state;
	assert_non_null(r);
	collect(&real, ITEM_CREDENTIAL, &credentials);
	collect(&real, ITEM_COMMAND, &lines);
	for (uint32_t row = 0; row < real.n; row++) {
		*map_slot(&networks, address_key(addr_prefix(real.source[row], 16))) = 1;
		*map_slot(&sources, address_key(real.source[row])) = 1;
	}
	assert_true(w->n_sessions > 200);
	for (uint32_t i = 0; i < w->n_sessions; i++) {
		render_session(w, i, r);
		assert_true(r->row.start_us >= real.start_us[0]);
		assert_true(r->row.start_us <= real.start_us[real.n - 1]);
		assert_true(known(&real, TEXT_SENSOR, r->row.text[TEXT_SENSOR]));
		assert_true(known(&real, TEXT_HASSH, r->row.text[TEXT_HASSH]));
		assert_true(known(&real, TEXT_BANNER, r->row.text[TEXT_BANNER]));
		assert_int_not_equal(
		    map_get(&networks, address_key(addr_prefix(r->row.source, 16))), MAP_NONE);
		assert_int_equal(map_get(&sources, address_key(r->row.source)), MAP_NONE);
		for (uint32_t k = 0; k < r->row.n_items; k++) {
			const struct session_row_item *item = &r->items[k];
			uint64_t key = hash_mix(hash_content(item->a), hash_content(item->b));

			if (item->kind == ITEM_CREDENTIAL)
				assert_int_not_equal(map_get(&credentials, key), MAP_NONE);
			if (item->kind != ITEM_COMMAND)
				continue;
			all++;
			foreign += map_get(&lines, key) == MAP_NONE;
		}
	}
	assert_true(all > 500 && foreign < all / 4);
	map_clear(&credentials);
	map_clear(&lines);
	map_clear(&networks);
	map_clear(&sources);
	free(r);
	world_free(w);
	session_table_free(&real);
}

static struct session_table
make_batch(const struct generate_config *c, struct generate_labels *labels)
{
	struct session_builder *b = session_builder_new();
	struct session_table table;
	struct coord_error err;

	assert_non_null(b);
	if (generate_sessions(c, b, labels, &err) != COORD_OK)
		fail_msg("%s", err.what);
	assert_int_equal(session_builder_finish(b, &table, NULL, &err), COORD_OK);
	session_builder_free(b);
	return table;
}

/* Mode R: every real session is there as it was; labels are of planted sessions only. Mode N: as many, moved. */
/* What one author left behind is not handed to others: passwords set, applets and files of his own name. */
static void
test_artefacts_are_not_learnt(void **state)
{
	static const char *const lines[] = { "uname -a", "echo root:h1eE7vrNQkMX|chpasswd",
		"/bin/busybox FBOT", "cat /var/tmp/.var03522123", "free -m" };
	struct session_builder *b = session_builder_new(), *into = session_builder_new();
	struct session_table real, table;
	struct generate_labels labels;
	struct generate_config c;
	uint32_t learnt[COUNT_OF(lines)] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 300; i++) {
		struct session_row_item items[COUNT_OF(lines)];
		struct session_row row = { .source = addr_from_v4(0x05050500 + i % 60),
			.start_us = INT64_C(1740960000000000) + i * INT64_C(900000000),
			.duration_us = -1,
			.service = SERVICE_SSH,
			.text = { [TEXT_ID] = SV("x"),
			    [TEXT_SENSOR] = SV("pot"),
			    [TEXT_BANNER] = SV("SSH-2.0-Go") },
			.items = items,
			.n_items = COUNT_OF(lines) };

		row.end_us = row.start_us + 5000000;
		for (uint32_t k = 0; k < COUNT_OF(lines); k++)
			items[k] = (struct session_row_item){ .a = sv_from(lines[k]),
				.kind = ITEM_COMMAND };
		assert_int_equal(session_builder_add(b, &row, NULL), COORD_OK);
	}
	assert_int_equal(session_builder_finish(b, &real, NULL, NULL), COORD_OK);
	c = config_in(&real, BACKGROUND_REAL);
	assert_int_equal(generate_sessions(&c, into, &labels, NULL), COORD_OK);
	assert_int_equal(session_builder_finish(into, &table, NULL, NULL), COORD_OK);
	for (uint32_t i = 0; i < table.n_items; i++)
		for (uint32_t k = 0; k < COUNT_OF(lines); k++)
			learnt[k] +=
			    sv_eq(session_string(&table, table.items[i].a), sv_from(lines[k]));
	for (uint32_t k = 1; k <= 3; k++)
		assert_int_equal(learnt[k], real.n);
	assert_true(learnt[0] > real.n);
	generate_labels_clear(&labels);
	session_builder_free(b);
	session_builder_free(into);
	session_table_free(&real);
	session_table_free(&table);
}

static void
test_background_is_kept(void **state)
{
	struct session_table real = make_log();

	(void)state;
	for (int mode = BACKGROUND_REAL; mode <= BACKGROUND_NULL; mode++) {
		struct generate_config c = config_in(&real, (enum generate_background)mode);
		struct generate_labels labels, again;
		struct session_table t = make_batch(&c, &labels), same = make_batch(&c, &again);
		struct map rows = MAP_INIT;
		uint32_t found = 0;

		assert_null(session_table_check(&t));
		assert_memory_equal(t.input_sha256, same.input_sha256, 32);
		assert_int_equal(t.n, real.n + labels.n);
		for (uint32_t row = 0; row < t.n; row++) {
			uint64_t key =
			    hash_mix((uint64_t)t.start_us[row], address_key(t.source[row]));

			*map_slot(
			    &rows, hash_mix(key, hash_content(session_text(&t, row, TEXT_ID)))) = 1;
		}
		for (uint32_t row = 0; row < real.n; row++) {
			uint64_t key =
			    hash_mix((uint64_t)real.start_us[row], address_key(real.source[row]));

			key = hash_mix(key, hash_content(session_text(&real, row, TEXT_ID)));
			found += map_get(&rows, key) != MAP_NONE;
		}
		if (mode == BACKGROUND_REAL)
			assert_int_equal(found, real.n);
		else
			assert_true(found < real.n / 2);
		for (size_t i = 0; i < labels.n; i++)
			assert_true(labels.labels[i].group >= 1);
		assert_true(labels.groups[0].share > 0.0 && labels.groups[0].share < 0.2);
		map_clear(&rows);
		generate_labels_clear(&labels);
		generate_labels_clear(&again);
		session_table_free(&t);
		session_table_free(&same);
	}
	session_table_free(&real);
}

/* A planted outage silences the real sensor too. */
static void
test_outage_in_a_real_log(void **state)
{
	static const struct generate_plan outage = { .structure = STRUCTURE_HN6,
		.difficulty = DIFFICULTY_STANDARD,
		.members = 20,
		.visits = 3,
		.variant = 1 };
	struct session_table real = make_log(), t;
	struct generate_config c = config_in(&real, BACKGROUND_REAL);
	struct generate_labels labels;

	(void)state;
	c.plans = &outage;
	c.n_plans = 1;
	t = make_batch(&c, &labels);
	assert_true(t.n < real.n + labels.n);
	generate_labels_clear(&labels);
	session_table_free(&t);
	session_table_free(&real);
}

static void
test_refusals(void **state)
{
	static const struct generate_plan selected = { .structure = STRUCTURE_HN9 };
	struct session_table real = make_log(), empty = { .n = 0 };
	struct generate_config c = config_in(NULL, BACKGROUND_REAL);
	struct coord_error err;
	struct world *w;

	(void)state;
	assert_int_equal(world_new(&c, &w, &err), COORD_EINVALID);
	c = config_in(&empty, BACKGROUND_NULL);
	assert_int_equal(world_new(&c, &w, &err), COORD_EINVALID);
	c = config_in(&real, BACKGROUND_REAL);
	c.plans = &selected;
	c.n_plans = 1;
	assert_int_equal(world_new(&c, &w, &err), COORD_EINVALID);
	/* nobody there speaks SSH or Telnet */
	c = config_in(&real, BACKGROUND_REAL);
	for (uint32_t row = 0; row < real.n; row++)
		real.service[row] = SERVICE_WEB;
	assert_int_equal(world_new(&c, &w, &err), COORD_ENODATA);
	session_table_free(&real);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plants_speak_the_logs_language),
		cmocka_unit_test(test_artefacts_are_not_learnt),
		cmocka_unit_test(test_background_is_kept),
		cmocka_unit_test(test_outage_in_a_real_log),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
