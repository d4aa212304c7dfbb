/* sqlite.c - SQLite as the database: one file in WAL mode, one connection that writes, a few that read.
 * Any number of processes may have the file open. A commit is flushed to the disk (synchronous FULL) before it is answered,
 * unless the store was opened relaxed. */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/migrate.h"

enum { READERS_MOST = 64, READERS_USUAL = 4, BUSY_MS_USUAL = 10000 };
enum { LOG_PAGES = 4096, LOG_PAGES_MOST = 16384, LOG_WAIT_MS = 250 };

struct lite {
	char *path;
	unsigned busy_ms;
	bool relaxed;
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct lite_conn *writer, *readers[READERS_MOST];
	unsigned n_readers;
};

enum coord_err
lite_error(sqlite3 *db, int rc, const char *what, struct coord_error *err)
{
	const char *text = db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc);

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return error_set(err, COORD_EUNAVAIL,
		    "store: %s: the database is busy: another process keeps it", what);
	case SQLITE_FULL:
		return error_set(err, COORD_EUNAVAIL, "store: %s: the disk is full", what);
	case SQLITE_IOERR:
		return error_set(err, COORD_EUNAVAIL, "store: %s: %s (SQLite's code %d)%s", what,
		    text, rc,
		    rc == SQLITE_IOERR_WRITE ? ": is the disk full, or the size of files limited?"
					     : "");
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return error_set(err, COORD_EUNAVAIL, "store: %s: %s", what, text);
	case SQLITE_NOMEM:
		return error_set(err, COORD_ENOMEM, "store: %s: no memory", what);
	case SQLITE_TOOBIG:
		return error_set(err, COORD_ELIMIT, "store: %s: too large for the database", what);
	default:
		return error_set(err, COORD_EIO, "store: %s: %s", what, text);
	}
}

enum coord_err
lite_exec(sqlite3 *db, const char *sql, struct coord_error *err)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? COORD_OK : lite_error(db, rc, "writing", err);
}

enum coord_err
lite_path(const char *url, const char **ret, struct coord_error *err)
{
	struct sv text = sv_from(url);

	if (sv_starts(text, SV("sqlite:")))
		text = sv_skip(text, strlen("sqlite:"));
	if (sv_starts(text, SV("///")))
		text = sv_skip(text, 3);
	else if (sv_starts(text, SV("//")))
		return error_set(err, COORD_EINVALID,
		    "store: expected sqlite:PATH or sqlite:///PATH: a file has no host");
	if (text.len == 0 || text.data[0] == ':')
		return error_set(err, COORD_EINVALID, "store: sqlite: expected the path of a file");
	*ret = text.data;
	return COORD_OK;
}

/* --- connections --------------------------------------------------------------------------------------------------- */

/** Short naps: SQLite's own handler sleeps up to 100 ms, and a lock that is held for single milliseconds is missed. */
static int
wait_for_lock(void *context, int count)
{
	struct lite_conn *c = context;
	int64_t now = clock_steady();

	if (count == 0)
		c->busy_since_us = now;
	if (now - c->busy_since_us >= (int64_t)c->busy_ms * 1000)
		return 0;
	clock_sleep(count < 8 ? 250 + 250 * count : 2500);
	return 1;
}

static void
conn_close(struct lite_conn *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < SQL_STATEMENTS; i++)
		(void)sqlite3_finalize(c->statements[i]);
	(void)sqlite3_close(c->db);
	free(c);
}

/** Two processes that turn a new file to WAL at once get in each other's way without the busy handler being asked. */
static enum coord_err
to_wal(struct lite_conn *c, struct coord_error *err)
{
	int rc, count = 0;

	while ((rc = sqlite3_exec(c->db, "PRAGMA page_size=8192; PRAGMA journal_mode=WAL", NULL,
		    NULL, NULL)) == SQLITE_BUSY &&
	       wait_for_lock(c, count) != 0)
		count++;
	return rc == SQLITE_OK ? COORD_OK : lite_error(c->db, rc, "opening", err);
}

/** The log goes back into the database when it has grown. Readers that overlap without end would keep it from ever starting anew: when
 *  it has grown a lot, they are waited for, a moment at most. */
