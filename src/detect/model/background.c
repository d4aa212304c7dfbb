/* background.c - making a reference snapshot from a session table (methods.md section 6).
 *
 * Populations are the tool families with STRATUM_LEAST nodes or more, each service, and all. Linkage pruning: tokens of
 * one layer whose node sets have Jaccard > 0.5 and at least five nodes always come in company (a public wordlist, a copied
 * script); they become one block that counts once. Candidates come from MinHash over the posting lists (32 values, 16
 * bands of 2: 0.99 of pairs at Jaccard 0.5), and each is checked exactly. Never done on a batch under test: a campaign's
 * own list would disappear. */
#include <stdlib.h>

#include "detect/model/model.h"
#include "reference/reference.h"

enum { LINK_NODES_LEAST = 5, MIN_HASHES = 32, BANDS = 16, PROFILE_ONE_OF = 3 };

struct posting {
	uint32_t from, n;
};

struct builder {
	struct model m;
	struct arena *arena;
	/* strata of the snapshot */
	struct reference_stratum *strata;
	uint64_t n_strata;
	uint32_t (*node_strata)[3]; /* tool family (or MAP_NONE), service, all */
	struct reference_token *tokens;
	uint64_t n_tokens;
	struct reference_link *links;
	uint64_t n_links;
};

static uint64_t
source_hash(const struct model *m, uint32_t node)
{
	const struct addr *a = &m->source_addr[m->node_source[node]];

	return hash_content((struct sv){ (const char *)a->bytes, sizeof(a->bytes) });
}

/* Which tokens are linked is learnt from two thirds of the sources, and profiles are those of the others. A batch meets
 * links that were not learnt from it, so must the nodes that its null worlds are made of, or they share less than it. */
static bool
teaches_links(const struct model *m, uint32_t node)
{
	return source_hash(m, node) % PROFILE_ONE_OF != 0;
}

/* Posting lists of a layer over the nodes that teach links: nodes ascending, by token. */
static enum coord_err
layer_postings(const struct model *m, enum layer layer, struct arena *scratch,
    struct posting **ret_posting, uint32_t **ret_nodes, struct coord_error *err)
{
	const struct layer_tokens *l = &m->layers[layer];
	struct posting *p = ARENA_ARRAY(scratch, l->n_tokens, struct posting);
	uint32_t *nodes = ARENA_ARRAY_RAW(scratch, l->start[m->n_nodes], uint32_t);
	uint32_t at = 0;

	if (p == NULL || nodes == NULL)
		return model_full(err);
	for (uint32_t t = 0; t < l->n_tokens; t++) {
		p[t].from = at;
		at += l->token_nodes[t];
	}
	for (uint32_t i = 0; i < m->n_nodes; i++)
		for (uint32_t c = l->start[i]; teaches_links(m, i) && c < l->start[i + 1]; c++) {
			uint32_t t = l->cell_token[l->cell[c]];

			nodes[p[t].from + p[t].n++] = i;
		}
	*ret_posting = p;
	*ret_nodes = nodes;
	return COORD_OK;
}

static uint32_t
root_of(uint32_t *parent, uint32_t t)
{
	while (parent[t] != t) {
		parent[t] = parent[parent[t]];
		t = parent[t];
	}
	return t;
}

static bool
always_together(const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b)
{
	uint32_t both = sorted_common(a, n_a, b, n_b);

	return 2 * both > n_a + n_b - both;
}

/* Tokens with the same pair of minima in a band are compared with the first of their bucket and with the one before. */
static void
link_band(const struct posting *p, const uint32_t *nodes, const struct sort_pair *bucket, size_t n,
    uint32_t *parent)
{
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && bucket[to].key == bucket[from].key; to++) {
			uint32_t t = bucket[to].value;
			uint32_t others[2] = { bucket[from].value, bucket[to - 1].value };

			for (size_t k = 0; k < 2; k++) {
				uint32_t a = root_of(parent, t), b = root_of(parent, others[k]);

				if (a == b || !always_together(nodes + p[t].from, p[t].n,
						  nodes + p[others[k]].from, p[others[k]].n))
					continue;
				parent[a > b ? a : b] = a > b ? b : a;
			}
		}
	}
}

