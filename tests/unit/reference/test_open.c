/* test_open.c - a damaged, foreign or forged snapshot is refused with a reason; nothing of it is looked at before. */
#include "testing.h"

#include <stdio.h>
#include <unistd.h>

#include "snapshot.h"

/* The bytes of the snapshot, aligned as a map would be. */
struct bytes {
	char *data;
	size_t len;
};

static struct bytes
bytes_of(const struct snapshot *s)
{
	struct bytes b = { .data = aligned_alloc(16, 8192) };
	char path[] = "/tmp/coord-test-XXXXXX";
	struct coord_error err;
	FILE *file;
	int fd = mkstemp(path);

	assert_non_null(b.data);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(reference_write(&s->content, path, &err), COORD_OK);
	file = fopen(path, "rb");
	assert_non_null(file);
	b.len = fread(b.data, 1, 8192, file);
	(void)fclose(file);
	(void)unlink(path);
	return b;
}

static void
expect_refused(const struct bytes *b, size_t len, const char *why)
{
	struct reference *ref = NULL;
	struct coord_error err = { .what = "" };

	assert_int_equal(reference_from_memory(b->data, len, &ref, &err), COORD_EPARSE);
	assert_null(ref);
	if (strstr(err.what, why) == NULL)
		fail_msg("expected \"%s\", got \"%s\"", why, err.what);
}

static void
test_every_byte_matters(void **state)
{
	struct snapshot s;
	struct bytes b;

	(void)state;
	snapshot_make(&s);
	b = bytes_of(&s);
	for (size_t i = 0; i < b.len; i++) {
		const char *why = i < 8    ? "no reference snapshot"
				  : i < 16 ? "format version"
				  : i < 24 ? "truncated"
					   : "SHA-256";

		b.data[i] = (char)(b.data[i] ^ 0x40);
		expect_refused(&b, b.len, why);
		b.data[i] = (char)(b.data[i] ^ 0x40);
	}
	free(b.data);
}

static void
test_every_length(void **state)
{
	struct snapshot s;
	struct bytes b;

	(void)state;
	snapshot_make(&s);
	b = bytes_of(&s);
	for (size_t len = 0; len < b.len; len++)
		expect_refused(&b, len,
		    len < sizeof(struct reference_header) ? "no reference snapshot" : "truncated");
	b.len += 16;
	memset(b.data + b.len - 16, 0, 16);
	expect_refused(&b, b.len, "truncated");
	snapshot_seal(b.data, b.len);
	expect_refused(&b, b.len, "do not fill the file");
	free(b.data);
}

static void
test_other_version(void **state)
{
	struct snapshot s;
	struct bytes b;
	struct reference_header h;

	(void)state;
	snapshot_make(&s);
	b = bytes_of(&s);
	memcpy(&h, b.data, sizeof(h));
	h.version = REFERENCE_VERSION + 1;
	memcpy(b.data, &h, sizeof(h));
	snapshot_seal(b.data, b.len);
	expect_refused(&b, b.len, "format version 3, this program reads 2");
	free(b.data);
}

/* Counts that would run over the end, or round the address space. */
static void
test_forged_counts(void **state)
{
	static const uint64_t counts[] = { 3, 1000, UINT64_MAX, UINT64_MAX / 2, UINT64_MAX / 8,
		(UINT64_MAX / 208) + 1, UINT64_C(1) << 60 };
	struct snapshot s;
	struct bytes b;

	(void)state;
	snapshot_make(&s);
	b = bytes_of(&s);
	for (size_t field = 0; field < 7; field++)
		for (size_t i = 0; i < COUNT_OF(counts); i++) {
			uint64_t *at = (uint64_t *)(void *)(b.data + REFERENCE_HASHED_FROM) + field;
			uint64_t was = *at;

			if (counts[i] == was)
				continue;
			*at = counts[i];
			snapshot_seal(b.data, b.len);
			expect_refused(&b, b.len, "do not fill the file");
			*at = was;
		}
	free(b.data);
}

