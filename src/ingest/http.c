/* http.c - one HTTP request as events.
 *
 * Indicators are taken from what the attacker wants executed (target, body, headers with a JNDI look-up), never from
 * ordinary headers: a Referer or a crawler's user agent names bystanders. Payloads are often obfuscated
 * ("${env:NaN:-l}dap${env:NaN:-:}//192.0.2.7:1389/x"), so an address behind "//" counts without its scheme. */
#include "ingest/http.h"

#include <ctype.h>

enum { INDICATORS_MOST = 8, SEARCHED_MOST = 16384 };

struct sv
http_header(struct json_value headers, struct sv name)
{
	struct json_iter it = json_each(headers);
	struct json_value v;
	struct sv key, value;

	if (json_type(headers) != JSON_OBJECT)
		return SV_NONE;
	while (json_next_member(&it, &key, &v))
		if (sv_ieq(key, name) && value_string(v, &value))
			return value;
	return SV_NONE;
}

/** "name:port" in parts; brackets taken off. False when the port is there and no port. */
static bool
host_split(struct sv host, struct sv *name, uint16_t *port)
{
	struct sv rest;
	uint64_t number;
	size_t at;

	host = sv_trim(host);
	if (sv_starts(host, SV("["))) {
		at = sv_find_char(host, ']');
		if (at == SIZE_MAX)
			return false;
		*name = sv_skip(sv_first(host, at), 1);
		rest = sv_skip(host, at + 1);
	} else {
		at = sv_find_char(host, ':');
		*name = at == SIZE_MAX ? host : sv_first(host, at);
		rest = at == SIZE_MAX ? SV("") : sv_skip(host, at);
	}
	*port = 0;
	if (rest.len == 0)
		return true;
	if (rest.data[0] != ':' || !sv_to_u64(sv_skip(rest, 1), &number) || number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

uint16_t
http_host_port(struct sv host)
{
	struct sv name;
	uint16_t port;

	return host_split(host, &name, &port) ? port : 0;
}

/** What ends a URL inside shell code, JSON, a query string or a look-up. */
static bool
ends_url(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f || strchr("\"'`;|&<>(){}[]\\$%+,", c) != NULL;
}

static bool
is_host_char(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_' || c == ':';
}

static struct sv
span(struct sv text, bool (*stop)(char), bool until)
{
	size_t n = 0;

	while (n < text.len && stop(text.data[n]) != until)
		n++;
	return sv_first(text, n);
}

/** The letters before "://" at `at`, in lower or upper case; empty when there are none. */
static struct sv
scheme_before(struct sv text, size_t at)
{
	size_t from = at;

	if (at == 0 || text.data[at - 1] != ':')
		return SV("");
	for (from = at - 1; from > 0 && isalpha((unsigned char)text.data[from - 1]); from--)
		;
	return (struct sv){ text.data + from, at - 1 - from };
}

static bool
is_fetch_scheme(struct sv scheme)
{
	static const char *const SCHEMES[] = { "http", "https", "ftp", "tftp" };

	for (size_t i = 0; i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++)
		if (sv_ieq(scheme, sv_from(SCHEMES[i])))
			return true;
	return false;
}

static bool
is_address(struct sv name)
{
	struct addr a;

	return addr_parse(name, &a);
}

/** One "//" found at `at`. */
static enum coord_err
emit_indicator(const struct emit *e, struct sv text, size_t at)
{
	struct sv scheme = scheme_before(text, at);
	struct sv host = span(sv_skip(text, at + 2), is_host_char, false);
	struct sv name, rest;
	uint16_t port;

	if (host.len == 0 || !host_split(host, &name, &port) || name.len == 0)
		return COORD_OK;
	if (scheme.len == 0 && !is_address(name))
		return COORD_OK;
	if (is_fetch_scheme(scheme)) {
		rest = sv_skip(text, at - 1 - scheme.len);
		rest = sv_first(
		    rest, scheme.len + 3 + span(sv_skip(text, at + 2), ends_url, true).len);
		TRY(emit_item(e, ITEM_URL, 0, rest, SV_NONE));
	}
	return emit_item(e, ITEM_HOST, 0, name, SV_NONE);
}

enum coord_err
http_emit_indicators(const struct emit *e, struct sv text)
{
	size_t at = 0;

	text = sv_first(text, SEARCHED_MOST);
	for (unsigned i = 0; i < INDICATORS_MOST; i++) {
		size_t step = sv_find(sv_skip(text, at), SV("//"));

		if (step == SIZE_MAX)
			break;
		at += step;
		TRY(emit_indicator(e, text, at));
		at += 2;
	}
	return COORD_OK;
}

static enum coord_err
emit_headers(const struct emit *e, struct json_value headers)
{
	struct json_iter it = json_each(headers);
	struct json_value v;
	struct sv key, value, seen = SV_NONE;

	if (json_type(headers) != JSON_OBJECT)
		return COORD_OK;
	while (json_next_member(&it, &key, &v)) {
		if (!value_string(v, &value))
			continue;
		TRY(emit_item(e, ITEM_HEADER, 0, key, value));
		/* scanners put one look-up into every header: once is enough */
		if (!sv_has(value, SV("${")) || sv_eq(value, seen))
			continue;
		seen = value;
		TRY(http_emit_indicators(e, value));
	}
	return COORD_OK;
}

/** The honeypot's own address is no one's choice: a HOST is a name, or an address other than the destination. */
static enum coord_err
emit_host(const struct emit *e, struct sv host)
{
	struct sv name;
	struct addr a;
	uint16_t port;

	if (host.len == 0 || !host_split(host, &name, &port) || name.len == 0)
		return COORD_OK;
	if (addr_parse(name, &a) &&
	    (addr_is_unknown(e->base.destination) || addr_cmp(a, e->base.destination) == 0))
		return COORD_OK;
	return emit_item(e, ITEM_HOST, 0, name, SV_NONE);
}

/** CONNECT host:port, or a whole URL as target: the honeypot was asked to fetch for somebody. */
static enum coord_err
emit_forward(const struct emit *e, const struct http_request *r)
{
	struct sv authority, name;
	uint16_t port;

	if (sv_ieq(r->method, SV("CONNECT")))
		authority = r->target;
	else if (sv_starts(r->target, SV("http://")))
		authority = span(sv_skip(r->target, 7), is_host_char, false);
	else
		return COORD_OK;
	if (!host_split(authority, &name, &port) || name.len == 0)
		return COORD_OK;
	return emit_item(e, ITEM_FORWARD, 0,
	    emit_format(e->ctx, sv_find_char(name, ':') == SIZE_MAX ? "%.*s:%u" : "[%.*s]:%u",
		SV_ARG(name), (unsigned)(port == 0 ? 80 : port)),
	    SV_NONE);
}

static struct sv
request_line(struct reader_ctx *ctx, struct sv method, struct sv target)
{
	size_t len = method.len + 1 + target.len;
	char *text;

	if (method.len == 0)
		return target;
	if (target.len == 0)
		return method;
	if ((text = reader_scratch(ctx, len)) == NULL)
		return SV_NONE;
	memcpy(text, method.data, method.len);
	text[method.len] = ' ';
	memcpy(text + method.len + 1, target.data, target.len);
	return (struct sv){ text, len };
}

enum coord_err
http_emit(const struct emit *e, const struct http_request *r)
{
	struct sv body = r->body.len == 0 ? SV_NONE : r->body;

	if (r->method.len > 0 || r->target.len > 0)
		TRY(emit_item(
		    e, ITEM_REQUEST, 0, request_line(e->ctx, r->method, r->target), body));
	TRY(emit_text(e, TEXT_USER_AGENT, r->user_agent));
	TRY(emit_headers(e, r->headers));
	if (!json_exists(r->headers) && sv_has(r->user_agent, SV("${")))
		TRY(http_emit_indicators(e, r->user_agent));
	TRY(emit_host(e, r->host));
	TRY(emit_forward(e, r));
	if (!sv_starts(r->target, SV("http://"))) /* the proxy's target was named above */
		TRY(http_emit_indicators(e, r->target));
	return http_emit_indicators(e, body);
}
