/* audit.c - the audit log's chain, walked from its first row: each holds the hash of the row before it and of itself, and
 * numbers leave no gap. What it cannot see is a tail that was cut off: whoever keeps the head elsewhere sees that too. */
#include "auth/auth.h"

#include <stdio.h>

enum { PAGE = 1000 };

static void
broken(struct auth_audit_check *check, uint64_t seq, const char *why)
{
	check->holds = false;
	check->broken_at = seq;
	(void)snprintf(check->why, sizeof(check->why), "%s", why);
}

/** Takes the next row; false ends the walk. The first row of a log that retention has shortened starts the chain: its predecessor is gone. */
static bool
follow(struct auth_audit_check *check, const struct store_audit *row)
{
	static const uint8_t none[32];
	uint8_t hash[32];

	if (check->rows == 0 && row->seq == 1 && memcmp(row->previous, none, 32) != 0)
		broken(check, row->seq, "the first row of all names a row before it");
	else if (check->rows > 0 && row->seq != check->last + 1)
		broken(check, row->seq, "rows before it are missing");
	else if (check->rows > 0 && memcmp(row->previous, check->head, 32) != 0)
		broken(check, row->seq, "it does not name the hash of the row before it");
	if (!check->holds)
		return false;
	store_audit_hash(row, hash);
	if (memcmp(row->hash, hash, 32) != 0) {
		broken(check, row->seq, "its own hash does not fit its content");
		return false;
	}
	check->first = check->rows == 0 ? row->seq : check->first;
	check->last = row->seq;
	check->rows++;
	memcpy(check->head, hash, 32);
	return true;
}

static enum coord_err
walk_page(struct store *store, struct arena *arena, struct auth_audit_check *check, bool *more,
    struct coord_error *err)
{
	struct store_audit *rows;
	size_t n;

	TRY(store_audit_list(store, check->last, PAGE, arena, &rows, &n, err));
	for (size_t i = 0; i < n && check->holds; i++)
		(void)follow(check, &rows[i]);
	*more = n == PAGE && check->holds;
	return COORD_OK;
}

enum coord_err
auth_audit_verify(struct store *store, struct auth_audit_check *ret, struct coord_error *err)
{
	struct auth_audit_check check = { .holds = true };
	struct arena *arena = arena_new(0);
	enum coord_err rc = COORD_OK;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the audit log");
	for (bool more = true; more && rc == COORD_OK;) {
		struct arena_mark mark = arena_mark(arena);

		rc = walk_page(store, arena, &check, &more, err);
		arena_rewind(arena, mark);
	}
	arena_free(arena);
	if (rc == COORD_OK)
		*ret = check;
	return rc;
}
