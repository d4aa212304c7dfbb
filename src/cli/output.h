/* output.h - where a command's answer goes: standard output, or a file that appears complete or not at all (private to
 * cli/). A closed pipe (`coord ... | head`) ends the writing quietly. */
#ifndef COORD_CLI_OUTPUT_H
#define COORD_CLI_OUTPUT_H

#include "cli/command.h"

enum { OUTPUT_PATH_MOST = 4096 };

struct output {
	int fd;
	bool closed;                 /* the reader of the pipe has gone: writing on is pointless */
	char path[OUTPUT_PATH_MOST]; /* "" for standard output and devices */
	char beside[OUTPUT_PATH_MOST]; /* the temporary file next to it */
};

/** `path` NULL or "-": standard output. A device or pipe is written as it is. COORD_EIO. */
MUST_CHECK enum coord_err output_open(
    struct output *output, const char *path, struct coord_error *err);
MUST_CHECK enum coord_err output_write(
    struct output *output, const void *data, size_t len, struct coord_error *err);
/** Puts the finished file in its place. */
MUST_CHECK enum coord_err output_commit(struct output *output, struct coord_error *err);
/** Takes back what was written to a file; after a commit: nothing. */
void output_abandon(struct output *output);
/** Opens, writes the buffer, commits, and complains when something of that fails (the buffer included). */
enum cli_status output_whole(
    const struct command *command, const char *path, const struct buf *content);
/** SIGINT, SIGTERM and SIGHUP leave no temporary file behind; SIGPIPE is left to output_write. Call once, at start. */
void output_signals(void);

#endif
