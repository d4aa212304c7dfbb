/* workflow.h - a durable graph of steps: typed state, nodes as plain functions, a checkpoint after every step.
 * A graph is constant tables. Fields are its state; nodes read and write the fields that they declare; edges say what comes next, with a condition or
 * without. Whatever the nodes do to the world outside (a question asked over the network) goes through workflow_recall and workflow_record, so that it is
 * done once: after kill -9 at any instant a run goes on behind its last finished step, with every answer that was recorded.
 *
 * Order. A node is ready when each edge into it is decided and one of them was taken. All that are ready form a wave, and run at the same time; what they
 * wrote is merged in the order of the table of nodes, by the field's reducer where several wrote, before the next wave is chosen. Steps are numbered in that
 * order too. So the state, the steps and the chain do not depend on threads or time.
 *
 * The room knows nothing about analyses. Threads: graphs are constant and shared; a run is its caller's, its nodes may run in threads of the engine.
 * Times are int64_t microseconds UTC; durations are microseconds of a monotonic clock. */
#ifndef COORD_WORKFLOW_H
#define COORD_WORKFLOW_H

#include <stdatomic.h>

#include "base/base.h"
#include "store/store.h"

struct workflow_step;

/* --- a graph ------------------------------------------------------------------------------------------------------- */

enum { WORKFLOW_MOST = 64, WORKFLOW_NAME_MOST = 64 }; /* fields, nodes; edges: four times as many */

/** How a field's bytes are written: what is read back from a checkpoint or given by a person is checked against it. */
enum workflow_type {
	WORKFLOW_TEXT, /* any bytes */
	WORKFLOW_JSON, /* one JSON document */
	WORKFLOW_INT,  /* int64_t in decimal */
	WORKFLOW_REAL, /* a finite double, shortest text that reads back the same */
	WORKFLOW_BOOL, /* "true" or "false" */
};

/** Appends to `out` what `old` (SV_NONE: nothing yet) and `added` come to. Pure. */
typedef enum coord_err workflow_reduce(
    struct sv old, struct sv added, struct buf *out, struct coord_error *err);
/** Appends to `out` what a value written as version `from` of the field is in the version of this program; COORD_EINVALID: it cannot be had. Pure. */
typedef enum coord_err workflow_migrate(
    uint32_t from, struct sv old, struct buf *out, struct coord_error *err);

struct workflow_field {
	const char *name;
	enum workflow_type type;
	uint32_t version; /* of its form; 0 counts as 1 */
	workflow_reduce
	    *reduce; /* NULL: one node writes it, or none, and then it is an input of the run */
	workflow_migrate *migrate; /* NULL: a checkpoint with an older version is refused */
	const char *about;         /* one line */
};

/** Made reducers: JSON arrays joined, numbers added, the largest number. */
enum coord_err workflow_join(
    struct sv old, struct sv added, struct buf *out, struct coord_error *err);
enum coord_err workflow_sum(
    struct sv old, struct sv added, struct buf *out, struct coord_error *err);
enum coord_err workflow_most(
    struct sv old, struct sv added, struct buf *out, struct coord_error *err);

/** The outcomes of an attempt, as bits: which of them are worth another one. */
#define WORKFLOW_ON(code) (1u << (code)) /* an enum coord_err: WORKFLOW_ON(COORD_EUNAVAIL) */
#define WORKFLOW_ON_TIMEOUT (1u << 31)

struct workflow_retry {
	uint32_t on;        /* 0: no second attempt */
	uint32_t attempts;  /* in all; 0 counts as 1 */
	int64_t backoff_us; /* before the second attempt, doubled before each further one */
	int64_t cap_us;     /* never longer than this; 0: a minute */
	double
	    jitter; /* 0..1: this share of the wait is drawn (from run, node and attempt: the same again on a replay) */
};

/** COORD_OK: what it set counts. Anything else: nothing that it set counts. It should ask workflow_cancelled now and then, and end when told to. */
typedef enum coord_err workflow_function(struct workflow_step *step, struct coord_error *err);

struct workflow_node {
	const char *name, *title; /* "confidence_scorer", "Confidence" */
	workflow_function *run;
	const char *reads, *writes; /* names of fields, with blanks between; NULL: none */
	/* 0: as long as it takes. Else it runs in a thread of its own: when the time is over it is told to end (workflow_cancelled), the attempt has
	 * timed out, and nothing that it sets counts. A thread cannot be killed, so that another attempt and the end of workflow_run wait for it. */
	int64_t timeout_us;
	struct workflow_retry retry;
	/* when the last attempt has failed, this node's function takes its place: it writes fields that are also this node's, and what comes next is
	 * this node's edges. NULL: the run fails. A fallback has no edges of its own and may have a fallback. */
	const char *fallback;
	double weight; /* its part of the whole's progress; 0 counts as 1 */
};

