/* world.c - making a world, growing it, and putting its sessions in order. */
#include "generate/world.h"

#include <stdlib.h>

#define SPAN_LEAST (3600 * TIME_SECOND)         /* of a real log */
#define START_DEFAULT INT64_C(1740960000000000) /* 2025-03-03T00:00:00Z */

/* Room for one more element; false (and failed) when there is none. */
static bool
grow(struct world *w, void **array, uint32_t n, uint32_t *cap, size_t size)
{
	uint32_t wider = *cap == 0 ? 256 : *cap * 2;
	void *moved;

	if (w->failed)
		return false;
	if (n < *cap)
		return true;
	if (n >= UINT32_MAX / 2 || (moved = realloc(*array, wider * size)) == NULL) {
		w->failed = true;
		return false;
	}
	*array = moved;
	*cap = wider;
	return true;
}

uint32_t
draw_share(const double *shares, uint32_t n, struct rng *rng)
{
	double u = rng_uniform(rng);
	uint32_t first = 0, last = n;

	while (last - first > 1) {
		uint32_t mid = first + (last - first) / 2;

		if (shares[mid] <= u)
			first = mid;
		else
			last = mid;
	}
	return first;
}

uint32_t
world_add_list(struct world *w, const uint32_t *ranks, uint32_t n)
{
	void *array = w->lists;
	bool room = grow(w, &array, w->n_lists, &w->cap_lists, sizeof(*w->lists));
	uint32_t *copy = ARENA_ARRAY_RAW(w->arena, n, uint32_t);

	w->lists = array;
	w->failed = w->failed || copy == NULL;
	if (!room || w->failed)
		return 0;
	memcpy(copy, ranks, n * sizeof(*ranks));
	w->lists[w->n_lists] = (struct wordlist){ copy, n };
	return w->n_lists++;
}

uint32_t
world_add_script(struct world *w, const struct script *script)
{
	void *array = w->scripts;
	bool room = grow(w, &array, w->n_scripts, &w->cap_scripts, sizeof(*w->scripts));

	w->scripts = array;
	if (!room)
		return 0;
	w->scripts[w->n_scripts] = *script;
	return w->n_scripts++;
}

uint32_t
world_add_actor(struct world *w, const struct actor *actor)
{
	void *array = w->actors;
	bool room = grow(w, &array, w->n_actors, &w->cap_actors, sizeof(*w->actors));

	w->actors = array;
	if (!room)
		return NO_INDEX;
	w->actors[w->n_actors] = *actor;
	return w->n_actors++;
}

static uint32_t
draw_sensor(const struct world *w, const struct actor *a, struct rng *rng)
{
	uint32_t known[GENERATE_SENSORS_MOST], n = 0;

	for (uint32_t s = 0; s < w->sensors; s++) {
		if (a->sensor_mask >> s & 1)
			known[n++] = s;
	}
	return n == 0 ? 0 : known[rng_below(rng, n)];
}

void
world_add_visit(struct world *w, uint32_t actor, int64_t at_us, uint32_t sessions, struct rng *rng)
{
	uint32_t sensor;

	if (actor == NO_INDEX || w->failed)
		return;
	sensor = draw_sensor(w, &w->actors[actor], rng);
	for (uint32_t i = 0; i < sessions; i++) {
		void *array = w->sessions;
		bool room;

		if (at_us < w->start_us || at_us >= w->start_us + w->span_us)
			return;
		room = grow(w, &array, w->n_sessions, &w->cap_sessions, sizeof(*w->sessions));
		w->sessions = array;
		if (!room)
			return;
		w->sessions[w->n_sessions++] = (struct gen_session){
			.start_us = at_us, .actor = actor, .sensor = (uint8_t)sensor
		};
		at_us += TIME_SECOND + (int64_t)(6e6 * rng_exponential(rng));
	}
}

void
world_add_visits(struct world *w, uint32_t actor, uint32_t visits, int64_t from_us, int64_t to_us,
    struct rng *rng)
{
	for (uint32_t v = 0; v < visits && actor != NO_INDEX && !w->failed; v++) {
		const struct actor *a = &w->actors[actor];
		int64_t at = clock_draw(w, a->tool, a->zone, from_us, to_us, rng);

		world_add_visit(w, actor, at, 1 + rng_below(rng, 2), rng);
	}
}

struct rng
member_rng(const struct world *w, size_t plan, uint32_t i)
{
	return rng_at(w->config->seed, STAGE_ACTOR, (uint32_t)plan + 1, i);
}

bool
fault_apply(const struct world *w, uint32_t sensor, int64_t *at_us)
{
	int64_t at = *at_us;

	for (uint32_t i = 0; i < w->n_faults; i++) {
		const struct fault *f = &w->faults[i];

		if (f->sensor != sensor || at < f->from_us || at >= f->to_us)
			continue;
		if (f->kind == FAULT_SILENCE)
			return false;
		*at_us = f->kind == FAULT_STEP ? at + f->by_us : at + f->by_us - at % f->by_us;
	}
	return true;
}

