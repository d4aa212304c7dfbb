/* worker.c - `coord worker`: worker processes and their upkeep, without an API. The hidden `coord worker --child` is one of those processes. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/listener.h"
#include "cli/reload.h"
#include "cli/service.h"
#include "jobs/jobs.h"
#include "enrich/enrich.h"
#include "llm/llm.h"
#include "services/services.h"

extern char **environ;

/* --- what both have ------------------------------------------------------------------------------------------------------------ */

/* The queue is in the SQLite database, unless Redis is named. */
static enum coord_err
open_queue(
    const struct config *config, const char *database, struct queue **ret, struct coord_error *err)
{
	if (config->redis_url[0] != 0)
		return queue_open(config->redis_url, ret, err);
	if (strncmp(database, "postgresql:", 11) == 0 || strncmp(database, "postgres:", 9) == 0)
		return error_set(err, COORD_EINVALID,
		    "REDIS_URL: with PostgreSQL the queue is in Redis, and none is named");
	return queue_open(database, ret, err);
}

/* --- the parent ------------------------------------------------------------------------------------------------------------------ */

struct site {
	struct config config;
	struct jobs_world world;
	struct supervisor *supervisor;
	struct upkeep *upkeep;
	struct listener *listener;
};

static bool
is_ready(void *context)
{
	const struct site *site = context;

	return supervisor_alive(site->supervisor) > 0 &&
	       store_ping(site->world.store, NULL) == COORD_OK &&
	       queue_ping(site->world.queue, NULL) == COORD_OK;
}

static enum coord_err
listen_where(struct site *site, struct coord_error *err)
{
	struct coord_error why;
	enum coord_err rc;

	if (site->config.metrics_listen[0] == 0)
		return COORD_OK;
	rc = listener_start(site->config.metrics_listen, site->world.metrics, is_ready, site,
	    &site->listener, &why);
	if (rc != COORD_OK)
		return error_set(err, rc, "COORD_METRICS_LISTEN: %s", why.what);
	log_write(LOG_INFO, "metrics are served", LOG_INT("port", listener_port(site->listener)));
	return COORD_OK;
}

static enum coord_err
open_site(struct site *site, const struct settings *settings, struct coord_error *err)
{
	const struct store_options options = { .readers = 2, .relaxed_sync = true };
	CLEANUP(buf_clear) struct buf url = BUF_INIT(1 << 16);

	TRY(process_become_user(&site->config, err));
	TRY(service_database(&site->config, &url, err));
	TRY(service_fence(&site->config, settings, buf_cstr(&url), err));
	TRY(store_open(buf_cstr(&url), &options, &site->world.store, err));
	TRY(open_queue(&site->config, buf_cstr(&url), &site->world.queue, err));
	TRY(service_net(&site->config, &site->world.net, err));
	TRY(metrics_open(-1, &site->world.metrics, err));
	jobs_watch(&site->world);
	return tracing_open(
	    site->config.otlp_endpoint, "worker", site->world.net, &site->world.tracing, err);
}

static enum coord_err
start_site(struct site *site, const struct settings *settings, struct coord_error *err)
{
	site->world.config = &site->config;
	TRY(open_site(site, settings, err));
	TRY(supervisor_start(&site->world, "/proc/self/exe", &site->supervisor, err));
	service_fence_programs(&site->config);
	TRY(upkeep_start(&site->world, &site->upkeep, err));
	return listen_where(site, err);
}

static void
stop_site(struct site *site)
{
	listener_stop(site->listener);
	supervisor_stop(site->supervisor, clock_steady() + site->config.stop_deadline);
	upkeep_stop(site->upkeep);
	tracing_close(site->world.tracing, SPANS_DEADLINE_US);
	net_free(site->world.net);
	queue_close(site->world.queue);
	store_close(site->world.store);
	metrics_close(site->world.metrics);
	config_clear(&site->config);
}

static void
block(sigset_t *ret)
{
	(void)sigemptyset(ret);
	(void)sigaddset(ret, SIGTERM);
	(void)sigaddset(ret, SIGINT);
	(void)sigaddset(ret, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, ret, NULL);
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct site site = { .supervisor = NULL };
	struct coord_error err;
	enum cli_status status = service_config(self, settings, &site.config);
	sigset_t stops;
	int signal = 0;

	if (status != STATUS_DONE)
		return status;
	process_keep_secrets();
	service_log(&site.config);
	block(&stops); /* all threads inherit it: the signal comes to the line below */
	if (start_site(&site, settings, &err) == COORD_OK) {
		log_write(LOG_INFO, "workers run", LOG_INT("workers", site.config.workers),
		    LOG_TEXT("store", store_kind(site.world.store)),
		    LOG_TEXT("queue", queue_kind(site.world.queue)));
		while (sigwait(&stops, &signal) == 0 && signal == SIGHUP)
			service_reload(
			    &(const struct reloading){ &site.config, settings, NULL, NULL });
		log_write(LOG_INFO, "workers stop", LOG_INT("signal", signal));
	} else {
		status = complain_error(self, &err);
	}
	stop_site(&site);
	return status;
}

