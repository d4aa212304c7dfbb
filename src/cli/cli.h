/* cli.h - the command line: one table of commands, each with one table of options, from which parsing, help, man pages
 * and shell completions come. No analysis here. */
#ifndef COORD_CLI_H
#define COORD_CLI_H

/** Runs the program: 0 done, 1 failed, 2 wrong usage, 3 done but some input was refused. */
int cli_main(int argc, char **argv);

#endif
