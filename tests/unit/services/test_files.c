#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "services/services.h"

static char folder[] = "/tmp/coord-services-XXXXXX";

static const char *
file_with(struct arena *arena, const char *name, const char *text)
{
	char *path = arena_printf(arena, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return path;
}

static int
set_up(void **state)
{
	*state = arena_new(0);
	return *state != NULL && mkdtemp(folder) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	const char *const names[] = { "feed.txt", "scanners.csv", "broken.txt" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)remove(arena_printf(*state, "%s/%s", folder, names[i]));
	(void)rmdir(folder);
	arena_free(*state);
	return 0;
}

static void
test_nothing_named_is_the_programs_own(void **state)
{
	struct services_paths paths = { .reference = "" };
	struct services_files *files = NULL;
	struct detect_config config = { .worlds = 7 };

	(void)state;
	assert_int_equal(services_files_open(&paths, &files, NULL), COORD_OK);
	assert_int_equal(files->n_named, 0);
	services_files_use(files, &config);
	assert_int_equal(config.worlds, 7);
	assert_ptr_equal(config.model, files->model);
	assert_non_null(config.model);
	assert_non_null(config.knowledge);
	assert_null(config.asn_of);
	services_files_close(files);
	services_files_close(NULL);
}

static void
test_lists_are_named_in_order_with_their_hashes(void **state)
{
	const char *feed = file_with(*state, "feed.txt", "192.0.2.7\n");
	const char *scanners = file_with(*state, "scanners.csv", "Example,network,192.0.2.0/24\n");
	char *named = arena_printf(*state, "bots=%s", feed);
	struct services_list lists[] = { { LIST_SCANNERS, scanners }, { LIST_FEED, named } };
	struct services_paths paths = { .lists = lists, .n_lists = 2 };
	struct services_files *files = NULL;

	assert_int_equal(services_files_open(&paths, &files, NULL), COORD_OK);
	assert_int_equal(files->n_named, 2);
	assert_string_equal(files->named[0].role, "scanners");
	assert_string_equal(files->named[0].path, scanners);
	assert_string_equal(files->named[1].role, "feed");
	assert_string_equal(files->named[1].path, named);
	assert_string_equal(files->named[1].sha256,
	    "10678f304eede88e0c328265e4362bfd42f242d5bc3ff3a0ca91ddde9fccd819");
	assert_string_equal(services_list_path(&lists[1]), feed);
	services_files_close(files);
	paths.base_names = true;
	assert_int_equal(services_files_open(&paths, &files, NULL), COORD_OK);
	assert_string_equal(files->named[0].path, "scanners.csv");
	services_files_close(files);
}

static void
test_faults_name_the_file(void **state)
{
	const char *broken = file_with(*state, "broken.txt", "192.0.2.7\nnothing\n");
	struct services_list list = { LIST_FEED, arena_printf(*state, "bots=%s", broken) };
	struct services_paths paths = { .lists = &list, .n_lists = 1 };
	struct services_files *files = NULL;
	struct coord_error err;

	assert_int_equal(services_files_open(&paths, &files, &err), COORD_EPARSE);
	assert_non_null(strstr(err.what, "broken.txt"));
	assert_int_equal(err.line, 2);
	list.text = "/nowhere/at/all";
	assert_int_equal(services_files_open(&paths, &files, &err), COORD_EIO);
	assert_non_null(strstr(err.what, "/nowhere/at/all"));
	assert_null(files);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_named_is_the_programs_own),
		cmocka_unit_test(test_lists_are_named_in_order_with_their_hashes),
		cmocka_unit_test(test_faults_name_the_file),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
