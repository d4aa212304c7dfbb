/* shell.h - one typed line as a shell would read it: simple commands, each a list of unquoted words.
 *
 * Not a shell: nothing is expanded, and nothing an attacker types is an error. ; && || | & newline, parentheses and
 * back quotes end a simple command; quotes and backslashes are taken off words; a quote that is never closed is not
 * there; flow-control words (then, do, fi ...) are dropped; a comment ends with its line; 2>&1 and the like vanish.
 * Backslashes before x and digits stay, because `echo -e` reads them and some logs have lost the quotes around them. */
#ifndef COORD_DETECT_SHELL_H
#define COORD_DETECT_SHELL_H

#include <stdbool.h>

#include "base/sv.h"

struct arena;

enum { SHELL_LINE_MAX = 65536, SHELL_WORDS_MAX = 4096 };

struct shell_word {
	struct sv text;
	bool redirect; /* text is an operator: > >> < << <<< >| <> &> */
};

struct shell_command {
	struct shell_word *words;
	size_t n;
	bool pipes; /* what it writes goes to the command after it */
};

struct shell_line {
	struct shell_command *commands;
	size_t n;
};

/** Reads at most SHELL_LINE_MAX bytes and SHELL_WORDS_MAX words; the rest is not looked at. Everything lies in
 *  scratch. False: scratch is full. Cost linear in the line. */
bool shell_parse(struct sv line, struct arena *scratch, struct shell_line *ret);
/** The base name of a command's first word ("/bin/busybox" -> "busybox"); absent for a command of redirections only. */
struct sv shell_name(const struct shell_command *command);
/** The same behind `busybox`, `sudo`, `nohup` and the like, with *arg the index of its first argument. */
struct sv shell_applet(const struct shell_command *command, size_t *arg);
/** The script of `sh -c SCRIPT`, `su -c SCRIPT`, `eval SCRIPT`; absent when the command is none of these. */
struct sv shell_script(const struct shell_command *command);

#endif
