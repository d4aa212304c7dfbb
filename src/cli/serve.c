/* serve.c - `coord serve`: the engine as a service. Opens what it stands on, starts workers, upkeep and the API, says that it
 * is ready, and waits for signals: SIGTERM and SIGINT stop it in order, SIGHUP reads keys and settings again. */
#include "api/api.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/reload.h"
#include "cli/service.h"
#include "enrich/enrich.h"
#include "services/services.h"

enum { FIRST_KEY_SCOPES = SCOPE_SUBMIT | SCOPE_READ | SCOPE_ADMIN | SCOPE_ALL };

static const struct option serve_options[] = {
	SERVICE_OPTIONS,
};

static const struct example serve_examples[] = {
	{ "coord serve", "listen on 127.0.0.1:8000, with everything in ./coord-state" },
	{ "coord serve --set COORD_LISTEN=127.0.0.1:0 --set COORD_WORKERS=4",
	    "any free port, four workers" },
	{ NULL, NULL },
};

struct serving {
	const struct command *command;
	struct config config;
	struct buf database;
	struct api_world world;
	struct supervisor *supervisor;
	struct upkeep *upkeep;
	struct services_files *files;
	struct api *api;
	sigset_t signals;
};

/* --- what it stands on -------------------------------------------------------------------------------------------- */