static enum coord_err
link_layer(struct builder *b, enum layer layer, struct arena *scratch, uint32_t **ret_parent,
    struct coord_error *err)
{
	const struct layer_tokens *l = &b->m.layers[layer];
	struct posting *p;
	uint32_t *nodes, *parent = ARENA_ARRAY_RAW(b->arena, l->n_tokens, uint32_t);
	struct sort_pair *bucket = ARENA_ARRAY_RAW(scratch, l->n_tokens, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, l->n_tokens, struct sort_pair);

	if (parent == NULL || bucket == NULL || spare == NULL)
		return model_full(err);
	TRY(layer_postings(&b->m, layer, scratch, &p, &nodes, err));
	for (uint32_t t = 0; t < l->n_tokens; t++)
		parent[t] = t;
	for (uint32_t band = 0; band < BANDS; band++) {
		size_t n = 0;

		for (uint32_t t = 0; t < l->n_tokens; t++) {
			uint64_t least[2] = { UINT64_MAX, UINT64_MAX };

			if (p[t].n < LINK_NODES_LEAST)
				continue;
			for (uint32_t i = 0; i < p[t].n; i++)
				for (uint32_t k = 0; k < 2; k++) {
					uint64_t h =
					    hash_mix(2 * band + k + 1, nodes[p[t].from + i]);

					least[k] = h < least[k] ? h : least[k];
				}
			bucket[n++] = (struct sort_pair){ hash_mix(least[0], least[1]), t };
		}
		sort_pairs(bucket, n, spare);
		link_band(p, nodes, bucket, n, parent);
	}
	*ret_parent = parent;
	return COORD_OK;
}

static int
link_order(const void *a, const void *b)
{
	const struct reference_link *x = a, *y = b;

	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	return (x->token > y->token) - (x->token < y->token);
}

/* Blocks of all layers: a block goes by its smallest token, which is the root. */
static enum coord_err
link_tokens(struct builder *b, uint32_t *parent[LAYER_COUNT], struct coord_error *err)
{
	uint64_t total = 0;

	for (enum layer layer = 0; layer < LAYER_COUNT; layer++) {
		struct arena *scratch = arena_new(0);
		enum coord_err rc = scratch == NULL
					? model_full(err)
					: link_layer(b, layer, scratch, &parent[layer], err);

		arena_free(scratch);
		TRY(rc);
		total += b->m.layers[layer].n_tokens;
	}
	if ((b->links = ARENA_ARRAY_RAW(b->arena, total, struct reference_link)) == NULL)
		return model_full(err);
	for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
		for (uint32_t t = 0; t < b->m.layers[layer].n_tokens; t++) {
			uint32_t root = root_of(parent[layer], t);

			if (root != t)
				b->links[b->n_links++] = (struct reference_link){ (uint64_t)layer,
					b->m.layers[layer].token_hash[t],
					b->m.layers[layer].token_hash[root] };
		}
	if (b->n_links > 0)
		qsort(b->links, b->n_links, sizeof(*b->links), link_order);
	return COORD_OK;
}

static void
set_name(struct reference_stratum *s, const char *service, const char *tool)
{
	size_t at = 0;

	for (const char *part = service; *part != 0 && at + 1 < sizeof(s->name); part++)
		s->name[at++] = *part;
	if (*tool != 0 && at + 2 < sizeof(s->name))
		s->name[at++] = ' ';
	for (const char *part = tool; *part != 0 && at + 1 < sizeof(s->name); part++)
		s->name[at++] = *part >= 0x20 && *part <= 0x7e ? *part : '?';
}

static uint32_t
stratum_index(
    struct builder *b, struct map *index, uint64_t key, const char *service, const char *tool)
{
	uint32_t *slot = map_slot(index, key);

	if (slot == NULL)
		return MAP_NONE;
	if (*slot == MAP_NONE) {
		*slot = (uint32_t)b->n_strata;
		b->strata[b->n_strata] = (struct reference_stratum){ .key = key };
		set_name(&b->strata[b->n_strata++], service, tool);
	}
	b->strata[*slot].nodes++;
	return *slot;
}

