/* Attacker text on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/clean.h"

static void
shows(struct sv text, unsigned most, bool unicode, const char *expected, unsigned columns)
{
	struct buf out = BUF_INIT(1 << 16);

	assert_int_equal(clean_add(&out, text, most, unicode), columns);
	assert_string_equal(buf_cstr(&out), expected);
	buf_clear(&out);
}

static void
hostile_text_is_escaped(void **state)
{
	(void)state;
	shows(SV("plain"), 80, true, "plain", 5);
	shows(SV("\x1b[2J"), 80, true, "\\x1b[2J", 7);
	shows(SV("a\0b\n\t\r\x7f"), 80, true, "a\\x00b\\n\\t\\r\\x7f", 16);
	shows(SV("\xe2\x80\xae"), 80, true, "\\u{202e}", 8);
	shows(SV("\xd7\xa9"), 80, true, "\\u{5e9}", 7);   /* Hebrew turns lines around */
	shows(SV("e\xcc\x81"), 80, true, "e\\u{301}", 8); /* combining */
	shows(SV("\xff\xc3("), 80, true, "\\xff\\xc3(", 9);
	shows(SV("\xc0\x80\xed\xa0\x80"), 80, true, "\\xc0\\x80\\xed\\xa0\\x80", 20);
	shows(SV("\xf4\x90\x80\x80"), 80, true, "\\xf4\\x90\\x80\\x80", 16);
	shows(SV("\xc2\x9b"), 80, true, "\\u{9b}", 6); /* C1: CSI in one character */
	shows(SV("\xe4\xbd\xa0"), 80, true, "\xe4\xbd\xa0", 2);
	shows(SV("\xe4\xbd\xa0"), 80, false, "\\u{4f60}", 8);
	shows(SV("\xe4\xbd"), 80, true, "\\xe4\\xbd", 8);
}

static void
long_text_is_cut(void **state)
{
	(void)state;
	shows(SV("abcdefgh"), 8, true, "abcdefgh", 8);
	shows(SV("abcdefghi"), 8, true, "abcdefg\xe2\x80\xa6", 8);
	shows(SV("abcdefghi"), 8, false, "abcde...", 8);
	shows(SV("abcdef\x1b[2J"), 8, true, "abcdef\xe2\x80\xa6", 7);
	shows(SV("\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0"), 5, true,
	    "\xe4\xbd\xa0\xe4\xbd\xa0\xe2\x80\xa6", 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_text_is_escaped),
		cmocka_unit_test(long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
