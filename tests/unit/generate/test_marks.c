/* test_marks.c - what in a line names its author, and what anybody types. */
#include "generate/marks.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

/* All marks of a line, each in brackets. */
static void
marks_of(const char *line, char *out, size_t size)
{
	struct sv mark, text = sv_from(line);
	size_t used = 0;

	out[0] = '\0';
	for (size_t at = 0; marks_next(text, &at, &mark);) {
		assert_true(mark.len > 0);
		assert_true(mark.data >= text.data && mark.data + mark.len <= text.data + text.len);
		used +=
		    (size_t)snprintf(out + used, size - used, "[%.*s]", (int)mark.len, mark.data);
		assert_true(used < size);
	}
}

static void
test_marks(void **state)
{
	static const char *const lines[][2] = {
		{ "/bin/busybox FBOT", "[FBOT]" },
		{ "/bin/busybox miori", "[miori]" },
		{ "cat /proc/mounts; /bin/busybox WQEZX", "[WQEZX]" },
		{ "/bin/busybox wget; /bin/busybox tftp; /bin/busybox kowai ; exit", "[kowai]" },
		{ "/bin/busybox cp a b", "" },
		{ "busybox ls", "" },
		{ "/bin/busybox X", "" },
		{ "/bin/busybox", "" },
		{ "echo -e '\\x67\\x61\\x79\\x66\\x67\\x74'", "[\\x67\\x61\\x79\\x66\\x67\\x74]" },
		{ "echo -ne '\\x7f\\x45\\x4c\\x46'", "" }, /* the magic number of an executable */
		{ "nc 203.0.113.9 4444", "[203.0.113.9]" },
		{ "tool 1.2.3", "" },
		{ "echo x > /var/tmp/.var03522123", "[03522123]" },
		{ "head -c 100000 x", "" },
		{ "echo \"root:S3cret\"|chpasswd", "[S3cret]" },
		{ "echo -e \"321\\nE4flKx\\nE4flKx\"|passwd|bash", "[321][E4flKx][E4flKx]" },
		{ "echo Pw12345x | passwd root", "[Pw12345x]" },
		{ "uname -a", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char marks[300];

		marks_of(lines[i][0], marks, sizeof(marks));
		assert_string_equal(marks, lines[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_marks) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
