/* infrastructure.c - channel I: do the sources live closer together than their stratum's population does anyway?
 *
 * Statistic  pairs of sources in one prefix, at every length of the address tree (IPv4 /8 to /32, IPv6 /24 to /64); pairs in
 *            one autonomous system, when a database is given, leaving out those in one /24; pairs of adjacent addresses.
 *            The smallest p over all levels is judged against the same draws (min-p), so looking everywhere is paid for.
 * Null       as many sources drawn without replacement from the same strata of batch and reference (sources.h). */
#include <math.h>
#include <stdlib.h>

#include "detect/channel/minp.h"
#include "detect/channel/sources.h"

enum {
	LONGEST = 32,
	SHORTEST = 8,
	LENGTHS = LONGEST - SHORTEST + 1,
	SYSTEM = LENGTHS, /* autonomous system */
	ADJACENT,
	LEVELS,
	SLASH_24 = LONGEST - 24,
	STAGE_ANYWHERE = 21
};

/* Level 0 is the longest prefix: of levels that say the same the most precise one is named. */
static unsigned
level_bits(unsigned level, bool v4)
{
	unsigned bits = LONGEST - level;

	if (v4)
		return bits;
	return bits >= 16 ? 32 + 2 * (bits - 16) : 16 + bits;
}

/* First 64 bits of an address; IPv4 in the upper 32. */
struct place {
	uint64_t key;
	uint32_t asn; /* 0: unknown */
	bool v4;
};

struct draws {
	const struct channel_input *in;
	const struct sources *sources;
	struct place *places; /* beside sources.addr */
	double observed[LEVELS];
};

static struct place
place_of(const struct channel_input *in, struct addr a)
{
	bool v4 = addr_is_v4(a);
	const uint8_t *from = a.bytes + (v4 ? 12 : 0);
	uint64_t key = 0;

	for (unsigned i = 0; i < (v4 ? 4 : 8); i++)
		key |= (uint64_t)from[i] << (56 - 8 * i);
	return (struct place){ key, in->asn_of == NULL ? 0 : in->asn_of(in->asn_context, a), v4 };
}

static int
u64_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Pairs of equal first `bits` among ascending keys. */
static double
pairs_at(const uint64_t *keys, uint32_t n, unsigned bits)
{
	unsigned shift = 64 - bits;
	double pairs = 0;

	for (uint32_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && keys[to] >> shift == keys[from] >> shift; to++)
			;
		pairs += (double)(to - from) * (to - from - 1) / 2;
	}
	return pairs;
}

/* Adds the pairs of one family at every length, and those of adjacent addresses (IPv6: adjacent /64). */
static void
count_family(uint64_t *keys, uint32_t n, bool v4, double *ret)
{
	uint64_t step = v4 ? UINT64_C(1) << 32 : 1;

	if (n < 2)
		return;
	qsort(keys, n, sizeof(*keys), u64_order);
	for (unsigned l = 0; l < LENGTHS; l++)
		ret[l] += pairs_at(keys, n, level_bits(l, v4));
	for (uint32_t i = 1; i < n; i++)
		ret[ADJACENT] += keys[i] - keys[i - 1] == step;
}

/* The statistic at every level. An AS pair in one /24 is the prefix's evidence, not the AS's: subtracted. */
static void
count_levels(const struct place *places, uint32_t n, uint64_t *keys, double ret[LEVELS])
{
	uint32_t known = 0;

	for (unsigned v4 = 0; v4 < 2; v4++) {
		uint32_t k = 0;

		for (uint32_t i = 0; i < n; i++)
			if (places[i].v4 == v4)
				keys[k++] = places[i].key;
		count_family(keys, k, v4, ret);
	}
	for (uint32_t i = 0; i < n; i++)
		if (places[i].asn != 0)
			keys[known++] = places[i].asn;
	qsort(keys, known, sizeof(*keys), u64_order);
	ret[SYSTEM] = fmax(0, pairs_at(keys, known, 64) - ret[SLASH_24]);
}

/* Of the naive nulls: as if attackers were spread over all addresses. */
static void
draw_anywhere(const struct draws *d, uint32_t index, struct arena *scratch, double ret[LEVELS])
{
	uint32_t n = d->sources->n;
	struct place *places = ARENA_ARRAY(scratch, n, struct place);
	uint64_t *keys = ARENA_ARRAY_RAW(scratch, n, uint64_t);
	struct rng rng = rng_at(d->in->seed, STAGE_ANYWHERE, index, 0);

	if (places == NULL || keys == NULL)
		return;
	for (uint32_t i = 0; i < n; i++) {
		places[i].v4 = d->places[d->sources->set[i]].v4;
		places[i].key = places[i].v4 ? rng_u64(&rng) >> 32 << 32 : rng_u64(&rng);
	}
	count_levels(places, n, keys, ret);
}

/* False: scratch is full. */
static bool
count_numbers(
    const struct draws *d, const uint32_t *numbers, struct arena *scratch, double ret[LEVELS])
{
	uint32_t n = d->sources->n;
	struct place *places = ARENA_ARRAY_RAW(scratch, n, struct place);
	uint64_t *keys = ARENA_ARRAY_RAW(scratch, n, uint64_t);

	if (places == NULL || keys == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++)
		places[i] = d->places[numbers[i]];
	count_levels(places, n, keys, ret);
	return true;
}

