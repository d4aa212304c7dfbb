/* store.h - what has to survive: analyses and their results, campaigns, keys, the audit log, callbacks, idempotency.
 * One interface, two implementations chosen once from the URL's scheme: SQLite in WAL mode (one file, safe across
 * processes) and PostgreSQL 15. Neither knows the other.
 *
 * The store is the truth about a job. A queue (queue/queue.h) only says which one is next: an analysis and its row in
 * `jobs` are written in one transaction, a result is written in the transaction that finishes the job, and whatever a
 * queue delivers twice is refused here by its fence. So a job accepted is never lost and never done twice.
 *
 * Threads: a struct store may be used from any number of threads. Times are int64_t microseconds UTC, given by the caller
 * (tests turn the clock). Texts and blobs returned live in the caller's arena. Every call may return COORD_EUNAVAIL: the
 * database is away, nothing was changed (or, for a write whose answer was lost, it may have been: calls are made so that
 * repeating them is safe). */
#ifndef COORD_STORE_H
#define COORD_STORE_H

#include "base/base.h"

struct store;

struct store_options {
	bool migrate;     /* bring an older schema up to date on opening (SQLite: always) */
	unsigned readers; /* connections for reading; 0: 4 */
	unsigned busy_ms; /* how long a writer waits for another process; 0: 10,000 */
	bool
	    relaxed_sync; /* workers: a commit may be lost with the machine's power, never with the process */
};

/** "sqlite:PATH" (or a bare path) or "postgresql://...". COORD_EINVALID: scheme; COORD_EUNAVAIL: not reachable, or its schema
 *  is older or newer than this program (the text says which and what to run). The URL's password never appears in an error. */
MUST_CHECK enum coord_err store_open(const char *url, const struct store_options *options,
    struct store **ret, struct coord_error *err);
void store_close(struct store *store);
/** "sqlite" or "postgresql". */
const char *store_kind(const struct store *store);
/** A cheap read through to the database: COORD_OK, or COORD_EUNAVAIL with the reason. */
MUST_CHECK enum coord_err store_ping(struct store *store, struct coord_error *err);

/** What calls cost, for whoever counts: told of every read, every write (its waiting for the writer included) and every transaction that was committed,
 *  by the thread that did it. `failed`: the database did not do it. At most one observer, set before other threads use the store; its context outlives the
 *  store. */
enum store_operation { STORE_READ, STORE_WRITE, STORE_COMMIT };
typedef void store_observer(
    void *context, enum store_operation operation, int64_t elapsed_us, bool failed);
void store_observe(struct store *store, store_observer *observer, void *context);

/* Migrations: numbered, forward only, each with the SHA-256 of its text kept beside it; several processes may start at once. */
struct store_migration {
	int version;
	const char *name;
	bool applied;
	int64_t applied_us; /* 0: not yet */
};
/** Applies what is missing (`apply`) or only lists. COORD_EINVALID: the database holds a migration that this program does not
 *  know, or one whose text has changed. */
MUST_CHECK enum coord_err store_migrate(const char *url, bool apply, struct arena *arena,
    struct store_migration **ret, size_t *n, struct coord_error *err);

/* --- analyses -------------------------------------------------------------------------------------------------- */

enum { STORE_ID_LEN = 36 }; /* lower-case UUID */

enum analysis_status {
	ANALYSIS_QUEUED,
	ANALYSIS_PROCESSING,
	ANALYSIS_COMPLETED,
	ANALYSIS_FAILED,
	ANALYSIS_CANCELLED, /* shown as "failed" with its error */
};
const char *analysis_status_name(enum analysis_status status);
static inline bool
analysis_terminal(enum analysis_status status)
{
	return status >= ANALYSIS_COMPLETED;
}

enum job_priority { JOB_INTERACTIVE, JOB_BULK };

