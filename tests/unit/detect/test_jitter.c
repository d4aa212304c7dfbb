/* test_jitter.c - the null of times: what a surrogate may change and what it keeps. */
#include "testing.h"

#include "detect/channel/jitter.h"
#include "study.h"

enum { MEMBERS = 4, OTHERS = 60, HOUR_S = 3600, START_S = 1000 * HOUR_S, DRAWS = 200 };

/* Four members with two visits in each of three hours, and others who visit once in one of the same hours. */
static void
begin(struct study *s, uint32_t others)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < MEMBERS; i++)
		for (uint32_t v = 0; v < 6; v++)
			batch_add(
			    b, &(struct batch_session){ .ip = 0x0a000001 + i,
				   .at_s = START_S + v / 2 * HOUR_S + v % 2 * 1500 + 10 * i });
	for (uint32_t i = 0; i < others; i++)
		batch_add(b, &(struct batch_session){ .ip = 0x0b000001 + i,
				 .at_s = START_S + i % 3 * HOUR_S + 7 + i * 53 % 3500 });
	study_begin(s, b, NULL);
}

static struct channel_input
input_of(const struct study *s, uint32_t *nodes)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->m.n_nodes; i++)
		if (s->m.source_addr[s->m.node_source[i]].bytes[12] == 0x0a)
			nodes[n++] = i;
	assert_int_equal(n, MEMBERS);
	return (struct channel_input){ .m = &s->m,
		.observed = &s->observed,
		.nodes = nodes,
		.n = n,
		.seed = 5,
		.arena = s->arena };
}

static struct jitter
plan(const struct study *s, const struct channel_input *in, int64_t width_s)
{
	struct jitter_pools *pools;
	struct jitter j;

	assert_int_equal(jitter_pools_new(in, s->arena, &pools, NULL), COORD_OK);
	assert_int_equal(
	    jitter_plan(in, pools, width_s * TIME_SECOND, s->arena, &j, NULL), COORD_OK);
	return j;
}

/* Every drawn time is one of the background's, in the visit's own bin, and none is used twice. */
static void
test_draws_from_the_background(void **state)
{
	struct study s;
	uint32_t nodes[MEMBERS];
	struct channel_input in;
	struct jitter j;

	(void)state;
	begin(&s, OTHERS);
	in = input_of(&s, nodes);
	j = plan(&s, &in, HOUR_S);
	assert_int_equal(j.n, 6 * MEMBERS);
	assert_int_equal(j.sources, MEMBERS);
	assert_int_equal(j.uniform, 0);
	for (uint32_t d = 0; d < DRAWS; d++) {
		struct jitter_visit out[6 * MEMBERS];
		uint32_t places[OTHERS];

		jitter_surrogate(&j, 1, 2, d, places, out);
		for (uint32_t i = 0; i < j.n; i++) {
			int64_t at = (out[i].at - BATCH_START_US) / TIME_SECOND - START_S;
			bool known = false;

			assert_int_equal(out[i].source, j.visits[i].source);
			assert_int_equal(out[i].at / (HOUR_S * TIME_SECOND),
			    j.visits[i].at / (HOUR_S * TIME_SECOND));
			for (uint32_t o = 0; o < OTHERS; o++)
				known = known || at == o % 3 * HOUR_S + 7 + o * 53 % 3500;
			assert_true(known);
			for (uint32_t k = 0; k < i; k++)
				assert_true(out[k].at != out[i].at);
		}
	}
	study_end(&s);
}

