/* narrate.c - a result told by a model. It is asked without attacker text first; what stands up of that is safe to show, and its words are the ones that may be
 * used. Then it is asked with excerpts: that telling, which can say more, is taken only when it claims the same, repeats nothing of an attacker's and uses
 * no other words. When the first does not stand up there is the template. */
#include "llm/check.h"
#include "llm/make.h"
#include "llm/prompt.h"
#include "llm/server.h"

enum { SENTENCES_LEAST = 2, ANSWER_DEPTH = 16 };

/** One telling: what was left of an answer. */
struct telling {
	struct making *making;
	struct llm_reply reply;
	struct narrative_dropped dropped;
	bool contradicted; /* it repeats another verdict than the document's */
	bool answered;
};

struct story {
	struct llm *llm;
	struct llm_call call;
	struct arena *arena;
	struct evidence_list list;
	struct checker checker;
	struct sv question;        /* SV_NONE: a narrative */
	struct telling safe, open; /* without and with attacker text */
};

/* --- reading an answer ------------------------------------------------------------------------------------------------------------ */

static void
count_why(struct narrative_dropped *dropped, enum check_why why)
{
	switch (why) {
	case CHECK_HOLDS:
		break;
	case CHECK_CHARACTER:
		dropped->character++;
		break;
	case CHECK_UNCITED:
		dropped->uncited++;
		break;
	case CHECK_NUMBER:
		dropped->number++;
		break;
	case CHECK_CLAIM:
		dropped->claim++;
		break;
	case CHECK_QUOTE:
		dropped->quote++;
		break;
	case CHECK_WORD:
		dropped->word++;
		break;
	}
}

static size_t
read_ids(struct json_value list, struct sv ids[CITED_MOST])
{
	struct json_iter each = json_each(list);
	struct json_value id;
	size_t n = 0;

	while (n < CITED_MOST && json_next(&each, &id))
		n += json_string(id, &ids[n]);
	return n;
}

static struct json_value
at(struct json_value object, const char *key)
{
	return json_get(object, sv_from(key));
}

static void
read_sentence(struct story *s, struct telling *t, struct json_value sentence)
{
	CLEANUP(buf_clear) struct buf plain = BUF_INIT(4 * SENTENCE_MOST);
	struct sv ids[CITED_MOST], text = SV("");
	size_t n = read_ids(at(sentence, "evidence"), ids);
	enum check_why why = CHECK_CHARACTER;

	(void)json_string(at(sentence, "text"), &text);
	if (check_plain(text, &plain))
		why = check_sentence(&s->checker, buf_sv(&plain), ids, &n);
	count_why(&t->dropped, why);
	if (why == CHECK_HOLDS)
		making_sentence(t->making, buf_sv(&plain), ids, n);
}

static void
read_group(struct story *s, struct telling *t, struct json_value group)
{
	CLEANUP(buf_clear) struct buf plain = BUF_INIT(4 * SENTENCE_MOST);
	struct sv id = SV_NONE, verdict = SV_NONE, name = SV_NONE;
	const struct evidence *campaign;

	(void)json_string(at(group, "id"), &id);
	(void)json_string(at(group, "verdict"), &verdict);
	(void)json_string(at(group, "name"), &name);
	campaign = evidence_find(&s->list, id);
	if (campaign == NULL || campaign->kind != EVIDENCE_CAMPAIGN)
		return;
	if (!sv_eq(verdict, evidence_text_at(campaign->value, "verdict")))
		t->contradicted = true;
	if (check_plain(name, &plain) && check_name(&s->checker, buf_sv(&plain)) &&
	    check_claims(&s->list, buf_sv(&plain), &id, 1))
		names_replace(t->making, id, buf_sv(&plain));
}

