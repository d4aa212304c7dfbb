/* Sources per campaign: golden rows, RFC 4180 read back, no formula. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"

static struct buf
csv_of(const struct fixture *f)
{
	struct buf out = BUF_INIT(1 << 22);
	struct coord_error err;

	assert_int_equal(report_csv(&f->input, &out, &err), COORD_OK);
	return out;
}

/* Takes one cell, as RFC 4180 reads it; true behind the last of a row. */
static bool
next_cell(const char **at, struct buf *cell)
{
	bool quoted = **at == '"';
	bool ends;

	cell->len = 0;
	for (*at += quoted; **at != 0; (*at)++) {
		if (quoted && (*at)[0] == '"' && (*at)[1] == '"') {
			(*at)++;
		} else if (quoted && **at == '"') {
			(*at)++;
			break;
		} else if (!quoted && (**at == ',' || **at == '\r')) {
			break;
		}
		buf_add_char(cell, **at);
	}
	ends = strncmp(*at, "\r\n", 2) == 0;
	assert_true(ends || **at == ',');
	*at += ends ? 2 : 1;
	return ends;
}

static void
is_golden(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = csv_of(f);

	(void)state;
	golden_check("result.csv", buf_sv(&out));
	buf_clear(&out);
	fixture_free(f);
}

static void
rows_read_back_and_none_is_a_formula(void **state)
{
	static const char *const names[] = { "=1+1", "+cmd", "-2", "@SUM(A1)", " =x", "\t=x",
		"a,\"b\"\r\n=c", "\xe2\x80\xae=x", "\xff=\x1b[1m", "plain" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct fixture *f = fixture_new();
		struct buf cell = BUF_INIT(1 << 16);
		uint32_t hostile = strtab_intern(f->table.strings, sv_from(names[i]));
		struct buf out;
		const char *at;
		unsigned rows = 0;

		for (uint32_t row = 0; row < f->table.n; row++) {
			f->table.text[TEXT_SENSOR][row] = hostile;
			f->table.text[TEXT_COUNTRY][row] = hostile;
		}
		f->result.campaigns[0].sensors[0] = hostile;
		f->result.campaigns[0].n_sensors = 1;
		out = csv_of(f);
		at = buf_cstr(&out);
		while (*at != 0) {
			unsigned cells = 0;

			for (bool ends = false; !ends; cells++) {
				ends = next_cell(&at, &cell);
				for (size_t c = 0; c < cell.len; c++)
					assert_true((unsigned char)cell.data[c] >= 0x20);
				if (cell.len > 0)
					assert_null(memchr("=+-@", cell.data[0], 4));
			}
			assert_int_equal(cells, 16);
			rows++;
		}
		assert_int_equal(rows, 1 + 14 + 3);
		buf_clear(&cell);
		buf_clear(&out);
		fixture_free(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_golden),
		cmocka_unit_test(rows_read_back_and_none_is_a_formula),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
