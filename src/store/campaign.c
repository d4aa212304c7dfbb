/* campaign.c - campaigns across analyses: by key, and the newest finding of each. */
#include <math.h>
#include <string.h>

#include "store/core.h"

struct findings {
	const struct store_campaign_filter *filter; /* of a list */
	struct sv key, owner;                       /* of one campaign */
	struct arena *arena;
	struct store_campaign *items;
	size_t n, room;
};

static enum coord_err
read_campaign(const struct sql_rows *rows, struct findings *f, struct coord_error *err)
{
	struct store_campaign *c;

	TRY(LIST_GROW(f->arena, f->items, f->n, f->room, err));
	c = &f->items[f->n++];
	*c = (struct store_campaign){ .confidence = sql_real(rows, 3),
		.low = sql_real(rows, 4),
		.high = sql_real(rows, 5),
		.sources = (uint32_t)sql_int(rows, 6),
		.sessions = (uint32_t)sql_int(rows, 7),
		.first_us = sql_int(rows, 8),
		.last_us = sql_int(rows, 9) };
	TRY(sql_keep(rows, 0, f->arena, &c->key, err));
	TRY(sql_keep(rows, 1, f->arena, &c->analysis_id, err));
	TRY(sql_keep(rows, 2, f->arena, &c->verdict, err));
	return sql_keep(rows, 10, f->arena, &c->summary, err);
}

static enum coord_err
read_all(struct sql_rows *rows, struct findings *f, enum coord_err rc, struct coord_error *err)
{
	f->n = f->room = 0;
	f->items = NULL;
	while (rc == COORD_OK && (rc = sql_next(rows, err)) == COORD_OK)
		rc = read_campaign(rows, f, err);
	sql_end(rows);
	return rc == COORD_ENODATA ? COORD_OK : rc;
}

/** The newest finding of a key is judged among those that the asker may see, before any other condition. */
static void
list_query(const struct store_campaign_filter *f, struct query *q)
{
	buf_add_str(&q->text, sql_statement_text(SQL_CAMPAIGN_LIST));
	if (f->owner.data != NULL)
		query_and(q, "c.owner = ", ARG_T(f->owner));
	buf_add_str(&q->text, " AND NOT EXISTS (SELECT 1 FROM campaigns n WHERE n.key = c.key AND "
			      "n.analysis > c.analysis");
	if (f->owner.data != NULL)
		buf_add_str(&q->text, " AND n.owner = c.owner");
	buf_add_char(&q->text, ')');
	if (f->verdict.data != NULL)
		query_and(q, "c.verdict = ", ARG_T(f->verdict));
	if (!isnan(f->confidence_least))
		query_and(q, "c.confidence >= ", ARG_R(f->confidence_least));
	if (f->from_us != 0)
		query_and(q, "c.last_us >= ", ARG_I(f->from_us));
	if (f->to_us != 0)
		query_and(q, "c.first_us < ", ARG_I(f->to_us));
	query_page(q, "c.last_us", "c.key", f->after_us, f->after_key, f->limit);
}

static enum coord_err
run_list(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct findings *f = args;
	struct query q = { .text = BUF_INIT(8192) };
	struct sql_rows rows = { .handle = NULL };
	enum coord_err rc;

	list_query(f->filter, &q);
	rc = query_open(conn, &q, &rows, err);
	rc = read_all(&rows, f, rc, err);
	buf_clear(&q.text);
	return rc;
}

enum coord_err
store_campaigns(struct store *store, const struct store_campaign_filter *filter,
    struct arena *arena, struct store_campaign **ret, size_t *n, struct coord_error *err)
{
	struct findings f = { .filter = filter, .arena = arena };

	TRY(store_read(store, run_list, &f, err));
	*ret = f.items;
	*n = f.n;
	return COORD_OK;
}

static enum coord_err
run_get(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct findings *f = args;
	struct sql_rows rows;
	enum coord_err rc;

	if (f->owner.data == NULL)
		rc = sql_open(conn, SQL_CAMPAIGN_GET, &rows, err, ARG_T(f->key));
	else
		rc = sql_open(
		    conn, SQL_CAMPAIGN_GET_OWN, &rows, err, ARG_T(f->key), ARG_T(f->owner));
	return read_all(&rows, f, rc, err);
}

enum coord_err
store_campaign_get(struct store *store, struct sv key, struct sv owner, struct arena *arena,
    struct store_campaign **ret, size_t *n, struct coord_error *err)
{
	struct findings f = { .key = key, .owner = owner, .arena = arena };

	if (key.data == NULL || key.len == 0 || key.len > 64 ||
	    memchr(key.data, 0, key.len) != NULL)
		return error_set(err, COORD_ENODATA, "store: no such campaign");
	TRY(store_read(store, run_get, &f, err));
	if (f.n == 0)
		return error_set(err, COORD_ENODATA, "store: no campaign %.*s", SV_ARG(key));
	*ret = f.items;
	*n = f.n;
	return COORD_OK;
}
