/* pool.c - see pool.h: one ring, one lock. */
#include "api/pool.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS_MOST = 64 };

struct piece {
	pool_work *work;
	void *context;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	pthread_t threads[THREADS_MOST];
	unsigned n_threads;
	bool stop;
	struct piece *ring;
	size_t size, first, n;
};

static void *
run(void *context)
{
	struct pool *p = context;

	(void)pthread_mutex_lock(&p->lock);
	for (;;) {
		struct piece piece;

		while (p->n == 0 && !p->stop)
			(void)pthread_cond_wait(&p->wanted, &p->lock);
		if (p->n == 0)
			break;
		piece = p->ring[p->first];
		p->first = (p->first + 1) % p->size;
		p->n--;
		(void)pthread_mutex_unlock(&p->lock);
		piece.work(piece.context);
		(void)pthread_mutex_lock(&p->lock);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

enum coord_err
pool_start(unsigned threads, size_t most, struct pool **ret, struct coord_error *err)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return error_set(err, COORD_ENOMEM, "api: no memory");
	p->ring = calloc(most, sizeof(*p->ring));
	if (p->ring == NULL) {
		free(p);
		return error_set(err, COORD_ENOMEM, "api: no memory");
	}
	p->size = most;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->wanted, NULL);
	for (unsigned i = 0; i < threads && i < THREADS_MOST; i++)
		if (pthread_create(&p->threads[p->n_threads], NULL, run, p) == 0)
			p->n_threads++;
	if (p->n_threads == 0) {
		pool_free(p);
		return error_set(err, COORD_ENOMEM, "api: no thread");
	}
	*ret = p;
	return COORD_OK;
}

bool
pool_put(struct pool *pool, pool_work *work, void *context)
{
	bool room;

	(void)pthread_mutex_lock(&pool->lock);
	room = pool->n < pool->size && !pool->stop;
	if (room) {
		pool->ring[(pool->first + pool->n) % pool->size] = (struct piece){ work, context };
		pool->n++;
		(void)pthread_cond_signal(&pool->wanted);
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return room;
}

void
pool_stop(struct pool *pool)
{
	if (pool == NULL)
		return;
	(void)pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	(void)pthread_cond_broadcast(&pool->wanted);
	(void)pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->n_threads; i++)
		(void)pthread_join(pool->threads[i], NULL);
	pool->n_threads = 0;
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	pool_stop(pool);
	(void)pthread_cond_destroy(&pool->wanted);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool->ring);
	free(pool);
}
