/* web.c - requests, user agents and URLs in normal form; see normalise.h.
 *
 * A request is reduced to its template: method, path with masked names, query keys in the order sent (the order is the
 * tool's own). A URL is reduced the other way: everything that names the place is kept, everything that does not
 * (scheme, user, default port, the processor a dropper picked) goes. */
#include "detect/text/normalise.h"

#include "base/base.h"
#include "detect/text/data/words.h"
#include "detect/text/decode.h"
#include "detect/text/mask.h"

enum { KEY_MAX = 128, METHOD_MAX = 16, URL_MAX = 2048, HOST_MAX = 253 };

static bool
out_init(struct mask_out *out, struct arena *scratch)
{
	*out = (struct mask_out){ .data = arena_array_raw(scratch, NORMALISE_TEXT_MAX, 1),
		.cap = NORMALISE_TEXT_MAX };
	return out->data != NULL;
}

/** Bytes that are no printable ASCII become '.', so that normal forms are text. */
static struct sv
out_text(struct mask_out *out)
{
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] < ' ' || out->data[i] > '~')
			out->data[i] = '.';
	return (struct sv){ out->data, out->len };
}

static bool
is_method(struct sv s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.data[i] >= 'A' && s.data[i] <= 'Z') || s.data[i] == '-' ||
			s.data[i] == '_'))
			return false;
	return s.len > 0 && s.len <= METHOD_MAX;
}

static void
put_query(struct sv query, struct mask_out *out, struct arena *scratch)
{
	while (query.data != NULL && out->len < out->cap) {
		struct sv pair = sv_cut(&query, '&'), key = sv_first(pair, KEY_MAX);
		size_t equal = sv_find_char(key, '=');

		mask_name(decode_percent(sv_first(key, equal), true, scratch), out);
		if (equal != SIZE_MAX)
			mask_put(out, SV("="));
		if (query.data != NULL)
			mask_put(out, SV("&"));
	}
}

/** "http://host" in front of the target of a proxy request. */
static struct sv
put_origin(struct sv target, struct mask_out *out)
{
	size_t scheme = sv_find(sv_first(target, 16), SV("://")), end;

	if (scheme == SIZE_MAX || target.data[0] == '/')
		return target;
	mask_put(out, sv_first(target, scheme + 3));
	mask_put(out, SV("<host>"));
	target = sv_skip(target, scheme + 3);
	end = sv_find_char(target, '/');
	return end == SIZE_MAX ? sv_first(target, 0) : sv_skip(target, end);
}

struct sv
normalise_request(struct sv method_target, struct arena *scratch)
{
	struct sv rest = sv_first(method_target, NORMALISE_LINE_MAX), method = sv_cut(&rest, ' ');
	struct mask_out out;
	struct sv path;

	if (!out_init(&out, scratch))
		return SV_NONE;
	if (!is_method(method)) {
		mask_put(&out, SV("<junk>"));
		return (struct sv){ out.data, out.len };
	}
	rest = sv_trim(rest.data == NULL ? SV("") : rest);
	if (sv_ends(rest, SV(" HTTP/1.1")) || sv_ends(rest, SV(" HTTP/1.0")))
		rest.len -= 9;
	mask_put(&out, method);
	mask_put(&out, SV(" "));
	rest = put_origin(decode_lookups(rest, scratch), &out);
	path = sv_cut(&rest, '?');
	mask_name(decode_percent(path, false, scratch), &out);
	if (rest.data != NULL) {
		mask_put(&out, SV("?"));
		put_query(rest, &out, scratch);
	}
	return out_text(&out);
}

struct sv
normalise_user_agent(struct sv agent, struct arena *scratch)
{
	struct mask_out out;

	if (!out_init(&out, scratch))
		return SV_NONE;
	mask_name(sv_trim(decode_lookups(sv_first(agent, NORMALISE_LINE_MAX), scratch)), &out);
	return out_text(&out);
}

static bool
is_host(struct sv host)
{
	bool dot = false;
	struct addr a;

	if (host.len > 2 && host.data[0] == '[')
		return host.data[host.len - 1] == ']' && addr_parse(host, &a);
	if (host.len < 3 || host.len > HOST_MAX || host.data[0] == '.' || host.data[0] == '-')
		return false;
	for (size_t i = 0; i < host.len; i++) {
		char c = host.data[i];

		dot |= c == '.';
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
			c == '_'))
			return false;
	}
	return dot && host.data[host.len - 1] != '.';
}

