/* pen.c - the two text formats, Prometheus 0.0.4 and OpenMetrics 1.0, piece by piece. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "metrics/family.h"

/** HELP escapes the backslash and the line end, a label's value the quote too. */
static void
add_escaped(struct buf *out, struct sv text, bool quotes)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '\n') {
			buf_add_str(out, "\\n");
			continue;
		}
		if (c == '\\' || (c == '"' && quotes))
			buf_add_char(out, '\\');
		buf_add_char(out, c);
	}
}

/** OpenMetrics names the unit that a name ends with. */
static void
add_unit(struct buf *out, struct sv name)
{
	static const char *const units[] = { "seconds", "bytes", "ratio" };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (sv_ends(name, sv_from(units[i])))
			buf_printf(out, "# UNIT %.*s %s\n", SV_ARG(name), units[i]);
}

void
pen_head(struct buf *out, bool openmetrics, struct sv name, const char *type, struct sv help)
{
	struct sv total = SV("_total");

	if (openmetrics && sv_ends(name, total))
		name.len -= total.len;
	if (openmetrics) {
		buf_printf(out, "# TYPE %.*s %s\n", SV_ARG(name), type);
		add_unit(out, name);
	}
	buf_printf(out, "# HELP %.*s ", SV_ARG(name));
	add_escaped(out, help, openmetrics);
	buf_add_char(out, '\n');
	if (!openmetrics)
		buf_printf(out, "# TYPE %.*s %s\n", SV_ARG(name), type);
}

void
pen_number(struct buf *out, double value)
{
	char text[40];

	if (isnan(value)) {
		buf_add_str(out, "NaN");
	} else if (isinf(value)) {
		buf_add_str(out, value > 0 ? "+Inf" : "-Inf");
	} else if (value == trunc(value) && fabs(value) < 1e15) {
		buf_printf(out, "%" PRId64, (int64_t)value);
	} else {
		double again = 0;

		(void)snprintf(text, sizeof(text), "%.15g", value);
		if (!sv_to_f64(sv_from(text), &again) || again != value)
			(void)snprintf(text, sizeof(text), "%.17g", value);
		buf_add_str(out, text);
	}
}

void
pen_label(struct buf *out, bool first, struct sv name, struct sv value)
{
	buf_add_char(out, first ? '{' : ',');
	buf_add_sv(out, name);
	buf_add_str(out, "=\"");
	add_escaped(out, value, true);
	buf_add_char(out, '"');
}
