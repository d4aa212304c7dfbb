/* streams.c - see streams.h. Streams of one analysis share a topic, and a topic is asked of the store once however many
 * listen. Few topics are all looked at each tick; when there are many, those being worked on (one list from the store) and
 * some of the others in turn: a queued analysis has nothing to tell. A stream that waits is a suspended connection, an entry
 * here and no buffer. */
#define _GNU_SOURCE /* POLLRDHUP */
#include "api/streams.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/deadline.h"

enum {
	TICK_MS = 250,
	TOPICS_A_TICK = 200,
	EVENTS_A_TOPIC = 200,
	PENDING_MOST = 256 * 1024,
	BUCKETS = 4096,
	PROCESSING_MOST = 1000,
	TICKS_TO_GONE = 8,
};
static const int64_t ping_us = 15 * TIME_SECOND, quiet_us = 30 * TIME_SECOND;

struct topic {
	struct topic *chain;           /* of its bucket */
	struct topic *next, *previous; /* in the round */
	struct stream *streams;
	char id[STORE_ID_LEN + 1];
	uint64_t after; /* what all of its streams have seen */
	int64_t heard_us;
	bool hot; /* being worked on, at the last look */
};

struct stream {
	struct streams *all;
	struct topic *topic; /* NULL: not begun, or ended */
	struct stream *next, *previous;
	struct exchange *ex; /* NULL: the request has ended */
	uint64_t after;
	struct buf pending;
	size_t sent;
	bool waiting, ended, has_end;
	int64_t sent_us;
	char id[STORE_ID_LEN + 1];
};

struct streams {
	struct api *api;
	pthread_mutex_t lock;
	pthread_cond_t stop_wanted;
	pthread_t thread;
	bool stop, draining;
	unsigned ticks; /* of the thread */
	struct topic *buckets[BUCKETS];
	struct topic *round; /* a ring; the next to be looked at in turn */
	size_t n_topics;
	_Atomic unsigned n_streams;
	struct hash_key secret;
};

/* --- topics: under the lock ----------------------------------------------------------------------------------- */

static struct topic **
topic_slot(struct streams *all, const char *id)
{
	struct topic **at = &all->buckets[hash_keyed(all->secret, id, STORE_ID_LEN) % BUCKETS];

	while (*at != NULL && memcmp((*at)->id, id, STORE_ID_LEN) != 0)
		at = &(*at)->chain;
	return at;
}

static struct topic *
topic_join(struct streams *all, const char *id, uint64_t after)
{
	struct topic **at = topic_slot(all, id);
	struct topic *t = *at;

	if (t != NULL) {
		t->after = after < t->after ? after : t->after;
		return t;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	memcpy(t->id, id, sizeof(t->id));
	t->after = after;
	t->heard_us = clock_steady();
	*at = t;
	if (all->round == NULL) {
		t->next = t->previous = t;
	} else {
		t->next = all->round;
		t->previous = all->round->previous;
		t->previous->next = t->next->previous = t;
	}
	all->round = t;
	all->n_topics++;
	return t;
}

static void
topic_end(struct streams *all, struct topic *t)
{
	struct topic **at = topic_slot(all, t->id);

	*at = t->chain;
	if (all->round == t)
		all->round = t->next != t ? t->next : NULL;
	t->previous->next = t->next;
	t->next->previous = t->previous;
	all->n_topics--;
	free(t);
}

static void
leave(struct stream *s)
{
	struct topic *t = s->topic;

	if (t == NULL)
		return;
	*(s->previous != NULL ? &s->previous->next : &t->streams) = s->next;
	if (s->next != NULL)
		s->next->previous = s->previous;
	s->topic = NULL;
	(void)atomic_fetch_sub(&s->all->n_streams, 1);
	if (t->streams == NULL)
		topic_end(s->all, t);
}

/* --- streams ----------------------------------------------------------------------------------------------------- */

struct stream *
stream_new(struct streams *streams, struct request *r, uint64_t after)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->all = streams;
	s->ex = r->ex;
	s->after = after;
	s->pending = BUF_INIT(4 << 20);
	memcpy(s->id, r->analysis_id, sizeof(s->id));
	buf_add_str(&s->pending, "retry: 2000\n\n");
	return s;
}

