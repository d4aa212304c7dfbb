/* query.c - lists of analyses and of campaigns: conditions as they are asked for, pages by a cursor. */
#include "store/core.h"

enum { LIMIT_MOST = 100000 };

void
query_and(struct query *q, const char *condition, struct sql_arg arg)
{
	q->args[q->n++] = arg;
	buf_printf(&q->text, " AND %s$%zu", condition, q->n);
}

void
query_page(struct query *q, const char *time, const char *key, int64_t after_us, struct sv after,
    uint32_t limit)
{
	if (after_us != 0) {
		q->args[q->n++] = ARG_I(after_us);
		q->args[q->n++] = ARG_T(after.data != NULL ? after : SV(""));
		buf_printf(&q->text, " AND (%s, %s) < ($%zu, $%zu)", time, key, q->n - 1, q->n);
	}
	q->args[q->n++] = ARG_I(limit < LIMIT_MOST ? limit : LIMIT_MOST);
	buf_printf(&q->text, " ORDER BY %s DESC, %s DESC LIMIT $%zu", time, key, q->n);
}

enum coord_err
query_open(struct sql_conn *conn, struct query *q, struct sql_rows *ret, struct coord_error *err)
{
	return conn->driver->query(
	    conn, SQL_STATEMENTS, buf_cstr(&q->text), q->args, q->n, ret, err);
}
