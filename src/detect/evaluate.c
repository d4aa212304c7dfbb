/* evaluate.c - one pass over the null worlds serves two ends: the best cluster that the WHOLE pipeline finds in each
 * (p_world, which pays for having searched), and the value of every statistic channel on every cluster's nodes. */
#include "detect/evaluate.h"

#include "detect/channel/minp.h"
#include "detect/channel/peers.h"
#include "detect/judge/judge.h"

#include <math.h>
#include <stdatomic.h>

#include "detect/search.h"
#include "detect/stats.h"

enum {
	NODES_FOR_ALL_WORLDS = 5000,
	WORLDS_LEAST = 99, /* of batches up to NODES_MANY */
	NODES_MANY = 20000,
	WORLDS_LEAST_MANY = 19, /* fewer cannot give a p_world of 0.05 */
	WORKERS_MOST = 64
};

struct worlds_run {
	struct evaluation *ev;
	struct search_best *best; /* by world */
	double *values;           /* by world, cluster, channel */
	bool looked_up; /* p_world comes from the null table: worlds serve the channels alone */
	const struct null_table_size *sizes[2];
	bool needed[WORLD_SOURCES]; /* some set is compared with it */
	struct arena *scratch[WORKERS_MOST];
	atomic_bool failed;
	atomic_uint done;
};

uint32_t
evaluate_worlds(uint32_t asked, uint32_t nodes)
{
	uint32_t least = WORLDS_LEAST;
	uint64_t fewer;

	if (nodes > NODES_MANY) {
		least = (uint32_t)((uint64_t)WORLDS_LEAST * NODES_MANY / nodes);
		least = least < WORLDS_LEAST_MANY ? WORLDS_LEAST_MANY : least;
	}
	if (nodes <= NODES_FOR_ALL_WORLDS || asked <= least)
		return asked;
	fewer = (uint64_t)asked * NODES_FOR_ALL_WORLDS / nodes;
	return fewer < least ? least : (uint32_t)fewer;
}

unsigned
evaluate_layers_left_out(const struct detect_config *config)
{
	unsigned layers = 0;

	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
		if ((config->without >> c & 1) != 0)
			layers |= channels[c]->layers;
	return layers;
}

static double *
value_at(const struct worlds_run *run, size_t world, uint32_t cluster, enum detect_channel c)
{
	return &run->values[(world * run->ev->n_tested + cluster) * CHANNEL_COUNT + c];
}

/* Nothing was searched where the set was given. */
static bool
searching(const struct worlds_run *run)
{
	return !run->ev->config->group && !run->looked_up;
}

/* One null world, with the tokens of every kind that some set is compared with. */
static bool
make_worlds(const struct worlds_run *run, uint32_t index, struct arena *scratch,
    struct world ret[WORLD_SOURCES])
{
	const struct evaluation *ev = run->ev;
	struct world *searched = &ret[WORLD_AS_SEARCHED];

	if (world_null(ev->plan, ev->seed, index, scratch, searched, NULL) != COORD_OK)
		return false;
	for (unsigned s = WORLD_AS_SEARCHED + 1; s < WORLD_SOURCES; s++)
		if (run->needed[s] && world_null_sets(ev->plan, (enum world_source)s, ev->seed,
					  index, searched, scratch, &ret[s], NULL) != COORD_OK)
			return false;
	return true;
}

static void
run_world(void *context, size_t index, unsigned worker)
{
	struct worlds_run *run = context;
	struct evaluation *ev = run->ev;
	struct arena *scratch = run->scratch[worker];
	struct arena_mark mark = arena_mark(scratch);
	struct world worlds[WORLD_SOURCES];
	bool ok = make_worlds(run, (uint32_t)index + 1, scratch, worlds) &&
		  (!searching(run) || search_world(&worlds[WORLD_AS_SEARCHED], ev->config->fdr,
					  ev->seed, scratch, &run->best[index]) == COORD_OK);

	if (!ok)
		atomic_store(&run->failed, true);
	for (uint32_t t = 0; ok && t < ev->n_tested; t++)
		for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
			if (channels[c]->statistic != NULL && ev->tested[t].on[c].nodes != NULL)
				*value_at(run, index, t, c) = channels[c]->statistic(
				    &worlds[ev->tested[t].source[c]], ev->tested[t].on[c].nodes,
				    ev->tested[t].on[c].n, ev->tested[t].seed, scratch);
	arena_rewind(scratch, mark);
	if (worker == 0 && ev->config->progress != NULL)
		ev->config->progress(ev->config->progress_context, "null worlds",
		    (double)atomic_load(&run->done) / ev->worlds);
	(void)atomic_fetch_add(&run->done, 1);
}

