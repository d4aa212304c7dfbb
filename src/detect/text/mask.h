/* mask.h - one word with what differs from run to run replaced by placeholders (private to normalisation). */
#ifndef COORD_DETECT_MASK_H
#define COORD_DETECT_MASK_H

#include <stdbool.h>

#include "base/sv.h"

struct arena;

/** A text being made, cut at its capacity. */
struct mask_out {
	char *data;
	size_t len, cap;
};

void mask_put(struct mask_out *out, struct sv text);
/** A word as a shell hands it to a program: may hold blanks, which fold. Escapes are decoded by way of scratch. */
void mask_word(struct sv word, struct mask_out *out, struct arena *scratch);
/** One path segment or name: no blanks, no slashes. */
void mask_name(struct sv name, struct mask_out *out);
/** Where an SSH public key starts in the text ("ssh-rsa AAAA..." or "AAAAB3NzaC..."), or SIZE_MAX. *blob: its base64. */
size_t mask_find_key(struct sv text, struct sv *blob);
/** Neighbouring letters that are an uncommon pair, in either case. */
size_t mask_odd_pairs(struct sv word);
/** Five letters of one case with an odd pair among them: what Mirai loaders draw afresh for each victim. A brand that
 *  somebody chose (FBOT, OWARI) is pronounceable or of another length. */
bool mask_is_drawn_marker(struct sv word);
/** A crypt(3) hash: $1$..., $2a$..., $5$, $6$, $y$. */
bool mask_is_crypt(struct sv word);

#endif
