/* test_channels_peers.c - the channels that compare a set with comparable attackers: partition, order, hand-over of
 * credentials, victims and division of targets see what is planted, and keep their level on independent sources that run
 * public ordered lists, the same popular passwords, and prefer the same sensors. */
#include "testing.h"

#include <math.h>

#include "scene.h"

enum { LISTS = 3, LIST = 60, POPULAR = 400, SENSORS = 8, PORTS = 3, PATHS = 60, VISITS = 10 };
enum planted { NOTHING, SHARED_OUT, ORDERED, HANDED_OVER, SAME_VICTIMS, DIVIDED, DIVIDED_PATHS };

struct visit_plan {
	char words[5][32], sensor[8], path[32];
	struct batch_session s;
};

/* What anybody does: half of them run one of three public lists from the top, the others pick popular credentials. */
static void
plan_visit(struct visit_plan *p, uint32_t node, uint32_t v, uint64_t seed, struct rng *rng)
{
	uint32_t list = node % (2 * LISTS);

	for (uint32_t k = 0; k < 4; k++)
		if (list < LISTS)
			(void)snprintf(p->words[k], 32, "root list%u-%u", list, 4 * v + k);
		else
			(void)snprintf(
			    p->words[k], 32, "root %u", (uint32_t)pow(POPULAR, rng_uniform(rng)));
	(void)snprintf(p->sensor, 8, "s%u", (uint32_t)(SENSORS * pow(rng_uniform(rng), 1.5)));
	(void)snprintf(p->path, 32, "GET /%u", (uint32_t)pow(PATHS, rng_uniform(rng)));
	p->s.at_s = scene_time(seed, rng);
	p->s.success = rng_below(rng, 8) == 0;
	p->s.target_port = (uint16_t)(2200 + rng_below(rng, PORTS));
}

static void
plan_member(struct visit_plan *p, enum planted planted, uint32_t node, uint32_t v, uint64_t seed)
{
	struct rng rng = rng_at(seed, 5, 0, 4 * v);

	for (uint32_t k = 0; k < 4; k++) {
		uint32_t at = SCENE_SET * (4 * (v % 5) + k) + node; /* every sixth of three lists */
		struct rng pick = rng_at(seed, 5, 0, 4 * v + k);

		if (planted == SHARED_OUT)
			(void)snprintf(p->words[k], 32, "root list%u-%u", at / 40, at % 40);
		if (planted == ORDERED) /* popular ones, in an order of their own */
			(void)snprintf(
			    p->words[k], 32, "root %u", (uint32_t)pow(POPULAR, rng_uniform(&pick)));
	}
	if (planted == HANDED_OVER && v < 4) {
		p->s.at_s = scene_time(seed, &rng) + 500 * node;
		p->s.success = node == 0;
		(void)snprintf(p->words[0], 32, "root %u", 100 + 20 * v);
	}
	if (planted == SAME_VICTIMS)
		(void)snprintf(p->sensor, 8, "s%u", SENSORS - 1 - rng_below(&rng, 3));
	if (planted == DIVIDED) {
		uint32_t at = SCENE_SET * (v % 4) + node;

		(void)snprintf(p->sensor, 8, "s%u", at % SENSORS);
		p->s.target_port = (uint16_t)(2200 + at / SENSORS);
	}
	if (planted == DIVIDED_PATHS)
		(void)snprintf(p->path, 32, "GET /%u", 1 + SCENE_SET * (v % 7) + node);
}

static void
add_source(struct batch *b, uint32_t node, int planted, uint64_t seed)
{
	struct rng rng = rng_at(seed, 1, 0, node);

	for (uint32_t v = 0; v < VISITS; v++) {
		struct visit_plan p = { .s.ip = scene_address(node) };

		plan_visit(&p, node, v, seed, &rng);
		if (planted != NOTHING && node < SCENE_SET)
			plan_member(&p, (enum planted)planted, node, v, seed);
		for (uint32_t k = 0; k < 4; k++)
			p.s.credentials[k] = p.words[k];
		p.s.requests[0] = p.path;
		p.s.sensor = p.sensor;
		batch_add(b, &p.s);
	}
}

