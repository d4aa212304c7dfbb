/* generic.c - see generic.h. Every field has a row of synonyms; the first that is there counts. Fields that may be lists
 * (commands, URLs, hashes, labels) are taken one by one, whether they come as a list or alone. */
#include "ingest/generic.h"

const char *const GENERIC_SOURCES[] = { "source_ip", "src_ip", "sourceIp", "srcIp", "attacker_ip",
	"attackerIp", "source.ip", "source.address", NULL };
const char *const GENERIC_TIMES[] = { "timestamp", "@timestamp", "start_time", "startTime", "start",
	"first_seen", "time", NULL };
const char *const GENERIC_IDS[] = { "session_id", "sessionId", "session", "id", "uuid", "uid",
	NULL };
const char *const GENERIC_PAYLOADS[] = { "payload", "request", "message", NULL };

static const char *const ENDS[] = { "end_time", "endTime", "end", "last_seen", NULL };
static const char *const DURATIONS[] = { "duration", "duration_s", "duration_seconds", NULL };
static const char *const TARGET_PORTS[] = { "target_port", "destination_port", "dst_port",
	"dest_port", "targetPort", "dport", "dpt", "port", NULL };
static const char *const SOURCE_PORTS[] = { "source_port", "src_port", "sourcePort", "sport", "spt",
	NULL };
static const char *const TARGETS[] = { "destination_ip", "dest_ip", "dst_ip", "target_ip",
	"destinationIp", "dip", NULL };
static const char *const SENSORS[] = { "sensor", "t-pot_hostname", "sensor_name", "honeypot",
	"sensor_id", "host", NULL };
static const char *const PROTOCOLS[] = { "protocol", "connection.protocol",
	"attack_connection.protocol", "app_proto", "service", NULL };
static const char *const TRANSPORTS[] = { "transport", "connection.transport", "proto", NULL };
static const char *const ASNS[] = { "asn", "as_number", "geoip.asn", "source.as.number", NULL };
static const char *const USERS[] = { "username", "user", "user_name", "login", NULL };
static const char *const PASSWORDS[] = { "password", "pass", "user_password", NULL };
static const char *const SUCCESSES[] = { "success", "login_success", "logged_in", NULL };
static const char *const CREDENTIALS[] = { "credentials", "auth_attempts", "logins", NULL };
static const char *const COMMANDS[] = { "commands", "command", "input", "cmd", "lastcommand",
	NULL };
static const char *const URLS[] = { "urls", "url", "download_url", "download_urls", NULL };
static const char *const HASHES[] = { "hashes", "hash", "file_hashes", "file_hash", "shasum",
	"sha256", NULL };
static const char *const LABELS[] = { "tags", "labels", "attack_types", "ip_rep", NULL };
static const char *const METHODS[] = { "method", "http_method", "request_method", NULL };
static const char *const PATHS[] = { "path", "uri", "request_uri", NULL };
static const char *const BODIES[] = { "body", "post_data", "data", NULL };
static const char *const AGENTS[] = { "user_agent", "useragent", "userAgent", "http_user_agent",
	"user-agent", NULL };
static const char *const BANNERS[] = { "banner", "client_version", "client", "ssh.client", NULL };
static const char *const HASSHES[] = { "hassh", "ssh.hassh", NULL };
static const char *const JA4S[] = { "ja4", "ja3", "tls.ja4", "tls.ja3", "ja3_digest", NULL };
static const char *const COUNTRIES[] = { "country_code", "geoip.country_code2", "country", NULL };
static const char *const AS_ORGS[] = { "as_org", "organization", "geoip.as_org", "as_name", NULL };
static const char *const FINGERPRINTS[] = { "fingerprint", "key_fingerprint", NULL };

