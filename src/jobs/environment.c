/* environment.c - see environment.h. Secrets go to a child this way and no other: the command line is everybody's to read. */
#define _GNU_SOURCE /* explicit_bzero */
#include "jobs/environment.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_MOST = 1 << 20 };

/* "NAME=..." or "NAME_FILE=..." of a setting. */
static bool
is_setting(const char *entry)
{
	const struct config_row *row;
	struct sv name = sv_first(sv_from(entry), strcspn(entry, "="));

	if (sv_ends(name, SV("_FILE")))
		name.len -= 5;
	for (size_t i = 0; (row = config_at(i)) != NULL; i++)
		if (sv_eq(name, sv_from(row->name)))
			return true;
	return false;
}

static char *
entry_of(const struct config *config, const struct config_row *row)
{
	struct buf text = BUF_INIT(VALUE_MOST);
	char *entry;

	buf_printf(&text, "%s=", row->name);
	config_hand_on(config, row, &text);
	entry = text.failed ? NULL : strdup(buf_cstr(&text));
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_clear(&text);
	return entry;
}

char **
environment_for(const struct config *config, char *const *callers)
{
	const struct config_row *row;
	size_t n = 0, most = 1;
	char **all;

	for (size_t i = 0; callers[i] != NULL; i++)
		most++;
	for (size_t i = 0; config_at(i) != NULL; i++)
		most++;
	all = calloc(most, sizeof(*all));
	for (size_t i = 0; all != NULL && callers[i] != NULL; i++)
		if (!is_setting(callers[i]) && (all[n++] = strdup(callers[i])) == NULL)
			goto fail;
	for (size_t i = 0; all != NULL && (row = config_at(i)) != NULL; i++)
		if (row->at != offsetof(struct config, config_file) &&
		    (all[n++] = entry_of(config, row)) == NULL)
			goto fail; /* the file was read: what it says is in force, or is not yet */
	return all;
fail:
	environment_free(all);
	return NULL;
}

void
environment_free(char **environment)
{
	for (size_t i = 0; environment != NULL && environment[i] != NULL; i++) {
		explicit_bzero(environment[i], strlen(environment[i]));
		free(environment[i]);
	}
	free(environment);
}
