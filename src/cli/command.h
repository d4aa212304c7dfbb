/* command.h - what a command and an option are (private to cli/).
 * A new command is a file with a `const struct command` and a row in commands.c; help, man page and completions follow
 * from the tables. */
#ifndef COORD_CLI_COMMAND_H
#define COORD_CLI_COMMAND_H

#include "base/base.h"

enum cli_status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_REFUSED = 3, /* done, but some input was refused */
};

/** What an option's text has to be, and what it is stored as. */
enum option_type {
	OPTION_FLAG,   /* no text: bool */
	OPTION_TEXT,   /* const char * */
	OPTION_FILE,   /* const char *, completed as a file name */
	OPTION_FOLDER, /* const char *, completed as a folder's name */
	OPTION_LIST,   /* struct text_list, may be given several times */
	OPTION_UINT,   /* uint64_t in [min, max] */
	OPTION_REAL,   /* double in [min, max] */
	OPTION_WORD,   /* const char *, one of `choices` */
	OPTION_CHOICE, /* unsigned: the position in `choices` */
	OPTION_TIME,   /* int64_t us; a date or a time, UTC unless it says otherwise */
	OPTION_ZONE,   /* int64_t us east of UTC */
	OPTION_FORMAT, /* const char *, the name of a reader of ingest/ */
};

struct text_list {
	const char **items; /* room for every argument of the command line */
	size_t n;
};

/** The options of all commands: a command's table names those that it takes. */
struct settings {
	struct text_list operands;
	/* input */
	struct text_list sensors; /* NAME=PATH */
	const char *input_format;
	int64_t from_us, to_us; /* TIME_NONE: open */
	uint64_t year;
	int64_t zone_us;
	/* analysis */
	const char *reference;
	bool group;
	const char *selected_by;
	unsigned depth; /* enum detect_depth */
	uint64_t worlds, seed, threads, decoordinate;
	const char *asn;
	const char *model;
	const char *null_table;
	unsigned tools; /* enum services_tools */
	const char *tools_folder;
	struct text_list databases;
	bool self_contained;
	struct text_list public_artefacts, scanners; /* FILE */
	struct text_list feeds;                      /* NAME=FILE */
	/* output */
	unsigned format; /* by the command's own list */
	const char *output;
	unsigned colour; /* COLOUR_* */
	bool quiet, verbose, profile;
	/* generate */
	struct text_list plants; /* STRUCTURE[:DIFFICULTY[:MEMBERS[:VISITS]]] */
	uint64_t days, sources, sessions, sensor_count, site;
	int64_t start_us;
	unsigned background;   /* enum generate_background */
	struct text_list real; /* logs of a real background */
	/* evaluate */
	unsigned suite, split;
	uint64_t batches;
	const char *cells, *rows, *families, *name;
	bool engine_only, ablations, naive_nulls;
	const char *calibrate, *keep; /* evaluate self */
	bool quick;
	/* verify, version */
	bool document_only, methods;
	/* the service: keys, audit, callbacks */
	struct text_list set; /* NAME=VALUE */
	const char *scopes, *head;
	uint64_t rate, quota, grace, limit;
	bool dead;
	bool list, replace; /* migrate, restore */
	/* tools */
	bool force, allow_private, example;
	unsigned job_state;
	const char *answer, *question; /* workflow resume */
	uint64_t step;                 /* workflow fork; 0: not given */
	bool all_jobs;
	/* help */
	bool man;
	const char *completion;
};

#define SETTING_ABSENT UINT64_MAX /* a number that was not given, where 0 means something */

enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct option {
	const char *name;     /* "--format" */
	char letter;          /* 'o' for -o; 0: none */
	const char *argument; /* "FILE"; NULL for a flag */
	enum option_type type;
	size_t at; /* offset in struct settings */
	double min, max;
	const char *choices;  /* "text|json|csv" */
	const char *fallback; /* the default, as one would type it; NULL: none */
	const char *help;
};

struct example {
	const char *line, *what;
};

enum { OPERANDS_ANY = 1 << 30 };

struct command {
	const char *name;     /* "reference build": one or two words */
	const char *operands; /* for the usage line: "LOGS..." */
	unsigned operands_least, operands_most;
	bool operands_are_files; /* for completion */
	const char *title;       /* one line */
	const char *about;       /* paragraphs separated by an empty line */
	const struct option *options;
	size_t n_options;
	const struct example *examples; /* ends with line == NULL */
	enum cli_status (*run)(const struct command *command, const struct settings *settings);
};

