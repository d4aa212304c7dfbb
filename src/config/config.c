/* config.c - the table and where values come from: an option before the environment, that before the lines of COORD_CONFIG_FILE, NAME_FILE in the place of
 * NAME, the table's default behind all. A variable that is set and empty counts as not set, as compose files write it. Names that the table does not know are
 * nobody's business in the environment, and an error among the options. */
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "config/lines.h"
#include "config/value.h"

enum { FILE_MOST = 65536, NAME_MOST = 80, ARENA_MOST = 16 << 20 };

static const struct config_row rows[] = {
#define ROW(member, name_, type_, min_, max_, fallback_, unit_, help_) \
	{ .name = (name_),                                             \
		.type = (type_),                                       \
		.at = offsetof(struct config, member),                 \
		.min = (min_),                                         \
		.max = (max_),                                         \
		.fallback = (fallback_),                               \
		.unit = (unit_),                                       \
		.help = (help_) },
	CONFIG_SETTINGS(ROW)
#undef ROW
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct config_row *
config_at(size_t i)
{
	return i < N_ROWS ? &rows[i] : NULL;
}

bool
config_reloads(const struct config_row *row)
{
#define AT(member) offsetof(struct config, member),
	static const size_t reloaded[] = { CONFIG_RELOADED(AT) };
#undef AT

	for (size_t i = 0; i < sizeof(reloaded) / sizeof(reloaded[0]); i++)
		if (reloaded[i] == row->at)
			return true;
	return false;
}

/** The text behind "NAME=" when `entry` is of this name (with `suffix` behind it), else NULL. */
static const char *
value_of(const char *entry, const char *name, const char *suffix)
{
	size_t len = strlen(name), more = strlen(suffix);

	if (strncmp(entry, name, len) != 0 || strncmp(entry + len, suffix, more) != 0 ||
	    entry[len + more] != '=')
		return NULL;
	return entry + len + more + 1;
}

/** Where one setting's text comes from. */
struct source {
	const char *value; /* NULL: not given */
	const char *file;  /* path, of NAME_FILE; NULL: not given */
	size_t line;       /* of COORD_CONFIG_FILE; 0: not from there */
};

/** All places. */
struct places {
	char *const *environment; /* or NULL */
	const char *const *options;
	size_t n_options;
	const struct config_lines *lines;
};

/** NAME_FILE is a setting of its own, not the place of NAME. */
static bool
has_file_row(const char *name)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (sv_starts(sv_from(rows[i].name), sv_from(name)) &&
		    strcmp(rows[i].name + strlen(name), "_FILE") == 0)
			return true;
	return false;
}

static void
source_take(struct source *source, const char *entry, const char *name, bool last_wins)
{
	const char *value = value_of(entry, name, "");
	const char *file = has_file_row(name) ? NULL : value_of(entry, name, "_FILE");

	if (value != NULL && *value != '\0' && (last_wins || source->value == NULL))
		source->value = value;
	if (file != NULL && *file != '\0' && (last_wins || source->file == NULL))
		source->file = file;
}

static struct source
source_find(const struct places *places, const char *name)
{
	struct source source = { NULL, NULL, 0 };

	for (size_t i = 0; i < places->n_options; i++)
		source_take(&source, places->options[i], name, true);
	if (source.value != NULL || source.file != NULL)
		return source;
	for (char *const *at = places->environment; at != NULL && *at != NULL; at++)
		source_take(&source, *at, name, false);
	for (size_t i = 0; source.value == NULL && source.file == NULL && i < places->lines->n;
	     i++) {
		source_take(&source, places->lines->at[i].text, name, false);
		source.line = places->lines->at[i].number;
	}
	return source;
}

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/** Reads the whole file into `ret`: FILE_MOST bytes and one more, so that a longer one is seen. `name`: the variable that names it. */
static enum coord_err
read_whole(const char *name, const char *path, char *ret, size_t *ret_len, struct coord_error *err)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return error_set(
		    err, COORD_EINVALID, "%s: cannot open %s: %s", name, path, strerror(errno));
	while (len <= FILE_MOST && n > 0) {
		n = read(fd, ret + len, FILE_MOST + 1 - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return error_set(err, COORD_EINVALID, "%s: cannot read %s: %s", name, path,
			    strerror(errno));
		else
			len += (size_t)n;
	}
	if (len > FILE_MOST)
		return error_set(
		    err, COORD_EINVALID, "%s: %s is longer than %d bytes", name, path, FILE_MOST);
	*ret_len = len;
	return COORD_OK;
}

static struct sv
without_newline(struct sv text)
{
	if (sv_ends(text, SV("\n")))
		text.len--;
	if (sv_ends(text, SV("\r")))
		text.len--;
	return text;
}

static enum coord_err
load_file(
    const struct config_row *row, const char *path, struct config *config, struct coord_error *err)
{
	char text[FILE_MOST + 1], name[NAME_MOST];
	struct sv value;
	size_t len = 0;
	enum coord_err rc;

	(void)snprintf(name, sizeof(name), "%s_FILE", row->name);
	rc = read_whole(name, path, text, &len, err);
	value = without_newline((struct sv){ text, len });
	if (rc == COORD_OK && memchr(text, '\0', len) != NULL)
		rc =
		    error_set(err, COORD_EINVALID, "%s_FILE: %s holds a NUL byte", row->name, path);
	if (rc == COORD_OK)
		rc = config_value_read(
		    row, value.len > 0 ? value : sv_from(row->fallback), config, err);
	OPENSSL_cleanse(text, sizeof(text));
	if (rc == COORD_OK)
		config->files[config->n_files] = arena_strdup(config->arena, sv_from(path));
	if (rc == COORD_OK && config->files[config->n_files++] == NULL)
		rc = error_set(err, COORD_ENOMEM, "configuration: out of memory");
	return rc;
}

