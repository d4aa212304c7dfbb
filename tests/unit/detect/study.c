/* study.c - see study.h. */
#include "testing.h"

#include "study.h"

#include <stdlib.h>
#include <unistd.h>

#include "reference/reference.h"

static void
begin(struct study *s, struct batch *batch, const struct reference *ref, bool naive)
{
	struct coord_error err;

	*s = (struct study){ .table = batch_finish(batch), .arena = arena_new(0) };
	assert_non_null(s->arena);
	assert_int_equal(
	    model_build_knowing(&s->table, ref, NULL, naive, s->arena, &s->m, &err), COORD_OK);
	assert_int_equal(world_observed(&s->m, s->arena, &s->observed, &err), COORD_OK);
	assert_int_equal(world_plan_new(&s->m, ref, s->arena, &s->plan, &err), COORD_OK);
}

void
study_begin(struct study *s, struct batch *batch, const struct reference *ref)
{
	begin(s, batch, ref, false);
}

void
study_begin_naive(struct study *s, struct batch *batch)
{
	begin(s, batch, NULL, true);
}

void
study_end(struct study *s)
{
	arena_free(s->arena);
	session_table_free(&s->table);
}

uint32_t
study_node(const struct study *s, uint32_t ip, enum session_service service)
{
	struct addr a = addr_from_v4(ip);

	for (uint32_t i = 0; i < s->m.n_nodes; i++)
		if (addr_cmp(s->m.source_addr[s->m.node_source[i]], a) == 0 &&
		    s->m.node_service[i] == service)
			return i;
	return UINT32_MAX;
}

struct reference *
study_reference(const struct session_table *table)
{
	char path[] = "/tmp/coord-test-XXXXXX";
	struct reference *ref = NULL;
	struct coord_error err;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(detect_reference_build(table, path, &err), COORD_OK);
	assert_int_equal(reference_open(path, &ref, &err), COORD_OK);
	(void)unlink(path);
	return ref;
}
