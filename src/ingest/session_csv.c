/* session_csv.c - tables of sessions, one a row, with a header (`session_id,start_time,end_time,duration,src_ip,...`).
 *
 * Columns may come in any order and under the usual names; others are skipped. Log-in counts have no credentials behind
 * them and stay as extra evidence. A row without a time or an address is refused. */
#include "ingest/csv.h"

/* clang-format off */
#define COLUMNS(X)                                                                                 \
	X(ID, "sessionid", "session", "id", "uid")                                                 \
	X(START, "starttime", "start", "timestamp", "firstseen", "time", "datetime", "ts", "startus") \
	X(END, "endtime", "end", "lastseen")                                                       \
	X(DURATION, "duration", "durations", "durationseconds")                                    \
	X(SRC, "srcip", "sourceip", "src", "source", "attackerip", "ip")                           \
	X(SPT, "srcport", "sourceport", "spt", "sport")                                            \
	X(DST, "dstip", "destip", "destinationip", "dst", "destination")                           \
	X(DPT, "dstport", "destport", "destinationport", "targetport", "dpt", "dport", "port")     \
	X(PROTOCOL, "protocol", "proto", "service")                                                \
	X(SENSOR, "sensor", "host", "honeypot", "hostname")                                        \
	X(USER, "username", "user", "login")                                                       \
	X(PASSWORD, "password", "pass")                                                            \
	X(COMMAND, "command", "commands", "input", "cmd")                                          \
	X(URL, "url", "downloadurl")                                                               \
	X(HASH, "shasum", "sha256", "filehash", "hash")                                            \
	X(BANNER, "banner", "clientversion", "version")                                            \
	X(HASSH, "hassh")                                                                          \
	X(AGENT, "useragent")                                                                      \
	X(COUNTRY, "countrycode", "country")                                                       \
	X(AS_ORG, "asorg", "asname")                                                               \
	X(ASN, "asn")                                                                              \
	X(LOGIN_SUCCESS, "loginsuccess")                                                           \
	X(LOGIN_FAILED, "loginfailed")
/* clang-format on */

enum {
#define COLUMN_ENUM(name, ...) COL_##name,
	COLUMNS(COLUMN_ENUM)
#undef COLUMN_ENUM
	    COL_COUNT
};

static const struct csv_field FIELDS[COL_COUNT] = {
#define COLUMN_NAMES(name, ...) { { __VA_ARGS__, NULL } },
	COLUMNS(COLUMN_NAMES)
#undef COLUMN_NAMES
};

static bool
read_header(struct sv line, struct csv_columns *ret)
{
	uint64_t set;
	uint64_t needed = UINT64_C(1) << COL_START | UINT64_C(1) << COL_SRC;
	uint64_t one_of =
	    UINT64_C(1) << COL_ID | UINT64_C(1) << COL_END | UINT64_C(1) << COL_DURATION;

	if (!csv_may_be_header(line) || !csv_header(line, FIELDS, COL_COUNT, ret, &set))
		return false;
	return (set & needed) == needed && (set & one_of) != 0;
}

static bool
recognise(const struct record *record)
{
	struct csv_columns columns;

	return !json_exists(record->json) && read_header(record->line, &columns);
}

static enum coord_err
emit_end(const struct emit *e, const struct csv_row *row)
{
	struct sv end_text = row->value[COL_END];
	struct sv duration_text = row->value[COL_DURATION];
	int64_t end = 0, duration = -1;
	double seconds;

	if (sv_to_f64(duration_text, &seconds) && seconds >= 0 && seconds <= 1e7)
		duration = emit_us(seconds);
	if (end_text.len > 0) {
		TRY(need_time_text(e->ctx, "end_time", row->byte[COL_END], end_text, &end));
		if (end < e->base.at_us)
			return reader_refuse(e->ctx, REFUSED_TIME_INVALID, row->byte[COL_END],
			    "end_time: expected a time not before start_time, got \"%.*s\"",
			    SV_ARG(end_text));
		return emit_close(e, end, duration < 0 ? end - e->base.at_us : duration);
	}
	return duration < 0 ? COORD_OK : emit_close(e, e->base.at_us + duration, duration);
}

