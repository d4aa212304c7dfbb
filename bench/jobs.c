/* jobs.c - analyses a second from submission to result, with `coord worker` running on the same store.
 * usage: bench_jobs URL DEPTH FILE CLIENTS SECONDS   each client submits FILE, waits for its result, and submits again
 * Prints analyses a second and the time to a result. A submission is durable before the next line runs, as in the API. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zstd.h>

#include "queue/queue.h"
#include "store/store.h"

enum { CLIENTS_MOST = 256, TIMES_MOST = 1 << 16 };

static struct store *store;
static struct queue *queue;
static struct sv request, depth;
static volatile bool over;

struct client {
	pthread_t thread;
	unsigned number;
	double times[TIMES_MOST];
	size_t n;
};

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(enum coord_err rc, const struct coord_error *err)
{
	if (rc == COORD_OK)
		return;
	(void)fprintf(stderr, "bench_jobs: %s: %s\n", error_text(rc), err->what);
	exit(1);
}

static void
submit(struct client *c, struct arena *arena, char id[STORE_ID_LEN + 1])
{
	struct store_submission item = {
		.owner = SV("k_bench"), .depth = depth, .options = SV("{}"), .request = request
	};
	struct store_submit set = { .items = &item, .n = 1, .now_us = (int64_t)(now() * 1e6) };
	struct queue_item put = { .owner = "k_bench" };
	enum store_submitted what;
	struct coord_error err;
	struct sv reply;

	(void)snprintf(item.id, sizeof(item.id), "%08x-%04x-4000-8000-%012zx",
	    (unsigned)hash_table_key().k0, c->number, c->n);
	must(store_submit_wait(store, &set, arena, &what, &reply, &err), &err);
	memcpy(put.id, item.id, sizeof(item.id));
	must(queue_put(queue, &put, 1, &err), &err);
	memcpy(id, item.id, sizeof(item.id));
}

static void
wait_for(const char *id, struct arena *arena)
{
	const struct timespec pause = { 0, 500000 };
	struct arena_mark mark = arena_mark(arena);
	struct store_analysis a;
	struct coord_error err;

	for (;;) {
		must(store_get(store, sv_from(id), SV_NONE, 0, arena, &a, &err), &err);
		if (analysis_terminal(a.status))
			break;
		arena_rewind(arena, mark);
		(void)nanosleep(&pause, NULL);
	}
	if (a.status != ANALYSIS_COMPLETED) {
		(void)fprintf(stderr, "bench_jobs: %s failed: %.*s\n", id, SV_ARG(a.error));
		exit(1);
	}
}

static void *
work(void *context)
{
	struct client *c = context;

	while (!over && c->n < TIMES_MOST) {
		struct arena *arena = arena_new(0);
		char id[STORE_ID_LEN + 1];
		double from = now();

		submit(c, arena, id);
		wait_for(id, arena);
		c->times[c->n++] = now() - from;
		arena_free(arena);
	}
	return NULL;
}

static int
ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
tell(struct client *clients, unsigned n, double took)
{
	double *all;
	size_t total = 0, at = 0;

	for (unsigned i = 0; i < n; i++)
		total += clients[i].n;
	all = malloc((total + 1) * sizeof(*all));
	if (all == NULL || total == 0)
		exit(1);
	for (unsigned i = 0; i < n; i++) {
		memcpy(&all[at], clients[i].times, clients[i].n * sizeof(*all));
		at += clients[i].n;
	}
	qsort(all, total, sizeof(*all), ascending);
	(void)printf("%9.1f analyses/s, time to result p50 %.1f ms, p99 %.1f ms (%zu results, %u "
		     "at a time)\n",
	    (double)total / took, 1e3 * all[total / 2], 1e3 * all[total * 99 / 100], total, n);
	free(all);
}

static struct sv
packed(const char *path)
{
	struct buf text = BUF_INIT((size_t)1 << 30);
	struct coord_error err;
	size_t most;
	char *at;

	must(file_read_whole(path, &text, &err), &err);
	most = ZSTD_compressBound(text.len);
	at = malloc(most);
	if (at == NULL)
		exit(1);
	return (struct sv){ at, ZSTD_compress(at, most, text.data, text.len, 1) };
}

int
main(int argc, char **argv)
{
	static struct client clients[CLIENTS_MOST];
	unsigned n = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 0;
	double seconds = argc > 5 ? strtod(argv[5], NULL) : 5, from;
	const char *queue_url = getenv("REDIS_URL");
	struct coord_error err;

	if (n < 1 || n > CLIENTS_MOST) {
		(void)fprintf(stderr, "usage: bench_jobs URL DEPTH FILE CLIENTS SECONDS\n");
		return 2;
	}
	must(store_open(argv[1], NULL, &store, &err), &err);
	must(queue_open(queue_url != NULL ? queue_url : argv[1], &queue, &err), &err);
	depth = sv_from(argv[2]);
	request = packed(argv[3]);
	from = now();
	for (unsigned i = 0; i < n; i++) {
		clients[i].number = i;
		if (pthread_create(&clients[i].thread, NULL, work, &clients[i]) != 0)
			return 1;
	}
	(void)nanosleep(&(struct timespec){ (time_t)seconds, 0 }, NULL);
	over = true;
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(clients[i].thread, NULL);
	tell(clients, n, now() - from);
	queue_close(queue);
	store_close(store);
	return 0;
}
