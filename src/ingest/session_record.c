/* session_record.c - the normalised record that `coord ingest` writes (docs/formats.md), read back without loss: the same
 * table comes out, byte for byte. One record is one whole session. */
#include "ingest/reader.h"

struct flag_name {
	struct sv name;
	uint8_t flag;
};

static const struct flag_name row_flags[] = {
	{ { "closed", 6 }, SESSION_CLOSED },
	{ { "has_connect", 11 }, SESSION_HAS_CONNECT },
	{ { "truncated", 9 }, SESSION_TRUNCATED },
};

static const struct flag_name item_flags[] = {
	{ { "success", 7 }, ITEM_SUCCESS },
	{ { "failed", 6 }, ITEM_FAILED },
	{ { "trivial", 7 }, ITEM_TRIVIAL },
};

static bool
session_recognise(const struct record *record)
{
	return json_exists(json_get(record->json, SV("source_ip"))) &&
	       json_exists(json_get(record->json, SV("start"))) &&
	       json_type(json_get(record->json, SV("items"))) == JSON_ARRAY;
}

static uint8_t
read_flags(struct json_value object, const struct flag_name *names, size_t n)
{
	unsigned flags = 0;
	bool set;

	for (size_t i = 0; i < n; i++)
		if (json_bool(json_get(object, names[i].name), &set) && set)
			flags |= names[i].flag;
	return (uint8_t)flags;
}

/** The index of a name among n, or n. */
static unsigned
find_name(struct sv text, unsigned n, const char *(*name)(unsigned))
{
	unsigned i = 0;

	while (i < n && !sv_eq(text, sv_from(name(i))))
		i++;
	return i;
}

static const char *
transport_name(unsigned i)
{
	return session_transport_name(i);
}

static const char *
service_name(unsigned i)
{
	return session_service_name(i);
}

static const char *
item_name(unsigned i)
{
	return session_item_name(i);
}

static enum coord_err
read_names(struct reader_ctx *ctx, struct json_value json, struct event *e)
{
	struct sv text = SV_NONE;
	unsigned which;

	if (value_string(json_get(json, SV("transport")), &text)) {
		which = find_name(text, TRANSPORT_OTHER + 1, transport_name);
		if (which > TRANSPORT_OTHER)
			return reader_refuse(ctx, REFUSED_FIELD_INVALID, 0, "transport: unknown");
		e->transport = (uint8_t)which;
	}
	if (value_string(json_get(json, SV("service")), &text)) {
		which = find_name(text, SERVICE_COUNT, service_name);
		if (which == SERVICE_COUNT)
			return reader_refuse(ctx, REFUSED_FIELD_INVALID, 0, "service: unknown");
		e->service = (uint8_t)which;
	}
	return COORD_OK;
}

static enum coord_err
read_common(struct reader_ctx *ctx, struct json_value json, struct event *e)
{
	uint64_t number;

	e->fold = FOLD_ROW;
	if (!value_addr(json_get(json, SV("source_ip")), &e->source))
		return reader_refuse(
		    ctx, REFUSED_FIELD_INVALID, 0, "source_ip: expected an address");
	if (!value_time(ctx, json_get(json, SV("start")), &e->at_us))
		return reader_refuse(ctx, REFUSED_TIME_INVALID, 0, "start: expected a time");
	TRY(read_names(ctx, json, e));
	(void)value_addr(json_get(json, SV("destination_ip")), &e->destination);
	(void)value_port(json_get(json, SV("source_port")), &e->source_port);
	(void)value_port(json_get(json, SV("target_port")), &e->target_port);
	(void)value_u64(json_get(json, SV("bytes_in")), &e->bytes_in);
	(void)value_u64(json_get(json, SV("bytes_out")), &e->bytes_out);
	if (value_u64(json_get(json, SV("asn")), &number) && number <= UINT32_MAX)
		e->asn = (uint32_t)number;
	if (value_u64(json_get(json, SV("events")), &number) && number <= UINT32_MAX)
		e->events = (uint32_t)number;
	e->session_flags =
	    (uint8_t)(EVENT_FLAGS_GIVEN |
		      read_flags(json, row_flags, sizeof(row_flags) / sizeof(row_flags[0])));
	return COORD_OK;
}

static enum coord_err
emit_bounds(struct reader_ctx *ctx, struct json_value json, const struct event *common)
{
	struct event e = *common;
	int64_t end;
	uint64_t duration;

	e.kind = EVENT_CONNECT;
	TRY(reader_emit(ctx, &e));
	if (!value_time(ctx, json_get(json, SV("end")), &end))
		end = e.at_us;
	if (end < e.at_us)
		return reader_refuse(ctx, REFUSED_TIME_INVALID, 0, "end: before start");
	if (value_u64(json_get(json, SV("duration_us")), &duration) && duration <= INT64_MAX)
		e.duration_us = (int64_t)duration;
	e.kind = EVENT_CLOSE;
	e.at_us = end;
	return reader_emit(ctx, &e);
}

static enum coord_err
emit_texts(struct reader_ctx *ctx, struct json_value json, const struct event *common)
{
	struct event e = *common;

	e.kind = EVENT_TEXT;
	for (unsigned i = 0; i < TEXT_COUNT; i++) {
		if (!value_string(json_get(json, sv_from(session_text_name(i))), &e.value))
			continue;
		e.text = i;
		TRY(reader_emit(ctx, &e));
	}
	return COORD_OK;
}

static enum coord_err
emit_item(struct reader_ctx *ctx, struct json_value item, const struct event *common)
{
	struct event e = *common;
	struct sv kind = SV_NONE;
	uint64_t offset_ms = 0;
	const char *a, *b;
	unsigned which;

	(void)value_string(json_get(item, SV("kind")), &kind);
	which = find_name(kind, ITEM_KIND_COUNT, item_name);
	if (which == ITEM_KIND_COUNT)
		return reader_refuse(ctx, REFUSED_FIELD_INVALID, 0, "items: unknown kind");
	if (value_u64(json_get(item, SV("offset_ms")), &offset_ms) && offset_ms > UINT32_MAX)
		offset_ms = UINT32_MAX;
	session_item_fields(which, &a, &b);
	e.kind = EVENT_ITEM;
	e.item_kind = (uint8_t)which;
	e.item_flags = read_flags(item, item_flags, sizeof(item_flags) / sizeof(item_flags[0]));
	e.at_us += (int64_t)offset_ms * 1000;
	(void)value_string(json_get(item, sv_from(a)), &e.a);
	(void)value_string(json_get(item, sv_from(b)), &e.b);
	return reader_emit(ctx, &e);
}

static enum coord_err
session_read(struct reader_ctx *ctx, const struct record *record)
{
	struct event common = EVENT_INIT;
	struct json_value item;
	struct json_iter iter = json_each(json_get(record->json, SV("items")));

	TRY(read_common(ctx, record->json, &common));
	TRY(emit_bounds(ctx, record->json, &common));
	TRY(emit_texts(ctx, record->json, &common));
	while (json_next(&iter, &item))
		TRY(emit_item(ctx, item, &common));
	return COORD_OK;
}

const struct reader reader_session = {
	.name = "session",
	.title = "Normalised sessions as `coord ingest` writes them",
	.json = true,
	.recognise = session_recognise,
	.read = session_read,
};
