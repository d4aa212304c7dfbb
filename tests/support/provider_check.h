/* provider_check.h - for tests of providers: answers as tables, facts and requests as text to compare. */
#ifndef COORD_TESTS_SUPPORT_PROVIDER_CHECK_H
#define COORD_TESTS_SUPPORT_PROVIDER_CHECK_H

#include "tools/provider.h"

/** 2026-01-05T12:00:00Z: when tests ask. */
#define PROVIDER_CHECK_NOW INT64_C(1767614400000000)

struct provider_asked {
	const struct provider *provider;
	const char *call;
	enum tools_kind kind;
	const char *text;
};
struct provider_row {
	const char *title;
	int status;
	const char *type; /* NULL: application/json */
	const char *body;
	enum tools_outcome outcome;
	const char
	    *facts;      /* "listed=high score=0.5 tag=a b", joined by " | "; NULL: not compared */
	int64_t wait_us; /* compared when not 0 */
};

/** Fails the test at the first row that is not as it says. */
void provider_check_rows(
    const struct provider_asked *asked, const struct provider_row *rows, size_t n);
/** What the three services of abuse.ch say in the same words: keys, statuses, rates. */
void provider_check_abusech(const struct provider_asked *asked);
/** What every provider has to make of answers that are none: pages of HTML, what is cut short anywhere, another shape, statuses without a body. `good` is a
 *  body of a hit. keyless: no key can be wrong there. */
void provider_check_faults(const struct provider_asked *asked, const char *good, bool keyless);
/** The request is "METHOD path\nname: value\n...\nbody". */
void provider_check_request(const struct provider_asked *asked, const char *expected);
/** The question is none for the call. */
void provider_check_no_request(const struct provider_asked *asked);

#endif
