/* dshield_json.c - what a DShield sensor submits, and its local copies (input-formats.md section 3).
 *
 * One POST body is {"type": T, "logs": [...]}; a bare log record may stand alone. Firewall records are packets, web
 * records go to the web honeypot's reader, Cowrie records and legacy log-ins are one session each. A bad record inside
 * a body is refused alone. */
#include "ingest/packet.h"

static const char *const PACKET_TIMES[] = { "time", "timestamp", "date", NULL };
static const char *const SOURCES[] = { "sip", "source_ip", "src_ip", "ip", "source", NULL };
static const char *const TARGET_PORTS[] = { "dport", NULL };
static const char *const SOURCE_PORTS[] = { "sport", NULL };
static const char *const LOGIN_TIMES[] = { "timestamp", "time", "date", NULL };
static const char *const USERS[] = { "user", "username", NULL };
static const char *const PASSWORDS[] = { "password", "pass", NULL };

typedef enum coord_err (*reader_fn)(
    struct reader_ctx *ctx, const struct record *record, struct sv type);

static bool
is_packet(struct json_value j)
{
	return json_exists(json_get(j, SV("sip"))) &&
	       (json_exists(json_get(j, SV("proto"))) || json_exists(json_get(j, SV("dport"))));
}

static bool
is_login(struct json_value j)
{
	return json_exists(json_get(j, SV("source_ip"))) &&
	       json_exists(json_get(j, SV("lastcommand")));
}

static enum coord_err
read_packet(struct reader_ctx *ctx, const struct record *record, struct sv type)
{
	struct json_value j = record->json;
	struct packet p = PACKET_INIT;
	enum session_transport transport;
	uint16_t source_port = 0, target_port = 0;

	(void)type;
	TRY(need_time(ctx, j, PACKET_TIMES, &p.at_us));
	TRY(need_addr(ctx, j, SOURCES, &p.source));
	TRY(check_port(ctx, j, SOURCE_PORTS, &source_port));
	TRY(check_port(ctx, j, TARGET_PORTS, &target_port));
	field_addr(j, SV("dip"), &p.destination);
	field_string(j, SV("sensor"), &p.sensor);
	p.protocol = field_text(ctx, j, "proto");
	transport = transport_of(p.protocol);
	if (transport == TRANSPORT_ICMP) {
		p.icmp_type = source_port; /* ICMP: type and code in the place of the ports */
	} else if (json_exists(json_get(j, SV("dport")))) {
		p.source_port = source_port;
		p.target_port = target_port;
	}
	return packet_emit(ctx, record, &p);
}

static enum coord_err
read_web(struct reader_ctx *ctx, const struct record *record, struct sv type)
{
	(void)type;
	return reader_webhoneypot.read(ctx, record);
}

/** "date" and "time" apart in the legacy log-ins. */
static enum coord_err
login_time(struct reader_ctx *ctx, struct json_value j, int64_t *ret)
{
	struct sv date = SV_NONE, time = SV_NONE;

	if (field_string(j, SV("date"), &date) && field_string(j, SV("time"), &time))
		return need_time_text(
		    ctx, "date", 0, emit_format(ctx, "%.*s %.*s", SV_ARG(date), SV_ARG(time)), ret);
	return need_time(ctx, j, LOGIN_TIMES, ret);
}

static enum coord_err
read_login(struct reader_ctx *ctx, const struct record *record, struct sv type)
{
	struct emit e = emit_new(ctx, record, FOLD_SESSION);
	struct json_value j = record->json;
	bool telnet = sv_starts(type, SV("telnet"));
	struct sv user = SV_NONE, password = SV_NONE, command = SV_NONE, text = SV_NONE;

	TRY(login_time(ctx, j, &e.base.at_us));
	TRY(need_addr(ctx, j, SOURCES, &e.base.source));
	field_addr(j, SV("dip"), &e.base.destination);
	field_string(j, SV("sensor"), &e.base.sensor);
	e.base.session = emit_content_id(ctx, j);
	e.base.transport = TRANSPORT_TCP;
	e.base.protocol = telnet ? SV("telnet") : SV("ssh");
	if (field_string(j, SV("protocol"), &text) && text.len > 0)
		e.base.protocol = emit_lower(ctx, text);
	e.base.target_port = sv_eq(e.base.protocol, SV("telnet")) ? 23 : 22;
	TRY(emit_connect(&e));
	TRY(emit_port(&e));
	field_any_string(j, USERS, &user);
	field_any_string(j, PASSWORDS, &password);
	TRY(emit_credential(&e, 0, user, password));
	if (field_string(j, SV("lastcommand"), &command) && command.len > 0)
		TRY(emit_item(&e, ITEM_COMMAND, 0, command, SV_NONE));
	if (field_string(j, SV("banner"), &text))
		TRY(emit_text(&e, TEXT_BANNER, field_unwrap_bytes(ctx, text)));
	return field_string(j, SV("hassh"), &text) ? emit_text(&e, TEXT_HASSH, text) : COORD_OK;
}

static const struct {
	const char *type;
	reader_fn read;
} TYPES[] = {
	{ "firewall", read_packet },
	{ "webhoneypot", read_web },
	{ "404report", read_web },
	{ "weblogs", read_web },
	{ "cowrie", read_login },
	{ "sshlogin", read_login },
	{ "telnetlogin", read_login },
};

static reader_fn
find_type(struct sv type)
{
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
		if (sv_eq(type, sv_from(TYPES[i].type)))
			return TYPES[i].read;
	return NULL;
}

static bool
is_body(struct json_value j)
{
	struct sv type;

	return json_type(json_get(j, SV("logs"))) == JSON_ARRAY &&
	       json_string(json_get(j, SV("type")), &type);
}

static bool
recognise(const struct record *record)
{
	return is_body(record->json) || is_packet(record->json) || is_login(record->json);
}

static enum coord_err
read_body(struct reader_ctx *ctx, const struct record *record)
{
	struct json_iter it = json_each(json_get(record->json, SV("logs")));
	struct record one = { .index = record->index, .doc = record->doc };
	struct sv type = SV_NONE;
	char got[EMIT_GOT_MAX];
	reader_fn read;
	enum coord_err rc;

	json_string(json_get(record->json, SV("type")), &type);
	if ((read = find_type(type)) == NULL)
		return reader_refuse(ctx, REFUSED_FIELD_INVALID, 0,
		    "type: expected a DShield submission type, got \"%.*s\"",
		    SV_ARG(sv_first(type, 48)));
	while (json_next(&it, &one.json)) {
		if (json_type(one.json) != JSON_OBJECT)
			rc = reader_refuse(ctx, REFUSED_FIELD_INVALID, 0,
			    "logs: expected objects, got %s", emit_got(one.json, got));
		else
			rc = read(ctx, &one, type);
		if (rc != COORD_OK && rc != COORD_EPARSE)
			return rc;
	}
	return COORD_OK;
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct json_value j = record->json;

	if (is_body(j))
		return read_body(ctx, record);
	if (is_login(j) || !json_exists(json_get(j, SV("sip"))))
		return read_login(ctx, record, SV("cowrie"));
	return read_packet(ctx, record, SV("firewall"));
}

const struct reader reader_dshield_json = {
	.name = "dshield-json",
	.title = "DShield submissions: firewall, web, Cowrie, log-ins (JSON)",
	.json = true,
	.recognise = recognise,
	.read = read_record,
};
