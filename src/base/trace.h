/* trace.h - W3C trace context (https://www.w3.org/TR/trace-context/): which request of which system something belongs to.
 * "00-<32 hex of the trace>-<16 hex of the span>-<2 hex of flags>", lower case. Anything that is not one starts a new trace. */
#ifndef COORD_BASE_TRACE_H
#define COORD_BASE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"

enum { TRACE_TEXT_LEN = 55 };

struct trace_context {
	uint8_t trace[16]; /* not all 0 */
	uint8_t span[8];   /* of whoever asks; not all 0 */
	uint8_t flags;     /* TRACE_SAMPLED, and what else came */
};
enum { TRACE_SAMPLED = 1 };

/** False, and *ret untouched, for anything but a traceparent: version ff, upper case, an all-zero id, a version 00 that is not 55 bytes long.
 *  Of a higher version the first 55 bytes are read, when they end there or a '-' follows. */
bool trace_parse(struct sv text, struct trace_context *ret);
/** As version 00, NUL-terminated. */
void trace_format(const struct trace_context *context, char ret[TRACE_TEXT_LEN + 1]);
/** A new trace with random ids; `sampled` false: nobody need record it. */
void trace_new(bool sampled, struct trace_context *ret);
/** A new span of the same trace: the caller's own, whose parent is `context`'s. */
void trace_child(const struct trace_context *context, struct trace_context *ret);

#endif