static int
stratum_order(const void *a, const void *b)
{
	const struct reference_stratum *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* Populations in order of key, and which three each node belongs to. */
static enum coord_err
find_populations(struct builder *b, struct coord_error *err)
{
	const struct model *m = &b->m;
	struct map index = MAP_INIT, family = MAP_INIT;
	uint64_t all = reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE);
	bool ok = true;

	b->strata =
	    ARENA_ARRAY(b->arena, (size_t)m->n_nodes + SERVICE_COUNT + 1, struct reference_stratum);
	b->node_strata = arena_array_raw(b->arena, m->n_nodes, sizeof(*b->node_strata));
	if (b->strata == NULL || b->node_strata == NULL)
		return model_full(err);
	for (uint32_t i = 0; ok && i < m->n_nodes; i++) {
		uint32_t *slot = map_slot(
		    &family, reference_stratum_key(m->node_service[i], sv_from(m->node_tool[i])));

		ok = slot != NULL;
		if (ok)
			*slot = *slot == MAP_NONE ? 1 : *slot + 1;
	}
	for (uint32_t i = 0; ok && i < m->n_nodes; i++) {
		uint64_t tool = reference_stratum_key(m->node_service[i], sv_from(m->node_tool[i]));
		uint64_t service = reference_stratum_key(m->node_service[i], SV_NONE);
		const char *name = session_service_name((enum session_service)m->node_service[i]);

		b->node_strata[i][0] =
		    m->node_tool[i][0] == 0 || map_get(&family, tool) < STRATUM_LEAST
			? MAP_NONE
			: stratum_index(b, &index, tool, name, m->node_tool[i]);
		b->node_strata[i][1] = stratum_index(b, &index, service, name, "");
		b->node_strata[i][2] = stratum_index(b, &index, all, "all services", "");
	}
	map_clear(&family);
	if (ok) {
		qsort(b->strata, b->n_strata, sizeof(*b->strata), stratum_order);
		/* the sort moved them: number anew by key */
		for (uint64_t s = 0; s < b->n_strata && ok; s++) {
			uint32_t *slot = map_slot(&index, b->strata[s].key);

			ok = slot != NULL;
			if (ok)
				*slot = (uint32_t)s;
		}
		for (uint32_t i = 0; i < m->n_nodes; i++) {
			uint64_t tool =
			    reference_stratum_key(m->node_service[i], sv_from(m->node_tool[i]));

			if (b->node_strata[i][0] != MAP_NONE)
				b->node_strata[i][0] = map_get(&index, tool);
			b->node_strata[i][1] =
			    map_get(&index, reference_stratum_key(m->node_service[i], SV_NONE));
			b->node_strata[i][2] = map_get(&index, all);
		}
	}
	map_clear(&index);
	return ok ? COORD_OK : model_full(err);
}

struct counted {
	uint64_t hash;
	uint32_t stratum;
};

