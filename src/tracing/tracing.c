/* tracing.c - the ring, and the thread that empties it. A batch that the collector cannot take now (429, 502, 503, 504, no connection) is sent again
 * after its Retry-After or a growing pause, a few times; any other refusal drops it: sending it again would be refused again. */
#define _GNU_SOURCE /* memfd_create */
#include "tracing/tracing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracing/otlp.h"

enum { RING = 4096, BATCH = 512, TRIES = 5, ANSWER_MOST = 4 << 20, BODY_MOST = 4 << 20 };
#define LINGER_US TIME_SECOND /* a batch that is not full waits this long for more */
#define PAUSE_LEAST_US TIME_SECOND
#define PAUSE_MOST_US (30 * TIME_SECOND)
#define CALL_US (10 * TIME_SECOND)

/** The ring, in memory that processes share. Its lock is robust: one that was killed while it held it leaves at worst one span twice. */
struct ring {
	uint64_t size; /* of this struct: processes that share it have to agree */
	pthread_mutex_t lock;
	size_t first, n;
	struct tracing_counts counts;
	struct tracing_span spans[RING];
};

struct tracing {
	char url[512], role[32];
	struct net *net; /* NULL: it only records */
	int fd;
	struct ring *ring;
	pthread_t thread;
	pthread_mutex_t lock; /* of what is below */
	pthread_cond_t changed;
	bool ending, finished;
	int64_t end_us; /* when ending: the thread gives up then */
	volatile bool cancel;
	struct tracing_span batch[BATCH]; /* the thread's own */
};

static void
ring_lock(struct ring *ring)
{
	if (pthread_mutex_lock(&ring->lock) == EOWNERDEAD)
		(void)pthread_mutex_consistent(&ring->lock);
}

static void
ring_unlock(struct ring *ring)
{
	(void)pthread_mutex_unlock(&ring->lock);
}

/* --- recording ----------------------------------------------------------------------------------------------------- */

void
tracing_begin(const struct trace_context *parent, const char *name, enum tracing_kind kind,
    int64_t now_us, struct tracing_span *ret)
{
	*ret = (struct tracing_span){ .kind = kind, .start_us = now_us };
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	if (parent == NULL) {
		trace_new(true, &ret->context);
		return;
	}
	trace_child(parent, &ret->context);
	memcpy(ret->parent, parent->span, sizeof(ret->parent));
}

static struct tracing_attribute *
next_attribute(struct tracing_span *span, const char *key)
{
	for (size_t i = 0; i < SPAN_ATTRIBUTES_MOST; i++) {
		if (span->attributes[i].key[0] == '\0') {
			(void)snprintf(
			    span->attributes[i].key, sizeof(span->attributes[i].key), "%s", key);
			return &span->attributes[i];
		}
	}
	return NULL;
}

void
tracing_text(struct tracing_span *span, const char *key, struct sv value)
{
	struct tracing_attribute *a = value.len > 0 ? next_attribute(span, key) : NULL;

	if (a != NULL)
		(void)snprintf(a->text, sizeof(a->text), "%.*s", SV_ARG(value));
}

void
tracing_number(struct tracing_span *span, const char *key, int64_t value)
{
	struct tracing_attribute *a = next_attribute(span, key);

	if (a != NULL)
		a->number = value;
}

/** Returns how many wait now. */
static size_t
ring_add(struct ring *ring, const struct tracing_span *span)
{
	size_t n;

	ring_lock(ring);
	ring->counts.recorded++;
	if (ring->n >= RING) {
		ring->first = (ring->first + 1) % RING;
		ring->n = RING - 1;
		ring->counts.dropped++;
	}
	ring->spans[(ring->first + ring->n) % RING] = *span;
	n = ++ring->n;
	ring_unlock(ring);
	return n;
}

void
tracing_end(struct tracing *tracing, struct tracing_span *span, int64_t now_us, bool failed)
{
	span->end_us = now_us > span->start_us ? now_us : span->start_us;
	span->failed = failed;
	if (tracing == NULL || (span->context.flags & TRACE_SAMPLED) == 0)
		return;
	if (ring_add(tracing->ring, span) != BATCH)
		return;
	(void)pthread_mutex_lock(&tracing->lock);
	(void)pthread_cond_signal(&tracing->changed);
	(void)pthread_mutex_unlock(&tracing->lock);
}

struct tracing_counts
tracing_counts(struct tracing *tracing)
{
	struct tracing_counts counts = { 0 };

	if (tracing == NULL)
		return counts;
	ring_lock(tracing->ring);
	counts = tracing->ring->counts;
	ring_unlock(tracing->ring);
	return counts;
}

/* --- sending ------------------------------------------------------------------------------------------------------- */

/** With the lock held: waits until `until_us`, or until something changed. */
static void
wait_until(struct tracing *t, int64_t until_us)
{
	(void)clock_cond_wait(&t->changed, &t->lock, until_us);
}

static size_t
ring_count(struct ring *ring)
{
	size_t n;

	ring_lock(ring);
	n = ring->n;
	ring_unlock(ring);
	return n;
}

