/* json.c - a run as one JSON object, for those who ask what became of it. */
#include "workflow/inside.h"

static void
put_time(struct jsonw *w, const char *key, int64_t us)
{
	char text[TIME_TEXT_MAX];

	time_format(us, false, text);
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void
put_text(struct jsonw *w, const char *key, struct sv text)
{
	if (text.data == NULL)
		return;
	jsonw_key(w, key);
	jsonw_sv(w, text);
}

static void
put_questions(struct jsonw *w, const struct store_workflow *run)
{
	jsonw_key(w, "questions");
	jsonw_array(w);
	for (size_t i = 0; i < run->n_effects; i++) {
		const struct store_workflow_effect *e = &run->effects[i];

		if (e->question.data == NULL || e->value.data != NULL)
			continue;
		jsonw_object(w);
		put_text(w, "key", e->key);
		put_text(w, "node", e->node);
		put_time(w, "asked", e->time_us);
		put_text(w, "question", e->question);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
put_outputs(struct jsonw *w, const struct record *record)
{
	jsonw_key(w, "outputs");
	jsonw_array(w);
	for (size_t i = 0; i < record->n_outputs; i++) {
		jsonw_object(w);
		put_text(w, "field", record->outputs[i].field);
		put_text(w, "sha256", record->outputs[i].sha256);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
put_step(struct jsonw *w, const struct store_workflow_step *step, const struct record *record)
{
	jsonw_object(w);
	jsonw_key(w, "step");
	jsonw_u64(w, step->step);
	put_text(w, "node", step->node);
	put_text(w, "by", record->by);
	jsonw_key(w, "visit");
	jsonw_u64(w, step->visit);
	jsonw_key(w, "attempts");
	jsonw_u64(w, step->attempts);
	put_time(w, "started", step->started_us);
	jsonw_key(w, "elapsed_ms");
	jsonw_f64(w, (double)step->elapsed_us / 1000);
	jsonw_key(w, "answers");
	jsonw_u64(w, record->n_answers);
	put_text(w, "decision", record->decision);
	put_outputs(w, record);
	jsonw_key(w, "next");
	jsonw_array(w);
	for (size_t i = 0; i < record->n_next; i++)
		jsonw_sv(w, record->next[i]);
	jsonw_end(w);
	jsonw_end(w);
}

static enum coord_err
read_step(struct jsonw *w, const struct store_workflow_step *step, struct arena *arena,
    struct coord_error *err)
{
	struct json_parser *parser = json_parser_new(step->record.len + 1, 16);
	struct coord_error why = { .what = "no memory" };
	struct record record;
	struct json_value v = JSON_MISSING;
	enum coord_err rc = COORD_ENOMEM;

	if (parser != NULL)
		rc = json_parse(parser, step->record.data, step->record.len, false, &v, &why);
	if (rc == COORD_OK)
		rc = record_read(v, false, arena, &record, &why);
	if (rc == COORD_OK)
		put_step(w, step, &record);
	json_parser_free(parser);
	return rc == COORD_OK ? rc
			      : error_set(err, COORD_EINVALID, "workflow: step %u is damaged: %s",
				    step->step, why.what);
}

static enum coord_err
put_steps(struct jsonw *w, const struct store_workflow *run, struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	enum coord_err rc = COORD_OK;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "workflow: no memory for a run");
	jsonw_key(w, "steps");
	jsonw_array(w);
	for (size_t i = 0; i < run->n_steps && rc == COORD_OK; i++) {
		struct arena_mark mark = arena_mark(arena);

		rc = read_step(w, &run->steps[i], arena, err);
		arena_rewind(arena, mark);
	}
	jsonw_end(w);
	arena_free(arena);
	return rc;
}

enum coord_err
workflow_json(const struct store_workflow *run, struct jsonw *w, struct coord_error *err)
{
	enum coord_err rc;

	jsonw_object(w);
	put_text(w, "id", run->id);
	put_text(w, "workflow", run->graph);
	jsonw_key(w, "version");
	jsonw_u64(w, run->version);
	jsonw_key(w, "status");
	jsonw_str(w, workflow_status_name(run->status));
	if (run->analysis[0] != '\0')
		put_text(w, "analysis_id", sv_from(run->analysis));
	put_text(w, "forked_from", run->origin);
	put_time(w, "created", run->created_us);
	put_time(w, "updated", run->updated_us);
	put_text(w, "node", run->node);
	put_text(w, "error", run->error);
	put_questions(w, run);
	rc = put_steps(w, run, err);
	jsonw_end(w);
	return rc;
}
