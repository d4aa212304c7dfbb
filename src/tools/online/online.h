/* online.h - part of tools.h: asking providers in the network. Each is off until COORD_PROVIDERS names it.
 *
 * A case is what is known of an analysis; `tools_plan` picks the look-ups that could change its verdict, `tools_ask` asks them, several at once, and merges the answers in the
 * plan's order whatever the order of arrival. Planning again with the answers gives the follow-ups (a prefix's history needs the prefix), until a plan is empty.
 * A provider that is slow, down, lying, refused or spent gives an answer that says so: nothing here fails an analysis but a cancellation and the lack of memory.
 *
 * What may leave: addresses, AS numbers, prefixes, hashes, URLs and names of a case, each only when the egress gate lets it: never a special-purpose address (private,
 * loopback, link-local, carriers' NAT, multicast, documentation), one in COORD_OWN_PREFIXES, or one of the case's `never` list (sensors), nor a URL or name that
 * is one of these or holds credentials. There is no field for anything else.
 *
 * Threads: a struct tools may be used by any number of threads; arenas belong to the caller of each call. Times are microseconds UTC. */
#ifndef COORD_TOOLS_ONLINE_H
#define COORD_TOOLS_ONLINE_H

#include "config/config.h"
#include "metrics/metrics.h"
#include "net/net.h"
#include "store/store.h"

struct tools;

enum tools_kind {
	ASK_ADDRESS,
	ASK_ASN,    /* "AS64500" */
	ASK_PREFIX, /* "198.51.100.0/24" */
	ASK_ROUTE,  /* "AS64500 198.51.100.0/24": an origin and a prefix */
	ASK_HASH,   /* MD5, SHA-1 or SHA-256 in lower-case hex */
	ASK_URL,
	ASK_DOMAIN,
	ASK_KINDS,
};
/** The branches of the graph that ask in parallel; bits of 1 << branch where a set is meant. */
enum tools_branch { BRANCH_BGP, BRANCH_GEO, BRANCH_INTEL, BRANCHES };
const char *tools_kind_name(enum tools_kind kind);
const char *tools_branch_name(enum tools_branch branch);

/** How a look-up ended. The first seven are the provider's, the rest the layer's own: nothing was sent. */
#define TOOLS_OUTCOMES(X)                                                                \
	X(HIT, hit)                                                                      \
	X(MISS, miss)                                                                    \
	X(RATE_LIMITED, rate_limited)                                                    \
	X(AUTH_FAILED, auth_failed)                                                      \
	X(BAD_REQUEST, bad_request)                                                      \
	X(UNAVAILABLE, unavailable)                                                      \
	X(BAD_PAYLOAD, bad_payload)                                                      \
	X(REFUSED, refused) /* the egress gate */                                        \
	X(SPENT, spent)     /* the quota of the day or week, or the caller's deadline */ \
	X(OPEN, open)       /* the breaker: it failed too often, or its key is wrong */
enum tools_outcome {
#define TOOLS_OUTCOME_ENUM(constant, name) LOOKUP_##constant,
	TOOLS_OUTCOMES(TOOLS_OUTCOME_ENUM)
#undef TOOLS_OUTCOME_ENUM
	    LOOKUP_OUTCOMES
};
const char *tools_outcome_name(enum tools_outcome outcome);

