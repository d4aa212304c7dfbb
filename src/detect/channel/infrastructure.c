/* infrastructure.c - channel I: do the sources live closer together than their stratum's population does anyway?
 *
 * Statistic  sum over prefixes of C(n_p, 2) at two lengths (IPv4 /24 and /16, IPv6 /64 and /32) and, when a database is
 *            given, over autonomous systems leaving out pairs of the same prefix; the smallest p over the levels is
 *            judged against the same draws (min-p).
 * Null       as many sources drawn without replacement from the same strata of batch and reference. Malicious hosts
 *            concentrate in few networks anyway (Moura et al.), so the attackers' population is the null, never the
 *            address space (methods.md section 10 I). */
#include <math.h>
#include <stdlib.h>

#include "detect/channel/channel.h"
#include "detect/channel/minp.h"
#include "reference/reference.h"

enum { LEVELS = 3, STAGE_SOURCES = 20, WORK_MOST = 100000000 };

/* Network of an address at each level, as numbers to compare; 0 stands for "unknown" and pairs with nothing. */
struct network {
	uint64_t at[LEVELS];
};

struct population {
	struct network *networks;
	uint32_t n;
	uint32_t needed; /* how many the set has in this stratum */
};

struct draws {
	const struct channel_input *in;
	struct population *strata;
	uint32_t n_strata;
	uint32_t sources; /* in the set */
	double observed[LEVELS];
};

static uint64_t
prefix_number(struct addr a, unsigned bits)
{
	struct addr p = addr_prefix(a, bits);

	return hash_mix(bits, hash_content((struct sv){ (const char *)p.bytes, sizeof(p.bytes) })) |
	       1;
}

static struct network
network_of(const struct channel_input *in, struct addr a)
{
	bool v4 = addr_is_v4(a);
	uint32_t asn = in->asn_of == NULL ? 0 : in->asn_of(in->asn_context, a);

	return (struct network){ { prefix_number(a, v4 ? 24 : 64), prefix_number(a, v4 ? 16 : 32),
	    asn } };
}

static int
u64_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double
pairs_of_equal(uint64_t *numbers, uint32_t n)
{
	double pairs = 0;

	qsort(numbers, n, sizeof(*numbers), u64_order);
	for (uint32_t from = 0, to; from < n; from = to) {
		for (to = from; to < n && numbers[to] == numbers[from]; to++)
			;
		if (numbers[from] != 0)
			pairs += (double)(to - from) * (to - from - 1) / 2;
	}
	return pairs;
}

/* The statistic at every level. An AS pair in one /24 is the prefix's evidence, not the AS's: subtracted. */
static void
count_levels(const struct network *nets, uint32_t n, uint64_t *numbers, double ret[LEVELS])
{
	for (unsigned l = 0; l < LEVELS; l++) {
		for (uint32_t i = 0; i < n; i++)
			numbers[i] = nets[i].at[l];
		ret[l] = pairs_of_equal(numbers, n);
	}
	if (ret[2] > 0)
		ret[2] = ret[2] > ret[0] ? ret[2] - ret[0] : 0;
}

static void
draw(void *context, uint32_t index, struct arena *scratch, double *ret)
{
	const struct draws *d = context;
	struct network *nets = ARENA_ARRAY_RAW(scratch, d->sources, struct network);
	uint64_t *numbers = ARENA_ARRAY_RAW(scratch, d->sources, uint64_t);
	uint32_t n = 0;

	for (uint32_t s = 0; nets != NULL && numbers != NULL && s < d->n_strata; s++) {
		const struct population *p = &d->strata[s];
		struct rng rng = rng_at(d->in->seed, STAGE_SOURCES, index, s);
		uint32_t left = p->needed;

		if (p->needed == 0)
			continue;
		if (p->n >
		    8 * p->needed) { /* few of many: draw and reject repeats (Floyd's rule needs no set of all) */
			uint32_t *taken = ARENA_ARRAY_RAW(scratch, p->needed, uint32_t);
			uint32_t k = 0;

			for (uint32_t j = p->n - p->needed; taken != NULL && j < p->n; j++) {
				uint32_t pick = rng_below(&rng, j + 1);

				for (uint32_t i = 0; i < k; i++)
					if (taken[i] == pick) {
						pick = j;
						break;
					}
				taken[k++] = pick;
				nets[n++] = p->networks[pick];
			}
			continue;
		}
		for (uint32_t i = 0; i < p->n && left > 0; i++)
			if (rng_below(&rng, p->n - i) < left) {
				nets[n++] = p->networks[i];
				left--;
			}
	}
	if (n > 0)
		count_levels(nets, n, numbers, ret);
}