/** One analysis to accept. All views are borrowed until the call's end, or until `done` for the asynchronous call. */
struct store_submission {
	char id[STORE_ID_LEN + 1];
	struct sv owner;   /* the key's id: analyses belong to it */
	struct sv depth;   /* "minimal", "standard", "deep" */
	struct sv label;   /* the client's own name for it; SV_NONE */
	struct sv options; /* what else was asked for, one JSON object */
	struct sv callback_url;
	struct sv traceparent;
	enum job_priority priority;
	uint32_t sessions;
	struct sv request; /* the sessions as accepted, zstd of NDJSON */
};

/** A set that is accepted whole or not at all (a bulk request, or one analysis). */
struct store_submit {
	const struct store_submission *items;
	size_t n;
	int64_t now_us;
	/* Idempotency-Key of the request (SV_NONE: none), the hash of its body, and the answer to give again */
	struct sv idempotency_owner, idempotency_key, fingerprint, reply;
};

enum store_submitted {
	SUBMIT_STORED,
	SUBMIT_REPLAYED, /* this key was used with this body: `reply` of the first answer is returned */
	SUBMIT_CONFLICT, /* this key was used with another body */
};

/** Called once, from the thread that writes (so it has to be short), when the set is durable (on disk, flushed) or has failed. `reply` lives for the call. */
typedef void store_submit_done(void *context, enum coord_err rc, enum store_submitted what,
    struct sv reply, const struct coord_error *err);
/** Hands the set to the writer, which commits all that wait in one transaction. Everything named by *submit stays the caller's
 *  and unchanged until `done`. COORD_ELIMIT: too many wait already (`done` is not called then). */
MUST_CHECK enum coord_err store_submit(struct store *store, const struct store_submit *submit,
    store_submit_done *done, void *context, struct coord_error *err);
/** The same, waiting for it. *ret_reply lives in the arena. */
MUST_CHECK enum coord_err store_submit_wait(struct store *store, const struct store_submit *submit,
    struct arena *arena, enum store_submitted *ret, struct sv *ret_reply, struct coord_error *err);

struct store_analysis {
	char id[STORE_ID_LEN + 1];
	struct sv owner, depth, label, options, callback_url, traceparent;
	enum analysis_status status;
	enum job_priority priority;
	uint32_t sessions, attempts;
	int64_t created_us, started_us, finished_us; /* 0: not yet */
	double confidence;                           /* NaN: none */
	struct sv verdict;                           /* SV_NONE until completed */
	bool enrichment_applied;
	struct sv error;    /* of a failed or cancelled one */
	bool dead;          /* failed after its last attempt: `coord jobs` lists it */
	struct sv stage;    /* what it is doing, of a running one */
	double share;       /* 0..1 of the whole */
	struct sv response; /* PART_RESPONSE: the public answer (JSON), completed or failed */
	struct sv document; /* PART_DOCUMENT: zstd of the whole result document */
	struct sv request;  /* PART_REQUEST: as submitted */
};

enum store_parts { PART_RESPONSE = 1, PART_DOCUMENT = 2, PART_REQUEST = 4 };

/** COORD_ENODATA: no such analysis, or not of this owner (`owner` SV_NONE: anybody's). */
MUST_CHECK enum coord_err store_get(struct store *store, struct sv id, struct sv owner,
    unsigned parts, struct arena *arena, struct store_analysis *ret, struct coord_error *err);

struct store_filter {
	struct sv owner;          /* SV_NONE: all */
	int status;               /* enum analysis_status, -1: any */
	struct sv verdict, label; /* SV_NONE: any */
	int64_t from_us, to_us;   /* created in [from, to); 0: open */
	bool dead_only;
	/* continue behind this one (both from the last row of the page before); after_us 0: from the newest */
	int64_t after_us;
	struct sv after_id;
	uint32_t limit;
};
/** Newest first, without parts. */
MUST_CHECK enum coord_err store_list(struct store *store, const struct store_filter *filter,
    struct arena *arena, struct store_analysis **ret, size_t *n, struct coord_error *err);

/* --- the life of a job ------------------------------------------------------------------------------------------ */