/* The sizes of the null table on both sides of the batch. False: none was given, or the batch gets all its worlds
 * anyway, or the table does not reach that far. */
static bool
table_sizes(const struct evaluation *ev, const struct null_table_size *sizes[2])
{
	const struct null_table *table = ev->config->null_table;

	return table != NULL && !ev->config->group && ev->m->n_nodes > NODES_FOR_ALL_WORLDS &&
	       null_table_around(table, ev->m->n_nodes, &sizes[0], &sizes[1]);
}

/* The larger of the p-values at the two sizes: whatever lies between them is covered. */
static enum coord_err
look_up_p_worlds(struct evaluation *ev, const struct null_table_size *const sizes[2],
    const struct search_found *found, double *p, struct coord_error *err)
{
	const struct null_table_content *c = null_table_content_of(ev->config->null_table);
	double *other = ARENA_ARRAY_RAW(ev->arena, ev->n_tested, double);

	if (other == NULL)
		return model_full(err);
	for (unsigned side = 0; side < 2; side++) {
		const struct search_best *rows =
		    (const struct search_best *)(const void *)(c->rows + sizes[side]->from);

		if (search_p_values(rows, (uint32_t)sizes[side]->worlds, found, ev->n_tested,
			ev->arena, side == 0 ? p : other) != COORD_OK)
			return model_full(err);
		ev->worlds_with_cluster = search_any(
		    rows, (uint32_t)(sizes[side]->worlds < ev->worlds ? sizes[side]->worlds
								      : ev->worlds));
		ev->table_worlds = (uint32_t)sizes[side]->worlds;
		ev->table_nodes[side] = sizes[side]->nodes;
	}
	for (uint32_t t = 0; t < ev->n_tested; t++)
		p[t] = fmax(p[t], other[t]);
	return COORD_OK;
}

static enum coord_err
set_p_worlds(struct worlds_run *run, struct coord_error *err)
{
	struct evaluation *ev = run->ev;
	struct search_found *found = ARENA_ARRAY_RAW(ev->arena, ev->n_tested, struct search_found);
	double *p = ARENA_ARRAY_RAW(ev->arena, ev->n_tested, double);

	if (found == NULL || p == NULL)
		return model_full(err);
	for (uint32_t t = 0; t < ev->n_tested; t++) {
		const struct cluster *c = &ev->tested[t].cluster;

		found[t] = (struct search_found){ c->score, clusters_size_class(c->n),
			c->n_carriers == 0 };
	}
	if (run->looked_up) {
		TRY(look_up_p_worlds(ev, run->sizes, found, p, err));
	} else {
		if (search_p_values(run->best, ev->worlds, found, ev->n_tested, ev->arena, p) !=
		    COORD_OK)
			return model_full(err);
		ev->worlds_with_cluster = search_any(run->best, ev->worlds);
	}
	for (uint32_t t = 0; t < ev->n_tested; t++) {
		ev->tested[t].p_world = p[t];
		if (ev->tested[t].formed_by_content)
			ev->tested[t].p_world_adjusted = p[t];
	}
	return COORD_OK;
}

