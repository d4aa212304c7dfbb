/* http.h - one HTTP request as events, for all readers whose honeypots or sensors log requests (private to ingest/). */
#ifndef COORD_INGEST_HTTP_H
#define COORD_INGEST_HTTP_H

#include "ingest/emit.h"

/** Absent parts stay zero. `headers`: an object of strings (or arrays of one), null values are skipped. */
struct http_request {
	struct sv method, target, body, host, user_agent;
	struct json_value headers;
};

/** Emits REQUEST, HEADERs, USER_AGENT, the named HOST, the FORWARD of a proxy request, and the URLs and hosts
 *  named in target, body and JNDI headers. */
MUST_CHECK enum coord_err http_emit(const struct emit *e, const struct http_request *request);
/** Port of "name:port" or "[v6]:port"; 0 when there is none. */
uint16_t http_host_port(struct sv host);
/** A header's value whatever the case of its name; absent when it is not there. */
struct sv http_header(struct json_value headers, struct sv name);
/** URL items of the "scheme://..." in a text and HOST items of what they and bare "//1.2.3.4:port" name. */
MUST_CHECK enum coord_err http_emit_indicators(const struct emit *e, struct sv text);

#endif
