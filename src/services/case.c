/* case.c - what tools may know of a result: sources of the groups, how near their confidence is to where a verdict changes, and what never leaves. */
#include <stdlib.h>

#include "services/run.h"

/* docs/methodology.md section 8: where verdicts change. */
static const double thresholds[] = { 0.10, 0.80, 0.90 };

enum { OBSERVABLES_MOST = 64, CAMPAIGNS_MOST = 32 };

struct casing {
	const struct run *run;
	const struct detect_result *result;
	struct arena *arena;
	struct coord_error *err;
};

static enum coord_err
full(const struct casing *k)
{
	return error_set(k->err, COORD_ENOMEM, "no memory for look-ups");
}

static void
source_of(const struct casing *k, struct addr a, struct tools_source *ret)
{
	const struct tools_offline *offline = k->run->world->files->offline;
	struct tools_address known = { .known = 0 };
	char country[3] = "";

	*ret = (struct tools_source){ .address = a };
	if (k->run->config.asn_of != NULL)
		ret->asn = k->run->config.asn_of(k->run->config.asn_context, a);
	if (offline == NULL)
		return;
	(void)tools_offline_find(offline, a, TOOLS_COUNTRY | TOOLS_ROUTE, &known);
	if ((known.known & TOOLS_ROUTE) != 0) {
		char base[ADDR_TEXT_MAX];

		(void)addr_format(known.route.base, base);
		ret->prefix = sv_from(arena_printf(k->arena, "%s/%u", base, known.route.bits));
	}
	if (known.country != 0) {
		country[0] = (char)(known.country >> 8);
		country[1] = (char)(known.country & 0xff);
		ret->country = sv_from(arena_strdup(k->arena, sv_from(country)));
	}
}

static enum coord_err
observables(const struct casing *k, const struct detect_campaign *c, const char *kind,
    const struct sv **ret, size_t *ret_n)
{
	struct sv *list = ARENA_ARRAY(k->arena, OBSERVABLES_MOST, struct sv);
	size_t n = 0;

	if (list == NULL)
		return full(k);
	for (uint32_t i = 0; i < c->n_artefacts && n < OBSERVABLES_MOST; i++)
		if (strcmp(c->artefacts[i].kind, kind) == 0)
			list[n++] = sv_from(c->artefacts[i].value);
	*ret = list;
	*ret_n = n;
	return COORD_OK;
}

static enum coord_err
campaign_of(const struct casing *k, const struct detect_campaign *c, struct tools_campaign *ret)
{
	struct tools_source *sources = ARENA_ARRAY(k->arena, c->n_sources, struct tools_source);

	if (sources == NULL)
		return full(k);
	for (uint32_t i = 0; i < c->n_sources; i++)
		source_of(k, c->sources[i], &sources[i]);
	*ret = (struct tools_campaign){ .id = sv_from(c->key),
		.confidence = c->confidence,
		.sources = sources,
		.n_sources = c->n_sources,
		.wants_asn = c->evidence[CHANNEL_INFRASTRUCTURE].abstained,
		.wants_intel = c->evidence[CHANNEL_INTEL].abstained };
	TRY(observables(k, c, "file_hash", &ret->hashes, &ret->n_hashes));
	return observables(k, c, "url", &ret->urls, &ret->n_urls);
}

static int
address_order(const void *a, const void *b)
{
	return addr_cmp(*(const struct addr *)a, *(const struct addr *)b);
}

static uint64_t
key_of(struct addr a)
{
	return hash_content((struct sv){ (const char *)a.bytes, sizeof(a.bytes) });
}

/* The machines that were attacked: each once. */
static enum coord_err
never_of(const struct casing *k, struct tools_case *ret)
{
	const struct session_table *t = k->run->request->table;
	struct addr *never = ARENA_ARRAY(k->arena, (size_t)t->n + 1, struct addr);
	size_t n = 0;

	if (never == NULL)
		return full(k);
	memcpy(never, t->destination, t->n * sizeof(*never));
	qsort(never, t->n, sizeof(*never), address_order);
	for (uint32_t i = 0; i < t->n; i++)
		if (n == 0 || addr_cmp(never[n - 1], never[i]) != 0)
			never[n++] = never[i];
	ret->never = never;
	ret->n_never = n;
	return COORD_OK;
}

/* Sources of no group: each once. */
static enum coord_err
others_of(const struct casing *k, struct tools_case *ret)
{
	const struct session_table *t = k->run->request->table;
	struct addr *others = ARENA_ARRAY(k->arena, (size_t)t->n + 1, struct addr);
	struct map members = MAP_INIT;
	bool room = others != NULL;
	size_t n = 0;

	for (size_t i = 0; room && i < ret->n_campaigns; i++)
		for (size_t s = 0; room && s < ret->campaigns[i].n_sources; s++) {
			uint32_t *slot =
			    map_slot(&members, key_of(ret->campaigns[i].sources[s].address));

			room = slot != NULL;
			if (room)
				*slot = 1;
		}
	for (uint32_t i = 0; room && i < t->n; i++) {
		uint32_t *slot = map_slot(&members, key_of(t->source[i]));

		room = slot != NULL;
		if (room && *slot == MAP_NONE) {
			*slot = 1;
			others[n++] = t->source[i];
		}
	}
	map_clear(&members);
	ret->others = others;
	ret->n_others = n;
	return room ? COORD_OK : full(k);
}

static enum coord_err
make_case(const struct casing *k, struct tools_case **ret)
{
	const struct detect_result *r = k->result;
	uint32_t n = r->n_campaigns < CAMPAIGNS_MOST ? r->n_campaigns : CAMPAIGNS_MOST;
	struct tools_campaign *campaigns = ARENA_ARRAY(k->arena, n, struct tools_campaign);
	struct tools_case *about = ARENA_NEW(k->arena, struct tools_case);

	if (campaigns == NULL || about == NULL)
		return full(k);
	*about = (struct tools_case){ .campaigns = campaigns,
		.n_campaigns = n,
		.thresholds = thresholds,
		.n_thresholds = sizeof(thresholds) / sizeof(thresholds[0]),
		.from_us = r->n_campaigns > 0 ? r->campaigns[0].first_us : 0,
		.to_us = r->n_campaigns > 0 ? r->campaigns[0].last_us : 0 };
	for (uint32_t i = 0; i < n; i++) {
		const struct detect_campaign *c = &r->campaigns[i];

		TRY(campaign_of(k, c, &campaigns[i]));
		about->from_us = c->first_us < about->from_us ? c->first_us : about->from_us;
		about->to_us = c->last_us > about->to_us ? c->last_us : about->to_us;
	}
	TRY(never_of(k, about));
	TRY(others_of(k, about));
	*ret = about;
	return COORD_OK;
}

enum coord_err
run_case(struct run *run, struct workflow_step *step, const struct tools_case **ret,
    struct coord_error *err)
{
	struct casing k = { .run = run, .arena = run->arena, .err = err };
	enum coord_err rc = run_first(run, step, &k.result, err);

	if (rc != COORD_OK)
		return rc;
	(void)pthread_mutex_lock(&run->lock);
	if (run->about == NULL)
		rc = make_case(&k, &run->about);
	*ret = run->about;
	(void)pthread_mutex_unlock(&run->lock);
	return rc;
}
