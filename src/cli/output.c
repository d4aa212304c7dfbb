/* output.c - write beside the file, then rename over it; a signal handler removes what is not finished. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The one unfinished file, for the handler: set before the file exists, cleared after it is gone or in place. */
static char unfinished[OUTPUT_PATH_MOST];

static void
remove_unfinished(int signal_number)
{
	if (unfinished[0] != 0)
		(void)unlink(unfinished);
	(void)raise(signal_number); /* the default action: the handler is reset on entry */
}

void
output_signals(void)
{
	static const int fatal[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = remove_unfinished,
		.sa_flags = (int)SA_RESETHAND | SA_NODEFER };

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
		struct sigaction before;

		/* nohup(1) asks for HUP to be ignored: leave that */
		if (sigaction(fatal[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			(void)sigaction(fatal[i], &action, NULL);
	}
	action.sa_handler = SIG_IGN;
	action.sa_flags = 0;
	(void)sigaction(SIGPIPE, &action, NULL);
}

static enum coord_err
fail(struct coord_error *err, const char *doing, const char *path)
{
	return error_set(err, COORD_EIO, "%s %s: %s", doing, path, strerror(errno));
}

/* A file of the final name's folder and the process's file mode; mkstemp would make it private. */
static enum coord_err
open_beside(struct output *output, struct coord_error *err)
{
	mode_t mask = umask(0);
	int len;

	(void)umask(mask);
	len = snprintf(
	    output->beside, sizeof(output->beside), "%s.%ld.tmp", output->path, (long)getpid());
	if (len < 0 || (size_t)len >= sizeof(output->beside)) {
		output->beside[0] = 0;
		return error_set(err, COORD_EINVALID, "file name too long");
	}
	memcpy(unfinished, output->beside, sizeof(unfinished));
	output->fd = open(output->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (output->fd >= 0 && fchmod(output->fd, 0666 & ~mask) == 0)
		return COORD_OK;
	(void)fail(err, "cannot write", output->path);
	output_abandon(output);
	return COORD_EIO;
}

enum coord_err
output_open(struct output *output, const char *path, struct coord_error *err)
{
	struct stat st;
	char *real;
	size_t len;

	*output = (struct output){ .fd = STDOUT_FILENO };
	if (path == NULL || strcmp(path, "-") == 0)
		return COORD_OK;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		output->fd = open(path, O_WRONLY | O_CLOEXEC);
		return output->fd < 0 ? fail(err, "cannot write", path) : COORD_OK;
	}
	real = realpath(path, NULL); /* a link stays a link: the file it names is replaced */
	if (real != NULL)
		path = real;
	len = strlen(path);
	if (len < sizeof(output->path))
		memcpy(output->path, path, len + 1);
	free(real);
	if (output->path[0] == 0)
		return error_set(err, COORD_EINVALID, "file name too long");
	return open_beside(output, err);
}

enum coord_err
output_write(struct output *output, const void *data, size_t len, struct coord_error *err)
{
	const char *at = data;

	while (len > 0 && !output->closed) {
		ssize_t n = write(output->fd, at, len);

		if (n >= 0) {
			at += n;
			len -= (size_t)n;
		} else if (errno == EPIPE) {
			output->closed = true;
		} else if (errno != EINTR) {
			return fail(err, "cannot write",
			    output->path[0] != 0 ? output->path : "standard output");
		}
	}
	return COORD_OK;
}

enum coord_err
output_commit(struct output *output, struct coord_error *err)
{
	int fd = output->fd;

	output->fd = -1;
	if (fd == STDOUT_FILENO)
		return COORD_OK;
	if (output->beside[0] == 0)
		return close(fd) == 0 ? COORD_OK : fail(err, "cannot close", "the output");
	if (fsync(fd) != 0) {
		(void)fail(err, "cannot write", output->path);
		(void)close(fd);
		output_abandon(output);
		return COORD_EIO;
	}
	if (close(fd) != 0 || rename(output->beside, output->path) != 0) {
		(void)fail(err, "cannot write", output->path);
		output_abandon(output);
		return COORD_EIO;
	}
	unfinished[0] = 0;
	output->beside[0] = 0;
	return COORD_OK;
}

void
output_abandon(struct output *output)
{
	if (output->fd > STDERR_FILENO)
		(void)close(output->fd);
	output->fd = -1;
	if (output->beside[0] != 0)
		(void)unlink(output->beside);
	output->beside[0] = 0;
	unfinished[0] = 0;
}

enum cli_status
output_whole(const struct command *command, const char *path, const struct buf *content)
{
	struct output output;
	struct coord_error err;

	if (content->failed) {
		complain(command, "the answer is larger than memory or its limit of %zu bytes",
		    content->max);
		return STATUS_FAILED;
	}
	if (output_open(&output, path, &err) != COORD_OK)
		return complain_error(command, &err);
	if (output_write(&output, content->data, content->len, &err) != COORD_OK ||
	    output_commit(&output, &err) != COORD_OK) {
		output_abandon(&output);
		return complain_error(command, &err);
	}
	return STATUS_DONE;
}
