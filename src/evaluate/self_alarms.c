/* self_alarms.c - the batches in which something was called coordinated where nothing is, so that whoever reads the report can
 * look at what the engine saw there. They are made once more from their seeds. */
#include "evaluate/self.h"

#include <stdio.h>

bool
self_alarm_name(
    const struct evaluate_self *self, const struct self_batch *b, char name[SELF_ALARM_NAME_MAX])
{
	const struct self_cell *c = &self->cells[b->cell];

	/* in sessions as they are there may be a campaign that nobody planted */
	if (b->wrong_called == 0 || (c->kind != SELF_LOOKALIKE && c->kind != SELF_NULL))
		return false;
	(void)snprintf(name, SELF_ALARM_NAME_MAX, "alarm-%04u-%s", (unsigned)(b - self->batches),
	    c->kind == SELF_NULL ? "nothing" : generate_structure_name(c->plan.structure));
	return true;
}

uint32_t
evaluate_self_alarms(const struct evaluate_self *self)
{
	char name[SELF_ALARM_NAME_MAX];
	uint32_t ret = 0;

	for (uint32_t i = 0; i < self->n_batches; i++)
		ret += self_alarm_name(self, &self->batches[i], name);
	return ret;
}

static enum coord_err
make_again(const struct evaluate_self *self, const struct self_batch *b, struct session_table *ret,
    struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	struct batch batch = { .group_mode = false };
	int64_t from_us;
	enum coord_err rc;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for a batch");
	rc = self_batch_make(
	    &self->site, &self->cells[b->cell], b->seed, arena, &batch, &from_us, err);
	if (rc == COORD_OK)
		*ret = batch.table;
	arena_free(arena);
	return rc;
}

enum coord_err
evaluate_self_alarm(const struct evaluate_self *self, uint32_t i, char name[SELF_ALARM_NAME_MAX],
    struct session_table *ret, struct coord_error *err)
{
	for (uint32_t b = 0; b < self->n_batches; b++)
		if (self_alarm_name(self, &self->batches[b], name) && i-- == 0)
			return make_again(self, &self->batches[b], ret, err);
	return error_set(err, COORD_EINVALID, "evaluate: there is no such batch");
}
