/* null_table.c - see reference.h. */
#include "reference/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference/file.h"

struct null_table_header {
	char magic[8]; /* "COORDNUL" */
	uint32_t version;
	uint32_t header_bytes;
	uint64_t file_bytes;
	uint8_t sha256[32]; /* of all bytes behind this field */
	uint64_t n_sizes, n_rows;
	double fdr;
	uint8_t reference_sha256[32], input_sha256[32];
};

enum { HASHED_FROM = 56 }; /* offset of n_sizes */
_Static_assert(sizeof(struct null_table_header) == 144, "the header is part of the file format");
_Static_assert(sizeof(struct null_table_size) == 24, "the size is part of the file format");
_Static_assert(sizeof(struct null_table_row) == 96, "the row is part of the file format");

struct null_table {
	struct null_table_content content;
	char hash[65], reference[65];
	struct file_map map;
};

enum coord_err
null_table_write(const struct null_table_content *c, const char *path, struct coord_error *err)
{
	struct null_table_header h = { .magic = { 'C', 'O', 'O', 'R', 'D', 'N', 'U', 'L' },
		.version = NULL_TABLE_VERSION,
		.header_bytes = sizeof(h),
		.n_sizes = c->n_sizes,
		.n_rows = c->n_rows,
		.fdr = c->fdr };
	struct file_part parts[] = { { &h, sizeof(h) },
		{ c->sizes, c->n_sizes * sizeof(*c->sizes) },
		{ c->rows, c->n_rows * sizeof(*c->rows) } };

	memcpy(h.reference_sha256, c->reference_sha256, sizeof(h.reference_sha256));
	memcpy(h.input_sha256, c->input_sha256, sizeof(h.input_sha256));
	TRY(file_hash(parts, 3, HASHED_FROM, &h.file_bytes, h.sha256, err));
	return file_write(parts, 3, path, err);
}

static bool
rows_hold(const struct null_table_content *c)
{
	for (uint64_t i = 0; i < c->n_rows; i++)
		for (unsigned k = 0; k < NULL_TABLE_CLASSES; k++) {
			double best = c->rows[i].best[k];

			if (!isfinite(best) || (best < 0 && best != -1))
				return false;
		}
	return true;
}

static bool
sizes_hold(const struct null_table_content *c)
{
	uint64_t rows = 0;

	if (c->n_sizes == 0 || c->n_sizes > NULL_TABLE_SIZES_MOST)
		return false;
	for (uint64_t i = 0; i < c->n_sizes; i++) {
		const struct null_table_size *s = &c->sizes[i];

		if (s->nodes == 0 || (i > 0 && s[-1].nodes >= s->nodes) || s->from != rows ||
		    s->worlds == 0 || s->worlds > c->n_rows - rows)
			return false;
		rows += s->worlds;
	}
	return rows == c->n_rows;
}

static enum coord_err
check_header(
    const struct null_table_header *h, const void *data, size_t len, struct coord_error *err)
{
	uint8_t sha[32];

	if (len < sizeof(*h) || memcmp(h->magic, "COORDNUL", 8) != 0)
		return error_set(err, COORD_EPARSE,
		    "null table: this is none (make one with 'coord reference null-table')");
	if (h->version != NULL_TABLE_VERSION || h->header_bytes != sizeof(*h))
		return error_set(err, COORD_EPARSE,
		    "null table: format version %u, this program reads %d", h->version,
		    NULL_TABLE_VERSION);
	if (h->file_bytes != len)
		return error_set(err, COORD_EPARSE,
		    "null table: %zu bytes, the header says %llu: truncated?", len,
		    (unsigned long long)h->file_bytes);
	sha256_of((const char *)data + HASHED_FROM, len - HASHED_FROM, sha);
	if (memcmp(sha, h->sha256, sizeof(sha)) != 0)
		return error_set(err, COORD_EPARSE,
		    "null table: the content does not match its SHA-256: damaged");
	if (!(h->fdr > 0 && h->fdr < 1))
		return error_set(err, COORD_EPARSE, "null table: the level of its edges is none");
	return COORD_OK;
}

enum coord_err
null_table_from_memory(
    const void *data, size_t len, struct null_table **ret, struct coord_error *err)
{
	struct null_table_header h = { .version = 0 };
	const char *at = (const char *)data + sizeof(h);
	size_t left;
	struct null_table_content c = { .n_sizes = 0 };
	struct null_table *table;
	const void *part[2];

	if (len >= sizeof(h))
		memcpy(&h, data, sizeof(h));
	TRY(check_header(&h, data, len, err));
	left = len - sizeof(h);
	if (!file_take(&at, &left, h.n_sizes, sizeof(struct null_table_size), &part[0]) ||
	    !file_take(&at, &left, h.n_rows, sizeof(struct null_table_row), &part[1]) || left != 0)
		return error_set(
		    err, COORD_EPARSE, "null table: the sections do not fill the file");
	c = (struct null_table_content){ .sizes = part[0],
		.rows = part[1],
		.n_sizes = h.n_sizes,
		.n_rows = h.n_rows,
		.fdr = h.fdr };
	memcpy(c.reference_sha256, h.reference_sha256, sizeof(c.reference_sha256));
	memcpy(c.input_sha256, h.input_sha256, sizeof(c.input_sha256));
	if (!sizes_hold(&c) || !rows_hold(&c))
		return error_set(err, COORD_EPARSE, "null table: its worlds are inconsistent");
	if ((table = calloc(1, sizeof(*table))) == NULL)
		return error_set(err, COORD_ENOMEM, "null table: out of memory");
	table->content = c;
	hex_of(h.sha256, sizeof(h.sha256), table->hash);
	hex_of(h.reference_sha256, sizeof(h.reference_sha256), table->reference);
	*ret = table;
	return COORD_OK;
}

enum coord_err
null_table_open(const char *path, struct null_table **ret, struct coord_error *err)
{
	struct file_map map;
	enum coord_err rc;

	TRY(file_map(path, "null table", &map, err));
	rc = null_table_from_memory(map.data, map.bytes, ret, err);
	if (rc != COORD_OK) {
		file_unmap(&map);
		return rc;
	}
	(*ret)->map = map;
	return COORD_OK;
}

void
null_table_close(struct null_table *table)
{
	if (table == NULL)
		return;
	file_unmap(&table->map);
	free(table);
}

const char *
null_table_hash(const struct null_table *table)
{
	return table->hash;
}

const char *
null_table_reference(const struct null_table *table)
{
	return table->reference;
}

const struct null_table_content *
null_table_content_of(const struct null_table *table)
{
	return &table->content;
}

bool
null_table_around(const struct null_table *table, uint64_t nodes,
    const struct null_table_size **below, const struct null_table_size **above)
{
	const struct null_table_content *c = &table->content;
	uint64_t i = 0;

	while (i < c->n_sizes && c->sizes[i].nodes < nodes)
		i++;
	if (i == c->n_sizes || (i == 0 && c->sizes[0].nodes > nodes))
		return false;
	*above = &c->sizes[i];
	*below = c->sizes[i].nodes == nodes ? *above : &c->sizes[i - 1];
	return true;
}
