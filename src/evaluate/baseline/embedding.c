/* embedding.c - B7: sources as words, after DarkVec (Gioacchini et al., CoNEXT 2021): the senders of one service in one hour, in
 * the order in which they came, are a sentence; a source is embedded by its neighbours within 25 places in 50 dimensions; each
 * is linked to its 4 nearest by cosine, and Louvain finds the communities. All constants are the authors' published ones.
 * In place of word2vec's stochastic descent stands what it converges to: the factors of the positive pointwise mutual
 * information, contexts smoothed by 0.75 (Levy & Goldberg 2014; Levy, Goldberg & Dagan 2015), by randomised subspace iteration
 * (Halko, Martinsson & Tropp 2011). `seed` draws the start of the iteration and the order of Louvain; report the spread.
 * The authors show every community and look at the tight ones: the cut is on a community's mean silhouette. */
#include "evaluate/baseline/louvain.h"
#include "evaluate/baseline/methods.h"
#include "evaluate/baseline/sparse.h"

#include <math.h>

enum {
	EMBEDDING_STAGE = 0x64617276,
	CONTEXT = 25,
	DIMENSIONS = 50,
	NEIGHBOURS = 4,
	POWER_ITERATIONS = 4,
};
#define HOUR_US (3600 * TIME_SECOND)
#define CONTEXT_SMOOTHING 0.75

struct embedding {
	struct arena *arena;
	uint32_t n, dimensions;
	double *at; /* n rows of `dimensions`, length 1; all 0: never seen with another */
};

/* Every two senders of a sentence that are near each other, the nearer the heavier, as word2vec's shrinking window does in the
 * mean. Senders twice in a row were made one before. */
static void
add_sentence(struct sparse_bag *pairs, const uint32_t *sender, uint32_t n)
{
	for (uint32_t p = 0; p < n; p++)
		for (uint32_t q = p + 1; q < n && q - p <= CONTEXT; q++) {
			uint32_t a = sender[p] < sender[q] ? sender[p] : sender[q];
			uint32_t b = sender[p] < sender[q] ? sender[q] : sender[p];

			if (a != b)
				sparse_bag_add(pairs, CONTEXT + 1 - (q - p), (uint64_t)a << 32 | b);
		}
}

static void
add_service(const struct session_table *t, const struct baseline_sources *sources, uint8_t service,
    struct sparse_bag *pairs, uint32_t *sentence)
{
	int64_t hour = INT64_MIN;
	uint32_t n = 0;

	for (uint32_t row = 0; row < t->n; row++) {
		uint32_t s = sources->of_row[row];

		if (t->service[row] != service || s == BASELINE_NONE)
			continue;
		if (t->start_us[row] / HOUR_US != hour) {
			add_sentence(pairs, sentence, n);
			n = 0;
			hour = t->start_us[row] / HOUR_US;
		}
		if (n == 0 || sentence[n - 1] != s)
			sentence[n++] = s;
	}
	add_sentence(pairs, sentence, n);
}

