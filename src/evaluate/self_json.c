/* self_json.c - the report of `coord evaluate self` as a document: the figures of the report, and one row a batch from which
 * any other can be computed. docs/self-evaluation.md describes the fields. */
#include <math.h>
#include <stdio.h>

#include "evaluate/self.h"
#include "reference/reference.h"

#define DOCUMENT_VERSION 1

static const char *const kinds[SELF_KINDS] = {
	[SELF_GRID] = "grid",
	[SELF_STRUCTURE] = "structure",
	[SELF_LOOKALIKE] = "lookalike",
	[SELF_NULL] = "null",
};

static void
put_text(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void
put_number(struct jsonw *w, const char *key, double value)
{
	jsonw_key(w, key);
	jsonw_prob(w, value);
}

static void
put_count(struct jsonw *w, const char *key, uint64_t value)
{
	jsonw_key(w, key);
	jsonw_u64(w, value);
}

static void
put_rate(struct jsonw *w, const char *key, struct binomial b)
{
	jsonw_key(w, key);
	jsonw_object(w);
	put_count(w, "hits", b.hits);
	put_count(w, "n", b.n);
	put_number(w, "rate", b.rate);
	put_number(w, "low", b.low);
	put_number(w, "high", b.high);
	jsonw_end(w);
}

static void
put_time(struct jsonw *w, const char *key, int64_t us)
{
	char text[TIME_TEXT_MAX];

	time_format(us, false, text);
	put_text(w, key, text);
}

static void
put_provenance(struct jsonw *w, const struct evaluate_self *self)
{
	const struct self_site *s = &self->site;
	char hash[65], seed[24];

	hex_of(s->table->input_sha256, 32, hash);
	(void)snprintf(seed, sizeof(seed), "%016llx", (unsigned long long)self->seed);
	put_text(w, "coord_version", COORD_VERSION);
	put_text(w, "generator_version", GENERATE_VERSION);
	jsonw_key(w, "input");
	jsonw_object(w);
	put_text(w, "sha256", hash);
	put_count(w, "sessions", s->table->n);
	put_count(w, "sources", s->sources);
	put_time(w, "from", s->first_us);
	put_time(w, "to", s->last_us);
	put_number(w, "share_ssh_telnet", s->served);
	put_number(w, "share_in_reference_span", s->overlap);
	jsonw_end(w);
	put_text(w, "reference_sha256", reference_hash(self->config.reference));
	put_text(w, "model_sha256", self_model_hash(self));
	jsonw_key(w, "procedure");
	jsonw_object(w);
	put_text(w, "seed", seed);
	put_count(w, "null_worlds", self->config.worlds);
	put_count(w, "batches", self->n_batches);
	put_count(w, "days_of_a_batch", s->days);
	put_number(w, "share_of_sources", s->share);
	put_number(w, "median_sessions", self_sessions(self));
	put_text(w, "detected", "a reported cluster with Jaccard >= 0.5 to the plant");
	put_text(w, "interval", "Clopper-Pearson, 95 %");
	jsonw_end(w);
}

static void
put_slice(struct jsonw *w, const struct evaluate_self *self, const struct self_slice *slice)
{
	struct binomial called = self_rate(self, slice, SELF_CALLED);

	put_rate(w, "found", self_rate(self, slice, SELF_FOUND));
	put_rate(w, "called", called);
	put_rate(w, "called_at_0.9", self_rate(self, slice, SELF_SURE));
	put_number(w, "median_confidence", self_confidence(self, slice));
	put_text(w, "power", self_power_name(self_power_of(called)));
}

static void
put_jitter(struct jsonw *w, const struct evaluate_self *self, const struct self_slice *slice)
{
	jsonw_key(w, "jitter_seconds");
	jsonw_f64(w, self_jitter(self, slice)); /* null: no shared times */
}

static void
put_variant(struct jsonw *w, const struct self_variant *variant)
{
	put_text(w, "difficulty", generate_difficulty_name(variant->difficulty));
	jsonw_key(w, "artefacts_removed");
	jsonw_bool(w, variant->bare);
}

/* One point of the grid; jitter -1: all spreads of times together. */
static void
put_point(struct jsonw *w, const struct evaluate_self *self, const struct self_variant *variant,
    int at, int jitter)
{
	struct self_slice s = self_slice_of(variant);

	s.members = at % SELF_MEMBERS;
	s.visits = at / SELF_MEMBERS;
	s.jitter = jitter;
	jsonw_object(w);
	put_variant(w, variant);
	put_count(w, "members", self_members[s.members]);
	put_count(w, "visits", self_visits[s.visits]);
	if (jitter >= 0)
		put_jitter(w, self, &s);
	put_slice(w, self, &s);
	jsonw_end(w);
}

/* Every difficulty, size and activity; with `jitters` every spread of times of each as well. */
static void
put_grid(struct jsonw *w, const struct evaluate_self *self, const char *key, bool jitters)
{
	jsonw_key(w, key);
	jsonw_array(w);
	for (unsigned k = 0; k < SELF_VARIANTS; k++)
		for (int at = 0; at < SELF_MEMBERS * SELF_VISITS; at++) {
			if (!jitters)
				put_point(w, self, &self_variants[k], at, -1);
			for (int j = 0; jitters && j < SELF_JITTERS; j++)
				put_point(w, self, &self_variants[k], at, j);
		}
	jsonw_end(w);
}

static void
put_structures(struct jsonw *w, const struct evaluate_self *self)
{
	jsonw_key(w, "structures");
	jsonw_array(w);
	for (int i = 0; i < STRUCTURE_COUNT * DIFFICULTY_COUNT; i++) {
		struct self_slice s = { SELF_STRUCTURE, i / DIFFICULTY_COUNT, i % DIFFICULTY_COUNT,
			-1, -1, -1, false, false };

		if (self_rate(self, &s, SELF_CALLED).n == 0)
			continue;
		jsonw_object(w);
		put_text(
		    w, "structure", generate_structure_name((enum generate_structure)s.structure));
		put_text(w, "difficulty",
		    generate_difficulty_name((enum generate_difficulty)s.difficulty));
		put_slice(w, self, &s);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
put_alarms_of(struct jsonw *w, const struct evaluate_self *self, const struct self_slice *s)
{
	put_rate(w, "at_0.9", self_rate(self, s, SELF_ALARM_SURE));
	put_rate(w, "at_any", self_rate(self, s, SELF_ALARM));
}

/* Do the tests hold their level on what was planted as independent? Of those that a kind's groups have in common (HN1: words),
 * no; of the others, as often as chance. "at_floor": p is 0.05, below which surrogates without a background claim nothing. */
static void
put_levels(struct jsonw *w, const struct evaluate_self *self, enum generate_structure structure)
{
	jsonw_key(w, "channels");
	jsonw_object(w);
	for (unsigned c = 0; c < CHANNEL_COUNT; c++) {
		uint32_t tested = 0, below = 0, at = 0;

		for (uint32_t i = 0; i < self->n_batches; i++) {
			const struct self_batch *b = &self->batches[i];
			const struct self_cell *cell = &self->cells[b->cell];

			if (cell->kind != SELF_LOOKALIKE || cell->plan.structure != structure)
				continue;
			for (uint32_t k = 0; k < b->n_seen; k++) {
				double p = b->seen[k].p[c];

				tested += isnan(p) ? 0 : 1;
				below += p < 0.05 - 1e-9;
				at += fabs(p - 0.05) <= 1e-9;
			}
		}
		if (tested == 0)
			continue;
		jsonw_key(w, detect_channel_name((enum detect_channel)c));
		jsonw_object(w);
		put_count(w, "groups", tested);
		put_count(w, "below_0.05", below);
		put_count(w, "at_floor", at);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
put_alarms(struct jsonw *w, const struct evaluate_self *self)
{
	struct self_slice s = { SELF_NULL, -1, -1, -1, -1, -1, false, false };

	jsonw_key(w, "false_alarms");
	jsonw_object(w);
	jsonw_key(w, "without_coordination");
	jsonw_object(w);
	put_alarms_of(w, self, &s);
	jsonw_end(w);
	s.kind = SELF_LOOKALIKE;
	jsonw_key(w, "lookalikes");
	jsonw_array(w);
	for (s.structure = 0; s.structure < STRUCTURE_COUNT; s.structure++) {
		if (self_rate(self, &s, SELF_ALARM).n == 0)
			continue;
		jsonw_object(w);
		put_text(
		    w, "structure", generate_structure_name((enum generate_structure)s.structure));
		put_alarms_of(w, self, &s);
		put_levels(w, self, (enum generate_structure)s.structure);
		jsonw_end(w);
	}
	jsonw_end(w);
	put_number(w, "other_findings_a_batch", self_other_findings(self));
	jsonw_end(w);
}

static void
put_minimum(struct jsonw *w, const struct evaluate_self *self)
{
	jsonw_key(w, "recommended_minimum");
	jsonw_array(w);
	for (unsigned k = 0; k < SELF_VARIANTS; k++) {
		unsigned members, visits;
		struct binomial rate;

		jsonw_object(w);
		put_variant(w, &self_variants[k]);
		if (self_minimum(self, &self_variants[k], &members, &visits, &rate)) {
			put_count(w, "members", members);
			put_count(w, "visits", visits);
			put_rate(w, "called", rate);
		}
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
put_batch(struct jsonw *w, const struct evaluate_self *self, const struct self_batch *b)
{
	const struct self_cell *c = &self->cells[b->cell];
	char seed[24], alarm[SELF_ALARM_NAME_MAX];

	(void)snprintf(seed, sizeof(seed), "%016llx", (unsigned long long)b->seed);
	jsonw_object(w);
	put_text(w, "kind", kinds[c->kind]);
	put_text(w, "seed", seed);
	put_time(w, "from", b->from_us);
	put_count(w, "sessions", b->sessions);
	put_count(w, "sources", b->sources);
	put_count(w, "clusters", b->clusters);
	if (c->kind != SELF_NULL) {
		put_text(w, "structure", generate_structure_name(c->plan.structure));
		put_text(w, "difficulty", generate_difficulty_name(c->plan.difficulty));
		put_count(w, "members", b->group.members);
		put_count(w, "visits", b->group.visits);
		jsonw_key(w, "jitter_seconds");
		jsonw_f64(w, b->group.synchronised > 0 ? b->group.jitter_s : NAN);
		put_text(w, "artefact", b->group.artefact);
		put_text(w, "wordlist", b->group.wordlist);
		jsonw_key(w, "artefacts_removed");
		jsonw_bool(w, c->bare);
	}
	put_number(w, "jaccard", b->jaccard);
	put_number(w, "confidence", b->confidence);
	jsonw_key(w, "called");
	jsonw_bool(w, b->called);
	put_count(w, "other_called", b->wrong_called);
	put_count(w, "other_called_at_0.9", b->wrong_sure);
	if (self_alarm_name(self, b, alarm))
		put_text(w, "alarm", alarm);
	jsonw_end(w);
}

void
evaluate_self_json(const struct evaluate_self *self, struct buf *out)
{
	struct arena *arena = arena_new(1 << 16);
	struct jsonw writer = jsonw_init(out, true), *w = &writer;
	const char *caveat;

	jsonw_object(w);
	put_count(w, "self_evaluation", DOCUMENT_VERSION);
	put_provenance(w, self);
	put_grid(w, self, "power", false);
	put_grid(w, self, "cells", true);
	put_structures(w, self);
	put_alarms(w, self);
	put_minimum(w, self);
	jsonw_key(w, "caveats");
	jsonw_array(w);
	for (size_t i = 0; arena != NULL && (caveat = self_caveat(self, i, arena)) != NULL; i++)
		jsonw_str(w, caveat);
	jsonw_end(w);
	jsonw_key(w, "batches");
	jsonw_array(w);
	for (uint32_t i = 0; i < self->n_batches; i++)
		put_batch(w, self, &self->batches[i]);
	jsonw_end(w);
	jsonw_end(w);
	buf_add_char(out, '\n');
	arena_free(arena);
}
