/* postgres_pool.c - connections to PostgreSQL: made when needed, kept, looked at before use, and made anew after a restart of the
 * server. While the server is away one caller at a time tries, at growing intervals; the others are told at once. */
#include "store/postgres.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNS_MOST = 64, READERS_USUAL = 4, WRITERS = 4, BUSY_MS_USUAL = 10000 };
static const int64_t wait_first_us = 50000, wait_most_us = 2000000;

struct pg {
	char *url;
	char *password; /* "" when there is none */
	unsigned busy_ms;
	bool relaxed;
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct pg_conn *conns[CONNS_MOST];
	unsigned n;
	/* away */
	bool away, trying;
	int64_t wait_us, next_us;
	char why[240];
};

void
pg_scrub(const struct pg *pool, char *text)
{
	size_t len = strlen(pool->password);

	for (char *at = text; len > 0 && (at = strstr(at, pool->password)) != NULL; at += len)
		memset(at, '*', len);
}

static void
conn_free(struct pg_conn *conn)
{
	if (conn == NULL)
		return;
	PQfinish(conn->c);
	free(conn);
}

static void
quiet(void *context, const char *message)
{
	(void)context;
	(void)message;
}

static enum coord_err
setup(const struct pg *pool, struct pg_conn *conn, struct coord_error *err)
{
	char sql[256];

	(void)PQsetNoticeProcessor(conn->c, quiet, NULL);
	(void)snprintf(sql, sizeof(sql),
	    "SET lock_timeout = %u; SET idle_in_transaction_session_timeout = 60000; SET "
	    "synchronous_commit = %s",
	    pool->busy_ms, pool->relaxed ? "off" : "on");
	return pg_exec(conn, sql, "connecting", err);
}

static enum coord_err
connect_new(struct pg *pool, struct pg_conn **ret, struct coord_error *err)
{
	static const char *const words[] = { "connect_timeout", "application_name",
		"client_encoding", "tcp_user_timeout", "dbname", NULL };
	const char *const values[] = { "5", "coord", "UTF8", "30000", pool->url, NULL };
	struct pg_conn *conn = calloc(1, sizeof(*conn));
	enum coord_err rc = COORD_OK;

	if (conn == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory for a connection");
	conn->base.driver = &sql_postgresql;
	conn->pool = pool;
	conn->c = PQconnectdbParams(words, values, 1);
	if (PQstatus(conn->c) != CONNECTION_OK)
		rc = pg_error(conn, NULL, "connecting", err);
	else
		rc = setup(pool, conn, err);
	if (rc != COORD_OK) {
		conn_free(conn);
		return rc;
	}
	*ret = conn;
	return COORD_OK;
}

/** postgresql+asyncpg://... and the like come from Python's world: the driver's name is not for us. */
static char *
plain_url(const char *url)
{
	const char *rest = strchr(url, ':');
	size_t len = strlen("postgresql") + (rest == NULL ? 0 : strlen(rest)) + 1;
	char *copy = rest == NULL ? NULL : malloc(len);

	if (copy != NULL)
		(void)snprintf(copy, len, "postgresql%s", rest);
	return copy;
}

/** libpq's own words about a URL that it cannot read may hold the password, so they are not repeated. */
static enum coord_err
read_password(const char *url, char **ret, struct coord_error *err)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &why);
	const char *password = "";

	PQfreemem(why);
	if (options == NULL)
		return error_set(err, COORD_EINVALID,
		    "store: cannot be read as a URL: expected "
		    "postgresql://user:password@host:port/database");
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		if (strcmp(o->keyword, "password") == 0 && o->val != NULL)
			password = o->val;
	*ret = strdup(password);
	PQconninfoFree(options);
	return *ret == NULL ? error_set(err, COORD_ENOMEM, "store: no memory") : COORD_OK;
}

void
pg_close(void *database)
{
	struct pg *pool = database;

	for (unsigned i = 0; i < pool->n; i++)
		conn_free(pool->conns[i]);
	(void)pthread_cond_destroy(&pool->given);
	(void)pthread_mutex_destroy(&pool->lock);
	if (pool->password != NULL)
		memset(pool->password, 0, strlen(pool->password));
	free(pool->password);
	if (pool->url != NULL)
		memset(pool->url, 0, strlen(pool->url));
	free(pool->url);
	free(pool);
}

enum coord_err
pg_open(const char *url, const struct store_options *options, bool create, void **ret,
    struct coord_error *err)
{
	struct pg *pool = calloc(1, sizeof(*pool));
	unsigned readers = options->readers == 0 ? READERS_USUAL : options->readers;
	enum coord_err rc;