static int
counted_order(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	if (x->stratum != y->stratum)
		return x->stratum < y->stratum ? -1 : 1;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

static int
u64_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* A node's distinct tokens of a layer with linked ones read as their block. */
static uint32_t
node_blocks(struct builder *b, enum layer layer, uint32_t *parent, uint32_t node, uint64_t *ret)
{
	const struct layer_tokens *l = &b->m.layers[layer];
	uint32_t n = 0, kept = 0;

	for (uint32_t c = l->start[node]; c < l->start[node + 1]; c++)
		ret[n++] = l->token_hash[root_of(parent, l->cell_token[l->cell[c]])];
	if (n > 0)
		qsort(ret, n, sizeof(*ret), u64_order);
	for (uint32_t i = 0; i < n; i++)
		if (kept == 0 || ret[i] != ret[kept - 1])
			ret[kept++] = ret[i];
	return kept;
}

static enum coord_err
count_layer(struct builder *b, enum layer layer, uint32_t *parent, struct coord_error *err)
{
	const struct model *m = &b->m;
	size_t cap = (size_t)m->layers[layer].start[m->n_nodes] * 3, n = 0;
	struct counted *all = malloc((cap + 1) * sizeof(*all));
	uint64_t blocks[NODE_TOKENS_MOST];

	if (all == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < m->n_nodes; i++) {
		uint32_t n_blocks = node_blocks(b, layer, parent, i, blocks);

		for (unsigned k = 0; k < 3; k++)
			for (uint32_t t = 0; b->node_strata[i][k] != MAP_NONE && t < n_blocks; t++)
				all[n++] = (struct counted){ blocks[t], b->node_strata[i][k] };
	}
	qsort(all, n, sizeof(*all), counted_order);
	for (size_t from = 0, to; from < n; from = to) {
		struct reference_stratum *s = &b->strata[all[from].stratum];

		for (to = from; to < n && counted_order(&all[to], &all[from]) == 0; to++)
			;
		if (s->token_n[layer]++ == 0)
			s->token_from[layer] = b->n_tokens;
		s->incidences[layer] += to - from;
		b->tokens[b->n_tokens++] = (struct reference_token){ all[from].hash, to - from };
	}
	free(all);
	return COORD_OK;
}

static enum coord_err
count_tokens(struct builder *b, uint32_t *parent[LAYER_COUNT], struct coord_error *err)
{
	uint64_t most = 0;

	for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
		most += (uint64_t)b->m.layers[layer].start[b->m.n_nodes] * 3;
	if ((b->tokens = ARENA_ARRAY_RAW(b->arena, most, struct reference_token)) == NULL)
		return model_full(err);
	for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
		TRY(count_layer(b, layer, parent[layer], err));
	return COORD_OK;
}

/* Visit times and sources of every population, in its order. */
static enum coord_err
list_visits(struct builder *b, int64_t **ret, uint64_t *ret_n, struct coord_error *err)
{
	const struct model *m = &b->m;
	int64_t *all = ARENA_ARRAY_RAW(b->arena, 3 * (size_t)m->n_visits, int64_t);
	uint64_t n = 0;

	if (all == NULL)
		return model_full(err);
	for (uint64_t s = 0; s < b->n_strata; s++) {
		b->strata[s].visit_from = n;
		for (uint32_t i = 0; i < m->n_visits; i++) {
			uint32_t v = m->visit_order[i];
			const uint32_t *in = b->node_strata[m->visits[v].node];

			if (!m->visit_masked[v] && (in[0] == s || in[1] == s || in[2] == s))
				all[n++] = m->visits[v].start_us;
		}
		b->strata[s].visit_n = n - b->strata[s].visit_from;
	}
	*ret = all;
	*ret_n = n;
	return COORD_OK;
}

static enum coord_err
list_sources(struct builder *b, struct addr **ret, uint64_t *ret_n, struct coord_error *err)
{
	const struct model *m = &b->m;
	struct addr *all = ARENA_ARRAY_RAW(b->arena, 3 * (size_t)m->n_nodes, struct addr);
	uint32_t *stamp = ARENA_ARRAY(b->arena, m->n_sources, uint32_t);
	uint64_t n = 0;

	if (all == NULL || stamp == NULL)
		return model_full(err);
	for (uint64_t s = 0; s < b->n_strata; s++) {
		b->strata[s].source_from = n;
		for (uint32_t i = 0; i < m->n_nodes; i++) {
			const uint32_t *in = b->node_strata[i];

			if (in[0] == s || in[1] == s || in[2] == s)
				stamp[m->node_source[i]] = (uint32_t)s + 1;
		}
		for (uint32_t i = 0; i < m->n_sources; i++)
			if (stamp[i] == s + 1)
				all[n++] = m->source_addr[i];
		b->strata[s].source_n = n - b->strata[s].source_from;
	}
	*ret = all;
	*ret_n = n;
	return COORD_OK;
}

/* The profiles that are kept when there are too many: those of the smallest hashes, a sample that nobody chose. */
static uint32_t
choose_profiles(const struct model *m, struct sort_pair *nodes, struct sort_pair *spare)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n_nodes; i++)
		if (!teaches_links(m, i))
			nodes[n++] =
			    (struct sort_pair){ hash_mix(source_hash(m, i), m->node_service[i]),
				    i };
	sort_pairs(nodes, n, spare);
	return n < REFERENCE_PROFILES_MOST ? n : REFERENCE_PROFILES_MOST;
}

static uint32_t
token_index(const struct reference_token *tokens, uint64_t n, uint64_t hash)
{
	uint64_t low = 0, high = n;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (tokens[mid].hash < hash)
			low = mid + 1;
		else
			high = mid;
	}
	return (uint32_t)low; /* every token of a node is one of all services */
}

