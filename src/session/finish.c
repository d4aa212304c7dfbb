/* finish.c - from collected rows to the canonical table. Rows are ordered by (start, source, id, sensor, source port,
 * protocol) and then by all that is left, so the order is a function of their content. Rows that are equal
 * throughout are dropped; rows that name the same session but differ (two partial views of it) become one. Strings are
 * numbered in the order of first use, after which equal input gives equal bytes, and those are hashed. */
#define _GNU_SOURCE /* qsort_r */
#include "session/builder.h"

#include <stdlib.h>

enum { HASH_BLOCK = 16 * 1024 };

static void
sort_order_free(struct sort_pair **order)
{
	free(*order);
}

static int
order_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
order_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
order_text(const struct session_builder *b, uint32_t x, uint32_t y)
{
	if (x == y)
		return 0;
	if (x == STR_NONE || y == STR_NONE)
		return x == STR_NONE ? -1 : 1;
	return sv_cmp(strtab_get(b->strings, x), strtab_get(b->strings, y));
}

/** What names a session: no two rows of a table are equal in it. */
static int
order_name(
    const struct session_builder *b, const struct builder_row *x, const struct builder_row *y)
{
	int c;

	if ((c = order_i64(x->start_us, y->start_us)) != 0 ||
	    (c = addr_cmp(x->source, y->source)) != 0 ||
	    (c = order_text(b, x->text[TEXT_ID], y->text[TEXT_ID])) != 0 ||
	    (c = order_text(b, x->text[TEXT_SENSOR], y->text[TEXT_SENSOR])) != 0 ||
	    (c = order_u64(x->source_port, y->source_port)) != 0)
		return c;
	return order_text(b, x->text[TEXT_PROTOCOL], y->text[TEXT_PROTOCOL]);
}

static int
order_item(
    const struct session_builder *b, const struct session_item *x, const struct session_item *y)
{
	int c;

	if ((c = order_u64(x->offset_ms, y->offset_ms)) != 0 ||
	    (c = order_u64(x->kind, y->kind)) != 0 || (c = order_text(b, x->a, y->a)) != 0 ||
	    (c = order_text(b, x->b, y->b)) != 0)
		return c;
	return order_u64(x->flags, y->flags);
}

static int
order_item_in(const void *x, const void *y, void *builder)
{
	return order_item(builder, x, y);
}

static int
order_items(
    const struct session_builder *b, const struct builder_row *x, const struct builder_row *y)
{
	int c = order_u64(y->n_items, x->n_items); /* the fuller row first */

	for (uint32_t i = 0; c == 0 && i < x->n_items; i++)
		c = order_item(b, &b->items[x->item_at + i], &b->items[y->item_at + i]);
	return c;
}

static int
order_rest(
    const struct session_builder *b, const struct builder_row *x, const struct builder_row *y)
{
	int c;

	if ((c = order_u64(y->events, x->events)) != 0 || (c = order_items(b, x, y)) != 0 ||
	    (c = order_i64(x->end_us, y->end_us)) != 0 ||
	    (c = order_i64(x->duration_us, y->duration_us)) != 0 ||
	    (c = addr_cmp(x->destination, y->destination)) != 0 ||
	    (c = order_u64(x->bytes_in, y->bytes_in)) != 0 ||
	    (c = order_u64(x->bytes_out, y->bytes_out)) != 0 ||
	    (c = order_u64(x->asn, y->asn)) != 0 ||
	    (c = order_u64(x->target_port, y->target_port)) != 0 ||
	    (c = order_u64(x->transport, y->transport)) != 0 ||
	    (c = order_u64(x->service, y->service)) != 0 ||
	    (c = order_u64(x->flags, y->flags)) != 0)
		return c;
	for (unsigned t = 0; t < TEXT_COUNT; t++)
		if ((c = order_text(b, x->text[t], y->text[t])) != 0)
			return c;
	return 0;
}

static int
order_pair(const void *px, const void *py, void *context)
{
	const struct session_builder *b = context;
	const struct builder_row *x = &b->rows[((const struct sort_pair *)px)->value];
	const struct builder_row *y = &b->rows[((const struct sort_pair *)py)->value];
	int c = order_name(b, x, y);

	return c != 0 ? c : order_rest(b, x, y);
}

/** The rows' canonical order; NULL: no memory. */
static struct sort_pair *
canonical_order(struct session_builder *b)
{
	struct sort_pair *order = malloc((2 * b->n + 1) * sizeof(*order));

	if (order == NULL)
		return NULL;
	for (size_t i = 0; i < b->n; i++)
		order[i] = (struct sort_pair){ sort_key_i64(b->rows[i].start_us), (uint32_t)i };
	sort_pairs(order, b->n, order + b->n);
	for (size_t at = 0, to; at < b->n; at = to) {
		for (to = at + 1; to < b->n && order[to].key == order[at].key; to++)
			continue;
		if (to - at > 1)
			qsort_r(&order[at], to - at, sizeof(*order), order_pair, b);
	}
	return order;
}

