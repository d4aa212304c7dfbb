/* offline.c - the files as a whole: what is opened in which order, and who is asked for what. Each thing is taken from the
 * first file that knows it, so one address may have its AS from one file and its country from another. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/offline/manifest.h"
#include "tools/offline/routes.h"

enum { SOURCES_MOST = 64, NAMES_MOST = 4096 };

static const char system_database[] = "/var/lib/location/database.db";

static const struct source_kind *const kinds[] = { &source_location, &source_mmdb, &source_cache,
	&source_dump };

struct source {
	const struct source_kind *kind;
	void *opened;
	struct mapped file;
	unsigned data;
};

struct tools_offline {
	struct arena *arena;
	struct source sources[SOURCES_MOST];
	size_t n_sources;
	struct tools_file *files;
	size_t n_files;
	unsigned data;
};

static enum coord_err
full(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
}

static const struct source_kind *
kind_of(const struct mapped *file)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i]->recognise(file))
			return kinds[i];
	return NULL;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static enum coord_err
open_mapped(
    struct tools_offline *offline, const char *path, struct source *source, struct coord_error *err)
{
	struct tools_file *told = &offline->files[offline->n_files];
	uint8_t sha[32];

	source->kind = kind_of(&source->file);
	if (source->kind == NULL)
		return error_set(err, COORD_EPARSE,
		    "%s: no database that is known here (.mmdb, pfx2as, MRT table dump, routes, "
		    "IPFire "
		    "location database)",
		    path);
	*told = (struct tools_file){ .kind = TOOLS_DATABASE,
		.path = arena_strdup(offline->arena, sv_from(path)) };
	if (told->path == NULL)
		return full(err);
	told->name = base_name(told->path);
	TRY(source->kind->open(path, &source->file, told, &source->opened, err));
	sha256_of(source->file.data, source->file.len, sha);
	hex_of(sha, sizeof(sha), told->sha256);
	source->data = told->data;
	return COORD_OK;
}

static enum coord_err
open_one(struct tools_offline *offline, const char *path, struct coord_error *err)
{
	struct source *source = &offline->sources[offline->n_sources];
	enum coord_err rc;

	if (offline->n_sources == SOURCES_MOST)
		return error_set(
		    err, COORD_ELIMIT, "%s: more than %d databases", path, SOURCES_MOST);
	TRY(mapped_open(path, &source->file, err));
	rc = open_mapped(offline, path, source, err);
	if (rc != COORD_OK) {
		mapped_close(&source->file);
		return rc;
	}
	offline->data |= source->data;
	offline->n_sources++;
	offline->n_files++;
	return COORD_OK;
}

/* --- a folder -------------------------------------------------------------------------------------------------------- */

struct names {
	const char *all[NAMES_MOST];
	size_t n;
};

static int
name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
is_dump_name(struct sv name)
{
	struct sv plain = name;

	if (sv_ends(name, SV(".gz")))
		plain = sv_first(name, name.len - 3);
	else if (sv_ends(name, SV(".bz2")))
		plain = sv_first(name, name.len - 4);
	/* RouteViews names its dumps rib.20260101.0000.bz2, RIPE RIS bview.20260101.0000.gz */
	return sv_ends(plain, SV(".pfx2as")) || sv_ends(plain, SV(".mrt")) ||
	       (plain.len < name.len &&
		   (sv_starts(name, SV("rib.")) || sv_starts(name, SV("bview."))));
}

static bool
is_database_name(struct sv name)
{
	return sv_ends(name, SV(".mmdb")) || sv_ends(name, SV(".db")) ||
	       sv_ends(name, SV(".routes")) || is_dump_name(name);
}

static enum coord_err
list_folder(const char *folder, struct arena *arena, struct names *ret, struct coord_error *err)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	enum coord_err rc = COORD_OK;

	if (dir == NULL)
		return error_set(err, COORD_EIO, "cannot read %s: %s", folder, strerror(errno));
	while (rc == COORD_OK && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || !is_database_name(sv_from(entry->d_name)))
			continue;
		if (ret->n == NAMES_MOST)
			rc = error_set(
			    err, COORD_ELIMIT, "%s: more than %d files", folder, NAMES_MOST);
		else if ((ret->all[ret->n++] =
				 arena_printf(arena, "%s/%s", folder, entry->d_name)) == NULL)
			rc = full(err);
	}
	(void)closedir(dir);
	if (rc == COORD_OK && ret->n > 0)
		qsort(ret->all, ret->n, sizeof(ret->all[0]), name_order);
	return rc;
}

