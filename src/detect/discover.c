/* discover.c - which groups are tested, and on what: the one that was given, or those that a search finds (discover.h). */
#include "detect/discover.h"

#include <math.h>
#include <stdlib.h>

#include "detect/search.h"

enum { CLUSTERS_MOST = 500 };
static const double match_least =
    0.5; /* Jaccard of a cluster with its match found without a channel */
static const double part_least = 0.9; /* of a part's nodes lie in the cluster */

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

enum coord_err
discover_given(struct evaluation *ev, struct coord_error *err)
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

/* The cluster of `list` that is most like `c`; where none is, the largest that lies in it: a part of a cluster that was
 * found without a channel was not chosen by it either. */
static const struct cluster *
best_match(const struct cluster_list *list, const struct cluster *c)
{
	const struct cluster *best = NULL, *part = NULL;
	double at = match_least;

	for (uint32_t i = 0; i < list->n; i++) {
		const struct cluster *other = &list->all[i];
		uint32_t both = sorted_common(c->nodes, c->n, other->nodes, other->n);
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
	int64_t from = clock_steady(), from_thread = clock_of(CLOCK_THREAD_CPUTIME_ID);

	(void)worker;
	s->rc[which] = scratch == NULL ? model_full(&s->err[which])
				       : search_without(s, which, scratch, &s->err[which]);
	arena_free(scratch);
	if (which == 0) {
		s->seconds[0] = (double)(clock_steady() - from) / 1e6;
		s->seconds[1] = (double)(clock_of(CLOCK_THREAD_CPUTIME_ID) - from_thread) / 1e6;
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

enum coord_err
discover_groups(struct evaluation *ev, struct detect_result *r, struct stopwatch *watch,
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
	profile_lap(watch, "pairs and edges");
	TRY(search_all(&s, err));
	profile_lap(watch, "communities, with and without each channel");
	profile_tell(r, "of it: the grouping with all channels", s.seconds[0], s.seconds[1], true);
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
