/* submit.h - from checked sessions to an accepted analysis (private to api/): the way that coordination, bulk and ingest share.
 * request bytes -> zstd -> store_submit (the answer waits for the commit, no thread does) -> queue. */
#ifndef COORD_API_SUBMIT_H
#define COORD_API_SUBMIT_H

#include "api/server.h"

struct submission {
	struct request *r;
	struct arena *arena;
	struct store_submission *items;
	size_t n;
	uint64_t sessions;
	struct buf compressed; /* of all items, one behind the other */
	struct buf reply;
	struct store_submit set;
	char fingerprint[65];
	char traceparent[56];
	void *mapped; /* a spool's bytes (logs.c) */
	size_t mapped_len;
};

/** A submission of n analyses, kept as the request's work. NULL: no memory (answered). */
struct submission *submission_new(struct request *r, size_t n);
/** Fills item i from the options; `kind`: "sessions" or "logs"; `extra`: further members of the options, NULL: none. False: no memory. */
bool submission_fill(struct submission *s, size_t i, const struct request_options *options,
    const char *kind, void (*extra)(struct jsonw *w, void *context), void *context);
/** One analysis' CoordinationResponse as the first answer has it. */
void submission_reply_one(struct submission *s);
/** What makes two requests the same: method and path, query, body. */
void submission_fingerprint(struct submission *s, const uint8_t body_sha256[32]);
/** Hands it to the store; the exchange is suspended already. It will be answered. */
void submission_send(struct submission *s);

#endif
