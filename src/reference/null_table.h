/* null_table.h - what whole null worlds hold, made once and looked up: the best cluster score of every size class in
 * every world, for batches of several sizes (methods.md section 11: null worlds of large batches cost hours).
 *
 * A little-endian file: header, then the batch sizes ascending, then one row of scores a world. Mapped as it is; all of it
 * is checked once. It names the snapshot that its worlds were made with, and its own SHA-256 names it in results. */
#ifndef COORD_REFERENCE_NULL_TABLE_H
#define COORD_REFERENCE_NULL_TABLE_H

#include "base/base.h"

enum { NULL_TABLE_VERSION = 1, NULL_TABLE_CLASSES = 12, NULL_TABLE_SIZES_MOST = 16 };

/** The worlds of one batch size. */
struct null_table_size {
	uint64_t nodes;        /* of the batch they were made from; ascending */
	uint64_t from, worlds; /* rows of scores */
};

/** By cluster size class (3-4, 5-8, ...): the best score of a world; -1: it holds no such cluster. */
struct null_table_row {
	double best[NULL_TABLE_CLASSES];
};

struct null_table_content {
	const struct null_table_size *sizes;
	const struct null_table_row *rows;
	uint64_t n_sizes, n_rows;
	double fdr; /* e-BH level of the edges */
	uint8_t reference_sha256[32], input_sha256[32];
};

struct null_table;

/** As reference_write, reference_open, reference_from_memory. */
MUST_CHECK enum coord_err null_table_write(
    const struct null_table_content *content, const char *path, struct coord_error *err);
MUST_CHECK enum coord_err null_table_open(
    const char *path, struct null_table **ret, struct coord_error *err);
MUST_CHECK enum coord_err null_table_from_memory(
    const void *data, size_t len, struct null_table **ret, struct coord_error *err);
void null_table_close(struct null_table *table);

/** Lower-case hex SHA-256 of its content, and of the reference it was made with. */
const char *null_table_hash(const struct null_table *table);
const char *null_table_reference(const struct null_table *table);
const struct null_table_content *null_table_content_of(const struct null_table *table);
/** The sizes on both sides of a batch of `nodes` (the same twice when it is one of them). False: the table does not reach
 *  that far. */
bool null_table_around(const struct null_table *table, uint64_t nodes,
    const struct null_table_size **below, const struct null_table_size **above);

#endif
