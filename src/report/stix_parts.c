/* stix_parts.c - see stix.h. */
#include "report/stix.h"

#include <stdio.h>

#include "report/clean.h"

void
stix_canonical_string(struct buf *out, struct sv value)
{
	static const char shorts[] = "\b\t\n\f\r\"\\";
	static const char letters[] = "btnfr\"\\";

	buf_add_char(out, '"');
	while (value.len > 0) {
		struct sv before = value;
		bool valid;
		uint32_t c = clean_next(&value, &valid);
		const char *at = c != 0 && c < 0x80 ? strchr(shorts, (int)c) : NULL;

		if (!valid)
			buf_add_str(out, "\xef\xbf\xbd");
		else if (at != NULL)
			buf_printf(out, "\\%c", letters[at - shorts]);
		else if (c < 0x20)
			buf_printf(out, "\\u%04x", c);
		else
			buf_add(out, before.data, before.len - value.len);
	}
	buf_add_char(out, '"');
}

static enum coord_err
named(const char *type, const uint8_t space[16], struct buf *name, char ret[STIX_ID],
    struct coord_error *err)
{
	char uuid[UUID_TEXT];
	enum coord_err rc = document_done(name, err);

	if (rc == COORD_OK)
		rc = uuid_v5(space, buf_sv(name), uuid, err);
	if (rc == COORD_OK)
		(void)snprintf(ret, STIX_ID, "%s--%s", type, uuid);
	return rc;
}

enum coord_err
stix_observable_id(const char *type, const char *property, struct sv value, char ret[STIX_ID],
    struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf name = BUF_INIT(1 << 24);

	buf_printf(&name, "{\"%s\":", property);
	stix_canonical_string(&name, value);
	buf_add_char(&name, '}');
	return named(type, UUID_STIX_OBSERVABLE, &name, ret, err);
}

enum coord_err
stix_file_id(struct sv sha256, char ret[STIX_ID], struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf name = BUF_INIT(1 << 24);

	buf_add_str(&name, "{\"hashes\":{\"SHA-256\":");
	stix_canonical_string(&name, sha256);
	buf_add_str(&name, "}}");
	return named("file", UUID_STIX_OBSERVABLE, &name, ret, err);
}

enum coord_err
stix_id(const char *type, const char *name, char ret[STIX_ID], struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf full = BUF_INIT(1 << 24);

	buf_printf(&full, "%s:%s", type, name);
	return named(type, UUID_PROJECT, &full, ret, err);
}

void
stix_time(int64_t us, char ret[STIX_TIME])
{
	int64_t rest = us % TIME_SECOND;
	int64_t second = us - rest;
	char text[TIME_TEXT_MAX];

	if (rest < 0) {
		rest += TIME_SECOND;
		second -= TIME_SECOND;
	}
	time_format(second, true, text);
	(void)snprintf(ret, STIX_TIME, "%.19s.%03dZ", text, (int)(rest / 1000));
}

void
stix_pattern_string(struct buf *out, struct sv value)
{
	buf_add_char(out, '\'');
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '\'' || value.data[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, value.data[i]);
	}
	buf_add_char(out, '\'');
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool
stix_is_sha256(struct sv text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_hex(text.data[i]))
			return false;
	return text.len == 64;
}

/* The scheme's length with its colon; 0: none. */
static size_t
scheme_len(struct sv url)
{
	size_t n = sv_find_char(url, ':');

	if (n == SIZE_MAX || n == 0 || n > 20 || (url.data[0] >= '0' && url.data[0] <= '9'))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!is_alnum(url.data[i]) && sv_find_char(SV("+-."), url.data[i]) == SIZE_MAX)
			return 0;
	return n + 1;
}

bool
stix_uri(struct buf *out, struct sv url)
{
	size_t scheme = scheme_len(url);
	bool fragment = false;

	if (url.data == NULL || scheme == 0 || !sv_starts(sv_skip(url, scheme), SV("//")) ||
	    url.len < scheme + 3)
		return false;
	for (size_t i = 0; i < url.len; i++) {
		char c = url.data[i];
		bool escape = c == '%' && i + 2 < url.len && is_hex(url.data[i + 1]) &&
			      is_hex(url.data[i + 2]);
		bool plain = is_alnum(c) || (c != 0 && strchr("-._~:/?@!$&'()*+,;=", c) != NULL);

		if (plain || escape || (c == '#' && !fragment))
			buf_add_char(out, c);
		else
			buf_printf(out, "%%%02X", (unsigned char)c);
		fragment = fragment || c == '#';
	}
	return true;
}

/* Where the next place "<...>" is that stands for anything; its length goes to *len. SIZE_MAX: none. */
static size_t
next_blank(struct sv form, size_t *len)
{
	size_t open = sv_find_char(form, '<');
	size_t close = open == SIZE_MAX ? SIZE_MAX : sv_find_char(sv_skip(form, open), '>');

	*len = close == SIZE_MAX ? 0 : close + 1;
	return close == SIZE_MAX ? SIZE_MAX : open;
}

bool
stix_url_has_form(struct sv url, struct sv form)
{
	size_t scheme = sv_find(url, SV("://"));
	bool anchored = true; /* the next literal must stand right here */

	if (url.data == NULL || form.data == NULL)
		return false;
	if (scheme != SIZE_MAX && !sv_has(form, SV("://")))
		url = sv_skip(url, scheme + 3);
	for (;;) {
		size_t len;
		size_t blank = next_blank(form, &len);
		struct sv literal = sv_first(form, blank == SIZE_MAX ? form.len : blank);
		size_t at =
		    anchored ? (sv_starts(url, literal) ? 0 : SIZE_MAX) : sv_find(url, literal);

		if (blank == SIZE_MAX)
			return anchored ? sv_eq(url, literal) : sv_ends(url, literal);
		if (at == SIZE_MAX)
			return false;
		url = sv_skip(url, at + literal.len);
		form = sv_skip(form, blank + len);
		anchored = false;
	}
}