enum store_begun {
	BEGIN_YOURS,    /* run it: *fence is its number from now on */
	BEGIN_FINISHED, /* terminal or deleted: acknowledge and forget */
	BEGIN_HELD,     /* another worker's lease is alive: put it back for later */
	BEGIN_SPENT,    /* it was tried `attempts_most` times: it has been failed and is dead now */
};
/** Takes the analysis for `worker` until now + lease: status processing, one more attempt. With PART_REQUEST in *ret. */
MUST_CHECK enum coord_err store_begin(struct store *store, struct sv id, struct sv worker,
    int64_t now_us, int64_t lease_us, uint32_t attempts_most, struct arena *arena,
    enum store_begun *what, uint64_t *fence, struct store_analysis *ret, struct coord_error *err);
/** Prolongs the lease and tells how far it is (appends an event when stage or whole per cent changed). COORD_ECANCELLED: it was cancelled or
 *  deleted, or the fence is not the newest: stop working. */
MUST_CHECK enum coord_err store_heartbeat(struct store *store, struct sv id, uint64_t fence,
    int64_t now_us, int64_t lease_us, struct sv stage, double share, struct coord_error *err);

/** A step of the analysis that has ended. */
struct store_step_end {
	struct sv node;
	uint32_t step;
	double share; /* of the whole, 0..1 */
	int64_t elapsed_us;
};
/** Appends an event "progress" with node, step, share and duration (seconds). COORD_ECANCELLED as above. */
MUST_CHECK enum coord_err store_step_ended(struct store *store, struct sv id, uint64_t fence,
    int64_t now_us, const struct store_step_end *end, struct coord_error *err);

struct store_campaign {
	struct sv key; /* 16 hex, stable while its members are */
	struct sv analysis_id;
	struct sv verdict;
	double confidence, low, high;
	uint32_t sources, sessions;
	int64_t first_us, last_us;
	struct sv
	    summary; /* one JSON object: the campaign as in the result document, without its members */
};

struct store_result {
	double confidence;
	struct sv verdict;
	uint64_t sessions; /* what was analysed: takes the place of the submission's count */
	bool enrichment_applied;
	struct sv response, document;
	const struct store_campaign *campaigns;
	size_t n_campaigns;
};
/** In one transaction: the result, its campaigns, the end of the job, and (when it has a callback_url) the callback to deliver.
 *  COORD_ECANCELLED: this fence is not the one that may finish it; nothing was written. Repeating it after success is success. */
MUST_CHECK enum coord_err store_finish(struct store *store, struct sv id, uint64_t fence,
    int64_t now_us, const struct store_result *result, struct coord_error *err);
/** An attempt failed. retry_us 0: for good (`dead` true: it becomes a dead letter; false: the input's own fault), else it is queued again for
 *  then. `response` is the public answer of a failed analysis. COORD_ECANCELLED as above. */
MUST_CHECK enum coord_err store_fail(struct store *store, struct sv id, uint64_t fence,
    int64_t now_us, struct sv error, struct sv response, int64_t retry_us, bool dead,
    struct coord_error *err);
/** A worker that stops gives it back: queued again at once, the attempt does not count. */
MUST_CHECK enum coord_err store_release(
    struct store *store, struct sv id, uint64_t fence, int64_t now_us, struct coord_error *err);
/** The stage of an analysis that waits for a person: its status is processing, its lease far away, and nobody works on it. */
#define STORE_WAITING SV("waiting")
/** Queues a waiting one again; the attempt does not count. COORD_ENODATA: no such analysis (of this owner; SV_NONE: anybody's), or it does not wait. */
MUST_CHECK enum coord_err store_resume(
    struct store *store, struct sv id, struct sv owner, int64_t now_us, struct coord_error *err);
/** Cancels a queued or running one (true in *ret), or deletes a finished one with all it left (false). COORD_ENODATA. */
MUST_CHECK enum coord_err store_delete(struct store *store, struct sv id, struct sv owner,
    int64_t now_us, struct sv response, bool *ret_cancelled, struct coord_error *err);
/** A dead letter is queued again, attempts from 0. COORD_ENODATA: no such dead letter. */
MUST_CHECK enum coord_err store_requeue(
    struct store *store, struct sv id, int64_t now_us, struct coord_error *err);
