/* test_intel.c - labels: who carries them, that the tail is exact, that random labels are found as often as they should be,
 * that members listed together are found, and that a label made from an artefact adds nothing. */
#include "testing.h"

#include <math.h>

#include "detect/channel/channel.h"
#include "detect/knowledge/knowledge.h"
#include "study.h"

static const uint32_t BASE = 0xc6336400;
enum { SOURCES = 200, MEMBERS = 20 };

struct intel_study {
	struct session_table table;
	struct arena *arena;
	struct model m;
	struct world observed;
};

/* SOURCES of one kind, each with one session, labelled where `labelled` says, carrying a key where `keyed` does. */
static void
begin(struct intel_study *s, const bool *labelled, const bool *keyed, const struct knowledge *k)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < SOURCES; i++)
		batch_add(b, &(struct batch_session){ .ip = BASE + i,
				 .at_s = 600.0 * i,
				 .key = keyed != NULL && keyed[i] ? "SHA256:key" : NULL,
				 .label = labelled != NULL && labelled[i] ? "mirai" : NULL });
	s->table = batch_finish(b);
	s->arena = arena_new(0);
	assert_int_equal(
	    model_build_knowing(&s->table, NULL, k, false, s->arena, &s->m, NULL), COORD_OK);
	assert_int_equal(world_observed(&s->m, s->arena, &s->observed, NULL), COORD_OK);
}

static void
end(struct intel_study *s)
{
	arena_free(s->arena);
	session_table_free(&s->table);
}

/* The first MEMBERS nodes under test. */
static struct detect_evidence
test_members(struct intel_study *s)
{
	struct detect_evidence e = { .p = NAN, .effect = NAN, .log_e = NAN };
	uint32_t nodes[MEMBERS];
	struct channel_input in = { .m = &s->m,
		.observed = &s->observed,
		.nodes = nodes,
		.n = MEMBERS,
		.arena = s->arena };

	for (uint32_t i = 0; i < MEMBERS; i++)
		nodes[i] = i;
	assert_int_equal(channel_intel.test(&in, &e, NULL), COORD_OK);
	return e;
}

/* P(X >= hits) by adding the terms up, with factorials of small numbers. */
static double
tail_by_hand(uint32_t hits, uint32_t listed)
{
	double tail = 0;

	for (uint32_t k = hits; k <= MEMBERS && k <= listed; k++) {
		double ln = lgamma(listed + 1) - lgamma(k + 1) - lgamma(listed - k + 1) +
			    lgamma(SOURCES - listed + 1) - lgamma(MEMBERS - k + 1) -
			    lgamma(SOURCES - listed - MEMBERS + k + 1) - lgamma(SOURCES + 1) +
			    lgamma(MEMBERS + 1) + lgamma(SOURCES - MEMBERS + 1);

		tail += exp(ln);
	}
	return tail;
}

static void
test_exact_tail(void **state)
{
	static const uint32_t hits[] = { 2, 5, 9, 14, 20 }, others[] = { 0, 3, 20, 100, 179 };

	(void)state;
	for (size_t h = 0; h < COUNT_OF(hits); h++)
		for (size_t o = 0; o < COUNT_OF(others); o++) {
			bool labelled[SOURCES] = { false };
			uint32_t listed = hits[h] + others[o];
			struct intel_study s;
			struct detect_evidence e;

			for (uint32_t i = 0; i < listed; i++)
				labelled[i < hits[h] ? i : MEMBERS + i - hits[h]] = true;
			begin(&s, labelled, NULL, NULL);
			assert_int_equal(s.m.n_labels, 1);
			assert_string_equal(s.m.labels[0].what, "list: mirai");
			e = test_members(&s);
			assert_false(e.abstained);
			assert_int_equal(e.n, MEMBERS);
			if (hits[h] > (double)listed * MEMBERS / SOURCES)
				assert_true(fabs(log(e.p) - log(fmax(1e-16, tail_by_hand(hits[h],
										listed)))) < 1e-6);
			else
				assert_true(e.p >= 1);
			end(&s);
		}
}

