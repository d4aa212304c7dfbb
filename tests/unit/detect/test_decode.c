/* test_decode.c - one layer of wrapping taken off, never more, and nothing read past the end. */
#include "testing.h"

#include "detect/text/decode.h"

static void
test_base64(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *want; /* NULL: refused */
	} cases[] = {
		{ "aGk=", "hi" }, { "aGk", "hi" }, { "aGkh", "hi!" }, { "YQ==", "a" }, { "YQ", "a" },
		{ "Pz8_", "???" }, { "Pz8/", "???" }, { "Pj4-", ">>>" },
		{ "", NULL }, { "=", NULL }, { "A", NULL }, { "AAAAA", NULL }, { "aG k", NULL }, { "a===", NULL },
		{ "aGk==", NULL }, { "aGk\n", NULL },
	};
	/* clang-format on */
	struct arena *scratch = arena_new(1 << 16), *full = arena_new(1);
	struct sv got;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool ok = decode_base64(sv_from(cases[i].text), scratch, &got);

		if (ok != (cases[i].want != NULL) || (ok && !sv_eq(got, sv_from(cases[i].want))))
			fail_msg(
			    "%s: %s %.*s", cases[i].text, ok ? "decoded" : "refused", SV_ARG(got));
	}
	assert_false(decode_base64(SV("aGkhaGkhaGkhaGkhaGkhaGkhaGkhaGkh"), full, &got));
	assert_true(decode_base64_text(SV("aGVsbG8gd29ybGQh"), scratch, &got));
	assert_false(decode_base64_text(SV("aGk="), scratch, &got));
	assert_false(decode_base64_text(SV("AAECAwQFBgcICQoLDA0ODw=="), scratch, &got));
	arena_free(full);
	arena_free(scratch);
}

static void
test_escapes(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "plain", "plain" }, { "\\x41\\x42", "AB" }, { "\\x4", "\x04" }, { "\\x", "\\x" }, { "\\xg1", "\\xg1" },
		{ "\\101", "A" }, { "\\0101", "A" }, { "\\n\\t\\\\", "\n\t\\" }, { "a\\", "a\\" }, { "\\q", "\\q" },
		{ "\\x41g", "Ag" }, { "\\e[0m", "\033[0m" },
	};
	/* clang-format on */
	struct arena *scratch = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sv got = decode_escapes(sv_from(cases[i].text), scratch);

		if (!sv_eq(got, sv_from(cases[i].want)))
			fail_msg("%s: got %.*s", cases[i].text, SV_ARG(got));
	}
	arena_free(scratch);
}

static void
test_percent(void **state)
{
	struct arena *scratch = arena_new(1 << 16);

	(void)state;
	assert_sv_equal(decode_percent(SV("a%20b+c%2"), true, scratch), "a b c%2");
	assert_sv_equal(decode_percent(SV("a%20b+c%zz"), false, scratch), "a b+c%zz");
	assert_sv_equal(decode_percent(SV("%2541"), false, scratch), "%41");
	assert_sv_equal(decode_percent(SV("a+b"), false, scratch), "a+b");
	assert_sv_equal(decode_percent(SV(""), true, scratch), "");
	arena_free(scratch);
}

static void
test_lookups(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "none", "none" },
		{ "${jndi:ldap://a}", "${jndi:ldap://a}" },
		{ "${${env:NaN:-j}ndi${env:NaN:-:}${env:NaN:-l}dap:}", "${jndi:ldap:}" },
		{ "${${lower:J}ndi:${upper:l}}", "${jndi:l}" },
		{ "${${::-j}${::-n}di:x}", "${jndi:x}" },
		{ "${${lower:${lower:J}}ndi:x}", "${jndi:x}" },
		{ "${env:USER}", "${env:USER}" },
		{ "${", "${" },
		{ "}${}", "}${}" },
		{ "${${${${", "${${${${" },
	};
	/* clang-format on */
	struct arena *scratch = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sv got = decode_lookups(sv_from(cases[i].text), scratch);

		if (!sv_eq(got, sv_from(cases[i].want)))
			fail_msg("%s: got %.*s", cases[i].text, SV_ARG(got));
	}
	arena_free(scratch);
}

static void
test_is_text(void **state)
{
	(void)state;
	assert_true(decode_is_text(SV("hello\n")));
	assert_false(decode_is_text(SV("")));
	assert_false(decode_is_text(SV("\x01\x02 abc")));
	assert_true(decode_is_text(SV("123456789\x01")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_lookups),
		cmocka_unit_test(test_is_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
