/* lines.c - see lines.h. */
#include "config/lines.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

enum { NAME_MOST = 80 };

static enum coord_err
wrong(const struct config_lines *lines, size_t number, const char *what, struct sv name,
    struct coord_error *err)
{
	return error_set(err, COORD_EINVALID, "%s:%zu: %s \"%.*s\"", lines->path, number, what,
	    SV_ARG(sv_first(name, NAME_MOST)));
}

/** The line before that sets the same; 0: none. */
static size_t
set_before(const struct config_lines *lines, struct sv name)
{
	for (size_t i = 0; i < lines->n; i++)
		if (strncmp(lines->at[i].text, name.data, name.len) == 0 &&
		    lines->at[i].text[name.len] == '=')
			return lines->at[i].number;
	return 0;
}

static enum coord_err
check(const struct config_lines *lines, size_t number, struct sv name, struct coord_error *err)
{
	size_t before;

	if (!config_names(name))
		return wrong(lines, number, "there is no setting", name, err);
	before = set_before(lines, name);
	if (before != 0)
		return error_set(err, COORD_EINVALID, "%s:%zu: %.*s is set in line %zu already",
		    lines->path, number, SV_ARG(name), before);
	return COORD_OK;
}

static char *
joined(struct sv name, struct sv value)
{
	char *text = malloc(name.len + value.len + 2);

	if (text == NULL)
		return NULL;
	memcpy(text, name.data, name.len);
	text[name.len] = '=';
	if (value.len > 0)
		memcpy(text + name.len + 1, value.data, value.len);
	text[name.len + 1 + value.len] = '\0';
	return text;
}

static enum coord_err
take(struct config_lines *lines, size_t number, struct sv line, struct coord_error *err)
{
	struct sv value = line, name = sv_trim(sv_cut(&value, '='));

	if (value.data == NULL)
		return error_set(
		    err, COORD_EINVALID, "%s:%zu: expected NAME=VALUE", lines->path, number);
	TRY(check(lines, number, name, err));
	value = sv_trim(value);
	if (value.len > 0 && sv_starts(name, SV("COORD_CONFIG_FILE")))
		return error_set(err, COORD_EINVALID, "%s:%zu: a file cannot name another one",
		    lines->path, number);
	lines->at[lines->n] = (struct config_line){ joined(name, value), number };
	if (lines->at[lines->n++].text == NULL)
		return error_set(err, COORD_ENOMEM, "configuration: out of memory");
	return COORD_OK;
}

static size_t
count_lines(struct sv text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	return n;
}

enum coord_err
config_lines_read(
    const char *path, struct sv text, struct config_lines *ret, struct coord_error *err)
{
	struct sv rest = text;

	*ret = (struct config_lines){ .path = strdup(path),
		.at = calloc(count_lines(text), sizeof(*ret->at)) };
	if (ret->path == NULL || ret->at == NULL)
		return error_set(err, COORD_ENOMEM, "configuration: out of memory");
	for (size_t number = 1; rest.len > 0; number++) {
		struct sv line = sv_trim(sv_cut(&rest, '\n'));

		if (line.len == 0 || line.data[0] == '#')
			continue;
		if (memchr(line.data, '\0', line.len) != NULL)
			return error_set(
			    err, COORD_EINVALID, "%s:%zu: holds a NUL byte", ret->path, number);
		TRY(take(ret, number, line, err));
	}
	return COORD_OK;
}

void
config_lines_clear(struct config_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		if (lines->at[i].text != NULL)
			OPENSSL_cleanse(lines->at[i].text, strlen(lines->at[i].text));
		free(lines->at[i].text);
	}
	free(lines->at);
	free(lines->path);
	*lines = (struct config_lines){ .n = 0 };
}
