/* tool_coordinator.c - what is asked of whom: plans the look-ups that could change the verdict, and where the site wants it (COORD_APPROVE_LOOKUPS) asks a person
 * before anything leaves. The three branches behind it ask, each answer is recorded at once, so that a run that was killed asks nobody twice. */
#include "services/run.h"

enum {
	ROUNDS_MOST = 4,
	KEYS_SHOWN = 100,
	ALL_BRANCHES = 1 << BRANCH_BGP | 1 << BRANCH_GEO | 1 << BRANCH_INTEL
};

static bool
may_ask(const struct run *run)
{
	return run->request->tools == SERVICES_ONLINE && run->world->tools != NULL &&
	       tools_count(run->world->tools) > 0 && run->request->config.depth != DEPTH_MINIMAL;
}

/* What would leave the site, for who has to approve it. */
static void
write_question(const struct tools_plan *plan, struct buf *out)
{
	struct jsonw w = jsonw_init(out, false);

	jsonw_object(&w);
	jsonw_key(&w, "question");
	jsonw_str(&w, "May these be asked of services outside? Answer yes or no.");
	jsonw_key(&w, "lookups");
	jsonw_u64(&w, plan->n);
	jsonw_key(&w, "leaves");
	jsonw_array(&w);
	for (size_t i = 0; i < plan->n && i < KEYS_SHOWN; i++) {
		jsonw_object(&w);
		jsonw_key(&w, "provider");
		jsonw_str(&w, plan->lookups[i].provider);
		jsonw_key(&w, "kind");
		jsonw_str(&w, tools_kind_name(plan->lookups[i].question.kind));
		jsonw_key(&w, "key");
		jsonw_sv(&w, plan->lookups[i].question.text);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	jsonw_key(&w, "answers");
	jsonw_array(&w);
	jsonw_str(&w, "yes");
	jsonw_str(&w, "no");
	jsonw_end(&w);
	jsonw_end(&w);
}

static enum coord_err
approve(
    struct workflow_step *step, const struct tools_plan *plan, bool *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf question = BUF_INIT(1 << 20);
	struct sv answer = SV_NONE;

	write_question(plan, &question);
	TRY(workflow_interrupt(step, SV("lookups"), buf_sv(&question), &answer, err));
	*ret =
	    sv_eq(answer, SV("yes")) || sv_eq(answer, SV("\"yes\"")) || sv_eq(answer, SV("true"));
	return COORD_OK;
}

static enum coord_err
decide(struct workflow_step *step, size_t planned, size_t wanted, bool ask, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 12);
	struct jsonw w = jsonw_init(&text, false);

	jsonw_object(&w);
	jsonw_key(&w, "ask");
	jsonw_bool(&w, ask);
	jsonw_key(&w, "planned");
	jsonw_u64(&w, planned);
	jsonw_key(&w, "wanted");
	jsonw_u64(&w, wanted);
	jsonw_end(&w);
	return workflow_set(step, "lookups", buf_sv(&text), err);
}

enum coord_err
node_tool_coordinator(struct workflow_step *step, struct coord_error *err)
{
	struct run *run = workflow_context(step);
	CLEANUP(arena_release) struct arena *arena = arena_new(0);
	const struct tools_case *about;
	struct tools_plan plan = { .n = 0 };
	bool ask;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for look-ups");
	if (!may_ask(run)) {
		workflow_decide(step, "nobody is asked");
		return decide(step, 0, 0, false, err);
	}
	TRY(run_case(run, step, &about, err));
	TRY(tools_plan(run->world->tools, about, ALL_BRANCHES, NULL, 0, arena, &plan, err));
	ask = plan.n > 0;
	if (ask && run->request->approve)
		TRY(approve(step, &plan, &ask, err));
	workflow_decide(step, "%zu of %zu look-ups%s", plan.n, plan.wanted,
	    plan.n > 0 && !ask ? ", which were not approved" : "");
	return decide(step, plan.n, plan.wanted, ask, err);
}

/* --- the branches ------------------------------------------------------------------------------------------------------------ */

