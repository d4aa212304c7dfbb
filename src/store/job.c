/* job.c - the life of a job: taken, kept alive, ended, given back. Every step locks the analysis's row, looks at its status
 * and its fence, and does what that state allows, so that a step repeated or come too late changes nothing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "store/core.h"

/** The columns of LOCK in statements.def. Texts live in the struct: nothing points into the statement. */
struct locked {
	int64_t seq;
	enum analysis_status status;
	uint64_t fence;
	uint32_t attempts;
	int64_t lease_until_us, created_us, events;
	enum job_priority priority;
	bool dead;
	double share;
	struct buf texts; /* behind one another: owner, callback_url, error, worker, stage */
	size_t at[6];
	bool has_url, has_worker, has_stage, has_error;
};

enum { TEXT_OWNER, TEXT_URL, TEXT_ERROR, TEXT_WORKER, TEXT_STAGE, TEXTS_MOST = 1 << 20 };

static void
locked_clear(struct locked *l)
{
	buf_clear(&l->texts);
}

static struct sv
locked_text(const struct locked *l, int which)
{
	return (struct sv){ l->texts.len == 0 ? "" : l->texts.data + l->at[which],
		l->at[which + 1] - l->at[which] };
}

static enum coord_err
lock_row(struct sql_conn *conn, struct sv id, struct locked *ret, struct coord_error *err)
{
	static const int columns[] = { 5, 8, 10, 12, 13 };
	struct sql_rows rows;

	*ret = (struct locked){ .texts = BUF_INIT(TEXTS_MOST) };
	TRY(sql_find(conn, SQL_LOCK, &rows, err, ARG_T(id)));
	ret->seq = sql_int(&rows, 0);
	ret->status = (enum analysis_status)sql_int(&rows, 1);
	ret->fence = (uint64_t)sql_int(&rows, 2);
	ret->attempts = (uint32_t)sql_int(&rows, 3);
	ret->lease_until_us = sql_int(&rows, 4);
	ret->priority = (enum job_priority)sql_int(&rows, 6);
	ret->created_us = sql_int(&rows, 7);
	ret->events = sql_int(&rows, 9);
	ret->dead = sql_int(&rows, 11) != 0;
	ret->share = sql_real(&rows, 14);
	ret->has_url = sql_sv(&rows, 8).data != NULL;
	ret->has_error = sql_sv(&rows, 10).data != NULL;
	ret->has_worker = sql_sv(&rows, 12).data != NULL;
	ret->has_stage = sql_sv(&rows, 13).data != NULL;
	for (int i = 0; i < 5; i++) {
		ret->at[i] = ret->texts.len;
		buf_add_sv(&ret->texts, sql_sv(&rows, columns[i]));
	}
	ret->at[5] = ret->texts.len;
	sql_end(&rows);
	return ret->texts.failed ? error_set(err, COORD_ENOMEM, "store: no memory for a row")
				 : COORD_OK;
}

static enum coord_err
lost(struct coord_error *err, const char *why)
{
	return error_set(err, COORD_ECANCELLED, "store: the analysis is %s", why);
}

/** Is it this attempt's to end? */
static enum coord_err
check_fence(const struct locked *l, uint64_t fence, struct coord_error *err)
{
	if (l->status == ANALYSIS_CANCELLED)
		return lost(err, "cancelled");
	if (l->status != ANALYSIS_PROCESSING)
		return lost(err, "not being worked on");
	return l->fence == fence ? COORD_OK : lost(err, "another worker's by now");
}

static enum coord_err
add_event(struct sql_conn *conn, struct locked *l, int64_t now_us, const char *type,
    const struct buf *data, struct coord_error *err)
{
	if (data->failed)
		return error_set(err, COORD_ENOMEM, "store: no memory for an event");
	l->events++;
	TRY(sql_do(conn, SQL_EVENT_PUT, err, ARG_I(l->seq), ARG_I(l->events), ARG_I(now_us),
	    ARG_T(sv_from(type)), ARG_T(buf_sv(data))));
	return sql_do(conn, SQL_EVENT_COUNT, err, ARG_I(l->seq), ARG_I(l->events));
}

enum { EVENT_MOST = 16384 };

