/* points.c - B2: the rule of dshield-mcp's campaign_analyzer. Every event gets points for the fields it has, for its ATT&CK
 * technique and for any other event within an hour; events from the cut on are the campaign, which is then scored by its
 * volume (events, days, techniques, download hosts). Its stages of correlation only fetch more events from the index: with the
 * batch as index they end with all of it. Nothing in it asks what chance would give, and with a technique and complete fields
 * six events within the hour suffice (methods.md section 1).
 * The honeypot's documents name no technique; the variant gives them the ones an enricher would. */
#include "evaluate/baseline/methods.h"
#include "evaluate/baseline/sources.h"

#include <math.h>

/* Points for one event, in hundredths. The table of techniques is the peer's; all others are worth TECHNIQUE_OTHER. */
enum {
	POINTS_FIELD = 5, /* source, destination, kind of event, user agent: each */
	POINTS_HAS_TECHNIQUE = 10,
	POINTS_FIELDS_MOST = 30,
	TECHNIQUE_NONE = 0,
	TECHNIQUE_OTHER = 10,  /* T1110 brute force, T1105 tool transfer */
	TECHNIQUE_SCRIPT = 40, /* T1059 */
	POINTS_NEIGHBOUR = 5,
	POINTS_NEIGHBOURS_MOST = 30,
};
#define NEIGHBOUR_US (3600 * TIME_SECOND)

enum technique_bit { HAS_LOGIN = 1, HAS_SCRIPT = 2, HAS_TRANSFER = 4 };

/** What the campaign's score is made of. */
struct campaign {
	double events;
	int64_t first_us, last_us;
	unsigned techniques;
	struct map hosts; /* domains named in URLs */
	bool any;
};

static unsigned
techniques_of(const struct session_table *t, uint32_t row)
{
	unsigned bits = 0;

	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
		switch (t->items[i].kind) {
		case ITEM_CREDENTIAL:
			bits |= HAS_LOGIN;
			break;
		case ITEM_COMMAND:
			bits |= HAS_SCRIPT;
			break;
		case ITEM_URL:
			bits |= HAS_TRANSFER;
			break;
		default:
			break;
		}
	return bits;
}

/* The best of a session's events: they share all fields but the technique. */
static int
event_points(const struct session_table *t, uint32_t row, unsigned techniques, double neighbours)
{
	int fields = POINTS_FIELD * (1 + 1 + !addr_is_unknown(t->destination[row]) +
					(t->text[TEXT_USER_AGENT][row] != STR_NONE));
	int technique = techniques & HAS_SCRIPT ? TECHNIQUE_SCRIPT
			: techniques != 0       ? TECHNIQUE_OTHER
						: TECHNIQUE_NONE;

	if (techniques != 0)
		fields += POINTS_HAS_TECHNIQUE;
	if (fields > POINTS_FIELDS_MOST)
		fields = POINTS_FIELDS_MOST;
	return fields + technique +
	       (int)fmin(POINTS_NEIGHBOUR * neighbours, POINTS_NEIGHBOURS_MOST);
}

/* "http://host/..." only, as the peer's expression has it. */
static struct sv
domain_of(struct sv url)
{
	size_t from = sv_find(url, SV("://"));
	struct sv rest, host;

	if (from == SIZE_MAX || !(sv_starts(url, SV("http://")) || sv_starts(url, SV("https://"))))
		return SV_NONE;
	rest = sv_skip(url, from + 3);
	host = sv_cut(&rest, '/');
	return host;
}

static bool
campaign_add(struct campaign *c, const struct session_table *t, uint32_t row, unsigned techniques)
{
	if (!c->any)
		c->first_us = t->start_us[row];
	c->any = true;
	c->last_us = t->start_us[row];
	c->events += t->events[row] > 0 ? t->events[row] : 1;
	c->techniques |= techniques;
	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
		struct sv host = t->items[i].kind == ITEM_URL
				     ? domain_of(session_string(t, t->items[i].a))
				     : SV_NONE;
		uint32_t *slot = host.len > 0 ? map_slot(&c->hosts, hash_content(host)) : NULL;

		if (host.len > 0 && slot == NULL)
			return false;
		if (slot != NULL)
			*slot = 0;
	}
	return true;
}

/* score_campaign: no area of the world is ever filled in, so its 15 points are never given. */
static double
campaign_score(const struct campaign *c)
{
	double days = (double)(c->last_us - c->first_us) / (86400.0 * TIME_SECOND);
	int techniques = (c->techniques & HAS_LOGIN) != 0;

	techniques += (c->techniques & HAS_SCRIPT) != 0;
	techniques += (c->techniques & HAS_TRANSFER) != 0;
	return (fmin(c->events / 100, 25) + fmin(days, 20) + fmin(2.0 * techniques, 25) +
		   fmin(3.0 * (double)c->hosts.used, 15)) /
	       100;
}

/* Events within an hour of each row, its own other ones included: they are documents of their own. */
static double *
neighbours_of(const struct session_table *t, struct arena *arena)
{
	double *near = arena_array_raw(arena, t->n, sizeof(*near)), inside = 0;
	uint32_t from = 0, to = 0;

	for (uint32_t row = 0; near != NULL && row < t->n; row++) {
		for (; to < t->n && t->start_us[to] <= t->start_us[row] + NEIGHBOUR_US; to++)
			inside += t->events[to] > 0 ? t->events[to] : 1;
		for (; t->start_us[from] < t->start_us[row] - NEIGHBOUR_US; from++)
			inside -= t->events[from] > 0 ? t->events[from] : 1;
		near[row] = inside - 1;
	}
	return near;
}

static enum coord_err
point_rule(const struct session_table *t, double cut, bool enriched, struct arena *arena,
    struct grouping *ret, struct coord_error *err)
{
	struct baseline_members members = { .arena = arena };
	struct baseline_sources sources;
	struct campaign campaign = { .hosts = MAP_INIT };
	double *near = neighbours_of(t, arena), score;
	bool fits = near != NULL;

	TRY(baseline_sources_of(t, arena, &sources, err));
	for (uint32_t row = 0; fits && row < t->n; row++) {
		unsigned techniques = enriched ? techniques_of(t, row) : 0;

		if (sources.of_row[row] == BASELINE_NONE ||
		    event_points(t, row, techniques, near[row]) < 100 * cut)
			continue;
		baseline_members_add(&members, 0, sources.of_row[row]);
		fits = campaign_add(&campaign, t, row, techniques);
	}
	score = campaign.any ? campaign_score(&campaign) : 0;
	map_clear(&campaign.hosts);
	if (!fits)
		return baseline_full(err);
	return baseline_group(&sources, &members, 1, &score, 0, 1, ret, err);
}

BASELINE_RUN(points)
{
	(void)seed;
	return point_rule(table, point, false, arena, ret, err);
}

BASELINE_RUN(points_ttp)
{
	(void)seed;
	return point_rule(table, point, true, arena, ret, err);
}
