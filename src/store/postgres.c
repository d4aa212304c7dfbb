/* postgres.c - PostgreSQL 15 and later as the database: prepared statements, everything in binary, submissions in a pipeline.
 * A transaction locks the rows that it changes, so that many processes write at once; claims skip what others have locked. */
#include "store/postgres.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/migrate.h"

enum { OID_INT8 = 20, OID_FLOAT8 = 701, OID_INFERRED = 0 };
enum {
	PIPELINE_MOST = 64
}; /* results fit into the sockets' buffers, so that neither side waits for the other for ever */

static const char submit_name[] = "submit";
static const char submit_text[] =
    "WITH a AS (INSERT INTO analyses (id, owner, depth, label, options, callback_url, traceparent, "
    "priority, sessions, "
    "created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING "
    "RETURNING seq), "
    "r AS (INSERT INTO requests (analysis, body) SELECT seq, $11 FROM a) "
    "INSERT INTO jobs (id, owner, priority, created_us, not_before_us, put_us) SELECT $1, $2, $8, "
    "$10, 0, $10 FROM a";

/* --- errors ---------------------------------------------------------------------------------------------------------- */

struct state_meaning {
	const char *state; /* the beginning of an SQLSTATE */
	enum coord_err code;
	bool again;
};

static const struct state_meaning meanings[] = {
	{ "40001", COORD_EUNAVAIL, true },  /* serialization failure */
	{ "40P01", COORD_EUNAVAIL, true },  /* deadlock */
	{ "55P03", COORD_EUNAVAIL, false }, /* lock not available in time */
	{ "08", COORD_EUNAVAIL, false },    /* connection */
	{ "57P", COORD_EUNAVAIL, false },   /* shutting down, starting up */
	{ "57014", COORD_EUNAVAIL, false }, /* cancelled by an administrator */
	{ "53", COORD_EUNAVAIL, false },    /* disk full, too many connections, no memory */
	{ "25006", COORD_EUNAVAIL, false }, /* read only: a standby */
	{ "25P03", COORD_EUNAVAIL, false }, /* idle in a transaction for too long */
	{ "28", COORD_EUNAVAIL, false },    /* not let in */
	{ "3D000", COORD_EUNAVAIL, false }, /* no such database */
	{ "22021", COORD_EINVALID, false }, /* bytes that are no text */
	{ "54", COORD_ELIMIT, false },      /* too large */
};

static struct state_meaning
meaning(const char *state)
{
	if (state == NULL)
		return (struct state_meaning){ "", COORD_EUNAVAIL, false };
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strncmp(state, meanings[i].state, strlen(meanings[i].state)) == 0)
			return meanings[i];
	return (struct state_meaning){ "", COORD_EIO, false };
}

static size_t
line_length(const char *text)
{
	return strcspn(text, "\r\n");
}

enum coord_err
pg_error(struct pg_conn *conn, const PGresult *res, const char *what, struct coord_error *err)
{
	const char *state = res == NULL ? NULL : PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = res == NULL ? NULL : PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	struct state_meaning m = meaning(state);

	if (text == NULL)
		text = PQerrorMessage(conn->c);
	if (*text == 0)
		text = "the connection is gone";
	conn->again = m.again;
	(void)error_set(err, m.code, "store: %s: %.*s", what, (int)line_length(text), text);
	if (err != NULL)
		pg_scrub(conn->pool, err->what);
	return m.code;
}

enum coord_err
pg_exec(struct pg_conn *conn, const char *sql, const char *what, struct coord_error *err)
{
	PGresult *res = PQexec(conn->c, sql);
	enum coord_err rc = COORD_OK;

	if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
		rc = pg_error(conn, res, what, err);
	PQclear(res);
	return rc;
}

/* --- the pipeline ------------------------------------------------------------------------------------------------------- */

