/* world_sqlite.c - the store's tables in a file of the test's own, and rows as the store writes them. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "world.h"

static sqlite3 *store;

static void
sql(const char *text)
{
	char *what = NULL;

	if (sqlite3_exec(store, text, NULL, NULL, &what) != SQLITE_OK)
		fail_msg("%s: %s", text, what);
}

static void
sql_file(const char *path)
{
	static char text[65536];
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	assert_int_equal(fclose(file), 0);
	text[len] = '\0';
	sql(text);
}

int
sqlite_start(void **state)
{
	char path[128];

	(void)state;
	world = (struct world){ .kind = "sqlite" };
	(void)snprintf(world.folder, sizeof(world.folder), "/tmp/coord_queue_XXXXXX");
	assert_non_null(mkdtemp(world.folder));
	(void)snprintf(path, sizeof(path), "%s/coord.db", world.folder);
	(void)snprintf(world.url, sizeof(world.url), "sqlite:%s", path);
	assert_int_equal(sqlite3_open(path, &store), SQLITE_OK);
	sql("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 60000");
	sql_file(MIGRATION);
	world.queue = world_open();
	return 0;
}

int
sqlite_stop(void **state)
{
	static const char *const files[] = { "coord.db", "coord.db-wal", "coord.db-shm",
		"coord.db-bell" };

	(void)state;
	queue_close(world.queue);
	(void)sqlite3_close(store);
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s/%s", world.folder, files[i]);
		(void)unlink(path);
	}
	return rmdir(world.folder);
}

static void
insert(const struct queue_item *item, int64_t created_us)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
	    "INSERT INTO jobs (id, owner, priority, created_us, not_before_us, put_us) "
	    "VALUES ('%s', '%s', %u, %lld, %lld, 0) ON CONFLICT DO NOTHING",
	    item->id, item->owner, item->priority, (long long)created_us,
	    (long long)(item->not_before_us > 0 ? item->not_before_us : created_us));
	sql(text);
}

void
sqlite_accept(const struct queue_item *items, size_t n)
{
	static int64_t created_us;

	sql("BEGIN IMMEDIATE");
	for (size_t i = 0; i < n; i++) {
		int64_t now = clock_wall();

		created_us = now > created_us ? now : created_us + 1;
		insert(&items[i], created_us);
	}
	sql("COMMIT");
}

void
sqlite_run(const char *text)
{
	sql(text);
}
