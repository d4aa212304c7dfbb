/* generic.h - what a flat JSON record of unknown make says about an attack, by the usual names of its fields (private to
 * ingest/). AttackSession objects, dshield-mcp events and T-Pot documents are read through it. */
#ifndef COORD_INGEST_GENERIC_H
#define COORD_INGEST_GENERIC_H

#include "ingest/http.h"

/** Fills source and target port, protocol, transport, sensor, destination and ASN of the base. Refuses a port that is
 *  none. Address and time are the caller's. */
MUST_CHECK enum coord_err generic_base(struct emit *e, struct json_value j);
/** Emits credentials, commands, requests, URLs, hashes, client fingerprints, labels and origin. */
MUST_CHECK enum coord_err generic_emit(const struct emit *e, struct json_value j);
/** Emits CLOSE when an end or a duration in seconds is given. */
MUST_CHECK enum coord_err generic_close(const struct emit *e, struct json_value j);
/** Emits every member that none of the functions above (nor address, time, id and payload) uses, as EXTRA; nested
 *  objects with dotted keys. */
MUST_CHECK enum coord_err generic_extras(const struct emit *e, struct json_value j);
/** A text payload: PAYLOAD, and REQUEST with HEADERs when it is an HTTP request. */
MUST_CHECK enum coord_err generic_payload(const struct emit *e, struct sv payload);
/** "AS4134", "4134" or a number; 0 when it is none. */
uint32_t generic_asn(struct json_value v);

/** Names of source address, time, session id and payload, as generic_extras skips them. */
extern const char *const GENERIC_SOURCES[], *const GENERIC_TIMES[], *const GENERIC_IDS[],
									*const GENERIC_PAYLOADS[];

#endif
