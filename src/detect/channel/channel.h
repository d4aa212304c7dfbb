/* channel.h - one kind of evidence about a set of nodes, with its null (private to detect/; methods.md section 10).
 *
 * A channel is one file, which defines its struct channel, and one line in channels.def. It is of one of two kinds:
 *   statistic   a number computed on any world; its p-value is the rank of the observed number among the null worlds
 *   test        makes its own draws (jittered times, drawn sources) and fills in the evidence itself
 * and belongs to a family: families are randomised independently of each other in the null worlds (times, tokens,
 * addresses), which is why two significant families say more than two channels of one. */
#ifndef COORD_DETECT_CHANNEL_H
#define COORD_DETECT_CHANNEL_H

#include "detect/channel/minp.h"
#include "detect/graph/clusters.h"

struct reference;
struct bag_library;
struct bag_sink;

enum channel_family {
	FAMILY_CONTENT,  /* what they do */
	FAMILY_TIME,     /* when they act */
	FAMILY_PLACE,    /* where they sit */
	FAMILY_TARGET,   /* whom they attack */
	FAMILY_LABEL,    /* what others say of them */
	FAMILY_ARTEFACT, /* what only one operator has */
	FAMILY_COUNT
};
/** "content", "time", "place", "target", "label", "artefact": also accepted by selected_by. */
const char *channel_family_name(enum channel_family family);

/** A set of nodes under test and all that a channel may ask about. */
struct channel_input {
	const struct model *m;
	const struct reference *ref;
	const struct world *observed;
	const uint32_t *nodes; /* ascending, n >= 2 */
	uint32_t n;
	uint64_t seed; /* of this cluster: from its members, not from its rank */
	uint32_t draws_first, draws_most;
	enum minp_rounds rounds;
	unsigned threads;
	uint32_t (*asn_of)(void *context, struct addr a);
	void *asn_context;
	uint32_t (*country_of)(void *context, struct addr a);
	void *country_context;
	struct arena *arena;   /* for texts and tops */
	struct arena *scratch; /* for all else, rewound after a test; NULL: a test takes its own */
	/** What this channel's attackers did (peers.h), shared by all sets of an analysis; NULL: looked up for this set. */
	const struct bag_library *library;
};

enum { CHANNEL_TOPS = 5, CHANNEL_PAIRS_MOST = 500 };

#define CHANNEL_LAYER(layer) (1u << (layer))

struct channel {
	const char *name, *key, *title; /* detect_channel_name, _key, _title */
	enum channel_family family;
	unsigned
	    layers; /* bit set of edge layers it shares its data with: a cluster formed by them was selected on it */
	const char *null_name;
	const char
	    *null_meaning; /* one clause: what the null keeps and what it redraws; NULL: no test */
	/** statistic: larger is more coordinated. NAN: nothing to test. Called on many worlds from many threads. */
	double (*statistic)(const struct world *w, const uint32_t *nodes, uint32_t n, uint64_t seed,
	    struct arena *scratch);
	/** statistic channels: texts and top contributors, once, from the observed world. */
	enum coord_err (*describe)(
	    const struct channel_input *in, struct detect_evidence *e, struct coord_error *err);
	/** test channels. */
	enum coord_err (*test)(
	    const struct channel_input *in, struct detect_evidence *e, struct coord_error *err);
	/** test channels that compare with comparable attackers (peers.h): adds all that a node did, and how many of the
	 *  compared nodes must have an item for it to count. */
	void (*walk)(const struct model *m, uint32_t node, struct bag_sink *sink);
	uint32_t carriers_least;
};

extern const struct channel *const channels[CHANNEL_COUNT]; /* in order of enum detect_channel */

#define CHANNEL(constant, file) extern const struct channel channel_##file;
#include "detect/channel/channels.def"
#undef CHANNEL

/** Shared pieces. */

/** Runs a test in the input's scratch, or in an arena of its own; what it took there is gone afterwards. */
MUST_CHECK enum coord_err channel_in_scratch(const struct channel_input *in,
    struct detect_evidence *e,
    enum coord_err (*test)(const struct channel_input *in, struct arena *scratch,
	struct detect_evidence *e, struct coord_error *err),
    struct coord_error *err);

/** The heaviest contributors so far, descending; of equals the first. Start with { .n = 0 }. */
struct channel_tops {
	struct detect_top top[CHANNEL_TOPS];
	uint32_t n;
};
/** Would one of this weight be kept? Asked before a text is made. */
bool channel_tops_wants(const struct channel_tops *tops, double weight);
void channel_tops_add(struct channel_tops *tops, struct detect_top top);
/** Copies them into the arena, as the evidence's. */
MUST_CHECK enum coord_err channel_tops_keep(const struct channel_tops *tops, struct arena *arena,
    struct detect_evidence *e, struct coord_error *err);

/** Tokens of a layer that the most of the nodes carry and the rest of the batch does not, as tops of `kind`. */
MUST_CHECK enum coord_err channel_token_tops(const struct channel_input *in, enum layer layer,
    const char *kind, struct detect_evidence *e, struct coord_error *err);
/** Deterministic sample of at most CHANNEL_PAIRS_MOST pairs of nodes of different sources: the i-th pair, false when it
 *  is one source's. `total` = n (n - 1) / 2. */
bool channel_pair(const struct world *w, const uint32_t *nodes, uint32_t n, uint64_t seed,
    uint32_t i, uint32_t *a, uint32_t *b);
uint32_t channel_pairs(uint32_t n);
/** "SUBJECT is 2.5 times what the popularity of each within its tool explains", or that there is none. */
const char *channel_times(
    const struct channel_input *in, const struct detect_evidence *e, const char *subject);
/** Fills p, effect and similarity from an observed statistic and the null draws. */
void channel_rank(double observed, const double *null, uint32_t worlds, struct detect_evidence *e);
/** Share of the observed that chance does not explain: 1 - 1/effect, in [0, 1]; NAN for an unknown effect. */
double channel_attributable(double effect);
/** An e-value that any valid p-value gives (Vovk & Wang 2021, the calibrators p^(k-1) mixed over k):
 *  (1 - p + p ln p) / (p ln^2 p). Natural log. */
double channel_log_e(double p);

#endif