/** Asked when `from` has ended well, with its step: sees what the node read, and what it wrote. Pure. */
typedef bool workflow_condition(const struct workflow_step *step);

struct workflow_edge {
	const char *from, *to;
	workflow_condition *when; /* NULL: always */
	const char *label;        /* what the condition asks: "nothing to analyse" */
	uint32_t
	    loop; /* not 0: it leads back, at most this many times; `to` and all behind it run again */
};

struct workflow_graph {
	const char *name, *title;
	uint32_t version; /* a run of a higher one is refused */
	const struct workflow_field *fields;
	size_t n_fields;
	const struct workflow_node *nodes; /* the first is where it starts */
	size_t n_nodes;
	const struct workflow_edge *edges;
	size_t n_edges;
};

/** Is the graph sound? Names are known and unique; a field is written by one node, or has a reducer; what a node reads is an input or written by one that can
 *  come before it; every node can be reached; edges lead back only with a bound; fallbacks write no more than what they stand in for. COORD_EINVALID with
 *  the table's row. Every other function checks too. */
MUST_CHECK enum coord_err workflow_check(
    const struct workflow_graph *graph, struct coord_error *err);

/* --- inside a node -------------------------------------------------------------------------------------------------- */

/** A field that the node declares; what it wrote itself in this step, else what it was before. SV_NONE: nobody has written it. Valid until the function returns.
 *  A field that is not declared, or of another type, is our bug: assert. */
struct sv workflow_get(const struct workflow_step *step, const char *field);
/** False, and *ret untouched, when nobody has written it. */
bool workflow_get_int(const struct workflow_step *step, const char *field, int64_t *ret);
bool workflow_get_real(const struct workflow_step *step, const char *field, double *ret);
bool workflow_get_bool(const struct workflow_step *step, const char *field, bool *ret);
/** The bytes are copied. Of a field with a reducer: what is added. COORD_ENOMEM. */
MUST_CHECK enum coord_err workflow_set(
    struct workflow_step *step, const char *field, struct sv value, struct coord_error *err);
MUST_CHECK enum coord_err workflow_set_int(
    struct workflow_step *step, const char *field, int64_t value, struct coord_error *err);
MUST_CHECK enum coord_err workflow_set_real(
    struct workflow_step *step, const char *field, double value, struct coord_error *err);
MUST_CHECK enum coord_err workflow_set_bool(
    struct workflow_step *step, const char *field, bool value, struct coord_error *err);

/** The caller's own (options.context): never part of the state, so no result may depend on what the nodes leave in it. */
void *workflow_context(const struct workflow_step *step);
/** The run's id, the node's name, the number of this attempt from 1. */
struct sv workflow_id(const struct workflow_step *step);
const char *workflow_node_name(const struct workflow_step *step);
uint32_t workflow_attempt(const struct workflow_step *step);
/** Its result is not wanted any more: the run was cancelled, or the time is over. From any thread. */
bool workflow_cancelled(const struct workflow_step *step);
/** For those who watch. `share` 0..1 of the node; `stage` NULL: the node's title. From any thread. */
void workflow_progress(struct workflow_step *step, const char *stage, double share);
/** One sentence for the evidence chain: what was decided here, and on which grounds. The last one counts. Nothing that depends on time or threads. */
void workflow_decide(struct workflow_step *step, const char *format, ...) PRINTF_LIKE(2, 3);

/** An answer from outside: who gave it, to which question, when, and what. */
struct workflow_effect {
	struct sv provider, key;
	int64_t time_us;
	struct sv value;
};
/** Was this asked before in this step (an attempt before, a process that was killed, the run that is replayed or forked)? COORD_OK: *ret is the answer, its
 *  bytes live as long as the run. COORD_ENODATA: ask, and record. COORD_EUNAVAIL: this is a replay and there is no answer: do not ask. From any thread. */
MUST_CHECK enum coord_err workflow_recall(struct workflow_step *step, struct sv provider,
    struct sv key, struct workflow_effect *ret, struct coord_error *err);
