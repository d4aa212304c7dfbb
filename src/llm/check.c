/* check.c - a sentence against the document: characters, ids, then numbers, claims, quotes and words. */
#include "llm/check.h"

#include <ctype.h>

static const char *const plain_words[] = {
#include "llm/words.def"
};

enum { WORD_MOST = 40, WORDS_MOST = 256, RUN_TEXT_MOST = 1 << 22 };

/* --- sets of words ----------------------------------------------------------------------------------------------------------- */

void
word_set_clear(struct word_set *set)
{
	map_clear(&set->map);
}

static void
put(struct word_set *set, uint64_t key)
{
	uint32_t *slot = map_slot(&set->map, key);

	if (slot == NULL)
		set->failed = true;
	else
		*slot = 1;
}

/** The next run of letters and digits of *rest, lower case; its length, 0: no more. Longer ones are cut. */
static size_t
next_word(struct sv *rest, char ret[WORD_MOST])
{
	size_t n = 0;

	while (rest->len > 0 && !isalnum((unsigned char)rest->data[0]))
		*rest = sv_skip(*rest, 1);
	while (rest->len > 0 && isalnum((unsigned char)rest->data[0])) {
		if (n < WORD_MOST)
			ret[n++] = (char)tolower((unsigned char)rest->data[0]);
		*rest = sv_skip(*rest, 1);
	}
	return n;
}

