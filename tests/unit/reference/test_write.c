/* test_write.c - a snapshot written is the snapshot read; the same content gives the same bytes; nothing is left behind
 * when writing fails. */
#include "testing.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot.h"

struct folder {
	char path[32];
	char file[64];
};

static void
folder_make(struct folder *f)
{
	(void)snprintf(f->path, sizeof(f->path), "/tmp/coord-test-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	(void)snprintf(f->file, sizeof(f->file), "%s/one.ref", f->path);
}

static unsigned
entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	unsigned n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

static size_t
slurp(const char *path, char *out, size_t size)
{
	FILE *file = fopen(path, "rb");
	size_t n;

	assert_non_null(file);
	n = fread(out, 1, size, file);
	(void)fclose(file);
	return n;
}

static void
test_round_trip(void **state)
{
	struct snapshot s;
	struct folder f;
	struct reference *ref = NULL;
	const struct reference_content *c;
	struct coord_error err;
	struct stat st;

	(void)state;
	snapshot_make(&s);
	folder_make(&f);
	assert_int_equal(reference_write(&s.content, f.file, &err), COORD_OK);
	assert_int_equal(entries(f.path), 1);
	assert_int_equal(stat(f.file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(reference_open(f.file, &ref, &err), COORD_OK);
	c = reference_content_of(ref);
	assert_int_equal(c->n_strata, 2);
	assert_int_equal(c->n_tokens, 6);
	assert_int_equal(c->n_links, 2);
	assert_int_equal(c->n_visits, 5);
	assert_int_equal(c->n_sources, 3);
	assert_memory_equal(c->strata, s.strata, sizeof(s.strata));
	assert_memory_equal(c->tokens, s.tokens, sizeof(s.tokens));
	assert_memory_equal(c->links, s.links, sizeof(s.links));
	assert_memory_equal(c->visits, s.visits, sizeof(s.visits));
	assert_memory_equal(c->sources, s.sources, sizeof(s.sources));
	assert_int_equal(c->n_profiles, 2);
	assert_memory_equal(c->profiles, s.profiles, sizeof(s.profiles));
	assert_memory_equal(c->profile_tokens, s.profile_tokens, sizeof(s.profile_tokens));
	assert_int_equal(c->first_us, 100);
	assert_int_equal(c->last_us, 300);
	assert_int_equal(c->sessions, 99);
	assert_memory_equal(c->input_sha256, s.content.input_sha256, 32);
	assert_int_equal(strlen(reference_hash(ref)), 64);
	reference_close(ref);
	(void)unlink(f.file);
	(void)rmdir(f.path);
}

static void
test_same_content_same_bytes(void **state)
{
	static char one[8192], two[8192];
	struct snapshot s;
	struct folder f;
	struct coord_error err;
	size_t n;

	(void)state;
	snapshot_make(&s);
	folder_make(&f);
	assert_int_equal(reference_write(&s.content, f.file, &err), COORD_OK);
	n = slurp(f.file, one, sizeof(one));
	assert_int_equal(reference_write(&s.content, f.file, &err), COORD_OK);
	assert_int_equal(slurp(f.file, two, sizeof(two)), n);
	assert_memory_equal(one, two, n);
	s.tokens[0].nodes = 3;
	assert_int_equal(reference_write(&s.content, f.file, &err), COORD_OK);
	(void)slurp(f.file, two, sizeof(two));
	assert_memory_not_equal(one + 24, two + 24, 32); /* another name */
	(void)unlink(f.file);
	(void)rmdir(f.path);
}

static void
test_failures_leave_nothing(void **state)
{
	struct snapshot s;
	struct folder f;
	struct coord_error err;
	char path[128];

	(void)state;
	snapshot_make(&s);
	folder_make(&f);
	(void)snprintf(path, sizeof(path), "%s/none/there.ref", f.path);
	assert_int_equal(reference_write(&s.content, path, &err), COORD_EIO);
	assert_non_null(strstr(err.what, "there.ref"));
	/* a folder stands where the file should go: the rename fails, the temporary file goes */
	assert_int_equal(mkdir(f.file, 0700), 0);
	assert_int_equal(reference_write(&s.content, f.file, &err), COORD_EIO);
	assert_non_null(strstr(err.what, "one.ref"));
	assert_int_equal(entries(f.path), 1);
	(void)rmdir(f.file);
	(void)rmdir(f.path);
}

static void
test_path_too_long(void **state)
{
	struct snapshot s;
	struct coord_error err;
	static char path[8000];

	(void)state;
	snapshot_make(&s);
	memset(path, 'x', sizeof(path) - 1);
	assert_int_equal(reference_write(&s.content, path, &err), COORD_EINVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_same_content_same_bytes),
		cmocka_unit_test(test_failures_leave_nothing),
		cmocka_unit_test(test_path_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
