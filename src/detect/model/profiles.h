/* profiles.h - everything that one node carried, taken as a whole (private to detect/).
 *
 * Independent attackers copy: the tool decides wordlist and script, a list is walked from its top, a script is pasted
 * whole. Trades of single tokens destroy that too, so a null made of them rejects whenever anybody copied anything. The
 * profiles of nodes of the same stratum hold it: drawn from the reference, they are the likeness that the population
 * has by itself; exchanged within the batch, they are what a set chosen without its tokens is compared with. */
#ifndef COORD_DETECT_PROFILES_H
#define COORD_DETECT_PROFILES_H

#include "detect/model/model.h"

/** Those of the reference in order of stratum, then the batch's own nodes. A profile's tokens in a layer are n[profile]
 *  from from[profile]. Tokens of the batch keep their number, others follow behind. */
struct profile_layer {
	uint32_t *from, *n;
	uint32_t *token; /* ascending within a profile */
	float *ln_p;     /* beside token: as world.ln_p */
	uint32_t n_tokens;
};

struct profiles {
	uint32_t *foreign_from;   /* strata + 1: profiles of the reference by stratum */
	uint64_t *foreign_family; /* their reference_stratum_key of service and tool */
	uint32_t n;               /* all; the batch's own begin at foreign_from[strata] */
	struct profile_layer layers[LAYER_COUNT];
};

/** Enough of the reference for every null world to be another draw: of a stratum as many as that, or 8 a node. A small set
 *  needs the former, or its worlds would show the peculiarities of a few dozen nodes as if everybody had them. */
enum { PROFILES_TIMES = 8, PROFILES_LEAST = 2000 };

/** Profiles for the null worlds of a model; `ref` may be NULL. */
MUST_CHECK enum coord_err profiles_build(const struct model *m, const struct reference *ref,
    struct arena *arena, struct profiles *ret, struct coord_error *err);

/** ln of p = x / (1 + x), x = exp(ln_d + ln_q): the chance that a node of d tokens carries one of share q. */
float profiles_ln_p(double ln_d, double ln_q);

#endif
