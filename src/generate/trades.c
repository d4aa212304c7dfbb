/* trades.c - tokens change hands by curveball trades (Strona et al. 2014): two nodes pool what only one of them has and
 * deal it out again. Every node keeps its number of tokens, every token its number of nodes, and which tokens go
 * together is chance. */
#include "generate/null_copy.h"

#include <stdlib.h>

enum { TRADES_EACH = 10 };

uint32_t
null_number_of(struct map *map, uint64_t key, uint32_t *count)
{
	uint32_t *slot = map_slot(map, key);

	if (slot == NULL)
		return UINT32_MAX;
	if (*slot == MAP_NONE)
		*slot = (*count)++;
	return *slot;
}

/* The distinct tokens of one kind that each node carries. */
static bool
collect_holdings(struct null_copy *c, enum session_item_kind kind)
{
	const struct session_table *t = c->t;
	struct holdings *h = &c->held[kind];
	struct map numbers = MAP_INIT;
	struct sort_pair *pairs = ARENA_ARRAY_RAW(c->arena, t->n_items, struct sort_pair);
	struct sort_pair *scratch = ARENA_ARRAY_RAW(c->arena, t->n_items, struct sort_pair);
	uint32_t n = 0, kept = 0;

	h->a = ARENA_ARRAY_RAW(c->arena, t->n_items, uint32_t);
	h->b = ARENA_ARRAY_RAW(c->arena, t->n_items, uint32_t);
	h->start = ARENA_ARRAY(c->arena, (size_t)c->n_nodes + 1, uint32_t);
	h->token = ARENA_ARRAY_RAW(c->arena, t->n_items, uint32_t);
	h->to = ARENA_ARRAY_RAW(c->arena, t->n_items, uint32_t);
	if (pairs == NULL || scratch == NULL || h->a == NULL || h->b == NULL || h->start == NULL ||
	    h->token == NULL || h->to == NULL)
		return false;
	for (uint32_t row = 0; row < t->n; row++) {
		for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
			const struct session_item *item = &t->items[i];
			uint32_t token;

			if (item->kind != kind)
				continue;
			token = null_number_of(
			    &numbers, (uint64_t)item->a << 32 | item->b, &h->n_tokens);
			if (token == UINT32_MAX) {
				map_clear(&numbers);
				return false;
			}
			c->token_of[i] = token;
			h->a[token] = item->a;
			h->b[token] = item->b;
			pairs[n++] =
			    (struct sort_pair){ (uint64_t)c->node_of[row] << 32 | token, 0 };
		}
	}
	map_clear(&numbers);
	sort_pairs(pairs, n, scratch);
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0 && pairs[i].key == pairs[i - 1].key)
			continue;
		h->start[(pairs[i].key >> 32) + 1]++;
		h->to[kept] = (uint32_t)pairs[i].key;
		h->token[kept++] = (uint32_t)pairs[i].key;
	}
	for (uint32_t node = 0; node < c->n_nodes; node++)
		h->start[node + 1] += h->start[node];
	return true;
}

static int
u32_cmp(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return (a > b) - (a < b);
}

/* One curveball trade: what only one of the two nodes has is pooled and dealt out again. to[] rows are sorted. */
static void
trade(struct holdings *h, uint32_t i, uint32_t j, uint32_t *pool, struct rng *rng)
{
	uint32_t *x = h->to + h->start[i], *y = h->to + h->start[j];
	uint32_t nx = h->start[i + 1] - h->start[i], ny = h->start[j + 1] - h->start[j];
	uint32_t a = 0, b = 0, shared = 0, n = 0, only_x;

	/* common tokens go to the front of both rows; the pool takes the others */
	while (a < nx || b < ny) {
		if (a < nx && b < ny && x[a] == y[b]) {
			x[shared] = y[shared] = x[a];
			shared++;
			a++;
			b++;
		} else if (b == ny || (a < nx && x[a] < y[b])) {
			pool[n++] = x[a++];
		} else {
			pool[n++] = y[b++];
		}
	}
	for (uint32_t k = n; k > 1; k--) {
		uint32_t r = rng_below(rng, k), kept = pool[k - 1];

		pool[k - 1] = pool[r];
		pool[r] = kept;
	}
	only_x = nx - shared;
	if (n > 0) {
		memcpy(x + shared, pool, only_x * sizeof(*pool));
		memcpy(y + shared, pool + only_x, (n - only_x) * sizeof(*pool));
	}
	qsort(x, nx, sizeof(*x), u32_cmp);
	qsort(y, ny, sizeof(*y), u32_cmp);
}

/* After the trades: what a node kept stays in place, what it gave away becomes, at random, what it got. */
static void
pair_up(struct null_copy *c, struct holdings *h, uint32_t node, uint32_t *pool)
{
	uint32_t *token = h->token + h->start[node], *to = h->to + h->start[node];
	uint32_t n = h->start[node + 1] - h->start[node], gained = 0, a = 0;
	struct rng rng = rng_at(c->seed, STAGE_NULL_PAIR, 0, node);

	for (uint32_t b = 0; b < n; b++) {
		while (a < n && token[a] < to[b])
			a++;
		if (a == n || token[a] != to[b])
			pool[gained++] = to[b];
	}
	/* pool: gained. A token not in the sorted to[] was given away. */
	for (uint32_t i = 0, b = 0, left = gained; i < n; i++) {
		uint32_t *into =
		    pool + gained + i; /* the row's new content is built behind the pool */
		uint32_t pick;

		while (b < n && to[b] < token[i])
			b++;
		if (b < n && to[b] == token[i]) {
			*into = token[i];
			continue;
		}
		pick = rng_below(&rng, left);
		*into = pool[pick];
		pool[pick] = pool[--left];
	}
	memcpy(to, pool + gained, n * sizeof(*to));
}

bool
null_trade_tokens(struct null_copy *c, enum session_item_kind kind)
{
	struct holdings *h = &c->held[kind];
	struct sort_pair *order = ARENA_ARRAY_RAW(c->arena, c->n_nodes, struct sort_pair);
	struct sort_pair *scratch = ARENA_ARRAY_RAW(c->arena, c->n_nodes, struct sort_pair);
	uint32_t *pool;
	uint32_t n = 0;

	if (!collect_holdings(c, kind))
		return false;
	pool = ARENA_ARRAY_RAW(c->arena, 2 * (size_t)h->start[c->n_nodes] + 1, uint32_t);
	if (order == NULL || scratch == NULL || pool == NULL)
		return false;
	for (uint32_t node = 0; node < c->n_nodes; node++) {
		if (h->start[node + 1] > h->start[node])
			order[n++] = (struct sort_pair){ c->stratum_of[node], node };
	}
	sort_pairs(order, n, scratch);
	for (uint32_t first = 0, i = 1; i <= n; i++) {
		struct rng rng;
		uint32_t size = i - first;

		if (i < n && order[i].key == order[first].key)
			continue;
		rng = rng_at(c->seed, STAGE_NULL_TOKEN, kind, (uint32_t)order[first].key);
		for (uint32_t k = 0; size > 1 && k < TRADES_EACH * size; k++) {
			uint32_t x = rng_below(&rng, size), y = rng_below(&rng, size - 1);

			y += y >= x;
			trade(h, order[first + x].value, order[first + y].value, pool, &rng);
		}
		first = i;
	}
	for (uint32_t node = 0; node < c->n_nodes; node++)
		pair_up(c, h, node, pool);
	return true;
}
