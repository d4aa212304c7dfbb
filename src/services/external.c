/* external.c - what databases of this machine and look-ups say of each group, for people: networks they share, countries, who uses the addresses, who lists them. Shown beside
 * the evidence and moves no number: what may move it went through known.c. */
#include <stdio.h>
#include <stdlib.h>

#include "services/run.h"

enum { COUNTS_MOST = 4096, SHOWN_MOST = 5, NAME_MOST = 64 };

struct count {
	char name[NAME_MOST], provider[NAME_MOST];
	size_t sources;
	uint32_t last; /* the source that was counted last, from 1: each counts once */
};

struct telling {
	const struct services_world *world;
	const struct tools_case *about;
	const struct tools_answer *answers;
	size_t n;
	struct arena *arena;
	struct jsonw w;
	struct count *counts;
	size_t n_counts;
};

static void
add_count(struct telling *t, struct sv name, const char *provider, uint32_t source)
{
	char text[NAME_MOST];
	size_t at = 0, len = name.len < NAME_MOST - 1 ? name.len : NAME_MOST - 1;

	memcpy(text, name.data, len);
	text[len] = 0;
	while (at < t->n_counts && (strcmp(t->counts[at].name, text) != 0 ||
				       strcmp(t->counts[at].provider, provider) != 0))
		at++;
	if (at == COUNTS_MOST)
		return;
	if (at == t->n_counts) {
		t->counts[at] = (struct count){ .sources = 0 };
		memcpy(t->counts[at].name, text, sizeof(text));
		(void)snprintf(t->counts[at].provider, NAME_MOST, "%s", provider);
		t->n_counts++;
	}
	t->counts[at].sources += t->counts[at].last != source + 1;
	t->counts[at].last = source + 1;
}

static int
count_order(const void *a, const void *b)
{
	const struct count *x = a, *y = b;
	int names = strcmp(x->name, y->name);

	if (x->sources != y->sources)
		return x->sources < y->sources ? 1 : -1;
	return names != 0 ? names : strcmp(x->provider, y->provider);
}

static void
item(struct telling *t, const char *kind, const char *relation, const char *provider, struct sv key,
    size_t sources, size_t of, const char *detail)
{
	struct jsonw *w = &t->w;

	jsonw_object(w);
	jsonw_key(w, "kind");
	jsonw_str(w, kind);
	jsonw_key(w, "relation");
	jsonw_str(w, relation);
	jsonw_key(w, "provider");
	jsonw_str(w, provider);
	jsonw_key(w, "key");
	jsonw_sv(w, key);
	jsonw_key(w, "sources");
	jsonw_u64(w, sources);
	if (of > 0) {
		jsonw_key(w, "share");
		jsonw_prob(w, (double)sources / (double)of);
	}
	jsonw_key(w, "detail");
	jsonw_str(w, detail);
	jsonw_end(w);
}

/* The most frequent of what was counted, then nothing is counted any more. */
static void
tell_counts(
    struct telling *t, const char *kind, const char *relation, size_t of, const char *format)
{
	char detail[300];

	qsort(t->counts, t->n_counts, sizeof(*t->counts), count_order);
	for (size_t i = 0; i < t->n_counts && i < SHOWN_MOST; i++) {
		const struct count *c = &t->counts[i];

		(void)snprintf(detail, sizeof(detail), "%zu of %zu sources %s %s.", c->sources, of,
		    format, c->name);
		item(t, kind, relation, c->provider, sv_from(c->name), c->sources, of, detail);
	}
	t->n_counts = 0;
}

/* --- geo ----------------------------------------------------------------------------------------------------------------- */

static void
count_offline(struct telling *t, const struct tools_campaign *c, bool country)
{
	const struct tools_offline *offline = t->world->files->offline;

	for (size_t i = 0; offline != NULL && i < c->n_sources; i++) {
		struct tools_address known;
		char text[3] = "";

		(void)tools_offline_find(offline, c->sources[i].address,
		    country ? TOOLS_COUNTRY : TOOLS_USE | TOOLS_AS_NAME, &known);
		text[0] = (char)(known.country >> 8);
		text[1] = (char)(known.country & 0xff);
		if (country && known.country != 0)
			add_count(t, sv_from(text), "offline", (uint32_t)i);
		if (!country && known.use != TOOLS_USE_UNKNOWN)
			add_count(t, sv_from(tools_use_name(known.use)), "offline", (uint32_t)i);
	}
}

static bool
is_about(const struct tools_answer *a, const struct tools_source *source)
{
	struct addr address;

	return a->outcome == LOOKUP_HIT && a->lookup.question.kind == ASK_ADDRESS &&
	       addr_parse(a->lookup.question.text, &address) &&
	       addr_cmp(address, source->address) == 0;
}

static void
count_answers(struct telling *t, const struct tools_campaign *c, enum tools_fact_name name)
{
	for (size_t i = 0; i < c->n_sources; i++)
		for (size_t a = 0; a < t->n; a++)
			for (size_t f = 0;
			     is_about(&t->answers[a], &c->sources[i]) && f < t->answers[a].n_facts;
			     f++)
				if (t->answers[a].facts[f].name == name &&
				    t->answers[a].facts[f].text.len > 0)
					add_count(t, t->answers[a].facts[f].text,
					    t->answers[a].lookup.provider, (uint32_t)i);
}

static void
tell_geo(struct telling *t, const struct tools_campaign *c)
{
	count_offline(t, c, true);
	count_answers(t, c, FACT_COUNTRY);
	tell_counts(t, "geo", "country", c->n_sources, "are in");
	count_offline(t, c, false);
	count_answers(t, c, FACT_USAGE);
	tell_counts(t, "geo", "use", c->n_sources, "are in networks of the kind");
}

