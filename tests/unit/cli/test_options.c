#include "testing.h"

#include <stdio.h>

#include "cli/command.h"

/* clang-format off */
static const struct option options[] = {
	{ "--format", 'f', "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json|csv", "json", "" },
	{ "--depth", 0, "DEPTH", OPTION_WORD, OPTION_AT(selected_by), 0, 0, "time|behavior", NULL, "" },
	{ "--worlds", 'w', "N", OPTION_UINT, OPTION_AT(worlds), 1, 99, NULL, "by depth", "" },
	OUTPUT_OPTION,
	INPUT_OPTIONS,
	TALK_OPTIONS,
};
/* clang-format on */

static const struct command command = { .name = "test",
	.operands = "LOGS...",
	.operands_least = 1,
	.operands_most = 3,
	.options = options,
	.n_options = COUNT_OF(options) };

enum { WORDS_MOST = 32 };

/* Parses the words of one line, split at blanks. */
static enum cli_status
parse(const char *line, char *copy, struct settings *ret)
{
	char *argv[WORDS_MOST];
	int argc = 0;

	(void)snprintf(copy, 512, "%s", line);
	for (char *c = copy; *c != 0 && argc < WORDS_MOST; c++) {
		if (*c == ' ') {
			*c = 0;
			continue;
		}
		if (c == copy || c[-1] == 0)
			argv[argc++] = c;
	}
	return settings_parse(&command, argc, argv, ret);
}

static void
test_ways_to_give_an_option(void **state)
{
	static const char *const lines[] = { "--worlds 7 log", "--worlds=7 log", "-w 7 log",
		"-w7 log", "log -w 7", "log --worlds=7", "-w 3 -w 7 -- log" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct settings settings;
		char copy[512];

		assert_int_equal(parse(lines[i], copy, &settings), STATUS_DONE);
		assert_int_equal(settings.worlds, 7);
		assert_int_equal(settings.operands.n, 1);
		assert_string_equal(settings.operands.items[0], "log");
		settings_clear(&settings);
	}
}

static void
test_defaults(void **state)
{
	struct settings settings;
	char copy[512];

	(void)state;
	assert_int_equal(parse("log", copy, &settings), STATUS_DONE);
	assert_int_equal(settings.format, 1);
	assert_int_equal(settings.worlds, 0); /* "by depth" is only said */
	assert_int_equal(settings.threads, 0);
	assert_null(settings.output);
	assert_true(settings.from_us == TIME_NONE && settings.to_us == TIME_NONE);
	assert_false(settings.quiet);
	settings_clear(&settings);
}

static void
test_kinds(void **state)
{
	struct settings settings;
	char copy[512];

	(void)state;
	assert_int_equal(parse("-q -fcsv --depth behavior --from 1970-01-02 --to "
			       "1970-01-02T01:00:00+01:00 --zone -05:30 "
			       "--sensor a=b --sensor c=d --input-format cowrie --output=out x -",
			     copy, &settings),
	    STATUS_DONE);
	assert_true(settings.quiet);
	assert_int_equal(settings.format, 2);
	assert_string_equal(settings.selected_by, "behavior");
	assert_true(settings.from_us == 86400 * TIME_SECOND);
	assert_true(settings.to_us == 86400 * TIME_SECOND);
	assert_true(settings.zone_us == -(5 * 3600 + 1800) * TIME_SECOND);
	assert_int_equal(settings.sensors.n, 2);
	assert_string_equal(settings.sensors.items[1], "c=d");
	assert_string_equal(settings.input_format, "cowrie");
	assert_string_equal(settings.output, "out");
	assert_int_equal(settings.operands.n, 2);
	assert_string_equal(settings.operands.items[1], "-");
	settings_clear(&settings);
}

static void
test_wrong_usage(void **state)
{
	static const char *const lines[] = { "", "--worlds 0 log", "--worlds 100 log",
		"--worlds x log", "--worlds 99999999999999999999999 log", "--format xml log",
		"--depth x log", "--from x log", "--zone x log", "--zone= log", "--nothing log",
		"-x log", "log --worlds", "--quiet=1 log", "-q1 log", "a b c d",
		"--input-format nothing log", "--output= log", "-- -- a b c" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct settings settings;
		char copy[512];

		assert_int_equal(parse(lines[i], copy, &settings), STATUS_USAGE);
		settings_clear(&settings);
	}
}

static void
test_sensors_alone_are_input(void **state)
{
	struct settings settings;
	char copy[512];

	(void)state;
	assert_int_equal(parse("--sensor a=b", copy, &settings), STATUS_DONE);
	settings_clear(&settings);
}

/* What every table has to hold for parsing, help and completion to work. */
static void
test_tables_are_sound(void **state)
{
	(void)state;
	for (size_t c = 0; commands[c] != NULL; c++) {
		const struct command *cmd = commands[c];

		assert_ptr_equal(command_find(cmd->name), cmd);
		assert_non_null(cmd->run);
		assert_true(strlen(cmd->title) > 5 && strlen(cmd->about) > 5);
		for (size_t o = 0; o < cmd->n_options; o++) {
			const struct option *option = &cmd->options[o];
			bool chosen = option->type == OPTION_WORD || option->type == OPTION_CHOICE;
			bool counted = option->type == OPTION_UINT || option->type == OPTION_REAL;

			assert_true(sv_starts(sv_from(option->name), SV("--")));
			assert_true(strlen(option->help) > 5);
			assert_true((option->argument == NULL) == (option->type == OPTION_FLAG));
			assert_true((option->choices != NULL) == chosen);
			assert_true(!counted || option->max > option->min);
			for (size_t other = 0; other < o; other++) {
				assert_string_not_equal(option->name, cmd->options[other].name);
				assert_true(option->letter == 0 ||
					    option->letter != cmd->options[other].letter);
			}
		}
	}
	assert_null(command_find("nothing"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways_to_give_an_option),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_wrong_usage),
		cmocka_unit_test(test_sensors_alone_are_input),
		cmocka_unit_test(test_tables_are_sound),
	};

	return cmocka_run_group_tests_name("cli/options", tests, NULL, NULL);
}
