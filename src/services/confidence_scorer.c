/* confidence_scorer.c - the numbers, for good: the engine judges once more with the answers as lists and look-ups, when there are any that could change something; else
 * the first judgement stands. Nothing behind this node moves a number. */
#include "services/run.h"

static enum coord_err
write_judgement(struct workflow_step *step, const struct detect_result *r, bool again,
    struct sv document, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 16);
	struct jsonw w = jsonw_init(&text, false);
	char hash[65];

	TRY(report_core_hash(document, hash, err));
	jsonw_object(&w);
	jsonw_key(&w, "verdict");
	jsonw_str(&w, detect_verdict_name(r->verdict));
	jsonw_key(&w, "confidence");
	jsonw_prob(&w, r->confidence);
	jsonw_key(&w, "judged_again");
	jsonw_bool(&w, again);
	jsonw_key(&w, "document_sha256");
	jsonw_str(&w, hash);
	jsonw_end(&w);
	return workflow_set(step, "judgement", buf_sv(&text), err);
}

enum coord_err
node_confidence_scorer(struct workflow_step *step, struct coord_error *err)
{
	struct run *run = workflow_context(step);
	CLEANUP(arena_release) struct arena *arena = arena_new(0);
	const struct detect_result *first, *last;
	struct sv answers = SV_NONE, document = SV_NONE;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the judgement");
	TRY(run_first(run, step, &first, err));
	TRY(run_answers(step, arena, &answers, err));
	TRY(run_last(run, step, answers, &last, err));
	TRY(run_document(run, step, answers, arena, &document, err));
	if (last == first)
		workflow_decide(
		    step, "%s; no answer could change it", detect_verdict_name(last->verdict));
	else
		workflow_decide(step, "%s, judged again with the answers; before: %s",
		    detect_verdict_name(last->verdict), detect_verdict_name(first->verdict));
	return write_judgement(step, last, last != first, document, err);
}
