/* attack_session.c - the API's own AttackSession objects (input-formats.md section 10), and, being last, any JSON record
 * that names an attacker's address and a time.
 *
 * One record is one whole session. Fields are known by many names (generic.c); whatever is not known stays as extra
 * evidence. Without a session id the record's content names it. */
#include "ingest/generic.h"

static bool
recognise(const struct record *record)
{
	return json_exists(field_any(record->json, GENERIC_SOURCES, NULL));
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct emit e = emit_new(ctx, record, FOLD_ROW);
	struct json_value j = record->json;
	struct sv payload = SV_NONE;

	TRY(need_addr(ctx, j, GENERIC_SOURCES, &e.base.source));
	TRY(need_time(ctx, j, GENERIC_TIMES, &e.base.at_us));
	TRY(generic_base(&e, j));
	e.base.session = value_text(ctx, field_any(j, GENERIC_IDS, NULL));
	if (e.base.session.len == 0)
		e.base.session = emit_content_id(ctx, j);
	TRY(emit_connect(&e));
	TRY(emit_port(&e));
	field_any_string(j, GENERIC_PAYLOADS, &payload);
	TRY(generic_payload(&e, payload));
	TRY(generic_emit(&e, j));
	TRY(generic_extras(&e, j));
	return generic_close(&e, j);
}

const struct reader reader_attack_session = {
	.name = "attack-session",
	.title = "AttackSession objects of the API, and other JSON with an address and a time",
	.json = true,
	.recognise = recognise,
	.read = read_record,
};
