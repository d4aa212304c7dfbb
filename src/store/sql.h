/* sql.h - what the store asks of a database (private to store/): connections, transactions, statements by number, rows.
 * The store's logic is written once, against this; sqlite.c and postgres.c are a table of these functions each. The
 * statements are one table too (statements.def), in the SQL that both understand. Parameters are written $1, $2 ...; what only PostgreSQL
 * gets is written as a comment that begins with "pg": FOR UPDATE, for one, which in SQLite a write transaction has anyway. */
#ifndef COORD_STORE_SQL_H
#define COORD_STORE_SQL_H

#include "store/store.h"

struct writer;

/* clang-format off */
enum sql_statement {
#define STATEMENT(name, text) SQL_##name,
#include "store/statements.def"
#undef STATEMENT
	SQL_STATEMENTS
};
/* clang-format on */

/** Texts come from anybody and may hold any byte, NUL too. */
struct sql_arg {
	enum { ARG_INT, ARG_REAL, ARG_TEXT, ARG_BYTES } type;
	int64_t number;
	double real;    /* NaN: NULL */
	struct sv text; /* absent: NULL */
};
#define ARG_I(value_) ((struct sql_arg){ .type = ARG_INT, .number = (int64_t)(value_) })
#define ARG_R(value_) ((struct sql_arg){ .type = ARG_REAL, .real = (value_) })
#define ARG_T(value_) ((struct sql_arg){ .type = ARG_TEXT, .text = (value_) })
#define ARG_B(value_) ((struct sql_arg){ .type = ARG_BYTES, .text = (value_) })
enum { SQL_ARGS_MOST = 24 };

struct sql_driver;

/** One connection, used by one thread at a time. */
struct sql_conn {
	const struct sql_driver *driver;
};

/** What a statement gives, row by row. Ended by sql_end, also when it gave an error. */
struct sql_rows {
	struct sql_conn *conn;
	void *handle;
	int row, n;
};

struct sql_driver {
	const char *kind;
	bool
	    one_writer; /* all writes by one connection, batched: whoever writes locks the whole database */
	const struct migration *migrations;

	/** *ret is what the others call database. `create`: a file that is not there yet is made. */
	enum coord_err (*open)(const char *url, const struct store_options *options, bool create,
	    void **ret, struct coord_error *err);
	void (*close)(void *database);
	/** A connection for reading (or, `write`, for writing), waiting for one to be free. Given back after use; a broken one is
	 *  replaced on the next occasion. */
	enum coord_err (*take)(
	    void *database, bool write, struct sql_conn **ret, struct coord_error *err);
	void (*give)(void *database, struct sql_conn *conn);

	enum coord_err (*begin)(struct sql_conn *conn, struct coord_error *err);
	enum coord_err (*commit)(struct sql_conn *conn, struct coord_error *err);
	void (*rollback)(struct sql_conn *conn);
	/** May the transaction that ended with this be tried again at once (deadlock, serialization)? */
	bool (*again)(const struct sql_conn *conn);

	/** Starts a statement of the table, or (`text` given) this one. */
	enum coord_err (*query)(struct sql_conn *conn, enum sql_statement statement,
	    const char *text, const struct sql_arg *args, size_t n_args, struct sql_rows *ret,
	    struct coord_error *err);
	/** COORD_OK: a row; COORD_ENODATA: no more. */
	enum coord_err (*next)(struct sql_rows *rows, struct coord_error *err);
	void (*end)(struct sql_rows *rows);
	/** Rows that the last statement that was run to its end has changed. */
	uint64_t (*changed)(const struct sql_conn *conn);
	/** Several statements without parameters (a migration). */
	enum coord_err (*script)(struct sql_conn *conn, const char *text, struct coord_error *err);
	/** Of the row at hand; texts live until the next step. NULL is 0, NaN, absent. */
	int64_t (*integer)(const struct sql_rows *rows, int column);
	double (*real)(const struct sql_rows *rows, int column);
	struct sv (*text)(const struct sql_rows *rows, int column);

	/** Writes a submission (analysis, request, job) once: repeated, it changes nothing. May be sent only, and then fails at the next
	 *  `flush`, which waits for all that was sent. */
	enum coord_err (*submit)(struct sql_conn *conn, const struct store_submission *item,
	    int64_t now_us, struct coord_error *err);
	enum coord_err (*flush)(struct sql_conn *conn, struct coord_error *err);
	/** Keeps other processes out of migrations (a transaction is open) until the transaction ends. */
	enum coord_err (*lock_schema)(struct sql_conn *conn, struct coord_error *err);

	enum coord_err (*backup)(void *database, const char *path, struct coord_error *err);
	enum coord_err (*restore)(
	    const char *url, const char *path, bool replace, struct coord_error *err);
};

extern const struct sql_driver sql_sqlite, sql_postgresql;

/* Leases are minutes at most, the waits of retries an hour (config/settings.def). A time of the database's that lies further ahead was
 * written by a clock that has been set back since: it counts as past, or what it guards would not be done for as long. */
#define SQL_LEASE_AHEAD_US INT64_C(1200000000)
#define SQL_WAIT_AHEAD_US INT64_C(7200000000)

/** The statement's text as this database wants it: $ becomes `mark`, and pg comments are opened when `pg`. Freed by the caller. */
char *sql_text(const char *text, char mark, bool pg);
const char *sql_statement_text(enum sql_statement statement);

/** A statement that gives no row, or one whose rows do not matter. */
MUST_CHECK enum coord_err sql_run(struct sql_conn *conn, enum sql_statement statement,
    const struct sql_arg *args, size_t n_args, struct coord_error *err);
/** A statement's only row is at hand afterwards (sql_end it); COORD_ENODATA: there is none (nothing to end). */
MUST_CHECK enum coord_err sql_one(struct sql_conn *conn, enum sql_statement statement,
    const struct sql_arg *args, size_t n_args, struct sql_rows *ret, struct coord_error *err);
void sql_end(struct sql_rows *rows);

#define SQL_ARGS(...)                            \
	(const struct sql_arg[]){ __VA_ARGS__ }, \
	    sizeof((const struct sql_arg[]){ __VA_ARGS__ }) / sizeof(struct sql_arg)
#define sql_do(conn, statement, err, ...) sql_run((conn), (statement), SQL_ARGS(__VA_ARGS__), (err))
#define sql_find(conn, statement, rows, err, ...) \
	sql_one((conn), (statement), SQL_ARGS(__VA_ARGS__), (rows), (err))
#define sql_open(conn, statement, rows, err, ...) \
	(conn)->driver->query((conn), (statement), NULL, SQL_ARGS(__VA_ARGS__), (rows), (err))

static inline enum coord_err
sql_next(struct sql_rows *rows, struct coord_error *err)
{
	return rows->conn->driver->next(rows, err);
}

static inline int64_t
sql_int(const struct sql_rows *rows, int column)
{
	return rows->conn->driver->integer(rows, column);
}

static inline double
sql_real(const struct sql_rows *rows, int column)
{
	return rows->conn->driver->real(rows, column);
}

static inline struct sv
sql_sv(const struct sql_rows *rows, int column)
{
	return rows->conn->driver->text(rows, column);
}

/** A copy in the arena; COORD_ELIMIT: it is full. */
MUST_CHECK enum coord_err sql_keep(const struct sql_rows *rows, int column, struct arena *arena,
    struct sv *ret, struct coord_error *err);
/** Ids have their own place: 36 bytes and NUL. */
void sql_id(const struct sql_rows *rows, int column, char ret[STORE_ID_LEN + 1]);

#endif
