/* workflow_fork.c - `coord workflow fork`: an analysis once more from one of its steps, with something changed. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/service.h"
#include "jobs/jobs.h"
#include "services/services.h"

/* clang-format off */
static const struct option options[] = {
	{ "--step", 0, "K", OPTION_UINT, OPTION_AT(step), 1, 1000000, NULL, NULL,
	  "The first step that is run again, by its number in `coord workflow show ID --format json`." },
	{ "--set", 0, "NAME=VALUE", OPTION_LIST, OPTION_AT(set), 0, 0, NULL, NULL,
	  "What is changed: depth, tools, prior, worlds, seed, approve, or a part of the state (bgp, geo, intel, narrative) as JSON; in capitals "
	  "a setting over that of the environment, such as COORD_STATE_DIR=/var/lib/coord. May be repeated." },
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord workflow fork 1b04212f-2e1b-4441-9d67-88b4c4ae5a1c --step 2 --set prior=0.01",
	    "judged again with another prior" },
	{ "coord workflow fork 1b04212f-2e1b-4441-9d67-88b4c4ae5a1c --step 7 --set intel=[]",
	    "what would it be without what the reputation services said?" },
	{ "coord workflow fork 1b04212f-2e1b-4441-9d67-88b4c4ae5a1c --step 4",
	    "the look-ups anew" },
	{ NULL, NULL },
};

/** What was given by --set, apart: settings are in capitals. */
struct given {
	struct text_list settings;
	struct services_change *changes;
	size_t n;
};

static enum coord_err
sort(const struct text_list *set, struct arena *arena, struct given *ret, struct coord_error *err)
{
	*ret = (struct given){ .settings = { ARENA_ARRAY(arena, set->n + 1, const char *), 0 },
		.changes = ARENA_ARRAY(arena, set->n + 1, struct services_change) };
	if (ret->settings.items == NULL || ret->changes == NULL)
		return error_set(err, COORD_ENOMEM, "out of memory");
	for (size_t i = 0; i < set->n; i++) {
		struct sv rest = sv_from(set->items[i]), name = sv_cut(&rest, '=');

		if (isupper((unsigned char)set->items[i][0])) {
			ret->settings.items[ret->settings.n++] = set->items[i];
			continue;
		}
		if (rest.data == NULL || name.len == 0)
			return error_set(err, COORD_EINVALID, "--set %.100s: expected NAME=VALUE",
			    set->items[i]);
		ret->changes[ret->n++] = (struct services_change){ name, rest };
	}
	return COORD_OK;
}

static enum coord_err
fork_one(struct service *service, const char *id, const struct given *given, uint32_t step,
    char ret_id[STORE_ID_LEN + 1], struct coord_error *err)
{
	struct jobs_world world = { .config = &service->config, .store = service->store };
	struct jobs_fork fork = { .id = sv_from(id),
		.owner = SV_NONE,
		.step = step,
		.changes = given->changes,
		.n_changes = given->n,
		.now_us = clock_wall() };
	enum coord_err rc;

	TRY(service_queue(&service->config, &world.queue, err));
	rc = jobs_fork(&world, &fork, ret_id, err);
	queue_close(world.queue);
	TRY(rc);
	return service_audit(service, "workflow.fork", id, "ok", err);
}

static enum cli_status
run_with(const struct command *self, const struct settings *settings, struct arena *arena)
{
	struct settings mine = *settings;
	struct service service = { .store = NULL };
	struct coord_error err;
	struct given given;
	char id[STORE_ID_LEN + 1];
	enum cli_status status;

	if (sort(&settings->set, arena, &given, &err) != COORD_OK)
		return complain_error(self, &err);
	mine.set = given.settings;
	status = service_open(self, &mine, &service);
	if (status == STATUS_DONE) {
		if (fork_one(&service, settings->operands.items[0], &given,
			(uint32_t)settings->step, id, &err) == COORD_OK)
			(void)printf("%s\n", id);
		else
			status = complain_error(self, &err);
	}
	service_close(&service);
	return status;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct arena *arena;
	enum cli_status status;

	if (settings->step == 0) {
		complain(self, "--step is missing");
		return hint_help(self);
	}
	arena = arena_new(0);
	if (arena == NULL) {
		complain(self, "out of memory");
		return STATUS_FAILED;
	}
	status = run_with(self, settings, arena);
	arena_free(arena);
	return status;
}

const struct command command_workflow_fork = {
	.name = "workflow fork",
	.operands = "ID",
	.operands_least = 1,
	.operands_most = 1,
	.title = "Run an analysis once more from one of its steps, with something changed",
	.about =
	    "Makes a new analysis of the same sessions (of the same owner, with the same label, "
	    "without its callback), which shares the steps before step K and is queued to go on "
	    "from there; prints its id. The branches bgp, geo and intel are run again "
	    "together. What was answered before step K is not asked again; steps that are run "
	    "again ask anew. The result names the run and the step that it was forked from.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
