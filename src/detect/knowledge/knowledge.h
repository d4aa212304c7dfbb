/* knowledge.h - what lists say, made ready for look-ups (private to detect/; docs/lists.md has the formats).
 *
 *   public artefacts  what unrelated operators share: never exclusive, whoever carries it
 *   scanners          fleets of research and commercial scanners, by network, AS number, user agent, banner, name
 *   feeds             addresses that somebody lists, by the name that the user gave the feed
 *
 * The shipped tables are always there (text/data/public_artefacts.c, scanners.csv); users add to them. Parsing is pure:
 * the front room reads the files. A fault in a list refuses the list as a whole: half a list would be another one. */
#ifndef COORD_DETECT_KNOWLEDGE_H
#define COORD_DETECT_KNOWLEDGE_H

#include "detect/detect.h"
#include "detect/knowledge/networks.h"
#include "detect/text/artefacts.h"

struct records;

enum { FEEDS_MOST = 64, LIST_BYTES_MOST = 256 << 20 };

/** How a source was recognised, the strongest first: an address cannot be claimed, a name in a request can. */
#define FLEET_MATCHES(X)                             \
	X(NETWORK, "network", "published network")   \
	X(ASN, "asn", "AS number")                   \
	X(NAME, "name", "name given with the input") \
	X(AGENT, "agent", "its own user agent")      \
	X(BANNER, "banner", "its own client banner")

enum fleet_match {
#define FLEET_MATCH_ENUM(id, name, text) FLEET_##id,
	FLEET_MATCHES(FLEET_MATCH_ENUM)
#undef FLEET_MATCH_ENUM
	    FLEET_MATCH_COUNT
};
/** "network", "asn", "name", "agent", "banner", as in the list; and for people. */
const char *fleet_match_name(enum fleet_match match);
const char *fleet_match_text(enum fleet_match match);

struct fleet_text {
	const char *text; /* lower case */
	uint32_t fleet;
	uint8_t match; /* enum fleet_match */
};

struct public_pattern {
	uint8_t kind;
	bool host; /* everything at the host and below; else everything that starts so */
	struct sv text;
};

struct feed {
	const char *name;
	struct networks networks;
	struct map asns;
};

struct knowledge {
	struct arena *arena;
	struct map public_values; /* hash of (kind, value) */
	struct public_pattern *patterns;
	uint32_t n_patterns, cap_patterns;
	const char **fleets; /* organisations */
	uint32_t n_fleets, cap_fleets;
	struct networks fleet_networks;
	struct map fleet_asns;
	struct fleet_text *fleet_texts;
	uint32_t n_fleet_texts, cap_fleet_texts;
	struct feed feeds[FEEDS_MOST];
	uint32_t n_feeds;
	struct detect_list *lists; /* in the order given, the shipped ones first */
	uint32_t n_lists, cap_lists;
};

/** Is it among the public artefacts that users added? */
bool knowledge_is_public(const struct knowledge *k, enum artefact_kind kind, struct sv value);

/** The fleet of a source by what is known of one of its sessions, and how; false: none. */
struct fleet_claim {
	struct addr source;
	uint32_t asn; /* 0: unknown */
	struct sv name, agent, banner;
};
bool knowledge_fleet(const struct knowledge *k, const struct fleet_claim *claim,
    uint32_t *ret_fleet, enum fleet_match *ret_match);

/** Does feed `feed` list the address or its AS (0: unknown)? */
bool knowledge_listed(const struct knowledge *k, uint32_t feed, struct addr a, uint32_t asn);

/** Readers, one file each; *ret_entries: how many the list holds. */
MUST_CHECK enum coord_err knowledge_read_public(struct knowledge *k, const char *name,
    struct sv text, uint32_t *ret_entries, struct coord_error *err);
MUST_CHECK enum coord_err knowledge_read_scanners(struct knowledge *k, const char *name,
    struct sv text, uint32_t *ret_entries, struct coord_error *err);
MUST_CHECK enum coord_err knowledge_read_feed(struct feed *feed, const char *name, struct sv text,
    uint32_t *ret_entries, struct coord_error *err);
/** "2026-11-23". */
bool knowledge_is_date(struct sv text);
/** Room for one more in an array that doubles. */
bool knowledge_grow(void **array, uint32_t *cap, uint32_t n, size_t size);

/** The shipped list of scanners, and the date in its head. */
struct sv scanners_shipped(void);
struct sv scanners_version(void);

#endif
