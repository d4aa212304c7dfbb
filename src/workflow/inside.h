/* inside.h - what the files of the engine share (private to workflow/). */
#ifndef COORD_WORKFLOW_INSIDE_H
#define COORD_WORKFLOW_INSIDE_H

#include <pthread.h>
#include <stdio.h>

#include "workflow/workflow.h"

enum { EDGES_MOST = 4 * WORKFLOW_MOST, NONE = -1, VALUE_MOST = INT32_MAX };

/* --- plan.c: a graph with its names resolved -------------------------------------------------------------------------- */

struct plan_node {
	uint64_t reads, writes; /* bits of fields */
	int fallback;           /* index of a node; NONE */
	bool stands_in;         /* is somebody's fallback: no place of its own in the order */
};

struct plan_edge {
	int from, to;
};

struct plan {
	const struct workflow_graph *graph;
	struct plan_node nodes[WORKFLOW_MOST];
	struct plan_edge edges[EDGES_MOST];
	uint64_t
	    reach[WORKFLOW_MOST]; /* nodes that edges without a loop lead to, itself included */
};

MUST_CHECK enum coord_err plan_init(
    const struct workflow_graph *graph, struct plan *ret, struct coord_error *err);
/** NONE: no such field or node. */
int plan_field(const struct workflow_graph *graph, struct sv name);
int plan_node(const struct workflow_graph *graph, struct sv name);
static inline uint64_t
bit(int i)
{
	return UINT64_C(1) << i;
}

/* --- schedule.c: which nodes are next ------------------------------------------------------------------------------------ */

struct schedule {
	const struct plan *plan;
	enum edge_state { EDGE_OPEN, EDGE_TAKEN, EDGE_DEAD } edges[EDGES_MOST];
	uint32_t loops[EDGES_MOST]; /* times that it was taken */
	enum node_state { NODE_WAITS, NODE_READY, NODE_DONE, NODE_DEAD } nodes[WORKFLOW_MOST];
	uint32_t visits[WORKFLOW_MOST];
};

void schedule_init(struct schedule *s, const struct plan *plan);
/** The nodes that are ready, as bits, and counts the visit of each. 0: it has come to the end. */
uint64_t schedule_wave(struct schedule *s);
/** May this edge be taken once more? */
bool schedule_open(const struct schedule *s, size_t edge);
/** A node of the wave is done: `taken` has a byte for each edge of the graph, those of other nodes are ignored. */
void schedule_done(struct schedule *s, int node, const bool *taken);
/** After all of the wave: loops that were taken begin again. */
void schedule_turn(struct schedule *s);

/* --- value.c: immutable bytes that several hold --------------------------------------------------------------------------- */

struct value {
	atomic_uint holders;
	size_t len;
	char hex[65]; /* SHA-256 */
	char data[];
};

/** NULL: no memory. */
struct value *value_new(struct sv bytes);
struct value *value_hold(struct value *value); /* NULL gives NULL */
void value_drop(struct value *value);
static inline struct sv
value_sv(const struct value *value)
{
	return value == NULL ? SV_NONE : (struct sv){ value->data, value->len };
}
/** Is it of the type? COORD_EINVALID names the field. */
MUST_CHECK enum coord_err value_check(
    const struct workflow_field *field, struct sv bytes, struct coord_error *err);

/* --- outputs.c: what a step wrote, as bytes ---------------------------------------------------------------------------------- */

struct output {
	struct sv field, value;
	uint32_t version;
};
void output_put(struct buf *out, struct sv field, uint32_t version, struct sv value);
/** Cuts the first off *rest. False: none is left, or (COORD_EINVALID in *rc) it is damaged. */
bool output_next(struct sv *rest, struct output *ret, enum coord_err *rc, struct coord_error *err);

/* --- record.c, chain.c: a link of the evidence chain ---------------------------------------------------------------------------- */

