/* graph.c - see graph.h. */
#include "report/graph.h"

#include <math.h>
#include <stdlib.h>

static const double turn = 6.283185307179586;

struct candidate {
	uint32_t member, sessions, carried;
	int n_carried;
};

/* Who shares most first, then the busiest; equal ones by address (members ascend): a total order. */
static int
by_weight(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->n_carried != y->n_carried)
		return x->n_carried > y->n_carried ? -1 : 1;
	if (x->sessions != y->sessions)
		return x->sessions > y->sessions ? -1 : 1;
	return (x->member > y->member) - (x->member < y->member);
}

/* The same features together; a total order. */
static int
by_features(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->carried != y->carried)
		return x->carried > y->carried ? -1 : 1;
	return (x->member > y->member) - (x->member < y->member);
}

static struct graph_point
on_ring(double radius, double angle)
{
	struct graph_point at = { .x = radius * sin(angle), .y = -radius * cos(angle) };

	return at;
}

/* The direction in which a feature's carriers stand, 0..1 turns. */
static double
direction(const struct graph *g, const struct links *links, uint32_t feature)
{
	double x = 0, y = 0;
	double angle;

	for (uint32_t i = 0; i < g->n_members; i++) {
		if ((links->carried[g->members[i]] >> feature & 1) == 0)
			continue;
		x += g->source_at[i].x;
		y += g->source_at[i].y;
	}
	angle = hypot(x, y) < 1e-6 ? 0 : atan2(x, -y) / turn;
	angle = nearbyint(angle * 1e6) / 1e6; /* ties break the same on any machine */
	return angle < 0 ? angle + 1 : angle;
}

/* Features take equal places on the inner ring, in the order of their directions; many of them alternate between two
 * radii, so that their names have room. */
static void
place_features(struct graph *g, const struct links *links)
{
	double towards[LINKS_FEATURES_MOST];
	uint32_t order[LINKS_FEATURES_MOST];
	uint32_t n = links->n_features;

	for (uint32_t f = 0; f < n; f++) {
		uint32_t at = f;

		towards[f] = direction(g, links, f);
		for (; at > 0 && towards[order[at - 1]] > towards[f]; at--)
			order[at] = order[at - 1];
		order[at] = f;
	}
	for (uint32_t i = 0; i < n; i++)
		g->feature_at[order[i]] = on_ring(n == 1       ? 0
						  : n <= 4     ? 0.5
						  : i % 2 == 0 ? 0.66
							       : 0.36,
		    turn * ((double)i / n + towards[order[0]]));
}

enum coord_err
graph_lay_out(const struct member *members, uint32_t n_members, const struct links *links,
    struct arena *arena, struct graph *ret, struct coord_error *err)
{
	struct candidate *all = ARENA_ARRAY(arena, n_members, struct candidate);
	uint32_t n = n_members < GRAPH_SOURCES_MOST ? n_members : GRAPH_SOURCES_MOST;

	if (all == NULL)
		return error_set(
		    err, COORD_ENOMEM, "report: no memory for a graph of %u sources", n_members);
	for (uint32_t i = 0; i < n_members; i++)
		all[i] = (struct candidate){ i, members[i].sessions, links->carried[i],
			__builtin_popcount(links->carried[i]) };
	qsort(all, n_members, sizeof(*all), by_weight); /* a total order */
	qsort(all, n, sizeof(*all), by_features);       /* a total order */
	ret->n_members = n;
	for (uint32_t i = 0; i < n; i++) {
		ret->members[i] = all[i].member;
		ret->source_at[i] = on_ring(1, turn * i / n);
	}
	place_features(ret, links);
	return COORD_OK;
}
