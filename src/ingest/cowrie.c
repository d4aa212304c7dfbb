/* cowrie.c - Cowrie's JSON events, the schemas of 2017 to 2026 (input-formats.md section 1). One event a record; sessions are
 * folded by (sensor, session). What several fields mean depends on the event: in direct-tcpip events dst_ip and
 * dst_port are where the attacker wanted to go, never the attacked port. */
#include "ingest/cowrie.h"

#include <math.h>

/* clang-format off */
#define COWRIE_FIELDS(X)                                                                           \
	X(EVENTID, "eventid") X(SESSION, "session") X(SRC_IP, "src_ip") X(TIMESTAMP, "timestamp")  \
	X(SENSOR, "sensor") X(MESSAGE, "message") X(PROTOCOL, "protocol") X(SRC_PORT, "src_port")  \
	X(DST_IP, "dst_ip") X(DST_PORT, "dst_port") X(USERNAME, "username") X(PASSWORD, "password") \
	X(INPUT, "input") X(VERSION, "version") X(HASSH, "hassh") X(KEX, "kexAlgs") X(ENC, "encCS") \
	X(MAC, "macCS") X(COMP, "compCS") X(DURATION, "duration") X(DURATION_MS, "duration_ms")    \
	X(URL, "url") X(SHASUM, "shasum") X(DESTFILE, "destfile") X(OUTFILE, "outfile")            \
	X(FILENAME, "filename") X(FINGERPRINT, "fingerprint") X(KEY, "key") X(DATA, "data")        \
	X(LATE, "late") X(NAME, "name") X(VALUE, "value") X(JA4, "ja4") X(JA4H, "ja4h")            \
	X(CVE, "cve") X(DEST_IP, "dest_ip") X(DEST_PORT, "dest_port") X(HASSH_ALGORITHMS, "hasshAlgorithms")
/* clang-format on */

enum cowrie_field {
#define COWRIE_FIELD_ENUM(name, text) F_##name,
	COWRIE_FIELDS(COWRIE_FIELD_ENUM)
#undef COWRIE_FIELD_ENUM
	    F_COUNT
};

static const struct sv field_names[F_COUNT] = {
#define COWRIE_FIELD_NAME(name, text) { text, sizeof(text) - 1 },
	COWRIE_FIELDS(COWRIE_FIELD_NAME)
#undef COWRIE_FIELD_NAME
};

/** One event being read. */
struct cowrie {
	struct reader_ctx *ctx;
	struct json_value field[F_COUNT];
	struct event event; /* what all events of the record have in common */
};

static struct sv
text_of(const struct cowrie *c, enum cowrie_field which)
{
	struct sv text = SV_NONE;

	(void)value_string(c->field[which], &text);
	return text;
}

static enum coord_err
emit_item(struct cowrie *c, enum session_item_kind kind, struct sv a, struct sv b, uint8_t flags)
{
	c->event.kind = EVENT_ITEM;
	c->event.item_kind = (uint8_t)kind;
	c->event.item_flags = flags;
	c->event.a = a;
	c->event.b = b;
	return reader_emit(c->ctx, &c->event);
}

static enum coord_err
emit_text(struct cowrie *c, enum session_text which, struct sv value)
{
	if (value.len == 0)
		return COORD_OK;
	c->event.kind = EVENT_TEXT;
	c->event.text = which;
	c->event.value = value;
	return reader_emit(c->ctx, &c->event);
}

static enum coord_err
read_touch(struct cowrie *c)
{
	c->event.kind = EVENT_TOUCH;
	return reader_emit(c->ctx, &c->event);
}

static enum coord_err
read_connect(struct cowrie *c)
{
	struct event *e = &c->event;

	e->kind = EVENT_CONNECT;
	(void)value_port(c->field[F_SRC_PORT], &e->source_port);
	if (!value_addr(c->field[F_DST_IP], &e->destination))
		(void)value_addr(c->field[F_DEST_IP], &e->destination);
	if (!value_port(c->field[F_DST_PORT], &e->target_port))
		(void)value_port(c->field[F_DEST_PORT], &e->target_port);
	e->target_port = session_port_undo_redirect(e->target_port);
	e->transport = TRANSPORT_TCP;
	return reader_emit(c->ctx, e);
}

