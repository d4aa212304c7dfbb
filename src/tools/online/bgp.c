/* bgp.c - what the answers of the bgp branch say of one campaign: sources that share a prefix, an origin or an upstream; prefixes whose origin changed in the window,
 * that several networks announce at once, or whose route RPKI calls invalid. Shown beside the evidence; it moves no number. */
#include <stdlib.h>

#include "tools/online/layer.h"

#define RECENT_US    \
	(7 * 86400 * \
	    TIME_SECOND) /* a change in the week before the first session counts as one in the window */

enum { EVENTS_MOST = 256, PAIRS_MOST = 1 << 20 };

/** A source and something it may share with others. */
struct pair {
	struct sv key;
	size_t source;
};
struct pairs {
	struct pair *list;
	size_t n, cap;
};
struct deriving {
	const struct tools_case *about;
	const struct tools_campaign *campaign;
	const struct tools_answer *answers;
	size_t n;
	struct arena *arena;
	struct pairs prefixes, origins, upstreams;
	struct tools_bgp_event *events;
	size_t n_events;
	bool failed;
};

static void
add_pair(struct deriving *d, struct pairs *pairs, struct sv key, size_t source)
{
	if (key.data == NULL || pairs->n >= PAIRS_MOST) {
		d->failed |= key.data == NULL;
		return;
	}
	if (pairs->n == pairs->cap) {
		size_t cap = pairs->cap == 0 ? 64 : 2 * pairs->cap;
		struct pair *more = ARENA_ARRAY(d->arena, cap, struct pair);

		if (more == NULL) {
			d->failed = true;
			return;
		}
		if (pairs->n > 0)
			memcpy(more, pairs->list, pairs->n * sizeof(*more));
		pairs->list = more;
		pairs->cap = cap;
	}
	pairs->list[pairs->n++] = (struct pair){ key, source };
}

static struct sv
asn_text(struct deriving *d, int64_t asn)
{
	return sv_from(arena_printf(d->arena, "AS%lld", (long long)asn));
}

/** Is this answer about that address? By the address itself, or by a prefix that covers it. */
static bool
covers(const struct tools_answer *answer, struct addr a)
{
	const struct tools_fact *fact = tools_fact_of(answer, FACT_PREFIX);
	struct net_prefix prefix;
	struct addr asked;

	if (answer->outcome != LOOKUP_HIT || answer->lookup.branch != BRANCH_BGP)
		return false;
	if (answer->lookup.question.kind == ASK_ADDRESS)
		return addr_parse(answer->lookup.question.text, &asked) && addr_cmp(asked, a) == 0;
	return answer->lookup.question.kind == ASK_PREFIX && fact != NULL &&
	       net_prefix_parse(fact->text, &prefix) && net_prefix_has(&prefix, a);
}

/** Of all answers and files, the longest prefix of a source with its origins; upstreams of whatever covers it. */
static bool
place(struct deriving *d, size_t source)
{
	const struct tools_source *s = &d->campaign->sources[source];
	const struct tools_answer *best = NULL;
	struct sv prefix = s->prefix;
	struct net_prefix longest = { .bits = 0 };

	if (prefix.len > 0 && !net_prefix_parse(prefix, &longest))
		prefix = SV_NONE;
	for (size_t i = 0; i < d->n; i++) {
		const struct tools_fact *fact;
		struct net_prefix p;

		if (!covers(&d->answers[i], s->address))
			continue;
		for (size_t k = 0; k < d->answers[i].n_facts; k++)
			if (d->answers[i].facts[k].name == FACT_UPSTREAM)
				add_pair(d, &d->upstreams,
				    asn_text(d, d->answers[i].facts[k].number), source);
		fact = tools_fact_of(&d->answers[i], FACT_PREFIX);
		if (fact != NULL && tools_fact_of(&d->answers[i], FACT_ASN) != NULL &&
		    net_prefix_parse(fact->text, &p) &&
		    (prefix.len == 0 || p.bits > longest.bits)) {
			best = &d->answers[i];
			longest = p;
			prefix = fact->text;
		}
	}
	if (prefix.len > 0)
		add_pair(d, &d->prefixes, prefix, source);
	for (size_t k = 0; best != NULL && k < best->n_facts; k++)
		if (best->facts[k].name == FACT_ASN)
			add_pair(d, &d->origins, asn_text(d, best->facts[k].number), source);
	if (best == NULL && s->asn != 0)
		add_pair(d, &d->origins, asn_text(d, s->asn), source);
	return prefix.len > 0 && (best != NULL || s->asn != 0);
}

