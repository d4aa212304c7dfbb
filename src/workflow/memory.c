/* memory.c - runs kept in memory: the same contract as the store's, for runs that need not survive, and for tests. Everything lives in one arena until the end. */
#include <stdlib.h>
#include <string.h>

#include "workflow/inside.h"

struct kept {
	struct store_workflow run;
	size_t steps_room, effects_room;
	uint64_t job_fence;
	struct kept *next;
};

struct memory {
	pthread_mutex_t lock;
	struct arena *arena;
	struct kept *runs;
	uint64_t seq;
};

static enum coord_err
full(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "workflow: no memory for a checkpoint");
}

static bool
copy(struct arena *arena, struct sv from, struct sv *ret)
{
	*ret = SV_NONE;
	if (from.data == NULL)
		return true;
	ret->data = arena_strdup(arena, from);
	ret->len = from.len;
	return ret->data != NULL;
}

static bool
copy_step(
    struct arena *arena, const struct store_workflow_step *from, struct store_workflow_step *ret)
{
	*ret = *from;
	return copy(arena, from->node, &ret->node) && copy(arena, from->record, &ret->record) &&
	       copy(arena, from->outputs, &ret->outputs);
}

static bool
copy_effect(struct arena *arena, const struct store_workflow_effect *from,
    struct store_workflow_effect *ret)
{
	*ret = *from;
	return copy(arena, from->node, &ret->node) && copy(arena, from->provider, &ret->provider) &&
	       copy(arena, from->key, &ret->key) && copy(arena, from->question, &ret->question) &&
	       copy(arena, from->value, &ret->value);
}

static struct kept *
find_id(const struct memory *m, struct sv id)
{
	struct kept *k = m->runs;

	while (k != NULL && !sv_eq(k->run.id, id))
		k = k->next;
	return k;
}

static struct kept *
find(const struct memory *m, uint64_t seq, uint64_t fence)
{
	struct kept *k = m->runs;

	while (k != NULL && k->run.seq != seq)
		k = k->next;
	return k != NULL && k->run.fence == fence ? k : NULL;
}

static enum coord_err
lost(struct coord_error *err)
{
	return error_set(err, COORD_ECANCELLED, "workflow: the run is another's by now");
}

static void *
room_for(struct arena *arena, void *items, size_t n, size_t *room, size_t size)
{
	void *grown;

	if (n < *room)
		return items;
	grown = arena_array(arena, *room == 0 ? 8 : 2 * *room, size);
	if (grown == NULL)
		return NULL;
	if (n > 0)
		memcpy(grown, items, n * size);
	*room = *room == 0 ? 8 : 2 * *room;
	return grown;
}

/** Steps are kept by number: a wave's may come in any order. */
static enum coord_err
add_step(struct memory *m, struct kept *k, const struct store_workflow_step *step,
    struct coord_error *err)
{
	size_t at = k->run.n_steps;
	void *items = room_for(m->arena, k->run.steps, at, &k->steps_room, sizeof(*k->run.steps));
	struct store_workflow_step new;

	if (items == NULL)
		return full(err);
	k->run.steps = items;
	while (at > 0 && k->run.steps[at - 1].step > step->step)
		at--;
	if (at > 0 && k->run.steps[at - 1].step == step->step)
		return COORD_OK;
	if (!copy_step(m->arena, step, &new))
		return full(err);
	memmove(&k->run.steps[at + 1], &k->run.steps[at],
	    (k->run.n_steps - at) * sizeof(*k->run.steps));
	k->run.steps[at] = new;
	k->run.n_steps++;
	return COORD_OK;
}

static struct store_workflow_effect *
find_effect(const struct kept *k, const struct store_workflow_effect *like)
{
	for (size_t i = 0; i < k->run.n_effects; i++) {
		struct store_workflow_effect *e = &k->run.effects[i];

		if (e->visit == like->visit && sv_eq(e->node, like->node) &&
		    sv_eq(e->provider, like->provider) && sv_eq(e->key, like->key))
			return e;
	}
	return NULL;
}

static enum coord_err
add_effect(struct memory *m, struct kept *k, const struct store_workflow_effect *effect,
    struct coord_error *err)
{
	void *items =
	    room_for(m->arena, k->run.effects, k->run.n_effects, &k->effects_room, sizeof(*effect));

	if (items == NULL)
		return full(err);
	k->run.effects = items;
	if (find_effect(k, effect) != NULL)
		return COORD_OK;
	return copy_effect(m->arena, effect, &k->run.effects[k->run.n_effects++]) ? COORD_OK
										  : full(err);
}

static struct kept *
add_run(struct memory *m, struct sv id, struct sv graph, uint32_t version, int64_t now_us)
{
	struct kept *k = ARENA_NEW(m->arena, struct kept);

	if (k == NULL || !copy(m->arena, id, &k->run.id) || !copy(m->arena, graph, &k->run.graph))
		return NULL;
	k->run.seq = ++m->seq;
	k->run.version = version;
	k->run.created_us = k->run.updated_us = now_us;
	k->next = m->runs;
	m->runs = k;
	return k;
}

