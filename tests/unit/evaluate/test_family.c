/* test_family.c - a family's groups are judged by a model that has not seen them, and variants are one family. */
#include "testing.h"

#include <math.h>

#include "evaluate/family.h"

enum { ROWS = 700 };

static const struct suite suite = { .n_cells = 7,
	.cells = {
	    { .name = "C1:standard", .kind = CELL_PLANTED, .structure = STRUCTURE_C1 },
	    { .name = "C1T:hard", .kind = CELL_PLANTED, .structure = STRUCTURE_C1T },
	    { .name = "C3:easy", .kind = CELL_PLANTED, .structure = STRUCTURE_C3 },
	    { .name = "H2a:easy", .kind = CELL_PLANTED, .structure = STRUCTURE_H2A },
	    { .name = "H2b:easy", .kind = CELL_PLANTED, .structure = STRUCTURE_H2B },
	    { .name = "HN1", .kind = CELL_NEGATIVE, .structure = STRUCTURE_HN1 },
	    { .name = "S", .kind = CELL_NULL },
	} };

struct split {
	struct fit_row rows[ROWS];
	uint32_t cell[ROWS];
};

/* Botnets and neighbours show in synchrony, proxies in hand-off, and chance in neither: whoever has not seen a proxy takes it
 * for chance. */
static struct family_rows
draw(struct split *s, uint64_t seed)
{
	for (uint32_t i = 0; i < ROWS; i++) {
		struct rng rng = rng_at(seed, 1, 0, i);
		struct fit_row *r = &s->rows[i];

		s->cell[i] = i % 7;
		*r = (struct fit_row){ .coordinated = i % 7 < 5, .single_actor = -1 };
		if (r->coordinated)
			r->single_actor = i % 7 >= 3;
		for (unsigned f = 0; f < FEATURE_COUNT; f++)
			r->features[f] = NAN;
		r->features[CHANNEL_SYNCHRONY] = 0.001 * rng_below(&rng, 1000);
		r->features[CHANNEL_HANDOFF] = 0.001 * rng_below(&rng, 1000);
		if (r->coordinated)
			r->features[i % 7 == 3 ? CHANNEL_HANDOFF : CHANNEL_SYNCHRONY] += 3;
	}
	return (struct family_rows){ s->rows, s->cell, ROWS };
}

static void
line(const char *text, const char *begin, double *ret_rate, double *ret_mean)
{
	const char *at = strstr(text, begin);

	if (at == NULL ||
	    sscanf(at + strlen(begin), " %*u | %*u | %lf | %lf", ret_rate, ret_mean) != 2)
		fail_msg("no \"%s\" in:\n%s", begin, text);
}

static void
test_unseen_families_are_unseen(void **state)
{
	static struct split dev, calibration;
	struct family_rows fit = draw(&dev, 1), held_out = draw(&calibration, 2);
	struct buf out = BUF_INIT(1 << 20);
	struct coord_error err;
	double rate, mean;

	(void)state;
	assert_int_equal(family_shift(&suite, &fit, &held_out, &out, &err), COORD_OK);
	assert_null(strstr(buf_cstr(&out), "C1T"));
	assert_non_null(strstr(buf_cstr(&out), "| C1 | 200 | 200 |")); /* with its variant */
	assert_non_null(strstr(buf_cstr(&out), ": 700 groups, "));
	line(buf_cstr(&out), "| H2a |", &rate, &mean);
	assert_true(rate == 1 && mean < 0.5);
	line(buf_cstr(&out), "| H2b |", &rate, &mean);
	assert_true(rate == 1 && mean > 0.9); /* botnets are like it */
	line(buf_cstr(&out), "| S |", &rate, &mean);
	assert_true(rate == 0);
	buf_clear(&out);
}

/* Who leaves out the only groups by chance has nothing to tell them from. */
static void
test_needs_both_kinds(void **state)
{
	static struct split dev, calibration;
	struct family_rows fit = draw(&dev, 1), held_out = draw(&calibration, 2);
	struct buf out = BUF_INIT(1 << 20);
	struct coord_error err;

	(void)state;
	for (uint32_t i = 5; i < ROWS; i += 7)
		dev.rows[i].coordinated = true;
	assert_int_equal(family_shift(&suite, &fit, &held_out, &out, &err), COORD_ENODATA);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unseen_families_are_unseen),
		cmocka_unit_test(test_needs_both_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
