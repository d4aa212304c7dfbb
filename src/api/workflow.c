/* workflow.c - GET /analyze/{id}/workflow: the run of an analysis, step by step; POST /analyze/{id}/workflow/resume: a person answers what the run waits for,
 * and it goes on. */
#include "workflow/workflow.h"

#include <stdio.h>

#include "api/resources.h"
#include "base/json.h"

enum { RUN_MOST = 16 << 20, ANSWER_TEXT_MOST = 1 << 16, RESUME_DEPTH = 4 };

/* The analysis has to be the caller's own. */
static enum coord_err
load(struct request *r, struct arena *arena, struct store_workflow *ret, struct coord_error *err)
{
	struct store *store = r->api->world.jobs.store;
	CLEANUP(workflow_checkpointer_release)
	struct workflow_checkpointer *kept = workflow_stored(store);
	struct store_analysis analysis;

	if (kept == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a run");
	TRY(store_get(store, r->parameter, request_owner(r), 0, arena, &analysis, err));
	return workflow_load(kept, r->parameter, arena, ret, err);
}

static void
answer_not_there(
    struct request *r, enum coord_err rc, const struct coord_error *err, const char *detail)
{
	if (rc == COORD_ENODATA)
		answer_error(r, 404, detail);
	else
		answer_failure(r, rc, err);
}

static void
show_later(void *context)
{
	struct request *r = context;
	CLEANUP(arena_release) struct arena *arena = arena_new(0);
	struct buf body = BUF_INIT(RUN_MOST);
	struct jsonw w = jsonw_init(&body, false);
	struct coord_error err = { .code = COORD_OK };
	struct store_workflow run;
	enum coord_err rc = COORD_ENOMEM;

	if (arena != NULL)
		rc = load(r, arena, &run, &err);
	if (rc == COORD_OK)
		rc = workflow_json(&run, &w, &err);
	if (rc == COORD_OK) {
		answer_compressible(r, 200, API_JSON, &body);
		answer_header(r->ex, "Cache-Control", "no-store");
	} else {
		buf_clear(&body);
		answer_not_there(r, rc, &err,
		    "No such analysis, or no run of it is kept (minimal depth keeps none)");
	}
	request_done(r);
}

bool
workflow_show(struct request *r)
{
	if (!request_id_plausible(r))
		return true;
	dispatch_audit_read(r->api->dispatch, r, "analysis.workflow", r->parameter);
	return request_later(r, r->api->reads, show_later);
}

/* --- resume ------------------------------------------------------------------------------------------------------------ */

struct resume {
	struct sv answer, key; /* in the arena; key SV_NONE: the only question */
};

static bool
read_text(
    struct json_value object, const char *name, bool needed, struct arena *arena, struct sv *ret)
{
	struct json_value v = json_get(object, sv_from(name));
	struct sv text = SV_NONE;
	const char *copy;

	*ret = SV_NONE;
	if (!json_exists(v))
		return !needed;
	if (!json_string(v, &text) || text.len == 0)
		return false;
	copy = arena_strdup(arena, text);
	*ret = (struct sv){ copy, copy == NULL ? 0 : text.len };
	return copy != NULL;
}

/* False: answered. */
static bool
read_resume(struct request *r, struct arena *arena, struct resume *ret)
{
	struct json_parser *parser = json_parser_new(ANSWER_TEXT_MOST, RESUME_DEPTH);
	struct json_value body = JSON_MISSING;
	bool good = parser != NULL &&
		    json_parse(parser, r->body.data, r->body.len, true, &body, NULL) == COORD_OK &&
		    json_type(body) == JSON_OBJECT &&
		    read_text(body, "answer", true, arena, &ret->answer) &&
		    read_text(body, "question", false, arena, &ret->key);

	json_parser_free(parser);
	if (!good)
		answer_error(r, 400,
		    "Expected {\"answer\": TEXT}, and \"question\": KEY when several are open");
	return good;
}

static enum coord_err
requeue(struct request *r, const struct store_analysis *analysis, struct coord_error *err)
{
	struct queue_item item = { .priority = analysis->priority == JOB_BULK };

	enum coord_err rc;

	memcpy(item.id, analysis->id, sizeof(item.id));
	(void)snprintf(item.owner, sizeof(item.owner), "%.*s", SV_ARG(analysis->owner));
	rc = store_resume(r->api->world.jobs.store, r->parameter, request_owner(r), r->now_us, err);
	if (rc ==
	    COORD_ENODATA) /* a worker has it still in hand: it looks before it lets it wait */
		return COORD_OK;
	TRY(rc);
	/* when the queue is away, upkeep puts it there later */
	return queue_put(r->api->world.jobs.queue, &item, 1, err) == COORD_ENOMEM ? COORD_ENOMEM
										  : COORD_OK;
}

static enum coord_err
resume(struct request *r, const struct resume *given, struct arena *arena, uint32_t *ret_left,
    struct coord_error *err)
{
	struct store *store = r->api->world.jobs.store;
	CLEANUP(workflow_checkpointer_release)
	struct workflow_checkpointer *kept = workflow_stored(store);
	struct store_analysis analysis;

	if (kept == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a run");
	TRY(store_get(store, r->parameter, request_owner(r), 0, arena, &analysis, err));
	TRY(workflow_answer(
	    kept, r->parameter, given->key, given->answer, r->now_us, ret_left, err));
	return *ret_left == 0 ? requeue(r, &analysis, err) : COORD_OK;
}

static void
answer_resumed(struct request *r, uint32_t left)
{
	struct buf body = BUF_INIT(1 << 12);
	struct jsonw w = jsonw_init(&body, false);

	dispatch_audit(r->api->dispatch, r, "analysis.resume", r->parameter, "ok");
	jsonw_object(&w);
	jsonw_key(&w, "analysis_id");
	jsonw_sv(&w, r->parameter);
	jsonw_key(&w, "status");
	jsonw_str(&w, left == 0 ? "queued" : "processing");
	jsonw_key(&w, "questions_left");
	jsonw_u64(&w, left);
	jsonw_end(&w);
	answer_buf(r, 202, API_JSON, &body);
}

static void
resume_later(void *context)
{
	struct request *r = context;
	CLEANUP(arena_release) struct arena *arena = arena_new(0);
	struct coord_error err = { .code = COORD_OK };
	struct resume given;
	uint32_t left = 0;
	enum coord_err rc;

	if (arena == NULL) {
		answer_error(r, 503, "Out of memory; try again later");
	} else if (read_resume(r, arena, &given)) {
		rc = resume(r, &given, arena, &left, &err);
		if (rc == COORD_OK)
			answer_resumed(r, left);
		else if (rc == COORD_EINVALID)
			answer_error(r, 409,
			    "The analysis does not wait, or several questions are open: name one");
		else
			answer_not_there(r, rc, &err, "No such analysis, or no such question");
	}
	request_done(r);
}

bool
workflow_resume(struct request *r)
{
	if (!request_id_plausible(r))
		return true;
	return request_later(r, r->api->reads, resume_later);
}
