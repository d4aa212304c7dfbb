/* store.c - opening and closing: the driver by the URL's scheme, the schema, the writer. */
#include "store/store.h"

#include <string.h>

#include "store/core.h"
#include "store/migrate.h"
#include "store/writer.h"

#include <stdlib.h>

void
store_observe(struct store *store, store_observer *observer, void *context)
{
	store->observer_context = context;
	store->observer = observer;
}

enum coord_err
store_told(struct store *store, enum store_operation operation, int64_t start_us, enum coord_err rc)
{
	store_observer *observer = store->observer;

	if (observer != NULL)
		observer(store->observer_context, operation, clock_steady() - start_us,
		    rc == COORD_EUNAVAIL || rc == COORD_EIO || rc == COORD_ENOMEM);
	return rc;
}

const char *
analysis_status_name(enum analysis_status status)
{
	switch (status) {
	case ANALYSIS_QUEUED:
		return "queued";
	case ANALYSIS_PROCESSING:
		return "processing";
	case ANALYSIS_COMPLETED:
		return "completed";
	case ANALYSIS_FAILED:
		return "failed";
	case ANALYSIS_CANCELLED:
		return "cancelled";
	}
	return "unknown";
}

bool
store_id_valid(struct sv id)
{
	if (id.data == NULL || id.len != STORE_ID_LEN)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		char c = id.data[i];

		if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

/** A URL without a scheme is a path. */
static const struct sql_driver *
driver_of(const char *url)
{
	struct sv text = sv_from(url), scheme = sv_first(text, sv_find_char(text, ':'));

	if (scheme.len == text.len || sv_eq(scheme, SV("sqlite")) ||
	    memchr(scheme.data, '/', scheme.len) != NULL)
		return &sql_sqlite;
	if (sv_starts(scheme, SV("postgresql")) || sv_starts(scheme, SV("postgres")))
		return &sql_postgresql;
	return NULL;
}

static enum coord_err
open_database(const char *url, const struct store_options *options, bool create,
    const struct sql_driver **driver, void **ret, struct coord_error *err)
{
	if (url == NULL || *url == 0 || (*driver = driver_of(url)) == NULL)
		return error_set(err, COORD_EINVALID,
		    "store: expected sqlite:PATH or postgresql://user@host/database as the "
		    "database's URL");
	return (*driver)->open(url, options, create, ret, err);
}

static enum coord_err
migrate(const struct sql_driver *driver, void *database, enum migrate_how how, struct arena *arena,
    struct store_migration **ret, size_t *n, struct coord_error *err)
{
	struct sql_conn *conn = NULL;
	enum coord_err rc;

	TRY(driver->take(database, true, &conn, err));
	rc = migrate_run(conn, driver->migrations, how, arena, ret, n, err);
	driver->give(database, conn);
	return rc;
}

/** Looking is enough where nothing is missing: it takes no lock. */
static enum coord_err
bring_up(const struct sql_driver *driver, void *database, bool apply, struct coord_error *err)
{
	enum coord_err rc = migrate(driver, database, MIGRATE_CHECK, NULL, NULL, NULL, err);

	if (rc != COORD_EUNAVAIL || !apply)
		return rc;
	rc = migrate(driver, database, MIGRATE_APPLY, NULL, NULL, NULL, err);
	/* newer than this program: the check says so as something that a newer program will do away with */
	return rc == COORD_EINVALID
		   ? migrate(driver, database, MIGRATE_CHECK, NULL, NULL, NULL, err)
		   : rc;
}

enum coord_err
store_open(const char *url, const struct store_options *options, struct store **ret,
    struct coord_error *err)
{
	static const struct store_options usual = { .migrate = false };
	const struct sql_driver *driver = NULL;
	struct store *store;
	void *database = NULL;
	enum coord_err rc;

	options = options == NULL ? &usual : options;
	TRY(open_database(url, options, true, &driver, &database, err));
	rc = bring_up(driver, database, driver->one_writer || options->migrate, err);
	if (rc == COORD_OK && (store = calloc(1, sizeof(*store))) == NULL)
		rc = error_set(err, COORD_ENOMEM, "store: no memory");
	if (rc != COORD_OK) {
		driver->close(database);
		return rc;
	}
	store->driver = driver;
	store->database = database;
	if ((rc = writer_start(store_commit, store, &store->writer, err)) != COORD_OK) {
		driver->close(database);
		free(store);
		return rc;
	}
	*ret = store;
	return COORD_OK;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	writer_stop(store->writer);
	store->driver->close(store->database);
	free(store);
}

const char *
store_kind(const struct store *store)
{
	return store->driver->kind;
}

static enum coord_err
run_ping(struct sql_conn *conn, void *args, struct coord_error *err)
{
	(void)args;
	return sql_run(conn, SQL_PING, NULL, 0, err);
}

enum coord_err
store_ping(struct store *store, struct coord_error *err)
{
	return store_read(store, run_ping, NULL, err);
}

enum coord_err
store_migrate(const char *url, bool apply, struct arena *arena, struct store_migration **ret,
    size_t *n, struct coord_error *err)
{
	static const struct store_options one = { .readers = 1 };
	const struct sql_driver *driver = NULL;
	void *database = NULL;
	enum coord_err rc;

	TRY(open_database(url, &one, apply, &driver, &database, err));
	rc = migrate(driver, database, apply ? MIGRATE_APPLY : MIGRATE_LIST, arena, ret, n, err);
	driver->close(database);
	return rc;
}

enum coord_err
store_backup(struct store *store, const char *path, struct coord_error *err)
{
	store_settle(store);
	return store->driver->backup(store->database, path, err);
}

enum coord_err
store_restore(const char *url, const char *path, bool replace, struct coord_error *err)
{
	const struct sql_driver *driver = url == NULL ? NULL : driver_of(url);

	if (driver == NULL)
		return error_set(
		    err, COORD_EINVALID, "store: expected sqlite:PATH as the database's URL");
	return driver->restore(url, path, replace, err);
}
