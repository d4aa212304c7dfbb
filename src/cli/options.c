/* options.c - the command line against a command's table of options: "--name text", "--name=text", "-o text", "-otext",
 * in any order with the operands; "--" ends the options, "-" alone is an operand (standard input). */
#include "cli/command.h"

#include <stdlib.h>

#include "cli/phrase.h"
#include "ingest/ingest.h"

struct parse {
	const struct command *command;
	struct settings *settings;
	int argc, at;
	char **argv;
};

static const struct option *
find_option(const struct command *command, struct sv name, char letter)
{
	for (size_t i = 0; i < command->n_options; i++) {
		const struct option *option = &command->options[i];

		if (letter != 0 ? option->letter == letter : sv_eq(sv_from(option->name), name))
			return option;
	}
	return NULL;
}

static enum cli_status
unknown_option(const struct command *command, struct sv name)
{
	const char *nearest = NULL;
	unsigned least = 4;

	for (size_t i = 0; i < command->n_options; i++) {
		unsigned distance = phrase_distance(name, sv_from(command->options[i].name));

		if (distance < least) {
			least = distance;
			nearest = command->options[i].name;
		}
	}
	if (nearest != NULL)
		complain(command, "unknown option %.*s; did you mean %s?", SV_ARG(name), nearest);
	else
		complain(command, "unknown option %.*s", SV_ARG(name));
	return hint_help(command);
}

