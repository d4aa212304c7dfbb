/* urlhaus.c - URLhaus of abuse.ch: does a host, a URL or a file spread malware (reference section 2.5)?
 *
 * Leaves     the host, URL or hash, and the key (header Auth-Key).
 * Terms      free with a key, fair use, data under CC0.
 * Unhappy    abusech.c. Counts and truth values are strings, lists may be null. */
#include "tools/providers/common.h"

enum { BODY_MOST = 16384, URLS_MOST = 64, TAGS_MOST = 8, PAYLOADS_MOST = 8 };
#define FRESH_US (90 * DAY_US)

static const char *const misses[] = { "no_results", "no_result", NULL };
static const char *const refusals[] = { "invalid_host", "invalid_url", "invalid_md5_hash",
	"invalid_sha256_hash", "invalid_hash", "http_post_expected", "no_host", "no_url", NULL };

static enum coord_err
form(struct provider_request *ret, struct arena *arena, const char *field, struct sv value,
    struct coord_error *err)
{
	struct buf out = BUF_INIT(BODY_MOST);

	request_header(ret, "Content-Type", "application/x-www-form-urlencoded");
	buf_add_str(&out, field);
	buf_add_char(&out, '=');
	url_encode(&out, value);
	return request_body(ret, arena, &out, err);
}

static enum coord_err
host_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	struct addr a;

	(void)setup;
	if (question->kind == ASK_ADDRESS)
		TRY(question_address(question, false, &a, err));
	ret->path = SV("/v1/host/");
	return form(ret, arena, "host", question->text, err);
}

static enum coord_err
url_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	(void)setup;
	ret->path = SV("/v1/url/");
	return form(ret, arena, "url", question->text, err);
}

static enum coord_err
payload_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	enum hash_kind kind = hash_kind_of(question->text);

	(void)setup;
	if (kind != HASH_MD5 && kind != HASH_SHA256)
		return error_set(err, COORD_EINVALID, "expected an MD5 or SHA-256 hash");
	ret->path = SV("/v1/payload/");
	return form(ret, arena, kind == HASH_MD5 ? "md5_hash" : "sha256_hash", question->text, err);
}

/* --- answers -------------------------------------------------------------------------------------------------------------- */

/** What the URLs of a host have in common: the first few threats and tags, and whether one of them is of today. */
static bool
add_urls(struct json_value urls, int64_t now_us, struct provider_facts *facts)
{
	struct json_iter iter = json_each(urls);
	struct json_value url;
	int64_t added;
	bool fresh = false;

	if (json_type(urls) != JSON_ARRAY)
		return false;
	for (unsigned n = 0; n < URLS_MOST && json_next(&iter, &url); n++) {
		fresh = fresh || sv_ieq(text_of(url, "url_status"), SV("online")) ||
			(loose_time(json_get(url, SV("date_added")), &added) &&
			    now_us - added <= FRESH_US);
		if (n == 0)
			facts_text(facts, FACT_CLASS, text_of(url, "threat"));
		if (n < PAYLOADS_MOST)
			add_texts(facts, FACT_TAG, json_get(url, SV("tags")), TAGS_MOST);
	}
	return fresh;
}

/** Names of the blocklists of others that have it, as the provider tells: {"surbl":"not listed"}. */
static void
add_blacklists(struct json_value lists, struct provider_facts *facts)
{
	struct json_iter iter = json_each(lists);
	struct json_value v;
	struct sv name, text;

	if (json_type(lists) != JSON_OBJECT)
		return;
	for (unsigned n = 0; n < TAGS_MOST && json_next_member(&iter, &name, &v); n++)
		if (json_string(v, &text) && text.len > 0 && !sv_ieq(text, SV("not listed")))
			facts_text(facts, FACT_FEED, name);
}

