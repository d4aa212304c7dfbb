/* indicators.c - the questions that a campaign's observables are: one spelling for one thing, so that nothing is asked twice, and nothing that may not be asked at all. */
#include "tools/online/layer.h"

struct gather {
	struct tools_question *list;
	size_t n;
	struct map seen; /* a hash of kind and text, to the first such question */
	uint32_t campaign;
	struct arena *arena;
	bool full;
};

/** Adds it unless it is there. `text` lives in the arena. */
static void
add(struct gather *g, enum tools_kind kind, struct sv text)
{
	uint32_t *slot;

	if (text.data == NULL) {
		g->full = true;
		return;
	}
	slot = map_slot(&g->seen, hash_mix(hash_content(text), (uint64_t)kind));
	if (slot == NULL) {
		g->full = true;
		return;
	}
	if (*slot != MAP_NONE && sv_eq(g->list[*slot].text, text))
		return;
	*slot = (uint32_t)g->n;
	g->list[g->n++] =
	    (struct tools_question){ .kind = kind, .text = text, .campaign = g->campaign };
}

static void
add_address(struct gather *g, struct addr a)
{
	char text[ADDR_TEXT_MAX];

	if (net_addr_is_public(a) && addr_format(a, text) > 0)
		add(g, ASK_ADDRESS, sv_from(arena_strdup(g->arena, sv_from(text))));
}

/** A copy in lower case (ASCII). */
static struct sv
lower(struct gather *g, struct sv text)
{
	char *copy = arena_strdup(g->arena, text);

	for (size_t i = 0; copy != NULL && i < text.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return (struct sv){ copy, text.len };
}

static void
add_hash(struct gather *g, struct sv text)
{
	text = sv_trim(text);
	if (text.len != 32 && text.len != 40 && text.len != 64)
		return;
	for (size_t i = 0; i < text.len; i++)
		if (strchr("0123456789abcdefABCDEF", text.data[i]) == NULL || text.data[i] == 0)
			return;
	add(g, ASK_HASH, lower(g, text));
}

/** As the gate sees it; and not all digits behind the last dot: those are bad addresses. */
static bool
is_name(struct sv text)
{
	size_t last = text.len;

	if (egress_refuses_name(text) != NULL)
		return false;
	for (; last > 0 && text.data[last - 1] != '.'; last--)
		if (text.data[last - 1] >= 'a' && text.data[last - 1] <= 'z')
			return true;
	return false;
}

static void
add_host(struct gather *g, struct sv text)
{
	struct sv name = lower(g, sv_trim(text));
	struct addr a;

	if (name.data == NULL) {
		g->full = true;
		return;
	}
	if (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	if (addr_parse(name, &a))
		add_address(g, a);
	else if (is_name(name))
		add(g, ASK_DOMAIN, name);
}

/** May it be asked about as it is? Userinfo, queries and fragments hold what was captured; scheme and host are folded. */
static void
add_url(struct gather *g, struct sv text)
{
	struct sv whole = sv_trim(text);
	size_t authority = sv_find(whole, SV("://"));
	struct net_url url;
	char *copy;

	for (const char *c = "@?#"; *c != 0; c++)
		if (sv_find_char(whole, *c) != SIZE_MAX)
			return;
	if (net_url_parse(whole, &url, NULL) != COORD_OK || authority == SIZE_MAX ||
	    (url.is_literal ? !net_addr_is_public(url.literal)
			    : !is_name(lower(g, sv_from(url.host)))))
		return;
	copy = arena_strdup(g->arena, whole);
	for (size_t i = 0; copy != NULL && i < whole.len; i++) {
		if (copy[i] == '/' && i > authority + 2)
			break;
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	}
	add(g, ASK_URL, (struct sv){ copy, whole.len });
}

static void
add_urls(struct gather *g, const struct tools_campaign *campaign)
{
	for (size_t i = 0; i < campaign->n_urls; i++)
		add_url(g, campaign->urls[i]);
	for (size_t i = 0; i < campaign->n_urls; i++) {
		struct net_url url;

		if (net_url_parse(sv_trim(campaign->urls[i]), &url, NULL) == COORD_OK)
			add_host(g, sv_from(url.host));
	}
}

enum coord_err
tools_questions(const struct tools_campaign *campaign, uint32_t index, struct arena *arena,
    struct tools_question **ret, size_t *ret_n, struct coord_error *err)
{
	size_t most =
	    campaign->n_sources + campaign->n_hashes + 2 * campaign->n_urls + campaign->n_domains;
	struct gather g = { .list = ARENA_ARRAY(arena, most, struct tools_question),
		.seen = MAP_INIT,
		.campaign = index,
		.arena = arena };

	if (g.list == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for questions");
	for (size_t i = 0; i < campaign->n_sources; i++)
		add_address(&g, campaign->sources[i].address);
	for (size_t i = 0; i < campaign->n_hashes; i++)
		add_hash(&g, campaign->hashes[i]);
	add_urls(&g, campaign);
	for (size_t i = 0; i < campaign->n_domains; i++)
		add_host(&g, campaign->domains[i]);
	map_clear(&g.seen);
	if (g.full)
		return error_set(err, COORD_ENOMEM, "no memory for questions");
	*ret = g.list;
	*ret_n = g.n;
	return COORD_OK;
}
