/* core.h - the store's inside: what its files share (private to store/). */
#ifndef COORD_STORE_CORE_H
#define COORD_STORE_CORE_H

#include "store/sql.h"

struct writer_task;

struct store {
	const struct sql_driver *driver;
	void *database;
	struct writer *writer;
	void *observer_context;
	store_observer *_Atomic observer; /* NULL: none; the writer's thread reads it too */
};

/** What is done inside a transaction. COORD_OK, COORD_ENODATA, COORD_ECANCELLED and COORD_EINVALID end it with a commit, and must be given
 *  before anything was written (but COORD_OK); anything else rolls back. It may be called again after a rollback: it only reads *args and writes results. */
typedef enum coord_err store_work(struct sql_conn *conn, void *args, struct coord_error *err);

/** Runs `work` in a transaction of its own or together with what others write. Returns when it is durable. */
MUST_CHECK enum coord_err store_write(
    struct store *store, store_work *work, void *args, struct coord_error *err);
/** Runs `work` on a connection for reading, outside a transaction. */
MUST_CHECK enum coord_err store_read(
    struct store *store, store_work *work, void *args, struct coord_error *err);
/** For the observer: a clock that nobody turns, and telling it of what began then. Returns `rc`. */
enum coord_err store_told(
    struct store *store, enum store_operation operation, int64_t start_us, enum coord_err rc);
/** Returns when what was handed to the writer before is written, or failed. */
void store_settle(struct store *store);
/** True: nothing is wrong with the database, so that the transaction may be committed. */
bool store_answer(enum coord_err rc);
MUST_CHECK bool store_id_valid(struct sv id);

/* write.c: tasks of the writer */
void store_commit(void *store, struct writer_task **batch, size_t n);

/* job.c */
/** The columns of ROW_COLUMNS in statements.def. */
MUST_CHECK enum coord_err row_read(const struct sql_rows *rows, struct arena *arena,
    struct store_analysis *ret, struct coord_error *err);
enum { ROW_PARTS_AT = 21 };
MUST_CHECK enum coord_err analysis_load(struct sql_conn *conn, struct sv id, unsigned parts,
    struct arena *arena, struct store_analysis *ret, struct coord_error *err);
/** With all it left. */
MUST_CHECK enum coord_err analysis_remove(
    struct sql_conn *conn, int64_t seq, struct sv id, struct coord_error *err);
/* workflow.c */
/** The runs that belong to an analysis, with all they left. */
MUST_CHECK enum coord_err workflows_remove(
    struct sql_conn *conn, int64_t analysis, struct coord_error *err);
/** Those of none that ended before, at most `limit`; *ret: how many went. */
MUST_CHECK enum coord_err workflows_remove_old(struct sql_conn *conn, int64_t before_us,
    uint32_t limit, uint64_t *ret, struct coord_error *err);
/* workflow_read.c */
/** The row of WORKFLOW_GET or WORKFLOW_LOCK; COORD_ENODATA. */
MUST_CHECK enum coord_err workflow_row(struct sql_conn *conn, enum sql_statement statement,
    struct sv id, struct arena *arena, struct store_workflow *ret, int64_t *analysis,
    uint64_t *job_fence, struct coord_error *err);
/** Its steps and effects. */
MUST_CHECK enum coord_err workflow_rows(struct sql_conn *conn, struct arena *arena,
    struct store_workflow *run, struct coord_error *err);

/** The end of the chain, within one transaction that has locked it: the next append need not ask again. */
struct audit_tail {
	bool known;
	uint64_t seq;
	uint8_t hash[32];
};
/** Appends to the chain; seq, previous and hash are filled. */
MUST_CHECK enum coord_err audit_append(struct sql_conn *conn, struct store_audit *entry,
    struct audit_tail *tail, struct coord_error *err);

/* query.c */
/** A statement of which only what is asked for stands in the text, so that the index of just that is used. */
struct query {
	struct buf text; /* the caller's to release */
	struct sql_arg args[SQL_ARGS_MOST];
	size_t n;
};
/** " AND CONDITION$n" */
void query_and(struct query *q, const char *condition, struct sql_arg arg);
/** The newest first by (time, key), those behind (after_us, after) when after_us is not 0, `limit` at most. */
void query_page(struct query *q, const char *time, const char *key, int64_t after_us,
    struct sv after, uint32_t limit);
MUST_CHECK enum coord_err query_open(
    struct sql_conn *conn, struct query *q, struct sql_rows *ret, struct coord_error *err);

/** A list that grows in an arena, row by row. */
#define LIST_GROW(arena, items, n, room, err) \
	((n) < (room)                         \
		? COORD_OK                    \
		: list_grow((arena), (void **)&(items), (n), &(room), sizeof(*(items)), (err)))
MUST_CHECK enum coord_err list_grow(struct arena *arena, void **items, size_t n, size_t *room,
    size_t size, struct coord_error *err);

#endif