static enum coord_err
read_closed(struct cowrie *c)
{
	static const double longest_s = 1e9;
	double seconds;

	if (value_f64(c->field[F_DURATION_MS], &seconds))
		seconds /= 1000;
	else if (!value_f64(c->field[F_DURATION], &seconds))
		seconds = -1;
	if (seconds >= 0 && seconds < longest_s)
		c->event.duration_us = llround(seconds * 1e6);
	c->event.kind = EVENT_CLOSE;
	return reader_emit(c->ctx, &c->event);
}

/** Appends a list's strings, comma-joined. */
static bool
add_list(struct json_value list, struct buf *out)
{
	struct json_iter iter = json_each(list);
	struct json_value v;
	struct sv text;
	bool first = true;

	if (json_type(list) != JSON_ARRAY)
		return false;
	while (json_next(&iter, &v)) {
		if (!json_string(v, &text))
			return false;
		if (!first)
			buf_add_char(out, ',');
		buf_add_sv(out, text);
		first = false;
	}
	return true;
}

/** HASSH (Salesforce 2018): MD5 of the four client lists "kex;enc;mac;comp". */
static enum coord_err
read_algorithms(struct cowrie *c)
{
	static const enum cowrie_field lists[] = { F_KEX, F_ENC, F_MAC, F_COMP };
	struct sv given = text_of(c, F_HASSH), joined = text_of(c, F_HASSH_ALGORITHMS);
	struct buf text = BUF_INIT(1 << 20);
	bool complete = true;
	char hex[33];
	uint8_t md5[16];

	if (given.len == 32)
		return emit_text(c, TEXT_HASSH, given);
	for (size_t i = 0; i < 4 && complete; i++) {
		if (i > 0)
			buf_add_char(&text, ';');
		complete = add_list(c->field[lists[i]], &text);
	}
	if (complete && !text.failed)
		joined = buf_sv(&text);
	if (joined.len > 0)
		md5_of(joined.data, joined.len, md5);
	buf_clear(&text);
	if (joined.len == 0)
		return COORD_OK;
	hex_of(md5, sizeof(md5), hex);
	return emit_text(c, TEXT_HASSH, (struct sv){ hex, 32 });
}

static enum coord_err
read_version(struct cowrie *c)
{
	struct sv banner = field_unwrap_bytes(c->ctx, text_of(c, F_VERSION));

	if (c->event.protocol.len == 0)
		c->event.protocol = SV("ssh");
	TRY(read_touch(c));
	TRY(emit_text(c, TEXT_BANNER, banner));
	return read_algorithms(c);
}

static enum coord_err
read_kex(struct cowrie *c)
{
	if (c->event.protocol.len == 0)
		c->event.protocol = SV("ssh");
	TRY(read_touch(c));
	return read_algorithms(c);
}

static enum coord_err
read_key(struct cowrie *c)
{
	if (c->event.protocol.len == 0)
		c->event.protocol = SV("ssh");
	return emit_item(c, ITEM_PUBLIC_KEY, text_of(c, F_FINGERPRINT), text_of(c, F_KEY), 0);
}

static enum coord_err
read_login(struct cowrie *c, uint8_t flags)
{
	struct sv user = text_of(c, F_USERNAME), password = text_of(c, F_PASSWORD);
	struct sv print = text_of(c, F_FINGERPRINT);

	if (password.data == NULL && print.len > 0) {
		TRY(emit_item(c, ITEM_PUBLIC_KEY, print, text_of(c, F_KEY), flags));
		return emit_item(c, ITEM_CREDENTIAL, user, SV_NONE, flags);
	}
	return emit_item(c, ITEM_CREDENTIAL, field_unwrap_bytes(c->ctx, user),
	    field_unwrap_bytes(c->ctx, password), flags);
}

static enum coord_err
read_command(struct cowrie *c, uint8_t flags)
{
	return emit_item(c, ITEM_COMMAND, text_of(c, F_INPUT), SV_NONE, flags);
}

