/* jobs.h - what is done with an accepted analysis: workers that claim, run, finish and retry; the supervisor of their processes; upkeep.
 *
 *   coord serve / coord worker   supervisor: starts N children, replaces those that die, hands the signal to stop on
 *     child process              claim -> store_begin -> analyse (heartbeat thread) -> store_finish | store_fail -> queue_done
 *     upkeep thread              what is stranded back into the queue, callbacks out, retention
 *
 * A child has a memory limit (RLIMIT_AS) and gets processor time by the job (RLIMIT_CPU), so a crash in one analysis kills that process only;
 * the supervisor sees it, fails the attempt with the reason ("killed by signal 11", "out of memory", "processor time spent") and the job is tried again. */
#ifndef COORD_JOBS_H
#define COORD_JOBS_H

#include "config/config.h"
#include "metrics/metrics.h"
#include "net/net.h"
#include "queue/queue.h"
#include "store/store.h"
#include "tracing/tracing.h"

struct enrich;
struct llm;
struct services_files;
struct tools;

/** What the parts share. All borrowed. */
struct jobs_world {
	const struct config *config;
	struct store *store;
	struct queue *queue;
	struct net *net;
	struct metrics *metrics;
	struct tools *tools;     /* NULL: nobody outside is asked */
	struct llm *llm;         /* NULL: narratives come from the template */
	struct enrich *enrich;   /* NULL: nothing is written into an index */
	struct tracing *tracing; /* NULL: no spans are recorded */
	const struct services_files
	    *files; /* for jobs_analyse and jobs_render only; may be NULL elsewhere */
};

/** From now on calls of store and queue are counted in world->metrics, which has to outlive both of them. Before other threads use them. */
void jobs_watch(const struct jobs_world *world);

/** The files of all analyses that the configuration names (reference, null table, ASN database, model) and the shipped lists, read once a
 *  process and used by any number of threads. Errors and release: services/services.h. */
MUST_CHECK enum coord_err jobs_files_open(
    const struct config *config, struct services_files **ret, struct coord_error *err);

/* --- what the front door and a worker agree on ------------------------------------------------------------------------------
 * store_submission.request is the zstd of text that ingest_memory reads: NDJSON of the sessions, or any log format of ours.
 * store_submission.options is one JSON object; a member that is not there has its default, others are ignored:
 *   "kind"          "sessions" (POST /analyze/coordination, /analyze/bulk) or "logs" (POST /ingest: sessions is 0, not counted yet)
 *   "group"         true: the set as given is the one group judged (detect_config.group)
 *   "selected_by"   the channel that the set was picked by (detect_config.selected_by); only with group
 *   "prior"         P(coordinated) before evidence, between 0 and 1; "worlds" 1..99999; "seed" 1..2^53
 *   "format"        the reader's name; else recognised by content, record by record
 *   "sensor"        the sensor's name, whatever the records say
 *   "tools"         none, offline or online: at most these; "approve" true: a person is asked before anything leaves, whatever COORD_APPROVE_LOOKUPS says
 *   "zone_offset_s" of times without a zone; "year" of lines that do not say it
 * jobs_options_check refuses what jobs_analyse would refuse (COORD_EINVALID, COORD_EPARSE). */
MUST_CHECK enum coord_err jobs_options_check(struct sv options, struct coord_error *err);

/* Other forms of a result than JSON. Making them costs as much as a small analysis itself, so the worker keeps those of expensive ones only, just
 * before store_finish: store_value_put(JOBS_FORMS, "<analysis id>/html", zstd of the page), "/csv", "/stix"; they end with the result
 * (keep_results). jobs_render looks there first and else analyses the stored request once more, which gives the same, and keeps the form. */
#define JOBS_FORMS SV("form")
enum jobs_rendering { JOBS_HTML, JOBS_CSV, JOBS_STIX };
/** A completed analysis in another form; may take as long as JOBS_RENDER_US of processor time. COORD_ENODATA: it is not completed, its sessions are no longer
 *  kept, or the program or its background has changed since and gives another answer (the text says which). Needs world->files. */
MUST_CHECK enum coord_err jobs_render(const struct jobs_world *world, struct sv id,
    enum jobs_rendering what, struct buf *out, struct coord_error *err);
#define JOBS_RENDER_US INT64_C(200000)
/** An analysis was deleted: its forms end too. */
MUST_CHECK enum coord_err jobs_forget(
    const struct jobs_world *world, struct sv id, int64_t now_us, struct coord_error *err);
/** The public answer (CoordinationResponse) of one that failed or was cancelled: {"analysis_id", "status": "failed", ..., "error"}. */
void jobs_failed_response(struct sv id, struct sv error, struct buf *out);

/* --- supervisor ----------------------------------------------------------------------------------------------------------- */

struct supervisor;
/** Starts `config->workers` children of `program` ("/proc/self/exe"), which run `coord worker --child`. The environment that config needs is handed on; secrets go by it
 *  too, never by the command line. */
MUST_CHECK enum coord_err supervisor_start(const struct jobs_world *world, const char *program,
    struct supervisor **ret, struct coord_error *err);
/** Children alive and ready. */
unsigned supervisor_alive(const struct supervisor *supervisor);
/** Asks all to stop (SIGTERM), waits until the deadline (clock_steady), then kills; what they held is given back. Frees it. */
void supervisor_stop(struct supervisor *supervisor, int64_t deadline_us);

/* --- a worker process -------------------------------------------------------------------------------------------------------- */

