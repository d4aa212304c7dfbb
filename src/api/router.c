/* router.c - the table of routes. A path is found by its segments; what is no path here is 404, a known path with another
 * method is 405 with what it allows. */
#include "api/resources.h"

#define READ SCOPE_READ
#define SUBMIT SCOPE_SUBMIT

/* clang-format off */
static const struct route routes[] = {
	{ "analyze/coordination", HTTP_POST, SUBMIT, "coordination", BODY_JSON, coordination_run, NULL, NULL },
	{ "analyze/bulk", HTTP_POST, SUBMIT, "bulk", BODY_JSON, bulk_run, NULL, NULL },
	{ "analyze", HTTP_GET, READ, "list", BODY_NONE, result_list, NULL, NULL },
	{ "analyze/{}", HTTP_GET, READ, "analysis", BODY_NONE, result_run, NULL, NULL },
	{ "analyze/{}", HTTP_DELETE, SUBMIT, "delete", BODY_NONE, result_delete, NULL, NULL },
	{ "analyze/{}/events", HTTP_GET, READ, "events", BODY_NONE, events_run, NULL, NULL },
	{ "analyze/{}/report", HTTP_GET, READ, "report", BODY_NONE, report_run, NULL, NULL },
	{ "analyze/{}/export", HTTP_GET, READ, "export", BODY_NONE, export_run, NULL, NULL },
	{ "analyze/{}/sessions", HTTP_GET, READ, "sessions", BODY_NONE, sessions_run, NULL, NULL },
	{ "analyze/{}/workflow", HTTP_GET, READ, "workflow", BODY_NONE, workflow_show, NULL, NULL },
	{ "analyze/{}/workflow/resume", HTTP_POST, SUBMIT, "resume", BODY_JSON, workflow_resume, NULL, NULL },
	{ "ingest", HTTP_POST, SUBMIT, "ingest", BODY_STREAM, logs_run, logs_begin, logs_piece },
	{ "campaigns", HTTP_GET, READ, "campaigns", BODY_NONE, campaigns_run, NULL, NULL },
	{ "campaigns/{}", HTTP_GET, READ, "campaign", BODY_NONE, campaign_run, NULL, NULL },
	{ "health", HTTP_GET, 0, "health", BODY_NONE, health_run, NULL, NULL },
	{ "health/ready", HTTP_GET, 0, "health", BODY_NONE, ready_run, NULL, NULL },
	{ "health/live", HTTP_GET, 0, "health", BODY_NONE, live_run, NULL, NULL },
	{ "metrics", HTTP_GET, 0, "metrics", BODY_NONE, metrics_run, NULL, NULL },
	{ "openapi.json", HTTP_GET, 0, "openapi", BODY_NONE, openapi_run, NULL, NULL },
	{ "docs", HTTP_GET, 0, "docs", BODY_NONE, docs_run, NULL, NULL },
	{ "redoc", HTTP_GET, 0, "docs", BODY_NONE, docs_run, NULL, NULL },
	{ "", HTTP_GET, 0, "docs", BODY_NONE, root_run, NULL, NULL },
};
/* clang-format on */

const struct route *
route_at(size_t i)
{
	return i < sizeof(routes) / sizeof(routes[0]) ? &routes[i] : NULL;
}

static bool
matches(const char *pattern, const struct target *t, struct sv *parameter)
{
	struct sv rest = sv_from(pattern);
	size_t i = 0;

	if (rest.len == 0)
		return t->n_segments == 0;
	while (rest.data != NULL) {
		struct sv want = sv_cut(&rest, '/');

		if (i == t->n_segments || i == TARGET_SEGMENTS)
			return false;
		if (sv_eq(want, SV("{}")))
			*parameter = t->segments[i];
		else if (!sv_eq(want, t->segments[i]))
			return false;
		i++;
	}
	return i == t->n_segments;
}

const struct route *
route_find(
    const struct target *target, enum http_method method, struct sv *parameter, unsigned *allowed)
{
	enum http_method wanted = method == HTTP_HEAD ? HTTP_GET : method;

	*allowed = 0;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		struct sv taken = SV_NONE;

		if (!matches(routes[i].pattern, target, &taken))
			continue;
		if (routes[i].method == wanted) {
			*parameter = taken;
			return &routes[i];
		}
		*allowed |= HTTP_BIT(routes[i].method);
	}
	return NULL;
}
