/* test_files.c - what the user names, as a list of files; years of year-less logs. */
#define _GNU_SOURCE /* nftw */
#include "ingest/core.h"
#include "testing.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/coord-files-XXXXXX";

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
put(const char *name, const char *text)
{
	char path[300];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static int
make_folder(void **state)
{
	char path[300];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sub", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/.hidden", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	put("b.log", "bb");
	put("a.log", "a");
	put("sub/c.json", "ccc");
	put(".hidden/d.log", "d");
	put(".e.log", "e");
	snprintf(path, sizeof(path), "%s/sub/loop", folder);
	assert_int_equal(symlink("..", path), 0);
	return 0;
}

static int
remove_all(void **state)
{
	(void)state;
	return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static struct file_list
list_of(const char *pattern)
{
	char path[300];
	struct ingest_source source = { .path = path, .sensor = "roof" };
	struct ingest_options options = { .sources = &source, .n_sources = 1 };
	struct file_list list = { 0 };

	snprintf(path, sizeof(path), "%s%s", folder, pattern);
	assert_int_equal(file_list_fill(&list, &options, NULL), COORD_OK);
	return list;
}

static void
assert_files(const char *pattern, const char *const *names, size_t n)
{
	struct file_list list = list_of(pattern);

	assert_int_equal(list.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(list.files[i].path + strlen(folder), names[i]);
		assert_string_equal(list.files[i].sensor, "roof");
	}
	file_list_clear(&list);
}

static void
folders_and_patterns(void **state)
{
	static const char *const ALL[] = { "/a.log", "/b.log", "/sub/c.json" };
	static const char *const LOGS[] = { "/a.log", "/b.log" };
	static const char *const MISSING[] = { "/none*" };

	(void)state;
	assert_files("", ALL, 3);
	assert_files("/*.log", LOGS, 2);
	assert_files("/a.log", LOGS, 1);
	assert_files("/none*", MISSING, 1); /* opening it will say why not */
}

static void
sizes(void **state)
{
	struct file_list list = list_of("");

	(void)state;
	assert_int_equal(list.files[0].size, 1);
	assert_int_equal(list.files[2].size, 3);
	file_list_clear(&list);
}

static void
years(void **state)
{
	static const struct {
		const char *path;
		int option, year;
	} CASES[] = {
		{ "x/ufw.log.2022-05-07", 0, 2022 },
		{ "x/ufw.log.20170513.gz", 0, 2017 },
		{ "1999/ufw.log-2021", 0, 2021 },
		{ "x/ufw.log.2022-05-07", 2018, 2018 },
		{ "x/host12022.1880.2031", 0, 2031 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(CASES); i++) {
		char path[64];
		struct ingest_file file = { .path = path };
		struct ingest_options options = { .year = CASES[i].option };

		snprintf(path, sizeof(path), "%s", CASES[i].path);
		file_find_year(&file, &options);
		assert_int_equal(file.year, CASES[i].year);
		assert_non_null(file.year_from);
	}
}

static void
cut_into_parts(void **state)
{
	char path[300];
	FILE *out;
	struct file_list list;

	(void)state;
	snprintf(path, sizeof(path), "%s/sub/large.json", folder);
	out = fopen(path, "w");
	for (unsigned i = 0; i < 300000; i++)
		fprintf(out, "{\"line number\":%u, \"x\":\"yyyyyyyyyyy\"}\n", i);
	assert_int_equal(fclose(out), 0);
	list = list_of("/sub/large.json");
	assert_int_equal(file_list_cut(&list, 1, NULL), COORD_OK);
	assert_int_equal(list.n, 1);
	assert_false(list.files[0].is_part);
	assert_int_equal(file_list_cut(&list, 2, NULL), COORD_OK);
	assert_int_equal(list.n, 2);
	assert_true(list.files[0].is_part && list.files[1].is_part);
	assert_int_equal(list.files[0].to, list.files[1].from);
	assert_true(list.files[1].to == UINT64_MAX);
	file_list_clear(&list);
	/* a table needs its header, a document its brackets */
	assert_int_equal(truncate(path, 0), 0);
	out = fopen(path, "w");
	fprintf(out, "[\n");
	for (unsigned i = 0; i < 300000; i++)
		fprintf(out, "{\"line number\":%u, \"x\":\"yyyyyyyyyyy\"},\n", i);
	assert_int_equal(fclose(out), 0);
	list = list_of("/sub/large.json");
	assert_int_equal(file_list_cut(&list, 2, NULL), COORD_OK);
	assert_int_equal(list.n, 1);
	file_list_clear(&list);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders_and_patterns),
		cmocka_unit_test(sizes),
		cmocka_unit_test(years),
		cmocka_unit_test(cut_into_parts),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_all);
}