static void
fill_row(struct builder_row *row, const struct builder_row *other)
{
	if (addr_is_unknown(row->destination))
		row->destination = other->destination;
	if (other->end_us > row->end_us)
		row->end_us = other->end_us;
	if (other->duration_us > row->duration_us)
		row->duration_us = other->duration_us;
	if (other->bytes_in > row->bytes_in)
		row->bytes_in = other->bytes_in;
	if (other->bytes_out > row->bytes_out)
		row->bytes_out = other->bytes_out;
	if (row->asn == 0)
		row->asn = other->asn;
	if (row->target_port == 0)
		row->target_port = other->target_port;
	if (row->transport == TRANSPORT_UNKNOWN)
		row->transport = other->transport;
	if (row->service == SERVICE_UNKNOWN || row->service == SERVICE_SCAN)
		row->service = other->service == SERVICE_UNKNOWN ? row->service : other->service;
	row->flags |= other->flags;
	for (unsigned t = 0; t < TEXT_COUNT; t++)
		if (row->text[t] == STR_NONE)
			row->text[t] = other->text[t];
}

/** The union of two rows' items, set behind all others of the builder. */
static enum coord_err
unite_items(struct session_builder *b, struct builder_row *row, const struct builder_row *other,
    struct coord_error *err)
{
	size_t n = (size_t)row->n_items + other->n_items, kept = 0;
	struct session_item *to;

	if (n == 0) /* no row may have had any: then there is no array either */
		return COORD_OK;
	TRY(session_builder_room(b, n, err));
	to = &b->items[b->n_items];
	if (row->n_items > 0)
		memcpy(to, &b->items[row->item_at], row->n_items * sizeof(*to));
	if (other->n_items > 0)
		memcpy(to + row->n_items, &b->items[other->item_at], other->n_items * sizeof(*to));
	qsort_r(to, n, sizeof(*to), order_item_in, b);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || order_item(b, &to[kept - 1], &to[i]) != 0)
			to[kept++] = to[i];
	row->item_at = (uint32_t)b->n_items;
	row->n_items = (uint32_t)kept;
	b->n_items += kept;
	return COORD_OK;
}

/** Leaves one row a name. Returns the rows kept in *kept. */
static enum coord_err
drop_equal(
    struct session_builder *b, struct sort_pair *order, size_t *kept, struct coord_error *err)
{
	*kept = 0;
	for (size_t i = 0; i < b->n; i++) {
		struct builder_row *row, *last;

		row = &b->rows[order[i].value];
		last = *kept == 0 ? NULL : &b->rows[order[*kept - 1].value];
		if (last == NULL || order_name(b, last, row) != 0) {
			order[(*kept)++] = order[i];
			continue;
		}
		if (order_rest(b, last, row) == 0)
			continue;
		TRY(unite_items(b, last, row, err));
		fill_row(last, row);
	}
	return COORD_OK;
}

static bool
make_columns(struct session_table *t, uint32_t n, uint32_t n_items)
{
	bool ok = true;

	t->n = n;
	t->n_items = n_items;
#define COLUMN(name, count, type) \
	ok = (t->name = ARENA_ARRAY_RAW(t->arena, (size_t)(count), type)) != NULL && ok
	COLUMN(source, n, struct addr);
	COLUMN(destination, n, struct addr);
	COLUMN(start_us, n, int64_t);
	COLUMN(end_us, n, int64_t);
	COLUMN(duration_us, n, int64_t);
	COLUMN(bytes_in, n, uint64_t);
	COLUMN(bytes_out, n, uint64_t);
	COLUMN(events, n, uint32_t);
	COLUMN(asn, n, uint32_t);
	COLUMN(source_port, n, uint16_t);
	COLUMN(target_port, n, uint16_t);
	COLUMN(transport, n, uint8_t);
	COLUMN(service, n, uint8_t);
	COLUMN(flags, n, uint8_t);
	for (unsigned i = 0; i < TEXT_COUNT; i++)
		COLUMN(text[i], n, uint32_t);
	COLUMN(item_start, (size_t)n + 1, uint32_t);
	COLUMN(items, n_items, struct session_item);
#undef COLUMN
	return ok;
}

/** Strings are numbered by first use. */
struct renumber {
	uint32_t *ids; /* 0: not yet seen */
	uint32_t n;    /* next number */
};

static inline uint32_t
renumber(struct renumber *r, uint32_t id)
{
	if (id == STR_NONE)
		return STR_NONE;
	if (r->ids[id] == 0)
		r->ids[id] = r->n++;
	return r->ids[id];
}

static void
set_row(struct session_table *t, uint32_t at, const struct builder_row *row,
    const struct session_item *items, struct renumber *r)
{
	t->source[at] = row->source;
	t->destination[at] = row->destination;
	t->start_us[at] = row->start_us;
	t->end_us[at] = row->end_us;
	t->duration_us[at] = row->duration_us;
	t->bytes_in[at] = row->bytes_in;
	t->bytes_out[at] = row->bytes_out;
	t->events[at] = row->events;
	t->asn[at] = row->asn;
	t->source_port[at] = row->source_port;
	t->target_port[at] = row->target_port;
	t->transport[at] = row->transport;
	t->service[at] = row->service;
	t->flags[at] = row->flags;
	for (unsigned i = 0; i < TEXT_COUNT; i++)
		t->text[i][at] = renumber(r, row->text[i]);
	for (uint32_t i = 0; i < row->n_items; i++) {
		struct session_item *to = &t->items[t->item_start[at] + i];

		*to = items[row->item_at + i];
		to->a = renumber(r, to->a);
		to->b = renumber(r, to->b);
	}
	t->item_start[at + 1] = t->item_start[at] + row->n_items;
}

