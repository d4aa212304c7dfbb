/* timepairs.c - pairs of nodes that keep meeting.
 *
 * Visits fall into one-minute bins and bins shifted by half a minute; pairs that share three or more bins are candidates,
 * bins with more than 50 nodes are crowds and say nothing about a pair. With k meetings within 60 s and
 * mu = sum over hours of m_i(h) m_j(h) c_s(h), c_s(h) = the rate at which two visits of different nodes of the
 * population meet in that hour, shrunk to 120/3600,
 *   e = mean over r in {2, 5, 20} of r^k exp(-(r - 1) mu)
 * (methods.md section 8). Candidates are what is looked for and so no background: c_s(h) counts the meetings of all other
 * pairs, or a fleet that sweeps together would be its own rhythm (null worlds count alike, so what leaving them out
 * adds to chance meetings is paid for there). Poisson is an approximation, so e is capped at 1e6 and timing alone makes
 * no verdict. */
#include <math.h>
#include <stdlib.h>

#include "detect/graph/edges.h"
#include "detect/stats.h"

enum { BIN_CROWD = 50, MEETINGS_LEAST = 3, SHRINK_PAIRS = 20 };
static const int64_t near_us = 60 * TIME_SECOND;
static const int64_t hour_us = 3600 * TIME_SECOND;

struct timed {
	int64_t at;
	uint32_t node;
};

struct hour_rate {
	int64_t hour;
	double meet, pairs; /* of visits that come within a minute of each other; of all */
};

struct candidate {
	uint32_t a, b;
};

struct timeline {
	struct timed *visits; /* unmasked, by (time, node) */
	uint32_t n;
	struct hour_rate *hours; /* ascending */
	uint32_t n_hours;
	uint32_t *node_from; /* nodes + 1, into by_node */
	int64_t *by_node;    /* times ascending within a node */
};

static enum coord_err
sort_visits(
    const struct world *w, struct arena *scratch, struct timeline *t, struct coord_error *err)
{
	const struct model *m = w->m;
	struct sort_pair *pairs = ARENA_ARRAY_RAW(scratch, m->n_visits, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, m->n_visits, struct sort_pair);

	t->visits = ARENA_ARRAY_RAW(scratch, m->n_visits, struct timed);
	t->node_from = ARENA_ARRAY(scratch, (size_t)m->n_nodes + 2, uint32_t);
	t->by_node = ARENA_ARRAY_RAW(scratch, m->n_visits, int64_t);
	if (pairs == NULL || spare == NULL || t->visits == NULL || t->node_from == NULL ||
	    t->by_node == NULL)
		return model_full(err);
	for (uint32_t v = 0; v < m->n_visits; v++)
		if (!m->visit_masked[v])
			pairs[t->n++] =
			    (struct sort_pair){ sort_key_i64(w->visit_us[v]), m->visits[v].node };
	sort_pairs(pairs, t->n, spare);
	for (uint32_t i = 0; i < t->n; i++) {
		t->visits[i] =
		    (struct timed){ (int64_t)(pairs[i].key ^ ((uint64_t)1 << 63)), pairs[i].value };
		t->node_from[pairs[i].value + 2]++;
	}
	for (uint32_t i = 0; i < m->n_nodes; i++)
		t->node_from[i + 2] += t->node_from[i + 1];
	for (uint32_t i = 0; i < t->n; i++)
		t->by_node[t->node_from[t->visits[i].node + 1]++] = t->visits[i].at;
	return COORD_OK;
}

/* Pairs of visits in one hour that come within a minute of each other. */
static double
hour_meetings(const struct timed *v, uint32_t n)
{
	double meet = 0;

	for (uint32_t i = 0, j = 0; i < n; i++) {
		while (v[i].at - v[j].at > near_us)
			j++;
		meet += i - j;
	}
	return meet;
}

static enum coord_err
rate_hours(struct timeline *t, struct arena *scratch, struct coord_error *err)
{
	t->hours = ARENA_ARRAY_RAW(scratch, (size_t)t->n + 1, struct hour_rate);
	if (t->hours == NULL)
		return model_full(err);
	for (uint32_t from = 0, to; from < t->n; from = to) {
		int64_t hour = t->visits[from].at / hour_us;

		for (to = from; to < t->n && t->visits[to].at / hour_us == hour; to++)
			;
		t->hours[t->n_hours++] =
		    (struct hour_rate){ hour, hour_meetings(t->visits + from, to - from),
			    (double)(to - from) * (to - from - 1) / 2 };
	}
	return COORD_OK;
}

static struct hour_rate *
hour_at(const struct timeline *t, int64_t hour)
{
	uint32_t low = 0, high = t->n_hours;

	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2;

		if (t->hours[mid].hour <= hour)
			low = mid;
		else
			high = mid;
	}
	return &t->hours[low];
}

