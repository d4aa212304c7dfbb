/* reload.h - what coord serve and coord worker do on SIGHUP (private to cli/). */
#ifndef COORD_CLI_RELOAD_H
#define COORD_CLI_RELOAD_H

#include "api/api.h"
#include "cli/command.h"

struct reloading {
	struct config *config; /* the one that the program began with */
	const struct settings *settings;
	struct auth *auth; /* NULL: none here */
	struct api *api;   /* NULL: none here */
};

/** The environment's files, COORD_CONFIG_FILE and the store's keys are read again. What is wrong is logged, and nothing of the settings changes then. */
void service_reload(const struct reloading *reloading);
/** Where log lines go from now on, and which. */
void service_log(const struct config *config);

#endif
