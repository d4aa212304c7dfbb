/* segment.c - one session from its events (input-formats.md section 1, "Folding"). Start is the connect, else the earliest
 * event; end is the close, else the latest event; late events belong to the session but do not extend it. The first
 * event that knows a single-valued field decides it. A command that the shell did not know is logged twice: the second
 * only marks the first. */
#include "ingest/fold.h"

#include <stdlib.h>

#include "base/pages.h"

enum { SMALL_SET = 16, LOOK_BACK = 64, BARE_MOST = 4096 };

/* kinds of which a session keeps each value once */
static const bool is_set[ITEM_KIND_COUNT] = {
	[ITEM_PUBLIC_KEY] = true,
	[ITEM_URL] = true,
	[ITEM_FILE_HASH] = true,
	[ITEM_HEADER] = true,
	[ITEM_PORT] = true,
	[ITEM_SIGNATURE] = true,
	[ITEM_HOST] = true,
	[ITEM_TTY] = true,
	[ITEM_LABEL] = true,
	[ITEM_EXTRA] = true,
};

bool
fold_item_is_set(unsigned kind)
{
	return is_set[kind];
}

enum coord_err
fold_reserve_items(struct folding *f, size_t more, struct coord_error *err)
{
	size_t cap = f->items_cap == 0 ? 1024 : f->items_cap;
	struct session_item *items;

	if (f->n_items + more <= f->items_cap)
		return COORD_OK;
	cap = pages_capacity(cap, f->n_items + more, sizeof(*items));
	if (cap >= UINT32_MAX)
		return error_set(err, COORD_ELIMIT, "more than %u items", UINT32_MAX - 1);
	if ((items = pages_grow(f->items, f->n_items * sizeof(*items), cap * sizeof(*items))) ==
	    NULL)
		return error_set(err, COORD_ENOMEM, "no memory for %zu items", cap);
	f->items = items;
	f->items_cap = cap;
	return COORD_OK;
}

