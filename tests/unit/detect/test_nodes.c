/* test_nodes.c - sources, nodes and visits on tiny tables. */
#include "testing.h"

#include "study.h"

enum { A = 0x0a000001, B = 0x0a000002 };

static void
test_visit_gap(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	/* each lasts a second: gaps of 300 s join, 301 s part */
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 0 });
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 301 });
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 302 + 301 });
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.n_nodes, 1);
	assert_int_equal(s.m.n_visits, 2);
	assert_int_equal(s.m.visits[0].sessions, 2);
	assert_int_equal(s.m.visits[0].end_us - s.m.visits[0].start_us, 302 * TIME_SECOND);
	assert_int_equal(s.m.visits[1].sessions, 1);
	assert_int_equal(s.m.visits[1].start_us, BATCH_START_US + 603 * TIME_SECOND);
	study_end(&s);
}

/* The gap counts from the latest end so far, not from the last session's: a long session holds the visit open. */
static void
test_long_session_holds_the_visit(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 0, .lasts_s = 1000 });
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 10 });
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 1299 });
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.n_visits, 1);
	assert_int_equal(s.m.visits[0].sessions, 3);
	study_end(&s);
}

static void
test_epoch_cut(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 0 });
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 1 + 7 * 86400.0 }); /* not longer */
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 2 + 14 * 86400.0 + 1 });
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.n_sources, 1);
	assert_int_equal(s.m.n_nodes, 2);
	assert_int_equal(s.m.node_source[0], s.m.node_source[1]);
	assert_int_equal(s.m.node_sessions_start[1], 2);
	assert_int_equal(s.m.node_sessions_start[2], 3);
	study_end(&s);
}

static void
test_services_are_nodes(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	uint32_t ssh, telnet;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 5 });
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 0, .service = SERVICE_TELNET });
	batch_add(b, &(struct batch_session){ .ip = B, .at_s = 3 });
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.n_sources, 2);
	assert_int_equal(s.m.n_nodes, 3);
	ssh = study_node(&s, A, SERVICE_SSH);
	telnet = study_node(&s, A, SERVICE_TELNET);
	assert_int_equal(s.m.node_source[ssh], s.m.node_source[telnet]);
	/* numbered by first visit */
	assert_int_equal(telnet, 0);
	assert_int_equal(study_node(&s, B, SERVICE_SSH), 1);
	assert_int_equal(ssh, 2);
	study_end(&s);
}

static void
test_sources_ascend_and_visits_in_time_order(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	for (uint32_t i = 0; i < 40; i++)
		batch_add(b, &(struct batch_session){
				 .ip = A + (i * 7) % 13, .at_s = 4000.0 * ((i * 11) % 40) });
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.n_sources, 13);
	for (uint32_t i = 1; i < s.m.n_sources; i++)
		assert_true(addr_cmp(s.m.source_addr[i - 1], s.m.source_addr[i]) < 0);
	assert_int_equal(s.m.n_visits, 40);
	for (uint32_t i = 1; i < s.m.n_visits; i++)
		assert_true(s.m.visits[s.m.visit_order[i - 1]].start_us <=
			    s.m.visits[s.m.visit_order[i]].start_us);
	for (uint32_t i = 0; i < s.m.n_nodes; i++)
		for (uint32_t v = s.m.node_visits_start[i]; v < s.m.node_visits_start[i + 1]; v++)
			assert_int_equal(s.m.visits[v].node, i);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_visit_gap),
		cmocka_unit_test(test_long_session_holds_the_visit),
		cmocka_unit_test(test_epoch_cut),
		cmocka_unit_test(test_services_are_nodes),
		cmocka_unit_test(test_sources_ascend_and_visits_in_time_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
