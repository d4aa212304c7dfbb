/* cache.c - a table of routes as a file: mapped and used as it lies. A head of 128 bytes, then the arrays of routes.h one behind
 * the other, each from a multiple of 8, then a text that names what it was made of. The head holds the lengths and the SHA-256 of all that
 * follows it; behind that, every place in the arrays is checked before the first look-up, so a forged file can lie about routes and
 * do nothing else. Little-endian, as the program itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/offline/routes.h"

enum { VERSION = 1, HEAD = 128, SOURCES_MOST = 1 << 20 };

struct head {
	char magic[8]; /* "COORDRT\n" */
	uint32_t version, n_records, n_sets, n_nodes, n_leaves, n_sources;
	int64_t made_us;
	uint8_t sha256[32]; /* of what follows */
	uint8_t unused[56];
};
_Static_assert(sizeof(struct head) == HEAD, "the head of a cache");
_Static_assert(sizeof(struct route_record) == 32 && sizeof(struct trie_node) == 24,
    "arrays of a cache lie in files");

static const char magic[8] = { 'C', 'O', 'O', 'R', 'D', 'R', 'T', '\n' };

enum { PART_COUNT = 8 };

/* The arrays in their order: bytes of each. */
static void
sizes_of(const struct head *head, uint64_t ret[PART_COUNT])
{
	ret[0] = ROUTES_ROOT_V4 * sizeof(uint32_t);
	ret[1] = ROUTES_ROOT_V6 * sizeof(uint32_t);
	ret[2] = head->n_nodes * (uint64_t)sizeof(struct trie_node);
	ret[3] = head->n_leaves * (uint64_t)sizeof(uint32_t);
	ret[4] = head->n_sets * (uint64_t)sizeof(uint32_t);
	ret[5] = head->n_records * (uint64_t)sizeof(struct route_record);
	ret[6] = head->n_records * (uint64_t)sizeof(uint32_t);
	ret[7] = head->n_sources;
}

static uint64_t
padded(uint64_t size)
{
	return (size + 7) & ~UINT64_C(7);
}

/* --- reading --------------------------------------------------------------------------------------------------------------------- */

static bool
cache_recognise(const struct mapped *file)
{
	return file->len >= sizeof(magic) && memcmp(file->data, magic, sizeof(magic)) == 0;
}

static enum coord_err
read_head(const char *path, const struct mapped *file, struct head *ret, uint64_t at[PART_COUNT],
    struct coord_error *err)
{
	uint64_t size[PART_COUNT], end = HEAD;
	uint8_t sha[32];

	if (file->len < HEAD || !cache_recognise(file))
		return error_set(err, COORD_EPARSE, "%s: no table of routes", path);
	memcpy(ret, file->data, HEAD);
	if (ret->version != VERSION)
		return error_set(err, COORD_EPARSE,
		    "%s: version %u of the table of routes, expected %d: make it again with coord "
		    "tools "
		    "build",
		    path, ret->version, VERSION);
	sizes_of(ret, size);
	for (int i = 0; i < PART_COUNT; i++) {
		at[i] = end;
		end += padded(size[i]);
	}
	if (end != file->len)
		return error_set(err, COORD_EPARSE,
		    "%s: %zu bytes, expected %llu: damaged, or cut short", path, file->len,
		    (unsigned long long)end);
	sha256_of(file->data + HEAD, file->len - HEAD, sha);
	if (memcmp(sha, ret->sha256, sizeof(sha)) != 0)
		return error_set(
		    err, COORD_EPARSE, "%s: damaged: not the bytes that were written", path);
	return COORD_OK;
}

enum coord_err
cache_read(const char *path, const struct mapped *file, struct routes *ret, struct sv *ret_sources,
    int64_t *ret_made_us, struct coord_error *err)
{
	uint64_t at[PART_COUNT];
	struct head head;

	TRY(read_head(path, file, &head, at, err));
#define PART(i, type) ((const type *)(const void *)(file->data + at[i]))
	*ret = (struct routes){ .root = { PART(0, uint32_t), PART(1, uint32_t) },
		.nodes = PART(2, struct trie_node),
		.leaves = PART(3, uint32_t),
		.sets = PART(4, uint32_t),
		.records = PART(5, struct route_record),
		.asns = PART(6, uint32_t),
		.n_nodes = head.n_nodes,
		.n_leaves = head.n_leaves,
		.n_sets = head.n_sets,
		.n_records = head.n_records };
	*ret_sources = (struct sv){ PART(7, char), head.n_sources };
#undef PART
	*ret_made_us = head.made_us;
	if (head.n_sets == 0 || ret->sets[0] != 0 || !routes_check(ret))
		return error_set(err, COORD_EPARSE, "%s: a place outside its arrays: forged", path);
	return COORD_OK;
}