struct record_value {
	struct sv field, sha256;
};
struct record_failure {
	struct sv by, outcome, error;
	uint32_t attempt;
};
struct record_answer {
	struct sv provider, key, time, sha256;
};
struct record {
	uint32_t step, visit; /* visit 1 is not written */
	struct sv node, by;   /* by: a fallback; SV_NONE */
	struct record_failure *failures;
	struct record_value *inputs, *outputs;
	struct record_answer *answers;
	struct sv *next;
	size_t n_failures, n_inputs, n_outputs, n_answers, n_next;
	struct sv decision;       /* SV_NONE */
	struct sv previous, hash; /* in a chain */
};
/** The one text of it: without previous and hash. */
void record_write(const struct record *record, struct jsonw *w);
/** Texts live in the parser's document, lists in the arena. `linked`: previous and hash have to be there; else they must not. COORD_EINVALID. */
MUST_CHECK enum coord_err record_read(struct json_value v, bool linked, struct arena *arena,
    struct record *ret, struct coord_error *err);

struct chain {
	char head[65];
	struct buf text; /* lines, without the brackets */
	size_t n;
};
void chain_init(struct chain *chain);
void chain_add(struct chain *chain, struct sv record);
void chain_end(const struct chain *chain, struct buf *out);
void chain_hash(struct sv previous, struct sv record, char ret[65]);

/* --- effects.c ------------------------------------------------------------------------------------------------------------------- */

struct effect {
	struct store_workflow_effect row;
	char sha256[65];
	uint32_t next; /* of the same hash */
	uint32_t used; /* by the step of this number + 1; 0: not yet */
};
struct effects {
	struct arena *arena;
	struct effect *items;
	size_t n, room;
	struct map by_key;
};
/** The effect of this place, or NULL. */
struct effect *effects_find(
    const struct effects *e, struct sv node, uint32_t visit, struct sv provider, struct sv key);
/** A copy of the row; *ret lives until the next one is added. */
MUST_CHECK enum coord_err effects_add(struct effects *e, const struct store_workflow_effect *row,
    struct effect **ret, struct coord_error *err);
void effects_clear(struct effects *e);

/* --- where runs are kept --------------------------------------------------------------------------------------------------------- */

struct keeper_end {
	enum workflow_status status;
	struct sv node, error; /* SV_NONE */
	int64_t now_us;
};
struct keeper_ops {
	/* new, or taken over with all that was kept; a run that was neither done nor paused is running afterwards */
	enum coord_err (*begin)(void *self, const struct store_workflow_begin *begin,
	    struct arena *arena, struct store_workflow *ret, struct coord_error *err);
	enum coord_err (*step)(void *self, uint64_t seq, uint64_t fence,
	    const struct store_workflow_step *step, struct coord_error *err);
	enum coord_err (*effect)(void *self, uint64_t seq, uint64_t fence,
	    const struct store_workflow_effect *effect, struct coord_error *err);
	enum coord_err (*end)(void *self, uint64_t seq, uint64_t fence,
	    const struct keeper_end *end, struct coord_error *err);
	enum coord_err (*get)(void *self, struct sv id, struct arena *arena,
	    struct store_workflow *ret, struct coord_error *err);
	enum coord_err (*answer)(void *self, struct sv id, struct sv key, struct sv answer,
	    int64_t now_us, uint32_t *ret_left, struct coord_error *err);
	enum coord_err (*fork)(
	    void *self, const struct store_workflow_fork *fork, struct coord_error *err);
	void (*free)(void *self);
};
struct workflow_checkpointer {
	const struct keeper_ops *ops;
	void *self;
};

/* --- a run -------------------------------------------------------------------------------------------------------------------------- */

enum ended { ENDED_WELL, ENDED_FAILED, ENDED_ASKS, ENDED_CANCELLED, ENDED_BROKEN };

struct failure {
	struct record_failure what;
	struct failure *next;
};

/** A node of a wave: its attempts, until one went well or none is left. */
struct slot {
	struct run *run;
	int node;
	uint32_t step, visit, attempts;
	enum ended ended;
	struct workflow_step *won; /* ENDED_WELL */
	int executor;              /* the node whose function did it last */
	struct coord_error error;  /* of the last attempt */
	struct arena *texts;       /* of the failures; NULL: none */
	struct failure *first, *last;
	size_t n_failures;
	int64_t started_us, elapsed_us;
	pthread_t thread;
	bool in_thread, finished, taken_up; /* finished; and committed */
	double share;                       /* of the node, as told */
	const struct store_workflow_step
	    *saved;        /* recalled: nothing is run; of a replay, what has to come out */
	struct buf record; /* what its link says */
	/* chosen when it has ended */
	bool taken[EDGES_MOST];
};

struct replayed {
	struct workflow_replay *result;
	size_t room;
};

