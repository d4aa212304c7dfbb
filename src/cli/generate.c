/* generate.c - `coord generate`: labelled data with a known truth, to try the engine on and to judge it by. */
#include "generate/generate.h"

#include <stdio.h>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/phrase.h"

/* clang-format off */
#define FORMAT_WORD(id, text, file) "|" text
static const char formats[] = "" GENERATE_FORMATS(FORMAT_WORD); /* begins with a bar: + 1 */
#undef FORMAT_WORD

static const struct option options[] = {
	{ "--output", 'o', "DIR", OPTION_FOLDER, OPTION_AT(output), 0, 0, NULL, NULL,
	  "The folder to write to; made when missing. Needed." },
	{ "--seed", 0, "N", OPTION_UINT, OPTION_AT(seed), 0, 9007199254740992.0, NULL, "1",
	  "Same seed and options, same bytes." },
	{ "--site", 0, "N", OPTION_UINT, OPTION_AT(site), 1, 9007199254740992.0, NULL, "the seed",
	  "What is normal: tools, wordlists, public scripts, networks, habits. Data of one site and two seeds have these in "
	  "common but no actor, as a month of reference and a batch should." },
	{ "--start", 0, "TIME", OPTION_TIME, OPTION_AT(start_us), 0, 0, NULL, "2025-03-03",
	  "The time of the first sessions (1990 to 2035)." },
	{ "--format", 'f', "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, formats + 1, "cowrie",
	  "How the sessions are written." },
	{ "--sources", 0, "N", OPTION_UINT, OPTION_AT(sources), 0, 10000000, NULL, "as in the sample",
	  "Sources of the background." },
	{ "--sessions", 0, "N", OPTION_UINT, OPTION_AT(sessions), 0, 100000000, NULL, "as in the sample",
	  "Sessions of the background, hit within 2 %." },
	{ "--days", 0, "N", OPTION_UINT, OPTION_AT(days), 1, 30, NULL, "7", "Days covered." },
	{ "--sensors", 0, "N", OPTION_UINT, OPTION_AT(sensor_count), 1, GENERATE_SENSORS_MOST, NULL, "1",
	  "Sensors that record." },
	{ "--background", 0, "MODE", OPTION_CHOICE, OPTION_AT(background), 0, 0, "S|R|N", "S",
	  "What the groups are planted in: S simulated, R the real logs of --real as they are, N the same without any "
	  "coordination. With R and N the groups take tools, credentials, commands, sensors, networks and hours from the logs; "
	  "--days, --start, --sources, --sessions and --sensors say nothing then." },
	{ "--real", 0, "LOGS", OPTION_LIST, OPTION_AT(real), 0, 0, NULL, NULL,
	  "A log, folder or pattern of the real background, in any format that 'coord ingest' reads. May be repeated." },
	{ "--plant", 0, "GROUP", OPTION_LIST, OPTION_AT(plants), 0, 0, NULL, NULL,
	  "Plant this group instead of the sample's: STRUCTURE[:DIFFICULTY[:MEMBERS[:VISITS[:VARIANT]]]], for example C1, "
	  "H2b:hard, HN1:standard:60 or HN6:easy:40:5:clock_step; none plants nothing. May be repeated." },
	{ "--quiet", 'q', NULL, OPTION_FLAG, OPTION_AT(quiet), 0, 0, NULL, NULL, "Do not tell what was written." },
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord generate -o sample", "the labelled sample of `make run`" },
	{ "coord generate --plant C1:hard --plant HN2 --sessions 20000 --sources 4000 -o sample",
	    "a hard botnet and a flash crowd in more noise" },
	{ "coord generate --background N --real /var/log/cowrie --format ndjson --plant C1 -o mine",
	    "a botnet in one's own sensors' traffic, which is known to hold no other" },
	{ NULL, NULL },
};

static bool
take_number(struct sv *rest, uint32_t most, uint32_t *ret)
{
	uint64_t number;

	if (rest->data == NULL)
		return true;
	if (!sv_to_u64(sv_cut(rest, ':'), &number) || number > most)
		return false;
	*ret = (uint32_t)number;
	return true;
}

static bool
parse_plan(const char *text, struct generate_plan *ret)
{
	struct sv rest = sv_from(text);

	*ret = (struct generate_plan){ .difficulty = DIFFICULTY_STANDARD };
	if (!generate_structure_find(sv_cut(&rest, ':'), &ret->structure))
		return false;
	if (rest.data != NULL && !generate_difficulty_find(sv_cut(&rest, ':'), &ret->difficulty))
		return false;
	return take_number(&rest, 100000, &ret->members) &&
	       take_number(&rest, 1000, &ret->visits) &&
	       (rest.data == NULL || generate_variant_find(ret->structure, rest, &ret->variant));
}

