/* sparse.h - private to baseline/: who carries which token how often, as compressed rows; TF-IDF; similarities. */
#ifndef COORD_EVALUATE_BASELINE_SPARSE_H
#define COORD_EVALUATE_BASELINE_SPARSE_H

#include "evaluate/baseline/sources.h"

/** Rows sorted by column, no column twice. */
struct sparse {
	uint32_t n, width;
	uint32_t *start; /* n + 1 */
	uint32_t *column;
	double *value;
};

/** (row, token) pairs as they are met. */
struct sparse_bag {
	struct arena *arena;
	struct sort_pair *pairs; /* key: token hash, value: row */
	size_t n, cap;
	bool full;
};

void sparse_bag_add(struct sparse_bag *bag, uint32_t row, uint64_t token);
/** The kinds of items that say what a source did. */
bool sparse_is_trace(const struct session_item *item);
/** An item as one token, kind and both strings. */
uint64_t sparse_item_token(const struct session_table *table, const struct session_item *item);
/** Counts: columns are numbered by token hash, ascending. */
MUST_CHECK enum coord_err sparse_of_bag(
    struct sparse_bag *bag, uint32_t n_rows, struct sparse *ret, struct coord_error *err);
MUST_CHECK enum coord_err sparse_transpose(
    const struct sparse *m, struct arena *arena, struct sparse *ret, struct coord_error *err);
/** Counts become tf * idf, rows of length 1, as scikit-learn's TfidfVectorizer does by default: idf = ln((1 + n) / (1 + df))
 *  + 1 with n the rows that are not empty. Empty rows stay. */
MUST_CHECK enum coord_err sparse_tfidf(
    struct sparse *m, struct arena *arena, struct coord_error *err);
static inline bool
sparse_is_empty(const struct sparse *m, uint32_t row)
{
	return m->start[row] == m->start[row + 1];
}
/** Dot products of row `row` with every row that shares a column, itself included: score[j] for each j in near[], ascending.
 *  score must be all 0 before and is to be cleared for near[] by the caller. Returns how many. */
uint32_t sparse_near(const struct sparse *rows, const struct sparse *columns, uint32_t row,
    double *score, uint32_t *near);
/** Mean dot product of all pairs inside each group, self pairs included: for rows of length 1 between 0 and 1. */
MUST_CHECK enum coord_err sparse_cohesion(const struct sparse *m, const uint32_t *label,
    uint32_t n_groups, struct arena *arena, double *ret, struct coord_error *err);

#endif
