/* emit.c - the helpers of the readers: events from a template, required fields, names.
 *
 * A refusal says "field: expected ..., got ...": the text of what was found is clipped here, so that every reader says
 * it alike. */
#include "ingest/emit.h"

#include <inttypes.h>
#include <stdio.h>

#include "ingest/text.h"

enum { GOT_SHOWN = 48 };

struct emit
emit_new(struct reader_ctx *ctx, const struct record *record, enum fold_rule fold)
{
	struct emit e = { .ctx = ctx, .base = EVENT_INIT };

	e.base.fold = fold;
	e.base.index = record->index;
	e.base.doc = record->doc;
	return e;
}

static enum coord_err
emit_kind(const struct emit *e, enum event_kind kind)
{
	struct event event = e->base;

	event.kind = kind;
	return reader_emit(e->ctx, &event);
}

enum coord_err
emit_connect(const struct emit *e)
{
	return emit_kind(e, EVENT_CONNECT);
}

enum coord_err
emit_touch(const struct emit *e)
{
	return emit_kind(e, EVENT_TOUCH);
}

enum coord_err
emit_close(const struct emit *e, int64_t at_us, int64_t duration_us)
{
	struct event event = e->base;

	event.kind = EVENT_CLOSE;
	event.at_us = at_us;
	event.duration_us = duration_us;
	return reader_emit(e->ctx, &event);
}

enum coord_err
emit_item(
    const struct emit *e, enum session_item_kind kind, uint8_t flags, struct sv a, struct sv b)
{
	struct event event = e->base;

	if (a.data == NULL)
		return COORD_OK;
	event.kind = EVENT_ITEM;
	event.item_kind = (uint8_t)kind;
	event.item_flags = flags;
	event.a = a;
	event.b = b;
	return reader_emit(e->ctx, &event);
}

enum coord_err
emit_text(const struct emit *e, enum session_text text, struct sv value)
{
	struct event event = e->base;

	if (value.len == 0)
		return COORD_OK;
	event.kind = EVENT_TEXT;
	event.text = text;
	event.value = value;
	return reader_emit(e->ctx, &event);
}

static const char *
transport_prefix(uint8_t transport)
{
	switch (transport) {
	case TRANSPORT_UDP:
		return "udp";
	case TRANSPORT_ICMP:
		return "icmp";
	default:
		return "tcp";
	}
}

int64_t
emit_us(double seconds)
{
	return (int64_t)(seconds * 1e6 + 0.5);
}

void
emit_undo_redirect(struct emit *e)
{
	e->base.target_port = session_port_undo_redirect(e->base.target_port);
}

enum coord_err
emit_port(const struct emit *e)
{
	uint16_t port = e->base.target_port;

	if (port == 0)
		return COORD_OK;
	return emit_item(e, ITEM_PORT, 0,
	    emit_format(e->ctx, "%s/%u", transport_prefix(e->base.transport), (unsigned)port),
	    SV_NONE);
}

enum coord_err
emit_credential(const struct emit *e, uint8_t flags, struct sv user, struct sv password)
{
	if (user.data == NULL && password.data == NULL)
		return COORD_OK;
	return emit_item(e, ITEM_CREDENTIAL, flags, user.data == NULL ? SV("") : user, password);
}

struct sv
emit_format(struct reader_ctx *ctx, const char *format, ...)
{
	char near[128];
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(near, sizeof(near), format, args);
	va_end(args);
	if (len < 0 || (text = reader_scratch(ctx, (size_t)len + 1)) == NULL)
		return SV_NONE;
	if ((size_t)len < sizeof(near)) {
		memcpy(text, near, (size_t)len + 1);
		return (struct sv){ text, (size_t)len };
	}
	va_start(args, format);
	(void)vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return (struct sv){ text, (size_t)len };
}

static bool
is_given(struct json_value v)
{
	struct sv text;

	if (!json_exists(v) || json_type(v) == JSON_NULL)
		return false;
	return !json_string(v, &text) || text.len > 0;
}

