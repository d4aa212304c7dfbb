/* detect.c - the way of an analysis: configuration, model, clusters, evaluation, result. */
#include "detect/detect.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "detect/assemble.h"
#include "detect/knowledge/knowledge.h"
#include "detect/search.h"
#include "reference/reference.h"

enum { CLUSTERS_MOST = 500, SCATTER_NODES_MOST = 2000, SCATTER_CHANCE = 10 };
static const double match_least =
    0.5; /* Jaccard of a cluster with its match found without a channel */
/* Of groups that a reference does not explain somewhat more are campaigns than not; without one, most are copied tools (the
 * calibration sets hold 0.6 and 0.2). */
static const double prior_with_reference = 0.6, prior_without = 0.1;
static const double part_least = 0.9; /* of a part's nodes lie in the cluster */

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

/* By a channel's name, or a family's: who selected by time selected by every channel that looks at times. */
static enum coord_err
exclude_selected(const char *selected_by, struct tested *t, struct coord_error *err)
{
	bool known = selected_by == NULL;
	char names[200] = "";
	size_t at = 0;

	for (enum detect_channel c = 0; selected_by != NULL && c < CHANNEL_COUNT; c++) {
		const char *family = channel_family_name(channels[c]->family);
		bool meant =
		    strcmp(selected_by, channels[c]->name) == 0 || strcmp(selected_by, family) == 0;

		t->evidence[c].excluded = t->evidence[c].excluded || meant;
		known = known || meant;
		if (at < sizeof(names))
			at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s",
			    at > 0 ? ", " : "", channels[c]->name);
	}
	if (!known)
		return error_set(err, COORD_EINVALID,
		    "selected_by: expected time, content, place or one of %s, got \"%s\"", names,
		    selected_by);
	return COORD_OK;
}

/* Channels that do not count. Artefacts are facts about the real sources, so in a null world they say nothing. */
static uint32_t
channels_left_out(const struct detect_config *c)
{
	return c->without | (c->decoordinate > 0 ? UINT32_C(1) << CHANNEL_ARTEFACT : 0);
}

static void
leave_out(uint32_t without, struct tested *t)
{
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
		t->evidence[c].excluded = t->evidence[c].excluded || (without >> c & 1) != 0;
}

/* A cluster's random numbers depend on who is in it, not on its rank. */
static uint64_t
cluster_seed(const struct model *m, const struct cluster *c, uint64_t seed)
{
	for (uint32_t i = 0; i < c->n; i++) {
		struct addr a = m->source_addr[m->node_source[c->nodes[i]]];

		seed = hash_mix(
		    seed, hash_content((struct sv){ (const char *)a.bytes, sizeof(a.bytes) }));
		seed = hash_mix(seed, m->node_service[c->nodes[i]]);
	}
	return seed;
}

static enum coord_err
test_group(struct evaluation *ev, struct coord_error *err)
{
	const struct model *m = ev->m;
	struct tested *t = ARENA_ARRAY(ev->arena, 1, struct tested);
	uint32_t *nodes = ARENA_ARRAY_RAW(ev->arena, m->n_nodes, uint32_t);

	if (t == NULL || nodes == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < m->n_nodes; i++)
		nodes[i] = i;
	t->cluster = (struct cluster){ .nodes = nodes, .n = m->n_nodes, .stability = NAN };
	t->seed = cluster_seed(m, &t->cluster, ev->seed);
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		t->on[c].nodes = nodes;
		t->on[c].n = m->n_nodes;
	}
	TRY(exclude_selected(ev->config->selected_by, t, err));
	leave_out(channels_left_out(ev->config), t);
	ev->tested = t;
	ev->n_tested = m->n_sources >= 2 ? 1 : 0;
	return COORD_OK;
}

static uint32_t
shared_nodes(const struct cluster *a, const struct cluster *b)
{
	uint32_t both = 0;

	for (uint32_t i = 0, j = 0; i < a->n && j < b->n;) {
		both += a->nodes[i] == b->nodes[j];
		if (a->nodes[i] < b->nodes[j]) {
			i++;
		} else {
			i += a->nodes[i] == b->nodes[j];
			j++;
		}
	}
	return both;
}

/* The cluster of `list` that is most like `c`; where none is, the largest that lies in it: a part of a cluster that was
 * found without a channel was not chosen by it either. */
static const struct cluster *
best_match(const struct cluster_list *list, const struct cluster *c)
{
	const struct cluster *best = NULL, *part = NULL;
	double at = match_least;

	for (uint32_t i = 0; i < list->n; i++) {
		const struct cluster *other = &list->all[i];
		uint32_t both = shared_nodes(c, other);
		double j = (double)both / (double)(c->n + other->n - both);

		if (j >= at && (best == NULL || j > at)) {
			best = other;
			at = j;
		}
		if (both >= part_least * other->n && (part == NULL || other->n > part->n))
			part = other;
	}
	return best != NULL ? best : part;
}

