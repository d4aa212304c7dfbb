/* jobs.c - `coord jobs list|show|requeue|cancel`: what waits, what runs, and the dead letters. The store says what there is; the queue is told
 * afterwards, and when it is away the service finds by itself what was put again. */
#include "jobs/jobs.h"

#include <math.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/phrase.h"
#include "cli/service.h"

enum { FORMAT_TEXT, FORMAT_JSON };
enum { STATE_DEAD, STATE_QUEUED, STATE_PROCESSING };
enum { PAGE = 200, EVENTS_MOST = 1000 };

/* clang-format off */
#define FORMAT_OPTION                                                                              \
	{ "--format", 0, "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json", "text",    \
	  "text: for people. json: one object or array." }

static const struct option list_options[] = {
	{ "--state", 0, "STATE", OPTION_CHOICE, OPTION_AT(job_state), 0, 0, "dead|queued|processing", "dead",
	  "Which jobs: dead letters, those that wait, those that run." },
	{ "--limit", 0, "N", OPTION_UINT, OPTION_AT(limit), 1, 100000, NULL, "100", "At most N, the newest." },
	FORMAT_OPTION,
	SERVICE_OPTIONS,
	OUTPUT_OPTION,
};
static const struct option show_options[] = {
	FORMAT_OPTION,
	SERVICE_OPTIONS,
	OUTPUT_OPTION,
};
static const struct option requeue_options[] = {
	{ "--all", 0, NULL, OPTION_FLAG, OPTION_AT(all_jobs), 0, 0, NULL, NULL, "Every dead letter." },
	SERVICE_OPTIONS,
};
static const struct option cancel_options[] = {
	SERVICE_OPTIONS,
};
/* clang-format on */

static const char *
state_of(const struct store_analysis *a)
{
	return a->dead ? "dead" : analysis_status_name(a->status);
}

static const char *
priority_of(const struct store_analysis *a)
{
	return a->priority == JOB_BULK ? "bulk" : "interactive";
}

static void
json_text(struct jsonw *w, const char *key, struct sv value)
{
	jsonw_key(w, key);
	jsonw_sv(w, value);
}

static void
json_time(struct jsonw *w, const char *key, int64_t us)
{
	char text[TIME_TEXT_MAX];

	jsonw_key(w, key);
	if (us == 0) {
		jsonw_null(w);
		return;
	}
	time_format(us, false, text);
	jsonw_str(w, text);
}

static void
json_job(struct jsonw *w, const struct store_analysis *a)
{
	json_text(w, "analysis_id", sv_from(a->id));
	json_text(w, "state", sv_from(state_of(a)));
	json_text(w, "priority", sv_from(priority_of(a)));
	json_text(w, "depth", a->depth);
	json_text(w, "owner", a->owner);
	json_text(w, "label", a->label);
	jsonw_key(w, "sessions");
	jsonw_u64(w, a->sessions);
	jsonw_key(w, "attempts");
	jsonw_u64(w, a->attempts);
	json_time(w, "created", a->created_us);
	json_time(w, "started", a->started_us);
	json_time(w, "finished", a->finished_us);
	json_text(w, "stage", a->stage);
	jsonw_key(w, "share");
	jsonw_prob(w, a->share);
	json_text(w, "error", a->error);
}

/** Store and arena of a command; complains itself. Both are released whatever it says. */
static enum cli_status
start(const struct command *self, const struct settings *settings, struct service *service,
    struct arena **arena)
{
	*arena = arena_new(0);
	if (*arena == NULL) {
		*service = (struct service){ .store = NULL };
		complain(self, "out of memory");
		return STATUS_FAILED;
	}
	return service_open(self, settings, service);
}

static void
end(struct service *service, struct arena *arena)
{
	service_close(service);
	arena_free(arena);
}

/* --- list ------------------------------------------------------------------------------------------------------------ */

static void
text_row(struct buf *out, const struct store_analysis *a)
{
	struct buf note = BUF_INIT(4096);
	char created[TIME_TEXT_MAX];

	time_format(a->created_us, true, created);
	phrase_printable(&note, a->error.len > 0 ? a->error : a->stage);
	buf_printf(out, "%-38s%-12s%-13s%8u%10u  %-22s%s\n", a->id, state_of(a), priority_of(a),
	    a->attempts, a->sessions, created, buf_cstr(&note));
	buf_clear(&note);
}

