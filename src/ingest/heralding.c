/* heralding.c - sessions of the credential honeypot Heralding (log_session.json), one whole session a line.
 *
 * VNC attempts have neither user nor password (the protocol sends a response to a challenge): they leave no credential.
 * `duration` is in whole seconds, so an attempt may be later than the end it gives. */
#include "ingest/emit.h"

static const char *const TIMES[] = { "timestamp", NULL };
static const char *const SOURCES[] = { "source_ip", NULL };
static const char *const SOURCE_PORTS[] = { "source_port", NULL };
static const char *const TARGET_PORTS[] = { "destination_port", NULL };

static bool
recognise(const struct record *record)
{
	struct json_value j = record->json;

	return json_exists(json_get(j, SV("session_id"))) &&
	       json_exists(json_get(j, SV("source_ip"))) &&
	       json_exists(json_get(j, SV("num_auth_attempts")));
}

static enum coord_err
emit_attempts(struct emit *e, struct json_value attempts, int64_t *last_us)
{
	struct json_iter it = json_each(attempts);
	struct json_value attempt;
	int64_t start = e->base.at_us;

	if (json_type(attempts) != JSON_ARRAY)
		return COORD_OK;
	while (json_next(&it, &attempt)) {
		struct sv user = SV_NONE, password = SV_NONE;

		field_string(attempt, SV("username"), &user);
		if (!field_string(attempt, SV("password"), &password))
			field_string(attempt, SV("password_hash"), &password);
		if (!field_time(e->ctx, attempt, SV("timestamp"), &e->base.at_us) ||
		    e->base.at_us < start)
			e->base.at_us = start;
		if (e->base.at_us > *last_us)
			*last_us = e->base.at_us;
		TRY(emit_credential(e, 0, user, password));
	}
	e->base.at_us = start;
	return COORD_OK;
}

/** Protocol details the client gave ("client_auth_methods": [...]) tell tools apart. */
static enum coord_err
emit_auxiliary(const struct emit *e, struct json_value auxiliary)
{
	struct json_iter it = json_each(auxiliary);
	struct json_value v, element;
	struct sv key;

	if (json_type(auxiliary) != JSON_OBJECT)
		return COORD_OK;
	while (json_next_member(&it, &key, &v)) {
		struct json_iter elements = json_each(v);

		if (json_type(v) != JSON_ARRAY) {
			TRY(emit_item(e, ITEM_EXTRA, 0, key, value_text(e->ctx, v)));
			continue;
		}
		while (json_next(&elements, &element))
			TRY(emit_item(e, ITEM_EXTRA, 0, key, value_text(e->ctx, element)));
	}
	return COORD_OK;
}

static int64_t
duration_of(struct json_value j)
{
	double seconds;

	if (!field_f64(j, SV("duration"), &seconds) || !(seconds >= 0) || seconds > 1e7)
		return -1;
	return emit_us(seconds);
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct emit e = emit_new(ctx, record, FOLD_ROW);
	struct json_value j = record->json;
	int64_t duration = duration_of(j);
	int64_t end;

	TRY(need_time(ctx, j, TIMES, &e.base.at_us));
	TRY(need_addr(ctx, j, SOURCES, &e.base.source));
	TRY(check_port(ctx, j, SOURCE_PORTS, &e.base.source_port));
	TRY(check_port(ctx, j, TARGET_PORTS, &e.base.target_port));
	emit_undo_redirect(&e);
	field_addr(j, SV("destination_ip"), &e.base.destination);
	field_string(j, SV("sensor"), &e.base.sensor);
	e.base.session = field_text(ctx, j, "session_id");
	e.base.protocol = emit_lower(ctx, field_text(ctx, j, "protocol"));
	e.base.transport = TRANSPORT_TCP;
	end = e.base.at_us + (duration < 0 ? 0 : duration);
	TRY(emit_connect(&e));
	TRY(emit_port(&e));
	TRY(emit_attempts(&e, field_get(j, SV("auth_attempts")), &end));
	TRY(emit_auxiliary(&e, field_get(j, SV("auxiliary_data"))));
	if (duration < 0)
		return COORD_OK;
	return emit_close(&e, end, end - e.base.at_us);
}

const struct reader reader_heralding = {
	.name = "heralding",
	.title = "Heralding sessions (JSON)",
	.json = true,
	.recognise = recognise,
	.read = read_record,
};