static void
tell_intel(struct telling *t, const struct tools_campaign *c)
{
	count_answers(t, c, FACT_LISTED);
	tell_counts(t, "intel", "listed", c->n_sources, "are listed as");
	count_answers(t, c, FACT_SCANNER);
	tell_counts(t, "intel", "scanner", c->n_sources, "are known as the scanner");
	count_answers(t, c, FACT_MALWARE);
	tell_counts(t, "intel", "malware", c->n_sources, "were seen with");
}

/* --- bgp ------------------------------------------------------------------------------------------------------------------ */

static const char *
bgp_provider(const struct telling *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->answers[i].lookup.branch == BRANCH_BGP &&
		    t->answers[i].outcome == LOOKUP_HIT)
			return t->answers[i].lookup.provider;
	return "offline";
}

static void
tell_groups(struct telling *t, const char *relation, const char *format,
    const struct tools_bgp_group *groups, size_t n, size_t of)
{
	char detail[300];

	for (size_t i = 0; i < n && i < SHOWN_MOST; i++) {
		/* an AS number may be known where the announced prefix is not */
		if (of >= groups[i].sources)
			(void)snprintf(detail, sizeof(detail),
			    "%zu of %zu sources whose route is known %s %.*s.", groups[i].sources,
			    of, format, SV_ARG(groups[i].key));
		else
			(void)snprintf(detail, sizeof(detail), "%zu sources %s %.*s.",
			    groups[i].sources, format, SV_ARG(groups[i].key));
		item(t, "bgp", relation, bgp_provider(t), groups[i].key, groups[i].sources, of,
		    detail);
	}
}

static void
tell_events(struct telling *t, const struct tools_bgp *bgp)
{
	static const char *const relations[] = { [BGP_ORIGIN_CHANGE] = "origin_change",
		[BGP_SEVERAL_ORIGINS] = "several_origins",
		[BGP_RPKI_INVALID] = "rpki_invalid" };
	char detail[300];

	for (size_t i = 0; i < bgp->n_events && i < SHOWN_MOST; i++) {
		const struct tools_bgp_event *e = &bgp->events[i];

		(void)snprintf(detail, sizeof(detail), "%.*s was announced by AS%u%s.",
		    SV_ARG(e->prefix), e->asn,
		    e->what == BGP_ORIGIN_CHANGE     ? ", before by another AS"
		    : e->what == BGP_SEVERAL_ORIGINS ? " and by others at the same time"
						     : ", which no route authorisation allows");
		item(t, "bgp", relations[e->what], e->provider, e->prefix, 0, 0, detail);
	}
}

static enum coord_err
tell_bgp(struct telling *t, size_t campaign, struct coord_error *err)
{
	struct tools_bgp bgp;

	TRY(tools_bgp(t->about, campaign, t->answers, t->n, t->arena, &bgp, err));
	tell_groups(t, "same_prefix", "are in", bgp.prefixes, bgp.n_prefixes, bgp.known);
	tell_groups(t, "same_origin", "are announced by", bgp.origins, bgp.n_origins, bgp.known);
	tell_groups(
	    t, "shared_upstream", "are reached through", bgp.upstreams, bgp.n_upstreams, bgp.known);
	tell_events(t, &bgp);
	return COORD_OK;
}

/* --- the whole ------------------------------------------------------------------------------------------------------------ */

static enum coord_err
tell(struct telling *t, size_t campaign, struct sv *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)16 << 20);
	const char *copy;

	*ret = SV_NONE;
	t->w = jsonw_init(&text, false);
	jsonw_array(&t->w);
	TRY(tell_bgp(t, campaign, err));
	tell_geo(t, &t->about->campaigns[campaign]);
	tell_intel(t, &t->about->campaigns[campaign]);
	jsonw_end(&t->w);
	copy = text.failed ? NULL : arena_strdup(t->arena, buf_sv(&text));
	if (copy == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for what look-ups said");
	*ret = (struct sv){ copy, text.len };
	return COORD_OK;
}

static enum coord_err
tell_status(struct telling *t, struct sv *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)1 << 20);
	struct jsonw w = jsonw_init(&text, false);
	struct tools_status *status;
	const char *copy;
	size_t n;

	if (t->world->tools == NULL)
		return COORD_OK;
	TRY(tools_status(t->world->tools, t->answers, t->n, t->arena, &status, &n, err));
	tools_status_write(&w, status, n);
	copy = text.failed ? NULL : arena_strdup(t->arena, buf_sv(&text));
	if (copy == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for what look-ups said");
	*ret = (struct sv){ copy, text.len };
	return COORD_OK;
}

enum coord_err
external_fill(const struct services_world *world, const struct tools_case *about,
    const struct detect_result *result, struct sv answers, struct arena *arena,
    struct report_input *report, struct coord_error *err)
{
	struct telling t = { .world = world,
		.about = about,
		.arena = arena,
		.counts = ARENA_ARRAY(arena, COUNTS_MOST, struct count) };
	struct sv *external = ARENA_ARRAY(arena, (size_t)result->n_campaigns + 1, struct sv);
	struct tools_answer *list = NULL;

	if (t.counts == NULL || external == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for what look-ups said");
	TRY(answers_read(answers, arena, &list, &t.n, err));
	t.answers = list;
	/* by key: judged again, the groups may come in another order */
	for (uint32_t i = 0; i < result->n_campaigns; i++)
		for (size_t c = 0; c < about->n_campaigns; c++)
			if (sv_eq(about->campaigns[c].id, sv_from(result->campaigns[i].key)))
				TRY(tell(&t, c, &external[i], err));
	report->external = external;
	report->answers = answers;
	return tell_status(&t, &report->provider_status, err);
}
