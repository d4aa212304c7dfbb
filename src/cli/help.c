/* help.c - `coord help`, in plain text of 80 columns, and the command that prints it, man pages and completions. */
#include "cli/command.h"

#include "cli/output.h"
#include "cli/phrase.h"

enum { COLUMNS = 80, HELP_MOST = 1 << 20 };

static const struct option options[] = {
	{ "--man", 0, NULL, OPTION_FLAG, OPTION_AT(man), 0, 0, NULL, NULL,
	    "The page for man(1), as groff source." },
	{ "--completion", 0, "SHELL", OPTION_WORD, OPTION_AT(completion), 0, 0, "bash|zsh|fish",
	    NULL, "The completion script for this shell." },
};

static const struct example examples[] = {
	{ "coord help analyze", "what analyze does and takes" },
	{ "coord help --man analyze | man -l -", "the same as a manual page" },
	{ "source <(coord help --completion bash)", "completion in this shell" },
	{ NULL, NULL },
};

void
help_overview(struct buf *out)
{
	buf_add_str(out, "Usage: coord COMMAND [OPTIONS] [OPERANDS]\n\n"
			 "Takes attack sessions from honeypot logs and answers: one campaign, or "
			 "coincidence?\n\n"
			 "Commands:\n");
	for (size_t i = 0; commands[i] != NULL; i++)
		buf_printf(out, "  %-22s%s\n", commands[i]->name, commands[i]->title);
	buf_add_str(out,
	    "\n'coord help COMMAND' describes a command and its options.\n\n"
	    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 done but some input was refused.\n");
}

static void
help_option(const struct option *option, struct buf *out)
{
	struct buf left = BUF_INIT(1 << 10), right = BUF_INIT(1 << 14);

	if (option->letter != 0)
		buf_printf(&left, "  -%c, ", option->letter);
	else
		buf_add_str(&left, "      ");
	buf_add_str(&left, option->name);
	if (option->argument != NULL)
		buf_printf(&left, " %s", option->argument);
	buf_add_str(&right, option->help);
	if (option->choices != NULL || option->type == OPTION_FORMAT) {
		buf_add_str(&right, " Takes ");
		phrase_expected(option, &right);
		buf_add_str(&right, ".");
	}
	if (option->fallback != NULL)
		buf_printf(&right, " Default: %s.", option->fallback);
	buf_add_sv(out, buf_sv(&left));
	buf_add_char(out, '\n');
	phrase_wrap(out, buf_sv(&right), 10, COLUMNS);
	buf_clear(&left);
	buf_clear(&right);
}

void
help_command(const struct command *command, struct buf *out)
{
	struct sv rest = sv_from(command->about);

	buf_printf(out, "Usage: coord %s%s%s%s\n\n", command->name,
	    command->n_options > 0 ? " [OPTIONS]" : "", command->operands[0] != 0 ? " " : "",
	    command->operands);
	buf_printf(out, "%s.\n", command->title);
	while (rest.data != NULL) {
		buf_add_char(out, '\n');
		phrase_wrap(out, phrase_paragraph(&rest), 0, COLUMNS);
	}
	if (command->n_options > 0)
		buf_add_str(out, "\nOptions:\n");
	for (size_t i = 0; i < command->n_options; i++)
		help_option(&command->options[i], out);
	if (command->examples != NULL)
		buf_add_str(out, "\nExamples:\n");
	for (const struct example *e = command->examples; e != NULL && e->line != NULL; e++)
		buf_printf(out, "  %s\n      %s\n", e->line, e->what);
}

/* The one or two words behind `help` as a command; NULL after complaining. */
static const struct command *
named_command(const struct command *self, const struct text_list *words)
{
	struct buf name = BUF_INIT(1 << 12);
	const struct command *found;

	for (size_t i = 0; i < words->n; i++)
		buf_printf(&name, "%s%s", i == 0 ? "" : " ", words->items[i]);
	found = command_find(buf_cstr(&name));
	if (found == NULL)
		complain(self, "no command \"%s\"; 'coord help' lists them", buf_cstr(&name));
	buf_clear(&name);
	return found;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT(HELP_MOST);
	const struct command *command = NULL;
	enum cli_status status;

	if (settings->operands.n > 0) {
		command = named_command(self, &settings->operands);
		if (command == NULL)
			return STATUS_USAGE;
	}
	if (settings->completion != NULL)
		(void)completion_script(settings->completion, &out);
	else if (settings->man)
		man_page(command, &out);
	else if (command != NULL)
		help_command(command, &out);
	else
		help_overview(&out);
	status = output_whole(self, NULL, &out);
	buf_clear(&out);
	return status;
}

const struct command command_help = {
	.name = "help",
	.operands = "[COMMAND]",
	.operands_most = 2,
	.title = "Describe the program or a command",
	.about = "Without a command: what commands there are.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