static enum coord_err
add_text_event(struct sql_conn *conn, struct locked *l, int64_t now_us, const char *type,
    const char *key, struct sv text, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf data = BUF_INIT(EVENT_MOST);
	struct jsonw w = jsonw_init(&data, false);

	jsonw_object(&w);
	if (key != NULL) {
		jsonw_key(&w, key);
		jsonw_sv(&w, sv_first(text, 1024));
	}
	jsonw_end(&w);
	return add_event(conn, l, now_us, type, &data, err);
}

/** The delivery's id comes from the attempt that ended the analysis, so that a repeated end makes no second delivery. */
static void
callback_id(struct sv id, uint64_t fence, char ret[STORE_ID_LEN + 1])
{
	struct sha256 *s = sha256_new();
	uint8_t d[32] = { 0 };
	char hex[33];

	if (s != NULL) {
		sha256_add(s, "callback", 8);
		sha256_add(s, id.data, id.len);
		sha256_add(s, &fence, sizeof(fence));
		sha256_end(s, d);
	}
	d[6] = (uint8_t)((d[6] & 0x0f) | 0x80);
	d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
	hex_of(d, 16, hex);
	(void)snprintf(ret, STORE_ID_LEN + 1, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
	    hex + 16, hex + 20);
}

/** What every end has in common: no job any more, and somebody to be told. */
static enum coord_err
end_job(struct sql_conn *conn, const struct locked *l, struct sv id, int64_t now_us,
    struct coord_error *err)
{
	char callback[STORE_ID_LEN + 1];

	TRY(sql_do(conn, SQL_JOB_DELETE, err, ARG_T(id)));
	if (!l->has_url)
		return COORD_OK;
	callback_id(id, l->fence, callback);
	return sql_do(conn, SQL_CALLBACK_PUT, err, ARG_T(sv_from(callback)), ARG_T(id),
	    ARG_T(locked_text(l, TEXT_OWNER)), ARG_T(locked_text(l, TEXT_URL)), ARG_I(now_us));
}

static enum coord_err
fail_for_good(struct sql_conn *conn, struct locked *l, struct sv id, int64_t now_us,
    struct sv error, struct sv response, bool dead, struct coord_error *err)
{
	TRY(sql_do(conn, SQL_END_BADLY, err, ARG_I(l->seq), ARG_I(ANALYSIS_FAILED), ARG_I(now_us),
	    ARG_T(error), ARG_I(dead)));
	if (response.data != NULL)
		TRY(sql_do(
		    conn, SQL_RESULT_PUT, err, ARG_I(l->seq), ARG_B(response), ARG_B(SV_NONE)));
	TRY(add_text_event(conn, l, now_us, "failed", "error", error, err));
	return end_job(conn, l, id, now_us, err);
}

static enum coord_err
queue_again(struct sql_conn *conn, const struct locked *l, struct sv id, int64_t now_us,
    int64_t not_before_us, uint32_t attempts, struct sv error, struct coord_error *err)
{
	TRY(sql_do(conn, SQL_QUEUE_AGAIN, err, ARG_I(l->seq), ARG_I(attempts), ARG_T(error)));
	return sql_do(conn, SQL_JOB_PUT, err, ARG_T(id), ARG_T(locked_text(l, TEXT_OWNER)),
	    ARG_I(l->priority), ARG_I(l->created_us), ARG_I(not_before_us), ARG_I(now_us));
}

/* --- begin --------------------------------------------------------------------------------------------------------- */

struct begin {
	struct sv id, worker;
	int64_t now_us, lease_us;
	uint32_t attempts_most;
	struct arena *arena;
	enum store_begun what;
	uint64_t fence;
	struct store_analysis *ret;
};

static enum coord_err
spend(struct sql_conn *conn, struct begin *b, struct locked *l, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf error = BUF_INIT(EVENT_MOST);

	b->what = BEGIN_SPENT;
	buf_printf(&error, "tried %u times without coming to an end", l->attempts);
	if (l->has_error)
		buf_printf(&error, "; the last error: %.*s", SV_ARG(locked_text(l, TEXT_ERROR)));
	return fail_for_good(conn, l, b->id, b->now_us, buf_sv(&error), SV_NONE, true, err);
}

static enum coord_err
take_job(struct sql_conn *conn, struct begin *b, struct locked *l, bool repeated,
    struct coord_error *err)
{
	uint32_t attempts = l->attempts + (repeated ? 0 : 1);
	CLEANUP(buf_clear) struct buf data = BUF_INIT(EVENT_MOST);
	struct jsonw w = jsonw_init(&data, false);

