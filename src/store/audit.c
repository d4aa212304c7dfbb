/* audit.c - the audit log: every row holds the hash of the row before and of its own fields, so that a row changed, removed
 * from the middle or put in is seen by whoever walks the chain. */
#include <string.h>

#include "store/core.h"

enum { LIMIT_MOST = 100000 };

static void
add_number(struct sha256 *s, uint64_t number)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	sha256_add(s, bytes, sizeof(bytes));
}

/** With its length, so that no two rows of different fields look the same; an absent one is not an empty one. */
static void
add_text(struct sha256 *s, struct sv text)
{
	add_number(s, text.data == NULL ? UINT64_MAX : text.len);
	if (text.data != NULL)
		sha256_add(s, text.data, text.len);
}

void
store_audit_hash(const struct store_audit *entry, uint8_t ret[32])
{
	struct sha256 *s = sha256_new();

	memset(ret, 0, 32);
	if (s == NULL)
		return;
	sha256_add(s, entry->previous, sizeof(entry->previous));
	add_number(s, entry->seq);
	add_number(s, (uint64_t)entry->time_us);
	add_text(s, entry->actor);
	add_text(s, entry->action);
	add_text(s, entry->subject);
	add_text(s, entry->outcome);
	add_text(s, entry->request_id);
	add_text(s, entry->remote);
	sha256_end(s, ret);
}

static struct sv
hash_sv(const uint8_t hash[32])
{
	return (struct sv){ (const char *)hash, 32 };
}

static void
hash_copy(const struct sql_rows *rows, int column, uint8_t ret[32])
{
	struct sv hash = sql_sv(rows, column);

	memset(ret, 0, 32);
	if (hash.len == 32)
		memcpy(ret, hash.data, 32);
}

/** One process after the other: between reading the last row and committing the next nobody else may append. */
static enum coord_err
find_tail(struct sql_conn *conn, struct audit_tail *tail, struct coord_error *err)
{
	struct sql_rows rows;
	enum coord_err rc;

	*tail = (struct audit_tail){ .seq = 0 };
	TRY(sql_run(conn, SQL_AUDIT_LOCK, NULL, 0, err));
	rc = sql_one(conn, SQL_AUDIT_LAST, NULL, 0, &rows, err);
	if (rc == COORD_OK) {
		tail->seq = (uint64_t)sql_int(&rows, 0);
		hash_copy(&rows, 1, tail->hash);
		sql_end(&rows);
	}
	tail->known = rc == COORD_OK || rc == COORD_ENODATA;
	return tail->known ? COORD_OK : rc;
}

enum coord_err
audit_append(struct sql_conn *conn, struct store_audit *entry, struct audit_tail *tail,
    struct coord_error *err)
{
	if (!tail->known)
		TRY(find_tail(conn, tail, err));
	entry->seq = tail->seq + 1;
	memcpy(entry->previous, tail->hash, sizeof(entry->previous));
	store_audit_hash(entry, entry->hash);
	tail->seq = entry->seq;
	memcpy(tail->hash, entry->hash, sizeof(tail->hash));
	return sql_do(conn, SQL_AUDIT_PUT, err, ARG_I(entry->seq), ARG_I(entry->time_us),
	    ARG_T(entry->actor), ARG_T(entry->action), ARG_T(entry->subject), ARG_T(entry->outcome),
	    ARG_T(entry->request_id), ARG_T(entry->remote), ARG_B(hash_sv(entry->previous)),
	    ARG_B(hash_sv(entry->hash)));
}

struct page {
	uint64_t after;
	uint32_t limit;
	struct arena *arena;
	struct store_audit *items;
	size_t n;
};

static enum coord_err
read_row(const struct sql_rows *rows, struct arena *arena, struct store_audit *ret,
    struct coord_error *err)
{
	*ret =
	    (struct store_audit){ .seq = (uint64_t)sql_int(rows, 0), .time_us = sql_int(rows, 1) };
	hash_copy(rows, 8, ret->previous);
	hash_copy(rows, 9, ret->hash);
	TRY(sql_keep(rows, 2, arena, &ret->actor, err));
	TRY(sql_keep(rows, 3, arena, &ret->action, err));
	TRY(sql_keep(rows, 4, arena, &ret->subject, err));
	TRY(sql_keep(rows, 5, arena, &ret->outcome, err));
	TRY(sql_keep(rows, 6, arena, &ret->request_id, err));
	return sql_keep(rows, 7, arena, &ret->remote, err);
}

static enum coord_err
run_list(struct sql_conn *conn, void *args, struct coord_error *err)
{
	struct page *p = args;
	struct sql_rows rows;
	size_t room = 0;
	enum coord_err rc = sql_open(conn, SQL_AUDIT_LIST, &rows, err,
	    ARG_I(p->after > INT64_MAX ? INT64_MAX : (int64_t)p->after), ARG_I(p->limit));

	p->n = 0;
	while (rc == COORD_OK && (rc = sql_next(&rows, err)) == COORD_OK) {
		rc = LIST_GROW(p->arena, p->items, p->n, room, err);
		if (rc == COORD_OK)
			rc = read_row(&rows, p->arena, &p->items[p->n++], err);
	}
	sql_end(&rows);
	return rc == COORD_ENODATA ? COORD_OK : rc;
}

enum coord_err
store_audit_list(struct store *store, uint64_t after, uint32_t limit, struct arena *arena,
    struct store_audit **ret, size_t *n, struct coord_error *err)
{
	struct page p = {
		.after = after, .limit = limit < LIMIT_MOST ? limit : LIMIT_MOST, .arena = arena
	};

	store_settle(store);
	TRY(store_read(store, run_list, &p, err));
	*ret = p.items;
	*n = p.n;
	return COORD_OK;
}
