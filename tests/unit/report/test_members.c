/* A campaign source by source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"
#include "report/members.h"

static void
sums_agree_with_the_campaign(void **state)
{
	struct fixture *f = fixture_new();
	struct arena *arena = arena_new(0);
	const struct detect_campaign *c = &f->result.campaigns[0];
	const struct member *m = members_of(&f->table, c, arena);
	uint32_t sessions = 0;

	(void)state;
	assert_non_null(m);
	for (uint32_t i = 0; i < c->n_sources; i++) {
		assert_int_equal(addr_cmp(m[i].source, c->sources[i]), 0);
		assert_true(m[i].first_us >= c->first_us && m[i].last_us <= c->last_us);
		assert_true(m[i].first_us <= m[i].last_us);
		assert_int_equal(m[i].services, 1u << SERVICE_SSH);
		assert_int_equal(m[i].n_sensors, 1); /* 14 is even: each source keeps to its pot */
		sessions += m[i].sessions;
	}
	assert_int_equal(sessions, c->n_sessions);
	arena_free(arena);
	fixture_free(f);
}

static void
foreign_sessions_are_left_out(void **state)
{
	struct fixture *f = fixture_new();
	struct arena *arena = arena_new(0);
	struct detect_campaign c = f->result.campaigns[0];
	const struct member *m;

	(void)state;
	c.n_sources = 1;
	m = members_of(&f->table, &c, arena);
	assert_non_null(m);
	assert_int_equal(m[0].sessions, 6);
	arena_free(arena);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_agree_with_the_campaign),
		cmocka_unit_test(foreign_sessions_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