	b->what = BEGIN_YOURS;
	b->fence = l->fence + 1;
	TRY(sql_do(conn, SQL_BEGIN, err, ARG_I(l->seq), ARG_I(attempts), ARG_I(b->fence),
	    ARG_T(b->worker), ARG_I(b->now_us + b->lease_us), ARG_I(b->now_us)));
	if (!repeated) {
		jsonw_object(&w);
		jsonw_key(&w, "attempt");
		jsonw_u64(&w, attempts);
		jsonw_end(&w);
		TRY(add_event(conn, l, b->now_us, "processing", &data, err));
	}
	return analysis_load(conn, b->id, PART_REQUEST, b->arena, b->ret, err);
}

/** A lease that this worker has itself: the answer of its first call was lost. */
static bool
is_own_lease(const struct begin *b, const struct locked *l)
{
	return l->has_worker && sv_eq(locked_text(l, TEXT_WORKER), b->worker);
}

static enum coord_err
run_begin(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct begin *b = args;
	CLEANUP(locked_clear) struct locked l;
	enum coord_err rc = lock_row(conn, b->id, &l, err);
	bool held;

	b->what = BEGIN_FINISHED;
	if (rc == COORD_ENODATA || (rc == COORD_OK && analysis_terminal(l.status)))
		return sql_do(conn, SQL_JOB_DELETE, err, ARG_T(b->id));
	if (rc != COORD_OK)
		return rc;
	held = l.status == ANALYSIS_PROCESSING && l.lease_until_us > b->now_us &&
	       l.lease_until_us <= b->now_us + SQL_LEASE_AHEAD_US;
	b->what = BEGIN_HELD;
	if (held && !is_own_lease(b, &l))
		return COORD_OK;
	if (!held && l.attempts >= b->attempts_most)
		return spend(conn, b, &l, err);
	return take_job(conn, b, &l, held, err);
}

enum coord_err
store_begin(struct store *store, struct sv id, struct sv worker, int64_t now_us, int64_t lease_us,
    uint32_t attempts_most, struct arena *arena, enum store_begun *what, uint64_t *fence,
    struct store_analysis *ret, struct coord_error *err)
{
	struct store_analysis analysis = { .status = ANALYSIS_QUEUED };
	struct begin b = { .id = id,
		.worker = worker,
		.now_us = now_us,
		.lease_us = lease_us,
		.attempts_most = attempts_most,
		.arena = arena,
		.ret = &analysis };

	if (!store_id_valid(id)) {
		*what = BEGIN_FINISHED;
		return COORD_OK;
	}
	TRY(store_write(store, run_begin, &b, err));
	*what = b.what;
	if (b.what == BEGIN_YOURS) {
		*fence = b.fence;
		*ret = analysis;
	}
	return COORD_OK;
}

/* --- heartbeat ----------------------------------------------------------------------------------------------------- */

struct heartbeat {
	struct sv id, stage;
	uint64_t fence;
	int64_t now_us, lease_us;
	double share;
};

static int
per_cent(double share)
{
	return share >= 1 ? 100 : share > 0 ? (int)(share * 100) : 0;
}

static bool
has_moved(const struct heartbeat *h, const struct locked *l)
{
	if (l->has_stage != (h->stage.data != NULL) || per_cent(l->share) != per_cent(h->share))
		return true;
	return l->has_stage && !sv_eq(locked_text(l, TEXT_STAGE), h->stage);
}

static enum coord_err
run_heartbeat(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct heartbeat *h = args;
	CLEANUP(locked_clear) struct locked l;
	CLEANUP(buf_clear) struct buf data = BUF_INIT(EVENT_MOST);
	struct jsonw w = jsonw_init(&data, false);
	enum coord_err rc = lock_row(conn, h->id, &l, err);

	if (rc == COORD_ENODATA)
		return lost(err, "deleted");
	TRY(rc);
	TRY(check_fence(&l, h->fence, err));
	TRY(sql_do(conn, SQL_HEARTBEAT, err, ARG_I(l.seq), ARG_I(h->now_us + h->lease_us),
	    ARG_T(h->stage), ARG_R(h->share)));
	if (!has_moved(h, &l))
		return COORD_OK;
	jsonw_object(&w);
	jsonw_key(&w, "stage");
	jsonw_sv(&w, sv_first(h->stage, 256));
	jsonw_key(&w, "percent");
	jsonw_i64(&w, per_cent(h->share));
	jsonw_end(&w);
	return add_event(conn, &l, h->now_us, "progress", &data, err);
}

