/* stream.c - the bytes of a file, inflated as they are asked for: gzip by zlib, bzip2 by libbz2, anything else as it lies. Several
 * members one behind the other are one stream (pbzip2 and pigz write them). Nothing is kept but one buffer. */
#include <bzlib.h>
#include <stdlib.h>
#include <zlib.h>

#include "tools/offline/routes.h"

enum { PIECE = 1 << 18, MEMBER_PIECE = 1 << 30 };

struct stream {
	const char *path;
	const uint8_t *in; /* what was not inflated yet */
	size_t left;
	enum coord_err (*fill)(struct stream *s, struct coord_error *err);
	bool open; /* in a member */
	bool ended;
	z_stream gz;
	bz_stream bz;
	size_t from, to; /* of the piece, not taken yet */
	uint8_t piece[PIECE];
};

static enum coord_err
damaged(const struct stream *s, const char *what, struct coord_error *err)
{
	return error_set(err, COORD_EPARSE, "%s: %s", s->path, what);
}

static enum coord_err
fill_plain(struct stream *s, struct coord_error *err)
{
	size_t n = s->left < PIECE - s->to ? s->left : PIECE - s->to;

	(void)err;
	memcpy(s->piece + s->to, s->in, n);
	s->in += n;
	s->left -= n;
	s->to += n;
	s->ended = s->left == 0;
	return COORD_OK;
}

static enum coord_err
fill_gz(struct stream *s, struct coord_error *err)
{
	uInt given = s->left < MEMBER_PIECE ? (uInt)s->left : MEMBER_PIECE;
	uInt room = (uInt)(PIECE - s->to);
	int rc;

	if (!s->open && s->left == 0) {
		s->ended = true;
		return COORD_OK;
	}
	if (!s->open && inflateReset(&s->gz) != Z_OK)
		return damaged(s, "cannot inflate", err);
	s->open = true;
	s->gz.next_in = (z_const Bytef *)(uintptr_t)s->in;
	s->gz.avail_in = given;
	s->gz.next_out = s->piece + s->to;
	s->gz.avail_out = room;
	rc = inflate(&s->gz, Z_NO_FLUSH);
	s->in += given - s->gz.avail_in;
	s->left -= given - s->gz.avail_in;
	s->to += room - s->gz.avail_out;
	if (rc == Z_STREAM_END)
		s->open = false;
	else if (rc == Z_BUF_ERROR || (rc == Z_OK && s->left == 0 && s->gz.avail_out > 0))
		return damaged(s, "the gzip data end in the middle", err);
	else if (rc != Z_OK)
		return damaged(s, "damaged gzip data", err);
	return COORD_OK;
}

static enum coord_err
fill_bz(struct stream *s, struct coord_error *err)
{
	unsigned given = s->left < MEMBER_PIECE ? (unsigned)s->left : MEMBER_PIECE;
	unsigned room = (unsigned)(PIECE - s->to);
	int rc;

	if (!s->open && s->left == 0) {
		s->ended = true;
		return COORD_OK;
	}
	if (!s->open) {
		(void)BZ2_bzDecompressEnd(&s->bz);
		s->bz = (bz_stream){ .opaque = NULL };
		if (BZ2_bzDecompressInit(&s->bz, 0, 0) != BZ_OK)
			return damaged(s, "cannot inflate", err);
	}
	s->open = true;
	s->bz.next_in = (char *)(uintptr_t)s->in;
	s->bz.avail_in = given;
	s->bz.next_out = (char *)s->piece + s->to;
	s->bz.avail_out = room;
	rc = BZ2_bzDecompress(&s->bz);
	s->in += given - s->bz.avail_in;
	s->left -= given - s->bz.avail_in;
	s->to += room - s->bz.avail_out;
	if (rc == BZ_STREAM_END)
		s->open = false;
	else if (rc != BZ_OK)
		return damaged(s, "damaged bzip2 data", err);
	else if (s->left == 0 && s->bz.avail_out > 0)
		return damaged(s, "the bzip2 data end in the middle", err);
	return COORD_OK;
}

enum coord_err
stream_open(const char *path, struct mapped file, struct stream **ret, struct coord_error *err)
{
	struct sv start = { (const char *)file.data, file.len };
	struct stream *s = malloc(sizeof(*s));

	if (s == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	memset(s, 0, offsetof(struct stream, piece));
	s->path = path;
	s->in = file.data;
	s->left = file.len;
	s->fill = fill_plain;
	if (sv_starts(start, SV("\x1f\x8b"))) {
		s->fill = fill_gz;
		if (inflateInit2(&s->gz, 15 + 16) != Z_OK) {
			free(s);
			return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
		}
	} else if (sv_starts(start, SV("BZh"))) {
		s->fill = fill_bz;
	}
	*ret = s;
	return COORD_OK;
}

void
stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	if (s->fill == fill_gz)
		(void)inflateEnd(&s->gz);
	if (s->fill == fill_bz)
		(void)BZ2_bzDecompressEnd(&s->bz);
	free(s);
}

const char *
stream_path(const struct stream *s)
{
	return s->path;
}

/* At least `want` bytes in the piece, unless the stream ends. */
static enum coord_err
make_ready(struct stream *s, size_t want, struct coord_error *err)
{
	if (s->to - s->from >= want || s->ended)
		return COORD_OK;
	memmove(s->piece, s->piece + s->from, s->to - s->from);
	s->to -= s->from;
	s->from = 0;
	while (s->to < want && !s->ended)
		TRY(s->fill(s, err));
	return COORD_OK;
}

enum coord_err
stream_peek(struct stream *s, size_t want, struct sv *ret, struct coord_error *err)
{
	TRY(make_ready(s, want, err));
	*ret = (struct sv){ (const char *)s->piece + s->from,
		want < s->to - s->from ? want : s->to - s->from };
	return COORD_OK;
}

enum coord_err
stream_read(struct stream *s, void *into, size_t want, size_t *ret_got, struct coord_error *err)
{
	size_t got = 0;

	while (got < want) {
		size_t n;

		TRY(make_ready(s, 1, err));
		n = s->to - s->from < want - got ? s->to - s->from : want - got;
		if (n == 0)
			break;
		memcpy((uint8_t *)into + got, s->piece + s->from, n);
		s->from += n;
		got += n;
	}
	*ret_got = got;
	return COORD_OK;
}