/** Names of facts, with what downstream does with them. FACT(constant, name): may repeat unless said otherwise. */
#define TOOLS_FACTS(X)                                                                                                             \
	/* what moves the verdict: through lists of struct knowledge, nothing else */                                              \
	X(LISTED,                                                                                                                  \
	    listed) /* text: lists the address as hostile; the text is the category ("ssh", "botnet_cc") or the provider's name */ \
	X(SCANNER, scanner) /* text: a known benign scanner or business service, by its name */                                    \
	/* where it is in the network */                                                                                           \
	X(ASN, asn)       /* whole: origin; several when several announce it */                                                    \
	X(PREFIX, prefix) /* text: covering prefix, the longest */                                                                 \
	X(COUNTRY,                                                                                                                 \
	    country) /* text: two letters; of Cymru and RIPE the registry's, not where it stands */                                \
	X(REGISTRY, registry)   /* text: "arin" ... */                                                                             \
	X(AS_NAME, as_name)     /* text */                                                                                         \
	X(UPSTREAM, upstream)   /* whole: an AS one hop from the origin */                                                         \
	X(ANNOUNCED, announced) /* bool */                                                                                         \
	X(RPKI, rpki)           /* text: valid, invalid_asn, invalid_length, unknown */                                            \
	X(ORIGIN,                                                                                                                  \
	    origin) /* text: "AS64500 198.51.100.0/24 <first seen us> <last seen us>", a stay of routing history */                \
	X(CONTACT, contact) /* text: where abuse is reported */                                                                    \
	X(USAGE,                                                                                                                   \
	    usage) /* text: hosting, residential, mobile, business, education, government, cdn, other */                           \
	X(TOR_EXIT, tor_exit) /* bool */                                                                                           \
	/* what others saw */                                                                                                      \
	X(REPORTS, reports)       /* whole */                                                                                      \
	X(TARGETS, targets)       /* whole: distinct ones that were attacked */                                                    \
	X(SCORE, score)           /* real, 0..1: the provider's own opinion that it is hostile */                                  \
	X(FIRST_SEEN, first_seen) /* time */                                                                                       \
	X(LAST_SEEN, last_seen)   /* time */                                                                                       \
	X(FEED,                                                                                                                    \
	    feed) /* text: the name of a feed that lists it, as the provider tells (counts as the feed, not as the provider) */    \
	X(CLASS, class)                 /* text: the provider's classification */                                                  \
	X(MALWARE, malware)             /* text: family */                                                                         \
	X(TAG, tag)                     /* text */                                                                                 \
	X(TYPE, type)                   /* text: what kind of file it is */                                                        \
	X(SIZE, size)                   /* whole: bytes of a file */                                                               \
	X(NAME, name)                   /* text: of the thing: file name, pulse, host */                                           \
	X(HOSTNAME, hostname)           /* text */                                                                                 \
	X(PORT, port)                   /* whole */                                                                                \
	X(VULNERABILITY, vulnerability) /* text: "CVE-2024-6387" */                                                                \
	X(REFERENCE, reference) /* text: a link to the provider's page; shown, never fetched */                                    \
	X(COUNT, count)         /* whole: of what the provider counts (URLs, pulses, events) */
enum tools_fact_name {
#define TOOLS_FACT_ENUM(constant, name) FACT_##constant,
	TOOLS_FACTS(TOOLS_FACT_ENUM)
#undef TOOLS_FACT_ENUM
	    FACT_NAMES
};
const char *tools_fact_name(enum tools_fact_name name);

enum tools_fact_type { FACT_IS_TEXT, FACT_IS_WHOLE, FACT_IS_REAL, FACT_IS_BOOL, FACT_IS_TIME };
struct tools_fact {
	enum tools_fact_name name;
	enum tools_fact_type type;
	struct sv text;
	int64_t number; /* whole, time (microseconds UTC), bool (0 or 1) */
	double real;
};
enum { FACTS_MOST = 256, FACT_TEXT_MOST = 256 };

struct tools_question {
	enum tools_kind kind;
	struct sv text;    /* canonical: addr_format, lower case */
	uint32_t campaign; /* index in the case; the first that wants it */
	double value;      /* what the answer may be worth, for the order */
};

/** One look-up: a question to one call of one provider. */
struct tools_lookup {
	struct tools_question question;
	const char *provider, *call; /* constants */
	enum tools_branch branch;
	struct sv
	    key; /* "isc/ip/198.51.100.7": the same look-up has the same key, for ever: for journals and caches */
};

struct tools_answer {
	struct tools_lookup lookup;
	enum tools_outcome outcome;
	bool cached;    /* from the shared cache */
	bool recalled;  /* from the caller's journal */
	unsigned tries; /* requests sent for it; 0: none */
	int64_t
	    fetched_us;   /* when the provider said so; of a cached one the time of that look-up */
	int64_t until_us; /* rate_limited, open, spent: not before this time; else 0 */
	const struct tools_fact *facts;
	size_t n_facts;
	struct sv why;   /* on anything but hit and miss, for people: no secrets */
	char sha256[65]; /* of the answer as it came; "" when none came */
};
/** The first fact of a name; NULL. */
const struct tools_fact *tools_fact_of(
    const struct tools_answer *answer, enum tools_fact_name name);
