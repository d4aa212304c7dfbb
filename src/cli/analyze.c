/* analyze.c - `coord analyze`: logs in, verdict out. */
#include <stdio.h>

#include "cli/asn.h"
#include "cli/command.h"
#include "cli/input.h"
#include "cli/lists.h"
#include "cli/model_file.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/style.h"
#include "detect/detect.h"
#include "reference/reference.h"
#include "report/report.h"

enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML, FORMAT_CSV, FORMAT_STIX };

static const size_t answer_most = (size_t)4 << 30;

/* clang-format off */
static const struct option options[] = {
	{ "--format", 'f', "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json|html|csv|stix", "text",
	  "How the answer is written: for people (text, html), for programs (json: docs/result.schema.json), the sources "
	  "of each campaign (csv), or a STIX 2.1 bundle (stix)." },
	OUTPUT_OPTION,
	{ "--group", 0, NULL, OPTION_FLAG, OPTION_AT(group), 0, 0, NULL, NULL,
	  "Judge the set as given as one group, instead of looking for groups in it." },
	{ "--selected-by", 0, "FEATURE", OPTION_WORD, OPTION_AT(selected_by), 0, 0,
	  "time|behavior|dictionary|infrastructure|payload|artefact", NULL,
	  "With --group: the feature by which you picked the set, which then is no evidence." },
	{ "--reference", 'r', "FILE", OPTION_FILE, OPTION_AT(reference), 0, 0, NULL, NULL,
	  "Background snapshot made by 'coord reference build'. Without one the background is estimated from the input "
	  "and the confidence is capped." },
	{ "--depth", 'd', "DEPTH", OPTION_CHOICE, OPTION_AT(depth), 0, 0, "minimal|standard|deep", "standard",
	  "minimal: analytic tests only; standard: 199 null worlds; deep: 999 null worlds." },
	{ "--worlds", 0, "N", OPTION_UINT, OPTION_AT(worlds), 1, 99999, NULL, "by depth",
	  "Null worlds of the whole pipeline: the smallest p-value they can give is 1 / (N + 1)." },
	{ "--seed", 0, "N", OPTION_UINT, OPTION_AT(seed), 1, 9007199254740992.0, NULL, "from the input",
	  "Seed of all random draws. The same input, configuration and seed give the same bytes." },
	{ "--decoordinate", 0, "K", OPTION_UINT, OPTION_AT(decoordinate), 1, 4294967295.0, NULL, NULL,
	  "Check on the engine: analyse null world number K of the input in its place. Times, tokens and addresses are "
	  "exchanged between independent sources of the same tools, so nothing in it is coordinated and nothing must be "
	  "found." },
	{ "--model", 0, "FILE", OPTION_FILE, OPTION_AT(model), 0, 0, NULL, "the program's own",
	  "Weights and calibrator, as 'coord evaluate train' writes them." },
	{ "--asn", 0, "FILE", OPTION_FILE, OPTION_AT(asn), 0, 0, NULL, NULL,
	  "Database (.mmdb) with the autonomous systems of addresses, for the infrastructure evidence." },
	{ "--public-artefacts", 0, "FILE", OPTION_LIST, OPTION_AT(public_artefacts), 0, 0, NULL, NULL,
	  "Artefacts that unrelated attackers share, beside those that are known: hashes, URLs, keys (docs/lists.md). They "
	  "never count as exclusive. May be repeated." },
	{ "--scanners", 0, "FILE", OPTION_LIST, OPTION_AT(scanners), 0, 0, NULL, NULL,
	  "Known scanners beside the shipped list: organisation,kind,value (docs/lists.md). May be repeated." },
	{ "--feed", 0, "NAME=FILE", OPTION_LIST, OPTION_AT(feeds), 0, 0, NULL, NULL,
	  "A local file of listed addresses (one a line, CSV or JSON), as evidence under NAME. May be repeated." },
	INPUT_OPTIONS,
	COLOUR_OPTION,
	{ "--profile", 0, NULL, OPTION_FLAG, OPTION_AT(profile), 0, 0, NULL, NULL,
	  "Tell on standard error how long each stage took." },
	TALK_OPTIONS,
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord analyze /var/log/cowrie", "everything in the folder, plain or compressed" },
	{ "coord analyze --sensor east=a.json.gz --sensor west=b.json.gz",
	    "logs of two sensors, named" },
	{ "coord analyze --format json -o result.json logs/", "the whole answer, for programs" },
	{ "zcat *.gz | coord analyze -", "from standard input" },
	{ NULL, NULL },
};