/** Members that are used under one of the names above: no EXTRA is made of them. */
static const char *const *const USED[] = { GENERIC_SOURCES, GENERIC_TIMES, GENERIC_IDS,
	GENERIC_PAYLOADS, ENDS, DURATIONS, TARGET_PORTS, SOURCE_PORTS, TARGETS, SENSORS, PROTOCOLS,
	TRANSPORTS, ASNS, USERS, PASSWORDS, SUCCESSES, CREDENTIALS, COMMANDS, URLS, HASHES, LABELS,
	METHODS, PATHS, BODIES, AGENTS, BANNERS, HASSHES, JA4S, COUNTRIES, AS_ORGS, FINGERPRINTS };

enum { EXTRA_DEPTH_MOST = 4, EXTRA_MOST = 256 };

uint32_t
generic_asn(struct json_value v)
{
	struct sv text;
	uint64_t number = 0;

	if (json_string(v, &text)) {
		if (text.len > 2 && sv_ieq(sv_first(text, 2), SV("as")))
			text = sv_skip(text, 2);
		if (!sv_to_u64(text, &number))
			return 0;
	} else if (!json_u64(v, &number)) {
		return 0;
	}
	return number <= UINT32_MAX ? (uint32_t)number : 0;
}

enum coord_err
generic_base(struct emit *e, struct json_value j)
{
	const char *name;
	struct sv protocol, transport;

	TRY(check_port(e->ctx, j, SOURCE_PORTS, &e->base.source_port));
	TRY(check_port(e->ctx, j, TARGET_PORTS, &e->base.target_port));
	emit_undo_redirect(e);
	if (json_exists(field_any(j, TARGETS, &name)))
		field_addr(j, sv_from(name), &e->base.destination);
	field_any_string(j, SENSORS, &e->base.sensor);
	protocol = value_text(e->ctx, field_any(j, PROTOCOLS, NULL));
	transport = value_text(e->ctx, field_any(j, TRANSPORTS, NULL));
	if (protocol.len == 0)
		protocol = transport;
	if (transport.len == 0)
		transport = protocol;
	e->base.transport = (uint8_t)transport_of(transport);
	if (e->base.transport == TRANSPORT_OTHER)
		e->base.transport = TRANSPORT_TCP; /* "ssh": application protocols run over TCP */
	e->base.protocol = transport_token(e->ctx, protocol);
	e->base.asn = generic_asn(field_any(j, ASNS, NULL));
	return COORD_OK;
}

enum coord_err
generic_close(const struct emit *e, struct json_value j)
{
	const char *name;
	int64_t end;
	double seconds;

	if (json_exists(field_any(j, DURATIONS, &name)) && field_f64(j, sv_from(name), &seconds) &&
	    seconds >= 0 && seconds <= 1e7)
		return emit_close(e, e->base.at_us + emit_us(seconds), emit_us(seconds));
	if (json_exists(field_any(j, ENDS, &name)) && field_time(e->ctx, j, sv_from(name), &end) &&
	    end >= e->base.at_us && end < TIME_LATEST)
		return emit_close(e, end, end - e->base.at_us);
	return COORD_OK;
}

/** One text, or every text of a list. */
static enum coord_err
emit_texts(const struct emit *e, struct json_value v,
    enum coord_err (*emit_one)(const struct emit *e, struct sv text))
{
	struct json_iter it = json_each(v);
	struct sv text;

	if (json_type(v) != JSON_ARRAY) {
		text = value_text(e->ctx, v);
		return text.len == 0 ? COORD_OK : emit_one(e, text);
	}
	while (json_next(&it, &v)) {
		text = value_text(e->ctx, v);
		if (text.len > 0)
			TRY(emit_one(e, text));
	}
	return COORD_OK;
}

static enum coord_err
emit_command(const struct emit *e, struct sv text)
{
	return emit_item(e, ITEM_COMMAND, 0, text, SV_NONE);
}

/** A target ("/admin") under the name of a URL is no URL. */
static enum coord_err
emit_url(const struct emit *e, struct sv text)
{
	struct http_request r = { .target = text };

	if (!sv_has(text, SV("://")))
		return http_emit(e, &r);
	return emit_item(e, ITEM_URL, 0, text, SV_NONE);
}

