/* model.h - a batch as the analysis sees it (private to detect/): sources, nodes, visits, strata and token cells.
 *
 * Everything is numbered canonically: sources by address, nodes by (first visit, source, service), tokens by hash. So no
 * result depends on the order of the input, and posting lists in node order are in first-seen order.
 * methods.md section 5 (units and features) and 6 (strata). */
#ifndef COORD_DETECT_MODEL_H
#define COORD_DETECT_MODEL_H

#include "detect/detect.h"

struct reference;
struct knowledge;

enum {
	VISIT_GAP_S = 300,           /* sessions closer than this are one decision of one actor */
	EPOCH_SILENCE_S = 7 * 86400, /* an address silent for longer may have changed hands */
	STRATUM_LEAST = 200, /* nodes; smaller strata back off to the service, then to all */
	NODE_TOKENS_MOST =
	    512, /* a layer; beyond it the smallest hashes are kept: the same sample everywhere */
};

/** Layers of weak tokens: each has its own margins, e-values and e-BH (methods.md section 8). */
#define MODEL_LAYERS(X)             \
	X(CREDENTIAL, "credential") \
	X(COMMAND, "command")       \
	X(WEB, "web")               \
	X(PACKET, "packet")

enum layer {
#define MODEL_LAYER_ENUM(id, name) LAYER_##id,
	MODEL_LAYERS(MODEL_LAYER_ENUM)
#undef MODEL_LAYER_ENUM
	    LAYER_COUNT
};
enum { LAYER_TIME = LAYER_COUNT, EDGE_LAYERS };
enum { LAYER_PLACE = EDGE_LAYERS /* no edges of its own: merge.c uses it */ };
const char *model_layer_name(enum layer layer);

/** Node x token incidence of one layer. A cell is a (stratum, token) pair; cells are numbered by token first, so a
 *  node's ascending cells are ascending tokens, and two nodes of different strata can be merged by cell_token. */
struct layer_tokens {
	uint32_t *start; /* nodes + 1 */
	uint32_t *cell;  /* ascending within a node */
	uint32_t n_cells, n_tokens;
	uint32_t *cell_token;
	double *cell_ln_q; /* ln((n_sv + 0.5) / D_s): a token's share of its stratum's incidences */
	double *stratum_ln_d;    /* ln D_s, by stratum */
	uint64_t *token_hash;    /* ascending */
	const char **token_text; /* for people; normalised, may be NULL */
	uint32_t *token_nodes;   /* nodes of the batch that carry it */
	uint32_t active;         /* nodes with at least one token */
};

struct visit {
	int64_t start_us, end_us;
	uint32_t node;
	uint32_t sensor; /* string id of the first session's sensor */
	uint32_t sessions;
};

/** Visits by a group of their nodes, in each in order of their start. */
struct visit_index {
	uint32_t *visits;
	uint32_t *from; /* groups + 1 */
};

/** A population that nodes are compared with. */
struct stratum {
	uint64_t key; /* hash of (service, tool family) */
	uint8_t service;
	const char *tool;    /* "" for a backed-off stratum */
	uint32_t nodes;      /* of the batch assigned to it */
	uint64_t population; /* nodes behind its counts: batch and reference */
};

enum { PAYLOAD_SKETCH = 64 };

/** What a node brought, as the smallest hashes of its 4-byte shingles (bottom-k sketch). */
struct payload_sketch {
	uint64_t *smallest; /* ascending, distinct */
	uint32_t n;         /* 0: brought nothing */
	uint64_t identity;  /* of the content as a whole: equal means identical */
	const char *text;   /* the longest, for people */
};

/** One exclusive artefact and its carriers. */
struct carried {
	uint8_t kind; /* enum artefact_kind */
	bool is_public;
	const char *value;
	uint64_t hash;
	uint32_t *nodes; /* ascending */
	uint32_t n_nodes, n_sources;
};

/** What others say of sources: a label given with the input, or a feed of the user's that lists them. */
struct label {
	const char *what;  /* "greynoise: malicious", "drop" */
	uint32_t *sources; /* ascending, two or more */
	uint32_t n_sources;
	bool feed;
};

