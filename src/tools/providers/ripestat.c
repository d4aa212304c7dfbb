/* ripestat.c - RIPEstat's data calls (reference section 1.2): prefix and origins of an address, holders, the history of a prefix's origins, RPKI.
 * Every call has the same envelope, whose `status` counts, not only HTTP's; AS numbers come as text and as numbers, with and without "AS". */
#include "tools/provider.h"

enum { PREFIXES_MOST = 64, STAYS_MOST = 64 };

static enum coord_err
build_call(const char *call, struct sv resource, struct sv prefix,
    const struct provider_setup *setup, struct arena *arena, struct provider_request *ret,
    struct coord_error *err)
{
	struct buf path = BUF_INIT(1024);
	const char *text;

	buf_printf(&path, "/data/%s/data.json?resource=", call);
	url_encode(&path, resource);
	if (prefix.len > 0) {
		buf_add_str(&path, "&prefix=");
		url_encode(&path, prefix);
	}
	buf_add_str(&path, "&sourceapp=");
	url_encode(&path, sv_from(setup->app));
	text = path.failed ? NULL : arena_strdup(arena, buf_sv(&path));
	buf_clear(&path);
	if (text == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	ret->path = sv_from(text);
	return COORD_OK;
}

#define BUILD(function, call)                                                                      \
	static enum coord_err function(const struct tools_question *question,                      \
	    const struct provider_setup *setup, struct arena *arena, struct provider_request *ret, \
	    struct coord_error *err)                                                               \
	{                                                                                          \
		return build_call(call, question->text, SV_NONE, setup, arena, ret, err);          \
	}
BUILD(build_network, "network-info")
BUILD(build_prefix, "prefix-overview")
BUILD(build_as, "as-overview")
BUILD(build_history, "routing-history")
BUILD(build_contact, "abuse-contact-finder")

static enum coord_err
build_rpki(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	struct sv prefix = question->text, origin = sv_cut(&prefix, ' ');

	if (prefix.data == NULL)
		return error_set(err, COORD_EINVALID, "an origin and a prefix");
	return build_call("rpki-validation", origin, prefix, setup, arena, ret, err);
}

/* --- the envelope ------------------------------------------------------------------------------------------------------------ */

/** HIT: *data is the object of a call that worked. */
static enum tools_outcome
open_envelope(
    const struct provider_reply *reply, struct json_value *data, struct provider_facts *facts)
{
	struct sv status, call_status;
	int64_t code = reply->status;

	if (!json_exists(reply->json))
		return reply->status == 200 ? facts_why(facts, LOOKUP_BAD_PAYLOAD, "no JSON")
					    : provider_by_status(reply, false, facts);
	if (!json_string(json_get(reply->json, SV("status")), &status))
		return provider_by_status(reply, false, facts);
	if (json_string(json_get(reply->json, SV("data_call_status")), &call_status) &&
	    sv_starts(call_status, SV("maintenance")))
		return facts_why(facts, LOOKUP_UNAVAILABLE, "maintenance");
	*data = json_get(reply->json, SV("data"));
	if (reply->status == 200 && sv_eq(status, SV("ok")))
		return json_type(*data) == JSON_OBJECT
			   ? LOOKUP_HIT
			   : facts_why(facts, LOOKUP_BAD_PAYLOAD, "no data");
	if (reply->status == 200)
		(void)loose_whole(json_get(reply->json, SV("status_code")), &code);
	if (code == 429 || code >= 500)
		return facts_why(facts, code == 429 ? LOOKUP_RATE_LIMITED : LOOKUP_UNAVAILABLE,
		    "status %d", (int)(code > 599 ? 599 : code));
	return facts_why(facts, LOOKUP_BAD_REQUEST, "it refuses the question");
}

static enum tools_outcome
hit_or_miss(const struct provider_facts *facts)
{
	return facts->n > 0 ? LOOKUP_HIT : LOOKUP_MISS;
}

/* --- calls ------------------------------------------------------------------------------------------------------------------- */

static enum tools_outcome
parse_network(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value data, v;
	enum tools_outcome outcome = open_envelope(reply, &data, facts);
	struct net_prefix covering;
	struct addr asked;
	struct json_iter each;
	struct sv prefix;

	if (outcome != LOOKUP_HIT)
		return outcome;
	if (!json_string(json_get(data, SV("prefix")), &prefix) || prefix.len == 0)
		return LOOKUP_MISS;
	if (!net_prefix_parse(prefix, &covering) || !addr_parse(question->text, &asked) ||
	    !net_prefix_has(&covering, asked))
		return facts_why(
		    facts, LOOKUP_BAD_PAYLOAD, "a prefix that does not cover the address");
	each = json_each(json_get(data, SV("asns")));
	while (json_next(&each, &v)) {
		uint32_t asn;

		if (loose_asn(v, &asn) && asn != 0)
			facts_whole(facts, FACT_ASN, asn);
	}
	if (facts->n == 0)
		return LOOKUP_MISS;
	facts_text(facts, FACT_PREFIX, prefix);
	return LOOKUP_HIT;
}

static enum tools_outcome
parse_prefix(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value data, v;
	enum tools_outcome outcome = open_envelope(reply, &data, facts);
	struct json_iter each;
	bool announced = false;

	(void)question;
	if (outcome != LOOKUP_HIT)
		return outcome;
	if (!loose_bool(json_get(data, SV("announced")), &announced))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no \"announced\"");
	if (!announced)
		return LOOKUP_MISS;
	facts_bool(facts, FACT_ANNOUNCED, true);
	each = json_each(json_get(data, SV("asns")));
	while (json_next(&each, &v)) {
		struct sv holder;
		uint32_t asn;

		if (loose_asn(json_get(v, SV("asn")), &asn))
			facts_whole(facts, FACT_ASN, asn);
		if (json_string(json_get(v, SV("holder")), &holder))
			facts_text(facts, FACT_AS_NAME, holder);
	}
	return LOOKUP_HIT;
}