/** Without an ending that only bends the word: "shares", "shared", "sharing" are one. */
static struct sv
stem(struct sv word)
{
	static const char *const endings[] = { "ings", "ing", "edly", "ed", "ly", "es", "s", "d",
		"e" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (sv_ends(word, sv_from(endings[i])) && word.len >= strlen(endings[i]) + 3)
			return sv_first(word, word.len - strlen(endings[i]));
	return word;
}

void
word_set_add(struct word_set *set, struct sv text)
{
	char word[WORD_MOST];
	size_t n;

	while ((n = next_word(&text, word)) > 0)
		put(set, hash_content(stem((struct sv){ word, n })));
}

bool
word_set_has(const struct word_set *set, struct sv word)
{
	return !set->failed && map_get(&set->map, hash_content(stem(word))) != MAP_NONE;
}

void
word_set_add_plain(struct word_set *set)
{
	for (size_t i = 0; i < sizeof(plain_words) / sizeof(plain_words[0]); i++)
		word_set_add(set, sv_from(plain_words[i]));
}

/** Calls `each` for every run of RUN_WORDS words until it says false; false then. */
static bool
each_run(struct sv text, bool (*each)(void *context, uint64_t run), void *context)
{
	uint64_t last[RUN_WORDS] = { 0 };
	char word[WORD_MOST];
	size_t n, words = 0;

	while ((n = next_word(&text, word)) > 0) {
		uint64_t run = 0;

		memmove(last, last + 1, sizeof(last) - sizeof(last[0]));
		last[RUN_WORDS - 1] = hash_content((struct sv){ word, n });
		if (++words < RUN_WORDS)
			continue;
		for (size_t i = 0; i < RUN_WORDS; i++)
			run = hash_mix(run, last[i]);
		if (!each(context, run))
			return false;
	}
	return true;
}

static bool
put_run(void *context, uint64_t run)
{
	put(context, run);
	return true;
}

void
word_set_add_runs(struct word_set *set, struct sv text)
{
	(void)each_run(sv_first(text, RUN_TEXT_MOST), put_run, set);
}

static bool
is_other_run(void *context, uint64_t run)
{
	const struct word_set *set = context;

	return !set->failed && map_get(&set->map, run) == MAP_NONE;
}

bool
word_set_has_run(const struct word_set *set, struct sv text)
{
	struct word_set copy = *set;

	return !each_run(text, is_other_run, &copy);
}

/* --- the document's words ------------------------------------------------------------------------------------------------------ */

static void
add_texts(struct word_set *attacker, struct json_value list, const char *key)
{
	struct json_iter each = json_each(list);
	struct json_value item;
	struct sv text;

	while (json_next(&each, &item))
		if (json_string(key == NULL ? item : json_get(item, sv_from(key)), &text))
			word_set_add_runs(attacker, text);
}

/** Ours: titles of channels, names of techniques, kinds of artefacts, what look-ups are called. */
static void
add_known(struct word_set *known, const struct evidence *item)
{
	static const char *const keys[] = { "title", "channel", "name", "kind", "relation",
		"provider" };

	if (item->kind == EVIDENCE_CAMPAIGN || item->kind == EVIDENCE_BATCH)
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		word_set_add(known, sv_first(evidence_text_at(item->value, keys[i]), 64));
}

static void
add_attacker(struct word_set *attacker, const struct evidence *item)
{
	struct sv text;

	if (item->kind == EVIDENCE_CAMPAIGN) {
		add_texts(attacker, json_get(item->value, SV("session_ids")), NULL);
		add_texts(attacker, json_get(item->value, SV("counterfactuals")), "without");
	} else if (item->kind == EVIDENCE_CHANNEL) {
		add_texts(attacker, json_get(item->value, SV("top")), "what");
	} else if (item->kind == EVIDENCE_ARTEFACT) {
		word_set_add_runs(attacker, evidence_text_at(item->value, "value"));
	} else if (item->kind == EVIDENCE_BEHAVIOR && json_string(item->value, &text)) {
		word_set_add_runs(attacker, text);
	}
}

void
checker_init(struct checker *checker, const struct evidence_list *list)
{
	*checker = (struct checker){ .list = list, .words_count = true };
	word_set_add_plain(&checker->known);
	for (size_t i = 0; i < list->n; i++) {
		add_known(&checker->known, &list->items[i]);
		add_attacker(&checker->attacker, &list->items[i]);
	}
}

void
checker_clear(struct checker *checker)
{
	word_set_clear(&checker->known);
	word_set_clear(&checker->attacker);
}

/* --- characters ---------------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *from, *to;
} typographic[] = {
	{ "\xe2\x80\x98", "'" },
	{ "\xe2\x80\x99", "'" },
	{ "\xe2\x80\x93", "-" },
	{ "\xe2\x80\x94", " - " },
	{ "\xe2\x80\x91", "-" },
	{ "\xc2\xa0", " " },
	{ "\xe2\x80\xaf", " " },
	{ "\xe2\x80\xa6", "..." },
};

static bool
put_typographic(struct sv *rest, struct buf *ret)
{
	for (size_t i = 0; i < sizeof(typographic) / sizeof(typographic[0]); i++)
		if (sv_starts(*rest, sv_from(typographic[i].from))) {
			buf_add_str(ret, typographic[i].to);
			*rest = sv_skip(*rest, strlen(typographic[i].from));
			return true;
		}
	return false;
}

/** Letters, digits and what prose needs: nothing of links, markup, addresses or code. */
static bool
is_plain(char c)
{
	return isalnum((unsigned char)c) || (c != 0 && strchr(" .,;:%'()-+=_", c) != NULL);
}

bool
check_plain(struct sv text, struct buf *ret)
{
	struct sv rest = sv_trim(text);

	ret->len = 0;
	while (rest.len > 0) {
		if (put_typographic(&rest, ret))
			continue;
		if (!is_plain(rest.data[0]))
			return false;
		if (rest.data[0] != ' ' || ret->len == 0 || ret->data[ret->len - 1] != ' ')
			buf_add_char(ret, rest.data[0]);
		rest = sv_skip(rest, 1);
	}
	return !ret->failed && ret->len >= 3 && ret->len <= SENTENCE_MOST;
}

/** "a.b" with letters is a host name or a file, unless it is an id or an abbreviation; "1.2.3.4" an address; ":" before a letter a scheme. */
static bool
has_name(const struct evidence_list *list, struct sv text)
{
	for (size_t i = 0; i < text.len;) {
		size_t start = i, dots = 0, letters = 0;
		struct sv word;

		while (
		    i < text.len && (isalnum((unsigned char)text.data[i]) || text.data[i] == '.' ||
					text.data[i] == '_' || text.data[i] == ':')) {
			dots += text.data[i] == '.' && i + 1 < text.len &&
				isalnum((unsigned char)text.data[i + 1]);
			dots += text.data[i] == ':' && i + 1 < text.len &&
					text.data[i + 1] != ' ' &&
					isalpha((unsigned char)text.data[i + 1])
				    ? 2
				    : 0;
			letters += isalpha((unsigned char)text.data[i]) != 0;
			i++;
		}
		word = (struct sv){ text.data + start, i - start };
		while (sv_ends(word, SV(".")) || sv_ends(word, SV(":")))
			word.len--;
		if ((dots > 0 && letters > 0) || dots > 1 || sv_find_char(word, '_') != SIZE_MAX) {
			bool technique =
			    word.len > 1 && word.data[0] == 'T' && dots == 1 && letters == 1;
			bool exponent =
			    dots == 1 && letters == 1 && sv_find_char(word, 'e') != SIZE_MAX;

			if (!technique && !exponent && evidence_find(list, word) == NULL &&
			    !sv_ieq(word, SV("e.g")) && !sv_ieq(word, SV("i.e")))
				return true;
		}
		i += i == start;
	}
	return false;
}

/* --- sentences ------------------------------------------------------------------------------------------------------------------- */

static void
keep_existing(const struct evidence_list *list, struct sv *ids, size_t *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++)
		if (evidence_find(list, ids[i]) != NULL)
			ids[kept++] = ids[i];
	*n = kept;
}

