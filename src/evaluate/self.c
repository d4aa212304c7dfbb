/* self.c - what to expect on one's own sensor: campaigns of known size, activity, timing and difficulty are planted into the
 * user's own sessions, the engine judges them against the user's own reference, and what it finds is counted; what it says
 * where nothing is coordinated is counted too. The figures of docs/evaluation.md are about generated background; these are
 * about the background at hand.
 *
 * Every batch is a function of (seed, cell, number): more batches only add to those there are. */
#include "evaluate/self.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
	BATCHES_DEFAULT = 2,
	WORLDS_DEFAULT = 199,
	STRUCTURE_BATCHES = 3,
	LOOKALIKE_BATCHES = 6,
	NULL_BATCHES = 50
};

const uint32_t self_members[SELF_MEMBERS] = { 4, 8, 16, 40 };
const uint32_t self_visits[SELF_VISITS] = { 3, 10, 30 };

const struct self_variant self_variants[SELF_VARIANTS] = {
	{ "easy", DIFFICULTY_EASY, false }, { "easy, bare", DIFFICULTY_EASY, true },
	{ "standard", DIFFICULTY_STANDARD, false }, { "standard, bare", DIFFICULTY_STANDARD, true },
	{ "hard", DIFFICULTY_HARD, false }, /* never keeps one */
};

static const enum generate_structure structures[] = { STRUCTURE_C2, STRUCTURE_C3, STRUCTURE_H2A,
	STRUCTURE_H2B, STRUCTURE_H2C, STRUCTURE_H2D };
/* Not HN6 and HN9, which are about the generator's own background, nor HN10, which is two campaigns. */
static const enum generate_structure lookalikes[] = { STRUCTURE_HN1, STRUCTURE_HN2, STRUCTURE_HN3,
	STRUCTURE_HN4, STRUCTURE_HN5, STRUCTURE_HN7, STRUCTURE_HN8 };

static struct self_cell *
add_cell(struct evaluate_self *self, enum self_kind kind, uint32_t batches)
{
	struct self_cell *cell = &self->cells[self->n_cells++];

	*cell = (struct self_cell){ .kind = kind, .batches = batches, .first = self->n_batches };
	self->n_batches += batches;
	return cell;
}

/* Jitter by thirds of what the difficulty's range allows; a quick look takes the middle one. */
static void
plan_grid_cell(
    struct evaluate_self *self, const struct self_variant *variant, unsigned at, uint32_t batches)
{
	unsigned from = self->config.quick ? 1 : 0, to = self->config.quick ? 2 : SELF_JITTERS;

	for (unsigned j = from; j < to; j++) {
		struct self_cell *c = add_cell(self, SELF_GRID, batches);

		c->members = at / SELF_VISITS;
		c->visits = at % SELF_VISITS;
		c->jitter = j;
		c->plan.structure = STRUCTURE_C1;
		c->bare = variant->bare;
		c->plan.difficulty = variant->difficulty;
		c->plan.members = self_members[c->members];
		c->plan.visits = self_visits[c->visits];
		c->plan.quantile[FACTOR_JITTER] = (2 * j + 1) / (2.0 * SELF_JITTERS);
	}
}

static void
plan_cells(struct evaluate_self *self)
{
	bool quick = self->config.quick;
	uint32_t batches = self->config.batches;

	for (unsigned k = 0; k < SELF_VARIANTS; k++)
		for (unsigned at = 0; at < SELF_MEMBERS * SELF_VISITS; at++)
			plan_grid_cell(self, &self_variants[k], at, batches);
	for (size_t s = 0; s < sizeof(structures) / sizeof(structures[0]); s++)
		for (unsigned d = 0; d < DIFFICULTY_COUNT; d++) {
			struct self_cell *c;

			if (quick && d != DIFFICULTY_STANDARD)
				continue;
			c = add_cell(
			    self, SELF_STRUCTURE, (quick ? 2 : STRUCTURE_BATCHES) * batches);
			c->plan.structure = structures[s];
			c->plan.difficulty = (enum generate_difficulty)d;
		}
	for (size_t s = 0; s < sizeof(lookalikes) / sizeof(lookalikes[0]); s++) {
		struct self_cell *c =
		    add_cell(self, SELF_LOOKALIKE, (quick ? 2 : LOOKALIKE_BATCHES) * batches);

		c->plan.structure = lookalikes[s];
		c->plan.difficulty = DIFFICULTY_STANDARD;
	}
	(void)add_cell(self, SELF_NULL, (quick ? 20 : NULL_BATCHES) * batches);
}

static bool
is_called(const struct seen *s)
{
	return s->verdict == VERDICT_CAMPAIGN || s->verdict == VERDICT_SINGLE_ACTOR;
}

static void
count_seen(const struct outcome *o, struct self_batch *b)
{
	b->clusters = o->n_seen;
	b->seen = o->seen;
	b->n_seen = o->n_seen;
	for (uint32_t i = 0; i < o->n_seen; i++) {
		const struct seen *s = &o->seen[i];
		bool called = is_called(s), sure = called && s->confidence >= 0.9;

		b->wrong_called += called && !s->right;
		b->wrong_sure += sure && !s->right;
		if (s->match.jaccard < 0.5)
			continue;
		b->found = true;
		b->called |= called;
		b->sure |= sure;
		if (s->match.jaccard > b->jaccard) {
			b->jaccard = s->match.jaccard;
			b->confidence = s->confidence;
		}
	}
}

struct work {
	struct evaluate_self *self;
	atomic_uint done;
	struct coord_error *errs; /* one a batch */
};

