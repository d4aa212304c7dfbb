/* emit.h - what the readers share beside reader.h (private to ingest/): the events of one record from one template, the
 * fields a record must have with the refusal when it has not, and names of transports. */
#ifndef COORD_INGEST_EMIT_H
#define COORD_INGEST_EMIT_H

#include "ingest/reader.h"

/** Events of one session: `base` holds what all of them share. */
struct emit {
	struct reader_ctx *ctx;
	struct event base;
};

struct emit emit_new(struct reader_ctx *ctx, const struct record *record, enum fold_rule fold);
MUST_CHECK enum coord_err emit_connect(const struct emit *e);
MUST_CHECK enum coord_err emit_touch(const struct emit *e);
/** duration_us -1: unknown. */
MUST_CHECK enum coord_err emit_close(const struct emit *e, int64_t at_us, int64_t duration_us);
/** Nothing happens when `a` is absent. */
MUST_CHECK enum coord_err emit_item(
    const struct emit *e, enum session_item_kind kind, uint8_t flags, struct sv a, struct sv b);
/** Nothing happens when the value is absent or empty. */
MUST_CHECK enum coord_err emit_text(const struct emit *e, enum session_text text, struct sv value);
/** Seconds (0 to 1e9) as microseconds, rounded. */
int64_t emit_us(double seconds);
/** A honeypot's port as the attacker saw it: the usual redirects undone. Not for what a network sensor saw. */
void emit_undo_redirect(struct emit *e);
/** The PORT item of the base's transport and target port ("tcp/22"); nothing without a port. */
MUST_CHECK enum coord_err emit_port(const struct emit *e);
/** A CREDENTIAL item; nothing when both are absent. */
MUST_CHECK enum coord_err emit_credential(
    const struct emit *e, uint8_t flags, struct sv user, struct sv password);
/** Formatted text in scratch; absent when there is no room. */
struct sv emit_format(struct reader_ctx *ctx, const char *format, ...) PRINTF_LIKE(2, 3);

/** The first of `names` (NULL-terminated) with a value that is neither null nor an empty string. */
struct json_value field_any(
    struct json_value object, const char *const *names, const char **ret_name);
bool field_any_string(struct json_value object, const char *const *names, struct sv *ret);
/** A string, or a number or boolean as text in scratch; absent for anything else. */
struct sv field_text(struct reader_ctx *ctx, struct json_value object, const char *name);
struct sv value_text(struct reader_ctx *ctx, struct json_value value);

/** What a record must have. Refused (COORD_EPARSE) when none of `names` is there, or it is not what it should be. */
MUST_CHECK enum coord_err need_time(
    struct reader_ctx *ctx, struct json_value object, const char *const *names, int64_t *ret);
MUST_CHECK enum coord_err need_addr(
    struct reader_ctx *ctx, struct json_value object, const char *const *names, struct addr *ret);
/** The same for a column of a text line: `byte` is where it stands. */
MUST_CHECK enum coord_err need_time_text(
    struct reader_ctx *ctx, const char *name, uint64_t byte, struct sv text, int64_t *ret);
MUST_CHECK enum coord_err need_addr_text(
    struct reader_ctx *ctx, const char *name, uint64_t byte, struct sv text, struct addr *ret);
/** Optional; refused only when it is there and wrong. *ret stays as it is when absent. */
MUST_CHECK enum coord_err check_port(
    struct reader_ctx *ctx, struct json_value object, const char *const *names, uint16_t *ret);
MUST_CHECK enum coord_err check_port_text(
    struct reader_ctx *ctx, const char *name, uint64_t byte, struct sv text, uint16_t *ret);

/** "nothing", "\"text\"", "7", "an array": what was found instead, for a refusal of a reader's own. */
enum { EMIT_GOT_MAX = 80 };
const char *emit_got(struct json_value v, char ret[EMIT_GOT_MAX]);

/** A name for a record without one: 16 hex digits of its content, whatever the order of its members. */
struct sv emit_content_id(struct reader_ctx *ctx, struct json_value value);
struct sv emit_line_id(struct reader_ctx *ctx, struct sv line);

/** By name ("TCP", "icmp6") or IANA number ("17"). UNKNOWN for an absent or empty name. */
enum session_transport transport_of(struct sv name);
/** Lower-case token of a protocol name or number: "tcp", "gre", "ip-99". */
struct sv transport_token(struct reader_ctx *ctx, struct sv name);
/** Standard base64, padding optional; absent when it is not that, or not UTF-8. */
struct sv emit_base64(struct reader_ctx *ctx, struct sv text);
/** Lower-case copy in scratch; absent for an absent or empty text. */
struct sv emit_lower(struct reader_ctx *ctx, struct sv text);

#endif
