/* formats.h - private to room generate: one row a format, one function a record. A writer gets one session at a time and
 * appends the lines that a log of this format would have of it; readers fold lines whatever their order. */
#ifndef COORD_GENERATE_FORMATS_H
#define COORD_GENERATE_FORMATS_H

#include "generate/world.h"

struct format {
	const char *begin; /* before the first session, or NULL */
	void (*row)(const struct session_row *row, struct buf *out);
};

/** NULL for those that need more than a row: cowrie, ndjson, attack-session, csv. */
const struct format *format_of(enum generate_format format);

/* formats_tables.c: lines and columns */
void write_session_csv(const struct session_row *row, struct buf *out);
void write_firewall(const struct session_row *row, struct buf *out);
void write_ufw(const struct session_row *row, struct buf *out);
void write_firewall_csv(const struct session_row *row, struct buf *out);
void write_zeek_tsv(const struct session_row *row, struct buf *out);
/* formats_records.c: one or two JSON objects a session */
void write_dshield_json(const struct session_row *row, struct buf *out);
void write_dshield_mcp(const struct session_row *row, struct buf *out);
void write_heralding(const struct session_row *row, struct buf *out);
void write_suricata(const struct session_row *row, struct buf *out);
void write_zeek_json(const struct session_row *row, struct buf *out);
/* formats_events.c: one JSON object an event */
void write_adbhoney(const struct session_row *row, struct buf *out);
void write_ecs(const struct session_row *row, struct buf *out);
void write_tanner(const struct session_row *row, struct buf *out);
void write_tpot(const struct session_row *row, struct buf *out);
void write_webhoneypot(const struct session_row *row, struct buf *out);

/** What an API client would send as payload: the commands, else a credential, else "connect". */
void format_payload(const struct session_row *row, struct buf *text);
/** The last item of a kind, or NULL. */
const struct session_row_item *format_last(
    const struct session_row *row, enum session_item_kind kind);
/** A member of an object; nothing when the text is absent. */
void format_text(struct jsonw *j, const char *key, struct sv text);
void format_addr(struct jsonw *j, const char *key, struct addr a);
void format_time(struct jsonw *j, const char *key, int64_t us);
/** Seconds since the epoch with six digits. */
void format_epoch(struct jsonw *j, const char *key, int64_t us);
/** 48 bits of the session's id, for formats whose ids are numbers. */
uint64_t format_number(const struct session_row *row);

#endif
