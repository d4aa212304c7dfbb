/* pages.h - large arrays on large pages where the system offers them: first touches then cost one fault for 2 MiB, not
 * one for each 4 KiB. Advice only: nothing depends on it. */
#ifndef COORD_BASE_PAGES_H
#define COORD_BASE_PAGES_H

#include <stddef.h>

/** realloc for arrays that grow: `used` bytes are kept, `size` > used. Large ones are moved to large pages. NULL: no memory,
 *  `old` stays. Released by free. */
void *pages_grow(void *old, size_t used, size_t size);
/** How many elements of `size` bytes an array should get that needs room for `need`: at least twice `cap`, and soon so
 *  many that most arrays move once. Room that nobody touches costs no memory. */
size_t pages_capacity(size_t cap, size_t need, size_t size);
/** For a block just allocated or grown; does nothing for small ones. */
void pages_advise(void *at, size_t size);
/** The content of a block is not needed any more: its whole pages go back to the system now, before the block is freed. */
void pages_drop(void *at, size_t size);

#endif
