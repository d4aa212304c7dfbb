/* writer.h - group commit (private to store/): a thread that takes everything that waits and has it committed in one
 * transaction, so that a flush of the disk serves all who came meanwhile. */
#ifndef COORD_STORE_WRITER_H
#define COORD_STORE_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct writer;

/** Embedded at the head of what is to be written. */
struct writer_task {
	struct writer_task *next;
	size_t weight; /* bytes, about */
	bool
	    lazy; /* nobody waits for it: it may lie for a moment, and is tried again when the database is away */
	enum coord_err rc;
	struct coord_error err;
	void (*done)(struct writer_task *task); /* owns the task from here on */
};

/** Commits a list of tasks: fills rc and err of each, calls none of their `done`. It may put the list into another order. */
typedef void writer_commit(void *context, struct writer_task **batch, size_t n);

MUST_CHECK enum coord_err writer_start(
    writer_commit *commit, void *context, struct writer **ret, struct coord_error *err);
/** COORD_ELIMIT: too much waits, the task stays the caller's. */
MUST_CHECK enum coord_err writer_add(
    struct writer *writer, struct writer_task *task, struct coord_error *err);
/** Writes what waits, then ends. */
void writer_stop(struct writer *writer);

#endif
