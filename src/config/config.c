/* config.c - the table and where values come from: an option before the environment, NAME_FILE in the place of NAME, the table's default
 * behind all. A variable that is set and empty counts as not set, as compose files write it. Names that the table does not know are
 * nobody's business in the environment, and an error among the options. */
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

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
source_find(
    char *const *environment, const char *const *options, size_t n_options, const char *name)
{
	struct source source = { NULL, NULL };

	for (size_t i = 0; i < n_options; i++)
		source_take(&source, options[i], name, true);
	if (source.value != NULL || source.file != NULL)
		return source;
	for (; environment != NULL && *environment != NULL; environment++)
		source_take(&source, *environment, name, false);
	return source;
}

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/** Reads the whole file into `ret`: FILE_MOST bytes and one more, so that a longer one is seen. */
static enum coord_err
read_whole(const char *name, const char *path, char *ret, size_t *ret_len, struct coord_error *err)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return error_set(err, COORD_EINVALID, "%s_FILE: cannot open %s: %s", name, path,
		    strerror(errno));
	while (len <= FILE_MOST && n > 0) {
		n = read(fd, ret + len, FILE_MOST + 1 - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return error_set(err, COORD_EINVALID, "%s_FILE: cannot read %s: %s", name,
			    path, strerror(errno));
		else
			len += (size_t)n;
	}
	if (len > FILE_MOST)
		return error_set(err, COORD_EINVALID, "%s_FILE: %s is longer than %d bytes", name,
		    path, FILE_MOST);
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
	char text[FILE_MOST + 1];
	size_t len = 0;
	enum coord_err rc = read_whole(row->name, path, text, &len, err);
	struct sv value = without_newline((struct sv){ text, len });

	if (rc == COORD_OK && memchr(text, '\0', len) != NULL)
		rc =
		    error_set(err, COORD_EINVALID, "%s_FILE: %s holds a NUL byte", row->name, path);
	if (rc == COORD_OK)
		rc = config_value_read(
		    row, value.len > 0 ? value : sv_from(row->fallback), config, err);
	OPENSSL_cleanse(text, sizeof(text));
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

/** An option that no row takes is a mistake of whoever typed it. */
static enum coord_err
check_option(const char *option, struct coord_error *err)
{
	const char *equal = strchr(option, '=');
	size_t len = equal == NULL ? strlen(option) : (size_t)(equal - option);

	if (equal == NULL)
		return error_set(err, COORD_EINVALID, "expected NAME=VALUE, got \"%.*s\"",
		    SV_ARG(sv_first(sv_from(option), NAME_MOST)));
	for (size_t i = 0; i < N_ROWS; i++)
		if (value_of(option, rows[i].name, "") != NULL ||
		    value_of(option, rows[i].name, "_FILE") != NULL)
			return COORD_OK;
	return error_set(err, COORD_EINVALID, "there is no setting \"%.*s\"",
	    SV_ARG(sv_first((struct sv){ option, len }, NAME_MOST)));
}

enum coord_err
config_load(char *const *environment, const char *const *options, size_t n_options,
    struct config *ret, struct coord_error *err)
{
	struct config config = { .arena = arena_new(ARENA_MOST) };
	enum coord_err rc = COORD_OK;

	if (config.arena == NULL)
		return error_set(err, COORD_ENOMEM, "configuration: out of memory");
	for (size_t i = 0; i < n_options && rc == COORD_OK; i++)
		rc = check_option(options[i], err);
	for (size_t i = 0; i < N_ROWS && rc == COORD_OK; i++)
		rc = load_row(&rows[i], source_find(environment, options, n_options, rows[i].name),
		    &config, err);
	if (rc != COORD_OK) {
		config_clear(&config);
		return rc;
	}
	*ret = config;
	return COORD_OK;
}

void
config_clear(struct config *config)
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
