/* files.c - see files.h. Lists and model are parsed here once: parsing them for each analysis would cost more than a small
 * analysis itself. Documents name a file by its base name and SHA-256: where the operator keeps it is nobody's business. */
#include "jobs/files.h"

#include <stdlib.h>

#include "jobs/jobs.h"

static const size_t model_most = (size_t)16 << 20, named_most = (size_t)4 << 30;

static bool
is_named(const char *path)
{
	return path != NULL && path[0] != 0;
}

static void
note(struct jobs_files *files, const char *role, const char *path, const char *sha256)
{
	const char *slash = strrchr(path, '/');
	char *hash = files->hashes[files->n_named];

	memcpy(hash, sha256, strlen(sha256) < 64 ? strlen(sha256) : 64);
	files->named[files->n_named++] =
	    (struct report_file){ role, slash == NULL ? path : slash + 1, hash };
}

/* The file's own bytes name it. */
static enum coord_err
note_content(struct jobs_files *files, const char *role, const char *path, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf content = BUF_INIT(named_most);
	uint8_t sha[32];
	char hash[65];

	TRY(file_read_whole(path, &content, err));
	sha256_of(content.data, content.len, sha);
	hex_of(sha, sizeof(sha), hash);
	note(files, role, path, hash);
	return COORD_OK;
}

static enum coord_err
open_model(const char *path, struct jobs_files *files, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(model_most);

	if (!is_named(path))
		return detect_model_parse(detect_model_builtin(), &files->model, err);
	TRY(file_read_whole(path, &text, err));
	TRY(detect_model_parse(buf_sv(&text), &files->model, err));
	return note_content(files, "model", path, err);
}

static enum coord_err
open_all(const struct config *config, struct jobs_files *files, struct coord_error *err)
{
	if (is_named(config->reference)) {
		TRY(reference_open(config->reference, &files->reference, err));
		note(files, "reference", config->reference, reference_hash(files->reference));
	}
	if (is_named(config->null_table)) {
		TRY(null_table_open(config->null_table, &files->null_table, err));
		note(files, "null-table", config->null_table, null_table_hash(files->null_table));
	}
	if (is_named(config->asn)) {
		TRY(asn_open(config->asn, &files->asn, err));
		TRY(note_content(files, "asn", config->asn, err));
	}
	TRY(open_model(config->model, files, err));
	return detect_knowledge_new(&files->knowledge, err);
}

enum coord_err
jobs_files_open(const struct config *config, struct jobs_files **ret, struct coord_error *err)
{
	struct jobs_files *files = calloc(1, sizeof(*files));
	enum coord_err rc;

	if (files == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	rc = open_all(config, files, err);
	if (rc != COORD_OK) {
		jobs_files_close(files);
		return rc;
	}
	*ret = files;
	return COORD_OK;
}

void
jobs_files_close(struct jobs_files *files)
{
	if (files == NULL)
		return;
	detect_knowledge_free(files->knowledge);
	detect_model_free(files->model);
	asn_close(files->asn);
	null_table_close(files->null_table);
	reference_close(files->reference);
	free(files);
}
