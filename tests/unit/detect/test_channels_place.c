/* test_channels_place.c - infrastructure at every prefix length and geography: see sets that live together, keep their
 * level on a population of crowded networks and countries, and abstain without countries. */
#include "testing.h"

#include <math.h>

#include "scene.h"

enum { COUNTRIES = 40, CROWDED = 10 };
enum planted { NOTHING, ONE_COUNTRY, MANY_COUNTRIES };

/* Most sources come from a few countries; nearly all where spread is to be unusual. */
static void
add_source(struct batch *b, uint32_t node, int planted, uint64_t seed)
{
	struct rng rng = rng_at(seed, 1, 0, node);
	double u = rng_uniform(&rng);
	uint32_t at = (uint32_t)pow(COUNTRIES, planted == MANY_COUNTRIES ? pow(u, 4) : u);
	char country[4];

	if (node < SCENE_SET && planted == ONE_COUNTRY)
		at = 25;
	if (node < SCENE_SET && planted == MANY_COUNTRIES)
		at = 20 + node;
	(void)snprintf(
	    country, sizeof(country), "%c%c", (char)('A' + at / 26), (char)('A' + at % 26));
	for (uint32_t v = 0; v < 2; v++)
		batch_add(b, &(struct batch_session){ .ip = scene_address(node),
				 .at_s = scene_time(seed, &rng),
				 .country = country });
}

static void
test_geography_is_two_sided(void **state)
{
	static const struct {
		enum planted planted;
		const char *says;
	} cases[] = { { ONE_COUNTRY, "closer together" }, { MANY_COUNTRIES, "more spread" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct study s;
		uint32_t nodes[SCENE_SET];
		struct detect_evidence e;

		scene_begin(&s, add_source, (int)cases[i].planted, 40);
		scene_planted(&s, nodes);
		e = scene_ask(&s, &channel_geography, nodes, SCENE_SET, 999, NULL);
		print_message("geography: p %.4f, effect %.2f: %s\n", e.p, e.effect, e.detail);
		assert_true(e.p <= 0.01);
		assert_true(e.effect > 1);
		assert_non_null(strstr(e.detail, cases[i].says));
		assert_true((e.similarity > 0) == (cases[i].planted == ONE_COUNTRY));
		if (cases[i].planted == ONE_COUNTRY)
			assert_true(e.n_top == 1 && strcmp(e.top[0].what, "AZ") == 0 &&
				    e.top[0].nodes == SCENE_SET);
		study_end(&s);
	}
}

static void
test_level_of_geography(void **state)
{
	(void)state;
	scene_check_level(&channel_geography, add_source, 0.9, NULL);
}

/* The first two bytes of a quarter of the sources are those of crowded networks. */
static void
add_crowded(struct batch *b, uint32_t node, int planted, uint64_t seed)
{
	struct rng rng = rng_at(seed, 1, 0, node);
	uint32_t ip = scene_address(node);

	if (node % 4 == 0)
		ip = 0x5b000000 + (rng_below(&rng, CROWDED) << 10) + (node & 0x3ff);
	if (node < SCENE_SET && planted != NOTHING)
		ip = 0x2d800000 + node * 0x10000; /* neighbouring /16s: only a short prefix tells */
	batch_add(b, &(struct batch_session){ .ip = ip, .at_s = scene_time(seed, &rng) });
}

/* A block of the address tree of any length is seen, and named. */
static void
test_every_length_is_looked_at(void **state)
{
	struct study s;
	uint32_t nodes[SCENE_SET];
	struct detect_evidence e;

	(void)state;
	scene_begin(&s, add_crowded, 1, 40);
	for (uint32_t k = 0; k < SCENE_SET; k++)
		nodes[k] = study_node(&s, 0x2d800000 + k * 0x10000, SERVICE_SSH);
	for (uint32_t i = 1; i < SCENE_SET; i++) /* ascending */
		for (uint32_t k = i; k > 0 && nodes[k - 1] > nodes[k]; k--) {
			uint32_t swap = nodes[k];

			nodes[k] = nodes[k - 1];
			nodes[k - 1] = swap;
		}
	e = scene_ask(&s, &channel_infrastructure, nodes, SCENE_SET, 9999, NULL);
	print_message("infrastructure: p %.4f, effect %.2f: %s\n", e.p, e.effect, e.detail);
	assert_true(e.p < 0.001);
	assert_string_equal(e.top[0].what, "45.128.0.0/13");
	study_end(&s);
}

static void
test_level_of_infrastructure(void **state)
{
	(void)state;
	scene_check_level(&channel_infrastructure, add_crowded, 1, NULL);
}

static void
test_abstain_without_countries(void **state)
{
	struct study s;
	uint32_t nodes[SCENE_SET] = { 0, 1, 2, 3, 4, 5 };

	(void)state;
	scene_begin(&s, add_crowded, NOTHING, 1);
	assert_true(scene_ask(&s, &channel_geography, nodes, SCENE_SET, 199, NULL).abstained);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_geography_is_two_sided),
		cmocka_unit_test(test_level_of_geography),
		cmocka_unit_test(test_every_length_is_looked_at),
		cmocka_unit_test(test_level_of_infrastructure),
		cmocka_unit_test(test_abstain_without_countries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
