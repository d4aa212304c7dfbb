/* artefacts.c - the exclusive artefacts of one session: walking what was logged and recognising keys, wallets,
 * passwords and markers; see artefacts.h. Places (URLs, endpoints) are artefacts_places.c. */
#include "detect/text/artefacts.h"

#include <math.h>

#include "detect/text/artefacts_walk.h"
#include "detect/text/data/words.h"
#include "detect/text/decode.h"
#include "detect/text/mask.h"
#include "detect/text/normalise.h"
#include "detect/text/public_artefacts.h"
#include "detect/text/script.h"
#include "detect/text/wallet.h"
#include "session/session.h"

enum {
	VALUE_MAX = 2048,
	NOTE_MAX = 64,
	MARKER_DIGITS = 5,
	ECHO_MIN = 5, /* shorter: the magic number of an executable, a digit */
	ECHO_MAX = 24,
};

static const struct {
	const char *name;
	double pi;
} kinds[ARTEFACT_KIND_COUNT] = {
#define ARTEFACT_KIND_ROW(id, text, chance) [ARTEFACT_##id] = { text, chance },
	ARTEFACT_KINDS(ARTEFACT_KIND_ROW)
#undef ARTEFACT_KIND_ROW
};

const char *
artefact_kind_name(enum artefact_kind kind)
{
	return kinds[kind].name;
}

double
artefact_log_bayes(enum artefact_kind kind)
{
	return log(fmin(1 / kinds[kind].pi, 1e6));
}

void
artefacts_emit(
    struct artefacts_walk *walk, enum artefact_kind kind, struct sv value, struct sv note)
{
	uint64_t hash = hash_mix(hash_content(value), (uint64_t)kind);
	struct artefact artefact = { .kind = kind, .value = value, .note = note };

	if (value.len == 0 || value.len > VALUE_MAX || walk->n_seen >= ARTEFACTS_SESSION_MAX)
		return;
	for (size_t i = 0; i < walk->n_seen; i++)
		if (walk->seen[i] == hash)
			return;
	walk->seen[walk->n_seen++] = hash;
	artefact.is_public =
	    public_artefact(kind, value) || (kind == ARTEFACT_FILE_HASH && walk->from_open_place);
	walk->sink(walk->context, &artefact);
}

/** "SHA256:" and the digest in base64 without padding, as ssh-keygen -l prints it. */
static struct sv
key_fingerprint(struct sv blob, struct arena *scratch)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t digest[33] = { 0 };
	char text[44];
	struct sv raw;

	blob.len -= blob.len % 4 == 1; /* cut off by the logger */
	if (!decode_base64(blob, scratch, &raw))
		return SV_NONE;
	sha256_of(raw.data, raw.len, digest);
	for (size_t i = 0; i < 43; i++) {
		size_t bit = i * 6;
		unsigned pair = (unsigned)digest[bit / 8] << 8 | digest[bit / 8 + 1];

		text[i] = alphabet[pair >> (10 - bit % 8) & 63];
	}
	text[43] = '\0';
	return sv_from(arena_printf(scratch, "SHA256:%s", text));
}

static struct sv
key_comment(struct sv after)
{
	size_t end = 0;

	after = sv_trim(sv_first(after, NOTE_MAX));
	while (end < after.len && strchr("\n\r\"'>", after.data[end]) == NULL)
		end++;
	after = sv_trim(sv_first(after, end));
	return after.len > 0 ? after : SV_NONE;
}

/** Every SSH public key in a text. The comment of a key typed without quotes is the next word. */
void
artefacts_keys(struct artefacts_walk *walk, struct sv text, struct sv next_word)
{
	struct sv blob;

	while (mask_find_key(text, &blob) != SIZE_MAX) {
		struct arena_mark mark = arena_mark(walk->scratch);
		struct sv value = key_fingerprint(blob, walk->scratch), note;

		text = sv_skip(text, (size_t)(blob.data - text.data) + blob.len);
		note = key_comment(text.len > 0 ? text : next_word);
		artefacts_emit(walk, ARTEFACT_SSH_KEY, value, note);
		arena_rewind(walk->scratch, mark);
	}
}

static bool
is_word_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void
find_wallets(struct artefacts_walk *walk, struct sv text)
{
	for (size_t i = 0; i < text.len;) {
		size_t start;
		struct sv word;

		while (i < text.len && !is_word_char(text.data[i]))
			i++;
		for (start = i; i < text.len && is_word_char(text.data[i]);)
			i++;
		word = (struct sv){ text.data + start, i - start };
		if (word.len >= 14 && word.len <= 106 && wallet_is_address(word))
			artefacts_emit(walk, ARTEFACT_WALLET, word, SV_NONE);
	}
}

static void
emit_password(struct artefacts_walk *walk, struct sv password)
{
	password = sv_trim(password);
	if (password.len > 0 && password.len <= 256)
		artefacts_emit(walk, ARTEFACT_PASSWORD, password, SV_NONE);
}

