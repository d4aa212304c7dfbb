/* events.c - GET /analyze/{id}/events: what happens to an analysis, as server-sent events; a client that comes again with
 * Last-Event-ID goes on where it was. A stream that waits costs no thread: its connection is suspended, and streams.c
 * wakes it when there is something to say. */
#include "api/resources.h"
#include "api/streams.h"

enum { EVENTS_AT_ONCE = 500 };

static void
headers(struct request *r)
{
	answer_header(r->ex, "Content-Type", "text/event-stream");
	answer_header(r->ex, "Cache-Control", "no-cache, no-transform");
	answer_header(r->ex, "X-Accel-Buffering", "no");
}

/* What is there already goes out first. COORD_OK, or why not. */
static enum coord_err
catch_up(struct request *r, struct stream *s, uint64_t after, struct arena *arena,
    struct coord_error *err)
{
	struct store_event *events;
	size_t n;

	do {
		TRY(store_events(r->api->world.jobs.store, r->parameter, after, EVENTS_AT_ONCE,
		    arena, &events, &n, err));
		for (size_t i = 0; i < n; i++)
			stream_add(s, &events[i]);
		if (n > 0)
			after = events[n - 1].seq;
	} while (n == EVENTS_AT_ONCE);
	return COORD_OK;
}

/* An analysis that ended without an event that is still kept. */
static void
add_end(struct stream *s, const struct store_analysis *a)
{
	CLEANUP(buf_clear) struct buf data = BUF_INIT(1024);
	struct jsonw w = jsonw_init(&data, false);
	const char *type = a->status == ANALYSIS_COMPLETED ? "completed" : "failed";

	jsonw_object(&w);
	jsonw_key(&w, "analysis_id");
	jsonw_str(&w, a->id);
	jsonw_key(&w, "status");
	jsonw_str(&w, type);
	jsonw_end(&w);
	stream_add(s, &(struct store_event){ .type = sv_from(type), .data = buf_sv(&data) });
}

static void
open_stream(struct request *r, const struct store_analysis *a, struct arena *arena)
{
	struct sv last = sv_trim(r->ex->head.value[HEADER_LAST_EVENT_ID]);
	struct coord_error err = { .code = COORD_OK };
	struct stream *s;
	uint64_t after = 0;
	enum coord_err rc;

	(void)(last.len > 0 && sv_to_u64(last, &after));
	s = stream_new(r->api->streams, r, after);
	if (s == NULL) {
		answer_error(r, 503, "Out of memory; try again later");
		return;
	}
	rc = catch_up(r, s, after, arena, &err);
	if (rc != COORD_OK) {
		stream_drop(s);
		answer_failure(r, rc, &err);
		return;
	}
	if (analysis_terminal(a->status) && !stream_has_end(s)) {
		if (after > 0) { /* everything was seen: no need to come again */
			stream_drop(s);
			answer_constant(r, 204, "text/event-stream", SV(""));
			return;
		}
		add_end(s, a);
	}
	answer_reset(r->ex);
	r->ex->answer.status = 200;
	headers(r);
	stream_begin(s, r);
}

static void
events_later(void *context)
{
	struct request *r = context;
	struct arena *arena = arena_new(0);
	struct coord_error err = { .code = COORD_OK };
	struct store_analysis a;
	enum coord_err rc = COORD_ENOMEM;

	if (arena != NULL)
		rc = store_get(
		    r->api->world.jobs.store, r->parameter, request_owner(r), 0, arena, &a, &err);
	if (rc == COORD_OK)
		open_stream(r, &a, arena);
	else if (rc == COORD_ENODATA)
		answer_error(r, 404, "Analysis not found");
	else
		answer_failure(r, rc, &err);
	arena_free(arena);
	request_done(r);
}

bool
events_run(struct request *r)
{
	if (!request_id_plausible(r))
		return true;
	dispatch_audit_read(r->api->dispatch, r, "analysis.events", r->parameter);
	return request_later(r, r->api->reads, events_later);
}
