/* tokens.h - collecting the weak tokens of all nodes before they become cells (private to detect/). */
#ifndef COORD_DETECT_TOKENS_H
#define COORD_DETECT_TOKENS_H

#include "detect/model/model.h"

/** Raw incidences of one layer, as collected: sorted and made distinct by tokens_distinct. */
struct token_bag {
	struct token_use {
		uint64_t hash;
		uint32_t node;
	} * uses;
	size_t n, cap;
	struct map text_of; /* hash -> index into texts */
	const char **texts;
	uint32_t n_texts, cap_texts;
};

struct token_bags {
	struct token_bag layer[LAYER_COUNT];
	bool full; /* an allocation failed */
};

/** Walks every session of every node and fills the bags. `keep_text`: remember a text per token. */
MUST_CHECK enum coord_err tokens_collect(const struct model *m, const struct reference *ref,
    struct token_bags *ret, struct coord_error *err);
/** Sorts uses by (node, hash), drops repeats, keeps NODE_TOKENS_MOST smallest hashes a node. */
void tokens_distinct(struct token_bag *bag);
void tokens_release(struct token_bags *bags);

#endif
