/* evidence.h - what a sentence may cite: the items of a result document, each with a stable id and the facts that it holds (private to llm/).
 * The ids are a contract with pages, APIs and stored narratives: they only follow from the document, and later versions add but do not rename. */
#ifndef COORD_LLM_EVIDENCE_H
#define COORD_LLM_EVIDENCE_H

#include "base/base.h"

enum evidence_kind {
	EVIDENCE_BATCH,
	EVIDENCE_CAMPAIGN,
	EVIDENCE_CHANNEL,
	EVIDENCE_ARTEFACT,
	EVIDENCE_TECHNIQUE,
	EVIDENCE_BEHAVIOR,
	EVIDENCE_EXTERNAL,
};

/** What a number counts or measures. Counts are whole and exact; ratios lie in 0..1; the rest is real. */
enum evidence_unit {
	UNIT_SESSIONS,
	UNIT_SOURCES,
	UNIT_SENSORS,
	UNIT_NODES,
	UNIT_VISITS,
	UNIT_GROUPS,
	UNIT_COORDINATED, /* groups judged coordinated */
	UNIT_PAIRS,
	UNIT_EDGES,
	UNIT_WORLDS,
	UNIT_COUNT, /* another count */
	UNIT_CONFIDENCE,
	UNIT_RATIO,
	UNIT_P,
	UNIT_EFFECT,
	UNIT_REAL,
};
static inline bool
evidence_is_count(enum evidence_unit unit)
{
	return unit <= UNIT_COUNT;
}

struct evidence_fact {
	const char *name; /* as the model is told: "sources", "p_value" */
	enum evidence_unit unit;
	double value;
};

enum { EVIDENCE_FACTS_MOST = 24 };
#define EVIDENCE_NO_CAMPAIGN UINT32_MAX

/** Verdicts as a set of bits, for comparing what a sentence claims. */
enum evidence_verdict {
	VERDICT_BIT_CAMPAIGN = 1,
	VERDICT_BIT_SINGLE = 2,
	VERDICT_BIT_COINCIDENTAL = 4,
	VERDICT_BIT_INSUFFICIENT = 8,
	VERDICT_BITS = 15,
};

struct evidence {
	struct sv id;
	enum evidence_kind kind;
	uint32_t campaign; /* its position among the items, or EVIDENCE_NO_CAMPAIGN */
	struct json_value value;
	struct evidence_fact facts[EVIDENCE_FACTS_MOST];
	uint32_t n_facts;
	double weight;         /* of a channel: its line of the ledger; NaN: none */
	struct sv first, last; /* of the batch and campaigns: RFC 3339; SV_NONE */
	enum evidence_verdict
	    verdict; /* of a campaign; of the batch: all that its campaigns have */
	bool fleet;  /* a known scanner's */
	bool told;   /* something to tell: a channel that was tested, else always */
};

struct evidence_list {
	struct json_parser *parser; /* owns `root`; released with the arena */
	struct json_value root;
	struct evidence *items;
	size_t n;
	uint32_t n_campaigns;
};

/** Reads a document. The list and its views live as long as the arena. COORD_EPARSE: no result document; COORD_ENOMEM, COORD_ELIMIT. */
MUST_CHECK enum coord_err evidence_read(
    struct sv document, struct arena *arena, struct evidence_list *ret, struct coord_error *err);
/** The item of this id, or NULL. */
const struct evidence *evidence_find(const struct evidence_list *list, struct sv id);
/** Its first fact of this name, or NULL. */
const struct evidence_fact *evidence_fact(const struct evidence *item, const char *name);
/** The value of that fact; NaN: there is none. */
double evidence_number(const struct evidence *item, const char *name);

/** A member as text or number; SV_NONE and NaN when it is none. */
struct sv evidence_text_at(struct json_value object, const char *key);
double evidence_number_at(struct json_value object, const char *key);

#endif
