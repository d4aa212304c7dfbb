/* progress.h - one line on the terminal for work that takes longer than a second, gone when it ends (private to cli/).
 * Silent when standard error is no terminal. */
#ifndef COORD_CLI_PROGRESS_H
#define COORD_CLI_PROGRESS_H

#include <pthread.h>

#include "ingest/ingest.h"

struct progress {
	pthread_mutex_t lock; /* the callbacks may come from any thread */
	bool enabled, drawn;
	unsigned columns;
	double started, last; /* seconds of the monotonic clock */
};

/** `wanted` false: stays silent. */
void progress_start(struct progress *progress, bool wanted);
/** Wipes the line. */
void progress_end(struct progress *progress);
/** Callbacks of ingest_run and detect_run; the context is the struct progress. */
void progress_ingest(void *context, const struct ingest_progress *at);
void progress_stage(void *context, const char *stage, double share);

/** The terminal's width behind the descriptor, else COLUMNS, else 80; between 40 and 400. */
unsigned terminal_columns(int fd);

#endif
