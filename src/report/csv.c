/* csv.c - the sources of every tested group, a row each, for spreadsheets and scripts: RFC 4180 with a header, lines
 * ending in CR LF, UTF-8.
 * A spreadsheet takes a cell that begins with = + - @ for a formula, and attackers choose some of this text: such a
 * cell gets an apostrophe in front. Control characters, bidi controls and invalid UTF-8 are written as \x1b, \u{202e}. */
#include "report/document.h"

#include <math.h>

#include "report/clean.h"
#include "report/members.h"

static bool
is_harmless(uint32_t c, bool valid)
{
	if (!valid || c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	return !(c >= 0x200b && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e) &&
	       !(c >= 0x2060 && c <= 0x206f) && c != 0xfeff && c != 0x61c;
}

static void
add_text(struct buf *out, struct sv text)
{
	while (text.len > 0) {
		struct sv before = text;
		bool valid;
		uint32_t c = clean_next(&text, &valid);

		if (c == '"')
			buf_add(out, "\"\"", 2);
		else if (is_harmless(c, valid))
			buf_add(out, before.data, before.len - text.len);
		else
			buf_printf(out, valid && c >= 0x80 ? "\\u{%x}" : "\\x%02x", c);
	}
}

/* A cell of text that is not ours; `text` is its beginning. */
static void
open_cell(struct buf *out, struct sv text)
{
	struct sv trimmed = sv_trim(text);

	buf_add(out, ",\"", 2);
	if (trimmed.len > 0 && sv_find_char(SV("=+-@|%"), trimmed.data[0]) != SIZE_MAX)
		buf_add_char(out, '\'');
}

static void
add_cell(struct buf *out, struct sv text)
{
	open_cell(out, text);
	add_text(out, text);
	buf_add_char(out, '"');
}

static void
add_number(struct buf *out, double value)
{
	struct jsonw w = jsonw_init(out, false);

	buf_add_char(out, ',');
	if (isfinite(value))
		jsonw_prob(&w, value);
}

static void
add_time(struct buf *out, int64_t us)
{
	char text[TIME_TEXT_MAX];

	time_format(us, false, text);
	buf_add_char(out, ',');
	buf_add_str(out, text);
}

static void
add_sensors(struct buf *out, const struct session_table *table, const struct detect_campaign *c,
    const struct member *m)
{
	for (uint32_t i = 0; i < m->n_sensors; i++) {
		struct sv name = session_string(table, c->sensors[m->sensors[i]]);

		if (i == 0)
			open_cell(out, name);
		else
			buf_add(out, "; ", 2);
		add_text(out, name);
	}
	buf_add_str(out, m->n_sensors == 0 ? "," : "\"");
}

static void
add_services(struct buf *out, uint32_t services)
{
	bool first = true;

	buf_add(out, ",\"", 2);
	for (unsigned s = 0; s < SERVICE_COUNT; s++) {
		if ((services >> s & 1) == 0)
			continue;
		buf_add_str(out, first ? "" : "; ");
		buf_add_str(out, session_service_name((enum session_service)s));
		first = false;
	}
	buf_add_char(out, '"');
}

static void
add_row(struct buf *out, const struct session_table *table, const struct detect_campaign *c,
    const struct member *m)
{
	char source[ADDR_TEXT_MAX];

	(void)addr_format(m->source, source);
	buf_printf(out, "%s,%s,%s", c->id, c->key, detect_verdict_name(c->verdict));
	add_number(out, c->confidence);
	add_number(out, c->low);
	add_number(out, c->high);
	buf_printf(out, ",%s,%u", source, m->sessions);
	add_time(out, m->first_us);
	add_time(out, m->last_us);
	add_sensors(out, table, c, m);
	add_services(out, m->services);
	if (m->asn > 0)
		buf_printf(out, ",%u", m->asn);
	else
		buf_add_char(out, ',');
	add_cell(out, session_string(table, m->country));
	add_cell(out, sv_from(c->explanation));
	add_cell(out, sv_from(c->fleet));
	buf_add(out, "\r\n", 2);
}

enum coord_err
report_csv(const struct report_input *in, struct buf *out, struct coord_error *err)
{
	CLEANUP(arena_release) struct arena *arena = arena_new(0);
	struct arena_mark mark;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "report: no memory");
	mark = arena_mark(arena);
	buf_add_str(out, "campaign,campaign_key,verdict,confidence,confidence_low,confidence_high,"
			 "source,sessions,first_seen,last_seen,sensors,services,asn,country,"
			 "explanation,fleet\r\n");
	for (uint32_t i = 0; i < in->result->n_campaigns; i++) {
		const struct detect_campaign *c = &in->result->campaigns[i];
		const struct member *members = members_of(in->table, c, arena);

		if (members == NULL)
			return error_set(
			    err, COORD_ENOMEM, "report: no memory for %u sources", c->n_sources);
		for (uint32_t m = 0; m < c->n_sources; m++)
			add_row(out, in->table, c, &members[m]);
		arena_rewind(arena, mark);
	}
	return document_done(out, err);
}
