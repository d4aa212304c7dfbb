/* limit.c - how often a provider may be asked. Rates are counted in windows that hold `burst` tokens and last as long as these take to grow, so that one shared
 * counter is enough for any number of workers; quotas are counted by the day and the week (from Monday) of UTC. A provider that asks for a pause gets it
 * from all workers. The breaker opens for growing times after failures in a row, and until the configuration is read again after a key that is wrong. */
#include <stdio.h>

#include "tools/online/layer.h"

#define DAY_US (86400 * TIME_SECOND)
#define OPEN_LEAST_US (30 * TIME_SECOND)
#define OPEN_MOST_US (1800 * TIME_SECOND)

enum { FAILURES_MOST = 5, DOUBLINGS_MOST = 6 };

/** The start of the period of `us` microseconds, the first of which began at `first_us`. */
static int64_t
period_of(int64_t now_us, int64_t us, int64_t first_us)
{
	return now_us - (now_us - first_us) % us;
}

static bool
is_spent(const struct tools *tools, const struct seat *seat, const char *space, uint64_t most,
    int64_t start_us)
{
	/* looked at first, so that a spent quota is not counted any further */
	return most > 0 &&
	       (shared_count(tools, space, seat->provider->name, start_us, 0) >= most ||
		   shared_count(tools, space, seat->provider->name, start_us, 1) > most);
}

static enum may
take_token(const struct tools *tools, const struct seat *seat, int64_t now_us, int64_t *until_us)
{
	double whole = seat->per_second < 1 ? 1 : (double)(uint64_t)seat->per_second;
	double tokens = seat->burst > whole ? seat->burst : whole;
	int64_t window_us, start_us;

	if (!(seat->per_second > 0))
		return MAY_GO;
	window_us = (int64_t)(tokens / seat->per_second * (double)TIME_SECOND);
	window_us = window_us < 1000 ? 1000 : window_us;
	start_us = period_of(now_us, window_us, 0);
	if ((double)shared_count(tools, "tool.rate", seat->provider->name, start_us, 1) <= tokens)
		return MAY_GO;
	*until_us = start_us + window_us;
	return MAY_WAIT;
}

enum may
limit_take(const struct tools *tools, struct seat *seat, int64_t now_us, int64_t *until_us)
{
	const int64_t monday_us = 4 * DAY_US; /* 1970-01-05 */
	int64_t day_us = period_of(now_us, DAY_US, 0),
		week_us = period_of(now_us, 7 * DAY_US, monday_us);
	enum may may = take_token(tools, seat, now_us, until_us);

	if (may != MAY_GO)
		return may;
	if (is_spent(tools, seat, "tool.week", seat->per_week, week_us)) {
		*until_us = week_us + 7 * DAY_US;
		return MAY_NOT;
	}
	if (is_spent(tools, seat, "tool.day", seat->per_day, day_us)) {
		*until_us = day_us + DAY_US;
		return MAY_NOT;
	}
	return MAY_GO;
}

int64_t
rest_until(const struct tools *tools, struct seat *seat, int64_t now_us)
{
	struct arena *arena;
	int64_t until_us, told_us;
	struct sv text;

	(void)pthread_mutex_lock(&seat->lock);
	until_us = seat->rest_until_us;
	(void)pthread_mutex_unlock(&seat->lock);
	if (until_us > now_us)
		return until_us;
	arena = arena_new(0);
	until_us = 0;
	if (arena != NULL &&
	    shared_get(tools, "tool.rest", sv_from(seat->provider->name), now_us, arena, &text) &&
	    sv_to_i64(text, &told_us) && told_us > now_us)
		until_us = told_us;
	arena_free(arena);
	return until_us;
}

void
rest_set(const struct tools *tools, struct seat *seat, int64_t until_us)
{
	char text[32];

	(void)pthread_mutex_lock(&seat->lock);
	seat->rest_until_us = until_us > seat->rest_until_us ? until_us : seat->rest_until_us;
	until_us = seat->rest_until_us;
	(void)pthread_mutex_unlock(&seat->lock);
	(void)snprintf(text, sizeof(text), "%lld", (long long)until_us);
	shared_put(tools, "tool.rest", sv_from(seat->provider->name), sv_from(text), until_us);
}

int64_t
breaker_until(struct seat *seat, int64_t now_us)
{
	int64_t until_us;

	(void)pthread_mutex_lock(&seat->lock);
	until_us = seat->open_until_us > now_us ? seat->open_until_us : 0;
	(void)pthread_mutex_unlock(&seat->lock);
	return until_us;
}

/** One failure more: from the fifth in a row on it opens, twice as long each time. */
static void
count_failure(struct seat *seat, int64_t now_us)
{
	unsigned doublings;
	int64_t open_us;

	if (++seat->failures < FAILURES_MOST || seat->open_until_us > now_us)
		return;
	doublings = seat->failures - FAILURES_MOST < DOUBLINGS_MOST ? seat->failures - FAILURES_MOST
								    : DOUBLINGS_MOST;
	open_us = OPEN_LEAST_US << doublings;
	seat->open_until_us = now_us + (open_us < OPEN_MOST_US ? open_us : OPEN_MOST_US);
}

void
breaker_tell(struct seat *seat, enum tools_outcome outcome, int64_t now_us)
{
	(void)pthread_mutex_lock(&seat->lock);
	if (outcome == LOOKUP_AUTH_FAILED)
		seat->open_until_us = INT64_MAX;
	else if (outcome == LOOKUP_UNAVAILABLE || outcome == LOOKUP_BAD_PAYLOAD)
		count_failure(seat, now_us);
	else if (outcome != LOOKUP_RATE_LIMITED)
		seat->failures = 0;
	(void)pthread_mutex_unlock(&seat->lock);
}
