/* formats_records.c - formats with one or two JSON objects a session. */
#include "generate/formats.h"

#include <stdio.h>

static void
add_ends(struct jsonw *j, const struct session_row *row, const char *const names[4])
{
	format_addr(j, names[0], row->source);
	jsonw_key(j, names[1]);
	jsonw_u64(j, row->source_port);
	format_addr(j, names[2], row->destination);
	jsonw_key(j, names[3]);
	jsonw_u64(j, row->target_port);
}

/* The submission of a log-in: the last credential and command. */
void
write_dshield_json(const struct session_row *row, struct buf *out)
{
	const struct session_row_item *login = format_last(row, ITEM_CREDENTIAL);
	const struct session_row_item *command = format_last(row, ITEM_COMMAND);
	struct jsonw j = jsonw_init(out, false);

	jsonw_object(&j);
	jsonw_key(&j, "type");
	jsonw_str(&j, row->service == SERVICE_TELNET ? "telnetlogin" : "cowrie");
	jsonw_key(&j, "logs");
	jsonw_array(&j);
	jsonw_object(&j);
	format_epoch(&j, "timestamp", row->start_us);
	format_addr(&j, "source_ip", row->source);
	format_addr(&j, "dip", row->destination);
	format_text(&j, "sensor", row->text[TEXT_SENSOR]);
	jsonw_key(&j, "user");
	jsonw_sv(&j, login == NULL ? SV("") : login->a);
	jsonw_key(&j, "password");
	jsonw_sv(&j, login == NULL ? SV("") : login->b);
	jsonw_key(&j, "lastcommand");
	jsonw_sv(&j, command == NULL ? SV("") : command->a);
	format_text(&j, "banner", row->text[TEXT_BANNER]);
	format_text(&j, "hassh", row->text[TEXT_HASSH]);
	jsonw_end(&j);
	jsonw_end(&j);
	jsonw_end(&j);
	buf_add_char(out, '\n');
}

void
write_dshield_mcp(const struct session_row *row, struct buf *out)
{
	static const char *const ends[] = { "source_ip", "source_port", "destination_ip",
		"destination_port" };
	struct buf text = BUF_INIT(RENDER_TEXT_MOST);
	struct jsonw j = jsonw_init(out, false);

	format_payload(row, &text);
	jsonw_object(&j);
	format_text(&j, "id", row->text[TEXT_ID]);
	format_time(&j, "timestamp", row->start_us);
	add_ends(&j, row, ends);
	format_text(&j, "protocol", row->text[TEXT_PROTOCOL]);
	jsonw_key(&j, "event_type");
	jsonw_str(&j, "attack");
	jsonw_key(&j, "severity");
	jsonw_str(&j, "medium");
	jsonw_key(&j, "category");
	jsonw_str(&j, "honeypot");
	jsonw_key(&j, "description");
	jsonw_sv(&j, sv_first(buf_sv(&text), 10000));
	jsonw_end(&j);
	buf_add_char(out, '\n');
	buf_clear(&text);
}

void
write_heralding(const struct session_row *row, struct buf *out)
{
	static const char *const ends[] = { "source_ip", "source_port", "destination_ip",
		"destination_port" };
	struct jsonw j = jsonw_init(out, false);
	uint64_t attempts = 0;

	jsonw_object(&j);
	format_time(&j, "timestamp", row->start_us);
	jsonw_key(&j, "duration");
	jsonw_i64(&j, (row->end_us - row->start_us) / TIME_SECOND);
	format_text(&j, "session_id", row->text[TEXT_ID]);
	format_text(&j, "sensor", row->text[TEXT_SENSOR]);
	add_ends(&j, row, ends);
	format_text(&j, "protocol", row->text[TEXT_PROTOCOL]);
	jsonw_key(&j, "auth_attempts");
	jsonw_array(&j);
	for (uint32_t i = 0; i < row->n_items; i++) {
		const struct session_row_item *item = &row->items[i];

		if (item->kind != ITEM_CREDENTIAL)
			continue;
		jsonw_object(&j);
		format_time(&j, "timestamp", row->start_us + (int64_t)item->offset_ms * 1000);
		format_text(&j, "username", item->a);
		format_text(&j, "password", item->b);
		jsonw_end(&j);
		attempts++;
	}
	jsonw_end(&j);
	jsonw_key(&j, "num_auth_attempts");
	jsonw_u64(&j, attempts);
	jsonw_end(&j);
	buf_add_char(out, '\n');
}