/** One JSON object, deterministic, and back (COORD_EPARSE): for journals, caches and the result document. The lookup is in it; reading gives the constants of provider and call, and
 *  COORD_EPARSE when this program knows neither. */
void tools_answer_write(const struct tools_answer *answer, struct buf *out);
MUST_CHECK enum coord_err tools_answer_read(
    struct sv json, struct arena *arena, struct tools_answer *ret, struct coord_error *err);

/* --- the coordinator ------------------------------------------------------------------------------------------------------ */

struct tools_options {
	const struct config *
	    config; /* COORD_PROVIDERS, COORD_PROVIDERS_FILE, COORD_OWN_PREFIXES, COORD_LOOKUPS_MOST, COORD_CONTACT; borrowed during tools_open */
	struct net *net; /* borrowed */
	struct store
	    *store; /* borrowed; NULL: rates, quotas and caches in memory, of this process alone */
	struct metrics *metrics; /* or NULL */
	/* for tests: the clock, and how to wait; NULL: the system's */
	int64_t (*now)(void *context);
	void (*sleep)(void *context, int64_t us);
	void *context;
};
/** Reads the configuration. COORD_EINVALID: an unknown provider or member, with its place; COORD_EIO: a file. *ret is never NULL on success: with no provider named every plan is empty. */
MUST_CHECK enum coord_err tools_open(
    const struct tools_options *options, struct tools **ret, struct coord_error *err);
void tools_close(struct tools *tools);
/** Of one that was opened without: rates, quotas and caches are from now on those of all that share this store. Before anything is asked. */
void tools_share(struct tools *tools, struct store *store);
/** Providers that are named, in the order of asking; 0: nothing is ever asked. */
size_t tools_count(const struct tools *tools);

/** A source of a campaign, and what offline files already say (0, SV_NONE: nothing). */
struct tools_source {
	struct addr address;
	uint32_t asn;
	struct sv prefix, country;
	bool in_feed; /* an offline feed or list has it */
};
struct tools_campaign {
	struct sv id;
	double confidence;
	const struct tools_source *sources; /* the order does not matter */
	size_t n_sources;
	bool wants_asn;   /* the channel of infrastructure abstained for want of AS numbers */
	bool wants_intel; /* channel X abstained for want of lists */
	/* observables of its sessions: hashes of files, URLs that were fetched, names. Only asked where a provider takes them */
	const struct sv *hashes, *urls, *domains;
	size_t n_hashes, n_urls, n_domains;
};
struct tools_case {
	const struct tools_campaign *campaigns;
	size_t n_campaigns;
	/* the other sources of the sessions, in any order: what members are compared with. Evidence of a rate ("more of them are listed than of others") means nothing when only
	 * members were asked, so they are asked too, of a provider that is not scarce, when all of them fit into the budget and the quota */
	const struct addr *others;
	size_t n_others;
	const double *thresholds; /* confidences at which the verdict changes */
	size_t n_thresholds;
	int64_t from_us, to_us; /* the time of the sessions */
	/* addresses that never leave: sensors and targets of the sessions, beside COORD_OWN_PREFIXES */
	const struct addr *never;
	size_t n_never;
};

/** `lookups` in the order of asking and merging, within the budget; `wanted` what it would have been without one. */
struct tools_plan {
	struct tools_lookup *lookups;
	size_t n;
	size_t wanted;
};
/** Pure but for the configuration: the same case and answers give the same plan. `branches`: bits 1 << enum tools_branch. `known`: all answers so far; what they answer is not asked again, and their
 *  number counts into COORD_LOOKUPS_MOST. *ret lives in the arena. COORD_ENOMEM. Cost O(s log s) for s sources. */
MUST_CHECK enum coord_err tools_plan(const struct tools *tools, const struct tools_case *ask_about,
    unsigned branches, const struct tools_answer *known, size_t n_known, struct arena *arena,
    struct tools_plan *ret, struct coord_error *err);

