/* threatfox.c - ThreatFox of abuse.ch: is an address, name, URL or file an indicator of known malware (reference section 2.5)?
 *
 * Leaves     the indicator and the key (header Auth-Key).
 * Terms      free with a key, fair use, data under CC0; bulk exports matched locally are preferred.
 * Unhappy    abusech.c. `data` is a sentence unless query_status is "ok". */
#include "tools/providers/common.h"

enum { BODY_MOST = 8192, INDICATORS_MOST = 64, TAGS_MOST = 8, CONFIDENCE_LEAST = 50 };

static const char *const misses[] = { "no_result", "no_results", NULL };
static const char *const refusals[] = { "illegal_search_term", "illegal_hash", "illegal_query",
	"wrong_query", "no_search_term", "no_hash_provided", NULL };

static struct jsonw
query(struct buf *out, const char *name)
{
	struct jsonw w = jsonw_init(out, false);

	jsonw_object(&w);
	jsonw_key(&w, "query");
	jsonw_str(&w, name);
	return w;
}

static enum coord_err
ioc_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	struct buf out = BUF_INIT(BODY_MOST);
	struct jsonw w;
	struct addr a;

	(void)setup;
	if (question->kind == ASK_ADDRESS)
		TRY(question_address(question, true, &a, err));
	ret->path = SV("/api/v1/");
	request_header(ret, "Content-Type", "application/json");
	w = query(&out, "search_ioc");
	jsonw_key(&w, "search_term");
	jsonw_sv(&w, question->text);
	jsonw_key(&w, "exact_match");
	jsonw_bool(
	    &w, true); /* an address's indicators are "address:port": they count as exact there */
	jsonw_end(&w);
	return request_body(ret, arena, &out, err);
}

static enum coord_err
hash_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	enum hash_kind kind = hash_kind_of(question->text);
	struct buf out = BUF_INIT(BODY_MOST);
	struct jsonw w;

	(void)setup;
	if (kind != HASH_MD5 && kind != HASH_SHA256)
		return error_set(err, COORD_EINVALID, "expected an MD5 or SHA-256 hash");
	ret->path = SV("/api/v1/");
	request_header(ret, "Content-Type", "application/json");
	w = query(&out, "search_hash");
	jsonw_key(&w, "hash");
	jsonw_sv(&w, question->text);
	jsonw_end(&w);
	return request_body(ret, arena, &out, err);
}

/** "198.51.100.7:443" or "[2001:db8::1]:443" of the address that was asked for, not "198.51.100.70:443". */
static bool
is_the_one(struct json_value indicator, const struct tools_question *question)
{
	struct sv ioc = text_of(indicator, "ioc");
	struct addr asked, said;

	if (question->kind == ASK_HASH)
		return ioc.len > 0;
	if (question->kind != ASK_ADDRESS)
		return sv_ieq(ioc, question->text);
	return addr_parse(ioc, &said) && addr_parse(question->text, &asked) &&
	       addr_cmp(asked, said) == 0;
}

/** The provider's word as a constant of ours, so that there are no more labels than these. */
static enum label
label_of(struct sv threat_type)
{
	if (sv_ieq(threat_type, SV("botnet_cc")))
		return LABEL_THREATFOX_BOTNET;
	if (sv_ieq(threat_type, SV("payload_delivery")))
		return LABEL_THREATFOX_PAYLOAD;
	return LABEL_THREATFOX_OTHER;
}

static void
add_indicator(struct json_value indicator, const struct tools_question *question, bool *labelled,
    struct provider_facts *facts)
{
	struct sv type = text_of(indicator, "threat_type"),
		  malware = text_of(indicator, "malware_printable");
	enum label label = label_of(type);
	int64_t confidence = 0;

	(void)loose_whole(json_get(indicator, SV("confidence_level")), &confidence);
	if (question->kind == ASK_ADDRESS && confidence >= CONFIDENCE_LEAST && !labelled[label]) {
		label_add(facts, label, SV_NONE);
		labelled[label] = true;
	}
	facts_text(facts, FACT_CLASS, type);
	facts_text(facts, FACT_MALWARE, malware.len > 0 ? malware : text_of(indicator, "malware"));
	if (confidence >= 0 && confidence <= 100)
		facts_real(facts, FACT_SCORE, (double)confidence / 100);
	add_time(facts, FACT_FIRST_SEEN, json_get(indicator, SV("first_seen")));
	add_time(facts, FACT_LAST_SEEN, json_get(indicator, SV("last_seen")));
	add_texts(facts, FACT_TAG, json_get(indicator, SV("tags")), TAGS_MOST);
}

static enum tools_outcome
ioc_parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	enum tools_outcome outcome = abusech_status(reply, misses, refusals, facts);
	struct json_value data = json_get(reply->json, SV("data")), indicator;
	bool labelled[LABEL_COUNT] = { false };
	struct json_iter iter = json_each(data);
	int64_t about = 0;

	if (outcome != LOOKUP_HIT)
		return outcome;
	if (json_type(data) != JSON_ARRAY)
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "`data` is no list");
	while (about < INDICATORS_MOST && json_next(&iter, &indicator)) {
		if (!is_the_one(indicator, question))
			continue;
		add_indicator(indicator, question, labelled, facts);
		about++;
	}
	if (about == 0)
		return LOOKUP_MISS;
	facts_whole(facts, FACT_COUNT, about);
	return LOOKUP_HIT;
}

const struct provider provider_threatfox = {
	.name = "threatfox",
	.title = "ThreatFox (abuse.ch)",
	.leaves = "address, hash, URL or domain, key",
	.branch = BRANCH_INTEL,
	.base_url = "https://threatfox-api.abuse.ch",
	.key_header = "Auth-Key",
	.needs_key = true,
	.per_second = 1,
	.hit_ttl_us = 6 * HOUR_US,
	.miss_ttl_us = 6 * HOUR_US,
	.rest_us = MINUTE_US,
	.worth = 0.5,
	.calls = { { .name = "search_ioc",
		       .kinds = BIT(ASK_ADDRESS) | BIT(ASK_DOMAIN) | BIT(ASK_URL),
		       .build = ioc_build,
		       .parse = ioc_parse },
	    { .name = "search_hash",
		.kinds = BIT(ASK_HASH),
		.build = hash_build,
		.parse = ioc_parse } },
	.n_calls = 2,
};
