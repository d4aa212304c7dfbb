/* zeek.c - rows of Zeek's conn, http and ssh logs as events (input-formats.md section 5).
 *
 * The uid names the connection: http and ssh rows of one uid are details of its conn row, so only the conn row opens and
 * closes the session. A conn row without a service is a connection in which no dialogue was seen. */
#include "ingest/zeek.h"

static const char *const NAMES[ZEEK_FIELD_COUNT] = {
#define ZEEK_FIELD_NAME(name, text) text,
	ZEEK_FIELDS(ZEEK_FIELD_NAME)
#undef ZEEK_FIELD_NAME
};

const char *
zeek_field_name(enum zeek_field field)
{
	return NAMES[field];
}

static bool
has(uint64_t set, enum zeek_field field)
{
	return (set >> field & 1) != 0;
}

enum zeek_log
zeek_log_of(struct sv path, uint64_t set)
{
	if (sv_ends(path, SV(".log")))
		path.len -= 4;
	if (path.len > 0) {
		if (sv_eq(path, SV("conn")))
			return ZEEK_CONN;
		if (sv_eq(path, SV("http")))
			return ZEEK_HTTP;
		return sv_eq(path, SV("ssh")) ? ZEEK_SSH : ZEEK_OTHER;
	}
	if (has(set, ZEEK_NOTE) || has(set, ZEEK_ANALYZER) || !has(set, ZEEK_UID))
		return ZEEK_OTHER;
	if (has(set, ZEEK_CONN_STATE) || has(set, ZEEK_HISTORY))
		return ZEEK_CONN;
	if (has(set, ZEEK_TRANS_DEPTH) || (has(set, ZEEK_METHOD) && has(set, ZEEK_URI)))
		return ZEEK_HTTP;
	if (has(set, ZEEK_AUTH_ATTEMPTS) || has(set, ZEEK_HASSH) ||
	    (has(set, ZEEK_CLIENT) && has(set, ZEEK_SERVER)))
		return ZEEK_SSH;
	return ZEEK_OTHER;
}

static uint64_t
count_of(struct sv text)
{
	uint64_t value;

	return sv_to_u64(text, &value) ? value : 0;
}

/** "ssl,-http": the first analyzer that was not removed again. */
static struct sv
service_of(struct sv list)
{
	while (list.data != NULL) {
		struct sv name = sv_trim(sv_cut(&list, ','));

		if (name.len > 0 && name.data[0] != '-')
			return name;
	}
	return SV_NONE;
}

static int64_t
duration_of(struct sv text)
{
	double seconds;

	if (!sv_to_f64(text, &seconds) || !(seconds >= 0) || seconds > 1e8)
		return -1;
	return emit_us(seconds);
}

/** ICMP rows have type and code in the place of ports. */
static enum coord_err
emit_icmp(struct emit *e)
{
	uint16_t type = e->base.source_port;

	e->base.source_port = 0;
	e->base.target_port = 0;
	TRY(emit_connect(e));
	return emit_item(e, ITEM_PORT, 0, emit_format(e->ctx, "icmp/%u", (unsigned)type), SV_NONE);
}

static enum coord_err
emit_conn(struct emit *e, const struct zeek_row *row)
{
	struct sv service = service_of(row->value[ZEEK_SERVICE]);
	int64_t duration = duration_of(row->value[ZEEK_DURATION]);

	e->base.transport = (uint8_t)transport_of(row->value[ZEEK_PROTO]);
	e->base.connection_only = service.len == 0;
	e->base.protocol = service.len > 0 ? emit_lower(e->ctx, service)
					   : transport_token(e->ctx, row->value[ZEEK_PROTO]);
	e->base.bytes_in = count_of(row->value[ZEEK_ORIG_BYTES]);
	e->base.bytes_out = count_of(row->value[ZEEK_RESP_BYTES]);
	if (e->base.transport == TRANSPORT_ICMP) {
		TRY(emit_icmp(e));
	} else {
		TRY(emit_connect(e));
		TRY(emit_port(e));
	}
	e->base.bytes_in = 0;
	e->base.bytes_out = 0;
	if (duration < 0)
		return COORD_OK;
	return emit_close(e, e->base.at_us + duration, duration);
}

static enum coord_err
emit_http(struct emit *e, const struct zeek_row *row)
{
	struct http_request r = { .method = row->value[ZEEK_METHOD],
		.target = row->value[ZEEK_URI],
		.host = row->value[ZEEK_HOST],
		.user_agent = row->value[ZEEK_USER_AGENT] };

	e->base.protocol = SV("http");
	e->base.transport = TRANSPORT_TCP;
	TRY(emit_touch(e));
	TRY(emit_port(e));
	TRY(http_emit(e, &r));
	return emit_credential(e, 0, row->value[ZEEK_USERNAME], row->value[ZEEK_PASSWORD]);
}

static enum coord_err
emit_ssh(struct emit *e, const struct zeek_row *row)
{
	e->base.protocol = SV("ssh");
	e->base.transport = TRANSPORT_TCP;
	TRY(emit_touch(e));
	TRY(emit_port(e));
	TRY(emit_text(e, TEXT_BANNER, row->value[ZEEK_CLIENT]));
	return emit_text(e, TEXT_HASSH, row->value[ZEEK_HASSH]);
}

enum coord_err
zeek_emit(struct reader_ctx *ctx, const struct record *record, enum zeek_log log,
    const struct zeek_row *row)
{
	struct emit e = emit_new(ctx, record, FOLD_SESSION);
	const struct sv *v = row->value;
	const uint64_t *at = row->byte;

	if (log == ZEEK_OTHER)
		return reader_ignore(ctx);
	TRY(need_time_text(ctx, "ts", at[ZEEK_TS], v[ZEEK_TS], &e.base.at_us));
	TRY(need_addr_text(ctx, "id.orig_h", at[ZEEK_ORIG_H], v[ZEEK_ORIG_H], &e.base.source));
	if (v[ZEEK_RESP_H].len > 0)
		TRY(need_addr_text(
		    ctx, "id.resp_h", at[ZEEK_RESP_H], v[ZEEK_RESP_H], &e.base.destination));
	TRY(check_port_text(
	    ctx, "id.orig_p", at[ZEEK_ORIG_P], v[ZEEK_ORIG_P], &e.base.source_port));
	TRY(check_port_text(
	    ctx, "id.resp_p", at[ZEEK_RESP_P], v[ZEEK_RESP_P], &e.base.target_port));
	if (v[ZEEK_UID].len == 0)
		return reader_refuse(ctx, REFUSED_FIELD_MISSING, at[ZEEK_UID],
		    "uid: expected a connection id, got nothing");
	e.base.session = v[ZEEK_UID];
	e.base.sensor = row->sensor;
	if (log == ZEEK_CONN)
		return emit_conn(&e, row);
	return log == ZEEK_HTTP ? emit_http(&e, row) : emit_ssh(&e, row);
}