static int
after_commit(void *context, sqlite3 *db, const char *name, int pages)
{
	struct lite_conn *c = context;
	unsigned busy_ms = c->busy_ms;

	if (pages < LOG_PAGES)
		return SQLITE_OK;
	c->busy_ms = LOG_WAIT_MS;
	/* whatever comes of it: the commit stands, and the next one tries again */
	(void)sqlite3_wal_checkpoint_v2(db, name,
	    pages < LOG_PAGES_MOST ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART, NULL,
	    NULL);
	c->busy_ms = busy_ms;
	return SQLITE_OK;
}

static enum coord_err
conn_setup(struct lite_conn *c, const struct lite *lite, bool write, struct coord_error *err)
{
	(void)sqlite3_extended_result_codes(c->db, 1);
	(void)sqlite3_busy_handler(c->db, wait_for_lock, c);
	TRY(lite_exec(c->db, "PRAGMA temp_store=MEMORY", err));
	if (!write)
		return lite_exec(c->db, "PRAGMA query_only=ON; PRAGMA cache_size=-4096", err);
	TRY(to_wal(c, err));
	TRY(lite_exec(
	    c->db, lite->relaxed ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL", err));
	TRY(lite_exec(c->db, "PRAGMA cache_size=-16384; PRAGMA journal_size_limit=134217728", err));
	(void)sqlite3_wal_hook(c->db, after_commit, c);
	return COORD_OK;
}

static enum coord_err
conn_open(const struct lite *lite, bool write, struct lite_conn **ret, struct coord_error *err)
{
	struct lite_conn *c = calloc(1, sizeof(*c));
	enum coord_err code;
	int rc;

	if (c == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory for a connection");
	c->base.driver = &sql_sqlite;
	c->busy_ms = lite->busy_ms;
	rc = sqlite3_open_v2(lite->path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	code = rc == SQLITE_OK ? conn_setup(c, lite, write, err)
			       : lite_error(c->db, rc, "opening", err);
	if (code != COORD_OK) {
		conn_close(c);
		return code;
	}
	*ret = c;
	return COORD_OK;
}

/** An empty file is an empty database; nobody else may read what attackers typed. */
static enum coord_err
make_file(const char *path, bool create, struct coord_error *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);

	if (fd < 0)
		return error_set(err, COORD_EUNAVAIL, "store: %s: %s", path, strerror(errno));
	(void)close(fd);
	return COORD_OK;
}

static void
lite_close(void *database)
{
	struct lite *lite = database;

	for (unsigned i = 0; i < lite->n_readers; i++)
		conn_close(lite->readers[i]);
	conn_close(lite->writer);
	(void)pthread_cond_destroy(&lite->given);
	(void)pthread_mutex_destroy(&lite->lock);
	free(lite->path);
	free(lite);
}

static enum coord_err
lite_open(const char *url, const struct store_options *options, bool create, void **ret,
    struct coord_error *err)
{
	const char *path = NULL;
	struct lite *lite;
	enum coord_err rc;

	TRY(lite_path(url, &path, err));
	TRY(make_file(path, create, err));
	if ((lite = calloc(1, sizeof(*lite))) == NULL || (lite->path = strdup(path)) == NULL) {
		free(lite);
		return error_set(err, COORD_ENOMEM, "store: no memory");
	}
	lite->busy_ms = options->busy_ms == 0 ? BUSY_MS_USUAL : options->busy_ms;
	lite->relaxed = options->relaxed_sync;
	lite->n_readers = options->readers == 0 ? READERS_USUAL : options->readers;
	if (lite->n_readers > READERS_MOST)
		lite->n_readers = READERS_MOST;
	(void)pthread_mutex_init(&lite->lock, NULL);
	(void)pthread_cond_init(&lite->given, NULL);
	if ((rc = conn_open(lite, true, &lite->writer, err)) != COORD_OK) {
		lite_close(lite);
		return rc;
	}
	*ret = lite;
	return COORD_OK;
}

/** A free place among the readers, or NULL. The lock is held. */
static struct lite_conn **
free_reader(struct lite *lite)
{
	for (unsigned i = 0; i < lite->n_readers; i++)
		if (lite->readers[i] != NULL && !lite->readers[i]->in_use)
			return &lite->readers[i];
	for (unsigned i = 0; i < lite->n_readers; i++)
		if (lite->readers[i] == NULL)
			return &lite->readers[i];
	return NULL;
}

static enum coord_err
lite_take(void *database, bool write, struct sql_conn **ret, struct coord_error *err)
{
	struct lite *lite = database;
	struct lite_conn **place;
	enum coord_err rc = COORD_OK;

	if (write) {
		*ret = &lite->writer->base;
		return COORD_OK;
	}
	(void)pthread_mutex_lock(&lite->lock);
	while ((place = free_reader(lite)) == NULL)
		(void)pthread_cond_wait(&lite->given, &lite->lock);
	if (*place == NULL)
		rc = conn_open(lite, false, place, err);
	if (rc == COORD_OK) {
		(*place)->in_use = true;
		*ret = &(*place)->base;
	}
	(void)pthread_mutex_unlock(&lite->lock);
	return rc;
}

static void
lite_give(void *database, struct sql_conn *conn)
{
	struct lite *lite = database;
	struct lite_conn *c = (struct lite_conn *)conn;

	if (c == lite->writer)
		return;
	(void)pthread_mutex_lock(&lite->lock);
	c->in_use = false;
	(void)pthread_cond_signal(&lite->given);
	(void)pthread_mutex_unlock(&lite->lock);
}

/* --- transactions -------------------------------------------------------------------------------------------------- */

static enum coord_err
lite_begin(struct sql_conn *conn, struct coord_error *err)
{
	return lite_exec(((struct lite_conn *)conn)->db, "BEGIN IMMEDIATE", err);
}

static enum coord_err
lite_commit(struct sql_conn *conn, struct coord_error *err)
{
	return lite_exec(((struct lite_conn *)conn)->db, "COMMIT", err);
}

/** A full disk has ended the transaction already. */
static void
lite_rollback(struct sql_conn *conn)
{
	sqlite3 *db = ((struct lite_conn *)conn)->db;

	if (sqlite3_get_autocommit(db) == 0)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

static bool
lite_again(const struct sql_conn *conn)
{
	(void)conn;
	return false;
}

static enum coord_err
lite_script(struct sql_conn *conn, const char *text, struct coord_error *err)
{
	return lite_exec(((struct lite_conn *)conn)->db, text, err);
}

static enum coord_err
lite_lock_schema(struct sql_conn *conn, struct coord_error *err)
{
	return lite_script(conn,
	    "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT "
	    "NULL, "
	    "sha256 TEXT NOT NULL, applied_us INTEGER NOT NULL) STRICT",
	    err);
}

/* --- statements ---------------------------------------------------------------------------------------------------- */

static enum coord_err
prepare(
    struct lite_conn *c, const char *text, bool keep, sqlite3_stmt **ret, struct coord_error *err)
{
	char *sql = sql_text(text, '?', false);
	int rc;

	if (sql == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory for a statement");
	rc = sqlite3_prepare_v3(c->db, sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0, ret, NULL);
	free(sql);
	return rc == SQLITE_OK ? COORD_OK : lite_error(c->db, rc, "asking", err);
}

static int
bind(sqlite3_stmt *s, int at, const struct sql_arg *arg)
{
	switch (arg->type) {
	case ARG_INT:
		return sqlite3_bind_int64(s, at, arg->number);
	case ARG_REAL:
		return isnan(arg->real) ? sqlite3_bind_null(s, at)
					: sqlite3_bind_double(s, at, arg->real);
	case ARG_TEXT:
		return sqlite3_bind_text64(
		    s, at, arg->text.data, arg->text.len, SQLITE_STATIC, SQLITE_UTF8);
	case ARG_BYTES:
		return sqlite3_bind_blob64(s, at, arg->text.data, arg->text.len, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

/** A database that nobody has migrated yet has no list of migrations: that is an empty list. */
static bool
no_list(struct lite_conn *c, enum sql_statement statement)
{
	return statement == SQL_MIGRATION_LIST && sqlite3_errcode(c->db) == SQLITE_ERROR &&
	       strstr(sqlite3_errmsg(c->db), "no such table") != NULL;
}

static enum coord_err
lite_query(struct sql_conn *conn, enum sql_statement statement, const char *text,
    const struct sql_arg *args, size_t n_args, struct sql_rows *ret, struct coord_error *err)
{
	struct lite_conn *c = (struct lite_conn *)conn;
	sqlite3_stmt *own = NULL, **place = text != NULL ? &own : &c->statements[statement];

	*ret = (struct sql_rows){ .conn = conn, .n = text != NULL };
	if (*place == NULL) {
		enum coord_err rc = prepare(c, text != NULL ? text : sql_statement_text(statement),
		    text == NULL, place, err);

		if (rc != COORD_OK)
			return text == NULL && no_list(c, statement) ? COORD_ENODATA : rc;
	}
	ret->handle = *place;
	for (size_t i = 0; i < n_args; i++) {
		int rc = bind(*place, (int)i + 1, &args[i]);

		if (rc != SQLITE_OK)
			return lite_error(c->db, rc, "asking", err);
	}
	return COORD_OK;
}

static enum coord_err
lite_next(struct sql_rows *rows, struct coord_error *err)
{
	struct lite_conn *c = (struct lite_conn *)rows->conn;
	int rc = sqlite3_step(rows->handle);

	if (rc == SQLITE_ROW)
		return COORD_OK;
	if (rc == SQLITE_DONE)
		return COORD_ENODATA;
	return lite_error(
	    c->db, rc, sqlite3_stmt_readonly(rows->handle) ? "reading" : "writing", err);
}

static void
lite_end(struct sql_rows *rows)
{
	if (rows->n != 0) {
		(void)sqlite3_finalize(rows->handle);
		return;
	}
	(void)sqlite3_reset(rows->handle);
	(void)sqlite3_clear_bindings(rows->handle);
}

static uint64_t
lite_changed(const struct sql_conn *conn)
{
	return (uint64_t)sqlite3_changes64(((const struct lite_conn *)conn)->db);
}

static int64_t
lite_integer(const struct sql_rows *rows, int column)
{
	return sqlite3_column_int64(rows->handle, column);
}

static double
lite_real(const struct sql_rows *rows, int column)
{
	return sqlite3_column_type(rows->handle, column) == SQLITE_NULL
		   ? (double)NAN
		   : sqlite3_column_double(rows->handle, column);
}

static struct sv
lite_text(const struct sql_rows *rows, int column)
{
	const void *data;

	if (sqlite3_column_type(rows->handle, column) == SQLITE_NULL)
		return SV_NONE;
	data = sqlite3_column_blob(rows->handle, column);
	return (struct sv){ data != NULL ? data : "",
		(size_t)sqlite3_column_bytes(rows->handle, column) };
}

/* --- submissions, backup ------------------------------------------------------------------------------------------- */

static enum coord_err
lite_submit(struct sql_conn *conn, const struct store_submission *item, int64_t now_us,
    struct coord_error *err)
{
	struct sv id = sv_from(item->id);
	int64_t seq;

	TRY(sql_do(conn, SQL_SUBMIT_ANALYSIS, err, ARG_T(id), ARG_T(item->owner),
	    ARG_T(item->depth), ARG_T(item->label), ARG_T(item->options), ARG_T(item->callback_url),
	    ARG_T(item->traceparent), ARG_I(item->priority), ARG_I(item->sessions), ARG_I(now_us)));
	if (lite_changed(conn) == 0)
		return COORD_OK;
	seq = sqlite3_last_insert_rowid(((struct lite_conn *)conn)->db);
	TRY(sql_do(conn, SQL_SUBMIT_REQUEST, err, ARG_I(seq), ARG_B(item->request)));
	return sql_do(conn, SQL_JOB_PUT, err, ARG_T(id), ARG_T(item->owner), ARG_I(item->priority),
	    ARG_I(now_us), ARG_I(0), ARG_I(now_us)); /* at once, whatever the clock will say */
}

static enum coord_err
lite_flush(struct sql_conn *conn, struct coord_error *err)
{
	(void)conn;
	(void)err;
	return COORD_OK;
}

static enum coord_err
backup(void *database, const char *path, struct coord_error *err)
{
	struct sql_conn *conn = NULL;
	enum coord_err rc;

	TRY(lite_take(database, false, &conn, err));
	rc = lite_backup(((struct lite_conn *)conn)->db, path, err);
	lite_give(database, conn);
	return rc;
}

const struct sql_driver sql_sqlite = {
	.kind = "sqlite",
	.one_writer = true,
	.migrations = migrations_sqlite,
	.open = lite_open,
	.close = lite_close,
	.take = lite_take,
	.give = lite_give,
	.begin = lite_begin,
	.commit = lite_commit,
	.rollback = lite_rollback,
	.again = lite_again,
	.query = lite_query,
	.next = lite_next,
	.end = lite_end,
	.changed = lite_changed,
	.script = lite_script,
	.integer = lite_integer,
	.real = lite_real,
	.text = lite_text,
	.submit = lite_submit,
	.flush = lite_flush,
	.lock_schema = lite_lock_schema,
	.backup = backup,
	.restore = lite_restore,
};
