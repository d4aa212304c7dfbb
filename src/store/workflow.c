/* workflow.c - runs of workflows, written: begun, step after step, answers, the end; forked; removed. Each write is one statement that names the run's fence, and
 * writes nothing when there is a newer one: whoever takes a run up gets one more, in a transaction that holds the run's row, so that what the one before was
 * writing is either there by then or refused. */
#include <string.h>

#include "store/core.h"

static enum coord_err
lost(struct coord_error *err)
{
	return error_set(err, COORD_ECANCELLED, "store: the run is another's by now");
}

static enum coord_err
no_run(struct sv id, struct coord_error *err)
{
	return error_set(
	    err, COORD_ENODATA, "store: there is no run %.*s", SV_ARG(sv_first(id, 64)));
}

/* --- begin ----------------------------------------------------------------------------------------------------------- */

struct begin {
	const struct store_workflow_begin *what;
	struct arena *arena;
	struct store_workflow run;
};

/** *seq 0: of none. The row is held, so that it cannot change hands meanwhile. */
static enum coord_err
hold_analysis(struct sql_conn *conn, const struct store_workflow_begin *b, int64_t *seq,
    struct coord_error *err)
{
	struct sql_rows rows;
	enum coord_err rc;
	bool mine;

	*seq = 0;
	if (b->analysis.data == NULL)
		return COORD_OK;
	rc = sql_find(conn, SQL_WORKFLOW_ANALYSIS, &rows, err, ARG_T(b->analysis));
	if (rc == COORD_ENODATA)
		return b->job_fence != 0
			   ? lost(err)
			   : error_set(err, COORD_EINVALID, "store: there is no analysis %.*s",
				 SV_ARG(sv_first(b->analysis, 64)));
	TRY(rc);
	*seq = sql_int(&rows, 0);
	mine = b->job_fence == 0 || (sql_int(&rows, 1) == (int64_t)b->job_fence &&
					sql_int(&rows, 2) == ANALYSIS_PROCESSING);
	sql_end(&rows);
	return mine ? COORD_OK : lost(err);
}

static enum coord_err
run_begin(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct begin *b = args;
	const struct store_workflow_begin *w = b->what;
	struct store_workflow *run = &b->run;
	uint64_t job_fence;
	int64_t analysis;
	enum coord_err rc;

	TRY(hold_analysis(conn, w, &analysis, err));
	rc = workflow_row(conn, SQL_WORKFLOW_LOCK, w->id, b->arena, run, NULL, &job_fence, err);
	if (rc == COORD_ENODATA) {
		TRY(sql_do(conn, SQL_WORKFLOW_PUT, err, ARG_T(w->id), ARG_I(analysis),
		    ARG_T(w->graph), ARG_I(w->version), ARG_T(SV_NONE), ARG_I(w->now_us)));
		rc = workflow_row(
		    conn, SQL_WORKFLOW_LOCK, w->id, b->arena, run, NULL, &job_fence, err);
	}
	TRY(rc);
	if (w->job_fence != 0 && w->job_fence < job_fence)
		return lost(err);
	run->fence++;
	if (run->status != WORKFLOW_DONE && run->status != WORKFLOW_PAUSED)
		run->status = WORKFLOW_RUNNING;
	TRY(sql_do(conn, SQL_WORKFLOW_TAKE, err, ARG_I(run->seq), ARG_I(run->fence),
	    ARG_I(w->job_fence != 0 ? w->job_fence : job_fence), ARG_I(run->status),
	    ARG_I(w->now_us)));
	return workflow_rows(conn, b->arena, run, err);
}

enum coord_err
store_workflow_begin(struct store *store, const struct store_workflow_begin *begin,
    struct arena *arena, struct store_workflow *ret, struct coord_error *err)
{
	struct begin b = { .what = begin, .arena = arena };

	if (begin->analysis.data != NULL && !store_id_valid(begin->analysis))
		return error_set(err, COORD_EINVALID, "store: there is no analysis of this name");
	TRY(store_write(store, run_begin, &b, err));
	*ret = b.run;
	return COORD_OK;
}

/* --- steps, effects, the end ------------------------------------------------------------------------------------------- */

struct row {
	uint64_t seq, fence;
	const struct store_workflow_step *step;
	const struct store_workflow_effect *effect;
	enum workflow_status status;
	struct sv node, error;
	int64_t now_us;
};

