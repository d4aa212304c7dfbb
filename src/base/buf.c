/* buf.c - doubling growth up to the maximum. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sv.h"

void
buf_clear(struct buf *buf)
{
	free(buf->data);
	buf->data = NULL;
	buf->len = buf->cap = 0;
	buf->failed = false;
}

char *
buf_reserve(struct buf *buf, size_t n)
{
	size_t cap = buf->cap == 0 ? 256 : buf->cap;
	char *data;

	if (buf->failed || n > buf->max - buf->len) {
		buf->failed = true;
		return NULL;
	}
	if (n <= buf->cap - buf->len && buf->data != NULL)
		return buf->data + buf->len;
	while (cap < buf->len + n)
		cap = cap > buf->max / 2 ? buf->max : cap * 2;
	data = realloc(buf->data, cap + 1); /* one more for buf_cstr */
	if (data == NULL) {
		buf->failed = true;
		return NULL;
	}
	buf->data = data;
	buf->cap = cap;
	return data + buf->len;
}

void
buf_add(struct buf *buf, const void *data, size_t len)
{
	char *at;

	if (len == 0 || (at = buf_reserve(buf, len)) == NULL)
		return;
	memcpy(at, data, len);
	buf->len += len;
}

void
buf_add_sv(struct buf *buf, struct sv text)
{
	buf_add(buf, text.data, text.len);
}

void
buf_add_str(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	char small[256];
	va_list args;
	int len;
	char *at;

	va_start(args, format);
	len = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	if (len < 0) {
		buf->failed = true;
		return;
	}
	if ((size_t)len < sizeof(small)) {
		buf_add(buf, small, (size_t)len);
		return;
	}
	if ((at = buf_reserve(buf, (size_t)len)) == NULL) /* the NUL has a place behind cap */
		return;
	va_start(args, format);
	(void)vsnprintf(at, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
}

const char *
buf_cstr(struct buf *buf)
{
	if (buf->failed || buf->data == NULL)
		return "";
	buf->data[buf->len] = 0;
	return buf->data;
}

struct sv
buf_sv(const struct buf *buf)
{
	return (struct sv){ buf->data == NULL ? "" : buf->data, buf->len };
}
