/* test_explanation.c - groups planted like the generator's hard negatives HN1 to HN6, and one that nothing explains. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "detect/explanation.h"
#include "study.h"

enum { OTHERS = 80, MEMBERS = 20, VISITS = 6, DAYS = 6 };
static const uint32_t OUTSIDE = 0x0a000000, INSIDE = 0xc6000000;

struct plan {
	const char *name; /* NULL: none */
	bool tool, list, hosting, hours, news, outage;
};

static const double day_s = 86400;

/* What one actor of the background is, drawn anew: one of five tools, of eight lists, any network, any time. */
static void
add_visit(struct batch *b, const struct plan *p, bool member, uint32_t i, uint32_t v)
{
	struct rng rng = rng_at(11, member ? 2 : 1, i, v), own = rng_at(12, member ? 2 : 1, i, 0);
	uint32_t tool = rng_below(&own, 5), list = rng_below(&own, 8);
	static char hassh[5][8], pairs[8][4][24];
	struct batch_session s = { .ip = (member ? INSIDE : OUTSIDE) +
					 (rng_below(&own, 200) << 16) +
					 (rng_below(&own, 250) << 8) + i };

	for (uint32_t t = 0; t < 5; t++)
		(void)snprintf(hassh[t], sizeof(hassh[t]), "tool%u", t);
	for (uint32_t l = 0; l < 8; l++)
		for (uint32_t k = 0; k < 4; k++)
			(void)snprintf(pairs[l][k], sizeof(pairs[l][k]), "root list%u-%u", l, k);
	s.at_s = DAYS * day_s * rng_uniform(&rng);
	if (member && p->tool)
		tool = 1;
	if (member && p->list)
		list = 3;
	if (member && p->hosting)
		s.ip = INSIDE + (7 << 16) + 256 * (i % 4) + i;
	if (member && p->hours)
		s.at_s = day_s * rng_below(&rng, DAYS) + 36000 + 4000 * rng_uniform(&rng);
	if (p->outage && s.at_s > 2 * day_s && s.at_s < 2.6 * day_s)
		s.at_s += 0.6 * day_s;
	if (member && p->outage && v == 0)
		s.at_s = 2.6 * day_s + 90 * rng_uniform(&rng);
	if (member && p->news) {
		s.at_s =
		    3 * day_s + 20000 * rng_uniform(&rng) + (v > 0 ? day_s * rng_uniform(&rng) : 0);
		s.commands[0] = "/usr/sbin/diag ping brand-new-thing";
	}
	s.hassh = hassh[tool];
	for (uint32_t k = 0; k < 4; k++)
		s.credentials[k] = pairs[list][k];
	batch_add(b, &s);
}

static int
u32_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static const char *
explain(const struct plan *p, double fit[EXPLANATION_COUNT])
{
	struct batch *b = batch_new();
	struct study s;
	struct tested t = { .visits = 0 };
	struct detect_config config = { .group = false };
	struct evaluation ev = { .config = &config };
	uint32_t nodes[4 * MEMBERS], n = 0;
	const char *name;

	for (uint32_t v = 0; v < VISITS; v++) {
		for (uint32_t i = 0; i < OTHERS; i++)
			add_visit(b, p, false, i, v);
		for (uint32_t i = 0; i < MEMBERS; i++)
			add_visit(b, p, true, i, v);
	}
	study_begin(&s, b, NULL);
	for (uint32_t i = 0; i < s.m.n_nodes && n < COUNT_OF(nodes); i++)
		if (s.m.source_addr[s.m.node_source[i]].bytes[12] >= 0xc6)
			nodes[n++] = i;
	assert_int_equal(n, MEMBERS);
	qsort(nodes, n, sizeof(*nodes), u32_order);
	t.cluster = (struct cluster){ .nodes = nodes, .n = n };
	ev.m = &s.m;
	ev.observed = s.observed;
	ev.arena = s.arena;
	assert_int_equal(explanation_fit(&ev, &t, fit, NULL), COORD_OK);
	name = explanation_of(&ev, &t);
	study_end(&s);
	return name;
}

static void
test_planted(void **state)
{
	static const struct plan plans[] = {
		{ .name = "same_tool",
		    .tool = true,
		    .list = true }, /* HN1: the tool brings the list */
		{ .name = "flash_crowd", .tool = true, .list = true, .news = true }, /* HN2 */
		{ .name = "same_wordlist", .list = true },                           /* HN3 */
		{ .name = "same_hours", .hours = true },                             /* HN4 */
		{ .name = "same_hosting", .hosting = true },                         /* HN5 */
		{ .name = "sensor_artefact", .outage = true },                       /* HN6 */
		{ .name = NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(plans); i++) {
		double fit[EXPLANATION_COUNT];
		const char *name = explain(&plans[i], fit);

		for (int e = 0; e < EXPLANATION_COUNT; e++)
			assert_true(fit[e] >= 0 && fit[e] <= 1);
		if ((name == NULL) != (plans[i].name == NULL) ||
		    (name != NULL && strcmp(name, plans[i].name) != 0))
			fail_msg("%s: got %s; %.2f %.2f %.2f %.2f %.2f %.2f",
			    plans[i].name == NULL ? "none" : plans[i].name,
			    name == NULL ? "none" : name, fit[0], fit[1], fit[2], fit[3], fit[4],
			    fit[5]);
	}
}

/* What the whole batch has in common explains nobody's likeness. */
static void
test_everybody(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	uint32_t nodes[10];
	struct tested t = { .cluster = { .nodes = nodes, .n = 10 } };
	struct detect_config config = { .group = false };
	struct evaluation ev = { .config = &config };

	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		batch_add(b, &(struct batch_session){ .ip = INSIDE + i,
				 .at_s = 700.0 * i,
				 .hassh = "tool",
				 .credentials = { "root a", "root b" } });
	study_begin(&s, b, NULL);
	for (uint32_t i = 0; i < 10; i++)
		nodes[i] = 5 * i;
	ev.m = &s.m;
	ev.observed = s.observed;
	ev.arena = s.arena;
	assert_null(explanation_of(&ev, &t));
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planted),
		cmocka_unit_test(test_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
