/* write.c - the normalised record, as NDJSON and as CSV (docs/formats.md). Both hold every column; unknown values are
 * left out of the JSON and empty in the CSV. The items stand in time order in one JSON array, in CSV too. */
#include "session/session.h"

#include <stdio.h>
#include <inttypes.h>

struct item_flag {
	uint8_t flag;
	const char *name;
};

static const struct item_flag item_flags[] = {
	{ ITEM_SUCCESS, "success" },
	{ ITEM_FAILED, "failed" },
	{ ITEM_TRIVIAL, "trivial" },
};

static const struct item_flag row_flags[] = {
	{ SESSION_CLOSED, "closed" },
	{ SESSION_HAS_CONNECT, "has_connect" },
	{ SESSION_TRUNCATED, "truncated" },
};

static void
write_time(struct jsonw *w, const char *key, int64_t us)
{
	char text[TIME_TEXT_MAX];

	time_format(us, false, text);
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void
write_addr(struct jsonw *w, const char *key, struct addr a)
{
	char text[ADDR_TEXT_MAX];

	if (addr_is_unknown(a))
		return;
	(void)addr_format(a, text);
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void
write_number(struct jsonw *w, const char *key, uint64_t value)
{
	if (value == 0)
		return;
	jsonw_key(w, key);
	jsonw_u64(w, value);
}

static void
write_text(struct jsonw *w, const char *key, struct sv text)
{
	if (text.data == NULL)
		return;
	jsonw_key(w, key);
	jsonw_sv(w, text);
}

static void
write_item(struct jsonw *w, const struct session_table *t, const struct session_item *item)
{
	const char *a, *b;

	session_item_fields(item->kind, &a, &b);
	jsonw_object(w);
	jsonw_key(w, "kind");
	jsonw_str(w, session_item_name(item->kind));
	jsonw_key(w, "offset_ms");
	jsonw_u64(w, item->offset_ms);
	write_text(w, a, session_string(t, item->a));
	write_text(w, b, session_string(t, item->b));
	for (size_t i = 0; i < sizeof(item_flags) / sizeof(item_flags[0]); i++) {
		if ((item->flags & item_flags[i].flag) == 0)
			continue;
		jsonw_key(w, item_flags[i].name);
		jsonw_bool(w, true);
	}
	jsonw_end(w);
}

static void
write_items(struct jsonw *w, const struct session_table *t, uint32_t row)
{
	jsonw_array(w);
	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
		write_item(w, t, &t->items[i]);
	jsonw_end(w);
}

void
session_write_ndjson(const struct session_table *t, uint32_t row, struct buf *out)
{
	struct jsonw w = jsonw_init(out, false);

	jsonw_object(&w);
	write_addr(&w, "source_ip", t->source[row]);
	write_number(&w, "source_port", t->source_port[row]);
	write_time(&w, "start", t->start_us[row]);
	write_time(&w, "end", t->end_us[row]);
	if (t->duration_us[row] >= 0) {
		jsonw_key(&w, "duration_us");
		jsonw_i64(&w, t->duration_us[row]);
	}
	write_addr(&w, "destination_ip", t->destination[row]);
	write_number(&w, "target_port", t->target_port[row]);
	if (t->transport[row] != TRANSPORT_UNKNOWN)
		write_text(&w, "transport", sv_from(session_transport_name(t->transport[row])));
	write_text(&w, "service", sv_from(session_service_name(t->service[row])));
	for (unsigned i = 0; i < TEXT_COUNT; i++)
		write_text(&w, session_text_name(i), session_text(t, row, i));
	for (size_t i = 0; i < sizeof(row_flags) / sizeof(row_flags[0]); i++) {
		jsonw_key(&w, row_flags[i].name);
		jsonw_bool(&w, (t->flags[row] & row_flags[i].flag) != 0);
	}
	jsonw_key(&w, "events");
	jsonw_u64(&w, t->events[row]);
	write_number(&w, "bytes_in", t->bytes_in[row]);
	write_number(&w, "bytes_out", t->bytes_out[row]);
	write_number(&w, "asn", t->asn[row]);
	jsonw_key(&w, "items");
	write_items(&w, t, row);
	jsonw_end(&w);
	buf_add_char(out, '\n');
}

static void
csv_text(struct buf *out, struct sv text)
{
	bool quote = false;

	for (size_t i = 0; i < text.len && !quote; i++)
		quote = text.data[i] == ',' || text.data[i] == '"' || text.data[i] == '\n' ||
			text.data[i] == '\r';
	if (!quote) {
		buf_add_sv(out, text);
		return;
	}
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text.data[i]);
	}
	buf_add_char(out, '"');
}

static void
csv_number(struct buf *out, uint64_t value)
{
	if (value != 0)
		buf_printf(out, "%" PRIu64, value);
	buf_add_char(out, ',');
}

static void
csv_addr(struct buf *out, struct addr a)
{
	char text[ADDR_TEXT_MAX];

	(void)addr_format(a, text);
	buf_add_str(out, text);
	buf_add_char(out, ',');
}

static void
csv_time(struct buf *out, int64_t us)
{
	char text[TIME_TEXT_MAX];

	time_format(us, false, text);
	buf_add_str(out, text);
	buf_add_char(out, ',');
}

void
session_write_csv_header(struct buf *out)
{
	buf_add_str(out, "source_ip,source_port,start,end,duration_us,destination_ip,target_port,"
			 "transport,service,");
	for (unsigned i = 0; i < TEXT_COUNT; i++) {
		buf_add_str(out, session_text_name(i));
		buf_add_char(out, ',');
	}
	buf_add_str(out, "closed,has_connect,truncated,events,bytes_in,bytes_out,asn,items\n");
}

void
session_write_csv(const struct session_table *t, uint32_t row, struct buf *out)
{
	struct buf items = BUF_INIT(SIZE_MAX);
	struct jsonw w = jsonw_init(&items, false);

	csv_addr(out, t->source[row]);
	csv_number(out, t->source_port[row]);
	csv_time(out, t->start_us[row]);
	csv_time(out, t->end_us[row]);
	if (t->duration_us[row] >= 0)
		buf_printf(out, "%" PRId64, t->duration_us[row]);
	buf_add_char(out, ',');
	csv_addr(out, t->destination[row]);
	csv_number(out, t->target_port[row]);
	if (t->transport[row] != TRANSPORT_UNKNOWN)
		buf_add_str(out, session_transport_name(t->transport[row]));
	buf_add_char(out, ',');
	buf_add_str(out, session_service_name(t->service[row]));
	buf_add_char(out, ',');
	for (unsigned i = 0; i < TEXT_COUNT; i++) {
		csv_text(out, session_text(t, row, i));
		buf_add_char(out, ',');
	}
	for (size_t i = 0; i < sizeof(row_flags) / sizeof(row_flags[0]); i++)
		buf_add_str(out, (t->flags[row] & row_flags[i].flag) != 0 ? "true," : "false,");
	buf_printf(out, "%" PRIu32 ",", t->events[row]);
	csv_number(out, t->bytes_in[row]);
	csv_number(out, t->bytes_out[row]);
	csv_number(out, t->asn[row]);
	write_items(&w, t, row);
	if (items.failed)
		out->failed = true;
	csv_text(out, buf_sv(&items));
	buf_clear(&items);
	buf_add_char(out, '\n');
}