static enum coord_err
rank_statistics(const struct worlds_run *run, uint32_t at, struct coord_error *err)
{
	struct evaluation *ev = run->ev;
	struct tested *t = &ev->tested[at];
	double *null = ARENA_ARRAY_RAW(ev->arena, ev->worlds, double);

	if (null == NULL)
		return model_full(err);
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		struct detect_evidence *e = &t->evidence[c];
		double observed;

		if (channels[c]->statistic == NULL || t->on[c].nodes == NULL)
			continue;
		observed = channels[c]->statistic(
		    &ev->observed, t->on[c].nodes, t->on[c].n, t->seed, ev->arena);
		e->abstained = isnan(observed);
		if (e->abstained || ev->worlds == 0) {
			e->abstained = true;
			e->detail = ev->worlds == 0
					? "No null worlds were run."
					: "Fewer than two nodes left anything to compare.";
			continue;
		}
		for (uint32_t w = 0; w < ev->worlds; w++) {
			null[w] = *value_at(run, w, at, c);
			null[w] = isnan(null[w]) ? 0 : null[w];
		}
		channel_rank(observed, null, ev->worlds, e);
	}
	return COORD_OK;
}

/* Which null each set is compared with. A channel without token layers has one name for its null. */
static enum coord_err
choose_sources(struct worlds_run *run, struct tested *t, struct coord_error *err)
{
	static const char *const names[2][WORLD_SOURCES] = {
		{ "curveball swaps within tool strata", "whole nodes exchanged within tool strata",
		    "whole nodes exchanged within tool strata" },
		{ "whole nodes drawn from the reference within tool strata",
		    "whole nodes drawn from the reference within tool strata", NULL },
	};
	const struct evaluation *ev = run->ev;

	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		if (channels[c]->statistic == NULL || t->on[c].nodes == NULL)
			continue;
		TRY(world_set_source(
		    ev->plan, t->on[c].nodes, t->on[c].n, ev->arena, &t->source[c], err));
		run->needed[t->source[c]] = true;
		if (channels[c]->layers != 0)
			t->evidence[c].null_name = names[world_pooled(ev->plan)][t->source[c]];
	}
	return COORD_OK;
}

static enum coord_err
run_worlds(struct evaluation *ev, struct coord_error *err)
{
	struct worlds_run run = { .ev = ev };
	unsigned threads = ev->config->threads < WORKERS_MOST ? ev->config->threads : WORKERS_MOST;
	enum coord_err rc = COORD_OK;

	run.best = ARENA_ARRAY(ev->arena, ev->worlds, struct search_best);
	run.looked_up = table_sizes(ev, run.sizes);
	run.values =
	    ARENA_ARRAY(ev->arena, (size_t)ev->worlds * ev->n_tested * CHANNEL_COUNT, double);
	if (run.best == NULL || run.values == NULL)
		return model_full(err);
	for (uint32_t t = 0; t < ev->n_tested; t++)
		TRY(choose_sources(&run, &ev->tested[t], err));
	for (unsigned t = 0; t < threads; t++)
		if ((run.scratch[t] = arena_new(0)) == NULL)
			rc = model_full(err);
	if (rc == COORD_OK)
		parallel_for(threads, ev->worlds, run_world, &run);
	for (unsigned t = 0; t < threads; t++)
		arena_free(run.scratch[t]);
	if (rc == COORD_OK && atomic_load(&run.failed))
		rc = model_full(err);
	if (rc == COORD_OK && ev->worlds > 0 && !ev->config->group)
		rc = set_p_worlds(&run, err);
	for (uint32_t t = 0; rc == COORD_OK && t < ev->n_tested; t++)
		rc = rank_statistics(&run, t, err);
	return rc;
}

/* The tests of all sets by all channels, side by side. Each writes to its own evidence; which thread does which changes
 * nothing but where in memory the texts lie. */
struct evidence_run {
	struct evaluation *ev;
	struct bag_library *library[CHANNEL_COUNT]; /* NULL: the channel has none */
	bool *members;                              /* by node: of a set */
	unsigned threads_each;                      /* within one test */
	struct arena *texts[WORKERS_MOST];          /* live as long as the evaluation's */
	struct arena *scratch[WORKERS_MOST];
	enum coord_err rc[WORKERS_MOST];
	struct coord_error err[WORKERS_MOST];
	atomic_uint done;
};

/* Hundreds of sets of a large batch are mostly chance: few draws say so. */
static enum minp_rounds
rounds_of(const struct evaluation *ev)
{
	if (ev->config->depth == DEPTH_MINIMAL)
		return MINP_BRIEF;
	return ev->config->depth == DEPTH_STANDARD && ev->m->n_nodes > NODES_MANY ? MINP_MANY
										  : MINP_FULL;
}

