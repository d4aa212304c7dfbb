/* plot.h - small charts as SVG, drawn by us: a unit square with lines, points, bands and bars (private to evaluate/). */
#ifndef COORD_EVALUATE_PLOT_H
#define COORD_EVALUATE_PLOT_H

#include "base/base.h"

/** Opens a figure with axes from 0 to 1, its title and the names of its axes. */
void plot_open(struct buf *out, const char *title, const char *x, const char *y);
/** A line from one point to the next. `series` picks the colour, 0 .. 3. */
void plot_line(struct buf *out, const double *x, const double *y, size_t n, unsigned series);
/** A point with a vertical bar from low to high. */
void plot_point(struct buf *out, double x, double y, double low, double high, unsigned series);
/** A bar from the axis, `from` to `to` wide. */
void plot_bar(struct buf *out, double from, double to, double height);
/** The dotted diagonal of a perfect forecast, or a level line. */
void plot_diagonal(struct buf *out);
void plot_level(struct buf *out, double y);
/** A line of the legend. */
void plot_legend(struct buf *out, unsigned series, const char *text);
void plot_close(struct buf *out);

#endif