void
stream_add(struct stream *s, const struct store_event *event)
{
	if (event->seq != 0 && event->seq <= s->after)
		return;
	if (event->seq != 0) {
		s->after = event->seq;
		buf_printf(&s->pending, "id: %llu\n", (unsigned long long)event->seq);
	}
	buf_printf(&s->pending, "event: %.*s\ndata: ", SV_ARG(event->type));
	buf_add_sv(&s->pending, event->data.len > 0 ? event->data : SV("{}"));
	buf_add_str(&s->pending, "\n\n");
	if (sv_eq(event->type, SV("completed")) || sv_eq(event->type, SV("failed")))
		s->has_end = true;
}

bool
stream_has_end(const struct stream *s)
{
	return s->has_end;
}

static void
stream_free(struct stream *s)
{
	buf_clear(&s->pending);
	free(s);
}

void
stream_drop(struct stream *s)
{
	stream_free(s);
}

/* Moves what waits into `to`; the buffer goes when it is empty. */
static size_t
take(struct stream *s, char *to, size_t most)
{
	size_t n = s->pending.len - s->sent;

	n = n < most ? n : most;
	if (n > 0)
		memcpy(to, s->pending.data + s->sent, n);
	s->sent += n;
	if (s->sent == s->pending.len) {
		buf_clear(&s->pending);
		s->sent = 0;
	}
	return n;
}

static ptrdiff_t
on_read(void *context, char *to, size_t most)
{
	struct stream *s = context;
	ptrdiff_t got;

	(void)pthread_mutex_lock(&s->all->lock);
	got = (ptrdiff_t)take(s, to, most);
	if (got > 0) {
		s->sent_us = clock_steady();
		atomic_store(&s->ex->connection->deadline_us, 0);
	} else if (s->ended || s->has_end || s->all->draining) {
		got = HTTP_STREAM_END;
	} else {
		s->waiting = true;
		http_suspend(s->ex);
	}
	(void)pthread_mutex_unlock(&s->all->lock);
	return got;
}

static void
on_free(void *context)
{
	struct stream *s = context;

	(void)pthread_mutex_lock(&s->all->lock);
	leave(s);
	(void)pthread_mutex_unlock(&s->all->lock);
	stream_free(s);
}

void
stream_begin(struct stream *s, struct request *r)
{
	struct streams *all = s->all;
	struct topic *t;

	(void)pthread_mutex_lock(&all->lock);
	s->sent_us = clock_steady();
	t = s->has_end || all->draining ? NULL : topic_join(all, s->id, s->after);
	if (t == NULL) {
		s->ended = true;
	} else {
		s->topic = t;
		s->next = t->streams;
		if (t->streams != NULL)
			t->streams->previous = s;
		t->streams = s;
		(void)atomic_fetch_add(&all->n_streams, 1);
	}
	(void)pthread_mutex_unlock(&all->lock);
	r->ex->answer.stream = (struct http_stream){ on_read, on_free, s };
}

/* --- the thread that feeds them -------------------------------------------------------------------------------------- */

/* Exchanges to be woken once the lock is not held: a suspended one does not end before. */
struct wake {
	struct exchange **items;
	size_t n, cap;
};

static void
wake_later(struct wake *w, struct stream *s)
{
	if (!s->waiting)
		return;
	if (w->n == w->cap) {
		size_t cap = w->cap > 0 ? 2 * w->cap : 256;
		struct exchange **items = realloc(w->items, cap * sizeof(*items));

		if (items == NULL)
			return; /* it is woken by the next tick */
		w->items = items;
		w->cap = cap;
	}
	s->waiting = false;
	w->items[w->n++] = s->ex;
}

static void
wake_all(struct wake *w)
{
	for (size_t i = 0; i < w->n; i++)
		http_resume(w->items[i]);
	free(w->items);
}

static void
feed(struct stream *s, const struct store_event *events, size_t n, struct wake *wake)
{
	for (size_t i = 0; i < n; i++)
		stream_add(s, &events[i]);
	if (s->pending.len > PENDING_MOST) /* it does not read: its socket is shut by the sweep */
		atomic_store(&s->ex->connection->deadline_us, clock_steady() - 1);
	if (s->pending.len > s->sent)
		wake_later(wake, s);
}

static void
end_topic_streams(struct topic *t, struct wake *wake)
{
	struct stream *next;

	for (struct stream *s = t->streams; s != NULL; s = next) {
		next = s->next;
		s->ended = true;
		wake_later(wake, s);
	}
}

static void
deliver(struct streams *all, const char *id, const struct store_event *events, size_t n,
    struct wake *wake)
{
	struct topic *t;

