/* verify.c - `coord verify`: does a result document hold together, and does its analysis give it again?
 * A reviewer needs the document, this program, the files beside the logs that the document names (a reference snapshot, a
 * model), and the sessions: inside the document (--self-contained), as logs given, or at the paths that it names. */
#include <stdio.h>
#include <unistd.h>

#include "cli/analysis.h"
#include "cli/embedded.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/phrase.h"

static const size_t document_most = (size_t)1 << 30;

/* clang-format off */
static const struct option options[] = {
	{ "--reference", 'r', "FILE", OPTION_FILE, OPTION_AT(reference), 0, 0, NULL, "as the result names it",
	  "The background snapshot that the result was made with." },
	{ "--model", 0, "FILE", OPTION_FILE, OPTION_AT(model), 0, 0, NULL, "as the result names it",
	  "The model file that the result was made with, when it was not the program's own." },
	{ "--null-table", 0, "FILE", OPTION_FILE, OPTION_AT(null_table), 0, 0, NULL, NULL,
	  "The null table that the result names." },
	{ "--asn", 0, "FILE", OPTION_FILE, OPTION_AT(asn), 0, 0, NULL, "as the result names it",
	  "The database of autonomous systems that the result was made with." },
	{ "--database", 0, "FILE", OPTION_LIST, OPTION_AT(databases), 0, 0, NULL, NULL,
	  "The databases of --tools that the result was made with, in order." },
	{ "--public-artefacts", 0, "FILE", OPTION_LIST, OPTION_AT(public_artefacts), 0, 0, NULL, NULL,
	  "The lists of public artefacts that the result was made with, in order." },
	{ "--scanners", 0, "FILE", OPTION_LIST, OPTION_AT(scanners), 0, 0, NULL, NULL,
	  "The lists of known scanners that the result was made with, in order." },
	{ "--feed", 0, "NAME=FILE", OPTION_LIST, OPTION_AT(feeds), 0, 0, NULL, NULL,
	  "The feeds that the result was made with, in order." },
	{ "--sensor", 0, "NAME=PATH", OPTION_LIST, OPTION_AT(sensors), 0, 0, NULL, NULL,
	  "Read PATH as logs of the sensor NAME, as analyze did. May be repeated." },
	{ "--document-only", 0, NULL, OPTION_FLAG, OPTION_AT(document_only), 0, 0, NULL, NULL,
	  "Check what the document alone can prove, and repeat nothing." },
	{ "--threads", 0, "N", OPTION_UINT, OPTION_AT(threads), 1, 64, NULL, "all cores",
	  "Threads to work with. Changes nothing but the time taken." },
	OUTPUT_OPTION,
	{ "--quiet", 'q', NULL, OPTION_FLAG, OPTION_AT(quiet), 0, 0, NULL, NULL,
	  "The last line only: identical, or what is not." },
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord verify result.json", "with the sessions in it, or the logs where they were" },
	{ "coord verify result.json logs/ --reference background.ref",
	    "with the logs and the snapshot at hand" },
	{ "coord verify --document-only result.json", "ledgers, thresholds, counts and hashes" },
	{ NULL, NULL },
};

/* Everything one verification holds; told: what goes to the reader. */
struct verification {
	const struct command *self;
	const struct settings *given;
	struct settings settings; /* of the repetition: the document's, but for what was given */
	struct sv document;
	struct report_recall recall;
	struct input input;
	bool from_document; /* the sessions came out of it */
	struct analysis analysis;
	struct coord_error
	    broken;            /* the evidence chain's first broken link; code COORD_OK: it holds */
	struct buf told, last; /* the account; the last line */
	bool identical;
};

