/* tokens.c - from collected tokens to cells: the (stratum, token) margins that every null holds fixed.
 *
 * n_sv counts the distinct nodes of the stratum's population that carry the token: the nodes of the tool family, of
 * the service or of the whole batch, whichever the stratum stands for, and those of the reference's equal stratum. The
 * pair under test is left in, which is conservative (methods.md section 8). */
#include <math.h>
#include <stdlib.h>

#include "detect/model/tokens.h"
#include "reference/reference.h"

struct use_ref {
	uint32_t token, node;
};

struct margins {
	uint64_t *incidences; /* D_s of each stratum in this layer */
	uint32_t *count;      /* n_sv of the token at hand, by stratum */
	uint32_t *cell;       /* its cell, by stratum */
	uint32_t *met, n_met; /* the strata that it is in */
	uint64_t service_incidences[SERVICE_COUNT];
	uint32_t service_count[SERVICE_COUNT];
};

static bool
is_leaf(const struct stratum *s)
{
	return s->tool[0] != 0;
}

static bool
is_all(const struct stratum *s)
{
	return s->service == REFERENCE_ALL_SERVICES;
}

/* D_s: all token incidences of the stratum's population. */
static void
sum_incidences(const struct model *m, const struct token_bag *bag, const struct reference *ref,
    enum layer layer, struct margins *g)
{
	for (size_t i = 0; i < bag->n; i++) {
		uint32_t node = bag->uses[i].node;

		g->incidences[m->node_stratum[node]]++;
		g->service_incidences[m->node_service[node]]++;
	}
	for (uint32_t s = 0; s < m->n_strata; s++) {
		const struct stratum *st = &m->strata[s];

		if (is_all(st))
			g->incidences[s] = bag->n;
		else if (!is_leaf(st))
			g->incidences[s] = g->service_incidences[st->service];
		if (ref != NULL)
			g->incidences[s] += reference_incidences(ref, st->key, (uint32_t)layer);
	}
}

static uint64_t
population_count(const struct model *m, const struct margins *g, uint32_t stratum, uint32_t posting,
    const struct reference *ref, enum layer layer, uint64_t hash)
{
	const struct stratum *st = &m->strata[stratum];
	uint64_t n = is_all(st)    ? posting
		     : is_leaf(st) ? g->count[stratum]
				   : g->service_count[st->service];

	return n + (ref == NULL ? 0 : reference_token_nodes(ref, st->key, (uint32_t)layer, hash));
}

/* Numbers the distinct hashes ascending and sorts the uses by (token, node). */
static enum coord_err
number_tokens(struct model *m, struct token_bag *bag, struct layer_tokens *l, struct use_ref **ret,
    struct coord_error *err)
{
	struct sort_pair *pairs = ARENA_ARRAY_RAW(model_scratch(m), bag->n, struct sort_pair);
	struct sort_pair *scratch = ARENA_ARRAY_RAW(model_scratch(m), bag->n, struct sort_pair);
	struct use_ref *uses = ARENA_ARRAY_RAW(model_scratch(m), bag->n, struct use_ref);

	l->token_hash = ARENA_ARRAY_RAW(m->arena, bag->n, uint64_t);
	if (pairs == NULL || scratch == NULL || uses == NULL || l->token_hash == NULL)
		return model_full(err);
	for (size_t i = 0; i < bag->n; i++)
		pairs[i] = (struct sort_pair){ bag->uses[i].hash, bag->uses[i].node };
	sort_pairs(pairs, bag->n, scratch); /* stable: nodes stay ascending within a token */
	for (size_t i = 0; i < bag->n; i++) {
		if (i == 0 || pairs[i].key != pairs[i - 1].key)
			l->token_hash[l->n_tokens++] = pairs[i].key;
		uses[i] = (struct use_ref){ l->n_tokens - 1, pairs[i].value };
	}
	*ret = uses;
	return COORD_OK;
}

static enum coord_err
alloc_layer(
    struct model *m, const struct token_bag *bag, struct layer_tokens *l, struct coord_error *err)
{
	l->start = ARENA_ARRAY(m->arena, (size_t)m->n_nodes + 1, uint32_t);
	l->cell = ARENA_ARRAY_RAW(m->arena, bag->n, uint32_t);
	l->cell_token = ARENA_ARRAY_RAW(m->arena, bag->n, uint32_t);
	l->cell_ln_q = ARENA_ARRAY_RAW(m->arena, bag->n, double);
	l->token_text = ARENA_ARRAY(m->arena, l->n_tokens, const char *);
	l->token_nodes = ARENA_ARRAY(m->arena, l->n_tokens, uint32_t);
	if (l->start == NULL || l->cell == NULL || l->cell_token == NULL || l->cell_ln_q == NULL ||
	    l->token_text == NULL || l->token_nodes == NULL)
		return model_full(err);
	return COORD_OK;
}

