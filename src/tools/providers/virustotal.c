/* virustotal.c - VirusTotal v3: how many engines call an address or a file malicious (reference section 2.6).
 *
 * Leaves     the address or the hash, and the key (header x-apikey). A hash tells that this site has seen the file; nothing is uploaded.
 * Terms      public keys: 4 requests a minute, 500 a day, non-commercial use only. Kept for campaigns that are near a threshold.
 * Unhappy    {"error":{"code":...}}: the code decides, because both quotas come under 429. */
#include "tools/providers/common.h"

enum { ENGINES_LEAST = 3, TAGS_MOST = 16 };

static enum coord_err
ip_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	struct addr a;

	(void)setup;
	TRY(question_address(question, true, &a, err));
	request_header(ret, "Accept", "application/json");
	return request_path(ret, arena, "/api/v3/ip_addresses/", question->text, "", err);
}

static enum coord_err
file_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	(void)setup;
	if (hash_kind_of(question->text) == HASH_NONE)
		return error_set(err, COORD_EINVALID, "expected an MD5, SHA-1 or SHA-256 hash");
	request_header(ret, "Accept", "application/json");
	return request_path(ret, arena, "/api/v3/files/", question->text, "", err);
}

/* --- answers -------------------------------------------------------------------------------------------------------------- */

static enum tools_outcome
quota(struct sv code, int64_t now_us, struct provider_facts *facts)
{
	return sv_eq(code, SV("QuotaExceededError")) ? quota_outcome(facts, SV("day"), now_us)
						     : quota_outcome(facts, SV("minute"), now_us);
}

static enum tools_outcome
unhappy(const struct provider_reply *reply, struct provider_facts *facts)
{
	struct sv code = text_of(json_get(reply->json, SV("error")), "code");

	if (sv_eq(code, SV("NotFoundError")))
		return LOOKUP_MISS;
	if (reply->status == 404)
		return facts_why(facts, LOOKUP_BAD_REQUEST, "404 without NotFoundError");
	if (sv_eq(code, SV("QuotaExceededError")) || sv_eq(code, SV("TooManyRequestsError")) ||
	    reply->status == 429)
		return quota(code, reply->now_us, facts);
	if (sv_eq(code, SV("WrongCredentialsError")) ||
	    sv_eq(code, SV("AuthenticationRequiredError")) ||
	    sv_eq(code, SV("UserNotActiveError")) || sv_eq(code, SV("ForbiddenError")))
		return facts_why(facts, LOOKUP_AUTH_FAILED, "the key is wrong, or not enough");
	if (sv_eq(code, SV("TransientError")) || sv_eq(code, SV("DeadlineExceededError")) ||
	    sv_eq(code, SV("NotAvailableYet")))
		return facts_why(facts, LOOKUP_UNAVAILABLE, "it says to come again later");
	return provider_by_status(reply, false, facts);
}

struct stats {
	int64_t malicious, suspicious, all;
};

/** False: no object, or without the number of those that say malicious. Kinds of votes that are new count among all. */
static bool
stats_read(struct json_value v, struct stats *ret)
{
	struct json_iter iter = json_each(v);
	struct json_value member;
	struct sv name;
	int64_t n;

	if (json_type(v) != JSON_OBJECT ||
	    !loose_whole(json_get(v, SV("malicious")), &ret->malicious))
		return false;
	(void)loose_whole(json_get(v, SV("suspicious")), &ret->suspicious);
	while (json_next_member(&iter, &name, &member))
		if (loose_whole(member, &n) && n >= 0 && n < 1000 && !sv_eq(name, SV("timeout")) &&
		    !sv_eq(name, SV("type-unsupported")) && !sv_eq(name, SV("failure")))
			ret->all += n;
	return ret->malicious >= 0 && ret->malicious < 1000 && ret->suspicious >= 0 &&
	       ret->suspicious < 1000;
}

/** The attributes of the object, and what the engines say of it. HIT: read on. */
static enum tools_outcome
object_read(const struct provider_reply *reply, struct json_value *ret, struct stats *stats,
    struct provider_facts *facts)
{
	struct json_value data = json_get(reply->json, SV("data"));

