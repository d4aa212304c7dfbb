/* greynoise.c - GreyNoise Community v3: does an address scan everybody, and is it a business known by name (reference section 2.3)?
 *
 * Leaves     the address, and the key (header key) when there is one.
 * Terms      about 50 look-ups a week for an account or, without one, for the site's own address: kept for campaigns that are near a threshold.
 * Unhappy    404 is an answer: "not observed", with `ip`; a 404 without `ip` is a wrong URL. 429 and 400 say what in `message`. */
#include "tools/providers/common.h"

static enum coord_err
community_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	struct addr a;

	(void)setup;
	TRY(question_address(question, false, &a, err));
	request_header(ret, "Accept", "application/json");
	return request_path(ret, arena, "/v3/community/", question->text, "", err);
}

/** Of the provider's four words the one it used, a constant; SV_NONE: another. */
static struct sv
class_of(struct sv word)
{
	static const char *const known[] = { "benign", "malicious", "suspicious", "unknown" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (sv_ieq(word, sv_from(known[i])))
			return sv_from(known[i]);
	return SV_NONE;
}

static void
community_label(struct sv class, bool riot, struct sv name, struct provider_facts *facts)
{
	bool malicious = sv_eq(class, SV("malicious")), suspicious = sv_eq(class, SV("suspicious"));

	if (sv_ieq(name, SV("unknown")))
		name = SV_NONE;
	if (riot && !malicious && !suspicious)
		label_add(facts, LABEL_GREYNOISE_RIOT, name);
	else if (sv_eq(class, SV("benign")))
		label_add(facts, LABEL_GREYNOISE_BENIGN, name);
	else if (malicious && !riot)
		label_add(facts, LABEL_GREYNOISE_MALICIOUS, SV_NONE);
	else if (suspicious && !riot)
		label_add(facts, LABEL_GREYNOISE_SUSPICIOUS, SV_NONE);
}

static enum tools_outcome
community_read(const struct provider_reply *reply, struct provider_facts *facts)
{
	struct json_value json = reply->json;
	struct sv class = class_of(text_of(json, "classification")), name = text_of(json, "name");
	bool noise, riot;

	if (!loose_bool(json_get(json, SV("noise")), &noise) ||
	    !loose_bool(json_get(json, SV("riot")), &riot))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no truth values `noise` and `riot`");
	if (!noise && !riot)
		return LOOKUP_MISS;
	community_label(class, riot, name, facts);
	facts_text(facts, FACT_CLASS, class);
	if (noise)
		facts_text(facts, FACT_TAG, SV("noise"));
	if (riot)
		facts_text(facts, FACT_TAG, SV("riot"));
	if (!sv_ieq(name, SV("unknown")))
		facts_text(facts, FACT_NAME, name);
	add_time(facts, FACT_LAST_SEEN, json_get(json, SV("last_seen")));
	facts_text(facts, FACT_REFERENCE, text_of(json, "link"));
	return LOOKUP_HIT;
}

static enum tools_outcome
community_parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value ip = json_get(reply->json, SV("ip"));
	struct sv text;

	if (reply->status == 429)
		return quota_outcome(facts, text_of(reply->json, "message"), reply->now_us);
	if (reply->status != 200 && reply->status != 404)
		return provider_by_status(reply, false, facts);
	if (!json_string(ip, &text))
		return reply->status == 404
			   ? facts_why(facts, LOOKUP_BAD_REQUEST, "404 without `ip`: no such path")
			   : facts_why(facts, LOOKUP_BAD_PAYLOAD, "no text `ip`");
	if (!same_address(ip, question))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer about another address");
	return reply->status == 404 ? LOOKUP_MISS : community_read(reply, facts);
}

const struct provider provider_greynoise = {
	.name = "greynoise",
	.title = "GreyNoise Community",
	.leaves = "address, key if set",
	.branch = BRANCH_INTEL,
	.base_url = "https://api.greynoise.io",
	.key_header = "key",
	.per_week = 45,
	.per_second = 1,
	.hit_ttl_us = DAY_US,
	.miss_ttl_us = DAY_US,
	.rest_us = HOUR_US, /* a 429 is of the week more often than not */
	.scarce = true,
	.worth = 1,
	.calls = { { .name = "community",
	    .kinds = BIT(ASK_ADDRESS),
	    .build = community_build,
	    .parse = community_parse } },
	.n_calls = 1,
};
