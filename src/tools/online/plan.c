/* plan.c - which look-ups could change the verdict, in which order, and no more than the budget allows.
 *
 * What a look-up is worth is the product of three things in 0..1: how near its campaign's confidence is to where the verdict changes (1 at a threshold, half of it 0.15
 * away); how much its campaign lacks what the branch brings (1 when the channel abstained for want of it, less when files of this machine said something already);
 * what the provider's answers are worth beside others' (its row). A campaign of few sources gains more from each answer. Look-ups below the least are not
 * made, scarce providers are asked about the nearest campaigns alone. Ties end by key: the same case gives the same plan.
 * Behind them come the bystanders: without them a rate of listed members could be compared with nothing. */
#include <math.h>
#include <stdlib.h>

#include "tools/online/layer.h"

#define NEAR 0.15
#define WORTH_LEAST 0.02
#define SCARCE_LEAST 0.4

enum { WHOIS_LEAST = 32, V4_BITS = 24, V6_BITS = 48, PER_CAMPAIGN_MOST = 256 };

struct planning {
	const struct tools *tools;
	const struct tools_case *about;
	const struct tools_answer *known;
	size_t n_known;
	unsigned branches;
	struct arena *arena;
	struct map seen; /* hash of a key -> 1 */
	struct tools_lookup *list;
	size_t n, cap;
	bool failed;
};

/** 1 at a threshold, exp(-distance / NEAR * log 2) beside it. Without thresholds everything is as near. */
static double
nearness(const struct planning *p, double confidence)
{
	double nearest = INFINITY;

	for (size_t i = 0; i < p->about->n_thresholds; i++)
		nearest = fmin(nearest, fabs(confidence - p->about->thresholds[i]));
	if (p->about->n_thresholds == 0 || isnan(confidence))
		return 1;
	return exp2(-nearest / NEAR);
}

static double
want(const struct tools_campaign *c, const struct tools_source *source, enum tools_branch branch)
{
	if (branch == BRANCH_INTEL)
		return c->wants_intel ? 1 : source->in_feed ? 0.2 : 0.5;
	if (source->asn != 0 && source->prefix.len > 0)
		return 0; /* files of this machine know it */
	return c->wants_asn ? 1 : source->asn == 0 ? 0.7 : 0.3;
}

/* --- the list ---------------------------------------------------------------------------------------------------------------- */

static bool
is_new(struct planning *p, struct sv key)
{
	uint32_t *slot = map_slot(&p->seen, hash_content(key));

	if (slot == NULL) {
		p->failed = true;
		return false;
	}
	if (*slot != MAP_NONE)
		return false;
	*slot = 1;
	return true;
}

static void
add(struct planning *p, const struct provider *provider, const struct provider_call *call,
    enum tools_kind kind, struct sv text, size_t campaign, double value)
{
	struct sv key =
	    sv_from(arena_printf(p->arena, "%s/%s/%.*s", provider->name, call->name, SV_ARG(text)));

	if (key.data == NULL)
		p->failed = true;
	if (p->failed || !is_new(p, key))
		return;
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 64 : 2 * p->cap;
		struct tools_lookup *more = ARENA_ARRAY(p->arena, cap, struct tools_lookup);

		if (more == NULL) {
			p->failed = true;
			return;
		}
		if (p->n > 0)
			memcpy(more, p->list, p->n * sizeof(*more));
		p->list = more;
		p->cap = cap;
	}
	p->list[p->n++] = (struct tools_lookup){ .question = { .kind = kind,
						     .text = text,
						     .campaign = (uint32_t)campaign,
						     .value = value },
		.provider = provider->name,
		.call = call->name,
		.branch = provider->branch,
		.key = key };
}

static struct sv
text_of_prefix(struct arena *arena, struct addr a, unsigned bits)
{
	char base[ADDR_TEXT_MAX];

	(void)addr_format(addr_prefix(a, bits), base);
	return sv_from(arena_printf(arena, "%s/%u", base, bits));
}