/** Nothing was written: because it was there, or because the fence is not the newest? */
static enum coord_err
check_written(struct sql_conn *conn, const struct row *r, struct coord_error *err)
{
	struct sql_rows rows;
	enum coord_err rc;

	if (conn->driver->changed(conn) != 0)
		return COORD_OK;
	rc = sql_find(conn, SQL_WORKFLOW_FENCE, &rows, err, ARG_I(r->seq), ARG_I(r->fence));
	if (rc == COORD_OK)
		sql_end(&rows);
	return rc == COORD_ENODATA ? lost(err) : rc;
}

static enum coord_err
run_step(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct row *r = args;
	const struct store_workflow_step *s = r->step;

	TRY(sql_do(conn, SQL_WORKFLOW_STEP_PUT, err, ARG_I(r->seq), ARG_I(r->fence), ARG_I(s->step),
	    ARG_T(s->node), ARG_I(s->visit), ARG_I(s->attempts), ARG_I(s->started_us),
	    ARG_I(s->elapsed_us), ARG_T(s->record), ARG_B(s->outputs)));
	return check_written(conn, r, err);
}

enum coord_err
store_workflow_step(struct store *store, uint64_t seq, uint64_t fence,
    const struct store_workflow_step *step, struct coord_error *err)
{
	struct row r = { .seq = seq, .fence = fence, .step = step };

	return store_write(store, run_step, &r, err);
}

static enum coord_err
run_effect(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct row *r = args;
	const struct store_workflow_effect *e = r->effect;

	TRY(sql_do(conn, SQL_WORKFLOW_EFFECT_PUT, err, ARG_I(r->seq), ARG_I(r->fence),
	    ARG_T(e->node), ARG_I(e->visit), ARG_T(e->provider), ARG_T(e->key), ARG_I(e->time_us),
	    ARG_T(e->question), ARG_B(e->value)));
	return check_written(conn, r, err);
}

enum coord_err
store_workflow_effect(struct store *store, uint64_t seq, uint64_t fence,
    const struct store_workflow_effect *effect, struct coord_error *err)
{
	struct row r = { .seq = seq, .fence = fence, .effect = effect };

	return store_write(store, run_effect, &r, err);
}

static enum coord_err
run_end(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct row *r = args;

	TRY(sql_do(conn, SQL_WORKFLOW_END, err, ARG_I(r->seq), ARG_I(r->fence), ARG_I(r->status),
	    ARG_T(r->node), ARG_T(r->error), ARG_I(r->now_us)));
	return conn->driver->changed(conn) != 0 ? COORD_OK : lost(err);
}

enum coord_err
store_workflow_end(struct store *store, uint64_t seq, uint64_t fence, enum workflow_status status,
    struct sv node, struct sv error, int64_t now_us, struct coord_error *err)
{
	struct row r = { .seq = seq,
		.fence = fence,
		.status = status,
		.node = node,
		.error = error,
		.now_us = now_us };

	return store_write(store, run_end, &r, err);
}

/* --- fork ------------------------------------------------------------------------------------------------------------------ */

struct fork {
	const struct store_workflow_fork *what;
	struct arena *arena;
};

static enum coord_err
there_already(struct sv id, struct coord_error *err)
{
	return error_set(
	    err, COORD_EINVALID, "store: there is a run %.*s already", SV_ARG(sv_first(id, 64)));
}

/** The analysis that the new run belongs to. */
static enum coord_err
put_analysis(struct sql_conn *conn, const struct store_workflow_fork *w, int64_t *ret,
    struct coord_error *err)
{
	struct sv id = sv_from(w->submission->id);
	struct sql_rows rows;
	enum coord_err rc = sql_find(conn, SQL_WORKFLOW_ANALYSIS, &rows, err, ARG_T(id));

	if (rc == COORD_OK) {
		sql_end(&rows);
		return there_already(id, err);
	}
	if (rc != COORD_ENODATA)
		return rc;
	TRY(conn->driver->submit(conn, w->submission, w->now_us, err));
	TRY(conn->driver->flush(conn, err));
	TRY(sql_find(conn, SQL_WORKFLOW_ANALYSIS, &rows, err, ARG_T(id)));
	*ret = sql_int(&rows, 0);
	sql_end(&rows);
	return COORD_OK;
}

