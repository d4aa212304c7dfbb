/* ecs.c - Elasticsearch documents in the common schema, as DShield-SIEM and Filebeat store them (input-formats.md
 * section 7).
 *
 * `event.dataset` tells where a document came from: honeypot (Cowrie), iptables, webhoneypot, zeek.*, suricata.eve; when it
 * is missing, the index name does. Names are dotted or nested. Cowrie's session id is event.code, its event type
 * event.outcome; event.duration is in seconds there and in nanoseconds in Filebeat's documents. Documents that only
 * enrich others (VirusTotal, threat intelligence) are no attack activity. */
#include "ingest/packet.h"
#include "ingest/zeek.h"

#include <inttypes.h>

static const char *const TIMES[] = { "@timestamp", "timestamp", NULL };
static const char *const SOURCES[] = { "source.ip", "source.address", "related.ip", NULL };
static const char *const TARGETS[] = { "destination.ip", "destination.address", NULL };
static const char *const TARGET_PORTS[] = { "destination.port", "url.port", NULL };
static const char *const SOURCE_PORTS[] = { "source.port", NULL };
static const char *const SENSORS[] = { "agent.name", "host.name", "observer.name", "host.hostname",
	NULL };
static const char *const AS_NUMBERS[] = { "source.geo.as.number", "source.as.number", NULL };
static const char *const AS_NAMES[] = { "source.geo.as.organization.name",
	"source.as.organization.name", NULL };
static const char *const HASHES[] = { "file.hash.sha256", "related.hash", NULL };

enum kind { KIND_NONE, KIND_HONEYPOT, KIND_PACKET, KIND_WEB, KIND_ZEEK, KIND_SURICATA, KIND_OTHER };

static const struct {
	const char *name; /* of event.dataset, up to the end or a dot */
	enum kind kind;
} DATASETS[] = {
	{ "honeypot", KIND_HONEYPOT },
	{ "cowrie", KIND_HONEYPOT },
	{ "iptables", KIND_PACKET },
	{ "webhoneypot", KIND_WEB },
	{ "zeek", KIND_ZEEK },
	{ "suricata", KIND_SURICATA },
};

static const struct {
	const char *prefix; /* of the index, longest first */
	enum kind kind;
} INDICES[] = {
	{ "cowrie.dshield", KIND_PACKET },
	{ "cowrie.webhoneypot", KIND_WEB },
	{ "cowrie.vt_data", KIND_NONE },
	{ "cowrie.ttylog", KIND_NONE },
	{ "cowrie", KIND_HONEYPOT },
	{ "ti.", KIND_NONE },
};

static enum kind
kind_of(const struct record *record)
{
	struct sv dataset, module;

	if (field_string(record->json, SV("event.dataset"), &dataset)) {
		module = sv_cut(&dataset, '.');
		for (size_t i = 0; i < sizeof(DATASETS) / sizeof(DATASETS[0]); i++)
			if (sv_eq(module, sv_from(DATASETS[i].name)))
				return DATASETS[i].kind;
	}
	if (field_string(record->json, SV("event.module"), &module)) {
		if (sv_eq(module, SV("zeek")))
			return KIND_ZEEK;
		if (sv_eq(module, SV("suricata")))
			return KIND_SURICATA;
	}
	for (size_t i = 0; i < sizeof(INDICES) / sizeof(INDICES[0]); i++)
		if (sv_starts(record->index, sv_from(INDICES[i].prefix)))
			return INDICES[i].kind;
	return KIND_OTHER;
}

static bool
recognise(const struct record *record)
{
	static const char *const MARKS[] = { "event.dataset", "event.module", "ecs.version", NULL };
	struct json_value j = record->json;

	if (json_exists(field_any(j, MARKS, NULL)))
		return true;
	return json_exists(json_get(j, SV("@timestamp"))) &&
	       json_exists(field_any(j, SOURCES, NULL)) &&
	       !json_exists(json_get(j, SV("source_ip")));
}

