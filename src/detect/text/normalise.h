/* normalise.h - what survives what attackers do: typed lines, requests and agents in a form in which two runs of the
 * same script are equal.
 *
 * What differs from run to run is replaced by a placeholder, what the author chose is kept:
 *   <ip> addresses      <n> digits (also inside words)   <hex> hex blobs, \x.. of binaries    <b64> base64 of binaries
 *   <rand> random names <arch> processor names           <key> SSH keys with their comment    <pw> passwords set, hashes
 *   <uuid>  <mac>
 * Base64 and \x escapes that hold text are decoded once and normalised in their turn; `sh -c` scripts are opened.
 * White space folds, quotes vanish, standard directories of the program are dropped (/bin/busybox X -> busybox X),
 * output thrown away (> /dev/null, 2>&1) is dropped. docs/techniques.md gives the rules with examples.
 * Pure and deterministic; scratch is rewound; cost linear in the input, which is cut at NORMALISE_LINE_MAX bytes. */
#ifndef COORD_DETECT_NORMALISE_H
#define COORD_DETECT_NORMALISE_H

#include <stdbool.h>

#include "base/sv.h"

struct arena;

enum {
	NORMALISE_LINE_MAX = 65536, /* bytes of a line that are read */
	NORMALISE_TEXT_MAX = 512,   /* bytes of one normalised text; longer ones are cut */
};

/** The view is valid during the call only. Never called with an empty text. */
typedef void (*normalise_sink)(void *context, struct sv simple_command);

/** Gives every simple command of one typed line, in order; those found inside base64 or a `sh -c` script right after
 *  the command that carries them. When scratch is full, what fits. */
void normalise_line(struct sv line, struct arena *scratch, normalise_sink sink, void *context);

/** "METHOD target" as method and path template: host, numbers, hex, ids, random names masked, query keys kept, values
 *  dropped: "GET /a/<n>?id=&page=". The result lies in scratch (absent when full). */
struct sv normalise_request(struct sv method_target, struct arena *scratch);

/** A user agent with its version numbers masked, at most NORMALISE_TEXT_MAX bytes, in scratch. */
struct sv normalise_user_agent(struct sv agent, struct arena *scratch);

/** A URL as "host/path": scheme, user and default port dropped, host in lower case, processor names in the last path
 *  segment masked (bot.mips and bot.arm7 are one), query kept. Accepts hosts without a scheme. Both absent when it is
 *  no URL. In scratch. */
struct sv normalise_url(struct sv url, struct arena *scratch, struct sv *ret_host);

/** True for a name that no person chose: a word of 6 to 64 letters and digits with too many changes of kind (letter
 *  case, digit) and implausible letter pairs for its length; docs/techniques.md has the formula. Known words never. */
bool normalise_is_random(struct sv word);

#endif
