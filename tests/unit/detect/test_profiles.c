/* test_profiles.c - whole nodes of a reference in a batch's strata and numbers, and the worlds that are dealt from them. */
#include "testing.h"

#include <math.h>
#include <stdlib.h>

#include "detect/model/profiles.h"
#include "reference/reference.h"
#include "study.h"

enum { BASE = 0x0a000000, KNOWN = 0x0b000000 };

/* Sources that each try a credential of their own, the common one, and every fourth a pair that comes together. */
static void
add_sources(struct batch *b, uint32_t base, uint32_t n, const char *tool)
{
	for (uint32_t i = 0; i < n; i++) {
		char own[32];

		(void)snprintf(own, sizeof(own), "own %u", base + i);
		batch_add(b, &(struct batch_session){ .ip = base + i * 300,
				 .at_s = 1000.0 * i,
				 .hassh = tool,
				 .credentials = { own, "root root", i % 4 == 0 ? "one list" : NULL,
				     i % 4 == 0 ? "two list" : NULL } });
	}
}

static struct reference *
make_reference(uint32_t n)
{
	struct batch *b = batch_new();
	struct session_table table;
	struct reference *ref;

	add_sources(b, KNOWN, n, "aa");
	table = batch_finish(b);
	ref = study_reference(&table);
	session_table_free(&table);
	return ref;
}

static void
begin(struct study *s, uint32_t n, const struct reference *ref)
{
	struct batch *b = batch_new();

	add_sources(b, BASE, n, "aa");
	study_begin(s, b, ref);
}

static void
build(const struct study *s, const struct reference *ref, struct profiles *p)
{
	struct coord_error err;

	assert_int_equal(profiles_build(&s->m, ref, s->arena, p, &err), COORD_OK);
}

/* The batch's own come last, one a node, as its rows are. */
static void
test_own(void **state)
{
	struct study s;
	struct profiles p;

	(void)state;
	begin(&s, 40, NULL);
	build(&s, NULL, &p);
	assert_int_equal(p.n, s.m.n_nodes);
	assert_int_equal(p.foreign_from[s.m.n_strata], 0);
	for (enum layer l = 0; l < LAYER_COUNT; l++)
		for (uint32_t i = 0; i < p.n; i++) {
			uint32_t start = s.m.layers[l].start[i];

			assert_int_equal(p.layers[l].n[i], model_degree(&s.m, l, i));
			for (uint32_t k = 0; k < p.layers[l].n[i]; k++) {
				uint32_t at = p.layers[l].from[i] + k;

				assert_int_equal(
				    p.layers[l].token[at], s.observed.token[l][start + k]);
				assert_true(p.layers[l].ln_p[at] == s.observed.ln_p[l][start + k]);
			}
		}
	study_end(&s);
}

/* A third of the reference's sources, with shares over batch and reference together. */
static void
test_foreign(void **state)
{
	struct reference *ref = make_reference(900);
	struct study s;
	struct profiles p;
	const struct profile_layer *l;
	uint32_t common = 0, unknown = 0;
	double ln_common;

	(void)state;
	begin(&s, 100, ref);
	build(&s, ref, &p);
	l = &p.layers[LAYER_CREDENTIAL];
	assert_int_equal(s.m.n_strata, 1);
	assert_int_equal(p.foreign_from[1], reference_content_of(ref)->n_profiles);
	assert_true(p.foreign_from[1] > 230 && p.foreign_from[1] < 370);
	assert_true(l->n_tokens >= s.m.layers[LAYER_CREDENTIAL].n_tokens + p.foreign_from[1]);
	/* "one list" and "two list" always come together: one block, in both */
	ln_common = log((1000 + 0.5) / (1000 * 2 + 250));
	for (uint32_t k = 0; k < p.foreign_from[1]; k++) {
		assert_true(l->n[k] == 2 || l->n[k] == 3);
		for (uint32_t i = 0; i < l->n[k]; i++) {
			uint32_t at = l->from[k] + i;

			assert_true(i == 0 || l->token[at - 1] < l->token[at]);
			assert_true(l->token[at] < l->n_tokens);
			unknown += l->token[at] >= s.m.layers[LAYER_CREDENTIAL].n_tokens;
			common += fabs((double)l->ln_p[at] -
				       (double)profiles_ln_p(log(l->n[k]), ln_common)) < 1e-6;
		}
	}
	assert_int_equal(unknown, p.foreign_from[1]);
	assert_int_equal(common, p.foreign_from[1]);
	study_end(&s);
	reference_close(ref);
}