static void
read_hypothesis(struct story *s, struct telling *t, struct json_value hypothesis)
{
	struct sv ids[CITED_MOST], id = SV_NONE, kind = SV_NONE;
	size_t n = read_ids(at(hypothesis, "evidence"), ids), kept = 0;
	const struct evidence *campaign;
	const struct hypothesis_rule *rule;

	(void)json_string(at(hypothesis, "campaign"), &id);
	(void)json_string(at(hypothesis, "kind"), &kind);
	campaign = evidence_find(&s->list, id);
	if (campaign == NULL || campaign->kind != EVIDENCE_CAMPAIGN)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct evidence *of = evidence_find(&s->list, ids[i]);

		if (of != NULL && of->campaign == campaign->campaign)
			ids[kept++] = ids[i];
	}
	if (kept == 0)
		ids[kept++] = id;
	for (size_t i = 0; (rule = hypothesis_at(i)) != NULL; i++)
		if (sv_eq(kind, sv_from(rule->kind)))
			(void)hypothesis_add(t->making, i, campaign, ids, kept);
}

static void
read_list(struct story *s, struct telling *t, struct json_value list,
    void (*read)(struct story *s, struct telling *t, struct json_value value))
{
	struct json_iter each = json_each(list);
	struct json_value value;

	while (json_next(&each, &value))
		read(s, t, value);
}

static bool
read_answer(struct story *s, struct telling *t)
{
	struct json_parser *parser = json_parser_new(CONTENT_MOST, ANSWER_DEPTH);
	struct json_value root;

	t->making = ARENA_NEW(s->arena, struct making);
	if (parser == NULL || t->making == NULL ||
	    json_parse(parser, t->reply.json.data, t->reply.json.len, false, &root, NULL) !=
		COORD_OK) {
		json_parser_free(parser);
		return false;
	}
	t->making->arena = s->arena;
	t->making->list = &s->list;
	if (s->question.data == NULL) {
		names_make(t->making);
		hypotheses_make(t->making);
	}
	read_list(s, t, at(root, "sentences"), read_sentence);
	if (s->question.data == NULL) {
		read_list(s, t, at(root, "groups"), read_group);
		read_list(s, t, at(root, "hypotheses"), read_hypothesis);
	}
	json_parser_free(parser);
	return !t->making->full;
}

/* --- asking ------------------------------------------------------------------------------------------------------------------------ */

static bool
tell(struct story *s, struct telling *t, bool excerpts)
{
	const struct config *config = s->llm->config;
	struct prompt_wish wish = { .list = &s->list,
		.excerpts = excerpts,
		.question = s->question,
		.context = config->llm_context,
		.answer = config->llm_answer };
	struct llm_question question;
	struct prompt prompt;

	s->checker.words_count = excerpts;
	if (prompt_make(&wish, &prompt, NULL) == COORD_OK) {
		question = (struct llm_question){ .system = buf_sv(&prompt.system),
			.user = buf_sv(&prompt.user),
			.schema = buf_sv(&prompt.schema),
			.key_text = buf_sv(&prompt.key_text),
			.canary = sv_from(prompt.canary) };
		t->answered =
		    question_ask(&s->call, &question, s->arena, &t->reply) && read_answer(s, t);
	} else {
		s->call.failure = LLM_PROMPT_CUT;
	}
	prompt_clear(&prompt);
	return t->answered;
}

/** What may be used by a telling that saw attacker text: the words of one that did not. */
static void
learn_words(struct story *s)
{
	const struct making *m = s->safe.making;

	for (size_t i = 0; i < m->n_sentences; i++)
		word_set_add(&s->checker.known, m->sentences[i].text);
	word_set_add(&s->checker.known, s->question);
}

/* --- judging ----------------------------------------------------------------------------------------------------------------------- */

static bool
is_cited(const struct story *s, const struct making *m, const struct evidence *campaign)
{
	for (size_t i = 0; i < m->n_sentences; i++)
		for (size_t k = 0; k < m->sentences[i].n_evidence; k++) {
			const struct evidence *e =
			    evidence_find(&s->list, m->sentences[i].evidence[k]);

			if (e != NULL && e->campaign == campaign->campaign)
				return true;
		}
	return false;
}

