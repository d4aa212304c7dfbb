/* files.c - what analyses rest on beside their sessions. Lists and model are parsed here once: parsing them for each analysis would cost more than a small
 * analysis itself. A document names each file by what it is for and by its SHA-256. */
#include <stdlib.h>

#include "services/services.h"

static const size_t model_most = (size_t)16 << 20, list_most = (size_t)256 << 20,
		    named_most = (size_t)4 << 30;

struct services_kept_list {
	enum detect_list_kind kind;
	const char *name;
	struct sv text;
};

struct opening {
	const struct services_paths *paths;
	struct services_files *files;
	struct coord_error *err;
};

static bool
is_named(const char *path)
{
	return path != NULL && path[0] != 0;
}

static enum coord_err
note(struct opening *o, const char *role, const char *path, const char *sha256)
{
	struct services_files *files = o->files;
	const char *slash = o->paths->base_names ? strrchr(path, '/') : NULL;
	const char *name = arena_strdup(files->arena, sv_from(slash == NULL ? path : slash + 1));
	char *hash;

	if (name == NULL)
		return error_set(o->err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	if (files->n_named == SERVICES_FILES_MOST)
		return error_set(o->err, COORD_ELIMIT, "more than %d files beside the logs",
		    (int)SERVICES_FILES_MOST);
	hash = files->hashes[files->n_named];
	memcpy(hash, sha256, strlen(sha256) < 64 ? strlen(sha256) : 64);
	files->named[files->n_named++] = (struct report_file){ role, name, hash };
	return COORD_OK;
}

static enum coord_err
note_bytes(struct opening *o, const char *role, const char *path, struct sv content)
{
	uint8_t sha[32];
	char hash[65];

	sha256_of(content.data, content.len, sha);
	hex_of(sha, sizeof(sha), hash);
	return note(o, role, path, hash);
}

/* The file's own bytes name it. */
static enum coord_err
note_content(struct opening *o, const char *role, const char *path)
{
	CLEANUP(buf_clear) struct buf content = BUF_INIT(named_most);

	TRY(file_read_whole(path, &content, o->err));
	return note_bytes(o, role, path, buf_sv(&content));
}

static enum coord_err
open_model(struct opening *o)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(model_most);
	const char *path = o->paths->model;

	if (!is_named(path))
		return detect_model_parse(detect_model_builtin(), &o->files->model, o->err);
	TRY(file_read_whole(path, &text, o->err));
	TRY(detect_model_parse(buf_sv(&text), &o->files->model, o->err));
	return note_bytes(o, "model", path, buf_sv(&text));
}

const char *
services_list_path(const struct services_list *list)
{
	const char *equals = list->kind == LIST_FEED ? strchr(list->text, '=') : NULL;

	return equals == NULL ? list->text : equals + 1;
}

