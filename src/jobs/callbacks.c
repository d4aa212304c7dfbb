/* callbacks.c - who is told next. What is due is leased from the store into a short list; a thread each takes the first of the list whose host and
 * owner have not too many on the way already, and goes on until it finds none. What the list has no room for, or what waited so long
 * that its lease would end under way, is left alone: it is due again when the lease ends, without having been counted as a try. */
#include "jobs/callbacks.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

enum {
	THREADS_MOST = 16,
	OWNER_MOST = 12, /* threads */
	HOST_MOST = 4,
	WAITING_MOST = 256,
	WAITING_OWNER_MOST = 192,
	WAITING_HOST_MOST = 64,
	TAKE_MOST = 64,
	OWNER_LEN = 64,
};
#define LEASE_US (90 * TIME_SECOND)
#define TRY_US (30 * TIME_SECOND) /* more than a try may take */
#define AWAY_US (TIME_SECOND / 5) /* between two looks whether the store is there again */

struct delivery {
	struct store_callback callback;
	char url[2049], owner[OWNER_LEN + 1], host[256];
	int64_t lease_ends_us; /* of the monotonic clock */
	struct delivery *next;
};

/** Where they may go and what they are signed with, by one configuration. Kept to the end: a delivery keeps those that it began with. */
struct rules {
	const struct config *config;
	struct arena *arena; /* of the gate */
	struct net_gate gate;
	char *secrets;
	struct rules *older;
};

struct callbacks {
	const struct jobs_world *world;
	const struct config
	    *refused; /* of the caller of callbacks_deliver: rules that could not be made */

	pthread_mutex_t lock;
	pthread_cond_t ended;
	struct rules *rules;                /* the newest */
	struct delivery *waiting, *running; /* waiting: in order */
	unsigned n_waiting, n_running;
	volatile bool stop;
};

/* --- the two lists: with the lock held --------------------------------------------------------------------------------------- */

static unsigned
count(const struct delivery *list, const char *host, const char *owner)
{
	unsigned n = 0;

	for (; list != NULL; list = list->next)
		n += (host == NULL || strcmp(list->host, host) == 0) &&
		     (owner == NULL || strcmp(list->owner, owner) == 0);
	return n;
}

static bool
has_room(const struct callbacks *c, const struct delivery *d)
{
	return c->n_waiting < WAITING_MOST &&
	       count(c->waiting, d->host, NULL) < WAITING_HOST_MOST &&
	       count(c->waiting, NULL, d->owner) < WAITING_OWNER_MOST;
}

static bool
may_run(const struct callbacks *c, const struct delivery *d)
{
	return count(c->running, d->host, NULL) < HOST_MOST &&
	       count(c->running, NULL, d->owner) < OWNER_MOST;
}

static void
unlink_from(struct delivery **list, const struct delivery *d)
{
	while (*list != d)
		list = &(*list)->next;
	*list = d->next;
}

static void
append(struct delivery **list, struct delivery *d)
{
	while (*list != NULL)
		list = &(*list)->next;
	d->next = NULL;
	*list = d;
}

/** Forgets those whose lease would end under way. */
static void
drop_late(struct callbacks *c, int64_t now_us)
{
	struct delivery **at = &c->waiting;

	while (*at != NULL) {
		struct delivery *d = *at;

		if (d->lease_ends_us - now_us > TRY_US) {
			at = &d->next;
			continue;
		}
		*at = d->next;
		c->n_waiting--;
		free(d);
	}
}

/** The first that may run, moved over; NULL: none. */
static struct delivery *
next_to_run(struct callbacks *c)
{
	drop_late(c, clock_steady());
	for (struct delivery *d = c->stop ? NULL : c->waiting; d != NULL; d = d->next) {
		if (!may_run(c, d))
			continue;
		unlink_from(&c->waiting, d);
		c->n_waiting--;
		append(&c->running, d);
		return d;
	}
	return NULL;
}

/* --- one delivery --------------------------------------------------------------------------------------------------------------- */

