/* The terminal's answer: golden text, 80 columns whatever attackers typed, and no byte that drives a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <math.h>

#include <cmocka.h>

#include "fixture.h"
#include "report/clean.h"

static const struct report_style plain = { .columns = 80, .unicode = true };

static struct buf
text_of(const struct fixture *f, struct report_style style)
{
	struct buf out = BUF_INIT(1 << 22);
	struct coord_error err;

	assert_int_equal(report_text(&f->input, style, &out, &err), COORD_OK);
	return out;
}

/* Every line fits, and every code point is one that clean.c lets pass. */
static void
check_lines(struct sv text, unsigned columns)
{
	while (text.data != NULL) {
		struct sv line = sv_cut(&text, '\n');
		struct sv rest = line;
		unsigned width = 0;

		while (rest.len > 0) {
			bool valid;
			uint32_t c = clean_next(&rest, &valid);

			assert_true(valid);
			if (c != 0xb7 && clean_width(c) == 0)
				fail_msg("U+%04X in \"%.*s\"", c, SV_ARG(line));
			width += clean_width(c);
		}
		if (width > columns)
			fail_msg("%u columns: \"%.*s\"", width, SV_ARG(line));
	}
}

static void
tells_the_narrative(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out;

	(void)state;
	f->input.narrative =
	    SV("{\"source\":\"model\\u001b[2J\",\"sentences\":[{\"text\":\"Twelve hosts "
	       "ran \\u003cscript\\u003e\\u001b]0;x\\u0007 \\u202eat once.\",\"evidence\":"
	       "[\"c1.time\",\"c1.\\u001b\"]},{\"text\":7}],\"hypotheses\":[{\"campaign\":"
	       "\"c1\",\"text\":\"Rented at one place.\",\"evidence\":[\"c1\"],\"lookups\":["
	       "{\"kind\":\"address\",\"key\":\"198.51.100.7\\u001b[2J\"},{\"kind\":\"url\"}]}]}");
	out = text_of(f, plain);
	check_lines(buf_sv(&out), 80);
	assert_non_null(strstr(buf_cstr(&out), "In words"));
	assert_non_null(strstr(buf_cstr(&out), "Twelve hosts ran <script>\\x1b]0;x"));
	assert_non_null(strstr(buf_cstr(&out), "c1.time"));
	assert_non_null(strstr(
	    buf_cstr(&out), "? c1: Rented at one place. To ask about: 198.51.100.7\\x1b[2J. [c1]"));
	buf_clear(&out);
	assert_int_equal(report_html(&f->input, &out, NULL), COORD_OK);
	assert_non_null(strstr(buf_cstr(&out), "Twelve hosts ran &lt;script&gt;"));
	assert_null(strstr(buf_cstr(&out), "ran <script>"));
	buf_clear(&out);
	f->input.narrative = SV("not JSON");
	out = text_of(f, plain);
	assert_null(strstr(buf_cstr(&out), "In words"));
	buf_clear(&out);
	fixture_free(f);
}

static void
is_golden(void **state)
{
	struct fixture *f = fixture_new();
	struct report_style ascii = { .columns = 100 };
	struct buf out = text_of(f, plain);

	(void)state;
	golden_check("result.txt", buf_sv(&out));
	buf_clear(&out);
	out = text_of(f, ascii);
	golden_check("result-ascii.txt", buf_sv(&out));
	for (size_t i = 0; i < out.len; i++)
		assert_true((unsigned char)out.data[i] < 0x80);
	buf_clear(&out);
	fixture_free(f);
}

static void
fits_its_columns(void **state)
{
	struct fixture *f = fixture_new();
	static const unsigned columns[] = { 40, 57, 80, 81, 120, 160 };

	(void)state;
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		struct report_style style = { .columns = columns[i], .unicode = i % 2 == 0 };
		struct buf out = text_of(f, style);

		check_lines(buf_sv(&out), columns[i]);
		buf_clear(&out);
	}
	fixture_free(f);
}

/* The only escapes are our own colours, and they change nothing but colour. */
static void
colour_adds_colour_only(void **state)
{
	struct fixture *f = fixture_new();
	struct report_style style = plain;
	struct buf without = text_of(f, style);
	struct buf stripped = BUF_INIT(1 << 22);
	struct buf with;

	(void)state;
	style.colour = true;
	with = text_of(f, style);
	assert_true(with.len > without.len);
	for (size_t i = 0; i < with.len; i++) {
		if (with.data[i] != '\x1b') {
			buf_add_char(&stripped, with.data[i]);
			continue;
		}
		while (with.data[i] != 'm') {
			assert_non_null(strchr("\x1b[0123456789", with.data[i]));
			i++;
		}
	}
	assert_true(sv_eq(buf_sv(&stripped), buf_sv(&without)));
	buf_clear(&stripped);
	buf_clear(&with);
	buf_clear(&without);
	fixture_free(f);
}

static void
many_campaigns_get_a_line_each(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out;

	(void)state;
	fixture_repeat_campaign(f, 57);
	out = text_of(f, plain);
	check_lines(buf_sv(&out), 80);
	assert_true(sv_has(
	    buf_sv(&out), SV("\nc11  Coordinated campaign, 0.97: 14 sources, 84 sessions\n")));
	assert_true(sv_has(buf_sv(&out), SV("and 17 more groups")));
	assert_false(sv_has(buf_sv(&out), SV("\nc41 ")));
	buf_clear(&out);
	fixture_free(f);
}

static void
short_campaigns_are_drawn_over_their_own_time(void **state)
{
	struct fixture *f = fixture_new();
	struct detect_campaign *c = &f->result.campaigns[1];
	struct buf out;

	(void)state;
	out = text_of(f, plain);
	assert_true(sv_has(buf_sv(&out), SV("is coordinated. 54 % of 153 sessions belong to it.")));
	assert_false(sv_has(buf_sv(&out), SV("its sessions, ")));
	buf_clear(&out);
	f->result.campaigns[0].verdict = VERDICT_INSUFFICIENT;
	c->n_sessions = 1;
	c->last_us = c->first_us + 700 * TIME_SECOND;
	out = text_of(f, plain);
	assert_true(sv_has(buf_sv(&out), SV("11 min; its sessions, 10 s a")));
	assert_true(sv_has(buf_sv(&out), SV("2 groups were tested, none is judged coordinated.")));
	buf_clear(&out);
	fixture_free(f);
}

static void
nothing_found_is_said(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out;

	(void)state;
	f->result.n_campaigns = 0;
	f->result.verdict = VERDICT_INSUFFICIENT;
	f->result.confidence = f->result.low = f->result.high = (double)NAN;
	f->input.ingest = NULL;
	out = text_of(f, plain);
	assert_true(sv_starts(buf_sv(&out), SV("Not enough evidence\n")));
	assert_false(sv_has(buf_sv(&out), SV("nan")));
	buf_clear(&out);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_narrative),
		cmocka_unit_test(is_golden),
		cmocka_unit_test(fits_its_columns),
		cmocka_unit_test(colour_adds_colour_only),
		cmocka_unit_test(many_campaigns_get_a_line_each),
		cmocka_unit_test(short_campaigns_are_drawn_over_their_own_time),
		cmocka_unit_test(nothing_found_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