/** What came with the document about the source: country, network, the name of a known scanner. */
static enum coord_err
emit_origin(const struct emit *e, struct json_value j)
{
	struct sv text;

	if (field_string(j, SV("source.geo.country_iso_code"), &text))
		TRY(emit_text(e, TEXT_COUNTRY, text));
	if (field_any_string(j, AS_NAMES, &text))
		TRY(emit_text(e, TEXT_AS_ORG, text));
	if (field_string(j, SV("event.reference"), &text) && !sv_eq(text, SV("no match")) &&
	    !sv_has(text, SV("://")))
		TRY(emit_text(e, TEXT_SCANNER, text));
	return COORD_OK;
}

static enum coord_err
emit_login(const struct emit *e, struct json_value j, struct sv outcome)
{
	struct sv action = field_text(e->ctx, j, "event.action");
	bool success = sv_eq(outcome, SV("login.success")) || sv_eq(action, SV("succeeded"));

	return emit_credential(e, success ? ITEM_SUCCESS : 0, field_text(e->ctx, j, "user.name"),
	    field_text(e->ctx, j, "user.password"));
}

static enum coord_err
emit_command(const struct emit *e, struct json_value j, struct sv outcome)
{
	bool failed = sv_eq(outcome, SV("command.failed"));
	struct sv text = field_text(e->ctx, j, "source.user.command");

	if (text.len == 0)
		return COORD_OK;
	return emit_item(e, ITEM_COMMAND, failed ? ITEM_FAILED : 0, text, SV_NONE);
}

static enum coord_err
emit_file(const struct emit *e, struct json_value j, struct sv outcome)
{
	struct sv url = SV_NONE, hash = SV_NONE, name = SV_NONE;
	bool trivial;

	(void)outcome;
	field_string(j, SV("url.original"), &url);
	field_any_string(j, HASHES, &hash);
	field_string(j, SV("file.name"), &name);
	trivial = url.len == 0 && sv_eq(outcome, SV("session.file_download"));
	if (url.len > 0)
		TRY(emit_item(e, ITEM_URL, 0, url, SV_NONE));
	if (hash.len == 0)
		return COORD_OK;
	return emit_item(e, ITEM_FILE_HASH, trivial ? ITEM_TRIVIAL : 0, hash, name);
}

static enum coord_err
emit_forward(const struct emit *e, struct json_value j, struct sv outcome)
{
	struct sv host = value_text(e->ctx, field_any(j, TARGETS, NULL));
	struct sv port = field_text(e->ctx, j, "destination.port");
	struct sv data = field_text(e->ctx, j, "http.request.body.content");

	(void)outcome;
	if (host.len == 0 || port.len == 0)
		return COORD_OK;
	return emit_item(e, ITEM_FORWARD, 0,
	    emit_format(e->ctx, "%.*s:%.*s", SV_ARG(host), SV_ARG(port)),
	    data.len == 0 ? SV_NONE : field_unwrap_bytes(e->ctx, data));
}

static enum coord_err
emit_tty(const struct emit *e, struct json_value j, struct sv outcome)
{
	struct sv id = field_text(e->ctx, j, "transaction.id");

	(void)outcome;
	return id.len == 0 ? COORD_OK : emit_item(e, ITEM_TTY, 0, id, SV_NONE);
}

static enum coord_err
emit_opening(const struct emit *e, struct json_value j, struct sv outcome)
{
	(void)j;
	(void)outcome;
	TRY(emit_connect(e));
	return emit_port(e);
}

static enum coord_err
emit_closing(const struct emit *e, struct json_value j, struct sv outcome)
{
	double seconds;
	int64_t duration = -1;

	(void)outcome;
	if (field_f64(j, SV("event.duration"), &seconds) && seconds >= 0 && seconds <= 1e7)
		duration = emit_us(seconds);
	return emit_close(e, e->base.at_us, duration);
}

