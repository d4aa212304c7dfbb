/* null_copy.h - private to decoordinate.c and trades.c: a real session table on its way to a null copy. */
#ifndef COORD_GENERATE_NULL_COPY_H
#define COORD_GENERATE_NULL_COPY_H

#include "generate/world.h"

enum null_stage {
	STAGE_NULL_TIME = 0x4e000001,
	STAGE_NULL_TOKEN,
	STAGE_NULL_ADDRESS,
	STAGE_NULL_PAIR
};

struct visit {
	int64_t start_us, moved_us;
	uint32_t node;
};

/** A class of tokens: which nodes carry which, rows sorted; `to` is what each token becomes for its node. */
struct holdings {
	uint32_t *start; /* n_nodes + 1 */
	uint32_t *token, *to;
	uint32_t n_tokens;
	uint32_t *a, *b; /* string ids of each token */
};

struct null_copy {
	const struct session_table *t;
	struct arena *arena;
	uint64_t seed;
	uint32_t n_nodes, n_sources, n_visits;
	uint32_t *node_of, *visit_of;        /* by row */
	uint32_t *token_of;                  /* by item: its number within its kind */
	uint32_t *source_of, *stratum_of;    /* by node */
	uint32_t *first_row;                 /* by source: where its address is read */
	uint32_t *source_stratum, *lives_at; /* by source; lives_at: whose address it gets */
	struct visit *visits;
	struct holdings held[ITEM_KIND_COUNT];
};

/** The number of `key` in the order of first sight; UINT32_MAX: no memory. */
uint32_t null_number_of(struct map *map, uint64_t key, uint32_t *count);
/** Trades the tokens of one kind between nodes of a stratum and fills held[kind]. False: no memory. */
bool null_trade_tokens(struct null_copy *c, enum session_item_kind kind);

#endif
