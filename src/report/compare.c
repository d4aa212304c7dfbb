/* compare.c - two result documents side by side, down to the first value that differs. Numbers are equal when they are
 * the same number, not when they are near: the same analysis gives the same bits. */
#include "report/document.h"

#include <stdio.h>

enum {
	VALUE_SHOWN = 160,
	MEMBERS_LOOKED_UP =
	    512 /* larger objects, which are none of ours, are compared in order: no quadratic time */
};

struct comparison {
	const char *const *skip;
	struct report_difference *ret;
	struct buf path; /* where we are */
	size_t depth;
	struct coord_error *err;
};

static void compare(struct comparison *c, struct json_value a, struct json_value b);

/* The path, "*" in the pattern standing for one segment. */
static bool
matches(struct sv path, struct sv pattern)
{
	while (path.data != NULL && pattern.data != NULL) {
		struct sv have = sv_cut(&path, '/'), want = sv_cut(&pattern, '/');

		if (!sv_eq(want, SV("*")) && !sv_eq(have, want))
			return false;
	}
	return path.data == NULL && pattern.data == NULL;
}

static bool
is_skipped(const struct comparison *c)
{
	for (size_t i = 0; c->skip != NULL && c->skip[i] != NULL; i++)
		if (matches(buf_sv(&c->path), sv_from(c->skip[i])))
			return true;
	return false;
}

static void
show(struct json_value v, char *ret, size_t size)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)1 << 30);
	struct jsonw w = jsonw_init(&text, false);
	enum json_type type = json_type(v);

	if (!json_exists(v)) {
		(void)snprintf(ret, size, "nothing");
	} else if (type == JSON_ARRAY || type == JSON_OBJECT) {
		(void)snprintf(ret, size, "%s of %zu", type == JSON_ARRAY ? "a list" : "an object",
		    json_count(v));
	} else {
		document_copy(&w, v);
		(void)snprintf(ret, size, "%.*s%s",
		    (int)(text.len < VALUE_SHOWN ? text.len : VALUE_SHOWN),
		    text.data == NULL ? "" : text.data, text.len > VALUE_SHOWN ? "..." : "");
	}
}

static void
differ(struct comparison *c, struct json_value a, struct json_value b)
{
	if (c->ret->found)
		return;
	c->ret->found = true;
	(void)snprintf(c->ret->path, sizeof(c->ret->path), "%s", buf_cstr(&c->path));
	show(a, c->ret->first, sizeof(c->ret->first));
	show(b, c->ret->second, sizeof(c->ret->second));
}

/* RFC 6901: ~ and / are written ~0 and ~1. */
static size_t
step_into(struct comparison *c, struct sv key)
{
	size_t before = c->path.len;

	buf_add_char(&c->path, '/');
	for (size_t i = 0; i < key.len; i++) {
		if (key.data[i] == '~' || key.data[i] == '/')
			buf_add_str(&c->path, key.data[i] == '~' ? "~0" : "~1");
		else
			buf_add_char(&c->path, key.data[i]);
	}
	return before;
}

static void
compare_at(struct comparison *c, struct sv key, struct json_value a, struct json_value b)
{
	size_t before = step_into(c, key);

	if (!is_skipped(c))
		compare(c, a, b);
	c->path.len = before;
}

static void
compare_in_order(struct comparison *c, struct json_value a, struct json_value b)
{
	struct json_iter x = json_each(a), y = json_each(b);
	struct json_value v = JSON_MISSING, w = JSON_MISSING;
	struct sv key = SV_NONE, other = SV_NONE;

	while (!c->ret->found) {
		bool more_x = json_next_member(&x, &key, &v);
		bool more_y = json_next_member(&y, &other, &w);

		if (!more_x && !more_y)
			return;
		compare_at(c, more_x ? key : other, more_x ? v : JSON_MISSING,
		    more_y && (!more_x || sv_eq(key, other)) ? w : JSON_MISSING);
	}
}

static void
compare_objects(struct comparison *c, struct json_value a, struct json_value b)
{
	struct json_iter each = json_each(a);
	struct json_value v;
	struct sv key;

	if (json_count(a) > MEMBERS_LOOKED_UP || json_count(b) > MEMBERS_LOOKED_UP) {
		compare_in_order(c, a, b);
		return;
	}
	while (!c->ret->found && json_next_member(&each, &key, &v))
		compare_at(c, key, v, json_get(b, key));
	each = json_each(b);
	while (!c->ret->found && json_next_member(&each, &key, &v))
		if (!json_exists(json_get(a, key)))
			compare_at(c, key, JSON_MISSING, v);
}

static void
compare_arrays(struct comparison *c, struct json_value a, struct json_value b)
{
	struct json_iter x = json_each(a), y = json_each(b);

	for (uint64_t i = 0; !c->ret->found; i++) {
		struct json_value v = JSON_MISSING, w = JSON_MISSING;
		bool more_x = json_next(&x, &v), more_y = json_next(&y, &w);
		char index[24];

		if (!more_x && !more_y)
			return;
		(void)snprintf(index, sizeof(index), "%llu", (unsigned long long)i);
		compare_at(c, sv_from(index), more_x ? v : JSON_MISSING, more_y ? w : JSON_MISSING);
	}
}

static bool
is_number(enum json_type type)
{
	return type == JSON_INT || type == JSON_UINT || type == JSON_DOUBLE;
}

static bool
same_scalar(struct json_value a, struct json_value b)
{
	struct sv s = SV_NONE, t = SV_NONE;
	double x = 0, y = 1;
	uint64_t m = 0, n = 1;
	bool p = false, q = true;

	switch (json_type(a)) {
	case JSON_STRING:
		return json_string(a, &s) && json_string(b, &t) && sv_eq(s, t);
	case JSON_BOOL:
		return json_bool(a, &p) && json_bool(b, &q) && p == q;
	case JSON_NULL:
		return json_type(b) == JSON_NULL;
	default:
		if (json_u64(a, &m) && json_u64(b, &n))
			return m == n;
		return json_f64(a, &x) && json_f64(b, &y) && x == y;
	}
}

static void
compare(struct comparison *c, struct json_value a, struct json_value b)
{
	enum json_type type = json_type(a), other = json_type(b);

	c->ret->compared++;
	if (!json_exists(a) || !json_exists(b) ||
	    (type != other && !(is_number(type) && is_number(other))))
		differ(c, a, b);
	else if (type == JSON_OBJECT)
		compare_objects(c, a, b);
	else if (type == JSON_ARRAY)
		compare_arrays(c, a, b);
	else if (!same_scalar(a, b))
		differ(c, a, b);
}

enum coord_err
report_compare(struct sv first_json, struct sv second_json, const char *const *skip,
    struct report_difference *ret, struct coord_error *err)
{
	struct comparison c = { .skip = skip, .ret = ret, .path = BUF_INIT(1 << 16), .err = err };
	struct json_parser *first_parser = NULL, *second_parser = NULL;
	struct json_value first, second;
	enum coord_err rc;

	*ret = (struct report_difference){ .found = false };
	rc = document_parse(first_json, &first_parser, &first, err);
	if (rc == COORD_OK)
		rc = document_parse(second_json, &second_parser, &second, err);
	if (rc == COORD_OK)
		compare(&c, first, second);
	json_parser_free(second_parser);
	json_parser_free(first_parser);
	buf_clear(&c.path);
	return rc;
}
