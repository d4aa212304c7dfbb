/* run.c - one run of the graph: see run.h and services.h. */
#include "services/run.h"

static const size_t document_most = (size_t)4 << 30;

void
run_hash(struct sv text, char ret[65])
{
	uint8_t sha[32];

	sha256_of(text.data, text.len, sha);
	hex_of(sha, sizeof(sha), ret);
}

/* --- the engine ----------------------------------------------------------------------------------------------------------- */

static void
tell_stage(void *context, const char *stage, double share)
{
	workflow_progress(context, stage, share);
}

static enum coord_err
judge(const struct run *run, struct workflow_step *step, const struct services_known *known,
    struct detect_result *ret, struct coord_error *err)
{
	struct detect_config config = run->config;

	if (known != NULL)
		services_known_use(known, &config);
	if (step != NULL) {
		config.progress = tell_stage;
		config.progress_context = step;
	}
	return detect_run(run->request->table, run->world->files->reference, &config, ret, err);
}

enum coord_err
run_first(struct run *run, struct workflow_step *step, const struct detect_result **ret,
    struct coord_error *err)
{
	enum coord_err rc = COORD_OK;

	(void)pthread_mutex_lock(&run->lock);
	if (!run->has_first) {
		rc = judge(run, step, NULL, &run->first, err);
		run->has_first = rc == COORD_OK;
	}
	(void)pthread_mutex_unlock(&run->lock);
	*ret = &run->first;
	return rc;
}

/* With the lock held, and without a last result. */
static enum coord_err
judge_again(struct run *run, struct workflow_step *step, struct sv answers, struct coord_error *err)
{
	const struct session_table *table = run->request->table;

	TRY(services_known_new(
	    run->world->files, answers, table->source, table->n, &run->known, err));
	if (run->known == NULL)
		return COORD_OK;
	TRY(judge(run, step, run->known, &run->last, err));
	run->has_last = true;
	return COORD_OK;
}

enum coord_err
run_last(struct run *run, struct workflow_step *step, struct sv answers,
    const struct detect_result **ret, struct coord_error *err)
{
	enum coord_err rc = COORD_OK;

	TRY(run_first(run, step, ret, err));
	(void)pthread_mutex_lock(&run->lock);
	if (!run->has_last && run->known == NULL && answers.len > 2)
		rc = judge_again(run, step, answers, err);
	(void)pthread_mutex_unlock(&run->lock);
	*ret = run->has_last ? &run->last : &run->first;
	return rc;
}

/* --- document --------------------------------------------------------------------------------------------------------------- */

/* Of arrays: their items, joined. */
static void
add_items(struct sv array, struct buf *out)
{
	struct sv items = sv_trim(array);

	if (items.len <= 2)
		return;
	items = (struct sv){ items.data + 1, items.len - 2 };
	if (out->len > 1)
		buf_add_char(out, ',');
	buf_add_sv(out, items);
}

static enum coord_err
join_answers(
    const struct sv parts[BRANCHES], struct arena *arena, struct sv *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)256 << 20);
	const char *copy;

	*ret = SV_NONE;
	buf_add_char(&text, '[');
	for (size_t i = 0; i < BRANCHES; i++)
		add_items(parts[i], &text);
	buf_add_char(&text, ']');
	if (text.len <= 2 && !text.failed)
		return COORD_OK;
	copy = text.failed ? NULL : arena_strdup(arena, buf_sv(&text));
	if (copy == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for answers");
	*ret = (struct sv){ copy, text.len };
	return COORD_OK;
}

enum coord_err
run_answers(
    const struct workflow_step *step, struct arena *arena, struct sv *ret, struct coord_error *err)
{
	const struct sv parts[BRANCHES] = { workflow_get(step, "bgp"), workflow_get(step, "geo"),
		workflow_get(step, "intel") };

	return join_answers(parts, arena, ret, err);
}

