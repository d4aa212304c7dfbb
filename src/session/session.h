/* session.h - the model: attack sessions in columns, interned strings, visits, nodes.
 *
 * A session is one attacker connection as a honeypot logged it. A table holds them as structure of arrays in one arena,
 * every string interned, every list (commands, credentials, URLs ...) one run of a shared item column.
 * A finished table is canonical: the same set of log events gives the same table, whatever the order of the input, its
 * split into files or the number of threads (methods.md section 13). */
#ifndef COORD_SESSION_H
#define COORD_SESSION_H

#include <stdio.h>

#include "base/base.h"

/** What a service family is: the unit of grouping is (source, service family). */
/* clang-format off */
#define SESSION_SERVICES(X)                                                                        \
	X(UNKNOWN, "unknown") X(SSH, "ssh") X(TELNET, "telnet") X(WEB, "web") X(ADB, "adb")        \
	X(VNC, "vnc") X(RDP, "rdp") X(SMB, "smb") X(FTP, "ftp") X(MAIL, "mail") X(SQL, "sql")      \
	X(SCAN, "scan") X(OTHER, "other")
/* clang-format on */

enum session_service {
#define SESSION_SERVICE_ENUM(name, text) SERVICE_##name,
	SESSION_SERVICES(SESSION_SERVICE_ENUM)
#undef SESSION_SERVICE_ENUM
	    SERVICE_COUNT
};

/** Kinds of list items. `a` and `b` are string ids; the meaning of each is in the comment.
 *  The text is the name in the normalised record (docs/formats.md). */
/* clang-format off */
#define SESSION_ITEMS(X)                                                                           \
	X(COMMAND, "command") /* a: one input line as typed; ITEM_FAILED: the shell did not know it */ \
	X(CREDENTIAL, "credential") /* a: user, b: password; ITEM_SUCCESS: it was let in */            \
	X(PUBLIC_KEY, "public_key") /* a: fingerprint of an offered or planted SSH key, b: its text */  \
	X(URL, "url") /* a: URL the attacker fetched from or named in a download */                    \
	X(FILE_HASH, "file_hash") /* a: SHA-256 of a stored file, b: file name; ITEM_TRIVIAL: the content was a shell \
				     redirection, not a transfer */                               \
	X(REQUEST, "request") /* a: "METHOD target", b: body */                                       \
	X(HEADER, "header") /* a: header name as sent, b: value */                                    \
	X(PORT, "port") /* a: "tcp/22": a target port, redirects undone */                            \
	X(FORWARD, "forward") /* a: "host:port" asked for through the honeypot, b: data sent */        \
	X(SIGNATURE, "signature") /* a: "engine:id", b: its text */                                   \
	X(HOST, "host") /* a: host name or address named by the attacker (C2, SNI, Host header) */     \
	X(TTY, "tty") /* a: SHA-256 of the typed input */                                             \
	X(PAYLOAD, "payload") /* a: free text payload of an AttackSession or an event description */   \
	X(LABEL, "label") /* a: threat-intelligence label given with the input, b: its source */       \
	X(EXTRA, "extra") /* a: key, b: value: extra evidence fields kept as given */
/* clang-format on */

enum session_item_kind {
#define SESSION_ITEM_ENUM(name, text) ITEM_##name,
	SESSION_ITEMS(SESSION_ITEM_ENUM)
#undef SESSION_ITEM_ENUM
	    ITEM_KIND_COUNT
};

enum { ITEM_SUCCESS = 1, ITEM_FAILED = 2, ITEM_TRIVIAL = 4 };

struct session_item {
	uint32_t a, b;      /* string ids, STR_NONE when absent */
	uint32_t offset_ms; /* after the session's start, saturated */
	uint8_t kind;       /* enum session_item_kind */
	uint8_t flags;
	uint16_t reserved;
};

enum session_transport {
	TRANSPORT_UNKNOWN,
	TRANSPORT_TCP,
	TRANSPORT_UDP,
	TRANSPORT_ICMP,
	TRANSPORT_OTHER
};

/** Single-valued text fields of a session, each a column of string ids. */
/* clang-format off */
#define SESSION_TEXTS(X)                                                                           \
	X(ID, "id") /* the honeypot's own session id, Zeek uid, flow id, document id, or a hash of the record */ \
	X(SENSOR, "sensor")                                                                        \
	X(PROTOCOL, "protocol") /* lower case: ssh, telnet, http, tcp ... */                          \
	X(BANNER, "banner") /* client banner, b'...' unwrapped */                                     \
	X(HASSH, "hassh") /* 32 hex; computed from the algorithm lists when the log lacks it */        \
	X(USER_AGENT, "user_agent")                                                                \
	X(JA4, "ja4") /* JA4, else JA3 */                                                            \
	X(PACKET, "packet") /* "ttl:<64|128|255> win:<n> id:<zmap|zero|var> len:<n>" header-field class */ \
	X(FORMAT, "format") /* the reader that made it */                                            \
	X(INDEX, "index") /* Elasticsearch _index, with DOC for write-back */                         \
	X(DOC, "doc") /* Elasticsearch _id of the first document */                                   \
	X(COUNTRY, "country") /* ISO code given with the input */                                     \
	X(AS_ORG, "as_org")                                                                        \
	X(SCANNER, "scanner") /* name of a research scanner given with the input */
/* clang-format on */

enum session_text {
#define SESSION_TEXT_ENUM(name, text) TEXT_##name,
	SESSION_TEXTS(SESSION_TEXT_ENUM)
#undef SESSION_TEXT_ENUM
	    TEXT_COUNT
};

