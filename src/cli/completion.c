/* completion.c - completion scripts for bash, zsh and fish, made from the tables. Commands of two words ("reference
 * build") are completed word by word. */
#include "cli/command.h"
#include "ingest/ingest.h"

/* Every first word once, in the order of the table. */
static bool
is_first_of_its_word(size_t at)
{
	struct sv rest = sv_from(commands[at]->name);
	struct sv word = sv_cut(&rest, ' ');

	for (size_t i = 0; i < at; i++) {
		struct sv other = sv_from(commands[i]->name);

		if (sv_eq(sv_cut(&other, ' '), word))
			return false;
	}
	return true;
}

static void
add_first_words(struct buf *out)
{
	for (size_t i = 0; commands[i] != NULL; i++) {
		struct sv rest = sv_from(commands[i]->name);

		if (is_first_of_its_word(i)) {
			buf_add_char(out, ' ');
			buf_add_sv(out, sv_cut(&rest, ' '));
		}
	}
}

/* The words that an option's text may be, or nothing. */
static void
add_choices(const struct option *option, struct buf *out)
{
	const char *name;

	if (option->type == OPTION_FORMAT)
		for (size_t i = 0; (name = ingest_format_name(i, NULL)) != NULL; i++)
			buf_printf(out, " %s", name);
	for (const char *c = option->choices; c != NULL && *c != 0; c++) {
		if (c == option->choices)
			buf_add_char(out, ' ');
		buf_add_char(out, *c == '|' ? ' ' : *c);
	}
}

static bool
has_choices(const struct option *option)
{
	return option->choices != NULL || option->type == OPTION_FORMAT;
}

static void
bash_option(const struct command *command, const struct option *option, struct buf *out)
{
	buf_printf(out, "\t\"%s %s\"", command->name, option->name);
	if (option->letter != 0)
		buf_printf(out, " | \"%s -%c\"", command->name, option->letter);
	buf_add_str(out, ")\n\t\tCOMPREPLY=($(compgen ");
	if (option->type == OPTION_FOLDER) {
		buf_add_str(out, "-d");
	} else if (has_choices(option)) {
		buf_add_str(out, "-W \"");
		add_choices(option, out);
		buf_add_char(out, '"');
	} else {
		buf_add_str(out, "-f");
	}
	buf_add_str(out, " -- \"$word\"))\n\t\treturn\n\t\t;;\n");
}

static void
bash_command(const struct command *command, struct buf *out)
{
	buf_printf(out, "\t\"%s\")\n\t\toptions=\"--help", command->name);
	for (size_t i = 0; i < command->n_options; i++)
		buf_printf(out, " %s", command->options[i].name);
	buf_add_str(out, "\"\n\t\t;;\n");
}

static void
bash(struct buf *out)
{
	buf_add_str(out,
	    "# bash completion for coord; made by 'coord help --completion bash'\n"
	    "_coord() {\n"
	    "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} "
	    "command=${COMP_WORDS[1]-} options=\n"
	    "\tCOMPREPLY=()\n"
	    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W \"");
	add_first_words(out);
	buf_add_str(out, "\" -- \"$word\"))\n\t\treturn\n\tfi\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		struct sv second = sv_from(commands[i]->name), first = sv_cut(&second, ' ');

		if (second.data == NULL)
			continue;
		buf_printf(out,
		    "\tif [ \"$command\" = %.*s ] && [ \"${COMP_WORDS[2]-}\" = %.*s ] && [ "
		    "\"$COMP_CWORD\" -gt 2 ]; "
		    "then command=\"%s\"; fi\n",
		    SV_ARG(first), SV_ARG(second), commands[i]->name);
		buf_printf(out,
		    "\tif [ \"$command\" = %.*s ] && [ \"$COMP_CWORD\" -eq 2 ]; then "
		    "COMPREPLY+=($(compgen -W \"%.*s\" -- \"$word\")); fi\n",
		    SV_ARG(first), SV_ARG(second));
	}
	buf_add_str(out, "\tif [ \"$command\" = help ]; then COMPREPLY+=($(compgen -W \"");
	add_first_words(out);
	buf_add_str(out, "\" -- \"$word\")); fi\n\tcase \"$command $before\" in\n");
	for (size_t i = 0; commands[i] != NULL; i++)
		for (size_t o = 0; o < commands[i]->n_options; o++)
			if (commands[i]->options[o].type != OPTION_FLAG)
				bash_option(commands[i], &commands[i]->options[o], out);
	buf_add_str(out, "\tesac\n\tcase \"$command\" in\n");
	for (size_t i = 0; commands[i] != NULL; i++)
		bash_command(commands[i], out);
	buf_add_str(out, "\tesac\n"
			 "\tcase \"$word\" in\n"
			 "\t-*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
			 "\t*) COMPREPLY+=($(compgen -f -- \"$word\")) ;;\n"
			 "\tesac\n}\ncomplete -o filenames -F _coord coord\n");
}

