/* normalise.c - typed lines in a form in which two runs of one script are equal; see normalise.h. */
#include "detect/text/normalise.h"

#include "base/base.h"
#include "detect/text/data/words.h"
#include "detect/text/mask.h"
#include "detect/text/script.h"

struct walk {
	struct arena *scratch;
	normalise_sink sink;
	void *context;
	char text[NORMALISE_TEXT_MAX];
};

static bool
is_standard_directory(struct sv directory)
{
	return WORDS_AMONG(directory, "/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/",
	    "/usr/local/bin/", "/usr/local/sbin/", "/system/bin/", "/system/xbin/");
}

/** /usr/bin/wget -> wget; ./x and /tmp/x stay, because they are the attacker's own. */
static struct sv
program(struct sv word)
{
	size_t slash = word.len;

	while (slash > 0 && word.data[slash - 1] != '/')
		slash--;
	return slash < word.len && is_standard_directory(sv_first(word, slash))
		   ? sv_skip(word, slash)
		   : word;
}

static bool
sets_password(const struct shell_command *next)
{
	size_t arg;
	struct sv name = shell_applet(next, &arg);

	return sv_eq(name, SV("passwd")) || sv_eq(name, SV("chpasswd"));
}

/** What is piped into passwd or chpasswd: the user of "user:password" stays, the rest is secret and random. */
static void
put_password(struct sv word, struct mask_out *out)
{
	size_t colon = sv_find_char(word, ':');

	if (colon != SIZE_MAX && colon < 32 &&
	    sv_find_char(sv_first(word, colon), '\\') == SIZE_MAX) {
		mask_put(out, sv_first(word, colon + 1));
	}
	mask_put(out, SV("<pw>"));
}

/** `echo "user password" > file`: a loader that notes the log-in that worked. */
static bool
notes_login(const struct shell_command *c)
{
	struct sv rest = c->n == 4 ? c->words[1].text : SV_NONE, user = sv_cut(&rest, ' ');

	return c->n == 4 && sv_eq(shell_name(c), SV("echo")) && c->words[2].redirect &&
	       c->words[2].text.data[0] == '>' && user.len > 0 && rest.len > 0 &&
	       sv_find_char(rest, ' ') == SIZE_MAX && user.data[0] != '-' &&
	       !sv_starts(user, SV("ssh-")) && sv_find_char(user, '/') == SIZE_MAX;
}

static bool
is_option(struct sv word)
{
	return word.len > 0 && word.data[0] == '-';
}

/** The argument of `busybox X` when X was drawn for this victim alone. */
static bool
is_drawn(const struct shell_command *c, size_t i)
{
	return i == 1 && sv_eq(shell_name(c), SV("busybox")) &&
	       mask_is_drawn_marker(c->words[1].text) && !words_is_applet(c->words[1].text);
}

static void
put_word(struct walk *walk, struct sv word, bool secret, struct mask_out *out)
{
	struct arena_mark mark = arena_mark(walk->scratch);

	if (secret && !is_option(word))
		put_password(word, out);
	else
		mask_word(word, out, walk->scratch);
	arena_rewind(walk->scratch, mark);
}

static bool
is_thrown_away(const struct shell_command *c, size_t i)
{
	return c->words[i].redirect && i + 1 < c->n && c->words[i].text.data[0] != '<' &&
	       sv_eq(c->words[i + 1].text, SV("/dev/null"));
}

static bool
is_key_type(struct sv word)
{
	return sv_starts(word, SV("ssh-rsa")) || sv_starts(word, SV("ssh-ed25519")) ||
	       sv_starts(word, SV("ssh-dss")) || sv_starts(word, SV("ecdsa-sha2-"));
}

/** A key typed without quotes is two words and a comment of any number: skips to the last of them. */
static size_t
skip_key(const struct shell_command *c, size_t i)
{
	struct sv blob;

	if (is_key_type(c->words[i].text) && i + 1 < c->n &&
	    mask_find_key(c->words[i + 1].text, &blob) == 0)
		i++;
	if (mask_find_key(c->words[i].text, &blob) != 0)
		return i;
	while (i + 1 < c->n && !c->words[i + 1].redirect)
		i++;
	return i;
}

static struct sv
command_text(struct walk *walk, const struct shell_command *c, bool secret)
{
	struct mask_out out = { .data = walk->text, .cap = sizeof(walk->text) };
	bool named = false;

	for (size_t i = 0; i < c->n && out.len < out.cap; i++) {
		struct sv word = c->words[i].text, blob;
		size_t key;

		if (is_thrown_away(c, i)) {
			i++;
			continue;
		}
		if (out.len > 0)
			mask_put(&out, SV(" "));
		if (c->words[i].redirect) {
			mask_put(&out, word);
			continue;
		}
		if (is_drawn(c, i)) {
			mask_put(&out, SV("<rand>"));
			continue;
		}
		key = skip_key(c, i);
		if (key > i || mask_find_key(word, &blob) == 0) {
			mask_put(&out, SV("<key>"));
			i = key;
			continue;
		}
		put_word(walk, named ? word : program(word),
		    named && secret && !c->words[i - 1].redirect, &out);
		named = true;
	}
	return sv_trim((struct sv){ out.data, out.len });
}

static bool
has_letter(struct sv text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((text.data[i] | 32) >= 'a' && (text.data[i] | 32) <= 'z')
			return true;
	return false;
}

static void
give_command(void *context, const struct shell_command *c, const struct shell_command *next)
{
	struct walk *walk = context;
	bool secret = (c->pipes && next != NULL && sets_password(next)) || notes_login(c);
	struct sv text = command_text(walk, c, secret);

	if (has_letter(text))
		walk->sink(walk->context, text);
}

void
normalise_line(struct sv line, struct arena *scratch, normalise_sink sink, void *context)
{
	struct walk walk = { .scratch = scratch, .sink = sink, .context = context };

	script_walk(line, false, scratch, give_command, &walk);
}
