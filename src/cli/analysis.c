/* analysis.c - see analysis.h. */
#include "cli/analysis.h"

#include "cli/lists.h"
#include "cli/model_file.h"
#include "cli/progress.h"

static const size_t file_most = (size_t)4 << 30;

/* Names a file in the document by what it is for and by its SHA-256 (NULL: of its bytes). */
static enum coord_err
note_file(struct analysis *a, const char *role, const char *path, const char *sha256,
    struct coord_error *err)
{
	struct buf content = BUF_INIT(file_most);
	uint8_t sha[32];
	char *hash;

	if (a->n_files == ANALYSIS_FILES_MOST)
		return error_set(err, COORD_ELIMIT, "more than %d files beside the logs",
		    (int)ANALYSIS_FILES_MOST);
	hash = a->hashes[a->n_files];
	if (sha256 == NULL) {
		enum coord_err rc = file_read_whole(path, &content, err);

		sha256_of(content.data, content.len, sha);
		buf_clear(&content);
		if (rc != COORD_OK)
			return rc;
		hex_of(sha, sizeof(sha), hash);
	} else {
		memcpy(hash, sha256, strlen(sha256) < 65 ? strlen(sha256) : 64);
	}
	a->files[a->n_files++] = (struct report_file){ role, path, hash };
	return COORD_OK;
}

static enum coord_err
open_files(const struct settings *settings, struct analysis *a, struct coord_error *err)
{
	if (settings->reference != NULL) {
		TRY(reference_open(settings->reference, &a->reference, err));
		TRY(note_file(
		    a, "reference", settings->reference, reference_hash(a->reference), err));
	}
	if (settings->null_table != NULL) {
		TRY(null_table_open(settings->null_table, &a->null_table, err));
		TRY(note_file(
		    a, "null-table", settings->null_table, null_table_hash(a->null_table), err));
	}
	if (settings->asn != NULL) {
		TRY(asn_open(settings->asn, &a->asn, err));
		TRY(note_file(a, "asn", settings->asn, NULL, err));
	}
	if (settings->model != NULL) {
		TRY(model_file_open(settings->model, &a->model, err));
		TRY(note_file(a, "model", settings->model, NULL, err));
	}
	return COORD_OK;
}

/* The users' lists, in the order of the options. A feed is NAME=FILE. */
static enum coord_err
note_lists(const struct settings *settings, struct analysis *a, struct coord_error *err)
{
	const struct {
		const char *role;
		const struct text_list *list;
	} given[] = { { "public-artefacts", &settings->public_artefacts },
		{ "scanners", &settings->scanners }, { "feed", &settings->feeds } };

	for (size_t g = 0; g < sizeof(given) / sizeof(given[0]); g++)
		for (size_t i = 0; i < given[g].list->n; i++) {
			TRY(note_file(a, given[g].role,
			    analysis_list_path(given[g].role, given[g].list->items[i]), NULL, err));
			a->files[a->n_files - 1].path = given[g].list->items[i];
		}
	return COORD_OK;
}

const char *
analysis_list_path(const char *role, const char *text)
{
	const char *equals = strcmp(role, "feed") == 0 ? strchr(text, '=') : NULL;

	return equals == NULL ? text : equals + 1;
}

enum cli_status
analysis_open(
    const struct command *command, const struct settings *settings, struct analysis *analysis)
{
	struct coord_error err;

	*analysis = (struct analysis){ .config = { .depth = (enum detect_depth)settings->depth,
					   .group = settings->group,
					   .selected_by = settings->selected_by,
					   .worlds = (uint32_t)settings->worlds,
					   .threads = (unsigned)settings->threads,
					   .seed = settings->seed,
					   .decoordinate = (uint32_t)settings->decoordinate } };
	if (open_files(settings, analysis, &err) != COORD_OK)
		return complain_error(command, &err);
	if (analysis->asn != NULL) {
		analysis->config.asn_of = asn_of;
		analysis->config.asn_context = analysis->asn;
	}
	analysis->config.model = analysis->model;
	analysis->config.null_table = analysis->null_table;
	if (lists_read(command, settings, &analysis->knowledge) != STATUS_DONE)
		return STATUS_FAILED;
	if (note_lists(settings, analysis, &err) != COORD_OK)
		return complain_error(command, &err);
	analysis->config.knowledge = analysis->knowledge;
	return STATUS_DONE;
}

enum cli_status
analysis_run(const struct command *command, const struct settings *settings,
    struct analysis *analysis, const struct session_table *table, struct detect_result *ret)
{
	struct progress progress;
	struct coord_error err;
	enum coord_err rc;

	progress_start(&progress, !settings->quiet);
	if (progress.enabled) {
		analysis->config.progress = progress_stage;
		analysis->config.progress_context = &progress;
	}
	rc = detect_run(table, analysis->reference, &analysis->config, ret, &err);
	progress_end(&progress);
	return rc == COORD_OK ? STATUS_DONE : complain_error(command, &err);
}

void
analysis_close(struct analysis *analysis)
{
	detect_knowledge_free(analysis->knowledge);
	detect_model_free(analysis->model);
	asn_close(analysis->asn);
	null_table_close(analysis->null_table);
	reference_close(analysis->reference);
	analysis->knowledge = NULL;
	analysis->model = NULL;
	analysis->asn = NULL;
	analysis->null_table = NULL;
	analysis->reference = NULL;
}
