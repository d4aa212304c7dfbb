/* random_groups.c - groups of three to twenty sources drawn blindly from a batch without campaigns, judged in group mode:
 * nobody searched, so every channel's p-value has to be as rarely small as its level says. */
#include "evaluate/run.h"

#include <stdlib.h>

enum { STAGE_GROUP = 0x6f09, LEAST = 3, SPREAD = 18 };

struct drawn {
	const struct session_table *table;
	const struct truth *truth;
	const bool *in;
};

static bool
is_drawn(void *context, uint32_t row)
{
	const struct drawn *d = context;

	return d->in[truth_find(d->truth, d->table->source[row])];
}

static enum coord_err
judge_set(const struct batch *whole, const struct session_table *set, const struct variant *variant,
    uint32_t worlds, struct arena *arena, struct outcome *ret, struct coord_error *err)
{
	struct batch batch = { .table = *set, .reference = whole->reference, .group_mode = true };

	batch.truth = (struct truth){ .pure = 0.5 };
	TRY(truth_sources(set, arena, &batch.truth.sources, &batch.truth.n, err));
	batch.truth.campaign = ARENA_ARRAY(arena, batch.truth.n, uint32_t);
	if (batch.truth.campaign == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for a group");
	TRY(truth_count(&batch.truth, arena, err));
	return engine_judge(&batch, variant, worlds, arena, ret, err);
}

enum coord_err
random_group(const struct batch *batch, uint32_t number, const struct variant *variant,
    uint32_t worlds, struct arena *arena, struct seen *ret, bool *ret_any, struct coord_error *err)
{
	struct rng rng = rng_at(batch->plan.seed, STAGE_GROUP, number, 0);
	uint32_t wanted = LEAST + rng_below(&rng, SPREAD), have = 0;
	struct arena_mark mark = arena_mark(arena);
	bool *in = ARENA_ARRAY(arena, batch->truth.n, bool);
	struct drawn drawn = { &batch->table, &batch->truth, in };
	struct session_table set;
	struct outcome outcome;
	enum coord_err rc;

	*ret_any = false;
	if (in == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for a group");
	if (batch->truth.n < wanted)
		return COORD_OK;
	while (have < wanted) {
		uint32_t at = rng_below(&rng, batch->truth.n);

		have += !in[at];
		in[at] = true;
	}
	TRY(batch_subset(&batch->table, is_drawn, &drawn, &set, err));
	rc = judge_set(batch, &set, variant, worlds, arena, &outcome, err);
	session_table_free(&set);
	if (rc == COORD_OK && outcome.n_seen > 0) {
		*ret = outcome.seen[0]; /* holds no pointer */
		*ret_any = true;
	}
	arena_rewind(arena, mark);
	return rc;
}
