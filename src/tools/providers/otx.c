/* otx.c - LevelBlue (AlienVault) OTX, section `general` of an indicator: in which pulses it is (reference section 2.7).
 *
 * Leaves     the address, domain or hash, and the key (header X-OTX-API-KEY).
 * Terms      free with a key, which raises the rate to 10,000 an hour; pulses are under their authors' TLP, so only their number and a few names are kept.
 * Unhappy    answers of megabytes: capped, and of the pulses only the first few are read. `reputation` is a number, null or an object, `base_indicator` may
 *            be {}. Names of pulses are strangers' words. */
#include "tools/providers/common.h"

enum { PULSES_LEAST = 2, NAMES_MOST = 5, TAGS_MOST = 8, ANSWER_MOST = 4 << 20 };

static const char *
section_of(const struct tools_question *question)
{
	struct addr a;

	switch (question->kind) {
	case ASK_ADDRESS:
		if (question_address(question, true, &a, NULL) != COORD_OK)
			return NULL;
		return addr_is_v4(a) ? "/api/v1/indicators/IPv4/" : "/api/v1/indicators/IPv6/";
	case ASK_DOMAIN:
		return "/api/v1/indicators/domain/";
	case ASK_HASH:
		return hash_kind_of(question->text) != HASH_NONE ? "/api/v1/indicators/file/"
								 : NULL;
	default:
		return NULL;
	}
}

static enum coord_err
general_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	const char *section = section_of(question);

	(void)setup;
	if (section == NULL)
		return error_set(err, COORD_EINVALID, "expected an address, domain or hash");
	request_header(ret, "Accept", "application/json");
	return request_path(ret, arena, section, question->text, "/general", err);
}

/* --- answers -------------------------------------------------------------------------------------------------------------- */

/** Its own allowlist: [{"source":"whitelist",...}]. */
static bool
is_allowed(struct json_value validation)
{
	struct json_iter iter = json_each(validation);
	struct json_value item;

	if (json_type(validation) != JSON_ARRAY)
		return false;
	while (json_next(&iter, &item))
		if (sv_ieq(text_of(item, "source"), SV("whitelist")))
			return true;
	return false;
}

static void
add_pulses(struct json_value pulses, struct provider_facts *facts)
{
	struct json_iter iter = json_each(pulses);
	struct json_value pulse;

	if (json_type(pulses) != JSON_ARRAY)
		return;
	for (unsigned n = 0; n < NAMES_MOST && json_next(&iter, &pulse); n++) {
		facts_text(facts, FACT_NAME, text_of(pulse, "name"));
		facts_text(facts, FACT_MALWARE, text_of(pulse, "adversary"));
		add_texts(facts, FACT_TAG, json_get(pulse, SV("tags")), TAGS_MOST);
	}
}

/** "AS64500 Example" */
static void
add_as(struct sv text, struct provider_facts *facts)
{
	struct sv name = text, number = sv_cut(&name, ' ');
	uint32_t asn;

	if (!asn_parse(number, &asn))
		return;
	facts_whole(facts, FACT_ASN, asn);
	facts_text(facts, FACT_AS_NAME, name);
}

static enum tools_outcome
general_hit(const struct tools_question *question, struct json_value json, int64_t count,
    struct provider_facts *facts)
{
	bool allowed = is_allowed(json_get(json, SV("validation")));
	size_t denied = json_count(json_get(json, SV("false_positive")));

	if (count == 0 && !allowed)
		return LOOKUP_MISS;
	if (question->kind == ASK_ADDRESS && count >= PULSES_LEAST && denied == 0 && !allowed)
		label_add(facts, LABEL_OTX_PULSES, SV_NONE);
	facts_whole(facts, FACT_COUNT, count);
	if (allowed)
		facts_text(facts, FACT_TAG, SV("allowlisted"));
	if (denied > 0)
		facts_text(facts, FACT_TAG, SV("false positive"));
	add_pulses(json_get(json_get(json, SV("pulse_info")), SV("pulses")), facts);
	add_as(text_of(json, "asn"), facts);
	add_country(facts, text_of(json, "country_code"));
	return LOOKUP_HIT;
}

static enum tools_outcome
general_parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value json = reply->json, said = json_get(json, SV("indicator"));
	int64_t count;

	if (reply->status == 429)
		return quota_outcome(facts, text_of(json, "detail"), reply->now_us);
	if (reply->status != 200)
		return provider_by_status(reply, json_type(json) == JSON_OBJECT, facts);
	if (!loose_whole(json_get(json_get(json, SV("pulse_info")), SV("count")), &count) ||
	    count < 0)
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no number `pulse_info.count`");
	if (!(question->kind == ASK_ADDRESS ? same_address(said, question)
					    : same_text(said, question)))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer about another indicator");
	return general_hit(question, json, count, facts);
}

const struct provider provider_otx = {
	.name = "otx",
	.title = "OTX",
	.leaves = "address, domain or hash, key",
	.branch = BRANCH_INTEL,
	.base_url = "https://otx.alienvault.com",
	.key_header = "X-OTX-API-KEY",
	.needs_key = true,
	.per_second = 1,
	.hit_ttl_us = 12 * HOUR_US,
	.miss_ttl_us = 12 * HOUR_US,
	.answer_most = ANSWER_MOST,
	.rest_us = MINUTE_US,
	.worth = 0.3,
	.calls = { { .name = "general",
	    .kinds = BIT(ASK_ADDRESS) | BIT(ASK_DOMAIN) | BIT(ASK_HASH),
	    .build = general_build,
	    .parse = general_parse } },
	.n_calls = 1,
};