/** Accepted, but perhaps in no queue: queued, or processing with a lease that ended, and not put into a queue since `before_us` (a time). For
 *  putting into the queue again: it counts as put now, so that an id is returned again only when `before_us` has passed now. */
struct store_job {
	char id[STORE_ID_LEN + 1];
	struct sv owner;
	enum job_priority priority;
	int64_t created_us, not_before_us;
};
MUST_CHECK enum coord_err store_stranded(struct store *store, int64_t now_us, int64_t before_us,
    uint32_t limit, struct arena *arena, struct store_job **ret, size_t *n,
    struct coord_error *err);
/** Counts of queued and processing analyses, dead letters, and the creation of the oldest queued one (0: none). */
struct store_backlog {
	uint64_t queued, processing, dead;
	int64_t oldest_us;
};
MUST_CHECK enum coord_err store_backlog(
    struct store *store, struct store_backlog *ret, struct coord_error *err);

/* --- events, campaigns ------------------------------------------------------------------------------------------- */

struct store_event {
	uint64_t seq; /* from 1 within an analysis: the SSE event id */
	int64_t time_us;
	struct sv type; /* "queued", "processing", "progress", "completed", "failed" */
	struct sv data; /* one JSON object */
};
MUST_CHECK enum coord_err store_events(struct store *store, struct sv id, uint64_t after,
    uint32_t limit, struct arena *arena, struct store_event **ret, size_t *n,
    struct coord_error *err);

struct store_campaign_filter {
	struct sv owner, verdict;
	double confidence_least; /* NaN: any */
	int64_t from_us, to_us;  /* activity overlaps */
	int64_t after_us;
	struct sv after_key;
	uint32_t limit;
};
/** One row a campaign key, from the newest analysis that found it, by last activity descending. */
MUST_CHECK enum coord_err store_campaigns(struct store *store,
    const struct store_campaign_filter *filter, struct arena *arena, struct store_campaign **ret,
    size_t *n, struct coord_error *err);
/** All analyses' rows of one key, newest first. COORD_ENODATA. */
MUST_CHECK enum coord_err store_campaign_get(struct store *store, struct sv key, struct sv owner,
    struct arena *arena, struct store_campaign **ret, size_t *n, struct coord_error *err);

/* --- callbacks --------------------------------------------------------------------------------------------------- */

struct store_callback {
	char id[STORE_ID_LEN + 1]; /* of the delivery: the same on every try */
	char analysis_id[STORE_ID_LEN + 1];
	struct sv url, owner;
	uint32_t attempts;
	int64_t created_us, due_us;
	bool dead;
	struct sv error; /* of the last try */
};
/** Takes up to `limit` that are due for `lease_us`: the longest due first, then new ones whose time lies ahead because the clock was set back since. */
MUST_CHECK enum coord_err store_callbacks_due(struct store *store, int64_t now_us, int64_t lease_us,
    uint32_t limit, struct arena *arena, struct store_callback **ret, size_t *n,
    struct coord_error *err);
/** After a try. next_us 0 and no error: delivered; 0 and an error: dead; else tried again then. */
MUST_CHECK enum coord_err store_callback_tried(struct store *store, struct sv id, int64_t now_us,
    struct sv error, int64_t next_us, struct coord_error *err);
MUST_CHECK enum coord_err store_callbacks_list(struct store *store, bool dead_only, uint32_t limit,
    struct arena *arena, struct store_callback **ret, size_t *n, struct coord_error *err);
MUST_CHECK enum coord_err store_callback_requeue(
    struct store *store, struct sv id, int64_t now_us, struct coord_error *err);

/* --- keys, audit, small things ------------------------------------------------------------------------------------- */

struct store_key {
	struct sv id; /* short, public: "k_" and 16 characters */
	struct sv name;
	uint8_t hash[32]; /* HMAC-SHA-256 of the secret under the installation's pepper */
	unsigned scopes;  /* bits of auth/auth.h */
	int64_t created_us, expires_us, revoked_us, used_us; /* 0: none */
	uint32_t rate_per_minute;                            /* 0: the default */
	uint64_t quota_per_day;                              /* sessions; 0: none */
};
MUST_CHECK enum coord_err store_key_put(
    struct store *store, const struct store_key *key, struct coord_error *err); /* new or changed */