/** What the caller gets is its own: a run's rows grow while it looks at them. */
static enum coord_err
give(const struct kept *k, struct arena *arena, struct store_workflow *ret, struct coord_error *err)
{
	struct store_workflow r = k->run;

	r.steps = ARENA_ARRAY(arena, r.n_steps + 1, struct store_workflow_step);
	r.effects = ARENA_ARRAY(arena, r.n_effects + 1, struct store_workflow_effect);
	if (r.steps == NULL || r.effects == NULL)
		return full(err);
	if (r.n_steps > 0)
		memcpy(r.steps, k->run.steps, r.n_steps * sizeof(*r.steps));
	if (r.n_effects > 0)
		memcpy(r.effects, k->run.effects, r.n_effects * sizeof(*r.effects));
	*ret = r;
	return COORD_OK;
}

static enum coord_err
begin_locked(struct memory *m, const struct store_workflow_begin *begin, struct arena *arena,
    struct store_workflow *ret, struct coord_error *err)
{
	struct kept *k = find_id(m, begin->id);

	if (k == NULL)
		k = add_run(m, begin->id, begin->graph, begin->version, begin->now_us);
	if (k == NULL)
		return full(err);
	if (begin->job_fence != 0 && begin->job_fence < k->job_fence)
		return lost(err);
	k->run.fence++;
	if (begin->job_fence != 0)
		k->job_fence = begin->job_fence;
	if (begin->analysis.data != NULL && begin->analysis.len <= STORE_ID_LEN) {
		memcpy(k->run.analysis, begin->analysis.data, begin->analysis.len);
		k->run.analysis[begin->analysis.len] = '\0';
	}
	if (k->run.status != WORKFLOW_DONE && k->run.status != WORKFLOW_PAUSED)
		k->run.status = WORKFLOW_RUNNING;
	return give(k, arena, ret, err);
}

static enum coord_err
memory_begin(void *self, const struct store_workflow_begin *begin, struct arena *arena,
    struct store_workflow *ret, struct coord_error *err)
{
	struct memory *m = self;
	enum coord_err rc;

	(void)pthread_mutex_lock(&m->lock);
	rc = begin_locked(m, begin, arena, ret, err);
	(void)pthread_mutex_unlock(&m->lock);
	return rc;
}

static enum coord_err
memory_step(void *self, uint64_t seq, uint64_t fence, const struct store_workflow_step *step,
    struct coord_error *err)
{
	struct memory *m = self;
	struct kept *k;
	enum coord_err rc;

	(void)pthread_mutex_lock(&m->lock);
	k = find(m, seq, fence);
	rc = k != NULL ? add_step(m, k, step, err) : lost(err);
	(void)pthread_mutex_unlock(&m->lock);
	return rc;
}

static enum coord_err
memory_effect(void *self, uint64_t seq, uint64_t fence, const struct store_workflow_effect *effect,
    struct coord_error *err)
{
	struct memory *m = self;
	struct kept *k;
	enum coord_err rc;

	(void)pthread_mutex_lock(&m->lock);
	k = find(m, seq, fence);
	rc = k != NULL ? add_effect(m, k, effect, err) : lost(err);
	(void)pthread_mutex_unlock(&m->lock);
	return rc;
}

static enum coord_err
memory_end(
    void *self, uint64_t seq, uint64_t fence, const struct keeper_end *end, struct coord_error *err)
{
	struct memory *m = self;
	struct kept *k;
	enum coord_err rc = COORD_OK;

	(void)pthread_mutex_lock(&m->lock);
	k = find(m, seq, fence);
	if (k == NULL) {
		rc = lost(err);
	} else {
		k->run.status = end->status;
		k->run.updated_us = end->now_us;
		if (!copy(m->arena, end->node, &k->run.node) ||
		    !copy(m->arena, end->error, &k->run.error))
			rc = full(err);
	}
	(void)pthread_mutex_unlock(&m->lock);
	return rc;
}

static enum coord_err
no_run(struct sv id, struct coord_error *err)
{
	return error_set(
	    err, COORD_ENODATA, "workflow: there is no run %.*s", SV_ARG(sv_first(id, 64)));
}

static enum coord_err
memory_get(void *self, struct sv id, struct arena *arena, struct store_workflow *ret,
    struct coord_error *err)
{
	struct memory *m = self;
	const struct kept *k;
	enum coord_err rc;

	(void)pthread_mutex_lock(&m->lock);
	k = find_id(m, id);
	rc = k != NULL ? give(k, arena, ret, err) : no_run(id, err);
	(void)pthread_mutex_unlock(&m->lock);
	return rc;
}