/* c_s(h): how often two visits of different nodes in one hour come within a minute of each other. */
static double
rate_at(const struct timeline *t, int64_t hour)
{
	const struct hour_rate *h = hour_at(t, hour);
	const double flat = 120.0 / 3600.0;

	return (fmax(h->meet, 0) + SHRINK_PAIRS * flat) / (fmax(h->pairs, 0) + SHRINK_PAIRS);
}

/* Takes the meetings of a candidate out of the hours' own. */
static void
leave_out(struct timeline *t, struct candidate c)
{
	const int64_t *x = t->by_node + t->node_from[c.a],
		      *x_end = t->by_node + t->node_from[c.a + 1];
	const int64_t *y = t->by_node + t->node_from[c.b],
		      *y_end = t->by_node + t->node_from[c.b + 1];

	while (x < x_end && y < y_end) {
		int64_t h = *x / hour_us < *y / hour_us ? *x / hour_us : *y / hour_us;
		const int64_t *x_from = x, *y_from = y;
		struct hour_rate *rate;

		while (x < x_end && *x / hour_us == h)
			x++;
		while (y < y_end && *y / hour_us == h)
			y++;
		if (x == x_from || y == y_from)
			continue;
		rate = hour_at(t, h);
		rate->pairs -= (double)(x - x_from) * (double)(y - y_from);
		for (const int64_t *i = x_from; i < x; i++)
			for (const int64_t *j = y_from; j < y; j++)
				rate->meet -= *i - *j <= near_us && *j - *i <= near_us;
	}
}

static double
pair_time_log_e(const struct timeline *t, uint32_t a, uint32_t b)
{
	static const double factors[] = { 2, 5, 20 };
	const int64_t *x = t->by_node + t->node_from[a], *x_end = t->by_node + t->node_from[a + 1];
	const int64_t *y = t->by_node + t->node_from[b], *y_end = t->by_node + t->node_from[b + 1];
	double log_e[3], mu = 0, k = 0;
	const int64_t *j = y;

	for (const int64_t *i = x; i < x_end;
	     i++) { /* each visit of a meets at most one of b: the next unmet */
		while (j < y_end && *j < *i - near_us)
			j++;
		if (j < y_end && *j <= *i + near_us) {
			k++;
			j++;
		}
	}
	if (k < MEETINGS_LEAST)
		return -INFINITY;
	while (x < x_end && y < y_end) {
		int64_t h = *x / hour_us < *y / hour_us ? *x / hour_us : *y / hour_us;
		double n_x = 0, n_y = 0;

		for (; x < x_end && *x / hour_us == h; x++)
			n_x++;
		for (; y < y_end && *y / hour_us == h; y++)
			n_y++;
		mu += n_x * n_y * rate_at(t, h);
	}
	for (size_t r = 0; r < 3; r++)
		log_e[r] = k * log(factors[r]) - (factors[r] - 1) * mu;
	return fmin(stats_log_mean_exp(log_e, 3), EDGE_LOG10_MOST * 2.302585092994046);
}

/* Bins with company, of both shifts, and for each node its bins. */
struct bins {
	uint32_t *from; /* bins + 1, into node */
	uint32_t *node; /* the distinct nodes of a bin */
	uint32_t n;
	uint32_t *of_from; /* nodes + 1, into of */
	uint32_t *of;      /* bins of a node */
};

/* The distinct nodes of one bin; a crowd says nothing about a pair. */
static void
add_bin(const struct timed *v, uint32_t n, struct bins *b)
{
	uint32_t *nodes = b->node + b->from[b->n], distinct = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = 0;

		while (k < distinct && nodes[k] != v[i].node)
			k++;
		if (k == distinct && distinct > BIN_CROWD)
			return;
		if (k == distinct)
			nodes[distinct++] = v[i].node;
	}
	if (distinct > 1) {
		b->from[b->n + 1] = b->from[b->n] + distinct;
		b->n++;
	}
}

static void
fill_bins(const struct timeline *t, int64_t shift, struct bins *b)
{
	for (uint32_t from = 0, to; from < t->n; from = to) {
		int64_t bin = (t->visits[from].at + shift) / near_us;

		for (to = from; to < t->n && (t->visits[to].at + shift) / near_us == bin; to++)
			;
		add_bin(t->visits + from, to - from, b);
	}
}

static enum coord_err
find_bins(const struct world *w, const struct timeline *t, struct arena *scratch, struct bins *b,
    struct coord_error *err)
{
	size_t most = 2 * (size_t)t->n;

