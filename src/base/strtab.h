/* strtab.h - interned strings: equal bytes, equal id. Id 0 is "absent", and every table is born with it.
 * Ids are given in order of first sight, so they depend on the order of calls: results order by content. */
#ifndef COORD_BASE_STRTAB_H
#define COORD_BASE_STRTAB_H

#include <stdint.h>

#include "base/sv.h"

struct strtab;

enum { STR_NONE = 0 };

struct strtab *strtab_new(void); /* NULL: no memory */
void strtab_free(struct strtab *tab);
/** The id of `text` (copied when new). STR_NONE for an absent view (data NULL), UINT32_MAX when out of memory.
 *  An empty string has an id of its own. */
uint32_t strtab_intern(struct strtab *tab, struct sv text);
/** The id of `text` if it is there, else STR_NONE. */
uint32_t strtab_find(const struct strtab *tab, struct sv text);
/** The bytes of an id; absent for STR_NONE. Valid as long as the table. NUL-terminated behind its length. */
struct sv strtab_get(const struct strtab *tab, uint32_t id);
/** hash_content() of an id's bytes, kept once computed: 0 for STR_NONE. Safe from several threads. */
uint64_t strtab_hash(const struct strtab *tab, uint32_t id);
/** Numbers the strings anew, most of them without copying: fresh[id] is an id's new number, 0: it goes. The new numbers
 *  are 1 to n - 1, each given once. Returns the table, which takes the place of `tab`; NULL: no memory, `tab` is as it
 *  was. */
struct strtab *strtab_number(struct strtab *tab, const uint32_t *fresh, uint32_t n);
/** Number of ids, STR_NONE included. */
uint32_t strtab_count(const struct strtab *tab);
/** Bytes of memory held. */
size_t strtab_memory(const struct strtab *tab);

#endif
