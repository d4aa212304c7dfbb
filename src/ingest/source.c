/* source.c - gzip (concatenated members too) and Zstandard are recognised by their magic bytes, never by name. Plain
 * files are read, not mapped: a log that is truncated under a mapping would kill the process (SIGBUS), and a
 * read into a warm buffer costs a few per cent of the parsing. */
#define _GNU_SOURCE /* posix_fadvise */
#include "ingest/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { STORED_BLOCK = 256 * 1024, MAGIC_LEN = 4, GZIP_WINDOW = 15 + 16 };

enum source_kind { SOURCE_UNKNOWN, SOURCE_PLAIN, SOURCE_GZIP, SOURCE_ZSTD };

struct source {
	int fd; /* -1: memory */
	const char *memory;
	size_t memory_left;
	enum source_kind kind;
	bool ended;     /* no more stored bytes */
	bool mid_frame; /* a compressed frame is open */
	uint64_t
	    lines_to; /* lines that begin at or behind this byte are another's; UINT64_MAX: none */
	uint64_t stored, begun; /* position in the file, and where we began */
	z_stream gzip;
	bool gzip_open;
	ZSTD_DStream *zstd;
	unsigned char *block; /* stored bytes not yet decoded: [at, to) */
	size_t at, to;
};

static struct source *
source_new(void)
{
	struct source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->fd = -1;
	s->lines_to = UINT64_MAX;
	if ((s->block = malloc(STORED_BLOCK)) == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

struct source *
source_memory(const char *data, size_t len)
{
	struct source *s = source_new();

	if (s == NULL)
		return NULL;
	s->memory = data;
	s->memory_left = len;
	return s;
}

enum coord_err
source_open(const char *path, struct source **ret, struct coord_error *err)
{
	struct source *s = source_new();

	if (s == NULL)
		return error_set(err, COORD_ENOMEM, "no memory to read %s", path);
	if (strcmp(path, "-") == 0)
		s->fd = dup(STDIN_FILENO);
	else
		s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd == -1) {
		int why = errno;

		source_close(s);
		return error_set(err, COORD_EIO, "cannot open: %s", strerror(why));
	}
	(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	*ret = s;
	return COORD_OK;
}

void
source_close(struct source *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1)
		(void)close(s->fd);
	if (s->gzip_open)
		(void)inflateEnd(&s->gzip);
	(void)ZSTD_freeDStream(s->zstd);
	free(s->block);
	free(s);
}

bool
source_is_plain(const struct source *s)
{
	return s->kind == SOURCE_PLAIN;
}

uint64_t
source_stored(const struct source *s)
{
	return s->stored - s->begun;
}

/** Stored bytes; *ret is 0 at the end only. */
static enum coord_err
read_stored(struct source *s, void *to, size_t cap, size_t *ret, struct coord_error *err)
{
	ssize_t n;

	if (s->fd == -1) {
		n = (ssize_t)(s->memory_left < cap ? s->memory_left : cap);
		if (n > 0)
			memcpy(to, s->memory, (size_t)n);
		s->memory += n;
		s->memory_left -= (size_t)n;
	} else {
		do
			n = read(s->fd, to, cap);
		while (n == -1 && errno == EINTR);
		if (n == -1)
			return error_set(err, COORD_EIO, "cannot read: %s", strerror(errno));
	}
	s->ended = n == 0;
	s->stored += (uint64_t)n;
	*ret = (size_t)n;
	return COORD_OK;
}

/** Fills the empty block. */
static enum coord_err
refill(struct source *s, struct coord_error *err)
{
	size_t n = 0;

	TRY(read_stored(s, s->block, STORED_BLOCK, &n, err));
	s->at = 0;
	s->to = n;
	return COORD_OK;
}

static enum coord_err
recognise(struct source *s, struct coord_error *err)
{
	static const unsigned char gzip[] = { 0x1f, 0x8b }, zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };

	while (s->to < MAGIC_LEN && !s->ended) {
		size_t n = 0;

		TRY(read_stored(s, s->block + s->to, STORED_BLOCK - s->to, &n, err));
		s->to += n;
	}
	s->kind = SOURCE_PLAIN;
	if (s->to >= sizeof(gzip) && memcmp(s->block, gzip, sizeof(gzip)) == 0) {
		s->kind = SOURCE_GZIP;
		if (inflateInit2(&s->gzip, GZIP_WINDOW) != Z_OK)
			return error_set(err, COORD_ENOMEM, "no memory for gzip");
		s->gzip_open = true;
	} else if (s->to >= sizeof(zstd) && memcmp(s->block, zstd, sizeof(zstd)) == 0) {
		s->kind = SOURCE_ZSTD;
		if ((s->zstd = ZSTD_createDStream()) == NULL)
			return error_set(err, COORD_ENOMEM, "no memory for Zstandard");
	}
	return COORD_OK;
}

/** Cuts what was just read behind the last line of ours. */
static void
end_lines(struct source *s, const char *data, size_t *len)
{
	uint64_t at = s->stored - *len;
	size_t skip = at + 1 >= s->lines_to ? 0 : (size_t)(s->lines_to - 1 - at);
	const char *newline;

	if (s->stored < s->lines_to)
		return;
	newline = memchr(data + skip, '\n', *len - skip);
	if (newline == NULL)
		return;
	s->stored -= *len - (size_t)(newline + 1 - data);
	*len = (size_t)(newline + 1 - data);
	s->ended = true;
}

