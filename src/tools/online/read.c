/* read.c - from the bytes that came to facts: the content type first, JSON next, the provider's own parse, and a look at what it returned. */
#include "tools/provider.h"

enum { JSON_DEPTH = 32, BODY_MOST = 16 << 20 };

/** Says that it is JSON, or says nothing at all. */
static bool
may_be_json(struct sv content_type)
{
	struct sv rest = content_type, type = sv_trim(sv_cut(&rest, ';'));

	return type.len == 0 || sv_ieq(type, SV("application/json")) ||
	       sv_ieq(type, SV("text/json")) ||
	       (type.len > 5 && sv_ieq(sv_skip(type, type.len - 5), SV("+json")));
}

enum tools_outcome
provider_by_status(const struct provider_reply *reply, bool miss_404, struct provider_facts *facts)
{
	int status = reply->status;

	if (status == 429)
		return facts_why(facts, LOOKUP_RATE_LIMITED, "status 429");
	if (status == 404 && miss_404)
		return LOOKUP_MISS;
	if (status == 401 || status == 403)
		return facts_why(facts, LOOKUP_AUTH_FAILED, "status %d", status);
	if (status == 408 || (status >= 500 && status <= 599))
		return facts_why(facts, LOOKUP_UNAVAILABLE, "status %d", status);
	if (status >= 400 && status <= 499)
		return facts_why(facts, LOOKUP_BAD_REQUEST, "status %d", status);
	if (status >= 200 && status <= 299)
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer of another form");
	return facts_why(facts, LOOKUP_BAD_PAYLOAD, "status %d", status);
}

enum tools_outcome
provider_parse(const struct provider_call *call, const struct tools_question *question,
    const struct provider_reply *reply, struct provider_facts *facts)
{
	enum tools_outcome outcome = call->parse(question, reply, facts);

	if (outcome == LOOKUP_HIT && facts->n == 0)
		outcome = facts_why(facts, LOOKUP_BAD_PAYLOAD, "an answer that says nothing");
	if (outcome != LOOKUP_HIT)
		facts->n = 0;
	return outcome;
}

enum tools_outcome
provider_read(const struct provider_call *call, const struct tools_question *question, int status,
    struct sv content_type, struct sv body, int64_t now_us, struct provider_facts *facts)
{
	struct provider_reply reply = { .status = status,
		.content_type = content_type,
		.body = body,
		.json = JSON_MISSING,
		.now_us = now_us };
	struct json_parser *parser = NULL;
	enum tools_outcome outcome;

	if (body.len > 0 && body.len <= BODY_MOST && may_be_json(content_type)) {
		parser = json_parser_new(BODY_MOST, JSON_DEPTH);
		facts->failed |= parser == NULL;
		if (parser != NULL &&
		    json_parse(parser, body.data, body.len, false, &reply.json, NULL) != COORD_OK)
			reply.json = JSON_MISSING;
	}
	outcome = provider_parse(call, question, &reply, facts);
	json_parser_free(parser);
	return outcome;
}
