/* detect.h - the science: are these sessions one campaign, or a coincidence?
 * Pure: no clock, no I/O, no globals. Session table + reference + configuration + seed -> result, byte for byte the
 * same on any number of threads (methods.md section 13). */
#ifndef COORD_DETECT_H
#define COORD_DETECT_H

#include "session/session.h"

struct reference;
struct knowledge;
struct null_table;

enum detect_verdict {
	VERDICT_INSUFFICIENT,
	VERDICT_COINCIDENTAL,
	VERDICT_CAMPAIGN,
	VERDICT_SINGLE_ACTOR,
};
/** "insufficient_evidence", "coincidental", "coordinated_campaign", "single_actor_multiple_sources". */
const char *detect_verdict_name(enum detect_verdict verdict);

enum detect_depth { DEPTH_MINIMAL, DEPTH_STANDARD, DEPTH_DEEP };

struct detect_config {
	enum detect_depth depth;
	bool group; /* the set as given is the one group tested; else discover */
	const char *
	    selected_by; /* group mode: name of the channel the analyst selected on ("behavior", "dictionary",
				    "infrastructure", "payload", "artefact", "time"), excluded from the evidence; NULL */
	uint32_t
	    worlds; /* null worlds of the whole pipeline; 0: by depth (minimal 0, standard 199, deep 999) */
	uint32_t draws_most; /* Monte Carlo draws of a channel test at most; 0: by depth */
	double fdr;          /* e-BH level for edges; 0: 0.01 */
	double
	    prior; /* P(coordinated) of a tested cluster before evidence; 0: 0.5 with a reference, 0.1 without */
	unsigned threads; /* changes nothing but the time; 0: all cores */
	uint64_t seed;    /* 0: derived from input, reference and configuration */
	uint32_t
	    decoordinate; /* analyse null world number k of the input in its place (times, tokens, addresses
				  exchanged between independent sources): what the engine says when nothing is
				  coordinated; 0: no */
	uint32_t
	    without; /* bits of channels that are left out, of the grouping too: for ablations; 0: none */
	bool
	    naive_nulls; /* for evaluations, to show their price, never for an answer: one population, times anywhere in
			     the batch's span, addresses anywhere (docs/evaluation.md) */
	const struct detect_model *model; /* weights and calibrator; NULL: the program's own */
	const struct null_table *
	    null_table; /* p_world of batches above 5,000 nodes comes from it (reference/reference.h,
						made with the same reference); NULL: from the batch's own worlds */
	void (*progress)(void *context, const char *stage, double share); /* or NULL */
	void *progress_context;
	/* autonomous system of an address, when a database was given; NULL otherwise. Must be pure. */
	uint32_t (*asn_of)(void *context, struct addr a);
	void *asn_context;
	/* 'D' << 8 | 'E', 0 unknown: for sources whose country did not come with the input. Must be pure. */
	uint32_t (*country_of)(void *context, struct addr a);
	void *country_context;
	const struct knowledge
	    *knowledge; /* lists, the user's among them; NULL: the shipped ones */
};

/** Lists that say what is known beside the input: docs/lists.md has the formats. */
enum detect_list_kind { LIST_PUBLIC_ARTEFACTS, LIST_SCANNERS, LIST_FEED };
/** "public_artefacts", "scanners", "feed". */
const char *detect_list_name(enum detect_list_kind kind);

/** A list that a result rests on. */
struct detect_list {
	enum detect_list_kind kind;
	const char *name;    /* as given; "shipped" */
	const char *version; /* of a shipped one, a date; NULL */
	const char *sha256;  /* of its content, hex */
	uint32_t entries;
};

/** The shipped lists, to which users' lists are added; detect_knowledge_free it. COORD_ENOMEM. */
MUST_CHECK enum coord_err detect_knowledge_new(struct knowledge **ret, struct coord_error *err);
void detect_knowledge_free(struct knowledge *knowledge);
/** Adds a list from its text (borrowed for the call). `name`: the file's, for errors; of a feed "NAME=FILE" or
 *  "NAME": what it is called in evidence, each name once. COORD_EPARSE "NAME:LINE: what" with the line in *err; COORD_EINVALID a name given twice;
 *  COORD_ELIMIT, COORD_ENOMEM. After an error the knowledge must only be freed. */
