/* workflow_read.c - runs of workflows as they are, and the answers to their questions. */
#include <string.h>

#include "store/core.h"

enum coord_err
workflow_row(struct sql_conn *conn, enum sql_statement statement, struct sv id, struct arena *arena,
    struct store_workflow *ret, int64_t *analysis, uint64_t *job_fence, struct coord_error *err)
{
	struct store_workflow run = { .seq = 0 };
	char *copy;
	struct sql_rows rows;
	int64_t of;
	enum coord_err rc;

	TRY(sql_find(conn, statement, &rows, err, ARG_T(id)));
	run.seq = (uint64_t)sql_int(&rows, 0);
	run.fence = (uint64_t)sql_int(&rows, 1);
	run.status = (enum workflow_status)sql_int(&rows, 3);
	run.version = (uint32_t)sql_int(&rows, 4);
	run.created_us = sql_int(&rows, 7);
	run.updated_us = sql_int(&rows, 8);
	of = sql_int(&rows, 11);
	if (analysis != NULL)
		*analysis = of;
	if (job_fence != NULL)
		*job_fence = (uint64_t)sql_int(&rows, 2);
	rc = sql_keep(&rows, 5, arena, &run.graph, err);
	if (rc == COORD_OK)
		rc = sql_keep(&rows, 6, arena, &run.origin, err);
	if (rc == COORD_OK)
		rc = sql_keep(&rows, 9, arena, &run.node, err);
	if (rc == COORD_OK)
		rc = sql_keep(&rows, 10, arena, &run.error, err);
	sql_end(&rows);
	TRY(rc);
	copy = arena_strdup(arena, id);
	if (copy == NULL)
		return error_set(err, COORD_ELIMIT, "store: no room for a run");
	run.id = (struct sv){ copy, id.len };
	if (of != 0 &&
	    sql_find(conn, SQL_WORKFLOW_ANALYSIS_ID, &rows, err, ARG_I(of)) == COORD_OK) {
		sql_id(&rows, 0, run.analysis);
		sql_end(&rows);
	}
	*ret = run;
	return COORD_OK;
}

static enum coord_err
read_step(const struct sql_rows *rows, struct arena *arena, struct store_workflow_step *ret,
    struct coord_error *err)
{
	*ret = (struct store_workflow_step){ .step = (uint32_t)sql_int(rows, 0),
		.visit = (uint32_t)sql_int(rows, 2),
		.attempts = (uint32_t)sql_int(rows, 3),
		.started_us = sql_int(rows, 4),
		.elapsed_us = sql_int(rows, 5) };
	TRY(sql_keep(rows, 1, arena, &ret->node, err));
	TRY(sql_keep(rows, 6, arena, &ret->record, err));
	return sql_keep(rows, 7, arena, &ret->outputs, err);
}

static enum coord_err
read_effect(const struct sql_rows *rows, struct arena *arena, struct store_workflow_effect *ret,
    struct coord_error *err)
{
	*ret = (struct store_workflow_effect){ .visit = (uint32_t)sql_int(rows, 1),
		.time_us = sql_int(rows, 4) };
	TRY(sql_keep(rows, 0, arena, &ret->node, err));
	TRY(sql_keep(rows, 2, arena, &ret->provider, err));
	TRY(sql_keep(rows, 3, arena, &ret->key, err));
	TRY(sql_keep(rows, 5, arena, &ret->question, err));
	return sql_keep(rows, 6, arena, &ret->value, err);
}

enum coord_err
workflow_rows(
    struct sql_conn *conn, struct arena *arena, struct store_workflow *run, struct coord_error *err)
{
	struct sql_rows rows;
	size_t room = 0;
	enum coord_err rc = sql_open(conn, SQL_WORKFLOW_STEPS, &rows, err, ARG_I(run->seq));

	run->steps = NULL;
	run->effects = NULL;
	run->n_steps = run->n_effects = 0;
	while (rc == COORD_OK && (rc = sql_next(&rows, err)) == COORD_OK)
		if ((rc = LIST_GROW(arena, run->steps, run->n_steps, room, err)) == COORD_OK)
			rc = read_step(&rows, arena, &run->steps[run->n_steps++], err);
	sql_end(&rows);
	if (rc != COORD_ENODATA)
		return rc;
	room = 0;
	rc = sql_open(conn, SQL_WORKFLOW_EFFECTS, &rows, err, ARG_I(run->seq));
	while (rc == COORD_OK && (rc = sql_next(&rows, err)) == COORD_OK)
		if ((rc = LIST_GROW(arena, run->effects, run->n_effects, room, err)) == COORD_OK)
			rc = read_effect(&rows, arena, &run->effects[run->n_effects++], err);
	sql_end(&rows);
	return rc == COORD_ENODATA ? COORD_OK : rc;
}

