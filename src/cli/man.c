/* man.c - pages for man(1), made from the same tables as the help. No date: the same source gives the same page. */
#include <ctype.h>

#include "cli/command.h"
#include "cli/phrase.h"

/* groff takes '.' and '\'' at the start of a line for a request, '\\' for an escape and '-' for a hyphen. */
static void
add_escaped(struct buf *out, struct sv text)
{
	bool line_start = true;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '\\')
			buf_add_str(out, "\\e");
		else if (c == '-')
			buf_add_str(out, "\\-");
		else if (line_start && (c == '.' || c == '\''))
			buf_printf(out, "\\&%c", c);
		else
			buf_add_char(out, c);
		line_start = c == '\n';
	}
}

static void
add_text(struct buf *out, const char *text)
{
	add_escaped(out, sv_from(text));
}

/* "reference build" as "reference-build" */
static void
add_page_name(struct buf *out, const struct command *command)
{
	buf_add_str(out, "coord\\-");
	for (const char *c = command->name; *c != 0; c++)
		buf_add_char(out, *c == ' ' ? '-' : *c);
}

static void
add_paragraphs(struct buf *out, const char *text)
{
	struct sv rest = sv_from(text);

	while (rest.data != NULL) {
		buf_add_str(out, ".PP\n");
		add_escaped(out, phrase_paragraph(&rest));
		buf_add_char(out, '\n');
	}
}

static void
add_option(struct buf *out, const struct option *option)
{
	struct buf expected = BUF_INIT(1 << 14);

	buf_add_str(out, ".TP\n");
	if (option->letter != 0)
		buf_printf(out, "\\fB\\-%c\\fR, ", option->letter);
	buf_add_str(out, "\\fB");
	add_text(out, option->name);
	buf_add_str(out, "\\fR");
	if (option->argument != NULL) {
		buf_add_str(out, " \\fI");
		add_text(out, option->argument);
		buf_add_str(out, "\\fR");
	}
	buf_add_char(out, '\n');
	add_text(out, option->help);
	if (option->choices != NULL || option->type == OPTION_FORMAT) {
		phrase_expected(option, &expected);
		buf_add_str(out, "\nTakes ");
		add_escaped(out, buf_sv(&expected));
		buf_add_char(out, '.');
	}
	if (option->fallback != NULL) {
		buf_add_str(out, "\nDefault: ");
		add_text(out, option->fallback);
		buf_add_char(out, '.');
	}
	buf_add_char(out, '\n');
	buf_clear(&expected);
}

static void
add_status(struct buf *out)
{
	buf_add_str(out, ".SH EXIT STATUS\n"
			 ".TP\n0\nDone.\n"
			 ".TP\n1\nFailed.\n"
			 ".TP\n2\nWrong usage.\n"
			 ".TP\n3\nDone, but some input was refused (told on standard error).\n");
}

static void
command_page(const struct command *command, struct buf *out)
{
	buf_add_str(out, ".TH ");
	for (const char *c = "coord-"; *c != 0; c++)
		buf_add_char(out, (char)toupper((unsigned char)*c));
	for (const char *c = command->name; *c != 0; c++)
		buf_add_char(out, *c == ' ' ? '-' : (char)toupper((unsigned char)*c));
	buf_add_str(out, " 1 \"\" \"coord " COORD_VERSION "\" \"User Commands\"\n.SH NAME\n");
	add_page_name(out, command);
	buf_add_str(out, " \\- ");
	add_text(out, command->title);
	buf_printf(out, "\n.SH SYNOPSIS\n\\fBcoord %s\\fR", command->name);
	if (command->n_options > 0)
		buf_add_str(out, " [\\fIOPTIONS\\fR]");
	buf_add_char(out, ' ');
	add_text(out, command->operands);
	buf_add_str(out, "\n.SH DESCRIPTION\n");
	add_paragraphs(out, command->about);
	if (command->n_options > 0)
		buf_add_str(out, ".SH OPTIONS\n");
	for (size_t i = 0; i < command->n_options; i++)
		add_option(out, &command->options[i]);
	if (command->examples != NULL)
		buf_add_str(out, ".SH EXAMPLES\n");
	for (const struct example *e = command->examples; e != NULL && e->line != NULL; e++) {
		buf_add_str(out, ".TP\n\\fB");
		add_text(out, e->line);
		buf_add_str(out, "\\fR\n");
		add_text(out, e->what);
		buf_add_char(out, '\n');
	}
	add_status(out);
	buf_add_str(out, ".SH SEE ALSO\n\\fBcoord\\fR(1)\n");
}

static void
program_page(struct buf *out)
{
	buf_add_str(out,
	    ".TH COORD 1 \"\" \"coord " COORD_VERSION
	    "\" \"User Commands\"\n.SH NAME\ncoord \\- one campaign, or coincidence?\n"
	    ".SH SYNOPSIS\n\\fBcoord\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIOPERANDS\\fR]\n"
	    ".SH DESCRIPTION\nTakes attack sessions from honeypot logs, finds the groups that "
	    "are coordinated, and says how sure it is and why.\n.SH COMMANDS\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		buf_add_str(out, ".TP\n\\fB");
		add_page_name(out, commands[i]);
		buf_add_str(out, "\\fR(1)\n");
		add_text(out, commands[i]->title);
		buf_add_str(out, ".\n");
	}
	buf_add_str(out, ".SH ENVIRONMENT\n"
			 ".TP\nNO_COLOR\nWhen set and not empty: no colour unless asked for.\n"
			 ".TP\nCOLUMNS\nWidth of text output, instead of the terminal's.\n");
	add_status(out);
}

void
man_page(const struct command *command, struct buf *out)
{
	if (command == NULL)
		program_page(out);
	else
		command_page(command, out);
}
