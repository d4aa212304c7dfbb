/* scene.h - a made-up background with one planted set, for the tests of evidence channels: what independent sources have
 * in common anyway (working hours, shared bursts, popular credentials, crowded networks) is in it, coordination is not.
 * A test file gives a function that makes the sessions of one source. */
#ifndef COORD_TESTS_DETECT_SCENE_H
#define COORD_TESTS_DETECT_SCENE_H

#include "study.h"

#include "detect/channel/channel.h"

enum { SCENE_NODES = 300, SCENE_SET = 6, SCENE_SETS = SCENE_NODES / SCENE_SET, SCENE_DAYS = 7 };

/** Adds the sessions of source `node`; those below SCENE_SET belong to the planted set when `planted` is not 0. */
typedef void (*scene_source)(struct batch *b, uint32_t node, int planted, uint64_t seed);

/** A time at which anybody may be active: by day rather than by night, three of ten in one of a few shared bursts. */
double scene_time(uint64_t seed, struct rng *rng);
/** The address of a source of most tests: each in a network of its own. */
uint32_t scene_address(uint32_t node);
void scene_begin(struct study *s, scene_source add, int planted, uint64_t seed);
/** The nodes of the planted set, ascending: sources at scene_address(0 .. SCENE_SET - 1). */
void scene_planted(const struct study *s, uint32_t nodes[SCENE_SET]);
/** What a test channel says of a set. `change` (NULL allowed) may complete the input. */
struct detect_evidence scene_ask(struct study *s, const struct channel *c, const uint32_t *nodes,
    uint32_t n, uint32_t draws_most, void (*change)(struct channel_input *in));
/** Asks about a few hundred sets of nothing and fails when more are rejected at 0.05 or 0.01 than the upper 99.9 % bound
 *  of an exact binomial, or when hardly any p-value is large. `talk`: at least this share of the sets must be judged. */
void scene_check_level(
    const struct channel *c, scene_source add, double talk, void (*change)(struct channel_input *));

#endif