struct model {
	const struct session_table *table;
	const struct reference *ref;       /* or NULL */
	const struct knowledge *knowledge; /* NULL: no lists but the table of public artefacts */
	struct arena *arena;               /* owns everything here */
	struct arena *scratch; /* while it is built: what a step needs only itself; NULL: arena */
	uint32_t n_sources, n_nodes, n_visits, n_strata;
	struct addr *source_addr; /* ascending */
	uint32_t *node_source;
	uint8_t *node_service;
	uint32_t *node_stratum;
	const char **node_tool;
	uint32_t *node_sessions_start, *node_sessions; /* rows of the table, ascending in time */
	uint32_t *node_visits_start;                   /* nodes + 1, into visits */
	struct visit *visits;                          /* by (node, start) */
	struct stratum *strata;
	struct layer_tokens layers[LAYER_COUNT];
	struct payload_sketch *payloads; /* by node */
	struct carried
	    *artefacts; /* by (kind, hash); carried by nodes of two or more sources, or public */
	uint32_t n_artefacts;
	struct label *labels; /* in the order of the table, feeds last */
	uint32_t n_labels;
	struct detect_mask *masks;
	uint32_t n_masks;
	bool *visit_masked;    /* left out of time tests */
	uint32_t *visit_order; /* visits by start time */
	struct visit_index stratum_visits, service_visits;
	bool naive; /* nulls know no populations, hours or networks: detect_config.naive_nulls */
	bool coarse_time; /* a logger limits its rate: scales below a minute say nothing */
};

/** Builds the model of a table. `ref` NULL: strata and counts from the batch alone. */
MUST_CHECK enum coord_err model_build(const struct session_table *table,
    const struct reference *ref, struct arena *arena, struct model *ret, struct coord_error *err);

/** The same with what lists say, which must outlive the model. `naive`: every node is of the one population of all, and what
 *  tests and null worlds draw keeps neither hours nor networks. */
MUST_CHECK enum coord_err model_build_knowing(const struct session_table *table,
    const struct reference *ref, const struct knowledge *knowledge, bool naive, struct arena *arena,
    struct model *ret, struct coord_error *err);

/** From the first start to just past the last: *ret_us >= 1. The table must not be empty. */
void model_span(const struct model *m, int64_t *ret_first_us, int64_t *ret_us);

/** Steps of model_build, one file each. */
MUST_CHECK enum coord_err model_nodes(struct model *m, struct coord_error *err); /* nodes.c */
MUST_CHECK enum coord_err model_strata(
    struct model *m, const struct reference *ref, struct coord_error *err); /* strata.c */
MUST_CHECK enum coord_err model_tokens(
    struct model *m, const struct reference *ref, struct coord_error *err); /* tokens.c */
MUST_CHECK enum coord_err model_artefacts(
    struct model *m, struct coord_error *err);                                      /* carriers.c */
MUST_CHECK enum coord_err model_payloads(struct model *m, struct coord_error *err); /* payloads.c */
MUST_CHECK enum coord_err model_labels(struct model *m, struct coord_error *err);   /* labels.c */
MUST_CHECK enum coord_err model_masks(struct model *m, struct coord_error *err);    /* masks.c */

MUST_CHECK enum coord_err model_visit_indices(
    struct model *m, struct coord_error *err); /* nodes.c */

static inline struct arena *
model_scratch(const struct model *m)
{
	return m->scratch != NULL ? m->scratch : m->arena;
}

/** The one error of a full arena. Inline, so that compilers see that it is never COORD_OK. */
static inline enum coord_err
model_full(struct coord_error *err)
{
	(void)error_set(err, COORD_ELIMIT, "analysis: the memory limit is reached");
	return COORD_ELIMIT;
}

/** Visits of a set of nodes. */
uint32_t model_visits(const struct model *m, const uint32_t *nodes, uint32_t n);

static inline uint32_t
model_degree(const struct model *m, enum layer layer, uint32_t node)
{
	return m->layers[layer].start[node + 1] - m->layers[layer].start[node];
}

#endif
