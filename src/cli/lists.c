/* lists.c - see lists.h. The parsers are detect's; here files are read and "--feed NAME=FILE" is taken apart. */
#include "cli/lists.h"

#include <stdlib.h>

#include "detect/detect.h"

static const size_t list_most = (size_t)256 << 20;
enum { FEED_NAME_MOST = 64 };

static enum cli_status
add_file(const struct command *command, struct knowledge *k, enum detect_list_kind kind,
    const char *name, const char *path)
{
	struct buf text = BUF_INIT(list_most);
	struct coord_error err;
	enum cli_status status = STATUS_DONE;

	if (file_read_whole(path, &text, &err) != COORD_OK ||
	    detect_knowledge_add(k, kind, name, buf_sv(&text), &err) != COORD_OK)
		status = complain_error(command, &err);
	buf_clear(&text);
	return status;
}

static enum cli_status
add_feed(const struct command *command, struct knowledge *k, const char *text)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL || equals == text || equals - text > FEED_NAME_MOST || equals[1] == 0) {
		complain(command, "--feed: expected NAME=FILE, got \"%s\"", text);
		return hint_help(command);
	}
	return add_file(command, k, LIST_FEED, text, equals + 1);
}

static enum cli_status
add_all(const struct command *command, const struct settings *settings, struct knowledge *k)
{
	const struct {
		const struct text_list *list;
		enum detect_list_kind kind;
	} given[] = { { &settings->public_artefacts, LIST_PUBLIC_ARTEFACTS },
		{ &settings->scanners, LIST_SCANNERS }, { &settings->feeds, LIST_FEED } };

	for (size_t g = 0; g < sizeof(given) / sizeof(given[0]); g++)
		for (size_t i = 0; i < given[g].list->n; i++) {
			const char *text = given[g].list->items[i];
			enum cli_status status =
			    given[g].kind == LIST_FEED
				? add_feed(command, k, text)
				: add_file(command, k, given[g].kind, text, text);

			if (status != STATUS_DONE)
				return status;
		}
	return STATUS_DONE;
}

enum cli_status
lists_read(const struct command *command, const struct settings *settings, struct knowledge **ret)
{
	struct coord_error err;
	enum cli_status status;

	*ret = NULL;
	if (detect_knowledge_new(ret, &err) != COORD_OK)
		return complain_error(command, &err);
	status = add_all(command, settings, *ret);
	if (status != STATUS_DONE) {
		detect_knowledge_free(*ret);
		*ret = NULL;
	}
	return status;
}