static enum cli_status
refuse_plan(const struct command *self, const char *text)
{
	complain(self,
	    "--plant: expected STRUCTURE[:DIFFICULTY[:MEMBERS[:VISITS[:VARIANT]]]], got \"%s\"",
	    text);
	(void)fprintf(stderr, "structures:\n");
	for (int i = 0; i < STRUCTURE_COUNT; i++) {
		enum generate_structure s = (enum generate_structure)i;

		(void)fprintf(
		    stderr, "  %-5s %s", generate_structure_name(s), generate_structure_title(s));
		for (uint32_t v = 1; generate_variant_name(s, v)[0] != '\0'; v++)
			(void)fprintf(
			    stderr, "%s%s", v == 1 ? ": " : ", ", generate_variant_name(s, v));
		(void)fprintf(stderr, "\n");
	}
	(void)fprintf(stderr, "difficulties: easy, standard, hard\n");
	return STATUS_USAGE;
}

static enum cli_status
take_plans(const struct command *self, const struct settings *settings,
    struct generate_plan plans[GENERATE_PLANS_MOST], struct generate_config *config)
{
	const struct text_list *list = &settings->plants;
	bool none = list->n == 1 && strcmp(list->items[0], "none") == 0;

	if (list->n == 0)
		return STATUS_DONE;
	if (list->n > GENERATE_PLANS_MOST) {
		complain(self, "--plant: at most %d groups", GENERATE_PLANS_MOST);
		return STATUS_USAGE;
	}
	for (size_t i = 0; i < list->n && !none; i++)
		if (!parse_plan(list->items[i], &plans[i]))
			return refuse_plan(self, list->items[i]);
	config->plans = plans;
	config->n_plans = none ? 0 : list->n;
	return STATUS_DONE;
}

static void
tell(const struct settings *settings, const struct generate_summary *summary, struct buf *out)
{
	buf_printf(out, "%s: ", settings->output);
	phrase_count(out, summary->sessions);
	buf_add_str(out, " sessions of ");
	phrase_count(out, summary->sources);
	buf_add_str(out, " sources\n");
	for (size_t i = 0; i < summary->n_groups; i++) {
		const struct generate_group *g = &summary->groups[i];

		buf_printf(out, "  %-8s %5u sources %7u sessions  %s\n", g->id, g->members,
		    g->sessions, generate_truth_name(g->truth));
		buf_printf(out, "           %s\n", generate_structure_title(g->structure));
	}
}

static enum cli_status
write_all(const struct command *self, const struct settings *settings,
    const struct generate_config *config)
{
	struct generate_summary summary;
	struct coord_error err;
	struct buf out = BUF_INIT(1 << 20);
	enum cli_status status = STATUS_DONE;

	if (generate_run(config, settings->output, &summary, &err) != COORD_OK)
		return complain_error(self, &err);
	if (!settings->quiet) {
		tell(settings, &summary, &out);
		status = output_whole(self, NULL, &out);
	}
	buf_clear(&out);
	return status;
}

/* Reads the logs of a real background first. */
static enum cli_status
write_in_real(
    const struct command *self, const struct settings *settings, struct generate_config config)
{
	struct settings reading = *settings;
	struct input input = { .n_sensors = 0 };
	enum cli_status read, status;

	reading.operands = settings->real;
	read = input_read(self, &reading, &input);
	status = read;
	if (read == STATUS_DONE || read == STATUS_REFUSED) {
		config.real = &input.table;
		status = write_all(self, settings, &config);
	}
	input_clear(&input);
	return status == STATUS_DONE ? read : status;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct generate_plan plans[GENERATE_PLANS_MOST];
	struct generate_config config = generate_sample(settings->seed);
	enum cli_status status = take_plans(self, settings, plans, &config);

	if (status != STATUS_DONE)
		return status;
	if (settings->output == NULL) {
		complain(self, "where to? -o DIR is needed");
		return hint_help(self);
	}
	config.background = (enum generate_background)settings->background;
	if ((config.background != BACKGROUND_SIMULATED) != (settings->real.n > 0)) {
		complain(self, "--real LOGS goes with --background R or N, and they with it");
		return hint_help(self);
	}
	config.format = (enum generate_format)settings->format;
	config.site = settings->site == SETTING_ABSENT ? 0 : settings->site;
	config.start_us = settings->start_us == TIME_NONE ? 0 : settings->start_us;
	config.days = (uint32_t)settings->days;
	config.sensors = (uint32_t)settings->sensor_count;
	if (settings->sources != SETTING_ABSENT)
		config.sources = (uint32_t)settings->sources;
	if (settings->sessions != SETTING_ABSENT)
		config.sessions = (uint32_t)settings->sessions;
	return config.background == BACKGROUND_SIMULATED ? write_all(self, settings, &config)
							 : write_in_real(self, settings, config);
}

const struct command command_generate = {
	.name = "generate",
	.operands = "",
	.title = "Write labelled sample data with planted campaigns",
	.about = "Writes honeypot data with a known truth: independent background, coordinated "
		 "groups, and groups that only look "
		 "coordinated. Every address, key and URL in it is invented. labels.csv beside the "
		 "data names the group of every "
		 "session, manifest.json what was planted.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
