/* sqlite.c - the queue in the store's SQLite file: claims from its table `jobs` (store/migrations/sqlite/001_first.sql says who writes what),
 * by a connection of its own.
 *
 * A claim is one short write transaction that chooses and marks; `claim` counts up with every one, and a ticket is that number, so that
 * whoever lost a job can do nothing to it. Nothing is held while a claim waits: it sleeps at the bell (bell.h) until something is put,
 * comes due or a lease ends, and looks again every second in any case. A look that finds nothing only reads.
 * Commits are not flushed (synchronous=NORMAL): a claim lost with the machine's power is a job delivered again. */
#include "queue/queue.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "queue/bell.h"
#include "queue/ops.h"

enum { PATH_MOST = 4096, BUSY_MOST_US = 10000000 };

/* Leases are minutes at most, retries an hour (config/settings.def): what lies further ahead was written by a clock that has been
 * set back since, and must not keep a job from being done. */
#define FREE(now) "(claimed_until_us <= " now " OR claimed_until_us > " now " + 1200000000)"
#define DUE_BY(now) "(not_before_us <= " now " OR not_before_us > " now " + 7200000000)"

/* clang-format off */
#define STATEMENTS(X)                                                                              \
	X(BEGIN, "BEGIN IMMEDIATE")                                                                \
	X(COMMIT, "COMMIT")                                                                        \
	X(ROLLBACK, "ROLLBACK")                                                                    \
	X(PING, "SELECT 1 FROM jobs LIMIT 1")                                                      \
	X(ANY, "SELECT 1 FROM jobs WHERE " DUE_BY("?1") " AND " FREE("?1") " LIMIT 1")             \
	X(DUE, "SELECT min(max(not_before_us, claimed_until_us)) FROM jobs")                       \
	X(OWNERS, "WITH RECURSIVE o(owner) AS ("                                                   \
	    "SELECT min(owner) FROM jobs WHERE priority = ?1 UNION ALL "                           \
	    "SELECT (SELECT min(owner) FROM jobs WHERE priority = ?1 AND owner > o.owner) "        \
	    "FROM o WHERE o.owner IS NOT NULL) "                                                   \
	    "SELECT owner FROM o LEFT JOIN job_owners USING (owner) WHERE owner IS NOT NULL "      \
	    "ORDER BY coalesce(served_us, 0), owner")                                              \
	X(FIRST, "SELECT id, not_before_us, claim, deliveries FROM jobs "                          \
	    "WHERE priority = ?1 AND owner = ?2 AND " DUE_BY("?3") " AND " FREE("?3") " "          \
	    "ORDER BY not_before_us, created_us, id LIMIT 1")                                      \
	X(CLAIM, "UPDATE jobs SET claimed_until_us = ?2, consumer = ?3, claim = claim + 1, "       \
	    "deliveries = deliveries + 1 WHERE id = ?1")                                           \
	X(SERVED, "INSERT INTO job_owners (owner, served_us) VALUES (?1, ?2) "                     \
	    "ON CONFLICT (owner) DO UPDATE SET served_us = ?2")                                    \
	X(EXTEND, "UPDATE jobs SET claimed_until_us = ?3 "                                         \
	    "WHERE id = ?1 AND claim = ?2 AND consumer IS NOT NULL")                               \
	X(DONE, "DELETE FROM jobs WHERE id = ?1 AND claim = ?2 AND consumer IS NOT NULL "          \
	    "AND NOT EXISTS (SELECT 1 FROM analyses a WHERE a.id = jobs.id AND a.status < 2)")     \
	X(RETRY, "UPDATE jobs SET not_before_us = ?3, claimed_until_us = 0, consumer = NULL "      \
	    "WHERE id = ?1 AND claim = ?2 AND consumer IS NOT NULL")                               \
	X(REMOVE, "DELETE FROM jobs WHERE id = ?1 "                                                \
	    "AND NOT EXISTS (SELECT 1 FROM analyses a WHERE a.id = jobs.id AND a.status < 2)")     \
	X(DEPTH, "SELECT "                                                                         \
	    "count(*) FILTER (WHERE " FREE("?1") " AND " DUE_BY("?1") " AND priority = 0), "       \
	    "count(*) FILTER (WHERE " FREE("?1") " AND " DUE_BY("?1") " AND priority <> 0), "      \
	    "count(*) FILTER (WHERE " FREE("?1") " AND NOT " DUE_BY("?1") "), "                    \
	    "count(*) FILTER (WHERE NOT " FREE("?1") "), "                                         \
	    "min(created_us) FILTER (WHERE " FREE("?1") " AND " DUE_BY("?1") ") "                  \
	    "FROM jobs")