/* --- a child ----------------------------------------------------------------------------------------------------------------------- */

static _Atomic bool child_stops; /* lock-free: a signal sets it */

static void
on_stop(int signal)
{
	(void)signal;
	child_stops = true;
}

static enum coord_err
confine(const struct config *config, const char *url, struct coord_error *err)
{
	char *folder = service_folder(url);
	enum coord_err rc = worker_confine(config, folder, err);

	free(folder);
	if (rc != COORD_EUNAVAIL)
		return rc;
	log_write(LOG_WARNING, "worker runs with fewer fences", LOG_TEXT("reason", err->what));
	return COORD_OK;
}

/* What analyses ask outside; nothing is sent before one does. */
static enum coord_err
open_outside(const struct config *config, struct jobs_world *world, struct coord_error *err)
{
	struct tools_options options = {
		.config = config, .store = world->store, .metrics = world->metrics
	};

	TRY(service_net(config, &world->net, err));
	options.net = world->net;
	return tools_open(&options, &world->tools, err);
}

static enum coord_err
open_child(const struct config *config, struct jobs_world *world, struct services_files **files,
    struct coord_error *err)
{
	const struct store_options options = { .readers = 1, .relaxed_sync = true };
	CLEANUP(buf_clear) struct buf url = BUF_INIT(1 << 16);

	TRY(service_database(config, &url, err));
	TRY(metrics_open(WORKER_METRICS_FD, &world->metrics, err));
	if (config->otlp_endpoint[0] != 0)
		TRY(tracing_attach(WORKER_TRACING_FD, &world->tracing, err));
	TRY(jobs_files_open(config, files, err));
	world->files = *files;
	TRY(open_outside(config, world, err)); /* reads files that the fences keep away later */
	TRY(confine(config, buf_cstr(&url), err));
	TRY(store_open(buf_cstr(&url), &options, &world->store, err));
	TRY(open_queue(config, buf_cstr(&url), &world->queue, err));
	jobs_watch(world);
	tools_share(world->tools, world->store);
	TRY(enrich_open(config, world->net, world->metrics, &world->enrich, err));
	return llm_open(config, world->net, world->store, world->metrics, &world->llm, err);
}

static int
serve_jobs(const struct config *config)
{
	struct jobs_world world = { .config = config };
	struct services_files *files = NULL;
	struct coord_error err;
	enum coord_err rc = open_child(config, &world, &files, &err);

	if (rc == COORD_OK)
		rc = worker_run(&world, WORKER_PAGE_FD, &child_stops, &err);
	if (rc != COORD_OK)
		log_write(LOG_ERROR, "worker ends", LOG_TEXT("reason", err.what));
	llm_close(world.llm);
	enrich_close(world.enrich);
	tools_close(world.tools);
	net_free(world.net);
	queue_close(world.queue);
	store_close(world.store);
	services_files_close(files);
	metrics_close(world.metrics);
	tracing_close(world.tracing, 0);
	return rc == COORD_OK ? 0 : rc == COORD_ENOMEM ? WORKER_EXIT_MEMORY : 1;
}

static enum cli_status
run_child(const struct command *self, const struct settings *settings)
{
	struct sigaction stop = { .sa_handler = on_stop };
	struct config config;
	struct coord_error err;
	int status;

	(void)settings;
	process_keep_secrets();
	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGINT, &stop, NULL);
	if (config_load(environ, NULL, 0, &config, &err) != COORD_OK)
		return complain_error(self, &err);
	service_log(&config);
	status = serve_jobs(&config);
	config_clear(&config);
	exit(status);
}

static const struct option options[] = { SERVICE_OPTIONS };

static const struct example examples[] = {
	{ "coord worker", "two workers on the database of the state folder" },
	{ "COORD_WORKERS=8 coord worker", "eight of them" },
	{ "coord worker --set COORD_METRICS_LISTEN=127.0.0.1:9100", "with /metrics and /health" },
	{ NULL, NULL },
};

const struct command command_worker = {
	.name = "worker",
	.operands = "",
	.title = "Run the analyses that were submitted",
	.about =
	    "Takes jobs from the queue and writes their results into the store, in "
	    "COORD_WORKERS processes. 'coord serve' does the same inside; this runs it alone, "
	    "on any number of machines with PostgreSQL and Redis, or beside 'coord serve' on "
	    "one SQLite file.\n\nEach process has a limit of memory (COORD_WORKER_MEMORY) and "
	    "each analysis one of processor time (COORD_WORKER_CPU). One that crashes is "
	    "tried again, COORD_ATTEMPTS times in all, then it is a dead letter with its "
	    "reason.\n\nSIGTERM: no new job is taken; one that does not end within "
	    "COORD_STOP_DEADLINE is handed back. SIGHUP reads the settings again; each process "
	    "is replaced between two jobs.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};

const struct command command_worker_child = {
	.name = "worker --child",
	.operands = "",
	.title = "One process of coord worker",
	.run = run_child,
};
