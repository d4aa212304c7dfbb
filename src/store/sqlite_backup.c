/* sqlite_backup.c - a copy of the database while others write, and back again.
 * A backup is written beside its place and moved there when it is whole and flushed. A restore into a database that is there
 * already overwrites its pages in one transaction of its own: nobody who has the old file open can go on writing into nothing. */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/migrate.h"

enum { PATH_MOST = 4096 };

static void
close_db(sqlite3 **db)
{
	(void)sqlite3_close(*db);
}

static enum coord_err
open_db(const char *path, int flags, sqlite3 **ret, struct coord_error *err)
{
	int rc = sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc != SQLITE_OK)
		return lite_error(*ret, rc, path, err);
	(void)sqlite3_extended_result_codes(*ret, 1);
	(void)sqlite3_busy_timeout(*ret, 2000);
	return COORD_OK;
}

/** All pages in one step: with others writing, a copy in pieces would start anew after each of their commits. */
static enum coord_err
copy_pages(sqlite3 *to, sqlite3 *from, const char *what, struct coord_error *err)
{
	sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");
	int rc, ended;

	if (copy == NULL)
		return lite_error(to, sqlite3_errcode(to), what, err);
	rc = sqlite3_backup_step(copy, -1);
	ended = sqlite3_backup_finish(copy);
	if (rc == SQLITE_DONE && ended == SQLITE_OK)
		return COORD_OK;
	return lite_error(
	    ended == SQLITE_OK ? NULL : to, ended == SQLITE_OK ? rc : ended, what, err);
}

static enum coord_err
flush_file(const char *path, int flags, struct coord_error *err)
{
	int fd = open(path, flags | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (rc != 0)
		(void)error_set(err, COORD_EUNAVAIL, "store: %s: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return rc == 0 ? COORD_OK : COORD_EUNAVAIL;
}

static enum coord_err
flush_folder(const char *path, struct coord_error *err)
{
	char copy[PATH_MOST];

	(void)snprintf(copy, sizeof(copy), "%s", path);
	return flush_file(dirname(copy), O_RDONLY | O_DIRECTORY, err);
}

/** An empty file beside `path`, for nobody else to read. */
static enum coord_err
make_beside(const char *path, char ret[PATH_MOST], struct coord_error *err)
{
	int fd, len = snprintf(ret, PATH_MOST, "%s.XXXXXX", path);

	if (len < 0 || len >= PATH_MOST)
		return error_set(err, COORD_EINVALID, "store: the path is too long");
	if ((fd = mkstemp(ret)) < 0)
		return error_set(err, COORD_EUNAVAIL, "store: %s: %s", path, strerror(errno));
	(void)close(fd);
	return COORD_OK;
}

static enum coord_err
copy_to_file(sqlite3 *from, const char *path, struct coord_error *err)
{
	CLEANUP(close_db) sqlite3 *to = NULL;

	TRY(open_db(path, SQLITE_OPEN_READWRITE, &to, err));
	TRY(copy_pages(to, from, "copying", err));
	/* one file, without a log beside it */
	return lite_exec(to, "PRAGMA journal_mode=DELETE", err);
}

enum coord_err
lite_backup(sqlite3 *from, const char *path, struct coord_error *err)
{
	char beside[PATH_MOST];
	enum coord_err rc;

	TRY(make_beside(path, beside, err));
	rc = copy_to_file(from, beside, err);
	if (rc == COORD_OK)
		rc = flush_file(beside, O_RDONLY, err);
	if (rc == COORD_OK && rename(beside, path) != 0)
		rc = error_set(err, COORD_EUNAVAIL, "store: %s: %s", path, strerror(errno));
	if (rc != COORD_OK) {
		(void)unlink(beside);
		return rc;
	}
	return flush_folder(path, err);
}

/* --- restore ------------------------------------------------------------------------------------------------------- */

static enum coord_err
check_pages(sqlite3 *db, const char *path, struct coord_error *err)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &s, NULL);
	enum coord_err code;

	rc = rc == SQLITE_OK ? sqlite3_step(s) : rc;
	if (rc == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0)
		code = COORD_OK;
	else
		code = error_set(err, COORD_EINVALID, "store: %s is no sound backup: %s", path,
		    rc == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0)
				     : sqlite3_errmsg(db));
	(void)sqlite3_finalize(s);
	return code;
}

