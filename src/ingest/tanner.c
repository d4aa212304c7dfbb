/* tanner.c - requests as the web honeypot Tanner (behind Snare) reports them, one JSON object a line.
 *
 * `peer` holds address and port, `post_data` the decoded form as an object, times have no zone. `uuid` names the Snare
 * process, not the sensor: it changes at every start. Requests of one source are folded by gaps. */
#include "ingest/http.h"

enum { FORM_MOST = 65536 };

static const char *const TIMES[] = { "timestamp", NULL };
static const char *const SOURCES[] = { "peer.ip", NULL };
static const char *const PORTS[] = { "peer.port", NULL };

static bool
recognise(const struct record *record)
{
	struct json_value peer = json_get(record->json, SV("peer"));

	return json_exists(json_get(peer, SV("ip"))) &&
	       json_exists(json_get(record->json, SV("path"))) &&
	       json_exists(json_get(record->json, SV("method")));
}

/** The form's members as "key=value&...": what was sent, decoded. */
static struct sv
form_text(struct reader_ctx *ctx, struct json_value form)
{
	struct buf out = BUF_INIT(FORM_MOST);
	struct json_iter it = json_each(form);
	struct json_value v;
	struct sv key, text = SV_NONE;
	char *copy;

	if (json_type(form) != JSON_OBJECT)
		return value_text(ctx, form);
	while (json_next_member(&it, &key, &v)) {
		if (out.len > 0)
			buf_add_char(&out, '&');
		buf_add_sv(&out, key);
		buf_add_char(&out, '=');
		buf_add_sv(&out, value_text(ctx, v));
	}
	if (out.len > 0 && (copy = reader_scratch(ctx, out.len)) != NULL) {
		memcpy(copy, out.data, out.len);
		text = (struct sv){ copy, out.len };
	}
	buf_clear(&out);
	return text;
}

/** Tanner's own verdict on the request, when it is more than "an index page" or "unknown". */
static enum coord_err
emit_detection(const struct emit *e, struct json_value j)
{
	struct sv name;

	if (!field_string(j, SV("response_msg.response.message.detection.name"), &name))
		return COORD_OK;
	if (name.len == 0 || sv_eq(name, SV("index")) || sv_eq(name, SV("unknown")))
		return COORD_OK;
	return emit_item(
	    e, ITEM_SIGNATURE, 0, emit_format(e->ctx, "tanner:%.*s", SV_ARG(name)), SV_NONE);
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct emit e = emit_new(ctx, record, FOLD_GAP);
	struct http_request r = { .headers = field_get(record->json, SV("headers")) };
	struct json_value j = record->json;

	TRY(need_time(ctx, j, TIMES, &e.base.at_us));
	TRY(need_addr(ctx, j, SOURCES, &e.base.source));
	TRY(check_port(ctx, j, PORTS, &e.base.source_port));
	field_string(j, SV("sensor"), &e.base.sensor);
	field_string(j, SV("method"), &r.method);
	field_string(j, SV("path"), &r.target);
	r.body = form_text(ctx, field_get(j, SV("post_data")));
	r.host = http_header(r.headers, SV("host"));
	r.user_agent = http_header(r.headers, SV("user-agent"));
	e.base.protocol = SV("http");
	e.base.transport = TRANSPORT_TCP;
	e.base.target_port = http_host_port(r.host);
	TRY(emit_connect(&e));
	TRY(emit_port(&e));
	TRY(http_emit(&e, &r));
	return emit_detection(&e, j);
}

const struct reader reader_tanner = {
	.name = "tanner",
	.title = "Tanner web honeypot report (JSON)",
	.json = true,
	.recognise = recognise,
	.read = read_record,
};