static void
fill_profile(struct builder *b, uint32_t *parent[LAYER_COUNT], uint32_t node,
    struct reference_profile *p, uint32_t *tokens)
{
	const struct reference_stratum *all = &b->strata[b->node_strata[node][2]];
	const struct model *m = &b->m;
	uint64_t blocks[NODE_TOKENS_MOST];
	uint32_t n = 0;

	p->family = reference_stratum_key(m->node_service[node], sv_from(m->node_tool[node]));
	p->service = reference_stratum_key(m->node_service[node], SV_NONE);
	for (enum layer l = 0; l < LAYER_COUNT; l++) {
		p->token_n[l] = node_blocks(b, l, parent[l], node, blocks);
		for (uint32_t i = 0; i < p->token_n[l]; i++)
			tokens[n++] =
			    token_index(b->tokens + all->token_from[l], all->token_n[l], blocks[i]);
	}
}

/* What nodes carried as a whole: null worlds draw from these how independent actors copy. */
static enum coord_err
list_profiles(struct builder *b, uint32_t *parent[LAYER_COUNT], struct reference_content *c,
    struct coord_error *err)
{
	const struct model *m = &b->m;
	struct sort_pair *nodes = ARENA_ARRAY_RAW(b->arena, m->n_nodes, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(b->arena, m->n_nodes, struct sort_pair);
	struct reference_profile *profiles;
	uint32_t *tokens, n;
	uint64_t most = 0;

	if (nodes == NULL || spare == NULL)
		return model_full(err);
	n = choose_profiles(m, nodes, spare);
	for (uint32_t i = 0; i < n; i++)
		for (enum layer l = 0; l < LAYER_COUNT; l++)
			most += model_degree(m, l, nodes[i].value);
	profiles = ARENA_ARRAY(b->arena, n, struct reference_profile);
	tokens = ARENA_ARRAY_RAW(b->arena, most, uint32_t);
	if (profiles == NULL || tokens == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < n; i++) {
		profiles[i].token_from = c->n_profile_tokens;
		fill_profile(b, parent, nodes[i].value, &profiles[i], tokens + c->n_profile_tokens);
		for (enum layer l = 0; l < LAYER_COUNT; l++)
			c->n_profile_tokens += profiles[i].token_n[l];
	}
	c->profiles = profiles;
	c->profile_tokens = tokens;
	c->n_profiles = n;
	return COORD_OK;
}

static enum coord_err
build_and_write(
    struct builder *b, const struct session_table *table, const char *path, struct coord_error *err)
{
	uint32_t *parent[LAYER_COUNT];
	struct reference_content c = { .sessions = table->n, .first_us = table->start_us[0] };
	int64_t *visits;
	struct addr *sources;

	TRY(model_build(table, NULL, b->arena, &b->m, err));
	TRY(link_tokens(b, parent, err));
	TRY(find_populations(b, err));
	TRY(count_tokens(b, parent, err));
	TRY(list_visits(b, &visits, &c.n_visits, err));
	TRY(list_sources(b, &sources, &c.n_sources, err));
	TRY(list_profiles(b, parent, &c, err));
	c.last_us = table->start_us[table->n - 1];
	c.strata = b->strata;
	c.n_strata = b->n_strata;
	c.tokens = b->tokens;
	c.n_tokens = b->n_tokens;
	c.links = b->links;
	c.n_links = b->n_links;
	c.visits = visits;
	c.sources = sources;
	memcpy(c.input_sha256, table->input_sha256, sizeof(c.input_sha256));
	return reference_write(&c, path, err);
}

enum coord_err
detect_reference_build(const struct session_table *table, const char *path, struct coord_error *err)
{
	struct builder b = { .arena = arena_new(0) };
	enum coord_err rc;

	_Static_assert(
	    (int)LAYER_COUNT == (int)REFERENCE_LAYERS, "the snapshot has one column a layer");
	if (b.arena == NULL)
		return model_full(err);
	rc = table->n == 0
		 ? error_set(err, COORD_ENODATA, "reference: no sessions to build it from")
		 : build_and_write(&b, table, path, err);
	arena_free(b.arena);
	return rc;
}