static int
cluster_order(const void *a, const void *b)
{
	const struct cluster *x = a, *y = b;

	if ((x->n_carriers > 0) != (y->n_carriers > 0))
		return x->n_carriers > 0 ? -1 : 1;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return (x->nodes[0] > y->nodes[0]) - (x->nodes[0] < y->nodes[0]);
}

/* What each channel is judged on. Evidence must not be judged on a cluster that it formed: the matching cluster found
 * WITHOUT the channel's layers stands in, and where there is none the channel defines the cluster (methods.md section 9).
 * A group around artefacts was formed by them alone: its carriers were selected by nothing else. */
static void
choose_nodes(struct tested *t, const struct cluster_list without[CHANNEL_COUNT])
{
	t->formed_by_content = t->cluster.n_carriers == 0;
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		const struct cluster *on = &t->cluster;

		if (!t->formed_by_content) {
			t->on[c].nodes = t->cluster.carriers;
			t->on[c].n = t->cluster.n_carriers;
			continue;
		}
		if (channels[c]->layers != 0)
			on = best_match(&without[c], &t->cluster);
		t->on[c].nodes = on == NULL ? NULL : on->nodes;
		t->on[c].n = on == NULL ? 0 : on->n;
	}
}

struct stopwatch {
	struct detect_result *r;
	struct timespec last, last_processor;
};

static double
seconds_between(struct timespec from, struct timespec to)
{
	return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static void
tell_time(struct detect_result *r, const char *stage, double seconds, double processor, bool part)
{
	if (r->n_profile == sizeof(r->profile) / sizeof(r->profile[0]))
		return;
	r->profile[r->n_profile].stage = stage;
	r->profile[r->n_profile].seconds = seconds;
	r->profile[r->n_profile].processor_seconds = processor;
	r->profile[r->n_profile++].part = part;
}

/* Profiling reads a clock but nothing else sees it: no result depends on it. */
static void
lap(struct stopwatch *s, const char *stage)
{
	struct timespec now, processor;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &processor);
	if (stage != NULL)
		tell_time(s->r, stage, seconds_between(s->last, now),
		    seconds_between(s->last_processor, processor), false);
	s->last = now;
	s->last_processor = processor;
}

/* The batch searched with all layers, and once more without each channel's: side by side, each in an arena of its own of
 * which only the clusters are kept. */
struct searches {
	const struct evaluation *ev;
	const struct edge_layers *layers;
	bool artefacts;
	unsigned left_out;
	unsigned skip[CHANNEL_COUNT + 1]; /* by search; the first is the whole one */
	unsigned n;
	struct edge_list edges; /* of the whole search: only the numbers */
	double seconds[2];      /* that the whole search took, by the clock and of its thread */
	struct cluster_list found[CHANNEL_COUNT + 1];
	struct arena *kept[CHANNEL_COUNT + 1];
	enum coord_err rc[CHANNEL_COUNT + 1];
	struct coord_error err[CHANNEL_COUNT + 1];
};

static uint32_t *
copy_nodes(const uint32_t *nodes, uint32_t n, struct arena *arena)
{
	uint32_t *copy = n == 0 ? NULL : ARENA_ARRAY_RAW(arena, n, uint32_t);

	if (copy != NULL)
		memcpy(copy, nodes, n * sizeof(*copy));
	return copy;
}

static enum coord_err
keep_clusters(const struct cluster_list *from, struct arena *arena, struct cluster_list *ret,
    struct coord_error *err)
{
	ret->all = ARENA_ARRAY_RAW(arena, from->n, struct cluster);
	if (ret->all == NULL)
		return model_full(err);
	ret->n = from->n;
	for (uint32_t i = 0; i < from->n; i++) {
		struct cluster *c = &ret->all[i];

		*c = from->all[i];
		c->nodes = copy_nodes(c->nodes, c->n, arena);
		c->carriers = copy_nodes(c->carriers, c->n_carriers, arena);
		if ((c->n > 0 && c->nodes == NULL) || (c->n_carriers > 0 && c->carriers == NULL))
			return model_full(err);
	}
	return COORD_OK;
}

static enum coord_err
search_without(struct searches *s, size_t which, struct arena *scratch, struct coord_error *err)
{
	const struct evaluation *ev = s->ev;
	struct edge_list edges;
	struct cluster_list found;

	TRY(edges_join(s->layers, s->skip[which], scratch, &edges, err));
	TRY(clusters_find(&ev->observed, &edges, which == 0 && s->artefacts, ev->config->fdr,
	    s->skip[which], ev->seed, scratch, &found, err));
	if (which == 0)
		s->edges = edges;
	return keep_clusters(&found, s->kept[which], &s->found[which], err);
}

