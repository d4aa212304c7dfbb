/* deadline.c - see deadline.h. The lock is held while a socket is shut, so that its number cannot have been given to
 * another connection meanwhile: closing passes through deadlines_closed first. */
#include "api/deadline.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "api/http.h"

static const int64_t sweep_us = 250000;

static void
sweep(struct deadlines *d, int64_t now)
{
	for (struct connection *c = d->first; c != NULL; c = c->next) {
		int64_t deadline = atomic_load_explicit(&c->deadline_us, memory_order_relaxed);

		if (deadline == 0 || deadline > now)
			continue;
		atomic_store_explicit(&c->deadline_us, 0, memory_order_relaxed);
		atomic_fetch_add_explicit(&d->missed, 1, memory_order_relaxed);
		(void)shutdown(c->fd, SHUT_RDWR);
	}
}

static void *
run(void *context)
{
	struct deadlines *d = context;

	(void)pthread_mutex_lock(&d->lock);
	while (!d->stop) {
		(void)clock_cond_wait(&d->stop_wanted, &d->lock, clock_steady() + sweep_us);
		sweep(d, clock_steady());
	}
	(void)pthread_mutex_unlock(&d->lock);
	return NULL;
}

enum coord_err
deadlines_start(struct deadlines *d, struct coord_error *err)
{

	(void)pthread_mutex_init(&d->lock, NULL);
	clock_cond_init(&d->stop_wanted);
	if (pthread_create(&d->thread, NULL, run, d) != 0)
		return error_set(err, COORD_ENOMEM, "api: no thread for deadlines");
	return COORD_OK;
}

void
deadlines_stop(struct deadlines *d)
{
	(void)pthread_mutex_lock(&d->lock);
	d->stop = true;
	(void)pthread_cond_signal(&d->stop_wanted);
	(void)pthread_mutex_unlock(&d->lock);
	(void)pthread_join(d->thread, NULL);
	(void)pthread_cond_destroy(&d->stop_wanted);
	(void)pthread_mutex_destroy(&d->lock);
}

struct connection *
deadlines_open(struct deadlines *d, int fd, int64_t deadline_us)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->fd = fd;
	atomic_init(&c->deadline_us, deadline_us);
	(void)pthread_mutex_lock(&d->lock);
	c->next = d->first;
	if (d->first != NULL)
		d->first->previous = c;
	d->first = c;
	(void)pthread_mutex_unlock(&d->lock);
	atomic_fetch_add_explicit(&d->open, 1, memory_order_relaxed);
	return c;
}

void
deadlines_closed(struct deadlines *d, struct connection *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&d->lock);
	if (c->previous != NULL)
		c->previous->next = c->next;
	else
		d->first = c->next;
	if (c->next != NULL)
		c->next->previous = c->previous;
	(void)pthread_mutex_unlock(&d->lock);
	atomic_fetch_sub_explicit(&d->open, 1, memory_order_relaxed);
	free(c->spare);
	free(c);
}