static enum coord_err
write_answer(const struct settings *settings, const struct report_input *in, struct buf *out,
    struct coord_error *err)
{
	switch (settings->format) {
	case FORMAT_JSON:
		return report_json(in, out, err);
	case FORMAT_HTML:
		return report_html(in, out, err);
	case FORMAT_CSV:
		return report_csv(in, out, err);
	case FORMAT_STIX:
		return report_stix(in, out, err);
	default:
		return report_text(in, style_of(settings, settings->output), out, err);
	}
}

static void
tell_profile(const struct detect_result *result)
{
	double sum = 0;

	for (uint32_t i = 0; i < result->n_profile; i++) {
		(void)fprintf(stderr, "profile: %-28s %8.3f s\n", result->profile[i].stage,
		    result->profile[i].seconds);
		sum += result->profile[i].seconds;
	}
	(void)fprintf(stderr, "profile: %-28s %8.3f s\n", "analysis in all", sum);
}

static enum cli_status
answer(const struct command *self, const struct settings *settings, const struct input *input,
    const struct detect_result *result)
{
	struct report_input in = { .table = &input->table,
		.result = result,
		.ingest = &input->report,
		.version = COORD_VERSION };
	struct buf out = BUF_INIT(answer_most);
	struct coord_error err;
	enum cli_status status;

	if (write_answer(settings, &in, &out, &err) != COORD_OK)
		status = complain_error(self, &err);
	else
		status = output_whole(self, settings->output, &out);
	buf_clear(&out);
	return status;
}

/* What an analysis knows beside the logs. */
struct background {
	struct reference *reference;
	struct asn_database *asn;
	struct detect_model *model;
	struct knowledge *knowledge;
};

static enum cli_status
analyse(const struct command *self, const struct settings *settings, const struct input *input,
    const struct background *background)
{
	struct detect_config config = { .depth = (enum detect_depth)settings->depth,
		.group = settings->group,
		.selected_by = settings->selected_by,
		.worlds = (uint32_t)settings->worlds,
		.threads = (unsigned)settings->threads,
		.seed = settings->seed,
		.decoordinate = (uint32_t)settings->decoordinate,
		.model = background->model,
		.asn_of = background->asn == NULL ? NULL : asn_of,
		.asn_context = background->asn,
		.knowledge = background->knowledge };
	struct detect_result result;
	struct progress progress;
	struct coord_error err;
	enum cli_status status;
	enum coord_err rc;

	progress_start(&progress, !settings->quiet);
	if (progress.enabled) {
		config.progress = progress_stage;
		config.progress_context = &progress;
	}
	rc = detect_run(&input->table, background->reference, &config, &result, &err);
	progress_end(&progress);
	if (rc != COORD_OK)
		return complain_error(self, &err);
	status = answer(self, settings, input, &result);
	if (settings->profile)
		tell_profile(&result);
	detect_result_clear(&result);
	return status;
}

/* The small files first: a wrong name should not cost the reading of the logs. */
static enum cli_status
background_open(const struct command *self, const struct settings *settings, struct background *ret)
{
	struct coord_error err;

	*ret = (struct background){ .reference = NULL };
	if ((settings->reference != NULL &&
		reference_open(settings->reference, &ret->reference, &err) != COORD_OK) ||
	    (settings->asn != NULL && asn_open(settings->asn, &ret->asn, &err) != COORD_OK) ||
	    (settings->model != NULL &&
		model_file_open(settings->model, &ret->model, &err) != COORD_OK))
		return complain_error(self, &err);
	return lists_read(self, settings, &ret->knowledge);
}

static void
background_close(struct background *background)
{
	detect_knowledge_free(background->knowledge);
	detect_model_free(background->model);
	asn_close(background->asn);
	reference_close(background->reference);
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct input input = { .n_sensors = 0 };
	struct background background;
	enum cli_status read, status;

	if (settings->selected_by != NULL && !settings->group) {
		complain(self, "--selected-by says how a group was picked: it needs --group");
		return hint_help(self);
	}
	read = background_open(self, settings, &background);
	if (read == STATUS_DONE)
		read = input_read(self, settings, &input);
	status = read;
	if (read == STATUS_DONE || read == STATUS_REFUSED)
		status = analyse(self, settings, &input, &background);
	input_clear(&input);
	background_close(&background);
	return status == STATUS_DONE ? read : status;
}

const struct command command_analyze = {
	.name = "analyze",
	.operands = "LOGS...",
	.operands_least = 1,
	.operands_most = OPERANDS_ANY,
	.operands_are_files = true,
	.title = "Find coordinated campaigns in honeypot logs",
	.about = "LOGS are files, folders, patterns or - for standard input, plain or compressed "
		 "(.gz, .zst), of any known "
		 "format, which is recognised by content.\n\nThe verdict is one of "
		 "coordinated_campaign, "
		 "single_actor_multiple_sources, coincidental and insufficient_evidence. Each "
		 "piece of evidence comes with "
		 "its p-value and the null it was tested against.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