/* A help text inside single quotes and brackets of zsh, or the quotes of fish. */
static void
add_quoted(struct buf *out, const char *text)
{
	for (const char *c = text; *c != 0; c++) {
		if (*c == '\'')
			buf_add_str(out, "'\\''");
		else if (*c == '[' || *c == ']' || *c == ':')
			buf_add_char(out, ' ');
		else
			buf_add_char(out, *c);
	}
}

static void
zsh_option(const struct option *option, struct buf *out)
{
	buf_printf(out, " \\\n\t\t\t'%s%s%s[", option->type == OPTION_LIST ? "*" : "", option->name,
	    option->type == OPTION_FLAG ? "" : "=");
	add_quoted(out, option->help);
	buf_add_char(out, ']');
	if (option->type != OPTION_FLAG) {
		buf_add_char(out, ':');
		add_quoted(out, option->argument);
		buf_add_char(out, ':');
		if (has_choices(option)) {
			buf_add_char(out, '(');
			add_choices(option, out);
			buf_add_char(out, ')');
		} else if (option->type == OPTION_FOLDER) {
			buf_add_str(out, "_directories");
		} else if (option->type == OPTION_FILE) {
			buf_add_str(out, "_files");
		}
	}
	buf_add_char(out, '\'');
}

static void
zsh(struct buf *out)
{
	buf_add_str(out, "#compdef coord\n"
			 "# zsh completion for coord; made by 'coord help --completion zsh'\n"
			 "_coord() {\n\tlocal command=$words[2]\n"
			 "\tif (( CURRENT == 2 )); then\n\t\tcompadd --");
	add_first_words(out);
	buf_add_str(out, "\n\t\treturn\n\tfi\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		struct sv second = sv_from(commands[i]->name), first = sv_cut(&second, ' ');

		if (second.data == NULL)
			continue;
		buf_printf(out,
		    "\tif [[ $command == %.*s ]] && (( CURRENT == 3 )); then compadd -- %.*s; fi\n"
		    "\t[[ $command == %.*s && $words[3] == %.*s ]] && command='%s'\n",
		    SV_ARG(first), SV_ARG(second), SV_ARG(first), SV_ARG(second),
		    commands[i]->name);
	}
	buf_add_str(out, "\tcase $command in\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		buf_printf(
		    out, "\t\t'%s') _arguments '--help[describe the command]'", commands[i]->name);
		for (size_t o = 0; o < commands[i]->n_options; o++)
			zsh_option(&commands[i]->options[o], out);
		if (strcmp(commands[i]->name, "help") == 0) {
			buf_add_str(out, " \\\n\t\t\t'*:command:(");
			add_first_words(out);
			buf_add_str(out, ")'");
		} else if (commands[i]->operands_are_files) {
			buf_add_str(out, " \\\n\t\t\t'*:file:_files'");
		}
		buf_add_str(out, " ;;\n");
	}
	buf_add_str(out, "\tesac\n}\n_coord \"$@\"\n");
}

static void
fish_option(const struct command *command, const struct option *option, struct buf *out)
{
	struct sv rest = sv_from(command->name);
	struct sv last = sv_cut(&rest, ' ');

	buf_add_str(out, "complete -c coord -n '__fish_seen_subcommand_from ");
	buf_add_sv(out, rest.data == NULL ? last : rest);
	buf_printf(out, "' -l %s", option->name + 2);
	if (option->letter != 0)
		buf_printf(out, " -s %c", option->letter);
	if (has_choices(option)) {
		buf_add_str(out, " -x -a '");
		add_choices(option, out);
		buf_add_char(out, '\'');
	} else if (option->type == OPTION_FILE || option->type == OPTION_FOLDER) {
		buf_add_str(out, " -r -F");
	} else if (option->type != OPTION_FLAG) {
		buf_add_str(out, " -x");
	}
	buf_add_str(out, " -d '");
	add_quoted(out, option->help);
	buf_add_str(out, "'\n");
}

static void
fish(struct buf *out)
{
	buf_add_str(out, "# fish completion for coord; made by 'coord help --completion fish'\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		struct sv second = sv_from(commands[i]->name), first = sv_cut(&second, ' ');

		if (second.data == NULL)
			buf_printf(out,
			    "complete -c coord -n __fish_use_subcommand -f -a %.*s -d '",
			    SV_ARG(first));
		else
			buf_printf(out,
			    "complete -c coord -n __fish_use_subcommand -f -a %.*s\n"
			    "complete -c coord -n '__fish_seen_subcommand_from %.*s' -f -a %.*s -d "
			    "'",
			    SV_ARG(first), SV_ARG(first), SV_ARG(second));
		add_quoted(out, commands[i]->title);
		buf_add_str(out, "'\n");
		for (size_t o = 0; o < commands[i]->n_options; o++)
			fish_option(commands[i], &commands[i]->options[o], out);
	}
	buf_add_str(out, "complete -c coord -n '__fish_seen_subcommand_from help' -f -a '");
	add_first_words(out);
	buf_add_str(out, "'\n");
}

bool
completion_script(const char *shell, struct buf *out)
{
	static const struct {
		const char *shell;
		void (*write)(struct buf *out);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shells[i].shell, shell) == 0) {
			shells[i].write(out);
			return true;
		}
	}
	return false;
}