/* --- groups ------------------------------------------------------------------------------------------------------------------- */

static int
by_key(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int c = sv_cmp(x->key, y->key);

	return c != 0 ? c : (x->source > y->source) - (x->source < y->source);
}

static int
by_size(const void *a, const void *b)
{
	const struct tools_bgp_group *x = a, *y = b;

	if (x->sources != y->sources)
		return x->sources > y->sources ? -1 : 1;
	return sv_cmp(x->key, y->key);
}

/** Keys that two sources or more have. */
static const struct tools_bgp_group *
group(struct deriving *d, struct pairs *pairs, size_t *ret_n)
{
	struct tools_bgp_group *groups = ARENA_ARRAY(d->arena, pairs->n, struct tools_bgp_group);
	size_t n = 0;

	*ret_n = 0;
	if (groups == NULL)
		d->failed = true;
	if (groups == NULL || pairs->n == 0)
		return groups;
	qsort(pairs->list, pairs->n, sizeof(*pairs->list), by_key);
	for (size_t i = 0, end; i < pairs->n; i = end) {
		size_t sources = 1;

		for (end = i + 1; end < pairs->n && sv_eq(pairs->list[end].key, pairs->list[i].key);
		     end++)
			sources += pairs->list[end].source != pairs->list[end - 1].source;
		if (sources >= 2)
			groups[n++] = (struct tools_bgp_group){ pairs->list[i].key, sources };
	}
	qsort(groups, n, sizeof(*groups), by_size);
	*ret_n = n;
	return groups;
}

/* --- events ------------------------------------------------------------------------------------------------------------------- */

/** "AS64500 198.51.100.0/24 <from> <to>" */
struct stay {
	uint32_t asn;
	struct sv prefix;
	int64_t from_us, to_us;
};

static bool
read_stay(const struct tools_fact *fact, struct stay *ret)
{
	struct sv rest = fact->text, asn = sv_cut(&rest, ' ');

	ret->prefix = sv_cut(&rest, ' ');
	return fact->name == FACT_ORIGIN && asn_parse(asn, &ret->asn) &&
	       sv_to_i64(sv_cut(&rest, ' '), &ret->from_us) && sv_to_i64(rest, &ret->to_us);
}

static void
add_event(struct deriving *d, struct tools_bgp_event event, const struct tools_answer *from)
{
	for (size_t i = 0; i < d->n_events; i++)
		if (d->events[i].what == event.what && d->events[i].asn == event.asn &&
		    sv_eq(d->events[i].prefix, event.prefix))
			return;
	if (d->n_events == EVENTS_MOST)
		return;
	event.provider = from->lookup.provider;
	event.key = from->lookup.key;
	d->events[d->n_events++] = event;
}

/** The origin that the prefix had last before this stay began; 0: none, or the same. */
static const struct stay *
before(const struct stay *stays, size_t n, const struct stay *stay)
{
	const struct stay *last = NULL;

	for (size_t i = 0; i < n; i++)
		if (sv_eq(stays[i].prefix, stay->prefix) && stays[i].from_us < stay->from_us &&
		    (last == NULL || stays[i].to_us > last->to_us))
			last = &stays[i];
	return last != NULL && last->asn != stay->asn ? last : NULL;
}

