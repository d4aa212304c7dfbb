/* rate.c - how much a key may do: a token bucket in each process for requests, a count in the store for sessions a day.
 * A bucket is counted in millionths of a minute's share: each microsecond adds the rate, a request takes sixty million, so
 * that nothing is rounded. Buckets live in sets of eight; a full set gives up the one that is longest unused. */
#include "auth/private.h"

#define REQUEST_COST (60 * TIME_SECOND)
#define DAY_US (86400 * TIME_SECOND)

static struct bucket *
bucket_of(struct auth *auth, uint64_t tag)
{
	struct bucket *set = &auth->buckets[tag % BUCKET_SETS * BUCKET_WAYS], *oldest = set;

	for (unsigned i = 0; i < BUCKET_WAYS; i++) {
		if (set[i].tag == tag)
			return &set[i];
		if (set[i].tag == 0 || (oldest->tag != 0 && set[i].at_us < oldest->at_us))
			oldest = &set[i];
	}
	*oldest = (struct bucket){ .tag = tag };
	return oldest;
}

/** What time has added. A clock that was set back adds nothing; a changed rate starts a full bucket. */
static void
bucket_fill(struct bucket *bucket, uint32_t rate, int64_t now_us)
{
	int64_t most = rate * REQUEST_COST, gone = now_us - bucket->at_us;

	if (bucket->rate != rate) {
		bucket->level = most;
	} else if (gone > 0) {
		int64_t missing = most - bucket->level;

		bucket->level = gone >= missing / rate + 1 ? most : bucket->level + gone * rate;
		bucket->level = bucket->level > most ? most : bucket->level;
	}
	bucket->rate = rate;
	bucket->at_us = now_us;
}

static int64_t
time_for(int64_t missing, uint32_t rate)
{
	return missing <= 0 ? 0 : (missing + rate - 1) / rate;
}

bool
auth_rate_take(struct auth *auth, const struct auth_who *who, uint32_t cost, int64_t now_us,
    struct auth_rate *ret)
{
	uint32_t rate = who->rate_per_minute;
	int64_t wanted = (cost < rate ? cost : rate) * REQUEST_COST;
	uint64_t tag = siphash13(auth->tag_keys[1], who->id, strnlen(who->id, sizeof(who->id)));
	struct bucket *bucket;
	bool taken;

	*ret = (struct auth_rate){ .limit = rate };
	if (rate == 0)
		return true;
	(void)pthread_mutex_lock(&auth->bucket_lock);
	bucket = bucket_of(auth, tag == 0 ? 1 : tag);
	bucket_fill(bucket, rate, now_us);
	taken = bucket->level >= wanted;
	if (taken)
		bucket->level -= wanted;
	ret->remaining = (uint32_t)(bucket->level / REQUEST_COST);
	ret->reset_us = time_for(rate * REQUEST_COST - bucket->level, rate);
	ret->retry_us = taken ? 0 : time_for(wanted - bucket->level, rate);
	(void)pthread_mutex_unlock(&auth->bucket_lock);
	return taken;
}

/** Looked at before it is counted, so that a refused request costs nothing of the day; and after, because others count too. */
enum coord_err
auth_quota_take(struct auth *auth, const struct auth_who *who, uint64_t sessions, int64_t now_us,
    struct coord_error *err)
{
	struct sv key = { who->id, strnlen(who->id, sizeof(who->id)) };
	int64_t day_us = now_us - now_us % DAY_US;
	uint64_t most = who->quota_per_day, sum;

	if (most == 0 || sessions == 0)
		return COORD_OK;
	TRY(store_count(auth->store, SV("quota"), key, day_us, 0, &sum, err));
	if (sum <= most && sessions <= most - sum) {
		TRY(store_count(auth->store, SV("quota"), key, day_us, sessions, &sum, err));
		if (sum <= most)
			return COORD_OK;
	}
	return error_set(err, COORD_ELIMIT,
	    "the key's quota of %llu sessions a day (UTC) leaves %llu: %llu are too many",
	    (unsigned long long)most, (unsigned long long)(sum < most ? most - sum : 0),
	    (unsigned long long)sessions);
}
