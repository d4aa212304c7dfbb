/* flight.c - one look-up at a time for one key in this process: who comes second waits for who came first, and then finds the answer in the cache,
 * or its failure here. */
#include <stdio.h>
#include <stdlib.h>

#include "tools/online/layer.h"

enum { WAIT_US = 100000 };

struct flight *
flight_enter(struct tools *tools, struct sv key, bool *leads)
{
	struct flight *flight;

	*leads = false;
	(void)pthread_mutex_lock(&tools->flight_lock);
	for (flight = tools->flights; flight != NULL; flight = flight->next)
		if (!flight->landed && flight->key != NULL && sv_eq(sv_from(flight->key), key))
			break;
	if (flight == NULL && (flight = calloc(1, sizeof(*flight))) != NULL) {
		flight->key = strndup(key.data, key.len);
		*leads = true;
		flight->next = tools->flights;
		tools->flights = flight;
	}
	if (flight != NULL)
		flight->holders++;
	(void)pthread_mutex_unlock(&tools->flight_lock);
	return flight;
}

bool
flight_wait(
    struct tools *tools, struct flight *flight, int64_t deadline_us, const volatile bool *cancel)
{
	bool landed;

	(void)pthread_mutex_lock(&tools->flight_lock);
	while (!flight->landed && tools->now(tools->context) < deadline_us &&
	       (cancel == NULL || !__atomic_load_n(cancel, __ATOMIC_RELAXED)))
		(void)clock_cond_wait(
		    &tools->flight_landed, &tools->flight_lock, clock_steady() + WAIT_US);
	landed = flight->landed;
	(void)pthread_mutex_unlock(&tools->flight_lock);
	return landed;
}

void
flight_land(struct tools *tools, struct flight *flight, enum tools_outcome outcome,
    int64_t until_us, struct sv why)
{
	(void)pthread_mutex_lock(&tools->flight_lock);
	flight->landed = true;
	flight->outcome = outcome;
	flight->until_us = until_us;
	(void)snprintf(flight->why, sizeof(flight->why), "%.*s", SV_ARG(why));
	(void)pthread_cond_broadcast(&tools->flight_landed);
	(void)pthread_mutex_unlock(&tools->flight_lock);
}

void
flight_leave(struct tools *tools, struct flight *flight)
{
	bool last;

	(void)pthread_mutex_lock(&tools->flight_lock);
	last = --flight->holders == 0;
	if (last)
		for (struct flight **at = &tools->flights; *at != NULL; at = &(*at)->next)
			if (*at == flight) {
				*at = flight->next;
				break;
			}
	(void)pthread_mutex_unlock(&tools->flight_lock);
	if (last) {
		free(flight->key);
		free(flight);
	}
}
