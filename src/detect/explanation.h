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

/** How well each fits, 0 to 1: the excess (in - out) / (1 - out) of a share among the group's nodes over that among the
 *  rest of the batch. COORD_ELIMIT: no memory. */
MUST_CHECK enum coord_err explanation_fit(const struct evaluation *ev, const struct tested *t,
    double ret[EXPLANATION_COUNT], struct coord_error *err);
/** The name of the one that fits best, NULL when none does (or there is no memory to tell). */
const char *explanation_of(const struct evaluation *ev, const struct tested *t);

#endif
