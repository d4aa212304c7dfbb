/* document.h - result documents for the tests of llm/, small enough to be read. */
#ifndef TEST_LLM_DOCUMENT_H
#define TEST_LLM_DOCUMENT_H

#include "base/base.h"

/** Two groups: c1 coordinated (artefacts of two kinds, three channels, two techniques, what look-ups said), c2 coincidental. `attacker` stands wherever
 *  attacker text may stand. */
void document_write(struct buf *out, const char *attacker);

#endif
