/* minhash.c - B4: GreedyBear's nightly clustering of command sequences: MinHash with 128 permutations, locality-sensitive
 * hashing at Jaccard 0.55, every two that meet in a band joined by union-find; the tokens are words of the commands, cut at
 * blanks and semicolons, and the payload URLs of the sources that ran the sequence. Order is lost, nothing is weighed by how
 * common it is, and single links chain: A like B and B like C make one cluster of A and C.
 * Bands and rows are chosen as the datasketch library does: the pair that minimises the area of false positives plus that of
 * false negatives around the threshold. */
#include "evaluate/baseline/methods.h"
#include "evaluate/baseline/sources.h"

enum { PERMUTATIONS = 128, AREA_STEPS = 200 };
/* datasketch's default seed: the same permutations every night */
#define MINHASH_SEED UINT64_C(1)

/** Each distinct command sequence once. */
struct sequences {
	uint32_t *of_row; /* BASELINE_NONE: no commands */
	uint32_t n;
	uint32_t (*signature)[PERMUTATIONS];
};

static bool
is_separator(char c)
{
	return c == ';' || c == ' ' || (c >= '\t' && c <= '\r');
}

static void
add_token(uint32_t signature[PERMUTATIONS], struct sv token)
{
	uint64_t h = hash_mix(MINHASH_SEED, hash_content(token));

	for (uint32_t k = 0; k < PERMUTATIONS; k++) {
		uint32_t v = (uint32_t)(hash_mix(h, k) >> 32);

		if (v < signature[k])
			signature[k] = v;
	}
}

static void
add_line(uint32_t signature[PERMUTATIONS], struct sv line)
{
	for (size_t from = 0, to; from < line.len; from = to + 1) {
		for (to = from; to < line.len && !is_separator(line.data[to]); to++)
			;
		if (to > from)
			add_token(signature, (struct sv){ line.data + from, to - from });
	}
}

static uint64_t
sequence_hash(const struct session_table *t, uint32_t row, uint32_t *commands)
{
	uint64_t h = 0;

	*commands = 0;
	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
		if (t->items[i].kind == ITEM_COMMAND) {
			h = hash_mix(h, strtab_hash(t->strings, t->items[i].a));
			++*commands;
		}
	return h;
}

/* Numbers the sequences by first sight and signs their words. */
static bool
sign_commands(
    const struct session_table *t, const struct baseline_sources *sources, struct sequences *s)
{
	struct map known = MAP_INIT;
	bool fits = true;

	for (uint32_t row = 0; fits && row < t->n; row++) {
		uint32_t commands, *slot;
		uint64_t h = sequence_hash(t, row, &commands);

		s->of_row[row] = BASELINE_NONE;
		if (commands == 0 || sources->of_row[row] == BASELINE_NONE)
			continue;
		slot = map_slot(&known, h);
		fits = slot != NULL;
		if (!fits || *slot != MAP_NONE) {
			s->of_row[row] = fits ? *slot : BASELINE_NONE;
			continue;
		}
		*slot = s->of_row[row] = s->n;
		memset(s->signature[s->n], 0xff, sizeof(s->signature[s->n]));
		for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
			if (t->items[i].kind == ITEM_COMMAND)
				add_line(s->signature[s->n], session_string(t, t->items[i].a));
		s->n++;
	}
	map_clear(&known);
	return fits;
}

/* The payload URLs of a source belong to every sequence that it ran, each as one token. */
static bool
sign_urls(const struct session_table *t, const struct baseline_sources *sources,
    struct sequences *s, struct arena *arena)
{
	struct baseline_members urls = { .arena = arena }; /* by source: URLs */
	struct baseline_members ran = { .arena = arena };  /* by source: sequences */
	uint32_t *start = arena_array(arena, (size_t)sources->n + 2, sizeof(*start)), *sorted;

	if (start == NULL)
		return false;
	for (uint32_t row = 0; row < t->n; row++) {
		if (sources->of_row[row] == BASELINE_NONE)
			continue;
		if (s->of_row[row] != BASELINE_NONE)
			baseline_members_add(&ran, sources->of_row[row], s->of_row[row]);
		for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
			if (t->items[i].kind == ITEM_URL)
				baseline_members_add(&urls, sources->of_row[row], t->items[i].a);
	}
	sorted = arena_array_raw(arena, urls.n, sizeof(*sorted));
	if (urls.full || ran.full || sorted == NULL)
		return false;
	baseline_members_distinct(&urls);
	baseline_members_distinct(&ran);
	for (size_t i = 0; i < urls.n; i++) {
		start[urls.list[i].group + 1] = (uint32_t)i + 1;
		sorted[i] = urls.list[i].source;
	}
	for (uint32_t i = 1; i <= sources->n; i++)
		if (start[i] < start[i - 1])
			start[i] = start[i - 1];
	for (size_t i = 0; i < ran.n; i++)
		for (uint32_t k = start[ran.list[i].group]; k < start[ran.list[i].group + 1]; k++)
			add_token(s->signature[ran.list[i].source], session_string(t, sorted[k]));
	return true;
}