/** One result of what was sent: each is followed by a NULL. */
static enum coord_err
read_sent(struct pg_conn *c, struct coord_error *err)
{
	PGresult *res = PQgetResult(c->c);
	enum coord_err rc = COORD_OK;

	if (res == NULL || PQresultStatus(res) == PGRES_FATAL_ERROR)
		rc = pg_error(c, res, "writing", err);
	PQclear(res);
	if (res != NULL)
		PQclear(PQgetResult(c->c));
	return rc;
}

static enum coord_err
flush(struct sql_conn *conn, struct coord_error *err)
{
	struct pg_conn *c = (struct pg_conn *)conn;
	enum coord_err rc = COORD_OK;
	unsigned n = c->sent;

	if (PQpipelineStatus(c->c) == PQ_PIPELINE_OFF)
		return COORD_OK;
	c->sent = 0;
	if (PQpipelineSync(c->c) != 1)
		return pg_error(c, NULL, "writing", err);
	for (unsigned i = 0; i < n; i++) {
		enum coord_err one = read_sent(c, rc == COORD_OK ? err : NULL);

		rc = rc == COORD_OK ? one : rc;
		if (PQstatus(c->c) != CONNECTION_OK)
			return rc;
	}
	PQclear(PQgetResult(c->c)); /* the synchronization point */
	if (PQexitPipelineMode(c->c) != 1 && rc == COORD_OK)
		rc = pg_error(c, NULL, "writing", err);
	return rc;
}

/* --- transactions -------------------------------------------------------------------------------------------------------- */

static enum coord_err
begin(struct sql_conn *conn, struct coord_error *err)
{
	((struct pg_conn *)conn)->again = false;
	return pg_exec((struct pg_conn *)conn, "BEGIN", "writing", err);
}

static enum coord_err
commit(struct sql_conn *conn, struct coord_error *err)
{
	struct pg_conn *c = (struct pg_conn *)conn;
	PGresult *res;
	enum coord_err rc = COORD_OK;

	TRY(flush(conn, err));
	res = PQexec(c->c, "COMMIT");
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		rc = pg_error(c, res, "committing", err);
	else if (strcmp(PQcmdStatus(res), "COMMIT") != 0)
		rc = error_set(err, COORD_EIO, "store: the transaction was rolled back");
	PQclear(res);
	return rc;
}

static void
rollback(struct sql_conn *conn)
{
	struct pg_conn *c = (struct pg_conn *)conn;

	(void)!flush(conn, NULL);
	if (PQstatus(c->c) == CONNECTION_OK && PQtransactionStatus(c->c) != PQTRANS_IDLE)
		(void)!pg_exec(c, "ROLLBACK", "writing", NULL);
}

static bool
again(const struct sql_conn *conn)
{
	return ((const struct pg_conn *)conn)->again;
}

static enum coord_err
script(struct sql_conn *conn, const char *text, struct coord_error *err)
{
	return pg_exec((struct pg_conn *)conn, text, "migrating", err);
}

static enum coord_err
lock_schema(struct sql_conn *conn, struct coord_error *err)
{
	/* as long as another's migration takes */
	TRY(script(
	    conn, "SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(7161126620115)", err));
	return script(conn,
	    "CREATE TABLE IF NOT EXISTS migrations (version bigint PRIMARY KEY, name text NOT "
	    "NULL, sha256 text NOT NULL, "
	    "applied_us bigint NOT NULL)",
	    err);
}

/* --- statements ------------------------------------------------------------------------------------------------------------ */

/** Parameters as libpq wants them. Numbers go as eight bytes, the highest first. */
struct wire {
	Oid types[SQL_ARGS_MOST];
	const char *values[SQL_ARGS_MOST];
	int lengths[SQL_ARGS_MOST], formats[SQL_ARGS_MOST];
	unsigned char numbers[SQL_ARGS_MOST][8];
};

static void
put_number(unsigned char to[8], uint64_t bits)
{
	for (int i = 7; i >= 0; i--, bits >>= 8)
		to[i] = (unsigned char)bits;
}

