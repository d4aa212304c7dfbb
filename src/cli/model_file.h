/* model_file.h - the model file of --model: weights and calibrator (private to cli/). */
#ifndef COORD_CLI_MODEL_FILE_H
#define COORD_CLI_MODEL_FILE_H

#include "detect/detect.h"

/** Reads and checks it. COORD_EIO and COORD_EPARSE name the file. Release it with detect_model_free. */
MUST_CHECK enum coord_err model_file_open(
    const char *path, struct detect_model **ret, struct coord_error *err);

#endif
