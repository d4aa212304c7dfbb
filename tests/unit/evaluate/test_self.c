/* test_self.c - `coord evaluate self`: how batches are cut and planted, what the figures add up to, and that the report is the
 * same on any number of threads. */
#include "testing.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "evaluate/self.h"

static struct session_table
sensor(uint64_t seed, uint32_t sources, uint32_t sessions, uint32_t days)
{
	struct generate_config config = {
		.seed = seed, .site = 3, .sources = sources, .sessions = sessions, .days = days
	};
	struct session_builder *builder = session_builder_new();
	struct generate_labels labels;
	struct session_table table;

	assert_non_null(builder);
	assert_int_equal(generate_sessions(&config, builder, &labels, NULL), COORD_OK);
	assert_int_equal(session_builder_finish(builder, &table, NULL, NULL), COORD_OK);
	session_builder_free(builder);
	generate_labels_clear(&labels);
	return table;
}

static struct reference *
background(void)
{
	struct session_table table = sensor(9, 200, 800, 14);
	char path[] = "/tmp/coord-test-self-XXXXXX";
	struct reference *ref;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(detect_reference_build(&table, path, NULL), COORD_OK);
	assert_int_equal(reference_open(path, &ref, NULL), COORD_OK);
	(void)unlink(path);
	session_table_free(&table);
	return ref;
}

static struct self_site
site_of(const struct session_table *table, const struct reference *ref, uint32_t most)
{
	struct evaluate_self_config config = {
		.table = table, .reference = ref, .sessions_most = most
	};
	struct self_site site;
	struct coord_error err;

	if (self_site_of(&config, &site, &err) != COORD_OK)
		fail_msg("%s", err.what);
	return site;
}

/* A week where it is small enough, else fewer days, else fewer sources. */
static void
test_site_sizes(void **state)
{
	struct session_table table = sensor(1, 150, 1400, 14);
	struct reference *ref = background();
	struct self_site site = site_of(&table, ref, 2000);

	(void)state;
	assert_int_equal(site.days, 7);
	assert_true(site.share == 1);
	assert_true(site.served == 1);
	self_site_clear(&site);
	site = site_of(&table, ref, 400);
	assert_int_equal(site.days, 3);
	self_site_clear(&site);
	site = site_of(&table, ref, 50);
	assert_int_equal(site.days, 1);
	assert_true(site.share > 0.4 && site.share < 0.6);
	self_site_clear(&site);
	reference_close(ref);
	session_table_free(&table);
}

/* A hundred sources, one session each; nothing was recorded for `gap_us` in the middle. */
static struct session_table
rows_with_gap(enum session_service service, int64_t apart_us, int64_t gap_us)
{
	struct session_builder *builder = session_builder_new();
	struct session_table table;

	for (uint32_t i = 0; i < 100; i++) {
		struct session_row row = { .source = addr_from_v4(10 + i),
			.start_us =
			    INT64_C(1740960000000000) + i * apart_us + (i < 50 ? 0 : gap_us),
			.duration_us = -1,
			.service = (uint8_t)service,
			.text = { [TEXT_ID] = SV("s"), [TEXT_SENSOR] = SV("pot") } };

		row.end_us = row.start_us;
		assert_int_equal(session_builder_add(builder, &row, NULL), COORD_OK);
	}
	assert_int_equal(session_builder_finish(builder, &table, NULL, NULL), COORD_OK);
	session_builder_free(builder);
	return table;
}

static struct session_table
rows_of(enum session_service service, int64_t apart_us)
{
	return rows_with_gap(service, apart_us, 0);
}

/* Too few sources; less than a day; nothing like what is planted. The last one is as it has to be. */
static void
test_site_too_small(void **state)
{
	struct session_table tables[] = { sensor(1, 30, 300, 7),
		rows_of(SERVICE_SSH, 60 * TIME_SECOND), rows_of(SERVICE_WEB, 3600 * TIME_SECOND),
		rows_of(SERVICE_SSH, 3600 * TIME_SECOND) };
	struct reference *ref = background();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(tables); i++) {
		struct evaluate_self_config config = { .table = &tables[i], .reference = ref };
		struct self_site site;

		assert_int_equal(
		    self_site_of(&config, &site, NULL), i < 3 ? COORD_ENODATA : COORD_OK);
		if (i == 3)
			self_site_clear(&site);
		session_table_free(&tables[i]);
	}
	reference_close(ref);
}