static bool
is_open(const struct store_workflow_effect *e)
{
	return e->question.data != NULL && e->value.data == NULL;
}

static enum coord_err
answer_locked(struct memory *m, struct kept *k, struct sv key, struct sv answer, int64_t now_us,
    uint32_t *ret_left, struct coord_error *err)
{
	struct store_workflow_effect *found = NULL;
	uint32_t open = 0, fitting = 0;

	if (k->run.status != WORKFLOW_PAUSED)
		return error_set(err, COORD_EINVALID, "workflow: the run is not paused, it is %s",
		    workflow_status_name(k->run.status));
	for (size_t i = 0; i < k->run.n_effects; i++) {
		struct store_workflow_effect *e = &k->run.effects[i];

		open += is_open(e);
		if (is_open(e) && (key.data == NULL || sv_eq(e->key, key))) {
			found = e;
			fitting++;
		}
	}
	if (fitting > 1)
		return error_set(
		    err, COORD_EINVALID, "workflow: several questions are open: say which");
	if (found == NULL)
		return error_set(err, COORD_ENODATA, "workflow: there is no such question");
	if (!copy(m->arena, answer.data != NULL ? answer : SV(""), &found->value))
		return full(err);
	found->time_us = now_us;
	*ret_left = open - 1;
	if (open == 1)
		k->run.status = WORKFLOW_RUNNING;
	return COORD_OK;
}

static enum coord_err
memory_answer(void *self, struct sv id, struct sv key, struct sv answer, int64_t now_us,
    uint32_t *ret_left, struct coord_error *err)
{
	struct memory *m = self;
	struct kept *k;
	enum coord_err rc;

	(void)pthread_mutex_lock(&m->lock);
	k = find_id(m, id);
	rc = k != NULL ? answer_locked(m, k, key, answer, now_us, ret_left, err) : no_run(id, err);
	(void)pthread_mutex_unlock(&m->lock);
	return rc;
}

/** Is it an answer to one of the steps that are kept? */
static bool
is_of_kept(const struct kept *k, const struct store_workflow_effect *e)
{
	for (size_t i = 0; i < k->run.n_steps; i++)
		if (k->run.steps[i].visit == e->visit && sv_eq(k->run.steps[i].node, e->node))
			return true;
	return false;
}

static enum coord_err
fork_locked(struct memory *m, const struct store_workflow_fork *fork, struct coord_error *err)
{
	const struct kept *from = find_id(m, fork->from);
	struct kept *to;

	if (from == NULL)
		return no_run(fork->from, err);
	if (fork->submission != NULL)
		return error_set(
		    err, COORD_EINVALID, "workflow: analyses are kept in a store only");
	if (find_id(m, fork->to) != NULL)
		return error_set(err, COORD_EINVALID, "workflow: there is a run %.*s already",
		    SV_ARG(sv_first(fork->to, 64)));
	to = add_run(m, fork->to, from->run.graph, from->run.version, fork->now_us);
	if (to == NULL || !copy(m->arena, fork->from, &to->run.origin))
		return full(err);
	memcpy(to->run.analysis, from->run.analysis, sizeof(to->run.analysis));
	for (size_t i = 0; i < from->run.n_steps; i++)
		if (from->run.steps[i].step < fork->keep)
			TRY(add_step(m, to, &from->run.steps[i], err));
	for (size_t i = 0; i < from->run.n_effects; i++)
		if (from->run.effects[i].value.data != NULL &&
		    (!fork->ask_again || is_of_kept(to, &from->run.effects[i])))
			TRY(add_effect(m, to, &from->run.effects[i], err));
	return add_step(m, to, &fork->change, err);
}

static enum coord_err
memory_fork(void *self, const struct store_workflow_fork *fork, struct coord_error *err)
{
	struct memory *m = self;
	enum coord_err rc;

	(void)pthread_mutex_lock(&m->lock);
	rc = fork_locked(m, fork, err);
	(void)pthread_mutex_unlock(&m->lock);
	return rc;
}

static void
memory_free(void *self)
{
	struct memory *m = self;

	(void)pthread_mutex_destroy(&m->lock);
	arena_free(m->arena);
	free(m);
}

static const struct keeper_ops memory_ops = {
	.begin = memory_begin,
	.step = memory_step,
	.effect = memory_effect,
	.end = memory_end,
	.get = memory_get,
	.answer = memory_answer,
	.fork = memory_fork,
	.free = memory_free,
};

struct workflow_checkpointer *
workflow_memory(void)
{
	struct workflow_checkpointer *c = calloc(1, sizeof(*c));
	struct memory *m = calloc(1, sizeof(*m));

	if (c == NULL || m == NULL || (m->arena = arena_new(0)) == NULL) {
		free(c);
		free(m);
		return NULL;
	}
	(void)pthread_mutex_init(&m->lock, NULL);
	*c = (struct workflow_checkpointer){ &memory_ops, m };
	return c;
}
