/* postgres.h - a connection to PostgreSQL, for the files that implement it (private to store/). */
#ifndef COORD_STORE_POSTGRES_H
#define COORD_STORE_POSTGRES_H

#include <libpq-fe.h>

#include "store/sql.h"

struct pg;

struct pg_conn {
	struct sql_conn base;
	struct pg *pool;
	PGconn *c;
	bool in_use;
	bool again; /* the last failure was a conflict with another transaction */
	bool ready_submit;
	unsigned sent;    /* submissions in the pipeline whose results are not read */
	uint64_t changed; /* by the last statement */
	bool prepared[SQL_STATEMENTS];
};

/** What the server or libpq said, as an error of ours, without the password. `res` may be NULL. */
enum coord_err pg_error(
    struct pg_conn *conn, const PGresult *res, const char *what, struct coord_error *err);
/** A statement without parameters and rows. */
MUST_CHECK enum coord_err pg_exec(
    struct pg_conn *conn, const char *sql, const char *what, struct coord_error *err);

/* postgres_pool.c */
enum coord_err pg_open(const char *url, const struct store_options *options, bool create,
    void **ret, struct coord_error *err);
void pg_close(void *database);
enum coord_err pg_take(void *database, bool write, struct sql_conn **ret, struct coord_error *err);
void pg_give(void *database, struct sql_conn *conn);
/** The text with the password of the URL taken out. */
void pg_scrub(const struct pg *pool, char *text);

#endif
