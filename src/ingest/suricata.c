/* suricata.c - Suricata EVE: alert, flow, http, ssh and tls events (input-formats.md section 6).
 *
 * flow_id names the connection for a day; it has up to 63 bits and is kept as an integer throughout. Only the flow event
 * knows start and end. The alerting packet may have come from the server: then source and destination change places,
 * so that the source is always who opened the connection. */
#include "ingest/http.h"

#include <inttypes.h>

static const char *const TIMES[] = { "timestamp", "@timestamp", NULL };
static const char *const FLOW_STARTS[] = { "flow.start", "timestamp", "@timestamp", NULL };
static const char *const SOURCES[] = { "src_ip", NULL };
static const char *const TARGETS[] = { "dest_ip", NULL };
static const char *const SOURCE_PORTS[] = { "src_port", NULL };
static const char *const TARGET_PORTS[] = { "dest_port", NULL };
static const char *const SENSORS[] = { "host", "host.name", "sensor", "t-pot_hostname",
	"agent.name", "sensor_name", NULL };

static bool
recognise(const struct record *record)
{
	struct json_value j = record->json;

	return json_exists(json_get(j, SV("event_type"))) &&
	       (json_exists(json_get(j, SV("flow_id"))) ||
		   (json_exists(json_get(j, SV("stats"))) &&
		       json_exists(json_get(j, SV("timestamp")))));
}

static enum coord_err
emit_alert(const struct emit *e, struct json_value j)
{
	struct sv id = field_text(e->ctx, j, "alert.signature_id");
	struct sv text = SV_NONE;
	struct sv cve = field_text(e->ctx, j, "alert.cve_id");
	struct sv payload = SV_NONE;

	field_string(j, SV("alert.signature"), &text);
	if (id.len == 0)
		return reader_refuse(e->ctx, REFUSED_FIELD_MISSING, 0,
		    "alert.signature_id: expected a number, got nothing");
	TRY(emit_item(
	    e, ITEM_SIGNATURE, 0, emit_format(e->ctx, "suricata:%.*s", SV_ARG(id)), text));
	if (cve.len > 0)
		TRY(emit_item(e, ITEM_EXTRA, 0, SV("cve"), cve));
	if (field_string(j, SV("payload_printable"), &payload) && payload.len > 0)
		TRY(emit_item(e, ITEM_PAYLOAD, 0, payload, SV_NONE));
	return COORD_OK;
}

static enum coord_err
emit_http(const struct emit *e, struct json_value j)
{
	struct json_value http = field_get(j, SV("http"));
	struct http_request r = { .headers = JSON_MISSING };

	if (json_type(http) != JSON_OBJECT)
		return COORD_OK;
	field_string(http, SV("http_method"), &r.method);
	field_string(http, SV("url"), &r.target);
	field_string(http, SV("hostname"), &r.host);
	field_string(http, SV("http_user_agent"), &r.user_agent);
	field_string(http, SV("http_request_body_printable"), &r.body);
	return http_emit(e, &r);
}

static enum coord_err
emit_ssh(const struct emit *e, struct json_value j)
{
	struct sv banner = SV_NONE, hassh = SV_NONE, version = SV_NONE;

	field_string(j, SV("ssh.client.hassh.hash"), &hassh);
	if (field_string(j, SV("ssh.client.software_version"), &banner) &&
	    !sv_starts(banner, SV("SSH-")) &&
	    field_string(j, SV("ssh.client.proto_version"), &version))
		banner = emit_format(e->ctx, "SSH-%.*s-%.*s", SV_ARG(version), SV_ARG(banner));
	TRY(emit_text(e, TEXT_BANNER, banner));
	return emit_text(e, TEXT_HASSH, hassh);
}

static enum coord_err
emit_tls(const struct emit *e, struct json_value j)
{
	static const char *const FINGERPRINTS[] = { "tls.ja4", "tls.ja3.hash", NULL };
	struct sv sni = SV_NONE, print = SV_NONE;

	field_any_string(j, FINGERPRINTS, &print);
	if (field_string(j, SV("tls.sni"), &sni) && sni.len > 0)
		TRY(emit_item(e, ITEM_HOST, 0, sni, SV_NONE));
	return emit_text(e, TEXT_JA4, print);
}