static size_t
ring_take(struct ring *ring, struct tracing_span *ret)
{
	size_t n;

	ring_lock(ring);
	n = ring->n < BATCH ? ring->n : BATCH;
	for (size_t i = 0; i < n; i++)
		ret[i] = ring->spans[(ring->first + i) % RING];
	ring->first = (ring->first + n) % RING;
	ring->n -= n;
	ring_unlock(ring);
	return n;
}

/** Takes the next batch once it is full, or LINGER_US have passed and there is one; 0: it is the end, and nothing is left. Other processes ring no bell: their
 *  spans are found then. */
static size_t
take_batch(struct tracing *t)
{
	int64_t until_us = clock_steady() + LINGER_US;

	(void)pthread_mutex_lock(&t->lock);
	while (!t->ending && ring_count(t->ring) < BATCH) {
		if (clock_steady() < until_us) {
			wait_until(t, until_us);
			continue;
		}
		if (ring_count(t->ring) > 0)
			break;
		until_us = clock_steady() + LINGER_US;
	}
	(void)pthread_mutex_unlock(&t->lock);
	return ring_take(t->ring, t->batch);
}

static bool
worth_another_try(const struct net_answer *answer)
{
	if (answer->outcome != NET_ANSWERED)
		return answer->outcome == NET_NO_CONNECTION || answer->outcome == NET_NO_NAME ||
		       answer->outcome == NET_TIMEOUT || answer->outcome == NET_BROKEN;
	return answer->status == 429 || answer->status == 502 || answer->status == 503 ||
	       answer->status == 504;
}

static void
count(struct tracing *t, uint64_t sent, uint64_t rejected, uint64_t dropped)
{
	ring_lock(t->ring);
	t->ring->counts.sent += sent;
	t->ring->counts.rejected += rejected;
	t->ring->counts.dropped += dropped;
	ring_unlock(t->ring);
}

/** Sleeps between two tries. False: the end comes before it would be over. */
static bool
pause_for(struct tracing *t, int64_t pause_us)
{
	int64_t until_us = clock_steady() + pause_us;
	bool go_on;

	(void)pthread_mutex_lock(&t->lock);
	while (clock_steady() < until_us && !(t->ending && t->end_us < until_us))
		wait_until(t, until_us);
	go_on = !(t->ending && t->end_us < until_us);
	(void)pthread_mutex_unlock(&t->lock);
	return go_on;
}

static bool
time_is_up(struct tracing *t)
{
	bool up;

	(void)pthread_mutex_lock(&t->lock);
	up = t->ending && clock_steady() >= t->end_us;
	(void)pthread_mutex_unlock(&t->lock);
	return up;
}

/** One POST. True: it is settled, as sent or as dropped; else *pause_us is when to try again. */
static bool
post(struct tracing *t, struct sv body, size_t n, int64_t *pause_us)
{
	static const struct net_gate gate = {
		.allow_http = true, .any_port = true, .allow_private = true
	};
	static const struct net_header type = { "Content-Type", "application/json" };
	const struct net_request request = {
		.method = "POST",
		.url = t->url,
		.headers = &type,
		.n_headers = 1,
		.body = body,
		.gate = &gate,
		.total_us = CALL_US,
		.answer_most = ANSWER_MOST,
		.cancel = &t->cancel,
	};
	struct net_answer answer = { 0 };
	bool again = false, good;

	if (net_fetch(t->net, &request, &answer, NULL) != COORD_OK) {
		count(t, 0, 0, n);
		return true;
	}
	good = answer.outcome == NET_ANSWERED && answer.status >= 200 && answer.status < 300;
	again = !good && worth_another_try(&answer);
	if (good)
		count(t, n, otlp_rejected(buf_sv(&answer.body), n), 0);
	else if (!again)
		count(t, 0, 0, n);
	if (answer.retry_after_us > 0)
		*pause_us =
		    answer.retry_after_us < PAUSE_MOST_US ? answer.retry_after_us : PAUSE_MOST_US;
	net_answer_clear(&answer);
	return !again;
}

static void
send_batch(struct tracing *t, size_t n)
{
	struct buf body = BUF_INIT(BODY_MOST);
	int64_t pause_us = PAUSE_LEAST_US;
	bool settled = false;

	otlp_write(t->role, t->batch, n, &body);
	for (int i = 0; i < TRIES && !body.failed && !settled && !time_is_up(t); i++) {
		int64_t asked_us = pause_us;

		if (i > 0 && !pause_for(t, pause_us))
			break;
		settled = post(t, buf_sv(&body), n, &asked_us);
		pause_us = asked_us != pause_us ? asked_us : pause_us * 2;
	}
	if (!settled)
		count(t, 0, 0, n);
	buf_clear(&body);
}

