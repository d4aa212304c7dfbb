/* fuzz_accept.c - Accept headers: any bytes are read to their end and no further, and the same ones are answered the same. */
#include <stdlib.h>

#include "metrics/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv accept = { (const char *)data, size };
	bool wants = metrics_wants_openmetrics(accept);

	if (wants != metrics_wants_openmetrics(accept) ||
	    (wants && size < sizeof("application/openmetrics-text") - 1))
		abort();
	return 0;
}