/** What chpasswd reads: "user:password" lines. */
static void
passwords_of_users(struct artefacts_walk *walk, struct sv text)
{
	for (struct sv rest = text; rest.data != NULL;) {
		struct sv line = sv_cut(&rest, '\n');
		size_t colon = sv_find_char(line, ':');

		if (colon != SIZE_MAX)
			emit_password(walk, sv_skip(line, colon + 1));
	}
}

/** What passwd reads: the old password or none, the new one, the new one again. */
static void
password_typed_twice(struct artefacts_walk *walk, struct sv text)
{
	struct sv last = SV_NONE;

	for (struct sv rest = text; rest.data != NULL;) {
		struct sv line = sv_trim(sv_cut(&rest, '\n'));

		last = line.len > 0 ? line : last;
	}
	emit_password(walk, last);
}

static void
find_passwords(
    struct artefacts_walk *walk, const struct shell_command *c, const struct shell_command *next)
{
	size_t arg, next_arg;
	struct sv name = shell_applet(c, &arg);
	struct sv reader = c->pipes && next != NULL ? shell_applet(next, &next_arg) : SV_NONE;
	struct sv text;

	if (WORDS_AMONG(name, "usermod", "useradd", "adduser")) {
		for (; arg + 1 < c->n; arg++)
			if (sv_eq(c->words[arg].text, SV("-p")))
				emit_password(walk, c->words[arg + 1].text);
		return;
	}
	if (sv_eq(name, SV("chpasswd")) && c->n >= 2 && sv_eq(c->words[c->n - 2].text, SV("<<<")))
		passwords_of_users(walk, c->words[c->n - 1].text);
	if (!WORDS_AMONG(reader, "passwd", "chpasswd"))
		return;
	text = decode_escapes(c->words[c->n - 1].text, walk->scratch);
	if (sv_eq(reader, SV("chpasswd")))
		passwords_of_users(walk, text);
	else
		password_typed_twice(walk, text);
}

/** `/bin/busybox X` where X is no applet: bots tell a real shell by "X: applet not found". */
static void
find_applet_marker(struct artefacts_walk *walk, const struct shell_command *c)
{
	struct sv word;

	if (c->n < 2 || !sv_eq(shell_name(c), SV("busybox")) || c->words[1].redirect ||
	    (c->n > 2 && !c->words[2].redirect))
		return;
	word = c->words[1].text;
	for (size_t i = 0; i < word.len; i++)
		if (!is_word_char(word.data[i]))
			return;
	if (word.len >= 2 && word.len <= 24 && !words_is_applet(word) &&
	    !mask_is_drawn_marker(word))
		artefacts_emit(walk, ARTEFACT_MARKER,
		    sv_from(arena_printf(walk->scratch, "busybox %.*s", SV_ARG(word))), SV_NONE);
}

/** `echo -e '\x67\x61...'`: text in escapes, so that the terminal's echo of the line is not taken for its output. */
static void
find_echo_marker(struct artefacts_walk *walk, const struct shell_command *c)
{
	size_t arg;
	struct sv name = shell_applet(c, &arg), word, plain;

	if (!WORDS_AMONG(name, "echo", "printf") || c->n == arg)
		return;
	word = c->words[c->n - 1].text;
	if (word.len < 4 * ECHO_MIN || word.len > 4 * ECHO_MAX || !sv_starts(word, SV("\\x")))
		return;
	plain = decode_escapes(word, walk->scratch);
	if (plain.len * 4 != word.len || mask_is_drawn_marker(plain))
		return;
	for (size_t i = 0; i < plain.len; i++)
		if (!is_word_char(plain.data[i]))
			return;
	artefacts_emit(walk, ARTEFACT_MARKER,
	    sv_from(arena_printf(walk->scratch, "echo %.*s", SV_ARG(plain))), SV_NONE);
}

static bool
has_digit_run(struct sv name)
{
	size_t run = 0;

	for (size_t i = 0; i < name.len; i++) {
		run = name.data[i] >= '0' && name.data[i] <= '9' ? run + 1 : 0;
		if (run >= MARKER_DIGITS)
			return true;
	}
	return false;
}

static bool
is_scratch_place(struct sv path)
{
	return sv_starts(path, SV("/tmp/")) || sv_starts(path, SV("/var/tmp/")) ||
	       sv_starts(path, SV("/dev/shm/")) || sv_starts(path, SV("/var/run/"));
}

/** `echo x > /var/tmp/.var03522123`: a file that says "been here", its name the author's. */
static void
find_file_markers(struct artefacts_walk *walk, const struct shell_command *c)
{
	for (size_t i = 0; i + 1 < c->n; i++) {
		struct sv path = c->words[i + 1].text;

		if (c->words[i].redirect && c->words[i].text.data[0] == '>' && path.len <= 128 &&
		    is_scratch_place(path) && has_digit_run(path))
			artefacts_emit(walk, ARTEFACT_MARKER,
			    sv_from(arena_printf(walk->scratch, "file %.*s", SV_ARG(path))),
			    SV_NONE);
	}
}

