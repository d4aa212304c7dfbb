/* record.c - what a link of the evidence chain says: one text for one content, whatever it was read from, so that its hash can be checked after a document was
 * reformatted. What is empty is left out. A key that is not known is refused: it would not be part of the hash. */
#include <string.h>

#include "workflow/inside.h"

enum { LIST_MOST = 100000 };

static void
put(struct jsonw *w, const char *key, struct sv value)
{
	if (value.data == NULL)
		return;
	jsonw_key(w, key);
	jsonw_sv(w, value);
}

static void
put_values(struct jsonw *w, const char *key, const struct record_value *values, size_t n)
{
	if (n == 0)
		return;
	jsonw_key(w, key);
	jsonw_array(w);
	for (size_t i = 0; i < n; i++) {
		jsonw_object(w);
		put(w, "field", values[i].field);
		put(w, "sha256", values[i].sha256);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
put_failures(struct jsonw *w, const struct record *r)
{
	if (r->n_failures == 0)
		return;
	jsonw_key(w, "failed");
	jsonw_array(w);
	for (size_t i = 0; i < r->n_failures; i++) {
		jsonw_object(w);
		put(w, "by", r->failures[i].by);
		jsonw_key(w, "attempt");
		jsonw_u64(w, r->failures[i].attempt);
		put(w, "outcome", r->failures[i].outcome);
		put(w, "error", r->failures[i].error);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
put_answers(struct jsonw *w, const struct record *r)
{
	if (r->n_answers == 0)
		return;
	jsonw_key(w, "answers");
	jsonw_array(w);
	for (size_t i = 0; i < r->n_answers; i++) {
		jsonw_object(w);
		put(w, "provider", r->answers[i].provider);
		put(w, "key", r->answers[i].key);
		put(w, "time", r->answers[i].time);
		put(w, "sha256", r->answers[i].sha256);
		jsonw_end(w);
	}
	jsonw_end(w);
}

void
record_write(const struct record *record, struct jsonw *w)
{
	jsonw_object(w);
	jsonw_key(w, "step");
	jsonw_u64(w, record->step);
	put(w, "node", record->node);
	put(w, "by", record->by);
	if (record->visit != 1) {
		jsonw_key(w, "visit");
		jsonw_u64(w, record->visit);
	}
	put_failures(w, record);
	put_values(w, "inputs", record->inputs, record->n_inputs);
	put_values(w, "outputs", record->outputs, record->n_outputs);
	put_answers(w, record);
	put(w, "decision", record->decision);
	if (record->n_next > 0) {
		jsonw_key(w, "next");
		jsonw_array(w);
		for (size_t i = 0; i < record->n_next; i++)
			jsonw_sv(w, record->next[i]);
		jsonw_end(w);
	}
	if (record->hash.data != NULL) {
		put(w, "previous", record->previous);
		put(w, "hash", record->hash);
	}
	jsonw_end(w);
}

/* --- reading ------------------------------------------------------------------------------------------------------------ */

static enum coord_err
bad(struct coord_error *err, const char *key, const char *expected)
{
	return error_set(err, COORD_EINVALID, "%s: expected %s", key, expected);
}

static enum coord_err
unknown(struct coord_error *err, struct sv key)
{
	return error_set(
	    err, COORD_EINVALID, "%.*s: there is no such key", SV_ARG(sv_first(key, 40)));
}

static enum coord_err
read_text(struct json_value v, const char *key, struct sv *ret, struct coord_error *err)
{
	return json_string(v, ret) ? COORD_OK : bad(err, key, "a string");
}

static enum coord_err
read_number(struct json_value v, const char *key, uint32_t *ret, struct coord_error *err)
{
	int64_t n;

	if (!json_i64(v, &n) || n < 0 || n > INT32_MAX)
		return bad(err, key, "a whole number from 0");
	*ret = (uint32_t)n;
	return COORD_OK;
}

/** Room for a list's elements. It may be empty only by not being there, or the text would not be the same. */
static enum coord_err
read_list(struct json_value v, const char *key, size_t size, struct arena *arena, void **ret,
    size_t *n, struct coord_error *err)
{
	size_t count = json_type(v) == JSON_ARRAY ? json_count(v) : 0;

	if (*n != 0 || count == 0 || count > LIST_MOST)
		return bad(err, key, "a list that is not empty, once");
	*ret = arena_array(arena, count, size);
	if (*ret == NULL)
		return error_set(err, COORD_ELIMIT, "no room for a list");
	*n = count;
	return COORD_OK;
}

/** Members of an object by a table of texts; each is optional, none may come twice. */
struct text_member {
	const char *key;
	struct sv *text;
	uint32_t *number; /* instead */
};

static enum coord_err
read_members(struct json_value v, const struct text_member *members, size_t n, const char *what,
    struct coord_error *err)
{
	struct json_iter it = json_each(v);
	struct json_value member;
	struct sv key;
	size_t seen = 0;

	if (json_type(v) != JSON_OBJECT)
		return bad(err, what, "an object");
	while (json_next_member(&it, &key, &member)) {
		size_t i = 0;

		while (i < n && !sv_eq(sv_from(members[i].key), key))
			i++;
		if (i == n || (seen & ((size_t)1 << i)) != 0)
			return unknown(err, key);
		seen |= (size_t)1 << i;
		if (members[i].text != NULL)
			TRY(read_text(member, members[i].key, members[i].text, err));
		else
			TRY(read_number(member, members[i].key, members[i].number, err));
	}
	return COORD_OK;
}

static enum coord_err
read_values(struct json_value v, const char *what, struct arena *arena, struct record_value **ret,
    size_t *n, struct coord_error *err)
{
	struct json_iter it = json_each(v);
	struct json_value item;

	TRY(read_list(v, what, sizeof(**ret), arena, (void **)ret, n, err));
	for (size_t i = 0; i < *n && json_next(&it, &item); i++) {
		const struct text_member members[] = { { "field", &(*ret)[i].field, NULL },
			{ "sha256", &(*ret)[i].sha256, NULL } };

		TRY(read_members(item, members, 2, what, err));
		if ((*ret)[i].field.len == 0 || (*ret)[i].sha256.len != 64)
			return bad(err, what, "a field and its SHA-256");
	}
	return COORD_OK;
}

static enum coord_err
read_failures(struct json_value v, struct arena *arena, struct record *ret, struct coord_error *err)
{
	struct json_iter it = json_each(v);
	struct json_value item;

	TRY(read_list(v, "failed", sizeof(*ret->failures), arena, (void **)&ret->failures,
	    &ret->n_failures, err));
	for (size_t i = 0; i < ret->n_failures && json_next(&it, &item); i++) {
		struct record_failure *f = &ret->failures[i];
		const struct text_member members[] = { { "by", &f->by, NULL },
			{ "attempt", NULL, &f->attempt }, { "outcome", &f->outcome, NULL },
			{ "error", &f->error, NULL } };

		TRY(read_members(item, members, 4, "failed", err));
	}
	return COORD_OK;
}

static enum coord_err
read_answers(struct json_value v, struct arena *arena, struct record *ret, struct coord_error *err)
{
	struct json_iter it = json_each(v);
	struct json_value item;

	TRY(read_list(v, "answers", sizeof(*ret->answers), arena, (void **)&ret->answers,
	    &ret->n_answers, err));
	for (size_t i = 0; i < ret->n_answers && json_next(&it, &item); i++) {
		struct record_answer *a = &ret->answers[i];
		const struct text_member members[] = { { "provider", &a->provider, NULL },
			{ "key", &a->key, NULL }, { "time", &a->time, NULL },
			{ "sha256", &a->sha256, NULL } };

		TRY(read_members(item, members, 4, "answers", err));
	}
	return COORD_OK;
}

static enum coord_err
read_next(struct json_value v, struct arena *arena, struct record *ret, struct coord_error *err)
{
	struct json_iter it = json_each(v);
	struct json_value item;

	TRY(read_list(
	    v, "next", sizeof(*ret->next), arena, (void **)&ret->next, &ret->n_next, err));
	for (size_t i = 0; i < ret->n_next && json_next(&it, &item); i++)
		TRY(read_text(item, "next", &ret->next[i], err));
	return COORD_OK;
}

static enum coord_err
read_member(struct sv key, struct json_value v, struct arena *arena, struct record *ret,
    struct coord_error *err)
{
	if (sv_eq(key, SV("step")))
		return read_number(v, "step", &ret->step, err);
	if (sv_eq(key, SV("visit")))
		return read_number(v, "visit", &ret->visit, err);
	if (sv_eq(key, SV("node")))
		return read_text(v, "node", &ret->node, err);
	if (sv_eq(key, SV("by")))
		return read_text(v, "by", &ret->by, err);
	if (sv_eq(key, SV("decision")))
		return read_text(v, "decision", &ret->decision, err);
	if (sv_eq(key, SV("previous")))
		return read_text(v, "previous", &ret->previous, err);
	if (sv_eq(key, SV("hash")))
		return read_text(v, "hash", &ret->hash, err);
	if (sv_eq(key, SV("inputs")))
		return read_values(v, "inputs", arena, &ret->inputs, &ret->n_inputs, err);
	if (sv_eq(key, SV("outputs")))
		return read_values(v, "outputs", arena, &ret->outputs, &ret->n_outputs, err);
	if (sv_eq(key, SV("failed")))
		return read_failures(v, arena, ret, err);
	if (sv_eq(key, SV("answers")))
		return read_answers(v, arena, ret, err);
	if (sv_eq(key, SV("next")))
		return read_next(v, arena, ret, err);
	return unknown(err, key);
}

enum coord_err
record_read(struct json_value v, bool linked, struct arena *arena, struct record *ret,
    struct coord_error *err)
{
	struct json_iter it = json_each(v);
	struct json_value member;
	struct sv key;

	*ret = (struct record){ .step = UINT32_MAX, .visit = 1 };
	if (json_type(v) != JSON_OBJECT)
		return bad(err, "link", "an object");
	while (json_next_member(&it, &key, &member))
		TRY(read_member(key, member, arena, ret, err));
	if (ret->step == UINT32_MAX || ret->node.data == NULL)
		return bad(err, "link", "step and node");
	if (linked && (ret->previous.len != 64 || ret->hash.len != 64))
		return bad(err, "link", "previous and hash, each a SHA-256");
	if (!linked && (ret->previous.data != NULL || ret->hash.data != NULL))
		return bad(err, "link", "no hashes in a record");
	return COORD_OK;
}
