/* standin.c - a child with two pipes: it ends when ours does. */
#include "standin.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
child(const char *program, const char *folder, const int to[2], const int from[2])
{
	(void)dup2(to[0], STDIN_FILENO);
	(void)dup2(from[1], STDOUT_FILENO);
	(void)close(to[1]);
	(void)close(from[0]);
	(void)execlp("python3", "python3", program, folder, (char *)NULL);
	_exit(127);
}

static bool
read_line(int fd, char *ret, size_t room)
{
	size_t n = 0;

	while (n + 1 < room && read(fd, ret + n, 1) == 1 && ret[n] != '\n')
		n++;
	ret[n] = 0;
	return n > 0;
}

bool
standin_start(struct standin *standin, const char *program)
{
	int to[2], from[2];
	char line[512];

	(void)signal(SIGPIPE, SIG_IGN);
	(void)snprintf(standin->folder, sizeof(standin->folder), "/tmp/coord-standin-XXXXXX");
	if (mkdtemp(standin->folder) == NULL || pipe(to) != 0 || pipe(from) != 0)
		return false;
	standin->pid = fork();
	if (standin->pid == 0)
		child(program, standin->folder, to, from);
	(void)close(to[0]);
	(void)close(from[1]);
	standin->input = to[1];
	standin->output = from[0];
	return read_line(standin->output, line, sizeof(line)) &&
	       sscanf(line, "{\"http\": %u, \"https\": %u, \"ca\": \"%127[^\"]", &standin->http,
		   &standin->https, standin->ca) == 3;
}

void
standin_stop(struct standin *standin)
{
	static const char *const files[] = { "standin.key", "standin.pem" };
	char path[160];

	(void)close(standin->input);
	(void)close(standin->output);
	(void)waitpid(standin->pid, NULL, 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", standin->folder, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(standin->folder);
}
