/* schema.c - validating an answer again: no server is believed that it did. The keywords are those that our schemas use. */
#include "llm/server.h"

static struct json_value
at(struct json_value object, const char *key)
{
	return json_get(object, sv_from(key));
}

static bool
has_type(struct json_value value, struct sv type)
{
	static const struct {
		const char *name;
		unsigned types;
	} names[] = {
		{ "object", 1u << JSON_OBJECT },
		{ "array", 1u << JSON_ARRAY },
		{ "string", 1u << JSON_STRING },
		{ "boolean", 1u << JSON_BOOL },
		{ "integer", 1u << JSON_INT | 1u << JSON_UINT },
		{ "number", 1u << JSON_INT | 1u << JSON_UINT | 1u << JSON_DOUBLE },
		{ "null", 1u << JSON_NULL },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sv_eq(type, sv_from(names[i].name)))
			return (names[i].types >> json_type(value) & 1) != 0;
	return false;
}

static bool
in_enum(struct json_value schema, struct json_value value)
{
	struct json_value list = at(schema, "enum"), item;
	struct json_iter each = json_each(list);
	struct sv text, wanted;

	if (!json_exists(list))
		return true;
	if (!json_string(value, &text))
		return false;
	while (json_next(&each, &item))
		if (json_string(item, &wanted) && sv_eq(wanted, text))
			return true;
	return false;
}

static bool
in_bounds(struct json_value schema, const char *least, const char *most, double value)
{
	double bound;

	return !(json_f64(at(schema, least), &bound) && value < bound) &&
	       !(json_f64(at(schema, most), &bound) && value > bound);
}

static bool
scalar_holds(struct json_value schema, struct json_value value)
{
	struct sv type, text;
	double number;

	if (json_string(at(schema, "type"), &type) && !has_type(value, type))
		return false;
	if (!in_enum(schema, value))
		return false;
	if (json_string(value, &text) &&
	    !in_bounds(schema, "minLength", "maxLength", (double)sv_characters(text)))
		return false;
	if (json_type(value) == JSON_ARRAY &&
	    !in_bounds(schema, "minItems", "maxItems", (double)json_count(value)))
		return false;
	return !json_f64(value, &number) || in_bounds(schema, "minimum", "maximum", number);
}

static bool
required_are_there(struct json_value schema, struct json_value value)
{
	struct json_iter each = json_each(at(schema, "required"));
	struct json_value name;
	struct sv key;

	while (json_next(&each, &name))
		if (json_string(name, &key) && !json_exists(json_get(value, key)))
			return false;
	return true;
}

static bool holds(
    struct json_value schema, struct json_value value, struct buf *path, unsigned depth);

static bool
members_hold(struct json_value schema, struct json_value value, struct buf *path, unsigned depth)
{
	struct json_value properties = at(schema, "properties"), member;
	struct json_iter each = json_each(value);
	bool open = true;
	struct sv key;

	(void)json_bool(at(schema, "additionalProperties"), &open);
	while (json_next_member(&each, &key, &member)) {
		struct json_value of = json_get(properties, key);

		if (!json_exists(of) && open)
			continue;
		if (!json_exists(of) || !holds(of, member, path, depth + 1)) {
			buf_printf(path, "/%.*s", SV_ARG(sv_first(key, 32)));
			return false;
		}
	}
	return true;
}

static bool
items_hold(struct json_value schema, struct json_value value, struct buf *path, unsigned depth)
{
	struct json_value of = at(schema, "items"), item;
	struct json_iter each = json_each(value);

	if (!json_exists(of))
		return true;
	for (unsigned i = 0; json_next(&each, &item); i++)
		if (!holds(of, item, path, depth + 1)) {
			buf_printf(path, "/%u", i);
			return false;
		}
	return true;
}

static bool
holds(struct json_value schema, struct json_value value, struct buf *path, unsigned depth)
{
	if (depth > JSON_DEPTH_MOST || !scalar_holds(schema, value))
		return false;
	if (json_type(value) == JSON_OBJECT)
		return required_are_there(schema, value) &&
		       members_hold(schema, value, path, depth);
	return json_type(value) != JSON_ARRAY || items_hold(schema, value, path, depth);
}

bool
schema_holds(struct json_value schema, struct json_value value, struct buf *path)
{
	return holds(schema, value, path, 0);
}

struct sv
schema_strip(struct sv content)
{
	struct sv text = sv_trim(content), rest = text;

	if (sv_starts(text, SV("```"))) {
		(void)sv_cut(&rest, '\n');
		rest = sv_trim(rest);
		if (!sv_ends(rest, SV("```")))
			return SV_NONE;
		rest.len -= 3;
		text = sv_trim(rest);
	}
	return sv_starts(text, SV("{")) && sv_ends(text, SV("}")) ? text : SV_NONE;
}