static enum coord_err
judge(const struct evaluate_self *self, struct self_batch *b, struct arena *scratch,
    struct arena *keep, struct coord_error *err)
{
	const struct evaluate_self_config *config = &self->config;
	struct variant variant = { .model = config->model };
	struct outcome outcome;
	struct batch batch;
	enum coord_err rc;

	TRY(self_batch_make(
	    &self->site, &self->cells[b->cell], b->seed, scratch, &batch, &b->from_us, err));
	batch.reference = config->reference;
	b->sessions = batch.table.n;
	b->sources = batch.truth.n;
	b->group = batch.group;
	rc = engine_judge(&batch, &variant, config->worlds, keep, &outcome, err);
	if (rc == COORD_OK)
		count_seen(&outcome, b);
	if (rc == COORD_OK && config->calibrate) {
		variant.no_reference = true;
		rc = engine_judge(&batch, &variant, config->worlds, keep, &outcome, err);
		b->seen_alone = outcome.seen;
		b->n_seen_alone = outcome.n_seen;
	}
	batch_clear(&batch);
	return rc;
}

static void
run_batch(void *context, size_t item, unsigned worker)
{
	struct work *work = context;
	struct evaluate_self *self = work->self;
	struct arena *scratch = arena_new(0);
	unsigned done;

	(void)worker;
	self->arenas[item] = arena_new(0);
	if (scratch == NULL || self->arenas[item] == NULL)
		self->rcs[item] =
		    error_set(&work->errs[item], COORD_ENOMEM, "evaluate: no memory for a batch");
	else
		self->rcs[item] = judge(
		    self, &self->batches[item], scratch, self->arenas[item], &work->errs[item]);
	arena_free(scratch);
	done = atomic_fetch_add(&work->done, 1) + 1;
	if (self->config.progress != NULL)
		self->config.progress(self->config.progress_context, "planting and judging",
		    (double)done / self->n_batches);
}

static enum coord_err
run_all(struct evaluate_self *self, struct coord_error *err)
{
	struct work work = { .self = self };
	unsigned threads = self->config.threads == 0 ? parallel_cores() : self->config.threads;

	work.errs = ARENA_ARRAY(self->arena, self->n_batches, struct coord_error);
	if (work.errs == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the batches");
	parallel_for(threads, self->n_batches, run_batch, &work);
	for (uint32_t i = 0; i < self->n_batches; i++)
		if (self->rcs[i] != COORD_OK)
			return error_set(err, self->rcs[i], "%s", work.errs[i].what);
	return COORD_OK;
}

static enum coord_err
make_batches(struct evaluate_self *self, struct coord_error *err)
{
	self->batches = ARENA_ARRAY(self->arena, self->n_batches, struct self_batch);
	self->arenas = ARENA_ARRAY(self->arena, self->n_batches, struct arena *);
	self->rcs = ARENA_ARRAY(self->arena, self->n_batches, enum coord_err);
	if (self->batches == NULL || self->arenas == NULL || self->rcs == NULL) {
		self->n_batches = 0;
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the batches");
	}
	for (uint32_t c = 0; c < self->n_cells; c++)
		for (uint32_t k = 0; k < self->cells[c].batches; k++)
			self->batches[self->cells[c].first + k] = (struct self_batch){
				.cell = c, .number = k, .seed = hash_mix(hash_mix(self->seed, c), k)
			};
	return COORD_OK;
}

static void
note_model(struct evaluate_self *self)
{
	struct sv builtin = detect_model_builtin();
	uint8_t hash[32];

	if (self->config.model != NULL) {
		memcpy(self->model_hash, detect_model_hash(self->config.model),
		    sizeof(self->model_hash));
		return;
	}
	sha256_of(builtin.data, builtin.len, hash);
	hex_of(hash, sizeof(hash), self->model_hash);
}

static void
fill_in_defaults(struct evaluate_self *self)
{
	struct evaluate_self_config *c = &self->config;

	if (c->batches == 0)
		c->batches = c->quick ? 1 : BATCHES_DEFAULT;
	if (c->worlds == 0)
		c->worlds = WORLDS_DEFAULT;
	self->seed = c->seed;
	if (self->seed == 0)
		memcpy(&self->seed, c->table->input_sha256, sizeof(self->seed));
	note_model(self);
}

enum coord_err
evaluate_self_run(
    const struct evaluate_self_config *config, struct evaluate_self **ret, struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	struct evaluate_self *self = arena == NULL ? NULL : ARENA_NEW(arena, struct evaluate_self);
	int64_t from_us;
	enum coord_err rc;

	if (self == NULL) {
		arena_free(arena);
		return error_set(err, COORD_ENOMEM, "evaluate: no memory");
	}
	self->arena = arena;
	self->config = *config;
	fill_in_defaults(self);
	plan_cells(self);
	from_us = clock_steady();
	rc = self_site_of(&self->config, &self->site, err);
	if (rc != COORD_OK)
		self->n_batches = 0;
	if (rc == COORD_OK)
		rc = make_batches(self, err);
	if (rc == COORD_OK)
		rc = run_all(self, err);
	self->seconds = (double)(clock_steady() - from_us) / 1e6;
	if (rc != COORD_OK) {
		evaluate_self_free(self);
		return rc;
	}
	*ret = self;
	return COORD_OK;
}

void
evaluate_self_free(struct evaluate_self *self)
{
	if (self == NULL)
		return;
	for (uint32_t i = 0; i < self->n_batches; i++)
		arena_free(self->arenas[i]);
	self_site_clear(&self->site);
	arena_free(self->arena);
}
