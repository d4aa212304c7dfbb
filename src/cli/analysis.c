/* analysis.c - see analysis.h. */
#include "cli/analysis.h"

#include <stdlib.h>

#include "cli/progress.h"

enum { FEED_NAME_MOST = 64 };

const char *
analysis_list_path(const char *role, const char *text)
{
	return services_list_path(
	    &(struct services_list){ strcmp(role, "feed") == 0 ? LIST_FEED : LIST_SCANNERS, text });
}

static enum cli_status
check_feeds(const struct command *command, const struct text_list *feeds)
{
	for (size_t i = 0; i < feeds->n; i++) {
		const char *text = feeds->items[i], *equals = strchr(text, '=');

		if (equals == NULL || equals == text || equals - text > FEED_NAME_MOST ||
		    equals[1] == 0) {
			complain(command, "--feed: expected NAME=FILE, got \"%s\"", text);
			return hint_help(command);
		}
	}
	return STATUS_DONE;
}

/* The users' lists, in the order of the options. NULL: no memory. */
static struct services_list *
lists_of(const struct settings *settings, size_t *ret_n)
{
	const struct {
		const struct text_list *list;
		enum detect_list_kind kind;
	} given[] = { { &settings->public_artefacts, LIST_PUBLIC_ARTEFACTS },
		{ &settings->scanners, LIST_SCANNERS }, { &settings->feeds, LIST_FEED } };
	size_t most = settings->public_artefacts.n + settings->scanners.n + settings->feeds.n;
	struct services_list *lists = calloc(most + 1, sizeof(*lists));

	*ret_n = 0;
	for (size_t g = 0; lists != NULL && g < sizeof(given) / sizeof(given[0]); g++)
		for (size_t i = 0; i < given[g].list->n; i++)
			lists[(*ret_n)++] =
			    (struct services_list){ given[g].kind, given[g].list->items[i] };
	return lists;
}

static enum coord_err
open_files(const struct settings *settings, struct services_files **ret, struct coord_error *err)
{
	struct services_paths paths = { .reference = settings->reference,
		.null_table = settings->null_table,
		.asn = settings->asn,
		.model = settings->model,
		.tools_folder = settings->tools_folder,
		.tools_files = settings->databases.items,
		.n_tools_files = settings->databases.n,
		.tools_system =
		    settings->tools != SERVICES_NO_TOOLS && settings->databases.n == 0 };
	struct services_list *lists = lists_of(settings, &paths.n_lists);
	enum coord_err rc =
	    lists == NULL ? error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM)) : COORD_OK;

	paths.lists = lists;
	if (rc == COORD_OK)
		rc = services_files_open(&paths, ret, err);
	free(lists);
	return rc;
}

enum cli_status
analysis_open(
    const struct command *command, const struct settings *settings, struct analysis *analysis)
{
	struct coord_error err;
	enum cli_status status;

	*analysis = (struct analysis){ .config = { .depth = (enum detect_depth)settings->depth,
					   .group = settings->group,
					   .selected_by = settings->selected_by,
					   .worlds = (uint32_t)settings->worlds,
					   .threads = (unsigned)settings->threads,
					   .seed = settings->seed,
					   .decoordinate = (uint32_t)settings->decoordinate } };
	analysis->arena = arena_new(0);
	if (analysis->arena == NULL)
		return complain_error(command,
		    &(struct coord_error){ .code = COORD_ENOMEM, .what = "out of memory" });
	status = check_feeds(command, &settings->feeds);
	if (status != STATUS_DONE)
		return status;
	if (open_files(settings, &analysis->files, &err) != COORD_OK)
		return complain_error(command, &err);
	services_files_use(analysis->files, &analysis->config);
	return STATUS_DONE;
}

enum cli_status
analysis_run(const struct command *command, const struct settings *settings,
    struct analysis *analysis, const struct session_table *table, struct sv answers,
    struct detect_result *ret)
{
	struct progress progress;
	struct services_known *known = NULL;
	struct coord_error err;
	enum coord_err rc =
	    services_known_new(analysis->files, answers, table->source, table->n, &known, &err);

	if (rc != COORD_OK)
		return complain_error(command, &err);
	if (known != NULL)
		services_known_use(known, &analysis->config);

	progress_start(&progress, !settings->quiet);
	if (progress.enabled) {
		analysis->config.progress = progress_stage;
		analysis->config.progress_context = &progress;
	}
	rc = detect_run(table, analysis->files->reference, &analysis->config, ret, &err);
	progress_end(&progress);
	services_known_free(known);
	return rc == COORD_OK ? STATUS_DONE : complain_error(command, &err);
}

static void
tell(void *context, const struct workflow_event *event)
{
	if (event->what == WORKFLOW_PROGRESS && event->stage != NULL)
		progress_stage(context, event->stage, event->share);
}

static enum cli_status
conclude(const struct command *command, const struct services_run *run)
{
	if (run->status == WORKFLOW_DONE)
		return STATUS_DONE;
	return complain_error(command, &run->error);
}

enum cli_status
analysis_graph(const struct command *command, const struct settings *settings,
    struct analysis *analysis, const struct session_table *table, const struct report_input *report,
    struct services_run *ret)
{
	struct services_world world = { .files = analysis->files };
	struct services_request request = { .table = table,
		.config = analysis->config,
		.report = *report,
		.tools = (enum services_tools)settings->tools };
	struct progress progress;
	struct coord_error err;
	enum coord_err rc;

	progress_start(&progress, !settings->quiet);
	if (progress.enabled) {
		request.event = tell;
		request.event_context = &progress;
	}
	rc = services_analyse(&world, &request, analysis->arena, ret, &err);
	progress_end(&progress);
	return rc == COORD_OK ? conclude(command, ret) : complain_error(command, &err);
}

void
analysis_close(struct analysis *analysis)
{
	services_files_close(analysis->files);
	arena_free(analysis->arena);
	analysis->arena = NULL;
	analysis->files = NULL;
}
