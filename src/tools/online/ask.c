/* ask.c - the client layer around one look-up (or those that share a whois connection): gate, cache, flight, claim, breaker, pause, rate, quota, request, retries,
 * and what is kept of it: cache, audit row, metrics. many.c runs it for a whole plan. */
#include <assert.h>
#include <sys/random.h>

#include "tools/online/ask.h"

#define BACKOFF_US (TIME_SECOND / 2)
#define BACKOFF_MOST_US (8 * TIME_SECOND)
#define WAIT_MOST_US \
	(20 *        \
	    TIME_SECOND) /* a longer pause is no retry, it is an answer: rate_limited until then */
#define CLAIM_SPARE_US (10 * TIME_SECOND)
#define SLICE_US (TIME_SECOND / 10)

enum { TRIES_MOST = 3 };

static bool
is_cancelled(const struct asking *a)
{
	return a->options->cancel != NULL && __atomic_load_n(a->options->cancel, __ATOMIC_RELAXED);
}

static int64_t
now_of(const struct asking *a)
{
	return a->tools->now(a->tools->context);
}

/** Looks at `cancel` now and then. By how long it slept, not by what the wall clock shows, which may be set back meanwhile. False: cancelled. */
static bool
sleep_for(const struct asking *a, int64_t us)
{
	for (; us > 0 && !is_cancelled(a); us -= SLICE_US)
		a->tools->sleep(a->tools->context, us < SLICE_US ? us : SLICE_US);
	return !is_cancelled(a);
}

/** Full jitter (uniform up to base * 2^tries), never less than the provider asked for. */
static int64_t
backoff_us(unsigned tries, int64_t asked_us)
{
	int64_t most = BACKOFF_US << (tries < 5 ? tries : 5);
	uint32_t drawn = 0;

	most = most < BACKOFF_MOST_US ? most : BACKOFF_MOST_US;
	if (getrandom(&drawn, sizeof(drawn), 0) != (ssize_t)sizeof(drawn))
		drawn = UINT32_MAX;
	return asked_us + (int64_t)((double)most * ((double)drawn / (double)UINT32_MAX));
}

/* --- what is kept ------------------------------------------------------------------------------------------------------------- */

static void
audit(const struct asking *a, const struct tools_answer *answer)
{
	struct store_audit row = { .time_us = now_of(a),
		.actor = a->options->actor.len > 0 ? a->options->actor : SV("system"),
		.action = SV("tool.lookup"),
		.subject = answer->lookup.key,
		.outcome = sv_from(tools_outcome_name(answer->outcome)),
		.request_id = a->options->subject.data != NULL ? a->options->subject : SV(""),
		.remote = sv_from(answer->lookup.provider) };

	if (a->tools->store != NULL && store_audit_add(a->tools->store, &row, NULL) != COORD_OK)
		return; /* the store is away: whoever runs the analysis hears of it by itself */
}

static int64_t
ttl_of(const struct seat *seat, const struct provider_call *call, enum tools_outcome outcome)
{
	if (outcome == LOOKUP_HIT)
		return seat->hit_ttl_us >= 0  ? seat->hit_ttl_us
		       : call->hit_ttl_us > 0 ? call->hit_ttl_us
					      : seat->provider->hit_ttl_us;
	return seat->miss_ttl_us >= 0  ? seat->miss_ttl_us
	       : call->miss_ttl_us > 0 ? call->miss_ttl_us
				       : seat->provider->miss_ttl_us;
}

static void
cache(const struct asking *a, const struct seat *seat, const struct provider_call *call,
    const struct tools_answer *answer)
{
	int64_t ttl_us = ttl_of(seat, call, answer->outcome);
	struct buf json = BUF_INIT(1 << 20);

	if ((answer->outcome != LOOKUP_HIT && answer->outcome != LOOKUP_MISS) || ttl_us <= 0)
		return;
	tools_answer_write(answer, &json);
	if (!json.failed)
		shared_put(a->tools, "tool", answer->lookup.key, buf_sv(&json),
		    answer->fetched_us + ttl_us);
	buf_clear(&json);
}

/** From the cache. A value that cannot be read (of another version) is none. */
static bool
find_cached(const struct asking *a, const struct tools_lookup *lookup, struct arena *arena,
    struct tools_answer *ret)
{
	struct sv json;

	if (!shared_get(a->tools, "tool", lookup->key, now_of(a), arena, &json) ||
	    tools_answer_read(json, arena, ret, NULL) != COORD_OK)
		return false;
	ret->lookup = *lookup;
	ret->cached = true;
	ret->tries = 0;
	return true;
}

/* --- the way to an answer ------------------------------------------------------------------------------------------------------- */