	(void)pthread_mutex_lock(&all->lock);
	t = *topic_slot(all, id);
	if (t != NULL && n > 0) {
		t->after = events[n - 1].seq;
		t->heard_us = clock_steady();
		for (struct stream *s = t->streams; s != NULL; s = s->next)
			feed(s, events, n, wake);
	}
	(void)pthread_mutex_unlock(&all->lock);
}

/* Nothing was heard for long: it may have been deleted, or its events are no longer kept. */
static void
look_closer(struct streams *all, const char *id, struct arena *arena, struct wake *wake)
{
	struct coord_error err;
	struct store_analysis a;
	enum coord_err rc =
	    store_get(all->api->world.jobs.store, sv_from(id), SV_NONE, 0, arena, &a, &err);
	struct topic *t;

	(void)pthread_mutex_lock(&all->lock);
	t = *topic_slot(all, id);
	if (t != NULL) {
		t->heard_us = clock_steady();
		if (rc == COORD_ENODATA || (rc == COORD_OK && analysis_terminal(a.status)))
			end_topic_streams(t, wake);
	}
	(void)pthread_mutex_unlock(&all->lock);
}

struct look {
	char id[STORE_ID_LEN + 1];
	uint64_t after;
	bool quiet;
};

static void
note(struct look *looks, size_t *n, struct topic *t, int64_t now)
{
	struct look *l = &looks[(*n)++];

	memcpy(l->id, t->id, sizeof(l->id));
	l->after = t->after;
	l->quiet = now - t->heard_us > quiet_us;
}

/* Which topics this tick looks at: the hot ones, and as many of the round as fit. */
static struct look *
choose(struct streams *all, struct arena *arena, size_t *n)
{
	int64_t now = clock_steady();
	struct look *looks;
	size_t most;

	*n = 0;
	(void)pthread_mutex_lock(&all->lock);
	most = all->n_topics;
	looks = ARENA_ARRAY_RAW(arena, most > 0 ? most : 1, struct look);
	if (looks != NULL && most > TOPICS_A_TICK) {
		struct topic *t = all->round;

		for (size_t i = 0; i < most; i++, t = t->next)
			if (t->hot)
				note(looks, n, t, now);
		for (size_t i = 0; i < TOPICS_A_TICK && *n < most; i++) {
			if (!all->round->hot)
				note(looks, n, all->round, now);
			all->round->hot = false;
			all->round = all->round->next;
		}
	} else if (looks != NULL) {
		struct topic *t = all->round;

		for (size_t i = 0; i < most; i++, t = t->next)
			note(looks, n, t, now);
	}
	(void)pthread_mutex_unlock(&all->lock);
	return looks;
}

/* With many topics: those that are being worked on now. */
static void
find_hot(struct streams *all, struct arena *arena)
{
	struct store_filter f = { .status = ANALYSIS_PROCESSING, .limit = PROCESSING_MOST };
	struct store_analysis *rows;
	struct coord_error err;
	size_t n;
	bool few;

	(void)pthread_mutex_lock(&all->lock);
	few = all->n_topics <= TOPICS_A_TICK;
	(void)pthread_mutex_unlock(&all->lock);
	if (few || store_list(all->api->world.jobs.store, &f, arena, &rows, &n, &err) != COORD_OK)
		return;
	(void)pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < n; i++) {
		struct topic *t = *topic_slot(all, rows[i].id);

		if (t != NULL)
			t->hot = true;
	}
	(void)pthread_mutex_unlock(&all->lock);
}

static void
ping(struct streams *all, struct wake *wake)
{
	int64_t now = clock_steady();
	struct topic *t;

	(void)pthread_mutex_lock(&all->lock);
	t = all->round;
	for (size_t i = 0; i < all->n_topics; i++, t = t->next) {
		for (struct stream *s = t->streams; s != NULL; s = s->next) {
			if (s->pending.len == 0 && now - s->sent_us > ping_us)
				buf_add_str(&s->pending, ": ping\n\n");
			if (s->pending.len > s->sent || all->draining)
				wake_later(wake, s);
		}
	}
	(void)pthread_mutex_unlock(&all->lock);
}

