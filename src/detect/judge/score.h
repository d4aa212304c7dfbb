/* score.h - from features to one calibrated number and the account of it (private to detect/; methods.md section 11).
 *
 *   score       intercept + sum of (present + weight x) over the features that are not missing
 *   calibration inductive Venn-Abers: the score becomes [p0, p1] and p
 *   prior       logit P = logit p - logit base rate + logit prior (Saerens et al. 2002)
 *   guards      caps that no model may pass (methods.md section 11, honesty guards)
 * Every step is a number of whole millionths of log-odds, so that the ledger adds up exactly. */
#ifndef COORD_DETECT_SCORE_H
#define COORD_DETECT_SCORE_H

#include "detect/judge/weights.h"

#define SCORE_RULE "ridge-logistic-venn-abers-1"

enum { SCORE_VISITS_LEAST = 8 };
extern const double score_width_most; /* wider Venn-Abers intervals carry no verdict: 0.30 */

struct score_input {
	const struct weights_head *head;
	double features[FEATURE_COUNT];
	double p_world_adjusted; /* Benjamini-Hochberg over the batch's clusters; NAN: none */
	bool formed_by_content;  /* found through token or time edges: must beat the null worlds */
	bool reference_given;
	unsigned strong_families; /* with p < 0.01 after adjustment, artefacts not counted */
	double prior;
	uint32_t visits;
};

struct score {
	double confidence, low, high; /* as reported, all guards applied */
	double evidence_confidence,
	    evidence_low; /* before the guard for a missing reference: what the verdict rests on */
	double width;     /* of the Venn-Abers interval, before the prior */
	double single_actor; /* P(one actor | coordinated) */
	bool artefact;
	const char *cap; /* the guard that holds the number down; NULL: none does */
	/* the account, in millionths; its sum is logit(confidence) */
	int64_t base, contribution[FEATURE_COUNT], calibration, prior, guard;
};

struct score score_of(const struct score_input *in);

#endif
