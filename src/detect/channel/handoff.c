/* handoff.c - channel T-: do the nodes take turns? One actor who moves from address to address is active at one address
 * at a time, and each address takes over where the one before it ended (methods.md section 10 T-).
 * Statistics  1. time that no two sources share: the summed length of all visits less the time in which two or more are
 *                active. The sum is the same in every surrogate, so a large value is the lower tail of concurrency.
 *             2. hand-offs less collisions. Hand-off: a visit that starts within 120 s of the latest end of the other
 *                sources' visits. Collision: one that starts while another source's visit runs, each visit counted as
 *                half a minute at least. A crowd that comes at once collides, one who moves on does not.
 *             The smaller p of the two is judged against the same surrogates (minp.h).
 * Null        the time tests' own: empirical-background interval jitter, each visit keeping its length. */
#include <math.h>
#include <stdlib.h>

#include "detect/channel/timing.h"

enum {
	ALONE,
	HANDOFFS,
	LEVELS,
	HANDOFF_S = 120,
	STAY_S = 30,
	HANDOFFS_LEAST = 3,
	DRAWS_MOST = 9999
};

/* The latest ends so far of two different sources. */
struct ends {
	int64_t at[2];
	uint32_t source[2];
};

static void
note_end(struct ends *e, int64_t at, uint32_t source)
{
	if (source != e->source[0] && at > e->at[0]) {
		e->at[1] = e->at[0];
		e->source[1] = e->source[0];
		e->at[0] = at;
		e->source[0] = source;
	} else if (source == e->source[0]) {
		e->at[0] = at > e->at[0] ? at : e->at[0];
	} else if (at > e->at[1]) {
		e->at[1] = at;
		e->source[1] = source;
	}
}

static int64_t
stay_end(const struct timing_visit *v)
{
	int64_t least = v->at + STAY_S * TIME_SECOND;

	return v->end > least ? v->end : least;
}

struct counts {
	uint32_t handoffs, collisions;
};

/* Calls `each` (NULL allowed) for every hand-off. */
static struct counts
walk_handoffs(const struct timing_visits *visits,
    void (*each)(void *context, uint32_t from, uint32_t to), void *context)
{
	struct ends ends = { { INT64_MIN, INT64_MIN }, { UINT32_MAX, UINT32_MAX } };
	struct counts found = { 0, 0 };

	for (uint32_t i = 0; i < visits->n; i++) {
		const struct timing_visit *v = &visits->v[i];
		unsigned other = ends.source[0] == v->source;

		if (ends.source[other] != UINT32_MAX && ends.at[other] > v->at) {
			found.collisions++;
		} else if (ends.source[other] != UINT32_MAX &&
			   v->at - ends.at[other] <= HANDOFF_S * TIME_SECOND) {
			found.handoffs++;
			if (each != NULL)
				each(context, ends.source[other], v->source);
		}
		note_end(&ends, stay_end(v), v->source);
	}
	return found;
}

/* Seconds in which two or more sources are active: starts and ends in order, counting the visits of each source. */
static bool
shared_seconds(const struct timing_visits *visits, struct arena *scratch, double *ret)
{
	uint32_t n = visits->n, active = 0;
	uint32_t *running = ARENA_ARRAY(scratch, visits->sources, uint32_t);
	struct sort_pair *ends = ARENA_ARRAY_RAW(scratch, n, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, n, struct sort_pair);
	int64_t shared = 0, before = 0;

	if (running == NULL || ends == NULL || spare == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++)
		ends[i] = (struct sort_pair){ sort_key_i64(visits->v[i].end), visits->v[i].source };
	sort_pairs(ends, n, spare);
	for (uint32_t s = 0, e = 0; e < n;) {
		bool start = s < n && sort_key_i64(visits->v[s].at) < ends[e].key;
		int64_t at = start ? visits->v[s].at : (int64_t)(ends[e].key ^ (uint64_t)1 << 63);
		uint32_t source = start ? visits->v[s].source : ends[e].value;

		shared += active >= 2 ? at - before : 0;
		before = at;
		if (start) {
			active += running[source]++ == 0;
			s++;
		} else {
			active -= --running[source] == 0;
			e++;
		}
	}
	*ret = (double)shared / TIME_SECOND;
	return true;
}

