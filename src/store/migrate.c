/* migrate.c - bringing a schema up to date: the table of migrations, its hashes, and what may be wrong with them. */
#include "store/migrate.h"

#include <string.h>

#include "store/core.h"

enum { VERSIONS_MOST = 1000, HEX_LEN = 64 };

struct applied {
	int64_t us[VERSIONS_MOST]; /* 0: not; -1: the table holds no time */
	int64_t newest;
};

static void
text_hash(const struct migration *m, char ret[HEX_LEN + 1])
{
	uint8_t digest[32];

	sha256_of(m->text, m->len, digest);
	hex_of(digest, sizeof(digest), ret);
}

static int
known_count(const struct migration *known)
{
	int n = 0;

	while (known[n].text != NULL)
		n++;
	return n;
}

/** One row of the table against the program's own. */
static enum coord_err
compare(const struct sql_rows *rows, const struct migration *known, int n_known,
    struct applied *ret, struct coord_error *err)
{
	int64_t version = sql_int(rows, 0), us = sql_int(rows, 3);
	char ours[HEX_LEN + 1];

	if (version > ret->newest)
		ret->newest = version;
	if (version < 1 || version > n_known)
		return COORD_OK;
	text_hash(&known[version - 1], ours);
	if (!sv_eq(sql_sv(rows, 2), sv_from(ours)))
		return error_set(err, COORD_EINVALID,
		    "store: migration %d (%s) was applied with another text (SHA-256 %.16s..., "
		    "this program's is %.16s...)",
		    (int)version, known[version - 1].name,
		    sql_sv(rows, 2).len >= 16 ? sql_sv(rows, 2).data : "?", ours);
	ret->us[version - 1] = us > 0 ? us : -1;
	return COORD_OK;
}

static enum coord_err
read_applied(struct sql_conn *conn, const struct migration *known, struct applied *ret,
    struct coord_error *err)
{
	int n_known = known_count(known);
	struct sql_rows rows;
	enum coord_err rc;

	*ret = (struct applied){ .newest = 0 };
	rc = conn->driver->query(conn, SQL_MIGRATION_LIST, NULL, NULL, 0, &rows, err);
	while (rc == COORD_OK && (rc = sql_next(&rows, err)) == COORD_OK)
		rc = compare(&rows, known, n_known, ret, err);
	sql_end(&rows);
	return rc == COORD_ENODATA ? COORD_OK : rc;
}

static enum coord_err
apply(struct sql_conn *conn, const struct migration *m, int64_t *ret_us, struct coord_error *err)
{
	char hash[HEX_LEN + 1];

	text_hash(m, hash);
	*ret_us = clock_wall();
	TRY(conn->driver->script(conn, m->text, err));
	return sql_do(conn, SQL_MIGRATION_PUT, err, ARG_I(m->version), ARG_T(sv_from(m->name)),
	    ARG_T(sv_from(hash)), ARG_I(*ret_us));
}

static enum coord_err
newer(const struct migration *known, int64_t newest, enum coord_err code, struct coord_error *err)
{
	return error_set(err, code,
	    "store: the schema is newer (migration %lld) than this program knows (%d): use a newer "
	    "coord",
	    (long long)newest, known_count(known));
}

static enum coord_err
bring_up(struct sql_conn *conn, const struct migration *known, enum migrate_how how,
    struct applied *applied, struct coord_error *err)
{
	for (const struct migration *m = known; m->text != NULL; m++) {
		if (applied->us[m->version - 1] != 0 || how == MIGRATE_LIST)
			continue;
		if (how == MIGRATE_CHECK)
			return error_set(err, COORD_EUNAVAIL,
			    "store: the schema is older than this program (migration %d, %s, is "
			    "missing): run coord migrate",
			    m->version, m->name);
		TRY(apply(conn, m, &applied->us[m->version - 1], err));
	}
	return COORD_OK;
}

static enum coord_err
list(const struct migration *known, const struct applied *applied, struct arena *arena,
    struct store_migration **ret, size_t *n, struct coord_error *err)
{
	int count = known_count(known);
	struct store_migration *rows = ARENA_ARRAY(arena, (size_t)count, struct store_migration);

	if (rows == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory for the list of migrations");
	for (int i = 0; i < count; i++)
		rows[i] = (struct store_migration){ .version = known[i].version,
			.name = known[i].name,
			.applied = applied->us[i] != 0,
			.applied_us = applied->us[i] > 0 ? applied->us[i] : 0 };
	*ret = rows;
	*n = (size_t)count;
	return COORD_OK;
}

static enum coord_err
run(struct sql_conn *conn, const struct migration *known, enum migrate_how how,
    struct applied *applied, struct coord_error *err)
{
	if (how == MIGRATE_APPLY)
		TRY(conn->driver->lock_schema(conn, err));
	TRY(read_applied(conn, known, applied, err));
	if (applied->newest > known_count(known))
		return newer(known, applied->newest,
		    how == MIGRATE_CHECK ? COORD_EUNAVAIL : COORD_EINVALID, err);
	return bring_up(conn, known, how, applied, err);
}

enum coord_err
migrate_run(struct sql_conn *conn, const struct migration *known, enum migrate_how how,
    struct arena *arena, struct store_migration **ret, size_t *n, struct coord_error *err)
{
	struct applied applied;
	enum coord_err rc;

	if (how != MIGRATE_APPLY) {
		TRY(run(conn, known, how, &applied, err));
	} else {
		TRY(conn->driver->begin(conn, err));
		rc = run(conn, known, how, &applied, err);
		if (rc == COORD_OK)
			rc = conn->driver->commit(conn, err);
		if (rc != COORD_OK) {
			conn->driver->rollback(conn);
			return rc;
		}
	}
	return ret == NULL ? COORD_OK : list(known, &applied, arena, ret, n, err);
}
