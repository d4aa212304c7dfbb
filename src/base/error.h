/* error.h - one enum for all rooms, one table of texts, one struct with the position.
 * Lower rooms return errors, front rooms (cli, api, jobs) print or log them: never both.
 * `assert` is for our own bugs, an error is for the world's. */
#ifndef COORD_BASE_ERROR_H
#define COORD_BASE_ERROR_H

#include <stdarg.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" { /* json.cpp is a user */
#endif

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))

/* clang-format off */
#define COORD_ERRORS(X)                                                                            \
	X(INVALID, "invalid argument")                                                             \
	X(PARSE, "malformed input")                                                                \
	X(LIMIT, "limit exceeded")                                                                 \
	X(NODATA, "not enough data to judge")                                                      \
	X(NOMEM, "out of memory")                                                                  \
	X(IO, "input or output failed")                                                            \
	X(UNAVAIL, "dependency unavailable, try again")                                            \
	X(CANCELLED, "cancelled")
/* clang-format on */

enum coord_err {
	COORD_OK = 0,
#define COORD_ERROR_ENUM(name, text) COORD_E##name,
	COORD_ERRORS(COORD_ERROR_ENUM)
#undef COORD_ERROR_ENUM
};

/** Where and what. Filled once, where the fault is first seen. A caller that does not care passes NULL. */
struct coord_error {
	enum coord_err code;
	uint64_t line; /* 1-based; 0 when not about input */
	uint64_t byte; /* 0-based, in that line */
	char what
	    [240]; /* "source_ip: expected an address, got \"12.0.0\""; printable, NUL-terminated */
};

/** Fills *err (NULL allowed) with `code` and the text, position 0, and returns `code`.
 *  Bytes outside printable ASCII in the text are replaced, so that attacker text cannot drive a terminal. */
enum coord_err error_set(struct coord_error *err, enum coord_err code, const char *format, ...)
    PRINTF_LIKE(3, 4);
/** The same with the position in the input. */
enum coord_err error_at(struct coord_error *err, enum coord_err code, uint64_t line, uint64_t byte,
    const char *format, ...) PRINTF_LIKE(5, 6);
/** The text of a code; never NULL. */
const char *error_text(enum coord_err code);

/** Returns the error of `expr` to the caller, for functions whose locals need no release. */
#define TRY(expr)                                \
	do {                                     \
		enum coord_err try_rc_ = (expr); \
		if (try_rc_ != COORD_OK)         \
			return try_rc_;          \
	} while (0)

/** CLEANUP(fn) declares a local that fn(&local) releases at the end of its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#ifdef __cplusplus
}
#endif

#endif