static void
report(const struct callbacks *c, const struct delivery *d, const struct callback_outcome *o)
{
	static const char *const labels[] = { "delivered", "retried", "dead", "refused" };
	const struct log_field fields[] = {
		LOG_TEXT("callback_id", d->callback.id),
		LOG_TEXT("analysis_id", d->callback.analysis_id),
		LOG_TEXT("host", d->host),
		LOG_INT("attempt", d->callback.attempts + 1),
		LOG_TEXT("error", o->error[0] != 0 ? o->error : NULL),
	};
	const char *event = o->verdict == CALLBACK_DELIVERED ? "callback delivered"
			    : o->verdict == CALLBACK_RETRY   ? "callback failed, to be tried again"
							     : "callback is dead";

	metrics_add(c->world->metrics, METRIC_CALLBACKS, labels[o->verdict], NULL, 1);
	log_event(o->verdict <= CALLBACK_RETRY ? LOG_INFO : LOG_WARNING, event, fields,
	    sizeof(fields) / sizeof(fields[0]));
}

/** The store is away. False: `until_us` (of the steady clock) or the stop comes before the next look would be over. */
static bool
wait_for_store(const struct callbacks *c, int64_t until_us)
{
	if (__atomic_load_n(&c->stop, __ATOMIC_RELAXED) || clock_steady() + AWAY_US >= until_us)
		return false;
	clock_sleep(AWAY_US);
	return true;
}

/** Writes down how it went, for as long as nobody else may take it. What cannot be written down is as if it had not been tried: the receiver is told
 *  again, under the id that it knows. */
static void
settle(const struct callbacks *c, const struct delivery *d, const struct callback_outcome *o)
{
	struct sv error = o->verdict == CALLBACK_DELIVERED ? SV_NONE : sv_from(o->error);
	int64_t next = o->verdict == CALLBACK_RETRY ? o->next_us : 0;
	struct coord_error err = { .code = COORD_OK };
	enum coord_err rc;

	if (o->verdict == CALLBACK_STOPPED)
		return;
	while ((rc = store_callback_tried(c->world->store, sv_from(d->callback.id), clock_wall(),
		    error, next, &err)) == COORD_EUNAVAIL &&
	       wait_for_store(c, d->lease_ends_us))
		;
	if (rc == COORD_OK)
		report(c, d, o);
	else if (rc != COORD_ENODATA) /* deleted with its analysis */
		log_write(LOG_WARNING, "callback tried, but not written down",
		    LOG_TEXT("callback_id", d->callback.id),
		    LOG_TEXT("analysis_id", d->callback.analysis_id), LOG_TEXT("reason", err.what));
}

/** What the receiver is told: the answer as it is kept; of an analysis that was given up without one (its last worker never came back to
 *  write it) the answer that GET makes of it. */
static bool
answer_of(const struct store_analysis *analysis, struct buf *made, struct sv *ret)
{
	*ret = analysis->response;
	if (ret->data != NULL)
		return true;
	if (analysis->status != ANALYSIS_FAILED && analysis->status != ANALYSIS_CANCELLED)
		return false;
	jobs_failed_response(sv_from(analysis->id), analysis->error, made);
	*ret = buf_sv(made);
	return !made->failed;
}

static void
post_answer(const struct callbacks *c, const struct rules *rules, const struct delivery *d,
    const struct store_analysis *analysis, struct callback_outcome *ret)
{
	struct buf made = BUF_INIT(1 << 16);
	struct callback_try try = { .callback = &d->callback,
		.secrets = sv_from(rules->secrets),
		.gate = &rules->gate,
		.net = c->world->net,
		.now_us = clock_wall(),
		.cancel = &c->stop };

	if (answer_of(analysis, &made, &try.body))
		callback_post(&try, ret);
	else
		ret->verdict = CALLBACK_DEAD;
	buf_clear(&made);
}