static enum tools_outcome
host_parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	enum tools_outcome outcome = abusech_status(reply, misses, refusals, facts);
	struct json_value json = reply->json;
	int64_t count;

	if (outcome != LOOKUP_HIT)
		return outcome;
	if (!loose_whole(json_get(json, SV("url_count")), &count) || count < 0)
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no number `url_count`");
	if (!same_text(json_get(json, SV("host")), question))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer about another host");
	if (count == 0)
		return LOOKUP_MISS;
	facts_whole(facts, FACT_COUNT, count);
	if (add_urls(json_get(json, SV("urls")), reply->now_us, facts) &&
	    question->kind == ASK_ADDRESS)
		label_add(facts, LABEL_URLHAUS_MALWARE, SV_NONE);
	add_blacklists(json_get(json, SV("blacklists")), facts);
	add_time(facts, FACT_FIRST_SEEN, json_get(json, SV("firstseen")));
	facts_text(facts, FACT_REFERENCE, text_of(json, "urlhaus_reference"));
	return LOOKUP_HIT;
}

/** Files that a URL served, or were served as: [{"signature":"Mirai",...}]. */
static void
add_payloads(struct json_value payloads, struct provider_facts *facts)
{
	struct json_iter iter = json_each(payloads);
	struct json_value payload;

	if (json_type(payloads) != JSON_ARRAY)
		return;
	for (unsigned n = 0; n < PAYLOADS_MOST && json_next(&iter, &payload); n++)
		facts_text(facts, FACT_MALWARE, text_of(payload, "signature"));
}

static enum tools_outcome
url_parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	enum tools_outcome outcome = abusech_status(reply, misses, refusals, facts);
	struct json_value json = reply->json;

	if (outcome != LOOKUP_HIT)
		return outcome;
	if (!same_text(json_get(json, SV("url")), question))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer about another URL");
	facts_text(facts, FACT_CLASS, text_of(json, "threat"));
	add_texts(facts, FACT_TAG, json_get(json, SV("tags")), TAGS_MOST);
	add_payloads(json_get(json, SV("payloads")), facts);
	add_blacklists(json_get(json, SV("blacklists")), facts);
	add_time(facts, FACT_FIRST_SEEN, json_get(json, SV("date_added")));
	add_time(facts, FACT_LAST_SEEN, json_get(json, SV("last_online")));
	facts_text(facts, FACT_REFERENCE, text_of(json, "urlhaus_reference"));
	return facts->n > 0 ? LOOKUP_HIT
			    : facts_why(facts, LOOKUP_BAD_PAYLOAD, "ok, and says nothing");
}

static enum tools_outcome
payload_parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	enum tools_outcome outcome = abusech_status(reply, misses, refusals, facts);
	struct json_value json = reply->json;
	bool md5 = question->text.len == 32;

	if (outcome != LOOKUP_HIT)
		return outcome;
	if (!same_text(json_get(json, md5 ? SV("md5_hash") : SV("sha256_hash")), question))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer about another file");
	facts_text(facts, FACT_MALWARE, text_of(json, "signature"));
	facts_text(facts, FACT_TYPE, text_of(json, "file_type"));
	add_whole(facts, FACT_SIZE, json_get(json, SV("file_size")));
	add_whole(facts, FACT_COUNT, json_get(json, SV("url_count")));
	add_time(facts, FACT_FIRST_SEEN, json_get(json, SV("firstseen")));
	add_time(facts, FACT_LAST_SEEN, json_get(json, SV("lastseen")));
	return facts->n > 0 ? LOOKUP_HIT
			    : facts_why(facts, LOOKUP_BAD_PAYLOAD, "ok, and says nothing");
}

const struct provider provider_urlhaus = {
	.name = "urlhaus",
	.title = "URLhaus (abuse.ch)",
	.leaves = "IPv4 address, domain, URL or hash, key",
	.branch = BRANCH_INTEL,
	.base_url = "https://urlhaus-api.abuse.ch",
	.key_header = "Auth-Key",
	.needs_key = true,
	.per_second = 1,
	.hit_ttl_us = 6 * HOUR_US,
	.miss_ttl_us = 6 * HOUR_US,
	.rest_us = MINUTE_US,
	.worth = 0.5,
	.calls = { { .name = "host",
		       .kinds = BIT(ASK_ADDRESS) | BIT(ASK_DOMAIN),
		       .build = host_build,
		       .parse = host_parse },
	    { .name = "url", .kinds = BIT(ASK_URL), .build = url_build, .parse = url_parse },
	    { .name = "payload",
		.kinds = BIT(ASK_HASH),
		.build = payload_build,
		.parse = payload_parse } },
	.n_calls = 3,
};