static struct channel_input
input_of(
    const struct evidence_run *run, const struct tested *t, enum detect_channel c, unsigned worker)
{
	const struct evaluation *ev = run->ev;

	return (struct channel_input){ .m = ev->m,
		.ref = ev->ref,
		.observed = &ev->observed,
		.nodes = t->on[c].nodes,
		.n = t->on[c].n,
		.seed = t->seed,
		.draws_first = MINP_DRAWS_FIRST,
		.draws_most = ev->config->draws_most,
		.rounds = rounds_of(ev),
		.threads = run->threads_each,
		.asn_of = ev->config->asn_of,
		.asn_context = ev->config->asn_context,
		.country_of = ev->config->country_of,
		.country_context = ev->config->country_context,
		.arena = run->texts[worker],
		.scratch = run->scratch[worker],
		.library = run->library[c] };
}

static enum coord_err
run_channel(const struct evidence_run *run, struct tested *t, enum detect_channel c,
    unsigned worker, struct coord_error *err)
{
	struct detect_evidence *e = &t->evidence[c];
	struct channel_input in = input_of(run, t, c, worker);

	if (t->on[c].nodes == NULL) {
		e->defining = true;
		e->p = t->p_world;
		e->worlds = run->ev->worlds;
		e->null_name = "whole-pipeline null worlds";
		in.nodes = t->cluster.nodes;
		in.n = t->cluster.n;
		if (channels[c]->describe != NULL)
			TRY(channels[c]->describe(&in, e, err));
		e->n = t->cluster.n;
		e->detail = "The cluster exists only through this kind of likeness, so it counts "
			    "through the "
			    "whole-pipeline null alone.";
		return COORD_OK;
	}
	if (channels[c]->test != NULL)
		return channels[c]->test(&in, e, err);
	return e->abstained ? COORD_OK : channels[c]->describe(&in, e, err);
}

static void
run_test(void *context, size_t item, unsigned worker)
{
	struct evidence_run *run = context;
	struct evaluation *ev = run->ev;
	enum coord_err rc;

	if (run->rc[worker] != COORD_OK)
		return;
	rc = run_channel(run, &ev->tested[item / CHANNEL_COUNT],
	    (enum detect_channel)(item % CHANNEL_COUNT), worker, &run->err[worker]);
	run->rc[worker] = rc;
	if (worker == 0 && ev->config->progress != NULL)
		ev->config->progress(ev->config->progress_context, "evidence",
		    (double)atomic_load(&run->done) / (ev->n_tested * CHANNEL_COUNT));
	(void)atomic_fetch_add(&run->done, 1);
}

static void
make_library(void *context, size_t c, unsigned worker)
{
	struct evidence_run *run = context;

	if (run->rc[worker] == COORD_OK && run->library[c] != NULL)
		run->rc[worker] = bag_library_make(run->ev->m, channels[c], run->members,
		    run->texts[worker], run->scratch[worker], run->library[c], &run->err[worker]);
}

/* Several sets ask what the same attackers did: it is looked up once for all of them. */
static enum coord_err
begin_libraries(struct evidence_run *run, struct coord_error *err)
{
	struct evaluation *ev = run->ev;

	run->members = ARENA_ARRAY(ev->arena, ev->m->n_nodes, bool);
	if (run->members == NULL)
		return model_full(err);
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		if (channels[c]->walk == NULL)
			continue;
		if ((run->library[c] = ARENA_NEW(ev->arena, struct bag_library)) == NULL)
			return model_full(err);
		for (uint32_t t = 0; t < ev->n_tested; t++)
			for (uint32_t i = 0; i < ev->tested[t].on[c].n; i++)
				run->members[ev->tested[t].on[c].nodes[i]] = true;
	}
	return COORD_OK;
}

static void
free_texts(void *arena)
{
	arena_free(arena);
}