static void
deliver(const struct callbacks *c, const struct rules *rules, const struct delivery *d)
{
	struct arena *arena = arena_new(0);
	struct store_analysis analysis;
	struct callback_outcome outcome = { .verdict = CALLBACK_STOPPED };
	enum coord_err rc = COORD_ENOMEM;

	while (arena != NULL &&
	       (rc = store_get(c->world->store, sv_from(d->callback.analysis_id), SV_NONE,
		    PART_RESPONSE, arena, &analysis, NULL)) == COORD_EUNAVAIL &&
	       wait_for_store(c, d->lease_ends_us - TRY_US))
		;
	if (rc == COORD_OK)
		post_answer(c, rules, d, &analysis, &outcome);
	else if (rc == COORD_ENODATA)
		outcome.verdict = CALLBACK_DEAD;
	if (outcome.verdict == CALLBACK_DEAD && outcome.error[0] == 0)
		(void)snprintf(outcome.error, sizeof(outcome.error), "the analysis is gone");
	settle(c, d, &outcome);
	arena_free(arena);
}

/* --- threads ---------------------------------------------------------------------------------------------------------------------- */

static void *thread_main(void *context);

/** With the lock held: one more thread, when there is something to do for it. It starts the next, so there are never more than can work. */
static void
start_thread(struct callbacks *c)
{
	const struct delivery *d = c->waiting;
	pthread_attr_t detached;
	sigset_t all, before;
	pthread_t thread;

	while (d != NULL && !may_run(c, d))
		d = d->next;
	if (d == NULL || c->stop || c->n_running == THREADS_MOST)
		return;
	(void)pthread_attr_init(&detached);
	(void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	c->n_running += pthread_create(&thread, &detached, thread_main, c) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&detached);
}

static void *
thread_main(void *context)
{
	struct callbacks *c = context;
	struct delivery *d;

	(void)pthread_mutex_lock(&c->lock);
	while ((d = next_to_run(c)) != NULL) {
		const struct rules *rules = c->rules;

		start_thread(c);
		(void)pthread_mutex_unlock(&c->lock);
		deliver(c, rules, d);
		(void)pthread_mutex_lock(&c->lock);
		unlink_from(&c->running, d);
		free(d);
	}
	c->n_running--;
	(void)pthread_cond_signal(&c->ended);
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* --- what is due ------------------------------------------------------------------------------------------------------------------ */

static struct delivery *
delivery_new(const struct store_callback *callback, int64_t lease_ends_us)
{
	struct delivery *d = calloc(1, sizeof(*d));
	struct net_url url;

	if (d == NULL)
		return NULL;
	d->callback = *callback;
	d->lease_ends_us = lease_ends_us;
	(void)snprintf(d->url, sizeof(d->url), "%.*s", SV_ARG(callback->url));
	(void)snprintf(d->owner, sizeof(d->owner), "%.*s", SV_ARG(callback->owner));
	d->callback.url = sv_from(d->url);
	d->callback.owner = sv_from(d->owner);
	d->callback.error = SV_NONE;
	if (net_url_parse(callback->url, &url, NULL) == COORD_OK)
		memcpy(d->host, url.host, sizeof(d->host));
	return d;
}

static enum coord_err
take(struct callbacks *c, int64_t now_us, uint32_t room, struct arena *arena,
    struct coord_error *err)
{
	int64_t ends_us = clock_steady() + LEASE_US;
	struct store_callback *due;
	size_t n;

	TRY(store_callbacks_due(c->world->store, now_us, LEASE_US, room, arena, &due, &n, err));
	(void)pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < n; i++) {
		struct delivery *d = delivery_new(&due[i], ends_us);

		if (d != NULL && has_room(c, d)) {
			append(&c->waiting, d);
			c->n_waiting++;
		} else {
			free(d);
		}
	}
	start_thread(c);
	(void)pthread_mutex_unlock(&c->lock);
	return COORD_OK;
}

/* --- rules ----------------------------------------------------------------------------------------------------------------------- */