static void
test_planted_is_seen(void **state)
{
	static const struct {
		const struct channel *channel;
		enum planted planted;
		const char *top;
	} cases[] = {
		{ &channel_partition, SHARED_OUT, "root / list" },
		{ &channel_order, ORDERED, "root / " },
		{ &channel_handover, HANDED_OVER, "root / 1" },
		{ &channel_victims, SAME_VICTIMS, "s" },
		{ &channel_cover, DIVIDED, "port 22" },
		{ &channel_cover, DIVIDED_PATHS, "GET /" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct study s;
		uint32_t nodes[SCENE_SET];
		struct detect_evidence e;

		scene_begin(&s, add_source, (int)cases[i].planted, 40);
		scene_planted(&s, nodes);
		e = scene_ask(&s, cases[i].channel, nodes, SCENE_SET, 999, NULL);
		print_message("%s: p %.4f, effect %.2f: %s\n", cases[i].channel->name, e.p,
		    e.effect, e.detail);
		assert_false(e.abstained);
		assert_true(e.p < 0.01 && e.effect > 1.1);
		assert_int_equal(e.n, SCENE_SET);
		assert_true(e.n_top > 0 && strstr(e.top[0].what, cases[i].top) != NULL);
		study_end(&s);
	}
}

/* A list that all of the set run whole is replicated, not divided; members with private lists divide nothing known. */
static void
test_replicated_is_not_divided(void **state)
{
	struct study s;
	uint32_t nodes[SCENE_SET], n = 0;

	(void)state;
	scene_begin(&s, add_source, NOTHING, 41);
	for (uint32_t i = 0; i < s.m.n_nodes && n < SCENE_SET; i++) {
		uint32_t ip = s.m.source_addr[s.m.node_source[i]].bytes[13];

		if (ip % (2 * LISTS) == 1) /* the second byte counts the sources, below 256 */
			nodes[n++] = i;
	}
	assert_true(scene_ask(&s, &channel_partition, nodes, n, 199, NULL).p > 0.5);
	study_end(&s);
}

static void
check_level(const struct channel *c)
{
	scene_check_level(c, add_source, 0.9, NULL);
}

static void
test_level_of_partition(void **state)
{
	(void)state;
	check_level(&channel_partition);
}

static void
test_level_of_order(void **state)
{
	(void)state;
	check_level(&channel_order);
}

static void
test_level_of_handover(void **state)
{
	(void)state;
	check_level(&channel_handover);
}

static void
test_level_of_victims(void **state)
{
	(void)state;
	check_level(&channel_victims);
}

static void
test_level_of_cover(void **state)
{
	(void)state;
	check_level(&channel_cover);
}

/* In a null world of the batch the planted set is exchanged for a draw: what it shared is gone. */
static void
test_null_world_has_nothing(void **state)
{
	struct study s;
	uint32_t nodes[SCENE_SET], rejected = 0;

	(void)state;
	scene_begin(&s, add_source, SHARED_OUT, 40);
	scene_planted(&s, nodes);
	s.observed.null = true;
	rejected += scene_ask(&s, &channel_partition, nodes, SCENE_SET, 199, NULL).p <= 0.01;
	rejected += scene_ask(&s, &channel_order, nodes, SCENE_SET, 199, NULL).p <= 0.01;
	assert_int_equal(rejected, 0);
	study_end(&s);
}

/* One source, or nobody to compare with, or nothing to compare. */
static void
test_abstain(void **state)
{
	static const struct channel *const all[] = { &channel_partition, &channel_order,
		&channel_handover, &channel_victims, &channel_cover };
	struct batch *b = batch_new();
	struct study s;
	uint32_t nodes[4] = { 0, 1, 2, 3 };

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		batch_add(b, &(struct batch_session){ .ip = 0x0a000001 + i,
				 .at_s = 1000.0 * i,
				 .credentials = { "a b", "c d", "e f", "g h" } });
	study_begin(&s, b, NULL);
	for (size_t c = 0; c < COUNT_OF(all); c++) {
		assert_true(scene_ask(&s, all[c], nodes, 4, 199, NULL).abstained);
		assert_true(scene_ask(&s, all[c], nodes, 1, 199, NULL).abstained);
	}
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planted_is_seen),
		cmocka_unit_test(test_replicated_is_not_divided),
		cmocka_unit_test(test_level_of_partition),
		cmocka_unit_test(test_level_of_order),
		cmocka_unit_test(test_level_of_handover),
		cmocka_unit_test(test_level_of_victims),
		cmocka_unit_test(test_level_of_cover),
		cmocka_unit_test(test_null_world_has_nothing),
		cmocka_unit_test(test_abstain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