static void conclude(struct verification *v, bool identical, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The last line: the first thing that is wrong stays. */
static void
conclude(struct verification *v, bool identical, const char *format, ...)
{
	char text[2048];
	va_list args;

	if (v->last.len > 0)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	v->identical = identical;
	phrase_printable(&v->last, sv_from(text));
	buf_add_char(&v->last, '\n');
}

static void tell(struct verification *v, const char *label, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void
tell(struct verification *v, const char *label, const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_printf(&v->told, "%-11s ", label);
	phrase_printable(&v->told, sv_from(text));
	buf_add_char(&v->told, '\n');
}

static enum coord_err
check_document(struct verification *v, struct coord_error *err)
{
	struct report_check check;
	enum coord_err rc = report_check(v->document, &check, err);
	struct sv rest = buf_sv(&check.failures);
	unsigned long long held = check.held, failed = check.failed;

	if (rc != COORD_OK) {
		buf_clear(&check.failures);
		return rc;
	}
	if (check.failed == 0)
		tell(v, "document", "%llu statements about itself hold", held);
	else
		tell(v, "document", "%llu of %llu statements about itself do not hold:", failed,
		    held + failed);
	while (check.failed > 0 && rest.len > 0) {
		struct sv line = sv_cut(&rest, '\n');

		tell(v, "", "%.*s", SV_ARG(sv_first(line, 500)));
	}
	buf_clear(&check.failures);
	return COORD_OK;
}

/* The evidence chain: where it breaks is told, and is the last line unless a value can be named that was changed. */
static void
prove(struct verification *v)
{
	struct services_proof proof;

	if (services_prove(v->document, &proof, &v->broken) != COORD_OK)
		tell(v, "chain", "%s", v->broken.what);
	else if (proof.present)
		tell(v, "chain", "%zu links and %zu answers from outside hold", proof.links,
		    proof.answers);
}

/* The first statement that does not hold, when nothing worse was found. */
static const char *
failure_told(struct verification *v)
{
	return strstr(buf_cstr(&v->told), "do not hold") != NULL ? "the document does not hold "
								   "together, see above"
								 : NULL;
}

static const char *
file_named(const struct report_recall *recall, const char *role)
{
	for (size_t i = 0; i < recall->n_files; i++)
		if (strcmp(recall->files[i].role, role) == 0)
			return recall->files[i].path;
	return NULL;
}

/* The lists of a role that the document names, unless some were given. */
static bool
take_lists(struct verification *v, const char *role, struct text_list *list)
{
	const struct report_recall *r = &v->recall;

	if (list->n > 0)
		return true;
	list->items = ARENA_ARRAY(r->arena, r->n_files, const char *);
	for (size_t i = 0; list->items != NULL && i < r->n_files; i++) {
		const char *path = r->files[i].path;

		if (strcmp(r->files[i].role, role) != 0)
			continue;
		if (access(analysis_list_path(role, path), R_OK) != 0) {
			conclude(v, false,
			    "not repeated: the list that the result names is not at %s: give it "
			    "with --%s",
			    path, strcmp(role, "tools") == 0 ? "database" : role);
			return false;
		}
		list->items[list->n++] = path;
	}
	return list->items != NULL;
}

/* The document's settings, but for the files and logs given here. False: it cannot be repeated with what is here. */
static bool
take_settings(struct verification *v)
{
	const struct report_recall *r = &v->recall;
	struct {
		const char *role;
		const char **at;
	} files[] = { { "reference", &v->settings.reference }, { "model", &v->settings.model },
		{ "asn", &v->settings.asn }, { "null-table", &v->settings.null_table } };

	v->settings = *v->given;
	v->settings.operands.items++;
	v->settings.operands.n--;
	v->settings.input_format = r->options.format;
	v->settings.from_us = r->options.from_us;
	v->settings.to_us = r->options.to_us;
	v->settings.year = (uint64_t)r->options.year;
	v->settings.zone_us = r->options.zone_us;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *named = file_named(r, files[i].role);

		if (*files[i].at != NULL || named == NULL)
			continue;
		if (access(named, R_OK) != 0) {
			conclude(v, false,
			    "not repeated: the %s that the result names is not at %s: give it with "
			    "--%s FILE",
			    files[i].role, named, files[i].role);
			return false;
		}
		*files[i].at = named;
	}
	return take_lists(v, "tools", &v->settings.databases) &&
	       take_lists(v, "public-artefacts", &v->settings.public_artefacts) &&
	       take_lists(v, "scanners", &v->settings.scanners) &&
	       take_lists(v, "feed", &v->settings.feeds);
}

static bool
same_program(struct verification *v)
{
	const char *version = v->recall.version != NULL ? v->recall.version : "unknown";

	tell(v, "program", "made by coord %s; this is coord %s", version, COORD_VERSION);
	return strcmp(version, COORD_VERSION) == 0;
}

/* The paths that the document names, as if they had been given. */
static bool
take_paths(struct verification *v)
{
	const struct report_recall *r = &v->recall;
	const char **items = ARENA_ARRAY(r->arena, 2 * r->n_sources + 1, const char *);
	struct text_list *operands = &v->settings.operands, *sensors = &v->settings.sensors;

	if (r->n_sources == 0 || items == NULL) {
		conclude(v, false,
		    "not repeated: the result has no sessions in it and names no logs: give them");
		return false;
	}
	*operands = (struct text_list){ items, 0 };
	*sensors = (struct text_list){ items + r->n_sources, 0 };
	for (size_t i = 0; i < r->n_sources; i++) {
		const struct ingest_source *s = &r->sources[i];

		if (strcmp(s->path, "-") == 0 ||
		    (strpbrk(s->path, "*?[") == NULL && access(s->path, R_OK) != 0)) {
			conclude(v, false,
			    "not repeated: the logs that the result names are not at %s: give them",
			    s->path);
			return false;
		}
		if (s->sensor == NULL)
			operands->items[operands->n++] = s->path;
		else
			sensors->items[sensors->n++] =
			    arena_printf(v->recall.arena, "%s=%s", s->sensor, s->path);
	}
	return true;
}

static bool
read_embedded(struct verification *v, struct coord_error *err)
{
	struct buf records = BUF_INIT(document_most);
	enum coord_err rc = report_embedded(v->document, &records, err);

	if (rc == COORD_OK)
		rc = embedded_read(
		    buf_sv(&records), (unsigned)v->settings.threads, &v->input.table, err);
	buf_clear(&records);
	v->from_document = true;
	if (rc != COORD_OK)
		conclude(v, false, "not repeated: %s", err->what);
	return rc == COORD_OK;
}

/* Logs given, else the sessions inside, else the paths named. */
static bool
read_sessions(struct verification *v, struct coord_error *err)
{
	bool given = v->settings.operands.n > 0 || v->settings.sensors.n > 0;
	char hash[65];
	enum cli_status status;

	if (!given && v->recall.embedded) {
		if (!read_embedded(v, err))
			return false;
	} else {
		if (!given && !take_paths(v))
			return false;
		status = input_read(v->self, &v->settings, &v->input);
		if (status != STATUS_DONE && status != STATUS_REFUSED) {
			conclude(v, false, "not repeated: the logs could not be read");
			return false;
		}
	}
	hex_of(v->input.table.input_sha256, 32, hash);
	tell(v, "input", "%u sessions %s, SHA-256 %.16s...", v->input.table.n,
	    v->from_document ? "from the result itself"
	    : given          ? "from the logs given"
			     : "from the logs that the result names",
	    hash);
	if (strcmp(hash, v->recall.input_sha256) != 0)
		conclude(v, false,
		    "different: /provenance/input_sha256: other input: the result says %s, these "
		    "sessions are %s",
		    v->recall.input_sha256, hash);
	return strcmp(hash, v->recall.input_sha256) == 0;
}

static const char *
hash_named(const struct report_file *files, size_t n, const char *role, size_t at)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(files[i].role, role) == 0 && at-- == 0)
			return files[i].sha256;
	return NULL;
}

