/* dbscan.c - B3: DBSCAN (Ester et al. 1996) as the diaries of the SANS ISC run it on honeypot logs, eps 0.5 and three points,
 * Euclidean distance: on TF-IDF of the commands, and on standardised numbers of the sessions. A dense region is all it asks
 * for, so one popular script is one cluster, and eps is set by hand. */
#include "evaluate/baseline/documents.h"
#include "evaluate/baseline/methods.h"

#include <math.h>

enum { CORE_LEAST = 3 };

/** Writes the points within eps of point `i`, itself included, and returns how many. */
typedef uint32_t (*neighbours_fn)(void *space, uint32_t i, uint32_t *ret);

/* Labels in the order in which clusters are met; noise is BASELINE_NONE. */
static bool
dbscan(void *space, neighbours_fn neighbours, uint32_t n, const bool *skip, struct arena *arena,
    uint32_t *label, uint32_t *ret_count)
{
	uint32_t *near = arena_array_raw(arena, n, sizeof(*near));
	uint32_t *queue = arena_array_raw(arena, n, sizeof(*queue));
	bool *met = arena_array(arena, n, sizeof(*met));
	uint32_t count = 0;

	if (near == NULL || queue == NULL || met == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++)
		label[i] = BASELINE_NONE;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t head = 0, tail = 0, found;

		if (skip[i] || met[i])
			continue;
		met[i] = true;
		found = neighbours(space, i, near);
		if (found < CORE_LEAST)
			continue;
		label[i] = count;
		do {
			for (uint32_t k = 0; found >= CORE_LEAST && k < found; k++) {
				if (label[near[k]] == BASELINE_NONE)
					label[near[k]] = count;
				if (!met[near[k]])
					queue[tail++] = near[k];
				met[near[k]] = true;
			}
			found = head < tail ? neighbours(space, queue[head], near) : 0;
		} while (head++ < tail);
		count++;
	}
	*ret_count = count;
	return true;
}

struct text_space {
	struct sparse rows, columns;
	double least; /* cosine at distance eps of rows of length 1 */
	double *score;
	uint32_t *touched;
};

static uint32_t
text_neighbours(void *space, uint32_t i, uint32_t *ret)
{
	struct text_space *s = space;
	uint32_t n = sparse_near(&s->rows, &s->columns, i, s->score, s->touched), found = 0;

	for (uint32_t k = 0; k < n; k++) {
		/* equal rows have cosine 1 up to rounding */
		if (s->score[s->touched[k]] >= s->least - 1e-12)
			ret[found++] = s->touched[k];
		s->score[s->touched[k]] = 0;
	}
	return found;
}

BASELINE_RUN(dbscan_text)
{
	struct baseline_members members;
	struct baseline_sources sources;
	struct text_space space = { .least = 1 - point * point / 2 };
	uint32_t *label, count;
	double *rank;
	bool *skip;

	(void)seed;
	if (!(point > 0 && space.least > 0))
		return error_set(err, COORD_EINVALID, "baseline: eps outside (0, sqrt 2)");
	TRY(baseline_sources_of(table, arena, &sources, err));
	TRY(baseline_quadratic(sources.n, err));
	TRY(documents_of_commands(table, &sources, arena, &space.rows, err));
	TRY(sparse_transpose(&space.rows, arena, &space.columns, err));
	space.score = arena_array(arena, sources.n, sizeof(*space.score));
	space.touched = arena_array_raw(arena, sources.n, sizeof(*space.touched));
	label = arena_array_raw(arena, sources.n, sizeof(*label));
	skip = arena_array_raw(arena, sources.n, sizeof(*skip));
	rank = arena_array(arena, sources.n, sizeof(*rank));
	if (space.score == NULL || space.touched == NULL || label == NULL || skip == NULL ||
	    rank == NULL)
		return baseline_full(err);
	for (uint32_t i = 0; i < sources.n; i++)
		skip[i] = sparse_is_empty(&space.rows, i);
	if (!dbscan(&space, text_neighbours, sources.n, skip, arena, label, &count))
		return baseline_full(err);
	TRY(sparse_cohesion(&space.rows, label, count, arena, rank, err));
	TRY(baseline_members_of(label, sources.n, arena, &members, err));
	return baseline_group(&sources, &members, count, rank, 0, BASELINE_GROUP_LEAST, ret, err);
}

/* Numbers of a source; means over its sessions but for the first. */
enum number {
	NUMBER_SESSIONS,
	NUMBER_DURATION,
	NUMBER_EVENTS,
	NUMBER_CREDENTIALS,
	NUMBER_COMMANDS,
	NUMBER_LET_IN,
	NUMBER_HOUR,
	NUMBER_PORT,
	NUMBER_COUNT
};

struct numeric_space {
	double (*at)[NUMBER_COUNT];
	uint32_t n;
	double eps;
};

static uint32_t
numeric_neighbours(void *space, uint32_t i, uint32_t *ret)
{
	const struct numeric_space *s = space;
	uint32_t found = 0;

	for (uint32_t j = 0; j < s->n; j++) {
		double square = 0;

		for (int f = 0; f < NUMBER_COUNT; f++)
			square += (s->at[i][f] - s->at[j][f]) * (s->at[i][f] - s->at[j][f]);
		if (square <= s->eps * s->eps)
			ret[found++] = j;
	}
	return found;
}

