/* cymru_whois.c - Team Cymru by bulk whois (reference section 1.1): many prefixes over one connection, for campaigns of many sources.
 * The answer is a banner and padded columns "AS | address | prefix | country | registry | date | name"; "NA" is what is not announced. */
#include "tools/providers/cymru.h"

static enum coord_err
build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	char text[ADDR_TEXT_MAX];
	struct net_prefix prefix;
	const char *line;

	(void)setup;
	if (!net_prefix_parse(question->text, &prefix))
		return error_set(err, COORD_EINVALID, "no prefix");
	(void)addr_format(prefix.base, text);
	line = arena_strdup(arena, sv_from(text));
	if (line == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	ret->path = sv_from(line);
	return COORD_OK;
}

/** A row of the table, its columns trimmed. False: fewer than seven, or about another address. */
static bool
row_of(struct sv line, struct addr asked, struct sv column[7])
{
	struct addr told;

	for (size_t i = 0; i < 6; i++) {
		if (line.data == NULL)
			return false;
		column[i] = sv_trim(sv_cut(&line, '|'));
	}
	column[6] = line.data == NULL ? SV("") : sv_trim(line);
	return loose_addr(column[1], &told) && addr_cmp(told, asked) == 0;
}

static enum tools_outcome
parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct cymru_route route = { .found = false };
	struct sv rest = reply->body, name = SV("");
	struct net_prefix asked;
	bool not_announced = false;

	if (!net_prefix_parse(question->text, &asked))
		return facts_why(facts, LOOKUP_BAD_REQUEST, "no prefix");
	if (!sv_starts(sv_cut(&rest, '\n'), SV("Bulk mode")))
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no banner of the bulk mode");
	while (rest.data != NULL) {
		struct sv column[7];
		unsigned before = route.found ? route.prefix.bits : 0;

		if (!row_of(sv_cut(&rest, '\n'), asked.base, column))
			continue;
		not_announced |= sv_eq(column[0], SV("NA"));
		if (!sv_eq(column[0], SV("NA")) &&
		    cymru_take(&route, &asked, column[0], column[2], column[3], column[4]) &&
		    (name.len == 0 || route.prefix.bits > before))
			name = column[6];
	}
	if (route.n_origins > 0) {
		cymru_facts(&route, FACT_ASN, facts);
		facts_text(facts, FACT_AS_NAME, name);
		return LOOKUP_HIT;
	}
	return not_announced ? LOOKUP_MISS
			     : facts_why(facts, LOOKUP_BAD_PAYLOAD,
				   "no row about this address: the answer may be cut short");
}

#define HOUR_US (3600 * TIME_SECOND)

const struct provider provider_cymru_whois = {
	.name = "cymru-whois",
	.title = "Team Cymru, bulk whois",
	.leaves = "the first address of the /24 or /48 of an address",
	.branch = BRANCH_BGP,
	.transport = PROVIDER_WHOIS,
	.base_url = "whois://whois.cymru.com:43",
	.per_second = 0.2, /* connections */
	.parallel = 1,
	.hit_ttl_us = 24 * HOUR_US,
	.miss_ttl_us = 4 * HOUR_US,
	.deadline_us = 60 * TIME_SECOND,
	.worth = 0.9,
	.calls = { { .name = "origin",
	    .kinds = 1u << ASK_PREFIX,
	    .build = build,
	    .parse = parse,
	    .by_prefix = true } },
	.n_calls = 1,
};
