/* events.h - the event log: what readers emitted, compact, until sessions are folded from it (private to ingest/).
 *
 * Folding has to be a pure function of the set of events, so nothing is folded while reading. Every worker thread has
 * a log of its own with its own strings; logs are appended to one another, sorted by (key, time, rank, place in the
 * record, content) and freed of equal events. A key with endless events keeps only the earliest of each span (a
 * day for a session's key, five minutes for that of a source without session ids) and the last, which can be done at
 * any time, any number of times, with the same outcome. */
#ifndef COORD_INGEST_EVENTS_H
#define COORD_INGEST_EVENTS_H

#include "ingest/reader.h"

/** Order of events at one instant. */
enum event_rank { RANK_CONNECT, RANK_TEXT, RANK_ITEM, RANK_TOUCH, RANK_CLOSE };

enum { EVENT_LATE = 1 };

/** What many events of a session have in common. Compared and hashed as bytes: no padding. */
struct subject {
	struct addr source, destination;
	int64_t duration_us;
	uint64_t bytes_in, bytes_out;
	uint32_t session, sensor, protocol, index, doc; /* string ids */
	uint32_t asn, events;
	uint16_t source_port, target_port;
	uint8_t transport, fold, reader, service;
	uint8_t session_flags, connection_only, reserved[2];
};
_Static_assert(sizeof(struct subject) == 96, "no padding in a subject");

struct log_event {
	uint64_t key; /* of the session, or of all sessions of a gap-folded pair */
	int64_t at_us;
	uint32_t subject;
	uint32_t a, b;  /* string ids */
	uint32_t place; /* in its record, saturated */
	uint8_t rank;   /* enum event_rank */
	uint8_t what;   /* enum session_item_kind or session_text */
	uint8_t item_flags;
	uint8_t bits; /* EVENT_LATE */
	uint32_t reserved;
};
_Static_assert(sizeof(struct log_event) == 40, "no padding in an event");

enum { SUBJECT_CACHE = 8192, STRING_CACHE = 4096, STRING_CACHE_LEN = 24 };

/** A short string seen lately: most names come again within a few thousand events. */
struct cached_string {
	uint32_t id; /* STR_NONE: empty */
	uint32_t len;
	uint64_t words[STRING_CACHE_LEN / 8]; /* its bytes; the last words overlap */
};

struct event_log {
	struct strtab *strings;
	struct log_event *events;
	struct subject *subjects;
	uint64_t *subject_keys; /* by content, the same in every log */
	size_t n, cap;
	size_t n_subjects, subjects_cap;
	size_t record_at;     /* first event of the record being read */
	size_t compact_at;    /* number of events that starts the next compaction */
	size_t compact_first; /* the least such number */
	uint64_t duplicates;
	uint64_t connects; /* added so far, for progress */
	uint32_t items_max;
	struct cached_string sensor, protocol; /* of the last event */
	struct cached_string recent[STRING_CACHE];
	uint32_t cache_tags
	    [SUBJECT_CACHE]; /* other bits of the hash: a stranger is told without touching it */
	uint32_t cache[SUBJECT_CACHE]; /* subject + 1 by hash of its bytes */
};

/** NULL: no memory. */
struct event_log *event_log_new(uint32_t items_max);
void event_log_free(struct event_log *log);
void event_log_begin(struct event_log *log);
/** `reader`: index in the table of readers. `sensor`: forced name or NULL. Strings may hold any bytes: what is no UTF-8
 *  becomes U+FFFD, what is longer than 64 KiB is cut. */
MUST_CHECK enum coord_err event_log_add(struct event_log *log, const struct event *event,
    unsigned reader, const char *sensor, struct coord_error *err);
/** Hash of all that is not key and time, the same in every log: orders events that nothing else tells apart. */
uint64_t event_log_content(const struct event_log *log, const struct log_event *e);
/** Ends the record: keeps its events, or drops them. */
MUST_CHECK enum coord_err event_log_commit(struct event_log *log, struct coord_error *err);
void event_log_rollback(struct event_log *log);
/** Appends all of `from` to `into` and empties `from`. */
MUST_CHECK enum coord_err event_log_append(
    struct event_log *into, struct event_log *from, struct coord_error *err);
/** Sorts, drops equal events and the middle of endless runs. Keys come out grouped, each in event order. */
MUST_CHECK enum coord_err event_log_compact(struct event_log *log, struct coord_error *err);

/** Frees events and subjects; the strings stay. Only for a log that nothing is added to any more. */
void event_log_drop_events(struct event_log *log);

/** Folds a compacted log into sessions, joins rows of several logs on one connection, and makes a builder of them,
 *  which takes over the log's strings. `report` gets joined, outside and the readers' session counts. */
MUST_CHECK enum coord_err fold_sessions(struct event_log *log, const struct ingest_options *options,
    struct session_builder **ret, struct ingest_report *report, struct coord_error *err);

#endif
