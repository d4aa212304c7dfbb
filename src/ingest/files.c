/* files.c - what the user named, as a list of files: directories are walked (hidden entries left out), patterns that
 * the shell did not expand are expanded, and all is ordered by path. */
#define _GNU_SOURCE /* fts */
#include "ingest/core.h"

#include <errno.h>
#include <fts.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum coord_err
file_list_add(struct file_list *list, const char *path, const char *sensor, uint64_t size,
    struct coord_error *err)
{
	if (list->n == list->cap) {
		size_t cap = list->cap == 0 ? 16 : list->cap * 2;
		struct ingest_file *files = realloc(list->files, cap * sizeof(*files));

		if (files == NULL)
			return error_set(err, COORD_ENOMEM, "no memory for %zu files", cap);
		list->files = files;
		list->cap = cap;
	}
	list->files[list->n] =
	    (struct ingest_file){ .path = strdup(path), .sensor = sensor, .size = size };
	if (list->files[list->n].path == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for files");
	list->n++;
	return COORD_OK;
}

void
file_list_clear(struct file_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->files[i].path);
		free(list->files[i].shown);
	}
	free(list->files);
	*list = (struct file_list){ 0 };
}

static int
order_entries(const FTSENT **x, const FTSENT **y)
{
	return strcmp((*x)->fts_name, (*y)->fts_name);
}

static enum coord_err
add_entry(
    struct file_list *list, FTS *walk, FTSENT *entry, const char *sensor, struct coord_error *err)
{
	bool hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';

	switch (entry->fts_info) {
	case FTS_D:
		if (hidden)
			(void)fts_set(walk, entry, FTS_SKIP);
		return COORD_OK;
	case FTS_F:
		if (hidden)
			return COORD_OK;
		return file_list_add(
		    list, entry->fts_path, sensor, (uint64_t)entry->fts_statp->st_size, err);
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS: /* opening it will say why */
		return file_list_add(list, entry->fts_path, sensor, 0, err);
	default:
		return COORD_OK;
	}
}

static enum coord_err
add_directory(struct file_list *list, const char *path, const char *sensor, struct coord_error *err)
{
	enum coord_err rc = COORD_OK;
	char *copy = strdup(path);
	char *roots[] = { copy, NULL };
	FTSENT *entry;
	FTS *walk;

	if (copy == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for files");
	walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, order_entries);
	if (walk == NULL)
		rc = error_set(err, COORD_EIO, "%s: %s", path, strerror(errno));
	while (rc == COORD_OK && (entry = fts_read(walk)) != NULL)
		rc = add_entry(list, walk, entry, sensor, err);
	if (walk != NULL)
		(void)fts_close(walk);
	free(copy);
	return rc;
}

static enum coord_err
add_existing(struct file_list *list, const char *path, const char *sensor, struct coord_error *err)
{
	struct stat st;

	if (strcmp(path, "-") == 0 || stat(path, &st) != 0)
		return file_list_add(list, path, sensor, 0, err);
	if (S_ISDIR(st.st_mode))
		return add_directory(list, path, sensor, err);
	return file_list_add(
	    list, path, sensor, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0, err);
}

static enum coord_err
add_source(struct file_list *list, const struct ingest_source *source, struct coord_error *err)
{
	enum coord_err rc = COORD_OK;
	glob_t found = { 0 };
	struct stat st;

	if (strcmp(source->path, "-") == 0 || stat(source->path, &st) == 0 ||
	    glob(source->path, 0, NULL, &found) != 0)
		return add_existing(list, source->path, source->sensor, err);
	for (size_t i = 0; i < found.gl_pathc && rc == COORD_OK; i++)
		rc = add_existing(list, found.gl_pathv[i], source->sensor, err);
	globfree(&found);
	return rc;
}

static int
year_of_name(const char *path)
{
	const char *name = strrchr(path, '/');

	name = name == NULL ? path : name + 1;
	for (const char *at = name; *at != '\0'; at++) {
		bool begins = at == name || at[-1] < '0' || at[-1] > '9';
		int year = 0, digits = 0;

		while (at[digits] >= '0' && at[digits] <= '9' && digits < 4)
			year = year * 10 + (at[digits++] - '0');
		/* "2022-05-07" and "20220507", not "12022" */
		if (begins && digits == 4 && year >= 1990 && year < 2100)
			return year;
	}
	return 0;
}

void
file_find_year(struct ingest_file *file, const struct ingest_options *options)
{
	struct stat st;
	struct tm tm;
	time_t when;

	file->year = options->year;
	file->year_from = "the option";
	if (file->year != 0)
		return;
	file->year = year_of_name(file->path);
	file->year_from = "the file's name";
	if (file->year != 0)
		return;
	file->year_from = "the file's time stamp";
	if (strcmp(file->path, "-") == 0 || stat(file->path, &st) != 0) {
		file->year_from = "the clock";
		when = time(NULL);
	} else {
		when = st.st_mtime;
	}
	file->year = gmtime_r(&when, &tm) == NULL ? 1970 : tm.tm_year + 1900;
}

static int
order_files(const void *x, const void *y)
{
	const struct ingest_file *a = x, *b = y;
	int c = strcmp(a->path, b->path);

	return c != 0
		   ? c
		   : strcmp(a->sensor == NULL ? "" : a->sensor, b->sensor == NULL ? "" : b->sensor);
}

enum coord_err
file_list_fill(
    struct file_list *list, const struct ingest_options *options, struct coord_error *err)
{
	for (size_t i = 0; i < options->n_sources; i++)
		TRY(add_source(list, &options->sources[i], err));
	/* a total order: files of one path and sensor are one file */
	if (list->n > 0)
		qsort(list->files, list->n, sizeof(*list->files), order_files);
	for (size_t i = 0; i < list->n; i++)
		file_find_year(&list->files[i], options);
	return COORD_OK;
}
