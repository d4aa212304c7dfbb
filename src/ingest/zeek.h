/* zeek.h - one row of a Zeek log, whichever way it was written (private to ingest/): zeek_json.c and zeek_tsv.c fill
 * it, zeek_emit turns it into events. */
#ifndef COORD_INGEST_ZEEK_H
#define COORD_INGEST_ZEEK_H

#include "ingest/http.h"

/* clang-format off */
#define ZEEK_FIELDS(X)                                                                             \
	X(TS, "ts") X(UID, "uid") X(ORIG_H, "id.orig_h") X(ORIG_P, "id.orig_p")                    \
	X(RESP_H, "id.resp_h") X(RESP_P, "id.resp_p") X(PROTO, "proto") X(SERVICE, "service")      \
	X(DURATION, "duration") X(ORIG_BYTES, "orig_bytes") X(RESP_BYTES, "resp_bytes")            \
	X(CONN_STATE, "conn_state") X(METHOD, "method") X(HOST, "host") X(URI, "uri")              \
	X(USER_AGENT, "user_agent") X(USERNAME, "username") X(PASSWORD, "password")                \
	X(TRANS_DEPTH, "trans_depth") X(CLIENT, "client") X(HASSH, "hassh")                        \
	X(AUTH_ATTEMPTS, "auth_attempts") X(SERVER, "server") X(JA4, "ja4") X(ORIG_L2, "orig_l2_addr") \
	X(COMMUNITY, "community_id") X(PEER, "peer_descr") X(HISTORY, "history") X(FUID, "fuid")   \
	X(NOTE, "note") X(ANALYZER, "analyzer") X(STATUS, "status_code")
/* clang-format on */

enum zeek_field {
#define ZEEK_FIELD_ENUM(name, text) ZEEK_##name,
	ZEEK_FIELDS(ZEEK_FIELD_ENUM)
#undef ZEEK_FIELD_ENUM
	    ZEEK_FIELD_COUNT
};

enum zeek_log { ZEEK_OTHER, ZEEK_CONN, ZEEK_HTTP, ZEEK_SSH };

struct zeek_row {
	struct sv value[ZEEK_FIELD_COUNT]; /* absent: unset or no such column */
	uint64_t byte[ZEEK_FIELD_COUNT];   /* where the value stands, 0 for JSON */
	struct sv sensor;
};

const char *zeek_field_name(enum zeek_field field);
/** By "_path" or "#path" when there is one ("conn", "http.log"), else by the columns that are there (`has`: bit set of
 *  enum zeek_field). */
enum zeek_log zeek_log_of(struct sv path, uint64_t has);
/** Events of one row; rows of other logs are ignored. */
MUST_CHECK enum coord_err zeek_emit(struct reader_ctx *ctx, const struct record *record,
    enum zeek_log log, const struct zeek_row *row);

#endif
