/* view.c - what people see of providers, and a question of theirs: for `coord tools providers` and `coord tools ask`. */
#include "tools/online/layer.h"

#define DAY_US (86400 * TIME_SECOND)
#define MONDAY_US (4 * DAY_US) /* 1970-01-05 */

/* --- providers -------------------------------------------------------------------------------------------------------------- */

static struct tools_view
row_of(const struct provider *p)
{
	struct tools_view view = { .name = p->name,
		.title = p->title,
		.leaves = p->leaves,
		.url = p->base_url,
		.branch = p->branch,
		.needs_key = p->needs_key,
		.per_second = p->per_second,
		.per_day = p->per_day,
		.per_week = p->per_week,
		.hit_ttl_us = p->hit_ttl_us,
		.miss_ttl_us = p->miss_ttl_us,
		.scarce = p->scarce,
		.state = "off" };

	for (size_t i = 0; i < p->n_calls; i++) {
		view.kinds |= p->calls[i].kinds;
		if (view.hit_ttl_us == 0)
			view.hit_ttl_us = p->calls[i].hit_ttl_us;
		if (view.miss_ttl_us == 0)
			view.miss_ttl_us = p->calls[i].miss_ttl_us;
	}
	return view;
}

static uint64_t
used(const struct tools *tools, const char *space, const char *provider, int64_t start_us)
{
	return shared_count(tools, space, provider, start_us, 0);
}

static void
set_state(struct tools_view *view, const char *state, int64_t until_us)
{
	view->state = state;
	view->until_us = until_us;
}

static void
fill_state(const struct tools *tools, struct seat *seat, struct tools_view *view)
{
	int64_t now_us = tools->now(tools->context), day_us = now_us - now_us % DAY_US,
		week_us = now_us - (now_us - MONDAY_US) % (7 * DAY_US),
		rest_us = rest_until(tools, seat, now_us), open_us = breaker_until(seat, now_us);

	view->used_today = used(tools, "tool.day", view->name, day_us);
	view->used_this_week = used(tools, "tool.week", view->name, week_us);
	set_state(view, "ready", 0);
	if (view->needs_key && !view->has_key)
		set_state(view, "no key", 0);
	else if (open_us != 0)
		set_state(view, "open", open_us);
	else if (view->per_week > 0 && view->used_this_week >= view->per_week)
		set_state(view, "spent", week_us + 7 * DAY_US);
	else if (view->per_day > 0 && view->used_today >= view->per_day)
		set_state(view, "spent", day_us + DAY_US);
	else if (rest_us != 0)
		set_state(view, "resting", rest_us);
}

bool
tools_view_at(const struct tools *tools, size_t i, struct tools_view *ret)
{
	const struct provider *p = provider_at(i);
	struct seat *seat = p == NULL ? NULL : seat_named(tools, p->name);

	if (p == NULL)
		return false;
	*ret = row_of(p);
	if (seat == NULL)
		return true;
	ret->named = true;
	ret->url = seat->url;
	ret->has_key = seat->key[0] != 0;
	ret->per_second = seat->per_second;
	ret->per_day = seat->per_day;
	ret->per_week = seat->per_week;
	if (seat->hit_ttl_us >= 0)
		ret->hit_ttl_us = seat->hit_ttl_us;
	if (seat->miss_ttl_us >= 0)
		ret->miss_ttl_us = seat->miss_ttl_us;
	fill_state(tools, seat, ret);
	return true;
}

/* --- questions ---------------------------------------------------------------------------------------------------------------- */

static bool
is_hash(struct sv text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr("0123456789abcdef", text.data[i]) == NULL || text.data[i] == 0)
			return false;
	return text.len == 32 || text.len == 40 || text.len == 64;
}

static bool
starts_as(struct sv text)
{
	uint32_t asn;

	return sv_starts(text, SV("as")) && asn_parse(text, &asn);
}

static bool
is_route(struct sv text)
{
	struct sv prefix = text, asn = sv_cut(&prefix, ' ');
	struct net_prefix parsed;

	return prefix.data != NULL && starts_as(asn) && net_prefix_parse(prefix, &parsed);
}

/** `folded`: the text in lower case. */
static bool
kind_of(struct sv text, struct sv folded, enum tools_kind *ret)
{
	struct net_prefix prefix;
	struct addr a;

	if (sv_has(text, SV("://")))
		*ret = ASK_URL;
	else if (is_hash(folded))
		*ret = ASK_HASH;
	else if (is_route(folded))
		*ret = ASK_ROUTE;
	else if (starts_as(folded))
		*ret = ASK_ASN;
	else if (sv_find_char(text, '/') != SIZE_MAX && net_prefix_parse(text, &prefix))
		*ret = ASK_PREFIX;
	else if (addr_parse(text, &a))
		*ret = ASK_ADDRESS;
	else if (sv_find_char(text, '.') != SIZE_MAX && sv_find_char(text, '/') == SIZE_MAX &&
		 sv_find_char(text, ' ') == SIZE_MAX)
		*ret = ASK_DOMAIN;
	else
		return false;
	return true;
}

/** Lower case but for the path of a URL; "AS" in capitals; an address as addr_format writes it. */
static void
canonical(enum tools_kind kind, char *text, size_t len, const char *original)
{
	char address[ADDR_TEXT_MAX];
	struct addr a;

	if ((kind == ASK_ASN || kind == ASK_ROUTE) && len >= 2)
		memcpy(text, "AS", 2);
	if (kind == ASK_URL)
		memcpy(text, original, len);
	if (kind == ASK_ADDRESS && addr_parse((struct sv){ original, len }, &a) &&
	    addr_format(a, address) <= len)
		memcpy(text, address, strlen(address) + 1);
}

bool
tools_question_read(struct sv text, struct arena *arena, struct tools_question *ret)
{
	struct sv trimmed = sv_trim(text);
	char *folded = arena_strdup(arena, trimmed);
	enum tools_kind kind;

	if (folded == NULL || trimmed.len == 0)
		return false;
	for (size_t i = 0; i < trimmed.len; i++)
		if (folded[i] >= 'A' && folded[i] <= 'Z')
			folded[i] = (char)(folded[i] - 'A' + 'a');
	if (!kind_of(trimmed, (struct sv){ folded, trimmed.len }, &kind))
		return false;
	canonical(kind, folded, trimmed.len, trimmed.data);
	*ret = (struct tools_question){ .kind = kind, .text = sv_from(folded) };
	return true;
}

enum coord_err
tools_lookups_of(const struct tools *tools, const char *provider, struct tools_question question,
    struct arena *arena, struct tools_lookup **ret, size_t *ret_n, struct coord_error *err)
{
	const struct provider *p = provider_named(sv_from(provider));
	struct tools_lookup *list = ARENA_ARRAY(arena, PROVIDER_CALLS_MOST, struct tools_lookup);
	size_t n = 0;

	if (p == NULL)
		return error_set(err, COORD_EINVALID, "there is no provider \"%.64s\"", provider);
	if (list == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	for (size_t i = 0; i < p->n_calls; i++)
		if ((p->calls[i].kinds & 1u << question.kind) != 0)
			TRY(tools_lookup_make(
			    tools, p->name, p->calls[i].name, question, arena, &list[n++], err));
	if (n == 0)
		return error_set(err, COORD_EINVALID, "%s is not asked about %s: %.*s", p->name,
		    tools_kind_name(question.kind), SV_ARG(sv_first(question.text, 64)));
	*ret = list;
	*ret_n = n;
	return COORD_OK;
}
