/* fuzz_json.c - JSON in and out: whatever parses is walked to its last value, written again by jsonw, and what was
 * written must parse. */
#include <assert.h>
#include <stdint.h>

#include "base/base.h"

enum { OUT_MOST = 8 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
copy_value(struct jsonw *w, struct json_value v)
{
	struct json_iter iter = json_each(v);
	struct json_value child;
	struct sv text;
	uint64_t u;
	int64_t i;
	double f;
	bool b;

	switch (json_type(v)) {
	case JSON_OBJECT:
		jsonw_object(w);
		while (json_next_member(&iter, &text, &child)) {
			jsonw_key_sv(w, text);
			copy_value(w, child);
		}
		jsonw_end(w);
		break;
	case JSON_ARRAY:
		jsonw_array(w);
		while (json_next(&iter, &child))
			copy_value(w, child);
		jsonw_end(w);
		break;
	case JSON_STRING:
		assert(json_string(v, &text));
		jsonw_sv(w, text);
		break;
	case JSON_INT:
		assert(json_i64(v, &i));
		jsonw_i64(w, i);
		break;
	case JSON_UINT:
		assert(json_u64(v, &u));
		jsonw_u64(w, u);
		break;
	case JSON_DOUBLE:
		assert(json_f64(v, &f));
		jsonw_f64(w, f);
		break;
	case JSON_BOOL:
		assert(json_bool(v, &b));
		jsonw_bool(w, b);
		break;
	case JSON_NULL:
		jsonw_null(w);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* one level less than the writer's limit: the document itself is level 1 */
	struct json_parser *parser = json_parser_new(1 << 20, JSONW_DEPTH_MOST - 2);
	struct json_parser *again = json_parser_new(OUT_MOST, JSONW_DEPTH_MOST);
	struct buf out = BUF_INIT(OUT_MOST);
	struct json_value root;
	struct coord_error err;

	if (parser != NULL && again != NULL &&
	    json_parse(parser, (const char *)data, len, false, &root, &err) == COORD_OK) {
		struct jsonw w = jsonw_init(&out, (len & 1) != 0);

		copy_value(&w, root);
		if (!out.failed)
			assert(
			    json_parse(again, out.data, out.len, false, &root, &err) == COORD_OK);
	}
	buf_clear(&out);
	json_parser_free(again);
	json_parser_free(parser);
	return 0;
}