static void
say(struct on_way *way, enum tools_outcome outcome, int64_t until_us, const char *why)
{
	way->settled = true;
	if (way->answer.tries > 0)
		return; /* what its last request came to says more */
	way->answer.outcome = outcome;
	way->answer.until_us = until_us;
	way->answer.why = sv_from(arena_strdup(way->sent.facts.arena, sv_from(why)));
}

static void
say_all(struct on_way *const *ways, size_t n, enum tools_outcome outcome, int64_t until_us,
    const char *why)
{
	for (size_t i = 0; i < n; i++)
		say(ways[i], outcome, until_us, why);
}

/** What the last request made of it. */
static void
take_sent(const struct asking *a, struct on_way *way)
{
	struct sent *sent = &way->sent;

	way->answer.outcome = sent->outcome;
	way->answer.tries = sent->tries;
	way->answer.facts = sent->facts.facts;
	way->answer.n_facts = sent->facts.n;
	way->answer.fetched_us = now_of(a);
	way->answer.until_us =
	    sent->outcome == LOOKUP_RATE_LIMITED ? way->answer.fetched_us + sent->wait_us : 0;
	way->answer.why = sent->outcome == LOOKUP_HIT || sent->outcome == LOOKUP_MISS
			      ? SV_NONE
			      : sv_from(arena_strdup(sent->facts.arena, sv_from(sent->facts.why)));
	memcpy(way->answer.sha256, sent->sha256, sizeof(sent->sha256));
}

/** May a request leave now? Waits for pauses and tokens as long as that makes sense. False: all of them were told why not. */
static bool
wait_turn(const struct asking *a, struct seat *seat, struct on_way *const *ways, size_t n)
{
	for (;;) {
		int64_t now_us = now_of(a), until_us = breaker_until(seat, now_us);
		enum may may;

		if (is_cancelled(a))
			return false;
		if (until_us != 0) {
			say_all(ways, n, LOOKUP_OPEN, until_us == INT64_MAX ? 0 : until_us,
			    until_us == INT64_MAX ? "its key was refused: not asked until the "
						    "configuration is read again"
						  : "it failed too often: left alone for a while");
			return false;
		}
		until_us = rest_until(a->tools, seat, now_us);
		if (until_us > now_us + WAIT_MOST_US || until_us > a->deadline_us) {
			say_all(ways, n, LOOKUP_RATE_LIMITED, until_us, "it asked for a pause");
			return false;
		}
		if (until_us != 0) {
			if (!sleep_for(a, until_us - now_us))
				return false;
			continue;
		}
		may = limit_take(a->tools, seat, now_us, &until_us);
		if (may == MAY_GO && now_us < a->deadline_us)
			return true;
		if (may != MAY_WAIT || until_us >= a->deadline_us) {
			say_all(ways, n, LOOKUP_SPENT, may == MAY_GO ? 0 : until_us,
			    may == MAY_NOT ? "its quota is spent" : "no time is left for it");
			return false;
		}
		if (!sleep_for(a, until_us - now_us))
			return false;
	}
}

/** Which of them are worth another try: those that the provider could not answer now. Moves them to the front; their number. */
static size_t
keep_retryable(struct on_way **ways, size_t n, int64_t *wait_us)
{
	size_t kept = 0;

	*wait_us = 0;
	for (size_t i = 0; i < n; i++) {
		const struct sent *sent = &ways[i]->sent;

		if ((sent->outcome != LOOKUP_RATE_LIMITED && sent->outcome != LOOKUP_UNAVAILABLE) ||
		    sent->tries >= TRIES_MOST)
			continue;
		*wait_us = sent->wait_us > *wait_us ? sent->wait_us : *wait_us;
		ways[kept++] = ways[i];
	}
	return kept;
}

/** Requests until all have an answer that stays. */
static void
request(struct asking *a, struct seat *seat, struct on_way **ways, size_t n)
{
	int64_t wait_us;

	while (n > 0 && wait_turn(a, seat, ways, n)) {
		struct sent *sent[ASK_TOGETHER_MOST];

		for (size_t i = 0; i < n; i++)
			sent[i] = &ways[i]->sent;
		send_request(
		    a->tools, seat, sent, n, a->deadline_us - now_of(a), a->options->cancel);
		for (size_t i = 0; i < n; i++)
			take_sent(a, ways[i]);
		if (sent[0]->cancelled || is_cancelled(a))
			return;
		breaker_tell(seat, sent[0]->outcome, now_of(a));
		if (sent[0]->outcome == LOOKUP_RATE_LIMITED)
			rest_set(a->tools, seat, now_of(a) + sent[0]->wait_us);
		n = keep_retryable(ways, n, &wait_us);
		if (n == 0 || wait_us > WAIT_MOST_US || now_of(a) + wait_us >= a->deadline_us)
			return;
		if (!sleep_for(a, backoff_us(ways[0]->sent.tries - 1, wait_us)))
			return;
	}
}

