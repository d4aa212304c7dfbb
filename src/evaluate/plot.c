/* plot.c - coordinates: the square is 240 by 240 with room for axis texts; y grows upwards. Colours come from the page's
 * style by class, so that dark pages work. */
#include "evaluate/plot.h"

#include <math.h>

#include "evaluate/sheet.h"

enum { LEFT = 44, TOP = 26, SIZE = 240 };

static double
at_x(double x)
{
	return LEFT + SIZE * fmin(1, fmax(0, x));
}

static double
at_y(double y)
{
	return TOP + SIZE * (1 - fmin(1, fmax(0, y)));
}

static void
text_at(struct buf *out, double x, double y, const char *class, const char *text)
{
	buf_printf(out, "<text x=\"%.0f\" y=\"%.0f\" class=\"%s\">", x, y, class);
	sheet_escape(out, text);
	buf_add_str(out, "</text>");
}

void
plot_open(struct buf *out, const char *title, const char *x, const char *y)
{
	static const char *const ticks[] = { "0", "0.25", "0.5", "0.75", "1" };

	buf_add_str(out, "<figure><svg viewBox=\"0 0 300 330\" role=\"img\" aria-label=\"");
	sheet_escape(out, title);
	buf_printf(out, "\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"frame\"/>",
	    LEFT, TOP, SIZE, SIZE);
	text_at(out, LEFT, 14, "title", title);
	for (unsigned i = 0; i < 5; i++) {
		text_at(out, at_x(i / 4.0), TOP + SIZE + 14, "tick", ticks[i]);
		text_at(out, LEFT - 5, at_y(i / 4.0) + 4, "tick left", ticks[i]);
	}
	text_at(out, at_x(0.5), TOP + SIZE + 30, "axis", x);
	buf_printf(out, "<g transform=\"rotate(-90 12 %.0f)\">", at_y(0.5));
	text_at(out, 12, at_y(0.5), "axis", y);
	buf_add_str(out, "</g>");
}

void
plot_line(struct buf *out, const double *x, const double *y, size_t n, unsigned series)
{
	buf_printf(out, "<polyline class=\"s%u\" points=\"", series);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%.1f,%.1f ", at_x(x[i]), at_y(y[i]));
	buf_add_str(out, "\"/>");
}

void
plot_point(struct buf *out, double x, double y, double low, double high, unsigned series)
{
	buf_printf(out, "<line class=\"s%u\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
	    series, at_x(x), at_x(x), at_y(low), at_y(high));
	buf_printf(out, "<circle class=\"f%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", series, at_x(x),
	    at_y(y));
}

void
plot_bar(struct buf *out, double from, double to, double height)
{
	buf_printf(out, "<rect class=\"f0\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
	    at_x(from) + 0.5, at_y(height), fmax(0, at_x(to) - at_x(from) - 1),
	    at_y(0) - at_y(height));
}

void
plot_diagonal(struct buf *out)
{
	buf_printf(out, "<line class=\"guide\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
	    at_x(0), at_y(0), at_x(1), at_y(1));
}

void
plot_level(struct buf *out, double y)
{
	buf_printf(out, "<line class=\"guide\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
	    at_x(0), at_y(y), at_x(1), at_y(y));
}

void
plot_legend(struct buf *out, unsigned series, const char *text)
{
	unsigned row = series / 2, column = series % 2;
	double y = TOP + SIZE + 44 + 11.0 * row, x = LEFT + 125.0 * column;

	buf_printf(
	    out, "<circle class=\"f%u\" cx=\"%.0f\" cy=\"%.0f\" r=\"4\"/>", series, x, y - 4);
	text_at(out, x + 8, y, "legend", text);
}

void
plot_close(struct buf *out)
{
	buf_add_str(out, "</svg></figure>\n");
}
