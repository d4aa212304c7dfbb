/* marks.c - what in a command line names its author: the brand of a bot, a word written in escapes, an address, a file name
 * with a number, a password that is set. Independent actors who shared one would be coordinated by any measure: planted
 * groups learn no line that has one (real.c), and null copies make it each source's own (decoordinate.c). URLs, keys, hashes
 * and other long runs are known by their length there. */
#include "generate/marks.h"

enum {
	BRAND_LEAST = 2,
	BRAND_MOST = 24,
	CAPITALS_LEAST = 3,
	ESCAPES_LEAST = 5, /* fewer: the magic number of an executable */
	LETTERS_LEAST = 3,
	NUMBER_LEAST = 5, /* digits that nobody else would choose */
};

/* What is called without arguments, to see whether it is there. */
static const char *const applets[] = { "ash", "cat", "chmod", "cp", "curl", "dd", "echo", "free",
	"ftpget", "hostname", "httpd", "id", "kill", "ls", "lscpu", "mkdir", "mount", "nc",
	"netstat", "nproc", "ps", "pwd", "rm", "sh", "telnetd", "tftp", "top", "uname", "uptime",
	"w", "wget", "whoami" };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* "busybox FBOT", "busybox miori": bots tell a shell from a honeypot by the name of no applet. */
static size_t
brand(struct sv text)
{
	size_t n = 0, capitals = 0, after;
	struct sv word;

	for (; n < text.len && (is_letter(text.data[n]) || is_digit(text.data[n])); n++)
		capitals += capitals == n && text.data[n] >= 'A' && text.data[n] <= 'Z';
	if (n < BRAND_LEAST || n > BRAND_MOST)
		return 0;
	if (capitals >= CAPITALS_LEAST)
		return n;
	for (after = n; after < text.len && text.data[after] == ' '; after++)
		;
	if (after < text.len && strchr(";&|>\"'", text.data[after]) == NULL)
		return 0; /* has arguments: a command */
	word = sv_first(text, n);
	for (size_t i = 0; i < sizeof(applets) / sizeof(applets[0]); i++)
		if (sv_eq(word, sv_from(applets[i])))
			return 0;
	return n;
}

/* "\x67\x61\x79": a word that is not to be seen in its own echo. */
static size_t
escapes(struct sv text)
{
	size_t n = 0;

	while (n + 4 <= text.len && text.data[n] == '\\' && text.data[n + 1] == 'x' &&
	       is_hex(text.data[n + 2]) && is_hex(text.data[n + 3]))
		n += 4;
	return n >= (size_t)4 * ESCAPES_LEAST ? n : 0;
}

static size_t
address(struct sv text)
{
	size_t n = 0;

	for (unsigned part = 0; part < 4; part++) {
		size_t from;

		if (part > 0 && (n >= text.len || text.data[n++] != '.'))
			return 0;
		from = n;
		while (n < text.len && is_digit(text.data[n]) && n - from < 3)
			n++;
		if (n == from)
			return 0;
	}
	return n;
}

/* "/var/tmp/.var03522123": the digits behind at least some letters. */
static size_t
number(struct sv text, size_t letters)
{
	size_t n = 0;

	while (n < text.len && is_digit(text.data[n]))
		n++;
	return letters >= LETTERS_LEAST && n >= NUMBER_LEAST ? n : 0;
}

/* A word of a line that sets a password, other than those that such lines are made of. What follows "\n" begins one. */
static size_t
password(struct sv line, size_t at)
{
	static const char *const made_of[] = { "bash", "bin", "busybox", "chpasswd", "echo",
		"enter", "Enter", "new", "passwd", "password", "Password", "printf", "root", "sbin",
		"sh", "sudo", "unix", "UNIX", "user", "usermod", "usr" };
	bool breaks = at > 1 && line.data[at - 1] == 'n' && line.data[at - 2] == '\\';
	struct sv rest = sv_skip(line, at);
	size_t n = 0;

	if (at > 0 && (is_letter(line.data[at - 1]) || is_digit(line.data[at - 1])) && !breaks)
		return 0;
	if (at > 0 && line.data[at - 1] == '\\') /* the letter of "\n" */
		return 0;
	while (n < rest.len && (is_letter(rest.data[n]) || is_digit(rest.data[n])))
		n++;
	for (size_t i = 0; i < sizeof(made_of) / sizeof(made_of[0]); i++)
		if (sv_eq(sv_first(rest, n), sv_from(made_of[i])))
			return 0;
	return n > 1 ? n : 0;
}

/* The mark that begins at `at`, or the length 0. `letters` and digits stand before it in the same name. */
static size_t
mark_at(struct sv line, size_t at, size_t letters, bool passwords)
{
	static const struct sv shell = { "busybox ", 8 };
	struct sv rest = sv_skip(line, at);
	size_t n = escapes(rest);

	if (n == 0 && at >= shell.len && sv_starts(sv_skip(line, at - shell.len), shell))
		n = brand(rest);
	if (n == 0 && (at == 0 || !is_digit(line.data[at - 1])))
		n = address(rest);
	if (n == 0 && is_digit(line.data[at]))
		n = number(rest, letters);
	return n > 0 || !passwords ? n : password(line, at);
}

bool
marks_next(struct sv line, size_t *at, struct sv *ret)
{
	bool passwords = sv_has(line, SV("passw"));
	size_t letters = 0;

	for (size_t i = 0; i < line.len; i++) {
		size_t n = i < *at ? 0 : mark_at(line, i, letters, passwords);

		if (n > 0) {
			*ret = (struct sv){ line.data + i, n };
			*at = i + n;
			return true;
		}
		letters = is_letter(line.data[i])  ? letters + 1
			  : is_digit(line.data[i]) ? letters
						   : 0;
	}
	*at = line.len;
	return false;
}
