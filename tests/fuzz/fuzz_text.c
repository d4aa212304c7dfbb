/* fuzz_text.c - repair of attackers' bytes: what comes out is valid UTF-8, and what was valid is left alone. */
#include <assert.h>
#include <stdint.h>

#include "ingest/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sv text = { (const char *)data, len };
	struct buf out = BUF_INIT(8 * len + 64);
	uint64_t byte = 0;
	bool changed;

	text_repair(text, &out);
	assert(!out.failed && text_valid_prefix(buf_sv(&out)) == out.len);
	assert(text_valid_prefix(text) < len || sv_eq(buf_sv(&out), text));
	out.len = 0;
	changed = text_repair_json(text, &out, &byte);
	assert(!out.failed && text_valid_prefix(buf_sv(&out)) == out.len);
	assert(changed ? byte < len : sv_eq(buf_sv(&out), text));
	for (size_t most = 0; most < 8 && text_valid_prefix(text) == len; most++)
		assert(text_valid_prefix(text_cut(text, most)) == text_cut(text, most).len);
	buf_clear(&out);
	return 0;
}
