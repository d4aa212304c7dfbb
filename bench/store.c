/* store.c - how many submissions a second are durable, and how many finished results are read.
 * usage: bench_store URL [SECONDS] [BYTES] [WAITING]   BYTES of each request, WAITING sets handed over at once
 * Prints what was measured; the disk's flushes decide the first figure, so run it where the database will live. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "store/store.h"

enum { THREADS = 2, ITEMS_MOST = 1 << 16 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static uint64_t done_count, failed_count, under_way;

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct slot {
	struct store_submission item;
	struct store_submit set;
	double since;
	bool busy;
};

static double *latencies;
static size_t n_latencies;
enum { LATENCIES_MOST = 1 << 20 };

static void
submitted(void *context, enum coord_err rc, enum store_submitted what, struct sv reply,
    const struct coord_error *err)
{
	struct slot *slot = context;

	(void)what;
	(void)reply;
	(void)pthread_mutex_lock(&lock);
	if (rc == COORD_OK)
		done_count++;
	else if (failed_count++ == 0)
		(void)fprintf(stderr, "bench_store: %s\n", err->what);
	if (n_latencies < LATENCIES_MOST)
		latencies[n_latencies++] = seconds() - slot->since;
	under_way--;
	slot->busy = false;
	(void)pthread_cond_signal(&ended);
	(void)pthread_mutex_unlock(&lock);
}

static void
uuid(struct rng *rng, char ret[STORE_ID_LEN + 1])
{
	uint64_t a = rng_u64(rng), b = rng_u64(rng);

	(void)snprintf(ret, STORE_ID_LEN + 1, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(a >> 32),
	    (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff, (unsigned)(b >> 48) & 0xfff,
	    (unsigned long long)b & 0xffffffffffffULL);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
write_part(struct store *store, double limit, size_t bytes, size_t waiting,
    char (*ids)[STORE_ID_LEN + 1], size_t *n_ids)
{
	struct slot *slots = calloc(waiting, sizeof(*slots));
	char *request = malloc(bytes + 1);
	struct rng rng = rng_at((uint64_t)time(NULL), 1, 0, 0);
	double start = seconds(), took;
	size_t at = 0;

	for (size_t i = 0; i < bytes; i++)
		request[i] = (char)rng_u32(&rng);
	while (seconds() - start < limit) {
		struct slot *slot;
		struct coord_error err;

		(void)pthread_mutex_lock(&lock);
		while (under_way == waiting)
			(void)pthread_cond_wait(&ended, &lock);
		while (slots[at].busy)
			at = (at + 1) % waiting;
		slot = &slots[at];
		slot->busy = true;
		under_way++;
		(void)pthread_mutex_unlock(&lock);
		slot->item = (struct store_submission){ .owner = SV("k_bench"),
			.depth = SV("standard"),
			.options = SV("{\"depth\":\"standard\"}"),
			.sessions = 10,
			.request = { request, bytes } };
		uuid(&rng, slot->item.id);
		if (*n_ids < ITEMS_MOST)
			(void)snprintf(ids[(*n_ids)++], STORE_ID_LEN + 1, "%s", slot->item.id);
		slot->set = (struct store_submit){
			.items = &slot->item, .n = 1, .now_us = (int64_t)(seconds() * 1e6)
		};
		slot->since = seconds();
		if (store_submit(store, &slot->set, submitted, slot, &err) != COORD_OK) {
			(void)fprintf(stderr, "bench_store: %s\n", err.what);
			exit(1);
		}
	}
	(void)pthread_mutex_lock(&lock);
	while (under_way > 0)
		(void)pthread_cond_wait(&ended, &lock);
	(void)pthread_mutex_unlock(&lock);
	took = seconds() - start;
	qsort(latencies, n_latencies, sizeof(*latencies), by_size);
	printf("submissions/s %.0f (%zu bytes each, %zu waiting, %llu refused), ms p50 %.1f p99 "
	       "%.1f p99.9 %.1f\n",
	    (double)done_count / took, bytes, waiting, (unsigned long long)failed_count,
	    latencies[n_latencies / 2] * 1e3, latencies[n_latencies * 99 / 100] * 1e3,
	    latencies[n_latencies * 999 / 1000] * 1e3);
	free(request);
	free(slots);
}

struct reading {
	struct store *store;
	char (*ids)[STORE_ID_LEN + 1];
	size_t n_ids;
	double limit;
	uint64_t count;
	uint32_t number;
};

static void *
read_part(void *context)
{
	struct reading *r = context;
	struct arena *arena = arena_new(0);
	struct rng rng = rng_at(7, 2, 0, r->number);
	double start = seconds();

	while (seconds() - start < r->limit) {
		for (int i = 0; i < 64; i++) {
			struct arena_mark mark = arena_mark(arena);
			struct store_analysis a;
			struct coord_error err;

			if (store_get(r->store,
				sv_from(r->ids[rng_below(&rng, (uint32_t)r->n_ids)]), SV_NONE,
				PART_RESPONSE, arena, &a, &err) != COORD_OK) {
				(void)fprintf(stderr, "bench_store: %s\n", err.what);
				exit(1);
			}
			arena_rewind(arena, mark);
			r->count++;
		}
	}
	arena_free(arena);
	return NULL;
}

int
main(int argc, char **argv)
{
	double limit = argc > 2 ? strtod(argv[2], NULL) : 5;
	size_t bytes = argc > 3 ? strtoul(argv[3], NULL, 10) : 500;
	size_t waiting = argc > 4 ? strtoul(argv[4], NULL, 10) : 512;
	struct store_options options = { .migrate = true };
	char(*ids)[STORE_ID_LEN + 1] = calloc(ITEMS_MOST, sizeof(*ids));
	struct reading readings[THREADS];
	pthread_t threads[THREADS];
	struct coord_error err;
	struct store *store;
	size_t n_ids = 0;
	uint64_t reads = 0;

	if (argc < 2 || waiting == 0) {
		(void)fprintf(stderr, "usage: bench_store URL [SECONDS] [BYTES] [WAITING]\n");
		return 2;
	}
	if (store_open(argv[1], &options, &store, &err) != COORD_OK) {
		(void)fprintf(stderr, "bench_store: %s\n", err.what);
		return 1;
	}
	latencies = calloc(LATENCIES_MOST, sizeof(*latencies));
	printf("%s: ", store_kind(store));
	write_part(store, limit, bytes, waiting, ids, &n_ids);
	for (uint32_t i = 0; i < THREADS; i++) {
		readings[i] = (struct reading){ store, ids, n_ids, limit, 0, i };
		(void)pthread_create(&threads[i], NULL, read_part, &readings[i]);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
		reads += readings[i].count;
	}
	printf(
	    "%s: reads/s %.0f (%d threads)\n", store_kind(store), (double)reads / limit, THREADS);
	store_close(store);
	free(latencies);
	free(ids);
	return 0;
}
