/* read.c - analyses as they are: one, a page of them, their events; what waits, and what is stranded. */
#include <string.h>

#include "store/core.h"

enum { LIMIT_MOST = 100000 };

enum coord_err
list_grow(
    struct arena *arena, void **items, size_t n, size_t *room, size_t size, struct coord_error *err)
{
	size_t more = *room == 0 ? 32 : *room * 2;
	void *grown = arena_array(arena, more, size);

	if (grown == NULL)
		return error_set(err, COORD_ELIMIT, "store: no room for %zu rows", more);
	if (n > 0)
		memcpy(grown, *items, n * size);
	*items = grown;
	*room = more;
	return COORD_OK;
}

enum coord_err
row_read(const struct sql_rows *rows, struct arena *arena, struct store_analysis *ret,
    struct coord_error *err)
{
	*ret = (struct store_analysis){ .status = (enum analysis_status)sql_int(rows, 7),
		.priority = (enum job_priority)sql_int(rows, 8),
		.sessions = (uint32_t)sql_int(rows, 9),
		.attempts = (uint32_t)sql_int(rows, 10),
		.created_us = sql_int(rows, 11),
		.started_us = sql_int(rows, 12),
		.finished_us = sql_int(rows, 13),
		.confidence = sql_real(rows, 14),
		.enrichment_applied = sql_int(rows, 16) != 0,
		.dead = sql_int(rows, 18) != 0,
		.share = sql_real(rows, 20) };
	sql_id(rows, 0, ret->id);
	TRY(sql_keep(rows, 1, arena, &ret->owner, err));
	TRY(sql_keep(rows, 2, arena, &ret->depth, err));
	TRY(sql_keep(rows, 3, arena, &ret->label, err));
	TRY(sql_keep(rows, 4, arena, &ret->options, err));
	TRY(sql_keep(rows, 5, arena, &ret->callback_url, err));
	TRY(sql_keep(rows, 6, arena, &ret->traceparent, err));
	TRY(sql_keep(rows, 15, arena, &ret->verdict, err));
	TRY(sql_keep(rows, 17, arena, &ret->error, err));
	return sql_keep(rows, 19, arena, &ret->stage, err);
}

enum coord_err
analysis_load(struct sql_conn *conn, struct sv id, unsigned parts, struct arena *arena,
    struct store_analysis *ret, struct coord_error *err)
{
	struct sql_rows rows;
	enum coord_err rc;

	TRY(sql_find(conn, SQL_GET, &rows, err, ARG_T(id), ARG_I((parts & PART_RESPONSE) != 0),
	    ARG_I((parts & PART_DOCUMENT) != 0), ARG_I((parts & PART_REQUEST) != 0)));
	rc = row_read(&rows, arena, ret, err);
	if (rc == COORD_OK)
		rc = sql_keep(&rows, ROW_PARTS_AT, arena, &ret->response, err);
	if (rc == COORD_OK)
		rc = sql_keep(&rows, ROW_PARTS_AT + 1, arena, &ret->document, err);
	if (rc == COORD_OK)
		rc = sql_keep(&rows, ROW_PARTS_AT + 2, arena, &ret->request, err);
	sql_end(&rows);
	return rc;
}

struct get {
	struct sv id;
	unsigned parts;
	struct arena *arena;
	struct store_analysis analysis;
};

static enum coord_err
run_get(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct get *g = args;

	return analysis_load(conn, g->id, g->parts, g->arena, &g->analysis, err);
}

static enum coord_err
no_analysis(struct sv id, struct coord_error *err)
{
	return error_set(err, COORD_ENODATA, "store: no analysis %.*s", SV_ARG(sv_first(id, 64)));
}

enum coord_err
store_get(struct store *store, struct sv id, struct sv owner, unsigned parts, struct arena *arena,
    struct store_analysis *ret, struct coord_error *err)
{
	struct get g = { .id = id, .parts = parts, .arena = arena };
	enum coord_err rc =
	    store_id_valid(id) ? store_read(store, run_get, &g, err) : COORD_ENODATA;