/** Enough is left: of a narrative two sentences, and something of the strongest group; of an answer to a question one. */
static bool
is_enough(const struct story *s, const struct telling *t)
{
	if (!t->answered || t->making->n_sentences == 0)
		return false;
	if (s->question.data != NULL)
		return true;
	if (t->making->n_sentences < SENTENCES_LEAST || t->contradicted)
		return false;
	for (size_t i = 0; i < s->list.n; i++)
		if (s->list.items[i].kind == EVIDENCE_CAMPAIGN)
			return is_cited(s, t->making, &s->list.items[i]);
	return false;
}

/** The telling with attacker text says what the one without does, and nothing else: else somebody may have spoken to it. */
static bool
agree(const struct story *s)
{
	const struct telling *a = &s->safe, *b = &s->open;

	return !b->reply.suspicious && !b->contradicted && b->dropped.quote == 0 &&
	       b->dropped.claim <= a->dropped.claim &&
	       b->dropped.character <= a->dropped.character &&
	       b->dropped.word <= b->making->n_sentences;
}

/* --- what comes of it ---------------------------------------------------------------------------------------------------------------- */

static enum narrative_status
status_of(enum llm_failure failure)
{
	return failure == LLM_NONE || llm_failure_is_of_answer(failure) ? NARRATIVE_MALFORMED
									: NARRATIVE_UNAVAILABLE;
}

static void
count_fates(const struct story *s, const struct narrative *n)
{
	struct metrics *metrics = s->llm->metrics;
	const struct {
		const char *label;
		double n;
	} fates[] = { { "kept", (double)n->n_sentences }, { "uncited", n->dropped.uncited },
		{ "number", n->dropped.number }, { "claim", n->dropped.claim },
		{ "quote", n->dropped.quote }, { "character", n->dropped.character },
		{ "word", n->dropped.word } };

	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
		metrics_add(metrics, METRIC_LLM_SENTENCES, fates[i].label, NULL, fates[i].n);
}

static enum coord_err
end_with(struct story *s, struct telling *t, enum narrative_source source,
    enum narrative_status status, const char *reason, struct narrative *ret,
    struct coord_error *err)
{
	struct narrative n = { .source = source,
		.status = status,
		.reason = sv_from(reason),
		.model = t->reply.model,
		.server = sv_from(t->reply.kind),
		.digest = t->reply.digest,
		.cached = t->reply.cached,
		.dropped = t->dropped };

	TRY(making_end(t->making, &n, err));
	*ret = n;
	(void)s;
	return COORD_OK;
}

/** The template's sentences that share the most words with the question; all when none does. */
static void
choose_sentences(struct making *m, struct sv question)
{
	struct word_set asked = { .failed = false };
	unsigned scores[SENTENCES_MOST] = { 0 }, best = 0;
	size_t kept = 0;

	word_set_add(&asked, question);
	for (size_t i = 0; i < m->n_sentences; i++) {
		struct sv rest = m->sentences[i].text;

		while (rest.data != NULL) {
			struct sv word = sv_cut(&rest, ' ');
			CLEANUP(buf_clear) struct buf lower = BUF_INIT(64);

			for (size_t k = 0; k < word.len && k < 60; k++)
				if ((word.data[k] | 0x20) >= 'a' && (word.data[k] | 0x20) <= 'z')
					buf_add_char(&lower, (char)(word.data[k] | 0x20));
			scores[i] += lower.len > 3 && word_set_has(&asked, buf_sv(&lower));
		}
		best = scores[i] > best ? scores[i] : best;
	}
	for (size_t i = 0; i < m->n_sentences; i++)
		if (scores[i] == best)
			m->sentences[kept++] = m->sentences[i];
	m->n_sentences = kept;
	word_set_clear(&asked);
}

static enum coord_err
end_with_template(struct story *s, enum narrative_status status, const char *reason,
    struct narrative *ret, struct coord_error *err)
{
	struct telling t = { .making = ARENA_NEW(s->arena, struct making) };

	if (t.making == NULL)
		return error_set(err, COORD_ELIMIT, "narrative: too large for its memory");
	t.making->arena = s->arena;
	t.making->list = &s->list;
	t.dropped = s->safe.dropped;
	template_make(t.making);
	if (s->question.data != NULL) {
		choose_sentences(t.making, s->question);
		t.making->n_names = 0;
	} else {
		hypotheses_make(t.making);
	}
	return end_with(s, &t, NARRATIVE_TEMPLATE, status, reason, ret, err);
}

