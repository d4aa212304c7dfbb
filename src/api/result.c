/* result.c - GET /analyze/{id}, GET /analyze, DELETE /analyze/{id}. A finished answer never changes, so it is kept in memory
 * ready to be sent; all else is read from the store by a pool. */
#include "api/parameters.h"
#include "api/resources.h"

#include <stdio.h>

enum { ANSWER_MOST = 256 << 20 };

/* A cancelled one is a failed one to clients, who know four states. */
static const char *
shown_status(enum analysis_status status)
{
	return analysis_status_name(status == ANALYSIS_CANCELLED ? ANALYSIS_FAILED : status);
}

static void
write_siblings(struct jsonw *w, const struct store_analysis *a)
{
	jsonw_key(w, "analysis_depth");
	jsonw_sv(w, a->depth);
	jsonw_key(w, "session_count");
	jsonw_u64(w, a->sessions);
	jsonw_key(w, "label");
	jsonw_sv(w, a->label);
	parameter_time_out(w, "created_at", a->created_us);
	parameter_time_out(w, "started_at", a->started_us);
	parameter_time_out(w, "finished_at", a->finished_us);
	jsonw_key(w, "attempts");
	jsonw_u64(w, a->attempts);
}

static void
write_progress(struct jsonw *w, const struct store_analysis *a)
{
	if (a->status != ANALYSIS_PROCESSING || a->stage.data == NULL)
		return;
	jsonw_key(w, "progress");
	jsonw_object(w);
	jsonw_key(w, "stage");
	jsonw_sv(w, a->stage);
	jsonw_key(w, "share");
	jsonw_prob(w, a->share);
	jsonw_end(w);
}

/* The five members first, in the contract's order. */
static void
write_analysis(struct buf *out, const struct store_analysis *a)
{
	struct jsonw w = jsonw_init(out, false);

	jsonw_object(&w);
	jsonw_key(&w, "analysis_id");
	jsonw_str(&w, a->id);
	jsonw_key(&w, "status");
	jsonw_str(&w, shown_status(a->status));
	jsonw_key(&w, "coordination_confidence");
	jsonw_prob(&w, a->confidence);
	jsonw_key(&w, "evidence");
	jsonw_null(&w);
	jsonw_key(&w, "enrichment_applied");
	jsonw_bool(&w, a->enrichment_applied);
	if (analysis_terminal(a->status) && a->error.data != NULL) {
		jsonw_key(&w, "error");
		jsonw_sv(&w, a->error);
	}
	write_siblings(&w, a);
	write_progress(&w, a);
	jsonw_end(&w);
}

/* --- GET /analyze/{id} ------------------------------------------------------------------------------------------- */

struct cache_name {
	char text[CACHE_KEY_MOST];
	size_t len;
};

static struct cache_name
cache_name_of(struct sv id, enum coding coding)
{
	struct cache_name name;

	name.len = id.len + 2;
	memcpy(name.text, id.data, id.len);
	name.text[id.len] = '/';
	name.text[id.len + 1] = (char)('0' + (int)coding);
	return name;
}

static enum coding
coding_wanted(const struct request *r)
{
	return coding_accepted(r->ex->head.value[HEADER_ACCEPT_ENCODING]);
}

static void
answer_finished(struct request *r, struct sv response, struct sv owner)
{
	enum coding coding = coding_wanted(r);
	struct cache_name name = cache_name_of(r->parameter, coding);
	struct cached about = { .type = API_JSON };
	struct buf body = BUF_INIT(ANSWER_MOST);
	const struct cached *entry;

	(void)snprintf(about.etag, sizeof(about.etag), "\"%016llx%s%s\"",
	    (unsigned long long)hash_content(response), coding != CODING_IDENTITY ? "-" : "",
	    coding_name(coding));
	(void)snprintf(about.owner, sizeof(about.owner), "%.*s", SV_ARG(owner));
	about.coding = coding_name(coding);
	entry = coding_encode(coding, response, &body)
		    ? cache_add(r->api->cache, (struct sv){ name.text, name.len }, &body, &about,
			  clock_steady())
		    : NULL;
	buf_clear(&body);
	if (entry != NULL)
		answer_cached(r, entry);
	else
		answer_error(r, 500, "Internal server error");
}