/* --- one run ------------------------------------------------------------------------------------------------------------- */

struct asked {
	struct sv id, key, answer;
	int64_t now_us;
	struct arena *arena;
	struct store_workflow run;
	uint32_t left;
};

static enum coord_err
no_run(struct sv id, struct coord_error *err)
{
	return error_set(
	    err, COORD_ENODATA, "store: there is no run %.*s", SV_ARG(sv_first(id, 64)));
}

static enum coord_err
run_get(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct asked *a = args;

	TRY(workflow_row(conn, SQL_WORKFLOW_GET, a->id, a->arena, &a->run, NULL, NULL, err));
	return workflow_rows(conn, a->arena, &a->run, err);
}

static bool
is_id(struct sv id)
{
	for (size_t i = 0; i < id.len; i++)
		if (id.data[i] <= ' ' || id.data[i] > '~')
			return false;
	return id.len > 0 && id.len <= 64;
}

enum coord_err
store_workflow_get(struct store *store, struct sv id, struct arena *arena,
    struct store_workflow *ret, struct coord_error *err)
{
	struct asked a = { .id = id, .arena = arena };
	enum coord_err rc = is_id(id) ? store_read(store, run_get, &a, err) : COORD_ENODATA;

	if (rc == COORD_ENODATA)
		return no_run(id, err);
	TRY(rc);
	*ret = a.run;
	return COORD_OK;
}

/** The open question that is meant. */
static enum coord_err
find_question(struct sql_conn *conn, struct asked *a, struct store_workflow_effect *ret,
    struct coord_error *err)
{
	struct sql_rows rows;
	uint32_t fitting = 0;
	enum coord_err rc = sql_open(conn, SQL_WORKFLOW_OPEN, &rows, err, ARG_I(a->run.seq));

	a->left = 0;
	while (rc == COORD_OK && (rc = sql_next(&rows, err)) == COORD_OK) {
		a->left++;
		if (a->key.data != NULL && !sv_eq(sql_sv(&rows, 2), a->key))
			continue;
		fitting++;
		ret->visit = (uint32_t)sql_int(&rows, 1);
		rc = sql_keep(&rows, 0, a->arena, &ret->node, err);
		if (rc == COORD_OK)
			rc = sql_keep(&rows, 2, a->arena, &ret->key, err);
	}
	sql_end(&rows);
	if (rc != COORD_ENODATA)
		return rc;
	if (fitting > 1)
		return error_set(
		    err, COORD_EINVALID, "store: several questions are open: say which");
	return fitting == 1 ? COORD_OK
			    : error_set(err, COORD_ENODATA, "store: there is no such question");
}

static enum coord_err
run_answer(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct asked *a = args;
	struct store_workflow_effect question = { .visit = 0 };
	enum coord_err rc;

	rc = workflow_row(conn, SQL_WORKFLOW_LOCK, a->id, a->arena, &a->run, NULL, NULL, err);
	if (rc == COORD_ENODATA)
		return no_run(a->id, err);
	TRY(rc);
	if (a->run.status != WORKFLOW_PAUSED)
		return error_set(err, COORD_EINVALID, "store: the run is not paused");
	TRY(find_question(conn, a, &question, err));
	TRY(sql_do(conn, SQL_WORKFLOW_ANSWER, err, ARG_I(a->run.seq), ARG_T(question.node),
	    ARG_I(question.visit), ARG_T(question.key), ARG_B(a->answer), ARG_I(a->now_us)));
	a->left--;
	return sql_do(conn, SQL_WORKFLOW_STATUS, err, ARG_I(a->run.seq),
	    ARG_I(a->left == 0 ? WORKFLOW_RUNNING : WORKFLOW_PAUSED), ARG_I(a->now_us));
}

enum coord_err
store_workflow_answer(struct store *store, struct sv id, struct sv key, struct sv answer,
    int64_t now_us, uint32_t *ret_left, struct coord_error *err)
{
	struct asked a = { .id = id,
		.key = key,
		.answer = answer.data != NULL ? answer : SV(""),
		.now_us = now_us,
		.arena = arena_new(0) };
	enum coord_err rc = COORD_ENOMEM;

	if (!is_id(id))
		rc = no_run(id, err);
	else if (a.arena == NULL)
		(void)error_set(err, COORD_ENOMEM, "store: no memory");
	else
		rc = store_write(store, run_answer, &a, err);
	arena_free(a.arena);
	if (rc == COORD_OK)
		*ret_left = a.left;
	return rc;
}
