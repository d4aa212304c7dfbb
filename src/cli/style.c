/* style.c - the environment is asked only for how a text looks, never for what it says. */
#include "cli/style.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/progress.h"

static bool
is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != 0;
}

static bool
speaks_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sv value = sv_from(getenv(names[i]));

		if (value.len > 0)
			return sv_has(value, SV("UTF-8")) || sv_has(value, SV("utf8"));
	}
	return false;
}

struct report_style
style_of(const struct settings *settings, const char *path)
{
	const char *term = getenv("TERM");
	bool terminal = (path == NULL || strcmp(path, "-") == 0) && isatty(STDOUT_FILENO) != 0;
	bool able = terminal && term != NULL && strcmp(term, "dumb") != 0 && !is_set("NO_COLOR");

	return (struct report_style){
		.colour =
		    settings->colour == COLOUR_ALWAYS || (settings->colour == COLOUR_AUTO && able),
		.columns = terminal || is_set("COLUMNS") ? terminal_columns(STDOUT_FILENO) : 80,
		.unicode = speaks_utf8(),
	};
}
