/* answers.c - see answers.h. */
#include "services/answers.h"

enum { DEPTH_MOST = 24 };

static const size_t answers_most = (size_t)64 << 20, answer_most = (size_t)1 << 20;

static void copy(struct jsonw *w, struct json_value v, unsigned depth);

static void
copy_members(struct jsonw *w, struct json_value v, bool object, unsigned depth)
{
	struct json_iter each = json_each(v);
	struct json_value value;
	struct sv key;

	if (object)
		jsonw_object(w);
	else
		jsonw_array(w);
	while (depth < DEPTH_MOST &&
	       (object ? json_next_member(&each, &key, &value) : json_next(&each, &value))) {
		if (object)
			jsonw_key_sv(w, key);
		copy(w, value, depth + 1);
	}
	jsonw_end(w);
}

static void
copy(struct jsonw *w, struct json_value v, unsigned depth)
{
	enum json_type type = json_type(v);
	struct sv text = SV_NONE;
	double real = 0;
	int64_t whole = 0;
	uint64_t large = 0;
	bool truth = false;

	if (type == JSON_OBJECT || type == JSON_ARRAY)
		copy_members(w, v, type == JSON_OBJECT, depth);
	else if (json_string(v, &text))
		jsonw_sv(w, text);
	else if (json_bool(v, &truth))
		jsonw_bool(w, truth);
	else if (json_i64(v, &whole))
		jsonw_i64(w, whole);
	else if (json_u64(v, &large))
		jsonw_u64(w, large);
	else if (json_f64(v, &real))
		jsonw_f64(w, real);
	else
		jsonw_null(w);
}

void
json_copy(struct buf *out, struct json_value value)
{
	struct jsonw w = jsonw_init(out, false);

	copy(&w, value, 0);
}

static enum coord_err
read_one(
    struct json_value v, struct arena *arena, struct tools_answer *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(answer_most);

	json_copy(&text, v);
	if (text.failed)
		return error_set(
		    err, COORD_ELIMIT, "an answer is longer than %zu bytes", answer_most);
	return tools_answer_read(buf_sv(&text), arena, ret, err);
}

static enum coord_err
read_all(struct json_value list, struct arena *arena, struct tools_answer **ret, size_t *ret_n,
    struct coord_error *err)
{
	struct json_iter each = json_each(list);
	struct json_value v;
	size_t n = 0, room = json_count(list);
	struct tools_answer *answers = ARENA_ARRAY(arena, room, struct tools_answer);

	if (json_type(list) != JSON_ARRAY)
		return error_set(err, COORD_EPARSE, "answers: expected a list");
	if (answers == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for answers");
	while (n < room && json_next(&each, &v)) {
		TRY(read_one(v, arena, &answers[n], err));
		n++;
	}
	*ret = answers;
	*ret_n = n;
	return COORD_OK;
}

enum coord_err
answers_read(struct sv json, struct arena *arena, struct tools_answer **ret, size_t *ret_n,
    struct coord_error *err)
{
	struct json_parser *parser;
	struct json_value list = JSON_MISSING;
	enum coord_err rc;

	*ret = NULL;
	*ret_n = 0;
	if (json.len == 0)
		return COORD_OK;
	parser = json_parser_new(answers_most, DEPTH_MOST);
	if (parser == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for answers");
	rc = json_parse(parser, json.data, json.len, false, &list, err);
	if (rc == COORD_OK)
		rc = read_all(list, arena, ret, ret_n, err);
	json_parser_free(parser);
	return rc;
}

void
answers_write(const struct tools_answer *answers, size_t n, struct buf *out)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		tools_answer_write(&answers[i], out);
	}
	buf_add_char(out, ']');
}
