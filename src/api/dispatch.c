/* dispatch.c - what follows an accepted submission without holding its answer up: the job goes into the queue, the action
 * into the audit log. The submission is durable before; when this process dies here, the job is found stranded and put again.
 * Reads are noted once an hour for a key and what it read: a row for every one of 100,000 reads a second would only bury the log. */
#include "api/server.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"

enum {
	ITEMS_MOST = 512,
	AUDITS_MOST = 1024,
	READS_KEPT = 16384,
	DENIED_A_SECOND = 20,
	TEXT_MOST = 128
};
static const int64_t read_again_us = INT64_C(3600) * TIME_SECOND;

struct audit {
	int64_t time_us;
	const char *action, *outcome;
	char actor[64], subject[TEXT_MOST], request_id[REQUEST_ID_MOST + 1], remote[ADDR_TEXT_MAX];
};

struct read_note {
	uint64_t hash;
	int64_t at_us;
};

struct dispatch {
	struct api *api;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	bool stop;
	struct queue_item items[ITEMS_MOST];
	struct audit audits[AUDITS_MOST];
	size_t n_items, n_audits;
	uint64_t audits_lost;
	int64_t
	    denied_second; /* strangers' attempts are noted DENIED_A_SECOND times, and counted in metrics */
	unsigned denied;
	struct hash_key secret;
	struct read_note reads[READS_KEPT];
	/* the thread's own copies */
	struct queue_item out_items[ITEMS_MOST];
	struct audit out_audits[AUDITS_MOST];
};

static void
write_audits(struct dispatch *d, size_t n)
{
	struct coord_error err;

	for (size_t i = 0; i < n; i++) {
		const struct audit *a = &d->out_audits[i];
		struct store_audit row = {
			.time_us = a->time_us,
			.actor = sv_from(a->actor),
			.action = sv_from(a->action),
			.subject = sv_from(a->subject),
			.outcome = sv_from(a->outcome),
			.request_id = sv_from(a->request_id),
			.remote = sv_from(a->remote),
		};

		if (store_audit_add(d->api->world.jobs.store, &row, &err) != COORD_OK)
			log_write(LOG_WARNING, "audit entry lost", LOG_TEXT("action", a->action),
			    LOG_TEXT("request_id", a->request_id), LOG_TEXT("reason", err.what));
	}
}

static void
put_items(struct dispatch *d, size_t n)
{
	struct coord_error err;

	if (n > 0 && queue_put(d->api->world.jobs.queue, d->out_items, n, &err) != COORD_OK)
		log_write(LOG_WARNING, "jobs not queued yet", LOG_INT("jobs", n),
		    LOG_TEXT("reason", err.what));
}

static void *
run(void *context)
{
	struct dispatch *d = context;

	(void)pthread_mutex_lock(&d->lock);
	for (;;) {
		size_t n_items, n_audits;
		uint64_t lost;

		while (d->n_items == 0 && d->n_audits == 0 && !d->stop)
			(void)pthread_cond_wait(&d->wanted, &d->lock);
		if (d->n_items == 0 && d->n_audits == 0)
			break;
		n_items = d->n_items;
		n_audits = d->n_audits;
		lost = d->audits_lost;
		memcpy(d->out_items, d->items, n_items * sizeof(*d->items));
		memcpy(d->out_audits, d->audits, n_audits * sizeof(*d->audits));
		d->n_items = d->n_audits = 0;
		d->audits_lost = 0;
		(void)pthread_mutex_unlock(&d->lock);
		put_items(d, n_items);
		write_audits(d, n_audits);
		if (lost > 0)
			log_write(LOG_WARNING, "audit entries lost", LOG_INT("entries", lost));
		(void)pthread_mutex_lock(&d->lock);
	}
	(void)pthread_mutex_unlock(&d->lock);
	return NULL;
}

enum coord_err
dispatch_start(struct api *api, struct dispatch **ret, struct coord_error *err)
{
	struct dispatch *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return error_set(err, COORD_ENOMEM, "api: no memory");
	d->api = api;
	d->secret = hash_table_key();
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_cond_init(&d->wanted, NULL);
	if (pthread_create(&d->thread, NULL, run, d) != 0) {
		free(d);
		return error_set(err, COORD_ENOMEM, "api: no thread to dispatch with");
	}
	*ret = d;
	return COORD_OK;
}

void
dispatch_stop(struct dispatch *dispatch)
{
	struct dispatch *d = dispatch;

	if (d == NULL)
		return;
	(void)pthread_mutex_lock(&d->lock);
	d->stop = true;
	(void)pthread_cond_signal(&d->wanted);
	(void)pthread_mutex_unlock(&d->lock);
	(void)pthread_join(d->thread, NULL);
	(void)pthread_cond_destroy(&d->wanted);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}

void
dispatch_put(struct dispatch *dispatch, const struct queue_item *items, size_t n)
{
	struct dispatch *d = dispatch;

	(void)pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < n; i++) {
		if (d->n_items == ITEMS_MOST)
			break; /* the rest is found stranded */
		d->items[d->n_items++] = items[i];
	}
	(void)pthread_cond_signal(&d->wanted);
	(void)pthread_mutex_unlock(&d->lock);
}

static void
copy(char *to, size_t size, struct sv text)
{
	size_t n = text.len < size - 1 ? text.len : size - 1;

	if (n > 0)
		memcpy(to, text.data, n);
	to[n] = 0;
}

static bool
too_many_denied(struct dispatch *d, const struct audit *a)
{
	if (a->outcome[0] != 'd')
		return false;
	if (d->denied_second != a->time_us / TIME_SECOND) {
		d->denied_second = a->time_us / TIME_SECOND;
		d->denied = 0;
	}
	return ++d->denied > DENIED_A_SECOND;
}

void
dispatch_audit(struct dispatch *dispatch, const struct request *r, const char *action,
    struct sv subject, const char *outcome)
{
	struct dispatch *d = dispatch;
	struct audit a = { .time_us = r->now_us, .action = action, .outcome = outcome };

	copy(a.actor, sizeof(a.actor), r->known ? sv_from(r->who.id) : SV("anonymous"));
	copy(a.subject, sizeof(a.subject), subject);
	copy(a.request_id, sizeof(a.request_id), sv_from(r->id));
	(void)addr_format(r->ex->remote, a.remote);
	(void)pthread_mutex_lock(&d->lock);
	if (too_many_denied(d, &a))
		(void)0;
	else if (d->n_audits < AUDITS_MOST)
		d->audits[d->n_audits++] = a;
	else
		d->audits_lost++;
	(void)pthread_cond_signal(&d->wanted);
	(void)pthread_mutex_unlock(&d->lock);
}

void
dispatch_audit_read(
    struct dispatch *dispatch, const struct request *r, const char *action, struct sv subject)
{
	struct dispatch *d = dispatch;
	struct sv who = sv_from(r->who.id);
	uint64_t hash = hash_keyed(d->secret, who.data, who.len) ^
			hash_keyed(d->secret, subject.data, subject.len) * 3 ^
			hash_keyed(d->secret, action, strlen(action)) * 5;
	struct read_note *note = &d->reads[hash % READS_KEPT];
	bool known;

	(void)pthread_mutex_lock(&d->lock);
	known = note->hash == hash && r->now_us - note->at_us < read_again_us &&
		note->at_us <= r->now_us;
	if (!known)
		*note = (struct read_note){ hash, r->now_us };
	(void)pthread_mutex_unlock(&d->lock);
	if (!known)
		dispatch_audit(d, r, action, subject, "ok");
}