struct json_value
field_any(struct json_value object, const char *const *names, const char **ret_name)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		struct json_value v = field_get(object, sv_from(names[i]));

		if (!is_given(v))
			continue;
		if (ret_name != NULL)
			*ret_name = names[i];
		return v;
	}
	return JSON_MISSING;
}

bool
field_any_string(struct json_value object, const char *const *names, struct sv *ret)
{
	return value_string(field_any(object, names, NULL), ret);
}

struct sv
value_text(struct reader_ctx *ctx, struct json_value value)
{
	struct json_iter it = json_each(value);
	struct sv text;
	uint64_t u;
	int64_t i;
	double f;
	bool b;

	if (json_type(value) == JSON_ARRAY && json_count(value) == 1)
		(void)json_next(&it, &value);
	if (json_string(value, &text))
		return text;
	if (json_u64(value, &u))
		return emit_format(ctx, "%" PRIu64, u);
	if (json_i64(value, &i))
		return emit_format(ctx, "%" PRId64, i);
	if (json_f64(value, &f))
		return emit_format(ctx, "%.17g", f);
	if (json_bool(value, &b))
		return b ? SV("true") : SV("false");
	return SV_NONE;
}

struct sv
field_text(struct reader_ctx *ctx, struct json_value object, const char *name)
{
	return value_text(ctx, field_get(object, sv_from(name)));
}

/** What was found, short and quoted, for a refusal. */
static const char *
got_text(struct sv text, char ret[EMIT_GOT_MAX])
{
	if (text.data == NULL)
		snprintf(ret, EMIT_GOT_MAX, "nothing");
	else
		snprintf(ret, EMIT_GOT_MAX, "\"%.*s\"%s",
		    (int)(text.len < GOT_SHOWN ? text.len : GOT_SHOWN), text.data,
		    text.len > GOT_SHOWN ? "..." : "");
	return ret;
}

const char *
emit_got(struct json_value v, char ret[EMIT_GOT_MAX])
{
	struct sv text;
	int64_t i;
	double f;

	switch (json_type(v)) {
	case JSON_STRING:
		return json_string(v, &text) ? got_text(text, ret) : "a string";
	case JSON_INT:
		snprintf(ret, EMIT_GOT_MAX, "%" PRId64, json_i64(v, &i) ? i : 0);
		return ret;
	case JSON_UINT:
	case JSON_DOUBLE:
		snprintf(ret, EMIT_GOT_MAX, "%.15g", json_f64(v, &f) ? f : 0.0);
		return ret;
	case JSON_BOOL:
		return "a boolean";
	case JSON_ARRAY:
		return "an array";
	case JSON_OBJECT:
		return "an object";
	case JSON_NULL:
		break;
	}
	return "nothing";
}

static bool
time_plausible(int64_t us)
{
	return us >= TIME_EARLIEST && us < TIME_LATEST;
}

enum coord_err
need_time(struct reader_ctx *ctx, struct json_value object, const char *const *names, int64_t *ret)
{
	char got[EMIT_GOT_MAX];
	const char *name = names[0];
	struct json_value v = field_any(object, names, &name);
	int64_t us;

	if (!json_exists(v))
		return reader_refuse(
		    ctx, REFUSED_FIELD_MISSING, 0, "%s: expected a time, got nothing", name);
	if (!field_time(ctx, object, sv_from(name), &us))
		return reader_refuse(ctx, REFUSED_TIME_INVALID, 0, "%s: expected a time, got %s",
		    name, emit_got(v, got));
	if (!time_plausible(us))
		return reader_refuse(ctx, REFUSED_TIME_INVALID, 0,
		    "%s: expected a time from 1990 to 2099, got %s", name, emit_got(v, got));
	*ret = us;
	return COORD_OK;
}

enum coord_err
need_addr(
    struct reader_ctx *ctx, struct json_value object, const char *const *names, struct addr *ret)
{
	char got[EMIT_GOT_MAX];
	const char *name = names[0];
	struct json_value v = field_any(object, names, &name);
	struct addr a;

