/* keep.c - what is asked of a checkpointer whichever it is. */
#include <stdlib.h>

#include "workflow/inside.h"

void
workflow_checkpointer_free(struct workflow_checkpointer *checkpointer)
{
	if (checkpointer == NULL)
		return;
	checkpointer->ops->free(checkpointer->self);
	free(checkpointer);
}

enum coord_err
workflow_answer(struct workflow_checkpointer *checkpointer, struct sv id, struct sv key,
    struct sv answer, int64_t now_us, uint32_t *ret_left, struct coord_error *err)
{
	return checkpointer->ops->answer(
	    checkpointer->self, id, key, answer, now_us, ret_left, err);
}

enum coord_err
workflow_load(struct workflow_checkpointer *checkpointer, struct sv id, struct arena *arena,
    struct store_workflow *ret, struct coord_error *err)
{
	return checkpointer->ops->get(checkpointer->self, id, arena, ret, err);
}