	if (rc == COORD_ENODATA ||
	    (rc == COORD_OK && owner.data != NULL && !sv_eq(owner, g.analysis.owner)))
		return no_analysis(id, err);
	TRY(rc);
	*ret = g.analysis;
	return COORD_OK;
}

/* --- lists ------------------------------------------------------------------------------------------------------------ */

struct listing {
	const struct store_filter *filter;
	struct arena *arena;
	struct store_analysis *items;
	size_t n;
};

static void
list_query(const struct store_filter *f, struct query *q)
{
	buf_add_str(&q->text, sql_statement_text(SQL_LIST));
	if (f->owner.data != NULL)
		query_and(q, "a.owner = ", ARG_T(f->owner));
	if (f->status >= 0)
		query_and(q, "a.status = ", ARG_I(f->status));
	if (f->verdict.data != NULL)
		query_and(q, "a.verdict = ", ARG_T(f->verdict));
	if (f->label.data != NULL)
		query_and(q, "a.label = ", ARG_T(f->label));
	if (f->from_us != 0)
		query_and(q, "a.created_us >= ", ARG_I(f->from_us));
	if (f->to_us != 0)
		query_and(q, "a.created_us < ", ARG_I(f->to_us));
	if (f->dead_only)
		buf_add_str(&q->text, " AND a.dead = 1");
	query_page(q, "a.created_us", "a.id", f->after_us, f->after_id, f->limit);
}

static enum coord_err
run_list(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct listing *l = args;
	struct query q = { .text = BUF_INIT(8192) };
	struct sql_rows rows = { .handle = NULL };
	size_t room = 0;
	enum coord_err rc;

	l->n = 0;
	list_query(l->filter, &q);
	rc = query_open(conn, &q, &rows, err);
	while (rc == COORD_OK && (rc = sql_next(&rows, err)) == COORD_OK) {
		rc = LIST_GROW(l->arena, l->items, l->n, room, err);
		if (rc == COORD_OK)
			rc = row_read(&rows, l->arena, &l->items[l->n++], err);
	}
	sql_end(&rows);
	buf_clear(&q.text);
	return rc == COORD_ENODATA ? COORD_OK : rc;
}

enum coord_err
store_list(struct store *store, const struct store_filter *filter, struct arena *arena,
    struct store_analysis **ret, size_t *n, struct coord_error *err)
{
	struct listing l = { .filter = filter, .arena = arena };

	TRY(store_read(store, run_list, &l, err));
	*ret = l.items;
	*n = l.n;
	return COORD_OK;
}

/* --- events ----------------------------------------------------------------------------------------------------------- */

struct events {
	struct sv id;
	uint64_t after;
	uint32_t limit;
	struct arena *arena;
	struct store_event *items;
	size_t n, room;
};

static enum coord_err
read_event(const struct sql_rows *rows, struct events *e, struct coord_error *err)
{
	struct store_event *event;

	TRY(LIST_GROW(e->arena, e->items, e->n, e->room, err));
	event = &e->items[e->n++];
	event->seq = (uint64_t)sql_int(rows, 0);
	event->time_us = sql_int(rows, 1);
	TRY(sql_keep(rows, 2, e->arena, &event->type, err));
	return sql_keep(rows, 3, e->arena, &event->data, err);
}

/** The first event of every analysis is its acceptance, which has a row in `analyses` already. */
static enum coord_err
first_event(struct events *e, int64_t created_us, struct coord_error *err)
{
	if (e->after >= 1 || e->limit == 0)
		return COORD_OK;
	TRY(LIST_GROW(e->arena, e->items, e->n, e->room, err));
	e->items[e->n++] = (struct store_event){
		.seq = 1, .time_us = created_us, .type = SV("queued"), .data = SV("{}")
	};
	return COORD_OK;
}

