/* fuzz_otlp.c - what a collector answers: any bytes, and never more rejected than sent. */
#include <stdlib.h>

#include "tracing/otlp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (otlp_rejected((struct sv){ (const char *)data, size }, 10) > 10)
		abort();
	return 0;
}