/* All but narrative and chain. */
static enum coord_err
fill_report(struct run *run, struct workflow_step *step, struct sv answers, struct arena *arena,
    struct report_input *ret, struct coord_error *err)
{
	const struct services_files *files = run->world->files;
	const struct tools_case *about;
	const struct detect_result *result;

	TRY(run_last(run, step, answers, &result, err));
	*ret = run->request->report;
	ret->table = run->request->table;
	ret->result = result;
	ret->files = files->named;
	ret->n_files = files->n_named;
	ret->enrichment_applied = run->has_last;
	if (run->request->tools == SERVICES_NO_TOOLS || run->request->config.depth == DEPTH_MINIMAL)
		return COORD_OK;
	TRY(run_case(run, step, &about, err));
	return external_fill(run->world, about, result, answers, arena, ret, err);
}

enum coord_err
run_document(struct run *run, struct workflow_step *step, struct sv answers, struct arena *arena,
    struct sv *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(document_most);
	struct report_input report;
	const char *copy;

	TRY(fill_report(run, step, answers, arena, &report, err));
	report.self_contained = false;
	TRY(report_json(&report, &text, err));
	copy = arena_strdup(arena, buf_sv(&text));
	if (copy == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the document");
	*ret = (struct sv){ copy, text.len };
	return COORD_OK;
}

/* --- the run ----------------------------------------------------------------------------------------------------------------- */

/* What names the run: a run that goes on has to be of the same sessions, background and wish. */
static void
write_request(const struct run *run, struct buf *out)
{
	static const char *const depths[] = { "minimal", "standard", "deep" };
	const struct services_request *r = run->request;
	struct jsonw w = jsonw_init(out, false);
	char hash[65];

	hex_of(r->table->input_sha256, 32, hash);
	jsonw_object(&w);
	jsonw_key(&w, "input_sha256");
	jsonw_str(&w, hash);
	jsonw_key(&w, "reference");
	jsonw_str(&w, run->world->files->reference == NULL
			  ? "batch"
			  : reference_hash(run->world->files->reference));
	jsonw_key(&w, "depth");
	jsonw_str(&w, depths[r->config.depth]);
	jsonw_key(&w, "tools");
	jsonw_str(&w, services_tools_name(r->tools));
	jsonw_end(&w);
}

static enum coord_err
run_open(struct run *run, const struct services_world *world,
    const struct services_request *request, struct coord_error *err)
{
	*run = (struct run){ .world = world, .request = request, .arena = arena_new(0) };
	(void)pthread_mutex_init(&run->lock, NULL);
	run->config = request->config;
	services_files_use(world->files, &run->config);
	return run->arena == NULL ? error_set(err, COORD_ENOMEM, "no memory for a run") : COORD_OK;
}

static void
run_close(struct run *run)
{
	if (run->has_first)
		detect_result_clear(&run->first);
	if (run->has_last)
		detect_result_clear(&run->last);
	services_known_free(run->known);
	arena_free(run->arena);
	(void)pthread_mutex_destroy(&run->lock);
}

static struct workflow_options
options_of(struct run *run, const struct workflow_input *input)
{
	const struct services_request *r = run->request;

	return (struct workflow_options){ .id = r->run_id == NULL ? "analysis" : r->run_id,
		.analysis = r->analysis,
		.fence = r->fence,
		.checkpointer = r->checkpointer,
		.inputs = input,
		.n_inputs = 1,
		.context = run,
		.event = r->event,
		.event_context = r->event_context,
		.cancel = r->cancel };
}

/* The fields that are small and not in the document already: the chain has their hashes. */
static enum coord_err
describe_run(const struct workflow_outcome *outcome, struct arena *arena, struct sv *ret,
    struct coord_error *err)
{
	static const char *const shown[] = { "request", "plan", "first", "lookups", "judgement",
		"indexed", "result" };
	CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)16 << 20);
	struct jsonw w = jsonw_init(&text, false);
	const char *copy;

	jsonw_object(&w);
	jsonw_key(&w, "graph");
	jsonw_str(&w, services_graph()->name);
	jsonw_key(&w, "version");
	jsonw_u64(&w, services_graph()->version);
	jsonw_key(&w, "steps");
	jsonw_u64(&w, outcome->steps);
	if (outcome->origin.data != NULL) {
		jsonw_key(&w, "forked_from");
		jsonw_sv(&w, outcome->origin);
		jsonw_key(&w, "forked_at");
		jsonw_u64(&w, outcome->forked_at);
	}
	jsonw_key(&w, "head");
	jsonw_str(&w, outcome->head);
	jsonw_key(&w, "fields");
	jsonw_object(&w);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		struct sv value = workflow_outcome_get(outcome, shown[i]);

		if (value.len == 0)
			continue;
		jsonw_key(&w, shown[i]);
		jsonw_raw(&w, value);
	}
	jsonw_end(&w);
	jsonw_end(&w);
	copy = text.failed ? NULL : arena_strdup(arena, buf_sv(&text));
	if (copy == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the run");
	*ret = (struct sv){ copy, text.len };
	return COORD_OK;
}

