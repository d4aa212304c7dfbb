/* fuzz_config_lines.c - a file of settings: what is taken is NAME=VALUE of one line each, and what is refused says where. */
#include <stdlib.h>
#include <string.h>

#include "config/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_lines lines;
	struct coord_error err = { 0 };

	if (config_lines_read("f", (struct sv){ (const char *)data, size }, &lines, &err) !=
	    COORD_OK) {
		if (err.code != COORD_EINVALID || strncmp(err.what, "f:", 2) != 0)
			abort();
	} else {
		for (size_t i = 0; i < lines.n; i++)
			if (strchr(lines.at[i].text, '=') == NULL ||
			    strchr(lines.at[i].text, '\n') != NULL || lines.at[i].number == 0 ||
			    (i > 0 && lines.at[i].number <= lines.at[i - 1].number))
				abort();
	}
	config_lines_clear(&lines);
	return 0;
}
