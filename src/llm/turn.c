/* turn.c - one graphics card, many workers: who may ask now. A turn is a slot of this process and, where there is a store, a lease in it that all processes see; a
 * lease is prolonged while an answer comes and ends by itself when its holder is killed. */
#include "llm/server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "llm/lock.h"

#define LEASE_US (20 * TIME_SECOND)
#define RENEW_US (5 * TIME_SECOND)

enum { POLL_LEAST_US = 20000, POLL_MOST_US = 500000 };

void
turn_lock(struct llm *llm)
{
	(void)pthread_mutex_lock(&llm->lock->mutex);
}

void
turn_unlock(struct llm *llm)
{
	(void)pthread_mutex_unlock(&llm->lock->mutex);
}

static bool
take_here(struct llm *llm)
{
	bool taken;

	turn_lock(llm);
	taken = llm->running < llm->config->llm_parallel;
	llm->running += taken;
	turn_unlock(llm);
	return taken;
}

static void
give_here(struct llm *llm)
{
	turn_lock(llm);
	llm->running--;
	turn_unlock(llm);
}

enum claimed { CLAIMED, OTHERS, AWAY };

static enum claimed
claim(const struct llm_turn *turn, int slot, int64_t lease_us)
{
	int64_t now_us = clock_wall();
	bool taken = false;
	char key[32];

	(void)snprintf(key, sizeof(key), "slot %d", slot);
	if (store_value_claim(turn->llm->store, SV("llm.turn"), sv_from(key),
		sv_from(turn->claimant), now_us, now_us + lease_us, &taken, NULL) != COORD_OK)
		return AWAY;
	return taken ? CLAIMED : OTHERS;
}

/** A slot that nobody holds. A store that is away holds nobody up: the server has a queue of its own. */
static bool
take_lease(struct llm_turn *turn)
{
	for (int slot = 0; slot < (int)turn->llm->config->llm_parallel; slot++) {
		enum claimed claimed = claim(turn, slot, LEASE_US);

		if (claimed == OTHERS)
			continue;
		turn->slot = claimed == CLAIMED ? slot : -1;
		turn->renewed_us = clock_steady();
		return true;
	}
	return false;
}

static bool
take(struct llm_turn *turn)
{
	if (!take_here(turn->llm))
		return false;
	if (turn->llm->store == NULL || take_lease(turn))
		return true;
	give_here(turn->llm);
	return false;
}

bool
turn_take(struct llm_call *call, struct llm_turn *ret)
{
	static uint64_t number;
	int64_t began_us = clock_steady(), pause_us = POLL_LEAST_US;
	bool taken;

	*ret = (struct llm_turn){ .llm = call->llm, .slot = -1 };
	(void)snprintf(ret->claimant, sizeof(ret->claimant), "%s-%llu", call->llm->claimant,
	    (unsigned long long)__atomic_add_fetch(&number, 1, __ATOMIC_RELAXED));
	while (!(taken = take(ret)) && !llm_cancelled(call) && clock_steady() < call->deadline_us) {
		llm_wait(call, pause_us);
		pause_us = pause_us < POLL_MOST_US / 2 ? 2 * pause_us : POLL_MOST_US;
	}
	metrics_observe(call->llm->metrics, METRIC_LLM_SECONDS, "turn", NULL,
	    (double)(clock_steady() - began_us) / TIME_SECOND);
	return taken;
}

void
turn_renew(struct llm_turn *turn)
{
	int64_t now_us = clock_steady();

	if (turn->slot < 0 || now_us - turn->renewed_us < RENEW_US)
		return;
	turn->renewed_us = now_us;
	(void)claim(turn, turn->slot, LEASE_US);
}

void
turn_give(struct llm_turn *turn)
{
	if (turn->slot >= 0)
		(void)claim(turn, turn->slot, 0);
	give_here(turn->llm);
}