/* How many of the files before `i` have its role. */
static size_t
rank_of(const struct report_file *files, size_t i)
{
	size_t rank = 0;

	for (size_t j = 0; j < i; j++)
		rank += strcmp(files[j].role, files[i].role) == 0;
	return rank;
}

/* Every file on either side has its equal on the other. */
static bool
same_files(struct verification *v, const struct report_file *a, size_t n_a,
    const struct report_file *b, size_t n_b, bool named_first)
{
	for (size_t i = 0; i < n_a; i++) {
		const char *other = hash_named(b, n_b, a[i].role, rank_of(a, i));

		if (other != NULL && strcmp(other, a[i].sha256) == 0)
			continue;
		conclude(v, false,
		    "different: /provenance/files: other %s: the result says %s, here it is %s",
		    a[i].role,
		    named_first     ? a[i].sha256
		    : other != NULL ? other
				    : "none",
		    named_first ? (other != NULL ? other : "none") : a[i].sha256);
		return false;
	}
	return true;
}

static bool
open_files(struct verification *v)
{
	const struct report_recall *r = &v->recall;
	const char *here;

	if (analysis_open(v->self, &v->settings, &v->analysis) != STATUS_DONE) {
		conclude(v, false, "not repeated: a file beside the logs could not be opened");
		return false;
	}
	here = v->analysis.files->reference != NULL ? reference_hash(v->analysis.files->reference)
						    : "batch";
	if (strcmp(here, r->reference) != 0) {
		conclude(v, false,
		    "different: /provenance/reference: other reference: the result says %s, here "
		    "it "
		    "is %s%s",
		    r->reference, here,
		    strcmp(here, "batch") == 0 ? " (none was given: --reference FILE)" : "");
		return false;
	}
	for (size_t i = 0; i < v->analysis.files->n_named; i++)
		tell(v, v->analysis.files->named[i].role, "%s, SHA-256 %.16s...",
		    v->analysis.files->named[i].path, v->analysis.files->named[i].sha256);
	return same_files(v, r->files, r->n_files, v->analysis.files->named,
		   v->analysis.files->n_named, true) &&
	       same_files(v, v->analysis.files->named, v->analysis.files->n_named, r->files,
		   r->n_files, false);
}