/* clang-format on */

enum statement {
#define STATEMENT(name, text) ST_##name,
	STATEMENTS(STATEMENT)
#undef STATEMENT
	    N_STATEMENTS
};
static const char *const statement_texts[] = {
#define STATEMENT(name, text) text,
	STATEMENTS(STATEMENT)
#undef STATEMENT
};

struct sqlite_queue {
	struct queue base;
	sqlite3 *db;
	sqlite3_stmt *statements[N_STATEMENTS];
	pthread_mutex_t lock; /* of the connection and what is below */
	bool eager;           /* the last look found something */
	uint32_t claims;
	int64_t served_us; /* the last that was written: they only rise */
	int64_t busy_since_us;
	struct bell bell;
	atomic_bool stopped; /* queue_wake was called: no claim waits any more */
};

static struct sqlite_queue *
of(struct queue *queue)
{
	return (struct sqlite_queue *)(void *)queue;
}

/* --- statements -------------------------------------------------------------------------------------------------- */

static enum coord_err
fail(struct sqlite_queue *q, const char *what, struct coord_error *err)
{
	int code = q->db == NULL ? SQLITE_NOMEM : sqlite3_errcode(q->db);

	if (code == SQLITE_NOMEM)
		return error_set(err, COORD_ENOMEM, "queue: out of memory");
	return error_set(err, COORD_EUNAVAIL, "queue: sqlite: %s: %s", what, sqlite3_errmsg(q->db));
}