/* A connection is a file: as many as the system lets us have. */
static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Before any thread starts: all of them leave these signals to the main one. */
static void
hold_signals(struct serving *s)
{
	(void)sigemptyset(&s->signals);
	(void)sigaddset(&s->signals, SIGTERM);
	(void)sigaddset(&s->signals, SIGINT);
	(void)sigaddset(&s->signals, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &s->signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static enum coord_err
open_all(struct serving *s, const struct settings *settings, struct coord_error *err)
{
	struct jobs_world *jobs = &s->world.jobs;
	const struct config *c = &s->config;
	const char *queue = c->redis_url;

	jobs->config = c;
	TRY(process_become_user(c, err));
	s->database = BUF_INIT(1 << 16);
	TRY(service_database(c, &s->database, err));
	TRY(service_fence(c, settings, buf_cstr(&s->database), err));
	if (queue == NULL || queue[0] == 0)
		queue = buf_cstr(&s->database);
	TRY(store_open(
	    buf_cstr(&s->database), &(struct store_options){ .readers = 6 }, &jobs->store, err));
	TRY(queue_open(queue, &jobs->queue, err));
	TRY(service_net(c, &jobs->net, err));
	TRY(enrich_open(c, jobs->net, NULL, &jobs->enrich,
	    err)); /* workers write: wrong settings are told here */
	TRY(metrics_open(-1, &jobs->metrics, err));
	jobs_watch(jobs);
	TRY(tracing_open(c->otlp_endpoint, "serve", jobs->net, &jobs->tracing, err));
	TRY(jobs_files_open(c, &s->files, err));
	jobs->files = s->files;
	return auth_open(c, jobs->store, jobs->net, &s->world.auth, err);
}

static enum coord_err
start_all(struct serving *s, struct coord_error *err)
{
	if (s->config.workers > 0)
		TRY(supervisor_start(&s->world.jobs, "/proc/self/exe", &s->supervisor, err));
	s->world.supervisor = s->supervisor;
	service_fence_programs(&s->config);
	TRY(upkeep_start(&s->world.jobs, &s->upkeep, err));
	return api_start(&s->world, &s->api, err);
}

/* --- the first key --------------------------------------------------------------------------------------------------- */

/* api_start has refused to listen beyond this machine without keys, so nobody else is listened to yet. */
static enum coord_err
make_first_key(struct serving *s, struct coord_error *err)
{
	char id[32], secret[AUTH_SECRET_MOST];
	const struct auth_new_key key = { .name = "first", .scopes = FIRST_KEY_SCOPES };

	if (s->config.open_mode || auth_ways(s->world.auth) > 0)
		return COORD_OK;
	TRY(auth_key_create(&s->config, s->world.jobs.store, &key, clock_wall(), id, secret, err));
	TRY(auth_reload(s->world.auth, err));
	(void)printf(
	    "There were no keys. This one may do everything, and is shown this once:\n\n    %s\n\n",
	    secret);
	return COORD_OK;
}

/* --- systemd ---------------------------------------------------------------------------------------------------------- */

static void
tell_manager(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len == 0 || len >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = 0; /* an abstract name */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	(void)close(fd);
}

/* --- signals ------------------------------------------------------------------------------------------------------------ */

static void
reload(struct serving *s, const struct settings *settings)
{
	const struct reloading what = { &s->config, settings, s->world.auth, s->api };
	char state[80];

	(void)snprintf(
	    state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_steady());
	tell_manager(state);
	service_reload(&what);
	tell_manager("READY=1");
}

static void
wait_for_stop(struct serving *s, const struct settings *settings)
{
	int signal = 0;

	while (sigwait(&s->signals, &signal) == 0 && signal == SIGHUP)
		reload(s, settings);
	log_write(LOG_INFO, "stopping", LOG_INT("signal", signal));
	tell_manager("STOPPING=1");
}

static void
stop_all(struct serving *s)
{
	int64_t deadline = clock_steady() + s->config.stop_deadline;

	if (s->api != NULL)
		api_stop(s->api, clock_steady() + s->config.stop_deadline / 2);
	if (s->upkeep != NULL)
		upkeep_stop(s->upkeep);
	if (s->supervisor != NULL)
		supervisor_stop(s->supervisor, deadline);
	auth_close(s->world.auth);
	services_files_close(s->files);
	tracing_close(s->world.jobs.tracing, SPANS_DEADLINE_US);
	enrich_close(s->world.jobs.enrich);
	net_free(s->world.jobs.net);
	queue_close(s->world.jobs.queue);
	store_close(s->world.jobs.store);
	metrics_close(s->world.jobs.metrics);
	buf_clear(&s->database);
}

static enum cli_status
serve(struct serving *s, const struct settings *settings)
{
	struct coord_error err = { .code = COORD_OK };
	enum cli_status status = STATUS_DONE;

	process_keep_secrets();
	service_log(&s->config);
	raise_file_limit();
	hold_signals(s);
	if (open_all(s, settings, &err) != COORD_OK || start_all(s, &err) != COORD_OK ||
	    make_first_key(s, &err) != COORD_OK) {
		status = complain_error(s->command, &err);
	} else {
		(void)printf("%s\n", api_url(s->api));
		(void)fflush(stdout);
		log_write(LOG_INFO, "listening", LOG_TEXT("url", api_url(s->api)),
		    LOG_TEXT("store", store_kind(s->world.jobs.store)),
		    LOG_TEXT("queue", queue_kind(s->world.jobs.queue)),
		    LOG_INT("workers", s->config.workers));
		tell_manager("READY=1");
		wait_for_stop(s, settings);
	}
	stop_all(s);
	return status;
}

static enum cli_status
run(const struct command *command, const struct settings *settings)
{
	struct serving s = { .command = command };
	enum cli_status status = service_config(command, settings, &s.config);

	if (status == STATUS_DONE)
		status = serve(&s, settings);
	config_clear(&s.config);
	return status;
}

const struct command command_serve = {
	.name = "serve",
	.operands = "",
	.title = "Run the engine as a service: API, workers, all in one",
	.about =
	    "Answers the REST API until it is told to stop. Without any setting it listens on "
	    "127.0.0.1:8000, "
	    "keeps everything in one SQLite file under ./coord-state, and runs two worker "
	    "processes. On the "
	    "first start it makes an admin key and prints it once; the URL is printed when it is "
	    "ready.\n\n"
	    "Settings come from the environment (DATABASE_URL, REDIS_URL, COORD_LISTEN and others: "
	    "docs/operations.md lists them), and --set over it.\n\n"
	    "SIGTERM and SIGINT stop it: no new connections, requests are answered, jobs in hand "
	    "are finished "
	    "or given back, within COORD_STOP_DEADLINE. SIGHUP reads the keys and settings again; "
	    "docs/settings.md says which of them take effect at once.",
	.options = serve_options,
	.n_options = sizeof(serve_options) / sizeof(serve_options[0]),
	.examples = serve_examples,
	.run = run,
};