/* Labels drawn at random: no more small p-values than there may be. */
static void
test_null(void **state)
{
	uint32_t trials = test_quick() ? 100 : 1000, at_5 = 0, at_1 = 0;

	(void)state;
	for (uint32_t t = 0; t < trials; t++) {
		bool labelled[SOURCES];
		struct intel_study s;
		struct rng rng = rng_at(7, 1, t, 0);
		double p;

		for (uint32_t i = 0; i < SOURCES; i++)
			labelled[i] = rng_uniform(&rng) < 0.3;
		begin(&s, labelled, NULL, NULL);
		p = test_members(&s).p;
		at_5 += p <= 0.05;
		at_1 += p <= 0.01;
		end(&s);
	}
	/* discrete, so below nominal; three standard errors above it */
	assert_true(at_5 <= 0.05 * trials + 3 * sqrt(0.05 * 0.95 * trials));
	assert_true(at_1 <= 0.01 * trials + 3 * sqrt(0.01 * 0.99 * trials));
	assert_true(test_quick() || at_5 > 0);
}

static void
test_listed_together(void **state)
{
	bool labelled[SOURCES] = { false };
	struct intel_study s;
	struct detect_evidence e;

	(void)state;
	for (uint32_t i = 0; i < MEMBERS - 2; i++)
		labelled[i] = true;
	for (uint32_t i = MEMBERS; i < SOURCES; i += 10)
		labelled[i] = true;
	begin(&s, labelled, NULL, NULL);
	e = test_members(&s);
	assert_true(e.p < 1e-10);
	assert_true(e.log_e > 10 && e.log_e <= channel_log_e(e.p));
	assert_true(fabs(e.effect - 18 / (36.0 * MEMBERS / SOURCES)) < 1e-9);
	assert_int_equal(e.n_top, 1);
	assert_string_equal(e.top[0].kind, "label");
	assert_int_equal(e.top[0].nodes, 18);
	assert_int_equal(e.top[0].background, 18);
	assert_string_equal(e.detail,
	    "18 of 20 sources carry the label \"list: mirai\"; 3.6 of as many sources drawn from "
	    "the same strata would.");
	end(&s);
}

/* The label's carriers are the key's: it says the same once more. */
static void
test_derived(void **state)
{
	bool labelled[SOURCES] = { false }, keyed[SOURCES] = { false };
	struct intel_study s;
	struct detect_evidence e;

	(void)state;
	for (uint32_t i = 0; i < MEMBERS - 2; i++)
		labelled[i] = keyed[i] = true;
	begin(&s, labelled, keyed, NULL);
	assert_int_equal(s.m.n_artefacts, 1);
	e = test_members(&s);
	assert_true(e.p >= 1);
	assert_true(e.log_e <= 0);
	assert_non_null(strstr(e.detail, "not counted beside it"));
	end(&s);
}

static void
test_feed(void **state)
{
	struct knowledge *k = NULL;
	struct intel_study s;
	struct detect_evidence e;

	(void)state;
	assert_int_equal(detect_knowledge_new(&k, NULL), COORD_OK);
	assert_int_equal(detect_knowledge_add(
			     k, LIST_FEED, "drop=x", SV("198.51.100.0/28\n198.51.100.77\n"), NULL),
	    COORD_OK);
	begin(&s, NULL, NULL, k);
	assert_int_equal(s.m.n_labels, 1);
	assert_int_equal(s.m.labels[0].n_sources, 17);
	e = test_members(&s);
	assert_true(e.p < 1e-8);
	assert_non_null(strstr(e.detail, "16 of 20 sources are listed by \"drop\""));
	end(&s);
	detect_knowledge_free(k);
}

static void
test_nothing_listed(void **state)
{
	bool one[SOURCES] = { true };
	struct intel_study s;

	(void)state;
	begin(&s, NULL, NULL, NULL);
	assert_true(test_members(&s).abstained);
	end(&s);
	begin(&s, one, NULL, NULL); /* a label of one source joins nothing */
	assert_int_equal(s.m.n_labels, 0);
	assert_true(test_members(&s).abstained);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact_tail),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_listed_together),
		cmocka_unit_test(test_derived),
		cmocka_unit_test(test_feed),
		cmocka_unit_test(test_nothing_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