/** Other workers wait while this one asks. True: the caller asks (and gives the claim back); false: the answer was found meanwhile, or time is over. */
static bool
claim(const struct asking *a, struct on_way *way, struct sv holder)
{
	int64_t longest_us =
	    CLAIM_SPARE_US +
	    (way->sent.call->deadline_us > 0 ? way->sent.call->deadline_us : 3 * CLAIM_SPARE_US);

	for (;;) {
		int64_t now_us = now_of(a);

		if (shared_claim(
			a->tools, way->answer.lookup.key, holder, now_us, now_us + longest_us))
			return true;
		if (!sleep_for(a, SLICE_US) || now_of(a) >= a->deadline_us) {
			say(way, LOOKUP_SPENT, 0, "another worker asks it, and no time is left");
			return false;
		}
		if (find_cached(a, &way->answer.lookup, way->sent.facts.arena, &way->answer)) {
			way->settled = true;
			return false;
		}
	}
}

/** This one leads its flight: claim, a last look into the cache, requests. */
static void
lead(struct asking *a, struct seat *seat, struct on_way *way)
{
	struct sv holder =
	    a->options->subject.len > 0 ? a->options->subject : sv_from(a->tools->holder);

	if (!claim(a, way, holder))
		return;
	if (find_cached(a, &way->answer.lookup, way->sent.facts.arena, &way->answer))
		way->settled = true;
	else
		request(a, seat, &way, 1);
	cache(a, seat, way->sent.call, &way->answer);
	(void)shared_claim(a->tools, way->answer.lookup.key, holder, now_of(a), now_of(a));
}

static void
ask_alone(struct asking *a, struct seat *seat, struct on_way *way)
{
	bool leads = true;
	struct flight *flight = flight_enter(a->tools, way->answer.lookup.key, &leads);

	if (flight == NULL || leads) {
		lead(a, seat, way);
		if (flight != NULL)
			flight_land(a->tools, flight, way->answer.outcome, way->answer.until_us,
			    way->answer.why);
	} else if (!flight_wait(a->tools, flight, a->deadline_us, a->options->cancel)) {
		say(way, LOOKUP_SPENT, 0, "no time is left for it");
	} else if (find_cached(a, &way->answer.lookup, way->sent.facts.arena, &way->answer)) {
		way->settled = true;
	} else if (flight->outcome == LOOKUP_HIT || flight->outcome == LOOKUP_MISS) {
		lead(a, seat, way); /* a provider that is not cached */
	} else {
		say(way, flight->outcome, flight->until_us, flight->why);
	}
	if (flight != NULL)
		flight_leave(a->tools, flight);
}

/** What needs no request: refused, cached, without its key. */
static bool
answer_at_once(struct asking *a, const struct seat *seat, struct on_way *way)
{
	const char *refused =
	    egress_refuses(a->tools, &way->answer.lookup.question, a->options->ask_about);

	if (refused != NULL)
		say(way, LOOKUP_REFUSED, 0, refused);
	else if (find_cached(a, &way->answer.lookup, way->sent.facts.arena, &way->answer))
		way->settled = true;
	else if (seat->provider->needs_key && seat->key[0] == 0)
		say(way, LOOKUP_AUTH_FAILED, 0, "no key is set for it");
	return way->settled;
}

static void
count(const struct asking *a, const struct tools_answer *answer)
{
	metrics_add(a->tools->metrics, METRIC_LOOKUPS, answer->lookup.provider,
	    answer->cached ? "cached" : tools_outcome_name(answer->outcome), 1);
}

void
ask_together(struct asking *a, struct seat *seat, struct on_way *ways, size_t n)
{
	struct on_way *left[ASK_TOGETHER_MOST];
	size_t n_left = 0;

	assert(n <= ASK_TOGETHER_MOST);
	for (size_t i = 0; i < n; i++)
		if (!answer_at_once(a, seat, &ways[i]))
			left[n_left++] = &ways[i];
	if (n_left > 0 && seat->provider->transport == PROVIDER_WHOIS) {
		struct on_way *order[ASK_TOGETHER_MOST];

		memcpy(order, left, n_left * sizeof(*order)); /* request moves them about */
		request(a, seat, order, n_left);
		for (size_t i = 0; i < n_left; i++)
			cache(a, seat, left[i]->sent.call, &left[i]->answer);
	} else {
		for (size_t i = 0; i < n_left; i++)
			ask_alone(a, seat, left[i]);
	}
	for (size_t i = 0; i < n; i++) {
		count(a, &ways[i].answer);
		if (ways[i].answer.tries > 0 || ways[i].answer.outcome == LOOKUP_REFUSED)
			audit(a, &ways[i].answer);
	}
}