static enum coord_err
open_folder(struct tools_offline *offline, const char *folder, struct coord_error *err)
{
	struct names *names = ARENA_NEW(offline->arena, struct names);
	bool built = false; /* from the dumps that lie beside it */

	if (names == NULL)
		return full(err);
	TRY(list_folder(folder, offline->arena, names, err));
	for (size_t i = 0; i < names->n; i++)
		built = built || sv_ends(sv_from(names->all[i]), SV(".routes"));
	for (size_t i = 0; i < names->n; i++)
		if (!built || !is_dump_name(sv_from(base_name(names->all[i]))))
			TRY(open_one(offline, names->all[i], err));
	return COORD_OK;
}

/* Scanners in front of feeds, as the lists of the command line go. */
static int
feed_order(const void *a, const void *b)
{
	const struct tools_feed *x = a, *y = b;
	static const int rank[] = { [TOOLS_SCANNERS] = 0, [TOOLS_FEED] = 1, [TOOLS_DATABASE] = 2 };

	if (x->kind != y->kind)
		return rank[x->kind] < rank[y->kind] ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* A list that lies there: who wants it reads it. */
static enum coord_err
note_list(struct tools_offline *offline, const struct tools_feed *feed, const char *path,
    struct coord_error *err)
{
	struct tools_file *told = &offline->files[offline->n_files];
	struct mapped file = { .data = (const uint8_t *)"", .at = NULL };
	struct stat st;
	uint8_t sha[32];

	/* an empty file is an empty list */
	if (stat(path, &st) != 0 || st.st_size > 0)
		TRY(mapped_open(path, &file, err));
	*told = (struct tools_file){ .kind = feed->kind,
		.name = feed->name,
		.path = path,
		.type = feed->kind == TOOLS_FEED ? "feed" : "known scanners",
		.fetched_us = feed->fetched_us };
	sha256_of(file.data, file.len, sha);
	hex_of(sha, sizeof(sha), told->sha256);
	mapped_close(&file);
	offline->n_files++;
	return COORD_OK;
}

static enum coord_err
open_lists(struct tools_offline *offline, const char *folder, struct coord_error *err)
{
	struct tools_feed *feeds;
	size_t n;

	TRY(tools_feeds_read(folder, offline->arena, &feeds, &n, err));
	if (n > 0)
		qsort(feeds, n, sizeof(*feeds), feed_order);
	for (size_t i = 0; i < n; i++) {
		const char *path = manifest_path(offline->arena, folder, feeds[i].file);

		if (path == NULL)
			return full(err);
		for (size_t k = 0; feeds[i].kind == TOOLS_DATABASE && k < offline->n_files; k++)
			if (strcmp(offline->files[k].path, path) == 0)
				offline->files[k].fetched_us = feeds[i].fetched_us;
		/* one that was never fetched is not there yet; one that is kept by hand has to be */
		if (feeds[i].enabled && feeds[i].kind != TOOLS_DATABASE &&
		    (feeds[i].url == NULL || access(path, F_OK) == 0))
			TRY(note_list(offline, &feeds[i], path, err));
	}
	return COORD_OK;
}

/* --- the whole --------------------------------------------------------------------------------------------------------- */

static enum coord_err
open_all(struct tools_offline *offline, const struct tools_offline_options *options,
    struct coord_error *err)
{
	offline->files =
	    ARENA_ARRAY(offline->arena, SOURCES_MOST + MANIFEST_FEEDS_MOST + 1, struct tools_file);
	if (offline->files == NULL)
		return full(err);
	for (size_t i = 0; i < options->n_files; i++)
		TRY(open_one(offline, options->files[i], err));
	if (options->folder != NULL)
		TRY(open_folder(offline, options->folder, err));
	if (options->system && access(system_database, R_OK) == 0)
		TRY(open_one(offline, system_database, err));
	if (options->folder != NULL)
		TRY(open_lists(offline, options->folder, err));
	if (offline->n_files == 0 && options->folder != NULL)
		return error_set(err, COORD_ENODATA,
		    "%s: no database and no feed in this folder (coord tools update fetches what "
		    "its tools.json names)",
		    options->folder);
	return COORD_OK;
}

enum coord_err
tools_offline_open(const struct tools_offline_options *options, struct tools_offline **ret,
    struct coord_error *err)
{
	struct tools_offline *offline = calloc(1, sizeof(*offline));
	enum coord_err rc;

	if (offline == NULL || (offline->arena = arena_new(0)) == NULL) {
		free(offline);
		return full(err);
	}
	if ((rc = open_all(offline, options, err)) != COORD_OK) {
		tools_offline_close(offline);
		return rc;
	}
	*ret = offline;
	return COORD_OK;
}

void
tools_offline_close(struct tools_offline *offline)
{
	if (offline == NULL)
		return;
	for (size_t i = 0; i < offline->n_sources; i++) {
		offline->sources[i].kind->close(offline->sources[i].opened);
		mapped_close(&offline->sources[i].file);
	}
	arena_free(offline->arena);
	free(offline);
}

const struct tools_file *
tools_offline_file(const struct tools_offline *offline, size_t i)
{
	return i < offline->n_files ? &offline->files[i] : NULL;
}

unsigned
tools_offline_data(const struct tools_offline *offline)
{
	return offline->data;
}

/* A use that no file states follows from the name of the AS. */
static void
infer_use(struct tools_address *ret)
{
	if ((ret->known & TOOLS_USE) != 0 || (ret->known & TOOLS_AS_NAME) == 0)
		return;
	ret->use = tools_use_of_name(ret->as_name);
	if (ret->use != TOOLS_USE_UNKNOWN)
		ret->known |= TOOLS_USE;
}

unsigned
tools_offline_find(
    const struct tools_offline *offline, struct addr a, unsigned want, struct tools_address *ret)
{
	unsigned asked = want;

	*ret = (struct tools_address){ .latitude = NAN, .longitude = NAN };
	if (addr_is_unknown(a))
		return 0;
	if ((want & TOOLS_USE) != 0)
		asked |= TOOLS_AS_NAME;
	for (size_t i = 0; i < offline->n_sources && (asked & ~ret->known) != 0; i++) {
		const struct source *source = &offline->sources[i];
		unsigned missing = asked & ~ret->known & source->data;

		if (missing != 0)
			ret->known |= source->kind->find(source->opened, a, missing, ret);
	}
	if ((want & TOOLS_USE) != 0)
		infer_use(ret);
	ret->known &= want;
	if ((ret->known & TOOLS_AS_NAME) == 0)
		ret->as_name = SV_NONE;
	return ret->known;
}

uint32_t
tools_offline_asn(void *context, struct addr a)
{
	const struct tools_offline *offline = context;

	if (addr_is_unknown(a))
		return 0;
	for (size_t i = 0; i < offline->n_sources; i++) {
		const struct source *source = &offline->sources[i];
		struct tools_address found;
		uint32_t asn = 0;

		if ((source->data & TOOLS_ASN) == 0)
			continue;
		if (source->kind->asn != NULL)
			asn = source->kind->asn(source->opened, a);
		else if (source->kind->find(source->opened, a, TOOLS_ASN, &found) != 0)
			asn = found.asn;
		if (asn != 0)
			return asn;
	}
	return 0;
}

uint32_t
tools_offline_country(void *context, struct addr a)
{
	const struct tools_offline *offline = context;
	struct tools_address found;

	return tools_offline_find(offline, a, TOOLS_COUNTRY, &found) != 0 ? found.country : 0;
}

/* --- one database ------------------------------------------------------------------------------------------------------ */

struct asn_database {
	struct tools_offline *offline;
};

enum coord_err
asn_open(const char *path, struct asn_database **ret, struct coord_error *err)
{
	struct tools_offline_options options = { .files = &path, .n_files = 1 };
	struct asn_database *db = calloc(1, sizeof(*db));
	enum coord_err rc;

	if (db == NULL)
		return full(err);
	rc = tools_offline_open(&options, &db->offline, err);
	if (rc == COORD_OK && (tools_offline_data(db->offline) & TOOLS_ASN) == 0)
		rc = error_set(err, COORD_EPARSE,
		    "%s: a database of type \"%s\", expected one with AS numbers", path,
		    tools_offline_file(db->offline, 0)->type);
	if (rc != COORD_OK) {
		asn_close(db);
		return rc;
	}
	*ret = db;
	return COORD_OK;
}

void
asn_close(struct asn_database *db)
{
	if (db == NULL)
		return;
	tools_offline_close(db->offline);
	free(db);
}

uint32_t
asn_of(void *context, struct addr a)
{
	return tools_offline_asn(((struct asn_database *)context)->offline, a);
}
