/* geography.c - channel G: do the sources come from fewer countries than their stratum's population, or from strikingly
 * many? Two-sided (methods.md section 10 G). Countries are those given with the input, else those of a database
 * (detect_config.country_of); sources without one, and the reference, which holds none, are left out of set and population alike.
 * Statistics  over networks, since one hosting company in one country is the infrastructure channel's evidence: sources of
 *             one autonomous system (without its number, of one /16 or IPv6 /32) and country count once.
 *             1. concentration: ln n - H, H = entropy of the countries of the n networks;
 *             2. spread: H.
 *             The smaller p of the two is judged against the same draws (minp.h).
 * Null        the infrastructure channel's: as many sources drawn from the same strata (sources.h). Weak, and much of it is
 *             implied by the infrastructure channel. */
#include <math.h>
#include <stdlib.h>

#include "detect/channel/minp.h"
#include "detect/channel/sources.h"

enum { CONCENTRATION, SPREAD, LEVELS, NETWORKS_LEAST = 3, DRAWS_MOST = 9999 };

struct origin {
	uint32_t network, country;
};

struct draws {
	const struct channel_input *in;
	const struct sources *sources;
	struct origin *origins; /* beside sources.addr */
};

static int
u64_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

enum { LETTERS = 1 << 16 };

/* Two letters are their own number, so that the input's word and a database's are the same country; other texts are numbered behind them. */
static uint32_t
country_number(const struct session_table *t, uint32_t row)
{
	struct sv text = session_text(t, row, TEXT_COUNTRY);

	if (text.len == 2)
		return (uint32_t)(unsigned char)text.data[0] << 8 | (unsigned char)text.data[1];
	return LETTERS + t->text[TEXT_COUNTRY][row];
}

/* The word behind a number. NULL: the arena is full. */
static const char *
country_name(const struct channel_input *in, uint32_t number)
{
	char letters[2] = { (char)(number >> 8), (char)(number & 0xff) };
	struct sv text = { letters, sizeof(letters) };

	if (number >= LETTERS)
		text = session_string(in->m->table, number - LETTERS);
	return arena_strdup(in->arena, text);
}

static uint32_t
country_looked_up(const struct channel_input *in, struct addr a)
{
	uint32_t country = in->country_of == NULL ? 0 : in->country_of(in->country_context, a);

	return country == 0 ? STR_NONE : country;
}

/* Country of each source as a number, STR_NONE when nobody knows it. `system`: its AS number, 0 unknown. */
static enum coord_err
source_countries(const struct channel_input *in, struct arena *scratch, uint32_t **ret_country,
    uint32_t **ret_system, struct coord_error *err)
{
	const struct model *m = in->m;
	uint32_t *country = ARENA_ARRAY_RAW(scratch, m->n_sources, uint32_t);
	uint32_t *system = ARENA_ARRAY(scratch, m->n_sources, uint32_t);

	if (country == NULL || system == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < m->n_sources; i++)
		country[i] = STR_NONE;
	for (uint32_t node = 0; node < m->n_nodes; node++) {
		uint32_t source = m->node_source[node];
		uint32_t row = m->node_sessions[m->node_sessions_start[node]];

		if (country[source] == STR_NONE &&
		    session_text(m->table, row, TEXT_COUNTRY).len > 0)
			country[source] = country_number(m->table, row);
		if (system[source] == 0)
			system[source] = m->table->asn[row];
	}
	for (uint32_t i = 0; i < m->n_sources; i++)
		if (country[i] == STR_NONE)
			country[i] = country_looked_up(in, m->source_addr[i]);
	for (uint32_t i = 0; in->asn_of != NULL && i < m->n_sources; i++)
		system[i] = in->asn_of(in->asn_context, m->source_addr[i]);
	*ret_country = country;
	*ret_system = system;
	return COORD_OK;
}

static uint32_t
network_number(struct addr a, uint32_t system)
{
	struct addr net = addr_prefix(a, addr_is_v4(a) ? 16 : 32);

	if (system != 0)
		return system;
	return (uint32_t)hash_content((struct sv){ (const char *)net.bytes, sizeof(net.bytes) }) |
	       UINT32_C(1) << 31; /* beyond the numbers of autonomous systems in use */
}

/* Entropy of the countries over distinct (country, network); `keys` has room for n and is left ascending. */
static double
entropy_of(uint64_t *keys, uint32_t n, uint32_t *ret_networks)
{
	uint32_t networks = 0;
	double h = 0;

	qsort(keys, n, sizeof(*keys), u64_order);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || keys[i] != keys[networks - 1])
			keys[networks++] = keys[i];
	for (uint32_t from = 0, to; from < networks; from = to) {
		for (to = from; to < networks && keys[to] >> 32 == keys[from] >> 32; to++)
			;
		h -= (double)(to - from) / networks * log((double)(to - from) / networks);
	}
	*ret_networks = networks;
	return h;
}

/* False: scratch is full. */
static bool
measure(const struct draws *d, const uint32_t *numbers, struct arena *scratch, double ret[LEVELS],
    uint32_t *networks)
{
	uint64_t *keys = ARENA_ARRAY_RAW(scratch, d->sources->n, uint64_t);
	double h;

	if (keys == NULL)
		return false;
	for (uint32_t i = 0; i < d->sources->n; i++) {
		const struct origin *o = &d->origins[numbers[i]];

		keys[i] = (uint64_t)o->country << 32 | o->network;
	}
	h = entropy_of(keys, d->sources->n, networks);
	/* sums of logarithms in another order must stay ties */
	ret[SPREAD] = round(h * 1e9) / 1e9;
	ret[CONCENTRATION] = fmax(0, round((log(*networks) - h) * 1e9) / 1e9);
	return true;
}