/* The population of each stratum: its distinct sources in the batch, the set's own among them, and the reference's. */
static enum coord_err
collect_population(
    struct draws *d, struct arena *scratch, struct network *set, struct coord_error *err)
{
	const struct channel_input *in = d->in;
	const struct model *m = in->m;
	uint32_t *stratum_of = ARENA_ARRAY_RAW(scratch, m->n_sources, uint32_t);
	bool *used = ARENA_ARRAY(scratch, m->n_sources, bool);

	d->n_strata = m->n_strata;
	d->strata = ARENA_ARRAY(scratch, m->n_strata, struct population);
	if (stratum_of == NULL || used == NULL || d->strata == NULL)
		return model_full(err);
	/* a source counts where its first node is; the world says whose address a node has */
	memset(stratum_of, 0xff, m->n_sources * sizeof(*stratum_of));
	for (uint32_t i = m->n_nodes; i-- > 0;)
		stratum_of[in->observed->node_source[i]] = m->node_stratum[i];
	for (uint32_t i = 0; i < in->n; i++) {
		uint32_t source = in->observed->node_source[in->nodes[i]];

		if (used[source])
			continue;
		used[source] = true;
		d->strata[stratum_of[source]].needed++;
		set[d->sources++] = network_of(in, m->source_addr[source]);
	}
	for (uint32_t s = 0; s < m->n_strata; s++) {
		struct population *p = &d->strata[s];
		const struct addr *more = NULL;
		size_t n_more;

		if (p->needed == 0)
			continue;
		n_more = in->ref == NULL ? 0 : reference_sources(in->ref, m->strata[s].key, &more);
		p->networks = ARENA_ARRAY_RAW(scratch, m->n_sources + n_more, struct network);
		if (p->networks == NULL)
			return model_full(err);
		for (uint32_t i = 0; i < m->n_sources; i++)
			if (stratum_of[i] == s)
				p->networks[p->n++] = network_of(in, m->source_addr[i]);
		for (size_t i = 0; i < n_more; i++)
			p->networks[p->n++] = network_of(in, more[i]);
	}
	return COORD_OK;
}

static int
addr_order(const void *a, const void *b)
{
	return addr_cmp(*(const struct addr *)a, *(const struct addr *)b);
}

static unsigned
prefix_bits(struct addr a, unsigned level)
{
	if (addr_is_v4(a))
		return level == 1 ? 16 : 24;
	return level == 1 ? 32 : 64;
}

