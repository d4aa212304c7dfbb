/* words.h - tables for normalisation: plausible letter pairs, words never masked, names of processor architectures,
 * busybox applets. Facts, sorted where they are searched. */
#ifndef COORD_DETECT_DATA_WORDS_H
#define COORD_DETECT_DATA_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"

/** Bit j of row i: the pair of letters (i, j) is common: at least 3 in 10,000 of the pairs in 17,000 distinct words of
 *  English technical text and of command names. */
extern const uint32_t words_bigrams[26];
/** Words that look random, or hold digits, but mean something wherever they occur: never masked. Any case. */
bool words_is_known(struct sv word);
/** Names of processor architectures as droppers append them to their files ("arm7", "mips", "x86_64"). Lower case. */
bool words_is_arch(struct sv word);
/** Commands of busybox, and of the shells it comes with: what `/bin/busybox X` runs when X is no attacker's marker. */
bool words_is_applet(struct sv word);

/** Is the word one of a NULL-terminated list? */
bool words_among(struct sv word, const char *const *list);
#define WORDS_AMONG(word, ...) words_among((word), (const char *const[]){ __VA_ARGS__, NULL })

#endif