static void
draw(void *context, uint32_t index, unsigned worker, struct arena *scratch, double *ret)
{
	const struct draws *d = context;
	uint32_t *numbers = ARENA_ARRAY_RAW(scratch, d->sources->n, uint32_t), networks;

	(void)worker;
	if (numbers == NULL)
		return;
	sources_draw(d->sources, d->in->seed, index, numbers);
	(void)measure(d, numbers, scratch, ret, &networks);
}

static enum coord_err
country_tops(const struct draws *d, struct arena *scratch, uint32_t *ret_countries,
    struct detect_evidence *e, struct coord_error *err)
{
	const struct sources *s = d->sources;
	uint64_t *keys = ARENA_ARRAY_RAW(scratch, s->n, uint64_t);
	struct channel_tops tops = { .n = 0 };

	if (keys == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < s->n; i++)
		keys[i] = d->origins[s->set[i]].country;
	qsort(keys, s->n, sizeof(*keys), u64_order);
	*ret_countries = 0;
	for (uint32_t from = 0, to; from < s->n; from = to, ++*ret_countries) {
		uint32_t background = 0;

		for (to = from; to < s->n && keys[to] == keys[from]; to++)
			;
		for (uint32_t i = 0; i < s->n_all; i++)
			background += d->origins[i].country == keys[from];
		channel_tops_add(
		    &tops, (struct detect_top){ country_name(d->in, (uint32_t)keys[from]),
			       "country", to - from, background - (to - from), to - from });
	}
	return channel_tops_keep(&tops, d->in->arena, e, err);
}

static enum coord_err
conclude(const struct draws *d, const struct minp_result *r, const double observed[LEVELS],
    uint32_t networks, struct arena *scratch, struct detect_evidence *e, struct coord_error *err)
{
	uint32_t countries;

	e->p = r->p;
	e->worlds = r->draws;
	e->n = d->sources->n;
	e->log_e = channel_log_e(e->p);
	e->effect =
	    r->expected > 0 && observed[r->level] > 0 ? observed[r->level] / r->expected : NAN;
	e->similarity = r->level == CONCENTRATION ? channel_attributable(e->effect)
						  : 0; /* spread is no closeness */
	TRY(country_tops(d, scratch, &countries, e, err));
	e->detail = arena_printf(d->in->arena,
	    "The %u sources sit in %u networks of %u countries: %s than as many drawn from the "
	    "same strata (%.2f against %.2f nats).",
	    d->sources->n, networks, countries,
	    r->level == CONCENTRATION ? "closer together" : "more spread", observed[r->level],
	    r->expected);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
plan(struct draws *d, struct sources *sources, struct arena *scratch, struct coord_error *err)
{
	const struct channel_input *in = d->in;
	uint32_t *country, *system;
	bool *skip = ARENA_ARRAY_RAW(scratch, in->m->n_sources, bool);

	if (skip == NULL)
		return model_full(err);
	TRY(source_countries(in, scratch, &country, &system, err));
	for (uint32_t i = 0; i < in->m->n_sources; i++)
		skip[i] = country[i] == STR_NONE;
	TRY(sources_plan(in, skip, false, scratch, sources, err));
	if ((d->origins = ARENA_ARRAY_RAW(scratch, sources->n_all, struct origin)) == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < sources->n_all; i++) {
		uint32_t source = sources->source[i];

		d->origins[i] = (struct origin){ network_number(sources->addr[i], system[source]),
			country[source] };
	}
	return COORD_OK;
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	struct sources sources;
	struct draws d = { .in = in, .sources = &sources };
	struct minp test = { .levels = LEVELS,
		.draw = draw,
		.context = &d,
		.draws_first = in->draws_first,
		.rounds = in->rounds,
		.threads = in->threads };
	struct minp_result result;
	uint32_t networks = 0, most = in->draws_most < DRAWS_MOST ? in->draws_most : DRAWS_MOST;

	TRY(plan(&d, &sources, scratch, err));
	if (sources.n > 0 && !measure(&d, sources.set, scratch, test.observed, &networks))
		return model_full(err);
	if (networks < NETWORKS_LEAST) {
		e->abstained = true;
		e->detail = "The countries of at least three of the networks must be given with "
			    "the input.";
		return COORD_OK;
	}
	test.draws_most = sources_affordable(&sources, 40 * (uint64_t)sources.n, most);
	TRY(minp_test(&test, scratch, &result, err));
	return conclude(&d, &result, test.observed, networks, scratch, e, err);
}

static enum coord_err
geography_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	return channel_in_scratch(in, e, test_with, err);
}

const struct channel channel_geography = {
	.name = "geography",
	.key = "geographic_proximity",
	.title = "Coming from the same countries",
	.family = FAMILY_PLACE,
	.layers = CHANNEL_LAYER(LAYER_PLACE),
	.null_name = SOURCES_NULL_NAME,
	.null_meaning = SOURCES_NULL_MEANING,
	.test = geography_test,
};