/* Sources of the batch in a network that are not of the set. Sources come by address, so they lie together. */
static uint32_t
others_in(const struct model *m, const bool *used, struct addr net, unsigned level)
{
	size_t bytes = (prefix_bits(net, level) + (addr_is_v4(net) ? 96 : 0)) / 8;
	uint32_t low = 0, high = m->n_sources, n = 0;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (addr_cmp(m->source_addr[mid], net) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (uint32_t s = low; s < m->n_sources; s++) {
		struct addr a = m->source_addr[s];

		if (memcmp(a.bytes, net.bytes, bytes) != 0)
			break;
		n += !used[s] && addr_cmp(addr_prefix(a, prefix_bits(a, level)), net) == 0;
	}
	return n;
}

/* The networks with most of the set's sources, as text. */
static enum coord_err
prefix_tops(const struct channel_input *in, unsigned level, struct detect_evidence *e,
    struct coord_error *err)
{
	const struct model *m = in->m;
	struct addr *nets = ARENA_ARRAY_RAW(in->arena, in->n, struct addr);
	struct detect_top *tops = ARENA_ARRAY(in->arena, CHANNEL_TOPS, struct detect_top);
	bool *used = ARENA_ARRAY(in->arena, m->n_sources, bool);
	uint32_t n = 0;

	if (nets == NULL || tops == NULL || used == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < in->n; i++) {
		uint32_t source = in->observed->node_source[in->nodes[i]];
		struct addr a = m->source_addr[source];

		if (used[source])
			continue;
		used[source] = true;
		nets[n++] = addr_prefix(a, prefix_bits(a, level));
	}
	qsort(nets, n, sizeof(*nets), addr_order);
	for (uint32_t from = 0, to; from < n; from = to) {
		char text[ADDR_TEXT_MAX];
		struct detect_top top = { .kind = "prefix" };
		uint32_t at;

		for (to = from; to < n && addr_cmp(nets[to], nets[from]) == 0; to++)
			;
		top.nodes = to - from;
		top.weight = to - from;
		if (top.nodes < 2)
			continue;
		for (at = e->n_top; at > 0 && tops[at - 1].weight < top.weight; at--)
			;
		if (at == CHANNEL_TOPS)
			continue;
		e->n_top += e->n_top < CHANNEL_TOPS;
		memmove(tops + at + 1, tops + at, (e->n_top - at - 1) * sizeof(*tops));
		(void)addr_format(nets[from], text);
		top.what =
		    arena_printf(in->arena, "%s/%d", text, (int)prefix_bits(nets[from], level));
		top.background = others_in(m, used, nets[from], level);
		tops[at] = top;
	}
	e->top = tops;
	return COORD_OK;
}

static const char *const level_names[LEVELS] = { "/24 (IPv6 /64)", "/16 (IPv6 /32)",
	"autonomous system" };

static enum coord_err
conclude(const struct draws *d, const struct minp_result *r, struct detect_evidence *e,
    struct coord_error *err)
{
	const struct channel_input *in = d->in;

	e->p = r->p;
	e->worlds = r->draws;
	e->n = d->sources;
	e->effect = r->expected > 0 ? d->observed[r->level] / r->expected : NAN;
	e->similarity = channel_attributable(e->effect);
	e->log_e = channel_log_e(e->p);
	TRY(prefix_tops(in, r->level, e, err));
	e->detail = arena_printf(in->arena,
	    "%.0f pairs of the %u sources share a %s; %.1f would in as many sources drawn from the "
	    "same strata.",
	    d->observed[r->level], d->sources, level_names[r->level], r->expected);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

/* How many draws are worth their time: what one costs, in steps. */
static uint32_t
affordable_draws(const struct draws *d)
{
	uint64_t cost = 16 * (uint64_t)d->sources + 1, most;

	for (uint32_t s = 0; s < d->n_strata; s++)
		cost += d->strata[s].n > 8 * d->strata[s].needed
			    ? 16 * (uint64_t)d->strata[s].needed
			    : d->strata[s].n;
	most = WORK_MOST / cost;
	return most < d->in->draws_most ? (uint32_t)most : d->in->draws_most;
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	struct draws d = { .in = in };
	struct network *set = ARENA_ARRAY_RAW(scratch, in->n, struct network);
	uint64_t *numbers = ARENA_ARRAY_RAW(scratch, in->n, uint64_t);
	struct minp test = { .levels = LEVELS,
		.draw = draw,
		.context = &d,
		.draws_first = in->draws_first,
		.threads = in->threads };
	struct minp_result result;

	if (set == NULL || numbers == NULL)
		return model_full(err);
	TRY(collect_population(&d, scratch, set, err));
	if (d.sources < 2) {
		e->abstained = true;
		e->detail = "Fewer than two sources.";
		return COORD_OK;
	}
	count_levels(set, d.sources, numbers, d.observed);
	memcpy(test.observed, d.observed, sizeof(d.observed));
	test.draws_most = affordable_draws(&d);
	TRY(minp_test(&test, scratch, &result, err));
	return conclude(&d, &result, e, err);
}

static enum coord_err
infrastructure_test(
    const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	struct arena *scratch = arena_new(0);
	enum coord_err rc = scratch == NULL ? model_full(err) : test_with(in, scratch, e, err);

	arena_free(scratch);
	return rc;
}

const struct channel channel_infrastructure = {
	.name = "infrastructure",
	.key = "infrastructure_clustering",
	.title = "Living in the same networks",
	.family = FAMILY_PLACE,
	.layers = 0,
	.null_name = "sources drawn from the same strata",
	.null_meaning = "as many addresses drawn from all attackers with the same tool",
	.test = infrastructure_test,
};