static void *
run(void *context)
{
	struct tracing *t = context;
	size_t n;

	while ((n = take_batch(t)) > 0)
		send_batch(t, n);
	(void)pthread_mutex_lock(&t->lock);
	t->finished = true;
	(void)pthread_cond_broadcast(&t->changed);
	(void)pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* --- opening and closing --------------------------------------------------------------------------------------------- */

static enum coord_err
make_url(const char *endpoint, struct tracing *t, struct coord_error *err)
{
	struct sv base = sv_from(endpoint), path = SV("/v1/traces");
	struct net_url parts;

	while (sv_ends(base, SV("/")))
		base.len--;
	if (base.len + path.len >= sizeof(t->url))
		return error_set(err, COORD_EINVALID,
		    "OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL of at most %zu bytes",
		    sizeof(t->url) - path.len - 1);
	(void)snprintf(t->url, sizeof(t->url), "%.*s%s", SV_ARG(base),
	    sv_ends(base, path) ? "" : "/v1/traces");
	return net_url_parse(sv_from(t->url), &parts, err);
}

static enum coord_err
ring_map(struct tracing *t, bool is_new, struct coord_error *err)
{
	pthread_mutexattr_t shared;
	void *at = mmap(NULL, sizeof(struct ring), PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);

	if (at == MAP_FAILED)
		return error_set(err, COORD_ENOMEM, "tracing: %s", strerror(errno));
	t->ring = at;
	if (!is_new)
		return t->ring->size == sizeof(struct ring)
			   ? COORD_OK
			   : error_set(err, COORD_EINVALID, "tracing: not this program's ring");
	(void)pthread_mutexattr_init(&shared);
	(void)pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	(void)pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST);
	(void)pthread_mutex_init(&t->ring->lock, &shared);
	(void)pthread_mutexattr_destroy(&shared);
	t->ring->size = sizeof(struct ring);
	return COORD_OK;
}

static enum coord_err
ring_make(struct tracing *t, struct coord_error *err)
{
	t->fd = memfd_create("coord-spans", MFD_ALLOW_SEALING);
	if (t->fd < 0 || ftruncate(t->fd, (off_t)sizeof(struct ring)) != 0 ||
	    fcntl(t->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		return error_set(err, COORD_ENOMEM, "tracing: %s", strerror(errno));
	return ring_map(t, true, err);
}

static enum coord_err
ring_find(struct tracing *t, int fd, struct coord_error *err)
{
	struct stat st;

	t->fd = dup(fd);
	if (t->fd < 0 || fstat(t->fd, &st) != 0 || st.st_size != (off_t)sizeof(struct ring))
		return error_set(err, COORD_EINVALID, "tracing: what was handed on is no ring");
	return ring_map(t, false, err);
}

static struct tracing *
tracing_new(void)
{
	struct tracing *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->fd = -1;
	(void)pthread_mutex_init(&t->lock, NULL);
	clock_cond_init(&t->changed);
	return t;
}

static void
tracing_free(struct tracing *t)
{
	if (t->ring != NULL)
		(void)munmap(t->ring, sizeof(struct ring));
	if (t->fd >= 0)
		(void)close(t->fd);
	(void)pthread_cond_destroy(&t->changed);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

enum coord_err
tracing_open(const char *endpoint, const char *role, struct net *net, struct tracing **ret,
    struct coord_error *err)
{
	struct tracing *t;
	enum coord_err rc;

	*ret = NULL;
	if (endpoint == NULL || *endpoint == '\0')
		return COORD_OK;
	t = tracing_new();
	if (t == NULL)
		return error_set(err, COORD_ENOMEM, "tracing: out of memory");
	t->net = net;
	(void)snprintf(t->role, sizeof(t->role), "%s", role);
	rc = make_url(endpoint, t, err);
	if (rc == COORD_OK)
		rc = ring_make(t, err);
	if (rc == COORD_OK && pthread_create(&t->thread, NULL, run, t) != 0)
		rc = error_set(err, COORD_ENOMEM, "tracing: no thread can be started");
	if (rc != COORD_OK) {
		tracing_free(t);
		return rc;
	}
	*ret = t;
	return COORD_OK;
}

int
tracing_fd(const struct tracing *tracing)
{
	return tracing == NULL ? -1 : tracing->fd;
}

enum coord_err
tracing_attach(int fd, struct tracing **ret, struct coord_error *err)
{
	struct tracing *t = tracing_new();
	enum coord_err rc;

	if (t == NULL)
		return error_set(err, COORD_ENOMEM, "tracing: out of memory");
	rc = ring_find(t, fd, err);
	if (rc != COORD_OK) {
		tracing_free(t);
		return rc;
	}
	*ret = t;
	return COORD_OK;
}

/** Lets the thread send what is left until end_us, and takes it back. */
static void
end_thread(struct tracing *t, int64_t end_us)
{
	(void)pthread_mutex_lock(&t->lock);
	t->ending = true;
	t->end_us = end_us;
	(void)pthread_cond_broadcast(&t->changed);
	while (!t->finished && clock_steady() < end_us)
		wait_until(t, end_us);
	t->cancel = true; /* of what is under way */
	(void)pthread_mutex_unlock(&t->lock);
	(void)pthread_join(t->thread, NULL);
}

void
tracing_close(struct tracing *tracing, int64_t deadline_us)
{
	if (tracing == NULL)
		return;
	if (tracing->net != NULL)
		end_thread(tracing, clock_steady() + (deadline_us > 0 ? deadline_us : 0));
	tracing_free(tracing);
}