static enum tools_outcome
parse_as(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value data;
	enum tools_outcome outcome = open_envelope(reply, &data, facts);
	uint32_t asked, told;
	struct sv holder;
	bool announced;

	if (outcome != LOOKUP_HIT)
		return outcome;
	if (!asn_parse(question->text, &asked) ||
	    !loose_asn(json_get(data, SV("resource")), &told) || asked != told)
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer about another AS");
	if (json_string(json_get(data, SV("holder")), &holder))
		facts_text(facts, FACT_AS_NAME, holder);
	if (loose_bool(json_get(data, SV("announced")), &announced))
		facts_bool(facts, FACT_ANNOUNCED, announced);
	return hit_or_miss(facts);
}

/** "AS64500 198.51.100.0/24 <from> <to>" for each stay of a prefix with an origin. */
static void
take_stays(uint32_t origin, struct json_value of_prefix, struct provider_facts *facts)
{
	struct json_iter stays = json_each(json_get(of_prefix, SV("timelines")));
	struct net_prefix checked;
	struct json_value stay;
	struct sv prefix;
	unsigned n = 0;

	if (!json_string(json_get(of_prefix, SV("prefix")), &prefix) ||
	    !net_prefix_parse(prefix, &checked))
		return;
	while (n++ < STAYS_MOST && json_next(&stays, &stay)) {
		int64_t from_us, to_us;
		const char *text;

		if (!loose_time(json_get(stay, SV("starttime")), &from_us) ||
		    !loose_time(json_get(stay, SV("endtime")), &to_us) || to_us < from_us)
			continue;
		text = arena_printf(facts->arena, "AS%u %.*s %lld %lld", origin,
		    SV_ARG(sv_trim(prefix)), (long long)from_us, (long long)to_us);
		facts_text(facts, FACT_ORIGIN, sv_from(text));
	}
}