static enum coord_err
keep_list(struct opening *o, const struct services_list *list, struct sv text)
{
	struct services_files *files = o->files;
	const char *name = arena_strdup(files->arena, sv_from(list->text)),
		   *copy = arena_strdup(files->arena, text);

	if (files->lists == NULL)
		files->lists =
		    ARENA_ARRAY(files->arena, SERVICES_FILES_MOST, struct services_kept_list);
	if (files->lists == NULL || name == NULL || copy == NULL)
		return error_set(o->err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	if (files->n_lists == SERVICES_FILES_MOST)
		return error_set(
		    o->err, COORD_ELIMIT, "more than %d lists", (int)SERVICES_FILES_MOST);
	files->lists[files->n_lists++] =
	    (struct services_kept_list){ list->kind, name, { copy, text.len } };
	return COORD_OK;
}

/* Lists in the order given, which is that of the result's `lists`. */
static enum coord_err
open_list(struct opening *o, const struct services_list *list)
{
	static const char *const roles[] = { [LIST_PUBLIC_ARTEFACTS] = "public-artefacts",
		[LIST_SCANNERS] = "scanners",
		[LIST_FEED] = "feed" };
	CLEANUP(buf_clear) struct buf text = BUF_INIT(list_most);

	TRY(file_read_whole(services_list_path(list), &text, o->err));
	TRY(detect_knowledge_add(
	    o->files->knowledge, list->kind, list->text, buf_sv(&text), o->err));
	TRY(keep_list(o, list, buf_sv(&text)));
	return note_bytes(o, roles[list->kind], list->text, buf_sv(&text));
}

enum coord_err
services_knowledge(
    const struct services_files *files, struct knowledge **ret, struct coord_error *err)
{
	enum coord_err rc = detect_knowledge_new(ret, err);

	for (size_t i = 0; rc == COORD_OK && i < files->n_lists; i++)
		rc = detect_knowledge_add(
		    *ret, files->lists[i].kind, files->lists[i].name, files->lists[i].text, err);
	if (rc != COORD_OK && *ret != NULL) {
		detect_knowledge_free(*ret);
		*ret = NULL;
	}
	return rc;
}

/* The lists of one kind that lie beside the databases. */
static enum coord_err
open_beside(struct opening *o, enum detect_list_kind kind)
{
	const struct tools_file *file;

	for (size_t i = 0;
	     o->files->offline != NULL && (file = tools_offline_file(o->files->offline, i)) != NULL;
	     i++) {
		struct services_list list = { kind, file->path };

		if (file->kind != (kind == LIST_FEED ? TOOLS_FEED : TOOLS_SCANNERS))
			continue;
		if (kind == LIST_FEED)
			list.text = arena_printf(o->files->arena, "%s=%s", file->name, file->path);
		if (list.text == NULL)
			return error_set(o->err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
		TRY(open_list(o, &list));
	}
	return COORD_OK;
}

/* By kind, of a kind those given first: whoever repeats an analysis has them all as given, in this order. */
static enum coord_err
open_lists(struct opening *o)
{
	static const enum detect_list_kind kinds[] = { LIST_PUBLIC_ARTEFACTS, LIST_SCANNERS,
		LIST_FEED };

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (size_t i = 0; i < o->paths->n_lists; i++)
			if (o->paths->lists[i].kind == kinds[k])
				TRY(open_list(o, &o->paths->lists[i]));
		if (kinds[k] != LIST_PUBLIC_ARTEFACTS)
			TRY(open_beside(o, kinds[k]));
	}
	return COORD_OK;
}

static enum coord_err
open_offline(struct opening *o)
{
	const struct services_paths *paths = o->paths;
	struct tools_offline_options options = {
		.folder = is_named(paths->tools_folder) ? paths->tools_folder : NULL,
		.files = paths->tools_files,
		.n_files = paths->n_tools_files,
		.system = paths->tools_system
	};
	const struct tools_file *file;

	if (options.folder == NULL && options.n_files == 0 && !options.system)
		return COORD_OK;
	TRY(tools_offline_open(&options, &o->files->offline, o->err));
	for (size_t i = 0; (file = tools_offline_file(o->files->offline, i)) != NULL; i++)
		if (file->kind == TOOLS_DATABASE)
			TRY(note(o, "tools", file->path, file->sha256));
	return COORD_OK;
}

static enum coord_err
open_background(struct opening *o)
{
	const struct services_paths *paths = o->paths;
	struct services_files *files = o->files;

	if (is_named(paths->reference)) {
		TRY(reference_open(paths->reference, &files->reference, o->err));
		TRY(note(o, "reference", paths->reference, reference_hash(files->reference)));
	}
	if (is_named(paths->null_table)) {
		TRY(null_table_open(paths->null_table, &files->null_table, o->err));
		TRY(note(o, "null-table", paths->null_table, null_table_hash(files->null_table)));
	}
	return COORD_OK;
}

static enum coord_err
open_all(struct opening *o)
{
	const struct services_paths *paths = o->paths;

	TRY(open_background(o));
	if (is_named(paths->asn)) {
		TRY(asn_open(paths->asn, &o->files->asn, o->err));
		TRY(note_content(o, "asn", paths->asn));
	}
	TRY(open_model(o));
	TRY(detect_knowledge_new(&o->files->knowledge, o->err));
	TRY(open_offline(o));
	return open_lists(o);
}

enum coord_err
services_files_open(
    const struct services_paths *paths, struct services_files **ret, struct coord_error *err)
{
	struct opening o = { .paths = paths, .files = calloc(1, sizeof(*o.files)), .err = err };
	enum coord_err rc;

	if (o.files == NULL || (o.files->arena = arena_new(0)) == NULL) {
		free(o.files);
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	}
	rc = open_all(&o);
	if (rc != COORD_OK) {
		services_files_close(o.files);
		return rc;
	}
	*ret = o.files;
	return COORD_OK;
}

void
services_files_close(struct services_files *files)
{
	if (files == NULL)
		return;
	detect_knowledge_free(files->knowledge);
	detect_model_free(files->model);
	tools_offline_close(files->offline);
	asn_close(files->asn);
	null_table_close(files->null_table);
	reference_close(files->reference);
	arena_free(files->arena);
	free(files);
}

void
services_files_use(const struct services_files *files, struct detect_config *config)
{
	config->model = files->model;
	config->null_table = files->null_table;
	config->knowledge = files->knowledge;
	if (files->offline != NULL && (tools_offline_data(files->offline) & TOOLS_ASN) != 0) {
		config->asn_of = tools_offline_asn;
		config->asn_context = files->offline;
	}
	if (files->offline != NULL && (tools_offline_data(files->offline) & TOOLS_COUNTRY) != 0) {
		config->country_of = tools_offline_country;
		config->country_context = files->offline;
	}
	if (files->asn != NULL) {
		config->asn_of = asn_of;
		config->asn_context = files->asn;
	}
}
