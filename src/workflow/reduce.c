/* reduce.c - the reducers that most graphs need. Each gives the same for the same bytes, in the order of the table of nodes. */
#include <string.h>

#include "workflow/inside.h"

static bool
is_list(struct sv text)
{
	return text.len >= 2 && text.data[0] == '[' && text.data[text.len - 1] == ']';
}

enum coord_err
workflow_join(struct sv old, struct sv added, struct buf *out, struct coord_error *err)
{
	struct sv a = sv_trim(old.data == NULL ? SV("[]") : old), b = sv_trim(added), inner;

	if (!is_list(a) || !is_list(b))
		return error_set(err, COORD_EINVALID, "workflow: only lists can be joined");
	inner = sv_trim((struct sv){ b.data + 1, b.len - 2 });
	a = sv_first(a, a.len - 1);
	buf_add_sv(out, a);
	if (inner.len > 0 && sv_trim(sv_skip(a, 1)).len > 0)
		buf_add_char(out, ',');
	buf_add_sv(out, inner);
	buf_add_char(out, ']');
	return COORD_OK;
}

static enum coord_err
two_numbers(struct sv old, struct sv added, int64_t *a, int64_t *b, struct coord_error *err)
{
	*a = 0;
	if ((old.data != NULL && !sv_to_i64(old, a)) || !sv_to_i64(added, b))
		return error_set(err, COORD_EINVALID, "workflow: expected whole numbers");
	return COORD_OK;
}

enum coord_err
workflow_sum(struct sv old, struct sv added, struct buf *out, struct coord_error *err)
{
	int64_t a, b, sum;

	TRY(two_numbers(old, added, &a, &b, err));
	if (__builtin_add_overflow(a, b, &sum))
		return error_set(err, COORD_ELIMIT, "workflow: the sum is too large");
	buf_printf(out, "%lld", (long long)sum);
	return COORD_OK;
}

enum coord_err
workflow_most(struct sv old, struct sv added, struct buf *out, struct coord_error *err)
{
	int64_t a, b;

	TRY(two_numbers(old, added, &a, &b, err));
	buf_printf(out, "%lld", (long long)(old.data == NULL || b > a ? b : a));
	return COORD_OK;
}
