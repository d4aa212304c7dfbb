/* family.h - the rows of families.def, cut into names, values and bounds, and where each series lies in the block (private to metrics/).
 * A series of a counter or gauge is one word, a double. One of a histogram is a count for every bucket, one for what is above them all, and the
 * sum, a double: the total is the sum of the counts, so that no reader ever sees the two differ. */
#ifndef COORD_METRICS_FAMILY_H
#define COORD_METRICS_FAMILY_H

#include "metrics/metrics.h"

enum { LABELS_MOST = 2, VALUES_MOST = 24, BUCKETS_MOST = 24 };

enum family_type { COUNTER, GAUGE, HISTOGRAM };

struct label {
	struct sv name;                /* absent: the family has no such label */
	struct sv values[VALUES_MOST]; /* the last is "other" */
	unsigned n;                    /* 1 for an absent label */
	bool other_listed; /* else "other" is shown only when something was counted there */
};

struct family {
	enum family_type type;
	struct sv name, help;
	struct label labels[LABELS_MOST];
	double bounds[BUCKETS_MOST];
	struct sv bound_texts[BUCKETS_MOST];
	unsigned n_bounds;
	uint32_t at;     /* word of its first series */
	uint32_t series; /* words of one series */
};

/** Fills `ret` (METRIC_FAMILIES of them); returns the words that all series take. */
uint32_t families_read(struct family *ret);
/** A number of the layout: processes that share a block have to agree on it. */
uint64_t families_hash(const struct family *families);
/** The place of a label's value; that of "other" when it is not listed. */
unsigned label_index(const struct label *label, const char *value);
/** The first word of a series. */
uint32_t series_at(const struct family *family, unsigned value1, unsigned value2);

/** process.c: figures of this process, in the same formats. What cannot be read is left out. */
void process_write(bool openmetrics, struct buf *out);

/* pen.c: pieces of both formats */
void pen_head(struct buf *out, bool openmetrics, struct sv name, const char *type, struct sv help);
void pen_number(struct buf *out, double value);
void pen_label(struct buf *out, bool first, struct sv name, struct sv value);

#endif