/* Sealed again with the right SHA-256: what the content says must still hold together. */
static void
forge_nodes(struct snapshot *s)
{
	s->strata[0].nodes = 0;
}
static void
forge_many_nodes(struct snapshot *s)
{
	s->strata[0].nodes = UINT64_C(1) << 33;
}
static void
forge_order(struct snapshot *s)
{
	struct reference_stratum first = s->strata[0];

	s->strata[0] = s->strata[1];
	s->strata[1] = first;
}
static void
forge_repeat(struct snapshot *s)
{
	s->strata[1].key = s->strata[0].key;
}
static void
forge_name(struct snapshot *s)
{
	memset(s->strata[0].name, 'x', REFERENCE_NAME_MAX);
}
static void
forge_escape(struct snapshot *s)
{
	s->strata[1].name[0] = 27;
}
static void
forge_token_order(struct snapshot *s)
{
	s->tokens[1].hash = 10;
}
static void
forge_token_nodes(struct snapshot *s)
{
	s->tokens[1].nodes = 13;
}
static void
forge_token_none(struct snapshot *s)
{
	s->tokens[0].nodes = 0;
}
static void
forge_incidences(struct snapshot *s)
{
	s->strata[0].incidences[0]++;
}
static void
forge_token_range(struct snapshot *s)
{
	s->strata[0].token_from[2] = UINT64_MAX;
	s->strata[0].token_n[2] = 2;
}
static void
forge_visit_range(struct snapshot *s)
{
	s->strata[0].visit_n = UINT64_MAX;
}
static void
forge_visit_order(struct snapshot *s)
{
	s->visits[0] = 500;
}
static void
forge_source_range(struct snapshot *s)
{
	s->strata[0].source_from = 4;
}
static void
forge_source_order(struct snapshot *s)
{
	s->sources[2] = s->sources[1];
}
static void
forge_link_layer(struct snapshot *s)
{
	s->links[1].layer = REFERENCE_LAYERS;
}
static void
forge_link_order(struct snapshot *s)
{
	s->links[1] = s->links[0];
}

static void
forge_profile_range(struct snapshot *s)
{
	s->profiles[1].token_from = UINT64_MAX;
}
static void
forge_profile_tokens(struct snapshot *s)
{
	s->profiles[0].token_n[2] = 600;
}
static void
forge_profile_order(struct snapshot *s)
{
	s->profile_tokens[1] = 0;
}
static void
forge_profile_index(struct snapshot *s)
{
	s->profile_tokens[3] = 2;
}
static void
forge_profile_population(struct snapshot *s)
{
	s->strata[0].key ^= 1;
	s->strata[1].key ^= 1;
}

static void
test_forged_content(void **state)
{
	static const struct {
		void (*forge)(struct snapshot *s);
		const char *why;
	} cases[] = {
		{ forge_nodes, "population 0" },
		{ forge_many_nodes, "population 0" },
		{ forge_order, "population 1" },
		{ forge_repeat, "population 1" },
		{ forge_name, "population 0" },
		{ forge_escape, "population 1" },
		{ forge_token_order, "population" },
		{ forge_token_nodes, "population" },
		{ forge_token_none, "population" },
		{ forge_incidences, "population 0" },
		{ forge_token_range, "population 0" },
		{ forge_visit_range, "population 0" },
		{ forge_visit_order, "population" },
		{ forge_source_range, "population 0" },
		{ forge_source_order, "population" },
		{ forge_link_layer, "linked tokens" },
		{ forge_link_order, "linked tokens" },
		{ forge_profile_range, "profiles" },
		{ forge_profile_tokens, "profiles" },
		{ forge_profile_order, "profiles" },
		{ forge_profile_index, "profiles" },
		{ forge_profile_population, "profiles" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct snapshot s;
		struct bytes b;

		snapshot_make(&s);
		cases[i].forge(&s);
		b = bytes_of(&s);
		expect_refused(&b, b.len, cases[i].why);
		free(b.data);
	}
}

static void
test_empty_snapshot(void **state)
{
	struct snapshot s = { .content = { .sessions = 0 } };
	struct reference *ref = NULL;
	struct bytes b = bytes_of(&s);
	struct coord_error err;
	const int64_t *visits;

	(void)state;
	assert_int_equal(reference_from_memory(b.data, b.len, &ref, &err), COORD_OK);
	assert_int_equal(reference_stratum_nodes(ref, 1), 0);
	assert_int_equal(reference_visits(ref, 1, &visits), 0);
	assert_int_equal(reference_block(ref, 0, 7), 7);
	reference_close(ref);
	free(b.data);
}

static void
test_no_file(void **state)
{
	struct reference *ref = NULL;
	struct coord_error err;
	char path[] = "/tmp/coord-test-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(reference_open("/tmp/coord-test-none/there", &ref, &err), COORD_EIO);
	assert_int_equal(reference_open("/tmp", &ref, &err), COORD_EPARSE);
	assert_int_equal(reference_open(path, &ref, &err), COORD_EPARSE); /* empty */
	assert_int_equal(write(fd, "COORDREF and nothing more", 25), 25);
	assert_int_equal(reference_open(path, &ref, &err), COORD_EPARSE);
	assert_null(ref);
	reference_close(NULL);
	(void)close(fd);
	(void)unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_matters),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_other_version),
		cmocka_unit_test(test_forged_counts),
		cmocka_unit_test(test_forged_content),
		cmocka_unit_test(test_empty_snapshot),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
