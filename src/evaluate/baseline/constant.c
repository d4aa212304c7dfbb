/* constant.c - B0: the answers that look at nothing. The reference engine answers 0.75 to every request (its router returns a
 * mock response, peers.md section 1); the base rate is what a forecaster without any data would say. Both put all sources
 * into one group: a method that does not even beat them on the Brier score has no confidence worth the name. */
#include "evaluate/baseline/methods.h"
#include "evaluate/baseline/sources.h"

#define MOCK_CONFIDENCE 0.75
/* from which confidence on the reference engine's documents speak of a coordinated campaign */
#define MOCK_CUT 0.7

static enum coord_err
everybody(const struct session_table *table, double confidence, struct arena *arena,
    struct grouping *ret, struct coord_error *err)
{
	struct baseline_members members = { .arena = arena };
	struct baseline_sources sources;

	TRY(baseline_sources_of(table, arena, &sources, err));
	for (uint32_t i = 0; i < sources.n; i++)
		baseline_members_add(&members, 0, i);
	return baseline_group(&sources, &members, 1, &confidence, MOCK_CUT, 1, ret, err);
}

BASELINE_RUN(constant)
{
	(void)point;
	(void)seed;
	return everybody(table, MOCK_CONFIDENCE, arena, ret, err);
}

BASELINE_RUN(base_rate)
{
	(void)seed;
	return everybody(table, point, arena, ret, err);
}
