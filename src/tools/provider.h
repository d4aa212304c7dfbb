/* provider.h - what a provider of look-ups is: a row of constants and, for each call it offers, two pure functions. `build` turns a question into
 * a request, `parse` turns what came back into facts and an outcome. Neither knows the clock, the network, the store or the provider's key: deadlines,
 * size caps, rates, quotas, caches, the breaker, retries, the egress gate, the audit row and the header with the key are the client layer's (ask.c).
 *
 * A new provider is a file src/tools/providers/<name>.c that defines `const struct provider provider_<name>`, its line in PROVIDERS below, its file in
 * meson.build, tests/unit/tools/test_<name>.c with every outcome, its seeds in tests/fuzz/corpus/provider/, its row in tests/support/providers.py, and its
 * row in docs/tools.md. isc.c is the smallest example. */
#ifndef COORD_TOOLS_PROVIDER_H
#define COORD_TOOLS_PROVIDER_H

#include "tools/tools.h"

/* clang-format off */
/** constant of the file: provider_<name>. The order is the order of asking: cheap and plentiful first, scarce last (reference section 8). */
#define PROVIDERS(X) \
	X(cymru) X(cymru_whois) X(ripestat) X(isc) \
	X(misp) X(internetdb) X(threatfox) X(urlhaus) X(malwarebazaar) X(otx) X(abuseipdb) \
	X(virustotal) X(greynoise)
/* clang-format on */

enum provider_transport {
	PROVIDER_HTTP,
	PROVIDER_DNS,   /* build gives the name of a TXT record in `path`; parse gets its texts */
	PROVIDER_WHOIS, /* build gives one line in `path`; many go over one connection; parse gets the whole answer in `body` */
};

enum { PROVIDER_HEADERS_MOST = 8, PROVIDER_TEXTS_MOST = 64, PROVIDER_CALLS_MOST = 8 };

/** What the operator set for this provider and `build` may know. Never the key. */
struct provider_setup {
	const char *contact; /* COORD_CONTACT, "" when not set */
	const char
	    *app; /* "app" of the providers file: RIPEstat's sourceapp; a default otherwise */
	bool has_key;
	unsigned page; /* of a call with pages, from 1; 0: the first */
};

/** Filled by build. All texts borrowed (constants, or in the arena). */
struct provider_request {
	const char *method; /* NULL: GET */
	struct sv
	    path; /* behind the base URL, with "/" first and its query ("/ip/198.51.100.7?json"): percent-encoded by build */
	struct net_header headers[PROVIDER_HEADERS_MOST];
	size_t n_headers;
	struct sv body; /* SV_NONE: none */
};

/** What came back, for parse. The layer has already dealt with: no answer at all (unavailable), more than `answer_most` (bad_payload). Everything that has a
 *  status comes to parse, because "not found" and "wrong key" look different everywhere; provider_by_status is what most do with what they do not know. */
struct provider_reply {
	int status; /* HTTP; 0 for DNS and whois */
	struct sv content_type, body;
	/* the body as JSON; JSON_MISSING when it is none (or the content type says that it is none): HTML from a proxy, truncated, invalid UTF-8, too deep */
	struct json_value json;
	const struct sv *texts; /* DNS: each TXT record, its strings joined */
	size_t n_texts;
	bool no_name;   /* DNS: NXDOMAIN, or no TXT record */
	int64_t now_us; /* when it was asked, for "today" and for ages; never the clock */
};

/* --- facts ---------------------------------------------------------------------------------------------------------------- */

/** What parse appends to. Bounded: FACTS_MOST facts, FACT_TEXT_MOST bytes a text; more is dropped, silently (a provider that sends more has no more to say). Texts are
 *  copied, made valid UTF-8 and stripped of control characters: they are strangers' words, some of them attackers'. Absent texts and empty ones add nothing. */
struct provider_facts {
	struct arena *arena;
	struct tools_fact *facts;
	size_t n, cap;
	int64_t
	    wait_us; /* rate_limited: how long to leave it alone, when the body says so; 0: the headers or the default decide */
	char why
	    [120]; /* for people, on anything but hit and miss: constants and numbers, nothing the provider sent but its own error codes */
	bool failed; /* out of memory */
	bool more; /* there may be another page: what the next one says is appended (pages_most) */
};
/** `name`: a constant, one of TOOLS_FACTS. */
void facts_text(struct provider_facts *facts, enum tools_fact_name name, struct sv text);
void facts_whole(struct provider_facts *facts, enum tools_fact_name name, int64_t number);
void facts_real(struct provider_facts *facts, enum tools_fact_name name, double number);
void facts_bool(struct provider_facts *facts, enum tools_fact_name name, bool yes);
/** Microseconds UTC. */
void facts_time(struct provider_facts *facts, enum tools_fact_name name, int64_t time_us);
/** For parse's last line: sets why and returns the outcome. */
enum tools_outcome facts_why(struct provider_facts *facts, enum tools_outcome outcome,
    const char *format, ...) PRINTF_LIKE(3, 4);

