/* internetdb.c - Shodan InternetDB: which ports an address has open, by a weekly scan (reference section 2.4).
 *
 * Leaves     the address. There is no key.
 * Terms      free for non-commercial use, one or two requests a second; refreshed weekly, so that asking again within the week tells nothing new.
 * Unhappy    404 with `detail` is a miss; 429 as JSON or as a page of HTML; without a key nobody can be refused for one, so that 401 and 403 are the
 *            network edge's refusals, which pass. */
#include "tools/providers/common.h"

enum { PORTS_MOST = 64, TAGS_MOST = 16, VULNERABILITIES_MOST = 32, HOSTNAMES_MOST = 8 };

static enum coord_err
ip_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	struct addr a;

	(void)setup;
	TRY(question_address(question, true, &a, err));
	request_header(ret, "Accept", "application/json");
	return request_path(ret, arena, "/", question->text, "", err);
}

static void
add_ports(struct provider_facts *facts, struct json_value ports)
{
	struct json_iter iter = json_each(ports);
	struct json_value v;
	int64_t port;

	if (json_type(ports) != JSON_ARRAY)
		return;
	for (unsigned n = 0; n < PORTS_MOST && json_next(&iter, &v);)
		if (loose_whole(v, &port) && port > 0 && port <= 65535) {
			facts_whole(facts, FACT_PORT, port);
			n++;
		}
}

static bool
is_compromised(struct json_value tags)
{
	static const char *const signs[] = { "compromised", "malware", "c2", "doublepulsar" };
	struct json_iter iter = json_each(tags);
	struct json_value v;
	struct sv tag;

	if (json_type(tags) != JSON_ARRAY)
		return false;
	while (json_next(&iter, &v))
		for (size_t i = 0; json_string(v, &tag) && i < sizeof(signs) / sizeof(signs[0]);
		     i++)
			if (sv_ieq(tag, sv_from(signs[i])))
				return true;
	return false;
}

static enum tools_outcome
ip_hit(struct json_value json, struct provider_facts *facts)
{
	struct json_value tags = json_get(json, SV("tags"));

	if (is_compromised(tags))
		label_add(facts, LABEL_INTERNETDB_COMPROMISED, SV_NONE);
	add_ports(facts, json_get(json, SV("ports")));
	add_texts(facts, FACT_TAG, tags, TAGS_MOST);
	add_texts(facts, FACT_VULNERABILITY, json_get(json, SV("vulns")), VULNERABILITIES_MOST);
	add_texts(facts, FACT_HOSTNAME, json_get(json, SV("hostnames")), HOSTNAMES_MOST);
	return facts->n > 0 ? LOOKUP_HIT : LOOKUP_MISS;
}

static enum tools_outcome
ip_parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct sv text;

	if (reply->status == 401 || reply->status == 403)
		return facts_why(
		    facts, LOOKUP_UNAVAILABLE, "the provider's edge refuses this site");
	if (reply->status == 404 && text_of(reply->json, "detail").len == 0)
		return facts_why(facts, LOOKUP_BAD_REQUEST, "404 without `detail`: no such path");
	if (reply->status != 200)
		return provider_by_status(reply, true, facts);
	if (!json_string(json_get(reply->json, SV("ip")), &text))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no text `ip`");
	if (!same_address(json_get(reply->json, SV("ip")), question))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer about another address");
	return ip_hit(reply->json, facts);
}

const struct provider provider_internetdb = {
	.name = "internetdb",
	.title = "Shodan InternetDB",
	.leaves = "address",
	.branch = BRANCH_INTEL,
	.base_url = "https://internetdb.shodan.io",
	.per_second = 1,
	.hit_ttl_us = 7 * DAY_US,
	.miss_ttl_us = 7 * DAY_US,
	.rest_us = MINUTE_US,
	.worth = 0.3,
	.calls = { { .name = "ip",
	    .kinds = BIT(ASK_ADDRESS),
	    .build = ip_build,
	    .parse = ip_parse } },
	.n_calls = 1,
};
