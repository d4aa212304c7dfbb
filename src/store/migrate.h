/* migrate.h - migrations: numbered texts in the program, applied in order, their hashes kept in the database (private to store/). */
#ifndef COORD_STORE_MIGRATE_H
#define COORD_STORE_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct arena;
struct sql_conn;
struct sql_driver;
struct store_migration;

struct migration {
	int version;
	const char *name;
	const char *text; /* NULL behind the last */
	size_t len;
};

extern const struct migration migrations_sqlite[], migrations_postgresql[];

enum migrate_how {
	MIGRATE_LIST,
	MIGRATE_APPLY,
	MIGRATE_CHECK /* COORD_EUNAVAIL unless all are applied, and no other */
};
/** `known`: the program's. Several processes may do this at once. `arena`, *ret and *n may be NULL. */
MUST_CHECK enum coord_err migrate_run(struct sql_conn *conn, const struct migration *known,
    enum migrate_how how, struct arena *arena, struct store_migration **ret, size_t *n,
    struct coord_error *err);

#endif