/** Counts of log-ins as extra evidence; "0" says nothing. */
static enum coord_err
emit_count(const struct emit *e, const char *key, struct sv value)
{
	if (value.len == 0 || sv_eq(value, SV("0")))
		return COORD_OK;
	return emit_item(e, ITEM_EXTRA, 0, sv_from(key), value);
}

static struct sv
given(struct sv text)
{
	return text.len == 0 ? SV_NONE : text;
}

static enum coord_err
emit_row(const struct emit *e, const struct csv_row *row)
{
	const struct sv *v = row->value;

	TRY(emit_connect(e));
	TRY(emit_port(e));
	TRY(emit_credential(e, 0, given(v[COL_USER]), given(v[COL_PASSWORD])));
	TRY(emit_item(e, ITEM_COMMAND, 0, given(v[COL_COMMAND]), SV_NONE));
	TRY(emit_item(e, ITEM_URL, 0, given(v[COL_URL]), SV_NONE));
	TRY(emit_item(e, ITEM_FILE_HASH, 0, emit_lower(e->ctx, v[COL_HASH]), SV_NONE));
	TRY(emit_text(e, TEXT_BANNER, v[COL_BANNER]));
	TRY(emit_text(e, TEXT_HASSH, v[COL_HASSH]));
	TRY(emit_text(e, TEXT_USER_AGENT, v[COL_AGENT]));
	TRY(emit_text(e, TEXT_COUNTRY, v[COL_COUNTRY]));
	TRY(emit_text(e, TEXT_AS_ORG, v[COL_AS_ORG]));
	TRY(emit_count(e, "login_success", v[COL_LOGIN_SUCCESS]));
	TRY(emit_count(e, "login_failed", v[COL_LOGIN_FAILED]));
	return emit_end(e, row);
}

static enum coord_err
read_row(struct reader_ctx *ctx, const struct record *record, const struct csv_row *row)
{
	struct emit e = emit_new(ctx, record, FOLD_ROW);
	const struct sv *v = row->value;
	const uint64_t *at = row->byte;
	struct sv asn = v[COL_ASN];
	uint64_t number;

	TRY(need_time_text(ctx, "start_time", at[COL_START], v[COL_START], &e.base.at_us));
	TRY(need_addr_text(ctx, "src_ip", at[COL_SRC], v[COL_SRC], &e.base.source));
	if (v[COL_DST].len > 0)
		TRY(need_addr_text(ctx, "dst_ip", at[COL_DST], v[COL_DST], &e.base.destination));
	TRY(check_port_text(ctx, "src_port", at[COL_SPT], v[COL_SPT], &e.base.source_port));
	TRY(check_port_text(ctx, "dst_port", at[COL_DPT], v[COL_DPT], &e.base.target_port));
	emit_undo_redirect(&e);
	e.base.session = v[COL_ID].len > 0 ? v[COL_ID] : emit_line_id(ctx, record->line);
	e.base.sensor = given(v[COL_SENSOR]);
	e.base.protocol = emit_lower(ctx, v[COL_PROTOCOL]);
	e.base.transport = (uint8_t)transport_of(v[COL_PROTOCOL]);
	if (e.base.transport == TRANSPORT_OTHER)
		e.base.transport = TRANSPORT_TCP; /* "ssh", "telnet" */
	if (sv_starts(asn, SV("AS")))
		asn = sv_skip(asn, 2);
	if (sv_to_u64(asn, &number) && number <= UINT32_MAX)
		e.base.asn = (uint32_t)number;
	return emit_row(&e, row);
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct csv_columns *columns = reader_memo(ctx);
	struct csv_columns header;
	struct csv_row row;

	if (sv_trim(record->line).len == 0)
		return reader_ignore(ctx);
	if (read_header(record->line, &header)) {
		*columns = header;
		return reader_ignore(ctx);
	}
	if (!columns->header_seen)
		return reader_refuse(ctx, REFUSED_FIELD_MISSING, 0,
		    "header: expected column names in the first line, got a row");
	TRY(csv_row(ctx, record->line, columns, &row));
	return read_row(ctx, record, &row);
}

const struct reader reader_session_csv = {
	.name = "session-csv",
	.title = "table of sessions (CSV with a header)",
	.json = false,
	.recognise = recognise,
	.read = read_record,
};
