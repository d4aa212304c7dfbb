/* stored.c - runs kept in the store. */
#include <stdlib.h>

#include "workflow/inside.h"

static enum coord_err
stored_begin(void *self, const struct store_workflow_begin *begin, struct arena *arena,
    struct store_workflow *ret, struct coord_error *err)
{
	return store_workflow_begin(self, begin, arena, ret, err);
}

static enum coord_err
stored_step(void *self, uint64_t seq, uint64_t fence, const struct store_workflow_step *step,
    struct coord_error *err)
{
	return store_workflow_step(self, seq, fence, step, err);
}

static enum coord_err
stored_effect(void *self, uint64_t seq, uint64_t fence, const struct store_workflow_effect *effect,
    struct coord_error *err)
{
	return store_workflow_effect(self, seq, fence, effect, err);
}

static enum coord_err
stored_end(
    void *self, uint64_t seq, uint64_t fence, const struct keeper_end *end, struct coord_error *err)
{
	return store_workflow_end(
	    self, seq, fence, end->status, end->node, end->error, end->now_us, err);
}

static enum coord_err
stored_get(void *self, struct sv id, struct arena *arena, struct store_workflow *ret,
    struct coord_error *err)
{
	return store_workflow_get(self, id, arena, ret, err);
}

static enum coord_err
stored_answer(void *self, struct sv id, struct sv key, struct sv answer, int64_t now_us,
    uint32_t *ret_left, struct coord_error *err)
{
	return store_workflow_answer(self, id, key, answer, now_us, ret_left, err);
}

static enum coord_err
stored_fork(void *self, const struct store_workflow_fork *fork, struct coord_error *err)
{
	return store_workflow_fork(self, fork, err);
}

/** The store is its owner's. */
static void
stored_free(void *self)
{
	(void)self;
}

static const struct keeper_ops stored_ops = {
	.begin = stored_begin,
	.step = stored_step,
	.effect = stored_effect,
	.end = stored_end,
	.get = stored_get,
	.answer = stored_answer,
	.fork = stored_fork,
	.free = stored_free,
};

struct workflow_checkpointer *
workflow_stored(struct store *store)
{
	struct workflow_checkpointer *c = calloc(1, sizeof(*c));

	if (c != NULL)
		*c = (struct workflow_checkpointer){ &stored_ops, store };
	return c;
}