/* Sorted pairs with their weights become a symmetric matrix of counts. */
static bool
counts_of(struct sparse_bag *pairs, uint32_t n, struct arena *arena, struct sparse *ret)
{
	struct sort_pair *scratch = arena_array_raw(arena, pairs->n, sizeof(*scratch));
	struct sparse m = { .n = n, .width = n, .start = arena_array(arena, (size_t)n + 2, 4) };
	uint64_t *key = arena_array_raw(arena, pairs->n, sizeof(*key));
	double *weight = arena_array_raw(arena, pairs->n, sizeof(*weight));
	size_t distinct = 0;

	if (pairs->full || scratch == NULL || m.start == NULL || key == NULL || weight == NULL)
		return false;
	sort_pairs(pairs->pairs, pairs->n, scratch);
	for (size_t i = 0; i < pairs->n; i++) {
		if (distinct == 0 || key[distinct - 1] != pairs->pairs[i].key) {
			key[distinct] = pairs->pairs[i].key;
			weight[distinct++] = 0;
		}
		weight[distinct - 1] += pairs->pairs[i].value;
	}
	m.column = arena_array_raw(arena, 2 * distinct, sizeof(*m.column));
	m.value = arena_array_raw(arena, 2 * distinct, sizeof(*m.value));
	if (m.column == NULL || m.value == NULL || distinct > UINT32_MAX / 2)
		return false;
	for (size_t i = 0; i < distinct; i++) {
		m.start[(key[i] >> 32) + 2]++;
		m.start[(uint32_t)key[i] + 2]++;
	}
	for (uint32_t v = 0; v < n; v++)
		m.start[v + 2] += m.start[v + 1];
	for (size_t i = 0; i < distinct; i++) {
		uint32_t a = (uint32_t)(key[i] >> 32), b = (uint32_t)key[i];
		uint32_t to = m.start[a + 1]++, back = m.start[b + 1]++;

		m.column[to] = b;
		m.column[back] = a;
		m.value[to] = m.value[back] = weight[i];
	}
	*ret = m;
	return true;
}

/* Counts become ln(P(context | source) / P(context)), where that is positive. */
static bool
mutual_information(struct sparse *m, struct arena *arena)
{
	double *sum = arena_array(arena, m->n, sizeof(*sum)), contexts = 0;

	if (sum == NULL)
		return false;
	for (uint32_t r = 0; r < m->n; r++) {
		for (uint32_t i = m->start[r]; i < m->start[r + 1]; i++)
			sum[r] += m->value[i];
		contexts += pow(sum[r], CONTEXT_SMOOTHING);
	}
	for (uint32_t r = 0; r < m->n; r++)
		for (uint32_t i = m->start[r]; i < m->start[r + 1]; i++) {
			double context = pow(sum[m->column[i]], CONTEXT_SMOOTHING) / contexts;

			m->value[i] = fmax(log(m->value[i] / sum[r] / context), 0);
		}
	return true;
}

static void
multiply(const struct sparse *m, uint32_t dimensions, const double *from, double *to)
{
	memset(to, 0, (size_t)m->n * dimensions * sizeof(*to));
	for (uint32_t r = 0; r < m->n; r++)
		for (uint32_t i = m->start[r]; i < m->start[r + 1]; i++) {
			const double *x = &from[(size_t)m->column[i] * dimensions];
			double *y = &to[(size_t)r * dimensions];

			for (uint32_t d = 0; d < dimensions; d++)
				y[d] += m->value[i] * x[d];
		}
}

/* Columns made orthonormal (modified Gram-Schmidt); one that depends on those before it becomes 0. */
static void
orthonormal(double *q, uint32_t n, uint32_t dimensions)
{
	for (uint32_t d = 0; d < dimensions; d++) {
		double before = 0, length = 0;

		for (uint32_t r = 0; r < n; r++)
			before += q[(size_t)r * dimensions + d] * q[(size_t)r * dimensions + d];
		for (uint32_t e = 0; e < d; e++) {
			double dot = 0;

			for (uint32_t r = 0; r < n; r++)
				dot +=
				    q[(size_t)r * dimensions + d] * q[(size_t)r * dimensions + e];
			for (uint32_t r = 0; r < n; r++)
				q[(size_t)r * dimensions + d] -=
				    dot * q[(size_t)r * dimensions + e];
		}
		for (uint32_t r = 0; r < n; r++)
			length += q[(size_t)r * dimensions + d] * q[(size_t)r * dimensions + d];
		length = length > 1e-20 * before ? sqrt(length) : INFINITY;
		for (uint32_t r = 0; r < n; r++)
			q[(size_t)r * dimensions + d] /= length;
	}
}

