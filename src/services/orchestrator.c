/* orchestrator.c - the first node: is there anything to analyse, and with what? */
#include "services/run.h"

const char *
services_tools_name(enum services_tools tools)
{
	static const char *const names[] = { [SERVICES_NO_TOOLS] = "none",
		[SERVICES_OFFLINE] = "offline",
		[SERVICES_ONLINE] = "online" };

	return names[tools];
}

enum coord_err
node_orchestrator(struct workflow_step *step, struct coord_error *err)
{
	const struct run *run = workflow_context(step);
	const struct services_request *request = run->request;
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 16);
	struct jsonw w = jsonw_init(&text, false);
	/* minimal means: the engine alone */
	enum services_tools tools =
	    request->config.depth == DEPTH_MINIMAL ? SERVICES_NO_TOOLS : request->tools;

	jsonw_object(&w);
	jsonw_key(&w, "sessions");
	jsonw_bool(&w, request->table->n > 0);
	jsonw_key(&w, "tools");
	jsonw_str(&w, services_tools_name(tools));
	jsonw_key(&w, "model");
	jsonw_bool(&w, request->config.depth == DEPTH_DEEP && run->world->llm != NULL);
	if (run->world->enrich != NULL) {
		jsonw_key(&w, "index");
		jsonw_bool(&w, true);
	}
	jsonw_end(&w);
	workflow_decide(
	    step, "%u sessions, tools: %s", request->table->n, services_tools_name(tools));
	return workflow_set(step, "plan", buf_sv(&text), err);
}
