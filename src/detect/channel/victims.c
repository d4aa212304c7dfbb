/* victims.c - channel V: do the nodes attack the same victims more than attackers who see as many of them?
 * Victims are sensors, and destination addresses where the log names them.
 * Statistics  1. sum over victims of ln(N / attackers) (pairs that share it - pairs expected from how many victims each
 *                node has and how popular each victim is): sharing a victim that few attack counts, having many does not;
 *             2. sum over victim subsets of C(n, 2) ln(N_k / attackers), N_k = nodes with as many victims: who attacks
 *                all shares nothing (Katti et al., IMC 2005: correlated attackers keep to stable groups of victims).
 *             The smaller p of the two is judged against the same draws (minp.h).
 * Null        comparable attackers drawn at random (peers.h), matched by how many victims they have: the distribution of
 *             victim subsets is that of the batch, since a reference holds none (methods.md section 10 V). */
#include <math.h>

#include "detect/channel/peers.h"

enum { VICTIM, SUBSET, LEVELS, VICTIMS_LEAST = 3 };

struct subsets {
	uint32_t *of_row;   /* by row of the library: number of the node's subset */
	uint32_t *carriers; /* by subset */
	double *as_large;   /* by subset: nodes with as many victims */
	uint32_t n;
	double compared, incidences;
};

/* The label: the row of the table. */
static void
walk(const struct model *m, uint32_t node, struct bag_sink *sink)
{
	const struct session_table *t = m->table;

	for (uint32_t i = m->node_sessions_start[node]; i < m->node_sessions_start[node + 1]; i++) {
		uint32_t row = m->node_sessions[i];
		struct addr to = t->destination[row];

		bag_add(sink,
		    hash_mix(strtab_hash(t->strings, t->text[TEXT_SENSOR][row]),
			hash_content((struct sv){ (const char *)to.bytes, sizeof(to.bytes) })),
		    row);
	}
}

static const char *
victim_text(const struct channel_input *in, uint64_t row)
{
	const struct session_table *t = in->m->table;
	struct sv sensor = sv_first(session_text(t, (uint32_t)row, TEXT_SENSOR), 60);
	static const struct addr unknown;
	char text[ADDR_TEXT_MAX];

	if (addr_cmp(t->destination[row], unknown) == 0)
		return arena_strdup(in->arena, sensor);
	(void)addr_format(t->destination[row], text);
	return arena_printf(in->arena, "%.*s%s%s", SV_ARG(sensor), sensor.len > 0 ? " " : "", text);
}

static enum coord_err
number_subsets(
    const struct bags *b, struct arena *scratch, struct subsets *ret, struct coord_error *err)
{
	uint32_t nodes = b->n_compared;
	struct sort_pair *sorted = ARENA_ARRAY_RAW(scratch, nodes, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, nodes, struct sort_pair);
	uint32_t n = 0;
	double *of_size = ARENA_ARRAY(scratch, (size_t)b->n_items + 1, double);

	ret->of_row = ARENA_ARRAY(scratch, b->library->n, uint32_t);
	ret->carriers = ARENA_ARRAY(scratch, nodes, uint32_t);
	ret->as_large = ARENA_ARRAY(scratch, nodes, double);
	if (sorted == NULL || spare == NULL || of_size == NULL || ret->of_row == NULL ||
	    ret->carriers == NULL || ret->as_large == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < nodes; i++) {
		uint32_t node = b->compared[i];
		uint64_t h = 1;

		for (uint32_t k = bag_from(b, node); k < bag_to(b, node); k++)
			h = hash_mix(h, b->item[k]);
		of_size[bag_size(b, node)]++;
		if (bag_size(b, node) > 0)
			sorted[n++] = (struct sort_pair){ h, node };
	}
	sort_pairs(sorted, n, spare);
	ret->n = 0;
	for (uint32_t i = 0; i < n; i++) {
		ret->n += i > 0 && sorted[i].key != sorted[i - 1].key;
		ret->of_row[b->library->row[sorted[i].value]] = ret->n;
		ret->carriers[ret->n]++;
		ret->as_large[ret->n] = of_size[bag_size(b, sorted[i].value)];
	}
	ret->n++;
	ret->compared = n;
	ret->incidences = b->start[b->library->n];
	return COORD_OK;
}

