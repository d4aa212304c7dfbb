/* tracing.c - the ring, and the thread that empties it. A batch that the collector cannot take now (429, 502, 503, 504, no connection) is sent again
 * after its Retry-After or a growing pause, a few times; any other refusal drops it: sending it again would be refused again. */
#include "tracing/tracing.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tracing/otlp.h"

enum { RING = 4096, BATCH = 512, TRIES = 5, ANSWER_MOST = 4 << 20, BODY_MOST = 4 << 20 };
#define LINGER_US TIME_SECOND /* a batch that is not full waits this long for more */
#define PAUSE_LEAST_US TIME_SECOND
#define PAUSE_MOST_US (30 * TIME_SECOND)
#define CALL_US (10 * TIME_SECOND)

struct tracing {
	char url[512], role[32];
	struct net *net;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct tracing_span ring[RING];
	size_t first, n;
	struct tracing_counts counts;
	bool ending, finished;
	int64_t end_us; /* when ending: the thread gives up then */
	volatile bool cancel;
	struct tracing_span batch[BATCH]; /* the thread's own */
};

static int64_t
clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
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
		if (span->attributes[i].key == NULL) {
			span->attributes[i].key = key;
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

void
tracing_end(struct tracing *tracing, struct tracing_span *span, int64_t now_us, bool failed)
{
	span->end_us = now_us > span->start_us ? now_us : span->start_us;
	span->failed = failed;
	if (tracing == NULL || (span->context.flags & TRACE_SAMPLED) == 0)
		return;
	(void)pthread_mutex_lock(&tracing->lock);
	tracing->counts.recorded++;
	if (tracing->n == RING) {
		tracing->first = (tracing->first + 1) % RING;
		tracing->n--;
		tracing->counts.dropped++;
	}
	tracing->ring[(tracing->first + tracing->n) % RING] = *span;
	tracing->n++;
	if (tracing->n == 1 || tracing->n == BATCH)
		(void)pthread_cond_signal(&tracing->changed);
	(void)pthread_mutex_unlock(&tracing->lock);
}

struct tracing_counts
tracing_counts(struct tracing *tracing)
{
	struct tracing_counts counts = { 0 };

	if (tracing == NULL)
		return counts;
	(void)pthread_mutex_lock(&tracing->lock);
	counts = tracing->counts;
	(void)pthread_mutex_unlock(&tracing->lock);
	return counts;
}

/* --- sending ------------------------------------------------------------------------------------------------------- */

/** With the lock held: waits until `until_us`, or until something changed. */
static void
wait_until(struct tracing *t, int64_t until_us)
{
	const struct timespec until = { .tv_sec = until_us / TIME_SECOND,
		.tv_nsec = until_us % TIME_SECOND * 1000 };

	(void)pthread_cond_timedwait(&t->changed, &t->lock, &until);
}

/** Takes the next batch, when it is full, old enough or the end has come; 0: it is the end, and nothing is left. */
static size_t
take_batch(struct tracing *t)
{
	int64_t since_us = 0;
	size_t n;

	(void)pthread_mutex_lock(&t->lock);
	while (!t->ending && t->n < BATCH) {
		if (t->n == 0) {
			since_us = 0;
			(void)pthread_cond_wait(&t->changed, &t->lock);
			continue;
		}
		since_us = since_us == 0 ? clock_us() : since_us;
		if (clock_us() - since_us >= LINGER_US)
			break;
		wait_until(t, since_us + LINGER_US);
	}
	n = t->n < BATCH ? t->n : BATCH;
	for (size_t i = 0; i < n; i++)
		t->batch[i] = t->ring[(t->first + i) % RING];
	t->first = (t->first + n) % RING;
	t->n -= n;
	(void)pthread_mutex_unlock(&t->lock);
	return n;
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
	(void)pthread_mutex_lock(&t->lock);
	t->counts.sent += sent;
	t->counts.rejected += rejected;
	t->counts.dropped += dropped;
	(void)pthread_mutex_unlock(&t->lock);
}

/** Sleeps between two tries. False: the end comes before it would be over. */
static bool
pause_for(struct tracing *t, int64_t pause_us)
{
	int64_t until_us = clock_us() + pause_us;
	bool go_on;

	(void)pthread_mutex_lock(&t->lock);
	while (clock_us() < until_us && !(t->ending && t->end_us < until_us))
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
	up = t->ending && clock_us() >= t->end_us;
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
start(struct tracing *t, struct coord_error *err)
{
	pthread_condattr_t monotonic;

	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&t->changed, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (pthread_create(&t->thread, NULL, run, t) == 0)
		return COORD_OK;
	(void)pthread_cond_destroy(&t->changed);
	(void)pthread_mutex_destroy(&t->lock);
	return error_set(err, COORD_ENOMEM, "tracing: no thread can be started");
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
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return error_set(err, COORD_ENOMEM, "tracing: out of memory");
	t->net = net;
	(void)snprintf(t->role, sizeof(t->role), "%s", role);
	rc = make_url(endpoint, t, err);
	if (rc == COORD_OK)
		rc = start(t, err);
	if (rc != COORD_OK) {
		free(t);
		return rc;
	}
	*ret = t;
	return COORD_OK;
}

void
tracing_close(struct tracing *tracing, int64_t deadline_us)
{
	int64_t end_us = clock_us() + (deadline_us > 0 ? deadline_us : 0);

	if (tracing == NULL)
		return;
	(void)pthread_mutex_lock(&tracing->lock);
	tracing->ending = true;
	tracing->end_us = end_us;
	(void)pthread_cond_broadcast(&tracing->changed);
	while (!tracing->finished && clock_us() < end_us)
		wait_until(tracing, end_us);
	tracing->cancel = true; /* of what is under way */
	(void)pthread_mutex_unlock(&tracing->lock);
	(void)pthread_join(tracing->thread, NULL);
	(void)pthread_cond_destroy(&tracing->changed);
	(void)pthread_mutex_destroy(&tracing->lock);
	free(tracing);
}
