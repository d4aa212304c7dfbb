/* reader.h - what a reader is (private to ingest/). One file a format; one row in the table of reader.c.
 *
 * A reader turns one record into events. Folding events into sessions, ordering, de-duplication, time ranges and
 * limits are the core's business (fold.c): a reader keeps no state between records except through `memo`. */
#ifndef COORD_INGEST_READER_H
#define COORD_INGEST_READER_H

#include "ingest/ingest.h"

/** How events of one key become sessions. */
enum fold_rule {
	FOLD_SESSION, /* explicit session id; CONNECT after CLOSE starts a new one (Cowrie, Zeek uid, Suricata flow) */
	FOLD_GAP, /* no id: same source, destination and sensor with gaps <= 60 s (firewall lines, web requests) */
	FOLD_ROW, /* one record is one whole session */
};

enum event_kind {
	EVENT_CONNECT, /* start of the session; sets ports, protocol */
	EVENT_CLOSE,   /* end; duration_us when the log gives it */
	EVENT_ITEM,    /* one list item */
	EVENT_TEXT,    /* one single-valued text field */
	EVENT_TOUCH,   /* only says: the session was alive at this time */
};

/** One event. All views are borrowed until reader_emit returns. Unknown fields stay zero. */
struct event {
	enum fold_rule fold;
	enum event_kind kind;
	struct sv session; /* id; absent for FOLD_GAP */
	struct sv sensor;
	struct addr source; /* required */
	struct addr destination;
	uint16_t source_port, target_port;
	uint8_t transport;
	bool connection_only; /* firewall, Zeek conn: no dialogue was seen */
	bool late;            /* after the close: does not extend the session */
	int64_t at_us;        /* required */
	int64_t duration_us;  /* -1 unknown; CLOSE */
	uint64_t bytes_in, bytes_out;
	uint32_t asn;
	uint32_t events; /* log events this record stands for; 0: one */
	uint8_t
	    service; /* enum session_service when the record says so; UNKNOWN: from protocol and port */
	uint8_t
	    session_flags; /* FOLD_ROW: EVENT_FLAGS_GIVEN | SESSION_* as the record gives them; 0: derived */
	struct sv protocol;
	/* EVENT_ITEM */
	uint8_t item_kind, item_flags;
	struct sv a, b;
	/* EVENT_TEXT */
	enum session_text text;
	struct sv value;
	/* Elasticsearch origin, kept for write-back */
	struct sv index, doc;
};

enum { EVENT_FLAGS_GIVEN = 0x80 };

#define EVENT_INIT ((struct event){ .duration_us = -1 })

struct reader_ctx; /* the core's side of one file being read, one thread */

/** Hands an event to the core. Events of one record may be emitted in any order. */
MUST_CHECK enum coord_err reader_emit(struct reader_ctx *ctx, const struct event *event);
/** Refuses the record: says why, counts, keeps the first 100. `byte`: offset in the line where known, else 0.
 *  Returns COORD_EPARSE, so that a reader ends with `return reader_refuse(...)`. */
enum coord_err reader_refuse(struct reader_ctx *ctx, enum ingest_refusal kind, uint64_t byte,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/** Counts the record as no attack activity. Returns COORD_OK. */
enum coord_err reader_ignore(struct reader_ctx *ctx);
const struct ingest_options *reader_options(const struct reader_ctx *ctx);
/** The file's display name, and the year for year-less times (from options, name or mtime). */
const char *reader_file(const struct reader_ctx *ctx);
int reader_year(const struct reader_ctx *ctx);
/** Scratch released after each record. NULL: limit. */
void *reader_scratch(struct reader_ctx *ctx, size_t size);
/** Notes in the report that times without a zone were taken to be UTC (or --zone). field_time calls it. */
void reader_assume_zone(const struct reader_ctx *ctx);
/** State of one reader for one file (column order of a CSV or TSV header): zeroed at the file's start. */
enum { READER_MEMO = 1024 };
void *reader_memo(struct reader_ctx *ctx);

/** A record as readers see it: a JSON object (json exists; Elasticsearch wrappers already taken off) or a text line. */
struct record {
	struct json_value json; /* JSON_MISSING for text */
	struct sv line; /* the raw bytes without the newline; for JSON inside an array: absent */
	struct sv index, doc;              /* _index and _id of an Elasticsearch hit */
	const struct json_member *members; /* of json, when it has not too many */
	size_t n_members;                  /* 0: not listed */
};

/** A record's members by a table of names in one pass, first of equal keys: ret[i] for names[i], JSON_MISSING where
 *  absent. Literal keys only. At most FIELD_NAMES_MOST names, in a static table (its address is remembered). */
enum { FIELD_NAMES_MOST = 64 };
void field_collect(
    const struct record *record, const struct sv *names, size_t n, struct json_value *ret);
/** One member by its literal key. */
struct json_value record_get(const struct record *record, struct sv key);

struct reader {
	const char *name;  /* for --input-format */
	const char *title; /* one line for people */
	bool json;         /* records are JSON objects, else text lines */
	bool
	    network; /* watches the wire beside a honeypot, whose account of a connection comes first (join.c) */
	/** Does this record look like ours? Cheap; first reader of the table that says yes gets the record. A text line
	 *  that nobody recognises goes to the reader of the file's last text line (rows below a CSV or TSV header). */
	bool (*recognise)(const struct record *record);
	enum coord_err (*read)(struct reader_ctx *ctx, const struct record *record);
};

/** Helpers for the quirks every JSON log has (input-formats.md section 0): literal dotted key first ("source.ip"),
 *  then the nested path; a one-element array counts as its element; numbers may be strings. */
struct json_value field_get(struct json_value object, struct sv dotted);
bool field_string(struct json_value object, struct sv dotted, struct sv *ret);
bool field_u64(struct json_value object, struct sv dotted, uint64_t *ret);
bool field_f64(struct json_value object, struct sv dotted, double *ret);
bool field_time(
    const struct reader_ctx *ctx, struct json_value object, struct sv dotted, int64_t *ret);
bool field_addr(struct json_value object, struct sv dotted, struct addr *ret);
bool field_port(struct json_value object, struct sv dotted, uint16_t *ret);
/** The typed reads of values already found, with the same tolerance. */
bool value_string(struct json_value v, struct sv *ret);
bool value_u64(struct json_value v, uint64_t *ret);
bool value_f64(struct json_value v, double *ret);
bool value_time(const struct reader_ctx *ctx, struct json_value v, int64_t *ret);
bool value_addr(struct json_value v, struct addr *ret);
bool value_port(struct json_value v, uint16_t *ret);
/** b'...' or b"..." (a Python bytes repr) without its wrapping and escapes, in scratch; else the view itself. */
struct sv field_unwrap_bytes(struct reader_ctx *ctx, struct sv text);

/* the readers, in the order in which they are asked (input-formats.md section 0) */
extern const struct reader reader_cowrie, reader_adbhoney, reader_webhoneypot, reader_dshield_json,
    reader_firewall, reader_zeek_json, reader_zeek_tsv, reader_suricata, reader_ecs, reader_tanner,
    reader_heralding, reader_tpot, reader_dshield_mcp, reader_session, reader_attack_session,
    reader_firewall_csv, reader_session_csv;

#endif
