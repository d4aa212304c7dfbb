/* fuzz_llm_stream.c - answers of model servers: the first byte chooses the dialect and the size of the pieces, the rest is what comes. Cut into pieces or not, it
 * has to be read alike. */
#include <assert.h>

#include "llm/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum llm_failure
feed(struct llm_stream *stream, bool sse, struct sv bytes, size_t step)
{
	if (!llm_stream_init(stream, sse))
		return LLM_BROKEN;
	for (size_t at = 0; at < bytes.len; at += step)
		if (!llm_stream_add(stream, sv_first(sv_skip(bytes, at), step)))
			break;
	llm_stream_end(stream);
	return stream->failure;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct llm_stream whole, pieces;
	char error[160];
	struct sv bytes;

	if (size < 1)
		return 0;
	bytes = (struct sv){ (const char *)data + 1, size - 1 };
	if (feed(&whole, data[0] & 1, bytes, bytes.len + 1) ==
		feed(&pieces, data[0] & 1, bytes, (data[0] >> 1) + 1u) &&
	    whole.failure == LLM_NONE)
		assert(sv_eq(buf_sv(&whole.content), buf_sv(&pieces.content)));
	assert(whole.failure == pieces.failure);
	(void)dialect_failure(200 + data[0], bytes, error, sizeof(error));
	(void)schema_strip(bytes);
	llm_stream_clear(&whole);
	llm_stream_clear(&pieces);
	return 0;
}
