/* api.h - the HTTP front door: routes, requests checked field by field, answers (reference: api-compat). No analysis here.
 * libmicrohttpd behind http.h, which refuses what makes request smuggling possible, keeps its own deadlines for slow clients and counts the bytes of bodies.
 * openapi.json is the one source: the document that is served, the checks that requests pass and the tests' expectations come from it. */
#ifndef COORD_API_H
#define COORD_API_H

#include "auth/auth.h"
#include "jobs/jobs.h"

struct api;

struct api_world {
	struct jobs_world jobs;
	struct auth *auth;
	const struct supervisor *supervisor; /* NULL: no workers inside */
};

/** Listens and answers from its own threads. COORD_EINVALID: the address, or a wide one without keys or TLS; COORD_EUNAVAIL: taken. */
MUST_CHECK enum coord_err api_start(
    const struct api_world *world, struct api **ret, struct coord_error *err);
/** "http://127.0.0.1:8000", with the port that was really taken. */
const char *api_url(const struct api *api);
/** What config_publish has put in force holds for requests that begin from now on. By the thread that publishes. COORD_ENOMEM, COORD_EINVALID: nothing changes. */
MUST_CHECK enum coord_err api_reload(struct api *api, struct coord_error *err);
/** Readiness turns to no, no new connection is accepted, running requests are answered until the deadline (clock_steady); SSE streams end with a hint to come again. Frees it. */
void api_stop(struct api *api, int64_t deadline_us);

#endif