static enum coord_err
emit_client(const struct emit *e, struct json_value j, struct sv outcome)
{
	struct sv text;

	(void)outcome;
	if (field_string(j, SV("process.name"), &text))
		TRY(emit_text(e, TEXT_BANNER, field_unwrap_bytes(e->ctx, text)));
	if (field_string(j, SV("ssh.client"), &text) && text.len == 32)
		TRY(emit_text(e, TEXT_HASSH, text));
	return COORD_OK;
}

static const struct {
	const char *outcome;
	enum coord_err (*emit)(const struct emit *e, struct json_value j, struct sv outcome);
} OUTCOMES[] = {
	{ "session.connect", emit_opening },
	{ "session.closed", emit_closing },
	{ "client.version", emit_client },
	{ "client.kex", emit_client },
	{ "login.success", emit_login },
	{ "login.failed", emit_login },
	{ "command.input", emit_command },
	{ "command.failed", emit_command },
	{ "session.file_download", emit_file },
	{ "session.file_upload", emit_file },
	{ "session.file_download.failed", emit_file },
	{ "direct-tcpip.request", emit_forward },
	{ "direct-tcpip.data", emit_forward },
	{ "log.closed", emit_tty },
};

/** Cowrie's events. A forward's destination is where it was to go, not what was attacked. */
static enum coord_err
read_honeypot(struct emit *e, struct json_value j)
{
	struct sv outcome = field_text(e->ctx, j, "event.outcome");

	e->base.session = field_text(e->ctx, j, "event.code");
	e->base.protocol = emit_lower(e->ctx, field_text(e->ctx, j, "network.protocol"));
	e->base.transport = TRANSPORT_TCP;
	if (e->base.session.len == 0)
		return reader_ignore(e->ctx);
	emit_undo_redirect(e);
	if (sv_starts(outcome, SV("direct-tcpip"))) {
		e->base.target_port = 0;
		e->base.source_port = 0;
		e->base.destination = (struct addr){ { 0 } };
	}
	TRY(emit_touch(e));
	TRY(emit_origin(e, j));
	for (size_t i = 0; i < sizeof(OUTCOMES) / sizeof(OUTCOMES[0]); i++)
		if (sv_eq(outcome, sv_from(OUTCOMES[i].outcome)))
			return OUTCOMES[i].emit(e, j, outcome);
	return COORD_OK;
}

static int32_t
number_at(struct json_value j, const char *name, uint64_t most)
{
	uint64_t value;

	return field_u64(j, sv_from(name), &value) && value <= most ? (int32_t)value
								    : PACKET_UNKNOWN;
}

static enum coord_err
read_packet(struct emit *e, const struct record *record)
{
	struct packet p = PACKET_INIT;
	struct json_value j = record->json;

	p.at_us = e->base.at_us;
	p.source = e->base.source;
	p.destination = e->base.destination;
	p.sensor = e->base.sensor;
	p.protocol = field_text(e->ctx, j, "network.transport");
	p.source_port = number_at(j, "source.port", UINT16_MAX);
	p.target_port = number_at(j, "destination.port", UINT16_MAX);
	p.ttl = number_at(j, "network.ttl", UINT8_MAX);
	p.window = number_at(j, "network.window", UINT16_MAX);
	p.ip_id = number_at(j, "event.id", UINT16_MAX);
	TRY(packet_emit(e->ctx, record, &p));
	e->base.fold = FOLD_GAP;
	e->base.connection_only = true;
	e->base.transport = (uint8_t)transport_of(p.protocol);
	e->base.protocol = transport_token(e->ctx, p.protocol);
	return emit_origin(e, j);
}