MUST_CHECK enum coord_err detect_knowledge_add(struct knowledge *knowledge,
    enum detect_list_kind kind, const char *name, struct sv text, struct coord_error *err);
/** How many entries the list has that was added last. */
uint32_t detect_knowledge_entries(const struct knowledge *knowledge);
/** The i-th feed's name, NULL past the last; does it list the address, or its AS (0: unknown)? */
const char *detect_feed_name(const struct knowledge *knowledge, uint32_t i);
bool detect_feed_lists(const struct knowledge *knowledge, uint32_t i, struct addr a, uint32_t asn);

/** Evidence channels: CHANNEL_SYNCHRONY ... from the one table. A channel's names are in its file. */
enum detect_channel {
#define CHANNEL(constant, file) CHANNEL_##constant,
#include "detect/channel/channels.def"
#undef CHANNEL
	CHANNEL_COUNT
};
/** Name in documents; key in the public `evidence` object (NULL: none); title for people. */
const char *detect_channel_name(enum detect_channel channel);
const char *detect_channel_key(enum detect_channel channel);
const char *detect_channel_title(enum detect_channel channel);
/** The family it is randomised with: "content", "time" ...; the name of its null, NULL: none. */
const char *detect_channel_family(enum detect_channel channel);
const char *detect_channel_null(enum detect_channel channel);
/** What a null keeps and what it redraws, one clause for people; NULL: no null of that name. */
const char *detect_null_meaning(struct sv null_name);
/** The i-th null's name and meaning, from 0; NULL past the last. */
const char *detect_null_at(size_t i, const char **ret_meaning);

/** What contributed most to a piece of evidence. */
struct detect_top {
	const char *what; /* token or edge as text, attacker bytes as they are: escape on output */
	const char *kind; /* "credential", "command", "prefix", "pair", "ssh_key", ... */
	uint32_t nodes;   /* members that carry it */
	uint32_t background; /* nodes outside the cluster that carry it */
	double weight; /* its share, log10 e units or count; channel-specific, larger is more */
};

struct detect_evidence {
	enum detect_channel channel;
	bool abstained; /* nothing to test: adds nothing; p, effect undefined */
	bool
	    defining; /* the cluster would not exist without this channel: counts only through p_world */
	bool excluded; /* group mode: the analyst selected on it */
	double effect; /* observed / expected; 1 is what chance gives; NaN unknown */
	double p; /* (0, 1]; NaN for the artefact channel, which is a stated prior and no p-value */
	double log_e;          /* natural log of the e-value or Bayes factor; NaN when none */
	double similarity;     /* 0..1 for the public evidence object; NaN: leave out */
	const char *null_name; /* what the p-value was computed against */
	uint32_t n;            /* nodes that could support it */
	uint32_t worlds;       /* Monte Carlo draws; 0: analytic */
	const char *detail;    /* one plain sentence for a person */
	const struct detect_top *top;
	uint32_t n_top;
};

struct detect_artefact {
	const char *kind; /* "ssh_key", "file_hash", "url", "wallet", "password", "marker" */
	const char *value;
	uint32_t sources;
	const struct addr *carriers; /* those sources, ascending */
	bool is_public;              /* known public artefact: counts as weak only */
	double log_bayes;            /* ln of the Bayes factor used; 0 when public */
};

struct detect_technique {
	const char *id; /* "T1110.001" */
	const char *name;
	uint32_t sessions;
};

/** What would remain if one thing were taken away. */
struct detect_counterfactual {
	const char *without; /* "channel:synchrony", "artefact:ssh_key:..." */
	double confidence;
	enum detect_verdict verdict;
};