/* Profiles of populations that the batch does not have stay out; of many, enough are taken. */
static void
test_choice(void **state)
{
	struct reference *ref = make_reference(900);
	struct batch *b = batch_new();
	struct study s;
	struct profiles p;

	(void)state;
	add_sources(b, BASE, 210, "bb");
	study_begin(&s, b, ref);
	build(&s, ref, &p);
	assert_int_equal(p.foreign_from[s.m.n_strata], 0);
	study_end(&s);
	begin(&s, 5, ref);
	build(&s, ref, &p);
	assert_int_equal(p.foreign_from[s.m.n_strata],
	    reference_content_of(ref)->n_profiles); /* all there are */
	study_end(&s);
	reference_close(ref);
	ref = make_reference(3 * PROFILES_LEAST + 1500);
	assert_true(reference_content_of(ref)->n_profiles > PROFILES_LEAST);
	begin(&s, 5, ref);
	build(&s, ref, &p);
	assert_int_equal(p.foreign_from[s.m.n_strata], PROFILES_LEAST);
	study_end(&s);
	begin(&s, PROFILES_LEAST / PROFILES_TIMES + 5, ref);
	build(&s, ref, &p);
	assert_int_equal(p.foreign_from[s.m.n_strata], PROFILES_LEAST + 5 * PROFILES_TIMES);
	study_end(&s);
	reference_close(ref);
}

/* A null world's rows are whole profiles, no profile twice, and most of them the reference's. */
static void
test_dealt_worlds(void **state)
{
	struct reference *ref = make_reference(900);
	struct study s;
	struct world w, sets;
	struct coord_error err;
	uint32_t own = 0, *count, with_list = 0, n;

	(void)state;
	begin(&s, 100, ref);
	assert_true(world_pooled(s.plan));
	assert_int_equal(world_null(s.plan, 5, 1, s.arena, &w, &err), COORD_OK);
	assert_int_equal(
	    world_null_sets(s.plan, WORLD_AS_SEARCHED, 5, 1, &w, s.arena, &sets, &err), COORD_OK);
	assert_true(sets.token[0] == w.token[0]);
	n = w.m->layers[LAYER_CREDENTIAL].n_tokens;
	count = calloc(n, sizeof(*count));
	assert_non_null(count);
	for (uint32_t i = 0; i < s.m.n_nodes; i++) {
		const uint32_t *start = w.m->layers[LAYER_CREDENTIAL].start;

		with_list += start[i + 1] - start[i] == 3;
		for (uint32_t c = start[i]; c < start[i + 1]; c++)
			count[w.token[LAYER_CREDENTIAL][c]]++;
	}
	for (uint32_t t = 0; t < n; t++) {
		assert_true(count[t] <= 1 || count[t] == 100 || count[t] == with_list);
		own += count[t] == 1 && t < s.m.layers[LAYER_CREDENTIAL].n_tokens;
	}
	assert_true(own > 5 && own < 45); /* 100 of about 400 profiles are the batch's own */
	assert_true(with_list > 8 && with_list < 45);
	assert_int_equal(w.m->layers[LAYER_CREDENTIAL].active, 100);
	free(count);
	study_end(&s);
	reference_close(ref);
}

static enum world_source
source_of(const struct study *s, const uint32_t *nodes, uint32_t n)
{
	enum world_source ret;
	struct coord_error err;

	assert_int_equal(world_set_source(s->plan, nodes, n, s->arena, &ret, &err), COORD_OK);
	return ret;
}

/* Without a reference tokens are traded for the search, and nodes exchanged for a set that leaves half of its stratum. */
static void
test_without_reference(void **state)
{
	uint32_t nodes[60];
	struct study s;
	struct world w, sets;
	struct coord_error err;
	uint64_t before = 0, after = 0;

	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		nodes[i] = i;
	begin(&s, 100, NULL);
	assert_false(world_pooled(s.plan));
	assert_int_equal(source_of(&s, nodes, 50), WORLD_BY_TOOL);
	assert_int_equal(source_of(&s, nodes, 57), WORLD_BY_TOOL);
	assert_int_equal(source_of(&s, nodes, 58), WORLD_AS_SEARCHED);
	assert_int_equal(world_null(s.plan, 5, 1, s.arena, &w, &err), COORD_OK);
	assert_int_equal(
	    world_null_sets(s.plan, WORLD_BY_TOOL, 5, 1, &w, s.arena, &sets, &err), COORD_OK);
	assert_true(w.m == &s.m);
	assert_true(sets.visit_us == w.visit_us && sets.node_source == w.node_source);
	for (uint32_t i = 0; i < s.m.n_nodes; i++) {
		const uint32_t *start = sets.m->layers[LAYER_CREDENTIAL].start;

		before += start[i + 1] - start[i];
		after += model_degree(&s.m, LAYER_CREDENTIAL, i);
	}
	assert_int_equal(before, after);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_dealt_worlds),
		cmocka_unit_test(test_without_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
