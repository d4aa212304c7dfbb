/* batch.h - one batch in memory: sessions, truth, and the background it is judged against (private to evaluate/). */
#ifndef COORD_EVALUATE_BATCH_H
#define COORD_EVALUATE_BATCH_H

#include "evaluate/suite.h"
#include "evaluate/truth.h"
#include "reference/reference.h"

/** The references of a split's sites, built once. Read-only afterwards: any number of threads. */
struct references {
	struct reference *of[SITES_MOST];
	uint32_t n;
};

/** Builds them by way of temporary files in `folder`, which are gone afterwards. */
MUST_CHECK enum coord_err references_build(enum evaluate_split split, const char *folder,
    unsigned threads, struct references *ret, struct coord_error *err);
void references_close(struct references *references);

struct batch {
	struct session_table table;
	struct truth truth;
	struct batch_plan plan;
	struct generate_group group; /* when something was planted: what it came to be */
	const char *selected_by;     /* group mode: the table is the set; NULL: discover */
	bool group_mode;
	const struct reference *reference, *foreign; /* of this site, of another */
};

/** Generates one batch. ret->truth lives in the arena; batch_clear releases the table. */
MUST_CHECK enum coord_err batch_make(const struct suite *suite, const struct cell *cell,
    uint32_t number, const struct references *references, struct arena *arena, struct batch *ret,
    struct coord_error *err);
/** The same batch with `louder` times its background, the group as it was. */
MUST_CHECK enum coord_err batch_make_louder(const struct suite *suite, const struct cell *cell,
    uint32_t number, uint32_t louder, const struct references *references, struct arena *arena,
    struct batch *ret, struct coord_error *err);
void batch_clear(struct batch *batch);
/** Row `row` as one to be added again. `items` has room for all of its items; texts are borrowed. */
struct session_row batch_row_of(
    const struct session_table *table, uint32_t row, struct session_row_item *items);
/** The rows of `table` that `keep` says, as a table of its own. */
MUST_CHECK enum coord_err batch_subset(const struct session_table *table,
    bool (*keep)(void *context, uint32_t row), void *context, struct session_table *ret,
    struct coord_error *err);

#endif
