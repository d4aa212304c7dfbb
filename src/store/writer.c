/* writer.c - the writer's queue and loop. A batch ends at a number of tasks or bytes, so that a flood does not make one
 * endless transaction; what is lazy (the audit log) waits a moment for company unless something else is written anyway. */
#include "store/writer.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"

enum { BATCH_TASKS = 4096, WAITING_TASKS = 200000 };
static const size_t batch_bytes = (size_t)32 << 20;
static const size_t waiting_bytes = (size_t)512 << 20;
static const int64_t lazy_us = 50000;
static const int64_t away_us = 500000; /* before lazy tasks are tried again */

struct writer {
	writer_commit *commit;
	void *context;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct writer_task *first, **last;
	size_t n, bytes, n_eager;
	bool stopping;
};

static void
append(struct writer *w, struct writer_task *task)
{
	task->next = NULL;
	*w->last = task;
	w->last = &task->next;
	w->n++;
	w->bytes += task->weight;
	w->n_eager += !task->lazy;
}

/** The head of the queue as a list of its own. The lock is held. */
static struct writer_task *
take_batch(struct writer *w, size_t *ret_n)
{
	struct writer_task *first = w->first, *last = NULL;
	size_t n = 0, bytes = 0;

	while (w->first != NULL && n < BATCH_TASKS &&
	       (n == 0 || bytes + w->first->weight <= batch_bytes)) {
		last = w->first;
		w->first = last->next;
		bytes += last->weight;
		w->n_eager -= !last->lazy;
		n++;
	}
	if (w->first == NULL)
		w->last = &w->first;
	if (last != NULL)
		last->next = NULL;
	w->n -= n;
	w->bytes -= bytes;
	*ret_n = n;
	return first;
}

/** Puts lazy tasks that found no database back to the front, in their order. The lock is held. */
static void
put_back(
    struct writer *w, struct writer_task *first, struct writer_task *last, size_t n, size_t bytes)
{
	last->next = w->first;
	if (w->first == NULL)
		w->last = &last->next;
	w->first = first;
	w->n += n;
	w->bytes += bytes;
}

/** Ends the tasks of a batch; those to be tried again go back. Returns how many did. */
static size_t
end_batch(struct writer *w, struct writer_task *batch)
{
	struct writer_task *again = NULL, **last = &again, *tail = NULL;
	size_t n = 0, bytes = 0;

	while (batch != NULL) {
		struct writer_task *task = batch;

		batch = task->next;
		if (task->lazy && task->rc == COORD_EUNAVAIL && !w->stopping) {
			*last = task;
			last = &task->next;
			tail = task;
			n++;
			bytes += task->weight;
			continue;
		}
		task->done(task);
	}
	if (n == 0)
		return 0;
	(void)pthread_mutex_lock(&w->lock);
	put_back(w, again, tail, n, bytes);
	(void)pthread_mutex_unlock(&w->lock);
	return n;
}

static void
wait_for_eager(struct writer *w, int64_t us)
{
	int64_t until_us = clock_steady() + us;

	while (w->n_eager == 0 && !w->stopping && clock_cond_wait(&w->more, &w->lock, until_us))
		;
}

static void *
loop(void *context)
{
	struct writer *w = context;
	int64_t patience = lazy_us;

	(void)pthread_mutex_lock(&w->lock);
	for (;;) {
		struct writer_task *batch;
		size_t n;

		while (w->n == 0 && !w->stopping)
			(void)pthread_cond_wait(&w->more, &w->lock);
		if (w->n == 0)
			break;
		if (w->n_eager == 0)
			wait_for_eager(w, patience);
		batch = take_batch(w, &n);
		(void)pthread_mutex_unlock(&w->lock);
		w->commit(w->context, &batch, n);
		patience = end_batch(w, batch) > 0 ? away_us : lazy_us;
		(void)pthread_mutex_lock(&w->lock);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

enum coord_err
writer_start(writer_commit *commit, void *context, struct writer **ret, struct coord_error *err)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory for the writer");
	w->commit = commit;
	w->context = context;
	w->last = &w->first;
	(void)pthread_mutex_init(&w->lock, NULL);
	clock_cond_init(&w->more);
	if (pthread_create(&w->thread, NULL, loop, w) != 0) {
		(void)pthread_cond_destroy(&w->more);
		(void)pthread_mutex_destroy(&w->lock);
		free(w);
		return error_set(err, COORD_EUNAVAIL, "store: no thread for the writer");
	}
	*ret = w;
	return COORD_OK;
}

enum coord_err
writer_add(struct writer *w, struct writer_task *task, struct coord_error *err)
{
	enum coord_err rc = COORD_OK;

	(void)pthread_mutex_lock(&w->lock);
	if (w->n >= WAITING_TASKS || (w->n > 0 && w->bytes + task->weight > waiting_bytes)) {
		rc = error_set(err, COORD_ELIMIT, "store: %zu writes of %zu bytes wait already",
		    w->n, w->bytes);
	} else {
		append(w, task);
		(void)pthread_cond_signal(&w->more);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return rc;
}

void
writer_stop(struct writer *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stopping = true;
	(void)pthread_cond_signal(&w->more);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_cond_destroy(&w->more);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}
