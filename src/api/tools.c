/* tools.c - what a thread keeps for itself, so that a request costs no set-up: a parser that has its memory, a
 * compressor, random bytes drawn in blocks. Freed when the thread ends. */
#include "base/uuid.h"
#include "api/server.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <zstd.h>

enum { RANDOM_BLOCK = 2048 };

struct tools {
	struct json_parser *parser;
	ZSTD_CCtx *compressor;
	size_t random_left;
	uint8_t random[RANDOM_BLOCK];
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
release(void *context)
{
	struct tools *t = context;

	json_parser_free(t->parser);
	(void)ZSTD_freeCCtx(t->compressor);
	free(t);
}

static void
make_key(void)
{
	(void)pthread_key_create(&key, release);
}

static struct tools *
tools(void)
{
	struct tools *t;

	(void)pthread_once(&once, make_key);
	t = pthread_getspecific(key);
	if (t != NULL)
		return t;
	t = calloc(1, sizeof(*t));
	if (t != NULL)
		(void)pthread_setspecific(key, t);
	return t;
}

struct json_parser *
thread_parser(const struct api *api, size_t len, bool *temporary)
{
	struct tools *t = tools();
	unsigned depth = (unsigned)api->config->max_depth;

	*temporary = t == NULL || len > PARSER_KEPT_MOST;
	if (*temporary)
		return json_parser_new(len + 1, depth);
	if (t->parser == NULL)
		t->parser = json_parser_new(PARSER_KEPT_MOST + 1, depth);
	return t->parser;
}

struct ZSTD_CCtx_s *
thread_compressor(void)
{
	struct tools *t = tools();

	if (t != NULL && t->compressor == NULL)
		t->compressor = ZSTD_createCCtx();
	return t != NULL ? t->compressor : NULL;
}

static void
draw(void *to, size_t len)
{
	uint8_t *at = to;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n <= 0)
			continue; /* interrupted: the kernel's pool is ready long since */
		at += n;
		len -= (size_t)n;
	}
}

void
thread_random(void *to, size_t len)
{
	struct tools *t = tools();

	if (t == NULL || len > RANDOM_BLOCK) {
		draw(to, len);
		return;
	}
	if (t->random_left < len) {
		draw(t->random, RANDOM_BLOCK);
		t->random_left = RANDOM_BLOCK;
	}
	t->random_left -= len;
	memcpy(to, t->random + t->random_left, len);
	memset(t->random + t->random_left, 0, len);
}

void
thread_uuid(char ret[STORE_ID_LEN + 1])
{
	uint8_t raw[16];

	thread_random(raw, sizeof(raw));
	uuid_of_moment(raw, (uint64_t)(clock_wall() / 1000), ret);
}