enum coord_err
fold_reserve_rows(struct folding *f, size_t more, struct coord_error *err)
{
	size_t cap;
	struct fold_row *rows;

	if (f->n + more <= f->cap)
		return COORD_OK;
	cap = pages_capacity(256, f->n + more, sizeof(*rows));
	if ((rows = pages_grow(f->rows, f->n * sizeof(*rows), cap * sizeof(*rows))) == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for %zu sessions", cap);
	f->rows = rows;
	f->cap = cap;
	return COORD_OK;
}

static enum coord_err
new_row(struct folding *f, struct fold_row **ret, struct coord_error *err)
{
	TRY(fold_reserve_rows(f, 1, err));
	*ret = &f->rows[f->n++];
	**ret = (struct fold_row){ .duration_us = -1, .item_at = (uint32_t)f->n_items };
	return COORD_OK;
}

static void
set_bounds(struct fold_row *row, const struct log_event *events, size_t n)
{
	int64_t connect = TIME_NONE, close = TIME_NONE, first = TIME_NONE, last = TIME_NONE;

	for (size_t i = 0; i < n; i++) {
		const struct log_event *e = &events[i];

		if (e->rank == RANK_CONNECT && connect == TIME_NONE)
			connect = e->at_us;
		if (e->rank == RANK_CLOSE)
			close = e->at_us;
		if ((e->bits & EVENT_LATE) != 0)
			continue;
		if (first == TIME_NONE)
			first = e->at_us;
		last = e->at_us;
	}
	if (first == TIME_NONE) /* all are late */
		first = last = events[0].at_us;
	row->start_us = connect != TIME_NONE ? connect : first;
	row->end_us = close != TIME_NONE ? close : last;
	if (row->end_us < row->start_us)
		row->end_us = row->start_us;
	row->flags = (uint8_t)((connect != TIME_NONE ? SESSION_HAS_CONNECT : 0) |
			       (close != TIME_NONE ? SESSION_CLOSED : 0));
}

static void
first_id(uint32_t *to, uint32_t id)
{
	if (*to == STR_NONE)
		*to = id;
}

static void
add_bytes(const struct subject *s, uint64_t *to, uint64_t bytes)
{
	if (s->fold != FOLD_GAP) /* totals, perhaps several of one connection */
		*to = bytes > *to ? bytes : *to;
	else
		*to = bytes > UINT64_MAX - *to ? UINT64_MAX : *to + bytes;
}

static void
take_subject(struct fold_row *row, const struct subject *s)
{
	if (addr_is_unknown(row->destination))
		row->destination = s->destination;
	if (row->source_port == 0)
		row->source_port = s->source_port;
	if (row->target_port == 0)
		row->target_port = s->target_port;
	if (row->asn == 0)
		row->asn = s->asn;
	if (row->transport == TRANSPORT_UNKNOWN)
		row->transport = s->transport;
	if (row->service == SERVICE_UNKNOWN)
		row->service = s->service;
	if (s->duration_us > row->duration_us)
		row->duration_us = s->duration_us;
	first_id(&row->text[TEXT_ID], s->session);
	first_id(&row->text[TEXT_SENSOR], s->sensor);
	first_id(&row->text[TEXT_PROTOCOL], s->protocol);
	first_id(&row->text[TEXT_INDEX], s->index);
	first_id(&row->text[TEXT_DOC], s->doc);
	row->connection_only = row->connection_only && s->connection_only != 0;
}

static void
set_subject(struct folding *f, struct fold_row *row, const struct log_event *events, size_t n)
{
	const struct subject *subjects = f->log->subjects;
	const struct subject *first = &subjects[events[0].subject];
	uint64_t count = 0;

	row->key = events[0].key;
	row->source = first->source;
	row->reader = first->reader;
	row->fold = first->fold;
	row->connection_only = true;
	/* the connect knows best: the ports of other events may be a forward's */
	for (size_t i = 0; i < n && events[i].rank == RANK_CONNECT; i++)
		take_subject(row, &subjects[events[i].subject]);
	for (size_t i = 0; i < n; i++) {
		const struct subject *s = &subjects[events[i].subject];

		if (i == 0 || events[i].subject != events[i - 1].subject)
			take_subject(row, s);
		add_bytes(s, &row->bytes_in, s->bytes_in);
		add_bytes(s, &row->bytes_out, s->bytes_out);
		if (events[i].place == 0)
			count += s->events == 0 ? 1 : s->events;
		if ((s->session_flags & EVENT_FLAGS_GIVEN) != 0)
			row->flags = s->session_flags & (uint8_t)~EVENT_FLAGS_GIVEN;
	}
	row->events = count > UINT32_MAX ? UINT32_MAX : count == 0 ? 1 : (uint32_t)count;
}

static uint32_t
offset_of(const struct fold_row *row, int64_t at_us)
{
	int64_t ms = at_us <= row->start_us ? 0 : (at_us - row->start_us) / 1000;

	return ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

static void
merge_flags(struct session_item *item, uint8_t flags)
{
	uint8_t trivial = item->flags & flags & ITEM_TRIVIAL;

	item->flags = (uint8_t)(((item->flags | flags) & ~ITEM_TRIVIAL) | trivial);
}

/** The equal item of a set kind that the row already has, or NULL; then the new one will be the row's next. */
static struct session_item *
find_in_set(struct folding *f, const struct fold_row *row, const struct session_item *item)
{
	struct session_item *items = &f->items[row->item_at];
	uint64_t key = hash_mix((uint64_t)item->a << 32 | item->b, item->kind);
	uint32_t *slot;

	if (row->n_items <= SMALL_SET) {
		for (uint32_t i = 0; i < row->n_items; i++)
			if (items[i].kind == item->kind && items[i].a == item->a &&
			    items[i].b == item->b)
				return &items[i];
		return NULL;
	}
	if (f->seen.used == 0)
		for (uint32_t i = 0; i < row->n_items; i++) {
			uint64_t k =
			    hash_mix((uint64_t)items[i].a << 32 | items[i].b, items[i].kind);

			if ((slot = map_slot(&f->seen, k)) != NULL && *slot == MAP_NONE)
				*slot = i;
		}
	slot = map_slot(&f->seen, key);
	if (slot == NULL)
		return NULL;
	if (*slot != MAP_NONE && *slot < row->n_items)
		return &items[*slot];
	*slot = row->n_items;
	return NULL;
}

/** The shell reports an unknown command after it took quotes and blanks away. */
static struct sv
bare(struct sv text, char ret[BARE_MOST])
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n < BARE_MOST; i++)
		if (strchr("'\"\\ \t\r\n", text.data[i]) == NULL || text.data[i] == '\0')
			ret[n++] = text.data[i];
	return (struct sv){ ret, n };
}

