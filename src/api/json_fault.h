/* json_fault.h - where a text stops being JSON: the parser is too fast to say (private to api/). */
#ifndef COORD_API_JSON_FAULT_H
#define COORD_API_JSON_FAULT_H

#include "base/base.h"

/** The 0-based byte at which `text` cannot be JSON (RFC 8259, in UTF-8) any more, or opens a bracket below `levels` (64 at most) of others; its
 *  length when it is JSON, or only ends too early. Cost O(n). */
size_t json_fault(struct sv text, unsigned levels);

#endif