static enum coord_err
take_result(struct run *run, const struct workflow_outcome *outcome, struct arena *arena,
    struct services_run *ret, struct coord_error *err)
{
	const struct sv parts[BRANCHES] = { workflow_outcome_get(outcome, "bgp"),
		workflow_outcome_get(outcome, "geo"), workflow_outcome_get(outcome, "intel") };
	struct sv answers = SV_NONE;

	TRY(join_answers(parts, arena, &answers, err));
	TRY(fill_report(run, NULL, answers, arena, &ret->report, err));
	ret->report.narrative = workflow_outcome_get(outcome, "narrative");
	ret->report.evidence_chain = outcome->chain;
	TRY(describe_run(outcome, arena, &ret->report.workflow, err));
	ret->enriched = run->has_last;
	TRY(run_indexed(workflow_outcome_get(outcome, "indexed"), ret->report.provider_status,
	    arena, &ret->provider_status, &ret->indexed, err));
	ret->result = run->has_last ? run->last : run->first;
	ret->known = run->known;
	run->known = NULL;
	if (run->has_last)
		run->has_last = false;
	else
		run->has_first = false;
	ret->report.result = &ret->result;
	ret->has_result = true;
	return COORD_OK;
}

enum coord_err
services_analyse(const struct services_world *world, const struct services_request *request,
    struct arena *arena, struct services_run *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 16);
	CLEANUP(run_close) struct run run;
	struct workflow_input input = { "request", SV_NONE };
	struct workflow_options options;
	struct workflow_outcome outcome;

	*ret = (struct services_run){ .status = WORKFLOW_FAILED };
	TRY(run_open(&run, world, request, err));
	write_request(&run, &text);
	input.value = buf_sv(&text);
	options = options_of(&run, &input);
	TRY(workflow_run(services_graph(), &options, arena, &outcome, err));
	ret->status = outcome.status;
	ret->error = outcome.error;
	return outcome.status == WORKFLOW_DONE ? take_result(&run, &outcome, arena, ret, err)
					       : COORD_OK;
}

void
services_run_clear(struct services_run *run)
{
	if (run->has_result)
		detect_result_clear(&run->result);
	services_known_free(run->known);
	*run = (struct services_run){ .status = run->status };
}

enum coord_err
services_replay(const struct services_world *world, const struct services_request *request,
    struct arena *arena, struct workflow_replay *ret, struct coord_error *err)
{
	CLEANUP(run_close) struct run run;
	struct workflow_options options;

	TRY(run_open(&run, world, request, err));
	options = options_of(&run, NULL);
	options.n_inputs = 0;
	return workflow_replay(services_graph(), request->checkpointer, sv_from(request->run_id),
	    &options, arena, ret, err);
}