	if (reply->status != 200)
		return unhappy(reply, facts);
	*ret = json_get(data, SV("attributes"));
	if (json_type(*ret) != JSON_OBJECT)
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no object `data.attributes`");
	if (!stats_read(json_get(*ret, SV("last_analysis_stats")), stats))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no numbers `last_analysis_stats`");
	return LOOKUP_HIT;
}

static void
add_stats(const struct stats *stats, struct json_value attributes, struct provider_facts *facts)
{
	facts_whole(facts, FACT_REPORTS, stats->malicious);
	if (stats->all > 0)
		facts_real(facts, FACT_SCORE, (double)stats->malicious / (double)stats->all);
	facts_text(facts, FACT_CLASS,
	    stats->malicious > 0    ? SV("malicious")
	    : stats->suspicious > 0 ? SV("suspicious")
				    : SV_NONE);
	add_texts(facts, FACT_TAG, json_get(attributes, SV("tags")), TAGS_MOST);
}

static enum tools_outcome
ip_parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value attributes = JSON_MISSING;
	struct stats stats = { 0 };
	enum tools_outcome outcome = object_read(reply, &attributes, &stats, facts);
	struct sv network;
	uint32_t asn;

	if (outcome != LOOKUP_HIT)
		return outcome;
	if (!same_address(json_get(json_get(reply->json, SV("data")), SV("id")), question))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer about another address");
	if (stats.malicious >= ENGINES_LEAST)
		label_add(facts, LABEL_VIRUSTOTAL_MALICIOUS, SV_NONE);
	add_stats(&stats, attributes, facts);
	if (loose_asn(json_get(attributes, SV("asn")), &asn))
		facts_whole(facts, FACT_ASN, asn);
	facts_text(facts, FACT_AS_NAME, text_of(attributes, "as_owner"));
	add_country(facts, text_of(attributes, "country"));
	network = text_of(attributes, "network");
	if (sv_find_char(network, '/') != SIZE_MAX)
		facts_text(facts, FACT_PREFIX, network);
	add_time(facts, FACT_LAST_SEEN, json_get(attributes, SV("last_analysis_date")));
	return LOOKUP_HIT;
}

static bool
is_the_one(struct json_value attributes, const struct tools_question *question)
{
	static const char *const names[] = {
		[HASH_MD5] = "md5", [HASH_SHA1] = "sha1", [HASH_SHA256] = "sha256"
	};
	enum hash_kind kind = hash_kind_of(question->text);

	return kind != HASH_NONE && same_text(json_get(attributes, sv_from(names[kind])), question);
}

static enum tools_outcome
file_parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value attributes = JSON_MISSING;
	struct stats stats = { 0 };
	enum tools_outcome outcome = object_read(reply, &attributes, &stats, facts);

	if (outcome != LOOKUP_HIT)
		return outcome;
	if (!is_the_one(attributes, question))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer about another file");
	add_stats(&stats, attributes, facts);
	facts_text(facts, FACT_MALWARE,
	    text_of(json_get(attributes, SV("popular_threat_classification")),
		"suggested_threat_label"));
	facts_text(facts, FACT_NAME, text_of(attributes, "meaningful_name"));
	facts_text(facts, FACT_TYPE, text_of(attributes, "type_description"));
	add_whole(facts, FACT_SIZE, json_get(attributes, SV("size")));
	add_time(facts, FACT_FIRST_SEEN, json_get(attributes, SV("first_submission_date")));
	add_time(facts, FACT_LAST_SEEN, json_get(attributes, SV("last_analysis_date")));
	return LOOKUP_HIT;
}

const struct provider provider_virustotal = {
	.name = "virustotal",
	.title = "VirusTotal",
	.leaves = "address or hash, key",
	.branch = BRANCH_INTEL,
	.base_url = "https://www.virustotal.com",
	.key_header = "x-apikey",
	.needs_key = true,
	.per_second = 4.0 / 60,
	.per_day = 450,
	.hit_ttl_us = DAY_US,
	.miss_ttl_us = DAY_US,
	.rest_us = MINUTE_US,
	.scarce = true,
	.worth = 0.7,
	.calls = { { .name = "ip",
		       .kinds = BIT(ASK_ADDRESS),
		       .build = ip_build,
		       .parse = ip_parse },
	    { .name = "file", .kinds = BIT(ASK_HASH), .build = file_build, .parse = file_parse } },
	.n_calls = 2,
};
