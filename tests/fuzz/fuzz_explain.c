/* fuzz_explain.c - a result document from anywhere: explained or refused, and nothing on the terminal but text. */
#include <assert.h>
#include <stdint.h>

#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct report_style style = { .columns = (unsigned)(len % 200), .unicode = (len & 1) != 0 };
	struct buf out = BUF_INIT(16 << 20);
	struct coord_error err;

	if (report_explain((struct sv){ (const char *)data, len }, NULL, style, &out, &err) ==
	    COORD_OK)
		for (size_t i = 0; i < out.len; i++)
			assert((unsigned char)out.data[i] >= 0x20 || out.data[i] == '\n');
	buf_clear(&out);
	return 0;
}
