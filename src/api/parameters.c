/* parameters.c - see parameters.h. */
#include "api/parameters.h"

#include <math.h>
#include <stdio.h>

enum { LIMIT_MOST = 200, LIMIT_DEFAULT = 50 };

void
parameter_time_out(struct jsonw *w, const char *key, int64_t us)
{
	char text[TIME_TEXT_MAX];

	jsonw_key(w, key);
	if (us == 0) {
		jsonw_null(w);
		return;
	}
	time_format(us, false, text);
	jsonw_str(w, text);
}

bool
parameter_time(struct request *r, const char *name, int64_t *ret)
{
	struct sv text = target_get(&r->ex->target, sv_from(name));

	if (text.data == NULL || time_parse(text, 0, ret))
		return true;
	answer_bad_parameter(r, name, "Value error, expected a time (ISO 8601 or epoch)");
	return false;
}

/* "<microseconds>_<id>": the last row of the page before */
bool
parameter_cursor(struct request *r, int64_t *after_us, struct sv *after)
{
	struct sv rest = target_get(&r->ex->target, SV("cursor"));
	struct sv us;

	if (rest.data == NULL)
		return true;
	us = sv_cut(&rest, '_');
	if (sv_to_i64(us, after_us) && *after_us > 0 && rest.len > 0 && rest.len <= STORE_ID_LEN) {
		*after = rest;
		return true;
	}
	answer_bad_parameter(r, "cursor", "Value error, no cursor of an earlier answer");
	return false;
}

bool
parameter_limit(struct request *r, uint32_t *ret)
{
	struct sv text = target_get(&r->ex->target, SV("limit"));
	uint64_t n = LIMIT_DEFAULT;

	if (text.data != NULL && (!sv_to_u64(text, &n) || n < 1 || n > LIMIT_MOST)) {
		answer_bad_parameter(r, "limit", "Value error, expected 1 to 200");
		return false;
	}
	*ret = (uint32_t)n;
	return true;
}

bool
parameter_share(struct request *r, const char *name, double *ret)
{
	struct sv text = target_get(&r->ex->target, sv_from(name));

	*ret = (double)NAN;
	if (text.data == NULL || (sv_to_f64(text, ret) && *ret >= 0 && *ret <= 1))
		return true;
	answer_bad_parameter(r, name, "Value error, expected a number from 0 to 1");
	return false;
}

void
parameter_next_cursor(struct jsonw *w, int64_t last_us, const char *last)
{
	char cursor[80];

	jsonw_key(w, "next_cursor");
	if (last == NULL) {
		jsonw_null(w);
		return;
	}
	(void)snprintf(cursor, sizeof(cursor), "%lld_%s", (long long)last_us, last);
	jsonw_str(w, cursor);
}