static void
run_search(void *context, size_t which, unsigned worker)
{
	struct searches *s = context;
	struct arena *scratch = arena_new(0);
	struct timespec from, to, from_thread, to_thread;

	(void)worker;
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from_thread);
	s->rc[which] = scratch == NULL ? model_full(&s->err[which])
				       : search_without(s, which, scratch, &s->err[which]);
	arena_free(scratch);
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to_thread);
	if (which == 0) {
		s->seconds[0] = seconds_between(from, to);
		s->seconds[1] = seconds_between(from_thread, to_thread);
	}
}

static void
free_arena(void *arena)
{
	arena_free(arena);
}

/* Arenas for the clusters that live as long as the evaluation's. */
static enum coord_err
begin_searches(struct searches *s, struct coord_error *err)
{
	for (unsigned i = 0; i < s->n; i++) {
		s->kept[i] = arena_new(0);
		if (s->kept[i] == NULL)
			return model_full(err);
		if (arena_on_free(s->ev->arena, free_arena, s->kept[i]) != 0) {
			arena_free(s->kept[i]);
			return model_full(err);
		}
	}
	return COORD_OK;
}

static enum coord_err
search_all(struct searches *s, struct coord_error *err)
{
	TRY(begin_searches(s, err));
	parallel_for(s->ev->config->threads, s->n, run_search, s);
	for (unsigned i = 0; i < s->n; i++)
		if (s->rc[i] != COORD_OK) {
			if (err != NULL)
				*err = s->err[i];
			return s->rc[i];
		}
	return COORD_OK;
}

/* Which search leaves a channel's layers out: channels of the same layers share one. 0: none does. */
static void
plan_searches(struct searches *s, unsigned of_channel[CHANNEL_COUNT])
{
	s->skip[s->n++] = s->left_out;
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		enum detect_channel same = 0;

		of_channel[c] = 0;
		if (channels[c]->layers == 0)
			continue;
		while (channels[same]->layers != channels[c]->layers)
			same++;
		of_channel[c] = same < c ? of_channel[same] : s->n;
		if (same == c)
			s->skip[s->n++] = channels[c]->layers | s->left_out;
	}
}

static enum coord_err
discover(struct evaluation *ev, struct detect_result *r, struct stopwatch *watch,
    struct coord_error *err)
{
	struct cluster_list found, without[CHANNEL_COUNT] = { { NULL, 0 } };
	struct edge_layers layers;
	struct searches s = { .ev = ev, .layers = &layers };
	unsigned of_channel[CHANNEL_COUNT];

	s.left_out = evaluate_layers_left_out(ev->config);
	s.artefacts = (channels_left_out(ev->config) >> CHANNEL_ARTEFACT & 1) == 0;
	plan_searches(&s, of_channel);
	TRY(edges_validate(
	    &ev->observed, ev->config->fdr, 0, ev->config->threads, ev->arena, &layers, err));
	lap(watch, "pairs and edges");
	TRY(search_all(&s, err));
	lap(watch, "communities, with and without each channel");
	tell_time(r, "of it: the grouping with all channels", s.seconds[0], s.seconds[1], true);
	found = s.found[0];
	r->pairs_possible = s.edges.possible;
	r->pairs_tested = s.edges.tested;
	r->edges = s.edges.n;
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
		if (of_channel[c] > 0)
			without[c] = s.found[of_channel[c]];
	if (found.n > 0)
		qsort(found.all, found.n, sizeof(*found.all), cluster_order);
	r->clusters_left_out = found.n > CLUSTERS_MOST ? found.n - CLUSTERS_MOST : 0;
	ev->n_tested = found.n - r->clusters_left_out;
	if ((ev->tested = ARENA_ARRAY(ev->arena, ev->n_tested, struct tested)) == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < ev->n_tested; i++) {
		ev->tested[i].cluster = found.all[i];
		ev->tested[i].seed = cluster_seed(ev->m, &found.all[i], ev->seed);
		choose_nodes(&ev->tested[i], without);
		leave_out(channels_left_out(ev->config), &ev->tested[i]);
	}
	return COORD_OK;
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
	lap(&watch, NULL);
	tell(config, "sessions to nodes", 0);
	TRY(model_build_knowing(table, ref, config->knowledge, r->arena, m, err));
	count_batch(m, r);
	lap(&watch, "model: nodes, visits, tokens, artefacts");
	TRY(observe(&ev, err));
	ev.worlds = evaluate_worlds(config->worlds, m->n_nodes);
	tell(config, "pairs and communities", 0);
	TRY(config->group ? test_group(&ev, err) : discover(&ev, r, &watch, err));
	TRY(evaluate_all(&ev, err));
	lap(&watch, "null worlds and evidence");
	r->worlds = ev.worlds;
	r->worlds_with_cluster = ev.worlds_with_cluster;
	TRY(assemble_result(&ev, r, err));
	lap(&watch, "result");
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