static void
answer_analysis(struct request *r, const struct store_analysis *a)
{
	struct buf body = BUF_INIT(64 * 1024);

	if (analysis_terminal(a->status) && a->response.len > 0) {
		answer_finished(r, a->response, a->owner);
		return;
	}
	write_analysis(&body, a);
	answer_buf(r, 200, API_JSON, &body);
	answer_header(r->ex, "Cache-Control", "no-store");
}

/* COORD_OK, or answered. */
static enum coord_err
fetch(struct request *r, unsigned parts, struct arena *arena, struct store_analysis *ret)
{
	struct coord_error err = { .code = COORD_OK };
	enum coord_err rc = store_get(
	    r->api->world.jobs.store, r->parameter, request_owner(r), parts, arena, ret, &err);

	if (rc == COORD_ENODATA)
		answer_error(r, 404, "Analysis not found");
	else if (rc != COORD_OK)
		answer_failure(r, rc, &err);
	return rc;
}

static void
analysis_later(void *context)
{
	struct request *r = context;
	struct arena *arena = arena_new(0);
	struct store_analysis a;

	if (arena == NULL)
		answer_error(r, 503, "Out of memory; try again later");
	else if (fetch(r, PART_RESPONSE, arena, &a) == COORD_OK)
		answer_analysis(r, &a);
	arena_free(arena);
	request_done(r);
}

bool
result_run(struct request *r)
{
	struct cache_name name;
	const struct cached *entry;
	struct sv owner = request_owner(r);

	if (!request_id_plausible(r))
		return true;
	name = cache_name_of(r->parameter, coding_wanted(r));
	entry = cache_get(r->api->cache, (struct sv){ name.text, name.len }, r->ex->start_us);
	dispatch_audit_read(r->api->dispatch, r, "analysis.read", r->parameter);
	if (entry == NULL)
		return request_later(r, r->api->reads, analysis_later);
	if (owner.data == NULL || sv_eq(owner, sv_from(entry->owner))) {
		answer_cached(r, entry);
		return true;
	}
	cache_put_back((void *)(uintptr_t)entry);
	answer_error(r, 404, "Analysis not found");
	return true;
}

/* --- GET /analyze --------------------------------------------------------------------------------------------------- */

static bool
read_status(struct request *r, struct store_filter *f)
{
	struct sv text = target_get(&r->ex->target, SV("status"));

	f->status = -1;
	if (text.data == NULL)
		return true;
	for (int s = ANALYSIS_QUEUED; s <= ANALYSIS_CANCELLED; s++)
		if (sv_eq(text, sv_from(analysis_status_name((enum analysis_status)s))))
			f->status = s;
	if (f->status < 0)
		answer_bad_parameter(r, "status",
		    "Value error, expected queued, processing, completed, failed or cancelled");
	return f->status >= 0;
}

static bool
read_dead(struct request *r, struct store_filter *f)
{
	struct sv text = target_get(&r->ex->target, SV("dead"));

	f->dead_only = sv_eq(text, SV("true"));
	if (text.data == NULL || f->dead_only || sv_eq(text, SV("false")))
		return true;
	answer_bad_parameter(r, "dead", "Value error, expected true or false");
	return false;
}

static bool
read_filter(struct request *r, struct store_filter *f)
{
	*f = (struct store_filter){ .owner = request_owner(r) };
	f->verdict = target_get(&r->ex->target, SV("verdict"));
	f->label = target_get(&r->ex->target, SV("label"));
	return read_dead(r, f) && read_status(r, f) && parameter_time(r, "from", &f->from_us) &&
	       parameter_time(r, "to", &f->to_us) &&
	       parameter_cursor(r, &f->after_us, &f->after_id) && parameter_limit(r, &f->limit);
}

