/* error.c - the table of error texts, and filling the one error struct. */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

static void
make_printable(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c != 0; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
}

static PRINTF_LIKE(5, 0) enum coord_err error_fill(struct coord_error *err, enum coord_err code,
    uint64_t line, uint64_t byte, const char *format, va_list args)
{
	if (err == NULL)
		return code;
	err->code = code;
	err->line = line;
	err->byte = byte;
	(void)vsnprintf(err->what, sizeof(err->what), format, args);
	make_printable(err->what);
	return code;
}

enum coord_err
error_set(struct coord_error *err, enum coord_err code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)error_fill(err, code, 0, 0, format, args);
	va_end(args);
	return code;
}

enum coord_err
error_at(struct coord_error *err, enum coord_err code, uint64_t line, uint64_t byte,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)error_fill(err, code, line, byte, format, args);
	va_end(args);
	return code;
}

const char *
error_text(enum coord_err code)
{
	switch (code) {
	case COORD_OK:
		return "ok";
#define COORD_ERROR_TEXT(name, text) \
	case COORD_E##name:          \
		return text;
		COORD_ERRORS(COORD_ERROR_TEXT)
#undef COORD_ERROR_TEXT
	}
	return "unknown error";
}
