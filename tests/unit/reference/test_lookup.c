/* test_lookup.c - asking a snapshot. */
#include "testing.h"

#include <unistd.h>

#include "snapshot.h"

static struct reference *
open_snapshot(struct snapshot *s)
{
	char path[] = "/tmp/coord-test-XXXXXX";
	struct reference *ref = NULL;
	struct coord_error err;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	(void)close(fd);
	snapshot_make(s);
	assert_int_equal(reference_write(&s->content, path, &err), COORD_OK);
	assert_int_equal(reference_open(path, &ref, &err), COORD_OK);
	(void)unlink(path);
	return ref;
}

static void
test_counts(void **state)
{
	struct snapshot s;
	struct reference *ref = open_snapshot(&s);
	uint64_t ssh = reference_stratum_key(3, SV_NONE);
	uint64_t all = reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE);
	uint64_t none = reference_stratum_key(4, SV_NONE);

	(void)state;
	assert_int_equal(reference_stratum_nodes(ref, ssh), 10);
	assert_int_equal(reference_stratum_nodes(ref, all), 12);
	assert_int_equal(reference_stratum_nodes(ref, none), 0);
	assert_int_equal(reference_incidences(ref, ssh, 0), 14);
	assert_int_equal(reference_incidences(ref, all, 1), 1);
	assert_int_equal(reference_incidences(ref, all, REFERENCE_LAYERS), 0);
	assert_int_equal(reference_incidences(ref, none, 0), 0);
	assert_int_equal(reference_token_nodes(ref, ssh, 0, 10), 4);
	assert_int_equal(reference_token_nodes(ref, ssh, 0, 20), 10);
	assert_int_equal(reference_token_nodes(ref, all, 0, 20), 12);
	assert_int_equal(reference_token_nodes(ref, ssh, 0, 15), 0);
	assert_int_equal(reference_token_nodes(ref, ssh, 0, 30), 0);
	assert_int_equal(reference_token_nodes(ref, ssh, 1, 10), 0);
	assert_int_equal(reference_token_nodes(ref, ssh, 1, 7), 1);
	assert_int_equal(reference_token_nodes(ref, ssh, REFERENCE_LAYERS, 10), 0);
	assert_int_equal(reference_token_nodes(ref, none, 0, 10), 0);
	reference_close(ref);
}

static void
test_tokens(void **state)
{
	struct snapshot s;
	struct reference *ref = open_snapshot(&s);
	const struct reference_token *tokens = NULL;
	uint64_t all = reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE);

	(void)state;
	assert_int_equal(reference_tokens(ref, all, 0, &tokens), 2);
	assert_int_equal(tokens[1].nodes, 12);
	assert_int_equal(reference_tokens(ref, all, 1, &tokens), 1);
	assert_int_equal(tokens[0].hash, 7);
	assert_int_equal(reference_tokens(ref, all, REFERENCE_LAYERS, &tokens), 0);
	assert_int_equal(reference_tokens(ref, 12345, 0, &tokens), 0);
	reference_close(ref);
}

static void
test_lists(void **state)
{
	struct snapshot s;
	struct reference *ref = open_snapshot(&s);
	uint64_t all = reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE);
	const int64_t *visits = NULL;
	const struct addr *sources = NULL;

	(void)state;
	assert_int_equal(reference_visits(ref, all, &visits), 3);
	assert_int_equal(visits[2], 300);
	assert_int_equal(reference_sources(ref, all, &sources), 2);
	assert_int_equal(addr_cmp(sources[1], addr_from_v4(2)), 0);
	assert_int_equal(reference_visits(ref, 12345, &visits), 0);
	assert_int_equal(reference_sources(ref, 12345, &sources), 0);
	reference_close(ref);
}

static void
test_blocks(void **state)
{
	struct snapshot s;
	struct reference *ref = open_snapshot(&s);

	(void)state;
	assert_int_equal(reference_block(ref, 0, 10), 5);
	assert_int_equal(reference_block(ref, 1, 3), 2);
	assert_int_equal(reference_block(ref, 1, 10), 10); /* another layer */
	assert_int_equal(reference_block(ref, 0, 3), 3);
	assert_int_equal(reference_block(ref, 3, UINT64_MAX), UINT64_MAX);
	reference_close(ref);
}

/* An absent tool is the service as a whole, an empty one is a tool without a name. */
static void
test_keys(void **state)
{
	(void)state;
	assert_true(reference_stratum_key(1, SV_NONE) != reference_stratum_key(1, SV("")));
	assert_true(reference_stratum_key(1, SV_NONE) != reference_stratum_key(2, SV_NONE));
	assert_true(reference_stratum_key(1, SV("a")) != reference_stratum_key(1, SV("b")));
	assert_true(reference_stratum_key(1, SV("a")) == reference_stratum_key(1, SV("a")));
}

static void
test_describe(void **state)
{
	struct snapshot s;
	struct reference *ref = open_snapshot(&s);
	struct buf out = BUF_INIT(65536);
	const char *text;

	(void)state;
	reference_describe(ref, &out);
	text = buf_cstr(&out);
	assert_non_null(strstr(text, reference_hash(ref)));
	assert_non_null(strstr(text, "sessions   99"));
	assert_non_null(strstr(text, "linked     2 tokens"));
	assert_non_null(strstr(text, "profiles   2 nodes"));
	assert_non_null(strstr(text, "all services"));
	buf_clear(&out);
	reference_close(ref);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
