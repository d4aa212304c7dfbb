/* numbers.c - the numbers of a sentence against the facts of what it cites. A number has to be a fact's, rounded at most as much as it is written; a noun behind it
 * or the word "confidence" before it says which fact. Number words count as numbers; "one" and ordinals do not. */
#include "llm/check.h"

#include <ctype.h>
#include <math.h>

struct number {
	double value;
	int decimals; /* digits behind the point, less the exponent */
	bool percent;
	size_t end; /* behind it */
};

/* --- reading ---------------------------------------------------------------------------------------------------------------- */

static bool
is_digit(struct sv text, size_t i)
{
	return i < text.len && text.data[i] >= '0' && text.data[i] <= '9';
}

static bool
is_letter(struct sv text, size_t i)
{
	return i < text.len && isalpha((unsigned char)text.data[i]);
}

/** Digits with separators of thousands, a fraction, an exponent, a per cent sign. */
static bool
read_number(struct sv text, size_t at, struct number *ret)
{
	char digits[64];
	size_t n = 0, i = at;
	int exponent = 0, sign = 1;

	*ret = (struct number){ .decimals = 0 };
	while (i < text.len && n + 1 < sizeof(digits)) {
		if (text.data[i] == ',' && is_digit(text, i + 1) && is_digit(text, i + 2) &&
		    is_digit(text, i + 3) && !is_digit(text, i + 4))
			i++;
		if (!is_digit(text, i))
			break;
		digits[n++] = text.data[i++];
	}
	if (i < text.len && text.data[i] == '.' && is_digit(text, i + 1)) {
		digits[n++] = '.';
		for (i++; is_digit(text, i) && n + 1 < sizeof(digits); i++, ret->decimals++)
			digits[n++] = text.data[i];
	}
	if (is_digit(text, i) || !sv_to_f64((struct sv){ digits, n }, &ret->value))
		return false;
	if (i < text.len && (text.data[i] == 'e' || text.data[i] == 'E')) {
		size_t k = i + 1;

		if (k < text.len && (text.data[k] == '-' || text.data[k] == '+'))
			sign = text.data[k++] == '-' ? -1 : 1;
		if (is_digit(text, k)) {
			for (; is_digit(text, k) && exponent < 400; k++)
				exponent = 10 * exponent + (text.data[k] - '0');
			i = k;
			ret->value *= pow(10, sign * exponent);
			ret->decimals -= sign * exponent;
		}
	}
	while (i < text.len && text.data[i] == ' ' && i + 1 < text.len && text.data[i + 1] == '%')
		i++;
	if (i < text.len && text.data[i] == '%') {
		ret->percent = true;
		i++;
	}
	ret->end = i;
	return !is_letter(text, i);
}

/** "2025-03-03", "2025-03-03 01:24" or with T: how long it is; 0: no date. */
static size_t
date_len(struct sv text, size_t at)
{
	static const char shape[] = "dddd-dd-dd";
	size_t len = sizeof(shape) - 1;

	for (size_t i = 0; i < len; i++)
		if (at + i >= text.len ||
		    (shape[i] == 'd' ? !is_digit(text, at + i) : text.data[at + i] != shape[i]))
			return 0;
	if (at + len + 5 < text.len + 0 &&
	    (text.data[at + len] == ' ' || text.data[at + len] == 'T') &&
	    is_digit(text, at + len + 1) && is_digit(text, at + len + 2) &&
	    text.data[at + len + 3] == ':' && is_digit(text, at + len + 4) &&
	    is_digit(text, at + len + 5))
		len += 6;
	return len;
}

/* --- comparing -------------------------------------------------------------------------------------------------------------- */

static bool
agrees(const struct evidence_fact *fact, const struct number *number)
{
	double value = number->percent ? number->value / 100 : number->value;
	double rounding =
	    0.5 * pow(10, -number->decimals) * (number->percent ? 0.01 : 1) * (1 + 1e-9);
	double off = fabs(value - fact->value);

	if (evidence_is_count(fact->unit))
		return !number->percent && off == 0;
	if (number->percent && fact->unit != UNIT_RATIO && fact->unit != UNIT_CONFIDENCE)
		return false;
	if (fact->unit == UNIT_RATIO || fact->unit == UNIT_CONFIDENCE)
		return off <= fmin(rounding, 0.005 + 1e-12);
	return off <= fmin(rounding, 0.05 * fabs(fact->value) + 1e-12);
}

/** Which facts a number is about, by the words beside it. */
struct about {
	bool any;
	unsigned units;
};

