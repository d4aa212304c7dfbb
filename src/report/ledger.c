/* ledger.c - see ledger.h. */
#include "report/ledger.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { MICRO = 1000000 };
static const double odds_most = 1e4; /* beyond any ledger; sums of millions of such lines fit */

int64_t
ledger_sum(const struct detect_campaign *c)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < c->n_ledger; i++)
		sum += c->ledger[i].micro;
	return sum;
}

void
ledger_text(int64_t micro, char ret[LEDGER_TEXT])
{
	uint64_t size = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;

	(void)snprintf(ret, LEDGER_TEXT, "%s%" PRIu64 ".%06" PRIu64, micro < 0 ? "-" : "",
	    size / MICRO, size % MICRO);
}

void
ledger_text_brief(int64_t micro, char ret[LEDGER_TEXT])
{
	(void)snprintf(ret, LEDGER_TEXT, "%+.2f", (double)micro / MICRO);
}

bool
ledger_read(double log_odds, int64_t *ret)
{
	double micro = nearbyint(log_odds * MICRO);

	if (!isfinite(log_odds) || fabs(log_odds) > odds_most ||
	    fabs(log_odds * MICRO - micro) > 1e-3)
		return false;
	*ret = (int64_t)micro;
	return true;
}

double
ledger_confidence(int64_t micro)
{
	return 1 / (1 + exp(-(double)micro / MICRO));
}