/* A suspended connection is not looked at by the library: who has gone is seen here. */
static void
end_gone(struct streams *all, struct wake *wake)
{
	size_t n = 0, most = atomic_load(&all->n_streams);
	struct pollfd *fds = most > 0 ? calloc(most, sizeof(*fds)) : NULL;
	struct stream **streams = most > 0 ? calloc(most, sizeof(struct stream *)) : NULL;
	struct topic *t;

	(void)pthread_mutex_lock(&all->lock);
	t = all->round;
	for (size_t i = 0; fds != NULL && streams != NULL && i < all->n_topics; i++, t = t->next) {
		for (struct stream *s = t->streams; s != NULL && n < most; s = s->next) {
			if (!s->waiting)
				continue;
			fds[n] =
			    (struct pollfd){ .fd = s->ex->connection->fd, .events = POLLRDHUP };
			streams[n++] = s;
		}
	}
	if (n > 0 && poll(fds, (nfds_t)n, 0) > 0) {
		for (size_t i = 0; i < n; i++) {
			if ((fds[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0)
				continue;
			streams[i]->ended = true;
			wake_later(wake, streams[i]);
		}
	}
	(void)pthread_mutex_unlock(&all->lock);
	free(streams);
	free(fds);
}

static void
tick(struct streams *all)
{
	struct arena *arena = arena_new(0);
	struct wake wake = { NULL, 0, 0 };
	struct coord_error err;
	struct look *looks;
	size_t n = 0;

	if (arena == NULL)
		return;
	find_hot(all, arena);
	looks = choose(all, arena, &n);
	for (size_t i = 0; looks != NULL && i < n; i++) {
		struct arena_mark mark = arena_mark(arena);
		struct store_event *events;
		size_t got;

		if (store_events(all->api->world.jobs.store, sv_from(looks[i].id), looks[i].after,
			EVENTS_A_TOPIC, arena, &events, &got, &err) == COORD_OK) {
			deliver(all, looks[i].id, events, got, &wake);
			if (got == 0 && looks[i].quiet)
				look_closer(all, looks[i].id, arena, &wake);
		}
		arena_rewind(arena, mark);
	}
	ping(all, &wake);
	if (++all->ticks % TICKS_TO_GONE == 0)
		end_gone(all, &wake);
	wake_all(&wake);
	arena_free(arena);
}

static void *
run(void *context)
{
	struct streams *all = context;

	(void)pthread_mutex_lock(&all->lock);
	while (!all->stop) {
		(void)clock_cond_wait(
		    &all->stop_wanted, &all->lock, clock_steady() + TICK_MS * INT64_C(1000));
		if (all->stop || all->n_topics == 0)
			continue;
		(void)pthread_mutex_unlock(&all->lock);
		tick(all);
		(void)pthread_mutex_lock(&all->lock);
	}
	(void)pthread_mutex_unlock(&all->lock);
	return NULL;
}

enum coord_err
streams_start(struct api *api, struct streams **ret, struct coord_error *err)
{
	struct streams *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return error_set(err, COORD_ENOMEM, "api: no memory");
	all->api = api;
	all->secret = hash_table_key();
	(void)pthread_mutex_init(&all->lock, NULL);
	clock_cond_init(&all->stop_wanted);
	if (pthread_create(&all->thread, NULL, run, all) != 0) {
		free(all);
		return error_set(err, COORD_ENOMEM, "api: no thread for streams");
	}
	*ret = all;
	return COORD_OK;
}

void
streams_drain(struct streams *streams)
{
	struct streams *all = streams;
	struct topic *t;

	(void)pthread_mutex_lock(&all->lock);
	all->draining = true;
	t = all->round;
	for (size_t i = 0; i < all->n_topics; i++, t = t->next)
		for (struct stream *s = t->streams; s != NULL; s = s->next)
			buf_add_str(
			    &s->pending, "retry: 1000\n: the server restarts, come again\n\n");
	(void)pthread_cond_signal(&all->stop_wanted);
	(void)pthread_mutex_unlock(&all->lock);
}

void
streams_stop(struct streams *streams)
{
	struct streams *all = streams;

	if (all == NULL)
		return;
	(void)pthread_mutex_lock(&all->lock);
	all->stop = true;
	(void)pthread_cond_signal(&all->stop_wanted);
	(void)pthread_mutex_unlock(&all->lock);
	(void)pthread_join(all->thread, NULL);
	(void)pthread_cond_destroy(&all->stop_wanted);
	(void)pthread_mutex_destroy(&all->lock);
	free(all);
}

unsigned
streams_open(const struct streams *streams)
{
	return atomic_load(&streams->n_streams);
}
