/* workflow.c - `coord workflow show|resume`: the graph that an analysis is, what became of a run of it, and the answer to a run that waits for a person. */
#include "workflow/workflow.h"

#include <stdio.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/service.h"
#include "services/services.h"

enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_SVG, FORMAT_CHAIN };
enum { DRAWING_MOST = 1 << 28 };

/* clang-format off */
static const struct option show_options[] = {
	{ "--format", 0, "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json|svg|chain", "text",
	  "text: a drawing for terminals. svg: a picture. json: a run's steps and questions. chain: its evidence chain." },
	SERVICE_OPTIONS,
	OUTPUT_OPTION,
};
static const struct option resume_options[] = {
	{ "--answer", 0, "TEXT", OPTION_TEXT, OPTION_AT(answer), 0, 0, NULL, NULL,
	  "The answer; what is expected stands in the question." },
	{ "--question", 0, "KEY", OPTION_TEXT, OPTION_AT(question), 0, 0, NULL, NULL,
	  "Which question, when several are open; else the only one." },
	SERVICE_OPTIONS,
};
/* clang-format on */

/** What a run (NULL: none) or the graph looks like. */
static enum coord_err
draw(unsigned format, const struct store_workflow *run, struct buf *out, struct coord_error *err)
{
	struct jsonw w = jsonw_init(out, true);
	char head[65];

	switch (format) {
	case FORMAT_SVG:
		return workflow_draw_svg(services_graph(), run, out, err);
	case FORMAT_TEXT:
		return workflow_draw_text(services_graph(), run, out, err);
	default:
		break;
	}
	if (run == NULL)
		return error_set(err, COORD_EINVALID,
		    "the graph itself is drawn as text or svg: json and chain are a run's");
	if (format == FORMAT_CHAIN)
		TRY(workflow_chain(run, out, head, err));
	else
		TRY(workflow_json(run, &w, err));
	buf_add_char(out, '\n');
	return COORD_OK;
}

static enum cli_status
show_run(const struct command *self, const struct settings *settings, struct arena *arena,
    const char *id, struct buf *out)
{
	struct store_workflow run;
	struct service service;
	struct coord_error err;
	enum cli_status status = service_open(self, settings, &service);

	if (status == STATUS_DONE &&
	    (store_workflow_get(service.store, sv_from(id), arena, &run, &err) != COORD_OK ||
		draw(settings->format, &run, out, &err) != COORD_OK))
		status = complain_error(self, &err);
	service_close(&service);
	return status;
}

static enum cli_status
show(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT(DRAWING_MOST);
	struct arena *arena = arena_new(0);
	struct coord_error err;
	enum cli_status status = STATUS_DONE;

	if (settings->operands.n > 0)
		status = show_run(self, settings, arena, settings->operands.items[0], &out);
	else if (draw(settings->format, NULL, &out, &err) != COORD_OK)
		status = complain_error(self, &err);
	if (status == STATUS_DONE)
		status = output_whole(self, settings->output, &out);
	buf_clear(&out);
	arena_free(arena);
	return status;
}

static const struct example show_examples[] = {
	{ "coord workflow show", "the graph" },
	{ "coord workflow show --format svg -o graph.svg", "as a picture" },
	{ "coord workflow show 7d1f0c9e-0000-4000-8000-00000000002a",
	    "what a run has done so far" },
	{ NULL, NULL },
};

const struct command command_workflow_show = {
	.name = "workflow show",
	.operands = "[ID]",
	.operands_most = 1,
	.title = "Draw the graph of an analysis, or a run of it",
	.about = "Without an id: the steps that an analysis is made of, what comes after what, and "
		 "under "
		 "which condition. With the id of an analysis that went through the service: what "
		 "became "
		 "of each step, its time and attempts, and what it waits for.",
	.options = show_options,
	.n_options = sizeof(show_options) / sizeof(show_options[0]),
	.examples = show_examples,
	.run = show,
};

/* --- resume ------------------------------------------------------------------------------------------------------------ */

/** The store says that it is queued; the queue is told. Without it upkeep puts it there later. */
static enum cli_status
requeue(const struct command *self, struct service *service, const char *id)
{
	struct arena *arena = arena_new(0);
	struct store_analysis analysis;
	struct queue *queue = NULL;
	struct queue_item item = { .not_before_us = 0 };
	struct coord_error err = { .what = "out of memory" };
	bool told = false;

	if (arena != NULL &&
	    store_get(service->store, sv_from(id), SV_NONE, 0, arena, &analysis, &err) ==
		COORD_OK &&
	    service_queue(&service->config, &queue, &err) == COORD_OK) {
		item.priority = analysis.priority == JOB_BULK;
		(void)snprintf(item.id, sizeof(item.id), "%s", analysis.id);
		(void)snprintf(item.owner, sizeof(item.owner), "%.*s", SV_ARG(analysis.owner));
		told = queue_put(queue, &item, 1, &err) == COORD_OK;
	}
	if (!told)
		complain(self, "%s: done, but the queue could not be told: %s", id, err.what);
	queue_close(queue);
	arena_free(arena);
	return STATUS_DONE;
}

static enum cli_status
answer(const struct command *self, const struct settings *settings, struct service *service)
{
	const char *id = settings->operands.items[0];
	struct coord_error err;
	enum coord_err rc;
	uint32_t left;

	if (store_workflow_answer(service->store, sv_from(id), sv_from(settings->question),
		sv_from(settings->answer), clock_wall(), &left, &err) != COORD_OK ||
	    service_audit(service, "workflow.answer", id, "ok", &err) != COORD_OK)
		return complain_error(self, &err);
	if (left > 0) {
		complain(self, "%u more questions are open", left);
		return STATUS_DONE;
	}
	/* a run of no analysis, or one that a worker has still in hand (it looks before it lets it wait), goes on by itself */
	rc = store_resume(service->store, sv_from(id), SV_NONE, clock_wall(), &err);
	if (rc == COORD_OK)
		return requeue(self, service, id);
	return rc == COORD_ENODATA ? STATUS_DONE : complain_error(self, &err);
}

static enum cli_status
resume(const struct command *self, const struct settings *settings)
{
	struct service service;
	enum cli_status status;

	if (settings->answer == NULL) {
		complain(self, "--answer is missing");
		return hint_help(self);
	}
	status = service_open(self, settings, &service);
	if (status == STATUS_DONE)
		status = answer(self, settings, &service);
	service_close(&service);
	return status;
}

static const struct example resume_examples[] = {
	{ "coord workflow resume 7d1f0c9e-0000-4000-8000-00000000002a --answer yes",
	    "allows what was asked" },
	{ NULL, NULL },
};

const struct command command_workflow_resume = {
	.name = "workflow resume",
	.operands = "ID",
	.operands_least = 1,
	.operands_most = 1,
	.title = "Answer a run that waits for a person",
	.about = "Records the answer to an open question of a paused run; `coord workflow show ID "
		 "--format json` lists them. With the last answer the run goes on as soon as a "
		 "worker takes it up. The answer is part of the run's evidence chain and of the "
		 "audit log.",
	.options = resume_options,
	.n_options = sizeof(resume_options) / sizeof(resume_options[0]),
	.examples = resume_examples,
	.run = resume,
};