/** The request target is url.original; url.query is the same in base64. */
static enum coord_err
read_web(struct emit *e, struct json_value j)
{
	static const char *const BODIES[] = { "http.response.body.content",
		"http.request.body.content", NULL };
	struct http_request r = { .headers = JSON_MISSING };
	struct sv rule = field_text(e->ctx, j, "rule.id");
	struct sv name = SV_NONE, query;

	e->base.fold = FOLD_GAP;
	e->base.protocol = SV("http");
	e->base.transport = TRANSPORT_TCP;
	field_string(j, SV("http.request.method"), &r.method);
	field_string(j, SV("user_agent.original"), &r.user_agent);
	field_any_string(j, BODIES, &r.body);
	if (!field_string(j, SV("url.original"), &r.target) &&
	    field_string(j, SV("url.query"), &query))
		r.target = emit_base64(e->ctx, query);
	field_string(j, SV("rule.name"), &name);
	TRY(emit_connect(e));
	TRY(emit_port(e));
	TRY(emit_origin(e, j));
	TRY(http_emit(e, &r));
	if (rule.len == 0)
		return COORD_OK;
	return emit_item(
	    e, ITEM_SIGNATURE, 0, emit_format(e->ctx, "dshield:%.*s", SV_ARG(rule)), name);
}

static const struct {
	enum zeek_field field;
	const char *name;
} ZEEK_NAMES[] = {
	{ ZEEK_UID, "zeek.session_id" },
	{ ZEEK_TS, "@timestamp" },
	{ ZEEK_ORIG_P, "source.port" },
	{ ZEEK_RESP_P, "destination.port" },
	{ ZEEK_PROTO, "network.transport" },
	{ ZEEK_SERVICE, "network.protocol" },
	{ ZEEK_ORIG_BYTES, "source.bytes" },
	{ ZEEK_RESP_BYTES, "destination.bytes" },
	{ ZEEK_METHOD, "http.request.method" },
	{ ZEEK_URI, "url.original" },
	{ ZEEK_HOST, "url.domain" },
	{ ZEEK_USER_AGENT, "user_agent.original" },
	{ ZEEK_USERNAME, "url.username" },
	{ ZEEK_CLIENT, "zeek.ssh.client" },
	{ ZEEK_HASSH, "zeek.ssh.hassh" },
};

static enum coord_err
read_zeek(struct emit *e, const struct record *record)
{
	struct zeek_row row = { .sensor = e->base.sensor };
	struct json_value j = record->json;
	struct sv dataset = field_text(e->ctx, j, "event.dataset");
	double nanoseconds;

	sv_cut(&dataset, '.');
	if (sv_eq(dataset, SV("connection")))
		dataset = SV("conn");
	for (size_t i = 0; i < sizeof(ZEEK_NAMES) / sizeof(ZEEK_NAMES[0]); i++)
		row.value[ZEEK_NAMES[i].field] = field_text(e->ctx, j, ZEEK_NAMES[i].name);
	row.value[ZEEK_ORIG_H] = value_text(e->ctx, field_any(j, SOURCES, NULL));
	row.value[ZEEK_RESP_H] = value_text(e->ctx, field_any(j, TARGETS, NULL));
	if (field_f64(j, SV("event.duration"), &nanoseconds) && nanoseconds >= 0 &&
	    nanoseconds < 1e16)
		row.value[ZEEK_DURATION] = emit_format(e->ctx, "%.6f", nanoseconds / 1e9);
	e->base.fold = FOLD_SESSION;
	if (dataset.len == 0)
		return reader_ignore(e->ctx);
	return zeek_emit(e->ctx, record, zeek_log_of(dataset, 0), &row);
}