static enum coord_err
begin_evidence(struct evidence_run *run, unsigned threads, struct coord_error *err)
{
	for (unsigned w = 0; w < threads; w++) {
		run->texts[w] = arena_new(0);
		run->scratch[w] = arena_new(0);
		if (run->texts[w] == NULL || run->scratch[w] == NULL)
			return model_full(err);
	}
	return begin_libraries(run, err);
}

/* The texts stay as long as the evaluation's arena, the rest goes. */
static enum coord_err
end_evidence(struct evidence_run *run, unsigned threads, enum coord_err rc, struct coord_error *err)
{
	for (unsigned w = 0; w < threads; w++) {
		if (rc == COORD_OK && run->rc[w] != COORD_OK) {
			rc = run->rc[w];
			if (err != NULL)
				*err = run->err[w];
		}
		arena_free(run->scratch[w]);
		if (run->texts[w] == NULL ||
		    arena_on_free(run->ev->arena, free_texts, run->texts[w]) == 0)
			continue;
		arena_free(run->texts[w]);
		if (rc == COORD_OK)
			rc = model_full(err);
	}
	return rc;
}

static enum coord_err
run_channels(struct evaluation *ev, struct coord_error *err)
{
	struct evidence_run run = { .ev = ev };
	unsigned threads = ev->config->threads < WORKERS_MOST ? ev->config->threads : WORKERS_MOST;
	enum coord_err rc;

	/* one set: its tests follow each other, and each uses all threads for its draws */
	run.threads_each = ev->n_tested > 1 ? 1 : threads;
	threads = ev->n_tested > 1 ? threads : 1;
	rc = begin_evidence(&run, threads, err);
	if (rc == COORD_OK)
		parallel_for(threads, CHANNEL_COUNT, make_library, &run);
	if (rc == COORD_OK)
		parallel_for(threads, (size_t)ev->n_tested * CHANNEL_COUNT, run_test, &run);
	return end_evidence(&run, threads, rc, err);
}

/* Twenty clusters found by likeness are twenty chances for a small p in time or place: each channel's p-values are
 * adjusted over them. Groups around artefacts were not searched for and stay as they are. */
static enum coord_err
adjust_channel(struct evaluation *ev, enum detect_channel c, struct coord_error *err)
{
	double *p = ARENA_ARRAY_RAW(ev->arena, ev->n_tested, double);

	if (p == NULL)
		return model_full(err);
	for (uint32_t t = 0; t < ev->n_tested; t++) {
		const struct detect_evidence *e = &ev->tested[t].evidence[c];
		bool counts = ev->tested[t].formed_by_content && !e->abstained && !e->defining;

		p[t] = counts ? e->p : NAN;
	}
	if (stats_benjamini_hochberg(p, ev->n_tested, ev->arena, p) != COORD_OK)
		return model_full(err);
	for (uint32_t t = 0; t < ev->n_tested; t++)
		ev->tested[t].selection[c] = isnan(p[t]) ? 1 : p[t] / ev->tested[t].evidence[c].p;
	return COORD_OK;
}

static void
start_evidence(const struct model *m, struct tested *t)
{
	t->visits = model_visits(m, t->cluster.nodes, t->cluster.n);
	t->p_world = t->p_world_adjusted = NAN;
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		bool excluded = t->evidence[c].excluded;

		t->evidence[c] = (struct detect_evidence){ .channel = c,
			.excluded = excluded,
			.effect = NAN,
			.p = NAN,
			.log_e = NAN,
			.similarity = NAN,
			.null_name = channels[c]->null_name,
			.detail = "" };
	}
}

enum coord_err
evaluate_all(struct evaluation *ev, struct coord_error *err)
{
	for (uint32_t t = 0; t < ev->n_tested; t++)
		start_evidence(ev->m, &ev->tested[t]);
	TRY(run_worlds(ev, err));
	TRY(run_channels(ev, err));
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
		if (channels[c]->family != FAMILY_CONTENT && channels[c]->family != FAMILY_ARTEFACT)
			TRY(adjust_channel(ev, c, err));
	for (uint32_t t = 0; t < ev->n_tested; t++)
		ev->tested[t].score = judge_score(ev, &ev->tested[t], ev->tested[t].evidence, 0);
	return COORD_OK;
}