static bool
may_leave(const struct planning *p, enum tools_kind kind, struct sv text)
{
	struct tools_question question = { .kind = kind, .text = text };

	return text.data != NULL && egress_refuses(p->tools, &question, p->about) == NULL;
}

/* --- the first round: addresses and observables ---------------------------------------------------------------------------------- */

static void
add_address(struct planning *p, const struct provider *provider, const struct provider_call *call,
    struct addr a, size_t campaign, double value)
{
	char address[ADDR_TEXT_MAX];
	struct sv text;
	enum tools_kind kind = call->by_prefix ? ASK_PREFIX : ASK_ADDRESS;

	if (call->by_prefix)
		text = text_of_prefix(p->arena, a, addr_is_v4(a) ? V4_BITS : V6_BITS);
	else if (call->kinds & 1u << ASK_ADDRESS)
		text = sv_from(
		    arena_strdup(p->arena, (struct sv){ address, addr_format(a, address) }));
	else
		return;
	if (text.data == NULL)
		p->failed = true;
	else if (may_leave(p, kind, text))
		add(p, provider, call, kind, text, campaign, value);
}

/** What the campaign brought along: hashes, URLs, and the hosts that these lead to, of which addresses are asked about as threats only. Its sources are not among them. */
static void
add_observables(struct planning *p, const struct provider *provider,
    const struct provider_call *call, const struct tools_question *questions, size_t n,
    double value)
{
	size_t of_kind[ASK_KINDS] = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct tools_question *q = &questions[i];

		if (!(call->kinds & 1u << q->kind) ||
		    (q->kind == ASK_ADDRESS && provider->branch != BRANCH_INTEL) ||
		    of_kind[q->kind] == PER_CAMPAIGN_MOST || !may_leave(p, q->kind, q->text))
			continue;
		of_kind[q->kind]++;
		add(p, provider, call, q->kind, q->text, q->campaign, value);
	}
}

static int
by_address(const void *a, const void *b)
{
	return addr_cmp(
	    ((const struct tools_source *)a)->address, ((const struct tools_source *)b)->address);
}

/** A campaign's sources to one call. The answer of one among few says more than that of one among many. */
static void
add_campaign(struct planning *p, const struct provider *provider, const struct provider_call *call,
    size_t campaign, const struct tools_source *sources, const struct tools_question *observables,
    size_t n_observables)
{
	const struct tools_campaign *c = &p->about->campaigns[campaign];
	double near = nearness(p, c->confidence), few = 1 / sqrt(1 + (double)c->n_sources / 16);

	if (provider->scarce && near < SCARCE_LEAST)
		return;
	for (size_t i = 0; i < c->n_sources; i++) {
		double value =
		    near * want(c, &sources[i], provider->branch) * provider->worth * few;

		if (value >= WORTH_LEAST)
			add_address(p, provider, call, sources[i].address, campaign, value);
	}
	/* what they say is shown beside the verdict: behind what may move it */
	if (near * provider->worth / 2 >= WORTH_LEAST)
		add_observables(
		    p, provider, call, observables, n_observables, near * provider->worth / 2);
}

/** Team Cymru is asked by DNS about a few and by bulk whois about many: not by both. */
static bool
is_other_way(const struct planning *p, const struct provider *provider)
{
	size_t sources = 0;

	if (seat_named(p->tools, "cymru") == NULL || seat_named(p->tools, "cymru-whois") == NULL)
		return false;
	for (size_t i = 0; i < p->about->n_campaigns; i++)
		sources += p->about->campaigns[i].n_sources;
	return strcmp(provider->name, sources >= WHOIS_LEAST ? "cymru" : "cymru-whois") == 0;
}

