/* detect.c - the way of an analysis: configuration, model, clusters, evaluation, result. */
#include "detect/detect.h"

#include <math.h>
#include <stdlib.h>

#include "detect/assemble.h"
#include "detect/discover.h"
#include "detect/knowledge/knowledge.h"
#include "detect/search.h"
#include "reference/reference.h"

enum { SCATTER_NODES_MOST = 2000, SCATTER_CHANCE = 10 };
/* Of groups that a reference does not explain somewhat more are campaigns than not; without one, most are copied tools (the
 * calibration sets hold 0.6 and 0.2). */
static const double prior_with_reference = 0.6, prior_without = 0.1;

/* Resolves the zeros of a configuration: everything that changes the result becomes explicit and is hashed. */
static enum coord_err
resolve_config(const struct detect_config *config, bool reference, struct detect_config *ret,
    struct coord_error *err)
{
	static const uint32_t worlds[] = { 0, 199, 999 }, draws[] = { 199, 9999, 99999 };

	*ret = *config;
	if ((unsigned)config->depth > DEPTH_DEEP)
		return error_set(err, COORD_EINVALID, "depth: expected minimal, standard or deep");
	if (ret->worlds == 0)
		ret->worlds = worlds[config->depth];
	if (ret->draws_most == 0)
		ret->draws_most = draws[config->depth];
	if (ret->fdr == 0)
		ret->fdr = SEARCH_FDR;
	if (ret->prior == 0)
		ret->prior = reference ? prior_with_reference : prior_without;
	if (ret->threads == 0)
		ret->threads = parallel_cores();
	if (!(ret->fdr > 0 && ret->fdr < 1) || !(ret->prior > 0 && ret->prior < 1))
		return error_set(
		    err, COORD_EINVALID, "fdr and prior: expected a number between 0 and 1");
	if (ret->selected_by != NULL && !ret->group)
		return error_set(err, COORD_EINVALID, "selected_by only goes with group mode");
	return COORD_OK;
}

/* A list counts by its content, a feed by its name too, since evidence is told in its name. */
static void
hash_lists(const struct knowledge *k, struct jsonw *w)
{
	jsonw_array(w);
	for (uint32_t i = 0; i < k->n_lists; i++) {
		jsonw_str(w, detect_list_name(k->lists[i].kind));
		jsonw_str(w, k->lists[i].kind == LIST_FEED ? k->lists[i].name : NULL);
		jsonw_str(w, k->lists[i].sha256);
	}
	jsonw_end(w);
}

/* The result outlives the knowledge. */
static enum coord_err
keep_lists(const struct knowledge *k, struct detect_result *r, struct coord_error *err)
{
	struct detect_list *lists = ARENA_ARRAY(r->arena, k->n_lists, struct detect_list);

	if (lists == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < k->n_lists; i++) {
		const char *version = k->lists[i].version;

		lists[i] = k->lists[i];
		if (version != NULL &&
		    (lists[i].version = arena_strdup(r->arena, sv_from(version))) == NULL)
			return model_full(err);
		lists[i].name = arena_strdup(r->arena, sv_from(k->lists[i].name));
		lists[i].sha256 = arena_strdup(r->arena, sv_from(k->lists[i].sha256));
		if (lists[i].name == NULL || lists[i].sha256 == NULL)
			return model_full(err);
	}
	r->lists = lists;
	r->n_lists = k->n_lists;
	return COORD_OK;
}

