/* run.h - what the nodes of one run share in this process (private to services/). Nothing of it is state: a run that goes on in another process makes the
 * engine's result again, which gives the same bits. */
#ifndef COORD_SERVICES_RUN_H
#define COORD_SERVICES_RUN_H

#include <pthread.h>

#include "services/answers.h"
#include "services/services.h"

struct run {
	const struct services_world *world;
	const struct services_request *request;
	struct detect_config config; /* with the files */
	struct arena *arena;         /* of `about` and of texts; with the lock held */
	pthread_mutex_t lock;        /* of all below */
	bool has_first, has_last;
	struct detect_result first; /* before anybody was asked */
	struct detect_result last;  /* with the answers, when they could change something */
	struct services_known *known;
	struct tools_case *about;
};

/** The engine's result before anybody was asked, made when it is not there yet. `step` is told how far it is. */
MUST_CHECK enum coord_err run_first(struct run *run, struct workflow_step *step,
    const struct detect_result **ret, struct coord_error *err);
/** With these answers: the first one when they change nothing. */
MUST_CHECK enum coord_err run_last(struct run *run, struct workflow_step *step, struct sv answers,
    const struct detect_result **ret, struct coord_error *err);
/** What tools may know of the first result. */
MUST_CHECK enum coord_err run_case(struct run *run, struct workflow_step *step,
    const struct tools_case **ret, struct coord_error *err);
/** The result document without narrative and chain, as the two rest on it; lives in the arena. */
MUST_CHECK enum coord_err run_document(struct run *run, struct workflow_step *step,
    struct sv answers, struct arena *arena, struct sv *ret, struct coord_error *err);
/** The answers of all branches, in the order of the branches, as one JSON array. */
MUST_CHECK enum coord_err run_answers(
    const struct workflow_step *step, struct arena *arena, struct sv *ret, struct coord_error *err);
/** A workflow_step's field `name`, as an error-checked JSON object written by `write`. */
void run_hash(struct sv text, char ret[65]);

/** Fills what look-ups said into a report: by campaign, answers, status. Lives in the arena. */
MUST_CHECK enum coord_err external_fill(const struct services_world *world,
    const struct tools_case *about, const struct detect_result *result, struct sv answers,
    struct arena *arena, struct report_input *report, struct coord_error *err);

/** Of the field "indexed": puts it into `status` (the object of the providers, or SV_NONE) under its name. *ret_all: all was taken. */
MUST_CHECK enum coord_err run_indexed(struct sv indexed, struct sv status, struct arena *arena,
    struct sv *ret, bool *ret_all, struct coord_error *err);

enum coord_err node_orchestrator(struct workflow_step *step, struct coord_error *err);
enum coord_err node_pattern_analyzer(struct workflow_step *step, struct coord_error *err);
enum coord_err node_tool_coordinator(struct workflow_step *step, struct coord_error *err);
enum coord_err node_bgp(struct workflow_step *step, struct coord_error *err);
enum coord_err node_geo(struct workflow_step *step, struct coord_error *err);
enum coord_err node_intel(struct workflow_step *step, struct coord_error *err);
enum coord_err node_confidence_scorer(struct workflow_step *step, struct coord_error *err);
enum coord_err node_narrator(struct workflow_step *step, struct coord_error *err);
enum coord_err node_es_enricher(struct workflow_step *step, struct coord_error *err);
enum coord_err node_deliver(struct workflow_step *step, struct coord_error *err);

#endif