	*b = (struct bins){ .n = 0 };
	b->from = ARENA_ARRAY_RAW(scratch, most + 1, uint32_t);
	b->node = ARENA_ARRAY_RAW(scratch, most, uint32_t);
	b->of_from = ARENA_ARRAY(scratch, (size_t)w->m->n_nodes + 2, uint32_t);
	b->of = ARENA_ARRAY_RAW(scratch, most, uint32_t);
	if (b->from == NULL || b->node == NULL || b->of_from == NULL || b->of == NULL)
		return model_full(err);
	b->from[0] = 0;
	fill_bins(t, 0, b);
	fill_bins(t, near_us / 2, b);
	for (uint32_t i = 0; i < b->from[b->n]; i++)
		b->of_from[b->node[i] + 2]++;
	for (uint32_t i = 0; i < w->m->n_nodes; i++)
		b->of_from[i + 2] += b->of_from[i + 1];
	for (uint32_t bin = 0; bin < b->n; bin++)
		for (uint32_t i = b->from[bin]; i < b->from[bin + 1]; i++)
			b->of[b->of_from[b->node[i] + 1]++] = bin;
	return COORD_OK;
}

/* How many bins the node shares with each later node of another source. */
static uint32_t
count_shared(
    const struct world *w, const struct bins *b, uint32_t node, uint32_t *shared, uint32_t *others)
{
	uint32_t n = 0;

	for (uint32_t i = b->of_from[node]; i < b->of_from[node + 1]; i++) {
		uint32_t bin = b->of[i];

		for (uint32_t k = b->from[bin]; k < b->from[bin + 1]; k++) {
			uint32_t other = b->node[k];

			if (other <= node || w->node_source[other] == w->node_source[node])
				continue;
			if (shared[other]++ == 0)
				others[n++] = other;
		}
	}
	return n;
}

struct candidates {
	struct candidate *all;
	size_t n, cap;
};

static enum coord_err
add_candidate(struct candidates *list, struct candidate c, struct coord_error *err)
{
	if (list->n == list->cap) {
		size_t cap = list->cap == 0 ? 1024 : list->cap * 2;
		struct candidate *all = realloc(list->all, cap * sizeof(*all));

		if (all == NULL)
			return model_full(err);
		list->all = all;
		list->cap = cap;
	}
	list->all[list->n++] = c;
	return COORD_OK;
}

static enum coord_err
find_candidates(const struct world *w, const struct bins *b, struct arena *scratch,
    struct candidates *ret, struct coord_error *err)
{
	uint32_t *shared = ARENA_ARRAY(scratch, w->m->n_nodes, uint32_t);
	uint32_t *others = ARENA_ARRAY_RAW(scratch, w->m->n_nodes, uint32_t);

	if (shared == NULL || others == NULL)
		return model_full(err);
	for (uint32_t node = 0; node < w->m->n_nodes; node++) {
		uint32_t n = count_shared(w, b, node, shared, others);

		for (uint32_t i = 0; i < n; i++) {
			uint32_t together = shared[others[i]];

			shared[others[i]] = 0;
			if (together >= MEETINGS_LEAST)
				TRY(add_candidate(ret, (struct candidate){ node, others[i] }, err));
		}
	}
	return COORD_OK;
}

static enum coord_err
weigh_candidates(struct timeline *t, const struct candidates *candidates, double least_log_e,
    struct arena *scratch, struct pair_list *ret, struct coord_error *err)
{
	for (size_t i = 0; i < candidates->n; i++)
		leave_out(t, candidates->all[i]);
	for (size_t i = 0; i < candidates->n; i++) {
		struct pair p = { candidates->all[i].a, candidates->all[i].b, 0 };

		p.log_e = pair_time_log_e(t, p.a, p.b);
		if (p.log_e >= least_log_e)
			TRY(pair_list_add(ret, p, scratch, err));
	}
	ret->tested += candidates->n;
	return COORD_OK;
}

enum coord_err
edges_time_pairs(const struct world *w, double least_log_e, struct arena *scratch,
    struct pair_list *ret, uint32_t *active, struct coord_error *err)
{
	struct timeline t = { .n = 0 };
	struct candidates candidates = { .n = 0 };
	struct bins b;
	enum coord_err rc;

	TRY(sort_visits(w, scratch, &t, err));
	TRY(rate_hours(&t, scratch, err));
	for (uint32_t i = 0; i < w->m->n_nodes; i++)
		*active += t.node_from[i + 1] > t.node_from[i];
	TRY(find_bins(w, &t, scratch, &b, err));
	rc = find_candidates(w, &b, scratch, &candidates, err);
	if (rc == COORD_OK)
		rc = weigh_candidates(&t, &candidates, least_log_e, scratch, ret, err);
	free(candidates.all);
	return rc;
}