static struct sv
default_port(struct sv scheme)
{
	static const struct {
		const char *scheme, *port;
	} ports[] = {
		{ "https", "443" },
		{ "ftp", "21" },
		{ "tftp", "69" },
		{ "ldap", "389" },
		{ "rmi", "1099" },
	};

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (sv_ieq(scheme, sv_from(ports[i].scheme)))
			return sv_from(ports[i].port);
	return SV("80");
}

static struct sv
cut_scheme(struct sv *url)
{
	size_t at = sv_find(sv_first(*url, 16), SV("://"));
	struct sv scheme = SV("http");

	if (at != SIZE_MAX) {
		scheme = sv_first(*url, at);
		*url = sv_skip(*url, at + 3);
	}
	return scheme;
}

/** Splits "user@host:port" and puts the host in lower case, the port unless it is the scheme's own. */
static bool
put_authority(struct sv authority, struct sv scheme, struct mask_out *out)
{
	size_t at = sv_find_char(authority, '@'), colon;
	struct sv port = SV_NONE, host;
	uint64_t number;

	while (at != SIZE_MAX) {
		authority = sv_skip(authority, at + 1);
		at = sv_find_char(authority, '@');
	}
	colon = authority.len;
	while (colon > 0 && authority.data[colon - 1] >= '0' && authority.data[colon - 1] <= '9')
		colon--;
	if (colon > 0 && authority.data[colon - 1] == ':') {
		port = sv_skip(authority, colon);
		authority = sv_first(authority, colon - 1);
		if (port.len > 0 && (!sv_to_u64(port, &number) || number == 0 || number > 65535))
			return false;
	}
	for (size_t i = 0; i < authority.len && i <= HOST_MAX; i++) {
		char c = authority.data[i];
		char lower = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;

		mask_put(out, (struct sv){ &lower, 1 });
	}
	host = (struct sv){ out->data, out->len };
	if (authority.len > HOST_MAX || !is_host(host))
		return false;
	if (port.len > 0 && !sv_eq(port, default_port(scheme))) {
		mask_put(out, SV(":"));
		mask_put(out, port);
	}
	return true;
}

static bool
is_atom_end(char c)
{
	return c == '.' || c == '-' || c == '/' || c == '?';
}

/** The path with processor names in its last segment masked. */
static void
put_path(struct sv path, struct mask_out *out)
{
	size_t last = 0;

	for (size_t i = 0; i < path.len && path.data[i] != '?'; i++)
		last = path.data[i] == '/' ? i : last;
	mask_put(out, sv_first(path, last));
	path = sv_skip(path, last);
	while (path.len > 0) {
		size_t n = 0;

		if (path.data[0] == '?') {
			mask_put(out, path);
			return;
		}
		while (n < path.len && !is_atom_end(path.data[n]))
			n++;
		mask_put(out, words_is_arch(sv_first(path, n)) ? SV("<arch>") : sv_first(path, n));
		mask_put(out, sv_first(sv_skip(path, n), path.len > n && path.data[n] != '?'));
		path = sv_skip(path, path.len > n && path.data[n] != '?' ? n + 1 : n);
	}
}

struct sv
normalise_url(struct sv url, struct arena *scratch, struct sv *ret_host)
{
	struct mask_out out = { .cap = URL_MAX };
	struct sv rest = sv_trim(url), scheme = cut_scheme(&rest);
	size_t end = 0, host;

	*ret_host = SV_NONE;
	while (end < rest.len && rest.data[end] != '/' && rest.data[end] != '?' &&
	       rest.data[end] != '#')
		end++;
	if (end == 0 || end > HOST_MAX + 64 ||
	    (out.data = arena_array_raw(scratch, URL_MAX, 1)) == NULL ||
	    !put_authority(sv_first(rest, end), scheme, &out))
		return SV_NONE;
	host = out.len;
	rest = sv_skip(rest, end);
	rest = sv_first(rest, sv_find_char(rest, '#'));
	if (rest.len == 0 || rest.data[0] != '/')
		mask_put(&out, SV("/"));
	put_path(rest, &out);
	*ret_host = (struct sv){ out.data, host };
	return (struct sv){ out.data, out.len };
}
