/* fuzz_source.c - decompression of damaged gzip and Zstandard data: ends, never reads or writes past its buffers. */
#include <assert.h>
#include <stdint.h>

#include "ingest/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum { PIECE = 4096, PIECES_MOST = 4096 };
	static char piece[PIECE];
	struct source *s = source_memory((const char *)data, len);
	size_t got = 1;

	if (s == NULL)
		return 0;
	for (unsigned i = 0; got > 0 && i < PIECES_MOST; i++) {
		got = 0;
		if (source_read(s, piece, 1 + (i * 37u) % PIECE, &got, NULL) != COORD_OK)
			break;
		assert(got <= PIECE);
	}
	assert(source_stored(s) <= len);
	source_close(s);
	return 0;
}
