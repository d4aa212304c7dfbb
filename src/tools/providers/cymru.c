/* cymru.c - Team Cymru by DNS (reference section 1.1): the covering prefix, its origins and the networks next to them, in TXT records.
 * Several records are several covering prefixes (the longest counts), a first field may hold several numbers, country and date may be
 * empty. An address is asked as its /24 or /48: leading octets may be left out of the name, and no longer prefix is announced. */
#include "tools/providers/cymru.h"

static enum coord_err
finish(struct buf *name, struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	const char *text = name->failed ? NULL : arena_strdup(arena, buf_sv(name));

	buf_clear(name);
	if (text == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	ret->path = sv_from(text);
	return COORD_OK;
}

/** "20.9.45.origin.asn.cymru.com" of 45.9.20.0/24. */
static enum coord_err
name_of_prefix(struct sv text, const char *zone_v4, const char *zone_v6, struct arena *arena,
    struct provider_request *ret, struct coord_error *err)
{
	struct buf name = BUF_INIT(256);
	struct net_prefix prefix;
	bool v4;

	if (!net_prefix_parse(text, &prefix))
		return error_set(err, COORD_EINVALID, "no prefix");
	v4 = addr_is_v4(prefix.base);
	if (v4)
		for (unsigned i = (prefix.bits + 7) / 8; i-- > 0;)
			buf_printf(&name, "%u.", prefix.base.bytes[12 + i]);
	else
		for (unsigned i = (prefix.bits + 3) / 4; i-- > 0;)
			buf_printf(&name, "%x.",
			    i % 2 == 0 ? prefix.base.bytes[i / 2] >> 4
				       : prefix.base.bytes[i / 2] & 15);
	buf_add_str(&name, v4 ? zone_v4 : zone_v6);
	return finish(&name, arena, ret, err);
}

static enum coord_err
build_origin(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	(void)setup;
	return name_of_prefix(
	    question->text, "origin.asn.cymru.com", "origin6.asn.cymru.com", arena, ret, err);
}

static enum coord_err
build_peer(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	(void)setup;
	if (sv_find_char(question->text, ':') != SIZE_MAX)
		return error_set(err, COORD_EINVALID, "IPv4 only");
	return name_of_prefix(question->text, "peer.asn.cymru.com", "", arena, ret, err);
}

static enum coord_err
build_as(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	struct buf name = BUF_INIT(256);
	uint32_t asn;

	(void)setup;
	if (!asn_parse(question->text, &asn))
		return error_set(err, COORD_EINVALID, "no AS number");
	buf_printf(&name, "AS%u.asn.cymru.com", asn);
	return finish(&name, arena, ret, err);
}

/* --- rows ------------------------------------------------------------------------------------------------------------------ */

static void
add_origins(struct cymru_route *route, struct sv list)
{
	while (list.data != NULL) {
		uint32_t asn;
		bool known = false;

		if (!asn_parse(sv_cut(&list, ' '), &asn) || asn == 0)
			continue;
		for (size_t i = 0; i < route->n_origins; i++)
			known |= route->origins[i] == asn;
		if (!known && route->n_origins < CYMRU_ORIGINS_MOST)
			route->origins[route->n_origins++] = asn;
	}
}

bool
cymru_take(struct cymru_route *route, const struct net_prefix *asked, struct sv origins,
    struct sv text, struct sv country, struct sv registry)
{
	struct net_prefix prefix;

	if (!net_prefix_parse(text, &prefix) || !net_prefix_has(&prefix, asked->base))
		return false;
	if (route->found && prefix.bits < route->prefix.bits)
		return true;
	if (!route->found || prefix.bits > route->prefix.bits)
		*route = (struct cymru_route){ .prefix = prefix,
			.found = true,
			.country = sv_trim(country),
			.registry = sv_trim(registry) };
	add_origins(route, sv_trim(origins));
	return true;
}

void
cymru_facts(
    const struct cymru_route *route, enum tools_fact_name number, struct provider_facts *facts)
{
	char base[ADDR_TEXT_MAX];
	const char *prefix;

	(void)addr_format(route->prefix.base, base);
	prefix = arena_printf(facts->arena, "%s/%u", base, route->prefix.bits);
	for (size_t i = 0; i < route->n_origins; i++)
		facts_whole(facts, number, route->origins[i]);
	facts_text(facts, FACT_PREFIX, sv_from(prefix));
	facts_text(facts, FACT_COUNTRY, route->country);
	facts_text(facts, FACT_REGISTRY, route->registry);
}

static enum tools_outcome
parse_rows(const struct tools_question *question, const struct provider_reply *reply,
    enum tools_fact_name number, struct provider_facts *facts)
{
	struct cymru_route route = { .found = false };
	struct net_prefix asked;
	size_t bad = 0;

	if (reply->no_name)
		return LOOKUP_MISS;
	if (!net_prefix_parse(question->text, &asked))
		return facts_why(facts, LOOKUP_BAD_REQUEST, "no prefix");
	for (size_t i = 0; i < reply->n_texts; i++) {
		struct sv rest = reply->texts[i], origins = sv_cut(&rest, '|'),
			  prefix = sv_trim(sv_cut(&rest, '|')), country = sv_cut(&rest, '|'),
			  registry = sv_cut(&rest, '|');

		bad += !cymru_take(&route, &asked, origins, prefix, country, registry);
	}
	if (!route.found)
		return facts_why(
		    facts, LOOKUP_BAD_PAYLOAD, "%zu records, none of them about this prefix", bad);
	if (route.n_origins == 0)
		return LOOKUP_MISS; /* "NA": allocated, not announced */
	cymru_facts(&route, number, facts);
	return LOOKUP_HIT;
}

static enum tools_outcome
parse_origin(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	return parse_rows(question, reply, FACT_ASN, facts);
}

static enum tools_outcome
parse_peer(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	return parse_rows(question, reply, FACT_UPSTREAM, facts);
}

/** "23028 | US | arin | 2002-01-04 | TEAM-CYMRU - Team Cymru Inc., US" */
static enum tools_outcome
parse_as(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	uint32_t asked = 0, told = 0;

	if (reply->no_name)
		return LOOKUP_MISS;
	if (!asn_parse(question->text, &asked))
		return facts_why(facts, LOOKUP_BAD_REQUEST, "no AS number");
	for (size_t i = 0; i < reply->n_texts; i++) {
		struct sv rest = reply->texts[i], number = sv_cut(&rest, '|'),
			  country = sv_cut(&rest, '|'), registry = sv_cut(&rest, '|');

		(void)sv_cut(&rest, '|');
		if (!asn_parse(number, &told) || told != asked || rest.data == NULL)
			continue;
		facts_whole(facts, FACT_ASN, told);
		facts_text(facts, FACT_AS_NAME, sv_trim(rest));
		facts_text(facts, FACT_COUNTRY, sv_trim(country));
		facts_text(facts, FACT_REGISTRY, sv_trim(registry));
		return LOOKUP_HIT;
	}
	return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no record about this AS");
}

#define HOUR_US (3600 * TIME_SECOND)

const struct provider provider_cymru = {
	.name = "cymru",
	.title = "Team Cymru, DNS",
	.leaves = "the /24 or /48 of an address, AS numbers; the resolver sees them too",
	.branch = BRANCH_BGP,
	.transport = PROVIDER_DNS,
	.base_url = "", /* the system's resolver */
	.per_second = 20,
	.burst = 20,
	.parallel = 8,
	.hit_ttl_us = 24 * HOUR_US,
	.miss_ttl_us = 4 * HOUR_US,
	.deadline_us = 5 * TIME_SECOND,
	.worth = 0.9,
	.calls = {
	    { .name = "origin", .kinds = 1u << ASK_PREFIX, .build = build_origin, .parse = parse_origin, .by_prefix = true },
	    { .name = "peer", .kinds = 1u << ASK_PREFIX, .build = build_peer, .parse = parse_peer, .follows = true },
	    { .name = "as", .kinds = 1u << ASK_ASN, .build = build_as, .parse = parse_as, .hit_ttl_us = 168 * HOUR_US, .follows = true },
	},
	.n_calls = 3,
};
