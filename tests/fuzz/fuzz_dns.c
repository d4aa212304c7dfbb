/* fuzz_dns.c - answers of DNS: TXT records of any message are read within their bounds, or the message is refused. */
#include <assert.h>
#include <stdint.h>

#include "tools/online/layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *arena = arena_new(1 << 24);
	struct dns_answer answer = { .n = 0 };

	if (arena == NULL)
		return 0;
	if (dns_read(data, len, arena, &answer)) {
		assert(answer.n <= PROVIDER_TEXTS_MOST);
		assert(!answer.no_name || answer.n == 0);
		for (size_t i = 0; i < answer.n; i++)
			for (size_t k = 0; k < answer.texts[i].len; k++)
				(void)*(const volatile char *)&answer.texts[i].data[k];
	}
	arena_free(arena);
	return 0;
}
