/* isc.c - DShield / SANS ISC, GET /ip/{address}?json (reference section 2.1). The smallest example of a provider.
 * XML is what it answers when "?json" is lost, 403 what it answers to agents without contact data; any field may be null, numbers may be strings,
 * older rows pad the octets of an address with zeros. Listed as hostile only when several targets reported it: our own reports reach it too. */
#include "tools/provider.h"

enum { TARGETS_LEAST = 2, FEEDS_MOST = 64 };

static enum coord_err
build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	const char *path;

	(void)setup;
	path = arena_printf(arena, "/ip/%.*s?json", SV_ARG(question->text));
	if (path == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	ret->path = sv_from(path);
	ret->headers[ret->n_headers++] = (struct net_header){ "Accept", "application/json" };
	return COORD_OK;
}

static void
take_network(struct json_value ip, struct provider_facts *facts)
{
	struct sv text;
	uint32_t asn;

	if (loose_asn(json_get(ip, SV("as")), &asn) && asn != 0)
		facts_whole(facts, FACT_ASN, asn);
	if (json_string(json_get(ip, SV("asname")), &text))
		facts_text(facts, FACT_AS_NAME, text);
	if (json_string(json_get(ip, SV("ascountry")), &text))
		facts_text(facts, FACT_COUNTRY, text);
	if (json_string(json_get(ip, SV("network")), &text))
		facts_text(facts, FACT_PREFIX, text);
	if (json_string(json_get(ip, SV("asabusecontact")), &text))
		facts_text(facts, FACT_CONTACT, text);
}

/** True: somebody reported it, or a feed has it. */
static bool
take_reports(struct json_value ip, struct provider_facts *facts)
{
	struct json_iter feeds = json_each(json_get(ip, SV("threatfeeds")));
	int64_t reports = 0, targets = 0, time_us;
	struct json_value feed;
	struct sv name;
	unsigned n = 0;

	if (loose_whole(json_get(ip, SV("count")), &reports) && reports > 0)
		facts_whole(facts, FACT_REPORTS, reports);
	if (loose_whole(json_get(ip, SV("attacks")), &targets) && targets > 0)
		facts_whole(facts, FACT_TARGETS, targets);
	if (targets >= TARGETS_LEAST)
		facts_text(facts, FACT_LISTED, SV("attacks"));
	if (loose_time(json_get(ip, SV("mindate")), &time_us))
		facts_time(facts, FACT_FIRST_SEEN, time_us);
	if (loose_time(json_get(ip, SV("maxdate")), &time_us))
		facts_time(facts, FACT_LAST_SEEN, time_us);
	if (json_type(json_get(ip, SV("threatfeeds"))) == JSON_OBJECT)
		for (; n < FEEDS_MOST && json_next_member(&feeds, &name, &feed); n++)
			facts_text(facts, FACT_FEED, name);
	return reports > 0 || targets > 0 || n > 0;
}

static enum tools_outcome
parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value ip = json_get(reply->json, SV("ip"));
	struct sv number;

	if (reply->status == 403)
		return facts_why(facts, LOOKUP_AUTH_FAILED,
		    "status 403: it wants contact data in the agent (COORD_CONTACT)");
	if (reply->status != 200)
		return provider_by_status(reply, false, facts);
	if (!json_exists(reply->json))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD,
		    sv_starts(sv_trim(reply->body), SV("<")) ? "XML or HTML in place of JSON"
							     : "no JSON");
	if (json_type(ip) != JSON_OBJECT || !json_string(json_get(ip, SV("number")), &number))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no object \"ip\" with its number");
	if (!is_about(question, number))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer about another address");
	take_network(ip, facts);
	return take_reports(ip, facts) ? LOOKUP_HIT : LOOKUP_MISS;
}

const struct provider provider_isc = {
	.name = "isc",
	.title = "DShield / SANS ISC",
	.leaves = "address, contact mail",
	.branch = BRANCH_INTEL,
	.base_url = "https://isc.sans.edu/api",
	.per_second = 1,
	.per_day = 500,
	.parallel = 2,
	.hit_ttl_us = 12 * 3600 * TIME_SECOND,
	.miss_ttl_us = 12 * 3600 * TIME_SECOND,
	.rest_us =
	    300 * TIME_SECOND, /* "on 429 stop for 5 minutes or Retry-After, whichever is longer" */
	.worth = 0.8,
	.calls = { { .name = "ip", .kinds = 1u << ASK_ADDRESS, .build = build, .parse = parse } },
	.n_calls = 1,
};