static void
plan_first(struct planning *p)
{
	for (size_t k = 0; k < p->about->n_campaigns && !p->failed; k++) {
		const struct tools_campaign *c = &p->about->campaigns[k];
		/* questions about its sources have a worth each */
		const struct tools_campaign brought = { .hashes = c->hashes,
			.n_hashes = c->n_hashes,
			.urls = c->urls,
			.n_urls = c->n_urls,
			.domains = c->domains,
			.n_domains = c->n_domains };
		struct tools_source *sources =
		    ARENA_ARRAY(p->arena, c->n_sources, struct tools_source);
		struct tools_question *observables;
		size_t n_observables;

		if (sources == NULL || tools_questions(&brought, (uint32_t)k, p->arena,
					   &observables, &n_observables, NULL) != COORD_OK) {
			p->failed = true;
			return;
		}
		if (c->n_sources > 0) {
			memcpy(sources, c->sources, c->n_sources * sizeof(*sources));
			qsort(sources, c->n_sources, sizeof(*sources), by_address);
		}
		for (size_t i = 0; i < p->tools->n_seats; i++) {
			const struct provider *provider = p->tools->seats[i].provider;

			if (!(p->branches & 1u << provider->branch))
				continue;
			for (size_t n = 0; n < provider->n_calls; n++)
				if (!provider->calls[n].follows &&
				    !(provider->calls[n].by_prefix && is_other_way(p, provider)))
					add_campaign(p, provider, &provider->calls[n], k, sources,
					    observables, n_observables);
		}
	}
}

/* --- follow-ups: what an answer makes worth asking --------------------------------------------------------------------------------- */

static void
follow(struct planning *p, const char *provider_name, const char *call_name, enum tools_kind kind,
    struct sv text, const struct tools_answer *from)
{
	const struct seat *seat = seat_named(p->tools, provider_name);
	const struct provider_call *call =
	    seat != NULL ? call_named(seat->provider, sv_from(call_name)) : NULL;

	if (text.data == NULL)
		p->failed = true;
	else if (call != NULL && (p->branches & 1u << seat->provider->branch) &&
		 may_leave(p, kind, text))
		add(p, seat->provider, call, kind, text, from->lookup.question.campaign,
		    from->lookup.question.value / 2);
}

/** A bystander's answer makes nothing worth asking. */
static bool
is_of_member(const struct planning *p, const struct tools_answer *from)
{
	struct net_prefix asked;

	if (!net_prefix_parse(from->lookup.question.text, &asked))
		return false;
	for (size_t k = 0; k < p->about->n_campaigns; k++)
		for (size_t i = 0; i < p->about->campaigns[k].n_sources; i++)
			if (net_prefix_has(&asked, p->about->campaigns[k].sources[i].address))
				return true;
	return false;
}

/** A prefix and its origins are known: their history in the window, whether RPKI lets them, who is next to them. */
static void
follow_route(struct planning *p, const struct tools_answer *from)
{
	const struct tools_fact *prefix = tools_fact_of(from, FACT_PREFIX);

	if (from->outcome != LOOKUP_HIT || from->lookup.branch != BRANCH_BGP || prefix == NULL ||
	    !is_of_member(p, from))
		return;
	follow(p, "ripestat", "routing-history", ASK_PREFIX, prefix->text, from);
	follow(p, "cymru", "peer", ASK_PREFIX, prefix->text, from);
	for (size_t i = 0; i < from->n_facts; i++) {
		const struct tools_fact *fact = &from->facts[i];

		if (fact->name != FACT_ASN || fact->type != FACT_IS_WHOLE)
			continue;
		follow(p, "ripestat", "rpki-validation", ASK_ROUTE,
		    sv_from(arena_printf(
			p->arena, "AS%lld %.*s", (long long)fact->number, SV_ARG(prefix->text))),
		    from);
		follow(p, "cymru", "as", ASK_ASN,
		    sv_from(arena_printf(p->arena, "AS%lld", (long long)fact->number)), from);
	}
}

/* --- bystanders --------------------------------------------------------------------------------------------------------------------- */

static bool
is_asked(const struct planning *p, const char *provider)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->list[i].provider, provider) == 0)
			return true;
	for (size_t i = 0; i < p->n_known; i++)
		if (strcmp(p->known[i].lookup.provider, provider) == 0)
			return true;
	return false;
}

