/* profile.c - see profile.h. */
#include "detect/profile.h"

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
	int64_t now = clock_steady(), processor = clock_of(CLOCK_PROCESS_CPUTIME_ID);

	if (stage != NULL)
		profile_tell(s->r, stage, (double)(now - s->last) / 1e6,
		    (double)(processor - s->last_processor) / 1e6, false);
	s->last = now;
	s->last_processor = processor;
}