/** Length and bytes of each; short ones go to the digest many at a time. */
static void
hash_strings(struct sha256 *s, const struct strtab *strings)
{
	uint32_t n = strtab_count(strings);
	char block[HASH_BLOCK];
	size_t len = 0;

	for (uint32_t id = 1; id < n; id++) {
		struct sv text = strtab_get(strings, id);
		uint64_t text_len = text.len;

		if (len + sizeof(text_len) + text.len > sizeof(block)) {
			sha256_add(s, block, len);
			len = 0;
		}
		memcpy(block + len, &text_len, sizeof(text_len));
		len += sizeof(text_len);
		if (len + text.len > sizeof(block)) {
			sha256_add(s, block, len);
			sha256_add(s, text.data, text.len);
			len = 0;
			continue;
		}
		memcpy(block + len, text.data, text.len);
		len += text.len;
	}
	sha256_add(s, block, len);
}

static bool
hash_table(struct session_table *t)
{
	static const char version[] = "coord session table 1";
	struct sha256 *s = sha256_new();

	if (s == NULL)
		return false;
	sha256_add(s, version, sizeof(version));
	sha256_add(s, &t->n, sizeof(t->n));
	sha256_add(s, &t->n_items, sizeof(t->n_items));
#define COLUMN(name, count) sha256_add(s, t->name, (size_t)(count) * sizeof(t->name[0]))
	COLUMN(source, t->n);
	COLUMN(destination, t->n);
	COLUMN(start_us, t->n);
	COLUMN(end_us, t->n);
	COLUMN(duration_us, t->n);
	COLUMN(bytes_in, t->n);
	COLUMN(bytes_out, t->n);
	COLUMN(events, t->n);
	COLUMN(asn, t->n);
	COLUMN(source_port, t->n);
	COLUMN(target_port, t->n);
	COLUMN(transport, t->n);
	COLUMN(service, t->n);
	COLUMN(flags, t->n);
	for (unsigned i = 0; i < TEXT_COUNT; i++)
		COLUMN(text[i], t->n);
	COLUMN(item_start, (size_t)t->n + 1);
	COLUMN(items, t->n_items);
#undef COLUMN
	hash_strings(s, t->strings);
	sha256_end(s, t->input_sha256);
	return true;
}

/** Fills the columns and takes the builder's strings over. */
static bool
fill_table(struct session_table *t, struct session_builder *b, const struct sort_pair *order)
{
	struct renumber r = { .ids = calloc(strtab_count(b->strings), sizeof(uint32_t)), .n = 1 };
	struct strtab *next = strtab_new();

	if (r.ids != NULL && next != NULL) {
		t->item_start[0] = 0;
		for (uint32_t i = 0; i < t->n; i++)
			set_row(t, i, &b->rows[order[i].value], b->items, &r);
		t->strings = strtab_number(b->strings, r.ids, r.n);
	}
	free(r.ids);
	if (t->strings == NULL) {
		strtab_free(next);
		return false;
	}
	b->strings = next;
	return hash_table(t);
}

static enum coord_err
make_table(struct session_builder *b, struct session_table *t, struct coord_error *err)
{
	CLEANUP(sort_order_free) struct sort_pair *order = canonical_order(b);
	size_t kept, n_items = 0;

	if (order == NULL)
		return error_set(err, COORD_ENOMEM, "no memory to sort %zu sessions", b->n);
	TRY(drop_equal(b, order, &kept, err));
	for (size_t i = 0; i < kept; i++)
		n_items += b->rows[order[i].value].n_items;
	t->arena = arena_new(0);
	if (t->arena == NULL || !make_columns(t, (uint32_t)kept, (uint32_t)n_items) ||
	    !fill_table(t, b, order))
		return error_set(err, COORD_ENOMEM, "no memory for %zu sessions", kept);
	return COORD_OK;
}

enum coord_err
session_builder_finish(struct session_builder *b, struct session_table *ret, uint64_t *dropped,
    struct coord_error *err)
{
	struct session_table t = { 0 };
	enum coord_err rc = make_table(b, &t, err);

	if (rc != COORD_OK) {
		session_table_free(&t);
		return rc;
	}
	if (dropped != NULL)
		*dropped = b->n - t.n;
	b->n = b->n_items = 0;
	*ret = t;
	return COORD_OK;
}

void
session_table_free(struct session_table *t)
{
	if (t == NULL)
		return;
	strtab_free(t->strings);
	arena_free(t->arena);
	*t = (struct session_table){ 0 };
}