/** Durable when it returns, if the run has a checkpointer. time_us 0: now. Whoever recorded first is right: a second value for a key is dropped. All
 *  answers that a step recalled or recorded are part of its link of the chain. COORD_ECANCELLED: this run is another's by now. From any thread. */
MUST_CHECK enum coord_err workflow_record(
    struct workflow_step *step, const struct workflow_effect *effect, struct coord_error *err);
/** Asks a person. COORD_OK: answered, *ret lives as long as the run. COORD_ENODATA: not yet; the node returns this, the run pauses, and once it is answered
 *  (workflow_answer) and run again the node is run again. `key` names the question within the node; `question` is a JSON document. */
MUST_CHECK enum coord_err workflow_interrupt(struct workflow_step *step, struct sv key,
    struct sv question, struct sv *ret, struct coord_error *err);

/* --- where runs are kept ------------------------------------------------------------------------------------------------ */

/** A table of functions over rows as in store.h. One lives in memory, one in the store. */
struct workflow_checkpointer;
/** NULL: no memory. */
struct workflow_checkpointer *workflow_memory(void);
/** The store is borrowed. */
struct workflow_checkpointer *workflow_stored(struct store *store);
void workflow_checkpointer_free(struct workflow_checkpointer *checkpointer);
/** For CLEANUP. */
static inline void
workflow_checkpointer_release(struct workflow_checkpointer **checkpointer)
{
	workflow_checkpointer_free(*checkpointer);
}

/* --- a run --------------------------------------------------------------------------------------------------------------- */

enum workflow_happening {
	WORKFLOW_STARTED,  /* a node, an attempt of it */
	WORKFLOW_PROGRESS, /* it said so */
	WORKFLOW_RETRIED,  /* an attempt failed (`error`), the next one comes after elapsed_us */
	WORKFLOW_FELL_BACK,
	WORKFLOW_FINISHED, /* a step, after elapsed_us in all */
	WORKFLOW_RECALLED, /* a step that an earlier process had finished */
	WORKFLOW_ASKED,    /* a person: `stage` is the question */
};

struct workflow_event {
	enum workflow_happening what;
	const char *node, *title, *stage;
	uint32_t step, attempt;
	double share; /* of the whole run, 0..1, never less than before */
	int64_t elapsed_us;
	const char *error; /* NULL: none */
};

struct workflow_input {
	const char *field;
	struct sv value;
};

struct workflow_options {
	const char *id;       /* of the run: at most WORKFLOW_NAME_MOST bytes */
	const char *analysis; /* it belongs to this analysis: goes with it. NULL: to none */
	/* of the analysis' job: whoever has a newer one takes the run over, and then nothing of this one is written any more. 0: the run's own number */
	uint64_t fence;
	struct workflow_checkpointer *checkpointer; /* NULL: nothing is kept */
	const struct workflow_input
	    *inputs; /* of a new run; one that was begun keeps those that it was begun with */
	size_t n_inputs;
	void *context;
	unsigned threads; /* nodes at the same time; 0: as many as are ready */
	/* one at a time, from the thread that runs the node */
	void (*event)(void *context, const struct workflow_event *event);
	void *event_context;
	const atomic_bool *cancel;        /* NULL: cannot be cancelled */
	int64_t (*now_us)(void *context); /* NULL: the clock */
	/* waits between attempts; false: cancelled meanwhile. NULL: it sleeps */
	bool (*wait)(void *context, int64_t us);
	void *clock_context;
	size_t steps_most; /* 0: 10,000 */
};

const char *workflow_status_name(enum workflow_status status);

struct workflow_outcome {
	enum workflow_status status;
	struct coord_error error; /* of a failed one */
	const char *node;         /* which failed, or asks */
	size_t steps;             /* in all */
	size_t recalled;          /* of them, those that earlier processes had finished */
	struct sv origin;         /* the run that it was forked from; SV_NONE */
	uint32_t forked_at;       /* the number of the step at which it parts from it */
	struct sv chain;          /* the evidence chain as a JSON array, one link a line */
	char head[65];            /* hash of its last link, hex */
	const struct workflow_input
	    *fields; /* the state at the end: those that were written, in the graph's order */
	size_t n_fields;
};
/** SV_NONE: nobody has written it. */
struct sv workflow_outcome_get(const struct workflow_outcome *outcome, const char *field);

/** Runs the graph, from the start or on behind the last checkpoint of this id. A run that failed goes on at the node that failed; one that is paused stays so until it is
 *  answered; of one that is done only the outcome is given. All of *ret lives in (or as long as) the arena. Returns COORD_OK for every status;
 *  COORD_EINVALID: the graph is not sound, or does not fit what was saved (the text says where); COORD_ECANCELLED: another has taken this run over;
 *  COORD_EUNAVAIL, COORD_ENOMEM, COORD_ELIMIT: go on later by the same call. */