static void
bind_text(sqlite3_stmt *st, int at, const char *text)
{
	(void)sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

/** Runs a statement that gives no row, with what is bound to it. */
static enum coord_err
run(struct sqlite_queue *q, enum statement which, const char *what, struct coord_error *err)
{
	sqlite3_stmt *st = q->statements[which];
	int rc = sqlite3_step(st);
	enum coord_err result =
	    rc == SQLITE_DONE || rc == SQLITE_ROW ? COORD_OK : fail(q, what, err);

	(void)sqlite3_reset(st);
	return result;
}

static void
copy_column(sqlite3_stmt *st, int column, char *ret, size_t size)
{
	const unsigned char *text = sqlite3_column_text(st, column);

	(void)snprintf(ret, size, "%s", text == NULL ? "" : (const char *)text);
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

/** The store's writer holds the lock for as long as a flush takes: look again often, and not in step with others. */
static int
on_busy(void *context, int tries)
{
	struct sqlite_queue *q = context;
	int64_t now = clock_steady();

	if (tries == 0)
		q->busy_since_us = now;
	if (now - q->busy_since_us > BUSY_MOST_US)
		return 0;
	clock_sleep(200 + (int64_t)((uint64_t)now % 7) * 100);
	return 1;
}

static enum coord_err
prepare(struct sqlite_queue *q, struct coord_error *err)
{
	for (size_t i = 0; i < N_STATEMENTS; i++)
		if (sqlite3_prepare_v3(q->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
			&q->statements[i], NULL) != SQLITE_OK)
			return fail(q, "the database is not the store's", err);
	return COORD_OK;
}

static enum coord_err
open_database(struct sqlite_queue *q, const char *path, struct coord_error *err)
{
	char bell_path[PATH_MOST + 8];

	if (sqlite3_open_v2(path, &q->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return fail(q, "cannot open the database", err);
	if (sqlite3_busy_handler(q->db, on_busy, q) != SQLITE_OK ||
	    sqlite3_exec(q->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL) != SQLITE_OK)
		return fail(q, "cannot set up the connection", err);
	TRY(prepare(q, err));
	(void)snprintf(bell_path, sizeof(bell_path), "%s-bell", path);
	return bell_open(bell_path, path, &q->bell, err);
}

static void
sqlite_close(struct queue *queue)
{
	struct sqlite_queue *q = of(queue);

	for (size_t i = 0; i < N_STATEMENTS; i++)
		(void)sqlite3_finalize(q->statements[i]);
	(void)sqlite3_close(q->db);
	bell_close(&q->bell);
	(void)pthread_mutex_destroy(&q->lock);
	free(q);
}

/** Read as the store reads it: "sqlite:///a.db" is a.db where the program runs. */
static const char *
path_of(const char *url)
{
	struct sv text = sv_from(url);

	if (sv_starts(text, SV("sqlite:")))
		text = sv_skip(text, sizeof("sqlite:") - 1);
	if (sv_starts(text, SV("///")))
		text = sv_skip(text, 3);
	else if (sv_starts(text, SV("//")))
		text = sv_skip(text, text.len); /* a file has no host */
	return text.data;
}

static enum coord_err
sqlite_open(const char *url, struct queue **ret, struct coord_error *err)
{
	const char *path = path_of(url);
	struct sqlite_queue *q;
	enum coord_err rc;

	if (*path == '\0' || strlen(path) > PATH_MOST)
		return error_set(
		    err, COORD_EINVALID, "queue: expected sqlite:PATH or sqlite:///PATH");
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return error_set(err, COORD_ENOMEM, "queue: out of memory");
	q->base.ops = &queue_sqlite;
	q->bell.fd = -1;
	(void)pthread_mutex_init(&q->lock, NULL);
	rc = open_database(q, path, err);
	if (rc != COORD_OK) {
		sqlite_close(&q->base);
		return rc;
	}
	*ret = &q->base;
	return COORD_OK;
}

static enum coord_err
sqlite_ping(struct queue *queue, struct coord_error *err)
{
	struct sqlite_queue *q = of(queue);
	enum coord_err rc;

	(void)pthread_mutex_lock(&q->lock);
	rc = run(q, ST_PING, "no answer", err);
	(void)pthread_mutex_unlock(&q->lock);
	return rc;
}

/* --- putting and waking ------------------------------------------------------------------------------------------ */

static enum coord_err
sqlite_put(struct queue *queue, const struct queue_item *items, size_t n, struct coord_error *err)
{
	(void)items; /* the store's transaction has written them */
	(void)err;
	bell_ring(&of(queue)->bell, n < INT_MAX ? (int)n : INT_MAX);
	return COORD_OK;
}

static void
sqlite_wake(struct queue *queue)
{
	struct sqlite_queue *q = of(queue);

	atomic_store(&q->stopped, true);
	bell_ring(&q->bell, INT_MAX);
}

/* --- claiming ---------------------------------------------------------------------------------------------------- */

/** The first ready job of an owner; COORD_ENODATA. */
static enum coord_err
first_of_owner(struct sqlite_queue *q, unsigned priority, const char *owner, int64_t now_us,
    struct queue_job *ret, struct coord_error *err)
{
	sqlite3_stmt *st = q->statements[ST_FIRST];
	enum coord_err rc = COORD_ENODATA;
	int step;

	(void)sqlite3_bind_int64(st, 1, priority);
	bind_text(st, 2, owner);
	(void)sqlite3_bind_int64(st, 3, now_us);
	step = sqlite3_step(st);
	if (step == SQLITE_ROW) {
		*ret = (struct queue_job){ .item.priority = priority,
			.item.not_before_us = sqlite3_column_int64(st, 1),
			.deliveries = (uint32_t)sqlite3_column_int64(st, 3) + 1 };
		copy_column(st, 0, ret->item.id, sizeof(ret->item.id));
		(void)snprintf(ret->item.owner, sizeof(ret->item.owner), "%s", owner);
		(void)snprintf(ret->ticket, sizeof(ret->ticket), "%lld",
		    (long long)sqlite3_column_int64(st, 2) + 1);
		rc = COORD_OK;
	} else if (step != SQLITE_DONE) {
		rc = fail(q, "cannot read the jobs", err);
	}
	(void)sqlite3_reset(st);
	return rc;
}

/** The first job of the owner who was served least recently and has one. */
static enum coord_err
first_of_priority(struct sqlite_queue *q, unsigned priority, int64_t now_us, struct queue_job *ret,
    struct coord_error *err)
{
	sqlite3_stmt *st = q->statements[ST_OWNERS];
	enum coord_err rc = COORD_ENODATA;
	int step = SQLITE_DONE;

	(void)sqlite3_bind_int64(st, 1, priority);
	while (rc == COORD_ENODATA && (step = sqlite3_step(st)) == SQLITE_ROW) {
		char owner[QUEUE_OWNER_MOST];

		copy_column(st, 0, owner, sizeof(owner));
		rc = first_of_owner(q, priority, owner, now_us, ret, err);
	}
	if (rc == COORD_ENODATA && step != SQLITE_DONE)
		rc = fail(q, "cannot read the owners", err);
	(void)sqlite3_reset(st);
	return rc;
}

static enum coord_err
choose(struct sqlite_queue *q, int64_t now_us, struct queue_job *ret, struct coord_error *err)
{
	unsigned first = q->claims % QUEUE_BULK_EVERY == QUEUE_BULK_EVERY - 1;
	enum coord_err rc = first_of_priority(q, first, now_us, ret, err);

	return rc == COORD_ENODATA ? first_of_priority(q, !first, now_us, ret, err) : rc;
}

static enum coord_err
mark(struct sqlite_queue *q, const struct queue_job *job, const char *consumer, int64_t now_us,
    int64_t lease_us, struct coord_error *err)
{
	sqlite3_stmt *claim = q->statements[ST_CLAIM], *served = q->statements[ST_SERVED];
	int64_t served_us = now_us > q->served_us ? now_us : q->served_us + 1;

	bind_text(claim, 1, job->item.id);
	(void)sqlite3_bind_int64(claim, 2, now_us + lease_us);
	bind_text(claim, 3, consumer);
	TRY(run(q, ST_CLAIM, "cannot claim", err));
	bind_text(served, 1, job->item.owner);
	(void)sqlite3_bind_int64(served, 2, served_us);
	TRY(run(q, ST_SERVED, "cannot claim", err));
	q->served_us = served_us;
	return COORD_OK;
}

static enum coord_err
claim_in_transaction(struct sqlite_queue *q, const char *consumer, int64_t now_us, int64_t lease_us,
    struct queue_job *ret, struct coord_error *err)
{
	enum coord_err rc;

	TRY(run(q, ST_BEGIN, "cannot begin", err));
	rc = choose(q, now_us, ret, err);
	if (rc == COORD_OK)
		rc = mark(q, ret, consumer, now_us, lease_us, err);
	if (rc == COORD_OK)
		rc = run(q, ST_COMMIT, "cannot commit", err);
	if (rc != COORD_OK && sqlite3_get_autocommit(q->db) == 0)
		(void)run(q, ST_ROLLBACK, "cannot roll back", NULL);
	return rc;
}

/** The only number that a statement gives; 0 when it gives none. */
static enum coord_err
number_of(struct sqlite_queue *q, enum statement which, int64_t *ret, struct coord_error *err)
{
	sqlite3_stmt *st = q->statements[which];
	int step = sqlite3_step(st);

	*ret = step == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	(void)sqlite3_reset(st);
	return step == SQLITE_ROW || step == SQLITE_DONE ? COORD_OK
							 : fail(q, "cannot read the jobs", err);
}

/** One look. COORD_ENODATA: *due_us is when the next comes due by itself (0: none is there). */
static enum coord_err
look(struct sqlite_queue *q, const char *consumer, int64_t now_us, int64_t lease_us,
    struct queue_job *ret, int64_t *due_us, struct coord_error *err)
{
	int64_t any = 1;
	enum coord_err rc;

	if (!q->eager) {
		(void)sqlite3_bind_int64(q->statements[ST_ANY], 1, now_us);
		TRY(number_of(q, ST_ANY, &any, err));
	}
	rc = any != 0 ? claim_in_transaction(q, consumer, now_us, lease_us, ret, err)
		      : COORD_ENODATA;
	q->eager = rc == COORD_OK;
	q->claims += rc == COORD_OK;
	return rc == COORD_ENODATA && number_of(q, ST_DUE, due_us, err) != COORD_OK ? COORD_EUNAVAIL
										    : rc;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static enum coord_err
sqlite_claim(struct queue *queue, const char *consumer, int64_t now_us, int64_t lease_us,
    int64_t wait_us, struct queue_job *ret, struct coord_error *err)
{
	struct sqlite_queue *q = of(queue);
	int64_t start_us = clock_steady();

	for (;;) {
		uint32_t count = bell_count(&q->bell);
		int64_t past_us = clock_steady() - start_us, due_us = 0, nap_us;
		struct queue_job job;
		enum coord_err rc;

		(void)pthread_mutex_lock(&q->lock);
		rc = look(q, consumer, now_us + past_us, lease_us, &job, &due_us, err);
		(void)pthread_mutex_unlock(&q->lock);
		(void)queue_told(queue, QUEUE_CLAIM, start_us + past_us, rc);
		if (rc == COORD_OK)
			*ret = job;
		if (rc != COORD_ENODATA)
			return rc;
		nap_us = least(wait_us - past_us, QUEUE_LOOK_US);
		if (due_us > 0)
			nap_us = least(nap_us, due_us - now_us - past_us + 1);
		if (wait_us <= past_us || atomic_load(&q->stopped))
			return error_set(err, COORD_ENODATA, "queue: no job came");
		bell_wait(&q->bell, count, nap_us);
	}
}

/* --- what comes after -------------------------------------------------------------------------------------------- */

/** Runs a statement on the row of a claim; *ret_changed: it was still that claim's. */
static enum coord_err
on_claim(struct sqlite_queue *q, enum statement which, const struct queue_job *job, int64_t number,
    const char *what, bool *ret_changed, struct coord_error *err)
{
	sqlite3_stmt *st = q->statements[which];
	int64_t claim = 0;
	enum coord_err rc;

	if (!sv_to_i64(sv_from(job->ticket), &claim))
		return error_set(err, COORD_EINVALID, "queue: not a ticket of this queue's");
	(void)pthread_mutex_lock(&q->lock);
	bind_text(st, 1, job->item.id);
	(void)sqlite3_bind_int64(st, 2, claim);
	if (sqlite3_bind_parameter_count(st) > 2)
		(void)sqlite3_bind_int64(st, 3, number);
	rc = run(q, which, what, err);
	*ret_changed = rc == COORD_OK && sqlite3_changes(q->db) > 0;
	(void)pthread_mutex_unlock(&q->lock);
	return rc;
}

static enum coord_err
sqlite_extend(struct queue *queue, const struct queue_job *job, int64_t now_us, int64_t lease_us,
    struct coord_error *err)
{
	bool held = false;

	TRY(on_claim(of(queue), ST_EXTEND, job, now_us + lease_us, "cannot extend", &held, err));
	return held ? COORD_OK
		    : error_set(err, COORD_ENODATA, "queue: %s: the claim was lost", job->item.id);
}

/** The store deletes the row when it ends the analysis. While the store says that it has not ended, the row stays, and comes back with the end
 *  of its lease: a row too many is refused by the store, one too few would be a job lost. */
static enum coord_err
sqlite_done(struct queue *queue, const struct queue_job *job, struct coord_error *err)
{
	bool held = false;

	return on_claim(of(queue), ST_DONE, job, 0, "cannot end", &held, err);
}

static enum coord_err
sqlite_retry(struct queue *queue, const struct queue_job *job, int64_t not_before_us,
    struct coord_error *err)
{
	struct sqlite_queue *q = of(queue);
	bool held = false;

	TRY(on_claim(q, ST_RETRY, job, not_before_us, "cannot give back", &held, err));
	bell_ring(&q->bell, 1); /* also when the store has freed it: nobody else tells */
	return COORD_OK;
}

static enum coord_err
sqlite_remove(struct queue *queue, const char *id, struct coord_error *err)
{
	struct sqlite_queue *q = of(queue);
	enum coord_err rc;

	(void)pthread_mutex_lock(&q->lock);
	bind_text(q->statements[ST_REMOVE], 1, id);
	rc = run(q, ST_REMOVE, "cannot remove", err);
	(void)pthread_mutex_unlock(&q->lock);
	return rc;
}

static enum coord_err
sqlite_depth(struct queue *queue, int64_t now_us, struct queue_depth *ret, struct coord_error *err)
{
	struct sqlite_queue *q = of(queue);
	sqlite3_stmt *st = q->statements[ST_DEPTH];
	enum coord_err rc = COORD_OK;

	(void)pthread_mutex_lock(&q->lock);
	(void)sqlite3_bind_int64(st, 1, now_us);
	if (sqlite3_step(st) == SQLITE_ROW)
		*ret = (struct queue_depth){
			.ready = { (uint64_t)sqlite3_column_int64(st, 0),
			    (uint64_t)sqlite3_column_int64(st, 1) },
			.delayed = (uint64_t)sqlite3_column_int64(st, 2),
			.claimed = (uint64_t)sqlite3_column_int64(st, 3),
			.oldest_us = sqlite3_column_int64(st, 4),
		};
	else
		rc = fail(q, "cannot count the jobs", err);
	(void)sqlite3_reset(st);
	(void)pthread_mutex_unlock(&q->lock);
	return rc;
}

const struct queue_ops queue_sqlite = {
	.kind = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.ping = sqlite_ping,
	.put = sqlite_put,
	.claim = sqlite_claim,
	.extend = sqlite_extend,
	.done = sqlite_done,
	.retry = sqlite_retry,
	.remove = sqlite_remove,
	.depth = sqlite_depth,
	.wake = sqlite_wake,
};
