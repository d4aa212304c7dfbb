/* analyse.h - a run of the engine over a stored request, for the worker and for other forms of its result (private to jobs/). */
#ifndef COORD_JOBS_ANALYSE_H
#define COORD_JOBS_ANALYSE_H

#include "jobs/jobs.h"
#include "jobs/request.h"
#include "services/services.h"

/** Everything that a report is made of. */
struct run {
	struct request_options options;
	struct report_options reading;
	struct session_table table;
	struct ingest_report ingest;
	struct detect_result result;
	bool enriched;              /* answers from outside are in it */
	bool indexed;               /* an index took all of it */
	struct sv provider_status;  /* with the index */
	struct report_input report; /* points into the above */
};

/** Runs it; errors as jobs_analyse. Release *ret with run_clear whatever is returned. `progress` NULL: nobody is told. */
MUST_CHECK enum coord_err run_request(const struct jobs_world *world,
    const struct store_analysis *analysis, jobs_progress *progress, void *context,
    struct arena *arena, struct run *ret, struct coord_error *err);
void run_clear(struct run *run);

/** Makes every form and keeps it among the values of the store. Those that are larger than FORM_MOST are left out. */
MUST_CHECK enum coord_err run_keep_forms(const struct jobs_world *world, const struct run *run,
    const struct store_analysis *analysis, struct arena *arena, struct coord_error *err);

#endif
