/* codec.c - see codec.h. A bomb is stopped by the cap while it inflates: nothing larger than one window is ever held. */
#include "base/gzip.h"
#include "api/codec.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "api/head.h"

enum { WINDOW = 64 * 1024, ZSTD_WINDOW_LOG = 23, ZSTD_ANSWER_LEVEL = 3, GZIP_ANSWER_LEVEL = 6 };

struct decoder {
	enum coding coding;
	uint64_t most, out;
	bool at_end; /* of a member or frame: the stream may end here */
	enum coord_err stuck;
	z_stream z;
	ZSTD_DCtx *zstd;
	char window[WINDOW];
};

bool
coding_of(struct sv content_encoding, enum coding *ret)
{
	struct sv name = sv_trim(content_encoding);

	if (name.len == 0 || sv_ieq(name, SV("identity")))
		*ret = CODING_IDENTITY;
	else if (sv_ieq(name, SV("gzip")) || sv_ieq(name, SV("x-gzip")))
		*ret = CODING_GZIP;
	else if (sv_ieq(name, SV("zstd")))
		*ret = CODING_ZSTD;
	else
		return false;
	return true;
}

const char *
coding_name(enum coding coding)
{
	static const char *const names[CODING_COUNT] = { "", "gzip", "zstd" };

	return names[coding];
}

enum coding
coding_accepted(struct sv accept_encoding)
{
	if (accept_encoding.data == NULL)
		return CODING_IDENTITY;
	if (head_accepts(accept_encoding, SV("gzip")))
		return CODING_GZIP;
	return head_accepts(accept_encoding, SV("zstd")) ? CODING_ZSTD : CODING_IDENTITY;
}

struct decoder *
decoder_new(enum coding coding, uint64_t most)
{
	struct decoder *d = malloc(sizeof(*d));

	if (d == NULL)
		return NULL;
	memset(d, 0, offsetof(struct decoder, window));
	d->coding = coding;
	d->most = most;
	d->at_end = coding == CODING_IDENTITY;
	if (coding == CODING_GZIP && inflateInit2(&d->z, 15 + 16) != Z_OK)
		goto err;
	if (coding == CODING_ZSTD) {
		d->zstd = ZSTD_createDCtx();
		if (d->zstd == NULL)
			goto err;
		(void)ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	}
	return d;
err:
	free(d);
	return NULL;
}

void
decoder_free(struct decoder *decoder)
{
	if (decoder == NULL)
		return;
	if (decoder->coding == CODING_GZIP)
		(void)inflateEnd(&decoder->z);
	(void)ZSTD_freeDCtx(decoder->zstd);
	free(decoder);
}

static enum coord_err
hand_on(struct decoder *d, const char *data, size_t len, decoder_sink *sink, void *context,
    struct coord_error *err)
{
	d->out += len;
	if (d->out > d->most)
		return error_set(err, COORD_ELIMIT, "the body inflates to more than %llu bytes",
		    (unsigned long long)d->most);
	if (len > 0 && !sink(context, data, len))
		return error_set(err, COORD_ECANCELLED, "the body is not wanted");
	return COORD_OK;
}

static enum coord_err
add_gzip(struct decoder *d, const char *data, size_t len, decoder_sink *sink, void *context,
    struct coord_error *err)
{
	d->z.next_in = (Bytef *)(uintptr_t)data;
	d->z.avail_in = (uInt)len;
	while (d->z.avail_in > 0) {
		int rc;

		if (d->at_end && inflateReset(&d->z) != Z_OK) /* the next member */
			return error_set(err, COORD_ENOMEM, "gzip: no memory");
		d->at_end = false;
		d->z.next_out = (Bytef *)d->window;
		d->z.avail_out = WINDOW;
		rc = inflate(&d->z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return error_set(err, COORD_EPARSE, "the body is no gzip");
		d->at_end = rc == Z_STREAM_END;
		TRY(hand_on(d, d->window, WINDOW - d->z.avail_out, sink, context, err));
	}
	/* what still waits inside for room to go out */
	while (!d->at_end && d->z.avail_out == 0) {
		int rc;

		d->z.next_out = (Bytef *)d->window;
		d->z.avail_out = WINDOW;
		rc = inflate(&d->z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return error_set(err, COORD_EPARSE, "the body is no gzip");
		d->at_end = rc == Z_STREAM_END;
		TRY(hand_on(d, d->window, WINDOW - d->z.avail_out, sink, context, err));
	}
	return COORD_OK;
}

static enum coord_err
add_zstd(struct decoder *d, const char *data, size_t len, decoder_sink *sink, void *context,
    struct coord_error *err)
{
	ZSTD_inBuffer in = { data, len, 0 };
	bool full = false;

	while (in.pos < in.size || full) {
		ZSTD_outBuffer out = { d->window, WINDOW, 0 };
		size_t left = ZSTD_decompressStream(d->zstd, &out, &in);

		if (ZSTD_isError(left))
			return error_set(
			    err, COORD_EPARSE, "the body is no zstd, or needs a window over 8 MiB");
		d->at_end = left == 0;
		full = out.pos == WINDOW;
		TRY(hand_on(d, d->window, out.pos, sink, context, err));
	}
	return COORD_OK;
}

enum coord_err
decoder_add(struct decoder *decoder, const char *data, size_t len, decoder_sink *sink,
    void *context, struct coord_error *err)
{
	struct decoder *d = decoder;

	if (d->stuck != COORD_OK)
		return d->stuck;
	if (len == 0)
		return COORD_OK;
	if (d->coding == CODING_GZIP)
		d->stuck = add_gzip(d, data, len, sink, context, err);
	else if (d->coding == CODING_ZSTD)
		d->stuck = add_zstd(d, data, len, sink, context, err);
	else
		d->stuck = hand_on(d, data, len, sink, context, err);
	return d->stuck;
}

enum coord_err
decoder_end(struct decoder *decoder, struct coord_error *err)
{
	if (decoder->stuck != COORD_OK)
		return decoder->stuck;
	if (!decoder->at_end)
		return error_set(err, COORD_EPARSE, "the compressed body is cut off");
	return COORD_OK;
}

/* --- answers --------------------------------------------------------------------------------------------------- */

static bool
encode_zstd(struct sv text, struct buf *out)
{
	size_t most = ZSTD_compressBound(text.len);
	char *to = buf_reserve(out, most);
	size_t n;

	if (to == NULL)
		return false;
	n = ZSTD_compress(to, most, text.data, text.len, ZSTD_ANSWER_LEVEL);
	if (ZSTD_isError(n))
		return false;
	out->len += n;
	return true;
}

bool
coding_encode(enum coding coding, struct sv text, struct buf *out)
{
	if (coding == CODING_GZIP)
		return gzip_pack(text, GZIP_ANSWER_LEVEL, out);
	if (coding == CODING_ZSTD)
		return encode_zstd(text, out);
	buf_add_sv(out, text);
	return !out->failed;
}
