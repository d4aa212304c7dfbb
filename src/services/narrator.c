/* narrator.c - the story of the result for people, when all numbers are fixed: by a template, or at depth deep by a language model whose every sentence was checked. A
 * model's answer is recorded, so that a replay tells the same story without it. */
#include "llm/llm.h"
#include "services/run.h"

static void
release(struct arena **arena)
{
	arena_free(*arena);
}

static enum coord_err
tell(struct workflow_step *step, struct sv document, struct arena *arena, struct buf *out,
    struct coord_error *err)
{
	struct jsonw w = jsonw_init(out, false);
	struct narrative told;

	(void)step;
	TRY(narrative_template(document, arena, &told, err));
	narrative_json(&told, &w);
	return out->failed ? error_set(err, COORD_ENOMEM, "no memory for the narrative") : COORD_OK;
}

enum coord_err
node_narrator(struct workflow_step *step, struct coord_error *err)
{
	struct run *run = workflow_context(step);
	CLEANUP(release) struct arena *arena = arena_new(0);
	CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)4 << 20);
	struct sv answers = SV_NONE, document = SV_NONE;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the narrative");
	TRY(run_answers(step, arena, &answers, err));
	TRY(run_document(run, step, answers, arena, &document, err));
	TRY(tell(step, document, arena, &text, err));
	return workflow_set(step, "narrative", buf_sv(&text), err);
}