enum coord_err
store_heartbeat(struct store *store, struct sv id, uint64_t fence, int64_t now_us, int64_t lease_us,
    struct sv stage, double share, struct coord_error *err)
{
	struct heartbeat h = { .id = id,
		.stage = stage,
		.fence = fence,
		.now_us = now_us,
		.lease_us = lease_us,
		.share = isnan(share) ? 0 : share };

	return store_write(store, run_heartbeat, &h, err);
}

struct step_end {
	struct sv id;
	uint64_t fence;
	int64_t now_us;
	const struct store_step_end *end;
};

static enum coord_err
run_step_ended(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct step_end *s = args;
	CLEANUP(locked_clear) struct locked l;
	CLEANUP(buf_clear) struct buf data = BUF_INIT(EVENT_MOST);
	struct jsonw w = jsonw_init(&data, false);
	enum coord_err rc = lock_row(conn, s->id, &l, err);
	double share;

	if (rc == COORD_ENODATA)
		return lost(err, "deleted");
	TRY(rc);
	TRY(check_fence(&l, s->fence, err));
	share = s->end->share > l.share ? s->end->share : l.share;
	jsonw_object(&w);
	jsonw_key(&w, "stage");
	jsonw_sv(&w, sv_first(s->end->node, 256));
	jsonw_key(&w, "percent");
	jsonw_i64(&w, per_cent(share));
	jsonw_key(&w, "node");
	jsonw_sv(&w, sv_first(s->end->node, 256));
	jsonw_key(&w, "step");
	jsonw_u64(&w, s->end->step);
	jsonw_key(&w, "share");
	jsonw_prob(&w, share);
	jsonw_key(&w, "duration");
	jsonw_f64(&w, (double)s->end->elapsed_us / 1e6);
	jsonw_end(&w);
	return add_event(conn, &l, s->now_us, "progress", &data, err);
}

enum coord_err
store_step_ended(struct store *store, struct sv id, uint64_t fence, int64_t now_us,
    const struct store_step_end *end, struct coord_error *err)
{
	struct step_end s = { id, fence, now_us, end };

	return store_write(store, run_step_ended, &s, err);
}

/* --- finish, fail, release ------------------------------------------------------------------------------------------ */

struct finish {
	struct sv id;
	uint64_t fence;
	int64_t now_us;
	const struct store_result *result;
};

static enum coord_err
put_campaigns(struct sql_conn *conn, const struct locked *l, const struct store_result *r,
    struct coord_error *err)
{
	TRY(sql_do(conn, SQL_CAMPAIGNS_DELETE, err, ARG_I(l->seq)));
	for (size_t i = 0; i < r->n_campaigns; i++) {
		const struct store_campaign *c = &r->campaigns[i];

		TRY(sql_do(conn, SQL_CAMPAIGN_PUT, err, ARG_T(c->key), ARG_I(l->seq),
		    ARG_T(locked_text(l, TEXT_OWNER)), ARG_T(c->verdict), ARG_R(c->confidence),
		    ARG_R(c->low), ARG_R(c->high), ARG_I(c->sources), ARG_I(c->sessions),
		    ARG_I(c->first_us), ARG_I(c->last_us),
		    ARG_T(c->summary.data != NULL ? c->summary : SV("{}"))));
	}
	return COORD_OK;
}

static enum coord_err
run_finish(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct finish *f = args;
	const struct store_result *r = f->result;
	CLEANUP(locked_clear) struct locked l;
	enum coord_err rc = lock_row(conn, f->id, &l, err);

	if (rc == COORD_ENODATA)
		return lost(err, "deleted");
	TRY(rc);
	if (l.status == ANALYSIS_COMPLETED && l.fence == f->fence)
		return COORD_OK;
	TRY(check_fence(&l, f->fence, err));
	TRY(sql_do(conn, SQL_FINISH, err, ARG_I(l.seq), ARG_I(f->now_us), ARG_R(r->confidence),
	    ARG_T(r->verdict), ARG_I(r->enrichment_applied), ARG_I(r->sessions)));
	TRY(sql_do(
	    conn, SQL_RESULT_PUT, err, ARG_I(l.seq), ARG_B(r->response), ARG_B(r->document)));
	TRY(put_campaigns(conn, &l, r, err));
	TRY(add_text_event(conn, &l, f->now_us, "completed", "verdict", r->verdict, err));
	return end_job(conn, &l, f->id, f->now_us, err);
}

