/* bulk.c - the wire (reference section 3): who answers GET /, the lines of POST /_bulk, and its answer, which is HTTP 200 even when documents fail. An answer is believed
 * only as far as it fits what was asked: as many items, in that order, each of our action and our id. */
#include <stdio.h>

#include "base/json.h"
#include "enrich/private.h"

enum { DEPTH_MOST = 16, ACTION_BYTES = 512 };

static const size_t answer_most = (size_t)4 << 20;

void
enrich_words(char *ret, size_t room, struct sv text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n + 1 < room; i++)
		ret[n++] = text.data[i] >= ' ' && text.data[i] < 0x7f ? text.data[i] : '.';
	ret[n] = 0;
}

static struct sv
text_of(struct json_value object, struct sv key)
{
	struct sv text = SV_NONE;

	(void)json_string(json_get(object, key), &text);
	return text;
}

/* The error object is the same everywhere: {"type": ..., "reason": ...}; some proxies write a text. */
static void
tell_error(struct json_value error, int status, char why[200])
{
	struct sv type = text_of(error, SV("type")), reason = text_of(error, SV("reason"));
	char type_text[64], reason_text[100];

	if (json_type(error) != JSON_OBJECT)
		(void)json_string(error, &reason);
	enrich_words(type_text, sizeof(type_text), type);
	enrich_words(reason_text, sizeof(reason_text), reason);
	(void)snprintf(why, 200, "status %d%s%s%s%s", status, type.len > 0 ? " " : "", type_text,
	    reason.len > 0 ? ": " : "", reason_text);
}

void
bulk_failure(struct sv answer, int status, char why[200])
{
	struct json_parser *parser = json_parser_new(answer_most, DEPTH_MOST);
	struct json_value root = JSON_MISSING;

	if (parser != NULL &&
	    json_parse(parser, answer.data, answer.len, false, &root, NULL) != COORD_OK)
		root = JSON_MISSING;
	tell_error(json_get(root, SV("error")), status, why);
	json_parser_free(parser);
}

/* --- the question ------------------------------------------------------------------------------------------------------- */

static bool
is_asked(enum enrich_fate fate)
{
	return fate == FATE_OPEN || fate == FATE_AGAIN;
}

size_t
bulk_piece(const struct enrich_item *items, size_t n, size_t bytes_most)
{
	size_t bytes = 0, k = 0;

	while (k < n && k < ENRICH_ACTIONS_MOST) {
		bytes += items[k].source.len + items[k].id.len + ACTION_BYTES;
		if (k > 0 && bytes > bytes_most)
			break;
		k++;
	}
	return k;
}

void
bulk_write(const struct enrich_item *items, const enum enrich_fate *fates, size_t n,
    const char *index, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		struct jsonw w = jsonw_init(out, false);

		if (!is_asked(fates[i]))
			continue;
		jsonw_object(&w);
		jsonw_key(&w, "create");
		jsonw_object(&w);
		jsonw_key(&w, "_index");
		jsonw_str(&w, index);
		jsonw_key(&w, "_id");
		jsonw_sv(&w, items[i].id);
		jsonw_end(&w);
		jsonw_end(&w);
		buf_add_char(out, '\n');
		buf_add_sv(out, items[i].source);
		buf_add_char(out, '\n');
	}
}

/* --- the answer ----------------------------------------------------------------------------------------------------------- */

/* 409 to "create": it is there already, and under this id it can only be ours. */
static enum enrich_fate
fate_of(int64_t status)
{
	if (status == 200 || status == 201 || status == 409)
		return FATE_TAKEN;
	return status == 429 || status >= 500 ? FATE_AGAIN : FATE_REFUSED;
}

struct reading {
	struct json_iter items;
	bool errors, failing; /* what the answer says of the whole; what its items say */
	char *why;
};

static bool
read_item(struct reading *r, const struct enrich_item *item, enum enrich_fate *ret)
{
	struct json_value entry, result;
	int64_t status = 0;
	struct sv id;

	if (!json_next(&r->items, &entry))
		return false;
	result = json_get(entry, SV("create"));
	if (!json_i64(json_get(result, SV("status")), &status) || status < 200 || status > 599 ||
	    !json_string(json_get(result, SV("_id")), &id) || !sv_eq(id, item->id))
		return false;
	*ret = fate_of(status);
	r->failing |= status >= 300;
	if (*ret != FATE_TAKEN && r->why[0] == 0)
		tell_error(json_get(result, SV("error")), (int)status, r->why);
	return true;
}

/* Twice: first whether all of it fits, then what it says. */
static bool
read_items(
    struct reading r, const struct enrich_item *items, enum enrich_fate *fates, size_t n, bool set)
{
	struct json_value more;

	for (size_t i = 0; i < n; i++) {
		enum enrich_fate fate = FATE_OPEN;

		if (!is_asked(fates[i]))
			continue;
		if (!read_item(&r, &items[i], &fate))
			return false;
		if (set)
			fates[i] = fate;
	}
	return !json_next(&r.items, &more) && r.errors == r.failing;
}

enum coord_err
bulk_read(struct sv answer, const struct enrich_item *items, enum enrich_fate *fates, size_t n,
    char why[200], struct coord_error *err)
{
	struct json_parser *parser = json_parser_new(answer_most, DEPTH_MOST);
	struct reading r = { .why = why };
	struct json_value root = JSON_MISSING;
	enum coord_err rc;
	bool fits;

	why[0] = 0;
	if (parser == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for an answer");
	rc = json_parse(parser, answer.data, answer.len, false, &root, err);
	r.items = json_each(json_get(root, SV("items")));
	fits = rc == COORD_OK && json_type(json_get(root, SV("items"))) == JSON_ARRAY &&
	       json_bool(json_get(root, SV("errors")), &r.errors) &&
	       read_items(r, items, fates, n, false);
	if (fits) {
		why[0] = 0;
		(void)read_items(r, items, fates, n, true);
	}
	json_parser_free(parser);
	if (fits)
		return COORD_OK;
	why[0] = 0;
	return error_set(err, COORD_EPARSE,
	    "the answer is not one to what was asked: items, ids or errors differ");
}

/* --- who is it ------------------------------------------------------------------------------------------------------------- */

enum coord_err
probe_read(struct sv answer, struct sv product, struct enrich_outcome *ret, char why[200])
{
	struct json_parser *parser = json_parser_new(answer_most, DEPTH_MOST);
	struct json_value root = JSON_MISSING, version;
	struct sv number, distribution;
	bool elastic, open, named = sv_eq(product, SV("Elasticsearch"));

	if (parser != NULL &&
	    json_parse(parser, answer.data, answer.len, false, &root, NULL) != COORD_OK)
		root = JSON_MISSING;
	version = json_get(root, SV("version"));
	number = text_of(version, SV("number"));
	distribution = text_of(version, SV("distribution"));
	open = number.len > 0 && sv_eq(distribution, SV("opensearch"));
	elastic = number.len > 0 && !open &&
		  sv_eq(text_of(root, SV("tagline")), SV("You Know, for Search"));
	if (open || (elastic && named)) {
		(void)snprintf(ret->product, sizeof(ret->product), "%s",
		    open ? "opensearch" : "elasticsearch");
		enrich_words(ret->version, sizeof(ret->version), number);
	}
	json_parser_free(parser);
	if (open || (elastic && named))
		return COORD_OK;
	(void)snprintf(why, 200, "%s",
	    elastic ? "what answers is not Elasticsearch: it sends no X-Elastic-Product"
		    : "what answers is neither Elasticsearch nor OpenSearch");
	return COORD_EPARSE;
}
