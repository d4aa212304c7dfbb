/* sheet.c - one description of a table, three forms. */
#include "evaluate/sheet.h"

#include <math.h>
#include <stdio.h>

struct sheet
sheet_init(struct buf *out, enum sheet_form form)
{
	return (struct sheet){ .out = out, .form = form, .first = true };
}

void
sheet_escape(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '<')
			buf_add_str(out, "&lt;");
		else if (*text == '>')
			buf_add_str(out, "&gt;");
		else if (*text == '&')
			buf_add_str(out, "&amp;");
		else if (*text == '"')
			buf_add_str(out, "&quot;");
		else
			buf_add_char(out, *text);
	}
}

void
sheet_close(struct sheet *s)
{
	if (s->open)
		buf_add_str(s->out, "</tbody></table></div>\n");
	s->open = false;
}

static void
element(struct sheet *s, const char *name, const char *text)
{
	buf_printf(s->out, "<%s>", name);
	sheet_escape(s->out, text);
	buf_printf(s->out, "</%s>\n", name);
}

void
sheet_title(struct sheet *s, const char *title)
{
	sheet_close(s);
	if (s->form == SHEET_HTML)
		element(s, "h2", title);
	else
		buf_printf(s->out, "\n%s%s\n%s", s->form == SHEET_MARKDOWN ? "### " : "", title,
		    s->form == SHEET_MARKDOWN ? "\n" : "");
}

void
sheet_note(struct sheet *s, const char *text)
{
	sheet_close(s);
	if (s->form == SHEET_HTML)
		element(s, "p", text);
	else
		buf_printf(s->out, "%s%s\n\n", s->form == SHEET_MARKDOWN ? "\n" : "", text);
}

void
sheet_cell(struct sheet *s, const char *text)
{
	if (s->form == SHEET_HTML) {
		buf_add_str(s->out, s->first ? "<tr><th>" : "<td>");
		sheet_escape(s->out, text);
		buf_add_str(s->out, s->first ? "</th>" : "</td>");
	} else if (s->form == SHEET_MARKDOWN) {
		buf_printf(s->out, "%s %s |", s->first ? "|" : "", text);
	} else {
		buf_printf(s->out, s->first ? "%-26s" : " %19s", text);
	}
	s->first = false;
}

void
sheet_end(struct sheet *s)
{
	buf_add_str(s->out, s->form == SHEET_HTML ? "</tr>\n" : "\n");
	s->first = true;
}

void
sheet_head(struct sheet *s, const char *const *heads, unsigned n)
{
	s->first = true;
	if (s->form == SHEET_HTML) {
		sheet_close(s);
		buf_add_str(s->out, "<div><table><tbody>\n");
		s->open = true;
	}
	for (unsigned i = 0; i < n; i++)
		sheet_cell(s, heads[i]);
	sheet_end(s);
	if (s->form != SHEET_MARKDOWN)
		return;
	for (unsigned i = 0; i < n; i++)
		buf_add_str(s->out, i == 0 ? "|---|" : "---:|");
	sheet_end(s);
}

void
sheet_figure(struct sheet *s, const struct figure *f)
{
	char text[64];

	if (f == NULL || isnan(f->value))
		(void)snprintf(text, sizeof(text), "-");
	else if (isnan(f->low))
		(void)snprintf(text, sizeof(text), "%.3f", f->value);
	else
		(void)snprintf(text, sizeof(text), "%.3f [%.2f %.2f]", f->value, f->low, f->high);
	sheet_cell(s, text);
}

void
sheet_number(struct sheet *s, int digits, double value)
{
	char text[64];

	if (isnan(value))
		(void)snprintf(text, sizeof(text), "-");
	else
		(void)snprintf(text, sizeof(text), "%.*f", digits, value);
	sheet_cell(s, text);
}
