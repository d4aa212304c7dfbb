/* jitter.h - the null of times: empirical-background interval jitter of a set of nodes (private to detect/).
 *
 * Each visit of the set is replaced by a draw, without replacement, from the visits of its stratum in the same fixed bin,
 * the set's own sources left out; where the bin is too empty, from the service, then from all, then uniformly in the bin.
 * Fixed bins make the test exact, jitter centred on the visit would invent synchrony (Platkiewicz et al. 2017); diurnal
 * cycles, shared bursts and outages are in the background's own visits (methods.md section 3, P1). */
#ifndef COORD_DETECT_CHANNEL_JITTER_H
#define COORD_DETECT_CHANNEL_JITTER_H

#include "detect/channel/channel.h"

/** A visit of the set; the source numbers are local, 0 .. sources - 1. */
struct jitter_visit {
	int64_t at;
	uint32_t source;
};

/** Visits of one (stratum, bin) and the background times that may take their places. */
struct jitter_bin {
	uint32_t from, to;   /* in jitter.visits */
	const int64_t *pool; /* NULL: uniform */
	uint32_t pool_n;
	int64_t start_us;
};

struct jitter {
	int64_t width_us;
	struct jitter_visit *visits; /* unmasked, grouped by bin */
	int64_t *lasts_us;           /* beside visits: how long each lasts, at least one */
	uint32_t *source_of;         /* local source -> source of the model */
	uint32_t n;
	struct jitter_bin *bins;
	uint32_t n_bins;
	uint32_t sources;
	uint32_t pool_most; /* the largest pool of a bin */
	uint32_t uniform;   /* visits that found no pool */
	uint64_t work;      /* steps that one surrogate takes, roughly */
};

struct jitter_pools;

/** The background of a set: everybody but its own sources, in scratch. Serves all bin widths of the set. `in` is
 *  borrowed. */
MUST_CHECK enum coord_err jitter_pools_new(const struct channel_input *in, struct arena *scratch,
    struct jitter_pools **ret, struct coord_error *err);
/** Plans the surrogates of a set for one bin width, in scratch. */
MUST_CHECK enum coord_err jitter_plan(const struct channel_input *in,
    const struct jitter_pools *pools, int64_t width_us, struct arena *scratch, struct jitter *ret,
    struct coord_error *err);
/** Fills out[n] with surrogate number `index` of stream `stage`, in the order of jitter.visits. `places` has room for
 *  pool_most numbers. Depends on (seed, stage, index) alone. */
void jitter_surrogate(const struct jitter *j, uint64_t seed, uint32_t stage, uint32_t index,
    uint32_t *places, struct jitter_visit *out);

#endif