static void
begin_eve(struct jsonw *j, const struct session_row *row, const char *type)
{
	static const char *const ends[] = { "src_ip", "src_port", "dest_ip", "dest_port" };

	jsonw_object(j);
	format_time(j, "timestamp", row->start_us);
	jsonw_key(j, "flow_id");
	jsonw_u64(j, format_number(row));
	jsonw_key(j, "event_type");
	jsonw_str(j, type);
	add_ends(j, row, ends);
	jsonw_key(j, "proto");
	jsonw_str(j, row->transport == TRANSPORT_UDP ? "UDP" : "TCP");
	jsonw_key(j, "app_proto");
	jsonw_sv(
	    j, row->text[TEXT_PROTOCOL].data == NULL ? SV("failed") : row->text[TEXT_PROTOCOL]);
}

static void
write_eve_ssh(const struct session_row *row, struct buf *out)
{
	struct jsonw j = jsonw_init(out, false);

	begin_eve(&j, row, "ssh");
	jsonw_key(&j, "ssh");
	jsonw_object(&j);
	jsonw_key(&j, "client");
	jsonw_object(&j);
	format_text(&j, "software_version", row->text[TEXT_BANNER]);
	jsonw_key(&j, "hassh");
	jsonw_object(&j);
	format_text(&j, "hash", row->text[TEXT_HASSH]);
	jsonw_end(&j);
	jsonw_end(&j);
	jsonw_end(&j);
	jsonw_end(&j);
	buf_add_char(out, '\n');
}

void
write_suricata(const struct session_row *row, struct buf *out)
{
	struct jsonw j = jsonw_init(out, false);

	begin_eve(&j, row, "flow");
	jsonw_key(&j, "flow");
	jsonw_object(&j);
	format_time(&j, "start", row->start_us);
	format_time(&j, "end", row->end_us);
	jsonw_key(&j, "bytes_toserver");
	jsonw_u64(&j, row->bytes_in);
	jsonw_key(&j, "bytes_toclient");
	jsonw_u64(&j, row->bytes_out);
	jsonw_end(&j);
	jsonw_end(&j);
	buf_add_char(out, '\n');
	if (row->text[TEXT_BANNER].data != NULL)
		write_eve_ssh(row, out);
}

static void
begin_zeek(struct jsonw *j, const struct session_row *row, const char *path)
{
	static const char *const ends[] = { "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p" };
	char uid[24];

	snprintf(uid, sizeof(uid), "C%llx", (unsigned long long)format_number(row));
	jsonw_object(j);
	jsonw_key(j, "_path");
	jsonw_str(j, path);
	format_epoch(j, "ts", row->start_us);
	jsonw_key(j, "uid");
	jsonw_str(j, uid);
	add_ends(j, row, ends);
}

void
write_zeek_json(const struct session_row *row, struct buf *out)
{
	struct jsonw j = jsonw_init(out, false);

	begin_zeek(&j, row, "conn");
	jsonw_key(&j, "proto");
	jsonw_str(&j, row->transport == TRANSPORT_UDP ? "udp" : "tcp");
	if (row->service == SERVICE_SSH)
		format_text(&j, "service", SV("ssh"));
	format_epoch(&j, "duration", row->end_us - row->start_us);
	jsonw_key(&j, "orig_bytes");
	jsonw_u64(&j, row->bytes_in);
	jsonw_key(&j, "resp_bytes");
	jsonw_u64(&j, row->bytes_out);
	jsonw_end(&j);
	buf_add_char(out, '\n');
	if (row->text[TEXT_BANNER].data == NULL)
		return;
	j = jsonw_init(out, false);
	begin_zeek(&j, row, "ssh");
	format_text(&j, "client", row->text[TEXT_BANNER]);
	format_text(&j, "hassh", row->text[TEXT_HASSH]);
	jsonw_end(&j);
	buf_add_char(out, '\n');
}