struct branch {
	struct run *run;
	struct workflow_step *step;
	enum tools_branch branch;
	const struct tools_case *about;
	struct arena *arena;
	struct tools_answer *answers; /* all so far */
	size_t n;
};

/* The provider is in the key ("isc/ip/198.51.100.7"). */
static struct sv
provider_of(struct sv key)
{
	struct sv rest = key;

	return sv_cut(&rest, '/');
}

static bool
recall(void *context, struct sv key, struct arena *arena, struct sv *ret)
{
	const struct branch *b = context;
	struct workflow_effect effect;
	const char *copy;

	if (workflow_recall(b->step, provider_of(key), key, &effect, NULL) != COORD_OK)
		return false;
	copy = arena_strdup(arena, effect.value);
	*ret = (struct sv){ copy, copy == NULL ? 0 : effect.value.len };
	return copy != NULL;
}

static enum coord_err
record(void *context, struct sv key, struct sv answer, struct coord_error *err)
{
	const struct branch *b = context;
	struct workflow_effect effect = {
		.provider = provider_of(key), .key = key, .value = answer
	};

	return workflow_record(b->step, &effect, err);
}

static enum coord_err
ask_once(struct branch *b, const struct tools_plan *plan, struct coord_error *err)
{
	struct sv subject = sv_from(b->run->request->analysis);
	struct tools_ask_options options = { .actor = SV("system"),
		.subject = subject,
		.ask_about = b->about,
		.recall = recall,
		.record = record,
		.context = b };
	struct tools_answer *more,
	    *all = ARENA_ARRAY(b->arena, b->n + plan->n, struct tools_answer);

	if (all == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for answers");
	TRY(tools_ask(
	    b->run->world->tools, plan->lookups, plan->n, &options, b->arena, &more, err));
	if (b->n > 0)
		memcpy(all, b->answers, b->n * sizeof(*all));
	memcpy(all + b->n, more, plan->n * sizeof(*all));
	b->answers = all;
	b->n += plan->n;
	return COORD_OK;
}

/* Planned again with the answers, until there is nothing left that they make worth asking. */
static enum coord_err
ask_all(struct branch *b, struct coord_error *err)
{
	for (unsigned round = 0; round < ROUNDS_MOST; round++) {
		struct tools_plan plan = { .n = 0 };

		TRY(tools_plan(b->run->world->tools, b->about, 1u << b->branch, b->answers, b->n,
		    b->arena, &plan, err));
		if (plan.n == 0)
			break;
		TRY(ask_once(b, &plan, err));
		if (workflow_cancelled(b->step))
			return error_set(err, COORD_ECANCELLED, "the analysis was cancelled");
		workflow_progress(b->step, NULL, (round + 1.0) / ROUNDS_MOST);
	}
	return COORD_OK;
}

static enum coord_err
run_branch(struct workflow_step *step, enum tools_branch branch, const char *field,
    struct coord_error *err)
{
	CLEANUP(arena_release) struct arena *arena = arena_new(0);
	CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)64 << 20);
	struct branch b = {
		.run = workflow_context(step), .step = step, .branch = branch, .arena = arena
	};
	size_t hits = 0;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for answers");
	TRY(run_case(b.run, step, &b.about, err));
	TRY(ask_all(&b, err));
	for (size_t i = 0; i < b.n; i++) {
		hits += b.answers[i].outcome == LOOKUP_HIT;
		b.answers[i].recalled =
		    false; /* so that a run that was interrupted has the same state */
	}
	workflow_decide(step, "%zu answers, %zu hits", b.n, hits);
	answers_write(b.answers, b.n, &text);
	return workflow_set(step, field, buf_sv(&text), err);
}

enum coord_err
node_bgp(struct workflow_step *step, struct coord_error *err)
{
	return run_branch(step, BRANCH_BGP, "bgp", err);
}

enum coord_err
node_geo(struct workflow_step *step, struct coord_error *err)
{
	return run_branch(step, BRANCH_GEO, "geo", err);
}

enum coord_err
node_intel(struct workflow_step *step, struct coord_error *err)
{
	return run_branch(step, BRANCH_INTEL, "intel", err);
}
