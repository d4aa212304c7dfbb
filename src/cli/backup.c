/* backup.c - `coord backup` and `coord restore`: the SQLite database into one file, and back. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/service.h"

/* clang-format off */
static const struct option backup_options[] = {
	SERVICE_OPTIONS,
};
static const struct option restore_options[] = {
	{ "--replace", 0, NULL, OPTION_FLAG, OPTION_AT(replace), 0, 0, NULL, NULL,
	  "Overwrite a database that is there already." },
	SERVICE_OPTIONS,
};
/* clang-format on */

static enum cli_status
backup(const struct command *self, const struct settings *settings)
{
	const char *path = settings->operands.items[0];
	struct service service;
	struct coord_error err;
	enum cli_status status = service_open(self, settings, &service);

	if (status == STATUS_DONE &&
	    (store_backup(service.store, path, &err) != COORD_OK ||
		service_audit(&service, "store.backup", path, "ok", &err) != COORD_OK))
		status = complain_error(self, &err);
	service_close(&service);
	return status;
}

static const struct example backup_examples[] = {
	{ "coord backup /backup/coord-$(date +%F).db", "every night, while the service runs" },
	{ NULL, NULL },
};

const struct command command_backup = {
	.name = "backup",
	.operands = "FILE",
	.operands_least = 1,
	.operands_most = 1,
	.operands_are_files = true,
	.title = "Copy the SQLite database into one file",
	.about = "A consistent copy of everything accepted up to now, made while the service goes "
		 "on writing. FILE "
		 "appears whole and flushed to the disk, or not at all; one that is there is "
		 "replaced. It is an "
		 "SQLite database itself, readable by its owner only: it holds what attackers "
		 "typed, and the hashes of keys.\n\n"
		 "PostgreSQL is backed up with pg_dump --format=custom.",
	.options = backup_options,
	.n_options = sizeof(backup_options) / sizeof(backup_options[0]),
	.examples = backup_examples,
	.run = backup,
};

static enum cli_status
restore(const struct command *self, const struct settings *settings)
{
	struct buf url = BUF_INIT(1 << 16);
	struct config config;
	struct coord_error err;
	enum cli_status status = service_config(self, settings, &config);

	if (status != STATUS_DONE)
		return status;
	if (service_database(&config, &url, &err) != COORD_OK ||
	    store_restore(buf_cstr(&url), settings->operands.items[0], settings->replace, &err) !=
		COORD_OK)
		status = complain_error(self, &err);
	buf_clear(&url);
	config_clear(&config);
	return status;
}

static const struct example restore_examples[] = {
	{ "coord restore /backup/coord-2024-02-01.db", "onto a new machine" },
	{ "coord restore --replace /backup/coord-2024-02-01.db", "over a database that is there" },
	{ NULL, NULL },
};

const struct command command_restore = {
	.name = "restore",
	.operands = "FILE",
	.operands_least = 1,
	.operands_most = 1,
	.operands_are_files = true,
	.title = "Put a backup in the database's place",
	.about = "Checks the backup first: its pages and its migrations. Stop the service before: "
		 "a database that any "
		 "process has open is not touched, and one that is there only with --replace. Jobs "
		 "that the backup holds as "
		 "queued or running are done again.",
	.options = restore_options,
	.n_options = sizeof(restore_options) / sizeof(restore_options[0]),
	.examples = restore_examples,
	.run = restore,
};
