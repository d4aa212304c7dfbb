/* dshield_mcp.c - events as the dshield-mcp client returns and forwards them (input-formats.md section 9).
 *
 * `raw_data` holds the Elasticsearch document: where a reader knows it, it is read in the event's place, with the
 * event's id. Else the event itself is a session with its description as payload. */
#include "ingest/generic.h"

static const struct reader *const RAW_READERS[] = { &reader_cowrie, &reader_adbhoney,
	&reader_webhoneypot, &reader_zeek_json, &reader_suricata, &reader_ecs, &reader_tpot };

static bool
recognise(const struct record *record)
{
	struct json_value j = record->json;

	if (!json_exists(json_get(j, SV("source_ip"))))
		return false;
	return json_exists(json_get(j, SV("raw_data"))) ||
	       (json_exists(json_get(j, SV("event_type"))) &&
		   json_exists(json_get(j, SV("severity"))) &&
		   json_exists(json_get(j, SV("category"))));
}

static const struct reader *
raw_reader(const struct record *raw)
{
	if (json_type(raw->json) != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < sizeof(RAW_READERS) / sizeof(RAW_READERS[0]); i++)
		if (RAW_READERS[i]->recognise(raw))
			return RAW_READERS[i];
	return NULL;
}

static enum coord_err
read_event(struct reader_ctx *ctx, const struct record *record)
{
	static const char *const KEPT[] = { "event_type", "severity", "category" };
	struct emit e = emit_new(ctx, record, FOLD_ROW);
	struct json_value j = record->json;
	struct sv text = SV_NONE;

	TRY(need_addr(ctx, j, GENERIC_SOURCES, &e.base.source));
	TRY(need_time(ctx, j, GENERIC_TIMES, &e.base.at_us));
	TRY(generic_base(&e, j));
	e.base.session = value_text(ctx, field_any(j, GENERIC_IDS, NULL));
	if (e.base.session.len == 0)
		e.base.session = emit_content_id(ctx, j);
	if (sv_eq(e.base.protocol, SV("unknown")))
		e.base.protocol = SV_NONE;
	TRY(emit_connect(&e));
	TRY(emit_port(&e));
	field_string(j, SV("description"), &text);
	TRY(generic_payload(&e, text));
	for (size_t i = 0; i < sizeof(KEPT) / sizeof(KEPT[0]); i++) {
		text = field_text(ctx, j, KEPT[i]);
		if (text.len > 0)
			TRY(emit_item(&e, ITEM_EXTRA, 0, sv_from(KEPT[i]), text));
	}
	return generic_emit(&e, j);
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct record raw = { .json = field_get(record->json, SV("raw_data")),
		.index = record->index,
		.doc = record->doc };
	const struct reader *reader = raw_reader(&raw);
	struct json_value indices = field_get(record->json, SV("indices"));
	struct json_iter it = json_each(indices);

	if (reader == NULL)
		return read_event(ctx, record);
	if (raw.doc.len == 0)
		field_string(record->json, SV("id"), &raw.doc);
	if (raw.index.len == 0 && !json_string(indices, &raw.index) && json_next(&it, &indices))
		json_string(indices, &raw.index);
	return reader->read(ctx, &raw);
}

const struct reader reader_dshield_mcp = {
	.name = "dshield-mcp",
	.title = "events of the dshield-mcp client (JSON)",
	.json = true,
	.recognise = recognise,
	.read = read_record,
};