static enum coord_err
run_fork(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct fork *f = args;
	const struct store_workflow_fork *w = f->what;
	struct store_workflow from, to;
	struct row row = { .step = &w->change };
	int64_t analysis;
	enum coord_err rc;

	rc = workflow_row(conn, SQL_WORKFLOW_LOCK, w->from, f->arena, &from, &analysis, NULL, err);
	if (rc == COORD_ENODATA)
		return no_run(w->from, err);
	TRY(rc);
	rc = workflow_row(conn, SQL_WORKFLOW_GET, w->to, f->arena, &to, NULL, NULL, err);
	if (rc != COORD_ENODATA)
		return rc == COORD_OK ? there_already(w->to, err) : rc;
	if (w->submission != NULL)
		TRY(put_analysis(conn, w, &analysis, err));
	TRY(sql_do(conn, SQL_WORKFLOW_PUT, err, ARG_T(w->to), ARG_I(analysis), ARG_T(from.graph),
	    ARG_I(from.version), ARG_T(w->from), ARG_I(w->now_us)));
	rc = workflow_row(conn, SQL_WORKFLOW_LOCK, w->to, f->arena, &to, NULL, NULL, err);
	if (rc != COORD_OK) /* another has made it meanwhile: roll back */
		return rc == COORD_ENODATA
			   ? error_set(err, COORD_EUNAVAIL, "store: the run came and went")
			   : rc;
	TRY(sql_do(
	    conn, SQL_WORKFLOW_FORK_STEPS, err, ARG_I(to.seq), ARG_I(from.seq), ARG_I(w->keep)));
	TRY(sql_do(conn, w->ask_again ? SQL_WORKFLOW_FORK_EFFECTS_KEPT : SQL_WORKFLOW_FORK_EFFECTS,
	    err, ARG_I(to.seq), ARG_I(from.seq)));
	row.seq = to.seq;
	row.fence = to.fence;
	return run_step(conn, &row, err);
}

enum coord_err
store_workflow_fork(
    struct store *store, const struct store_workflow_fork *fork, struct coord_error *err)
{
	struct fork f = { .what = fork, .arena = arena_new(0) };
	enum coord_err rc = COORD_OK;

	if (f.arena == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory");
	if (fork->submission != NULL && !store_id_valid(sv_from(fork->submission->id)))
		rc = error_set(err, COORD_EINVALID, "store: an analysis needs a lower-case UUID");
	if (rc == COORD_OK)
		rc = store_write(store, run_fork, &f, err);
	arena_free(f.arena);
	return rc;
}

/* --- removal ---------------------------------------------------------------------------------------------------------------- */

static enum coord_err
remove_run(struct sql_conn *conn, int64_t seq, struct coord_error *err)
{
	TRY(sql_do(conn, SQL_WORKFLOW_STEPS_DELETE, err, ARG_I(seq)));
	TRY(sql_do(conn, SQL_WORKFLOW_EFFECTS_DELETE, err, ARG_I(seq)));
	return sql_do(conn, SQL_WORKFLOW_DELETE, err, ARG_I(seq));
}

/** All that a query lists: read to its end first, as a connection does one thing at a time. */
static enum coord_err
remove_listed(struct sql_conn *conn, struct sql_rows *rows, enum coord_err rc, uint64_t *went,
    struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	int64_t *items = NULL;
	size_t n = 0, room = 0;

	while (rc == COORD_OK && (rc = sql_next(rows, err)) == COORD_OK)
		if ((rc = LIST_GROW(arena, items, n, room, err)) == COORD_OK)
			items[n++] = sql_int(rows, 0);
	sql_end(rows);
	rc = rc == COORD_ENODATA ? COORD_OK : rc;
	for (size_t i = 0; i < n && rc == COORD_OK; i++)
		rc = remove_run(conn, items[i], err);
	arena_free(arena);
	*went = n;
	return rc;
}

enum coord_err
workflows_remove(struct sql_conn *conn, int64_t analysis, struct coord_error *err)
{
	struct sql_rows rows;
	uint64_t went;
	enum coord_err rc = sql_open(conn, SQL_WORKFLOWS_OF, &rows, err, ARG_I(analysis));

	return remove_listed(conn, &rows, rc, &went, err);
}

enum coord_err
workflows_remove_old(struct sql_conn *conn, int64_t before_us, uint32_t limit, uint64_t *ret,
    struct coord_error *err)
{
	struct sql_rows rows;
	enum coord_err rc =
	    sql_open(conn, SQL_WORKFLOWS_OLD, &rows, err, ARG_I(before_us), ARG_I(limit));

	return remove_listed(conn, &rows, rc, ret, err);
}
