/* cli.c - finds the command, parses its options, runs it; and the few ways in which the program complains. */
#include "cli/cli.h"

#include <stdio.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/phrase.h"

static void complain_va(const char *who, const char *format, va_list args) PRINTF_LIKE(2, 0);

static void
complain_va(const char *who, const char *format, va_list args)
{
	char text[4096];
	struct buf line = BUF_INIT(1 << 14);

	(void)vsnprintf(text, sizeof(text), format, args);
	phrase_printable(&line, sv_from(text));
	(void)fflush(stdout);
	(void)fprintf(stderr, "coord%s%s: %s\n", who[0] == 0 ? "" : " ", who, buf_cstr(&line));
	buf_clear(&line);
}

void
complain(const struct command *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain_va(command == NULL ? "" : command->name, format, args);
	va_end(args);
}

enum cli_status
complain_error(const struct command *command, const struct coord_error *err)
{
	complain(command, "%s", err->what[0] != 0 ? err->what : error_text(err->code));
	return err->code == COORD_EINVALID ? STATUS_USAGE : STATUS_FAILED;
}

enum cli_status
hint_help(const struct command *command)
{
	if (command == NULL)
		(void)fprintf(stderr, "'coord help' lists the commands.\n");
	else
		(void)fprintf(stderr, "'coord help %s' describes the options.\n", command->name);
	return STATUS_USAGE;
}

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; commands[i] != NULL; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	for (size_t i = 0; hidden_commands[i] != NULL; i++)
		if (strcmp(hidden_commands[i]->name, name) == 0)
			return hidden_commands[i];
	return NULL;
}

/* The command that the arguments begin with; *used: how many words its name takes. */
static const struct command *
command_of(int argc, char **argv, int *used)
{
	struct buf name = BUF_INIT(1 << 16);
	const struct command *found = NULL;

	for (*used = argc < 2 ? argc : 2; *used > 0 && found == NULL; --*used) {
		buf_clear(&name);
		for (int i = 0; i < *used; i++)
			buf_printf(&name, "%s%s", i == 0 ? "" : " ", argv[i]);
		found = command_find(buf_cstr(&name));
		if (found != NULL)
			break;
	}
	buf_clear(&name);
	return found;
}

static enum cli_status
no_such_command(int argc, char **argv)
{
	const char *nearest = NULL;
	unsigned least = 3;

	for (size_t i = 0; commands[i] != NULL; i++) {
		struct sv name = sv_from(commands[i]->name);
		size_t blank = sv_find_char(name, ' ');
		unsigned distance = phrase_distance(sv_from(argv[0]), name);

		/* the first word of a command of two */
		if (blank != SIZE_MAX && sv_eq(sv_first(name, blank), sv_from(argv[0]))) {
			complain(NULL, "%s needs a second word: see 'coord help'", argv[0]);
			return STATUS_USAGE;
		}
		if (distance < least) {
			least = distance;
			nearest = commands[i]->name;
		}
	}
	(void)argc;
	if (nearest != NULL)
		complain(NULL, "no command \"%s\"; did you mean %s?", argv[0], nearest);
	else
		complain(NULL, "no command \"%s\"", argv[0]);
	return hint_help(NULL);
}

static bool
asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static enum cli_status
print_help(const struct command *command)
{
	struct buf out = BUF_INIT(1 << 20);
	enum cli_status status;

	if (command == NULL)
		help_overview(&out);
	else
		help_command(command, &out);
	status = output_whole(command, NULL, &out);
	buf_clear(&out);
	return status;
}

static enum cli_status
run_command(const struct command *command, int argc, char **argv)
{
	struct settings settings;
	enum cli_status status;

	if (asks_for_help(argc, argv))
		return print_help(command);
	status = settings_parse(command, argc, argv, &settings);
	if (status == STATUS_DONE)
		status = command->run(command, &settings);
	settings_clear(&settings);
	return status;
}

static enum cli_status
dispatch(int argc, char **argv)
{
	const struct command *command;
	int used;

	if (argc < 2) {
		complain(NULL, "no command given");
		return hint_help(NULL);
	}
	if (strcmp(argv[1], "--version") == 0)
		return run_command(command_find("version"), argc - 2, argv + 2);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return print_help(NULL);
	command = command_of(argc - 1, argv + 1, &used);
	if (command == NULL)
		return no_such_command(argc - 1, argv + 1);
	return run_command(command, argc - 1 - used, argv + 1 + used);
}

int
cli_main(int argc, char **argv)
{
	output_signals();
	return (int)dispatch(argc, argv);
}