static const struct {
	const char *noun;
	enum evidence_unit unit;
} nouns[] = {
	{ "session", UNIT_SESSIONS },
	{ "source", UNIT_SOURCES },
	{ "address", UNIT_SOURCES },
	{ "host", UNIT_SOURCES },
	{ "attacker", UNIT_SOURCES },
	{ "sensor", UNIT_SENSORS },
	{ "honeypot", UNIT_SENSORS },
	{ "node", UNIT_NODES },
	{ "visit", UNIT_VISITS },
	{ "group", UNIT_GROUPS },
	{ "campaign", UNIT_COORDINATED },
	{ "pair", UNIT_PAIRS },
	{ "edge", UNIT_EDGES },
	{ "world", UNIT_WORLDS },
	{ "day", UNIT_REAL },
	{ "hour", UNIT_REAL },
	{ "country", UNIT_REAL },
};
enum { NOUNS = sizeof(nouns) / sizeof(nouns[0]) };

static bool
starts_word(struct sv text, size_t at, const char *word)
{
	size_t len = strlen(word);

	return at + len <= text.len && strncasecmp(text.data + at, word, len) == 0;
}

/** The noun within the next three words, before anything that ends a clause. */
static bool
noun_behind(struct sv text, size_t at, enum evidence_unit *ret)
{
	unsigned words = 0;

	while (at < text.len && words < 3) {
		if (strchr(",.;:()", text.data[at]) != NULL)
			return false;
		if (text.data[at] != ' ' && text.data[at] != '-') {
			at++;
			continue;
		}
		at++;
		words++;
		for (size_t i = 0; i < NOUNS; i++)
			if (starts_word(text, at, nouns[i].noun)) {
				*ret = nouns[i].unit;
				return true;
			}
		if (is_digit(text, at))
			return false; /* the next number's */
	}
	return false;
}

/** "confidence" within the clause before it. */
static bool
is_confidence(struct sv text, size_t at)
{
	size_t start = at;

	while (start > 0 && strchr(",;.:", text.data[start - 1]) == NULL && at - start < 40)
		start--;
	for (size_t i = start; i < at; i++)
		if (starts_word(text, i, "confiden") || starts_word(text, i, "probab") ||
		    starts_word(text, i, "likel"))
			return true;
	return false;
}

static bool
is_wanted(const struct evidence_fact *fact, bool has_noun, enum evidence_unit noun, bool confidence)
{
	if (confidence)
		return fact->unit == UNIT_CONFIDENCE || fact->unit == UNIT_RATIO ||
		       fact->unit == UNIT_P;
	if (!has_noun)
		return true;
	if (noun == UNIT_GROUPS || noun == UNIT_COORDINATED)
		return fact->unit == UNIT_GROUPS || fact->unit == UNIT_COORDINATED;
	return fact->unit == noun;
}

static bool
in_item(const struct evidence *item, struct sv text, size_t at, const struct number *number)
{
	enum evidence_unit noun = UNIT_REAL;
	bool has_noun = noun_behind(text, number->end, &noun), confidence = is_confidence(text, at);

	for (uint32_t i = 0; i < item->n_facts; i++)
		if (is_wanted(&item->facts[i], has_noun && !number->percent, noun, confidence) &&
		    agrees(&item->facts[i], number))
			return true;
	return false;
}

/** In what is cited, or in the campaign that this is a part of. */
static bool
in_cited(const struct evidence_list *list, struct sv text, size_t at, const struct number *number,
    const struct sv *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct evidence *item = evidence_find(list, ids[i]);

		if (item == NULL)
			continue;
		if (in_item(item, text, at, number))
			return true;
		if (item->campaign != EVIDENCE_NO_CAMPAIGN &&
		    in_item(&list->items[item->campaign], text, at, number))
			return true;
	}
	return false;
}

static bool
is_time_of(const struct evidence *item, struct sv date)
{
	return (item->first.len >= date.len && memcmp(item->first.data, date.data, 10) == 0 &&
		   (date.len == 10 || memcmp(item->first.data + 11, date.data + 11, 5) == 0)) ||
	       (item->last.len >= date.len && memcmp(item->last.data, date.data, 10) == 0 &&
		   (date.len == 10 || memcmp(item->last.data + 11, date.data + 11, 5) == 0));
}

static bool
date_holds(const struct evidence_list *list, struct sv date, const struct sv *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct evidence *item = evidence_find(list, ids[i]);

		if (item == NULL)
			continue;
		if (is_time_of(item, date) || (item->campaign != EVIDENCE_NO_CAMPAIGN &&
						  is_time_of(&list->items[item->campaign], date)))
			return true;
	}
	return false;
}

