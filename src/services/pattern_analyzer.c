/* pattern_analyzer.c - the science, before anybody is asked: the engine's judgement of the sessions and what files of this machine know. */
#include "services/run.h"

enum coord_err
node_pattern_analyzer(struct workflow_step *step, struct coord_error *err)
{
	struct run *run = workflow_context(step);
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 16);
	struct jsonw w = jsonw_init(&text, false);
	const struct detect_result *r;

	TRY(run_first(run, step, &r, err));
	if (workflow_cancelled(step))
		return error_set(err, COORD_ECANCELLED, "the analysis was cancelled");
	jsonw_object(&w);
	jsonw_key(&w, "verdict");
	jsonw_str(&w, detect_verdict_name(r->verdict));
	jsonw_key(&w, "confidence");
	jsonw_prob(&w, r->confidence);
	jsonw_key(&w, "campaigns");
	jsonw_array(&w);
	for (uint32_t i = 0; i < r->n_campaigns; i++) {
		jsonw_object(&w);
		jsonw_key(&w, "key");
		jsonw_str(&w, r->campaigns[i].key);
		jsonw_key(&w, "confidence");
		jsonw_prob(&w, r->campaigns[i].confidence);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	jsonw_key(&w, "configuration_sha256");
	jsonw_str(&w, r->config_hash);
	jsonw_end(&w);
	workflow_decide(step, "%s, %u groups tested, %u null worlds",
	    detect_verdict_name(r->verdict), r->n_campaigns, r->worlds);
	return workflow_set(step, "first", buf_sv(&text), err);
}
