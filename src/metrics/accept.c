/* accept.c - which of the two formats a scraper prefers (RFC 9110 section 12.5.1). */
#include "metrics/metrics.h"

/** The parameters of one media range. */
struct range {
	struct sv type;
	double q;
	bool version_fits; /* none, or 1.0.0 */
};

static struct range
read_range(struct sv text)
{
	struct range range = { .q = 1, .version_fits = true };

	range.type = sv_trim(sv_cut(&text, ';'));
	while (text.data != NULL) {
		struct sv value = sv_cut(&text, ';');
		struct sv name = sv_trim(sv_cut(&value, '='));

		value = sv_trim(value);
		if (sv_ieq(name, SV("q")) && (!sv_to_f64(value, &range.q) || range.q < 0))
			range.q = 0;
		if (sv_ieq(name, SV("version")))
			range.version_fits =
			    sv_eq(value, SV("1.0.0")) || sv_eq(value, SV("\"1.0.0\""));
	}
	return range;
}

bool
metrics_wants_openmetrics(struct sv accept)
{
	double open = 0, text = 0;

	while (accept.data != NULL) {
		struct range range = read_range(sv_cut(&accept, ','));

		if (sv_ieq(range.type, SV("application/openmetrics-text")) && range.version_fits)
			open = range.q > open ? range.q : open;
		else if (sv_ieq(range.type, SV("text/plain")))
			text = range.q > text ? range.q : text;
	}
	return open > 0 && open >= text;
}