static enum coord_err
read_suricata(struct emit *e, struct json_value j)
{
	static const char *const RULES[] = { "suricata.eve.alert.signature_id", "rule.id", NULL };
	static const char *const TEXTS[] = { "rule.name", "suricata.eve.alert.signature", NULL };
	struct sv flow = field_text(e->ctx, j, "suricata.eve.flow_id");
	struct sv rule = value_text(e->ctx, field_any(j, RULES, NULL));
	struct sv type = field_text(e->ctx, j, "suricata.eve.event_type");
	struct sv text = SV_NONE;
	struct http_request r = { .headers = JSON_MISSING };
	char day[TIME_TEXT_MAX];

	if (flow.len == 0 || sv_eq(type, SV("stats")) || sv_eq(type, SV("dns")) ||
	    sv_eq(type, SV("fileinfo")) || sv_eq(type, SV("anomaly")))
		return reader_ignore(e->ctx);
	time_format(e->base.at_us, true, day);
	e->base.session = emit_format(e->ctx, "%.*s-%.10s", SV_ARG(flow), day);
	e->base.transport = (uint8_t)transport_of(field_text(e->ctx, j, "network.transport"));
	e->base.protocol = emit_lower(e->ctx, field_text(e->ctx, j, "network.protocol"));
	field_any_string(j, TEXTS, &text);
	TRY(emit_port(e));
	if (rule.len > 0)
		TRY(emit_item(e, ITEM_SIGNATURE, 0,
		    emit_format(e->ctx, "suricata:%.*s", SV_ARG(rule)), text));
	field_string(j, SV("http.request.method"), &r.method);
	field_string(j, SV("url.original"), &r.target);
	field_string(j, SV("url.domain"), &r.host);
	field_string(j, SV("user_agent.original"), &r.user_agent);
	TRY(http_emit(e, &r));
	TRY(emit_origin(e, j));
	return emit_touch(e);
}

/** A document of another module: what the common schema says of any connection. */
static enum coord_err
read_other(struct emit *e, struct json_value j)
{
	struct http_request r = { .headers = JSON_MISSING };
	struct sv id = field_text(e->ctx, j, "event.id");

	e->base.fold = FOLD_ROW;
	e->base.session = e->base.doc.len > 0 ? e->base.doc : id;
	if (e->base.session.len == 0)
		e->base.session = emit_content_id(e->ctx, j);
	e->base.transport = (uint8_t)transport_of(field_text(e->ctx, j, "network.transport"));
	e->base.protocol = emit_lower(e->ctx, field_text(e->ctx, j, "network.protocol"));
	field_string(j, SV("http.request.method"), &r.method);
	field_string(j, SV("url.original"), &r.target);
	field_string(j, SV("user_agent.original"), &r.user_agent);
	TRY(emit_connect(e));
	TRY(emit_port(e));
	TRY(emit_login(e, j, SV("")));
	TRY(emit_command(e, j, SV("")));
	TRY(http_emit(e, &r));
	return emit_origin(e, j);
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct emit e = emit_new(ctx, record, FOLD_SESSION);
	struct json_value j = record->json;
	enum kind kind = kind_of(record);
	const char *name;

	if (kind == KIND_NONE)
		return reader_ignore(ctx);
	TRY(need_time(ctx, j, TIMES, &e.base.at_us));
	TRY(need_addr(ctx, j, SOURCES, &e.base.source));
	TRY(check_port(ctx, j, SOURCE_PORTS, &e.base.source_port));
	TRY(check_port(ctx, j, TARGET_PORTS, &e.base.target_port));
	if (json_exists(field_any(j, TARGETS, &name)))
		field_addr(j, sv_from(name), &e.base.destination);
	field_any_string(j, SENSORS, &e.base.sensor);
	e.base.asn = 0;
	if (json_exists(field_any(j, AS_NUMBERS, &name))) {
		uint64_t asn;

		if (field_u64(j, sv_from(name), &asn) && asn <= UINT32_MAX)
			e.base.asn = (uint32_t)asn;
	}
	switch (kind) {
	case KIND_HONEYPOT:
		return read_honeypot(&e, j);
	case KIND_PACKET:
		return read_packet(&e, record);
	case KIND_WEB:
		return read_web(&e, j);
	case KIND_ZEEK:
		return read_zeek(&e, record);
	case KIND_SURICATA:
		return read_suricata(&e, j);
	default:
		return read_other(&e, j);
	}
}

const struct reader reader_ecs = {
	.name = "ecs",
	.title = "Elasticsearch documents of DShield-SIEM and Filebeat (ECS)",
	.json = true,
	.recognise = recognise,
	.read = read_record,
};