	if (!json_exists(v))
		return reader_refuse(
		    ctx, REFUSED_FIELD_MISSING, 0, "%s: expected an address, got nothing", name);
	if (!field_addr(object, sv_from(name), &a) || addr_is_unknown(a))
		return reader_refuse(ctx, REFUSED_FIELD_INVALID, 0,
		    "%s: expected an address, got %s", name, emit_got(v, got));
	*ret = a;
	return COORD_OK;
}

/** "2025-07-28 10:00:00.123": a date, and nothing of a zone behind the time? */
static bool
lacks_zone(struct sv text)
{
	static const size_t date_time = 19;
	struct sv tail = sv_skip(text, date_time);

	if (text.len < date_time || text.data[4] != '-')
		return false;
	for (size_t i = 0; i < tail.len; i++)
		if (strchr("Zz+-", tail.data[i]) != NULL)
			return false;
	return true;
}

enum coord_err
need_time_text(
    struct reader_ctx *ctx, const char *name, uint64_t byte, struct sv text, int64_t *ret)
{
	char got[EMIT_GOT_MAX];
	int64_t us;

	if (text.len == 0)
		return reader_refuse(
		    ctx, REFUSED_FIELD_MISSING, byte, "%s: expected a time, got nothing", name);
	if (!time_parse(text, reader_options(ctx)->zone_offset_us, &us))
		return reader_refuse(ctx, REFUSED_TIME_INVALID, byte, "%s: expected a time, got %s",
		    name, got_text(text, got));
	if (!time_plausible(us))
		return reader_refuse(ctx, REFUSED_TIME_INVALID, byte,
		    "%s: expected a time from 1990 to 2099, got %s", name, got_text(text, got));
	if (lacks_zone(text))
		reader_assume_zone(ctx);
	*ret = us;
	return COORD_OK;
}

enum coord_err
need_addr_text(
    struct reader_ctx *ctx, const char *name, uint64_t byte, struct sv text, struct addr *ret)
{
	char got[EMIT_GOT_MAX];
	struct addr a;

	if (text.len == 0)
		return reader_refuse(
		    ctx, REFUSED_FIELD_MISSING, byte, "%s: expected an address, got nothing", name);
	if (!addr_parse(text, &a) || addr_is_unknown(a))
		return reader_refuse(ctx, REFUSED_FIELD_INVALID, byte,
		    "%s: expected an address, got %s", name, got_text(text, got));
	*ret = a;
	return COORD_OK;
}

enum coord_err
check_port(
    struct reader_ctx *ctx, struct json_value object, const char *const *names, uint16_t *ret)
{
	char got[EMIT_GOT_MAX];
	const char *name;
	struct json_value v = field_any(object, names, &name);

	if (!json_exists(v) || field_port(object, sv_from(name), ret))
		return COORD_OK;
	return reader_refuse(
	    ctx, REFUSED_FIELD_INVALID, 0, "%s: expected a port, got %s", name, emit_got(v, got));
}

enum coord_err
check_port_text(
    struct reader_ctx *ctx, const char *name, uint64_t byte, struct sv text, uint16_t *ret)
{
	char got[EMIT_GOT_MAX];
	uint64_t port;

	if (text.len == 0)
		return COORD_OK;
	if (!sv_to_u64(text, &port) || port > UINT16_MAX)
		return reader_refuse(ctx, REFUSED_FIELD_INVALID, byte,
		    "%s: expected a port, got %s", name, got_text(text, got));
	*ret = (uint16_t)port;
	return COORD_OK;
}

/** Members are added up, so that their order does not matter; elements are mixed in theirs. */
static uint64_t
content_hash(struct reader_ctx *ctx, struct json_value v)
{
	enum json_type type = json_type(v);
	struct json_iter it = json_each(v);
	struct json_value child;
	struct sv key;
	uint64_t h = 0;

	if (type == JSON_OBJECT) {
		while (json_next_member(&it, &key, &child))
			h += hash_mix(hash_content(key), content_hash(ctx, child));
		return hash_mix(h, (uint64_t)type);
	}
	if (type == JSON_ARRAY) {
		while (json_next(&it, &child))
			h = hash_mix(h, content_hash(ctx, child));
		return hash_mix(h, (uint64_t)type);
	}
	return hash_mix(hash_content(value_text(ctx, v)), (uint64_t)type);
}

