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

enum coord_err
model_build(const struct session_table *table, const struct reference *ref, struct arena *arena,
    struct model *ret, struct coord_error *err)
{
	return model_build_knowing(table, ref, NULL, arena, ret, err);
}

enum coord_err
model_build_knowing(const struct session_table *table, const struct reference *ref,
    const struct knowledge *knowledge, struct arena *arena, struct model *ret,
    struct coord_error *err)
{
	*ret = (struct model){ .table = table, .knowledge = knowledge, .arena = arena };
	TRY(model_nodes(ret, err));
	TRY(model_strata(ret, ref, err));
	TRY(model_visit_indices(ret, err));
	TRY(model_artefacts(ret, err)); /* before the tokens: markers are masked in them */
	TRY(model_tokens(ret, ref, err));
	TRY(model_payloads(ret, err));
	TRY(model_labels(ret, err));
	return model_masks(ret, err);
}