static enum coord_err
emit_hash(const struct emit *e, struct sv text)
{
	return emit_item(e, ITEM_FILE_HASH, 0, emit_lower(e->ctx, text), SV_NONE);
}

static enum coord_err
emit_labels(const struct emit *e, struct json_value j)
{
	for (size_t i = 0; LABELS[i] != NULL; i++) {
		struct json_value v = field_get(j, sv_from(LABELS[i]));
		bool list = json_type(v) == JSON_ARRAY;
		struct json_iter it = json_each(v);
		struct sv text;

		while (list ? json_next(&it, &v) : json_exists(v)) {
			text = value_text(e->ctx, v);
			if (text.len > 0)
				TRY(emit_item(e, ITEM_LABEL, 0, text, sv_from(LABELS[i])));
			v = JSON_MISSING;
		}
	}
	return COORD_OK;
}

/** Empty is an answer too: the first that is there and not null. */
static struct sv
first_text(struct reader_ctx *ctx, struct json_value v, const char *const *names)
{
	struct sv text = SV_NONE;

	for (size_t i = 0; names[i] != NULL && text.data == NULL; i++)
		text = field_text(ctx, v, names[i]);
	return text;
}

/** {"user", "password", "success"} or "user:password". */
static enum coord_err
emit_login(const struct emit *e, struct json_value v)
{
	struct sv user, password;
	bool success = false;

	if (json_string(v, &password)) {
		if (sv_find_char(password, ':') == SIZE_MAX)
			return emit_credential(e, 0, password, SV_NONE);
		user = sv_cut(&password, ':');
		return emit_credential(e, 0, user, password);
	}
	user = first_text(e->ctx, v, USERS);
	password = first_text(e->ctx, v, PASSWORDS);
	json_bool(field_any(v, SUCCESSES, NULL), &success);
	return emit_credential(e, success ? ITEM_SUCCESS : 0, user, password);
}

static enum coord_err
emit_logins(const struct emit *e, struct json_value j)
{
	struct json_value list = field_any(j, CREDENTIALS, NULL);
	struct json_iter it = json_each(list);
	struct json_value v;

	TRY(emit_login(e, j));
	if (json_type(list) != JSON_ARRAY)
		return json_exists(list) ? emit_login(e, list) : COORD_OK;
	while (json_next(&it, &v))
		TRY(emit_login(e, v));
	return COORD_OK;
}

static enum coord_err
emit_request(const struct emit *e, struct json_value j)
{
	struct http_request r = { .headers = field_get(j, SV("headers")) };

	field_any_string(j, METHODS, &r.method);
	field_any_string(j, PATHS, &r.target);
	field_any_string(j, BODIES, &r.body);
	r.host = http_header(r.headers, SV("host"));
	if (!field_any_string(j, AGENTS, &r.user_agent))
		r.user_agent = http_header(r.headers, SV("user-agent"));
	if (r.target.len == 0 && r.method.len > 0)
		field_string(j, SV("url"), &r.target);
	if (r.method.len == 0 && r.target.len == 0 && r.body.len > 0)
		TRY(emit_item(e, ITEM_PAYLOAD, 0, r.body, SV_NONE));
	return http_emit(e, &r);
}

enum coord_err
generic_emit(const struct emit *e, struct json_value j)
{
	static const struct {
		const char *const *names;
		enum session_text text;
	} TEXTS[] = { { BANNERS, TEXT_BANNER }, { HASSHES, TEXT_HASSH }, { JA4S, TEXT_JA4 },
		{ COUNTRIES, TEXT_COUNTRY }, { AS_ORGS, TEXT_AS_ORG } };
	struct sv text;

	TRY(emit_logins(e, j));
	TRY(emit_texts(e, field_any(j, COMMANDS, NULL), emit_command));
	TRY(emit_request(e, j));
	if (!json_exists(field_any(j, METHODS, NULL)))
		TRY(emit_texts(e, field_any(j, URLS, NULL), emit_url));
	TRY(emit_texts(e, field_any(j, HASHES, NULL), emit_hash));
	TRY(emit_labels(e, j));
	if (field_any_string(j, FINGERPRINTS, &text))
		TRY(emit_item(e, ITEM_PUBLIC_KEY, 0, text, SV_NONE));
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		if (field_any_string(j, TEXTS[i].names, &text))
			TRY(emit_text(e, TEXTS[i].text, text));
	return COORD_OK;
}

