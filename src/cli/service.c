/* service.c - the service's configuration and store, for commands that look at it or change it while it runs. */
#include "cli/service.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

extern char **environ;

void
service_json_time(struct jsonw *w, const char *name, int64_t us)
{
	char text[TIME_TEXT_MAX];

	jsonw_key(w, name);
	if (us == 0) {
		jsonw_null(w);
		return;
	}
	time_format(us, true, text);
	jsonw_str(w, text);
}

enum cli_status
service_config(const struct command *command, const struct settings *settings, struct config *ret)
{
	struct coord_error err;

	if (config_load(environ, settings->set.items, settings->set.n, ret, &err) != COORD_OK)
		return complain_error(command, &err);
	return STATUS_DONE;
}

enum coord_err
service_database(const struct config *config, struct buf *ret, struct coord_error *err)
{
	const char *folder = config->state_dir, *url = config->database_url;

	if (url != NULL && url[0] != 0) {
		buf_add_str(ret, url);
		return COORD_OK;
	}
	if (folder == NULL || folder[0] == 0)
		folder = getenv("STATE_DIRECTORY");
	if (folder == NULL || folder[0] == 0)
		folder = "coord-state";
	if (mkdir(folder, S_IRWXU) != 0 && errno != EEXIST)
		return error_set(err, COORD_EIO, "%s: %s", folder, strerror(errno));
	buf_printf(ret, "sqlite:%s/coord.db", folder);
	return COORD_OK;
}

enum coord_err
service_queue(const struct config *config, struct queue **ret, struct coord_error *err)
{
	struct buf url = BUF_INIT(1 << 16);
	enum coord_err rc;

	if (config->redis_url[0] != 0)
		return queue_open(config->redis_url, ret, err);
	rc = service_database(config, &url, err);
	if (rc == COORD_OK && sv_starts(buf_sv(&url), SV("postgres")))
		rc = error_set(err, COORD_EINVALID,
		    "REDIS_URL: with PostgreSQL the queue is in Redis, and none is named");
	else if (rc == COORD_OK)
		rc = queue_open(buf_cstr(&url), ret, err);
	buf_clear(&url);
	return rc;
}

enum coord_err
service_net(const struct config *config, struct net **ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf agent = BUF_INIT(1024);
	struct net_options options = { .ca_file =
					   config->ca_file[0] != 0 ? config->ca_file : NULL };

	buf_add_str(&agent, "dshield-coordination-engine/" COORD_VERSION);
	if (config->contact[0] != 0)
		buf_printf(&agent, " (+mailto:%s)", config->contact);
	options.user_agent = buf_cstr(&agent);
	return net_new(&options, ret, err);
}

enum cli_status
service_open(const struct command *command, const struct settings *settings, struct service *ret)
{
	const struct store_options options = { .readers = 1 };
	struct buf url = BUF_INIT(1 << 16);
	struct coord_error err;
	enum cli_status status;

	*ret = (struct service){ .store = NULL };
	status = service_config(command, settings, &ret->config);
	if (status != STATUS_DONE)
		return status;
	if (service_database(&ret->config, &url, &err) != COORD_OK ||
	    store_open(buf_cstr(&url), &options, &ret->store, &err) != COORD_OK)
		status = complain_error(command, &err);
	buf_clear(&url);
	return status;
}

void
service_close(struct service *service)
{
	store_close(service->store);
	config_clear(&service->config);
	service->store = NULL;
}

enum coord_err
service_audit(struct service *service, const char *action, const char *subject, const char *outcome,
    struct coord_error *err)
{
	const struct store_audit row = { .time_us = clock_wall(),
		.actor = SV("cli"),
		.action = sv_from(action),
		.subject = sv_from(subject),
		.outcome = sv_from(outcome),
		.request_id = SV(""),
		.remote = SV("") };

	return store_audit_add(service->store, &row, err);
}