static bool
measure(const struct timing_visits *visits, unsigned first, struct arena *scratch, double *ret)
{
	struct counts found = walk_handoffs(visits, NULL, NULL);
	double all = 0, shared;

	(void)first;
	if (!shared_seconds(visits, scratch, &shared))
		return false;
	for (uint32_t i = 0; i < visits->n; i++)
		all += (double)(visits->v[i].end - visits->v[i].at) / TIME_SECOND;
	ret[ALONE] = all - shared;
	ret[HANDOFFS] = found.handoffs > found.collisions ? found.handoffs - found.collisions : 0;
	return true;
}

/* Hand-offs by pair of sources, for the list of what contributed most. */
struct turns {
	uint64_t *pairs;
	uint32_t n;
};

static void
note_turn(void *context, uint32_t from, uint32_t to)
{
	struct turns *t = context;

	t->pairs[t->n++] = (uint64_t)from << 32 | to;
}

static int
u64_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static const char *
turn_text(const struct channel_input *in, const struct timing_visits *visits, uint64_t pair)
{
	char from[ADDR_TEXT_MAX], to[ADDR_TEXT_MAX];

	(void)addr_format(in->m->source_addr[visits->source_of[pair >> 32]], from);
	(void)addr_format(in->m->source_addr[visits->source_of[(uint32_t)pair]], to);
	return arena_printf(in->arena, "%s, then %s", from, to);
}

static enum coord_err
handoff_tops(const struct channel_input *in, const struct timing_visits *visits,
    struct arena *scratch, struct detect_evidence *e, struct coord_error *err)
{
	struct turns t = { ARENA_ARRAY_RAW(scratch, visits->n, uint64_t), 0 };
	struct channel_tops tops = { .n = 0 };

	if (t.pairs == NULL)
		return model_full(err);
	(void)walk_handoffs(visits, note_turn, &t);
	if (t.n > 0)
		qsort(t.pairs, t.n, sizeof(*t.pairs), u64_order);
	for (uint32_t from = 0, to; from < t.n; from = to) {
		for (to = from; to < t.n && t.pairs[to] == t.pairs[from]; to++)
			;
		if (channel_tops_wants(&tops, to - from))
			channel_tops_add(
			    &tops, (struct detect_top){ turn_text(in, visits, t.pairs[from]),
				       "pair", 2, 0, to - from });
	}
	return channel_tops_keep(&tops, in->arena, e, err);
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	const struct timing test = { .levels = LEVELS,
		.draws_most = DRAWS_MOST,
		.visit_work = 16,
		.least = HANDOFFS_LEAST,
		.least_from = HANDOFFS,
		.measure = measure };
	struct timing_result r;
	double all = 0, shared, expected;

	TRY(timing_run(in, &test, scratch, &r, e, err));
	if (r.abstained)
		return COORD_OK;
	TRY(handoff_tops(in, &r.observed, scratch, e, err));
	if (r.best.level == HANDOFFS) {
		e->effect = r.best.expected > 0 ? r.value[HANDOFFS] / r.best.expected : NAN;
		e->detail = arena_printf(in->arena,
		    "%.0f more visits take over within two minutes of another source's than start "
		    "beside one; the background's own rhythm explains %.1f (%u visits).",
		    r.value[HANDOFFS], r.best.expected, r.observed.n);
	} else {
		for (uint32_t i = 0; i < r.observed.n; i++)
			all += (double)(r.observed.v[i].end - r.observed.v[i].at) / TIME_SECOND;
		shared = all - r.value[ALONE];
		expected = all - r.best.expected;
		/* a minute added to both: none at all is no infinity */
		e->effect = (expected + 60) / (shared + 60);
		e->detail = arena_printf(in->arena,
		    "Two or more sources are active together for %.0f s; the background's own "
		    "rhythm would make it %.0f s (%u visits).",
		    shared, expected, r.observed.n);
	}
	e->similarity = channel_attributable(e->effect);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
handoff_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	return channel_in_scratch(in, e, test_with, err);
}

const struct channel channel_handoff = {
	.name = "handoff",
	.key = NULL,
	.title = "Taking turns",
	.family = FAMILY_TIME,
	.layers = CHANNEL_LAYER(LAYER_TIME),
	.null_name = TIMING_NULL_NAME,
	.null_meaning = TIMING_NULL_MEANING,
	.test = handoff_test,
};