	(void)create;
	if (pool == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory");
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->given, NULL);
	pool->busy_ms = options->busy_ms == 0 ? BUSY_MS_USUAL : options->busy_ms;
	pool->relaxed = options->relaxed_sync;
	pool->n = readers + WRITERS < CONNS_MOST ? readers + WRITERS : CONNS_MOST;
	pool->url = plain_url(url);
	rc = pool->url == NULL ? error_set(err, COORD_ENOMEM, "store: no memory")
			       : read_password(pool->url, &pool->password, err);
	if (rc == COORD_OK)
		rc = connect_new(pool, &pool->conns[0], err);
	if (rc != COORD_OK) {
		pg_close(pool);
		return rc;
	}
	*ret = pool;
	return COORD_OK;
}

/** Idle, a server has nothing to say: a socket that can be read brings the news that it is going down. */
static bool
is_alive(struct pg_conn *conn)
{
	struct pollfd p = { .fd = PQsocket(conn->c), .events = POLLIN };

	if (PQstatus(conn->c) != CONNECTION_OK || p.fd < 0)
		return false;
	if (poll(&p, 1, 0) <= 0)
		return true;
	return PQconsumeInput(conn->c) == 1 && PQstatus(conn->c) == CONNECTION_OK &&
	       poll(&p, 1, 0) <= 0;
}

/** A place to use, taken: one with a live connection first. The lock is held. */
static struct pg_conn **
free_place(struct pg *pool)
{
	struct pg_conn **empty = NULL;

	for (unsigned i = 0; i < pool->n; i++) {
		struct pg_conn **place = &pool->conns[i];

		if (*place != NULL && !(*place)->in_use && !is_alive(*place)) {
			conn_free(*place);
			*place = NULL;
		}
		if (*place == NULL)
			empty = empty == NULL ? place : empty;
		else if (!(*place)->in_use)
			return place;
	}
	return empty;
}

/** Notes what came of an attempt to connect. The lock is held. */
static void
note(struct pg *pool, enum coord_err rc, const struct coord_error *err)
{
	pool->trying = false;
	if (rc == COORD_OK) {
		pool->away = false;
		pool->wait_us = 0;
		return;
	}
	pool->away = true;
	pool->wait_us = pool->wait_us == 0 ? wait_first_us : pool->wait_us * 2;
	if (pool->wait_us > wait_most_us)
		pool->wait_us = wait_most_us;
	pool->next_us = clock_steady() + pool->wait_us;
	(void)snprintf(pool->why, sizeof(pool->why), "%s", err->what);
}

/** Makes a connection for an empty place. The lock is held, and let go while the server is asked. */
static enum coord_err
fill(struct pg *pool, struct pg_conn **place, struct coord_error *err)
{
	struct pg_conn *busy = calloc(1, sizeof(*busy)), *made = NULL;
	struct coord_error why = { .code = COORD_OK };
	enum coord_err rc;

	if (busy == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory for a connection");
	busy->in_use = true; /* keeps the place meanwhile */
	*place = busy;
	pool->trying = true;
	(void)pthread_mutex_unlock(&pool->lock);
	rc = connect_new(pool, &made, &why);
	(void)pthread_mutex_lock(&pool->lock);
	note(pool, rc, &why);
	*place = made;
	free(busy);
	if (rc != COORD_OK) {
		(void)pthread_cond_broadcast(&pool->given);
		if (err != NULL)
			*err = why;
	}
	return rc;
}

enum coord_err
pg_take(void *database, bool write, struct sql_conn **ret, struct coord_error *err)
{
	struct pg *pool = database;
	struct pg_conn **place;
	enum coord_err rc = COORD_OK;

	(void)write;
	(void)pthread_mutex_lock(&pool->lock);
	while ((place = free_place(pool)) == NULL)
		(void)pthread_cond_wait(&pool->given, &pool->lock);
	if (*place == NULL && pool->away && (pool->trying || clock_steady() < pool->next_us))
		rc = error_set(err, COORD_EUNAVAIL, "%s", pool->why);
	else if (*place == NULL)
		rc = fill(pool, place, err);
	if (rc == COORD_OK) {
		(*place)->in_use = true;
		*ret = &(*place)->base;
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return rc;
}

void
pg_give(void *database, struct sql_conn *conn)
{
	struct pg *pool = database;
	struct pg_conn *c = (struct pg_conn *)conn;

	(void)pthread_mutex_lock(&pool->lock);
	c->in_use = false;
	(void)pthread_cond_signal(&pool->given);
	(void)pthread_mutex_unlock(&pool->lock);
}
