/* assemble.h - from the evaluation to the result that others see (private to detect/). */
#ifndef COORD_DETECT_ASSEMBLE_H
#define COORD_DETECT_ASSEMBLE_H

#include "detect/judge/verdict.h"

/** Fills verdict, campaigns and all texts. */
MUST_CHECK enum coord_err assemble_result(
    const struct evaluation *ev, struct detect_result *r, struct coord_error *err);
/** The result of a batch without sessions. */
MUST_CHECK enum coord_err assemble_empty(struct detect_result *r, struct coord_error *err);
/** One campaign's members, artefacts, techniques, behaviour (campaign.c). */
MUST_CHECK enum coord_err assemble_campaign(const struct evaluation *ev, const struct tested *t,
    struct detect_campaign *c, struct coord_error *err);
/** What would remain without each channel and each artefact (counterfactual.c). */
MUST_CHECK enum coord_err assemble_counterfactuals(const struct evaluation *ev,
    const struct tested *t, struct detect_campaign *c, struct coord_error *err);

#endif
