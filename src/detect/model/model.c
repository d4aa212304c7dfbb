/* model.c - the steps from table to model, in order. */
#include "detect/model/model.h"

const char *
model_layer_name(enum layer layer)
{
	static const char *const names[LAYER_COUNT] = {
#define MODEL_LAYER_NAME(id, name) name,
		MODEL_LAYERS(MODEL_LAYER_NAME)
#undef MODEL_LAYER_NAME
	};

	return layer < LAYER_COUNT ? names[layer] : "time";
}

uint32_t
model_visits(const struct model *m, const uint32_t *nodes, uint32_t n)
{
	uint32_t visits = 0;

	for (uint32_t i = 0; i < n; i++)
		visits += m->node_visits_start[nodes[i] + 1] - m->node_visits_start[nodes[i]];
	return visits;
}

void
model_span(const struct model *m, int64_t *ret_first_us, int64_t *ret_us)
{
	*ret_first_us = m->table->start_us[0];
	*ret_us = m->table->start_us[m->table->n - 1] - m->table->start_us[0] + 1;
}

/* One step; what it took for itself goes back. */
static enum coord_err
step(struct model *m, enum coord_err (*make)(struct model *m, struct coord_error *err),
    struct coord_error *err)
{
	struct arena_mark mark = arena_mark(m->scratch);
	enum coord_err rc = make(m, err);

	arena_rewind(m->scratch, mark);
	return rc;
}

static enum coord_err
build(struct model *m, const struct reference *ref, struct coord_error *err)
{
	TRY(step(m, model_nodes, err));
	TRY(model_strata(m, ref, err));
	TRY(model_visit_indices(m, err));
	TRY(step(m, model_artefacts, err)); /* before the tokens: markers are masked in them */
	TRY(model_tokens(m, ref, err));
	TRY(step(m, model_payloads, err));
	TRY(step(m, model_labels, err));
	return step(m, model_masks, err);
}

enum coord_err
model_build(const struct session_table *table, const struct reference *ref, struct arena *arena,
    struct model *ret, struct coord_error *err)
{
	return model_build_knowing(table, ref, NULL, false, arena, ret, err);
}

enum coord_err
model_build_knowing(const struct session_table *table, const struct reference *ref,
    const struct knowledge *knowledge, bool naive, struct arena *arena, struct model *ret,
    struct coord_error *err)
{
	enum coord_err rc;

	*ret = (struct model){
		.table = table, .ref = ref, .knowledge = knowledge, .naive = naive, .arena = arena
	};
	if ((ret->scratch = arena_new(0)) == NULL)
		return model_full(err);
	rc = build(ret, ref, err);
	arena_free(ret->scratch);
	ret->scratch = NULL;
	return rc;
}