static void
apply_faults(struct world *w)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < w->n_sessions; i++) {
		struct gen_session s = w->sessions[i];

		if (fault_apply(w, s.sensor, &s.start_us))
			w->sessions[kept++] = s;
	}
	w->n_sessions = kept;
}

enum coord_err
world_finish(struct world *w, struct coord_error *err)
{
	size_t n;
	struct sort_pair *pairs, *scratch;
	struct gen_session *sorted;
	uint32_t *ordinals;
	bool ok;

	if (w->failed)
		return error_set(err, COORD_ENOMEM, "generate: no memory for the sessions");
	if (w->n_faults > 0)
		apply_faults(w);
	n = w->n_sessions;
	pairs = malloc((2 * n + 1) * sizeof(*pairs));
	sorted = malloc((n + 1) * sizeof(*sorted));
	ordinals = calloc((size_t)w->n_actors + 1, sizeof(*ordinals));
	if ((ok = pairs != NULL && sorted != NULL && ordinals != NULL)) {
		scratch = pairs + n;
		for (size_t i = 0; i < n; i++)
			pairs[i] = (struct sort_pair){ sort_key_i64(w->sessions[i].start_us),
				(uint32_t)i };
		sort_pairs(pairs, n, scratch);
		for (size_t i = 0; i < n; i++) {
			sorted[i] = w->sessions[pairs[i].value];
			sorted[i].ordinal = ordinals[sorted[i].actor]++;
		}
		free(w->sessions);
		w->sessions = sorted;
		w->cap_sessions = w->n_sessions;
		sorted = NULL;
	}
	free(pairs);
	free(sorted);
	free(ordinals);
	return ok ? COORD_OK : error_set(err, COORD_ENOMEM, "generate: no memory to sort sessions");
}

static bool
count_new(struct map *seen, struct addr source, uint32_t *n)
{
	uint32_t *slot = map_slot(seen, address_key(source));

	if (slot == NULL)
		return false;
	*n += *slot == MAP_NONE;
	*slot = 1;
	return true;
}

uint32_t
world_sources(const struct world *w)
{
	struct map seen = MAP_INIT;
	uint32_t n = 0;
	bool ok = true;

	/* behind a carrier's NAT several actors have one address */
	for (uint32_t i = 0; i < w->n_sessions && ok; i++)
		if (w->sessions[i].ordinal == 0)
			ok = count_new(&seen, w->actors[w->sessions[i].actor].source, &n);
	for (uint32_t row = 0; w->real != NULL && row < w->real->n && ok; row++)
		ok = count_new(&seen, w->real->source[row], &n);
	map_clear(&seen);
	return ok ? n : 0;
}

/* 0: drawn from the site. */
static bool
profile_ok(const struct generate_profile *p)
{
	return p->zipf >= 0.0 && p->zipf <= 3.0 && p->sigma >= 0.0 && p->sigma <= 3.0 &&
	       p->amplitude >= 0.0 && p->amplitude <= 1.0 && p->hosting >= 0.0 && p->hosting <= 1.0;
}

static bool
plan_ok(const struct generate_plan *p)
{
	for (uint32_t f = 0; f < FACTOR_COUNT; f++)
		if (!(p->quantile[f] >= 0.0 && p->quantile[f] <= 1.0))
			return false;
	return p->variant == 0 || generate_variant_name(p->structure, p->variant)[0] != '\0';
}

static enum coord_err
check_real(const struct generate_config *c, struct coord_error *err)
{
	if (c->real == NULL || c->real->n == 0)
		return error_set(err, COORD_EINVALID, "background: real sessions are needed");
	for (size_t i = 0; i < c->n_plans; i++)
		if (c->plans[i].structure == STRUCTURE_HN9)
			return error_set(err, COORD_EINVALID,
			    "group %zu: HN9 picks from a simulated background", i + 1);
	return COORD_OK;
}

static enum coord_err
check_config(const struct generate_config *c, struct coord_error *err)
{
	if (c->background != BACKGROUND_SIMULATED)
		TRY(check_real(c, err));
	if (c->days > 30)
		return error_set(err, COORD_EINVALID, "days: expected 1 to 30, got %u", c->days);
	if (c->sensors > GENERATE_SENSORS_MOST)
		return error_set(err, COORD_EINVALID, "sensors: expected 1 to %d, got %u",
		    GENERATE_SENSORS_MOST, c->sensors);
	if (c->sources > 2000000 || c->sessions > 16000000)
		return error_set(
		    err, COORD_ELIMIT, "at most 2,000,000 sources, 16,000,000 sessions");
	if (c->sessions < c->sources || (c->sources == 0 && c->sessions > 0))
		return error_set(err, COORD_EINVALID,
		    "sessions: expected at least one for each of %u sources, got %u", c->sources,
		    c->sessions);
	if (c->start_us != 0 && (c->start_us < TIME_EARLIEST || c->start_us > TIME_LATEST / 2))
		return error_set(err, COORD_EINVALID, "start: expected 1990 to 2035");
	if (!profile_ok(&c->profile))
		return error_set(err, COORD_EINVALID,
		    "profile: expected zipf and sigma up to 3, amplitude and hosting up to 1");
	if (c->n_plans > GENERATE_PLANS_MOST)
		return error_set(err, COORD_EINVALID, "groups: at most %d", GENERATE_PLANS_MOST);
	for (size_t i = 0; i < c->n_plans; i++) {
		const struct generate_plan *p = &c->plans[i];

		if ((unsigned)p->structure >= STRUCTURE_COUNT ||
		    (unsigned)p->difficulty >= DIFFICULTY_COUNT)
			return error_set(
			    err, COORD_EINVALID, "group %zu: unknown structure", i + 1);
		if (p->members > 100000 || p->visits > 1000)
			return error_set(err, COORD_EINVALID,
			    "group %zu: at most 100,000 members of 1,000 visits", i + 1);
		if (!plan_ok(p))
			return error_set(err, COORD_EINVALID,
			    "group %zu: no such variant, or a quantile outside 0 .. 1", i + 1);
	}
	return COORD_OK;
}