static double
power(double x, unsigned n)
{
	double p = 1;

	for (; n > 0; n >>= 1, x *= x)
		if (n & 1)
			p *= x;
	return p;
}

/* Area of what a banding finds below the threshold plus what it misses above. */
static double
error_area(double threshold, unsigned bands, unsigned rows)
{
	double area = 0;

	for (int i = 0; i < AREA_STEPS; i++) {
		double s = (i + 0.5) / AREA_STEPS;
		double missed = power(1 - power(s, rows), bands);

		area += s < threshold ? 1 - missed : missed;
	}
	return area;
}

static void
choose_bands(double threshold, unsigned *ret_bands, unsigned *ret_rows)
{
	double best = AREA_STEPS;

	for (unsigned bands = 1; bands <= PERMUTATIONS; bands++)
		for (unsigned rows = 1; rows <= PERMUTATIONS / bands; rows++) {
			double area = error_area(threshold, bands, rows);

			if (area >= best)
				continue;
			best = area;
			*ret_bands = bands;
			*ret_rows = rows;
		}
}

/* Whoever meets in a band is one cluster; the pair is not looked at again, as in the peer. */
static bool
join_bands(const struct sequences *s, double threshold, uint32_t *parent)
{
	unsigned bands = 1, rows = 1;
	bool fits = true;

	choose_bands(threshold, &bands, &rows);
	for (unsigned b = 0; fits && b < bands; b++) {
		struct map met = MAP_INIT;

		for (uint32_t i = 0; fits && i < s->n; i++) {
			uint64_t h = b;
			uint32_t *slot;

			for (unsigned k = b * rows; k < (b + 1) * rows; k++)
				h = hash_mix(h, s->signature[i][k]);
			slot = map_slot(&met, h);
			fits = slot != NULL;
			if (fits && *slot == MAP_NONE)
				*slot = i;
			else if (fits)
				baseline_sets_join(parent, *slot, i);
		}
		map_clear(&met);
	}
	return fits;
}

static double
jaccard(const uint32_t a[PERMUTATIONS], const uint32_t b[PERMUTATIONS])
{
	unsigned same = 0;

	for (uint32_t k = 0; k < PERMUTATIONS; k++)
		same += a[k] == b[k];
	return (double)same / PERMUTATIONS;
}

/* Ranks clusters by the mean estimated Jaccard with the cluster's first sequence. */
static enum coord_err
sequence_groups(const struct session_table *t, const struct baseline_sources *sources,
    const struct sequences *s, uint32_t *parent, struct arena *arena, struct grouping *ret,
    struct coord_error *err)
{
	struct baseline_members members = { .arena = arena };
	double *rank = arena_array(arena, s->n, sizeof(*rank));
	double *size = arena_array(arena, s->n, sizeof(*size));

	if (rank == NULL || size == NULL)
		return baseline_full(err);
	for (uint32_t i = 0; i < s->n; i++) {
		uint32_t root = baseline_sets_find(parent, i);

		rank[root] += jaccard(s->signature[i], s->signature[root]);
		size[root] += 1;
	}
	for (uint32_t i = 0; i < s->n; i++)
		rank[i] = size[i] > 0 ? rank[i] / size[i] : 0;
	for (uint32_t row = 0; row < t->n; row++)
		if (s->of_row[row] != BASELINE_NONE)
			baseline_members_add(&members, baseline_sets_find(parent, s->of_row[row]),
			    sources->of_row[row]);
	return baseline_group(sources, &members, s->n, rank, 0, BASELINE_GROUP_LEAST, ret, err);
}

static uint32_t
rows_with_commands(const struct session_table *t)
{
	uint32_t n = 0, commands;

	for (uint32_t row = 0; row < t->n; row++) {
		sequence_hash(t, row, &commands);
		n += commands > 0;
	}
	return n;
}

BASELINE_RUN(minhash)
{
	struct baseline_sources sources;
	struct sequences s = { 0 };
	uint32_t *parent;

	(void)seed;
	if (!(point > 0 && point < 1))
		return error_set(err, COORD_EINVALID, "baseline: Jaccard outside (0, 1)");
	TRY(baseline_sources_of(table, arena, &sources, err));
	s.of_row = arena_array_raw(arena, table->n, sizeof(*s.of_row));
	s.signature = arena_array_raw(arena, rows_with_commands(table), sizeof(*s.signature));
	if (s.of_row == NULL || s.signature == NULL || !sign_commands(table, &sources, &s) ||
	    !sign_urls(table, &sources, &s, arena))
		return baseline_full(err);
	parent = baseline_sets_new(arena, s.n);
	if (parent == NULL || !join_bands(&s, point, parent))
		return baseline_full(err);
	return sequence_groups(table, &sources, &s, parent, arena, ret, err);
}
