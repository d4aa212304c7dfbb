/* callback.c - callbacks to deliver: taken for a while, tried, tried again, delivered or dead. */
#include "store/core.h"

enum { LIMIT_MOST = 10000 };

struct batch {
	int64_t now_us, lease_us;
	uint32_t limit;
	bool dead_only;
	struct arena *arena;
	struct store_callback *items;
	size_t n, room;
};

static enum coord_err
read_callback(const struct sql_rows *rows, struct batch *b, struct coord_error *err)
{
	struct store_callback *c;

	TRY(LIST_GROW(b->arena, b->items, b->n, b->room, err));
	c = &b->items[b->n++];
	*c = (struct store_callback){ .attempts = (uint32_t)sql_int(rows, 4),
		.created_us = sql_int(rows, 5),
		.due_us = sql_int(rows, 6),
		.dead = sql_int(rows, 7) != 0 };
	sql_id(rows, 0, c->id);
	sql_id(rows, 1, c->analysis_id);
	TRY(sql_keep(rows, 2, b->arena, &c->url, err));
	TRY(sql_keep(rows, 3, b->arena, &c->owner, err));
	return sql_keep(rows, 8, b->arena, &c->error, err);
}

/** Behind those that are there. */
static enum coord_err
read_all(struct sql_rows *rows, struct batch *b, enum coord_err rc, struct coord_error *err)
{
	while (rc == COORD_OK && (rc = sql_next(rows, err)) == COORD_OK)
		rc = read_callback(rows, b, err);
	sql_end(rows);
	return rc == COORD_ENODATA ? COORD_OK : rc;
}

/** A transaction may run twice. */
static void
start(struct batch *b)
{
	b->n = b->room = 0;
	b->items = NULL;
}

static enum coord_err
run_due(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct batch *b = args;
	struct sql_rows rows;
	enum coord_err rc;

	start(b);
	rc = sql_open(conn, SQL_CALLBACKS_DUE, &rows, err, ARG_I(b->now_us), ARG_I(b->limit));
	TRY(read_all(&rows, b, rc, err));
	if (b->n < b->limit) {
		rc = sql_open(conn, SQL_CALLBACKS_AHEAD, &rows, err, ARG_I(b->now_us),
		    ARG_I(b->limit - b->n));
		TRY(read_all(&rows, b, rc, err));
	}
	for (size_t i = 0; i < b->n; i++)
		TRY(sql_do(conn, SQL_CALLBACK_LEASE, err, ARG_T(sv_from(b->items[i].id)),
		    ARG_I(b->now_us + b->lease_us)));
	return COORD_OK;
}

/** Nothing due is the rule, and no reason to write. */
static enum coord_err
run_any_due(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct batch *b = args;
	struct sql_rows rows;

	TRY(sql_find(conn, SQL_CALLBACKS_ANY, &rows, err, ARG_I(b->now_us)));
	sql_end(&rows);
	return COORD_OK;
}

enum coord_err
store_callbacks_due(struct store *store, int64_t now_us, int64_t lease_us, uint32_t limit,
    struct arena *arena, struct store_callback **ret, size_t *n, struct coord_error *err)
{
	struct batch b = { .now_us = now_us,
		.lease_us = lease_us,
		.limit = limit < LIMIT_MOST ? limit : LIMIT_MOST,
		.arena = arena };
	enum coord_err rc = store_read(store, run_any_due, &b, err);

	if (rc == COORD_OK)
		rc = store_write(store, run_due, &b, err);
	if (rc != COORD_OK && rc != COORD_ENODATA)
		return rc;
	*ret = b.items;
	*n = b.n;
	return COORD_OK;
}

struct attempt {
	struct sv id, error;
	int64_t now_us, next_us;
};

static enum coord_err
run_tried(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct attempt *a = args;
	struct sql_rows rows;

	TRY(sql_find(conn, SQL_CALLBACK_THERE, &rows, err, ARG_T(a->id)));
	sql_end(&rows);
	if (a->next_us != 0)
		return sql_do(conn, SQL_CALLBACK_AGAIN, err, ARG_T(a->id), ARG_I(a->next_us),
		    ARG_T(a->error));
	return sql_do(conn, SQL_CALLBACK_END, err, ARG_T(a->id), ARG_I(a->now_us),
	    ARG_I(a->error.data != NULL), ARG_T(a->error));
}

static enum coord_err
none(struct sv id, const char *what, struct coord_error *err)
{
	return error_set(err, COORD_ENODATA, "store: no %s %.*s", what, SV_ARG(sv_first(id, 64)));
}

enum coord_err
store_callback_tried(struct store *store, struct sv id, int64_t now_us, struct sv error,
    int64_t next_us, struct coord_error *err)
{
	struct attempt a = { id, error, now_us, next_us };
	enum coord_err rc =
	    store_id_valid(id) ? store_write(store, run_tried, &a, err) : COORD_ENODATA;

	return rc == COORD_ENODATA ? none(id, "callback", err) : rc;
}

static enum coord_err
run_list(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct batch *b = args;
	struct sql_rows rows;
	enum coord_err rc;

	start(b);
	rc = sql_open(conn, b->dead_only ? SQL_CALLBACKS_LIST_DEAD : SQL_CALLBACKS_LIST, &rows, err,
	    ARG_I(b->limit));
	return read_all(&rows, b, rc, err);
}

enum coord_err
store_callbacks_list(struct store *store, bool dead_only, uint32_t limit, struct arena *arena,
    struct store_callback **ret, size_t *n, struct coord_error *err)
{
	struct batch b = { .limit = limit < LIMIT_MOST ? limit : LIMIT_MOST,
		.dead_only = dead_only,
		.arena = arena };

	TRY(store_read(store, run_list, &b, err));
	*ret = b.items;
	*n = b.n;
	return COORD_OK;
}

static enum coord_err
run_requeue(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct attempt *a = args;
	struct sql_rows rows;
	bool dead;

	TRY(sql_find(conn, SQL_CALLBACK_THERE, &rows, err, ARG_T(a->id)));
	dead = sql_int(&rows, 1) != 0;
	sql_end(&rows);
	return dead ? sql_do(conn, SQL_CALLBACK_REQUEUE, err, ARG_T(a->id), ARG_I(a->now_us))
		    : COORD_ENODATA;
}

enum coord_err
store_callback_requeue(struct store *store, struct sv id, int64_t now_us, struct coord_error *err)
{
	struct attempt a = { .id = id, .now_us = now_us };
	enum coord_err rc =
	    store_id_valid(id) ? store_write(store, run_requeue, &a, err) : COORD_ENODATA;

	return rc == COORD_ENODATA ? none(id, "dead callback", err) : rc;
}