static const struct self_cell planted = { .kind = SELF_GRID,
	.plan = { STRUCTURE_C1, DIFFICULTY_EASY, .members = 6, .visits = 5 } };

static struct batch
make(const struct self_site *site, const struct self_cell *cell, uint64_t seed, struct arena *arena)
{
	struct batch batch;
	struct coord_error err;
	int64_t from;

	if (self_batch_make(site, cell, seed, arena, &batch, &from, &err) != COORD_OK)
		fail_msg("%s", err.what);
	assert_true(from >= site->first_us && from <= site->last_us);
	for (uint32_t i = 0; i < batch.table.n; i++)
		if (truth_find(&batch.truth, batch.table.source[i]) == UINT32_MAX)
			fail();
	return batch;
}

/* Two days of logs and ten years of nothing between: every batch has sessions of the logs in it. */
static void
test_batch_from_logs_with_a_gap(void **state)
{
	struct session_table table =
	    rows_with_gap(SERVICE_SSH, 1800 * TIME_SECOND, INT64_C(315360000) * TIME_SECOND);
	struct reference *ref = background();
	struct self_site site = site_of(&table, ref, 2000);
	const struct self_cell nothing = { .kind = SELF_NULL };

	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct arena *arena = arena_new(0);
		struct batch batch = make(&site, &nothing, seed, arena);

		assert_true(batch.table.n >= 5);
		batch_clear(&batch);
		arena_free(arena);
	}
	self_site_clear(&site);
	reference_close(ref);
	session_table_free(&table);
}

static uint32_t
sources_of_campaign(const struct truth *truth)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < truth->n; i++)
		n += truth->campaign[i] == 1;
	return n;
}

static void
test_batch_holds_its_plant(void **state)
{
	struct session_table table = sensor(1, 150, 1400, 14);
	struct reference *ref = background();
	struct self_site site = site_of(&table, ref, 2000);
	struct arena *arena = arena_new(0);
	struct batch a = make(&site, &planted, 5, arena), again = make(&site, &planted, 5, arena);
	struct batch other = make(&site, &planted, 6, arena);

	(void)state;
	assert_int_equal(a.truth.n_campaigns, 1);
	assert_int_equal(sources_of_campaign(&a.truth), 6);
	assert_int_equal(a.group.members, 6);
	assert_true(a.table.n > 300 && a.table.n < 1400);
	assert_memory_equal(a.table.input_sha256, again.table.input_sha256, 32);
	assert_memory_not_equal(a.table.input_sha256, other.table.input_sha256, 32);
	batch_clear(&a);
	batch_clear(&again);
	batch_clear(&other);
	arena_free(arena);
	self_site_clear(&site);
	reference_close(ref);
	session_table_free(&table);
}

static bool
names_anything(const struct batch *b, uint32_t row)
{
	for (uint32_t i = b->table.item_start[row]; i < b->table.item_start[row + 1]; i++) {
		struct sv a = session_string(&b->table, b->table.items[i].a);

		if (b->table.items[i].kind == ITEM_FILE_HASH ||
		    (b->table.items[i].kind == ITEM_COMMAND &&
			(sv_has(a, SV("AAAA")) || sv_has(a, SV("://")))))
			return true;
	}
	return false;
}