struct sv
emit_content_id(struct reader_ctx *ctx, struct json_value value)
{
	return emit_format(ctx, "%016" PRIx64, content_hash(ctx, value));
}

struct sv
emit_line_id(struct reader_ctx *ctx, struct sv line)
{
	return emit_format(ctx, "%016" PRIx64, hash_content(line));
}

static const struct transport_name {
	const char *name;
	uint16_t number;
	enum session_transport transport;
} TRANSPORTS[] = {
	{ "tcp", 6, TRANSPORT_TCP },
	{ "udp", 17, TRANSPORT_UDP },
	{ "icmp", 1, TRANSPORT_ICMP },
	{ "icmpv6", 58, TRANSPORT_ICMP },
	{ "icmp6", 58, TRANSPORT_ICMP },
	{ "ipv6-icmp", 58, TRANSPORT_ICMP },
	{ "udplite", 136, TRANSPORT_UDP },
	{ "igmp", 2, TRANSPORT_OTHER },
	{ "ipip", 4, TRANSPORT_OTHER },
	{ "ipv6", 41, TRANSPORT_OTHER },
	{ "gre", 47, TRANSPORT_OTHER },
	{ "esp", 50, TRANSPORT_OTHER },
	{ "ah", 51, TRANSPORT_OTHER },
	{ "sctp", 132, TRANSPORT_OTHER },
};

static const struct transport_name *
transport_find(struct sv name)
{
	uint64_t number;
	bool numeric = sv_to_u64(name, &number);

	for (size_t i = 0; i < sizeof(TRANSPORTS) / sizeof(TRANSPORTS[0]); i++) {
		const struct transport_name *t = &TRANSPORTS[i];

		if (numeric ? t->number == number : sv_ieq(name, sv_from(t->name)))
			return t;
	}
	return NULL;
}

enum session_transport
transport_of(struct sv name)
{
	const struct transport_name *t = transport_find(name);

	if (name.len == 0)
		return TRANSPORT_UNKNOWN;
	return t == NULL ? TRANSPORT_OTHER : t->transport;
}

struct sv
transport_token(struct reader_ctx *ctx, struct sv name)
{
	const struct transport_name *t = transport_find(name);
	uint64_t number;

	if (t != NULL)
		return sv_from(t->name);
	if (sv_to_u64(name, &number))
		return emit_format(ctx, "ip-%" PRIu64, number);
	return emit_lower(ctx, name);
}

struct sv
emit_lower(struct reader_ctx *ctx, struct sv text)
{
	char *copy;

	if (text.len == 0 || (copy = reader_scratch(ctx, text.len)) == NULL)
		return SV_NONE;
	for (size_t i = 0; i < text.len; i++)
		copy[i] = (char)(text.data[i] >= 'A' && text.data[i] <= 'Z' ? text.data[i] + 32
									    : text.data[i]);
	return (struct sv){ copy, text.len };
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

struct sv
emit_base64(struct reader_ctx *ctx, struct sv text)
{
	uint32_t bits = 0;
	unsigned held = 0;
	struct sv decoded;
	size_t n = 0;
	char *out;

	while (sv_ends(text, SV("=")))
		text.len--;
	if (text.len == 0 || text.len % 4 == 1 || (out = reader_scratch(ctx, text.len)) == NULL)
		return SV_NONE;
	for (size_t i = 0; i < text.len; i++) {
		int digit = base64_digit(text.data[i]);

		if (digit < 0)
			return SV_NONE;
		bits = (bits << 6 | (uint32_t)digit) & 0xffffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			out[n++] = (char)(bits >> held & 0xff);
		}
	}
	decoded = (struct sv){ out, n };
	return text_valid_prefix(decoded) == n ? decoded : SV_NONE;
}
