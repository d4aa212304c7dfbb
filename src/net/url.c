/* url.c - a URL taken apart by libcurl's parser, and compared with what stands there: where the two differ (a number that libcurl
 * reads as an address, a percent sign in a host, a second "@") the URL is odd, and refused. So the text that was checked is the
 * text that is asked for. */
#include <curl/curl.h>
#include <stdio.h>

#include "net/private.h"

struct parts {
	char *scheme, *host, *port;
};

static enum coord_err
odd(struct coord_error *err, const char *what)
{
	return error_set(err, COORD_EINVALID, "URL: %s", what);
}

/** Printable ASCII without blanks and without what browsers and libraries read in different ways. */
static bool
is_clean(struct sv url)
{
	for (size_t i = 0; i < url.len; i++)
		if (url.data[i] <= ' ' || url.data[i] > '~' || url.data[i] == '\\')
			return false;
	return true;
}

/** Between "://" and the path. */
static struct sv
authority_of(struct sv url)
{
	size_t start = sv_find(url, SV("://"));
	struct sv rest = start == SIZE_MAX ? SV_NONE : sv_skip(url, start + 3);
	size_t n = 0;

	while (n < rest.len && strchr("/?#", rest.data[n]) == NULL)
		n++;
	return sv_first(rest, n);
}

/** Is its last label a number, so that some reader takes the host for an address? */
static bool
ends_in_number(struct sv host)
{
	struct sv label = host;
	bool digits = true;

	if (sv_ends(label, SV(".")))
		label.len--;
	for (size_t i = label.len; i > 0; i--)
		if (label.data[i - 1] == '.') {
			label = sv_skip(label, i);
			break;
		}
	for (size_t i = 0; i < label.len; i++)
		digits = digits && label.data[i] >= '0' && label.data[i] <= '9';
	return (label.len > 0 && digits) || sv_starts(label, SV("0x")) ||
	       sv_starts(label, SV("0X"));
}

static bool
is_name(struct sv host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '_' || c == '.'))
			return false;
	}
	return host.len > 0 && host.data[0] != '.' && sv_find(host, SV("..")) == SIZE_MAX;
}

/** IPv6 in brackets: only hex digits, colons and dots between them. */
static bool
take_v6(struct sv host, struct net_url *ret)
{
	struct sv inside = { host.data + 1, host.len - 2 };

	for (size_t i = 0; i < inside.len; i++)
		if (strchr("0123456789abcdefABCDEF:.", inside.data[i]) == NULL)
			return false;
	return sv_find_char(inside, ':') != SIZE_MAX && addr_parse(inside, &ret->literal);
}

static enum coord_err
take_host(struct sv host, struct net_url *ret, struct coord_error *err)
{
	if (host.len == 0)
		return odd(err, "it has no host");
	if (host.len > 253)
		return odd(err, "its host is longer than 253 bytes");
	if (host.data[0] == '[') {
		if (host.len < 4 || host.data[host.len - 1] != ']' || !take_v6(host, ret))
			return odd(err, "its host is no IPv6 address");
		ret->is_literal = true;
	} else if (ends_in_number(host)) {
		if (sv_find_char(host, ':') != SIZE_MAX || !addr_parse(host, &ret->literal))
			return odd(err, "its host is a number but no dotted quad");
		ret->is_literal = true;
	} else if (!is_name(host)) {
		return odd(err, "its host has characters that no name has");
	}
	memcpy(ret->host, host.data, host.len);
	ret->host[host.len] = 0;
	return COORD_OK;
}

/** The authority has to be the host that libcurl found, with or without a port behind it. */
static bool
same_authority(struct sv authority, const struct parts *parts)
{
	struct sv host = sv_from(parts->host), rest;
	uint64_t port;

	if (authority.len < host.len || !sv_ieq(sv_first(authority, host.len), host))
		return false;
	rest = sv_skip(authority, host.len);
	if (rest.len == 0)
		return true;
	return rest.data[0] == ':' && rest.len <= 6 && sv_to_u64(sv_skip(rest, 1), &port) &&
	       port > 0 && port <= 65535;
}

static enum coord_err
take_parts(struct sv text, const struct parts *parts, struct net_url *ret, struct coord_error *err)
{
	struct sv authority = authority_of(text);
	uint64_t port;

	if (strcmp(parts->scheme, "http") != 0 && strcmp(parts->scheme, "https") != 0)
		return odd(err, "expected https or http");
	if (sv_find_char(authority, '@') != SIZE_MAX)
		return odd(err, "it holds a user or password");
	if (sv_find_char(text, '#') != SIZE_MAX)
		return odd(err, "it has a fragment");
	TRY(take_host(sv_from(parts->host), ret, err));
	if (!same_authority(authority, parts))
		return odd(err, ret->is_literal ? "its host is a number but no dotted quad"
						: "its host or port is spelt oddly");
	if (!sv_to_u64(sv_from(parts->port), &port) || port == 0 || port > 65535)
		return odd(err, "its port is no port");
	ret->port = (uint16_t)port;
	(void)snprintf(ret->scheme, sizeof(ret->scheme), "%s", parts->scheme);
	return COORD_OK;
}

static enum coord_err
parse(CURLU *handle, struct sv text, struct net_url *ret, struct coord_error *err)
{
	struct parts parts = { NULL, NULL, NULL };
	char copy[NET_URL_MOST + 1];
	enum coord_err rc;

	memcpy(copy, text.data, text.len);
	copy[text.len] = 0;
	if (curl_url_set(handle, CURLUPART_URL, copy, 0) != CURLUE_OK ||
	    curl_url_get(handle, CURLUPART_SCHEME, &parts.scheme, 0) != CURLUE_OK ||
	    curl_url_get(handle, CURLUPART_HOST, &parts.host, 0) != CURLUE_OK ||
	    curl_url_get(handle, CURLUPART_PORT, &parts.port, CURLU_DEFAULT_PORT) != CURLUE_OK)
		rc = odd(err, "it is malformed");
	else
		rc = take_parts(text, &parts, ret, err);
	curl_free(parts.scheme);
	curl_free(parts.host);
	curl_free(parts.port);
	return rc;
}

enum coord_err
net_url_parse(struct sv text, struct net_url *ret, struct coord_error *err)
{
	struct net_url url = { .is_literal = false };
	enum coord_err rc;
	CURLU *handle;

	if (text.len == 0 || text.len > NET_URL_MOST)
		return odd(err, text.len == 0 ? "it is empty" : "it is longer than 2048 bytes");
	if (!is_clean(text))
		return odd(err, "it holds blanks, control or other odd characters");
	if (!sv_ieq(sv_first(text, 7), SV("http://")) && !sv_ieq(sv_first(text, 8), SV("https://")))
		return odd(err, "expected https://HOST... or http://HOST...");
	handle = curl_url();
	if (handle == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a URL");
	rc = parse(handle, text, &url, err);
	curl_url_cleanup(handle);
	if (rc == COORD_OK)
		*ret = url;
	return rc;
}
