/* reference.h - the background: an immutable, hashed snapshot of what normal looks like (methods.md section 6).
 *
 * For every population (a tool family of a service with enough nodes, each service, and all together): how many nodes it
 * has, how many carry each token, its visit times, its sources; and which tokens are linked (always come together); and what
 * a sample of its nodes carried as a whole (profiles).
 * The file is little-endian, its sections are arrays in the layout below, and it is memory-mapped as it is; everything is
 * checked once when it is opened. Its SHA-256 names it in every result. docs/formats.md describes the layout. */
#ifndef COORD_REFERENCE_H
#define COORD_REFERENCE_H

#include "base/base.h"

enum {
	REFERENCE_VERSION = 2,
	REFERENCE_LAYERS = 4, /* credential, command, web, packet */
	REFERENCE_ALL_SERVICES = 255,
	REFERENCE_NAME_MAX = 64,
	REFERENCE_PROFILES_MOST = 20000,
	REFERENCE_PROFILE_TOKENS = 512, /* a layer, at most */
};

/** One population. Ranges are into the snapshot's arrays. */
struct reference_stratum {
	uint64_t key; /* reference_stratum_key; strata are ascending by it */
	uint64_t nodes;
	uint64_t incidences[REFERENCE_LAYERS]; /* token x node pairs */
	uint64_t token_from[REFERENCE_LAYERS], token_n[REFERENCE_LAYERS];
	uint64_t visit_from, visit_n;
	uint64_t source_from, source_n;
	char name
	    [REFERENCE_NAME_MAX]; /* "ssh 51cba57125523ce4b9db67714a90bf6e", for people; NUL-terminated */
};

struct reference_token {
	uint64_t hash; /* ascending within a range */
	uint64_t nodes;
};

/** Tokens that always come together count as one: `token` is read as `block`. Ascending by (layer, token). */
struct reference_link {
	uint64_t layer, token, block;
};

/** All that one node of the background carried, as it came together: how independent actors copy tools, wordlists and
 *  scripts is in these and in no count. Tokens are indices into those of all services, ascending, layer after layer. */
struct reference_profile {
	uint64_t family, service; /* reference_stratum_key of its tool family and of its service */
	uint64_t token_from;      /* in profile_tokens */
	uint32_t token_n[REFERENCE_LAYERS];
};

/** What a snapshot is written from. All arrays are borrowed. */
struct reference_content {
	const struct reference_stratum *strata;
	const struct reference_token *tokens;
	const struct reference_link *links;
	const int64_t *visits;      /* ascending within a range */
	const struct addr *sources; /* ascending within a range */
	const struct reference_profile *profiles;
	const uint32_t *profile_tokens;
	uint64_t n_strata, n_tokens, n_links, n_visits, n_sources, n_profiles, n_profile_tokens;
	int64_t first_us, last_us; /* of the sessions it was built from */
	uint64_t sessions;
	uint8_t input_sha256[32]; /* of the session table it was built from */
};

struct reference;

/** The key of a population: a tool family of a service; a service (absent view); all (REFERENCE_ALL_SERVICES). */
uint64_t reference_stratum_key(uint8_t service, struct sv tool);

/** Writes a snapshot atomically (temporary file, then rename). COORD_EIO names the file and the reason. */
MUST_CHECK enum coord_err reference_write(
    const struct reference_content *content, const char *path, struct coord_error *err);
/** Maps a snapshot file. COORD_EIO; COORD_EPARSE (no snapshot, other version, damaged, inconsistent: the error says
 *  which). Release it with reference_close. Threads: a reference is read-only. */
MUST_CHECK enum coord_err reference_open(
    const char *path, struct reference **ret, struct coord_error *err);
/** The same over bytes in memory, which must outlive *ret and be aligned to 16. For tests and fuzzing. */
MUST_CHECK enum coord_err reference_from_memory(
    const void *data, size_t len, struct reference **ret, struct coord_error *err);
void reference_close(struct reference *ref);

/** Lower-case hex SHA-256 of the snapshot's content: the name that every result carries. */
const char *reference_hash(const struct reference *ref);
/** The content as it lies in the map: for `coord reference show` and tests. Valid until reference_close. */
const struct reference_content *reference_content_of(const struct reference *ref);

/** Look-ups; 0 or empty for a population that the snapshot does not have. Cost O(log n). */
uint64_t reference_stratum_nodes(const struct reference *ref, uint64_t key);
uint64_t reference_incidences(const struct reference *ref, uint64_t key, uint32_t layer);
uint64_t reference_token_nodes(
    const struct reference *ref, uint64_t key, uint32_t layer, uint64_t hash);
size_t reference_visits(const struct reference *ref, uint64_t key, const int64_t **ret);
size_t reference_sources(const struct reference *ref, uint64_t key, const struct addr **ret);
/** The tokens of a population in a layer. The indices of profiles point into those of all services. */
size_t reference_tokens(
    const struct reference *ref, uint64_t key, uint32_t layer, const struct reference_token **ret);
/** The block that a token counts as, itself when it is not linked. */
uint64_t reference_block(const struct reference *ref, uint32_t layer, uint64_t token);

/** A readable summary: span, counts, populations, linked blocks. */
void reference_describe(const struct reference *ref, struct buf *out);

/** Null tables: what whole null worlds hold, made once and looked up: the best cluster score of every size class in every
 *  world, for batches of several sizes (methods.md section 11: null worlds of large batches cost hours). A file like the
 *  snapshot's: header, the batch sizes ascending, one row of scores a world. It names the snapshot that its worlds were
 *  made with, and its own SHA-256 names it in results. */
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