static enum coord_err
read_download(struct cowrie *c)
{
	struct sv url = text_of(c, F_URL), hash = text_of(c, F_SHASUM);
	struct sv name = text_of(c, F_DESTFILE);

	TRY(read_touch(c));
	if (url.len > 0)
		TRY(emit_item(c, ITEM_URL, url, SV_NONE, 0));
	if (hash.len == 0)
		return COORD_OK;
	return emit_item(c, ITEM_FILE_HASH, hash, name, url.len > 0 ? 0 : ITEM_TRIVIAL);
}

static enum coord_err
read_download_failed(struct cowrie *c)
{
	struct sv url = text_of(c, F_URL);

	return url.len == 0 ? read_touch(c) : emit_item(c, ITEM_URL, url, SV_NONE, ITEM_FAILED);
}

static enum coord_err
read_upload(struct cowrie *c)
{
	struct sv hash = text_of(c, F_SHASUM);

	return hash.len == 0 ? read_touch(c)
			     : emit_item(c, ITEM_FILE_HASH, hash, text_of(c, F_FILENAME), 0);
}

/** "host:port" of a forward. */
static struct sv
forward_target(struct cowrie *c)
{
	struct sv host = text_of(c, F_DST_IP);
	uint16_t port = 0;
	char *text = reader_scratch(c->ctx, host.len + sizeof(":65535"));
	char number[sizeof("65535")];
	size_t at = sizeof(number);

	if (text == NULL || host.data == NULL)
		return host;
	(void)value_port(c->field[F_DST_PORT], &port);
	do
		number[--at] = (char)('0' + port % 10);
	while ((port = (uint16_t)(port / 10)) > 0);
	memcpy(text, host.data, host.len);
	text[host.len] = ':';
	memcpy(text + host.len + 1, number + at, sizeof(number) - at);
	return (struct sv){ text, host.len + 1 + sizeof(number) - at };
}

static enum coord_err
read_forward(struct cowrie *c)
{
	struct sv data = field_unwrap_bytes(c->ctx, text_of(c, F_DATA));

	return emit_item(c, ITEM_FORWARD, forward_target(c), data, 0);
}

static enum coord_err
read_ja4(struct cowrie *c)
{
	TRY(read_touch(c));
	return emit_text(c, TEXT_JA4, text_of(c, F_JA4));
}

static enum coord_err
read_tty(struct cowrie *c)
{
	struct sv hash = text_of(c, F_SHASUM);

	return hash.len == 0 ? read_touch(c) : emit_item(c, ITEM_TTY, hash, SV_NONE, 0);
}

static enum coord_err
read_exploit(struct cowrie *c)
{
	struct sv cve = text_of(c, F_CVE);

	if (c->event.protocol.len == 0)
		c->event.protocol = SV("telnet");
	return cve.len == 0 ? read_touch(c)
			    : emit_item(c, ITEM_SIGNATURE, cve, text_of(c, F_NAME), 0);
}

static enum coord_err
read_variable(struct cowrie *c)
{
	struct sv name = text_of(c, F_NAME);

	return name.len == 0 ? read_touch(c)
			     : emit_item(c, ITEM_EXTRA, name, text_of(c, F_VALUE), 0);
}

static enum coord_err
read_failed_login(struct cowrie *c)
{
	return read_login(c, 0);
}

static enum coord_err
read_successful_login(struct cowrie *c)
{
	return read_login(c, ITEM_SUCCESS);
}

static enum coord_err
read_input(struct cowrie *c)
{
	return read_command(c, 0);
}

static enum coord_err
read_failed_command(struct cowrie *c)
{
	return read_command(c, ITEM_FAILED);
}

struct event_reader {
	struct sv name;
	enum coord_err (*read)(struct cowrie *c);
};