/** Origins that are new in the window, and whether the old one still announces it. */
static void
take_history(struct deriving *d, const struct tools_answer *answer)
{
	struct stay stays[FACTS_MOST];
	size_t n = 0;

	for (size_t i = 0; i < answer->n_facts; i++)
		n += read_stay(&answer->facts[i], &stays[n]);
	for (size_t i = 0; i < n; i++) {
		const struct stay *old;

		if (stays[i].from_us < d->about->from_us - RECENT_US ||
		    stays[i].from_us > d->about->to_us)
			continue;
		old = before(stays, n, &stays[i]);
		if (old == NULL)
			continue;
		add_event(d,
		    (struct tools_bgp_event){ .what = old->to_us > stays[i].from_us
							  ? BGP_SEVERAL_ORIGINS
							  : BGP_ORIGIN_CHANGE,
			.prefix = stays[i].prefix,
			.asn = stays[i].asn,
			.before = old->asn,
			.from_us = stays[i].from_us },
		    answer);
	}
}

static void
take_rpki(struct deriving *d, const struct tools_answer *answer)
{
	const struct tools_fact *fact = tools_fact_of(answer, FACT_RPKI);
	struct sv prefix = answer->lookup.question.text, origin = sv_cut(&prefix, ' ');
	uint32_t asn;

	if (fact != NULL && sv_starts(fact->text, SV("invalid")) && prefix.data != NULL &&
	    asn_parse(origin, &asn))
		add_event(d,
		    (struct tools_bgp_event){
			.what = BGP_RPKI_INVALID, .prefix = prefix, .asn = asn },
		    answer);
}

/** Is the question's prefix one of this campaign's? */
static bool
is_ours(const struct deriving *d, const struct tools_answer *answer)
{
	struct sv text = answer->lookup.question.text;
	struct net_prefix prefix;

	if (answer->outcome != LOOKUP_HIT)
		return false;
	if (answer->lookup.question.kind == ASK_ROUTE)
		(void)sv_cut(&text, ' ');
	else if (answer->lookup.question.kind != ASK_PREFIX)
		return false;
	if (text.data == NULL || !net_prefix_parse(text, &prefix))
		return false;
	for (size_t i = 0; i < d->campaign->n_sources; i++)
		if (net_prefix_has(&prefix, d->campaign->sources[i].address))
			return true;
	return false;
}

static int
by_event(const void *a, const void *b)
{
	const struct tools_bgp_event *x = a, *y = b;
	int c = sv_cmp(x->prefix, y->prefix);

	if (c != 0)
		return c;
	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	return (x->asn > y->asn) - (x->asn < y->asn);
}

enum coord_err
tools_bgp(const struct tools_case *ask_about, size_t campaign, const struct tools_answer *answers,
    size_t n, struct arena *arena, struct tools_bgp *ret, struct coord_error *err)
{
	struct deriving d = { .about = ask_about,
		.campaign = &ask_about->campaigns[campaign],
		.answers = answers,
		.n = n,
		.arena = arena,
		.events = ARENA_ARRAY(arena, EVENTS_MOST, struct tools_bgp_event) };
	struct tools_bgp bgp = { .known = 0 };

	if (d.events == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	for (size_t i = 0; i < d.campaign->n_sources; i++)
		bgp.known += place(&d, i);
	for (size_t i = 0; i < n; i++)
		if (is_ours(&d, &answers[i])) {
			take_history(&d, &answers[i]);
			take_rpki(&d, &answers[i]);
		}
	bgp.prefixes = group(&d, &d.prefixes, &bgp.n_prefixes);
	bgp.origins = group(&d, &d.origins, &bgp.n_origins);
	bgp.upstreams = group(&d, &d.upstreams, &bgp.n_upstreams);
	qsort(d.events, d.n_events, sizeof(*d.events), by_event);
	bgp.events = d.events;
	bgp.n_events = d.n_events;
	if (d.failed)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	*ret = bgp;
	return COORD_OK;
}

/* --- JSON ------------------------------------------------------------------------------------------------------------------------ */
