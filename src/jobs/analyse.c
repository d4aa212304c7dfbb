/* analyse.c - stored request in, result out: unpack, read the sessions, judge them, write the answer and the document. No I/O but the files that were
 * opened before; the clock is read for the answer's time stamp only, which the document does not have. */
#include "jobs/analyse.h"

#include <math.h>

#include "jobs/answer.h"
#include "jobs/jobs.h"
#include "workflow/workflow.h"

/* Below this many sessions at `minimal`, and a tenth of it elsewhere, starting threads costs more than they bring. */
enum { ONE_THREAD_SESSIONS = 2000 };

static const size_t response_most = (size_t)64 << 20, document_most = (size_t)4 << 30;

/* --- progress ------------------------------------------------------------------------------------------------------------ */

/** What the stages of the engine are of the whole, and what people are told. */
static const struct stage {
	const char *theirs, *ours;
	double from, width;
} stages[] = {
	{ "sessions to nodes", "nodes", 0.15, 0.10 },
	{ "pairs and communities", "communities", 0.25, 0.05 },
	{ "null worlds", "null_worlds", 0.30, 0.50 },
	{ "evidence", "evidence", 0.80, 0.15 },
};

struct teller {
	jobs_progress *progress; /* or NULL */
	void *context;
	bool stop;           /* it said so */
	struct store *store; /* NULL: ends of steps are told to nobody */
	const char *id;
	uint64_t fence;
	atomic_bool cancel;
};

static void
tell(struct teller *t, const char *stage, double share)
{
	if (t->progress != NULL && !t->stop)
		t->stop = !t->progress(t->context, stage, share);
	if (t->stop)
		atomic_store(&t->cancel, true);
}

static void
tell_stage(void *context, const char *stage, double share)
{
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		if (strcmp(stage, stages[i].theirs) == 0)
			tell(context, stages[i].ours, stages[i].from + stages[i].width * share);
}

static enum coord_err
check_stop(const struct teller *t, struct coord_error *err)
{
	return t->stop ? error_set(err, COORD_ECANCELLED, "the analysis was cancelled") : COORD_OK;
}

/* --- metrics ------------------------------------------------------------------------------------------------------------- */

static void
observe_stages(struct metrics *metrics, const struct detect_result *r)
{
	static const struct {
		const char *begins, *stage;
	} names[] = { { "model", "nodes" }, { "pairs", "communities" }, { "null", "evidence" },
		{ "result", "judge" } };

	for (uint32_t i = 0; i < r->n_profile; i++) {
		const char *stage = "other";

		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			if (sv_starts(sv_from(r->profile[i].stage), sv_from(names[n].begins)))
				stage = names[n].stage;
		metrics_observe(metrics, METRIC_STAGE_SECONDS, stage, NULL, r->profile[i].seconds);
	}
}

static void
observe_result(struct metrics *metrics, const struct detect_result *r)
{
	metrics_add(metrics, METRIC_VERDICTS, detect_verdict_name(r->verdict), NULL, 1);
	if (isfinite(r->confidence))
		metrics_observe(metrics, METRIC_CONFIDENCE, NULL, NULL, r->confidence);
	metrics_add(metrics, METRIC_NULL_WORLDS, NULL, NULL, r->worlds);
	metrics_add(metrics, METRIC_NULL_REJECTED, NULL, NULL, r->worlds_with_cluster);
}

static void
observe_since(struct metrics *metrics, const char *stage, int64_t from_us)
{
	metrics_observe(
	    metrics, METRIC_STAGE_SECONDS, stage, NULL, (double)(clock_steady() - from_us) / 1e6);
}

/* --- the run ------------------------------------------------------------------------------------------------------------- */

static unsigned
threads_for(uint64_t sessions, enum detect_depth depth)
{
	uint64_t most = depth == DEPTH_MINIMAL ? ONE_THREAD_SESSIONS : ONE_THREAD_SESSIONS / 10;

	return sessions < most ? 1 : 0;
}

static enum coord_err
read_sessions(const struct jobs_world *world, const struct store_analysis *analysis,
    struct run *run, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(world->config->max_ingest + 1);
	int64_t from_us = clock_steady();

	TRY(request_unpack(analysis->request, &text, err));
	/* lines without a year are of the year they came in: a repetition must not depend on its own date */
	if (run->options.year == 0)
		run->options.year = request_year(analysis->created_us);
	TRY(request_table(buf_sv(&text), &run->options, 1, &run->table, &run->ingest, err));
	observe_since(world->metrics, "read", from_us);
	return COORD_OK;
}