static void
write_row(struct jsonw *w, const struct store_analysis *a)
{
	jsonw_object(w);
	jsonw_key(w, "analysis_id");
	jsonw_str(w, a->id);
	jsonw_key(w, "status");
	jsonw_str(w, shown_status(a->status));
	jsonw_key(w, "coordination_confidence");
	jsonw_prob(w, a->confidence);
	jsonw_key(w, "verdict");
	jsonw_sv(w, a->verdict);
	jsonw_key(w, "enrichment_applied");
	jsonw_bool(w, a->enrichment_applied);
	jsonw_key(w, "error");
	jsonw_sv(w, a->error);
	write_siblings(w, a);
	write_progress(w, a);
	jsonw_end(w);
}

static void
answer_list(struct request *r, const struct store_analysis *rows, size_t n, uint32_t limit)
{
	struct buf body = BUF_INIT(ANSWER_MOST);
	struct jsonw w = jsonw_init(&body, false);

	jsonw_object(&w);
	jsonw_key(&w, "analyses");
	jsonw_array(&w);
	for (size_t i = 0; i < n; i++)
		write_row(&w, &rows[i]);
	jsonw_end(&w);
	parameter_next_cursor(
	    &w, n > 0 ? rows[n - 1].created_us : 0, n == limit ? rows[n - 1].id : NULL);
	jsonw_end(&w);
	answer_compressible(r, 200, API_JSON, &body);
	answer_header(r->ex, "Cache-Control", "no-store");
}

static void
list_later(void *context)
{
	struct request *r = context;
	struct arena *arena = arena_new(0);
	struct coord_error err = { .code = COORD_OK };
	struct store_analysis *rows;
	struct store_filter f;
	enum coord_err rc;
	size_t n;

	if (arena == NULL) {
		answer_error(r, 503, "Out of memory; try again later");
	} else if (read_filter(r, &f)) {
		rc = store_list(r->api->world.jobs.store, &f, arena, &rows, &n, &err);
		if (rc == COORD_OK)
			answer_list(r, rows, n, f.limit);
		else
			answer_failure(r, rc, &err);
	}
	arena_free(arena);
	request_done(r);
}

bool
result_list(struct request *r)
{
	dispatch_audit_read(r->api->dispatch, r, "analysis.list", SV(""));
	return request_later(r, r->api->reads, list_later);
}

/* --- DELETE /analyze/{id} ---------------------------------------------------------------------------------------------- */

static void
forget(struct request *r, bool cancelled)
{
	const struct jobs_world *world = &r->api->world.jobs;
	struct coord_error err;
	struct buf body = BUF_INIT(4096);
	struct jsonw w = jsonw_init(&body, false);

	/* what stays behind when these fail is only ballast: the store has the last word */
	(void)(queue_remove(world->queue, r->analysis_id, &err) == COORD_OK && !cancelled &&
	       jobs_forget(world, r->parameter, r->now_us, &err) == COORD_OK);
	cache_drop(r->api->cache, r->parameter);
	dispatch_audit(r->api->dispatch, r, cancelled ? "analysis.cancel" : "analysis.delete",
	    r->parameter, "ok");
	jsonw_object(&w);
	jsonw_key(&w, "analysis_id");
	jsonw_str(&w, r->analysis_id);
	jsonw_key(&w, "status");
	jsonw_str(&w, cancelled ? "cancelled" : "deleted");
	jsonw_end(&w);
	answer_buf(r, 200, API_JSON, &body);
}

static void
delete_later(void *context)
{
	struct request *r = context;
	struct coord_error err = { .code = COORD_OK };
	struct buf response = BUF_INIT(4096);
	bool cancelled = false;
	enum coord_err rc;

	jobs_failed_response(r->parameter, SV("cancelled"), &response);
	rc = store_delete(r->api->world.jobs.store, r->parameter, request_owner(r), r->now_us,
	    buf_sv(&response), &cancelled, &err);
	buf_clear(&response);
	if (rc == COORD_OK)
		forget(r, cancelled);
	else if (rc == COORD_ENODATA)
		answer_error(r, 404, "Analysis not found");
	else
		answer_failure(r, rc, &err);
	request_done(r);
}

bool
result_delete(struct request *r)
{
	if (!request_id_plausible(r))
		return true;
	return request_later(r, r->api->reads, delete_later);
}
