/* background.c - mode S: independent actors. Each picks tool, wordlist, script, network and time zone by popularity,
 * lives for a while, and comes in clumps of sessions whose number is geometric. How many sessions a source makes is
 * log-normal. Nothing here looks at any other actor. */
#include "generate/world.h"

#include <math.h>
#include <stdlib.h>

#define ENTERED_SHARE 0.5 /* of actors that ever get in */

static void
pick_words(struct world *w, struct actor *a, struct rng *rng)
{
	static const uint8_t uses[] = { LIST_WALK, LIST_WALK, LIST_WALK, LIST_SUBSET, LIST_SUBSET,
		LIST_ZIPF, LIST_ZIPF, LIST_ZIPF, LIST_HALF, LIST_HALF };
	uint32_t how = rng_below(rng, sizeof(uses));

	a->list_use = uses[how];
	a->list = rng_below(rng, 4) < 3 ? w->tools[a->tool].list : rng_below(rng, LISTS_PUBLIC);
	a->list_stride = 1;
	a->list_offset = how == 2 ? rng_below(rng, w->lists[a->list].n) : 0;
}

/* Half run the script that came with the tool, some a public one, one in 400 the popular one with its public payload,
 * some their own with an artefact of their own. Popular as it is, a batch of some hundred sources seldom holds two of its
 * users, a month of reference many. */
static void
pick_script(struct world *w, struct actor *a, struct rng *rng)
{
	bool telnet = w->tools[a->tool].service == SERVICE_TELNET;
	struct payload payload = { .mode = PAYLOAD_ONE };
	struct script own;
	uint32_t how = rng_below(rng, 10);

	if (how < 5) {
		a->script = w->tools[a->tool].script;
		return;
	}
	if (how < 8) {
		a->script = draw_share(w->script_shares, SCRIPTS_PUBLIC, rng);
		if (how == 7 && !telnet && rng_below(rng, 40) == 0)
			a->script = SCRIPT_POPULAR;
		return;
	}
	payload.salt = rng_u64(rng);
	payload.mode = rng_below(rng, 2) ? PAYLOAD_ONE : PAYLOAD_NONE;
	own = vocabulary_script(w, 2 + rng_below(rng, 8), payload, telnet, rng);
	if (!telnet && rng_below(rng, 3) == 0)
		own.lines[own.n++] = vocabulary_key_line(w, rng_u64(rng));
	a->script = world_add_script(w, &own);
}

/* Most know all sensors, some one. */
static uint8_t
pick_sensors(const struct world *w, struct rng *rng)
{
	return (uint8_t)(rng_below(rng, 3) ? 0xff : 1u << rng_below(rng, w->sensors));
}

struct actor
background_actor(struct world *w, struct rng *rng)
{
	static const uint8_t attempts[] = { 0, 0, 1, 1, 1, 2, 3, 3, 4, 6 };
	struct actor a = { .tool = draw_share(w->tool_shares, TOOLS, rng) };
	uint32_t network = network_draw(w, rng);

	a.asn = network_asn(network);
	a.source = network_address(w, network, NO_INDEX, rng);
	a.zone = (uint8_t)draw_share(w->zone_shares, ZONES, rng);
	a.script = NO_INDEX;
	if (w->newcomers != NULL) {
		a.sensor_mask = pick_sensors(w, rng);
		newcomer_habits(w, &a, rng);
		return a;
	}
	a.attempts = attempts[rng_below(rng, sizeof(attempts))];
	if (rng_uniform(rng) < ENTERED_SHARE)
		a.success_pct = (uint8_t)(10 + rng_below(rng, 80));
	a.sensor_mask = pick_sensors(w, rng);
	pick_words(w, &a, rng);
	if (a.success_pct > 0)
		pick_script(w, &a, rng);
	return a;
}

static uint32_t
geometric(double mean, struct rng *rng)
{
	double u = 1.0 - rng_uniform(rng);

	return mean <= 1.0 ? 1 : 1 + (uint32_t)fmin(log(u) / log1p(-1.0 / mean), 1e6);
}

