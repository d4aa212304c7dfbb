/* common.c - what the providers of threat intelligence share: requests, answers that are about something else, quotas told in words, labels. */
#include "tools/providers/common.h"

#include <ctype.h>

/* --- requests ------------------------------------------------------------------------------------------------------------- */

enum { PATH_MOST = 4096 };

static enum coord_err
keep(struct buf *out, struct arena *arena, struct sv *ret, struct coord_error *err)
{
	char *copy = out->failed ? NULL : arena_strdup(arena, buf_sv(out));
	size_t len = out->len;

	buf_clear(out);
	if (copy == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a request");
	*ret = (struct sv){ copy, len };
	return COORD_OK;
}

enum coord_err
request_path(struct provider_request *request, struct arena *arena, const char *before,
    struct sv text, const char *after, struct coord_error *err)
{
	struct buf out = BUF_INIT(PATH_MOST);

	buf_add_str(&out, before);
	url_encode(&out, text);
	buf_add_str(&out, after);
	return keep(&out, arena, &request->path, err);
}

enum coord_err
request_body(
    struct provider_request *request, struct arena *arena, struct buf *out, struct coord_error *err)
{
	request->method = "POST";
	return keep(out, arena, &request->body, err);
}

void
request_header(struct provider_request *request, const char *name, const char *value)
{
	if (request->n_headers < PROVIDER_HEADERS_MOST)
		request->headers[request->n_headers++] = (struct net_header){ name, value };
}

/* --- questions ------------------------------------------------------------------------------------------------------------ */

enum coord_err
question_address(
    const struct tools_question *question, bool v6, struct addr *ret, struct coord_error *err)
{
	char text[ADDR_TEXT_MAX];
	struct addr a;

	if (!addr_parse(question->text, &a))
		return error_set(err, COORD_EINVALID, "expected an address");
	(void)addr_format(a, text);
	if (!sv_eq(sv_from(text), question->text))
		return error_set(err, COORD_EINVALID, "expected an address, written \"%s\"", text);
	if (!v6 && !addr_is_v4(a))
		return error_set(err, COORD_EINVALID, "only IPv4 addresses are known there");
	*ret = a;
	return COORD_OK;
}

enum hash_kind
hash_kind_of(struct sv text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr("0123456789abcdef", text.data[i]) == NULL || text.data[i] == 0)
			return HASH_NONE;
	return text.len == 32   ? HASH_MD5
	       : text.len == 40 ? HASH_SHA1
	       : text.len == 64 ? HASH_SHA256
				: HASH_NONE;
}

/* --- answers -------------------------------------------------------------------------------------------------------------- */

bool
same_address(struct json_value v, const struct tools_question *question)
{
	struct addr asked, said;
	struct sv text;

	if (json_type(v) == JSON_NULL)
		return true;
	return json_string(v, &text) && addr_parse(text, &said) &&
	       addr_parse(question->text, &asked) && addr_cmp(asked, said) == 0;
}

bool
same_text(struct json_value v, const struct tools_question *question)
{
	struct sv text;

	if (json_type(v) == JSON_NULL)
		return true;
	return json_string(v, &text) && sv_ieq(text, question->text);
}

struct sv
text_of(struct json_value object, const char *name)
{
	struct sv text = SV_NONE;

	(void)json_string(json_get(object, sv_from(name)), &text);
	return text;
}

void
add_texts(struct provider_facts *facts, enum tools_fact_name name, struct json_value v, size_t most)
{
	struct json_iter iter = json_each(v);
	struct json_value item;
	struct sv text;

	if (json_string(v, &text))
		facts_text(facts, name, text);
	if (json_type(v) != JSON_ARRAY)
		return;
	while (most > 0 && json_next(&iter, &item)) {
		if (!json_string(item, &text) || text.len == 0)
			continue;
		facts_text(facts, name, text);
		most--;
	}
}

void
add_country(struct provider_facts *facts, struct sv text)
{
	char code[2];

	if (text.len != 2 || !isalpha((unsigned char)text.data[0]) ||
	    !isalpha((unsigned char)text.data[1]))
		return;
	code[0] = (char)toupper((unsigned char)text.data[0]);
	code[1] = (char)toupper((unsigned char)text.data[1]);
	facts_text(facts, FACT_COUNTRY, (struct sv){ code, 2 });
}

void
add_time(struct provider_facts *facts, enum tools_fact_name name, struct json_value v)
{
	int64_t us;

	if (loose_time(v, &us))
		facts_time(facts, name, us);
}

void
add_whole(struct provider_facts *facts, enum tools_fact_name name, struct json_value v)
{
	int64_t n;

	if (loose_whole(v, &n) && n >= 0)
		facts_whole(facts, name, n);
}

/* --- quotas told in words ------------------------------------------------------------------------------------------------- */

static int64_t
until_midnight(int64_t now_us)
{
	int64_t since = now_us % DAY_US;

	return DAY_US - (since < 0 ? since + DAY_US : since);
}

/** ASCII case folded. */
static bool
says(struct sv words, const char *word)
{
	struct sv w = sv_from(word);

	for (size_t i = 0; i + w.len <= words.len; i++)
		if (sv_ieq((struct sv){ words.data + i, w.len }, w))
			return true;
	return false;
}

enum tools_outcome
quota_outcome(struct provider_facts *facts, struct sv words, int64_t now_us)
{
	if (says(words, "week")) {
		facts->wait_us = DAY_US;
		return facts_why(facts, LOOKUP_RATE_LIMITED, "the quota of the week is spent");
	}
	if (says(words, "daily") || says(words, "day") || says(words, "month")) {
		facts->wait_us = until_midnight(now_us);
		return facts_why(
		    facts, LOOKUP_RATE_LIMITED, "the quota of the day or month is spent");
	}
	if (says(words, "hour")) {
		facts->wait_us = HOUR_US;
		return facts_why(facts, LOOKUP_RATE_LIMITED, "the quota of the hour is spent");
	}
	if (says(words, "minute"))
		facts->wait_us = MINUTE_US;
	return facts_why(facts, LOOKUP_RATE_LIMITED, "asked too often");
}

/* --- labels --------------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *category;
	bool benign;
} labels[] = {
#define LABEL_ROW(constant, provider, category, benign, when, why) { (category), (benign) },
	LABELS(LABEL_ROW)
#undef LABEL_ROW
};

void
label_add(struct provider_facts *facts, enum label label, struct sv name)
{
	if (name.len == 0)
		name = sv_from(labels[label].category);
	facts_text(facts, labels[label].benign ? FACT_SCANNER : FACT_LISTED, name);
}
