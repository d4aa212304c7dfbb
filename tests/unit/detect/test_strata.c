/* test_strata.c - which population a node is compared with: tool family, service, all; by batch and reference. */
#include "testing.h"

#include "reference/reference.h"
#include "study.h"

enum { BASE = 0x0a000000 };

static void
add_nodes(
    struct batch *b, uint32_t from, uint32_t n, const char *hassh, enum session_service service)
{
	for (uint32_t i = 0; i < n; i++)
		batch_add(b, &(struct batch_session){ .ip = BASE + from + i,
				 .at_s = 60.0 * i,
				 .hassh = hassh,
				 .service = service });
}

static const struct stratum *
stratum_of(const struct study *s, uint32_t ip, enum session_service service)
{
	uint32_t node = study_node(s, BASE + ip, service);

	assert_true(node < s->m.n_nodes);
	return &s->m.strata[s->m.node_stratum[node]];
}

static void
test_back_off(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	const struct stratum *st;

	(void)state;
	add_nodes(b, 0, 200, "aa", SERVICE_SSH);     /* a family of its own: exactly enough */
	add_nodes(b, 1000, 199, "bb", SERVICE_SSH);  /* one too few: the service */
	add_nodes(b, 2000, 5, "aa", SERVICE_TELNET); /* a small service: all */
	study_begin(&s, b, NULL);
	st = stratum_of(&s, 0, SERVICE_SSH);
	assert_string_equal(st->tool, "hassh:aa");
	assert_int_equal(st->nodes, 200);
	assert_int_equal(st->population, 200);
	assert_true(st->key == reference_stratum_key(SERVICE_SSH, SV("hassh:aa")));
	st = stratum_of(&s, 1000, SERVICE_SSH);
	assert_string_equal(st->tool, "");
	assert_int_equal(st->service, SERVICE_SSH);
	assert_int_equal(st->nodes, 199);
	assert_int_equal(st->population, 399);
	st = stratum_of(&s, 2000, SERVICE_TELNET);
	assert_int_equal(st->service, REFERENCE_ALL_SERVICES);
	assert_int_equal(st->nodes, 5);
	assert_int_equal(st->population, 404);
	assert_int_equal(s.m.n_strata, 3);
	study_end(&s);
}

static void
test_reference_nodes_count(void **state)
{
	struct batch *before = batch_new(), *b = batch_new();
	struct session_table old;
	struct reference *ref;
	struct study s;
	const struct stratum *st;

	(void)state;
	add_nodes(before, 5000, 250, "bb", SERVICE_SSH);
	old = batch_finish(before);
	ref = study_reference(&old);
	add_nodes(b, 0, 10, "bb", SERVICE_SSH);
	add_nodes(b, 100, 3, "cc", SERVICE_SSH);
	study_begin(&s, b, ref);
	st = stratum_of(&s, 0, SERVICE_SSH);
	assert_string_equal(st->tool, "hassh:bb");
	assert_int_equal(st->population, 260);
	st = stratum_of(&s, 100, SERVICE_SSH);
	assert_string_equal(st->tool, "");
	assert_int_equal(st->service, SERVICE_SSH);
	assert_int_equal(st->population, 263);
	study_end(&s);
	reference_close(ref);
	session_table_free(&old);
}

/* A family without a name is no population of its own, however large. */
static void
test_no_tool_is_the_service(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	add_nodes(b, 0, 300, NULL, SERVICE_SSH);
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.n_strata, 1);
	assert_true(s.m.strata[0].key == reference_stratum_key(SERVICE_SSH, SV_NONE));
	study_end(&s);
}

/* The family that most sessions of a node show. */
static void
test_node_tool_by_vote(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = BASE, .at_s = 0, .hassh = "aa" });
	batch_add(b, &(struct batch_session){ .ip = BASE, .at_s = 1, .hassh = "bb" });
	batch_add(b, &(struct batch_session){ .ip = BASE, .at_s = 2, .hassh = "bb" });
	study_begin(&s, b, NULL);
	assert_string_equal(s.m.node_tool[0], "hassh:bb");
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_reference_nodes_count),
		cmocka_unit_test(test_no_tool_is_the_service),
		cmocka_unit_test(test_node_tool_by_vote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
