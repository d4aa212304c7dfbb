/* score.h - from evidence to one number, by the conservative rule of this version: "independent-families-1".
 *
 * Null worlds randomise times, tokens and addresses independently of each other, so under H0 the e-values of the three
 * families are independent and their product is an e-value. With prior odds o,
 *   posterior odds = o * e(content) * e(time) * e(place) * B(artefact)
 * where e(p) is the mixture p-to-e calibrator (channel_log_e) and B the stated Bayes factor of the strongest exclusive
 * artefact. A family counts once: content by p_world where its data formed the cluster, else by the Bonferroni minimum of
 * its channels. The caps of methods.md section 11 follow. The number is not calibrated on labelled data; docs say so. */
#ifndef COORD_DETECT_SCORE_H
#define COORD_DETECT_SCORE_H

#include "detect/channel/channel.h"

#define SCORE_RULE "independent-families-1"

enum { SCORE_VISITS_LEAST = 8 };

struct score_input {
	const struct detect_evidence *evidence; /* CHANNEL_COUNT */
	double p_world;                         /* NAN: none */
	uint32_t worlds;                        /* null worlds behind p_world */
	double p_world_adjusted; /* Benjamini-Hochberg over the batch's clusters; NAN: none */
	bool
	    formed_by_content; /* discovered through token or time edges: content counts by p_world */
	double selection
	    [FAMILY_COUNT]; /* factor on a family's p-values for the clusters searched beside this one
					   (Benjamini-Hochberg over them); 1: none, and 0 is read as 1 */
	bool reference_given;
	double prior;
	uint32_t visits;  /* of the cluster: fewer than SCORE_VISITS_LEAST carry no verdict */
	unsigned without; /* bit set of channels left out, for counterfactuals */
};

struct score {
	double confidence, low, high; /* as reported, all caps applied */
	double evidence_confidence,
	    evidence_low; /* before the cap for a missing reference: what the verdict rests on */
	double family_log_e[FAMILY_COUNT]; /* NAN: abstained */
	unsigned strong_families;          /* with p < 0.01 */
	bool artefact;
	const char *cap; /* why the number is no higher; NULL: no cap applied */
};

struct score score_of(const struct score_input *in);

#endif
