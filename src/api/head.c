/* head.c - see head.h: RFC 9110 and 9112 as far as the engine needs them. */
#include "api/head.h"

static const char *const method_names[] = {
	[HTTP_GET] = "GET",
	[HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_PATCH] = "PATCH",
	[HTTP_DELETE] = "DELETE",
	[HTTP_OPTIONS] = "OPTIONS",
	[HTTP_OTHER] = "OTHER",
};

static const struct sv header_names[HEADER_COUNT] = {
#define HTTP_HEADER_NAME(name, text) [HEADER_##name] = { text, sizeof(text) - 1 },
	HTTP_HEADERS(HTTP_HEADER_NAME)
#undef HTTP_HEADER_NAME
};

enum http_method
http_method_of(struct sv name)
{
	for (unsigned m = 0; m < HTTP_OTHER; m++)
		if (sv_eq(name, sv_from(method_names[m])))
			return (enum http_method)m;
	return HTTP_OTHER;
}

const char *
http_method_name(enum http_method method)
{
	return method_names[method];
}

/* tchar of RFC 9110 section 5.6.2: a bit for each of the 128 characters */
static bool
is_token(struct sv s)
{
	static const uint32_t tchar[4] = { 0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff };

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if (c >= 128 || (tchar[c / 32] >> (c % 32) & 1) == 0)
			return false;
	}
	return s.len > 0;
}

static bool
has_control(struct sv s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

void
head_add(struct http_head *head, struct sv name, struct sv value)
{
	if (!is_token(name) || has_control(value))
		head->odd = true;
	for (unsigned h = 0; h < HEADER_COUNT; h++) {
		if (name.len != header_names[h].len || !sv_ieq(name, header_names[h]))
			continue;
		if (head->times[h] == 0)
			head->value[h] = value.data != NULL ? value : SV("");
		if (head->times[h] < UINT8_MAX)
			head->times[h]++;
		return;
	}
}

/* Host is a name or address and perhaps a port: nothing else of a URL. */
static bool
host_is_plain(struct sv host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.data[i];

		if (c <= ' ' || c == '/' || c == '?' || c == '#' || c == '@' || c == '\\' ||
		    c == '"' || c == '<' || c == '>')
			return false;
	}
	return true;
}

const char *
head_fault(struct http_head *head)
{
	struct sv length = head->value[HEADER_CONTENT_LENGTH];

	head->content_length = 0;
	head->chunked = false;
	if (head->odd)
		return "malformed header field";
	if (head->times[HEADER_HOST] > 1 || (head->is_1_1 && head->times[HEADER_HOST] == 0))
		return "exactly one Host header is needed";
	if (!host_is_plain(sv_trim(head->value[HEADER_HOST])))
		return "malformed Host header";
	if (head->times[HEADER_CONTENT_LENGTH] > 1)
		return "more than one Content-Length";
	if (head->times[HEADER_TRANSFER_ENCODING] > 1)
		return "more than one Transfer-Encoding";
	if (head->times[HEADER_TRANSFER_ENCODING] == 1) {
		if (head->times[HEADER_CONTENT_LENGTH] > 0)
			return "both Content-Length and Transfer-Encoding";
		if (!head->is_1_1 || !sv_ieq(head->value[HEADER_TRANSFER_ENCODING], SV("chunked")))
			return "Transfer-Encoding other than chunked";
		head->chunked = true;
		return NULL;
	}
	if (head->times[HEADER_CONTENT_LENGTH] == 1 && !sv_to_u64(length, &head->content_length))
		return "malformed Content-Length";
	return NULL;
}

/* "gzip;q=0.5" -> gzip, 0.5; a malformed weight counts as 0 */
static double
weight_of(struct sv *item)
{
	struct sv rest = *item;
	double q = 1;

	*item = sv_trim(sv_cut(&rest, ';'));
	while (rest.data != NULL) {
		struct sv parameter = sv_trim(sv_cut(&rest, ';'));

		if (parameter.len > 2 && sv_ieq(sv_first(parameter, 2), SV("q=")) &&
		    !sv_to_f64(sv_trim(sv_skip(parameter, 2)), &q))
			q = 0;
	}
	return q;
}

bool
head_accepts(struct sv accept_encoding, struct sv coding)
{
	struct sv rest = accept_encoding;
	bool any = false;

	while (rest.data != NULL) {
		struct sv item = sv_cut(&rest, ',');
		double q = weight_of(&item);

		if (sv_ieq(item, coding))
			return q > 0;
		if (sv_eq(item, SV("*")))
			any = q > 0;
	}
	return any;
}

bool
head_names_etag(struct sv if_none_match, struct sv etag)
{
	struct sv rest = if_none_match;

	while (rest.data != NULL) {
		struct sv item = sv_trim(sv_cut(&rest, ','));

		if (sv_starts(item, SV("W/")))
			item = sv_skip(item, 2);
		if (sv_eq(item, SV("*")) || (item.len > 0 && sv_eq(item, etag)))
			return true;
	}
	return false;
}

bool
head_idempotency_key(struct sv value, struct sv *ret)
{
	struct sv key = sv_trim(value);

	if (key.len >= 2 && key.data[0] == '"' && key.data[key.len - 1] == '"')
		key = (struct sv){ key.data + 1, key.len - 2 };
	if (key.len == 0 || key.len > 255)
		return false;
	for (size_t i = 0; i < key.len; i++)
		if (key.data[i] < 0x20 || key.data[i] > 0x7e)
			return false;
	*ret = key;
	return true;
}

bool
head_request_id_valid(struct sv value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
			c == '-' || c == '_' || c == '.'))
			return false;
	}
	return value.len > 0 && value.len <= 64;
}

bool
head_type_is_json(struct sv content_type)
{
	struct sv rest = content_type, type;

	if (content_type.data == NULL)
		return true;
	type = sv_trim(sv_cut(&rest, ';'));
	if (sv_ieq(type, SV("application/json")) || sv_ieq(type, SV("text/json")))
		return true;
	return type.len > 17 && sv_ieq(sv_first(type, 12), SV("application/")) &&
	       sv_ieq(sv_skip(type, type.len - 5), SV("+json"));
}