/* What the groups came to be, as the manifest tells it. */
static enum coord_err
count_groups(struct world *w, struct coord_error *err)
{
	struct map seen = MAP_INIT; /* networks by group */
	bool full = false;

	for (size_t i = 0; i < w->config->n_plans; i++)
		w->groups[i].networks = 0;
	for (uint32_t i = 0; i < w->n_sessions; i++) {
		const struct actor *a = &w->actors[w->sessions[i].actor];
		uint32_t *network;

		if (a->group == 0)
			continue;
		w->groups[a->group - 1].sessions++;
		network = map_slot(&seen, hash_mix(a->group, a->asn));
		full = network == NULL;
		if (full)
			break;
		w->groups[a->group - 1].networks += *network == MAP_NONE;
		*network = 1;
	}
	map_clear(&seen);
	for (size_t i = 0; i < w->config->n_plans; i++)
		if (w->groups[i].sessions > 0)
			w->groups[i].share = (double)w->groups[i].sessions /
					     (w->n_sessions + (w->real == NULL ? 0 : w->real->n));
	return full ? error_set(err, COORD_ENOMEM, "generate: no memory to count the groups")
		    : COORD_OK;
}

static enum coord_err
world_fill(struct world *w, struct coord_error *err)
{
	networks_init(w);
	background_extent(w);
	if (w->real != NULL) {
		TRY(real_networks_learn(w, err));
		TRY(real_learn(w, err));
	}
	vocabulary_init(w);
	if (w->real != NULL) /* what a real background is like is not ours to say */
		w->profile = (struct generate_profile){ 0 };
	TRY(clock_init(w, err));
	if (w->real == NULL)
		background_plant(w);
	for (size_t i = 0; i < w->config->n_plans; i++) {
		struct parameters p = parameters_draw(w, i);

		family_of(w->config->plans[i].structure)->plant(w, i, &p);
	}
	TRY(world_finish(w, err));
	return count_groups(w, err);
}

/* The background is a real log: as it is, or a copy without coordination. */
static enum coord_err
take_real(struct world *w, struct coord_error *err)
{
	const struct session_table *t = w->config->real;
	int64_t last;

	if (w->config->background == BACKGROUND_NULL) {
		struct session_builder *b = session_builder_new();
		enum coord_err rc;

		if (b == NULL)
			return error_set(err, COORD_ENOMEM, "generate: no memory");
		rc = generate_decoordinate(t, w->config->seed, b, err);
		if (rc == COORD_OK)
			rc = session_builder_finish(b, &w->null_copy, NULL, err);
		session_builder_free(b);
		if (rc != COORD_OK)
			return rc;
		t = &w->null_copy;
	}
	w->real = t;
	w->start_us = t->start_us[0];
	last = t->start_us[t->n - 1];
	w->span_us = last - w->start_us < SPAN_LEAST ? SPAN_LEAST : last - w->start_us + 1;
	return COORD_OK;
}

enum coord_err
world_new(const struct generate_config *config, struct world **ret, struct coord_error *err)
{
	struct world *w;
	enum coord_err rc;

	TRY(check_config(config, err));
	w = calloc(1, sizeof(*w));
	if (w == NULL || (w->arena = arena_new(0)) == NULL) {
		free(w);
		return error_set(err, COORD_ENOMEM, "generate: no memory");
	}
	w->config = config;
	w->site = config->site == 0 ? config->seed : config->site;
	w->profile = config->profile;
	w->start_us = config->start_us == 0 ? START_DEFAULT : config->start_us;
	w->span_us = (int64_t)(config->days == 0 ? 7 : config->days) * 86400 * TIME_SECOND;
	w->sensors = config->sensors == 0 ? 1 : config->sensors;
	rc = config->background == BACKGROUND_SIMULATED ? COORD_OK : take_real(w, err);
	if (rc != COORD_OK || (rc = world_fill(w, err)) != COORD_OK) {
		world_free(w);
		return rc;
	}
	*ret = w;
	return COORD_OK;
}

void
world_free(struct world *w)
{
	if (w == NULL)
		return;
	map_clear(&w->used);
	session_table_free(&w->null_copy);
	free(w->lists);
	free(w->scripts);
	free(w->actors);
	free(w->sessions);
	arena_free(w->arena);
	free(w);
}
