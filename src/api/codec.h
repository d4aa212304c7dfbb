/* codec.h - content codings (private to api/): gzip and zstd of bodies that come, with a cap on what they inflate to, and of
 * answers that go. */
#ifndef COORD_API_CODEC_H
#define COORD_API_CODEC_H

#include "base/base.h"

enum coding { CODING_IDENTITY, CODING_GZIP, CODING_ZSTD, CODING_COUNT };

/** "gzip", "x-gzip", "zstd", "identity", or absent. False: another one. */
bool coding_of(struct sv content_encoding, enum coding *ret);
/** Names for Content-Encoding; identity: "". */
const char *coding_name(enum coding coding);
/** The best one that an Accept-Encoding value takes. */
enum coding coding_accepted(struct sv accept_encoding);

struct decoder;
/** Receives what was decoded; false stops. */
typedef bool decoder_sink(void *context, const char *data, size_t len);

/** `most`: bytes it may inflate to. NULL: no memory. */
struct decoder *decoder_new(enum coding coding, uint64_t most);
void decoder_free(struct decoder *decoder);
/** COORD_EPARSE: not of this coding; COORD_ELIMIT: more than `most`; COORD_ECANCELLED: the sink stopped it; COORD_ENOMEM. After an error it stays there. */
MUST_CHECK enum coord_err decoder_add(struct decoder *decoder, const char *data, size_t len,
    decoder_sink *sink, void *context, struct coord_error *err);
/** No more comes: COORD_EPARSE when the stream is not at its end. */
MUST_CHECK enum coord_err decoder_end(struct decoder *decoder, struct coord_error *err);

/** Appends the whole of `text` in that coding. False: no memory. */
bool coding_encode(enum coding coding, struct sv text, struct buf *out);

#endif
