/* standin.h - starts tests/support/standin.py beside a unit test and stops it with it. */
#ifndef COORD_TESTS_SUPPORT_STANDIN_H
#define COORD_TESTS_SUPPORT_STANDIN_H

#include <stdbool.h>
#include <sys/types.h>

struct standin {
	pid_t pid;
	int input, output; /* its standard input, which ends it; its output */
	unsigned http, https;
	char folder[64], ca[128];
};

/** `program`: the path of standin.py. False: it did not start (no python3, no openssl). */
bool standin_start(struct standin *standin, const char *program);
void standin_stop(struct standin *standin);

#endif
