/* request.h - the bodies of POST /analyze/coordination and /analyze/bulk, checked field by field (private to api/).
 * Pure: no clock, no I/O. The rules and their texts are those of the published contract; openapi.json says the same, and
 * a test holds both against each other. A session is a free-form object: rules apply to the fields they name, everything
 * else is kept as it came. */
#ifndef COORD_API_REQUEST_H
#define COORD_API_REQUEST_H

#include "api/faults.h"

/* clang-format off */
/** Depths, and the channels that a set may have been picked by (detect_config.selected_by). */
#define REQUEST_DEPTHS(X) X("minimal") X("standard") X("deep")
#define REQUEST_SELECTED_BY(X) X("behavior") X("dictionary") X("infrastructure") X("payload") X("artefact") X("time")
/* clang-format on */

enum {
	REQUEST_PAYLOAD_MOST = 10000, /* characters */
	REQUEST_LABEL_MOST = 200,
	REQUEST_URL_MOST = 2048,
};
#define REQUEST_SKEW_US (INT64_C(300) * TIME_SECOND) /* how far a sensor's clock may be ahead */

struct request_limits {
	uint64_t min_sessions, max_sessions, max_batches;
	unsigned levels; /* of brackets: the parser's limit */
	int64_t now_us;
	/** Says why a callback may not go there; NULL when it may. */
	const char *(*callback_refused)(void *context, struct sv url, char ret[240]);
	void *context;
};

struct request_options {
	struct sv depth, callback_url, label,
	    selected_by; /* views into the document; depth is a constant */
	bool group;
};

/** One analysis asked for: its sessions are bytes from..to of the text that request_* wrote. */
struct request_batch {
	size_t from, to;
	uint32_t sessions;
};

struct request_parsed {
	struct request_options options;
	struct request_batch *batches; /* in the arena */
	size_t n_batches;
	struct buf ndjson; /* a session a line; the caller's to clear */
};

/** {"attack_sessions":[...],...}. COORD_OK: all well; COORD_EINVALID: *faults has what is wrong; COORD_EPARSE, COORD_ELIMIT (depth): no JSON, *faults
 *  says so too; COORD_ENOMEM. `text` is padded by JSON_PADDING. */
MUST_CHECK enum coord_err request_coordination(struct json_parser *parser, struct sv text,
    const struct request_limits *limits, struct arena *arena, struct request_parsed *ret,
    struct faults *faults);
/** [[...],[...]], or {"session_batches":[[...],...],...}. The same. */
MUST_CHECK enum coord_err request_bulk(struct json_parser *parser, struct sv text,
    const struct request_limits *limits, struct arena *arena, struct request_parsed *ret,
    struct faults *faults);

/** The same options from query parameters ("analysis_depth" or "depth", "callback_url", "label", "group", "selected_by"): those that are given
 *  replace what *ret has. Faults are at ["query", name]. */
struct target;
void request_query_options(const struct target *target, const struct request_limits *limits,
    struct request_options *ret, struct faults *faults);
struct request_options request_default_options(void);

#endif
