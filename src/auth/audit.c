/* audit.c - the audit log's chain, walked from its first row: each holds the hash of the row before it and of itself, and
 * numbers leave no gap. What it cannot see is a tail that was cut off: whoever keeps the head elsewhere sees that too. */
#include "auth/auth.h"

#include <stdio.h>

enum { PAGE = 1000 };

struct walk {
	struct auth_audit_check check;
	uint64_t retained_to; /* the last row that retention says it took; 0: none */
};

static void
broken(struct auth_audit_check *check, uint64_t seq, const char *why)
{
	check->holds = false;
	check->broken_at = seq;
	(void)snprintf(check->why, sizeof(check->why), "%s", why);
}

/** Retention leaves a row that says which it took: "first-last". */
static void
note_retention(struct walk *walk, const struct store_audit *row)
{
	struct sv rest = row->subject, first = sv_cut(&rest, '-');
	uint64_t from, to;

	if (sv_eq(row->action, SV("audit.retain")) && sv_eq(row->actor, SV("system")) &&
	    sv_to_u64(first, &from) && sv_to_u64(rest, &to) && to < row->seq)
		walk->retained_to = to;
}

/** Takes the next row; false ends the walk. The first row of a log that retention has shortened starts the chain: its predecessor is gone. */
static bool
follow(struct walk *walk, const struct store_audit *row)
{
	struct auth_audit_check *check = &walk->check;
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
	note_retention(walk, row);
	return true;
}

/** A log that does not begin at its first row was shortened: by retention? */
static void
check_front(struct walk *walk)
{
	struct auth_audit_check *check = &walk->check;

	if (check->holds && check->first > 1 && walk->retained_to != check->first - 1)
		broken(check, check->first,
		    "rows before it are missing, and no row says that retention took them");
}

static enum coord_err
walk_page(struct store *store, struct arena *arena, struct walk *walk, bool *more,
    struct coord_error *err)
{
	const struct auth_audit_check *check = &walk->check;
	struct store_audit *rows;
	size_t n;

	TRY(store_audit_list(store, check->last, PAGE, arena, &rows, &n, err));
	for (size_t i = 0; i < n && check->holds; i++)
		(void)follow(walk, &rows[i]);
	*more = n == PAGE && check->holds;
	return COORD_OK;
}

enum coord_err
auth_audit_verify(struct store *store, struct auth_audit_check *ret, struct coord_error *err)
{
	struct walk walk = { .check = { .holds = true } };
	struct arena *arena = arena_new(0);
	enum coord_err rc = COORD_OK;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the audit log");
	for (bool more = true; more && rc == COORD_OK;) {
		struct arena_mark mark = arena_mark(arena);

		rc = walk_page(store, arena, &walk, &more, err);
		arena_rewind(arena, mark);
	}
	arena_free(arena);
	check_front(&walk);
	if (rc == COORD_OK)
		*ret = walk.check;
	return rc;
}
