/* report.c - what was refused and why. Each file keeps its own counts and its first refusals, in line order, so that the
 * report is the same whichever thread read which file. */
#include "ingest/core.h"

#include <stdio.h>
#include <stdlib.h>

const char *
ingest_refusal_name(enum ingest_refusal kind)
{
	static const char *const names[] = {
#define INGEST_REFUSAL_TEXT(name, text) text,
		INGEST_REFUSALS(INGEST_REFUSAL_TEXT)
#undef INGEST_REFUSAL_TEXT
	};

	return (unsigned)kind < REFUSED_COUNT ? names[kind] : "unknown";
}

void
refuse(struct reader_ctx *ctx, enum ingest_refusal kind, uint64_t line, uint64_t byte,
    const char *format, ...)
{
	struct ingest_file *file = ctx->file;
	char what[sizeof(((struct coord_error *)NULL)->what)];
	struct ingest_refused *to;
	va_list args;

	file->refused++;
	file->refused_by_kind[kind]++;
	if (file->n_shown == INGEST_REFUSED_SHOWN)
		return;
	if (file->n_shown == file->shown_cap) {
		uint32_t cap = file->shown_cap == 0 ? 4 : file->shown_cap * 2;
		void *wider = realloc(file->shown, cap * sizeof(*file->shown));

		if (wider == NULL)
			return; /* counted, not shown */
		file->shown = wider;
		file->shown_cap = cap;
	}
	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	to = &file->shown[file->n_shown++];
	*to = (struct ingest_refused){ .kind = kind };
	(void)error_at(&to->error, COORD_EPARSE, line, byte, "%s", what);
}

/** `before`: lines of the file's earlier parts. */
static enum coord_err
gather_shown(struct ingest_report *report, const struct ingest_file *file, uint64_t before,
    struct coord_error *err)
{
	for (uint32_t i = 0; i < file->n_shown && report->n_shown < INGEST_REFUSED_SHOWN; i++) {
		struct ingest_refused *to = &report->shown[report->n_shown];

		*to = file->shown[i];
		to->error.line += to->error.line > 0 ? before : 0;
		if ((to->file = strdup(file->path)) == NULL)
			return error_set(err, COORD_ENOMEM, "no memory for the report");
		report->n_shown++;
	}
	return COORD_OK;
}

static void add_note(struct ingest_report *report, const char *format, ...) PRINTF_LIKE(2, 3);

static void
add_note(struct ingest_report *report, const char *format, ...)
{
	size_t most = sizeof(report->notes) / sizeof(report->notes[0]);
	va_list args;

	for (size_t i = 0; i < most; i++) {
		if (report->notes[i][0] != '\0')
			continue;
		va_start(args, format);
		(void)vsnprintf(report->notes[i], sizeof(report->notes[i]), format, args);
		va_end(args);
		return;
	}
}

static void
add_notes(struct ingest_report *report, const struct file_list *list,
    const struct ingest_options *options)
{
	uint64_t repaired = 0, zoneless = 0;
	const struct ingest_file *year = NULL;

	for (size_t i = 0; i < list->n; i++) {
		repaired += list->files[i].repaired;
		zoneless += list->files[i].zone_assumed;
		if (year == NULL && list->files[i].year_used)
			year = &list->files[i];
	}
	if (year != NULL)
		add_note(report, "times without a year: year %d taken from %s", year->year,
		    year->year_from);
	if (zoneless > 0)
		add_note(report, "times without a zone in %llu file(s): taken as %s",
		    (unsigned long long)zoneless,
		    options->zone_offset_us == 0 ? "UTC" : "the zone given");
	if (repaired > 0)
		add_note(report, "%llu record(s) held invalid text, replaced by U+FFFD and kept",
		    (unsigned long long)repaired);
}

static void
gather_formats(struct ingest_report *report, const struct file_list *list)
{
	for (size_t r = 0; r < reader_count(); r++) {
		uint64_t records = 0;

		for (size_t i = 0; i < list->n; i++)
			records += list->files[i].records_by_reader[r];
		if (records > 0)
			report->formats[report->n_formats++] =
			    (struct ingest_format_count){ reader_at(r)->name, records, 0 };
	}
}

enum coord_err
report_gather(struct ingest_report *report, struct file_list *list,
    const struct ingest_options *options, struct coord_error *err)
{
	uint64_t before = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct ingest_file *file = &list->files[i];

		before = file->from == 0 ? 0 : before;
		report->files += file->opened && file->from == 0;
		report->bytes_stored += file->bytes_stored;
		report->bytes += file->bytes;
		report->records += file->records;
		report->events += file->events;
		report->ignored += file->ignored;
		report->refused += file->refused;
		for (unsigned kind = 0; kind < REFUSED_COUNT; kind++)
			report->refused_by_kind[kind] += file->refused_by_kind[kind];
		TRY(gather_shown(report, file, before, err));
		before += file->lines;
	}
	gather_formats(report, list);
	add_notes(report, list, options);
	return COORD_OK;
}

void
ingest_report_clear(struct ingest_report *report)
{
	if (report == NULL)
		return;
	for (uint32_t i = 0; i < report->n_shown; i++)
		free(report->shown[i].file);
	memset(report, 0, sizeof(*report));
}
