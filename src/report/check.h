/* check.h - the kinds of members that a result document has, for check.c (private to report/). The schema says the same
 * more exactly; this is what a reviewer's binary can check without a schema validator. */
#ifndef COORD_REPORT_CHECK_H
#define COORD_REPORT_CHECK_H

#include "report/document.h"

struct checker {
	struct report_check *ret;
	char at[200]; /* JSON pointer of the object under check */
	double worlds;
	bool reference_given;
};

/* clang-format off */
#define SHAPES(X)                                                                                  \
	X(TEXT, "a text")                                                                          \
	X(TEXT_OR_NULL, "a text or null")                                                          \
	X(COUNT, "a whole number from 0")                                                          \
	X(TRUTH, "true or false")                                                                  \
	X(NUMBER, "a number")                                                                      \
	X(NUMBER_OR_NULL, "a number or null")                                                      \
	X(SHARE_OR_NULL, "a number from 0 to 1, or null")                                          \
	X(P_OR_NULL, "a p-value above 0 and at most 1, or null")                                   \
	X(INTERVAL, "two numbers from 0 to 1 in order, or null")                                   \
	X(VERDICT, "one of the four verdicts")                                                     \
	X(STATUS, "tested, defining, abstained or excluded")                                       \
	X(TIME, "a time")                                                                          \
	X(TIME_OR_NULL, "a time or null")                                                          \
	X(HASH, "a SHA-256 in hexadecimal")                                                        \
	X(HASH_OR_NULL, "a SHA-256 in hexadecimal, or null")                                       \
	X(REFERENCE, "a SHA-256 in hexadecimal, or batch")                                         \
	X(SEED, "a number of at most 64 bits, as text")                                            \
	X(UUID, "a UUID")                                                                          \
	X(LIST, "a list")                                                                          \
	X(OBJECT, "an object")                                                                     \
	X(SHARES, "an object of numbers from 0 to 1")
/* clang-format on */

enum shape {
#define SHAPE_ENUM(name, text) SHAPE_##name,
	SHAPES(SHAPE_ENUM)
#undef SHAPE_ENUM
};

struct shape_of {
	const char *key; /* NULL: behind the last */
	enum shape shape;
};

extern const struct shape_of shapes_document[], shapes_campaign[], shapes_evidence[],
    shapes_ledger[], shapes_counterfactual[], shapes_batch[], shapes_provenance[];

bool shape_fits(struct json_value v, enum shape shape);
/** What was expected, in words. */
const char *shape_text(enum shape shape);

#endif
