/* testing.h - what every unit test includes first: cmocka with the headers it wants before it, and a few checks. */
#ifndef COORD_TESTS_SUPPORT_TESTING_H
#define COORD_TESTS_SUPPORT_TESTING_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/base.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/** Fails unless the view holds exactly the bytes of the literal. */
#define assert_sv_equal(view, literal)                                           \
	do {                                                                     \
		struct sv sv_got_ = (view);                                      \
		assert_int_equal(sv_got_.len, sizeof(literal) - 1);              \
		assert_memory_equal(sv_got_.data, literal, sizeof(literal) - 1); \
	} while (0)

#endif