/* Sessions of each source: log-normal, scaled so that they add up. */
static uint64_t
total_at(const double *weights, uint32_t n, double scale)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += 1 + (uint64_t)(weights[i] * scale);
	return sum;
}

static double
find_scale(const double *weights, uint32_t n, uint64_t want)
{
	double low = 0.0, high = (double)want;

	for (int i = 0; i < 60; i++) {
		double mid = 0.5 * (low + high);

		if (total_at(weights, n, mid) < want)
			low = mid;
		else
			high = mid;
	}
	return high;
}

/* A time when the actor's stratum is active, between two offsets into the span. Where there is no such time, any early
 * one: many visits put on one instant would look like coordination. */
static int64_t
draw_visit(const struct world *w, const struct actor *a, double from, double to, struct rng *rng)
{
	if (to <= from)
		return w->start_us + (int64_t)(rng_uniform(rng) * fmax(to, 60e6));
	return clock_draw(
	    w, a->tool, a->zone, w->start_us + (int64_t)from, w->start_us + (int64_t)to, rng);
}

/* A source's visits: clumps at times when its stratum is active, within its own lifetime. */
static void
plant_visits(struct world *w, uint32_t actor, uint32_t sessions, double clump_mean)
{
	struct rng rng = rng_at(w->config->seed, STAGE_TIMES, 0, actor);
	double life = 1.5 * exp(rng_normal(&rng)) * 86400e6;
	double from, to;
	const struct actor a = w->actors[actor];

	life = fmin(life, (double)w->span_us);
	from = rng_uniform(&rng) * ((double)w->span_us + life) - life;
	to = fmin(from + life, (double)w->span_us);
	from = fmax(from, 0.0);
	if (to - from < 600e6) {
		from = 0.0;
		to = (double)w->span_us;
	}
	while (sessions > 0 && !w->failed) {
		uint32_t clump = geometric(clump_mean, &rng);
		double last;

		clump = clump < sessions ? clump : sessions;
		/* room for the clump before the end of the span, or some of its sessions would be lost */
		last = (double)w->span_us - 60e6 - 15e6 * clump;
		world_add_visit(
		    w, actor, draw_visit(w, &a, from, fmin(to, last), &rng), clump, &rng);
		sessions -= clump;
	}
}

/* How much of everything a simulated background has. */
void
background_extent(struct world *w)
{
	w->n_tools = TOOLS;
	w->tool_leaked = 3;
	w->n_credentials = CREDENTIALS;
	w->n_networks = NETWORKS;
}

void
background_plant(struct world *w)
{
	uint32_t n = w->config->sources;
	struct rng rng = rng_at(w->site, STAGE_PARAMETERS, 0, 0);
	double drawn = 0.9 + 0.5 * rng_uniform(&rng);
	double sigma = w->profile.sigma > 0.0 ? w->profile.sigma : drawn;
	double *weights = malloc(((size_t)n + 1) * sizeof(*weights));
	double scale, clump_mean;

	w->profile.sigma = sigma;
	if (weights == NULL) {
		w->failed = true;
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		rng = rng_at(w->config->seed, STAGE_WEIGHT, 0, i);
		weights[i] = exp(sigma * rng_normal(&rng));
	}
	scale = n == 0 ? 0.0 : find_scale(weights, n, w->config->sessions);
	clump_mean = n == 0 ? 1.0 : (double)w->config->sessions / n / 3.0;
	clump_mean = fmax(1.5, fmin(clump_mean, 15.0));
	for (uint32_t i = 0; i < n && !w->failed; i++) {
		struct actor a;
		uint32_t actor;

		rng = rng_at(w->config->seed, STAGE_ACTOR, 0, i);
		a = background_actor(w, &rng);
		actor = world_add_actor(w, &a);
		if (actor != NO_INDEX)
			plant_visits(w, actor, 1 + (uint32_t)(weights[i] * scale), clump_mean);
	}
	free(weights);
}
