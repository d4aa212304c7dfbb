/* workflow_replay.c - `coord workflow replay`: every step of a finished analysis again, from what was kept, asking nobody. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/service.h"
#include "jobs/jobs.h"
#include "enrich/enrich.h"
#include "llm/llm.h"
#include "services/services.h"

/* clang-format off */
static const struct option options[] = {
	SERVICE_OPTIONS,
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord workflow replay 1b04212f-2e1b-4441-9d67-88b4c4ae5a1c",
	    "with the settings of the service, and without any network" },
	{ NULL, NULL },
};

static enum coord_err
open_world(const struct service *service, struct services_files **files, struct jobs_world *world,
    struct coord_error *err)
{
	struct tools_options tools = { .config = &service->config };

	world->config = &service->config;
	world->store = service->store;
	TRY(jobs_files_open(&service->config, files, err));
	world->files = *files;
	TRY(service_net(&service->config, &world->net, err));
	tools.net = world->net;
	TRY(tools_open(&tools, &world->tools, err));
	TRY(enrich_open(&service->config, world->net, NULL, &world->enrich, err));
	return llm_open(&service->config, world->net, NULL, NULL, &world->llm, err);
}

static enum cli_status
tell(const char *id, const struct workflow_replay *replay)
{
	for (size_t i = 0; i < replay->n_differences; i++)
		(void)printf("%s: %s\n", id, replay->differences[i]);
	if (replay->n_differences == 0)
		(void)printf("%s: %zu steps and %zu answers: identical\n", id, replay->steps,
		    replay->answers);
	return replay->n_differences == 0 ? STATUS_DONE : STATUS_FAILED;
}

static enum cli_status
replay(const struct command *self, const struct service *service, const char *id)
{
	struct jobs_world world = { .config = NULL };
	struct services_files *files = NULL;
	struct workflow_replay done;
	struct arena *arena = arena_new(0);
	struct coord_error err = { .code = COORD_ENOMEM, .what = "out of memory" };
	enum coord_err rc = COORD_ENOMEM;
	enum cli_status status;

	if (arena != NULL)
		rc = open_world(service, &files, &world, &err);
	if (rc == COORD_OK)
		rc = jobs_replay(&world, sv_from(id), arena, &done, &err);
	status = rc == COORD_OK ? tell(id, &done) : complain_error(self, &err);
	llm_close(world.llm);
	enrich_close(world.enrich);
	tools_close(world.tools);
	net_free(world.net);
	services_files_close(files);
	arena_free(arena);
	return status;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct service service;
	enum cli_status status = service_open(self, settings, &service);

	for (size_t i = 0; status == STATUS_DONE && i < settings->operands.n; i++)
		status = replay(self, &service, settings->operands.items[i]);
	service_close(&service);
	return status;
}

const struct command command_workflow_replay = {
	.name = "workflow replay",
	.operands = "ANALYSIS...",
	.operands_least = 1,
	.operands_most = OPERANDS_ANY,
	.title = "Run a finished analysis again from its checkpoints",
	.about = "Every step is run again from what was kept, with the answers that were recorded: "
		 "nobody is asked, no "
		 "network is needed. What each step writes, decides and takes next is compared bit "
		 "for bit; exit "
		 "status 1 and a line a difference when something is not the same. The settings "
		 "(reference, "
		 "databases, providers) have to be those of the service.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