static enum coord_err
run(struct story *s, struct narrative *ret, struct coord_error *err)
{
	const struct config *config = s->llm->config;
	bool excerpts = config->llm_excerpts && !s->llm->remote;

	if (!tell(s, &s->safe, false))
		return end_with_template(
		    s, status_of(s->call.failure), llm_failure_text(s->call.failure), ret, err);
	if (!is_enough(s, &s->safe))
		return end_with_template(s, NARRATIVE_UNSUPPORTED,
		    "too few of the model's sentences stood up to the result", ret, err);
	if (!excerpts)
		return end_with(s, &s->safe, NARRATIVE_REDACTED, NARRATIVE_DONE, NULL, ret, err);
	learn_words(s);
	if (!tell(s, &s->open, true))
		return end_with(s, &s->safe, NARRATIVE_REDACTED, NARRATIVE_DONE,
		    llm_failure_text(s->call.failure), ret, err);
	if (!agree(s))
		return end_with(s, &s->safe, NARRATIVE_REDACTED, NARRATIVE_DISAGREEMENT,
		    "with attacker text the model told something else", ret, err);
	if (!is_enough(s, &s->open))
		return end_with(s, &s->safe, NARRATIVE_REDACTED, NARRATIVE_DONE,
		    "too little stood up of what the model told with attacker text", ret, err);
	return end_with(s, &s->open, NARRATIVE_MODEL, NARRATIVE_DONE, NULL, ret, err);
}

static bool
is_suspicious(const struct story *s)
{
	return s->open.reply.suspicious || (s->open.answered && !agree(s));
}

static bool
has_coordinated(const struct evidence_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].kind == EVIDENCE_CAMPAIGN &&
		    (list->items[i].verdict & (VERDICT_BIT_CAMPAIGN | VERDICT_BIT_SINGLE)) != 0)
			return true;
	return false;
}

static enum coord_err
begin(struct llm *llm, struct sv document, struct sv question, const volatile bool *cancel,
    struct arena *arena, struct narrative *ret, struct coord_error *err)
{
	struct story *s = ARENA_NEW(arena, struct story);
	enum coord_err rc;

	if (s == NULL)
		return error_set(err, COORD_ELIMIT, "narrative: too large for its memory");
	s->llm = llm;
	s->arena = arena;
	s->question = question;
	TRY(evidence_read(document, arena, &s->list, err));
	if (!llm_is_configured(llm))
		return end_with_template(s, NARRATIVE_NO_MODEL, NULL, ret, err);
	if (question.data == NULL && !has_coordinated(&s->list))
		return end_with_template(s, NARRATIVE_NOTHING, NULL, ret, err);
	s->call = (struct llm_call){ .llm = llm,
		.cancel = cancel,
		.deadline_us = clock_steady() + llm->config->llm_budget };
	checker_init(&s->checker, &s->list);
	rc = run(s, ret, err);
	checker_clear(&s->checker);
	if (rc != COORD_OK)
		return rc;
	ret->injection_suspected = is_suspicious(s);
	count_fates(s, ret);
	metrics_add(llm->metrics, METRIC_LLM_NARRATIVES, narrative_source_name(ret->source),
	    narrative_status_name(ret->status), 1);
	return COORD_OK;
}

enum coord_err
llm_narrate(struct llm *llm, struct sv document, const volatile bool *cancel, struct arena *arena,
    struct narrative *ret, struct coord_error *err)
{
	return begin(llm, document, SV_NONE, cancel, arena, ret, err);
}

enum coord_err
llm_ask(struct llm *llm, struct sv document, struct sv question, const volatile bool *cancel,
    struct arena *arena, struct narrative *ret, struct coord_error *err)
{
	if (sv_trim(question).len == 0)
		return error_set(err, COORD_EINVALID, "no question was asked");
	return begin(llm, document, sv_trim(question), cancel, arena, ret, err);
}
