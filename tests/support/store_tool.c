/* store_tool.c - a client of the store for tests that stop servers under it.
 *   store_tool URL    submits one analysis after the other; prints "stored ID" for each that is acknowledged, "away WHY" for each
 *                     that is not (and tries the same one again), until standard input ends. Exit status 0 unless something else went wrong. */
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "store/store.h"

static bool
input_ended(int wait_ms)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&p, 1, wait_ms) > 0;
}

static int
submit_until_told(struct store *store, struct arena *arena)
{
	for (uint32_t i = 1; !input_ended(0); i++) {
		struct store_submission item = { .owner = SV("k"),
			.depth = SV("minimal"),
			.sessions = 1,
			.request = SV("request") };
		struct store_submit set = { .items = &item, .n = 1, .now_us = i };
		enum store_submitted what;
		struct coord_error err;
		enum coord_err rc;
		struct sv reply;

		(void)snprintf(
		    item.id, sizeof(item.id), "%08x-0000-4000-8000-%012x", i * 2654435761u, i);
		while ((rc = store_submit_wait(store, &set, arena, &what, &reply, &err)) ==
		       COORD_EUNAVAIL) {
			printf("away %s\n", err.what);
			if (input_ended(20))
				return 0;
		}
		if (rc != COORD_OK || what != SUBMIT_STORED) {
			(void)fprintf(
			    stderr, "store_tool: %s\n", rc != COORD_OK ? err.what : "not stored");
			return 1;
		}
		printf("stored %s\n", item.id);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct store_options options = { .migrate = true };
	struct arena *arena = arena_new(0);
	struct store *store = NULL;
	struct coord_error err;
	int status;

	if (argc != 2 || arena == NULL)
		return 2;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (store_open(argv[1], &options, &store, &err) != COORD_OK) {
		(void)fprintf(stderr, "store_tool: %s\n", err.what);
		return 1;
	}
	status = submit_until_told(store, arena);
	store_close(store);
	arena_free(arena);
	return status;
}
