/* check.h - does a sentence stand up to the document? (private to llm/)
 * Everything a model says goes through here: it is kept when its characters are plain, its ids exist, its numbers are those of what it cites, its claims are the
 * verdicts there, no run of words is an attacker's, and (of a run that saw attacker text) all its words are known. */
#ifndef COORD_LLM_CHECK_H
#define COORD_LLM_CHECK_H

#include <strings.h>

#include "llm/evidence.h"

enum check_why {
	CHECK_HOLDS,
	CHECK_CHARACTER,
	CHECK_UNCITED,
	CHECK_NUMBER,
	CHECK_CLAIM,
	CHECK_QUOTE,
	CHECK_WORD,
};

enum { SENTENCE_MOST = 400, NAME_MOST = 48 };

/** Words, or runs of words, by hash. */
struct word_set {
	struct map map;
	bool failed; /* no memory: nothing counts as known, everything as an attacker's */
};
void word_set_clear(struct word_set *set);
/** Every word of the text, lower case, without the endings that only bend it. */
void word_set_add(struct word_set *set, struct sv text);
bool word_set_has(const struct word_set *set, struct sv word);
/** Every run of RUN_WORDS words. */
enum { RUN_WORDS = 3 };
void word_set_add_runs(struct word_set *set, struct sv text);
bool word_set_has_run(const struct word_set *set, struct sv text);
/** Words of plain analytic English that any sentence may hold (words.def). */
void word_set_add_plain(struct word_set *set);

struct checker {
	const struct evidence_list *list;
	struct word_set known;    /* words that a sentence may hold */
	struct word_set attacker; /* runs of words that attackers wrote */
	bool words_count;         /* false: a run that saw no attacker text may use any words */
};
/** Reads attacker text and our own words out of the document. checker_clear releases it. */
void checker_init(struct checker *checker, const struct evidence_list *list);
void checker_clear(struct checker *checker);

/** Typographic characters to plain ones, blanks to one, the ends trimmed; false: it cannot be plain. */
bool check_plain(struct sv text, struct buf *ret);
/** `text` as check_plain left it, and the ids it cites: those that do not exist are taken out. */
enum check_why check_sentence(
    const struct checker *checker, struct sv text, struct sv *ids, size_t *n_ids);
/** A name for a group: two to five words of letters, known ones. */
bool check_name(const struct checker *checker, struct sv name);

/** Whether each number in the text is a fact of what is cited (numbers.c). */
bool check_numbers(
    const struct evidence_list *list, struct sv text, const struct sv *ids, size_t n);
/** Whether what the text claims is what the campaigns that it cites were judged (claims.c). */
bool check_claims(const struct evidence_list *list, struct sv text, const struct sv *ids, size_t n);

#endif