enum {
	SESSION_CLOSED = 1,
	SESSION_HAS_CONNECT = 2,
	SESSION_TRUNCATED = 4 /* items beyond the cap were dropped */
};

/** Columns, all of length n. Invariants (session_table_check): sorted by (start, source, id text, sensor text);
 *  end >= start; item_start[i] <= item_start[i + 1]; item_start[n] == n_items; no two rows equal in all of
 *  (start, source, source_port, id, sensor, protocol). */
struct session_table {
	struct arena *arena;    /* owns the columns */
	struct strtab *strings; /* owned; ids in canonical order of first use */
	uint32_t n;
	uint32_t n_items;
	struct addr *source;
	struct addr *destination; /* unknown: all zero */
	int64_t *start_us, *end_us;
	int64_t *duration_us; /* -1: unknown */
	uint64_t *bytes_in, *bytes_out;
	uint32_t *events;      /* log events folded into the session */
	uint32_t *asn;         /* 0: unknown */
	uint16_t *source_port; /* 0: unknown */
	uint16_t *target_port; /* 0: unknown; redirects undone (2222 -> 22) */
	uint8_t *transport;    /* enum session_transport */
	uint8_t *service;      /* enum session_service */
	uint8_t *flags;
	uint32_t *text[TEXT_COUNT]; /* string ids */
	uint32_t *item_start;       /* n + 1 */
	struct session_item *items; /* in time order within a session */
	uint8_t
	    input_sha256[32]; /* of the canonical serialisation: names the input in every result */
};

void session_table_free(
    struct session_table *table); /* releases arena and strings; NULL does nothing */
/** Walks every invariant. NULL when all hold, else which one does not. For tests and fuzz targets. */
const char *session_table_check(const struct session_table *table);

static inline struct sv
session_text(const struct session_table *t, uint32_t row, enum session_text which)
{
	return strtab_get(t->strings, t->text[which][row]);
}

static inline struct sv
session_string(const struct session_table *t, uint32_t id)
{
	return strtab_get(t->strings, id);
}

/** A row being made. Views are borrowed until session_builder_add returns. */
struct session_row {
	struct addr source, destination;
	int64_t start_us, end_us, duration_us;
	uint64_t bytes_in, bytes_out;
	uint32_t events, asn;
	uint16_t source_port, target_port;
	uint8_t transport, service, flags;
	struct sv text[TEXT_COUNT];
	struct session_row_item {
		struct sv a, b;
		uint32_t offset_ms;
		uint8_t kind, flags;
	} * items;
	uint32_t n_items;
};

struct session_builder;

/** A builder collects rows in any order. NULL: no memory. */
struct session_builder *session_builder_new(void);
void session_builder_free(struct session_builder *builder);
MUST_CHECK enum coord_err session_builder_add(
    struct session_builder *builder, const struct session_row *row, struct coord_error *err);
/** A builder on strings that are interned already: it owns `strings` from now on (NULL on failure: it does not). */
struct session_builder *session_builder_on(struct strtab *strings);
/** The builder's strings, for session_builder_add_ids. */
struct strtab *session_builder_strings(struct session_builder *builder);
/** session_builder_add with ids of the builder's strings; row->text and row->items are not looked at. */
MUST_CHECK enum coord_err session_builder_add_ids(struct session_builder *builder,
    const struct session_row *row, const uint32_t text[TEXT_COUNT],
    const struct session_item *items, uint32_t n_items, struct coord_error *err);
/** A row of a table without its items (views into the table's strings), and the whole row once more. */
void session_row_from(const struct session_table *table, uint32_t row, struct session_row *ret);
MUST_CHECK enum coord_err session_builder_add_from(struct session_builder *builder,
    const struct session_table *table, uint32_t row, struct coord_error *err);
/** Moves all rows of `from` into `into` (for per-thread builders); `from` is left empty. */
MUST_CHECK enum coord_err session_builder_merge(
    struct session_builder *into, struct session_builder *from, struct coord_error *err);
/** Sorts canonically, drops rows that are equal throughout, renumbers strings, computes input_sha256, and hands the
 *  table over (session_table_free it). The builder is empty afterwards. `dropped` (NULL allowed): duplicates dropped. */
MUST_CHECK enum coord_err session_builder_finish(struct session_builder *builder,
    struct session_table *ret, uint64_t *dropped, struct coord_error *err);

/** The service family from protocol token and target port; SCAN for connection-only records (firewall, Zeek conn). */
enum session_service session_service_of(
    struct sv protocol, uint16_t target_port, bool connection_only);
const char *session_service_name(enum session_service service);
const char *session_item_name(enum session_item_kind kind);
/** The names of `a` and `b` of an item in the normalised record ("user", "password"). */
void session_item_fields(enum session_item_kind kind, const char **a, const char **b);
const char *session_text_name(enum session_text which);
const char *session_transport_name(enum session_transport transport);
/** Honeypot redirects undone: 2222 -> 22, 2223 -> 23 and the DShield web redirects stay as they are. */
uint16_t session_port_undo_redirect(uint16_t port);

/** Writes one session as one line of the normalised record (docs/formats.md), which ingest reads back losslessly. */
void session_write_ndjson(const struct session_table *table, uint32_t row, struct buf *out);
void session_write_csv_header(struct buf *out);
void session_write_csv(const struct session_table *table, uint32_t row, struct buf *out);

#endif
