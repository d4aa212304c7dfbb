/* analyze.c - `coord analyze`: logs in, verdict out. */
#include <stdio.h>

#include "cli/analysis.h"
#include "cli/embedded.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/style.h"

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
	{ "--null-table", 0, "FILE", OPTION_FILE, OPTION_AT(null_table), 0, 0, NULL, NULL,
	  "Null worlds made once by 'coord reference null-table' with the same reference: batches of more than 5,000 nodes "
	  "look p_world up in it and run no search of their own." },
	{ "--depth", 'd', "DEPTH", OPTION_CHOICE, OPTION_AT(depth), 0, 0, "minimal|standard|deep", "standard",
	  "minimal: no null worlds, and 9 to 199 draws a test; standard: 199 null worlds; deep: 999." },
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
	{ "--tools", 0, "WHICH", OPTION_CHOICE, OPTION_AT(tools), 0, 0, "none|offline", "none",
	  "What the world beside the logs says, at depth standard and deep. offline: the databases and feeds of --tools-folder and "
	  "behind them the system's own, or those of --database (docs/tools.md). Nothing leaves this machine." },
	{ "--tools-folder", 0, "FOLDER", OPTION_FOLDER, OPTION_AT(tools_folder), 0, 0, NULL, NULL,
	  "Databases, routes, feeds and lists of scanners, as 'coord tools update' keeps them." },
	{ "--database", 0, "FILE", OPTION_LIST, OPTION_AT(databases), 0, 0, NULL, NULL,
	  "A database of networks, countries or routes (docs/tools.md), before those of the folder. May be repeated." },
	{ "--self-contained", 0, NULL, OPTION_FLAG, OPTION_AT(self_contained), 0, 0, NULL, NULL,
	  "With --format json: put the sessions into the result, so that 'coord verify' needs no logs. Attacker text and "
	  "addresses then travel with it." },
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
	{ "coord analyze --format json --self-contained -o result.json logs/",
	    "for a reviewer, who repeats it with coord verify" },
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
tell_stage(const char *stage, double seconds, double processor_seconds)
{
	(void)fprintf(stderr, "profile: %-43s %8.3f s %8.3f s of processor time\n", stage, seconds,
	    processor_seconds);
}

static void
tell_profile(const struct detect_result *result)
{
	double sum = 0, processor = 0;

	for (uint32_t i = 0; i < result->n_profile; i++) {
		tell_stage(result->profile[i].stage, result->profile[i].seconds,
		    result->profile[i].processor_seconds);
		if (result->profile[i].part)
			continue;
		sum += result->profile[i].seconds;
		processor += result->profile[i].processor_seconds;
	}
	tell_stage("analysis in all", sum, processor);
}

/* Embedded sessions have to come back as they are, or nobody could repeat the analysis from them. */
static enum coord_err
try_embedding(const struct session_table *table, struct coord_error *err)
{
	struct buf records = BUF_INIT(REPORT_SESSIONS_MOST);
	struct session_table back;
	enum coord_err rc;

	for (uint32_t row = 0; row < table->n && !records.failed; row++)
		session_write_ndjson(table, row, &records);
	rc = records.failed
		 ? error_set(err, COORD_ELIMIT,
		       "--self-contained: the sessions take more than %zu MiB; leave it out and "
		       "keep the logs, which verify reads as well",
		       REPORT_SESSIONS_MOST >> 20)
		 : embedded_read(buf_sv(&records), 0, &back, err);
	buf_clear(&records);
	if (rc != COORD_OK)
		return rc;
	if (memcmp(back.input_sha256, table->input_sha256, sizeof(back.input_sha256)) != 0)
		rc = error_set(err, COORD_EPARSE,
		    "--self-contained: these sessions do not survive being written as JSON (bytes "
		    "that are no UTF-8); keep the logs, which verify reads as well");
	session_table_free(&back);
	return rc;
}

static enum cli_status
answer(const struct command *self, const struct settings *settings, struct report_input in)
{
	struct buf out = BUF_INIT(answer_most);
	struct coord_error err;
	enum cli_status status;

	if ((in.self_contained && try_embedding(in.table, &err) != COORD_OK) ||
	    write_answer(settings, &in, &out, &err) != COORD_OK)
		status = complain_error(self, &err);
	else
		status = output_whole(self, settings->output, &out);
	buf_clear(&out);
	return status;
}

static enum cli_status
analyse(const struct command *self, const struct settings *settings, const struct input *input,
    struct analysis *analysis)
{
	struct report_options reading = input_options(settings);
	struct report_input in = { .table = &input->table,
		.ingest = &input->report,
		.version = COORD_VERSION,
		.sources = input->sources,
		.n_sources = input->n_sources,
		.options = &reading,
		.self_contained = settings->self_contained };
	struct services_run run = { .has_result = false };
	enum cli_status status = analysis_graph(self, settings, analysis, &input->table, &in, &run);

	if (status == STATUS_DONE)
		status = answer(self, settings, run.report);
	if (status == STATUS_DONE && settings->profile)
		tell_profile(&run.result);
	services_run_clear(&run);
	return status;
}

static enum cli_status
check(const struct command *self, const struct settings *settings)
{
	if (settings->selected_by != NULL && !settings->group) {
		complain(self, "--selected-by says how a group was picked: it needs --group");
		return hint_help(self);
	}
	if (settings->self_contained && settings->format != FORMAT_JSON) {
		complain(self, "--self-contained puts the sessions into the result for verify: it "
			       "needs --format json");
		return hint_help(self);
	}
	return STATUS_DONE;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct input input = { .n_sensors = 0 };
	struct analysis analysis;
	enum cli_status read, status = check(self, settings);

	if (status != STATUS_DONE)
		return status;
	/* the small files first: a wrong name should not cost the reading of the logs */
	status = analysis_open(self, settings, &analysis);
	if (status != STATUS_DONE) {
		analysis_close(&analysis);
		return status;
	}
	read = input_read(self, settings, &input);
	status = read;
	if (read == STATUS_DONE || read == STATUS_REFUSED)
		status = analyse(self, settings, &input, &analysis);
	input_clear(&input);
	analysis_close(&analysis);
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