/** The line that a "command not found" belongs to: the latest equal to it, else the latest that holds it, else the
 *  latest of the last second. */
static struct session_item *
find_command(struct folding *f, const struct fold_row *row, const struct session_item *failed)
{
	static const uint32_t soon_ms = 1000;
	struct session_item *items = &f->items[row->item_at], *holds = NULL, *latest = NULL;
	char part_bytes[BARE_MOST], line_bytes[BARE_MOST];
	struct sv part = bare(strtab_get(f->log->strings, failed->a), part_bytes);
	uint32_t seen = 0;

	for (uint32_t i = row->n_items; i-- > 0 && seen < LOOK_BACK;) {
		if (items[i].kind != ITEM_COMMAND)
			continue;
		seen++;
		if (items[i].a == failed->a)
			return &items[i];
		if (holds == NULL && part.len > 0 &&
		    sv_has(bare(strtab_get(f->log->strings, items[i].a), line_bytes), part))
			holds = &items[i];
		if (latest == NULL && failed->offset_ms - items[i].offset_ms <= soon_ms)
			latest = &items[i];
	}
	return holds != NULL ? holds : latest;
}

static void
take_item(struct folding *f, struct fold_row *row, const struct log_event *e)
{
	struct session_item item = { .a = e->a,
		.b = e->b,
		.offset_ms = offset_of(row, e->at_us),
		.kind = e->what,
		.flags = e->item_flags };
	struct session_item *twin = NULL;

	if (row->fold != FOLD_ROW) {
		if (is_set[item.kind])
			twin = find_in_set(f, row, &item);
		else if (item.kind == ITEM_COMMAND && (item.flags & ITEM_FAILED) != 0)
			twin = find_command(f, row, &item);
	}
	if (twin != NULL) {
		merge_flags(twin, item.flags);
		return;
	}
	if (row->n_items >= f->log->items_max) {
		row->flags |= SESSION_TRUNCATED;
		return;
	}
	f->items[row->item_at + row->n_items++] = item;
}

static void
set_contents(struct folding *f, struct fold_row *row, const struct log_event *events, size_t n)
{
	map_clear(&f->seen);
	for (size_t i = 0; i < n; i++) {
		if (events[i].rank == RANK_TEXT)
			first_id(&row->text[events[i].what], events[i].a);
		else if (events[i].rank == RANK_ITEM)
			take_item(f, row, &events[i]);
	}
}

void
fold_settle_service(const struct strtab *strings, struct fold_row *row)
{
	struct sv protocol = strtab_get(strings, row->text[TEXT_PROTOCOL]);

	if (row->service == SERVICE_UNKNOWN)
		row->service =
		    (uint8_t)session_service_of(protocol, row->target_port, row->connection_only);
}

static void
finish_row(struct folding *f, struct fold_row *row)
{
	struct sv protocol = strtab_get(f->log->strings, row->text[TEXT_PROTOCOL]);

	if (row->duration_us < 0 && row->fold != FOLD_ROW && (row->flags & SESSION_CLOSED) != 0)
		row->duration_us = row->end_us - row->start_us;
	if (row->target_port == 0 && row->fold == FOLD_SESSION) {
		if (sv_eq(protocol, SV("ssh")))
			row->target_port = 22;
		else if (sv_eq(protocol, SV("telnet")))
			row->target_port = 23;
	}
	fold_settle_service(f->log->strings, row);
}

enum coord_err
fold_segment(struct folding *f, const struct log_event *events, size_t n, struct coord_error *err)
{
	struct fold_row *row = NULL;

	TRY(fold_reserve_items(f, n, err));
	TRY(new_row(f, &row, err));
	set_bounds(row, events, n);
	set_subject(f, row, events, n);
	set_contents(f, row, events, n);
	finish_row(f, row);
	f->n_items += row->n_items;
	return COORD_OK;
}
