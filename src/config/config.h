/* config.h - one table of everything that can be set, from the environment, from files (NAME_FILE for secrets) and from
 * options over both. Help, man pages and docs/operations.md are made from the table. A value that is not what the table asks for stops
 * the program with the name, what was expected and what came (never the value of a secret). */
#ifndef COORD_CONFIG_H
#define COORD_CONFIG_H

#include "base/base.h"

enum config_type {
	CONF_TEXT,
	CONF_SECRET,
	CONF_UINT,
	CONF_BOOL,
	CONF_CHOICE,
	CONF_DURATION,
	CONF_BYTES,
	CONF_LIST
};

/* clang-format off */
/** member, variable, type, minimum, maximum, default ("": none), unit or choices, help.
 *  The seed's names first (DATABASE_URL ...), ours begin with COORD_. */
#include "config/settings.def"
/* clang-format on */

struct config {
	struct arena *arena; /* owns every text */
	const char **files;  /* what NAME_FILE named: the paths that were read */
	size_t n_files;
	struct config *_Atomic newer; /* of the one that the program began with: see config_now */
	struct config *older;         /* of a newer one: the one before, NULL: the first */
#define CONF_MEMBER_CONF_TEXT const char *
#define CONF_MEMBER_CONF_SECRET const char *
#define CONF_MEMBER_CONF_UINT uint64_t
#define CONF_MEMBER_CONF_BOOL bool
#define CONF_MEMBER_CONF_CHOICE unsigned
#define CONF_MEMBER_CONF_DURATION int64_t /* microseconds */
#define CONF_MEMBER_CONF_BYTES uint64_t
#define CONF_MEMBER_CONF_LIST const char * /* words separated by commas */
#define SETTING(member, name, type, min, max, fallback, unit, help) CONF_MEMBER_##type member;
	CONFIG_SETTINGS(SETTING)
#undef SETTING
};

struct config_row {
	const char *name; /* "COORD_MAX_SESSIONS" */
	enum config_type type;
	size_t at; /* offset in struct config */
	double min, max;
	const char *fallback, *unit, *help;
};
/** The rows of the table; NULL behind the last. */
const struct config_row *config_at(size_t i);

/** It takes effect in a running service (CONFIG_RELOADED in settings.def); else at the next start. */
bool config_reloads(const struct config_row *row);

/** Defaults, then the lines of COORD_CONFIG_FILE, then the environment (`environ` as given, "NAME=text", NULL at the end), then `options`: "NAME=text" from the
 *  command line. Reads NAME_FILE where that is given instead of NAME (one trailing newline is dropped). COORD_EINVALID names what is wrong, of the file with its line. config_clear releases it, and all that
 *  config_publish made newer, and wipes secrets. */
MUST_CHECK enum coord_err config_load(char *const *environment, const char *const *options,
    size_t n_options, struct config *ret, struct coord_error *err);
void config_clear(struct config *config);
/** The configuration as text for people and logs, a line each, secrets as "(set)" or "(not set)". */
void config_write(const struct config *config, struct buf *out);
/** One value as config_load reads it back, a secret too: for the environment of a child process, nothing else. */
void config_hand_on(const struct config *config, const struct config_row *row, struct buf *out);

/* --- reading again: one thread publishes, any number look ------------------------------------------------------------------- */

/** What is in force now: `first`, or what was published since. It never changes and lives as long as `first`: who takes it at the beginning of something keeps
 *  it to the end of that. */
const struct config *config_now(const struct config *first);
/** Compares `fresh` with what is in force: the names that differ, separated by blanks, go to `changed`, and those that wait for the next start to `later`, of which
 *  `fresh` gets the values in force. Nothing is in force by this. COORD_ENOMEM. */
MUST_CHECK enum coord_err config_compare(const struct config *first, struct config *fresh,
    struct buf *changed, struct buf *later, struct coord_error *err);
/** Puts `fresh` in force and takes it over (it is empty then). COORD_ENOMEM: nothing has changed. */
MUST_CHECK enum coord_err config_publish(
    struct config *first, struct config *fresh, struct coord_error *err);

#endif
