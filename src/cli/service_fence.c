/* service_fence.c - which files the service's own process may still open once it runs: the database's folder, and what its settings name. Of a file the folder is
 * allowed, as an editor or a secret's mount puts a new file in its place. */
#include <stdlib.h>

#include "base/log.h"
#include "cli/service.h"
#include "jobs/jobs.h"

extern char **environ;

enum { PATHS_MOST = 64 };

struct paths {
	char *at[PATHS_MOST];
	size_t n;
	bool failed;
};

static void
add(struct paths *p, char *path)
{
	p->failed = p->failed || path == NULL;
	if (path != NULL && p->n < PATHS_MOST)
		p->at[p->n++] = path;
	else
		free(path);
}

/* The folder of a file; "." when its name has none. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

char *
service_folder(const char *database)
{
	const char *path = strncmp(database, "sqlite:", 7) == 0 ? database + 7 : database;

	if (strncmp(path, "///", 3) == 0)
		path += 3;
	return strstr(path, "://") != NULL ? NULL : folder_of(path);
}

/* NAME_FILE=PATH, of the environment or of --set. */
static void
add_secret(struct paths *p, const char *text)
{
	const char *value = strchr(text, '=');

	if (value != NULL && value - text > 5 && memcmp(value - 5, "_FILE", 5) == 0 &&
	    value[1] == '/')
		add(p, folder_of(value + 1));
}

/* Settings that name a file or a folder say so in their unit. */
static void
add_setting(struct paths *p, const struct config *config, const struct config_row *row)
{
	const char *value;

	if (row->type != CONF_TEXT)
		return;
	value = *(const char *const *)(const void *)((const char *)config + row->at);
	if (value == NULL || value[0] == 0 || strstr(value, "://") != NULL)
		return;
	if (strncmp(row->unit, "FOLDER", 6) == 0)
		add(p, strdup(value));
	else if (strncmp(row->unit, "FILE", 4) == 0)
		add(p, folder_of(value));
}

enum coord_err
service_fence(const struct config *config, const struct settings *settings, const char *database,
    struct coord_error *err)
{
	struct paths read = { .n = 0 };
	char *folder = service_folder(database);
	struct coord_error why;
	const struct config_row *row;
	enum coord_err rc = COORD_OK;

	for (size_t i = 0; environ[i] != NULL; i++)
		add_secret(&read, environ[i]);
	for (size_t i = 0; i < settings->set.n; i++)
		add_secret(&read, settings->set.items[i]);
	for (size_t i = 0; (row = config_at(i)) != NULL; i++)
		add_setting(&read, config, row);
	for (size_t i = 0; i < config->n_files; i++)
		add(&read, folder_of(config->files[i]));
	if (read.failed)
		rc = error_set(err, COORD_ENOMEM, "no memory for the fence");
	else if (service_confine(config, (const char *const *)&folder, folder != NULL,
		     (const char *const *)read.at, read.n, &why) != COORD_OK)
		log_write(LOG_WARNING, "the service runs with fewer fences",
		    LOG_TEXT("reason", why.what));
	for (size_t i = 0; i < read.n; i++)
		free(read.at[i]);
	free(folder);
	return rc;
}

void
service_fence_programs(const struct config *config)
{
	struct coord_error why;

	if (service_start_nothing(config, &why) != COORD_OK)
		log_write(LOG_WARNING, "the service runs with fewer fences",
		    LOG_TEXT("reason", why.what));
}
