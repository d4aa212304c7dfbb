/* outcome.c - see outcome.h. */
#include "jobs/outcome.h"

#include "base/log.h"

enum { RESPONSE_MOST = 1 << 16 };

int64_t
outcome_wait(const struct config *config, struct sv id, uint32_t attempts)
{
	int64_t wait = config->retry_base;
	uint64_t draw = hash_mix(hash_content(id), attempts) % 1024;

	for (uint32_t i = 1; i < attempts && wait < config->retry_most; i++)
		wait *= 2;
	if (wait > config->retry_most)
		wait = config->retry_most;
	return wait / 2 + (int64_t)((double)wait / 2 * ((double)draw / 1023));
}

static void
tell(const struct held *held, const char *reason, const char *outcome, int64_t wait_us)
{
	log_write(LOG_WARNING, "analysis attempt failed", LOG_TEXT("analysis_id", held->id),
	    LOG_TEXT("outcome", outcome), LOG_TEXT("reason", reason),
	    LOG_INT("attempt", held->attempts), LOG_REAL("wait_s", (double)wait_us / 1e6));
}

enum coord_err
outcome_put(const struct jobs_world *world, const struct held *held, enum outcome_kind kind,
    const char *reason, int64_t now_us, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf response = BUF_INIT(RESPONSE_MOST);
	const struct config *config = config_now(world->config);
	struct sv id = sv_from(held->id);
	bool again = kind == OUTCOME_AGAIN && held->attempts < config->attempts;
	int64_t wait_us = again ? outcome_wait(config, id, held->attempts) : 0;
	int64_t at_us = again ? now_us + (wait_us > 0 ? wait_us : 1) : 0;
	bool dead = kind == OUTCOME_AGAIN && !again;
	const char *outcome = again ? "retried" : dead ? "dead" : "failed";
	enum coord_err rc;

	jobs_failed_response(id, sv_from(reason), &response);
	rc = store_fail(world->store, id, held->fence, now_us, sv_from(reason), buf_sv(&response),
	    at_us, dead, err);
	if (rc == COORD_OK) {
		tell(held, reason, outcome, wait_us);
		metrics_add(world->metrics, METRIC_JOBS, outcome, NULL, 1);
	}
	if (rc != COORD_OK && rc != COORD_ECANCELLED && rc != COORD_ENODATA)
		return rc;
	rc = rc == COORD_OK && again ? queue_retry(world->queue, &held->job, at_us, err)
				     : queue_done(world->queue, &held->job, err);
	return rc == COORD_ENODATA ? COORD_OK : rc;
}
