/* evaluate_self.c - `coord evaluate self`: what the engine can and cannot see in the user's own logs. */
#include <errno.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/model_file.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "evaluate/evaluate.h"
#include "reference/reference.h"

static const size_t report_most = (size_t)256 << 20, sessions_most = (size_t)1 << 30;

enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

/* clang-format off */
static const struct option options[] = {
	{ "--reference", 'r', "FILE", OPTION_FILE, OPTION_AT(reference), 0, 0, NULL, NULL,
	  "Background snapshot made by 'coord reference build', best of other weeks than LOGS. Needed." },
	{ "--format", 'f', "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json|html", "text",
	  "How the report is written: for a terminal, as a document, as one page that needs nothing else." },
	OUTPUT_OPTION,
	{ "--batches", 0, "N", OPTION_UINT, OPTION_AT(batches), 1, 1000, NULL, "two; quick: one",
	  "Batches of each size, activity, spread and difficulty; about 330 analyses in all for each." },
	{ "--quick", 0, NULL, OPTION_FLAG, OPTION_AT(quick), 0, 0, NULL, NULL,
	  "A first look: 106 analyses, one spread of times only." },
	{ "--sessions", 0, "N", OPTION_UINT, OPTION_AT(sessions), 200, 1000000, NULL, "2000",
	  "Sessions of a batch, at most about: as many as you usually analyse at once." },
	{ "--model", 0, "FILE", OPTION_FILE, OPTION_AT(model), 0, 0, NULL, "the program's own",
	  "Weights and calibrator to be judged." },
	{ "--calibrate", 0, "FILE", OPTION_FILE, OPTION_AT(calibrate), 0, 0, NULL, NULL,
	  "Also fit weights and calibrator to these batches and write them to FILE, for --model. Doubles the time." },
	{ "--keep", 0, "DIR", OPTION_FILE, OPTION_AT(keep), 0, 0, NULL, NULL,
	  "Write the sessions of every batch without coordination in which something was called to DIR, one file each, for "
	  "'coord analyze' and 'coord explain'. They are as private as LOGS." },
	{ "--worlds", 0, "N", OPTION_UINT, OPTION_AT(worlds), 1, 99999, NULL, "199", "Null worlds of the engine." },
	{ "--seed", 0, "N", OPTION_UINT, OPTION_AT(seed), 1, 9007199254740992.0, NULL, "from the input",
	  "Seed of all random draws. The same logs, reference and seed give the same figures." },
	INPUT_OPTIONS,
	TALK_OPTIONS,
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord evaluate self --reference background.ref logs/",
	    "in a few minutes, for the terminal" },
	{ "coord evaluate self --reference background.ref --batches 10 -f html -o sensor.html "
	  "logs/",
	    "narrower intervals, as a page to cite" },
	{ "coord evaluate self --reference background.ref --keep alarms logs/ && "
	  "coord analyze -r background.ref alarms/alarm-0293-HN5.ndjson",
	    "what was called there, where nothing is coordinated" },
	{ NULL, NULL },
};

static enum cli_status
write_report(const struct command *self, const struct settings *settings,
    const struct evaluate_self *evaluation)
{
	static void (*const write[])(const struct evaluate_self *, struct buf *) = {
		[FORMAT_TEXT] = evaluate_self_text,
		[FORMAT_JSON] = evaluate_self_json,
		[FORMAT_HTML] = evaluate_self_html,
	};
	struct buf out = BUF_INIT(report_most);
	enum cli_status status;

	write[settings->format](evaluation, &out);
	status = output_whole(self, settings->output, &out);
	buf_clear(&out);
	return status;
}

static enum cli_status
write_model(const struct command *self, const struct settings *settings,
    const struct evaluate_self *evaluation)
{
	struct buf out = BUF_INIT(report_most);
	struct coord_error err;
	enum cli_status status;

	if (settings->calibrate == NULL)
		return STATUS_DONE;
	if (evaluate_self_model(evaluation, "self", &out, &err) == COORD_OK)
		status = output_whole(self, settings->calibrate, &out);
	else
		status = complain_error(self, &err);
	buf_clear(&out);
	return status;
}

static enum cli_status
keep_alarm(const struct command *self, const char *directory, const char *name,
    const struct session_table *table)
{
	struct buf path = BUF_INIT(1 << 16), out = BUF_INIT(sessions_most);
	enum cli_status status;

	buf_printf(&path, "%s/%s.ndjson", directory, name);
	for (uint32_t row = 0; row < table->n; row++)
		session_write_ndjson(table, row, &out);
	buf_add(&path, "", 1);
	status = path.failed ? STATUS_FAILED : output_whole(self, path.data, &out);
	buf_clear(&path);
	buf_clear(&out);
	return status;
}

