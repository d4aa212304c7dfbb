/* make.h - making a narrative: growing lists of sentences in an arena, names, hypotheses (private to llm/). */
#ifndef COORD_LLM_MAKE_H
#define COORD_LLM_MAKE_H

#include "llm/evidence.h"
#include "llm/llm.h"

enum { SENTENCES_MOST = 64, CITED_MOST = 12, HYPOTHESES_MOST = 32, QUESTIONS_MOST = 8 };

/** A narrative that is being made; `full`: the arena was, and what came after is lost. */
struct making {
	struct arena *arena;
	const struct evidence_list *list;
	struct narrative_sentence sentences[SENTENCES_MOST];
	size_t n_sentences;
	struct narrative_name *names; /* one a campaign that has one */
	size_t n_names;
	struct narrative_hypothesis hypotheses[HYPOTHESES_MOST];
	size_t n_hypotheses;
	bool full;
};

/** A copy in the arena; SV_NONE stays. */
struct sv making_copy(struct making *m, struct sv text);
/** Copies text and ids; more than CITED_MOST ids are cut. Past SENTENCES_MOST it does nothing. */
void making_sentence(struct making *m, struct sv text, const struct sv *ids, size_t n);
/** Copies everything that was made into the arena. COORD_ELIMIT. */
MUST_CHECK enum coord_err making_end(
    struct making *m, struct narrative *ret, struct coord_error *err);

/** The template's sentences about a list that was read. */
void template_make(struct making *m);

/** "SSH key campaign 8a6a": from what it shares or does, what it was judged, and its key. For the groups judged coordinated. */
void names_make(struct making *m);
/** Another name for it, with the same digits behind. */
void names_replace(struct making *m, struct sv campaign, struct sv name);
/** What a campaign is called: its name, else its id. */
struct sv names_of(const struct making *m, const struct evidence *campaign);

/** A hypothesis of the list; `kind` is its name in documents. */
struct hypothesis_rule {
	const char *kind;
	const char *text;   /* our sentence */
	const char *lookup; /* what the model is told it would be tested by */
};
/** The rules; NULL behind the last. */
const struct hypothesis_rule *hypothesis_at(size_t i);
/** Adds the hypothesis with the look-ups that its rule derives from the document. False: it does not apply to this campaign, or there is no room. */
bool hypothesis_add(struct making *m, size_t rule, const struct evidence *campaign,
    const struct sv *ids, size_t n_ids);
/** All that the rules find by themselves, for the groups judged coordinated. */
void hypotheses_make(struct making *m);

#endif
