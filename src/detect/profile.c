/* profile.c - see profile.h. */
#include "detect/profile.h"

double
profile_seconds(struct timespec from, struct timespec to)
{
	return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

void
profile_tell(
    struct detect_result *r, const char *stage, double seconds, double processor, bool part)
{
	if (r->n_profile == sizeof(r->profile) / sizeof(r->profile[0]))
		return;
	r->profile[r->n_profile].stage = stage;
	r->profile[r->n_profile].seconds = seconds;
	r->profile[r->n_profile].processor_seconds = processor;
	r->profile[r->n_profile++].part = part;
}

void
profile_lap(struct stopwatch *s, const char *stage)
{
	struct timespec now, processor;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &processor);
	if (stage != NULL)
		profile_tell(s->r, stage, profile_seconds(s->last, now),
		    profile_seconds(s->last_processor, processor), false);
	s->last = now;
	s->last_processor = processor;
}
