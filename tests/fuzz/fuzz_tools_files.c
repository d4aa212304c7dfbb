/* fuzz_tools_files.c - a manifest of feeds and IPFire's location database on any bytes: ends, an error has words, rows that are
 * accepted hold what the manifest promises, and a database that opens can be asked. */
#include <assert.h>
#include <stdint.h>

#include "tools/offline/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
read_manifest(struct sv text)
{
	struct arena *arena = arena_new(0);
	struct coord_error err = { .what = "" };
	struct tools_feed *feeds;
	size_t n;

	if (arena == NULL)
		return;
	if (tools_manifest_parse(text, "tools.json", arena, &feeds, &n, &err) != COORD_OK)
		assert(err.what[0] != 0);
	else
		for (size_t i = 0; i < n; i++) {
			assert(strchr(feeds[i].file, '/') == NULL && feeds[i].file[0] != '.');
			assert(feeds[i].interval_us > 0 && feeds[i].bytes_most > 0);
		}
	arena_free(arena);
}

static void
read_location(const uint8_t *data, size_t len)
{
	struct mapped file = { data, len, NULL };
	struct tools_file told = { .path = "" };
	struct coord_error err = { .what = "" };
	struct tools_address found = { .known = 0 };
	void *opened;

	if (!source_location.recognise(&file))
		return;
	if (source_location.open("x.db", &file, &told, &opened, &err) != COORD_OK) {
		assert(err.what[0] != 0);
		return;
	}
	for (uint32_t i = 0; i < 64; i++)
		(void)source_location.find(
		    opened, addr_from_v4(i << 26 | i), TOOLS_ANYTHING, &found);
	source_location.close(opened);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	read_manifest((struct sv){ (const char *)data, len });
	read_location(data, len);
	return 0;
}
