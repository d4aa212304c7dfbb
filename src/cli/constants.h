/* constants.h - the constants that a verdict depends on, made from constants.def at build time (private to cli/). */
#ifndef COORD_CLI_CONSTANTS_H
#define COORD_CLI_CONSTANTS_H

struct constant {
	const char *name;  /* NULL: behind the last */
	const char *value; /* JSON: a number, a list of numbers, or null */
	const char *unit, *meaning, *source, *file, *test;
};

extern const struct constant constants[];

#endif