/** One line of the account that ends at the confidence: the log-odds of all lines, whole millionths, add up to a number whose
 *  logistic, 1 / (1 + exp(-x)), is the confidence to its six digits. Positive speaks for coordination, negative against it. */
struct detect_ledger_line {
	const char *
	    term; /* "prior", a channel's name, "null_worlds", "size", "calibration", "guard:..." */
	int64_t micro;      /* log-odds in millionths (natural logarithm) */
	const char *detail; /* one clause for a person */
};

/* clang-format off */
#define DETECT_FEATURES(X)                                                                         \
	X(NULL_WORLDS, "null_worlds") /* -log10 p_world: does the whole pipeline find as much where nothing is */ \
	X(SIZE, "size")               /* log10 of the nodes */                                     \
	X(VISITS, "visits_per_node")  /* log10 */                                                  \
	X(LIFETIME, "node_lifetime")  /* median share of the cluster's time span, 0..1 */          \
	X(ONE_NETWORK, "one_network") /* largest share of nodes in one /24 or /64 */               \
	X(ONE_TOOL, "one_tool")       /* largest share of nodes in one stratum */
/* clang-format on */

/** What the model weighs: evidence of each channel (index enum detect_channel), then what describes the cluster. */
enum detect_feature {
	FEATURE_BEFORE_FIRST = CHANNEL_COUNT - 1,
#define FEATURE(constant, name) FEATURE_##constant,
	DETECT_FEATURES(FEATURE)
#undef FEATURE
	    FEATURE_COUNT
};
const char *detect_feature_name(unsigned feature);

struct detect_campaign {
	const char *id;  /* "c1", ... in rank order */
	const char *key; /* 16 hex, from the members: stable while the members are */
	enum detect_verdict verdict;
	const char *qualifier; /* "control_structure_undetermined", "benign_scanner_fleet",
			   "claimed_scanner_fleet" (by its own word only) or NULL */
	const char *reason;    /* one sentence: why this verdict and no stronger one */
	const char *
	    explanation; /* verdict coincidental: "same_tool", "same_wordlist", "same_hours", "same_hosting",
				    "sensor_artefact", "flash_crowd"; NULL */
	const char *fleet; /* the known scanner that most sources belong to, NULL: none */
	double confidence, low, high;
	double
	    single_actor; /* P(one actor with many sources | coordinated), 0..1; NaN: not judged */
	struct detect_ledger_line *ledger;
	uint32_t n_ledger;
	double features[FEATURE_COUNT]; /* as the model saw them; NaN: missing, adds nothing */
	double p_world;                 /* NaN: no worlds were run */
	uint32_t *sessions;             /* rows of the table, ascending */
	uint32_t n_sessions;
	struct addr *sources; /* ascending */
	uint32_t n_sources;
	uint32_t *sensors; /* string ids, by text */
	uint32_t n_sensors;
	uint32_t nodes, visits;
	int64_t first_us, last_us;
	double
	    stability; /* smallest membership Jaccard over the other resolutions, 0..1; group mode: NaN */
	struct detect_artefact *artefacts;
	uint32_t n_artefacts;
	struct detect_evidence evidence[CHANNEL_COUNT];
	struct detect_technique *techniques; /* by sessions, descending */
	uint32_t n_techniques;
	struct detect_counterfactual *counterfactuals;
	uint32_t n_counterfactuals;
	const char **behaviour; /* up to 5 normalised lines that describe what they did */
	uint32_t n_behaviour;
};

/** A time span that the time tests leave out, and why. */
struct detect_mask {
	uint32_t sensor; /* string id; STR_NONE: all */
	int64_t from_us, to_us;
	const char *
	    why; /* "collection_gap", "equal_timestamps", "rate_limited", "new_sensor", "clock_step" */
};