static void
describe(const struct jobs_world *world, const struct store_analysis *analysis, struct run *run)
{
	run->reading = (struct report_options){ .format = run->options.format,
		.from_us = TIME_NONE,
		.to_us = TIME_NONE,
		.year = run->options.year,
		.zone_us = run->options.zone_us };
	run->report = (struct report_input){ .table = &run->table,
		.result = &run->result,
		.ingest = &run->ingest,
		.analysis_id = analysis->id,
		.version = COORD_VERSION,
		.options = &run->reading,
		.files = world->files->named,
		.n_files = world->files->n_named };
}

static struct detect_config
config_of(const struct run *run, enum detect_depth depth)
{
	return (struct detect_config){ .depth = depth,
		.group = run->options.group,
		.selected_by = run->options.selected_by,
		.prior = run->options.prior,
		.worlds = run->options.worlds,
		.seed = run->options.seed,
		.threads = threads_for(run->table.n, depth) };
}

/* The engine alone. */
static enum coord_err
judge(const struct jobs_world *world, enum detect_depth depth, struct teller *teller,
    struct run *run, struct coord_error *err)
{
	struct detect_config config = config_of(run, depth);

	config.progress = tell_stage;
	config.progress_context = teller;
	services_files_use(world->files, &config);
	TRY(detect_run(&run->table, world->files->reference, &config, &run->result, err));
	observe_stages(world->metrics, &run->result);
	return COORD_OK;
}

static enum coord_err
read_request(const struct jobs_world *world, const struct store_analysis *analysis,
    struct teller *teller, struct arena *arena, struct run *ret, enum detect_depth *ret_depth,
    struct coord_error *err)
{
	TRY(request_depth(analysis->depth, ret_depth, err));
	TRY(request_options_read(analysis->options, arena, &ret->options, err));
	tell(teller, "read", 0);
	TRY(check_stop(teller, err));
	TRY(read_sessions(world, analysis, ret, err));
	return check_stop(teller, err);
}

enum coord_err
run_request(const struct jobs_world *world, const struct store_analysis *analysis,
    jobs_progress *progress, void *context, struct arena *arena, struct run *ret,
    struct coord_error *err)
{
	struct teller teller = { .progress = progress, .context = context };
	enum detect_depth depth;

	*ret = (struct run){ .result = { .arena = NULL } };
	TRY(read_request(world, analysis, &teller, arena, ret, &depth, err));
	TRY(judge(world, depth, &teller, ret, err));
	TRY(check_stop(&teller, err));
	describe(world, analysis, ret);
	return COORD_OK;
}

void
run_clear(struct run *run)
{
	if (run->result.arena != NULL)
		detect_result_clear(&run->result);
	session_table_free(&run->table);
	ingest_report_clear(&run->ingest);
}

/* --- what is stored ------------------------------------------------------------------------------------------------------- */