/** All commands, in the order of the help; NULL behind the last. */
extern const struct command *const commands[];
/** Those that the program runs itself: in no help, page or completion. */
extern const struct command *const hidden_commands[];
/** The command of this name, a hidden one too, or NULL. */
const struct command *command_find(const char *name);

#define OPTION_AT(field) offsetof(struct settings, field)

/* clang-format off */
/** Options that every command which reads logs takes. */
#define INPUT_OPTIONS                                                                              \
	{ "--sensor", 0, "NAME=PATH", OPTION_LIST, OPTION_AT(sensors), 0, 0, NULL, NULL,           \
	  "Read PATH as logs of the sensor NAME, whatever the logs say. May be repeated." },        \
	{ "--input-format", 0, "FORMAT", OPTION_FORMAT, OPTION_AT(input_format), 0, 0, NULL, NULL, \
	  "Take every record for this format instead of recognising it by content." },              \
	{ "--from", 0, "TIME", OPTION_TIME, OPTION_AT(from_us), 0, 0, NULL, NULL,                  \
	  "Only sessions that start at TIME or later (2024-01-26 or 2024-01-26T03:27:00Z)." },       \
	{ "--to", 0, "TIME", OPTION_TIME, OPTION_AT(to_us), 0, 0, NULL, NULL,                      \
	  "Only sessions that start before TIME." },                                                \
	{ "--year", 0, "YEAR", OPTION_UINT, OPTION_AT(year), 1990, 2099, NULL, NULL,               \
	  "The year of syslog lines, which do not say it. Without it: from the file's name, else its date." }, \
	{ "--zone", 0, "+HH:MM", OPTION_ZONE, OPTION_AT(zone_us), 0, 0, NULL, "+00:00",            \
	  "The time zone of times that do not say it." },                                           \
	{ "--threads", 0, "N", OPTION_UINT, OPTION_AT(threads), 1, 64, NULL, "all cores",          \
	  "Threads to work with. Changes nothing but the time taken." }

#define OUTPUT_OPTION                                                                              \
	{ "--output", 'o', "FILE", OPTION_FILE, OPTION_AT(output), 0, 0, NULL, "standard output",  \
	  "Write to FILE, which appears complete or not at all." }

#define TALK_OPTIONS                                                                               \
	{ "--quiet", 'q', NULL, OPTION_FLAG, OPTION_AT(quiet), 0, 0, NULL, NULL,                   \
	  "No progress, notes or refused records on standard error; errors only." },                \
	{ "--verbose", 'v', NULL, OPTION_FLAG, OPTION_AT(verbose), 0, 0, NULL, NULL,               \
	  "Show up to 100 refused records instead of 10." }

#define COLOUR_OPTION                                                                              \
	{ "--color", 0, "WHEN", OPTION_CHOICE, OPTION_AT(colour), 0, 0, "auto|always|never", "auto", \
	  "Colour in text. auto: on a terminal, unless NO_COLOR is set." }
/* clang-format on */

/** Fills *ret from the arguments behind the command's name. STATUS_DONE, or STATUS_USAGE after complaining.
 *  The lists of *ret are released by settings_clear. */
enum cli_status settings_parse(
    const struct command *command, int argc, char **argv, struct settings *ret);
void settings_clear(struct settings *settings);

/** "coord analyze: what" and a line end, to standard error; attacker bytes made printable. */
void complain(const struct command *command, const char *format, ...) PRINTF_LIKE(2, 3);
/** The same for a filled error; returns STATUS_FAILED, or STATUS_USAGE for COORD_EINVALID. */
enum cli_status complain_error(const struct command *command, const struct coord_error *err);
/** Says where help is. Returns STATUS_USAGE. */
enum cli_status hint_help(const struct command *command);

/* help.c, man.c, completion.c: texts made from the tables */
void help_overview(struct buf *out);
void help_command(const struct command *command, struct buf *out);
/** NULL: the page of the program itself. */
void man_page(const struct command *command, struct buf *out);
/** False for a shell that is not known. */
bool completion_script(const char *shell, struct buf *out);

#endif