MUST_CHECK enum coord_err store_keys(struct store *store, struct arena *arena,
    struct store_key **ret, size_t *n, struct coord_error *err);
/** Counts that several processes share: adds `add` to (space, key) of the period that began at period_us, and returns the new sum. */
MUST_CHECK enum coord_err store_count(struct store *store, struct sv space, struct sv key,
    int64_t period_us, uint64_t add, uint64_t *ret, struct coord_error *err);
/** A value by (space, key), with its end (0: none). Get: COORD_ENODATA when absent or ended. Put with `only_new`: COORD_EINVALID when there. */
MUST_CHECK enum coord_err store_value_get(struct store *store, struct sv space, struct sv key,
    int64_t now_us, struct arena *arena, struct sv *ret, struct coord_error *err);
MUST_CHECK enum coord_err store_value_put(struct store *store, struct sv space, struct sv key,
    struct sv value, int64_t expires_us, bool only_new, struct coord_error *err);
/** A claim of several processes on (space, key) until expires_us: *ret_taken is false while another `holder` has it. The holder itself prolongs it, or gives
 *  it back with an end that has passed (now_us). */
MUST_CHECK enum coord_err store_value_claim(struct store *store, struct sv space, struct sv key,
    struct sv holder, int64_t now_us, int64_t expires_us, bool *ret_taken, struct coord_error *err);

/** The audit log: append-only, each row holds the SHA-256 of the row before and its own fields. */
struct store_audit {
	uint64_t seq; /* filled by the store */
	int64_t time_us;
	struct sv actor;  /* key id, "cli", "system" */
	struct sv action; /* "analysis.submit", "key.create" ... */
	struct sv subject;
	struct sv outcome; /* "ok", "denied", ... */
	struct sv request_id, remote;
	uint8_t previous[32], hash[32]; /* filled by the store */
};
/** Queued and written by the writer with the next commit, in order; lost only when the process dies before. */
MUST_CHECK enum coord_err store_audit_add(
    struct store *store, const struct store_audit *entry, struct coord_error *err);
MUST_CHECK enum coord_err store_audit_list(struct store *store, uint64_t after, uint32_t limit,
    struct arena *arena, struct store_audit **ret, size_t *n, struct coord_error *err);
/** The hash that a row has to have. */
void store_audit_hash(const struct store_audit *entry, uint8_t ret[32]);

/* --- runs of workflows ------------------------------------------------------------------------------------------------ */

/* What workflow/workflow.h keeps of a run: a row when it begins, one a finished step, one an answer from outside. Rows are only added, by whoever has the
 * newest fence; they go with the analysis that they belong to, those of none with retention's `results`. */

enum workflow_status {
	WORKFLOW_RUNNING, /* begun, not ended; somebody runs it, or died with it */
	WORKFLOW_DONE,
	WORKFLOW_PAUSED, /* until its questions are answered */
	WORKFLOW_CANCELLED,
	WORKFLOW_FAILED,
};

struct store_workflow_step {
	uint32_t step, visit, attempts;
	struct sv node;
	int64_t started_us, elapsed_us;
	struct sv record;  /* what its link of the evidence chain says (JSON) */
	struct sv outputs; /* the fields that it wrote, and no others (workflow/outputs.c) */
};

struct store_workflow_effect {
	struct sv node;
	uint32_t visit;
	struct sv provider, key;
	int64_t time_us;
	struct sv question; /* for a person; SV_NONE: asked of a provider */
	struct sv value;    /* SV_NONE: a question still open */
};

struct store_workflow {
	uint64_t seq, fence; /* whose writes count: begin gives it */
	struct sv id, graph;
	char analysis[STORE_ID_LEN + 1]; /* "": of none */
	uint32_t version;
	enum workflow_status status;
	struct sv origin; /* forked from; SV_NONE */
	int64_t created_us, updated_us;
	struct sv node, error;             /* of a failed one */
	struct store_workflow_step *steps; /* by number */
	size_t n_steps;
	struct store_workflow_effect *effects; /* by node, visit, provider, key */
	size_t n_effects;
};

