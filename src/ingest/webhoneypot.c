/* webhoneypot.c - requests as the DShield web honeypot logs them (input-formats.md section 2), one a line.
 *
 * There is no session and no source port: requests of one source to one address are folded by gaps. The old version
 * writes `useragent` as an array and `response_id` as an object, the new one a string and a number. */
#include "ingest/http.h"

static const char *const TIMES[] = { "time", "timestamp", "@timestamp", NULL };
static const char *const SOURCES[] = { "sip", "source_ip", NULL };

static bool
recognise(const struct record *record)
{
	struct json_value j = record->json;

	return json_exists(json_get(j, SV("sip"))) && !json_exists(json_get(j, SV("proto"))) &&
	       (json_exists(json_get(j, SV("url"))) || json_exists(json_get(j, SV("method"))));
}

/** The matched rule: an object with an id in the new version, without one in the old, a bare number in between. */
static enum coord_err
emit_rule(const struct emit *e, struct json_value rule)
{
	struct sv id = value_text(e->ctx, rule);
	struct sv comment = SV_NONE;

	if (json_type(rule) == JSON_OBJECT) {
		id = field_text(e->ctx, rule, "id");
		field_string(rule, SV("comment"), &comment);
	}
	if (id.len == 0)
		return COORD_OK;
	return emit_item(
	    e, ITEM_SIGNATURE, 0, emit_format(e->ctx, "dshield:%.*s", SV_ARG(id)), comment);
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct emit e = emit_new(ctx, record, FOLD_GAP);
	struct http_request r = { .headers = field_get(record->json, SV("headers")) };
	struct json_value j = record->json;

	TRY(need_time(ctx, j, TIMES, &e.base.at_us));
	TRY(need_addr(ctx, j, SOURCES, &e.base.source));
	field_addr(j, SV("dip"), &e.base.destination);
	field_string(j, SV("sensor"), &e.base.sensor);
	field_string(j, SV("method"), &r.method);
	field_string(j, SV("url"), &r.target);
	field_string(j, SV("data"), &r.body);
	r.host = http_header(r.headers, SV("host"));
	if (!field_string(j, SV("useragent"), &r.user_agent) || r.user_agent.len == 0)
		r.user_agent = http_header(r.headers, SV("user-agent"));
	e.base.protocol = SV("http");
	e.base.transport = TRANSPORT_TCP;
	e.base.target_port = http_host_port(r.host);
	TRY(emit_connect(&e));
	TRY(emit_port(&e));
	TRY(http_emit(&e, &r));
	return emit_rule(&e, field_get(j, SV("signature_id")));
}

const struct reader reader_webhoneypot = {
	.name = "webhoneypot",
	.title = "DShield web honeypot requests (JSON)",
	.json = true,
	.recognise = recognise,
	.read = read_record,
};