/** What a child inherits from its supervisor; how it ends when it ran out of memory and wants to be replaced. */
enum { WORKER_PAGE_FD = 3, WORKER_METRICS_FD = 4, WORKER_TRACING_FD = 5, WORKER_EXIT_MEMORY = 3 };

/** Runs jobs until *stop; then the one in hand is finished when that fits into the deadline, else given back. `page_fd`: WORKER_PAGE_FD, by which the supervisor knows
 *  what this process has in hand; -1: none. Needs world->files. COORD_ENOMEM: the process ran out of memory (the job was failed) and should be replaced. */
MUST_CHECK enum coord_err worker_run(
    const struct jobs_world *world, int page_fd, const _Atomic bool *stop, struct coord_error *err);
/** Limits and rights of a worker process, after jobs_files_open and before it has threads (before store_open): memory, priority, no core dumps, and (config->sandbox) the
 *  fences of docs/security.md. `folder`: of the SQLite database; NULL: the store is on the network. COORD_EUNAVAIL: this kernel has not all of the fences; the rest is in
 *  force and the process may go on. COORD_EIO. */
MUST_CHECK enum coord_err worker_confine(
    const struct config *config, const char *folder, struct coord_error *err);
/** The fences of the process that answers requests or starts workers (jobs/sandbox.h), when config->sandbox asks for them: before the store is opened and before
 *  it has threads. Then, once the supervisor runs, of the thread that will start all others. COORD_EUNAVAIL as above. */
MUST_CHECK enum coord_err service_confine(const struct config *config, const char *const *written,
    size_t n_written, const char *const *read, size_t n_read, struct coord_error *err);
MUST_CHECK enum coord_err service_start_nothing(
    const struct config *config, struct coord_error *err);
/** Started as root: becomes config->user, when one is named. Before the store is opened. COORD_EINVALID: no such user, or not root; COORD_EIO. */
MUST_CHECK enum coord_err process_become_user(const struct config *config, struct coord_error *err);
/** No core dumps, nobody's debugger: secrets are in memory. For every process that has read the configuration. */
void process_keep_secrets(void);

/** The analysis itself: a stored request -> a result, by the graph of services/. Of *world it uses config, files, metrics, tools, llm (both may be NULL) and the store (for
 *  other forms, and for checkpoints; may be NULL). `fence` of store_begin: what each step wrote survives this process, except at depth minimal, which is quicker
 *  done again; 0: nothing is kept but the result. Everything in *ret lives in the arena. *ret_waits: a person is asked before it goes on, and *ret is not written.
 *  COORD_EINVALID, COORD_EPARSE, COORD_ENODATA: the request's own fault (not retried); COORD_ECANCELLED: `progress` said so; else worth another try. */
typedef bool jobs_progress(void *context, const char *stage, double share); /* false: stop */
MUST_CHECK enum coord_err jobs_analyse(const struct jobs_world *world,
    const struct store_analysis *analysis, uint64_t fence, jobs_progress *progress, void *context,
    struct arena *arena, struct store_result *ret, bool *ret_waits, struct coord_error *err);

/** Runs every step of a finished analysis again from what was kept, asking nobody, and compares (workflow_replay). With the settings that it was made with. COORD_ENODATA: no
 *  such run, or its sessions are gone. */
struct workflow_replay;
MUST_CHECK enum coord_err jobs_replay(const struct jobs_world *world, struct sv id,
    struct arena *arena, struct workflow_replay *ret, struct coord_error *err);

/** A new analysis that goes on from step `step` of the run of another, with something changed (services/services.h says what can be): of the same stored request, owner, label
 *  and priority, without a callback; queued. *ret_id is its id. `owner`: the other has to be theirs; SV_NONE: anybody's. The queue may be NULL: it finds it later.
 *  COORD_ENODATA: no such analysis, its sessions are gone, or no run of it is kept; COORD_EINVALID: the step or a change, the text says what. */
struct services_change;
struct jobs_fork {
	struct sv id, owner;
	uint32_t step;
	const struct services_change *changes;
	size_t n_changes;
	int64_t now_us;
};
MUST_CHECK enum coord_err jobs_fork(const struct jobs_world *world, const struct jobs_fork *fork,
    char ret_id[STORE_ID_LEN + 1], struct coord_error *err);

/* --- callbacks ------------------------------------------------------------------------------------------------------------ */

/** Where callbacks may go, by the settings COORD_CALLBACK_*: the same for accepting a URL (net_url_check) and for going there. Its lists live in the arena.
 *  COORD_EINVALID names the setting that is wrong. */
MUST_CHECK enum coord_err jobs_callback_gate(const struct config *config, struct arena *arena,
    struct net_gate *ret, struct coord_error *err);
/** The secrets that callbacks are signed with: COORD_CALLBACK_SECRET, else one made once and kept in the store. For showing it to the operator. */
MUST_CHECK enum coord_err jobs_callback_secrets(
    const struct config *config, struct store *store, struct buf *ret, struct coord_error *err);

/* --- upkeep ---------------------------------------------------------------------------------------------------------------------- */

struct upkeep;
/** A thread that puts back what is stranded, delivers callbacks, applies retention and keeps the backlog's gauges. Several processes may run one: each thing is leased. */
MUST_CHECK enum coord_err upkeep_start(
    const struct jobs_world *world, struct upkeep **ret, struct coord_error *err);
void upkeep_stop(struct upkeep *upkeep);

#endif
