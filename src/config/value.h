/* value.h - one value of the table: from text, and back to text (private to config/). */
#ifndef COORD_CONFIG_VALUE_H
#define COORD_CONFIG_VALUE_H

#include "config/config.h"

/** Reads `text` as `row` asks into the member of *config that it names; texts are copied into config->arena. The message names the row, what
 *  was expected and, unless it is a secret, what came. */
MUST_CHECK enum coord_err config_value_read(
    const struct config_row *row, struct sv text, struct config *config, struct coord_error *err);
/** As it would be typed; a secret only as "(set)" or "(not set)". */
void config_value_write(const struct config_row *row, const struct config *config, struct buf *out);

#endif
