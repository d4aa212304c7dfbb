/* explanation.h - what else than coordination makes a group alike (private to detect/). */
#ifndef COORD_DETECT_EXPLANATION_H
#define COORD_DETECT_EXPLANATION_H

#include "detect/evaluate.h"

/* clang-format off */
/** In order of preference: what is particular before what is general. */
#define EXPLANATIONS(X)                                                                            \
	X(SENSOR, "sensor_artefact") /* one fault of the recorder touches them */                   \
	X(FLASH, "flash_crowd") /* something new, and everybody within a day */                     \
	X(TOOL, "same_tool") X(WORDLIST, "same_wordlist") X(HOSTING, "same_hosting") X(HOURS, "same_hours")
/* clang-format on */

enum explanation {
#define EXPLANATION_ENUM(id, name) EXPLANATION_##id,
	EXPLANATIONS(EXPLANATION_ENUM)
#undef EXPLANATION_ENUM
	    EXPLANATION_COUNT
};

enum { EXPLANATION_NETWORKS = 3 /* AS, /24 and /16; IPv6 /48 and /32 */ };

/** What all groups of a batch are set against, made once. */
struct backdrop {
	uint64_t *network[EXPLANATION_NETWORKS]; /* by node; 0: unknown */
	double x, y, visits; /* hours of the day of all visits, as points of a circle, summed */
};
MUST_CHECK enum coord_err backdrop_make(const struct evaluation *ev, struct arena *arena,
    struct backdrop *ret, struct coord_error *err);

/** How well each fits, 0 to 1: the excess (in - out) / (1 - out) of a share among the group's nodes over that among the
 *  rest of the batch. COORD_ELIMIT: no memory. */
MUST_CHECK enum coord_err explanation_fit(const struct evaluation *ev, const struct tested *t,
    double ret[EXPLANATION_COUNT], struct coord_error *err);
/** The name of the one that fits best, NULL when none does (or there is no memory to tell). */
const char *explanation_of(const struct evaluation *ev, const struct tested *t);

#endif