static enum coord_err
load_row(const struct config_row *row, struct source source, struct config *config,
    struct coord_error *err)
{
	if (source.value != NULL && source.file != NULL)
		return error_set(err, COORD_EINVALID, "%s and %s_FILE are both set: one of them",
		    row->name, row->name);
	if (source.file != NULL)
		return load_file(row, source.file, config, err);
	return config_value_read(
	    row, sv_from(source.value != NULL ? source.value : row->fallback), config, err);
}

/** What is wrong with a line of the file is told with where it is. */
static enum coord_err
load_row_from(const struct config_row *row, const struct places *places, struct config *config,
    struct coord_error *err)
{
	struct source source = source_find(places, row->name);
	struct coord_error why;
	enum coord_err rc;

	if (source.line == 0 || (source.value == NULL && source.file == NULL))
		return load_row(row, source, config, err);
	rc = load_row(row, source, config, &why);
	if (rc != COORD_OK)
		return error_set(err, rc, "%s:%zu: %s", places->lines->path, source.line, why.what);
	return COORD_OK;
}

bool
config_names(struct sv name)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		struct sv row = sv_from(rows[i].name);

		if (sv_eq(name, row) ||
		    (sv_starts(name, row) && sv_eq(sv_skip(name, row.len), SV("_FILE"))))
			return true;
	}
	return false;
}

/** An option that no row takes is a mistake of whoever typed it. */
static enum coord_err
check_option(const char *option, struct coord_error *err)
{
	const char *equal = strchr(option, '=');
	struct sv name = { option, equal == NULL ? strlen(option) : (size_t)(equal - option) };

	if (equal == NULL)
		return error_set(err, COORD_EINVALID, "expected NAME=VALUE, got \"%.*s\"",
		    SV_ARG(sv_first(name, NAME_MOST)));
	if (config_names(name))
		return COORD_OK;
	return error_set(
	    err, COORD_EINVALID, "there is no setting \"%.*s\"", SV_ARG(sv_first(name, NAME_MOST)));
}

/** The file's lines, when one is named. */
static enum coord_err
load_lines(const struct places *places, struct config_lines *ret, struct coord_error *err)
{
	char text[FILE_MOST + 1];
	struct source source = source_find(places, "COORD_CONFIG_FILE");
	size_t len = 0;
	enum coord_err rc;

	if (source.value == NULL)
		return COORD_OK;
	rc = read_whole("COORD_CONFIG_FILE", source.value, text, &len, err);
	if (rc == COORD_OK)
		rc = config_lines_read(source.value, (struct sv){ text, len }, ret, err);
	OPENSSL_cleanse(text, sizeof(text));
	return rc;
}

static enum coord_err
load_all(const struct places *places, struct config *config, struct coord_error *err)
{
	for (size_t i = 0; i < places->n_options; i++)
		TRY(check_option(places->options[i], err));
	config->files = ARENA_ARRAY(config->arena, N_ROWS, const char *);
	if (config->files == NULL)
		return error_set(err, COORD_ENOMEM, "configuration: out of memory");
	for (size_t i = 0; i < N_ROWS; i++)
		TRY(load_row_from(&rows[i], places, config, err));
	return COORD_OK;
}

enum coord_err
config_load(char *const *environment, const char *const *options, size_t n_options,
    struct config *ret, struct coord_error *err)
{
	struct config config = { .arena = arena_new(ARENA_MOST) };
	struct config_lines lines = { .n = 0 };
	const struct places places = { environment, options, n_options, &lines };
	enum coord_err rc;

	if (config.arena == NULL)
		return error_set(err, COORD_ENOMEM, "configuration: out of memory");
	rc = load_lines(&places, &lines, err);
	if (rc == COORD_OK)
		rc = load_all(&places, &config, err);
	config_lines_clear(&lines);
	if (rc != COORD_OK) {
		config_clear(&config);
		return rc;
	}
	*ret = config;
	return COORD_OK;
}

static void
clear_one(struct config *config)
{
	for (size_t i = 0; config->arena != NULL && i < N_ROWS; i++) {
		char *text;

		if (rows[i].type != CONF_SECRET)
			continue;
		memcpy(&text, (const char *)config + rows[i].at, sizeof(text));
		if (text != NULL)
			OPENSSL_cleanse(text, strlen(text));
	}
	arena_free(config->arena);
	*config = (struct config){ 0 };
}

void
config_clear(struct config *config)
{
	struct config *at = atomic_load(&config->newer);

	while (at != NULL) {
		struct config *older = at->older;

		clear_one(at);
		free(at);
		at = older;
	}
	clear_one(config);
}

void
config_write(const struct config *config, struct buf *out)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		buf_printf(out, "%s=", rows[i].name);
		config_value_write(&rows[i], config, out);
		buf_add_char(out, '\n');
	}
}

void
config_hand_on(const struct config *config, const struct config_row *row, struct buf *out)
{
	const char *text;

	if (row->type != CONF_SECRET) {
		config_value_write(row, config, out);
		return;
	}
	memcpy(&text, (const char *)config + row->at, sizeof(text));
	buf_add_str(out, text);
}
