/* grouping.h - what a method says about a batch, ours or a baseline's: groups of sources, each with a confidence (private
 * to evaluate/). The unit is the source address (science/evaluation.md section 3). A source may be in several groups of
 * one method; metrics take it in the one of the highest confidence, ties to the earlier. */
#ifndef COORD_EVALUATE_GROUPING_H
#define COORD_EVALUATE_GROUPING_H

#include "detect/detect.h"

struct grouping_cluster {
	struct addr *sources; /* ascending, distinct */
	uint32_t n;
	double confidence; /* 0..1: the method's own number, else what its authors' rule implies */
	enum detect_verdict
	    verdict; /* of methods that give none: CAMPAIGN from the method's own cut on, else INSUFFICIENT */
};

struct grouping {
	struct grouping_cluster *clusters; /* any order; sources in none are "not coordinated" */
	uint32_t n;
	double confidence;           /* of the batch: the highest cluster's; 0: no cluster */
	enum detect_verdict verdict; /* of the batch */
};

#endif
