/* parts.c - a large plain file of JSON lines is cut into parts, so that several threads may read it. Which line belongs
 * to which part leaves no trace: a part begins and ends with whole lines, and refusals are numbered by the file's
 * lines (report.c). Compressed files, JSON documents and tables with a header are read as one. */
#include "ingest/split.h"

#include <stdlib.h>

enum { HEAD_LEN = 64 * 1024, PARTS_A_THREAD = 4 };

static const uint64_t part_least = UINT64_C(4) * 1024 * 1024;

static bool
holds_json_lines(const char *path)
{
	CLEANUP(source_close_in) struct source *source = NULL;
	char *head = malloc(HEAD_LEN);
	size_t len = 0;
	bool yes;

	if (head == NULL || source_open(path, &source, NULL) != COORD_OK ||
	    source_read(source, head, HEAD_LEN, &len, NULL) != COORD_OK) {
		free(head);
		return false;
	}
	yes = source_is_plain(source) && len > 0 && head[0] == '{' &&
	      !documents_begin((struct sv){ head, len });
	free(head);
	return yes;
}

static enum coord_err
add_part(struct file_list *list, const struct ingest_file *whole, uint64_t from, uint64_t to,
    struct coord_error *err)
{
	struct ingest_file *part;

	TRY(file_list_add(
	    list, whole->path, whole->sensor, (to == UINT64_MAX ? whole->size : to) - from, err));
	part = &list->files[list->n - 1];
	part->year = whole->year;
	part->year_from = whole->year_from;
	part->is_part = from > 0 || to != UINT64_MAX;
	part->from = from;
	part->to = to;
	return COORD_OK;
}

static enum coord_err
cut_file(struct file_list *list, const struct ingest_file *whole, unsigned threads,
    struct coord_error *err)
{
	uint64_t most = (uint64_t)threads * PARTS_A_THREAD, n = whole->size / part_least;

	if (n > most)
		n = most;
	if (threads < 2 || n < 2 || !holds_json_lines(whole->path))
		return add_part(list, whole, 0, UINT64_MAX, err);
	for (uint64_t i = 0; i < n; i++)
		TRY(add_part(list, whole, whole->size / n * i,
		    i + 1 == n ? UINT64_MAX : whole->size / n * (i + 1), err));
	return COORD_OK;
}

enum coord_err
file_list_cut(struct file_list *list, unsigned threads, struct coord_error *err)
{
	struct file_list parts = { 0 };

	for (size_t i = 0; i < list->n; i++) {
		enum coord_err rc = cut_file(&parts, &list->files[i], threads, err);

		if (rc != COORD_OK) {
			file_list_clear(&parts);
			return rc;
		}
	}
	file_list_clear(list);
	*list = parts;
	return COORD_OK;
}
