/* judge.h - from evidence to a judged cluster: features, score, ledger, verdict (private to detect/). */
#ifndef COORD_DETECT_JUDGE_H
#define COORD_DETECT_JUDGE_H

#include "detect/evaluate.h"

/** Scores a cluster on its own evidence or a changed copy; channels of the bit set `without` do not count. */
struct score judge_score(const struct evaluation *ev, const struct tested *t,
    const struct detect_evidence *evidence, uint32_t without);
/** Fills ledger, features and single_actor of a campaign from the cluster's score. */
MUST_CHECK enum coord_err judge_account(const struct evaluation *ev, const struct tested *t,
    struct detect_campaign *c, struct coord_error *err);

#endif
