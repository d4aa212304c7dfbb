/* parallel.c - threads are started per call: the work is milliseconds to seconds, a start is tens of microseconds. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

enum { PARALLEL_MOST = 64 };

struct team {
	size_t n;
	atomic_size_t next;
	void (*work)(void *, size_t, unsigned);
	void *context;
};

struct member {
	struct team *team;
	unsigned worker;
};

static void *
member_run(void *arg)
{
	const struct member *me = arg;
	struct team *team = me->team;
	size_t item;

	while ((item = atomic_fetch_add(&team->next, 1)) < team->n)
		team->work(team->context, item, me->worker);
	return NULL;
}

void
parallel_for(unsigned threads, size_t n, void (*work)(void *context, size_t item, unsigned worker),
    void *context)
{
	struct team team = { .n = n, .work = work, .context = context };
	struct member members[PARALLEL_MOST];
	pthread_t ids[PARALLEL_MOST];
	unsigned started = 0;

	if (threads > PARALLEL_MOST)
		threads = PARALLEL_MOST;
	if (threads > n)
		threads = (unsigned)n;
	atomic_init(&team.next, 0);
	for (unsigned t = 1; t < threads; t++) {
		members[t] = (struct member){ &team, t };
		if (pthread_create(&ids[started], NULL, member_run, &members[t]) != 0)
			break;
		started++;
	}
	members[0] = (struct member){ &team, 0 };
	(void)member_run(&members[0]);
	for (unsigned t = 0; t < started; t++)
		(void)pthread_join(ids[t], NULL);
}

unsigned
parallel_cores(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	n = CPU_COUNT(&set);
	return n < 1 ? 1 : (unsigned)n;
}
