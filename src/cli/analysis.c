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
		.model = settings->model };
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
    struct analysis *analysis, const struct session_table *table, struct detect_result *ret)
{
	struct progress progress;
	struct coord_error err;
	enum coord_err rc;

	progress_start(&progress, !settings->quiet);
	if (progress.enabled) {
		analysis->config.progress = progress_stage;
		analysis->config.progress_context = &progress;
	}
	rc = detect_run(table, analysis->files->reference, &analysis->config, ret, &err);
	progress_end(&progress);
	return rc == COORD_OK ? STATUS_DONE : complain_error(command, &err);
}

void
analysis_close(struct analysis *analysis)
{
	services_files_close(analysis->files);
	analysis->files = NULL;
}