static void
scan_command(void *context, const struct shell_command *c, const struct shell_command *next)
{
	struct artefacts_walk *walk = context;
	struct arena_mark mark = arena_mark(walk->scratch);

	for (size_t i = 0; i < c->n; i++) {
		struct sv text = c->words[i].text;
		bool alone = i + 1 < c->n && !c->words[i + 1].redirect;

		artefacts_keys(walk, text, alone ? c->words[i + 1].text : SV(""));
		find_wallets(walk, text);
	}
	artefacts_places(walk, c);
	find_passwords(walk, c, next);
	find_applet_marker(walk, c);
	find_echo_marker(walk, c);
	find_file_markers(walk, c);
	arena_rewind(walk->scratch, mark);
}

void
artefacts_scan(struct artefacts_walk *walk, struct sv line, bool decoded)
{
	script_walk(line, decoded, walk->scratch, scan_command, walk);
}

static void
take_hash(struct artefacts_walk *walk, struct sv hash)
{
	char *lower;

	if ((hash.len != 64 && hash.len != 40 && hash.len != 32) ||
	    (lower = arena_strdup(walk->scratch, hash)) == NULL)
		return;
	for (size_t i = 0; i < hash.len; i++) {
		if (lower[i] >= 'A' && lower[i] <= 'F')
			lower[i] = (char)(lower[i] + 32);
		if (!((lower[i] >= '0' && lower[i] <= '9') || (lower[i] >= 'a' && lower[i] <= 'f')))
			return;
	}
	artefacts_emit(walk, ARTEFACT_FILE_HASH, (struct sv){ lower, hash.len }, SV_NONE);
}

/** The key's text when the log has it, so that one key has one name; else the fingerprint as logged. */
static void
take_key(struct artefacts_walk *walk, struct sv fingerprint, struct sv text)
{
	struct sv blob;

	if (mask_find_key(text, &blob) != SIZE_MAX)
		artefacts_keys(walk, text, SV(""));
	else
		artefacts_emit(walk, ARTEFACT_SSH_KEY, fingerprint, SV_NONE);
}

static void
take_item(
    struct artefacts_walk *walk, const struct session_table *table, const struct session_item *item)
{
	struct sv a = session_string(table, item->a), b = session_string(table, item->b);

	walk->web = item->kind == ITEM_REQUEST || item->kind == ITEM_HEADER;
	switch ((enum session_item_kind)item->kind) {
	case ITEM_COMMAND:
		artefacts_scan(walk, a, false);
		break;
	case ITEM_URL:
		artefacts_url(walk, a);
		break;
	case ITEM_FILE_HASH:
		if ((item->flags & ITEM_TRIVIAL) == 0)
			take_hash(walk, a);
		break;
	case ITEM_PUBLIC_KEY:
		take_key(walk, a, b);
		break;
	case ITEM_REQUEST:
		artefacts_web(walk, a, true);
		artefacts_web(walk, b, sv_find_char(b, ' ') == SIZE_MAX);
		break;
	case ITEM_HEADER:
	case ITEM_PAYLOAD:
		artefacts_web(walk, item->kind == ITEM_HEADER ? b : a, false);
		break;
	default:
		break;
	}
}

/* A named place that everybody may fetch from: a bare address or the victim itself is none. */
static bool
is_open_place(struct sv url, struct arena *scratch)
{
	struct arena_mark mark = arena_mark(scratch);
	struct sv host = SV_NONE, place = normalise_url(url, scratch, &host);
	struct addr a;
	bool open = place.data != NULL && !addr_parse(host, &a) && !sv_eq(host, SV("localhost")) &&
		    public_artefact(ARTEFACT_URL, place);

	arena_rewind(scratch, mark);
	return open;
}

/* Was the file of a hash fetched from such a place? The readers give the URL of a download and its hash at the time of the
 * one log event; when several places are named at that time, all have to be open. */
static bool
from_open_place(const struct artefacts_walk *walk, const struct session_table *table, uint32_t at,
    uint32_t first)
{
	const struct session_item *hash = &table->items[at];
	uint32_t urls = 0;

	if (hash->kind != ITEM_FILE_HASH)
		return false;
	for (uint32_t i = at; i-- > first && table->items[i].offset_ms == hash->offset_ms;) {
		if (table->items[i].kind != ITEM_URL)
			continue;
		if (++urls > 16 ||
		    !is_open_place(session_string(table, table->items[i].a), walk->scratch))
			return false;
	}
	return urls > 0;
}

void
artefacts_of_session(const struct session_table *table, uint32_t row, struct arena *scratch,
    artefact_sink sink, void *context)
{
	struct artefacts_walk walk = { .scratch = scratch, .sink = sink, .context = context };

	for (uint32_t i = table->item_start[row]; i < table->item_start[row + 1]; i++) {
		struct arena_mark mark = arena_mark(scratch);

		walk.from_open_place = from_open_place(&walk, table, i, table->item_start[row]);
		take_item(&walk, table, &table->items[i]);
		arena_rewind(scratch, mark);
	}
}

void
artefacts_of_line(struct sv line, struct arena *scratch, artefact_sink sink, void *context)
{
	struct artefacts_walk walk = { .scratch = scratch, .sink = sink, .context = context };

	artefacts_scan(&walk, line, false);
}