static enum coord_err
read_plain(struct source *s, char *to, size_t cap, size_t *ret, struct coord_error *err)
{
	if (s->at == s->to) {
		*ret = 0;
		if (s->ended)
			return COORD_OK;
		TRY(read_stored(s, to, cap, ret, err));
		end_lines(s, to, ret);
		return COORD_OK;
	}
	*ret = s->to - s->at < cap ? s->to - s->at : cap;
	memcpy(to, s->block + s->at, *ret);
	s->at += *ret;
	return COORD_OK;
}

static enum coord_err
step_gzip(struct source *s, char *to, size_t cap, size_t *got, struct coord_error *err)
{
	int rc;

	if (!s->mid_frame && s->block[s->at] == 0) {
		s->at++; /* zero padding behind the last member, as tape and block copies leave it */
		return COORD_OK;
	}
	s->gzip.next_in = s->block + s->at;
	s->gzip.avail_in = (uInt)(s->to - s->at);
	s->gzip.next_out = (Bytef *)to;
	s->gzip.avail_out = (uInt)(cap > UINT32_MAX ? UINT32_MAX : cap);
	s->mid_frame = true;
	rc = inflate(&s->gzip, Z_NO_FLUSH);
	*got = (size_t)((char *)s->gzip.next_out - to);
	s->at = s->to - s->gzip.avail_in;
	if (rc == Z_STREAM_END) {
		s->mid_frame = false;
		(void)inflateReset(&s->gzip);
	} else if (rc == Z_MEM_ERROR) {
		return error_set(err, COORD_ENOMEM, "no memory for gzip");
	} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
		return error_set(err, COORD_EPARSE, "gzip data is damaged");
	}
	return COORD_OK;
}

static enum coord_err
step_zstd(struct source *s, char *to, size_t cap, size_t *got, struct coord_error *err)
{
	ZSTD_outBuffer out = { to, cap, 0 };
	ZSTD_inBuffer in = { s->block, s->to, s->at };
	size_t rc = ZSTD_decompressStream(s->zstd, &out, &in);

	*got = out.pos;
	s->at = in.pos;
	if (ZSTD_isError(rc))
		return error_set(err, COORD_EPARSE, "Zstandard data is damaged");
	s->mid_frame = rc != 0;
	return COORD_OK;
}

static enum coord_err
read_compressed(struct source *s, char *to, size_t cap, size_t *ret, struct coord_error *err)
{
	*ret = 0;
	while (*ret == 0) {
		bool exhausted;

		if (s->at == s->to && !s->ended)
			TRY(refill(s, err));
		exhausted = s->at == s->to;
		if (exhausted && !s->mid_frame)
			return COORD_OK;
		TRY(s->kind == SOURCE_GZIP ? step_gzip(s, to, cap, ret, err)
					   : step_zstd(s, to, cap, ret, err));
		if (exhausted && *ret == 0 && s->mid_frame)
			return error_set(err, COORD_EPARSE, "compressed data ends in the middle");
	}
	return COORD_OK;
}

/** Moves behind the line that began before `from`. */
static enum coord_err
skip_line(struct source *s, uint64_t from, struct coord_error *err)
{
	const unsigned char *newline = NULL;

	if (lseek(s->fd, (off_t)(from - 1), SEEK_SET) == -1)
		return error_set(err, COORD_EIO, "cannot seek: %s", strerror(errno));
	s->stored = from - 1;
	while (newline == NULL && !s->ended) {
		TRY(refill(s, err));
		newline = s->to == 0 ? NULL : memchr(s->block, '\n', s->to);
	}
	if (newline == NULL)
		return COORD_OK;
	s->stored -= s->to - (size_t)(newline + 1 - s->block);
	s->at = s->to = 0;
	if (s->stored >= s->lines_to)
		s->ended = true;
	if (lseek(s->fd, (off_t)s->stored, SEEK_SET) == -1)
		return error_set(err, COORD_EIO, "cannot seek: %s", strerror(errno));
	return COORD_OK;
}

enum coord_err
source_open_lines(
    const char *path, uint64_t from, uint64_t to, struct source **ret, struct coord_error *err)
{
	struct source *s = NULL;
	enum coord_err rc;

	TRY(source_open(path, &s, err));
	s->kind = SOURCE_PLAIN;
	s->lines_to = to;
	if (from > 0 && (rc = skip_line(s, from, err)) != COORD_OK) {
		source_close(s);
		return rc;
	}
	s->begun = s->stored;
	*ret = s;
	return COORD_OK;
}

enum coord_err
source_read(struct source *s, char *to, size_t cap, size_t *ret, struct coord_error *err)
{
	if (s->kind == SOURCE_UNKNOWN)
		TRY(recognise(s, err));
	return s->kind == SOURCE_PLAIN ? read_plain(s, to, cap, ret, err)
				       : read_compressed(s, to, cap, ret, err);
}