/* --- words that are numbers -------------------------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	double value;
} number_words[] = { { "zero", 0 }, { "two", 2 }, { "three", 3 }, { "four", 4 }, { "five", 5 },
	{ "six", 6 }, { "seven", 7 }, { "eight", 8 }, { "nine", 9 }, { "ten", 10 },
	{ "eleven", 11 }, { "twelve", 12 }, { "thirteen", 13 }, { "fourteen", 14 },
	{ "fifteen", 15 }, { "sixteen", 16 }, { "seventeen", 17 }, { "eighteen", 18 },
	{ "nineteen", 19 }, { "twenty", 20 }, { "thirty", 30 }, { "forty", 40 }, { "fifty", 50 },
	{ "sixty", 60 }, { "seventy", 70 }, { "eighty", 80 }, { "ninety", 90 },
	{ "hundred", (double)NAN }, { "hundreds", (double)NAN }, { "thousand", (double)NAN },
	{ "thousands", (double)NAN }, { "million", (double)NAN }, { "millions", (double)NAN },
	{ "dozen", (double)NAN }, { "dozens", (double)NAN }, { "half", (double)NAN },
	{ "twice", (double)NAN }, { "double", (double)NAN } };

/** A number in words at the beginning of a word; those that stand for no exact number are never a fact's. */
static bool
read_word(struct sv text, size_t at, size_t len, struct number *ret)
{
	for (size_t i = 0; i < sizeof(number_words) / sizeof(number_words[0]); i++)
		if (sv_ieq((struct sv){ text.data + at, len }, sv_from(number_words[i].word))) {
			*ret = (struct number){ .value = number_words[i].value, .end = at + len };
			return true;
		}
	return false;
}

/* --- the whole ---------------------------------------------------------------------------------------------------------------- */

/** Letters, digits, "_" and "." inside: "c1", "T1110.001", "MD5", "8a6a". An id's, a technique's or a key's own digits are no numbers. */
static size_t
name_len(struct sv text, size_t at)
{
	size_t len = 0;
	bool letter = false;

	while (at + len < text.len &&
	       (isalnum((unsigned char)text.data[at + len]) || text.data[at + len] == '_' ||
		   (text.data[at + len] == '.' && len > 0 && at + len + 1 < text.len &&
		       isalnum((unsigned char)text.data[at + len + 1])))) {
		letter = letter || isalpha((unsigned char)text.data[at + len]);
		len++;
	}
	return letter ? len : 0;
}

/** Four digits of a campaign's key, as its name ends in. */
static bool
is_key(const struct evidence_list *list, struct sv word)
{
	for (size_t i = 0; word.len >= 4 && i < list->n; i++)
		if (list->items[i].kind == EVIDENCE_CAMPAIGN &&
		    sv_starts(evidence_text_at(list->items[i].value, "key"), word))
			return true;
	return false;
}

static bool
is_technique(const struct evidence_list *list, struct sv word)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].kind == EVIDENCE_TECHNIQUE &&
		    sv_eq(evidence_text_at(list->items[i].value, "id"), word))
			return true;
	return false;
}

static bool
has_digit(struct sv word)
{
	for (size_t i = 0; i < word.len; i++)
		if (is_digit(word, i))
			return true;
	return false;
}

/** One token that begins at `at`: where the next begins; SIZE_MAX: it does not hold. */
static size_t
token_holds(
    const struct evidence_list *list, struct sv text, size_t at, const struct sv *ids, size_t n)
{
	size_t len = date_len(text, at);
	struct number number;
	struct sv word;

	if (len > 0)
		return date_holds(list, (struct sv){ text.data + at, len }, ids, n) ? at + len
										    : SIZE_MAX;
	if (is_digit(text, at) && read_number(text, at, &number))
		return in_cited(list, text, at, &number, ids, n) ||
			       is_key(list, (struct sv){ text.data + at, number.end - at })
			   ? number.end
			   : SIZE_MAX;
	len = name_len(text, at);
	word = (struct sv){ text.data + at, len };
	if (len == 0)
		return is_digit(text, at) ? SIZE_MAX : at + 1;
	if (read_word(text, at, len, &number))
		return in_cited(list, text, at, &number, ids, n) ? at + len : SIZE_MAX;
	if (has_digit(word) && evidence_find(list, word) == NULL && !is_key(list, word) &&
	    !is_technique(list, word))
		return SIZE_MAX;
	return at + len;
}

bool
check_numbers(const struct evidence_list *list, struct sv text, const struct sv *ids, size_t n)
{
	for (size_t at = 0; at < text.len;) {
		at = token_holds(list, text, at, ids, n);
		if (at == SIZE_MAX)
			return false;
	}
	return true;
}