static enum coord_err
cache_open(const char *path, const struct mapped *file, struct tools_file *told, void **ret,
    struct coord_error *err)
{
	struct routes *routes = calloc(1, sizeof(*routes));
	struct sv sources;
	enum coord_err rc;

	if (routes == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	if ((rc = cache_read(path, file, routes, &sources, &told->made_us, err)) != COORD_OK) {
		free(routes);
		return rc;
	}
	told->type = "table of routes";
	told->data = TOOLS_ASN | TOOLS_ROUTE;
	*ret = routes;
	return COORD_OK;
}

static unsigned
cache_find(const void *source, struct addr a, unsigned want, struct tools_address *ret)
{
	return routes_tell(source, a, want, ret);
}

static uint32_t
cache_asn(const void *source, struct addr a)
{
	return routes_asn(source, a);
}

const struct source_kind source_cache = { .name = "cache",
	.recognise = cache_recognise,
	.open = cache_open,
	.close = free,
	.find = cache_find,
	.asn = cache_asn };

/* --- writing --------------------------------------------------------------------------------------------------------------------- */

struct part {
	const void *data;
	uint64_t size;
};

static bool
put(FILE *f, struct sha256 *sha, const void *data, uint64_t size)
{
	static const uint8_t zeros[8];
	size_t pad = (size_t)(padded(size) - size);

	sha256_add(sha, data, (size_t)size);
	sha256_add(sha, zeros, pad);
	return (size == 0 || fwrite(data, (size_t)size, 1, f) == 1) &&
	       (pad == 0 || fwrite(zeros, pad, 1, f) == 1);
}

/* The head goes first in the file and is known last. */
static bool
put_all(FILE *f, struct head *head, const struct part parts[PART_COUNT])
{
	struct sha256 *sha = sha256_new();
	bool done = sha != NULL && fwrite(head, HEAD, 1, f) == 1;

	for (int i = 0; done && i < PART_COUNT; i++)
		done = put(f, sha, parts[i].data, parts[i].size);
	if (sha != NULL)
		sha256_end(sha, head->sha256);
	return done && fseek(f, 0, SEEK_SET) == 0 && fwrite(head, HEAD, 1, f) == 1 &&
	       fflush(f) == 0 && fsync(fileno(f)) == 0;
}

static enum coord_err
put_file(const char *path, char *temporary, struct head *head, const struct part parts[PART_COUNT],
    struct coord_error *err)
{
	int fd = mkstemp(temporary);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");
	bool done = f != NULL && fchmod(fd, 0644) == 0 && put_all(f, head, parts);
	int why = errno;

	if (f == NULL && fd >= 0)
		(void)close(fd);
	if (f != NULL && fclose(f) != 0)
		done = false;
	if (done && rename(temporary, path) == 0)
		return COORD_OK;
	why = done ? errno : why;
	if (fd >= 0)
		(void)unlink(temporary);
	return error_set(err, COORD_EIO, "cannot write %s: %s", path, strerror(why));
}

enum coord_err
cache_write(const char *path, const struct routes *routes, struct sv sources, int64_t made_us,
    struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf temporary = BUF_INIT(1 << 16);
	struct head head = { .version = VERSION,
		.n_records = routes->n_records,
		.n_sets = routes->n_sets,
		.n_nodes = routes->n_nodes,
		.n_leaves = routes->n_leaves,
		.n_sources = (uint32_t)sv_first(sources, SOURCES_MOST).len,
		.made_us = made_us };
	struct part parts[PART_COUNT] = { { routes->root[0], 0 }, { routes->root[1], 0 },
		{ routes->nodes, 0 }, { routes->leaves, 0 }, { routes->sets, 0 },
		{ routes->records, 0 }, { routes->asns, 0 }, { sources.data, 0 } };
	uint64_t size[PART_COUNT];

	memcpy(head.magic, magic, sizeof(magic));
	sizes_of(&head, size);
	for (int i = 0; i < PART_COUNT; i++)
		parts[i].size = size[i];
	buf_printf(&temporary, "%s.XXXXXX", path);
	if (buf_cstr(&temporary)[0] == 0)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	return put_file(path, temporary.data, &head, parts, err);
}
