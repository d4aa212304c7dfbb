/* abuseipdb.c - AbuseIPDB v2, `check`: who reported an address, and how sure the provider is (reference section 2.2).
 *
 * Leaves     the address and the key (header Key). `verbose` is not asked for: the comments of reports are strangers' words, and not needed.
 * Terms      free tier 1,000 checks a day, an account each; results are not to be republished. `report` is never called from here: reporting is a person's act.
 * Unhappy    {"errors":[{"detail":...,"status":...}]}; HTML without the Accept header; 429 of the day says so in words and in Retry-After. */
#include "tools/providers/common.h"

enum { SCORE_HIGH = 75, SCORE_REPORTED = 25, REPORTERS_LEAST = 2 };

static enum coord_err
check_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	struct addr a;

	(void)setup;
	TRY(question_address(question, true, &a, err));
	request_header(ret, "Accept", "application/json");
	return request_path(
	    ret, arena, "/check?ipAddress=", question->text, "&maxAgeInDays=90", err);
}

/** The first error's words. */
static struct sv
detail_of(struct json_value json)
{
	struct json_iter errors = json_each(json_get(json, SV("errors")));
	struct json_value first;

	return json_next(&errors, &first) ? text_of(first, "detail") : SV_NONE;
}

static struct sv
usage_of(struct sv type)
{
	static const struct {
		const char *type, *usage;
	} known[] = {
		{ "Data Center/Web Hosting/Transit", "hosting" },
		{ "Fixed Line ISP", "residential" },
		{ "Mobile ISP", "mobile" },
		{ "Commercial", "business" },
		{ "Organization", "business" },
		{ "Library", "education" },
		{ "University/College/School", "education" },
		{ "Government", "government" },
		{ "Military", "government" },
		{ "Content Delivery Network", "cdn" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (sv_ieq(type, sv_from(known[i].type)))
			return sv_from(known[i].usage);
	return type.len > 0 ? SV("other") : SV_NONE;
}

struct check {
	int64_t score, reports, reporters;
	bool allowed, tor, spider;
};

/** False: what has to be there is not, or is no such number. */
static bool
check_read(struct json_value data, struct check *ret)
{
	if (!loose_whole(json_get(data, SV("abuseConfidenceScore")), &ret->score) ||
	    ret->score < 0 || ret->score > 100)
		return false;
	(void)loose_whole(json_get(data, SV("totalReports")), &ret->reports);
	(void)loose_whole(json_get(data, SV("numDistinctUsers")), &ret->reporters);
	(void)loose_bool(json_get(data, SV("isWhitelisted")), &ret->allowed);
	(void)loose_bool(json_get(data, SV("isTor")), &ret->tor);
	ret->spider = sv_ieq(text_of(data, "usageType"), SV("Search Engine Spider"));
	return true;
}

static void
check_label(const struct check *c, struct provider_facts *facts)
{
	if (c->allowed && c->spider)
		label_add(facts, LABEL_ABUSEIPDB_SPIDER, SV_NONE);
	else if (c->score >= SCORE_HIGH && c->reporters >= REPORTERS_LEAST)
		label_add(facts, LABEL_ABUSEIPDB_HIGH, SV_NONE);
	else if (c->score >= SCORE_REPORTED && c->reporters >= REPORTERS_LEAST)
		label_add(facts, LABEL_ABUSEIPDB_REPORTED, SV_NONE);
}

static enum tools_outcome
check_hit(struct json_value data, struct provider_facts *facts)
{
	struct check c = { 0 };

	if (!check_read(data, &c))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no abuseConfidenceScore of 0 to 100");
	if (c.reports <= 0 && c.score == 0 && !c.allowed && !c.tor)
		return LOOKUP_MISS;
	check_label(&c, facts);
	facts_real(facts, FACT_SCORE, (double)c.score / 100);
	facts_whole(facts, FACT_REPORTS, c.reports < 0 ? 0 : c.reports);
	if (c.reporters > 0)
		facts_whole(facts, FACT_COUNT, c.reporters);
	if (c.allowed)
		facts_text(facts, FACT_TAG, SV("allowlisted"));
	if (c.tor)
		facts_bool(facts, FACT_TOR_EXIT, true);
	facts_text(facts, FACT_USAGE, usage_of(text_of(data, "usageType")));
	add_country(facts, text_of(data, "countryCode"));
	add_time(facts, FACT_LAST_SEEN, json_get(data, SV("lastReportedAt")));
	facts_text(facts, FACT_AS_NAME, text_of(data, "isp"));
	add_texts(facts, FACT_HOSTNAME, json_get(data, SV("hostnames")), 4);
	return LOOKUP_HIT;
}

static enum tools_outcome
check_parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value data = json_get(reply->json, SV("data"));

	if (reply->status == 429)
		return quota_outcome(facts, detail_of(reply->json), reply->now_us);
	if (reply->status != 200)
		return provider_by_status(reply, false, facts);
	if (json_type(data) != JSON_OBJECT)
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no object `data`");
	if (!same_address(json_get(data, SV("ipAddress")), question))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer about another address");
	return check_hit(data, facts);
}

const struct provider provider_abuseipdb = {
	.name = "abuseipdb",
	.title = "AbuseIPDB",
	.leaves = "address, key",
	.branch = BRANCH_INTEL,
	.base_url = "https://api.abuseipdb.com/api/v2",
	.key_header = "Key",
	.needs_key = true,
	.per_day = 900,
	.parallel = 2,
	.hit_ttl_us = DAY_US,
	.miss_ttl_us = DAY_US,
	.worth = 0.6,
	.calls = { { .name = "check",
	    .kinds = BIT(ASK_ADDRESS),
	    .build = check_build,
	    .parse = check_parse } },
	.n_calls = 1,
};