static enum coord_err
run_events(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct events *e = args;
	struct sql_rows rows;
	int64_t seq, created_us;
	enum coord_err rc;

	e->n = e->room = 0;
	e->items = NULL;
	TRY(sql_find(conn, SQL_EVENTS_OF, &rows, err, ARG_T(e->id)));
	seq = sql_int(&rows, 0);
	created_us = sql_int(&rows, 1);
	sql_end(&rows);
	TRY(first_event(e, created_us, err));
	rc = sql_open(conn, SQL_EVENTS, &rows, err, ARG_I(seq),
	    ARG_I(e->after > INT64_MAX ? INT64_MAX : (int64_t)e->after), ARG_I(e->limit - e->n));
	while (rc == COORD_OK && (rc = sql_next(&rows, err)) == COORD_OK)
		rc = read_event(&rows, e, err);
	sql_end(&rows);
	return rc == COORD_ENODATA ? COORD_OK : rc;
}

enum coord_err
store_events(struct store *store, struct sv id, uint64_t after, uint32_t limit, struct arena *arena,
    struct store_event **ret, size_t *n, struct coord_error *err)
{
	struct events e = { .id = id,
		.after = after,
		.limit = limit < LIMIT_MOST ? limit : LIMIT_MOST,
		.arena = arena };
	enum coord_err rc =
	    store_id_valid(id) ? store_read(store, run_events, &e, err) : COORD_ENODATA;

	if (rc == COORD_ENODATA)
		return no_analysis(id, err);
	TRY(rc);
	*ret = e.items;
	*n = e.n;
	return COORD_OK;
}

/* --- what waits -------------------------------------------------------------------------------------------------------- */

static enum coord_err
run_backlog(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct store_backlog *b = args;
	struct sql_rows rows;

	TRY(sql_one(conn, SQL_BACKLOG, NULL, 0, &rows, err));
	*b = (struct store_backlog){ .queued = (uint64_t)sql_int(&rows, 0),
		.processing = (uint64_t)sql_int(&rows, 1),
		.dead = (uint64_t)sql_int(&rows, 2),
		.oldest_us = sql_int(&rows, 3) };
	sql_end(&rows);
	return COORD_OK;
}

enum coord_err
store_backlog(struct store *store, struct store_backlog *ret, struct coord_error *err)
{
	struct store_backlog backlog;

	TRY(store_read(store, run_backlog, &backlog, err));
	*ret = backlog;
	return COORD_OK;
}

struct stranded {
	int64_t now_us, before_us;
	uint32_t limit;
	struct arena *arena;
	struct store_job *items;
	size_t n;
};

static enum coord_err
run_stranded(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct stranded *s = args;
	struct sql_rows rows;
	size_t room = 0;
	enum coord_err rc;

	s->n = 0;
	rc = sql_open(conn, SQL_STRANDED, &rows, err, ARG_I(s->now_us), ARG_I(s->before_us),
	    ARG_I(s->limit), ARG_I(s->now_us + SQL_LEASE_AHEAD_US),
	    ARG_I(s->now_us + SQL_WAIT_AHEAD_US));
	while (rc == COORD_OK && (rc = sql_next(&rows, err)) == COORD_OK) {
		struct store_job *job;

		if ((rc = LIST_GROW(s->arena, s->items, s->n, room, err)) != COORD_OK)
			break;
		job = &s->items[s->n++];
		sql_id(&rows, 0, job->id);
		job->priority = (enum job_priority)sql_int(&rows, 2);
		job->created_us = sql_int(&rows, 3);
		job->not_before_us = sql_int(&rows, 4);
		rc = sql_keep(&rows, 1, s->arena, &job->owner, err);
	}
	sql_end(&rows);
	for (size_t i = 0; rc == COORD_ENODATA && i < s->n; i++)
		if (sql_do(conn, SQL_STRANDED_PUT, err, ARG_T(sv_from(s->items[i].id)),
			ARG_I(s->now_us)) != COORD_OK)
			return COORD_EUNAVAIL;
	return rc == COORD_ENODATA ? COORD_OK : rc;
}

enum coord_err
store_stranded(struct store *store, int64_t now_us, int64_t before_us, uint32_t limit,
    struct arena *arena, struct store_job **ret, size_t *n, struct coord_error *err)
{
	struct stranded s = { .now_us = now_us,
		.before_us = before_us,
		.limit = limit < LIMIT_MOST ? limit : LIMIT_MOST,
		.arena = arena };

	TRY(store_write(store, run_stranded, &s, err));
	*ret = s.items;
	*n = s.n;
	return COORD_OK;
}