struct store_workflow_begin {
	struct sv id, graph;
	struct sv analysis; /* the analysis that it belongs to; SV_NONE: none */
	uint64_t job_fence; /* of the analysis' job; 0: not on behalf of one */
	uint32_t version;
	int64_t now_us;
};
/** A new run, or an old one taken over: *ret is all of it, with the fence that every write has to name. Runs that are neither done nor paused are running
 *  afterwards. COORD_ECANCELLED: the analysis is not worked on under this fence (any more), or the run was taken up under a later one. COORD_EINVALID: no such analysis. */
MUST_CHECK enum coord_err store_workflow_begin(struct store *store,
    const struct store_workflow_begin *begin, struct arena *arena, struct store_workflow *ret,
    struct coord_error *err);
/** One that is there already is left as it is. COORD_ECANCELLED: the run is another's by now, or gone; nothing was written. */
MUST_CHECK enum coord_err store_workflow_step(struct store *store, uint64_t seq, uint64_t fence,
    const struct store_workflow_step *step, struct coord_error *err);
MUST_CHECK enum coord_err store_workflow_effect(struct store *store, uint64_t seq, uint64_t fence,
    const struct store_workflow_effect *effect, struct coord_error *err);
/** `node`, `error`: SV_NONE when there is none. */
MUST_CHECK enum coord_err store_workflow_end(struct store *store, uint64_t seq, uint64_t fence,
    enum workflow_status status, struct sv node, struct sv error, int64_t now_us,
    struct coord_error *err);
/** COORD_ENODATA. */
MUST_CHECK enum coord_err store_workflow_get(struct store *store, struct sv id, struct arena *arena,
    struct store_workflow *ret, struct coord_error *err);
/** Answers an open question of a paused run; with the last one it is running. Errors as workflow_answer's. */
MUST_CHECK enum coord_err store_workflow_answer(struct store *store, struct sv id, struct sv key,
    struct sv answer, int64_t now_us, uint32_t *ret_left, struct coord_error *err);
struct store_workflow_fork {
	struct sv from, to;
	uint32_t keep;                     /* steps below this number */
	struct store_workflow_step change; /* the next one */
	bool ask_again;                    /* only answers to the steps kept */
	/* a new analysis that the new run belongs to, accepted in the same transaction; NULL: it belongs to that of the old run */
	const struct store_submission *submission;
	int64_t now_us;
};
/** In one transaction. COORD_ENODATA: no such run; COORD_EINVALID: `to` (or the new analysis) is there already. */
MUST_CHECK enum coord_err store_workflow_fork(
    struct store *store, const struct store_workflow_fork *fork, struct coord_error *err);

/* --- upkeep ---------------------------------------------------------------------------------------------------------- */

struct store_retention { /* microseconds an item is kept after its end; 0: for ever */
	int64_t requests, results, events, callbacks, idempotency, audit, values;
};
/** Deletes what is older, at most `limit` rows a kind and call; *ret: how many went. Audit rows go from the front only, and the chain's new
 *  start is kept, so that the rest still verifies. */
MUST_CHECK enum coord_err store_retain(struct store *store, const struct store_retention *keep,
    int64_t now_us, uint32_t limit, uint64_t *ret, struct coord_error *err);
/** SQLite: a consistent copy to `path` while others write; it appears whole or not at all. PostgreSQL: COORD_EINVALID names pg_dump. */
MUST_CHECK enum coord_err store_backup(
    struct store *store, const char *path, struct coord_error *err);
/** Puts a backup in the place of the database at `url`, after checking it (integrity, migrations). Refuses (COORD_EINVALID) while the database is
 *  in use or is there already, unless `replace`. */
MUST_CHECK enum coord_err store_restore(
    const char *url, const char *path, bool replace, struct coord_error *err);

#endif