static void
draw(void *context, uint32_t index, unsigned worker, struct arena *scratch, double *ret)
{
	const struct draws *d = context;
	uint32_t *numbers = ARENA_ARRAY_RAW(scratch, d->sources->n, uint32_t);

	(void)worker;
	if (d->in->m->naive) {
		draw_anywhere(d, index, scratch, ret);
		return;
	}
	if (numbers == NULL)
		return;
	sources_draw(d->sources, d->in->seed, index, numbers);
	(void)count_numbers(d, numbers, scratch, ret);
}

static struct addr
network_at(struct addr a, unsigned level)
{
	return addr_prefix(a, level_bits(level, addr_is_v4(a)));
}

/* Sources of the batch in a network. Sources come by address, so they lie together. */
static uint32_t
sources_in(const struct model *m, struct addr net, unsigned level)
{
	uint32_t low = 0, high = m->n_sources, n = 0;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (addr_cmp(m->source_addr[mid], net) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (uint32_t s = low; s < m->n_sources; s++, n++)
		if (addr_cmp(network_at(m->source_addr[s], level), net) != 0)
			break;
	return n;
}

static int
addr_order(const void *a, const void *b)
{
	return addr_cmp(*(const struct addr *)a, *(const struct addr *)b);
}

/* The networks with most of the set's sources, as text. */
static enum coord_err
prefix_tops(const struct channel_input *in, const struct sources *sources, unsigned level,
    struct arena *scratch, struct detect_evidence *e, struct coord_error *err)
{
	struct addr *nets = ARENA_ARRAY_RAW(scratch, sources->n, struct addr);
	struct channel_tops tops = { .n = 0 };

	if (nets == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < sources->n; i++)
		nets[i] = network_at(sources->addr[sources->set[i]], level);
	qsort(nets, sources->n, sizeof(*nets), addr_order);
	for (uint32_t from = 0, to; from < sources->n; from = to) {
		struct detect_top top = { .kind = "prefix" };
		char text[ADDR_TEXT_MAX];

		for (to = from; to < sources->n && addr_cmp(nets[to], nets[from]) == 0; to++)
			;
		top.weight = top.nodes = to - from;
		if (top.nodes < 2 || !channel_tops_wants(&tops, top.weight))
			continue;
		(void)addr_format(nets[from], text);
		top.what = arena_printf(
		    in->arena, "%s/%u", text, level_bits(level, addr_is_v4(nets[from])));
		top.background = sources_in(in->m, nets[from], level) - top.nodes;
		channel_tops_add(&tops, top);
	}
	return channel_tops_keep(&tops, in->arena, e, err);
}

static const char *
level_name(const struct channel_input *in, unsigned level)
{
	if (level == SYSTEM)
		return "are in one autonomous system and not in one /24";
	if (level == ADJACENT)
		return "have adjacent addresses";
	return arena_printf(
	    in->arena, "share a /%u (IPv6 /%u)", level_bits(level, true), level_bits(level, false));
}

static enum coord_err
conclude(const struct draws *d, const struct minp_result *r, struct arena *scratch,
    struct detect_evidence *e, struct coord_error *err)
{
	const struct channel_input *in = d->in;
	const char *name = level_name(in, r->level);

	e->p = r->p;
	e->worlds = r->draws;
	e->n = d->sources->n;
	e->effect = r->expected > 0 ? d->observed[r->level] / r->expected : NAN;
	e->similarity = channel_attributable(e->effect);
	e->log_e = channel_log_e(e->p);
	TRY(prefix_tops(in, d->sources, r->level < LENGTHS ? r->level : SLASH_24, scratch, e, err));
	e->detail = arena_printf(in->arena,
	    "%.0f pairs of the %u sources %s; %.1f would in as many sources drawn from the same "
	    "strata.",
	    d->observed[r->level], d->sources->n, name == NULL ? "" : name, r->expected);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	struct sources sources;
	struct draws d = { .in = in, .sources = &sources };
	struct minp test = { .levels = LEVELS,
		.nested = true,
		.draw = draw,
		.context = &d,
		.draws_first = in->draws_first,
		.rounds = in->rounds,
		.threads = in->threads };
	struct minp_result result;

	TRY(sources_plan(in, NULL, true, scratch, &sources, err));
	if (sources.n < 2) {
		e->abstained = true;
		e->detail = "Fewer than two sources.";
		return COORD_OK;
	}
	if ((d.places = ARENA_ARRAY_RAW(scratch, sources.n_all, struct place)) == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < sources.n_all; i++)
		d.places[i] = place_of(in, sources.addr[i]);
	if (!count_numbers(&d, sources.set, scratch, d.observed))
		return model_full(err);
	memcpy(test.observed, d.observed, sizeof(d.observed));
	test.draws_most = sources_affordable(&sources, 50 * (uint64_t)sources.n, in->draws_most);
	TRY(minp_test(&test, scratch, &result, err));
	return conclude(&d, &result, scratch, e, err);
}

static enum coord_err
infrastructure_test(
    const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	return channel_in_scratch(in, e, test_with, err);
}

const struct channel channel_infrastructure = {
	.name = "infrastructure",
	.key = "infrastructure_clustering",
	.title = "Living in the same networks",
	.family = FAMILY_PLACE,
	.layers = CHANNEL_LAYER(LAYER_PLACE),
	.null_name = SOURCES_NULL_NAME,
	.null_meaning = SOURCES_NULL_MEANING,
	.test = infrastructure_test,
};
