/* test_campaign.c - one row a campaign, from the newest analysis that found it, and all findings of one. */
#include "world.h"

#include <math.h>

static void
found(
    struct world *w, struct sv owner, const struct store_campaign *campaigns, size_t n, id_text id)
{
	struct store_submission item = world_item(w, id);
	struct store_result result = { .confidence = 0.9,
		.verdict = SV("coordinated"),
		.response = SV("{}"),
		.campaigns = campaigns,
		.n_campaigns = n };
	enum store_begun what;
	struct store_analysis a;
	uint64_t fence;

	item.owner = owner;
	world_submit(w, &item, T0);
	OK(store_begin(
	    w->store, sv_from(id), SV("w"), T0, 1000000, 3, w->arena, &what, &fence, &a, &w->err));
	OK(store_finish(w->store, sv_from(id), fence, T0 + 1, &result, &w->err));
}

static struct store_campaign
campaign(const char *key, double confidence, int64_t first_us, int64_t last_us)
{
	return (struct store_campaign){ .key = sv_from(key),
		.verdict = SV("coordinated"),
		.confidence = confidence,
		.low = confidence - 0.1,
		.high = confidence + 0.05,
		.sources = 3,
		.sessions = 9,
		.first_us = first_us,
		.last_us = last_us,
		.summary = SV("{\"a\":[1]}") };
}

/** The keys of a page, as one word. */
static const char *
keys(struct world *w, struct store_campaign_filter filter)
{
	struct buf text = BUF_INIT(1024);
	struct store_campaign *rows = NULL;
	const char *copy;
	size_t n = 0;

	filter.limit = filter.limit == 0 ? 100 : filter.limit;
	OK(store_campaigns(w->store, &filter, w->arena, &rows, &n, &w->err));
	for (size_t i = 0; i < n; i++)
		buf_add_sv(&text, rows[i].key);
	copy = arena_strdup(w->arena, buf_sv(&text));
	buf_clear(&text);
	return copy;
}

static void
fill(struct world *w, id_text first, id_text second)
{
	const struct store_campaign one[] = { campaign("a", 0.9, T0, T0 + 10),
		campaign("b", 0.6, T0, T0 + 20) };
	const struct store_campaign two[] = { campaign("a", 0.7, T0 + 5, T0 + 30),
		campaign("c", 0.8, T0 + 40, T0 + 50) };
	const struct store_campaign three[] = { campaign("a", 0.2, T0 + 60, T0 + 70) };
	id_text id;

	found(w, SV("k_one"), one, COUNT_OF(one), first);
	found(w, SV("k_one"), two, COUNT_OF(two), second);
	found(w, SV("k_two"), three, COUNT_OF(three), id);
}

static void
test_list(void **state)
{
	struct world *w = *state;
	struct store_campaign_filter any = { .confidence_least = NAN };
	struct store_campaign_filter own = { .confidence_least = NAN, .owner = SV("k_one") };
	struct store_campaign *rows = NULL;
	id_text first, second;
	size_t n = 0;

	assert_string_equal(keys(w, any), "");
	fill(w, first, second);
	assert_string_equal(keys(w, any), "acb");
	assert_string_equal(keys(w, own), "cab");
	any.limit = own.limit = 100;
	OK(store_campaigns(w->store, &own, w->arena, &rows, &n, &w->err));
	assert_sv_equal(rows[1].key, "a");
	assert_int_equal(rows[1].analysis_id.len, STORE_ID_LEN);
	assert_memory_equal(rows[1].analysis_id.data, second, STORE_ID_LEN);
	assert_true(rows[1].confidence == 0.7);
	assert_true(rows[1].low == 0.7 - 0.1);
	assert_true(rows[1].high == 0.7 + 0.05);
	assert_int_equal(rows[1].sources, 3);
	assert_int_equal(rows[1].sessions, 9);
	assert_int_equal(rows[1].first_us, T0 + 5);
	assert_int_equal(rows[1].last_us, T0 + 30);
	assert_sv_equal(rows[1].verdict, "coordinated");
	assert_sv_equal(rows[1].summary, "{\"a\":[1]}");
	own.confidence_least = 0.75;
	assert_string_equal(keys(w, own), "c");
	own.confidence_least = NAN;
	own.verdict = SV("coincidental");
	assert_string_equal(keys(w, own), "");
	own.verdict = SV_NONE;
	own.from_us = T0 + 25;
	assert_string_equal(keys(w, own), "ca");
	own.to_us = T0 + 40;
	assert_string_equal(keys(w, own), "a");
}

static void
test_pages(void **state)
{
	struct world *w = *state;
	struct store_campaign_filter own = {
		.confidence_least = NAN, .owner = SV("k_one"), .limit = 1
	};
	id_text first, second;

	fill(w, first, second);
	assert_string_equal(keys(w, own), "c");
	own.after_us = T0 + 50;
	own.after_key = SV("c");
	assert_string_equal(keys(w, own), "a");
	own.after_us = T0 + 30;
	own.after_key = SV("a");
	assert_string_equal(keys(w, own), "b");
}

static void
test_get(void **state)
{
	struct world *w = *state;
	struct store_campaign *rows = NULL;
	id_text first, second;
	size_t n = 0;
	bool cancelled;

	fill(w, first, second);
	OK(store_campaign_get(w->store, SV("a"), SV_NONE, w->arena, &rows, &n, &w->err));
	assert_int_equal(n, 3);
	OK(store_campaign_get(w->store, SV("a"), SV("k_one"), w->arena, &rows, &n, &w->err));
	assert_int_equal(n, 2);
	assert_true(rows[0].confidence == 0.7);
	assert_true(rows[1].confidence == 0.9);
	assert_int_equal(
	    store_campaign_get(w->store, SV("a"), SV("k_three"), w->arena, &rows, &n, &w->err),
	    COORD_ENODATA);
	assert_int_equal(
	    store_campaign_get(w->store, SV(""), SV_NONE, w->arena, &rows, &n, &w->err),
	    COORD_ENODATA);
	assert_int_equal(
	    store_campaign_get(w->store, SV("a\0"), SV_NONE, w->arena, &rows, &n, &w->err),
	    COORD_ENODATA);
	/* without the newest analysis the one before speaks */
	OK(store_delete(w->store, sv_from(second), SV_NONE, T0, SV_NONE, &cancelled, &w->err));
	OK(store_campaign_get(w->store, SV("a"), SV("k_one"), w->arena, &rows, &n, &w->err));
	assert_int_equal(n, 1);
	assert_string_equal(keys(w, (struct store_campaign_filter){ .confidence_least = NAN,
					.owner = SV("k_one") }),
	    "ba");
}

int
campaign_tests(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_list),
		WORLD_TEST(test_pages),
		WORLD_TEST(test_get),
	};

	return cmocka_run_group_tests_name("campaign", tests, NULL, NULL);
}