static void
add_session(const struct session_table *t, uint32_t row, double at[NUMBER_COUNT])
{
	double let_in = 0, credentials = 0, commands = 0;

	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
		commands += t->items[i].kind == ITEM_COMMAND;
		credentials += t->items[i].kind == ITEM_CREDENTIAL;
		if (t->items[i].kind == ITEM_CREDENTIAL && t->items[i].flags & ITEM_SUCCESS)
			let_in = 1;
	}
	at[NUMBER_SESSIONS] += 1;
	at[NUMBER_DURATION] += (double)(t->end_us[row] - t->start_us[row]) / (double)TIME_SECOND;
	at[NUMBER_EVENTS] += t->events[row];
	at[NUMBER_CREDENTIALS] += credentials;
	at[NUMBER_COMMANDS] += commands;
	at[NUMBER_LET_IN] += let_in;
	at[NUMBER_HOUR] += (double)(t->start_us[row] / TIME_SECOND % 86400) / 3600;
	at[NUMBER_PORT] += t->target_port[row];
}

/* Counts are skewed: logarithms first, then mean 0 and deviation 1 over the sources. */
static void
standardise(double (*at)[NUMBER_COUNT], uint32_t n)
{
	for (int f = 0; f < NUMBER_COUNT; f++) {
		double sum = 0, square = 0, deviation;

		for (uint32_t i = 0; i < n; i++) {
			if (f != NUMBER_LET_IN && f != NUMBER_HOUR && f != NUMBER_PORT)
				at[i][f] = log1p(at[i][f]);
			sum += at[i][f];
		}
		for (uint32_t i = 0; i < n; i++)
			square += (at[i][f] - sum / n) * (at[i][f] - sum / n);
		deviation = n > 0 ? sqrt(square / n) : 0;
		for (uint32_t i = 0; i < n; i++)
			at[i][f] = deviation > 0 ? (at[i][f] - sum / n) / deviation : 0;
	}
}

static void
numeric_features(
    const struct session_table *t, const struct baseline_sources *sources, struct numeric_space *s)
{
	for (uint32_t row = 0; row < t->n; row++)
		if (sources->of_row[row] != BASELINE_NONE)
			add_session(t, row, s->at[sources->of_row[row]]);
	for (uint32_t i = 0; i < s->n; i++)
		for (int f = NUMBER_SESSIONS + 1; f < NUMBER_COUNT; f++)
			s->at[i][f] /= s->at[i][NUMBER_SESSIONS];
	standardise(s->at, s->n);
}

/* Ranks clusters by tightness: 1 / (1 + mean squared distance to the centre). */
static bool
numeric_rank(const struct numeric_space *s, const uint32_t *label, uint32_t count,
    struct arena *arena, double *ret)
{
	double(*centre)[NUMBER_COUNT] = arena_array(arena, count, sizeof(*centre));
	double *size = arena_array(arena, count, sizeof(*size));

	if (centre == NULL || size == NULL)
		return false;
	for (uint32_t i = 0; i < s->n; i++) {
		for (int f = 0; label[i] != BASELINE_NONE && f < NUMBER_COUNT; f++)
			centre[label[i]][f] += s->at[i][f];
		if (label[i] != BASELINE_NONE)
			size[label[i]] += 1;
	}
	for (uint32_t i = 0; i < s->n; i++)
		for (int f = 0; label[i] != BASELINE_NONE && f < NUMBER_COUNT; f++) {
			double d = s->at[i][f] - centre[label[i]][f] / size[label[i]];

			ret[label[i]] += d * d;
		}
	for (uint32_t c = 0; c < count; c++)
		ret[c] = 1 / (1 + ret[c] / size[c]);
	return true;
}

BASELINE_RUN(dbscan_numeric)
{
	struct baseline_members members;
	struct baseline_sources sources;
	struct numeric_space space = { .eps = point };
	uint32_t *label, count;
	double *rank;
	bool *skip;

	(void)seed;
	if (!(point > 0))
		return error_set(err, COORD_EINVALID, "baseline: eps must be positive");
	TRY(baseline_sources_of(table, arena, &sources, err));
	TRY(baseline_quadratic(sources.n, err));
	space.n = sources.n;
	space.at = arena_array(arena, sources.n, sizeof(*space.at));
	label = arena_array_raw(arena, sources.n, sizeof(*label));
	skip = arena_array(arena, sources.n, sizeof(*skip));
	rank = arena_array(arena, sources.n, sizeof(*rank));
	if (space.at == NULL || label == NULL || skip == NULL || rank == NULL)
		return baseline_full(err);
	numeric_features(table, &sources, &space);
	if (!dbscan(&space, numeric_neighbours, sources.n, skip, arena, label, &count) ||
	    !numeric_rank(&space, label, count, arena, rank))
		return baseline_full(err);
	TRY(baseline_members_of(label, sources.n, arena, &members, err));
	return baseline_group(&sources, &members, count, rank, 0, BASELINE_GROUP_LEAST, ret, err);
}