static bool
take_choice(const char *choices, struct sv text, unsigned *ret)
{
	struct sv rest = sv_from(choices);

	for (unsigned i = 0; rest.data != NULL; i++) {
		if (sv_eq(sv_cut(&rest, '|'), text)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool
take_zone(struct sv text, int64_t *ret)
{
	struct buf time = BUF_INIT(64);
	int64_t us;
	bool good;

	/* the zone grammar is that of a time: put one in front of it */
	buf_add_str(&time, "1970-01-02T00:00:00");
	buf_add_sv(&time, text);
	good = text.len > 0 && time_parse(buf_sv(&time), 0, &us);
	if (good)
		*ret = 86400 * TIME_SECOND - us;
	buf_clear(&time);
	return good;
}

static bool
known_format(struct sv text)
{
	const char *name;

	for (size_t i = 0; (name = ingest_format_name(i, NULL)) != NULL; i++)
		if (sv_eq(sv_from(name), text))
			return true;
	return false;
}

/* Stores the text of an option in the settings; false when it is not what the table asks for. */
static bool
store(const struct option *option, const char *text, struct settings *settings)
{
	void *at = (char *)settings + option->at;
	struct sv view = sv_from(text);
	unsigned position;
	struct text_list *list;

	switch (option->type) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return true;
	case OPTION_TEXT:
	case OPTION_FILE:
	case OPTION_FOLDER:
		*(const char **)at = text;
		return view.len > 0;
	case OPTION_LIST:
		list = at;
		list->items[list->n++] = text;
		return view.len > 0;
	case OPTION_UINT:
		return sv_to_u64(view, at) && (double)*(uint64_t *)at >= option->min &&
		       (double)*(uint64_t *)at <= option->max;
	case OPTION_REAL:
		return sv_to_f64(view, at) && *(double *)at >= option->min &&
		       *(double *)at <= option->max;
	case OPTION_WORD:
		*(const char **)at = text;
		return take_choice(option->choices, view, &position);
	case OPTION_CHOICE:
		return take_choice(option->choices, view, at);
	case OPTION_TIME:
		return time_parse(view, 0, at);
	case OPTION_ZONE:
		return take_zone(view, at);
	case OPTION_FORMAT:
		*(const char **)at = text;
		return known_format(view);
	}
	return false;
}

static enum cli_status
refuse_text(const struct command *command, const struct option *option, const char *text)
{
	struct buf expected = BUF_INIT(1 << 12);

	phrase_expected(option, &expected);
	complain(command, "%s: expected %s, got \"%s\"", option->name, buf_cstr(&expected), text);
	buf_clear(&expected);
	return hint_help(command);
}

/* One option, whose own text (behind "=" or a letter) is `attached` or NULL. */
static enum cli_status
take_option(struct parse *p, const struct option *option, const char *attached)
{
	const char *text = attached;

	if (option->type == OPTION_FLAG && attached != NULL) {
		complain(p->command, "%s takes no argument", option->name);
		return hint_help(p->command);
	}
	if (option->type != OPTION_FLAG && text == NULL) {
		if (p->at + 1 >= p->argc) {
			complain(
			    p->command, "%s needs an argument: %s", option->name, option->argument);
			return hint_help(p->command);
		}
		text = p->argv[++p->at];
	}
	if (!store(option, text, p->settings))
		return refuse_text(p->command, option, text);
	return STATUS_DONE;
}

static enum cli_status
take_long(struct parse *p, const char *argument)
{
	struct sv name = sv_from(argument);
	size_t equals = sv_find_char(name, '=');
	const struct option *option;

	if (equals != SIZE_MAX)
		name = sv_first(name, equals);
	option = find_option(p->command, name, 0);
	if (option == NULL)
		return unknown_option(p->command, name);
	return take_option(p, option, equals == SIZE_MAX ? NULL : argument + equals + 1);
}

static enum cli_status
take_short(struct parse *p, const char *argument)
{
	const struct option *option = find_option(p->command, SV_NONE, argument[1]);

	if (option == NULL)
		return unknown_option(p->command, sv_from(argument));
	return take_option(p, option, argument[2] == 0 ? NULL : argument + 2);
}

static enum cli_status
count_operands(const struct command *command, const struct settings *settings)
{
	size_t n = settings->operands.n;

	/* logs may all come in by --sensor */
	if (n < command->operands_least && settings->sensors.n == 0) {
		complain(command, "missing operand: %s", command->operands);
		return hint_help(command);
	}
	if (n > command->operands_most) {
		complain(command, "one operand too many: \"%s\"",
		    settings->operands.items[command->operands_most]);
		return hint_help(command);
	}
	return STATUS_DONE;
}

/* Every list of the settings. */
static const size_t lists[] = { OPTION_AT(operands), OPTION_AT(sensors), OPTION_AT(plants),
	OPTION_AT(real), OPTION_AT(public_artefacts), OPTION_AT(scanners), OPTION_AT(feeds),
	OPTION_AT(set), OPTION_AT(databases) };

static struct text_list *
list_at(struct settings *settings, size_t at)
{
	return (struct text_list *)(void *)((char *)settings + at);
}

static bool
settings_init(const struct command *command, int argc, struct settings *ret)
{
	*ret = (struct settings){ .from_us = TIME_NONE,
		.to_us = TIME_NONE,
		.start_us = TIME_NONE,
		.site = SETTING_ABSENT,
		.sources = SETTING_ABSENT,
		.sessions = SETTING_ABSENT };
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct text_list *list = list_at(ret, lists[i]);

		if ((list->items = calloc((size_t)argc + 1, sizeof(char *))) == NULL)
			return false;
	}
	for (size_t i = 0; i < command->n_options; i++) {
		const struct option *option = &command->options[i];

		/* a default that is no value of the option's kind ("all cores") is only said */
		if (option->fallback != NULL && option->type != OPTION_FILE &&
		    option->type != OPTION_FOLDER) {
			struct settings before = *ret;

			if (!store(option, option->fallback, ret))
				*ret = before;
		}
	}
	return true;
}

enum cli_status
settings_parse(const struct command *command, int argc, char **argv, struct settings *ret)
{
	struct parse p = { .command = command, .settings = ret, .argc = argc, .argv = argv };
	bool options = true;

	if (!settings_init(command, argc, ret)) {
		complain(command, "%s", error_text(COORD_ENOMEM));
		return STATUS_FAILED;
	}
	for (p.at = 0; p.at < argc; p.at++) {
		const char *argument = argv[p.at];
		enum cli_status status = STATUS_DONE;

		if (!options || argument[0] != '-' || argument[1] == 0)
			ret->operands.items[ret->operands.n++] = argument;
		else if (strcmp(argument, "--") == 0)
			options = false;
		else if (argument[1] == '-')
			status = take_long(&p, argument);
		else
			status = take_short(&p, argument);
		if (status != STATUS_DONE)
			return status;
	}
	return count_operands(command, ret);
}

void
settings_clear(struct settings *settings)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		free(list_at(settings, lists[i])->items);
	*settings = (struct settings){ 0 };
}
