/* sqlite.h - a connection to SQLite, for the files that implement it (private to store/). */
#ifndef COORD_STORE_SQLITE_H
#define COORD_STORE_SQLITE_H

#include <sqlite3.h>

#include "store/sql.h"

struct lite_conn {
	struct sql_conn base;
	sqlite3 *db;
	unsigned busy_ms;
	int64_t busy_since_us;
	bool in_use;
	sqlite3_stmt *statements[SQL_STATEMENTS]; /* prepared when first used */
};

/** The file that a URL names: "sqlite:PATH", "sqlite:///PATH" or a path. */
MUST_CHECK enum coord_err lite_path(const char *url, const char **ret, struct coord_error *err);
/** What SQLite said, as an error of ours: a full disk, a lock that was not given, a damaged file. */
enum coord_err lite_error(sqlite3 *db, int rc, const char *what, struct coord_error *err);
MUST_CHECK enum coord_err lite_exec(sqlite3 *db, const char *sql, struct coord_error *err);

/* sqlite_backup.c */
enum coord_err lite_backup(sqlite3 *from, const char *path, struct coord_error *err);
enum coord_err lite_restore(
    const char *url, const char *path, bool replace, struct coord_error *err);

#endif
