/* gzip.c - see gzip.h. */
#include "base/gzip.h"

#include <zlib.h>

enum { GZIP = 15 + 16, MEMORY = 8 };

static const size_t text_most = (size_t)1 << 30;

bool
gzip_pack(struct sv text, int level, struct buf *out)
{
	z_stream z = { 0 };
	size_t most;
	char *to;
	int rc;

	if (text.len > text_most ||
	    deflateInit2(&z, level, Z_DEFLATED, GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	most = deflateBound(&z, text.len);
	to = buf_reserve(out, most);
	if (to == NULL) {
		(void)deflateEnd(&z);
		return false;
	}
	z.next_in = (Bytef *)(uintptr_t)text.data;
	z.avail_in = (uInt)text.len;
	z.next_out = (Bytef *)to;
	z.avail_out = (uInt)most;
	rc = deflate(&z, Z_FINISH);
	out->len += most - z.avail_out;
	(void)deflateEnd(&z);
	return rc == Z_STREAM_END;
}
