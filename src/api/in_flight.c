/* in_flight.c - which Idempotency-Keys are being handled in this process, so that a second request with one is told so
 * instead of waiting beside the first. The store has the last word on what is the same. */
#include "api/server.h"

#include <pthread.h>
#include <stdlib.h>

struct in_flight {
	pthread_mutex_t lock;
	struct hash_key secret;
	struct map held; /* by the hash of owner and key */
};

struct in_flight *
in_flight_new(void)
{
	struct in_flight *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	(void)pthread_mutex_init(&f->lock, NULL);
	f->secret = hash_table_key();
	return f;
}

void
in_flight_free(struct in_flight *f)
{
	if (f == NULL)
		return;
	map_clear(&f->held);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}

static uint64_t
hash_of(const struct in_flight *f, struct sv owner, struct sv key)
{
	return hash_fold(siphash13(f->secret, owner.data, owner.len) | 1,
	    siphash13(f->secret, key.data, key.len));
}

bool
in_flight_enter(struct in_flight *f, struct sv owner, struct sv key)
{
	uint32_t *slot;
	bool entered;

	(void)pthread_mutex_lock(&f->lock);
	slot = map_slot(&f->held, hash_of(f, owner, key));
	entered = slot == NULL || *slot != 1;
	if (slot != NULL)
		*slot = 1;
	(void)pthread_mutex_unlock(&f->lock);
	return entered;
}

void
in_flight_leave(struct in_flight *f, struct sv owner, struct sv key)
{
	uint32_t *slot;

	(void)pthread_mutex_lock(&f->lock);
	slot = map_slot(&f->held, hash_of(f, owner, key));
	if (slot != NULL)
		*slot = 0;
	/* slots are never given back one by one: start again once there are many */
	if (f->held.used > 65536)
		map_clear(&f->held);
	(void)pthread_mutex_unlock(&f->lock);
}