static enum tools_outcome
parse_history(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value data, origin, prefix;
	enum tools_outcome outcome = open_envelope(reply, &data, facts);
	struct json_iter origins;

	(void)question;
	if (outcome != LOOKUP_HIT)
		return outcome;
	if (json_type(json_get(data, SV("by_origin"))) != JSON_ARRAY)
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no \"by_origin\"");
	origins = json_each(json_get(data, SV("by_origin")));
	while (json_next(&origins, &origin)) {
		struct json_iter prefixes = json_each(json_get(origin, SV("prefixes")));
		unsigned n = 0;
		uint32_t asn;

		if (!loose_asn(json_get(origin, SV("origin")), &asn))
			continue;
		while (n++ < PREFIXES_MOST && json_next(&prefixes, &prefix))
			take_stays(asn, prefix, facts);
	}
	return hit_or_miss(facts);
}

static enum tools_outcome
parse_rpki(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	static const char *const known[] = { "valid", "invalid_asn", "invalid_length", "unknown" };
	struct json_value data;
	enum tools_outcome outcome = open_envelope(reply, &data, facts);
	struct sv status;

	(void)question;
	if (outcome != LOOKUP_HIT)
		return outcome;
	if (!json_string(json_get(data, SV("status")), &status))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no status of the route");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (sv_eq(status, sv_from(known[i]))) {
			facts_text(facts, FACT_RPKI, status);
			return LOOKUP_HIT;
		}
	return facts_why(facts, LOOKUP_BAD_PAYLOAD, "a status of the route that is none");
}

static enum tools_outcome
parse_contact(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value data, v;
	enum tools_outcome outcome = open_envelope(reply, &data, facts);
	struct json_iter each;
	struct sv text;

	(void)question;
	if (outcome != LOOKUP_HIT)
		return outcome;
	if (json_type(json_get(data, SV("abuse_contacts"))) != JSON_ARRAY)
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no \"abuse_contacts\"");
	each = json_each(json_get(data, SV("abuse_contacts")));
	while (json_next(&each, &v))
		if (json_string(v, &text))
			facts_text(facts, FACT_CONTACT, text);
	return hit_or_miss(facts);
}

#define HOUR_US (3600 * TIME_SECOND)

const struct provider provider_ripestat = {
	.name = "ripestat",
	.title = "RIPEstat",
	.leaves = "address, prefix or AS number, the name of the application",
	.branch = BRANCH_BGP,
	.base_url = "https://stat.ripe.net",
	.per_second = 4,
	.burst = 4,
	.per_day = 900,
	.parallel = 4,
	.hit_ttl_us = 12 * HOUR_US,
	.miss_ttl_us = 6 * HOUR_US,
	.deadline_us = 20 * TIME_SECOND,
	.worth = 0.7,
	.calls = {
	    { .name = "network-info", .kinds = 1u << ASK_ADDRESS, .build = build_network, .parse = parse_network },
	    { .name = "routing-history", .kinds = 1u << ASK_PREFIX, .build = build_history, .parse = parse_history, .hit_ttl_us = 24 * HOUR_US,
	        .deadline_us = 60 * TIME_SECOND, .follows = true },
	    { .name = "rpki-validation", .kinds = 1u << ASK_ROUTE, .build = build_rpki, .parse = parse_rpki, .hit_ttl_us = HOUR_US, .miss_ttl_us = HOUR_US,
	        .follows = true },
	    { .name = "prefix-overview", .kinds = 1u << ASK_PREFIX, .build = build_prefix, .parse = parse_prefix, .follows = true },
	    { .name = "as-overview", .kinds = 1u << ASK_ASN, .build = build_as, .parse = parse_as, .follows = true },
	    { .name = "abuse-contact-finder", .kinds = 1u << ASK_ADDRESS | 1u << ASK_PREFIX, .build = build_contact, .parse = parse_contact,
	        .hit_ttl_us = 168 * HOUR_US, .follows = true },
	},
	.n_calls = 6,
};