/** A group that is named has to be cited: "c2 is ..." may not rest on c1. */
static bool
mentions_are_cited(const struct checker *checker, struct sv text, const struct sv *ids, size_t n)
{
	const struct evidence_list *list = checker->list;
	char word[WORD_MOST];
	size_t len;

	while ((len = next_word(&text, word)) > 0) {
		const struct evidence *item = evidence_find(list, (struct sv){ word, len });
		bool cited = item == NULL || item->kind != EVIDENCE_CAMPAIGN;

		for (size_t i = 0; !cited && i < n; i++) {
			const struct evidence *of = evidence_find(list, ids[i]);

			cited = of != NULL && (of == item || of->campaign == item->campaign);
		}
		if (!cited)
			return false;
	}
	return true;
}

static bool
has_digit(struct sv word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.data[i] >= '0' && word.data[i] <= '9')
			return true;
	return false;
}

static bool
words_are_known(const struct checker *checker, struct sv text)
{
	char word[WORD_MOST];
	size_t n;

	while ((n = next_word(&text, word)) > 0) {
		struct sv w = { word, n };

		if (has_digit(w))
			continue; /* numbers, ids and techniques were looked at */
		if (n == WORD_MOST ||
		    (!word_set_has(&checker->known, w) && evidence_find(checker->list, w) == NULL))
			return false;
	}
	return true;
}

enum check_why
check_sentence(const struct checker *checker, struct sv text, struct sv *ids, size_t *n_ids)
{
	if (text.len == 0 || text.len > SENTENCE_MOST || has_name(checker->list, text))
		return CHECK_CHARACTER;
	keep_existing(checker->list, ids, n_ids);
	if (*n_ids == 0 || !mentions_are_cited(checker, text, ids, *n_ids))
		return CHECK_UNCITED;
	if (!check_claims(checker->list, text, ids, *n_ids))
		return CHECK_CLAIM;
	if (!check_numbers(checker->list, text, ids, *n_ids))
		return CHECK_NUMBER;
	if (word_set_has_run(&checker->attacker, text))
		return CHECK_QUOTE;
	if (checker->words_count && !words_are_known(checker, text))
		return CHECK_WORD;
	return CHECK_HOLDS;
}

bool
check_name(const struct checker *checker, struct sv name)
{
	unsigned words = 1;

	if (name.len < 5 || name.len > NAME_MOST)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!isalpha((unsigned char)c) && c != ' ' && c != '-')
			return false;
		words += c == ' ';
	}
	return words >= 2 && words <= 5 && !word_set_has_run(&checker->attacker, name) &&
	       words_are_known(checker, name);
}
