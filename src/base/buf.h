/* buf.h - a byte buffer that grows, born with its maximum (after curl's dynbuf).
 * A failed append marks the buffer failed and changes nothing more, so a writer checks once, at the end. */
#ifndef COORD_BASE_BUF_H
#define COORD_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct sv;

struct buf {
	char *data; /* not NUL-terminated unless buf_cstr made it so */
	size_t len;
	size_t cap;
	size_t max;
	bool failed; /* out of memory or past max: everything appended since is lost */
};

#define BUF_INIT(maximum) \
	((struct buf){ .data = NULL, .len = 0, .cap = 0, .max = (maximum), .failed = false })

void buf_clear(struct buf *buf); /* releases the memory; the buffer may be used again */
/** Makes room for n more bytes and returns where they go (advance len yourself); NULL on failure. */
char *buf_reserve(struct buf *buf, size_t n);
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_sv(struct buf *buf, struct sv text);
void buf_add_str(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** NUL-terminates (not counted in len) and returns the text; "" when failed or empty. */
const char *buf_cstr(struct buf *buf);
struct sv buf_sv(const struct buf *buf);

#endif
