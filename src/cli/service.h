/* service.h - what commands about the service share: its configuration, its folder, its store (private to cli/). */
#ifndef COORD_CLI_SERVICE_H
#define COORD_CLI_SERVICE_H

#include "cli/command.h"
#include "config/config.h"
#include "net/net.h"
#include "queue/queue.h"
#include "store/store.h"

struct service {
	struct config config;
	struct store *store;
};

/** How long a stop waits for a collector of spans. */
#define SPANS_DEADLINE_US (2 * TIME_SECOND)

/* clang-format off */
/** Options of every such command. */
#define SERVICE_OPTIONS                                                                            \
	{ "--set", 0, "NAME=VALUE", OPTION_LIST, OPTION_AT(set), 0, 0, NULL, NULL,                 \
	  "A setting over that of the environment, such as COORD_STATE_DIR=/var/lib/coord. May be repeated." }
/* clang-format on */

/** The environment's configuration with --set over it. Complains itself. */
enum cli_status service_config(
    const struct command *command, const struct settings *settings, struct config *ret);
/** The database's URL: DATABASE_URL, else coord.db in the state folder, which is made when it is missing. COORD_EIO. */
MUST_CHECK enum coord_err service_database(
    const struct config *config, struct buf *ret, struct coord_error *err);
/** The queue that goes with it: REDIS_URL, else the SQLite database. COORD_EINVALID: PostgreSQL and no Redis. */
MUST_CHECK enum coord_err service_queue(
    const struct config *config, struct queue **ret, struct coord_error *err);
/** Configuration and an open store. Complains itself; release with service_close whatever it says. */
enum cli_status service_open(
    const struct command *command, const struct settings *settings, struct service *ret);
void service_close(struct service *service);
/** "sqlite:PATH" or a bare path: the folder that the database's files are in, to be freed. NULL: the database is elsewhere (or no memory). */
char *service_folder(const char *database);
/** Fences the process in (COORD_SANDBOX; docs/security.md): the database's folder is written to, the files and folders that settings name are read. Before
 *  the store is opened. What this kernel does not have is told in the log. COORD_ENOMEM. */
MUST_CHECK enum coord_err service_fence(const struct config *config,
    const struct settings *settings, const char *database, struct coord_error *err);
/** Nothing that this thread starts from now on starts a program. */
void service_fence_programs(const struct config *config);
/** The way out that all of the service's outbound requests go: COORD_CA_FILE, COORD_CONTACT. */
MUST_CHECK enum coord_err service_net(
    const struct config *config, struct net **ret, struct coord_error *err);
/** A row of the audit log by the command line. */
MUST_CHECK enum coord_err service_audit(struct service *service, const char *action,
    const char *subject, const char *outcome, struct coord_error *err);
/** A member with the time as text; null for 0, which stands for never. */
void service_json_time(struct jsonw *w, const char *name, int64_t us);

#endif
