/* small.c - keys, counters and small values. */
#include <string.h>

#include "store/core.h"

/* --- keys --------------------------------------------------------------------------------------------------------------- */

static enum coord_err
run_key_put(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct store_key *k = args;

	return sql_do(conn, SQL_KEY_PUT, err, ARG_T(k->id),
	    ARG_T(k->name.data != NULL ? k->name : SV("")),
	    ARG_B(((struct sv){ (const char *)k->hash, sizeof(k->hash) })), ARG_I(k->scopes),
	    ARG_I(k->created_us), ARG_I(k->expires_us), ARG_I(k->revoked_us), ARG_I(k->used_us),
	    ARG_I(k->rate_per_minute), ARG_I(k->quota_per_day));
}

enum coord_err
store_key_put(struct store *store, const struct store_key *key, struct coord_error *err)
{
	struct store_key copy = *key;

	if (key->id.data == NULL || key->id.len == 0)
		return error_set(err, COORD_EINVALID, "store: a key needs an id");
	return store_write(store, run_key_put, &copy, err);
}

struct keys {
	struct arena *arena;
	struct store_key *items;
	size_t n;
};

static enum coord_err
read_key(const struct sql_rows *rows, struct arena *arena, struct store_key *ret,
    struct coord_error *err)
{
	struct sv hash = sql_sv(rows, 2);

	*ret = (struct store_key){ .scopes = (unsigned)sql_int(rows, 3),
		.created_us = sql_int(rows, 4),
		.expires_us = sql_int(rows, 5),
		.revoked_us = sql_int(rows, 6),
		.used_us = sql_int(rows, 7),
		.rate_per_minute = (uint32_t)sql_int(rows, 8),
		.quota_per_day = (uint64_t)sql_int(rows, 9) };
	if (hash.len == sizeof(ret->hash))
		memcpy(ret->hash, hash.data, sizeof(ret->hash));
	TRY(sql_keep(rows, 0, arena, &ret->id, err));
	return sql_keep(rows, 1, arena, &ret->name, err);
}

static enum coord_err
run_keys(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct keys *k = args;
	struct sql_rows rows;
	size_t room = 0;
	enum coord_err rc = conn->driver->query(conn, SQL_KEYS, NULL, NULL, 0, &rows, err);

	k->n = 0;
	while (rc == COORD_OK && (rc = sql_next(&rows, err)) == COORD_OK) {
		rc = LIST_GROW(k->arena, k->items, k->n, room, err);
		if (rc == COORD_OK)
			rc = read_key(&rows, k->arena, &k->items[k->n++], err);
	}
	sql_end(&rows);
	return rc == COORD_ENODATA ? COORD_OK : rc;
}

enum coord_err
store_keys(struct store *store, struct arena *arena, struct store_key **ret, size_t *n,
    struct coord_error *err)
{
	struct keys k = { .arena = arena };

	TRY(store_read(store, run_keys, &k, err));
	*ret = k.items;
	*n = k.n;
	return COORD_OK;
}

/* --- counters ------------------------------------------------------------------------------------------------------------- */

struct count {
	struct sv space, key;
	int64_t period_us;
	uint64_t add, total;
};

static enum coord_err
run_count(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct count *c = args;
	struct sql_rows rows;

	TRY(sql_find(conn, SQL_COUNT, &rows, err, ARG_T(c->space), ARG_T(c->key),
	    ARG_I(c->period_us), ARG_I(c->add)));
	c->total = (uint64_t)sql_int(&rows, 0);
	sql_end(&rows);
	return COORD_OK;
}

static enum coord_err
check_place(struct sv space, struct sv key, struct coord_error *err)
{
	if (space.data == NULL || key.data == NULL)
		return error_set(err, COORD_EINVALID, "store: a space and a key are needed");
	return COORD_OK;
}

enum coord_err
store_count(struct store *store, struct sv space, struct sv key, int64_t period_us, uint64_t add,
    uint64_t *ret, struct coord_error *err)
{
	struct count c = { .space = space, .key = key, .period_us = period_us, .add = add };

	TRY(check_place(space, key, err));
	if (add > INT64_MAX / 2)
		return error_set(err, COORD_EINVALID, "store: too much to count at once");
	TRY(store_write(store, run_count, &c, err));
	*ret = c.total;
	return COORD_OK;
}

/* --- values ---------------------------------------------------------------------------------------------------------------- */

struct value {
	struct sv space, key, value;
	int64_t us; /* get: now; put: its end */
	int64_t now_us;
	bool only_new, taken;
	struct arena *arena;
};

static enum coord_err
run_value_get(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct value *v = args;
	struct sql_rows rows;
	enum coord_err rc;

	TRY(sql_find(
	    conn, SQL_VALUE_GET, &rows, err, ARG_T(v->space), ARG_T(v->key), ARG_I(v->us)));
	rc = sql_keep(&rows, 0, v->arena, &v->value, err);
	sql_end(&rows);
	return rc;
}

enum coord_err
store_value_get(struct store *store, struct sv space, struct sv key, int64_t now_us,
    struct arena *arena, struct sv *ret, struct coord_error *err)
{
	struct value v = { .space = space, .key = key, .us = now_us, .arena = arena };
	enum coord_err rc;

	TRY(check_place(space, key, err));
	rc = store_read(store, run_value_get, &v, err);
	if (rc == COORD_ENODATA)
		return error_set(err, COORD_ENODATA, "store: no value %.*s in %.*s",
		    SV_ARG(sv_first(key, 64)), SV_ARG(sv_first(space, 64)));
	TRY(rc);
	*ret = v.value;
	return COORD_OK;
}

static enum coord_err
run_value_put(struct sql_conn *conn, void *args, struct coord_error *err)
{
	const struct value *v = args;

	TRY(sql_do(conn, v->only_new ? SQL_VALUE_PUT_NEW : SQL_VALUE_PUT, err, ARG_T(v->space),
	    ARG_T(v->key), ARG_B(v->value), ARG_I(v->us)));
	if (v->only_new && conn->driver->changed(conn) == 0)
		return error_set(err, COORD_EINVALID, "store: the value is there already");
	return COORD_OK;
}

enum coord_err
store_value_put(struct store *store, struct sv space, struct sv key, struct sv value,
    int64_t expires_us, bool only_new, struct coord_error *err)
{
	struct value v = { .space = space,
		.key = key,
		.value = value.data != NULL ? value : SV(""),
		.us = expires_us,
		.only_new = only_new };

	TRY(check_place(space, key, err));
	return store_write(store, run_value_put, &v, err);
}

static enum coord_err
run_value_claim(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct value *v = args;

	TRY(sql_do(conn, SQL_VALUE_CLAIM, err, ARG_T(v->space), ARG_T(v->key), ARG_B(v->value),
	    ARG_I(v->us), ARG_I(v->now_us)));
	v->taken = conn->driver->changed(conn) > 0;
	return COORD_OK;
}

enum coord_err
store_value_claim(struct store *store, struct sv space, struct sv key, struct sv holder,
    int64_t now_us, int64_t expires_us, bool *ret_taken, struct coord_error *err)
{
	struct value v = {
		.space = space, .key = key, .value = holder, .us = expires_us, .now_us = now_us
	};

	TRY(check_place(space, key, err));
	TRY(store_write(store, run_value_claim, &v, err));
	*ret_taken = v.taken;
	return COORD_OK;
}