static bool
is_used(struct sv key)
{
	for (size_t i = 0; i < sizeof(USED) / sizeof(USED[0]); i++)
		for (const char *const *name = USED[i]; *name != NULL; name++)
			if (sv_eq(key, sv_from(*name)))
				return true;
	return sv_eq(key, SV("headers"));
}

struct extras {
	const struct emit *e;
	unsigned n;
};

static enum coord_err
emit_extra(struct extras *x, struct sv key, struct json_value v, unsigned depth)
{
	struct json_iter it = json_each(v);
	struct json_value child;
	struct sv name, text;

	if (depth > EXTRA_DEPTH_MOST || x->n >= EXTRA_MOST)
		return COORD_OK;
	if (json_type(v) == JSON_OBJECT) {
		while (json_next_member(&it, &name, &child))
			TRY(emit_extra(x,
			    emit_format(x->e->ctx, "%.*s.%.*s", SV_ARG(key), SV_ARG(name)), child,
			    depth + 1));
		return COORD_OK;
	}
	if (json_type(v) == JSON_ARRAY) {
		while (json_next(&it, &child))
			TRY(emit_extra(x, key, child, depth + 1));
		return COORD_OK;
	}
	text = value_text(x->e->ctx, v);
	if (text.data == NULL)
		return COORD_OK;
	x->n++;
	return emit_item(x->e, ITEM_EXTRA, 0, key, text);
}

enum coord_err
generic_extras(const struct emit *e, struct json_value j)
{
	struct extras x = { .e = e };
	struct json_iter it = json_each(j);
	struct json_value v;
	struct sv key;

	while (json_next_member(&it, &key, &v))
		if (!is_used(key))
			TRY(emit_extra(&x, key, v, 0));
	return COORD_OK;
}

/** Cuts a line off, with or without the carriage return. */
static struct sv
cut_line(struct sv *rest)
{
	struct sv line = sv_cut(rest, '\n');

	if (sv_ends(line, SV("\r")))
		line.len--;
	return line;
}

/** "GET /admin HTTP/1.1" in parts. */
static bool
parse_request_line(struct sv line, struct http_request *r)
{
	struct sv rest = line;

	r->method = sv_cut(&rest, ' ');
	r->target = sv_cut(&rest, ' ');
	if (r->method.len == 0 || r->method.len > 16 || r->target.len == 0 ||
	    !sv_starts(rest, SV("HTTP/")))
		return false;
	for (size_t i = 0; i < r->method.len; i++)
		if (r->method.data[i] < 'A' || r->method.data[i] > 'Z')
			return false;
	return true;
}

enum coord_err
generic_payload(const struct emit *e, struct sv payload)
{
	struct http_request r = { .headers = JSON_MISSING };
	struct sv rest = payload, line, name;

	if (payload.len == 0)
		return COORD_OK;
	TRY(emit_item(e, ITEM_PAYLOAD, 0, payload, SV_NONE));
	if (!parse_request_line(cut_line(&rest), &r))
		return http_emit_indicators(e, payload);
	while (rest.data != NULL && (line = cut_line(&rest)).len > 0) {
		name = sv_cut(&line, ':');
		if (line.data == NULL)
			continue;
		line = sv_trim(line);
		TRY(emit_item(e, ITEM_HEADER, 0, name, line));
		if (sv_ieq(name, SV("host")))
			r.host = line;
		if (sv_ieq(name, SV("user-agent")))
			r.user_agent = line;
	}
	r.body = rest;
	return http_emit(e, &r);
}
