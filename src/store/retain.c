/* retain.c - what is old goes, a bounded number of rows at a time, so that no transaction holds the others up. */
#include <stdio.h>

#include "store/core.h"

static const int64_t day_us = INT64_C(86400) * 1000000;
enum { COUNTERS_DAYS = 40 };

struct step {
	enum sql_statement statement;
	int64_t before_us, now_us;
	uint32_t limit;
	uint64_t went;
};

static enum coord_err
run_delete(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct step *s = args;

	TRY(sql_do(conn, s->statement, err, ARG_I(s->before_us), ARG_I(s->limit)));
	s->went = conn->driver->changed(conn);
	return COORD_OK;
}

struct old {
	struct step step; /* first */
	struct arena *arena;
};

static enum coord_err
run_analyses(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct old *o = args;
	struct {
		int64_t seq;
		char id[STORE_ID_LEN + 1];
	} *items = NULL;
	size_t n = 0, room = 0;
	struct sql_rows rows;
	enum coord_err rc = sql_open(
	    conn, SQL_OLD_ANALYSES, &rows, err, ARG_I(o->step.before_us), ARG_I(o->step.limit));

	while (rc == COORD_OK && (rc = sql_next(&rows, err)) == COORD_OK) {
		if ((rc = LIST_GROW(o->arena, items, n, room, err)) != COORD_OK)
			break;
		items[n].seq = sql_int(&rows, 0);
		sql_id(&rows, 1, items[n++].id);
	}
	sql_end(&rows);
	if (rc != COORD_ENODATA)
		return rc;
	for (size_t i = 0; i < n; i++)
		TRY(analysis_remove(conn, items[i].seq, sv_from(items[i].id), err));
	o->step.went = n;
	return COORD_OK;
}

static enum coord_err
run_workflows(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct step *s = args;

	return workflows_remove_old(conn, s->before_us, s->limit, &s->went, err);
}

/** The first row that stays: never beyond the last, which the next one is chained to. 0: nothing goes. */
static enum coord_err
audit_cut(struct sql_conn *conn, const struct step *s, int64_t *first, int64_t *cut,
    struct coord_error *err)
{
	struct sql_rows rows;
	int64_t last, kept;

	TRY(sql_one(conn, SQL_AUDIT_ENDS, NULL, 0, &rows, err));
	*first = sql_int(&rows, 0);
	last = sql_int(&rows, 1);
	sql_end(&rows);
	TRY(sql_find(conn, SQL_AUDIT_FIRST_KEPT, &rows, err, ARG_I(s->before_us)));
	kept = sql_int(&rows, 0);
	sql_end(&rows);
	*cut = kept == 0 || kept > last ? last : kept;
	if (*cut - *first > (int64_t)s->limit)
		*cut = *first + (int64_t)s->limit;
	return COORD_OK;
}

static enum coord_err
run_audit(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct step *s = args;
	struct audit_tail tail = { .known = false };
	struct store_audit entry = { .time_us = s->now_us,
		.actor = SV("system"),
		.action = SV("audit.retain"),
		.outcome = SV("ok") };
	char subject[64];
	int64_t first, cut;

	TRY(sql_run(conn, SQL_AUDIT_LOCK, NULL, 0, err));
	TRY(audit_cut(conn, s, &first, &cut, err));
	s->went = cut > first ? (uint64_t)(cut - first) : 0;
	if (s->went == 0)
		return COORD_OK;
	TRY(sql_do(conn, SQL_RETAIN_AUDIT, err, ARG_I(cut)));
	/* that rows went is itself in the log */
	(void)snprintf(subject, sizeof(subject), "%lld-%lld", (long long)first, (long long)cut - 1);
	entry.subject = sv_from(subject);
	return audit_append(conn, &entry, &tail, err);
}

static enum coord_err
retain_analyses(struct store *store, struct step *step, struct coord_error *err)
{
	struct old o = { .step = *step, .arena = arena_new(0) };
	enum coord_err rc;

	if (o.arena == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory");
	rc = store_write(store, run_analyses, &o, err);
	step->went = o.step.went;
	arena_free(o.arena);
	return rc;
}

/** One kind. keep_us 0: for ever. */
static enum coord_err
retain(struct store *store, enum sql_statement statement, int64_t keep_us, int64_t now_us,
    uint32_t limit, uint64_t *went, struct coord_error *err)
{
	struct step step = { .statement = statement,
		.before_us = now_us - keep_us,
		.now_us = now_us,
		.limit = limit };

	if (keep_us <= 0)
		return COORD_OK;
	if (statement == SQL_OLD_ANALYSES)
		TRY(retain_analyses(store, &step, err));
	else if (statement == SQL_WORKFLOWS_OLD)
		TRY(store_write(store, run_workflows, &step, err));
	else if (statement == SQL_RETAIN_AUDIT)
		TRY(store_write(store, run_audit, &step, err));
	else
		TRY(store_write(store, run_delete, &step, err));
	*went += step.went;
	return COORD_OK;
}

enum coord_err
store_retain(struct store *store, const struct store_retention *keep, int64_t now_us,
    uint32_t limit, uint64_t *ret, struct coord_error *err)
{
	const int64_t counters = keep->values == 0                       ? 0
				 : keep->values > COUNTERS_DAYS * day_us ? keep->values
									 : COUNTERS_DAYS * day_us;
	const struct {
		enum sql_statement statement;
		int64_t keep_us;
	} kinds[] = {
		{ SQL_OLD_ANALYSES, keep->results },
		{ SQL_WORKFLOWS_OLD, keep->results },
		{ SQL_RETAIN_REQUESTS, keep->requests },
		{ SQL_RETAIN_EVENTS, keep->events },
		{ SQL_RETAIN_CALLBACKS, keep->callbacks },
		{ SQL_RETAIN_IDEMPOTENCY, keep->idempotency },
		{ SQL_RETAIN_VALUES, keep->values },
		{ SQL_RETAIN_COUNTERS, counters },
		{ SQL_RETAIN_OWNERS, counters },
		{ SQL_RETAIN_AUDIT, keep->audit },
	};
	uint64_t went = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		TRY(retain(store, kinds[i].statement, kinds[i].keep_us, now_us, limit, &went, err));
	*ret = went;
	return COORD_OK;
}
