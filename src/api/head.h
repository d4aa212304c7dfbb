/* head.h - the head of a request as far as anybody looks at it, and what makes one refused (private to api/).
 * Two servers in a row that take one head for two different requests can be made to hand a stranger's request on
 * (request smuggling). So whatever RFC 9112 leaves open is refused here: see head_fault. */
#ifndef COORD_API_HEAD_H
#define COORD_API_HEAD_H

#include "base/base.h"

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_OTHER
};
#define HTTP_BIT(method) (1u << (method))

/* clang-format off */
#define HTTP_HEADERS(X)                                                                            \
	X(HOST, "host") X(CONTENT_LENGTH, "content-length") X(TRANSFER_ENCODING, "transfer-encoding") \
	X(AUTHORIZATION, "authorization") X(API_KEY, "x-api-key") X(CONTENT_TYPE, "content-type")   \
	X(CONTENT_ENCODING, "content-encoding") X(ACCEPT, "accept")                                 \
	X(ACCEPT_ENCODING, "accept-encoding") X(IF_NONE_MATCH, "if-none-match")                     \
	X(IDEMPOTENCY_KEY, "idempotency-key") X(REQUEST_ID, "x-request-id")                         \
	X(TRACEPARENT, "traceparent") X(LAST_EVENT_ID, "last-event-id") X(EXPECT, "expect")         \
	X(ORIGIN, "origin") X(CORS_METHOD, "access-control-request-method")                         \
	X(FORWARDED_FOR, "x-forwarded-for")
/* clang-format on */
enum http_header {
#define HTTP_HEADER_ENUM(name, text) HEADER_##name,
	HTTP_HEADERS(HTTP_HEADER_ENUM)
#undef HTTP_HEADER_ENUM
	    HEADER_COUNT
};

struct http_head {
	enum http_method method;
	bool is_1_1;                   /* HTTP/1.1; else 1.0 */
	struct sv value[HEADER_COUNT]; /* the first of each; SV_NONE: not there */
	uint8_t times[HEADER_COUNT];
	bool odd;                /* a field name that is no token, a control character in a value */
	uint64_t content_length; /* set by head_fault; 0 when there is none */
	bool chunked;            /* likewise */
};

enum http_method http_method_of(struct sv name);
const char *http_method_name(enum http_method method);
/** Notes one field of the head; the views are borrowed. */
void head_add(struct http_head *head, struct sv name, struct sv value);
/** What is wrong with the framing of a whole head, NULL: nothing. Fills content_length and chunked. */
const char *head_fault(struct http_head *head);

/** Whether an Accept-Encoding value takes `coding` ("gzip"), by its q-value; an absent value takes nothing. */
bool head_accepts(struct sv accept_encoding, struct sv coding);
/** Whether an If-None-Match value names the entity tag (with its quotes), by weak comparison. */
bool head_names_etag(struct sv if_none_match, struct sv etag);
/** An Idempotency-Key as its text, quoted or not. False: empty, longer than 255, or not printable ASCII. */
bool head_idempotency_key(struct sv value, struct sv *ret);
/** An id that a client may give its request: 1 to 64 of letters, digits and "-_.". */
bool head_request_id_valid(struct sv value);
/** Whether a Content-Type is JSON: "application/json", "application/...+json", "text/json"; an absent one counts as JSON. */
bool head_type_is_json(struct sv content_type);

#endif
