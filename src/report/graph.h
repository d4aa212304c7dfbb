/* graph.h - where the sources and shared features of a campaign stand in the page's picture.
 * Sources stand on an outer ring, ordered so that those with the same features are neighbours; features on an inner
 * ring, each near its carriers. Computed here and not in the page: the same everywhere, and there at once. */
#ifndef COORD_REPORT_GRAPH_H
#define COORD_REPORT_GRAPH_H

#include "report/links.h"

enum { GRAPH_SOURCES_MOST = 120 };

struct graph_point {
	double x, y; /* within the unit circle */
};

struct graph {
	uint32_t members
	    [GRAPH_SOURCES_MOST]; /* those that share most, then the busiest; in ring order */
	struct graph_point source_at[GRAPH_SOURCES_MOST];
	uint32_t n_members;
	struct graph_point feature_at[LINKS_FEATURES_MOST];
};

/** COORD_ENOMEM. `arena` is for scratch. */
MUST_CHECK enum coord_err graph_lay_out(const struct member *members, uint32_t n_members,
    const struct links *links, struct arena *arena, struct graph *ret, struct coord_error *err);

#endif