enum coord_err
store_finish(struct store *store, struct sv id, uint64_t fence, int64_t now_us,
    const struct store_result *result, struct coord_error *err)
{
	struct finish f = { id, fence, now_us, result };

	return store_write(store, run_finish, &f, err);
}

struct fail {
	struct sv id, error, response;
	uint64_t fence;
	int64_t now_us, retry_us;
	bool dead;
};

/** The same call came before, and only its answer was lost. */
static bool
has_failed_so(const struct fail *f, const struct locked *l)
{
	return l->fence == f->fence &&
	       l->status == (f->retry_us == 0 ? ANALYSIS_FAILED : ANALYSIS_QUEUED);
}

static enum coord_err
run_fail(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct fail *f = args;
	CLEANUP(locked_clear) struct locked l;
	enum coord_err rc = lock_row(conn, f->id, &l, err);

	if (rc == COORD_ENODATA)
		return lost(err, "deleted");
	TRY(rc);
	if (has_failed_so(f, &l))
		return COORD_OK;
	TRY(check_fence(&l, f->fence, err));
	if (f->retry_us == 0)
		return fail_for_good(
		    conn, &l, f->id, f->now_us, f->error, f->response, f->dead, err);
	TRY(queue_again(conn, &l, f->id, f->now_us, f->retry_us, l.attempts, f->error, err));
	return add_text_event(conn, &l, f->now_us, "queued", "error", f->error, err);
}

enum coord_err
store_fail(struct store *store, struct sv id, uint64_t fence, int64_t now_us, struct sv error,
    struct sv response, int64_t retry_us, bool dead, struct coord_error *err)
{
	struct fail f = { .id = id,
		.error = error,
		.response = response,
		.fence = fence,
		.now_us = now_us,
		.retry_us = retry_us,
		.dead = dead };

	return store_write(store, run_fail, &f, err);
}

static enum coord_err
run_release(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct finish *f = args;
	CLEANUP(locked_clear) struct locked l;
	enum coord_err rc = lock_row(conn, f->id, &l, err);

	if (rc == COORD_ENODATA)
		return lost(err, "deleted");
	TRY(rc);
	if (l.status == ANALYSIS_QUEUED && l.fence == f->fence)
		return COORD_OK;
	TRY(check_fence(&l, f->fence, err));
	TRY(queue_again(conn, &l, f->id, f->now_us, f->now_us, l.attempts > 0 ? l.attempts - 1 : 0,
	    l.has_error ? locked_text(&l, TEXT_ERROR) : SV_NONE, err));
	return add_text_event(conn, &l, f->now_us, "queued", NULL, SV_NONE, err);
}

enum coord_err
store_release(
    struct store *store, struct sv id, uint64_t fence, int64_t now_us, struct coord_error *err)
{
	struct finish f = { id, fence, now_us, NULL };

	return store_write(store, run_release, &f, err);
}

struct resumption {
	struct sv id, owner;
	int64_t now_us;
};

static enum coord_err
run_resume(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct resumption *r = args;
	CLEANUP(locked_clear) struct locked l;

	TRY(lock_row(conn, r->id, &l, err));
	if (r->owner.data != NULL && !sv_eq(locked_text(&l, TEXT_OWNER), r->owner))
		return error_set(err, COORD_ENODATA, "no such analysis");
	if (l.status != ANALYSIS_PROCESSING || !sv_eq(locked_text(&l, TEXT_STAGE), STORE_WAITING))
		return error_set(err, COORD_ENODATA, "the analysis does not wait");
	TRY(queue_again(conn, &l, r->id, r->now_us, r->now_us, l.attempts > 0 ? l.attempts - 1 : 0,
	    l.has_error ? locked_text(&l, TEXT_ERROR) : SV_NONE, err));
	return add_text_event(conn, &l, r->now_us, "queued", NULL, SV_NONE, err);
}

