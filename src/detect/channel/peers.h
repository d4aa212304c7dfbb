/* peers.h - the null of comparable attackers: random sets of nodes in the place of the set under test (private to detect/).
 *
 * A statistic of a set is judged against sets of as many nodes of the same tool, activity and days, drawn without
 * replacement from the batch, the set's own among them: an exact test of the hypothesis that the set is any such set. What
 * attackers of one tool have in common anyway (lists, order, targets) is in the draws; nothing has to be modelled.
 * What a node did comes as a bag of items; only a bounded sample of a stratum's nodes is looked at. */
#ifndef COORD_DETECT_CHANNEL_PEERS_H
#define COORD_DETECT_CHANNEL_PEERS_H

#include "detect/channel/channel.h"
#include "detect/channel/minp.h"

/** What nodes did, all that any set of an analysis may be compared with: a row a node, ascending item numbers in it. Items
 *  that fewer of these nodes have than the channel asks for are left out. */
struct bag_library {
	uint32_t n;     /* rows */
	uint32_t *row;  /* by node; UINT32_MAX: none */
	uint32_t *node; /* by row, ascending */
	bool *
	    sampled; /* by row: one of the bounded sample of its stratum; else the member of a set */
	uint32_t *added; /* by row: all that was added for it */
	uint32_t *start; /* rows + 1 */
	uint32_t *item;
	uint32_t n_items;
	uint64_t *hash;  /* by item, ascending */
	uint64_t *label; /* by item: as given at its first use */
};

/** A library for sets whose nodes are the marked `members` (by node), in `arena`; `scratch` is rewound. */
MUST_CHECK enum coord_err bag_library_make(const struct model *m, const struct channel *c,
    const bool *members, struct arena *arena, struct arena *scratch, struct bag_library *ret,
    struct coord_error *err);

/** What each of the comparable nodes did, as ascending item numbers; items with too few carriers are left out. */
struct bags {
	const struct bag_library *library;
	uint32_t *compared; /* the comparable nodes, ascending */
	uint32_t n_compared;
	uint32_t
	    *start; /* by row of the library, rows + 1; rows that are not compared have nothing */
	uint32_t *item;
	uint32_t n_items;
	uint32_t *carriers; /* by item, among the compared nodes */
	uint64_t *hash;     /* by item, ascending */
	uint64_t *label;    /* by item: as given at its first use */
};

/** One thing that the node at hand did. `label` is for the caller to find its text again. */
void bag_add(struct bag_sink *sink, uint64_t hash, uint64_t label);

/** The bags of all nodes comparable with the input's, by what the channel's `walk` adds for each. */
MUST_CHECK enum coord_err bags_make(const struct channel_input *in, const struct channel *c,
    struct arena *scratch, struct bags *ret, struct coord_error *err);
/** A compared node's items: item[bag_from] .. item[bag_to - 1]. */
static inline uint32_t
bag_from(const struct bags *b, uint32_t node)
{
	return b->start[b->library->row[node]];
}
static inline uint32_t
bag_to(const struct bags *b, uint32_t node)
{
	return b->start[b->library->row[node] + 1];
}
static inline uint32_t
bag_size(const struct bags *b, uint32_t node)
{
	return bag_to(b, node) - bag_from(b, node);
}
/** How often each item occurs in a set, in scratch; `size` (NULL allowed): all occurrences. NULL: scratch is full. */
uint32_t *bags_count(
    const struct bags *b, const uint32_t *nodes, uint32_t n, struct arena *scratch, uint32_t *size);

/** How often each item occurs in one set, made anew for every draw at the cost of the set's items. */
struct tally {
	uint32_t *count; /* by item */
	uint32_t *item;  /* those that occur, ascending */
	uint32_t n;      /* of them */
	uint32_t size;   /* occurrences of all */
	uint32_t *room;  /* by row of the library: zero, for a measure to use and to leave zero */
	uint64_t *seen;  /* a bit an item */
};

struct peers {
	unsigned levels;
	const struct bags *bags;
	bool
	    by_added; /* a node's activity is what was added for it, else its items; without any it supports nothing */
	const void *context;
	uint64_t work; /* steps of a measure beyond those for the set's own items */
	/** Called before the draws for each node that may be drawn; NULL: nothing to prepare. */
	void (*prepare)(const struct peers *test, uint32_t node);
	/** Larger is more unusual, 0: nothing there. On a full scratch ret may stay as it is (0). */
	void (*measure)(const struct peers *test, const uint32_t *nodes, uint32_t n,
	    const struct tally *tally, struct arena *scratch, double *ret);
};

struct peers_result {
	bool abstained; /* the evidence says so already */
	const uint32_t *nodes;
	uint32_t n; /* the members that have something to compare */
	double value[MINP_LEVELS_MOST];
	struct minp_result best;
};

/** Runs the test and fills p, draws, n, effect, similarity and log_e of the evidence. */
MUST_CHECK enum coord_err peers_run(const struct channel_input *in, const struct peers *test,
    struct arena *scratch, struct peers_result *ret, struct detect_evidence *e,
    struct coord_error *err);

/** Items by weight as the evidence's tops. `text` makes an item's text in the arena, NULL: no text, left out. */
MUST_CHECK enum coord_err peers_tops(const struct channel_input *in, const struct bags *b,
    const uint32_t *count, const double *weight, const char *kind,
    const char *(*text)(const struct channel_input *in, uint64_t label), struct detect_evidence *e,
    struct coord_error *err);

#define PEERS_NULL_NAME "comparable attackers drawn at random"
#define PEERS_NULL_MEANING \
	"as many attackers with the same tool, on the same days and as active, drawn at random"

#endif
