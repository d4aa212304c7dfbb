/* metrics.h - numbers about the running program, shared by the processes of one service: counters, gauges and histograms of small,
 * closed label sets, in one block of shared memory (a memfd that child processes inherit), added to without locks. Text as Prometheus 0.0.4
 * or OpenMetrics 1.0 (reference for external systems, section 6.1).
 * A family is a row of families.def: name, type, help, label names with their closed lists of values, buckets. Label values that are not in the
 * list count as "other". Never an address, an id or a URL in a label. */
#ifndef COORD_METRICS_H
#define COORD_METRICS_H

#include "base/base.h"

struct metrics;

enum metric_family {
#define FAMILY(constant, ...) METRIC_##constant,
#include "metrics/families.def"
#undef FAMILY
	METRIC_FAMILIES
};

/** A new block; `fd` -1 makes one, else it is a parent's (metrics_fd). NULL labels below mean: this family has fewer. */
MUST_CHECK enum coord_err metrics_open(int fd, struct metrics **ret, struct coord_error *err);
void metrics_close(struct metrics *metrics);
/** For handing to a child process; it is not close-on-exec. */
int metrics_fd(const struct metrics *metrics);

/** All of these do nothing when `metrics` is NULL, and never fail. */
void metrics_add(struct metrics *metrics, enum metric_family family, const char *label1,
    const char *label2, double value);
void metrics_set(struct metrics *metrics, enum metric_family family, const char *label1,
    const char *label2, double value);
void metrics_observe(struct metrics *metrics, enum metric_family family, const char *label1,
    const char *label2, double value);
double metrics_get(const struct metrics *metrics, enum metric_family family, const char *label1,
    const char *label2); /* counter, gauge; histogram: its count */

/** The exposition. Process figures (memory, open files, processor time, start) are read here, of this process. */
void metrics_write(const struct metrics *metrics, bool openmetrics, struct buf *out);
extern const char metrics_type_text[], metrics_type_openmetrics[]; /* Content-Type of both */
/** Whether an Accept header prefers OpenMetrics. */
bool metrics_wants_openmetrics(struct sv accept);

#endif
