/* fold.h - sessions folded from events, before they go into a builder (private to ingest/). */
#ifndef COORD_INGEST_FOLD_H
#define COORD_INGEST_FOLD_H

#include "ingest/events.h"

/** A session with string ids of the event log. Items of all rows lie in one array. */
struct fold_row {
	struct addr source, destination;
	int64_t start_us, end_us, duration_us;
	uint64_t bytes_in, bytes_out;
	uint64_t key; /* names sessions that have no id */
	uint32_t text[TEXT_COUNT];
	uint32_t item_at, n_items;
	uint32_t events, asn;
	uint16_t source_port, target_port;
	uint8_t transport, service, flags, reader, fold;
	bool connection_only; /* nothing but connection records: no dialogue was seen */
};

struct folding {
	const struct event_log *log;
	const struct ingest_options *options;
	struct fold_row *rows;
	struct session_item *items;
	size_t n, cap;
	size_t n_items, items_cap;
	struct map seen; /* scratch for sets of items */
};

MUST_CHECK enum coord_err fold_reserve_rows(
    struct folding *f, size_t more, struct coord_error *err);
MUST_CHECK enum coord_err fold_reserve_items(
    struct folding *f, size_t more, struct coord_error *err);
/** Folds the events of one session, in event order, into a row behind the others. */
MUST_CHECK enum coord_err fold_segment(
    struct folding *f, const struct log_event *events, size_t n, struct coord_error *err);
/** The service that protocol and port tell, where no reader named one. */
void fold_settle_service(const struct strtab *strings, struct fold_row *row);
/** Kinds of which a session keeps each value once. */
bool fold_item_is_set(unsigned kind);

/** Joins rows of network sensors into the honeypot sessions of the same connections (join.c) and removes them. */
MUST_CHECK enum coord_err fold_join_rows(
    struct folding *f, uint64_t *joined, struct coord_error *err);
/** The rows made so far, found by source and time. */
struct fold_hosts;
MUST_CHECK enum coord_err fold_hosts_new(
    const struct folding *f, struct fold_hosts **ret, struct coord_error *err);
void fold_hosts_free(struct fold_hosts *hosts);
/** Joins those of a firewall's events that belong to a host's connection; *events and *n are the others afterwards,
 *  valid until the next call. */
MUST_CHECK enum coord_err fold_join_run(struct folding *f, struct fold_hosts *hosts,
    const struct log_event **events, size_t *n, uint64_t *joined, struct coord_error *err);

#endif