/* Settings that change the answer come from the document and from nowhere else. */
static void
take_config(struct verification *v)
{
	struct detect_config *to = &v->analysis.config;
	const struct detect_config *from = &v->recall.config;

	to->depth = from->depth;
	to->group = from->group;
	to->selected_by = from->selected_by;
	to->worlds = from->worlds;
	to->draws_most = from->draws_most;
	to->fdr = from->fdr;
	to->prior = from->prior;
	to->seed = from->seed;
	to->decoordinate = from->decoordinate;
}

static enum coord_err
compare(struct verification *v, const struct buf *again, bool same_version, struct coord_error *err)
{
	const char *skip[16] = { "/sessions", "/input/paths", "/input/refused_records/*/file",
		"/provenance/files/*/path", "/provenance/lists/*/name" };
	struct report_difference d;
	size_t n = 5;

	/* of other steps than the engine: the chain proves them, and nothing of them moved a number */
	skip[n++] = "/campaigns/*/external";
	skip[n++] = "/answers";
	skip[n++] = "/provider_status";
	skip[n++] = "/narrative";
	skip[n++] = "/workflow";
	skip[n++] = "/evidence_chain";

	if (v->from_document)
		skip[n++] = "/input"; /* what was read and refused is not in the sessions */
	if (!same_version) {
		skip[n++] = "/analysis_id";
		skip[n++] = "/provenance/version";
	}
	TRY(report_compare(v->document, buf_sv(again), skip, &d, err));
	tell(v, "repeated", "%llu values compared%s", (unsigned long long)d.compared,
	    v->from_document ? "; not compared: /input, how the logs were read" : "");
	if (d.found)
		conclude(v, false, "different: %s: the result says %s, the repetition %s", d.path,
		    d.first, d.second);
	else if (failure_told(v) != NULL)
		conclude(v, false, "different: %s", failure_told(v));
	else if (v->broken.code != COORD_OK)
		conclude(v, false, "different: /evidence_chain: %s", v->broken.what);
	else if (!same_version)
		conclude(v, false,
		    "different: /provenance/version: made by another version; all else is "
		    "identical");
	else
		conclude(v, true, "identical");
	return COORD_OK;
}

