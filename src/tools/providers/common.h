/* common.h - what the providers of threat intelligence share (private to providers/): requests put together, answers checked for being about what was
 * asked, quotas read from words, and the one table of what counts as listed. */
#ifndef COORD_TOOLS_PROVIDERS_COMMON_H
#define COORD_TOOLS_PROVIDERS_COMMON_H

#include "tools/provider.h"

#define MINUTE_US (60 * TIME_SECOND)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

#define BIT(kind) (1u << (unsigned)(kind))

/** "<before><text, percent-encoded><after>" as the path. COORD_ENOMEM. */
MUST_CHECK enum coord_err request_path(struct provider_request *request, struct arena *arena,
    const char *before, struct sv text, const char *after, struct coord_error *err);
/** Copies what was written and releases `out`. COORD_ENOMEM. */
MUST_CHECK enum coord_err request_body(struct provider_request *request, struct arena *arena,
    struct buf *out, struct coord_error *err);
/** The name has to be a constant, the value too. */
void request_header(struct provider_request *request, const char *name, const char *value);

/** COORD_EINVALID unless the question's text is an address (v6: IPv6 too). */
MUST_CHECK enum coord_err question_address(
    const struct tools_question *question, bool v6, struct addr *ret, struct coord_error *err);
enum hash_kind { HASH_NONE, HASH_MD5, HASH_SHA1, HASH_SHA256 };
/** By its length; HASH_NONE: not lower-case hex, or of another length. */
enum hash_kind hash_kind_of(struct sv text);

/** Is it text, and the address that was asked for? A provider may leave it out (missing, null). */
bool same_address(struct json_value v, const struct tools_question *question);
/** The same for other texts, case folded. */
bool same_text(struct json_value v, const struct tools_question *question);
/** Text of any member that is a string; SV_NONE. */
struct sv text_of(struct json_value object, const char *name);
/** Adds each string of an array (or the one string) as a fact, `most` at most. */
void add_texts(
    struct provider_facts *facts, enum tools_fact_name name, struct json_value v, size_t most);
/** Adds a country when it is two letters. */
void add_country(struct provider_facts *facts, struct sv text);
void add_time(struct provider_facts *facts, enum tools_fact_name name, struct json_value v);
void add_whole(struct provider_facts *facts, enum tools_fact_name name, struct json_value v);

/** rate_limited, with the wait that the provider's words mean: a day's or month's quota comes back at midnight UTC, a week's is tried again a day later, an
 *  hour's and a minute's after one. Words that say none of these leave it to the headers. */
enum tools_outcome quota_outcome(struct provider_facts *facts, struct sv words, int64_t now_us);

/* --- what counts as listed ------------------------------------------------------------------------------------------------ */

/* clang-format off */
/** Rules by which an answer about an address becomes a label: of a feed ("abuseipdb:high", for channel X), or of a known benign scanner (then it goes to the
 *  lists of scanners). A label is a fact about an address that was asked about: of the others nothing is known, they are not "unlisted".
 *  X(constant, provider, category, benign, when, why) */
#define LABELS(X)                                                                                                                  \
	X(ABUSEIPDB_HIGH, "abuseipdb", "high", false, "abuseConfidenceScore >= 75, and two reporters or more",                        \
	  "the score from which the provider itself advises to block; a second reporter rules out one sensor's mistake")             \
	X(ABUSEIPDB_REPORTED, "abuseipdb", "reported", false, "abuseConfidenceScore 25 to 74, and two reporters or more",             \
	  "reported, but not often or not lately; below 25 it is one mistake or an address that changed hands")                       \
	X(ABUSEIPDB_SPIDER, "abuseipdb", "spider", true, "isWhitelisted, and usageType is Search Engine Spider",                      \
	  "the allowlist alone also holds clouds that anybody rents, which exonerates nobody")                                        \
	X(GREYNOISE_MALICIOUS, "greynoise", "malicious", false, "classification malicious, and not riot",                             \
	  "seen attacking by its sensors; with riot it contradicts itself and says nothing")                                          \
	X(GREYNOISE_SUSPICIOUS, "greynoise", "suspicious", false, "classification suspicious, and not riot", "weaker, so a label of its own") \
	X(GREYNOISE_BENIGN, "greynoise", "benign", true, "classification benign", "an actor known by name that scans without attacking") \
	X(GREYNOISE_RIOT, "greynoise", "riot", true, "riot, and not classified malicious or suspicious",                              \
	  "a common business service: its addresses are seen by everybody")                                                           \
	X(INTERNETDB_COMPROMISED, "internetdb", "compromised", false, "tag compromised, malware, c2 or doublepulsar",                 \
	  "signs of an intrusion on its own ports; what is merely open or old is no sign of one")                                     \
	X(THREATFOX_BOTNET, "threatfox", "botnet_cc", false, "an indicator botnet_cc with confidence_level >= 50",                    \
	  "50 is what a reporter gives who saw it himself; below he is unsure")                                                       \
	X(THREATFOX_PAYLOAD, "threatfox", "payload_delivery", false, "an indicator payload_delivery with confidence_level >= 50", "likewise") \
	X(THREATFOX_OTHER, "threatfox", "other", false, "an indicator of another type with confidence_level >= 50", "likewise")        \
	X(URLHAUS_MALWARE, "urlhaus", "malware_url", false, "a URL on it that is online or was added in the last 90 days",            \
	  "addresses change hands: what it served a year ago may have been another's")                                               \
	X(VIRUSTOTAL_MALICIOUS, "virustotal", "malicious", false, "3 engines or more say malicious",                                  \
	  "one or two of some ninety are their usual false alarms")                                                                  \
	X(OTX_PULSES, "otx", "pulses", false, "in 2 pulses or more, no false positive reported, not on its allowlist",                \
	  "a pulse is one unvetted person's word, and many republish the feeds of others")                                           \
	X(MISP_TO_IDS, "misp", "to_ids", false, "an attribute with to_ids, not tagged as a false positive, not on a warning list",    \
	  "to_ids is the mark of those who shared it that it may be acted upon")
/* clang-format on */
enum label {
#define LABEL_ENUM(constant, provider, category, benign, when, why) LABEL_##constant,
	LABELS(LABEL_ENUM)
#undef LABEL_ENUM
	    LABEL_COUNT
};
/** Adds FACT_LISTED or FACT_SCANNER. `name`: of the scanner, when known; SV_NONE: the category. */
void label_add(struct provider_facts *facts, enum label label, struct sv name);

/* abuse.ch: ThreatFox, URLhaus and MalwareBazaar (abusech.c) */

/** What query_status (or "error") says, whatever the HTTP status: HIT when it is "ok" and the rest has to be read; else the outcome, `misses` and `refusals` being
 *  lists of words that end with NULL. */
enum tools_outcome abusech_status(const struct provider_reply *reply, const char *const *misses,
    const char *const *refusals, struct provider_facts *facts);

#endif
