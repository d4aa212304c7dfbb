/* documents.h - private to baseline/: what each source typed, as a document of words. */
#ifndef COORD_EVALUATE_BASELINE_DOCUMENTS_H
#define COORD_EVALUATE_BASELINE_DOCUMENTS_H

#include "evaluate/baseline/sparse.h"

/** TF-IDF rows of the command lines of each source, words as scikit-learn cuts them (two or more letters, digits or
 *  underscores, lower case); nothing is normalised. Sources that typed nothing have empty rows. */
MUST_CHECK enum coord_err documents_of_commands(const struct session_table *table,
    const struct baseline_sources *sources, struct arena *arena, struct sparse *ret,
    struct coord_error *err);

#endif