static void
write_rows(struct buf *out, unsigned format, const struct store_analysis *rows, size_t n)
{
	struct jsonw w = jsonw_init(out, true);

	if (format == FORMAT_JSON) {
		jsonw_array(&w);
		for (size_t i = 0; i < n; i++) {
			jsonw_object(&w);
			json_job(&w, &rows[i]);
			jsonw_end(&w);
		}
		jsonw_end(&w);
		buf_add_char(out, '\n');
		return;
	}
	buf_printf(out, "%-38s%-12s%-13s%8s%10s  %-22s%s\n", "ID", "STATE", "PRIORITY", "ATTEMPTS",
	    "SESSIONS", "CREATED", "ERROR OR STAGE");
	for (size_t i = 0; i < n; i++)
		text_row(out, &rows[i]);
}

/** The newest `most` of a state, page by page. */
static enum coord_err
read_rows(struct store *store, unsigned state, uint64_t most, struct arena *arena,
    struct store_analysis **ret, size_t *ret_n, struct coord_error *err)
{
	struct store_filter filter = { .status = -1, .dead_only = state == STATE_DEAD };
	struct store_analysis *rows = arena_array(arena, most, sizeof(*rows)), *page;
	size_t n = 0, got;

	if (rows == NULL)
		return error_set(
		    err, COORD_ENOMEM, "no memory for %llu jobs", (unsigned long long)most);
	if (state != STATE_DEAD)
		filter.status = state == STATE_QUEUED ? ANALYSIS_QUEUED : ANALYSIS_PROCESSING;
	do {
		filter.limit = most - n < PAGE ? (uint32_t)(most - n) : PAGE;
		TRY(store_list(store, &filter, arena, &page, &got, err));
		if (got == 0)
			break;
		got = got < most - n ? got : most - n;
		memcpy(rows + n, page, got * sizeof(*rows));
		n += got;
		filter.after_us = rows[n - 1].created_us;
		filter.after_id = sv_from(rows[n - 1].id);
	} while (n < most && got == filter.limit);
	*ret = rows;
	*ret_n = n;
	return COORD_OK;
}

static enum cli_status
list(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT((size_t)256 << 20);
	struct arena *arena;
	struct store_analysis *rows;
	struct service service;
	struct coord_error err;
	enum cli_status status = start(self, settings, &service, &arena);
	size_t n;

	if (status == STATUS_DONE) {
		if (read_rows(service.store, settings->job_state, settings->limit, arena, &rows, &n,
			&err) != COORD_OK)
			status = complain_error(self, &err);
		else
			write_rows(&out, settings->format, rows, n);
	}
	if (status == STATUS_DONE)
		status = output_whole(self, settings->output, &out);
	end(&service, arena);
	buf_clear(&out);
	return status;
}

static const struct example list_examples[] = {
	{ "coord jobs list", "the dead letters: what was given up after the last attempt" },
	{ "coord jobs list --state queued --format json | jq length", "how many wait" },
	{ NULL, NULL },
};

const struct command command_jobs_list = {
	.name = "jobs list",
	.operands = "",
	.title = "Show dead letters, or the jobs that wait or run",
	.about = "An analysis that failed at its last attempt (COORD_ATTEMPTS) is a dead letter: "
		 "its sessions are kept until retention, coord jobs show says why it failed, and "
		 "coord jobs requeue gives it all its attempts again.",
	.options = list_options,
	.n_options = sizeof(list_options) / sizeof(list_options[0]),
	.examples = list_examples,
	.run = list,
};

/* --- show ------------------------------------------------------------------------------------------------------------ */

