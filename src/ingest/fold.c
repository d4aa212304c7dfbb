/* fold.c - from the sorted event log to sessions. Runs of one key are cut into sessions by the rule of their reader: a
 * connect after a close (explicit ids), a gap of more than 60 s (no id), or not at all (one record, one session). */
#include "ingest/fold.h"

#include <stdlib.h>

static const int64_t gap_us = 60 * TIME_SECOND;

static bool
starts_session(
    const struct log_event *before, const struct log_event *e, unsigned fold, bool closed)
{
	if (fold == FOLD_GAP)
		return e->at_us - before->at_us > gap_us;
	return fold == FOLD_SESSION && closed && e->rank == RANK_CONNECT;
}

static enum coord_err
fold_run(struct folding *f, const struct log_event *events, size_t n, struct coord_error *err)
{
	unsigned fold = f->log->subjects[events[0].subject].fold;
	bool closed = events[0].rank == RANK_CLOSE;
	size_t from = 0;

	for (size_t i = 1; i < n; i++) {
		if (starts_session(&events[i - 1], &events[i], fold, closed)) {
			TRY(fold_segment(f, &events[from], i - from, err));
			from = i;
			closed = false;
		}
		closed = closed || events[i].rank == RANK_CLOSE;
	}
	return fold_segment(f, &events[from], n - from, err);
}

static enum coord_err
fold_runs(struct folding *f, struct coord_error *err)
{
	const struct event_log *log = f->log;

	for (size_t at = 0, to; at < log->n; at = to) {
		for (to = at + 1; to < log->n && log->events[to].key == log->events[at].key; to++)
			continue;
		TRY(fold_run(f, &log->events[at], to - at, err));
	}
	return COORD_OK;
}

static bool
in_range(const struct ingest_options *o, const struct fold_row *row)
{
	return (o->from_us == TIME_NONE || row->start_us >= o->from_us) &&
	       (o->to_us == TIME_NONE || row->start_us < o->to_us);
}

static void
to_session_row(const struct folding *f, const struct fold_row *row, char id[17],
    struct session_row_item *items, struct session_row *ret)
{
	*ret = (struct session_row){
		.source = row->source,
		.destination = row->destination,
		.start_us = row->start_us,
		.end_us = row->end_us,
		.duration_us = row->duration_us,
		.bytes_in = row->bytes_in,
		.bytes_out = row->bytes_out,
		.events = row->events,
		.asn = row->asn,
		.source_port = row->source_port,
		.target_port = row->target_port,
		.transport = row->transport,
		.service = row->service,
		.flags = row->flags,
		.items = items,
		.n_items = row->n_items,
	};
	for (unsigned t = 0; t < TEXT_COUNT; t++)
		ret->text[t] = strtab_get(f->log->strings, row->text[t]);
	if (ret->text[TEXT_FORMAT].data == NULL)
		ret->text[TEXT_FORMAT] = sv_from(ingest_format_name(row->reader, NULL));
	if (ret->text[TEXT_ID].data == NULL) {
		uint64_t h = hash_mix(row->key, (uint64_t)row->start_us);

		hex_of((const uint8_t *)&h, sizeof(h), id);
		ret->text[TEXT_ID] = (struct sv){ id, 16 };
	}
	for (uint32_t i = 0; i < row->n_items; i++) {
		const struct session_item *item = &f->items[row->item_at + i];

		items[i] = (struct session_row_item){ .a = strtab_get(f->log->strings, item->a),
			.b = strtab_get(f->log->strings, item->b),
			.offset_ms = item->offset_ms,
			.kind = item->kind,
			.flags = item->flags };
	}
}

static void
count_format(struct ingest_report *report, const struct fold_row *row)
{
	const char *name = ingest_format_name(row->reader, NULL);

	for (uint32_t i = 0; i < report->n_formats; i++)
		if (report->formats[i].format == name)
			report->formats[i].sessions++;
}

static enum coord_err
hand_over(struct folding *f, struct session_builder *builder, struct ingest_report *report,
    struct coord_error *err)
{
	struct session_row_item *items = calloc(f->log->items_max + 1, sizeof(*items));
	enum coord_err rc = COORD_OK;

	if (items == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for sessions");
	for (size_t i = 0; i < f->n && rc == COORD_OK; i++) {
		struct session_row row;
		char id[17];

		if (!in_range(f->options, &f->rows[i])) {
			report->outside++;
			continue;
		}
		count_format(report, &f->rows[i]);
		to_session_row(f, &f->rows[i], id, items, &row);
		rc = session_builder_add(builder, &row, err);
	}
	free(items);
	return rc;
}

enum coord_err
fold_sessions(const struct event_log *log, const struct ingest_options *options,
    struct session_builder *builder, struct ingest_report *report, struct coord_error *err)
{
	struct folding f = { .log = log, .options = options };
	enum coord_err rc = fold_runs(&f, err);

	if (rc == COORD_OK)
		rc = hand_over(&f, builder, report, err);
	map_clear(&f.seen);
	free(f.rows);
	free(f.items);
	return rc;
}
