/* fuzz_trace.c - trace contexts: what is read is written the same, version and tail apart. */
#include <stdlib.h>

#include "base/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_context context, again;
	char text[TRACE_TEXT_LEN + 1];

	if (!trace_parse((struct sv){ (const char *)data, size }, &context))
		return 0;
	trace_format(&context, text);
	if (memcmp(text + 2, data + 2, TRACE_TEXT_LEN - 2) != 0 ||
	    !trace_parse(sv_from(text), &again) || memcmp(&context, &again, sizeof(again)) != 0)
		abort();
	return 0;
}
