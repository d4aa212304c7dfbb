/* abusech.c - what the services of abuse.ch have in common. query_status decides and not HTTP: a wrong key was seen with 403 and with 200, a miss comes
 * under 200, and `data` is often a sentence where a list was asked for. One free key serves all three, in the header Auth-Key. */
#include "tools/providers/common.h"

static bool
is_any(struct sv word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (sv_ieq(word, sv_from(*words)))
			return true;
	return false;
}

static enum tools_outcome
without_status(const struct provider_reply *reply, struct provider_facts *facts)
{
	if (reply->status == 200)
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer without query_status");
	return provider_by_status(reply, false, facts);
}

enum tools_outcome
abusech_status(const struct provider_reply *reply, const char *const *misses,
    const char *const *refusals, struct provider_facts *facts)
{
	static const char *const keys[] = { "unknown_auth_key", "invalid_auth_key", "no_auth_key",
		"user_blacklisted", "unauthorized", "forbidden", NULL };
	static const char *const rates[] = { "rate_limited", "rate_limit_exceeded",
		"too_many_requests", "quota_exceeded", NULL };
	struct sv status = text_of(reply->json, "query_status");

	if (status.len == 0)
		status = text_of(reply->json, "error");
	if (status.len == 0)
		return without_status(reply, facts);
	if (is_any(status, keys))
		return facts_why(
		    facts, LOOKUP_AUTH_FAILED, "the key is missing, unknown or blocked");
	if (is_any(status, rates))
		return quota_outcome(facts, status, reply->now_us);
	if (reply->status >= 500 || reply->status == 429 || reply->status == 401)
		return provider_by_status(reply, false, facts);
	if (sv_ieq(status, SV("ok")))
		return LOOKUP_HIT;
	if (is_any(status, misses))
		return LOOKUP_MISS;
	if (is_any(status, refusals))
		return facts_why(facts, LOOKUP_BAD_REQUEST, "the provider refuses the question");
	return facts_why(facts, LOOKUP_BAD_PAYLOAD, "a query_status that is not known");
}
