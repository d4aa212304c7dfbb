/* trades.c - tokens change hands by curveball trades (base/curveball.h) between the nodes of a stratum. */
#include "generate/null_copy.h"

#include "base/curveball.h"

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

static void
trade(struct holdings *h, uint32_t i, uint32_t j, uint32_t *pool, bool *give, struct rng *rng)
{
	curveball_trade(h->to + h->start[i], h->start[i + 1] - h->start[i], h->to + h->start[j],
	    h->start[j + 1] - h->start[j], pool, give, rng);
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
	bool *give;
	uint32_t n = 0;

	if (!collect_holdings(c, kind))
		return false;
	pool = ARENA_ARRAY_RAW(c->arena, 2 * (size_t)h->start[c->n_nodes] + 1, uint32_t);
	give = ARENA_ARRAY_RAW(c->arena, (size_t)h->start[c->n_nodes] + 1, bool);
	if (order == NULL || scratch == NULL || pool == NULL || give == NULL)
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
			trade(h, order[first + x].value, order[first + y].value, pool, give, &rng);
		}
		first = i;
	}
	for (uint32_t node = 0; node < c->n_nodes; node++)
		pair_up(c, h, node, pool);
	return true;
}
