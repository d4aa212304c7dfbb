/* check.c - every invariant of a session table, walked. For tests and fuzz targets, after each step. */
#include "session/session.h"

static int
order_text(const struct session_table *t, enum session_text which, uint32_t x, uint32_t y)
{
	uint32_t a = t->text[which][x], b = t->text[which][y];

	if (a == b)
		return 0;
	if (a == STR_NONE || b == STR_NONE)
		return a == STR_NONE ? -1 : 1;
	return sv_cmp(session_string(t, a), session_string(t, b));
}

/** Negative when row `at` stands rightly before the next one. */
static int
order_rows(const struct session_table *t, uint32_t at)
{
	uint32_t next = at + 1;
	int c;

	if (t->start_us[at] != t->start_us[next])
		return t->start_us[at] < t->start_us[next] ? -1 : 1;
	if ((c = addr_cmp(t->source[at], t->source[next])) != 0 ||
	    (c = order_text(t, TEXT_ID, at, next)) != 0 ||
	    (c = order_text(t, TEXT_SENSOR, at, next)) != 0)
		return c;
	if (t->source_port[at] != t->source_port[next])
		return t->source_port[at] < t->source_port[next] ? -1 : 1;
	return order_text(t, TEXT_PROTOCOL, at, next);
}

static const char *
check_row(const struct session_table *t, uint32_t row)
{
	if (addr_is_unknown(t->source[row]))
		return "a source is unknown";
	if (t->start_us[row] < TIME_EARLIEST || t->start_us[row] >= TIME_LATEST)
		return "a start is out of range";
	if (t->end_us[row] < t->start_us[row])
		return "an end is before its start";
	if (t->duration_us[row] < -1)
		return "a duration is negative";
	if (t->transport[row] > TRANSPORT_OTHER || t->service[row] >= SERVICE_COUNT)
		return "a transport or service is unknown";
	if (t->item_start[row] > t->item_start[row + 1])
		return "item_start decreases";
	if (row + 1 < t->n && order_rows(t, row) >= 0)
		return "rows are out of order or name the same session";
	return NULL;
}

static const char *
check_items(const struct session_table *t, uint32_t row)
{
	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
		const struct session_item *item = &t->items[i];

		if (item->kind >= ITEM_KIND_COUNT || item->reserved != 0)
			return "an item's kind is unknown";
		if (item->a >= strtab_count(t->strings) || item->b >= strtab_count(t->strings))
			return "an item's string does not exist";
		if (i > t->item_start[row] && item->offset_ms < t->items[i - 1].offset_ms)
			return "items are out of time order";
	}
	return NULL;
}

/** Ids are numbered by first use: none is larger than one more than all before it. */
static const char *
check_numbering(const struct session_table *t)
{
	uint32_t most = 0;

	for (uint32_t row = 0; row < t->n; row++) {
		for (unsigned which = 0; which < TEXT_COUNT; which++) {
			if (t->text[which][row] > most + 1)
				return "strings are not numbered by first use";
			if (t->text[which][row] > most)
				most++;
		}
		for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
			const uint32_t ids[2] = { t->items[i].a, t->items[i].b };

			for (unsigned j = 0; j < 2; j++) {
				if (ids[j] > most + 1)
					return "strings are not numbered by first use";
				if (ids[j] > most)
					most++;
			}
		}
	}
	return most + 1 == strtab_count(t->strings) ? NULL : "a string is never used";
}

const char *
session_table_check(const struct session_table *t)
{
	const char *wrong;

	if (t->arena == NULL || t->strings == NULL)
		return "the table was not made";
	if (t->item_start[0] != 0 || t->item_start[t->n] != t->n_items)
		return "item_start does not span the items";
	for (uint32_t row = 0; row < t->n; row++)
		if ((wrong = check_row(t, row)) != NULL || (wrong = check_items(t, row)) != NULL)
			return wrong;
	return check_numbering(t);
}
