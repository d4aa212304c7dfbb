/* llm.h - the story of a result, for people: told by a template, or by a language model whose every sentence is checked against the result.
 * The input is a result document (docs/result.md); the numbers in it are fixed before this room is asked, and nothing here produces or moves one.
 *
 * A sentence cites evidence: ids that one function derives from the document (evidence.h): "batch"; "c1" the campaign; "c1.synchrony" its channel;
 * "c1.artefact.1", "c1.technique.1", "c1.behavior.1" the first of each list; "c1.external.bgp" what look-ups said. A sentence whose ids do not exist, whose
 * numbers are not those of what it cites, that claims another verdict, or that holds anything an attacker wrote, is dropped.
 *
 * Without a model the template writes the same structure, so nothing depends on a model being there: every call below succeeds when the server is away,
 * slow or lying, and says so in `status`.
 *
 * Threads: a struct llm may be used by any number of threads; a call blocks until its deadline (COORD_LLM_TIMEOUT) at the latest. Texts live in the arena. */
#ifndef COORD_LLM_H
#define COORD_LLM_H

#include "base/base.h"

struct config;
struct llm;
struct metrics;
struct net;
struct store;

/* --- what is told ------------------------------------------------------------------------------------------------ */

enum narrative_source {
	NARRATIVE_TEMPLATE, /* deterministic: same document, same bytes */
	NARRATIVE_MODEL, /* saw fenced excerpts of attacker text, and agreed with a run that did not */
	NARRATIVE_REDACTED, /* a model that saw no attacker text */
};
const char *narrative_source_name(
    enum narrative_source source); /* "template", "model", "redacted" */

/** Why it is what it is. */
enum narrative_status {
	NARRATIVE_DONE,        /* a model was asked and its narrative stands */
	NARRATIVE_NO_MODEL,    /* none is configured, or none was wanted */
	NARRATIVE_NOTHING,     /* no campaign: there is nothing for a model to tell */
	NARRATIVE_UNAVAILABLE, /* no server answered in time: see `reason` */
	NARRATIVE_MALFORMED,   /* what came was not what the schema asks for, twice */
	NARRATIVE_UNSUPPORTED, /* too few sentences stood up to the document */
	NARRATIVE_DISAGREEMENT, /* the run with attacker text and the one without told different things */
};
const char *narrative_status_name(enum narrative_status status);

/** One plain sentence: valid UTF-8 without control, bidi or markup characters, links or addresses. */
struct narrative_sentence {
	struct sv text;
	const struct sv *evidence; /* ids, at least one */
	size_t n_evidence;
};

/** A name to speak of a campaign by; `key` stays while the members do, and a template's name with it. */
struct narrative_name {
	struct sv campaign; /* "c1" */
	struct sv key;
	struct sv name;
};

/** A look-up that would test a hypothesis. Its key is always one that is in the document already: no model writes keys. */
struct narrative_question {
	struct sv kind;     /* "address", "hash", "url" */
	struct sv evidence; /* where the key stands in the document */
	struct sv key;      /* of a URL attacker text: narrative_json leaves it out */
};

/** A hypothesis of a closed list (hypothesis.c), chosen by rule or by the model; its text is ours. */
struct narrative_hypothesis {
	struct sv campaign;
	struct sv kind; /* "shared_hosting" ... */
	struct sv text;
	const struct sv *evidence;
	size_t n_evidence;
	const struct narrative_question *questions;
	size_t n_questions;
};

/** Sentences that did not stand up, by why. */
struct narrative_dropped {
	uint32_t uncited;   /* cites nothing that exists */
	uint32_t number;    /* a number that what it cites does not hold */
	uint32_t claim;     /* another verdict than the document's */
	uint32_t quote;     /* words of an attacker */
	uint32_t character; /* link, markup, control or bidi character, length */
	uint32_t
	    word; /* a word that neither the document, nor the run without attacker text, nor the list of plain words holds */
};

struct narrative {
	enum narrative_source source;
	enum narrative_status status;
	struct sv reason; /* of the status, one clause of ours; SV_NONE */
	struct sv model, server,
	    digest; /* of a model-made one: name, kind of server, digest of the weights where it says so; SV_NONE */
	bool cached;
	bool
	    injection_suspected; /* the canary came back, the runs disagreed, or attacker text was repeated */
	struct narrative_dropped dropped;
	const struct narrative_sentence *sentences;
	size_t n_sentences;
	const struct narrative_name *names;
	size_t n_names;
	const struct narrative_hypothesis *hypotheses;
	size_t n_hypotheses;
};

/* --- a model ------------------------------------------------------------------------------------------------------ */

/** A user of the server at LLM_SERVICE_URL. Without that URL it is made too, and tells by template. `config` and `net` are borrowed and outlive it; `store` (the cache
 *  and the turns that all processes share) and `metrics` may be NULL. Nothing is sent before something is asked. COORD_EINVALID: the URL; COORD_ENOMEM. */
MUST_CHECK enum coord_err llm_open(const struct config *config, struct net *net,
    struct store *store, struct metrics *metrics, struct llm **ret, struct coord_error *err);
void llm_close(struct llm *llm);
bool llm_is_configured(const struct llm *llm);

/** Tells a result, by the model where one is configured and a group was judged coordinated. Whatever goes wrong with the model, the template's narrative comes back
 *  and says why. `llm` NULL: the template. `cancel` (or NULL) is looked at all along: then the template too. Errors: those of narrative_template. */
MUST_CHECK enum coord_err llm_narrate(struct llm *llm, struct sv document,
    const volatile bool *cancel, struct arena *arena, struct narrative *ret,
    struct coord_error *err);
/** Answers a question about one result in sentences that are checked in the same way. Without a model: the template's sentences that speak of what the
 *  question does. No names and hypotheses. COORD_EINVALID: no question. */
MUST_CHECK enum coord_err llm_ask(struct llm *llm, struct sv document, struct sv question,
    const volatile bool *cancel, struct arena *arena, struct narrative *ret,
    struct coord_error *err);

/** What is at LLM_SERVICE_URL: for `coord llm probe`. `reason`: why nothing is, or SV_NONE. */
struct llm_probe {
	struct sv kind, reason, detail; /* detail: the server's own words, printable ASCII */
	struct {
		struct sv name, digest, mode;
		bool probed, obeys; /* obeys: the server itself holds answers to the schema */
	} models[16];
	size_t n_models;
};
MUST_CHECK enum coord_err llm_probe(
    struct llm *llm, struct arena *arena, struct llm_probe *ret, struct coord_error *err);

/* --- without one -------------------------------------------------------------------------------------------------- */

/** Tells a result without any model. Deterministic. COORD_EPARSE: not a result document; COORD_ENOMEM, COORD_ELIMIT. */
MUST_CHECK enum coord_err narrative_template(
    struct sv document, struct arena *arena, struct narrative *ret, struct coord_error *err);
/** The ids that a sentence about this document may cite, in the document's order. Errors as above. */
MUST_CHECK enum coord_err narrative_evidence(
    struct sv document, struct arena *arena, struct sv **ret, size_t *n, struct coord_error *err);
/** As one JSON object: `narrative` of the result document (docs/result.md). */
void narrative_json(const struct narrative *narrative, struct jsonw *w);
/** For a terminal: sentences with their ids, names, hypotheses. */
void narrative_text(const struct narrative *narrative, struct buf *out);

#endif
