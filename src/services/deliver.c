/* deliver.c - the last node: what goes out, by its hashes. The document itself is put together behind it, because the evidence chain that ends here is in it. */
#include "services/run.h"

enum coord_err
node_deliver(struct workflow_step *step, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 16);
	struct jsonw w = jsonw_init(&text, false);
	struct sv judgement = workflow_get(step, "judgement"),
		  narrative = workflow_get(step, "narrative");
	char hash[65];

	jsonw_object(&w);
	if (judgement.len > 0) {
		run_hash(judgement, hash);
		jsonw_key(&w, "judgement_sha256");
		jsonw_str(&w, hash);
	}
	if (narrative.len > 0) {
		run_hash(narrative, hash);
		jsonw_key(&w, "narrative_sha256");
		jsonw_str(&w, hash);
	}
	jsonw_end(&w);
	workflow_decide(step, judgement.len > 0 ? "a judgement" : "nothing was analysed");
	return workflow_set(step, "result", buf_sv(&text), err);
}
