/* environment.h - the environment of a worker process: the caller's, with every setting as it is in force (private to jobs/). */
#ifndef COORD_JOBS_ENVIRONMENT_H
#define COORD_JOBS_ENVIRONMENT_H

#include "config/config.h"

/** "NAME=text", NULL behind the last; values from files and options in the place of what the caller had, and no COORD_CONFIG_FILE. NULL: no memory. Release it with environment_free. */
char **environment_for(const struct config *config, char *const *callers);
/** Wipes it: it holds secrets. */
void environment_free(char **environment);

#endif
