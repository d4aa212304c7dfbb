/* narrator.c - the story of the result for people, when all numbers are fixed: by a template, or at depth deep by a language model whose every sentence was checked. A
 * model's answer is recorded, so that a replay tells the same story without it. */
#include "llm/llm.h"
#include "services/run.h"

/* A model is asked at most once a run. */
static enum coord_err
tell_by_model(struct workflow_step *step, struct llm *llm, struct sv document, struct arena *arena,
    struct buf *out, struct coord_error *err)
{
	struct jsonw w = jsonw_init(out, false);
	struct workflow_effect effect = { .provider = SV("llm"), .key = SV("narrative") };
	struct narrative told;
	enum coord_err rc = workflow_recall(step, effect.provider, effect.key, &effect, err);

	if (rc == COORD_OK) {
		buf_add_sv(out, effect.value);
		return COORD_OK;
	}
	if (rc != COORD_ENODATA)
		return rc;
	TRY(llm_narrate(llm, document, NULL, arena, &told, err));
	narrative_json(&told, &w);
	if (out->failed)
		return error_set(err, COORD_ENOMEM, "no memory for the narrative");
	effect = (struct workflow_effect){
		.provider = SV("llm"), .key = SV("narrative"), .value = buf_sv(out)
	};
	return workflow_record(step, &effect, err);
}

static enum coord_err
tell(struct workflow_step *step, struct sv document, struct arena *arena, struct buf *out,
    struct coord_error *err)
{
	const struct run *run = workflow_context(step);
	struct jsonw w = jsonw_init(out, false);
	struct narrative told;

	if (run->world->llm != NULL && llm_is_configured(run->world->llm) &&
	    run->request->config.depth == DEPTH_DEEP)
		return tell_by_model(step, run->world->llm, document, arena, out, err);
	TRY(narrative_template(document, arena, &told, err));
	narrative_json(&told, &w);
	return out->failed ? error_set(err, COORD_ENOMEM, "no memory for the narrative") : COORD_OK;
}

enum coord_err
node_narrator(struct workflow_step *step, struct coord_error *err)
{
	struct run *run = workflow_context(step);
	CLEANUP(arena_release) struct arena *arena = arena_new(0);
	CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)4 << 20);
	struct sv answers = SV_NONE, document = SV_NONE;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the narrative");
	TRY(run_answers(step, arena, &answers, err));
	TRY(run_document(run, step, answers, arena, &document, err));
	TRY(tell(step, document, arena, &text, err));
	return workflow_set(step, "narrative", buf_sv(&text), err);
}
