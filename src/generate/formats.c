/* formats.c - the table of formats that are written row by row, and what their writers have in common. */
#include "generate/formats.h"

#include <stdio.h>

#define ZEEK_HEAD                                                                                  \
	"#separator "                                                                              \
	"\\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"          \
	"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t" \
	"orig_bytes\tresp_bytes\tconn_state\n"

static const struct format formats[FORMAT_COUNT] = {
	[FORMAT_SESSION_CSV] = { "session_id,start_time,end_time,src_ip,src_port,dst_ip,dst_port,"
				 "protocol,sensor,username,password,command,banner,hassh\n",
	    write_session_csv },
	[FORMAT_DSHIELD_JSON] = { NULL, write_dshield_json },
	[FORMAT_WEBHONEYPOT] = { NULL, write_webhoneypot },
	[FORMAT_FIREWALL] = { NULL, write_firewall },
	[FORMAT_UFW] = { NULL, write_ufw },
	[FORMAT_FIREWALL_CSV] = { "datetime,host,src,dst,proto,spt,dpt,ttl,len\n",
	    write_firewall_csv },
	[FORMAT_ZEEK_JSON] = { NULL, write_zeek_json },
	[FORMAT_ZEEK_TSV] = { ZEEK_HEAD, write_zeek_tsv },
	[FORMAT_SURICATA] = { NULL, write_suricata },
	[FORMAT_ECS] = { NULL, write_ecs },
	[FORMAT_TPOT] = { NULL, write_tpot },
	[FORMAT_HERALDING] = { NULL, write_heralding },
	[FORMAT_ADBHONEY] = { NULL, write_adbhoney },
	[FORMAT_TANNER] = { NULL, write_tanner },
	[FORMAT_DSHIELD_MCP] = { NULL, write_dshield_mcp },
};

const struct format *
format_of(enum generate_format format)
{
	return formats[format].row == NULL ? NULL : &formats[format];
}

void
format_payload(const struct session_row *row, struct buf *text)
{
	for (uint32_t i = 0; i < row->n_items; i++) {
		if (row->items[i].kind != ITEM_COMMAND)
			continue;
		buf_add_str(text, text->len > 0 ? "\n" : "");
		buf_add_sv(text, row->items[i].a);
	}
	for (uint32_t i = 0; i < row->n_items && text->len == 0; i++) {
		if (row->items[i].kind != ITEM_CREDENTIAL)
			continue;
		buf_add_str(text, "login ");
		buf_add_sv(text, row->items[i].a);
		buf_add_char(text, '/');
		buf_add_sv(text, row->items[i].b);
	}
	if (text->len == 0)
		buf_add_str(text, "connect");
}

const struct session_row_item *
format_last(const struct session_row *row, enum session_item_kind kind)
{
	for (uint32_t i = row->n_items; i > 0; i--)
		if (row->items[i - 1].kind == kind)
			return &row->items[i - 1];
	return NULL;
}

void
format_text(struct jsonw *j, const char *key, struct sv text)
{
	if (text.data == NULL)
		return;
	jsonw_key(j, key);
	jsonw_sv(j, text);
}

void
format_addr(struct jsonw *j, const char *key, struct addr a)
{
	char text[ADDR_TEXT_MAX];

	if (addr_is_unknown(a))
		return;
	addr_format(a, text);
	jsonw_key(j, key);
	jsonw_str(j, text);
}

void
format_time(struct jsonw *j, const char *key, int64_t us)
{
	char text[TIME_TEXT_MAX];

	time_format(us, false, text);
	jsonw_key(j, key);
	jsonw_str(j, text);
}

void
format_epoch(struct jsonw *j, const char *key, int64_t us)
{
	char text[40];

	snprintf(text, sizeof(text), "%lld.%06d", (long long)(us / TIME_SECOND),
	    (int)(us % TIME_SECOND));
	jsonw_key(j, key);
	jsonw_raw(j, sv_from(text));
}

uint64_t
format_number(const struct session_row *row)
{
	uint64_t h = hash_content(row->text[TEXT_ID]);

	return hash_mix(h, (uint64_t)row->start_us) >> 16;
}
