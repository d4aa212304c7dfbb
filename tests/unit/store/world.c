/* world.c - making and removing the places in which stores are tested. */
#include "world.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *
server(void)
{
	return getenv("COORD_TEST_POSTGRES");
}

bool
world_is_sqlite(const struct world *w)
{
	return w->folder[0] != 0;
}

void
world_ok(const struct world *w, enum coord_err rc, const char *what, const char *file, int line)
{
	if (rc != COORD_OK)
		fail_msg("%s:%d: %s: %s: %s", file, line, what, error_text(rc), w->err.what);
}

static PGconn *
connect_to(const char *url)
{
	PGconn *c = PQconnectdb(url);

	if (PQstatus(c) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(c));
	return c;
}

static void
run_pg(const char *url, const char *sql, int64_t *ret)
{
	PGconn *c = connect_to(url);
	PGresult *res = PQexec(c, sql);

	if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(c));
	if (ret != NULL)
		*ret = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	PQfinish(c);
}

static void
run_lite(const struct world *w, const char *sql, int64_t *ret)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;

	assert_int_equal(sqlite3_open(w->url + strlen("sqlite:"), &db), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 20000);
	if (ret == NULL) {
		if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
			fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	} else {
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_step(s), SQLITE_ROW);
		*ret = sqlite3_column_int64(s, 0);
		(void)sqlite3_finalize(s);
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

void
world_sql(const struct world *w, const char *sql)
{
	if (world_is_sqlite(w))
		run_lite(w, sql, NULL);
	else
		run_pg(w->url, sql, NULL);
}

int64_t
world_number(const struct world *w, const char *sql)
{
	int64_t ret = 0;

	if (world_is_sqlite(w))
		run_lite(w, sql, &ret);
	else
		run_pg(w->url, sql, &ret);
	return ret;
}

void
world_place(struct world *w)
{
	static unsigned places;
	char sql[64];

	*w = (struct world){ .arena = arena_new(0) };
	assert_non_null(w->arena);
	if (server() == NULL) {
		(void)snprintf(w->folder, sizeof(w->folder), "/tmp/coord-store-XXXXXX");
		assert_non_null(mkdtemp(w->folder));
		(void)snprintf(w->url, sizeof(w->url), "sqlite:%s/coord.db", w->folder);
		return;
	}
	places++;
	(void)snprintf(sql, sizeof(sql), "CREATE SCHEMA test_%d_%u", (int)getpid(), places);
	run_pg(server(), sql, NULL);
	(void)snprintf(w->url, sizeof(w->url), "%s?options=-csearch_path%%3Dtest_%d_%u", server(),
	    (int)getpid(), places);
}

void
world_remove(struct world *w)
{
	DIR *folder;

	arena_free(w->arena);
	if (!world_is_sqlite(w))
		return;
	assert_non_null(folder = opendir(w->folder));
	for (struct dirent *e; (e = readdir(folder)) != NULL;)
		if (e->d_name[0] != '.')
			assert_int_equal(unlinkat(dirfd(folder), e->d_name, 0), 0);
	(void)closedir(folder);
	assert_int_equal(rmdir(w->folder), 0);
}

int
world_setup(void **state)
{
	static const struct store_options options = { .migrate = true };
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	world_place(w);
	OK(store_open(w->url, &options, &w->store, &w->err));
	*state = w;
	return 0;
}

int
world_teardown(void **state)
{
	struct world *w = *state;

	store_close(w->store);
	world_remove(w);
	free(w);
	return 0;
}

void
world_reopen(struct world *w)
{
	store_close(w->store);
	w->store = NULL;
	OK(store_open(w->url, NULL, &w->store, &w->err));
}

struct store_submission
world_item(struct world *w, id_text id)
{
	struct store_submission item = { .owner = SV("k_one"),
		.depth = SV("standard"),
		.options = SV("{\"depth\":\"standard\"}"),
		.sessions = 7,
		.request = SV("zstd\0of\xff"
			      "bytes") };

	w->made++;
	(void)snprintf(
	    id, sizeof(item.id), "%08x-0000-4000-8000-%012x", w->made * 2654435761u, w->made);
	memcpy(item.id, id, sizeof(item.id));
	return item;
}

void
world_submit(struct world *w, const struct store_submission *item, int64_t now_us)
{
	struct store_submit set = { .items = item, .n = 1, .now_us = now_us };
	enum store_submitted what = SUBMIT_CONFLICT;
	struct sv reply;

	OK(store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err));
	assert_int_equal(what, SUBMIT_STORED);
}

uint64_t
world_begun(struct world *w, id_text id, int64_t now_us)
{
	struct store_submission item = world_item(w, id);
	enum store_begun what = BEGIN_HELD;
	struct store_analysis a;
	uint64_t fence = 0;

	world_submit(w, &item, now_us);
	OK(store_begin(w->store, sv_from(id), SV("worker-1"), now_us, 1000000, 3, w->arena, &what,
	    &fence, &a, &w->err));
	assert_int_equal(what, BEGIN_YOURS);
	return fence;
}

struct store_analysis
world_get(struct world *w, const char *id, unsigned parts)
{
	struct store_analysis a;

	OK(store_get(w->store, sv_from(id), SV_NONE, parts, w->arena, &a, &w->err));
	return a;
}

const char *
world_events(struct world *w, const char *id)
{
	struct buf text = BUF_INIT(4096);
	struct store_event *events = NULL;
	const char *copy;
	size_t n = 0;

	OK(store_events(w->store, sv_from(id), 0, 1000, w->arena, &events, &n, &w->err));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(events[i].seq, i + 1);
		buf_printf(&text, "%s%.*s", i == 0 ? "" : " ", SV_ARG(events[i].type));
	}
	copy = arena_strdup(w->arena, buf_sv(&text));
	buf_clear(&text);
	return copy;
}