struct detect_result {
	struct arena *arena; /* owns everything below */
	enum detect_verdict
	    verdict; /* of the request: the strongest campaign's, else see methods.md section 12 */
	double confidence, low, high; /* NaN when nothing could be judged */
	bool
	    calibrated; /* the number comes from the model's calibrator (docs/methodology.md section 7) */
	const char *model_hash;      /* hex SHA-256 of the model file's content */
	const char *confidence_rule; /* its name */
	double coverage; /* share of sessions in clusters with verdict CAMPAIGN or SINGLE_ACTOR */
	const char *reason;         /* one sentence */
	const char **not_concluded; /* what was not concluded and why, one sentence each */
	uint32_t n_not_concluded;
	struct detect_campaign
	    *campaigns; /* ranked: confidence, then sources, then key; every tested cluster */
	uint32_t n_campaigns;
	double evidence[CHANNEL_COUNT]; /* similarity 0..1 of the top campaign, NaN: leave out */
	struct detect_mask *masks;
	uint32_t n_masks;
	/* the batch */
	uint32_t sessions, sources, nodes, visits, tokens, strata;
	uint32_t clusters_left_out; /* beyond the number that is tested, weakest first */
	uint64_t pairs_possible, pairs_tested, edges;
	uint32_t worlds;              /* null worlds run */
	uint32_t worlds_with_cluster; /* of which any had a cluster at all */
	bool reference_given;
	const char *reference_hash; /* hex, or "batch" */
	const char *
	    config; /* all that the answer depends on beside input and reference, one JSON object */
	const char *config_hash;         /* hex SHA-256 of that text */
	const struct detect_list *lists; /* the shipped ones first */
	uint32_t n_lists;
	uint64_t seed;
	/* time per stage for --profile: not part of the document */
	struct {
		const char *stage;
		double seconds, processor_seconds; /* of all threads of the process */
		bool part;                         /* of the stage before it */
	} profile[24];
	uint32_t n_profile;
};

/** Weights and calibrator (judge/weights.h has the format). */
struct detect_model;
/** Parses and checks a model file. COORD_EPARSE names the field; COORD_ENOMEM. Release it with detect_model_free. */
MUST_CHECK enum coord_err detect_model_parse(
    struct sv json, struct detect_model **ret, struct coord_error *err);
void detect_model_free(struct detect_model *model);
const char *detect_model_name(const struct detect_model *model);
/** Lower-case hex SHA-256 of the file. */
const char *detect_model_hash(const struct detect_model *model);
/** The file that the program carries. */
struct sv detect_model_builtin(void);
/** The confidence that features (NAN: missing) have with a reference, at the base rate of the model's own calibration set and as if
 *  no guard held it down: for measuring the model by itself. */
double detect_model_confidence(
    const struct detect_model *model, const double features[FEATURE_COUNT]);

/** Analyses one table. `ref` NULL: the background is estimated from the batch and the confidence capped at 0.8.
 *  The table and reference must outlive *ret, which is released by detect_result_clear.
 *  COORD_OK for every verdict, insufficient included; COORD_EINVALID configuration; COORD_ENOMEM; COORD_ELIMIT. */
MUST_CHECK enum coord_err detect_run(const struct session_table *table, const struct reference *ref,
    const struct detect_config *config, struct detect_result *ret, struct coord_error *err);
void detect_result_clear(struct detect_result *result);

/** Writes a reference snapshot of a table (reference/reference.h) to `path`, atomically. COORD_ENODATA: no sessions;
 *  COORD_EIO, COORD_ELIMIT. The same table gives the same bytes. */
MUST_CHECK enum coord_err detect_reference_build(
    const struct session_table *table, const char *path, struct coord_error *err);

/** Writes a null table (reference/reference.h) to `path`: the whole pipeline over config->worlds (0: 199) null worlds of
 *  samples of the table of 1,000, 5,000 and 20,000 nodes and of all of it. Of the configuration also fdr, seed, threads and
 *  progress count. COORD_ENODATA: no sessions; COORD_EINVALID: no reference; COORD_EIO, COORD_ELIMIT. */
MUST_CHECK enum coord_err detect_null_table_build(const struct session_table *table,
    const struct reference *ref, const struct detect_config *config, const char *path,
    struct coord_error *err);

#endif
