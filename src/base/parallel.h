/* parallel.h - do items 0..n-1 on several threads. Results must not depend on which thread does what: each item
 * writes only to its own place, random numbers come by address (rng.h), and sums are made afterwards in order. */
#ifndef COORD_BASE_PARALLEL_H
#define COORD_BASE_PARALLEL_H

#include <stddef.h>

/** Calls work(context, item, worker) for every item; `worker` in [0, threads) indexes per-thread scratch.
 *  threads <= 1, n <= 1 or no thread to be had: all in the caller's thread as worker 0. Returns when all are done. */
void parallel_for(unsigned threads, size_t n,
    void (*work)(void *context, size_t item, unsigned worker), void *context);
/** Processors this process may use, at least 1. */
unsigned parallel_cores(void);

#endif
