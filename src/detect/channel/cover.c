/* cover.c - divided targets: do the nodes cover much of the target space with little overlap, at whatever speed? That is
 * what a coordinated scan is (Gates, NDSS 2009).
 * Statistics  distinct^2 / all, so coverage times the share that is no repetition, over
 *             1. targets: victim (sensor, destination) and port;
 *             2. requests: method and path, of those that three or more nodes of the batch ask for.
 *             The smaller p of the two is judged against the same draws (minp.h).
 * Null        comparable attackers drawn at random (peers.h), matched by how many targets they have: targets exchanged
 *             among the attackers with one tool. */
#include <math.h>

#include "detect/channel/peers.h"

enum { TARGETS, REQUESTS, LEVELS, SPACE_LEAST = 6, SIZE_LEAST = 6, REQUEST_CARRIERS = 3 };
#define REQUEST_BIT (UINT64_C(1) << 63)

static uint64_t
target_hash(const struct session_table *t, uint32_t row)
{
	struct addr to = t->destination[row];

	return hash_mix(strtab_hash(t->strings, t->text[TEXT_SENSOR][row]),
	    hash_content((struct sv){ (const char *)to.bytes, sizeof(to.bytes) }));
}

/* Labels: a port beside the row of the table, or a request's string id with REQUEST_BIT. */
static void
walk(const struct model *m, uint32_t node, struct bag_sink *sink)
{
	const struct session_table *t = m->table;

	for (uint32_t i = m->node_sessions_start[node]; i < m->node_sessions_start[node + 1]; i++) {
		uint32_t row = m->node_sessions[i];
		uint64_t target = target_hash(t, row);

		bag_add(sink, hash_mix(target, t->target_port[row]),
		    (uint64_t)t->target_port[row] << 32 | row);
		for (uint32_t k = t->item_start[row]; k < t->item_start[row + 1]; k++)
			if (t->items[k].kind == ITEM_REQUEST)
				bag_add(sink,
				    hash_mix(UINT64_C(0x72657175657374),
					strtab_hash(t->strings, t->items[k].a)),
				    REQUEST_BIT | t->items[k].a);
	}
}

static const char *
target_text(const struct channel_input *in, uint64_t label)
{
	const struct session_table *t = in->m->table;
	uint32_t row = (uint32_t)label;
	char text[ADDR_TEXT_MAX];
	struct sv sensor;

	if ((label & REQUEST_BIT) != 0)
		return arena_strdup(
		    in->arena, sv_first(strtab_get(t->strings, (uint32_t)label), 200));
	sensor = sv_first(session_text(t, row, TEXT_SENSOR), 60);
	(void)addr_format(t->destination[row], text);
	return arena_printf(
	    in->arena, "%.*s %s port %u", SV_ARG(sensor), text, (unsigned)(label >> 32));
}

struct shares {
	uint32_t all[LEVELS], distinct[LEVELS];
};

static bool
counts(const struct bags *b, uint32_t item, unsigned level)
{
	bool request = (b->label[item] & REQUEST_BIT) != 0;

	return level == REQUESTS ? request && b->carriers[item] >= REQUEST_CARRIERS : !request;
}

static void
share_out(const struct bags *b, uint32_t item, uint32_t count, struct shares *s)
{
	for (unsigned l = 0; count > 0 && l < LEVELS; l++)
		if (counts(b, item, l)) {
			s->all[l] += count;
			s->distinct[l]++;
		}
}

static void
measure(const struct peers *test, const uint32_t *nodes, uint32_t n, const struct tally *tally,
    struct arena *scratch, double *ret)
{
	const bool *enough = test->context;
	struct shares s = { { 0 }, { 0 } };

	(void)nodes;
	(void)n;
	(void)scratch;
	for (uint32_t k = 0; k < tally->n; k++)
		share_out(test->bags, tally->item[k], tally->count[tally->item[k]], &s);
	for (unsigned l = 0; l < LEVELS; l++)
		if (enough[l] && s.all[l] >= SIZE_LEAST)
			ret[l] = (double)s.distinct[l] * s.distinct[l] / s.all[l];
}

static enum coord_err
describe(const struct channel_input *in, const struct bags *b, const struct peers_result *r,
    struct arena *scratch, struct detect_evidence *e, struct coord_error *err)
{
	uint32_t *count = bags_count(b, r->nodes, r->n, scratch, NULL), space = 0;
	double *weight = ARENA_ARRAY(scratch, b->n_items, double);
	unsigned level = r->best.level;
	struct shares s = { { 0 }, { 0 } };

	if (count == NULL || weight == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < b->n_items; i++) {
		share_out(b, i, count[i], &s);
		space += counts(b, i, level);
		weight[i] = count[i] == 1 && counts(b, i, level) ? b->carriers[i] : 0;
	}
	TRY(peers_tops(in, b, count, weight, "target", target_text, e, err));
	e->detail = arena_printf(in->arena,
	    "Together the %u nodes reach %u of %u %s in %u goes; cover with so little overlap is "
	    "%.2f times what comparable attackers show.",
	    r->n, s.distinct[level], space,
	    level == TARGETS ? "targets (victim and port)" : "requests that others make too",
	    s.all[level], isnan(e->effect) ? 0 : e->effect);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	struct bags bags;
	bool enough[LEVELS];
	struct peers test = {
		.levels = LEVELS, .bags = &bags, .context = enough, .measure = measure
	};
	struct peers_result r;

	TRY(bags_make(in, &channel_cover, scratch, &bags, err));
	for (unsigned l = 0; l < LEVELS; l++) {
		uint32_t space = 0;

		for (uint32_t i = 0; i < bags.n_items; i++)
			space += counts(&bags, i, l);
		enough[l] = space >= SPACE_LEAST;
	}
	if (!enough[TARGETS] && !enough[REQUESTS]) {
		e->abstained = true;
		e->detail = "The batch has too few targets to divide among anybody.";
		return COORD_OK;
	}
	TRY(peers_run(in, &test, scratch, &r, e, err));
	if (r.abstained)
		return COORD_OK;
	if (r.value[TARGETS] <= 0 && r.value[REQUESTS] <= 0) {
		e->abstained = true;
		e->p = e->log_e = NAN;
		e->detail = "The nodes reach too few targets to have divided them.";
		return COORD_OK;
	}
	return describe(in, &bags, &r, scratch, e, err);
}

static enum coord_err
cover_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	return channel_in_scratch(in, e, test_with, err);
}

const struct channel channel_cover = {
	.name = "cover",
	.key = NULL,
	.title = "Dividing the targets",
	.family = FAMILY_TARGET,
	.layers = CHANNEL_LAYER(LAYER_WEB),
	.null_name = PEERS_NULL_NAME,
	.null_meaning = PEERS_NULL_MEANING,
	.test = cover_test,
	.walk = walk,
	.carriers_least = 1,
};
