/* baselines.c - the table of the methods that the engine is compared with, in the order of science/evaluation.md section 5. A new
 * one is a file, a line in methods.h and a row here. The points to tune lie around the value that the authors give, whose
 * position is the third argument of POINTS. */
#include "evaluate/baseline/methods.h"

static const double no_points[] = { 0 };
static const double base_rates[] = { 0.02, 0.1, 0.5 };
static const double window_sources[] = { 3, 5, 10, 20, 50 };
static const double point_cuts[] = { 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9 };
static const double text_eps[] = { 0.2, 0.35, 0.5, 0.7, 0.9, 1.1 };
static const double numeric_eps[] = { 0.1, 0.25, 0.5, 0.75, 1, 1.5 };
static const double cluster_sizes[] = { 3, 5, 10, 20 };
static const double jaccards[] = { 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95 };
static const double edge_shares[] = { 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1 };
static const double cosines[] = { 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99 };
static const double discovery_rates[] = { 1e-6, 1e-4, 0.001, 0.01, 0.05 };
static const double silhouettes[] = { -1, 0, 0.2, 0.4, 0.6, 0.8 };
static const double shared_by[] = { 2, 3, 5, 10 };

#define POINTS(parameter, list, published) \
	parameter, list, sizeof(list) / sizeof((list)[0]), published

/* clang-format off */
const struct baseline baselines[] = {
	{ "B0a", "constant 0.75", "reference engine's stub (peers.md section 1)",
	    POINTS(NULL, no_points, 0), false, baseline_constant },
	{ "B0b", "base rate", "forecaster without data",
	    POINTS("rate", base_rates, 1), false, baseline_base_rate },
	{ "B1a", "sources within 5 minutes", "rule of thumb of event management systems",
	    POINTS("sources", window_sources, 0), false, baseline_window_5 },
	{ "B1b", "sources within 30 minutes", "the same, half an hour",
	    POINTS("sources", window_sources, 0), false, baseline_window_30 },
	{ "B2a", "points for fields and neighbours", "dshield-mcp campaign_analyzer, logs as they are",
	    POINTS("min_confidence", point_cuts, 4), false, baseline_points },
	{ "B2b", "points, with technique ids", "dshield-mcp campaign_analyzer, enriched logs",
	    POINTS("min_confidence", point_cuts, 4), false, baseline_points_ttp },
	{ "B3a", "DBSCAN on commands", "SANS ISC diaries 2024; scikit-learn defaults",
	    POINTS("eps", text_eps, 2), false, baseline_dbscan_text },
	{ "B3b", "DBSCAN on session numbers", "SANS ISC diaries 2024; scikit-learn defaults",
	    POINTS("eps", numeric_eps, 2), false, baseline_dbscan_numeric },
	{ "B3c", "HDBSCAN on commands", "Campello et al. 2013; scikit-learn defaults",
	    POINTS("min_cluster_size", cluster_sizes, 1), false, baseline_hdbscan },
	{ "B4", "MinHash and union-find", "GreedyBear 3.4.0, command clustering",
	    POINTS("jaccard", jaccards, 2), false, baseline_minhash },
	{ "B5a", "co-share network", "Pacheco et al., ICWSM 2021",
	    POINTS("share_of_edges", edge_shares, 2), false, baseline_coshare },
	{ "B5b", "same half hours", "Pacheco et al., ICWSM 2021",
	    POINTS("cosine", cosines, 4), false, baseline_timebins },
	{ "B6", "BiCM-validated projection", "Saracco et al. 2017; Louvain",
	    POINTS("fdr", discovery_rates, 3), false, baseline_bicm },
	{ "B7", "co-occurrence embedding", "DarkVec: Gioacchini et al., CoNEXT 2021",
	    POINTS("silhouette", silhouettes, 0), true, baseline_embedding },
	{ "B8", "exact artefacts", "Catch-22, USENIX Security 2025: key = campaign",
	    POINTS("sources", shared_by, 0), false, baseline_exact },
};
/* clang-format on */
const size_t n_baselines = sizeof(baselines) / sizeof(baselines[0]);