/* Lenient reading (reference section 0): a number may be a string, a string a number, null, [] and "" are "none". False: none of it, or another thing. */
bool loose_whole(struct json_value v, int64_t *ret);
bool loose_bool(struct json_value v, bool *ret); /* true, "true", "1", 1 */
/** "AS64500", "64500", 64500. */
bool loose_asn(struct json_value v, uint32_t *ret);
bool asn_parse(struct sv text, uint32_t *ret);
/** A date or time of any usual form, "2026-01-01 09:10:23 UTC" too, or seconds since the epoch. */
bool loose_time(struct json_value v, int64_t *ret_us);

/** An address as text; octets may be padded with zeros and are decimal ("046.101.124.074"). */
bool loose_addr(struct sv text, struct addr *ret);
/** What the provider says its answer is about is the address that was asked. One that cannot be read is another. */
bool is_about(const struct tools_question *question, struct sv address);

/** What a status means when the body has nothing to say: 429 rate_limited, 401 and 403 auth_failed, 404 miss when `miss_404`, 408 and 5xx unavailable, other 4xx bad_request,
 *  anything else bad_payload. Sets why. */
enum tools_outcome provider_by_status(
    const struct provider_reply *reply, bool miss_404, struct provider_facts *facts);
/** Appends `text` percent-encoded (RFC 3986 unreserved characters stay). */
void url_encode(struct buf *out, struct sv text);

/* --- the row ---------------------------------------------------------------------------------------------------------------- */

struct provider_call {
	const char *
	    name; /* "ip", "network-info": part of the cache key, so it never changes its meaning */
	unsigned kinds; /* bits 1 << enum tools_kind that it answers */
	/** COORD_EINVALID: this question is none for the call (IPv6 where only IPv4 is known): it is not asked, outcome bad_request without a look-up. Texts of the request live in `arena`. */
	enum coord_err (*build)(const struct tools_question *question,
	    const struct provider_setup *setup, struct arena *arena, struct provider_request *ret,
	    struct coord_error *err);
	/** Pure; any bytes. On hit at least one fact. On anything but hit, facts are dropped. */
	enum tools_outcome (*parse)(const struct tools_question *question,
	    const struct provider_reply *reply, struct provider_facts *facts);
	int64_t hit_ttl_us, miss_ttl_us; /* 0: the provider's */
	int64_t deadline_us;             /* 0: the provider's */
	/* kinds has ASK_PREFIX: an address is asked as its /24 or /48, so that less leaves and neighbours cost nothing */
	bool by_prefix;
	/* asked only when an answer before gave a reason (prefix and origin known ...): not part of the first plan */
	bool follows;
	/* answers that come in pages: the layer builds again with the next page while parse sets `more`; 0 and 1: one. Facts of all pages are the answer's; a page that fails
	   after the first ends it, with what there is */
	unsigned pages_most;
};

struct provider {
	const char *name; /* as in COORD_PROVIDERS: "isc", "cymru-whois" */
	const char *title,
	    *leaves; /* for people: "DShield / SANS ISC", "address and contact mail" */
	enum tools_branch branch;
	enum provider_transport transport;
	const char *
	    base_url; /* default: "https://isc.sans.edu/api"; dns://, whois:// for the others; "": the operator has to give one */
	const char *key_header; /* "Key": the layer sends it with the key; NULL: no key exists */
	const char *key_prefix; /* before the key: "Bearer "; or NULL */
	bool needs_key;         /* without one it is not asked: auth_failed at once, nothing sent */
	double per_second;      /* default rate; 0: none */
	uint32_t burst;         /* tokens of a full bucket; 0: 1 */
	uint64_t per_day, per_week; /* default quotas; 0: none */
	unsigned parallel;          /* requests at once, all workers' processes each; 0: 1 */
	int64_t hit_ttl_us, miss_ttl_us;
	int64_t deadline_us; /* of one try; 0: 10 s */
	size_t answer_most;  /* bytes after inflation; 0: 1 MiB */
	int64_t rest_us; /* rate_limited: at least this long, whatever Retry-After says; 0: 1 s */
	bool scarce;     /* only for addresses of a campaign that is near a threshold */
	double worth;    /* what an answer is worth beside others' for the plan, 0..1 */
	struct provider_call calls[PROVIDER_CALLS_MOST];
	size_t n_calls;
};

#define PROVIDER_DECLARE(name) extern const struct provider provider_##name;
PROVIDERS(PROVIDER_DECLARE)
#undef PROVIDER_DECLARE

/** By name; NULL. All of them: provider_at(i), NULL behind the last. */
const struct provider *provider_named(struct sv name);
const struct provider *provider_at(size_t i);

/** What parse is given, from bytes as they came: checks the content type, parses JSON, calls the call's parse, checks what it returns (a hit without a fact is bad_payload).
 *  For the client layer, tests and fuzz targets: the one way from bytes to facts. */
enum tools_outcome provider_read(const struct provider_call *call,
    const struct tools_question *question, int status, struct sv content_type, struct sv body,
    int64_t now_us, struct provider_facts *facts);

/** The same for a reply that was taken apart already (DNS). */
enum tools_outcome provider_parse(const struct provider_call *call,
    const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts);

#endif