/* Keys, URLs and files of the plant are gone, and nothing else is. */
static void
test_batch_bare(void **state)
{
	struct self_cell bare = planted;
	struct session_table table = sensor(1, 150, 1400, 14);
	struct reference *ref = background();
	struct self_site site = site_of(&table, ref, 2000);
	struct arena *arena = arena_new(0);
	struct batch a = make(&site, &planted, 5, arena), b;
	uint32_t named[2] = { 0, 0 }, others[2] = { 0, 0 };

	(void)state;
	bare.bare = true;
	b = make(&site, &bare, 5, arena);
	assert_int_equal(a.table.n, b.table.n);
	for (uint32_t i = 0; i < a.table.n; i++) {
		uint32_t at = truth_find(&a.truth, a.table.source[i]);
		uint32_t *to = a.truth.campaign[at] == 1 ? named : others;

		to[0] += names_anything(&a, i);
		to[1] += names_anything(&b, i);
	}
	assert_true(named[0] > 0);
	assert_int_equal(named[1], 0);
	assert_true(others[0] > 0);
	assert_int_equal(others[1], others[0]);
	batch_clear(&a);
	batch_clear(&b);
	arena_free(arena);
	self_site_clear(&site);
	reference_close(ref);
	session_table_free(&table);
}

/* Look-alikes are no campaign, and neither is nothing; half of the sources go with all of their sessions. */
static void
test_batch_without_coordination(void **state)
{
	struct self_cell nothing = { .kind = SELF_NULL };
	struct self_cell copycats = { .kind = SELF_LOOKALIKE,
		.plan = { STRUCTURE_HN1, DIFFICULTY_STANDARD, .members = 20, .visits = 3 } };
	struct session_table table = sensor(1, 400, 4000, 14);
	struct reference *ref = background();
	struct self_site whole = site_of(&table, ref, 100000), half = site_of(&table, ref, 140);
	struct arena *arena = arena_new(0);
	struct batch a = make(&whole, &nothing, 5, arena), b = make(&whole, &copycats, 5, arena);
	struct batch c = make(&half, &nothing, 5, arena);

	(void)state;
	assert_int_equal(a.truth.n_campaigns, 0);
	assert_int_equal(b.truth.n_campaigns, 0);
	assert_true(b.truth.n >= a.truth.n + 15);
	assert_true(half.share > 0.4 && half.share < 0.6);
	assert_true(c.table.n > 30 && c.table.n < 300);
	batch_clear(&a);
	batch_clear(&b);
	batch_clear(&c);
	arena_free(arena);
	self_site_clear(&whole);
	self_site_clear(&half);
	reference_close(ref);
	session_table_free(&table);
}

/* A grid of one difficulty, one batch a jitter: campaigns of 16 hosts or with 30 visits are called, others never. */
static void
fabricate(struct evaluate_self *self, struct self_batch *batches)
{
	for (unsigned m = 0; m < SELF_MEMBERS; m++)
		for (unsigned v = 0; v < SELF_VISITS; v++)
			for (unsigned j = 0; j < SELF_JITTERS; j++) {
				struct self_cell *c = &self->cells[self->n_cells];
				struct self_batch *b = &batches[self->n_batches++];

				*c = (struct self_cell){
					.kind = SELF_GRID, .members = m, .visits = v, .jitter = j
				};
				*b = (struct self_batch){ .cell = self->n_cells++, .found = true };
				b->called = m >= 2 && v >= 1;
				b->sure = b->called && j == 0;
				b->confidence = b->sure ? 0.95 : 0.2;
				b->group.synchronised = j == 2 ? 0 : 0.5;
				b->group.jitter_s = 10 * (j + 1);
			}
	self->batches = batches;
}

static void
test_figures(void **state)
{
	static struct evaluate_self self;
	static struct self_batch batches[SELF_CELLS_MOST];
	struct self_slice slice = { SELF_GRID, -1, DIFFICULTY_EASY, -1, -1, -1, false, false };
	unsigned members = 0, visits = 0;
	struct binomial rate;

	(void)state;
	fabricate(&self, batches);
	rate = self_rate(&self, &slice, SELF_CALLED);
	assert_int_equal(rate.n, 36);
	assert_int_equal(rate.hits, 12);
	/* Clopper-Pearson for 12 of 36, from tables */
	assert_true(fabs(rate.low - 0.1856) < 5e-4 && fabs(rate.high - 0.5097) < 5e-4);
	assert_int_equal(self_rate(&self, &slice, SELF_SURE).hits, 4);
	assert_int_equal(self_rate(&self, &slice, SELF_FOUND).hits, 36);
	slice.members = 2;
	assert_int_equal(self_rate(&self, &slice, SELF_CALLED).n, 9);
	slice.or_more = true;
	assert_int_equal(self_rate(&self, &slice, SELF_CALLED).n, 18);
	slice.jitter = 1;
	assert_true(self_jitter(&self, &slice) == 20);
	slice.jitter = 2;
	assert_true(isinf(self_jitter(&self, &slice)));
	slice.kind = SELF_NULL;
	assert_int_equal(self_rate(&self, &slice, SELF_CALLED).n, 0);
	assert_true(isnan(self_confidence(&self, &slice)));
	assert_true(self_minimum(&self, &self_variants[0], &members, &visits, &rate));
	assert_int_equal(members, self_members[2]);
	assert_int_equal(visits, self_visits[1]);
	assert_int_equal(rate.n, 12);
	assert_false(self_minimum(&self, &self_variants[4], &members, &visits, &rate));
}