static enum coord_err
keep(const struct buf *text, struct arena *arena, struct sv *ret, struct coord_error *err)
{
	char *copy = text->failed ? NULL : arena_strdup(arena, buf_sv(text));

	if (copy == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the result");
	*ret = (struct sv){ copy, text->len };
	return COORD_OK;
}

static bool
is_campaign(const struct detect_campaign *c)
{
	return c->verdict == VERDICT_CAMPAIGN || c->verdict == VERDICT_SINGLE_ACTOR;
}

static enum coord_err
store_one(const struct detect_campaign *c, const struct store_analysis *analysis,
    struct arena *arena, struct store_campaign *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(response_most);
	const char *key = arena_strdup(arena, sv_from(c->key));

	if (key == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the result");
	*ret = (struct store_campaign){ .key = sv_from(key),
		.analysis_id = sv_from(analysis->id),
		.verdict = sv_from(detect_verdict_name(c->verdict)),
		.confidence = c->confidence,
		.low = c->low,
		.high = c->high,
		.sources = c->n_sources,
		.sessions = c->n_sessions,
		.first_us = c->first_us,
		.last_us = c->last_us };
	TRY(report_campaign(c, &text, err));
	return keep(&text, arena, &ret->summary, err);
}

/* A campaign is a group that passed: those that did not are in the document. */
static enum coord_err
store_campaigns_of(const struct run *run, const struct store_analysis *analysis,
    struct arena *arena, struct store_result *ret, struct coord_error *err)
{
	const struct detect_result *r = &run->result;
	struct store_campaign *all = ARENA_ARRAY(arena, r->n_campaigns, struct store_campaign);

	if (all == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the result");
	for (uint32_t i = 0; i < r->n_campaigns; i++)
		if (is_campaign(&r->campaigns[i])) {
			TRY(store_one(
			    &r->campaigns[i], analysis, arena, &all[ret->n_campaigns], err));
			ret->n_campaigns++;
		}
	ret->campaigns = all;
	return COORD_OK;
}

static enum coord_err
store_document(const struct run *run, struct arena *arena, struct sv *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(document_most);

	TRY(report_json(&run->report, &text, err));
	return request_pack(buf_sv(&text), arena, ret, err);
}

static enum coord_err
store_response(const struct run *run, const struct store_analysis *analysis, int64_t started_us,
    struct arena *arena, struct sv *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(response_most);
	struct answer_input in = { .report = &run->report,
		.analysis = analysis,
		.enriched = run->enriched || run->indexed,
		.provider_status = run->provider_status,
		.logs = run->options.logs,
		.now_us = clock_wall(),
		.processing_time = (double)(clock_steady() - started_us) / 1e6 };

	answer_write(&in, &text);
	return keep(&text, arena, ret, err);
}

static enum coord_err
make_result(const struct jobs_world *world, const struct run *run,
    const struct store_analysis *analysis, int64_t started_us, struct arena *arena,
    struct store_result *ret, struct coord_error *err)
{
	int64_t from_us = clock_steady();

	*ret = (struct store_result){ .confidence = answer_confidence(&run->result),
		.verdict = sv_from(detect_verdict_name(run->result.verdict)),
		.sessions = run->table.n };
	TRY(store_campaigns_of(run, analysis, arena, ret, err));
	TRY(store_document(run, arena, &ret->document, err));
	TRY(store_response(run, analysis, started_us, arena, &ret->response, err));
	observe_since(world->metrics, "report", from_us);
	return COORD_OK;
}

/* --- the graph -------------------------------------------------------------------------------------------------------------- */

/* An event that is lost is not worth a failure: the step itself is kept. */
static void
tell_end(const struct teller *t, const struct workflow_event *event)
{
	const struct store_step_end end = { .node = sv_from(event->node),
		.step = event->step,
		.share = 0.05 + 0.9 * event->share,
		.elapsed_us = event->elapsed_us };

	if (t->store != NULL)
		(void)!store_step_ended(
		    t->store, sv_from(t->id), t->fence, clock_wall(), &end, NULL);
}

/* The engine's stages by their old names, the other nodes by their own. */
static void
tell_event(void *context, const struct workflow_event *event)
{
	const char *stage = event->node;

	if (event->what == WORKFLOW_FINISHED)
		tell_end(context, event);
	if (event->what != WORKFLOW_PROGRESS && event->what != WORKFLOW_STARTED)
		return;
	for (size_t i = 0; event->stage != NULL && i < sizeof(stages) / sizeof(stages[0]); i++)
		if (strcmp(event->stage, stages[i].theirs) == 0)
			stage = stages[i].ours;
	tell(context, stage, 0.05 + 0.9 * event->share);
}

/* Checkpoints cost more than a minimal analysis that asks nobody would lose. */
static bool
is_kept(const struct jobs_world *world, uint64_t fence, enum detect_depth depth)
{
	return fence != 0 && world->store != NULL && depth != DEPTH_MINIMAL;
}

/* What there is, or less where less is wished. */
static enum services_tools
tools_of(const struct jobs_world *world, const char *wish)
{
	enum services_tools tools = SERVICES_NO_TOOLS, wished = SERVICES_ONLINE;

	if (world->tools != NULL && tools_count(world->tools) > 0)
		tools = SERVICES_ONLINE;
	else if (world->files->offline != NULL)
		tools = SERVICES_OFFLINE;
	while (wish != NULL && wished > SERVICES_NO_TOOLS &&
	       strcmp(wish, services_tools_name(wished)) != 0)
		wished--;
	return tools < wished ? tools : wished;
}

static void
take(struct run *run, struct services_run *graph)
{
	run->result = graph->result;
	run->report = graph->report;
	run->report.result = &run->result;
	run->enriched = graph->enriched;
	run->indexed = graph->indexed;
	run->provider_status = graph->provider_status;
	graph->has_result = false;
}

/* A node's failure is what the analysis failed of. */
static enum coord_err
ended_how(const struct services_run *graph, bool *ret_waits, struct coord_error *err)
{
	*ret_waits = graph->status == WORKFLOW_PAUSED;
	if (graph->status == WORKFLOW_CANCELLED)
		return error_set(err, COORD_ECANCELLED, "the analysis was cancelled");
	if (graph->status == WORKFLOW_FAILED)
		return error_set(err,
		    graph->error.code == COORD_OK ? COORD_EINVALID : graph->error.code, "%s",
		    graph->error.what);
	return COORD_OK;
}

static struct services_request
wish_of(const struct jobs_world *world, const struct store_analysis *analysis,
    const struct run *run, enum detect_depth depth)
{
	return (struct services_request){ .table = &run->table,
		.config = config_of(run, depth),
		.report = run->report,
		.tools = tools_of(world, run->options.tools),
		.approve = world->config->approve_lookups || run->options.approve,
		.run_id = analysis->id,
		.created_us = analysis->created_us };
}

static enum coord_err
run_graph(const struct jobs_world *world, const struct store_analysis *analysis, uint64_t fence,
    enum detect_depth depth, struct teller *teller, struct arena *arena, struct run *run,
    bool *ret_waits, struct coord_error *err)
{
	bool kept = is_kept(world, fence, depth);
	CLEANUP(workflow_checkpointer_release)
	struct workflow_checkpointer *checkpointer = kept ? workflow_stored(world->store) : NULL;
	CLEANUP(services_run_clear) struct services_run graph = { .has_result = false };
	struct services_world services = { world->files, world->tools, world->llm, world->enrich };
	struct services_request request = wish_of(world, analysis, run, depth);

	teller->store = kept ? world->store : NULL;
	teller->id = analysis->id;
	teller->fence = fence;
	request.approve = request.approve && kept;
	request.analysis = kept ? analysis->id : NULL;
	request.fence = fence;
	request.checkpointer = checkpointer;
	request.event = tell_event;
	request.event_context = teller;
	request.cancel = &teller->cancel;
	if (kept && checkpointer == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for checkpoints");
	TRY(services_analyse(&services, &request, arena, &graph, err));
	TRY(ended_how(&graph, ret_waits, err));
	if (graph.has_result) {
		take(run, &graph);
		observe_stages(world->metrics, &run->result);
	}
	return COORD_OK;
}

enum coord_err
jobs_analyse(const struct jobs_world *world, const struct store_analysis *analysis, uint64_t fence,
    jobs_progress *progress, void *context, struct arena *arena, struct store_result *ret,
    bool *ret_waits, struct coord_error *err)
{
	int64_t started_us = clock_steady(), cpu_us = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	CLEANUP(run_clear) struct run run = { .result = { .arena = NULL } };
	struct teller teller = { .progress = progress, .context = context };
	struct store_result result;
	enum detect_depth depth;

	*ret_waits = false;
	TRY(read_request(world, analysis, &teller, arena, &run, &depth, err));
	describe(world, analysis, &run);
	TRY(run_graph(world, analysis, fence, depth, &teller, arena, &run, ret_waits, err));
	if (*ret_waits)
		return COORD_OK;
	tell(&teller, "report", 0.95);
	TRY(check_stop(&teller, err));
	cpu_us = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_us;
	if ((cpu_us > JOBS_RENDER_US || run.enriched) && world->store != NULL)
		TRY(run_keep_forms(world, &run, analysis, arena, err));
	TRY(make_result(world, &run, analysis, started_us, arena, &result, err));
	result.enrichment_applied = run.enriched || run.indexed;
	observe_result(world->metrics, &run.result);
	*ret = result;
	return COORD_OK;
}

enum coord_err
jobs_replay(const struct jobs_world *world, struct sv id, struct arena *arena,
    struct workflow_replay *ret, struct coord_error *err)
{
	CLEANUP(workflow_checkpointer_release)
	struct workflow_checkpointer *kept = workflow_stored(world->store);
	CLEANUP(run_clear) struct run run = { .result = { .arena = NULL } };
	struct services_world services = { world->files, world->tools, world->llm, world->enrich };
	struct teller teller = { .progress = NULL };
	struct services_request request;
	struct store_analysis analysis;
	enum detect_depth depth;

	if (kept == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a run");
	TRY(store_get(world->store, id, SV_NONE, PART_REQUEST, arena, &analysis, err));
	if (analysis.request.len == 0)
		return error_set(err, COORD_ENODATA, "its sessions are no longer kept");
	TRY(read_request(world, &analysis, &teller, arena, &run, &depth, err));
	describe(world, &analysis, &run);
	request = wish_of(world, &analysis, &run, depth);
	request.analysis = analysis.id;
	request.checkpointer = kept;
	return services_replay(&services, &request, arena, ret, err);
}
