/* test_output.c - the generator as its users see it: same seed same bytes, labels that match, files that exist. */
#include "generate/generate.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

struct batch {
	struct session_table table;
	struct generate_labels labels;
};

static struct batch
make(const struct generate_config *config)
{
	struct batch b;
	struct coord_error err;
	struct session_builder *builder = session_builder_new();

	assert_non_null(builder);
	if (generate_sessions(config, builder, &b.labels, &err) != COORD_OK)
		fail_msg("%s", err.what);
	assert_int_equal(session_builder_finish(builder, &b.table, NULL, &err), COORD_OK);
	session_builder_free(builder);
	return b;
}

static void
batch_clear(struct batch *b)
{
	session_table_free(&b->table);
	generate_labels_clear(&b->labels);
}

static int
label_cmp(const void *x, const void *y)
{
	const struct generate_label *a = x, *b = y;

	return strcmp(a->session, b->session);
}

static void
test_sample(void **state)
{
	struct generate_config config = generate_sample(1);
	struct batch b = make(&config);
	uint32_t background = 0, by_group[3] = { 0 };

	(void)state;
	assert_null(session_table_check(&b.table));
	assert_int_equal(b.table.n, b.labels.n);
	assert_int_equal(b.labels.n_groups, 3);
	for (size_t i = 0; i < b.labels.n; i++) {
		uint32_t group = b.labels.labels[i].group;

		assert_true(group <= 3);
		if (group == 0)
			background++;
		else
			by_group[group - 1]++;
	}
	assert_in_range(background, 1960, 2040);
	for (unsigned g = 0; g < 3; g++) {
		assert_int_equal(by_group[g], b.labels.groups[g].sessions);
		assert_true(by_group[g] >= b.labels.groups[g].members);
	}
	assert_int_equal(b.labels.groups[0].truth, TRUTH_CAMPAIGN);
	assert_int_equal(b.labels.groups[1].truth, TRUTH_SINGLE_ACTOR);
	assert_int_equal(b.labels.groups[2].truth, TRUTH_COINCIDENTAL);
	batch_clear(&b);
}

/* Every session of the table has exactly one label, with its own source. */
static void
test_labels_match(void **state)
{
	struct generate_config config = generate_sample(5);
	struct batch b = make(&config);

	(void)state;
	qsort(b.labels.labels, b.labels.n, sizeof(*b.labels.labels), label_cmp);
	for (size_t i = 1; i < b.labels.n; i++)
		assert_true(label_cmp(&b.labels.labels[i - 1], &b.labels.labels[i]) < 0);
	for (uint32_t row = 0; row < b.table.n; row++) {
		struct sv id = session_text(&b.table, row, TEXT_ID);
		struct generate_label key, *found;

		assert_int_equal(id.len, GENERATE_ID_LENGTH);
		memcpy(key.session, id.data, id.len);
		key.session[id.len] = '\0';
		found = bsearch(&key, b.labels.labels, b.labels.n, sizeof(key), label_cmp);
		assert_true(found != NULL && addr_cmp(found->source, b.table.source[row]) == 0);
	}
	batch_clear(&b);
}

static void
test_seed_decides(void **state)
{
	struct generate_config config = generate_sample(7), other = generate_sample(8);
	struct batch a = make(&config), again = make(&config), b = make(&other);

	(void)state;
	assert_memory_equal(a.table.input_sha256, again.table.input_sha256, 32);
	assert_memory_not_equal(a.table.input_sha256, b.table.input_sha256, 32);
	batch_clear(&a);
	batch_clear(&again);
	batch_clear(&b);
}

static char *
read_file(const char *directory, const char *name, size_t *len)
{
	char path[512];
	FILE *file;
	char *data;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	*len = (size_t)ftell(file);
	rewind(file);
	data = malloc(*len + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, *len, file), *len);
	data[*len] = '\0';
	fclose(file);
	return data;
}

static void
remove_directory(const char *directory, enum generate_format format)
{
	const char *names[] = { generate_format_file(format), "labels.csv", "manifest.json" };
	char path[512];

	for (unsigned i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(directory), 0);
}

static size_t
count_lines(const char *data, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += data[i] == '\n';
	return n;
}

static void
test_files(void **state)
{
	struct generate_config config = generate_sample(3);
	char directory[] = "/tmp/coord-generate-XXXXXX", other[] = "/tmp/coord-generate-XXXXXX";
	struct generate_summary sum;
	struct coord_error err;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_non_null(mkdtemp(other));
	for (int f = 0; f < FORMAT_COUNT; f++) {
		size_t n, n_again;
		char *data, *again;

		config.format = (enum generate_format)f;
		assert_int_equal(generate_run(&config, directory, &sum, &err), COORD_OK);
		assert_int_equal(generate_run(&config, other, NULL, &err), COORD_OK);
		data = read_file(directory, generate_format_file(config.format), &n);
		again = read_file(other, generate_format_file(config.format), &n_again);
		assert_int_equal(n, n_again);
		assert_memory_equal(data, again, n);
		assert_int_equal(n, sum.bytes);
		if (f == FORMAT_COWRIE)
			assert_int_equal(count_lines(data, n), sum.events);
		if (f == FORMAT_NDJSON)
			assert_int_equal(count_lines(data, n), sum.sessions);
		free(data);
		free(again);
		data = read_file(directory, "labels.csv", &n);
		assert_int_equal(count_lines(data, n), sum.sessions + 1);
		free(data);
		remove_directory(directory, config.format);
		remove_directory(other, config.format);
	}
}

static void
test_refuses(void **state)
{
	static const struct generate_plan strange = { .structure = STRUCTURE_COUNT,
		.difficulty = DIFFICULTY_EASY,
		.members = 0,
		.visits = 0 };
	static const struct generate_plan huge = { .structure = STRUCTURE_C1,
		.difficulty = DIFFICULTY_EASY,
		.members = 100001,
		.visits = 0 };
	const struct {
		struct generate_config config;
		enum coord_err want;
	} cases[] = {
		{ { .days = 31 }, COORD_EINVALID },
		{ { .sensors = 9 }, COORD_EINVALID },
		{ { .sources = 10, .sessions = 9 }, COORD_EINVALID },
		{ { .sources = 0, .sessions = 9 }, COORD_EINVALID },
		{ { .sources = 3000000, .sessions = 3000000 }, COORD_ELIMIT },
		{ { .start_us = 5 }, COORD_EINVALID },
		{ { .plans = &strange, .n_plans = 1 }, COORD_EINVALID },
		{ { .plans = &huge, .n_plans = 1 }, COORD_EINVALID },
		{ { .plans = &huge, .n_plans = GENERATE_PLANS_MOST + 1 }, COORD_EINVALID },
	};
	struct coord_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    generate_run(&cases[i].config, "/nonexistent/x", NULL, &err), cases[i].want);
		assert_true(err.what[0] != '\0');
	}
	assert_int_equal(generate_run(&(struct generate_config){ .sources = 1, .sessions = 1 },
			     "/nonexistent/x", NULL, &err),
	    COORD_EIO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_labels_match),
		cmocka_unit_test(test_seed_decides),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
