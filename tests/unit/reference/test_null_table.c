/* test_null_table.c - a null table survives its file, a damaged or forged one is refused, and a batch between two sizes
 * meets both. */
#include "testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "reference/reference.h"

struct made {
	struct null_table_size sizes[2];
	struct null_table_row rows[5];
	struct null_table_content content;
};

static void
make(struct made *m)
{
	*m = (struct made){ .sizes = { { 1000, 0, 2 }, { 5000, 2, 3 } } };
	for (unsigned i = 0; i < 5; i++)
		for (unsigned k = 0; k < NULL_TABLE_CLASSES; k++)
			m->rows[i].best[k] = k < i ? 1.5 * k : -1;
	m->content = (struct null_table_content){ .sizes = m->sizes,
		.rows = m->rows,
		.n_sizes = 2,
		.n_rows = 5,
		.fdr = 0.01,
		.reference_sha256 = { 0xab, 0xcd },
		.input_sha256 = { 7 } };
}

/* Writes, and reads the bytes back into memory of the right alignment. */
static size_t
bytes_of(const struct made *m, char *ret, size_t size)
{
	char path[] = "/tmp/coord-test-XXXXXX";
	struct coord_error err;
	int fd = mkstemp(path);
	FILE *file;
	size_t n;

	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(null_table_write(&m->content, path, &err), COORD_OK);
	file = fopen(path, "rb");
	assert_non_null(file);
	n = fread(ret, 1, size, file);
	(void)fclose(file);
	(void)unlink(path);
	return n;
}

static _Alignas(16) char bytes[4096];

static void
test_round_trip(void **state)
{
	char path[] = "/tmp/coord-test-XXXXXX";
	struct null_table *table = NULL;
	const struct null_table_content *c;
	struct coord_error err;
	struct made m;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	make(&m);
	assert_int_equal(null_table_write(&m.content, path, &err), COORD_OK);
	assert_int_equal(null_table_open(path, &table, &err), COORD_OK);
	(void)unlink(path);
	c = null_table_content_of(table);
	assert_int_equal(c->n_sizes, 2);
	assert_memory_equal(c->sizes, m.sizes, sizeof(m.sizes));
	assert_memory_equal(c->rows, m.rows, sizeof(m.rows));
	assert_true(c->fdr == 0.01);
	assert_memory_equal(c->input_sha256, m.content.input_sha256, 32);
	assert_int_equal(strncmp(null_table_reference(table), "abcd0000", 8), 0);
	assert_int_equal(strlen(null_table_hash(table)), 64);
	null_table_close(table);
	null_table_close(NULL);
	assert_int_equal(null_table_open("/tmp/coord-test-none/there", &table, &err), COORD_EIO);
	assert_int_equal(null_table_open("/tmp", &table, &err), COORD_EPARSE);
}

static void
test_around(void **state)
{
	const struct null_table_size *below, *above;
	struct null_table *table = NULL;
	struct coord_error err;
	struct made m;
	size_t n;

	(void)state;
	make(&m);
	n = bytes_of(&m, bytes, sizeof(bytes));
	assert_int_equal(null_table_from_memory(bytes, n, &table, &err), COORD_OK);
	assert_false(null_table_around(table, 999, &below, &above));
	assert_false(null_table_around(table, 5001, &below, &above));
	assert_true(null_table_around(table, 1000, &below, &above));
	assert_true(below->nodes == 1000 && above->nodes == 1000);
	assert_true(null_table_around(table, 1001, &below, &above));
	assert_true(below->nodes == 1000 && above->nodes == 5000);
	assert_true(null_table_around(table, 5000, &below, &above));
	assert_true(below->nodes == 5000 && above->nodes == 5000);
	null_table_close(table);
}

static void
expect_refused(size_t len, const char *why)
{
	struct null_table *table = NULL;
	struct coord_error err = { .what = "" };

	assert_int_equal(null_table_from_memory(bytes, len, &table, &err), COORD_EPARSE);
	assert_null(table);
	if (strstr(err.what, why) == NULL)
		fail_msg("expected \"%s\", got \"%s\"", why, err.what);
}

static void
test_damaged(void **state)
{
	struct made m;
	size_t n;

	(void)state;
	make(&m);
	n = bytes_of(&m, bytes, sizeof(bytes));
	for (size_t i = 0; i < n; i++) {
		bytes[i] = (char)(bytes[i] ^ 0x40);
		expect_refused(n, i < 8    ? "this is none"
				  : i < 16 ? "format version"
				  : i < 24 ? "truncated"
					   : "SHA-256");
		bytes[i] = (char)(bytes[i] ^ 0x40);
	}
	for (size_t len = 0; len < n; len++)
		expect_refused(len, len < 144 ? "this is none" : "truncated");
}

static void
forge_order(struct made *m)
{
	m->sizes[1].nodes = 1000;
}
static void
forge_gap(struct made *m)
{
	m->sizes[1].from = 1;
}
static void
forge_worlds(struct made *m)
{
	m->sizes[1].worlds = UINT64_MAX;
}
static void
forge_none(struct made *m)
{
	m->content.n_sizes = 0;
}
static void
forge_rows(struct made *m)
{
	m->content.n_rows = 4;
}
static void
forge_score(struct made *m)
{
	m->rows[4].best[11] = (double)NAN;
}
static void
forge_negative(struct made *m)
{
	m->rows[0].best[0] = -0.5;
}
static void
forge_level(struct made *m)
{
	m->content.fdr = 0;
}

static void
test_forged(void **state)
{
	static const struct {
		void (*forge)(struct made *m);
		const char *why;
	} cases[] = { { forge_order, "inconsistent" }, { forge_gap, "inconsistent" },
		{ forge_worlds, "inconsistent" }, { forge_none, "inconsistent" },
		{ forge_rows, "inconsistent" }, { forge_score, "inconsistent" },
		{ forge_negative, "inconsistent" }, { forge_level, "level" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct made m;

		make(&m);
		cases[i].forge(&m);
		expect_refused(bytes_of(&m, bytes, sizeof(bytes)), cases[i].why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_around),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_forged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