/* Members of two tools whose strata have nobody else are drawn from everybody together: no time is used twice. */
static void
test_strata_drawn_together(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	uint32_t nodes[MEMBERS], drawn = 0;
	struct channel_input in;
	struct jitter j;

	(void)state;
	for (uint32_t i = 0; i < MEMBERS; i++)
		batch_add(b, &(struct batch_session){ .ip = 0x0a000001 + i,
				 .at_s = START_S + 60 * i,
				 .service = i % 2 == 0 ? SERVICE_SSH : SERVICE_TELNET });
	for (uint32_t i = 0; i < 2 * MEMBERS; i++)
		batch_add(b, &(struct batch_session){ .ip = 0x0b000001 + i,
				 .at_s = START_S + 7 + i * 53,
				 .service = SERVICE_FTP });
	for (uint32_t i = 0; i < 2 * STRATUM_LEAST; i++) /* of other days: what makes a stratum */
		batch_add(b, &(struct batch_session){ .ip = 0x0c000001 + i,
				 .at_s = START_S + 90 * HOUR_S + 11 * i,
				 .service = i % 2 == 0 ? SERVICE_SSH : SERVICE_TELNET });
	study_begin(&s, b, NULL);
	in = input_of(&s, nodes);
	assert_true(s.m.node_stratum[nodes[0]] != s.m.node_stratum[nodes[1]]);
	j = plan(&s, &in, HOUR_S);
	assert_int_equal(j.n, MEMBERS);
	assert_int_equal(j.uniform, 0);
	for (uint32_t d = 0; d < DRAWS; d++) {
		struct jitter_visit out[MEMBERS];
		uint32_t places[2 * MEMBERS];

		jitter_surrogate(&j, 1, 2, d, places, out);
		for (uint32_t i = 0; i < j.n; i++)
			for (uint32_t k = 0; k < i; k++, drawn++)
				assert_true(out[k].at != out[i].at);
	}
	assert_true(drawn > 0);
	study_end(&s);
}

/* Which visit gets which time is random too: over many draws the first visit takes every place of its hour. */
static void
test_every_place_comes_up(void **state)
{
	struct study s;
	uint32_t nodes[MEMBERS], seen = 0;
	struct channel_input in;
	struct jitter j;
	int64_t times[OTHERS];

	(void)state;
	begin(&s, OTHERS);
	in = input_of(&s, nodes);
	j = plan(&s, &in, HOUR_S);
	for (uint32_t d = 0; d < 5 * DRAWS; d++) {
		struct jitter_visit out[6 * MEMBERS];
		uint32_t places[OTHERS], k = 0;

		jitter_surrogate(&j, 1, 2, d, places, out);
		while (k < seen && times[k] != out[0].at)
			k++;
		if (k == seen)
			times[seen++] = out[0].at;
	}
	assert_int_equal(seen, OTHERS / 3);
	study_end(&s);
}

/* No background at all: uniform in the bin, and counted as such. */
static void
test_uniform_without_background(void **state)
{
	struct study s;
	uint32_t nodes[MEMBERS];
	struct channel_input in;
	struct jitter j;
	struct jitter_visit a[6 * MEMBERS], b[6 * MEMBERS];
	uint32_t places[1], moved = 0;

	(void)state;
	begin(&s, 0);
	in = input_of(&s, nodes);
	j = plan(&s, &in, HOUR_S);
	assert_int_equal(j.uniform, j.n);
	jitter_surrogate(&j, 1, 2, 3, places, a);
	for (uint32_t i = 0; i < j.n; i++)
		assert_int_equal(
		    a[i].at / (HOUR_S * TIME_SECOND), j.visits[i].at / (HOUR_S * TIME_SECOND));
	jitter_surrogate(&j, 1, 2, 3, places, b);
	for (uint32_t i = 0; i < j.n; i++)
		assert_int_equal(a[i].at, b[i].at);
	jitter_surrogate(&j, 1, 2, 4, places, b);
	for (uint32_t i = 0; i < j.n; i++)
		moved += a[i].at != b[i].at;
	assert_true(moved > j.n / 2);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_draws_from_the_background),
		cmocka_unit_test(test_strata_drawn_together),
		cmocka_unit_test(test_every_place_comes_up),
		cmocka_unit_test(test_uniform_without_background),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
