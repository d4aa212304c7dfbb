/* intel.h - part of tools.h: what answers of threat intelligence mean as labels of addresses, and which questions a campaign's observables are. Pure. */
#ifndef COORD_TOOLS_ONLINE_INTEL_H
#define COORD_TOOLS_ONLINE_INTEL_H

#include "tools/online/online.h"

/** An address on a list: of a feed, for channel X (LIST_FEED), or of the known benign scanners (LIST_SCANNERS). Which answer counts as listed, from which threshold on
 *  and why, is the provider's table of rules (src/tools/providers/common.h; `coord tools providers` and docs/tools.md show it). */
struct tools_label {
	struct addr address;
	struct sv
	    name; /* "abuseipdb:high"; "feed:blocklistde22", a feed that a provider tells of; benign: the scanner's name, "greynoise:shodan.io" */
	bool benign;
	const char *provider; /* of the first answer that says so; a constant */
	struct sv key;        /* of that answer */
};
/** Labels of all hits about addresses, distinct, feeds before scanners, by name and then address; *ret lives in the arena. Names are made of a-z, 0-9 and "._:-" and at most 64
 *  bytes long, whatever a provider answers.
 *  An address without a label may be one that nobody asked about: a rate of listed ones means something only where all that are compared were asked (tools_covers). COORD_ENOMEM. */
MUST_CHECK enum coord_err tools_labels(const struct tools_answer *answers, size_t n,
    struct arena *arena, struct tools_label **ret, size_t *ret_n, struct coord_error *err);
/** Lists as detect_knowledge_add reads them: of a feed (the labels of that name, one address a line), and of all benign scanners ("name,network,address,provider"). */
void tools_feed_list(const struct tools_label *labels, size_t n, struct sv name, struct buf *out);
void tools_scanner_list(const struct tools_label *labels, size_t n, struct buf *out);

/** May the words of such a fact be a stranger's (a reporter's, an attacker's, the holder's of a name)? Shown escaped and fenced, never read by a program. */
bool tools_fact_untrusted(enum tools_fact_name name);

/** Questions that a campaign's observables are, canonical and distinct: its sources, its hashes, its URLs, the hosts of these (payloads are often served from elsewhere), its
 *  domains; in this order, each kind in the order given. Left out: what is no such thing, and what may not be asked whoever asks (URLs with userinfo, query or fragment; names without a
 *  dot; special-purpose addresses). `index`: the campaign's in its case. The gate looks at each again. COORD_ENOMEM. */
MUST_CHECK enum coord_err tools_questions(const struct tools_campaign *campaign, uint32_t index,
    struct arena *arena, struct tools_question **ret, size_t *ret_n, struct coord_error *err);

/** For people and tables: a provider as the program knows it. NULL: none of that name. */
struct tools_provider_rule {
	const char *label, *when,
	    *why; /* "abuseipdb:high", "abuseConfidenceScore >= 75 ...", "the score from which ..." */
	bool benign;
};
/** Rules of all providers, in their table's order; false behind the last. */
bool tools_rule_at(size_t i, struct tools_provider_rule *ret);

/** A provider as it stands here: its row, what the operator set over it, and what is left of its quotas. */
struct tools_view {
	const char *name, *title, *leaves, *url;
	enum tools_branch branch;
	unsigned kinds; /* bits 1 << enum tools_kind that it answers */
	bool named;     /* in COORD_PROVIDERS; else it is never asked, and the rest is its row's */
	bool needs_key, has_key;
	double per_second;
	uint64_t per_day, per_week;          /* 0: no quota */
	uint64_t used_today, used_this_week; /* of all workers, when there is a store */
	int64_t hit_ttl_us, miss_ttl_us;
	bool scarce;
	const char *state; /* "off"; "no key"; "resting", "spent", "open" until until_us; "ready" */
	int64_t until_us;
};
/** Of all providers that the program knows, in the order of asking; false behind the last. */
bool tools_view_at(const struct tools *tools, size_t i, struct tools_view *ret);
/** What a text is a question of, in its canonical form (in the arena): an address, "AS64500", a prefix, an origin and a prefix, a hash, a URL, a name. False: none of these. */
bool tools_question_read(struct sv text, struct arena *arena, struct tools_question *ret);
/** The look-ups that this question is to this provider: every call that takes its kind. COORD_EINVALID: the provider is unknown, not named, or has no such call; COORD_ENOMEM. */
MUST_CHECK enum coord_err tools_lookups_of(const struct tools *tools, const char *provider,
    struct tools_question question, struct arena *arena, struct tools_lookup **ret, size_t *ret_n,
    struct coord_error *err);

#endif