static enum coord_err
hash_config(const struct detect_config *c, struct detect_result *r, struct coord_error *err)
{
	struct buf text = BUF_INIT(1 << 20);
	struct jsonw w = jsonw_init(&text, false);
	uint8_t sha[32];
	char *hex = ARENA_ARRAY(r->arena, 65, char);

	if (hex == NULL)
		return model_full(err);
	jsonw_object(&w);
	jsonw_key(&w, "rule");
	jsonw_str(&w, SCORE_RULE);
	jsonw_key(&w, "depth");
	jsonw_u64(&w, (uint64_t)c->depth);
	jsonw_key(&w, "group");
	jsonw_bool(&w, c->group);
	jsonw_key(&w, "selected_by");
	jsonw_str(&w, c->selected_by);
	jsonw_key(&w, "worlds");
	jsonw_u64(&w, c->worlds);
	jsonw_key(&w, "draws");
	jsonw_u64(&w, c->draws_most);
	jsonw_key(&w, "fdr");
	jsonw_f64(&w, c->fdr);
	jsonw_key(&w, "prior");
	jsonw_f64(&w, c->prior);
	if (c->without != 0) {
		jsonw_key(&w, "without");
		jsonw_u64(&w, c->without);
	}
	if (c->naive_nulls) {
		jsonw_key(&w, "naive_nulls");
		jsonw_bool(&w, true);
	}
	jsonw_key(&w, "seed");
	jsonw_u64(&w, c->seed);
	jsonw_key(&w, "decoordinate");
	jsonw_u64(&w, c->decoordinate);
	jsonw_key(&w, "model");
	jsonw_str(&w, detect_model_hash(c->model));
	jsonw_key(&w, "lists");
	hash_lists(c->knowledge, &w);
	if (c->null_table != NULL) {
		jsonw_key(&w, "null_table");
		jsonw_str(&w, null_table_hash(c->null_table));
	}
	jsonw_key(&w, "asn");
	jsonw_bool(&w, c->asn_of != NULL);
	if (c->country_of != NULL) {
		jsonw_key(&w, "country");
		jsonw_bool(&w, true);
	}
	jsonw_end(&w);
	sha256_of(text.data, text.len, sha);
	hex_of(sha, sizeof(sha), hex);
	r->config = text.failed ? NULL : arena_strdup(r->arena, buf_sv(&text));
	buf_clear(&text);
	r->config_hash = hex;
	return r->config == NULL ? model_full(err) : COORD_OK;
}

static uint64_t
derive_seed(const struct session_table *table, const char *reference_name, const char *config_hash)
{
	struct sha256 *s = sha256_new();
	uint8_t sha[32] = { 0 };
	uint64_t seed;

	if (s == NULL)
		return 1;
	sha256_add(s, table->input_sha256, sizeof(table->input_sha256));
	sha256_add(s, reference_name, strlen(reference_name));
	sha256_add(s, config_hash, strlen(config_hash));
	sha256_end(s, sha);
	memcpy(&seed, sha, sizeof(seed));
	return seed;
}

static void
tell(const struct detect_config *c, const char *stage, double share)
{
	if (c->progress != NULL)
		c->progress(c->progress_context, stage, share);
}

static void
count_batch(const struct model *m, struct detect_result *r)
{
	r->sessions = m->table->n;
	r->sources = m->n_sources;
	r->nodes = m->n_nodes;
	r->visits = m->n_visits;
	r->strata = m->n_strata;
	r->masks = m->masks;
	r->n_masks = m->n_masks;
	for (size_t l = 0; l < LAYER_COUNT; l++)
		r->tokens += m->layers[l].n_tokens;
}

/* Nodes that keep meeting another one so often that one pair in ten batches does so by chance are no background of the
 * null worlds. Of larger batches chance has too many pairs to say so. */
static enum coord_err
scatter_meeting(struct evaluation *ev, struct coord_error *err)
{
	bool *meeting = ARENA_ARRAY(ev->arena, ev->m->n_nodes, bool);
	struct arena *scratch = arena_new(0);
	struct pair_list pairs = { .n = 0 };
	double n = ev->m->n_nodes, least = log(SCATTER_CHANCE * n * (n - 1) / 2);
	uint32_t active = 0;
	enum coord_err rc;

	if (meeting == NULL || scratch == NULL) {
		arena_free(scratch);
		return model_full(err);
	}
	least = fmin(least, EDGE_LOG10_MOST * log(10) - 1e-9);
	rc = edges_time_pairs(&ev->observed, least, scratch, &pairs, &active, err);
	for (size_t i = 0; rc == COORD_OK && i < pairs.n; i++)
		meeting[pairs.pairs[i].a] = meeting[pairs.pairs[i].b] = true;
	if (rc == COORD_OK && pairs.n > 0)
		rc = world_plan_scatter(ev->plan, meeting, ev->arena, err);
	arena_free(scratch);
	return rc;
}

/* The batch itself, or its null world number `decoordinate` in its place. */
static enum coord_err
observe(struct evaluation *ev, struct coord_error *err)
{
	TRY(world_plan_new(ev->m, ev->ref, ev->arena, &ev->plan, err));
	TRY(world_observed(ev->m, ev->arena, &ev->observed, err));
	if (ev->m->n_nodes <= SCATTER_NODES_MOST)
		TRY(scatter_meeting(ev, err));
	if (ev->config->decoordinate == 0)
		return COORD_OK;
	return world_null(ev->plan, hash_mix(ev->seed, 0x6e756c6c), ev->config->decoordinate,
	    ev->arena, &ev->observed, err);
}