MUST_CHECK enum coord_err workflow_run(const struct workflow_graph *graph,
    const struct workflow_options *options, struct arena *arena, struct workflow_outcome *ret,
    struct coord_error *err);

/** Answers the question `key` of a paused run (SV_NONE: the only one). Then workflow_run goes on. *ret_left: how many questions are still open.
 *  COORD_ENODATA: no such run or question; COORD_EINVALID: not paused, or several questions and no key. */
MUST_CHECK enum coord_err workflow_answer(struct workflow_checkpointer *checkpointer, struct sv id,
    struct sv key, struct sv answer, int64_t now_us, uint32_t *ret_left, struct coord_error *err);

/** What is kept of a run (store.h says what that is). COORD_ENODATA. */
MUST_CHECK enum coord_err workflow_load(struct workflow_checkpointer *checkpointer, struct sv id,
    struct arena *arena, struct store_workflow *ret, struct coord_error *err);
/** What the steps before number `before` wrote last into a field, as it lies there (of a field with a reducer: what was added last). SV_NONE: nothing. */
struct sv workflow_saved(const struct store_workflow *run, const char *field, uint32_t before);
/** The run as one JSON object: status, open questions, and of each step its node, times, attempts, decision, outputs with their hashes. COORD_EINVALID: damaged. */
MUST_CHECK enum coord_err workflow_json(
    const struct store_workflow *run, struct jsonw *w, struct coord_error *err);

/** Runs every node of a finished run again, from what was saved, with recorded answers only, and compares what it writes, decides and takes next, bit for bit.
 *  Writes nothing. options: context, threads, event, cancel, clock are used. *ret_differences: one line each, in the arena; 0 lines: the same. */
struct workflow_replay {
	size_t steps, answers; /* compared; recalled */
	const char **differences;
	size_t n_differences;
};
MUST_CHECK enum coord_err workflow_replay(const struct workflow_graph *graph,
    struct workflow_checkpointer *checkpointer, struct sv id,
    const struct workflow_options *options, struct arena *arena, struct workflow_replay *ret,
    struct coord_error *err);

/** A new run `to` that shares what run `id` did before step `step` (from 1), with these fields changed; workflow_run(to) executes the rest. Recorded answers are taken
 *  along, or (`ask_again`) only those of the steps kept. Steps of the same wave as `step` are executed again too. COORD_EINVALID: no such step or field. */
struct workflow_fork {
	const char *to;
	uint32_t step;
	const struct workflow_input *changes;
	size_t n_changes;
	bool ask_again;
	/* of a checkpointer in the store: the new run belongs to this new analysis, which is accepted in the same transaction (store.h); NULL: to the old one's */
	const struct store_submission *submission;
	int64_t now_us;
};
MUST_CHECK enum coord_err workflow_fork(const struct workflow_graph *graph,
    struct workflow_checkpointer *checkpointer, struct sv id, const struct workflow_fork *fork,
    struct coord_error *err);

/* --- the evidence chain ----------------------------------------------------------------------------------------------------- */

/** The chain of a saved run, as in workflow_outcome. COORD_EINVALID: a link is damaged. */
MUST_CHECK enum coord_err workflow_chain(
    const struct store_workflow *run, struct buf *out, char ret_head[65], struct coord_error *err);
/** Checks a chain as a JSON array: every link has exactly the fields of one, is numbered, names the hash of the one before, and has the hash of its own content.
 *  Whatever reformats JSON without changing it changes nothing here. *ret_links: how many; ret_head: hash of the last. COORD_EINVALID: the text says which link. */
MUST_CHECK enum coord_err workflow_chain_verify(
    struct json_value chain, size_t *ret_links, char ret_head[65], struct coord_error *err);

/* --- drawings ------------------------------------------------------------------------------------------------------------------ */

/** The graph for a terminal, or as one SVG document. `run` (NULL: none) adds what became of each node. */
MUST_CHECK enum coord_err workflow_draw_text(const struct workflow_graph *graph,
    const struct store_workflow *run, struct buf *out, struct coord_error *err);
MUST_CHECK enum coord_err workflow_draw_svg(const struct workflow_graph *graph,
    const struct store_workflow *run, struct buf *out, struct coord_error *err);

#endif
