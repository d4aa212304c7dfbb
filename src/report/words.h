/* words.h - numbers and names in plain words, one wording for terminal, page and explanation. */
#ifndef COORD_REPORT_WORDS_H
#define COORD_REPORT_WORDS_H

#include "detect/detect.h"

/* The look-ups give NULL for a name they do not know. */

/** "Coordinated campaign", "One actor, many sources" ... of a verdict's name in documents. */
const char *words_verdict(struct sv name);
/** What a verdict means, one sentence. */
const char *words_verdict_meaning(struct sv name);
/** What a qualifier means, one clause. */
const char *words_qualifier(struct sv name);
/** "almost certain", "very likely", ... of a confidence in 0..1; without a verdict, which way it leans. */
const char *words_confidence(double confidence, enum detect_verdict verdict);
/** Why independent sources look alike ("same_tool" ...), one clause. */
const char *words_explanation(struct sv name);
/** What a null keeps and what it destroys, one clause. */
const char *words_null(struct sv name);
/** "SSH key", "file hash", ... of an artefact's or top's kind. */
const char *words_kind(struct sv kind);
/** Why a time span was masked, in words. */
const char *words_mask(struct sv why);
/** Calls `each` with the name and text of every null, qualifier, explanation, kind and mask there is. */
void words_each_known(
    struct jsonw *w, void (*each)(struct jsonw *w, const char *name, const char *text));
/** The first of a look-up's text and the cleaned name. */
void words_put(struct buf *out, const char *text, struct sv name, bool unicode);
/** A ledger's line in words: a channel's title, "Prior", "Guard: ...". */
void words_term(struct buf *out, struct sv term, bool unicode);
/** A line that weighs something seen, and not the prior, the calibrator or a guard: below 0 it is counter-evidence. */
bool words_term_is_evidence(struct sv term);
/** Calls `each` with the name and title of every channel, then of every other ledger term there is. */
void words_each_term(
    struct jsonw *w, void (*each)(struct jsonw *w, const char *name, const char *text));
/** Why a counterfactual's confidence is above the group's own: a clause. */
const char *words_higher(bool spoke_against, bool guarded);
/** What a counterfactual takes away: "channel:synchrony", "artefact:ssh_key:...", in words. */
void words_without(struct buf *out, struct sv without, bool unicode);
/** 1234567 as "1,234,567". */
void words_count(struct buf *out, uint64_t n);
/** "3 sources", "1 source". */
void words_counted(struct buf *out, uint64_t n, const char *one, const char *many);
/** "about once in 2,000 tries (p = 0.0005)", to follow "chance alone gives as much". NaN: "unknown". */
void words_chance(struct buf *out, double p);
/** "2 d 3 h", "14 min", "20 s" of a span of time. */
void words_span(struct buf *out, int64_t us);

#endif