static int
u32_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Counts a posting list by stratum and service; lists the strata in it, ascending. */
static void
count_posting(const struct model *m, struct margins *g, const struct use_ref *uses, size_t n)
{
	g->n_met = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t node = uses[i].node, s = m->node_stratum[node];

		if (g->count[s]++ == 0)
			g->met[g->n_met++] = s;
		g->service_count[m->node_service[node]]++;
	}
	if (g->n_met > 1)
		qsort(g->met, g->n_met, sizeof(*g->met), u32_order);
}

/* One token's posting list: a cell per stratum in it, numbered in order of stratum. */
static void
cells_of_token(const struct model *m, const struct reference *ref, enum layer layer,
    struct layer_tokens *l, struct margins *g, const struct use_ref *uses, size_t n,
    uint32_t *use_cell)
{
	uint32_t token = uses[0].token;

	count_posting(m, g, uses, n);
	for (uint32_t i = 0; i < g->n_met; i++) {
		uint32_t s = g->met[i];
		uint64_t nodes =
		    population_count(m, g, s, (uint32_t)n, ref, layer, l->token_hash[token]);

		g->cell[s] = l->n_cells;
		l->cell_token[l->n_cells] = token;
		l->cell_ln_q[l->n_cells++] = log(((double)nodes + 0.5) / (double)g->incidences[s]);
	}
	for (size_t i = 0; i < n; i++)
		use_cell[i] = g->cell[m->node_stratum[uses[i].node]];
	l->token_nodes[token] = (uint32_t)n;
	for (uint32_t i = 0; i < g->n_met; i++)
		g->count[g->met[i]] = 0;
	memset(g->service_count, 0, sizeof(g->service_count));
}

static void
fill_nodes(const struct model *m, struct layer_tokens *l, const struct use_ref *uses,
    const uint32_t *use_cell, size_t n)
{
	for (size_t i = 0; i < n; i++)
		l->start[uses[i].node + 1]++;
	for (uint32_t i = 0; i < m->n_nodes; i++) {
		l->active += l->start[i + 1] > 0;
		l->start[i + 1] += l->start[i];
	}
	/* uses are by ascending token, so each node's cells come out ascending; start[] is shifted while filling */
	for (size_t i = 0; i < n; i++)
		l->cell[l->start[uses[i].node]++] = use_cell[i];
	memmove(l->start + 1, l->start, m->n_nodes * sizeof(*l->start));
	l->start[0] = 0;
}

static enum coord_err
build_layer(struct model *m, const struct reference *ref, enum layer layer, struct token_bag *bag,
    struct coord_error *err)
{
	struct layer_tokens *l = &m->layers[layer];
	struct margins g = { 0 };
	struct use_ref *uses;
	struct arena *scratch = model_scratch(m);
	uint32_t *use_cell;

	g.incidences = ARENA_ARRAY(scratch, m->n_strata, uint64_t);
	g.count = ARENA_ARRAY(scratch, m->n_strata, uint32_t);
	g.cell = ARENA_ARRAY_RAW(scratch, m->n_strata, uint32_t);
	g.met = ARENA_ARRAY_RAW(scratch, m->n_strata, uint32_t);
	use_cell = ARENA_ARRAY_RAW(scratch, bag->n, uint32_t);
	if (use_cell == NULL || g.incidences == NULL || g.count == NULL || g.cell == NULL ||
	    g.met == NULL)
		return model_full(err);
	tokens_distinct(bag);
	TRY(number_tokens(m, bag, l, &uses, err));
	TRY(alloc_layer(m, bag, l, err));
	sum_incidences(m, bag, ref, layer, &g);
	if ((l->stratum_ln_d = ARENA_ARRAY_RAW(m->arena, m->n_strata, double)) == NULL)
		return model_full(err);
	for (uint32_t s = 0; s < m->n_strata; s++)
		l->stratum_ln_d[s] = log((double)g.incidences[s]);
	for (size_t from = 0, to; from < bag->n; from = to) {
		for (to = from; to < bag->n && uses[to].token == uses[from].token; to++)
			;
		cells_of_token(m, ref, layer, l, &g, uses + from, to - from, use_cell + from);
	}
	fill_nodes(m, l, uses, use_cell, bag->n);
	for (uint32_t t = 0; t < l->n_tokens; t++) {
		uint32_t at = map_get(&bag->text_of, l->token_hash[t]);

		l->token_text[t] = at == MAP_NONE ? NULL : bag->texts[at];
	}
	return COORD_OK;
}

enum coord_err
model_tokens(struct model *m, const struct reference *ref, struct coord_error *err)
{
	struct token_bags bags;
	enum coord_err rc = COORD_OK;

	TRY(tokens_collect(m, ref, &bags, err));
	for (enum layer layer = 0; rc == COORD_OK && layer < LAYER_COUNT; layer++) {
		struct arena_mark mark = arena_mark(model_scratch(m));

		rc = build_layer(m, ref, layer, &bags.layer[layer], err);
		if (m->scratch != NULL)
			arena_rewind(m->scratch, mark);
		free(bags.layer[layer]
			 .uses); /* the largest arrays of the batch: not longer than needed */
		bags.layer[layer].uses = NULL;
	}
	tokens_release(&bags);
	return rc;
}
