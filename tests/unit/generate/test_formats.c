/* test_formats.c - round trip: what is written in a format is read back, as far as the format can carry it. */
#include "ingest/ingest.h"
#include "world_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum carries {
	ROWS = 1,   /* a session is a session; without: sessions of one source merge by gaps */
	MICROS = 2, /* times to the microsecond, else to the second */
	LOGINS = 4, /* every credential */
	LOGIN = 8,  /* the last credential of a session */
	COMMANDS = 16,
	COMMAND = 32,   /* the last one */
	CLIENT = 64,    /* banner and HASSH */
	ENDS = 128,     /* how long it took, to the second */
	REQUESTS = 256, /* credentials and commands as web requests */
	SERVICE = 512,
	FLOATS = 1024 /* times as numbers with a fraction, which are read to within a microsecond */
};

#define EVERYTHING (ROWS | MICROS | LOGINS | COMMANDS | CLIENT | ENDS | SERVICE)

static const struct {
	enum generate_format format;
	unsigned carries;
} cases[] = {
	{ FORMAT_COWRIE, EVERYTHING },
	{ FORMAT_NDJSON, EVERYTHING },
	{ FORMAT_ATTACK, ROWS | MICROS },
	{ FORMAT_CSV, ROWS | MICROS | CLIENT | ENDS | SERVICE },
	{ FORMAT_SESSION_CSV, ROWS | MICROS | LOGIN | COMMAND | CLIENT | ENDS | SERVICE },
	{ FORMAT_DSHIELD_JSON, ROWS | MICROS | LOGIN | COMMAND | CLIENT | SERVICE },
	{ FORMAT_WEBHONEYPOT, MICROS | REQUESTS },
	{ FORMAT_FIREWALL, 0 },
	{ FORMAT_UFW, MICROS },
	{ FORMAT_FIREWALL_CSV, MICROS },
	{ FORMAT_ZEEK_JSON, ROWS | MICROS | FLOATS | CLIENT | ENDS },
	{ FORMAT_ZEEK_TSV, ROWS | MICROS | ENDS },
	{ FORMAT_SURICATA, ROWS | MICROS | CLIENT | ENDS | SERVICE },
	{ FORMAT_ECS, EVERYTHING },
	{ FORMAT_TPOT, EVERYTHING },
	{ FORMAT_HERALDING, ROWS | MICROS | LOGINS | ENDS | SERVICE },
	{ FORMAT_ADBHONEY, ROWS | MICROS | COMMANDS | ENDS },
	{ FORMAT_TANNER, MICROS | REQUESTS },
	{ FORMAT_DSHIELD_MCP, ROWS | MICROS | SERVICE },
};

static const struct generate_plan plan = {
	.structure = STRUCTURE_C1, .difficulty = DIFFICULTY_STANDARD, .members = 8, .visits = 6
};

static struct generate_config
config_of(enum generate_format format)
{
	return (struct generate_config){ .seed = 12,
		.sources = 80,
		.sessions = 400,
		.sensors = 2,
		.days = 2,
		.format = format,
		.plans = &plan,
		.n_plans = 1 };
}

static struct session_table
written(void)
{
	struct generate_config c = config_of(FORMAT_NDJSON);
	struct world *w = make_world(&c);
	struct session_table t;
	struct coord_error err;

	assert_int_equal(world_table(w, &t, &err), COORD_OK);
	world_free(w);
	return t;
}

static struct session_table
read_back(enum generate_format format)
{
	char directory[] = "/tmp/coord-formats-XXXXXX", path[256];
	struct generate_config c = config_of(format);
	struct ingest_source source = { .path = path };
	struct ingest_options options = {
		.sources = &source, .n_sources = 1, .from_us = TIME_NONE, .to_us = TIME_NONE
	};
	struct ingest_report report;
	struct session_table t;
	struct coord_error err;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/%s", directory, generate_format_file(format));
	if (generate_run(&c, directory, NULL, &err) != COORD_OK)
		fail_msg("%s", err.what);
	if (ingest_run(&options, &t, &report, &err) != COORD_OK)
		fail_msg("%s: %s", generate_format_name(format), err.what);
	assert_int_equal(report.refused, 0);
	ingest_report_clear(&report);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/labels.csv", directory);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/manifest.json", directory);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
	return t;
}

/** A multiset of keys that does not care for order: count, sum and sum of squares of mixed keys. */
struct bag {
	uint64_t n, sum, squares;
};

static void
bag_add(struct bag *bag, uint64_t key)
{
	uint64_t h = hash_mix(key, 77);

	bag->n++;
	bag->sum += h;
	bag->squares += h * h;
}

static void
same_bags(struct bag a, struct bag b, enum generate_format format, const char *what)
{
	if (a.n != b.n || a.sum != b.sum || a.squares != b.squares)
		fail_msg("%s: %s: %llu and %llu", generate_format_name(format), what,
		    (unsigned long long)a.n, (unsigned long long)b.n);
}

static struct bag
bag_of_sources(const struct session_table *t)
{
	struct bag bag = { 0, 0, 0 };
	struct map seen = MAP_INIT;

	for (uint32_t row = 0; row < t->n; row++) {
		uint32_t *slot = map_slot(&seen, address_key(t->source[row]));

		assert_non_null(slot);
		if (*slot == MAP_NONE)
			bag_add(&bag, address_key(t->source[row]));
		*slot = 1;
	}
	map_clear(&seen);
	return bag;
}

