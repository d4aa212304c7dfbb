/* fuzz_null_table.c - any bytes as a null table: refused, or every row that a look-up gives lies inside. The size and the
 * SHA-256 are made right first, so that mutations reach the checks behind them. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reference/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { FILE_BYTES_AT = 16, SHA_AT = 24, HASHED_FROM = 56 };

static void
walk(const struct null_table *table)
{
	const struct null_table_content *c = null_table_content_of(table);
	const struct null_table_size *below, *above;

	assert(strlen(null_table_hash(table)) == 64 && strlen(null_table_reference(table)) == 64);
	for (uint64_t i = 0; i < c->n_sizes; i++) {
		assert(null_table_around(table, c->sizes[i].nodes, &below, &above));
		assert(below == above && above == &c->sizes[i]);
		assert(above->from + above->worlds <= c->n_rows);
		for (uint64_t r = 0; r < above->worlds; r++)
			assert(c->rows[above->from + r].best[0] >= -1);
	}
	assert(!null_table_around(table, 0, &below, &above));
}

static void
try_bytes(const void *data, size_t len)
{
	struct null_table *table = NULL;

	if (null_table_from_memory(data, len, &table, NULL) == COORD_OK)
		walk(table);
	null_table_close(table);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint32_t header[2] = { NULL_TABLE_VERSION, 144 };
	char *copy = calloc(1, len == 0 ? 1 : len); /* aligned to 16 */
	uint64_t bytes = len;
	uint8_t sha[32];

	if (copy == NULL)
		return 0;
	if (len > 0)
		memcpy(copy, data, len);
	try_bytes(copy, len);
	if (len >= HASHED_FROM) {
		memcpy(copy, "COORDNUL", 8);
		memcpy(copy + 8, header, sizeof(header));
		memcpy(copy + FILE_BYTES_AT, &bytes, sizeof(bytes));
		sha256_of(copy + HASHED_FROM, len - HASHED_FROM, sha);
		memcpy(copy + SHA_AT, sha, sizeof(sha));
		try_bytes(copy, len);
	}
	free(copy);
	return 0;
}