static void
rules_free(struct rules *rules)
{
	if (rules->secrets != NULL)
		OPENSSL_cleanse(rules->secrets, strlen(rules->secrets));
	free(rules->secrets);
	arena_free(rules->arena);
	free(rules);
}

static enum coord_err
rules_fill(struct rules *rules, struct store *store, struct coord_error *err)
{
	struct buf secrets = BUF_INIT(1 << 14);
	enum coord_err rc;

	rules->arena = arena_new(1 << 20);
	if (rules->arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for callbacks");
	TRY(jobs_callback_gate(rules->config, rules->arena, &rules->gate, err));
	rc = jobs_callback_secrets(rules->config, store, &secrets, err);
	if (rc == COORD_OK && (rules->secrets = strdup(buf_cstr(&secrets))) == NULL)
		rc = error_set(err, COORD_ENOMEM, "no memory for callbacks");
	if (secrets.data != NULL)
		OPENSSL_cleanse(secrets.data, secrets.cap);
	buf_clear(&secrets);
	return rc;
}

/** New ones for what is in force, before those that are there. */
static enum coord_err
take_rules(struct callbacks *c, const struct config *config, struct coord_error *err)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	enum coord_err rc;

	if (rules == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for callbacks");
	rules->config = config;
	rc = rules_fill(rules, c->world->store, err);
	if (rc != COORD_OK) {
		rules_free(rules);
		return rc;
	}
	(void)pthread_mutex_lock(&c->lock);
	rules->older = c->rules;
	c->rules = rules;
	(void)pthread_mutex_unlock(&c->lock);
	return COORD_OK;
}

/** Settings that were read again; what is wrong with them is told once, and the rules of before stay. */
static enum coord_err
renew_rules(struct callbacks *c, struct coord_error *err)
{
	const struct config *now = config_now(c->world->config);
	enum coord_err rc;

	if (now == c->rules->config || now == c->refused)
		return COORD_OK;
	rc = take_rules(c, now, err);
	if (rc == COORD_EINVALID)
		c->refused = now;
	return rc;
}

enum coord_err
callbacks_deliver(struct callbacks *c, int64_t now_us, struct coord_error *err)
{
	struct arena *arena;
	enum coord_err rc;
	uint32_t room;

	TRY(renew_rules(c, err));
	(void)pthread_mutex_lock(&c->lock);
	drop_late(c, clock_steady());
	start_thread(c);
	room = WAITING_MOST - c->n_waiting;
	(void)pthread_mutex_unlock(&c->lock);
	if (room == 0)
		return COORD_OK;
	arena = arena_new(0);
	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for callbacks");
	rc = take(c, now_us, room < TAKE_MOST ? room : TAKE_MOST, arena, err);
	arena_free(arena);
	return rc;
}

/* --- open and close -------------------------------------------------------------------------------------------------------------------- */

enum coord_err
callbacks_new(const struct jobs_world *world, struct callbacks **ret, struct coord_error *err)
{
	struct callbacks *c = calloc(1, sizeof(*c));
	enum coord_err rc;

	if (c == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for callbacks");
	c->world = world;
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->ended, NULL);
	rc = take_rules(c, config_now(world->config), err);
	if (rc == COORD_OK)
		*ret = c;
	else
		callbacks_free(c);
	return rc;
}

void
callbacks_free(struct callbacks *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&c->lock);
	__atomic_store_n(&c->stop, true, __ATOMIC_RELAXED); /* requests look without the lock */
	while (c->n_running > 0)
		(void)pthread_cond_wait(&c->ended, &c->lock);
	(void)pthread_mutex_unlock(&c->lock);
	while (c->waiting != NULL) {
		struct delivery *d = c->waiting;

		c->waiting = d->next;
		free(d);
	}
	while (c->rules != NULL) {
		struct rules *rules = c->rules;

		c->rules = rules->older;
		rules_free(rules);
	}
	(void)pthread_mutex_destroy(&c->lock);
	(void)pthread_cond_destroy(&c->ended);
	free(c);
}
