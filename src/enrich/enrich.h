/* enrich.h - results written into Elasticsearch 8 or OpenSearch 2 (ELASTICSEARCH_URL): a document an analysis and one a tested group (reference for external systems,
 * section 3; docs/enrich.md has the fields).
 *
 * Documents are made with the action "create" under ids that follow from the analysis, in an index that follows from the time it was created: whoever writes the same
 * analysis again, after a time-out, a lost answer or a kill, finds them there (409) and changes nothing. Nothing is read from the cluster but who it is.
 *
 * Best effort: whatever the cluster does, a call ends within COORD_ES_TIMEOUT, returns COORD_OK and says in its outcome how many were taken, and why not all.
 * Nothing that an attacker wrote is in the documents: ids, names of ours, numbers, addresses, sentences of the narrative.
 *
 * Threads: a struct enrich may be used by any number of threads. */
#ifndef COORD_ENRICH_H
#define COORD_ENRICH_H

#include "base/base.h"

struct config;
struct enrich;
struct metrics;
struct net;

/** Of ELASTICSEARCH_URL; nothing is sent before something is written. `config` and `net` are borrowed; `metrics` may be NULL. *ret NULL: no URL is set.
 *  COORD_EINVALID names the setting: a URL that is none or has a user in it, a key beside a user, a user without a password, an index with a name that
 *  clusters refuse; COORD_ENOMEM. */
MUST_CHECK enum coord_err enrich_open(const struct config *config, struct net *net,
    struct metrics *metrics, struct enrich **ret, struct coord_error *err);
/** NULL does nothing. */
void enrich_close(struct enrich *enrich);

/** One document to be written; texts live in the arena. */
struct enrich_item {
	struct sv id;     /* "<analysis>" or "<analysis>:<campaign>" */
	struct sv source; /* the document, JSON on one line */
};
/** What is written of an analysis. `document`: a result document (docs/result.md); `narrative`: its narrative, or SV_NONE; `created_us`: of the analysis.
 *  The same arguments give the same bytes. COORD_EPARSE: no result document; COORD_ENOMEM. */
MUST_CHECK enum coord_err enrich_documents(struct sv document, struct sv narrative, struct sv id,
    int64_t created_us, struct arena *arena, struct enrich_item **ret, size_t *n,
    struct coord_error *err);

/** Where is kept what was answered, so that whoever goes on with the same analysis does not send it again. recall: COORD_OK; COORD_ENODATA: ask, then record. Any
 *  other error of either ends the call with it. */
struct enrich_journal {
	enum coord_err (*recall)(
	    void *context, struct sv key, struct sv *ret, struct coord_error *err);
	enum coord_err (*record)(
	    void *context, struct sv key, struct sv value, struct coord_error *err);
	bool (*cancelled)(void *context); /* asked a few times a second; NULL: never */
	void *context;
};

struct enrich_outcome {
	char product[16]; /* "elasticsearch", "opensearch"; "": it was not reached */
	char version[24];
	char index[256];
	uint64_t asked;   /* documents */
	uint64_t taken;   /* acknowledged, now or before */
	uint64_t refused; /* the cluster does not want them: asking again is of no use */
	uint64_t failed;  /* nobody knows, or there was no time */
	char why[200];    /* of the first that was not taken; printable ASCII, "" */
};
/** Writes them. `journal` NULL: nothing is kept. COORD_OK whatever the cluster does; COORD_ENOMEM; errors of the journal. */
MUST_CHECK enum coord_err enrich_write(struct enrich *enrich, const struct enrich_item *items,
    size_t n, int64_t created_us, const struct enrich_journal *journal, struct enrich_outcome *ret,
    struct coord_error *err);
/** As one JSON object: status (ok, degraded, down), asked, taken, refused, failed, index, product, version, why. */
void enrich_outcome_write(const struct enrich_outcome *outcome, struct jsonw *w);

#endif