static enum cli_status
keep_alarms(const struct command *self, const struct settings *settings,
    const struct evaluate_self *evaluation)
{
	uint32_t n = settings->keep == NULL ? 0 : evaluate_self_alarms(evaluation);
	enum cli_status status = STATUS_DONE;

	if (settings->keep != NULL && mkdir(settings->keep, S_IRWXU) != 0 && errno != EEXIST) {
		complain(self, "%s: %s", settings->keep, strerror(errno));
		return STATUS_FAILED;
	}
	for (uint32_t i = 0; i < n && status == STATUS_DONE; i++) {
		char name[SELF_ALARM_NAME_MAX];
		struct session_table table;
		struct coord_error err;

		if (evaluate_self_alarm(evaluation, i, name, &table, &err) != COORD_OK)
			return complain_error(self, &err);
		status = keep_alarm(self, settings->keep, name, &table);
		session_table_free(&table);
	}
	if (settings->keep != NULL && status == STATUS_DONE && !settings->quiet)
		(void)fprintf(stderr, "coord evaluate self: sessions of %u false alarms in %s\n", n,
		    settings->keep);
	return status;
}

/* The report comes before the model: a model that cannot be fitted leaves it. */
static enum cli_status
judge(
    const struct command *self, const struct settings *settings, struct evaluate_self_config config)
{
	struct evaluate_self *evaluation;
	struct progress progress;
	struct coord_error err;
	enum cli_status status, fitted, kept;
	enum coord_err rc;

	progress_start(&progress, !settings->quiet);
	if (progress.enabled) {
		config.progress = progress_stage;
		config.progress_context = &progress;
	}
	rc = evaluate_self_run(&config, &evaluation, &err);
	progress_end(&progress);
	if (rc != COORD_OK)
		return complain_error(self, &err);
	status = write_report(self, settings, evaluation);
	kept = keep_alarms(self, settings, evaluation);
	fitted = write_model(self, settings, evaluation);
	evaluate_self_free(evaluation);
	if (status != STATUS_DONE)
		return status;
	return kept != STATUS_DONE ? kept : fitted;
}

static enum cli_status
run_on(
    const struct command *self, const struct settings *settings, const struct session_table *table)
{
	struct reference *reference = NULL;
	struct detect_model *model = NULL;
	struct coord_error err;
	enum cli_status status;
	enum coord_err rc = reference_open(settings->reference, &reference, &err);

	if (rc == COORD_OK && settings->model != NULL)
		rc = model_file_open(settings->model, &model, &err);
	if (rc == COORD_OK) {
		struct evaluate_self_config config = { .table = table,
			.reference = reference,
			.model = model,
			.batches = (uint32_t)settings->batches,
			.sessions_most = (uint32_t)settings->sessions,
			.worlds = (uint32_t)settings->worlds,
			.seed = settings->seed,
			.threads = (unsigned)settings->threads,
			.quick = settings->quick,
			.calibrate = settings->calibrate != NULL };

		status = judge(self, settings, config);
	} else {
		status = complain_error(self, &err);
	}
	detect_model_free(model);
	reference_close(reference);
	return status;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct input input;
	enum cli_status status, judged;

	if (settings->reference == NULL) {
		complain(self, "against what? --reference FILE is needed");
		return hint_help(self);
	}
	status = input_read(self, settings, &input);
	if (status == STATUS_DONE || status == STATUS_REFUSED) {
		judged = run_on(self, settings, &input.table);
		status = judged != STATUS_DONE ? judged : status;
	}
	input_clear(&input);
	return status;
}

const struct command command_evaluate_self = {
	.name = "evaluate self",
	.operands = "LOGS...",
	.operands_least = 1,
	.operands_most = OPERANDS_ANY,
	.operands_are_files = true,
	.title = "Measure what can be seen on your own sensors",
	.about =
	    "Plants campaigns of known size, activity, timing and difficulty into your own "
	    "sessions, "
	    "judges them against your own reference, and reports how often they are found, what "
	    "confidence they reach, and how often something is called coordinated where nothing "
	    "is, with exact intervals. What is planted stays in memory: neither the logs nor the "
	    "reference are changed.\n\n"
	    "The report says from which size on a campaign will be seen on these sensors, and what "
	    "will not. docs/self-evaluation.md describes method and figures.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