static void
json_events(struct jsonw *w, const struct store_event *events, size_t n)
{
	jsonw_key(w, "events");
	jsonw_array(w);
	for (size_t i = 0; i < n; i++) {
		jsonw_object(w);
		json_time(w, "time", events[i].time_us);
		json_text(w, "type", events[i].type);
		jsonw_key(w, "data");
		if (events[i].data.len > 0)
			jsonw_raw(w, events[i].data);
		else
			jsonw_null(w);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
text_line(struct buf *out, const char *name, struct sv value)
{
	buf_printf(out, "%-12s", name);
	if (value.len == 0)
		buf_add_char(out, '-');
	else
		phrase_printable(out, value);
	buf_add_char(out, '\n');
}

static void
text_time(struct buf *out, const char *name, int64_t us)
{
	char text[TIME_TEXT_MAX] = "-";

	if (us != 0)
		time_format(us, true, text);
	buf_printf(out, "%-12s%s\n", name, text);
}

static void
text_job(
    struct buf *out, const struct store_analysis *a, const struct store_event *events, size_t n)
{
	text_line(out, "id", sv_from(a->id));
	text_line(out, "state", sv_from(state_of(a)));
	text_line(out, "priority", sv_from(priority_of(a)));
	text_line(out, "depth", a->depth);
	text_line(out, "owner", a->owner);
	text_line(out, "label", a->label);
	buf_printf(out, "%-12s%u\n%-12s%u\n", "sessions", a->sessions, "attempts", a->attempts);
	text_time(out, "created", a->created_us);
	text_time(out, "started", a->started_us);
	text_time(out, "finished", a->finished_us);
	text_line(out, "error", a->error);
	for (size_t i = 0; i < n; i++) {
		char when[TIME_TEXT_MAX];

		time_format(events[i].time_us, false, when);
		buf_printf(
		    out, "%-12s%s %.*s ", i == 0 ? "events" : "", when, SV_ARG(events[i].type));
		phrase_printable(out, events[i].data);
		buf_add_char(out, '\n');
	}
}

static enum coord_err
show_in(const struct settings *settings, struct store *store, struct arena *arena, struct buf *out,
    struct coord_error *err)
{
	struct sv id = sv_from(settings->operands.items[0]);
	struct store_analysis analysis;
	struct store_event *events;
	size_t n;

	TRY(store_get(store, id, SV_NONE, 0, arena, &analysis, err));
	TRY(store_events(store, id, 0, EVENTS_MOST, arena, &events, &n, err));
	if (settings->format == FORMAT_JSON) {
		struct jsonw w = jsonw_init(out, true);

		jsonw_object(&w);
		json_job(&w, &analysis);
		json_events(&w, events, n);
		jsonw_end(&w);
		buf_add_char(out, '\n');
	} else {
		text_job(out, &analysis, events, n);
	}
	return COORD_OK;
}

static enum cli_status
show(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT((size_t)64 << 20);
	struct arena *arena;
	struct service service;
	struct coord_error err;
	enum cli_status status = start(self, settings, &service, &arena);

	if (status == STATUS_DONE) {
		if (show_in(settings, service.store, arena, &out, &err) != COORD_OK)
			status = complain_error(self, &err);
		else
			status = output_whole(self, settings->output, &out);
	}
	end(&service, arena);
	buf_clear(&out);
	return status;
}

const struct command command_jobs_show = {
	.name = "jobs show",
	.operands = "ID",
	.operands_least = 1,
	.operands_most = 1,
	.title = "Show one job: its state, its attempts, why it failed",
	.about = "Whatever its state, with the events of its life: when it was queued, begun, and "
		 "what came of each attempt.",
	.options = show_options,
	.n_options = sizeof(show_options) / sizeof(show_options[0]),
	.run = show,
};

/* --- requeue, cancel ------------------------------------------------------------------------------------------------- */

/** Tells the queue what the store has already decided. Without it nothing is lost, only later. */
static void
tell_queue(const struct command *self, struct service *service,
    enum coord_err (*tell)(struct queue *, const struct store_analysis *, struct coord_error *),
    const struct store_analysis *analysis)
{
	struct queue *queue = NULL;
	struct coord_error err;

	if (service_queue(&service->config, &queue, &err) != COORD_OK ||
	    tell(queue, analysis, &err) != COORD_OK)
		complain(
		    self, "%s: done, but the queue could not be told: %s", analysis->id, err.what);
	queue_close(queue);
}

static enum coord_err
tell_put(struct queue *queue, const struct store_analysis *analysis, struct coord_error *err)
{
	struct queue_item item = { .priority = analysis->priority == JOB_BULK };

	(void)snprintf(item.id, sizeof(item.id), "%s", analysis->id);
	(void)snprintf(item.owner, sizeof(item.owner), "%.*s", SV_ARG(analysis->owner));
	return queue_put(queue, &item, 1, err);
}

static enum coord_err
tell_remove(struct queue *queue, const struct store_analysis *analysis, struct coord_error *err)
{
	return queue_remove(queue, analysis->id, err);
}

static enum cli_status
requeue_one(const struct command *self, struct service *service, struct sv id, struct arena *arena)
{
	struct store_analysis analysis;
	struct coord_error err;

	if (store_get(service->store, id, SV_NONE, 0, arena, &analysis, &err) != COORD_OK ||
	    store_requeue(service->store, id, clock_wall(), &err) != COORD_OK ||
	    service_audit(service, "job.requeue", analysis.id, "ok", &err) != COORD_OK)
		return complain_error(self, &err);
	tell_queue(self, service, tell_put, &analysis);
	return STATUS_DONE;
}

static enum cli_status
requeue_all(const struct command *self, struct service *service, struct arena *arena)
{
	struct store_analysis *rows;
	struct coord_error err;
	enum cli_status status = STATUS_DONE;
	size_t n;

	do {
		if (read_rows(service->store, STATE_DEAD, PAGE, arena, &rows, &n, &err) != COORD_OK)
			return complain_error(self, &err);
		for (size_t i = 0; i < n && status == STATUS_DONE; i++)
			status = requeue_one(self, service, sv_from(rows[i].id), arena);
	} while (n > 0 && status == STATUS_DONE);
	return status;
}

static enum cli_status
requeue(const struct command *self, const struct settings *settings)
{
	struct arena *arena;
	struct service service;
	enum cli_status status;

	if (settings->all_jobs == (settings->operands.n > 0)) {
		complain(self, "expected ids, or --all");
		return hint_help(self);
	}
	status = start(self, settings, &service, &arena);
	if (status == STATUS_DONE && settings->all_jobs)
		status = requeue_all(self, &service, arena);
	for (size_t i = 0; i < settings->operands.n && status == STATUS_DONE; i++)
		status = requeue_one(self, &service, sv_from(settings->operands.items[i]), arena);
	end(&service, arena);
	return status;
}

static const struct example requeue_examples[] = {
	{ "coord jobs requeue --all", "after what made them fail was mended" },
	{ NULL, NULL },
};

const struct command command_jobs_requeue = {
	.name = "jobs requeue",
	.operands = "[ID...]",
	.operands_most = OPERANDS_ANY,
	.title = "Give dead letters all their attempts again",
	.about = "They keep their ids: who asks for one of them sees it queued again.",
	.options = requeue_options,
	.n_options = sizeof(requeue_options) / sizeof(requeue_options[0]),
	.examples = requeue_examples,
	.run = requeue,
};

static enum cli_status
cancel_one(const struct command *self, struct service *service, struct sv id, struct arena *arena)
{
	struct buf response = BUF_INIT(1 << 16);
	struct store_analysis analysis;
	struct coord_error err;
	bool cancelled = false;
	enum coord_err rc = store_get(service->store, id, SV_NONE, 0, arena, &analysis, &err);

	if (rc == COORD_OK && analysis_terminal(analysis.status))
		rc = error_set(&err, COORD_ENODATA, "%s has ended (%s): there is nothing to cancel",
		    analysis.id, state_of(&analysis));
	if (rc == COORD_OK) {
		jobs_failed_response(id, SV("cancelled"), &response);
		rc = store_delete(
		    service->store, id, SV_NONE, clock_wall(), buf_sv(&response), &cancelled, &err);
	}
	buf_clear(&response);
	if (rc == COORD_OK)
		rc = service_audit(service, "job.cancel", analysis.id, "ok", &err);
	if (rc != COORD_OK)
		return complain_error(self, &err);
	tell_queue(self, service, tell_remove, &analysis);
	return STATUS_DONE;
}

static enum cli_status
cancel(const struct command *self, const struct settings *settings)
{
	struct arena *arena;
	struct service service;
	enum cli_status status = start(self, settings, &service, &arena);

	for (size_t i = 0; i < settings->operands.n && status == STATUS_DONE; i++)
		status = cancel_one(self, &service, sv_from(settings->operands.items[i]), arena);
	end(&service, arena);
	return status;
}

const struct command command_jobs_cancel = {
	.name = "jobs cancel",
	.operands = "ID...",
	.operands_least = 1,
	.operands_most = OPERANDS_ANY,
	.title = "Cancel jobs that wait or run",
	.about = "A running one stops within a heartbeat. Whoever asks for it sees it failed, with "
		 "the error cancelled.",
	.options = cancel_options,
	.n_options = sizeof(cancel_options) / sizeof(cancel_options[0]),
	.run = cancel,
};