static double
pairs_weight(uint32_t count, uint32_t carriers, double compared)
{
	return count < 2 ? 0 : (double)count * (count - 1) / 2 * log(compared / carriers);
}

/* Pairs that would share a victim if each node chose as many as it has by their popularity. */
static double
expected_pairs(
    const struct bags *b, uint32_t item, double incidences, const uint32_t *nodes, uint32_t n)
{
	double sum = 0, squares = 0;

	for (uint32_t i = 0; i < n; i++) {
		double p = fmin(1, bag_size(b, nodes[i]) * b->carriers[item] / incidences);

		sum += p;
		squares += p * p;
	}
	return (sum * sum - squares) / 2;
}

static void
measure(const struct peers *test, const uint32_t *nodes, uint32_t n, const struct tally *tally,
    struct arena *scratch, double *ret)
{
	const struct bags *b = test->bags;
	const struct subsets *s = test->context;
	uint32_t *equal = tally->room; /* by subset: no more of them than rows */

	(void)scratch;
	for (uint32_t k = 0; k < tally->n; k++) {
		uint32_t item = tally->item[k], count = tally->count[item];

		if (count > 1)
			ret[VICTIM] += ((double)count * (count - 1) / 2 -
					   expected_pairs(b, item, s->incidences, nodes, n)) *
				       log(s->compared / b->carriers[item]);
	}
	ret[VICTIM] = fmax(0, ret[VICTIM]);
	for (uint32_t i = 0; i < n; i++)
		equal[s->of_row[b->library->row[nodes[i]]]]++;
	for (uint32_t i = 0; i < n; i++) { /* each subset once */
		uint32_t subset = s->of_row[b->library->row[nodes[i]]];

		ret[SUBSET] +=
		    pairs_weight(equal[subset], s->carriers[subset], s->as_large[subset]);
		equal[subset] = 0;
	}
}

static enum coord_err
describe(const struct channel_input *in, const struct bags *b, const struct subsets *s,
    const struct peers_result *r, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	uint32_t *count = bags_count(b, r->nodes, r->n, scratch, NULL), shared = 0;
	double *weight = ARENA_ARRAY_RAW(scratch, b->n_items, double);

	if (count == NULL || weight == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < b->n_items; i++) {
		shared += count[i] > 1;
		weight[i] = pairs_weight(count[i], b->carriers[i], s->compared);
	}
	TRY(peers_tops(in, b, count, weight, "victim", victim_text, e, err));
	e->detail = arena_printf(in->arena,
	    r->best.level == SUBSET
		? "Of the %u victims in the batch %u are attacked by two or more of the %u nodes; "
		  "nodes with exactly the same victims are %.1f times what comparable attackers "
		  "show."
		: "Of the %u victims in the batch %u are attacked by two or more of the %u nodes; "
		  "weighed by how few attack them, %.1f times what comparable attackers share.",
	    b->n_items, shared, r->n, isnan(e->effect) ? 0 : e->effect);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	struct bags bags;
	struct subsets subsets;
	struct peers test = {
		.levels = LEVELS, .bags = &bags, .context = &subsets, .measure = measure
	};
	struct peers_result r;

	TRY(bags_make(in, &channel_victims, scratch, &bags, err));
	if (bags.n_items < VICTIMS_LEAST) {
		e->abstained = true;
		e->detail = "Three victims are needed: sensors, or destination addresses.";
		return COORD_OK;
	}
	TRY(number_subsets(&bags, scratch, &subsets, err));
	test.work = subsets.n / 8 +
		    4 * (uint64_t)in->n * (bags.n_items < 64 * in->n ? bags.n_items : 64 * in->n);
	TRY(peers_run(in, &test, scratch, &r, e, err));
	return r.abstained ? COORD_OK : describe(in, &bags, &subsets, &r, scratch, e, err);
}

static enum coord_err
victims_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	return channel_in_scratch(in, e, test_with, err);
}

const struct channel channel_victims = {
	.name = "victims",
	.key = NULL,
	.title = "Attacking the same victims",
	.family = FAMILY_TARGET,
	.layers = 0,
	.null_name = PEERS_NULL_NAME,
	.null_meaning = PEERS_NULL_MEANING,
	.test = victims_test,
	.walk = walk,
	.carriers_least = 1,
};