static enum coord_err
to_wire(const struct sql_arg *args, size_t n, struct wire *ret, struct coord_error *err)
{
	for (size_t i = 0; i < n; i++) {
		bool number = args[i].type == ARG_INT || args[i].type == ARG_REAL;
		uint64_t bits = (uint64_t)args[i].number;

		if (!number && args[i].text.len > INT32_MAX)
			return error_set(err, COORD_ELIMIT, "store: too large for the database");
		if (args[i].type == ARG_REAL)
			memcpy(&bits, &args[i].real, sizeof(bits));
		put_number(ret->numbers[i], bits);
		ret->types[i] = args[i].type == ARG_INT    ? OID_INT8
				: args[i].type == ARG_REAL ? OID_FLOAT8
							   : OID_INFERRED;
		ret->values[i] = number ? (const char *)ret->numbers[i] : args[i].text.data;
		ret->lengths[i] = number ? 8 : (int)args[i].text.len;
		ret->formats[i] = 1;
		if (args[i].type == ARG_REAL && isnan(args[i].real))
			ret->values[i] = NULL;
	}
	return COORD_OK;
}

static enum coord_err
prepare(struct pg_conn *c, const char *name, const char *text, const struct wire *w, size_t n,
    struct coord_error *err)
{
	char *sql = sql_text(text, '$', true);
	PGresult *res;
	enum coord_err rc = COORD_OK;