/* Source and a number of each row. */
static uint64_t
row_key(const struct session_table *t, uint32_t row, int64_t number)
{
	return hash_mix(address_key(t->source[row]), (uint64_t)number);
}

/* Both tables are in canonical order, by start and source. */
static void
same_starts(const struct session_table *a, const struct session_table *b,
    enum generate_format format, int64_t tolerance)
{
	assert_int_equal(a->n, b->n);
	for (uint32_t row = 0; row < a->n; row++) {
		int64_t off = a->start_us[row] - b->start_us[row];

		if (off < -tolerance || off > tolerance ||
		    addr_cmp(a->source[row], b->source[row]) != 0)
			fail_msg("%s: row %u starts otherwise", generate_format_name(format), row);
	}
}

static struct bag
bag_of_services(const struct session_table *t)
{
	struct bag bag = { 0, 0, 0 };

	for (uint32_t row = 0; row < t->n; row++)
		bag_add(&bag, row_key(t, row, t->service[row]));
	return bag;
}

/* Length in whole seconds, rounded down: what the coarsest format keeps. */
static void
same_ends(const struct session_table *a, const struct session_table *b, enum generate_format format)
{
	assert_int_equal(a->n, b->n);
	for (uint32_t row = 0; row < a->n; row++) {
		int64_t off =
		    (a->end_us[row] - a->start_us[row]) - (b->end_us[row] - b->start_us[row]);

		if (off < -TIME_SECOND || off > TIME_SECOND)
			fail_msg("%s: row %u lasts otherwise", generate_format_name(format), row);
	}
}

static struct bag
bag_of_clients(const struct session_table *t)
{
	struct bag bag = { 0, 0, 0 };

	for (uint32_t row = 0; row < t->n; row++) {
		if (t->text[TEXT_HASSH][row] == STR_NONE)
			continue;
		bag_add(&bag, hash_mix(hash_content(session_text(t, row, TEXT_HASSH)),
				  hash_content(session_text(t, row, TEXT_BANNER))));
	}
	return bag;
}

/* Items of a kind, all or the last of each session. */
static struct bag
bag_of_items(const struct session_table *t, enum session_item_kind kind, bool last)
{
	struct bag bag = { 0, 0, 0 };

	for (uint32_t row = 0; row < t->n; row++) {
		for (uint32_t i = t->item_start[row + 1]; i > t->item_start[row]; i--) {
			const struct session_item *item = &t->items[i - 1];
			uint64_t key = address_key(t->source[row]);

			if (item->kind != kind)
				continue;
			key = hash_mix(key, hash_content(session_string(t, item->a)));
			if (kind == ITEM_CREDENTIAL)
				key = hash_mix(key, hash_content(session_string(t, item->b)));
			bag_add(&bag, key);
			if (last)
				break;
		}
	}
	return bag;
}

static uint64_t
count_items(const struct session_table *t, enum session_item_kind kind)
{
	return bag_of_items(t, kind, false).n;
}

/* A web log has a request for each credential and command, and one for a session of neither. */
static void
same_requests(const struct session_table *a, const struct session_table *b)
{
	uint64_t want = count_items(a, ITEM_CREDENTIAL) + count_items(a, ITEM_COMMAND);

	for (uint32_t row = 0; row < a->n; row++) {
		bool any = false;

		for (uint32_t i = a->item_start[row]; i < a->item_start[row + 1]; i++)
			any = any || a->items[i].kind == ITEM_CREDENTIAL ||
			      a->items[i].kind == ITEM_COMMAND;
		want += !any;
	}
	assert_int_equal(count_items(b, ITEM_REQUEST), want);
}

static void
compare(const struct session_table *a, const struct session_table *b, size_t i)
{
	enum generate_format f = cases[i].format;
	unsigned carries = cases[i].carries;
	int64_t unit = carries & MICROS ? 1 : TIME_SECOND;

	same_bags(bag_of_sources(a), bag_of_sources(b), f, "sources");
	if (carries & ROWS)
		same_starts(a, b, f, carries & FLOATS ? 1 : 0);
	else
		assert_true(b->n > 100 && b->n < a->n);
	assert_int_equal(b->start_us[0] / unit, a->start_us[0] / unit);
	if (carries & ENDS)
		same_ends(a, b, f);
	if (carries & SERVICE)
		same_bags(bag_of_services(a), bag_of_services(b), f, "services");
	if (carries & CLIENT)
		same_bags(bag_of_clients(a), bag_of_clients(b), f, "clients");
	if (carries & (LOGINS | LOGIN))
		same_bags(bag_of_items(a, ITEM_CREDENTIAL, (carries & LOGIN) != 0),
		    bag_of_items(b, ITEM_CREDENTIAL, false), f, "credentials");
	if (carries & (COMMANDS | COMMAND))
		same_bags(bag_of_items(a, ITEM_COMMAND, (carries & COMMAND) != 0),
		    bag_of_items(b, ITEM_COMMAND, false), f, "commands");
	if (carries & REQUESTS)
		same_requests(a, b);
}

static void
test_round_trips(void **state)
{
	struct session_table a = written();

	(void)state;
	assert_int_equal(sizeof(cases) / sizeof(cases[0]), FORMAT_COUNT);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct session_table b = read_back(cases[i].format);

		compare(&a, &b, i);
		session_table_free(&b);
	}
	session_table_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_round_trips) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
