/* value.c - the bytes of a field: written once, with their hash, and held by the state, by the steps that read them, and by a late thread if there is one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/inside.h"

struct value *
value_new(struct sv bytes)
{
	struct value *v = malloc(sizeof(*v) + bytes.len + 1);
	uint8_t sha[32];

	if (v == NULL)
		return NULL;
	atomic_init(&v->holders, 1);
	v->len = bytes.len;
	if (bytes.len > 0)
		memcpy(v->data, bytes.data, bytes.len);
	v->data[bytes.len] = '\0';
	sha256_of(v->data, v->len, sha);
	hex_of(sha, sizeof(sha), v->hex);
	return v;
}

struct value *
value_hold(struct value *value)
{
	if (value != NULL)
		atomic_fetch_add_explicit(&value->holders, 1, memory_order_relaxed);
	return value;
}

void
value_drop(struct value *value)
{
	if (value != NULL &&
	    atomic_fetch_sub_explicit(&value->holders, 1, memory_order_acq_rel) == 1)
		free(value);
}

static bool
is_json(struct sv bytes)
{
	struct json_parser *parser = json_parser_new(VALUE_MOST, JSON_DEPTH_MOST);
	struct json_value v;
	bool ok = parser != NULL &&
		  json_parse(parser, bytes.data, bytes.len, false, &v, NULL) == COORD_OK;

	json_parser_free(parser);
	return ok;
}

enum coord_err
value_check(const struct workflow_field *field, struct sv bytes, struct coord_error *err)
{
	static const char *const names[] = { "text", "JSON", "a whole number", "a number",
		"true or false" };
	bool ok = false;
	int64_t whole;
	double real;

	switch (field->type) {
	case WORKFLOW_TEXT:
		ok = true;
		break;
	case WORKFLOW_JSON:
		ok = is_json(bytes);
		break;
	case WORKFLOW_INT:
		ok = sv_to_i64(bytes, &whole);
		break;
	case WORKFLOW_REAL:
		ok = sv_to_f64(bytes, &real);
		break;
	case WORKFLOW_BOOL:
		ok = sv_eq(bytes, SV("true")) || sv_eq(bytes, SV("false"));
		break;
	}
	return ok ? COORD_OK
		  : error_set(err, COORD_EINVALID, "workflow: field %s: expected %s", field->name,
			names[field->type]);
}