static void
rows_of_length_1(double *at, uint32_t n, uint32_t dimensions)
{
	for (uint32_t r = 0; r < n; r++) {
		double length = 0;

		for (uint32_t d = 0; d < dimensions; d++)
			length += at[(size_t)r * dimensions + d] * at[(size_t)r * dimensions + d];
		for (uint32_t d = 0; length > 0 && d < dimensions; d++)
			at[(size_t)r * dimensions + d] /= sqrt(length);
	}
}

/* The left singular vectors times the singular values, up to a rotation, which no cosine sees. */
static enum coord_err
embed(const struct sparse *m, uint64_t seed, struct embedding *e, struct coord_error *err)
{
	size_t room = (size_t)e->n * e->dimensions;
	double *q = arena_array_raw(e->arena, room, sizeof(*q));
	struct rng rng = rng_at(seed, EMBEDDING_STAGE, 0, 0);
	struct sparse turned;

	TRY(sparse_transpose(m, e->arena, &turned, err));
	e->at = arena_array_raw(e->arena, room, sizeof(*e->at));
	if (q == NULL || e->at == NULL)
		return baseline_full(err);
	for (size_t i = 0; i < room; i++)
		q[i] = rng_normal(&rng);
	for (int k = 0; k < POWER_ITERATIONS; k++) {
		multiply(m, e->dimensions, q, e->at);
		multiply(&turned, e->dimensions, e->at, q);
		orthonormal(q, e->n, e->dimensions);
	}
	multiply(m, e->dimensions, q, e->at);
	rows_of_length_1(e->at, e->n, e->dimensions);
	return COORD_OK;
}

static double
cosine(const struct embedding *e, uint32_t i, uint32_t j)
{
	double dot = 0;

	for (uint32_t d = 0; d < e->dimensions; d++)
		dot += e->at[(size_t)i * e->dimensions + d] * e->at[(size_t)j * e->dimensions + d];
	return dot;
}

/* Links of i to its nearest, one sort pair (lower, higher) each; only those that point the same way. */
static void
link_nearest(const struct embedding *e, uint32_t i, struct sparse_bag *links)
{
	uint32_t near[NEIGHBOURS], kept = 0;
	double best[NEIGHBOURS];

	for (uint32_t j = 0; j < e->n; j++) {
		double c = j == i ? 0 : cosine(e, i, j);
		uint32_t at = kept;

		if (c <= 0 || (kept == NEIGHBOURS && c <= best[NEIGHBOURS - 1]))
			continue;
		if (kept < NEIGHBOURS)
			kept++;
		else
			at = NEIGHBOURS - 1;
		for (; at > 0 && best[at - 1] < c; at--) {
			best[at] = best[at - 1];
			near[at] = near[at - 1];
		}
		best[at] = c;
		near[at] = j;
	}
	for (uint32_t k = 0; k < kept; k++)
		sparse_bag_add(links, 0,
		    i < near[k] ? (uint64_t)i << 32 | near[k] : (uint64_t)near[k] << 32 | i);
}

static enum coord_err
nearest_graph(
    const struct embedding *e, struct louvain_edge **ret, size_t *ret_n, struct coord_error *err)
{
	struct sparse_bag links = { .arena = e->arena };
	struct louvain_edge *edges = NULL;
	struct sort_pair *scratch;
	size_t n = 0;

	for (uint32_t i = 0; i < e->n; i++)
		link_nearest(e, i, &links);
	scratch = arena_array_raw(e->arena, links.n, sizeof(*scratch));
	edges = arena_array_raw(e->arena, links.n, sizeof(*edges));
	if (links.full || scratch == NULL || edges == NULL)
		return baseline_full(err);
	sort_pairs(links.pairs, links.n, scratch);
	for (size_t i = 0; i < links.n; i++) {
		uint32_t a = (uint32_t)(links.pairs[i].key >> 32), b = (uint32_t)links.pairs[i].key;

		if (i == 0 || links.pairs[i].key != links.pairs[i - 1].key)
			edges[n++] = (struct louvain_edge){ a, b, cosine(e, a, b) };
	}
	*ret = edges;
	*ret_n = n;
	return COORD_OK;
}

