/* ledger.h - the account of a confidence: lines of log-odds that add up to it exactly.
 * Log-odds are counted in whole millionths and printed with six digits, so the printed numbers add up like the counted
 * ones: no sum of doubles, no rounding to explain away. */
#ifndef COORD_REPORT_LEDGER_H
#define COORD_REPORT_LEDGER_H

#include "detect/detect.h"

enum { LEDGER_TEXT = 32 };

/** The sum of a campaign's ledger, in millionths. */
int64_t ledger_sum(const struct detect_campaign *c);
/** "-0.405465": all six digits. */
void ledger_text(int64_t micro, char ret[LEDGER_TEXT]);
/** The same to people: "+4.61". */
void ledger_text_brief(int64_t micro, char ret[LEDGER_TEXT]);
/** Millionths of a decimal with at most six digits behind the point, exactly. False: it is no such number. */
bool ledger_read(double log_odds, int64_t *ret);
/** 1 / (1 + e^-x) of x = micro / 1e6. */
double ledger_confidence(int64_t micro);

#endif
