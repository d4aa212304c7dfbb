/* text.c - the tables for a terminal, and in Markdown for docs/evaluation.md. */
#include "evaluate/run.h"
#include "evaluate/sheet.h"

void
evaluate_text(const struct evaluation *e, struct buf *out)
{
	struct sheet sheet = sheet_init(out, SHEET_TEXT);

	tables_write(e, &sheet);
	buf_printf(out, "\n%.0f s\n", e->seconds);
}

void
evaluate_markdown(const struct evaluation *e, struct buf *out)
{
	struct sheet sheet = sheet_init(out, SHEET_MARKDOWN);

	tables_write(e, &sheet);
}