static enum coord_err
emit_flow(struct emit *e, struct json_value j)
{
	int64_t start = e->base.at_us, end;

	if (field_time(e->ctx, j, SV("flow.start"), &start))
		e->base.at_us = start;
	field_u64(j, SV("flow.bytes_toserver"), &e->base.bytes_in);
	field_u64(j, SV("flow.bytes_toclient"), &e->base.bytes_out);
	TRY(emit_connect(e));
	TRY(emit_port(e));
	e->base.bytes_in = 0;
	e->base.bytes_out = 0;
	if (!field_time(e->ctx, j, SV("flow.end"), &end) || end < start)
		return COORD_OK;
	return emit_close(e, end, end - start);
}

static void
swap_ends(struct event *base)
{
	struct addr a = base->source;
	uint16_t port = base->source_port;

	base->source = base->destination;
	base->destination = a;
	base->source_port = base->target_port;
	base->target_port = port;
}

/** flow.src_ip is who opened the flow, where it is given; else the direction tells. */
static bool
is_reply(struct json_value j, const struct event *base)
{
	struct addr opener;
	struct sv direction;

	if (field_addr(j, SV("flow.src_ip"), &opener))
		return addr_cmp(opener, base->source) != 0 &&
		       addr_cmp(opener, base->destination) == 0;
	return field_string(j, SV("direction"), &direction) && sv_eq(direction, SV("to_client"));
}

/** "1586497171462735-2025-07-28": a flow id is used again on another day. */
static enum coord_err
name_session(struct emit *e, struct json_value j)
{
	struct json_value id = field_get(j, SV("flow_id"));
	char day[TIME_TEXT_MAX], got[EMIT_GOT_MAX];
	int64_t start = e->base.at_us;
	uint64_t number;

	if (!value_u64(id, &number))
		return reader_refuse(e->ctx,
		    json_exists(id) ? REFUSED_FIELD_INVALID : REFUSED_FIELD_MISSING, 0,
		    "flow_id: expected an integer, got %s", emit_got(id, got));
	TRY(need_time(e->ctx, j, FLOW_STARTS, &start));
	time_format(start, true, day);
	e->base.session = emit_format(e->ctx, "%" PRIu64 "-%.10s", number, day);
	return COORD_OK;
}

static enum coord_err
emit_details(struct emit *e, struct json_value j, struct sv type)
{
	if (sv_eq(type, SV("flow")))
		return emit_flow(e, j);
	TRY(emit_touch(e));
	TRY(emit_port(e));
	if (sv_eq(type, SV("alert")))
		TRY(emit_alert(e, j));
	TRY(emit_http(e, j));
	TRY(emit_ssh(e, j));
	return emit_tls(e, j);
}

static bool
is_used(struct sv type)
{
	static const char *const TYPES[] = { "alert", "flow", "http", "ssh", "tls" };

	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
		if (sv_eq(type, sv_from(TYPES[i])))
			return true;
	return false;
}

/** What the flow spoke: the application layer where Suricata knows it, else the transport. */
static void
set_protocol(struct emit *e, struct json_value j, struct sv type)
{
	struct sv app = SV_NONE, proto = SV_NONE;

	field_string(j, SV("app_proto"), &app);
	field_string(j, SV("proto"), &proto);
	if (sv_eq(type, SV("http")) || sv_eq(type, SV("ssh")) || sv_eq(type, SV("tls")))
		app = type;
	e->base.transport = (uint8_t)transport_of(proto);
	if (app.len == 0 || sv_eq(app, SV("failed")) || sv_eq(app, SV("unknown"))) {
		e->base.connection_only = sv_eq(type, SV("flow"));
		e->base.protocol = transport_token(e->ctx, proto);
	} else {
		e->base.protocol = emit_lower(e->ctx, app);
	}
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct emit e = emit_new(ctx, record, FOLD_SESSION);
	struct json_value j = record->json;
	struct sv type = SV_NONE;

	field_string(j, SV("event_type"), &type);
	if (!is_used(type))
		return reader_ignore(ctx);
	TRY(need_time(ctx, j, TIMES, &e.base.at_us));
	TRY(need_addr(ctx, j, SOURCES, &e.base.source));
	TRY(need_addr(ctx, j, TARGETS, &e.base.destination));
	TRY(check_port(ctx, j, SOURCE_PORTS, &e.base.source_port));
	TRY(check_port(ctx, j, TARGET_PORTS, &e.base.target_port));
	TRY(name_session(&e, j));
	if (is_reply(j, &e.base))
		swap_ends(&e.base);
	field_any_string(j, SENSORS, &e.base.sensor);
	set_protocol(&e, j, type);
	return emit_details(&e, j, type);
}

const struct reader reader_suricata = {
	.name = "suricata",
	.title = "Suricata EVE events (JSON)",
	.json = true,
	.network = true,
	.recognise = recognise,
	.read = read_record,
};
