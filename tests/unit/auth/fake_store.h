/* fake_store.h - the part of store.h that auth/ uses, in memory, with faults on demand: the real stores have tests of their own. */
#ifndef COORD_TESTS_AUTH_FAKE_STORE_H
#define COORD_TESTS_AUTH_FAKE_STORE_H

#include "store/store.h"

struct store *fake_store_new(void);
void fake_store_free(struct store *store);
/** After `calls` more calls that succeed, every one answers COORD_EUNAVAIL; negative: never. */
void fake_store_fail_after(struct store *store, int calls);
unsigned fake_store_reads(struct store *store); /* of keys */
/** The audit rows as they lie there, to be tampered with. */
struct store_audit *fake_store_audit(struct store *store, size_t *n);
void fake_store_audit_cut(struct store *store, size_t from, size_t n);

#endif
