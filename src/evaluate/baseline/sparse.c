/* sparse.c - bipartite counts of sources and tokens: the shape in which most of the peers' methods see a batch. */
#include "evaluate/baseline/sparse.h"

#include <math.h>
#include <stdlib.h>

void
sparse_bag_add(struct sparse_bag *bag, uint32_t row, uint64_t token)
{
	if (bag->full)
		return;
	if (bag->n == bag->cap) {
		size_t cap = bag->cap == 0 ? 1024 : 2 * bag->cap;
		struct sort_pair *pairs =
		    cap > UINT32_MAX ? NULL : arena_array_raw(bag->arena, cap, sizeof(*pairs));

		if (pairs == NULL) {
			bag->full = true;
			return;
		}
		if (bag->n > 0)
			memcpy(pairs, bag->pairs, bag->n * sizeof(*pairs));
		bag->pairs = pairs;
		bag->cap = cap;
	}
	bag->pairs[bag->n++] = (struct sort_pair){ token, row };
}

bool
sparse_is_trace(const struct session_item *item)
{
	switch ((enum session_item_kind)item->kind) {
	case ITEM_COMMAND:
	case ITEM_CREDENTIAL:
	case ITEM_PUBLIC_KEY:
	case ITEM_URL:
	case ITEM_REQUEST:
	case ITEM_PAYLOAD:
		return true;
	case ITEM_FILE_HASH:
		return (item->flags & ITEM_TRIVIAL) == 0;
	default:
		return false;
	}
}

uint64_t
sparse_item_token(const struct session_table *table, const struct session_item *item)
{
	uint64_t h = hash_mix(item->kind, strtab_hash(table->strings, item->a));

	/* a file's name and a key's text are no part of what it is */
	if (item->kind == ITEM_FILE_HASH || item->kind == ITEM_PUBLIC_KEY)
		return h;
	return hash_mix(h, strtab_hash(table->strings, item->b));
}

enum coord_err
sparse_of_bag(struct sparse_bag *bag, uint32_t n_rows, struct sparse *ret, struct coord_error *err)
{
	struct sort_pair *scratch = arena_array_raw(bag->arena, bag->n, sizeof(*scratch));
	struct sparse m = { .n = n_rows,
		.start = arena_array(bag->arena, (size_t)n_rows + 1, sizeof(*m.start)),
		.column = arena_array_raw(bag->arena, bag->n, sizeof(*m.column)),
		.value = arena_array_raw(bag->arena, bag->n, sizeof(*m.value)) };
	uint64_t last = 0;
	uint32_t at = 0;

	if (bag->full || scratch == NULL || m.start == NULL || m.column == NULL || m.value == NULL)
		return baseline_full(err);
	sort_pairs(bag->pairs, bag->n, scratch);
	for (size_t i = 0; i < bag->n; i++) {
		m.width += i == 0 || bag->pairs[i].key != last;
		last = bag->pairs[i].key;
		bag->pairs[i].key = (uint64_t)bag->pairs[i].value << 32 | (m.width - 1);
	}
	sort_pairs(bag->pairs, bag->n, scratch);
	for (size_t i = 0; i < bag->n; i++) {
		if (i > 0 && bag->pairs[i].key == bag->pairs[i - 1].key) {
			m.value[at - 1] += 1;
			continue;
		}
		m.column[at] = (uint32_t)bag->pairs[i].key;
		m.value[at++] = 1;
		m.start[bag->pairs[i].value + 1] = at;
	}
	for (uint32_t r = 0; r < n_rows; r++)
		if (m.start[r + 1] < m.start[r])
			m.start[r + 1] = m.start[r];
	*ret = m;
	return COORD_OK;
}