/* Mean silhouette of each community by cosine distance (Rousseeuw 1987), scaled to 0..1. */
static bool
silhouettes(const struct embedding *e, const uint32_t *label, uint32_t count, double *ret)
{
	double *sum = arena_array(e->arena, (size_t)count * e->dimensions, sizeof(*sum));
	double *size = arena_array(e->arena, count, sizeof(*size));

	if (sum == NULL || size == NULL)
		return false;
	for (uint32_t i = 0; i < e->n; i++) {
		for (uint32_t d = 0; label[i] != BASELINE_NONE && d < e->dimensions; d++)
			sum[(size_t)label[i] * e->dimensions + d] +=
			    e->at[(size_t)i * e->dimensions + d];
		if (label[i] != BASELINE_NONE)
			size[label[i]] += 1;
	}
	for (uint32_t i = 0; i < e->n; i++) {
		double own = 0, other = INFINITY;

		for (uint32_t c = 0; label[i] != BASELINE_NONE && c < count; c++) {
			double dot = 0;

			for (uint32_t d = 0; size[c] > 0 && d < e->dimensions; d++)
				dot += e->at[(size_t)i * e->dimensions + d] *
				       sum[(size_t)c * e->dimensions + d];
			if (c == label[i])
				own = size[c] > 1 ? 1 - (dot - 1) / (size[c] - 1) : 0;
			else if (size[c] > 0)
				other = fmin(other, 1 - dot / size[c]);
		}
		if (label[i] != BASELINE_NONE && size[label[i]] > 1)
			ret[label[i]] +=
			    isinf(other) ? 0 : (other - own) / fmax(fmax(own, other), 1e-12);
	}
	for (uint32_t c = 0; c < count; c++)
		ret[c] = size[c] > 0 ? (1 + ret[c] / size[c]) / 2 : 0;
	return true;
}

BASELINE_RUN(embedding)
{
	struct baseline_members members;
	struct baseline_sources sources;
	struct embedding e = { .arena = arena };
	struct sparse_bag pairs = { .arena = arena };
	struct sparse counts;
	struct louvain_edge *edges = NULL;
	uint32_t *sentence = arena_array_raw(arena, table->n, sizeof(*sentence)), *label, count;
	size_t n_edges = 0;
	double *rank;

	if (!(point >= -1 && point <= 1))
		return error_set(err, COORD_EINVALID, "baseline: silhouette outside [-1, 1]");
	TRY(baseline_sources_of(table, arena, &sources, err));
	TRY(baseline_quadratic(sources.n, err));
	if (sentence == NULL)
		return baseline_full(err);
	for (int service = 0; service < SERVICE_COUNT; service++)
		add_service(table, &sources, (uint8_t)service, &pairs, sentence);
	e.n = sources.n;
	e.dimensions = sources.n < DIMENSIONS ? sources.n : DIMENSIONS;
	if (!counts_of(&pairs, e.n, arena, &counts) || !mutual_information(&counts, arena))
		return baseline_full(err);
	TRY(embed(&counts, seed, &e, err));
	TRY(nearest_graph(&e, &edges, &n_edges, err));
	label = arena_array_raw(arena, e.n, sizeof(*label));
	rank = arena_array(arena, e.n, sizeof(*rank));
	if (label == NULL || rank == NULL)
		return baseline_full(err);
	TRY(louvain(e.n, edges, n_edges, seed, arena, label, &count, err));
	if (!silhouettes(&e, label, count, rank))
		return baseline_full(err);
	TRY(baseline_members_of(label, e.n, arena, &members, err));
	return baseline_group(
	    &sources, &members, count, rank, (1 + point) / 2, BASELINE_GROUP_LEAST, ret, err);
}