/* most frequent first; command.success and session.input repeat what command.input said */
static const struct event_reader event_readers[] = {
	{ { "session.connect", 15 }, read_connect },
	{ { "session.closed", 14 }, read_closed },
	{ { "client.version", 14 }, read_version },
	{ { "client.kex", 10 }, read_kex },
	{ { "login.failed", 12 }, read_failed_login },
	{ { "login.success", 13 }, read_successful_login },
	{ { "direct-tcpip.request", 20 }, read_forward },
	{ { "direct-tcpip.data", 17 }, read_forward },
	{ { "command.input", 13 }, read_input },
	{ { "command.failed", 14 }, read_failed_command },
	{ { "log.closed", 10 }, read_tty },
	{ { "session.params", 14 }, read_touch },
	{ { "session.file_download", 21 }, read_download },
	{ { "session.file_download.failed", 28 }, read_download_failed },
	{ { "session.file_upload", 19 }, read_upload },
	{ { "client.fingerprint", 18 }, read_key },
	{ { "client.var", 10 }, read_variable },
	{ { "direct-tcpip.ja4", 16 }, read_ja4 },
	{ { "direct-tcpip.ja4h", 17 }, read_ja4 },
	{ { "telnet.exploit_attempt", 22 }, read_exploit },
};

static bool
is_enrichment(struct sv event)
{
	static const struct sv sources[] = { { "virustotal.", 11 }, { "reversedns.", 11 },
		{ "greynoise.", 10 }, { "abuseipdb.", 10 } };

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (sv_starts(event, sources[i]))
			return true;
	return false;
}

static enum coord_err
read_common(struct cowrie *c)
{
	struct event *e = &c->event;
	struct sv text;

	if (!json_exists(c->field[F_SRC_IP]))
		return reader_refuse(c->ctx, REFUSED_FIELD_MISSING, 0, "src_ip: missing");
	if (!value_addr(c->field[F_SRC_IP], &e->source)) {
		text = text_of(c, F_SRC_IP);
		return reader_refuse(c->ctx, REFUSED_FIELD_INVALID, 0,
		    "src_ip: expected an address, got \"%.*s\"",
		    (int)(text.len > 60 ? 60 : text.len), text.data == NULL ? "" : text.data);
	}
	if (!json_exists(c->field[F_TIMESTAMP]))
		return reader_refuse(c->ctx, REFUSED_FIELD_MISSING, 0, "timestamp: missing");
	if (!value_time(c->ctx, c->field[F_TIMESTAMP], &e->at_us)) {
		text = text_of(c, F_TIMESTAMP);
		return reader_refuse(c->ctx, REFUSED_TIME_INVALID, 0,
		    "timestamp: expected ISO 8601, got \"%.*s\"",
		    (int)(text.len > 60 ? 60 : text.len), text.data == NULL ? "" : text.data);
	}
	e->fold = FOLD_SESSION;
	e->sensor = text_of(c, F_SENSOR);
	(void)value_string(c->field[F_PROTOCOL], &e->protocol);
	(void)json_bool(c->field[F_LATE], &e->late);
	return COORD_OK;
}

enum coord_err
cowrie_read_as(
    struct reader_ctx *ctx, const struct record *record, size_t prefix, struct sv protocol)
{
	struct cowrie c;
	struct sv event;

	c.ctx = ctx;
	c.event = EVENT_INIT;
	field_collect(record, field_names, F_COUNT, c.field);
	event = sv_skip(text_of(&c, F_EVENTID), prefix);
	c.event.session = text_of(&c, F_SESSION);
	c.event.protocol = protocol;
	c.event.index = record->index;
	c.event.doc = record->doc;
	if (c.event.session.len == 0 || is_enrichment(event))
		return reader_ignore(ctx);
	TRY(read_common(&c));
	for (size_t i = 0; i < sizeof(event_readers) / sizeof(event_readers[0]); i++)
		if (sv_eq(event, event_readers[i].name))
			return event_readers[i].read(&c);
	return read_touch(&c);
}

static bool
cowrie_recognise(const struct record *record)
{
	struct sv event;

	return json_string(record_get(record, SV("eventid")), &event) &&
	       sv_starts(event, SV("cowrie."));
}

static enum coord_err
cowrie_read(struct reader_ctx *ctx, const struct record *record)
{
	return cowrie_read_as(ctx, record, sizeof("cowrie.") - 1, SV_NONE);
}

const struct reader reader_cowrie = {
	.name = "cowrie",
	.title = "Cowrie JSON events (SSH and Telnet honeypot)",
	.json = true,
	.recognise = cowrie_recognise,
	.read = cowrie_read,
};