static enum coord_err
repeat(struct verification *v, bool same_version, struct coord_error *err)
{
	bool derived_id = strlen(v->recall.analysis_id) == 36 && v->recall.analysis_id[14] == '5';
	struct buf again = BUF_INIT(document_most);
	struct detect_result result;
	struct report_input in = { .table = &v->input.table,
		.result = &result,
		.ingest = v->from_document ? NULL : &v->input.report,
		.analysis_id = derived_id ? NULL : v->recall.analysis_id,
		.version = COORD_VERSION,
		.enrichment_applied = v->recall.enrichment_applied,
		.options = &v->recall.options,
		.files = v->analysis.files->named,
		.n_files = v->analysis.files->n_named };
	enum coord_err rc;

	if (analysis_run(v->self, &v->settings, &v->analysis, &v->input.table, v->recall.answers,
		&result) != STATUS_DONE) {
		conclude(v, false, "not repeated: the analysis failed");
		return COORD_OK;
	}
	rc = report_json(&in, &again, err);
	if (rc == COORD_OK)
		rc = compare(v, &again, same_version, err);
	buf_clear(&again);
	detect_result_clear(&result);
	return rc;
}

static enum coord_err
verify(struct verification *v, struct coord_error *err)
{
	bool same_version;

	TRY(check_document(v, err));
	prove(v);
	TRY(report_recall(v->document, &v->recall, err));
	same_version = same_program(v);
	if (v->given->document_only) {
		if (failure_told(v) != NULL)
			conclude(v, false, "different: %s", failure_told(v));
		if (v->broken.code != COORD_OK)
			conclude(v, false, "different: /evidence_chain: %s", v->broken.what);
		conclude(v, true, "the document holds together; nothing was repeated");
		return COORD_OK;
	}
	if (!take_settings(v) || !read_sessions(v, err) || !open_files(v))
		return COORD_OK;
	take_config(v);
	return repeat(v, same_version, err);
}

static enum cli_status
write_account(struct verification *v)
{
	struct buf out = BUF_INIT(1 << 20);
	enum cli_status status;

	if (!v->given->quiet)
		buf_add_sv(&out, buf_sv(&v->told));
	buf_add_sv(&out, buf_sv(&v->last));
	status = output_whole(v->self, v->given->output, &out);
	buf_clear(&out);
	return status;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct buf document = BUF_INIT(document_most);
	struct verification v = { .self = self,
		.given = settings,
		.told = BUF_INIT(1 << 18),
		.last = BUF_INIT(1 << 14) };
	struct coord_error err;
	enum cli_status status = STATUS_DONE;
	enum coord_err rc = file_read_whole(settings->operands.items[0], &document, &err);

	v.document = buf_sv(&document);
	if (rc == COORD_OK)
		rc = verify(&v, &err);
	status = rc != COORD_OK ? complain_error(self, &err) : write_account(&v);
	if (status == STATUS_DONE && !v.identical)
		status = STATUS_FAILED;
	analysis_close(&v.analysis);
	input_clear(&v.input);
	report_recall_clear(&v.recall);
	buf_clear(&v.last);
	buf_clear(&v.told);
	buf_clear(&document);
	return status;
}

const struct command command_verify = {
	.name = "verify",
	.operands = "RESULT.json [LOGS...]",
	.operands_least = 1,
	.operands_most = OPERANDS_ANY,
	.operands_are_files = true,
	.title = "Check a result, and repeat its analysis",
	.about =
	    "Checks what the document alone can prove (ledgers that add up to the confidence, "
	    "verdicts that follow the thresholds, counts, order, hashes), then runs the "
	    "analysis again with the configuration that it names, and compares every value. "
	    "The sessions come from LOGS, from the result itself (analyze "
	    "--self-contained), or from the paths that it names.\n\nThe last line is "
	    "\"identical\" (exit status 0), or the first difference as a JSON pointer with both "
	    "values, or what is missing for a repetition (exit status 1).",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