/** That it is a store of ours, of a version that this program knows. */
static enum coord_err
check_migrations(sqlite3 *db, const char *path, struct coord_error *err)
{
	struct lite_conn conn = { .base.driver = &sql_sqlite, .db = db };
	struct store_migration *list = NULL;
	struct arena *arena = arena_new(0);
	enum coord_err rc;
	size_t n = 0;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory");
	rc = migrate_run(&conn.base, migrations_sqlite, MIGRATE_LIST, arena, &list, &n, err);
	if (rc == COORD_OK && (n == 0 || !list[0].applied))
		rc = error_set(err, COORD_EINVALID, "store: %s is no database of coord", path);
	for (size_t i = 0; i < SQL_STATEMENTS; i++)
		(void)sqlite3_finalize(conn.statements[i]);
	arena_free(arena);
	return rc;
}

static enum coord_err
open_backup(const char *path, sqlite3 **ret, struct coord_error *err)
{
	if (access(path, R_OK) != 0)
		return error_set(err, COORD_EINVALID, "store: %s: %s", path, strerror(errno));
	TRY(open_db(path, SQLITE_OPEN_READONLY, ret, err));
	TRY(check_pages(*ret, path, err));
	return check_migrations(*ret, path, err);
}

static bool
is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_size > 0;
}

/** Whoever has the database open, even idle, holds a shared lock: the exclusive one says that nobody has. It is kept. */
static enum coord_err
lock_alone(sqlite3 *db, struct coord_error *err)
{
	int rc = sqlite3_exec(
	    db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT", NULL, NULL, NULL);

	if ((rc & 0xff) == SQLITE_BUSY)
		return error_set(err, COORD_EINVALID,
		    "store: the database is in use: stop every coord that uses it first");
	/* what is there may be damaged: that is what a backup is for */
	return rc == SQLITE_OK || (rc & 0xff) == SQLITE_CORRUPT
		   ? COORD_OK
		   : lite_error(db, rc, "locking", err);
}

static enum coord_err
restore_into(sqlite3 *from, const char *path, struct coord_error *err)
{
	CLEANUP(close_db) sqlite3 *to = NULL;

	TRY(open_db(path, SQLITE_OPEN_READWRITE, &to, err));
	TRY(lock_alone(to, err));
	return copy_pages(to, from, "restoring", err);
}

/** Into a place that is free: whole or not at all, and never over what came there meanwhile. */
static enum coord_err
restore_new(sqlite3 *from, const char *path, struct coord_error *err)
{
	char beside[PATH_MOST];
	enum coord_err rc;

	TRY(make_beside(path, beside, err));
	rc = copy_to_file(from, beside, err);
	if (rc == COORD_OK)
		rc = flush_file(beside, O_RDONLY, err);
	if (rc == COORD_OK && is_there(path))
		rc = error_set(err, COORD_EINVALID, "store: %s is there already", path);
	if (rc == COORD_OK && rename(beside, path) != 0)
		rc = error_set(err, COORD_EUNAVAIL, "store: %s: %s", path, strerror(errno));
	if (rc != COORD_OK) {
		(void)unlink(beside);
		return rc;
	}
	return flush_folder(path, err);
}

enum coord_err
lite_restore(const char *url, const char *path, bool replace, struct coord_error *err)
{
	CLEANUP(close_db) sqlite3 *from = NULL;
	const char *place = NULL;

	TRY(lite_path(url, &place, err));
	TRY(open_backup(path, &from, err));
	if (!is_there(place))
		return restore_new(from, place, err);
	if (!replace)
		return error_set(err, COORD_EINVALID,
		    "store: %s is there already: --replace overwrites it", place);
	return restore_into(from, place, err);
}
