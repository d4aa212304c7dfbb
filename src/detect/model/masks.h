/* masks.h - what the finders of masks share (private to detect/). */
#ifndef COORD_DETECT_MASKS_H
#define COORD_DETECT_MASKS_H

#include "detect/model/model.h"

/** Enters a span; beyond 256 of them they are no longer listed. `sensor`: string id, STR_NONE: all. */
void masks_add(struct model *m, uint32_t sensor, int64_t from, int64_t to, const char *why);
/** Leaves visits of a sensor (STR_NONE: all) that start in [from, to) out of the time tests. */
void masks_leave_out(struct model *m, uint32_t sensor, int64_t from, int64_t to);

/** Sensors switched on within the batch, and clocks that were set (sensors.c). */
MUST_CHECK enum coord_err masks_of_sensors(struct model *m, struct coord_error *err);

#endif