/** How to ask. All may be NULL or 0. */
struct tools_ask_options {
	struct sv actor;   /* of the audit rows: "system" when absent */
	struct sv subject; /* the analysis: request_id of the audit rows */
	int64_t
	    deadline_us; /* for all of it together; 0: 2 minutes. What is not answered by then is `spent` */
	const volatile bool *cancel;
	const struct tools_case *ask_about; /* its `never` list; NULL: none */
	/* the caller's journal: one JSON object a key (tools_answer_write). Called by one thread at a time. recall: false: not there. record's failure ends it all */
	bool (*recall)(void *context, struct sv key, struct arena *arena, struct sv *ret);
	enum coord_err (*record)(
	    void *context, struct sv key, struct sv answer, struct coord_error *err);
	void *context;
};
/** Asks them all, blocking; *ret has an answer for each, in order, in the arena. COORD_ECANCELLED, COORD_ENOMEM, what record returns; never because of a provider. */
MUST_CHECK enum coord_err tools_ask(struct tools *tools, const struct tools_lookup *lookups,
    size_t n, const struct tools_ask_options *options, struct arena *arena,
    struct tools_answer **ret, struct coord_error *err);
/** One question to one provider's call, for tests and `coord tools`. COORD_EINVALID: no such provider or call here, or the question is none of its kinds. */
MUST_CHECK enum coord_err tools_lookup_make(const struct tools *tools, const char *provider,
    const char *call, struct tools_question question, struct arena *arena, struct tools_lookup *ret,
    struct coord_error *err);

/** Has the provider answered (hit or miss) about every one of these addresses, by itself or by a prefix around it? Only then may its answers be used as a list or as a database:
 *  an address that nobody asked about is not one that is unlisted. Special-purpose addresses, about which nobody can be asked, do not count. Pure. COORD_ENOMEM. */
MUST_CHECK enum coord_err tools_covers(const struct tools_answer *answers, size_t n,
    const char *provider, const struct addr *sources, size_t n_sources, bool *ret,
    struct coord_error *err);

/** Per provider that was named, what became of the answers: `provider_status` of the result. Pure. */
struct tools_status {
	const char *provider;
	size_t asked, answered, hits, misses, cached,
	    failed; /* asked: look-ups planned; answered: hits and misses; failed: the rest */
	enum tools_outcome
	    worst; /* of those that failed: the most frequent, the first in TOOLS_OUTCOMES of equals; HIT when none failed */
	struct sv why; /* of the first such answer */
};
MUST_CHECK enum coord_err tools_status(const struct tools *tools,
    const struct tools_answer *answers, size_t n, struct arena *arena, struct tools_status **ret,
    size_t *ret_n, struct coord_error *err);
/** {"isc":{"asked":3,...,"status":"ok"|"degraded"|"down","outcome":"rate_limited","why":"..."}} as one object's value. */
void tools_status_write(struct jsonw *w, const struct tools_status *status, size_t n);

/* --- BGP evidence --------------------------------------------------------------------------------------------------------- */

/** What answers of the bgp branch say of one campaign's sources: shown as `external` evidence, moves no number. Lists are sorted, ties by number or text. */
struct tools_bgp_group {
	struct sv key;  /* "198.51.100.0/24", "AS64500" */
	size_t sources; /* of the campaign that share it, >= 2 */
};
struct tools_bgp_event {
	enum { BGP_ORIGIN_CHANGE, BGP_SEVERAL_ORIGINS, BGP_RPKI_INVALID } what;
	struct sv prefix;
	uint32_t asn, before; /* the new (or invalid) origin, the one before it (0: none) */
	int64_t from_us;      /* since when the new origin was seen */
	const char *provider;
	struct sv key; /* of the answer */
};
struct tools_bgp {
	size_t known; /* sources whose prefix and origin are known */
	const struct tools_bgp_group *prefixes, *origins, *upstreams;
	size_t n_prefixes, n_origins, n_upstreams;
	const struct tools_bgp_event *events;
	size_t n_events;
};
/** Pure; answers of `coord`'s offline files may be in the sources (asn, prefix) already. *ret lives in the arena. */
MUST_CHECK enum coord_err tools_bgp(const struct tools_case *ask_about, size_t campaign,
    const struct tools_answer *answers, size_t n, struct arena *arena, struct tools_bgp *ret,
    struct coord_error *err);

#endif
