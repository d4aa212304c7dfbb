/* fuzz_redis_url.c - URLs of a Redis: what is taken ends within its fields, and no password reaches a message. */
#include <stdlib.h>

#include "queue/redis_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct redis_url url;
	struct coord_error err = { 0 };

	if (redis_url_parse((struct sv){ (const char *)data, size }, &url, &err) != COORD_OK) {
		if (err.code != COORD_EINVALID || err.what[0] == '\0')
			abort();
		return 0;
	}
	if (strlen(url.user) >= sizeof(url.user) || strlen(url.password) >= sizeof(url.password) ||
	    strlen(url.host) >= sizeof(url.host) || url.host[0] == '\0' || url.port == 0 ||
	    strstr(url.shown, url.host) == NULL)
		abort();
	return 0;
}
