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

/** A firewall's lines may be another log's view of a connection. */
static bool
may_join(const struct folding *f, const struct log_event *e)
{
	const struct subject *s = &f->log->subjects[e->subject];

	return s->fold == FOLD_GAP && s->connection_only != 0;
}

static size_t
run_end(const struct event_log *log, size_t at)
{
	size_t to = at + 1;

	while (to < log->n && log->events[to].key == log->events[at].key)
		to++;
	return to;
}

static enum coord_err
fold_firewall(struct folding *f, uint64_t *joined, struct coord_error *err)
{
	struct fold_hosts *hosts = NULL;
	enum coord_err rc = fold_hosts_new(f, &hosts, err);

	for (size_t at = 0, to; at < f->log->n && rc == COORD_OK; at = to) {
		const struct log_event *events = &f->log->events[at];
		size_t n;

		to = run_end(f->log, at);
		n = to - at;
		if (!may_join(f, events))
			continue;
		rc = fold_join_run(f, hosts, &events, &n, joined, err);
		if (rc == COORD_OK && n > 0)
			rc = fold_run(f, events, n, err);
	}
	fold_hosts_free(hosts);
	return rc;
}

static enum coord_err
fold_runs(struct folding *f, uint64_t *joined, struct coord_error *err)
{
	bool firewall = false;

	for (size_t at = 0, to; at < f->log->n; at = to) {
		to = run_end(f->log, at);
		if (may_join(f, &f->log->events[at]))
			firewall = true;
		else
			TRY(fold_run(f, &f->log->events[at], to - at, err));
	}
	TRY(fold_join_rows(f, joined, err));
	return firewall ? fold_firewall(f, joined, err) : COORD_OK;
}

static bool
in_range(const struct ingest_options *o, const struct fold_row *row)
{
	if (o->from_us == 0 && o->to_us == 0) /* options nobody filled in */
		return true;
	return (o->from_us == TIME_NONE || row->start_us >= o->from_us) &&
	       (o->to_us == TIME_NONE || row->start_us < o->to_us);
}

static struct session_row
to_session_row(const struct fold_row *row)
{
	return (struct session_row){
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
	};
}

/** A session without an id gets one from its content; the format is the reader's name. */
static bool
name_row(struct strtab *strings, struct fold_row *row)
{
	if (row->text[TEXT_FORMAT] == STR_NONE)
		row->text[TEXT_FORMAT] =
		    strtab_intern(strings, sv_from(ingest_format_name(row->reader, NULL)));
	if (row->text[TEXT_ID] == STR_NONE) {
		uint64_t h = hash_mix(row->key, (uint64_t)row->start_us);
		char id[2 * sizeof(h) + 1];

		hex_of((const uint8_t *)&h, sizeof(h), id);
		row->text[TEXT_ID] = strtab_intern(strings, sv_from(id));
	}
	return row->text[TEXT_FORMAT] != UINT32_MAX && row->text[TEXT_ID] != UINT32_MAX;
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
	struct strtab *strings = session_builder_strings(builder);

	for (size_t i = 0; i < f->n; i++) {
		struct fold_row *row = &f->rows[i];
		struct session_row to;

		if (!in_range(f->options, row)) {
			report->outside++;
			continue;
		}
		/* a join may have brought the protocol or the port */
		fold_settle_service(strings, row);
		to = to_session_row(row);
		count_format(report, row);
		if (!name_row(strings, row))
			return error_set(err, COORD_ENOMEM, "no memory for sessions");
		TRY(session_builder_add_ids(
		    builder, &to, row->text, &f->items[row->item_at], row->n_items, err));
	}
	return COORD_OK;
}

static void
folding_clear(struct folding *f)
{
	map_clear(&f->seen);
	free(f->rows);
	free(f->items);
}

/** Room for what most logs need: a session a run, and all items. */
static enum coord_err
reserve(struct folding *f, struct coord_error *err)
{
	size_t runs = 0, items = 0;

	for (size_t i = 0; i < f->log->n; i++) {
		runs += i == 0 || f->log->events[i].key != f->log->events[i - 1].key;
		items += f->log->events[i].rank == RANK_ITEM;
	}
	TRY(fold_reserve_rows(f, runs, err));
	return fold_reserve_items(f, items, err);
}

enum coord_err
fold_sessions(struct event_log *log, const struct ingest_options *options,
    struct session_builder **ret, struct ingest_report *report, struct coord_error *err)
{
	CLEANUP(folding_clear) struct folding f = { .log = log, .options = options };
	struct session_builder *builder;
	enum coord_err rc;

	TRY(reserve(&f, err));
	TRY(fold_runs(&f, &report->joined, err));
	event_log_drop_events(log);
	if ((builder = session_builder_on(log->strings)) == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for sessions");
	rc = hand_over(&f, builder, report, err);
	log->strings = NULL;
	if (rc == COORD_OK)
		*ret = builder;
	else
		session_builder_free(builder);
	return rc;
}
