/* truth.c - from labels of sessions to campaigns of sources. HN10 is two campaigns, its halves; every other hard negative
 * is none. */
#include "evaluate/truth.h"

#include <stdlib.h>

static int
order_addr(const void *a, const void *b)
{
	return addr_cmp(*(const struct addr *)a, *(const struct addr *)b);
}

enum coord_err
truth_sources(const struct session_table *table, struct arena *arena, struct addr **ret,
    uint32_t *ret_n, struct coord_error *err)
{
	struct addr *all = ARENA_ARRAY_RAW(arena, table->n, struct addr);
	uint32_t n = 0;

	if (all == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the sources");
	memcpy(all, table->source, table->n * sizeof(*all));
	qsort(all, table->n, sizeof(*all), order_addr);
	for (uint32_t i = 0; i < table->n; i++)
		if (n == 0 || addr_cmp(all[n - 1], all[i]) != 0)
			all[n++] = all[i];
	*ret = all;
	*ret_n = n;
	return COORD_OK;
}

uint32_t
truth_find(const struct truth *truth, struct addr source)
{
	const struct addr *found =
	    truth->n == 0 ? NULL
			  : bsearch(&source, truth->sources, truth->n, sizeof(source), order_addr);

	return found == NULL ? UINT32_MAX : (uint32_t)(found - truth->sources);
}

enum coord_err
truth_count(struct truth *truth, struct arena *arena, struct coord_error *err)
{
	truth->sizes = ARENA_ARRAY(arena, truth->n_campaigns + 1, uint32_t);
	if (truth->sizes == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the truth");
	for (uint32_t i = 0; i < truth->n; i++)
		truth->sizes[truth->campaign[i]]++;
	return COORD_OK;
}

/* HN10 and C1T: two campaigns that must not be joined. */
static bool
in_halves(const struct generate_group *group)
{
	return group->structure == STRUCTURE_HN10 || group->structure == STRUCTURE_C1T;
}

/* The campaigns of each group: none, one, or one for each part. */
static uint32_t
number_campaigns(
    const struct generate_labels *labels, uint32_t first[GENERATE_PLANS_MOST], struct truth *truth)
{
	uint32_t n = 0;

	for (size_t g = 0; g < labels->n_groups; g++) {
		const struct generate_group *group = &labels->groups[g];
		bool halves = in_halves(group);

		first[g] = n;
		if (halves)
			truth->pure = 0.75;
		if (halves || group->truth != TRUTH_COINCIDENTAL)
			truth->verdicts[++n] = halves ? TRUTH_CAMPAIGN : group->truth;
		if (halves)
			truth->verdicts[++n] = TRUTH_CAMPAIGN;
	}
	return n;
}

static uint32_t
campaign_of(const struct generate_labels *labels, const struct generate_label *label,
    const uint32_t first[GENERATE_PLANS_MOST])
{
	const struct generate_group *group;

	if (label->group == 0)
		return 0;
	group = &labels->groups[label->group - 1];
	if (in_halves(group))
		return label->part == 0 ? 0 : first[label->group - 1] + label->part;
	return group->truth == TRUTH_COINCIDENTAL ? 0 : first[label->group - 1] + 1;
}

enum coord_err
truth_of_labels(const struct session_table *table, const struct generate_labels *labels,
    struct arena *arena, struct truth *ret, struct coord_error *err)
{
	struct truth truth = { .pure = 0.5 };
	uint32_t first[GENERATE_PLANS_MOST];

	TRY(truth_sources(table, arena, &truth.sources, &truth.n, err));
	truth.campaign = ARENA_ARRAY(arena, truth.n, uint32_t);
	truth.verdicts = ARENA_ARRAY(arena, 2 * labels->n_groups + 1, enum generate_truth);
	if (truth.campaign == NULL || truth.verdicts == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the truth");
	truth.n_campaigns = number_campaigns(labels, first, &truth);
	for (size_t i = 0; i < labels->n; i++) {
		uint32_t campaign = campaign_of(labels, &labels->labels[i], first);
		uint32_t at = truth_find(&truth, labels->labels[i].source);

		if (campaign > 0 && at != UINT32_MAX)
			truth.campaign[at] = campaign;
	}
	TRY(truth_count(&truth, arena, err));
	*ret = truth;
	return COORD_OK;
}