static void
test_power(void **state)
{
	(void)state;
	assert_int_equal(self_power_of((struct binomial){ 6, 6, 1, 0.54, 1 }), SELF_POWER_SEEN);
	assert_int_equal(self_power_of((struct binomial){ 0, 6, 0, 0, 0.46 }), SELF_POWER_MISSED);
	assert_int_equal(
	    self_power_of((struct binomial){ 3, 6, 0.5, 0.12, 0.88 }), SELF_POWER_OPEN);
	assert_int_equal(self_power_of((struct binomial){ 0, 0, NAN, 0, 1 }), SELF_POWER_OPEN);
}

static void
report(const struct session_table *table, const struct reference *ref, unsigned threads,
    struct buf *json, struct buf *html)
{
	struct evaluate_self_config config = { .table = table,
		.reference = ref,
		.sessions_most = 200,
		.worlds = 3,
		.threads = threads,
		.quick = true };
	struct evaluate_self *self;
	struct buf text = BUF_INIT(1 << 20);
	struct coord_error err;

	if (evaluate_self_run(&config, &self, &err) != COORD_OK)
		fail_msg("%s", err.what);
	evaluate_self_json(self, json);
	evaluate_self_html(self, html);
	evaluate_self_text(self, &text);
	assert_false(json->failed || html->failed || text.failed);
	assert_true(sv_has(buf_sv(&text), SV("106, each")));
	buf_clear(&text);
	evaluate_self_free(self);
}

/* The whole of it: three worlds, the least that says anything. */
static void
test_report(void **state)
{
	struct session_table table = sensor(1, 120, 900, 14);
	struct reference *ref = background();
	struct buf json[2] = { BUF_INIT(1 << 24), BUF_INIT(1 << 24) };
	struct buf html[2] = { BUF_INIT(1 << 24), BUF_INIT(1 << 24) };
	const char *brief = getenv("COORD_TEST_QUICK");

	(void)state;
	if (brief != NULL && brief[0] != 0 && brief[0] != '0') {
		print_message("212 analyses are left out: COORD_TEST_QUICK is set\n");
		session_table_free(&table);
		reference_close(ref);
		skip();
	}
	for (unsigned i = 0; i < 2; i++)
		report(&table, ref, 2 - i, &json[i], &html[i]);
	assert_int_equal(json[0].len, json[1].len);
	assert_memory_equal(json[0].data, json[1].data, json[0].len);
	assert_int_equal(html[0].len, html[1].len);
	assert_memory_equal(html[0].data, html[1].data, html[0].len);
	assert_true(sv_has(buf_sv(&html[0]), SV("default-src 'none'; style-src 'sha256-")));
	assert_false(sv_has(buf_sv(&html[0]), SV("<script")));
	for (unsigned i = 0; i < 2; i++) {
		buf_clear(&json[i]);
		buf_clear(&html[i]);
	}
	reference_close(ref);
	session_table_free(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_site_sizes),
		cmocka_unit_test(test_site_too_small),
		cmocka_unit_test(test_batch_from_logs_with_a_gap),
		cmocka_unit_test(test_batch_holds_its_plant),
		cmocka_unit_test(test_batch_bare),
		cmocka_unit_test(test_batch_without_coordination),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_power),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
