/* test_merge.c - clusters as units: what ties two of them, what ties a node to one, and what does not. */
#include "testing.h"

#include "detect/graph/merge.h"
#include "study.h"

enum { BASE = 0x0a000000, OTHERS = 500, PART = 5 };

/** Two parts of five nodes each (10.0.x.y and 10.1.x.y) among others with popular credentials. */
struct bench {
	struct study s;
	uint32_t nodes[2][PART];
	struct cluster all[2];
	struct cluster_list list;
};

struct shape {
	unsigned shared;    /* private credentials that both parts try */
	const char *prefix; /* of those: "own ", or "popular ", which everybody tries */
	bool one_network;   /* the second part lives beside the first */
	unsigned loner;     /* private credentials that one outside node tries too */
	bool keyed[2];      /* the part's nodes share a key of their own */
};

static uint32_t
address(const struct shape *shape, uint32_t part, uint32_t i)
{
	return part == 1 && shape->one_network ? BASE + 100 + i : BASE + (part << 16) + 10 + i;
}

static void
begin(struct bench *x, struct shape shape)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < OTHERS; i++)
		batch_add_credentials(b,
		    &(struct batch_session){ .ip = BASE + 0x100000 + (i << 8), .at_s = 50.0 * i },
		    "popular ", i % 12, i % 12 + 8);
	for (uint32_t part = 0; part < 2; part++)
		for (uint32_t i = 0; i < PART; i++) {
			struct batch_session own = { .ip = address(&shape, part, i),
				.at_s = 20000 + 700.0 * (part * PART + i),
				.key = !shape.keyed[part] ? NULL
				       : part == 0        ? "SHA256:first"
							  : "SHA256:second" };

			batch_add_credentials(b, &own, part == 0 ? "first " : "second ", 0, 8);
			batch_add_credentials(b, &own, shape.prefix, 0, shape.shared);
		}
	batch_add_credentials(b, &(struct batch_session){ .ip = BASE + 0x20000, .at_s = 90000 },
	    "first ", 0, shape.loner == 0 ? 0 : shape.loner);
	study_begin(&x->s, b, NULL);
	for (uint32_t part = 0; part < 2; part++) {
		for (uint32_t i = 0; i < PART; i++)
			x->nodes[part][i] =
			    study_node(&x->s, address(&shape, part, i), SERVICE_SSH);
		x->all[part] = (struct cluster){ .nodes = x->nodes[part],
			.n = PART,
			.score = 1 + part,
			.stability = 1 - 0.25 * part };
	}
	x->list = (struct cluster_list){ x->all, 2 };
}

static void
merge(struct bench *x, unsigned skip)
{
	struct coord_error err;

	assert_int_equal(
	    merge_clusters(&x->s.observed, 0.01, skip, x->s.arena, &x->list, &err), COORD_OK);
	for (uint32_t c = 0; c < x->list.n; c++)
		for (uint32_t i = 1; i < x->list.all[c].n; i++)
			assert_true(x->list.all[c].nodes[i - 1] < x->list.all[c].nodes[i]);
}

static void
test_what_ties_clusters(void **state)
{
	static const struct {
		struct shape shape;
		unsigned skip;
		uint32_t clusters;
	} cases[] = {
		{ { 0, "own ", false, 0, { false, false } }, 0, 2 },
		{ { 5, "own ", false, 0, { false, false } }, 0, 1 },
		{ { 5, "own ", false, 0, { false, false } }, 1u << LAYER_CREDENTIAL, 2 },
		{ { 8, "popular ", false, 0, { false, false } }, 0, 2 }, /* everybody tries those */
		{ { 0, "own ", true, 0, { false, false } }, 0,
		    2 }, /* one network alone may be chance */
		{ { 1, "own ", true, 0, { false, false } }, 0, 1 },
		{ { 1, "own ", true, 0, { false, false } }, 1u << LAYER_PLACE, 2 },
		{ { 5, "own ", false, 0, { true, false } }, 0, 1 },
		{ { 5, "own ", true, 0, { true, true } }, 0, 2 }, /* two owners of one tool */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct bench x;

		begin(&x, cases[i].shape);
		merge(&x, cases[i].skip);
		if (x.list.n != cases[i].clusters)
			fail_msg("case %zu: %u clusters", i, x.list.n);
		if (x.list.n == 1) {
			assert_int_equal(x.list.all[0].n, 2 * PART);
			assert_true(x.list.all[0].score == 2); /* the tightest part's */
			assert_true(x.list.all[0].stability == 0.75);
		}
		study_end(&x.s);
	}
}

/* A node that tries the whole private list belongs to those who do; one that tries a single word of it may be anyone. */
static void
test_recruits(void **state)
{
	(void)state;
	for (unsigned words = 1; words <= 8; words += 7) {
		struct bench x;

		begin(&x, (struct shape){ 0, "own ", false, words, { false, false } });
		merge(&x, 0);
		assert_int_equal(x.list.n, 2);
		assert_int_equal(x.list.all[0].n, words == 1 ? PART : PART + 1);
		assert_int_equal(x.list.all[1].n, PART);
		study_end(&x.s);
	}
}

static void
test_nothing(void **state)
{
	struct bench x;

	(void)state;
	begin(&x, (struct shape){ 0, "own ", false, 0, { false, false } });
	x.list.n = 0;
	merge(&x, 0);
	assert_int_equal(x.list.n, 0);
	study_end(&x.s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_ties_clusters),
		cmocka_unit_test(test_recruits),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
