/* formats_tables.c - formats of lines and columns: tables, firewall logs, Zeek's conn.log. A firewall sees one packet of
 * a connection and nothing of what is said in it. */
#include "generate/formats.h"

static void
add_cell(struct buf *out, struct sv text)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		/* cells have no line breaks (docs/formats.md) */
		char c = text.data[i] == '\n' || text.data[i] == '\r' ? ' ' : text.data[i];

		if (c == '"')
			buf_add_char(out, '"');
		buf_add_char(out, c);
	}
	buf_add_char(out, '"');
}

static void
add_address(struct buf *out, struct addr a)
{
	char text[ADDR_TEXT_MAX];

	if (addr_is_unknown(a))
		return;
	addr_format(a, text);
	buf_add_str(out, text);
}

static void
add_time(struct buf *out, int64_t us)
{
	char text[TIME_TEXT_MAX];

	time_format(us, false, text);
	buf_add_str(out, text);
}

static const char *
protocol_of(const struct session_row *row)
{
	return row->transport == TRANSPORT_UDP    ? "UDP"
	       : row->transport == TRANSPORT_ICMP ? "ICMP"
						  : "TCP";
}

void
write_session_csv(const struct session_row *row, struct buf *out)
{
	const struct session_row_item *login = format_last(row, ITEM_CREDENTIAL);
	const struct session_row_item *command = format_last(row, ITEM_COMMAND);

	add_cell(out, row->text[TEXT_ID]);
	buf_add_char(out, ',');
	add_time(out, row->start_us);
	buf_add_char(out, ',');
	add_time(out, row->end_us);
	buf_add_char(out, ',');
	add_address(out, row->source);
	buf_printf(out, ",%u,", row->source_port);
	add_address(out, row->destination);
	buf_printf(out, ",%u,", row->target_port);
	add_cell(out, row->text[TEXT_PROTOCOL]);
	buf_add_char(out, ',');
	add_cell(out, row->text[TEXT_SENSOR]);
	buf_add_char(out, ',');
	add_cell(out, login == NULL ? SV_NONE : login->a);
	buf_add_char(out, ',');
	add_cell(out, login == NULL ? SV_NONE : login->b);
	buf_add_char(out, ',');
	add_cell(out, command == NULL ? SV_NONE : command->a);
	buf_add_char(out, ',');
	add_cell(out, row->text[TEXT_BANNER]);
	buf_add_char(out, ',');
	add_cell(out, row->text[TEXT_HASSH]);
	buf_add_char(out, '\n');
}

static void
add_packet(const struct session_row *row, struct buf *out)
{
	buf_add_str(out, "IN=eth0 OUT= MAC= SRC=");
	add_address(out, row->source);
	buf_add_str(out, " DST=");
	add_address(
	    out, addr_is_unknown(row->destination) ? addr_from_v4(0xc0000201u) : row->destination);
	buf_printf(out,
	    " LEN=60 TOS=0x00 PREC=0x00 TTL=52 ID=%u DF PROTO=%s SPT=%u DPT=%u WINDOW=64240 "
	    "RES=0x00 SYN URGP=0\n",
	    (unsigned)(format_number(row) & 0xffff), protocol_of(row), row->source_port,
	    row->target_port);
}

/* A host name without blanks. */
static void
add_host(const struct session_row *row, struct buf *out)
{
	struct sv name = row->text[TEXT_SENSOR];

	if (name.len == 0)
		name = SV("pot");
	for (size_t i = 0; i < name.len; i++)
		buf_add_char(out, (unsigned char)name.data[i] <= ' ' ? '-' : name.data[i]);
}

void
write_firewall(const struct session_row *row, struct buf *out)
{
	buf_printf(out, "%lld ", (long long)(row->start_us / TIME_SECOND));
	add_host(row, out);
	buf_add_str(out, " kernel:[48469.251880]  DSHIELDINPUT ");
	add_packet(row, out);
}

void
write_ufw(const struct session_row *row, struct buf *out)
{
	add_time(out, row->start_us);
	buf_add_char(out, ' ');
	add_host(row, out);
	buf_add_str(out, " kernel: [48469.251880] [UFW BLOCK] ");
	add_packet(row, out);
}

void
write_firewall_csv(const struct session_row *row, struct buf *out)
{
	add_time(out, row->start_us);
	buf_add_char(out, ',');
	add_cell(out, row->text[TEXT_SENSOR]);
	buf_add_char(out, ',');
	add_address(out, row->source);
	buf_add_char(out, ',');
	add_address(out, row->destination);
	buf_printf(out, ",%s,%u,%u,52,60\n", protocol_of(row), row->source_port, row->target_port);
}

void
write_zeek_tsv(const struct session_row *row, struct buf *out)
{
	int64_t us = row->start_us, lasts = row->end_us - row->start_us;

	buf_printf(out, "%lld.%06d\tC%llx\t", (long long)(us / TIME_SECOND),
	    (int)(us % TIME_SECOND), (unsigned long long)format_number(row));
	add_address(out, row->source);
	buf_printf(out, "\t%u\t", row->source_port);
	add_address(
	    out, addr_is_unknown(row->destination) ? addr_from_v4(0xc0000201u) : row->destination);
	buf_printf(out, "\t%u\t%s\t%s\t%lld.%06d\t%llu\t%llu\tSF\n", row->target_port,
	    row->transport == TRANSPORT_UDP ? "udp" : "tcp",
	    row->service == SERVICE_SSH ? "ssh" : "-", (long long)(lasts / TIME_SECOND),
	    (int)(lasts % TIME_SECOND), (unsigned long long)row->bytes_in,
	    (unsigned long long)row->bytes_out);
}