struct run {
	struct plan plan;
	const struct workflow_options *options;
	struct arena *arena;
	struct schedule schedule;
	struct value *fields[WORKFLOW_MOST];
	struct store_workflow saved;
	size_t cursor; /* saved steps that are used */
	bool keeps, replays;
	bool paused;    /* nothing new is run: an answer is missing */
	bool ended;     /* there was no next wave */
	uint32_t steps; /* the next one's number */
	size_t recalled;
	struct chain chain;

	pthread_mutex_t lock; /* effects, broken, finished slots */
	pthread_cond_t moved; /* a slot has finished */
	struct effects effects;
	enum coord_err broken; /* the checkpointer failed: nothing that comes after is kept */
	struct coord_error broken_error;
	atomic_bool stop; /* end what runs */

	pthread_mutex_t telling;
	double share, share_done, share_all;
	struct workflow_step *late; /* timed out, its thread still runs */
	struct replayed *replayed;  /* of a replay */
	uint32_t fork_at,
	    fork_wave; /* of a fork: the step, and the first one of its wave (0: not found yet) */
};

/** An attempt. Its thread and the slot hold it. */
struct workflow_step {
	struct run *run;
	struct slot *slot;
	int node;
	uint32_t step, visit, attempt;
	struct value *inputs[WORKFLOW_MOST], *writes[WORKFLOW_MOST];
	struct buf decision;
	atomic_bool cancel;
	atomic_bool asks; /* a question is open */
	/* in a thread of its own */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool done;
	enum coord_err rc;
	struct coord_error error;
	struct workflow_step *next_late;
};

/* step.c */
struct workflow_step *step_new(struct slot *slot, int executor, uint32_t attempt);
void step_free(struct workflow_step *step);
/* attempt.c */
void slot_execute(struct slot *slot);
void slot_clear(struct slot *slot);
/** Waits for threads whose time was over: all, or those of one node. */
void run_join_late(struct run *run, int node);
/* wave.c */
/** Runs the slots of a wave that are not recalled, and commits each when it has ended. COORD_OK, or why the run cannot go on at all. */
MUST_CHECK enum coord_err wave_run(
    struct run *run, struct slot **slots, size_t n, struct coord_error *err);
/** The edges that it takes, by its conditions. */
void slot_choose(struct slot *slot);
/** Fills slot->record. */
MUST_CHECK enum coord_err slot_record(struct slot *slot, struct coord_error *err);
/* state.c */
/** Merges what a checkpoint says that a step wrote, brought to this program's versions. */
MUST_CHECK enum coord_err state_apply(struct run *run, struct sv outputs, struct coord_error *err);
/** Merges what a step wrote. */
MUST_CHECK enum coord_err state_merge(
    struct run *run, const struct workflow_step *step, struct coord_error *err);
MUST_CHECK enum coord_err state_put(
    struct run *run, int field, struct value *value, struct coord_error *err);
uint32_t field_version(const struct workflow_field *field);
/* tell.c */
void run_tell(struct run *run, struct slot *slot, int executor, uint32_t attempt,
    enum workflow_happening what, const char *stage, double share, int64_t elapsed_us,
    const char *error);
int64_t run_now(const struct run *run);
bool run_cancelled(const struct run *run);
/* run.c */
/** The checkpointer has failed: the run ends. Returns rc. */
enum coord_err run_broken(
    struct run *run, enum coord_err rc, const struct coord_error *why, struct coord_error *err);
/** NULL: *err says why. */
struct run *run_new(const struct workflow_graph *graph, const struct workflow_options *options,
    struct arena *arena, struct coord_error *err);
void run_free(struct run *run);
/** Takes up what was kept of it. */
MUST_CHECK enum coord_err run_resume(struct run *run, struct coord_error *err);
/** Step after step to the end. *ret_stopped: the slot at which it stopped, NULL: it is done. */
MUST_CHECK enum coord_err run_walk(
    struct run *run, const struct slot **ret_stopped, struct coord_error *err);

/* replay.c */
MUST_CHECK enum coord_err replay_compare(
    struct run *run, struct slot *slot, struct coord_error *err);
/** The node that a replay begins with: who did it at last. */
MUST_CHECK enum coord_err replay_executor(
    struct run *run, struct slot *slot, struct coord_error *err);

#endif