static enum coord_err
analyse(const struct session_table *table, const struct reference *ref,
    const struct detect_config *config, struct detect_result *r, struct coord_error *err)
{
	struct model *m = ARENA_NEW(r->arena, struct model);
	struct evaluation ev = { .m = m,
		.ref = ref,
		.config = config,
		.weights = config->model,
		.seed = r->seed,
		.arena = r->arena };
	struct stopwatch watch = { .r = r };

	if (m == NULL)
		return model_full(err);
	profile_lap(&watch, NULL);
	tell(config, "sessions to nodes", 0);
	TRY(model_build_knowing(
	    table, ref, config->knowledge, config->naive_nulls, r->arena, m, err));
	count_batch(m, r);
	profile_lap(&watch, "model: nodes, visits, tokens, artefacts");
	TRY(observe(&ev, err));
	ev.worlds = evaluate_worlds(config->worlds, m->n_nodes);
	tell(config, "pairs and communities", 0);
	TRY(config->group ? discover_given(&ev, err) : discover_groups(&ev, r, &watch, err));
	TRY(evaluate_all(&ev, err));
	profile_lap(&watch, "null worlds and evidence");
	r->worlds = ev.worlds;
	r->worlds_with_cluster = ev.worlds_with_cluster;
	TRY(assemble_result(&ev, r, err));
	profile_lap(&watch, "result");
	return COORD_OK;
}

/* The rest of an analysis, with model and lists at hand. */
static enum coord_err
run_with_model(const struct session_table *table, const struct reference *ref,
    const struct detect_config *config, struct detect_result *r, struct coord_error *err)
{
	const char *hash = arena_strdup(r->arena, sv_from(detect_model_hash(config->model)));

	r->reference_hash =
	    ref == NULL ? "batch" : arena_strdup(r->arena, sv_from(reference_hash(ref)));
	if (hash == NULL || r->reference_hash == NULL)
		return model_full(err);
	r->model_hash = hash;
	r->calibrated = config->model->trained;
	TRY(keep_lists(config->knowledge, r, err));
	TRY(hash_config(config, r, err));
	r->seed = config->seed != 0 ? config->seed
				    : derive_seed(table, r->reference_hash, r->config_hash);
	return table->n == 0 ? assemble_empty(r, err) : analyse(table, ref, config, r, err);
}

/* A table of other worlds than this analysis would make is no null for it. */
static enum coord_err
check_null_table(
    const struct detect_config *c, const struct reference *ref, struct coord_error *err)
{
	if (c->null_table == NULL)
		return COORD_OK;
	if (ref == NULL || strcmp(reference_hash(ref), null_table_reference(c->null_table)) != 0)
		return error_set(err, COORD_EINVALID,
		    "null table: it was made with the reference %.12s..., which was not given",
		    null_table_reference(c->null_table));
	if (null_table_content_of(c->null_table)->fdr != c->fdr)
		return error_set(
		    err, COORD_EINVALID, "null table: its edges have another false discovery rate");
	return COORD_OK;
}

enum coord_err
detect_run(const struct session_table *table, const struct reference *ref,
    const struct detect_config *config, struct detect_result *ret, struct coord_error *err)
{
	struct detect_result r = { .confidence_rule = SCORE_RULE,
		.confidence = NAN,
		.low = NAN,
		.high = NAN,
		.reference_given = ref != NULL };
	struct detect_model *own = NULL;
	struct knowledge *shipped = NULL;
	struct detect_config resolved;
	enum coord_err rc = COORD_OK;

	TRY(resolve_config(config, ref != NULL, &resolved, err));
	TRY(check_null_table(&resolved, ref, err));
	if (resolved.model == NULL) {
		TRY(detect_model_parse(detect_model_builtin(), &own, err));
		resolved.model = own;
	}
	if (resolved.knowledge == NULL) {
		rc = detect_knowledge_new(&shipped, err);
		resolved.knowledge = shipped;
	}
	if (rc == COORD_OK) {
		r.arena = arena_new(0);
		rc = r.arena == NULL ? model_full(err)
				     : run_with_model(table, ref, &resolved, &r, err);
	}
	detect_knowledge_free(shipped);
	detect_model_free(own);
	if (rc != COORD_OK) {
		arena_free(r.arena);
		return rc;
	}
	*ret = r;
	return COORD_OK;
}

void
detect_result_clear(struct detect_result *result)
{
	arena_free(result->arena);
	*result = (struct detect_result){ .arena = NULL };
}