enum coord_err
sparse_transpose(
    const struct sparse *m, struct arena *arena, struct sparse *ret, struct coord_error *err)
{
	uint32_t filled = m->start[m->n];
	struct sparse t = { .n = m->width,
		.width = m->n,
		.start = arena_array(arena, (size_t)m->width + 2, sizeof(*t.start)),
		.column = arena_array_raw(arena, filled, sizeof(*t.column)),
		.value = arena_array_raw(arena, filled, sizeof(*t.value)) };

	if (t.start == NULL || t.column == NULL || t.value == NULL)
		return baseline_full(err);
	/* start[c + 1] is where column c is written next: counted two places ahead, summed up, then advanced */
	for (uint32_t i = 0; i < filled; i++)
		t.start[m->column[i] + 2]++;
	for (uint32_t c = 0; c < m->width; c++)
		t.start[c + 2] += t.start[c + 1];
	for (uint32_t r = 0; r < m->n; r++)
		for (uint32_t i = m->start[r]; i < m->start[r + 1]; i++) {
			uint32_t to = t.start[m->column[i] + 1]++;

			t.column[to] = r;
			t.value[to] = m->value[i];
		}
	*ret = t;
	return COORD_OK;
}

enum coord_err
sparse_tfidf(struct sparse *m, struct arena *arena, struct coord_error *err)
{
	double *idf = arena_array(arena, m->width, sizeof(*idf));
	uint32_t documents = 0;

	if (idf == NULL)
		return baseline_full(err);
	for (uint32_t r = 0; r < m->n; r++)
		documents += !sparse_is_empty(m, r);
	for (uint32_t i = 0; i < m->start[m->n]; i++)
		idf[m->column[i]] += 1;
	for (uint32_t c = 0; c < m->width; c++)
		idf[c] = log((1.0 + documents) / (1.0 + idf[c])) + 1;
	for (uint32_t r = 0; r < m->n; r++) {
		double length = 0;

		for (uint32_t i = m->start[r]; i < m->start[r + 1]; i++) {
			m->value[i] *= idf[m->column[i]];
			length += m->value[i] * m->value[i];
		}
		for (uint32_t i = m->start[r]; i < m->start[r + 1]; i++)
			m->value[i] /= sqrt(length);
	}
	return COORD_OK;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

uint32_t
sparse_near(const struct sparse *rows, const struct sparse *columns, uint32_t row, double *score,
    uint32_t *near)
{
	uint32_t n = 0;

	for (uint32_t i = rows->start[row]; i < rows->start[row + 1]; i++) {
		uint32_t c = rows->column[i];

		for (uint32_t k = columns->start[c]; k < columns->start[c + 1]; k++) {
			uint32_t j = columns->column[k];

			if (score[j] == 0)
				near[n++] = j;
			score[j] += rows->value[i] * columns->value[k];
		}
	}
	if (n > 1)
		qsort(near, n, sizeof(*near), by_number);
	return n;
}

enum coord_err
sparse_cohesion(const struct sparse *m, const uint32_t *label, uint32_t n_groups,
    struct arena *arena, double *ret, struct coord_error *err)
{
	struct baseline_members members;
	double *sum = arena_array(arena, m->width, sizeof(*sum));
	size_t to = 0;

	if (sum == NULL)
		return baseline_full(err);
	TRY(baseline_members_of(label, m->n, arena, &members, err));
	/* stable by row already: a counting sort by group would do, but this is no hot path */
	struct sort_pair *order = arena_array_raw(arena, members.n, sizeof(*order));
	struct sort_pair *scratch = arena_array_raw(arena, members.n, sizeof(*scratch));

	if (order == NULL || scratch == NULL)
		return baseline_full(err);
	for (size_t i = 0; i < members.n; i++)
		order[i] = (struct sort_pair){ members.list[i].group, members.list[i].source };
	sort_pairs(order, members.n, scratch);
	memset(ret, 0, n_groups * sizeof(*ret));
	for (size_t from = 0; from < members.n; from = to) {
		double square = 0, size;

		for (to = from; to < members.n && order[to].key == order[from].key; to++)
			for (uint32_t i = m->start[order[to].value];
			     i < m->start[order[to].value + 1]; i++)
				sum[m->column[i]] += m->value[i];
		size = (double)(to - from);
		for (size_t k = from; k < to; k++)
			for (uint32_t i = m->start[order[k].value];
			     i < m->start[order[k].value + 1]; i++) {
				square += sum[m->column[i]] * sum[m->column[i]];
				sum[m->column[i]] = 0;
			}
		ret[order[from].key] = fmin(square / (size * size), 1);
	}
	return COORD_OK;
}