enum coord_err
store_resume(
    struct store *store, struct sv id, struct sv owner, int64_t now_us, struct coord_error *err)
{
	struct resumption r = { id, owner, now_us };

	return store_write(store, run_resume, &r, err);
}

/* --- cancel, delete, requeue ----------------------------------------------------------------------------------------- */

struct removal {
	struct sv id, owner, response;
	int64_t now_us;
	bool cancelled;
};

enum coord_err
analysis_remove(struct sql_conn *conn, int64_t seq, struct sv id, struct coord_error *err)
{
	static const enum sql_statement parts[] = { SQL_REQUEST_DELETE, SQL_RESULT_DELETE,
		SQL_EVENTS_DELETE, SQL_CAMPAIGNS_DELETE, SQL_ANALYSIS_DELETE };

	TRY(sql_do(conn, SQL_JOB_DELETE, err, ARG_T(id)));
	TRY(sql_do(conn, SQL_CALLBACKS_DELETE, err, ARG_T(id)));
	TRY(workflows_remove(conn, seq, err));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		TRY(sql_do(conn, parts[i], err, ARG_I(seq)));
	return COORD_OK;
}

static enum coord_err
cancel(struct sql_conn *conn, const struct removal *r, struct locked *l, struct coord_error *err)
{
	TRY(sql_do(conn, SQL_END_BADLY, err, ARG_I(l->seq), ARG_I(ANALYSIS_CANCELLED),
	    ARG_I(r->now_us), ARG_T(SV("cancelled")), ARG_I(0)));
	if (r->response.data != NULL)
		TRY(sql_do(
		    conn, SQL_RESULT_PUT, err, ARG_I(l->seq), ARG_B(r->response), ARG_B(SV_NONE)));
	TRY(add_text_event(conn, l, r->now_us, "failed", "error", SV("cancelled"), err));
	return sql_do(conn, SQL_JOB_DELETE, err, ARG_T(r->id));
}

static enum coord_err
run_delete(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct removal *r = args;
	CLEANUP(locked_clear) struct locked l;

	TRY(lock_row(conn, r->id, &l, err));
	if (r->owner.data != NULL && !sv_eq(locked_text(&l, TEXT_OWNER), r->owner))
		return COORD_ENODATA;
	r->cancelled = !analysis_terminal(l.status);
	return r->cancelled ? cancel(conn, r, &l, err) : analysis_remove(conn, l.seq, r->id, err);
}

static enum coord_err
none(struct sv id, const char *what, struct coord_error *err)
{
	return error_set(err, COORD_ENODATA, "store: no %s %.*s", what, SV_ARG(sv_first(id, 64)));
}

enum coord_err
store_delete(struct store *store, struct sv id, struct sv owner, int64_t now_us, struct sv response,
    bool *ret_cancelled, struct coord_error *err)
{
	struct removal r = { .id = id, .owner = owner, .response = response, .now_us = now_us };
	enum coord_err rc =
	    store_id_valid(id) ? store_write(store, run_delete, &r, err) : COORD_ENODATA;

	if (rc == COORD_OK)
		*ret_cancelled = r.cancelled;
	return rc == COORD_ENODATA ? none(id, "analysis", err) : rc;
}

static enum coord_err
run_requeue(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct removal *r = args;
	CLEANUP(locked_clear) struct locked l;

	TRY(lock_row(conn, r->id, &l, err));
	if (!l.dead)
		return COORD_ENODATA;
	TRY(sql_do(conn, SQL_RESULT_DELETE, err, ARG_I(l.seq)));
	TRY(sql_do(conn, SQL_JOB_DELETE, err, ARG_T(r->id)));
	TRY(queue_again(conn, &l, r->id, r->now_us, r->now_us, 0, SV_NONE, err));
	return add_text_event(conn, &l, r->now_us, "queued", NULL, SV_NONE, err);
}

enum coord_err
store_requeue(struct store *store, struct sv id, int64_t now_us, struct coord_error *err)
{
	struct removal r = { .id = id, .now_us = now_us };
	enum coord_err rc =
	    store_id_valid(id) ? store_write(store, run_requeue, &r, err) : COORD_ENODATA;

	return rc == COORD_ENODATA ? none(id, "dead letter", err) : rc;
}
