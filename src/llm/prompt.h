/* prompt.h - what a model is told (private to llm/): the rules, the evidence as facts by id, and, where it is wanted, excerpts of attacker text that are fenced, cut
 * and escaped. Whole items are left out when the context is too small, the least important first. */
#ifndef COORD_LLM_PROMPT_H
#define COORD_LLM_PROMPT_H

#include "llm/evidence.h"

enum { EXCERPT_MOST = 200, EXCERPTS_MOST = 40, QUESTION_MOST = 500 };

struct prompt {
	struct buf system, user, schema, key_text;
	char canary[40], fence[40]; /* drawn anew for each prompt */
	size_t n_items;             /* of evidence that are in it */
	size_t n_left_out;          /* that did not fit */
	size_t n_excerpts;
};
struct prompt_wish {
	const struct evidence_list *list;
	bool excerpts;
	struct sv question;       /* of an analyst; SV_NONE: a narrative is wanted */
	uint64_t context, answer; /* tokens */
};
/** COORD_ENOMEM; COORD_ELIMIT: not even the batch fits. prompt_clear releases it whatever it says. */
MUST_CHECK enum coord_err prompt_make(
    const struct prompt_wish *wish, struct prompt *ret, struct coord_error *err);
void prompt_clear(struct prompt *prompt);

/** Attacker text as an excerpt: at most EXCERPT_MOST bytes, printable ASCII without "<", ">", "`", "\", all else as \xNN, blanks as "^". */
void prompt_excerpt(struct buf *out, struct sv text);

#endif
