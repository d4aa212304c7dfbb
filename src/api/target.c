/* target.c - see target.h. */
#include "api/target.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes in place and shortens *s. Control characters are refused, written plainly or escaped. */
static bool
decode(struct sv *s, bool plus_is_blank)
{
	char *text = (char *)(uintptr_t)s->data; /* the caller's own buffer */
	size_t to = 0;

	for (size_t i = 0; i < s->len; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < s->len ? hex_digit(text[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return false;
		text[to++] = c;
	}
	s->len = to;
	return true;
}

static const char *
parse_path(struct sv path, struct target *ret)
{
	while (path.data != NULL) {
		struct sv segment = sv_cut(&path, '/');

		if (segment.len == 0)
			continue;
		if (!decode(&segment, false))
			return "malformed escape or control character in the path";
		if (ret->n_segments < TARGET_SEGMENTS)
			ret->segments[ret->n_segments] = segment;
		ret->n_segments++;
	}
	return NULL;
}

static const char *
parse_query(struct sv query, struct target *ret)
{
	while (query.data != NULL) {
		struct sv value = sv_cut(&query, '&');
		struct sv name = sv_cut(&value, '=');

		if (name.len == 0 && value.data == NULL)
			continue;
		if (ret->n_parameters == TARGET_PARAMETERS)
			return "too many query parameters";
		if (value.data == NULL)
			value = SV("");
		if (!decode(&name, true) || (value.len > 0 && !decode(&value, true)))
			return "malformed escape or control character in the query";
		ret->parameters[ret->n_parameters++] = (struct target_parameter){ name, value };
	}
	return NULL;
}

const char *
target_parse(char *text, size_t len, struct target *ret)
{
	struct sv rest = { text, len };
	struct sv path;
	const char *fault;

	ret->n_segments = 0;
	ret->n_parameters = 0;
	if (sv_find_char(rest, '#') != SIZE_MAX)
		return "a fragment in the request target";
	if (sv_starts(rest, SV("http://")) || sv_starts(rest, SV("https://"))) {
		size_t slash = sv_find_char(sv_skip(rest, 8), '/');

		rest = slash == SIZE_MAX ? SV("/") : sv_skip(rest, 8 + slash);
	}
	path = sv_cut(&rest, '?');
	if (path.len == 0 || (path.data[0] != '/' && !sv_eq(path, SV("*"))))
		return "the request target is no path";
	fault = parse_path(path, ret);
	return fault != NULL ? fault : parse_query(rest, ret);
}

struct sv
target_get(const struct target *target, struct sv name)
{
	for (size_t i = 0; i < target->n_parameters; i++)
		if (sv_eq(target->parameters[i].name, name))
			return target->parameters[i].value;
	return SV_NONE;
}
