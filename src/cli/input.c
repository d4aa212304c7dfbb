/* input.c - the sources are the operands and the --sensor options, in the order given (which changes nothing). */
#include "cli/input.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/progress.h"
#include "cli/phrase.h"

enum { SHOWN_BRIEF = 10 };

static enum cli_status
add_sensor(const struct command *command, struct input *input, const char *text,
    struct ingest_source *source)
{
	const char *equals = strchr(text, '=');
	char *name;

	if (equals == NULL || equals == text || equals[1] == 0) {
		complain(command, "--sensor: expected NAME=PATH, got \"%s\"", text);
		return hint_help(command);
	}
	name = calloc((size_t)(equals - text) + 1, 1);
	if (name == NULL) {
		complain(command, "%s", error_text(COORD_ENOMEM));
		return STATUS_FAILED;
	}
	memcpy(name, text, (size_t)(equals - text));
	input->sensors[input->n_sensors++] = name;
	*source = (struct ingest_source){ .path = equals + 1, .sensor = name };
	return STATUS_DONE;
}

static enum cli_status
add_sources(
    const struct command *command, const struct settings *settings, struct input *input, size_t *n)
{
	input->sources =
	    calloc(settings->operands.n + settings->sensors.n + 1, sizeof(*input->sources));
	input->sensors = calloc(settings->sensors.n + 1, sizeof(*input->sensors));
	if (input->sources == NULL || input->sensors == NULL) {
		complain(command, "%s", error_text(COORD_ENOMEM));
		return STATUS_FAILED;
	}
	*n = 0;
	for (size_t i = 0; i < settings->operands.n; i++)
		input->sources[(*n)++] =
		    (struct ingest_source){ .path = settings->operands.items[i] };
	for (size_t i = 0; i < settings->sensors.n; i++) {
		enum cli_status status =
		    add_sensor(command, input, settings->sensors.items[i], &input->sources[(*n)++]);

		if (status != STATUS_DONE)
			return status;
	}
	return STATUS_DONE;
}

static void
tell_counts(const struct command *command, const struct ingest_report *report)
{
	struct buf line = BUF_INIT(1 << 12);
	const char *separator = ": ";

	buf_add_str(&line, "refused ");
	phrase_count(&line, report->refused);
	buf_add_str(&line, " of ");
	phrase_count(&line, report->records);
	buf_add_str(&line, " records");
	for (int kind = 0; kind < REFUSED_COUNT; kind++) {
		if (report->refused_by_kind[kind] == 0)
			continue;
		buf_add_str(&line, separator);
		phrase_count(&line, report->refused_by_kind[kind]);
		buf_printf(&line, " %s", ingest_refusal_name((enum ingest_refusal)kind));
		separator = ", ";
	}
	complain(command, "%s", buf_cstr(&line));
	buf_clear(&line);
}

static void
tell_refused(const struct ingest_refused *refused)
{
	struct buf line = BUF_INIT(1 << 14);

	buf_add_str(&line, "  ");
	phrase_printable(&line, sv_from(refused->file));
	if (refused->error.line > 0)
		buf_printf(&line, ":%llu:%llu", (unsigned long long)refused->error.line,
		    (unsigned long long)refused->error.byte);
	buf_printf(&line, ": %s: ", ingest_refusal_name(refused->kind));
	phrase_printable(&line, sv_from(refused->error.what));
	(void)fprintf(stderr, "%s\n", buf_cstr(&line));
	buf_clear(&line);
}

static void
tell(const struct command *command, const struct settings *settings,
    const struct ingest_report *report)
{
	uint32_t most = settings->verbose ? INGEST_REFUSED_SHOWN : SHOWN_BRIEF;
	uint32_t shown = report->n_shown < most ? report->n_shown : most;

	if (settings->quiet)
		return;
	for (size_t i = 0; i < sizeof(report->notes) / sizeof(report->notes[0]); i++)
		if (report->notes[i][0] != 0)
			complain(command, "note: %s", report->notes[i]);
	if (report->refused == 0)
		return;
	tell_counts(command, report);
	for (uint32_t i = 0; i < shown; i++)
		tell_refused(&report->shown[i]);
	if (report->refused > shown)
		(void)fprintf(stderr, "  and %llu more%s\n",
		    (unsigned long long)(report->refused - shown),
		    settings->verbose ? "" : " (--verbose shows up to 100)");
}

enum cli_status
input_read(const struct command *command, const struct settings *settings, struct input *input)
{
	struct ingest_options options = { .format = settings->input_format,
		.from_us = settings->from_us,
		.to_us = settings->to_us,
		.year = (int)settings->year,
		.zone_offset_us = settings->zone_us,
		.threads = (unsigned)settings->threads };
	struct progress progress;
	struct coord_error err = { .code = COORD_OK };
	enum cli_status status;
	enum coord_err rc;

	*input = (struct input){ .n_sensors = 0 };
	status = add_sources(command, settings, input, &options.n_sources);
	if (status != STATUS_DONE)
		return status;
	options.sources = input->sources;
	input->n_sources = options.n_sources;
	progress_start(&progress, !settings->quiet);
	if (progress.enabled) {
		options.progress = progress_ingest;
		options.progress_context = &progress;
	}
	rc = ingest_run(&options, &input->table, &input->report, &err);
	progress_end(&progress);
	tell(command, settings, &input->report);
	if (rc != COORD_OK)
		return complain_error(command, &err);
	return input->report.refused > 0 ? STATUS_REFUSED : STATUS_DONE;
}

struct report_options
input_options(const struct settings *settings)
{
	return (struct report_options){ .format = settings->input_format,
		.from_us = settings->from_us,
		.to_us = settings->to_us,
		.year = (int)settings->year,
		.zone_us = settings->zone_us };
}

void
input_clear(struct input *input)
{
	session_table_free(&input->table);
	ingest_report_clear(&input->report);
	for (size_t i = 0; i < input->n_sensors; i++)
		free(input->sensors[i]);
	free(input->sensors);
	free(input->sources);
	*input = (struct input){ .n_sensors = 0 };
}
