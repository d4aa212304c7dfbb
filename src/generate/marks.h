/* marks.h - private to the generator: what in a command line names its author. */
#ifndef COORD_GENERATE_MARKS_H
#define COORD_GENERATE_MARKS_H

#include "base/base.h"

/** The next mark at or after *at, which moves behind it; it lies within the line. False: there is none. */
bool marks_next(struct sv line, size_t *at, struct sv *ret);

#endif