	if (sql == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory for a statement");
	res = PQprepare(c->c, name, sql, (int)n, w->types);
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		rc = pg_error(c, res, "asking", err);
	PQclear(res);
	free(sql);
	return rc;
}

static enum coord_err
prepare_once(struct pg_conn *c, enum sql_statement statement, const struct wire *w, size_t n,
    char name[16], struct coord_error *err)
{
	(void)snprintf(name, 16, "s%d", (int)statement);
	if (c->prepared[statement])
		return COORD_OK;
	TRY(prepare(c, name, sql_statement_text(statement), w, n, err));
	c->prepared[statement] = true;
	return COORD_OK;
}

static PGresult *
run_text(struct pg_conn *c, const char *text, const struct wire *w, size_t n)
{
	char *sql = sql_text(text, '$', true);
	PGresult *res;

	if (sql == NULL)
		return NULL;
	res = PQexecParams(c->c, sql, (int)n, w->types, w->values, w->lengths, w->formats, 1);
	free(sql);
	return res;
}

/** A database that nobody has migrated yet has no list of migrations: that is an empty list. */
static bool
no_list(enum sql_statement statement, const struct coord_error *err)
{
	return statement == SQL_MIGRATION_LIST &&
	       strstr(err->what, "relation \"migrations\" does not exist") != NULL;
}

static enum coord_err
query(struct sql_conn *conn, enum sql_statement statement, const char *text,
    const struct sql_arg *args, size_t n_args, struct sql_rows *ret, struct coord_error *err)
{
	struct pg_conn *c = (struct pg_conn *)conn;
	struct coord_error own = { .code = COORD_OK };
	struct wire w;
	char name[16];
	enum coord_err rc;

	*ret = (struct sql_rows){ .conn = conn, .row = -1 };
	err = err == NULL ? &own : err;
	TRY(flush(conn, err));
	TRY(to_wire(args, n_args, &w, err));
	if (text == NULL) {
		rc = prepare_once(c, statement, &w, n_args, name, err);
		if (rc != COORD_OK)
			return no_list(statement, err) ? COORD_ENODATA : rc;
		ret->handle =
		    PQexecPrepared(c->c, name, (int)n_args, w.values, w.lengths, w.formats, 1);
	} else {
		ret->handle = run_text(c, text, &w, n_args);
	}
	if (PQresultStatus(ret->handle) != PGRES_TUPLES_OK &&
	    PQresultStatus(ret->handle) != PGRES_COMMAND_OK)
		return pg_error(c, ret->handle, "asking", err);
	ret->n = PQntuples(ret->handle);
	c->changed = 0;
	(void)sv_to_u64(sv_from(PQcmdTuples(ret->handle)), &c->changed);
	return COORD_OK;
}

static enum coord_err
next(struct sql_rows *rows, struct coord_error *err)
{
	(void)err;
	rows->row++;
	return rows->row < rows->n ? COORD_OK : COORD_ENODATA;
}

static void
end(struct sql_rows *rows)
{
	PQclear(rows->handle);
}

static uint64_t
changed(const struct sql_conn *conn)
{
	return ((const struct pg_conn *)conn)->changed;
}

static struct sv
text_at(const struct sql_rows *rows, int column)
{
	if (PQgetisnull(rows->handle, rows->row, column) != 0)
		return SV_NONE;
	return (struct sv){ PQgetvalue(rows->handle, rows->row, column),
		(size_t)PQgetlength(rows->handle, rows->row, column) };
}

/** Whole numbers of any width, the highest byte first. */
static int64_t
integer(const struct sql_rows *rows, int column)
{
	struct sv bytes = text_at(rows, column);
	uint64_t bits =
	    bytes.len > 0 && ((unsigned char)bytes.data[0] & 0x80) != 0 ? UINT64_MAX : 0;

	for (size_t i = 0; i < bytes.len && i < 8; i++)
		bits = bits << 8 | (unsigned char)bytes.data[i];
	return (int64_t)bits;
}

static double
real(const struct sql_rows *rows, int column)
{
	struct sv bytes = text_at(rows, column);
	uint64_t bits = (uint64_t)integer(rows, column);
	double value;

	if (bytes.len != sizeof(value))
		return (double)NAN;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* --- submissions, backup ----------------------------------------------------------------------------------------------------- */

static enum coord_err
submit(struct sql_conn *conn, const struct store_submission *item, int64_t now_us,
    struct coord_error *err)
{
	struct pg_conn *c = (struct pg_conn *)conn;
	const struct sql_arg args[] = { ARG_T(sv_from(item->id)), ARG_T(item->owner),
		ARG_T(item->depth), ARG_B(item->label), ARG_B(item->options),
		ARG_B(item->callback_url), ARG_B(item->traceparent), ARG_I(item->priority),
		ARG_I(item->sessions), ARG_I(now_us), ARG_B(item->request) };
	const size_t n = sizeof(args) / sizeof(args[0]);
	struct wire w;

	TRY(to_wire(args, n, &w, err));
	if (!c->ready_submit) {
		TRY(prepare(c, submit_name, submit_text, &w, n, err));
		c->ready_submit = true;
	}
	if (PQpipelineStatus(c->c) == PQ_PIPELINE_OFF && PQenterPipelineMode(c->c) != 1)
		return pg_error(c, NULL, "writing", err);
	if (PQsendQueryPrepared(c->c, submit_name, (int)n, w.values, w.lengths, w.formats, 1) != 1)
		return pg_error(c, NULL, "writing", err);
	return ++c->sent < PIPELINE_MOST ? COORD_OK : flush(conn, err);
}

static enum coord_err
backup(void *database, const char *path, struct coord_error *err)
{
	(void)database;
	(void)path;
	return error_set(err, COORD_EINVALID,
	    "store: PostgreSQL is backed up with pg_dump --format=custom, not by coord");
}

static enum coord_err
restore(const char *url, const char *path, bool replace, struct coord_error *err)
{
	(void)url;
	(void)path;
	(void)replace;
	return error_set(
	    err, COORD_EINVALID, "store: PostgreSQL is restored with pg_restore, not by coord");
}

const struct sql_driver sql_postgresql = {
	.kind = "postgresql",
	.one_writer = false,
	.migrations = migrations_postgresql,
	.open = pg_open,
	.close = pg_close,
	.take = pg_take,
	.give = pg_give,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.again = again,
	.query = query,
	.next = next,
	.end = end,
	.changed = changed,
	.script = script,
	.integer = integer,
	.real = real,
	.text = text_at,
	.submit = submit,
	.flush = flush,
	.lock_schema = lock_schema,
	.backup = backup,
	.restore = restore,
};
