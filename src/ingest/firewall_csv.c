/* firewall_csv.c - tables of packets that hit a firewall or a honeypot: one packet a row, a header with the columns in
 * any order and under the usual names (`datetime,host,src,proto,type,spt,dpt` of the MARX set is one of them).
 *
 * Addresses may be dotted, IPv6, or IPv4 as a decimal 32-bit number. Ports may be empty (ICMP). */
#include "ingest/csv.h"
#include "ingest/packet.h"

/* clang-format off */
#define COLUMNS(X)                                                                                 \
	X(TIME, "datetime", "timestamp", "@timestamp", "ts", "start", "eventtime", "time")         \
	X(DATE, "date", "day")                                                                     \
	X(HOST, "host", "sensor", "honeypot", "hostname", "device", "collector", "sensorname")     \
	X(SRC, "src", "srcip", "source", "sourceip", "sip", "srcaddr", "sourceaddress", "attackerip", "remoteip") \
	X(DST, "dst", "dstip", "dest", "destip", "destination", "destinationip", "dip", "dstaddr") \
	X(PROTO, "proto", "protocol", "transport", "ipproto")                                      \
	X(TYPE, "type", "icmptype")                                                                \
	X(SPT, "spt", "sport", "srcport", "sourceport")                                            \
	X(DPT, "dpt", "dport", "dstport", "destport", "destinationport", "targetport", "port")     \
	X(TTL, "ttl")                                                                              \
	X(WINDOW, "window", "win", "tcpwindow")                                                    \
	X(ID, "ipid", "id")                                                                        \
	X(LEN, "len", "length", "packetlength", "iplen")                                           \
	X(SRCSTR, "srcstr")                                                                        \
	X(SESSION, "sessionid", "session") /* these two mean that the rows are sessions, not packets */ \
	X(END, "endtime", "end")
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
has(uint64_t set, unsigned column)
{
	return (set >> column & 1) != 0;
}

static bool
read_header(struct sv line, struct csv_columns *ret)
{
	uint64_t set;

	if (!csv_may_be_header(line) || !csv_header(line, FIELDS, COL_COUNT, ret, &set))
		return false;
	return !has(set, COL_SESSION) && !has(set, COL_END) &&
	       (has(set, COL_TIME) || has(set, COL_DATE)) &&
	       (has(set, COL_SRC) || has(set, COL_SRCSTR)) && has(set, COL_DPT) &&
	       has(set, COL_PROTO);
}

static bool
recognise(const struct record *record)
{
	struct csv_columns columns;

	return !json_exists(record->json) && read_header(record->line, &columns);
}

static enum coord_err
read_time(struct reader_ctx *ctx, const struct csv_row *row, int64_t *ret)
{
	struct sv date = row->value[COL_DATE];
	struct sv time = row->value[COL_TIME];

	if (date.len > 0 && time.len > 0)
		time = emit_format(ctx, "%.*s %.*s", SV_ARG(date), SV_ARG(time));
	else if (date.len > 0)
		time = date;
	return need_time_text(
	    ctx, "datetime", row->byte[date.len > 0 ? COL_DATE : COL_TIME], time, ret);
}

static enum coord_err
read_addr(struct reader_ctx *ctx, const char *name, uint64_t byte, struct sv text, struct addr *ret)
{
	uint64_t number;

	if (!sv_to_u64(text, &number))
		return need_addr_text(ctx, name, byte, text, ret);
	if (number == 0 || number > UINT32_MAX)
		return reader_refuse(ctx, REFUSED_FIELD_INVALID, byte,
		    "%s: expected an address, got \"%.*s\"", name, SV_ARG(sv_first(text, 48)));
	*ret = addr_from_v4((uint32_t)number);
	return COORD_OK;
}

static enum coord_err
read_source(struct reader_ctx *ctx, const struct csv_row *row, struct addr *ret)
{
	unsigned column = row->value[COL_SRC].len > 0 || row->value[COL_SRCSTR].data == NULL
			      ? COL_SRC
			      : COL_SRCSTR;

	return read_addr(ctx, "src", row->byte[column], row->value[column], ret);
}

static enum coord_err
read_port(struct reader_ctx *ctx, const struct csv_row *row, unsigned column, const char *name,
    int32_t *ret)
{
	uint16_t port = 0;

	if (row->value[column].len == 0)
		return COORD_OK;
	TRY(check_port_text(ctx, name, row->byte[column], row->value[column], &port));
	*ret = port;
	return COORD_OK;
}

static int32_t
number_of(struct sv text, uint64_t most)
{
	uint64_t value;

	return sv_to_u64(text, &value) && value <= most ? (int32_t)value : PACKET_UNKNOWN;
}

static enum coord_err
read_row(struct reader_ctx *ctx, const struct record *record, const struct csv_row *row)
{
	struct packet p = PACKET_INIT;
	const struct sv *v = row->value;

	TRY(read_time(ctx, row, &p.at_us));
	TRY(read_source(ctx, row, &p.source));
	if (v[COL_DST].len > 0)
		TRY(read_addr(ctx, "dst", row->byte[COL_DST], v[COL_DST], &p.destination));
	TRY(read_port(ctx, row, COL_SPT, "spt", &p.source_port));
	TRY(read_port(ctx, row, COL_DPT, "dpt", &p.target_port));
	p.sensor = v[COL_HOST];
	p.protocol = v[COL_PROTO];
	p.icmp_type = number_of(v[COL_TYPE], UINT8_MAX);
	p.ttl = number_of(v[COL_TTL], UINT8_MAX);
	p.window = number_of(v[COL_WINDOW], UINT16_MAX);
	p.ip_id = number_of(v[COL_ID], UINT16_MAX);
	p.length = number_of(v[COL_LEN], UINT16_MAX);
	return packet_emit(ctx, record, &p);
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct csv_columns *columns = reader_memo(ctx);
	struct csv_columns header;
	struct csv_row row;

	_Static_assert(sizeof(struct csv_columns) <= READER_MEMO, "the map fits the memo");
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

const struct reader reader_firewall_csv = {
	.name = "firewall-csv",
	.title = "table of packets (CSV with a header)",
	.json = false,
	.recognise = recognise,
	.read = read_record,
};
