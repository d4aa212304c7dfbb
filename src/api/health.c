/* health.c - probes and metrics. None of them waits for anything: what they say of store and queue is what the watch saw
 * within the last seconds. Liveness says only that requests are answered; readiness also that work can be taken,
 * which needs no Elasticsearch and no language model: those are told of, and no more. */
#include "api/resources.h"

#include <stdio.h>

static const char service[] = "dshield-coordination-engine";

static void
begin(struct jsonw *w, const char *status)
{
	jsonw_object(w);
	jsonw_key(w, "status");
	jsonw_str(w, status);
	jsonw_key(w, "service");
	jsonw_str(w, service);
}

static bool
send(struct request *r, int status, struct jsonw *w, struct buf *body)
{
	jsonw_end(w);
	answer_buf(r, status, API_JSON, body);
	answer_header(r->ex, "Cache-Control", "no-store");
	return true;
}

bool
health_run(struct request *r)
{
	char time[TIME_TEXT_MAX];
	struct buf body = BUF_INIT(4096);
	struct jsonw w = jsonw_init(&body, false);
	bool well = watch_store_well(r->api->watch);

	time_format(r->now_us, true, time);
	begin(&w, well ? "healthy" : "unhealthy");
	jsonw_key(&w, "version");
	jsonw_str(&w, COORD_VERSION);
	jsonw_key(&w, "timestamp");
	jsonw_str(&w, time);
	return send(r, well ? 200 : 503, &w, &body);
}

static void
dependency(struct jsonw *w, const char *name, const char *state)
{
	jsonw_key(w, name);
	jsonw_str(w, state);
}

bool
ready_run(struct request *r)
{
	const struct api *api = r->api;
	struct buf body = BUF_INIT(4096);
	struct jsonw w = jsonw_init(&body, false);
	bool store = watch_store_well(api->watch), queue = watch_queue_well(api->watch);
	bool ready = store && queue && !atomic_load(&api->draining);

	begin(&w, ready ? "ready" : "not_ready");
	jsonw_key(&w, "dependencies");
	jsonw_object(&w);
	dependency(&w, "database", store ? "healthy" : "unhealthy");
	/* the queue, whatever it is made of */
	dependency(&w, "redis", queue ? "healthy" : "unhealthy");
	dependency(&w, "elasticsearch", outside_state(api->outside, OUTSIDE_ELASTICSEARCH));
	dependency(&w, "llm_service", outside_state(api->outside, OUTSIDE_LLM));
	jsonw_end(&w);
	if (api->world.supervisor != NULL) {
		jsonw_key(&w, "workers");
		jsonw_u64(&w, supervisor_alive(api->world.supervisor));
	}
	return send(r, ready ? 200 : 503, &w, &body);
}

bool
live_run(struct request *r)
{
	struct buf body = BUF_INIT(4096);
	struct jsonw w = jsonw_init(&body, false);

	begin(&w, "alive");
	jsonw_key(&w, "uptime");
	jsonw_i64(&w, (clock_steady() - r->api->started_us) / TIME_SECOND);
	return send(r, 200, &w, &body);
}

bool
metrics_run(struct request *r)
{
	bool open = metrics_wants_openmetrics(r->ex->head.value[HEADER_ACCEPT]);
	struct buf body = BUF_INIT(4 << 20);

	metrics_write(r->api->world.jobs.metrics, open, &body);
	answer_buf(r, 200, open ? metrics_type_openmetrics : metrics_type_text, &body);
	return true;
}
