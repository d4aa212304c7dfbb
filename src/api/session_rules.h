/* session_rules.h - the rules for the fields of one attack session (private to api/). */
#ifndef COORD_API_SESSION_RULES_H
#define COORD_API_SESSION_RULES_H

#include "api/faults.h"

/** Checks one session at `at`; adds what is wrong to *faults. */
void session_check(
    struct json_value session, const struct fault_at *at, int64_t now_us, struct faults *faults);

#endif