/** All others, or none: of a provider that members are asked of. Takes them back when they do not fit into what is left. */
static void
add_others(
    struct planning *p, const struct seat *seat, const struct provider_call *call, uint64_t left)
{
	size_t before = p->n;

	for (size_t i = 0; i < p->about->n_others && !p->failed; i++)
		add_address(p, seat->provider, call, p->about->others[i], 0, 0);
	if (p->n > left || (seat->per_day > 0 && p->n - before > seat->per_day) ||
	    (seat->per_week > 0 && p->n - before > seat->per_week))
		p->n = before;
}

static void
plan_others(struct planning *p, uint64_t left)
{
	for (size_t i = 0; i < p->tools->n_seats && p->about->n_others > 0; i++) {
		const struct seat *seat = &p->tools->seats[i];
		const struct provider *provider = seat->provider;

		if (provider->scarce || !(p->branches & 1u << provider->branch) ||
		    !is_asked(p, provider->name))
			continue;
		for (size_t n = 0; n < provider->n_calls; n++)
			if (!provider->calls[n].follows)
				add_others(p, seat, &provider->calls[n], left);
	}
}

/* --- order and budget ----------------------------------------------------------------------------------------------------------------- */

static int
by_value(const void *a, const void *b)
{
	const struct tools_lookup *x = a, *y = b;

	if (x->question.value > y->question.value || x->question.value < y->question.value)
		return x->question.value > y->question.value ? -1 : 1;
	return sv_cmp(x->key, y->key);
}

enum coord_err
tools_plan(const struct tools *tools, const struct tools_case *ask_about, unsigned branches,
    const struct tools_answer *known, size_t n_known, struct arena *arena, struct tools_plan *ret,
    struct coord_error *err)
{
	struct planning p = { .tools = tools,
		.about = ask_about,
		.known = known,
		.n_known = n_known,
		.branches = branches,
		.arena = arena,
		.seen = MAP_INIT };
	uint64_t left = tools->lookups_most > n_known ? tools->lookups_most - n_known : 0;

	for (size_t i = 0; i < n_known; i++)
		(void)is_new(&p, known[i].lookup.key);
	plan_first(&p);
	for (size_t i = 0; i < n_known && !p.failed; i++)
		follow_route(&p, &known[i]);
	plan_others(&p, left);
	map_clear(&p.seen);
	if (p.failed)
		return error_set(err, COORD_ENOMEM, "no memory for a plan of look-ups");
	if (p.n > 0)
		qsort(p.list, p.n, sizeof(*p.list), by_value);
	*ret = (struct tools_plan){
		.lookups = p.list, .n = p.n < left ? p.n : (size_t)left, .wanted = p.n
	};
	return COORD_OK;
}

enum coord_err
tools_lookup_make(const struct tools *tools, const char *provider, const char *call,
    struct tools_question question, struct arena *arena, struct tools_lookup *ret,
    struct coord_error *err)
{
	const struct seat *seat = seat_named(tools, provider);
	const struct provider_call *found =
	    seat != NULL ? call_named(seat->provider, sv_from(call)) : NULL;
	const char *text = arena_strdup(arena, question.text);
	struct sv key =
	    found != NULL && text != NULL
		? sv_from(arena_printf(arena, "%s/%s/%s", seat->provider->name, found->name, text))
		: SV_NONE;

	if (seat == NULL)
		return error_set(err, COORD_EINVALID,
		    "provider %.64s is not named in COORD_PROVIDERS", provider);
	if (found == NULL || !(found->kinds & 1u << question.kind))
		return error_set(err, COORD_EINVALID,
		    "provider %.64s has no call %.64s for this kind of question", provider, call);
	if (key.data == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	*ret = (struct tools_lookup){ .question = question,
		.provider = seat->provider->name,
		.call = found->name,
		.branch = seat->provider->branch,
		.key = key };
	ret->question.text = sv_from(text);
	return COORD_OK;
}
