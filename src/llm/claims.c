/* claims.c - what a sentence says of the verdict. Words that name a verdict have to be those of the groups it cites; words that declare somebody harmless are
 * nobody's unless a known scanner is cited. "not" turns a claim round. A sentence that is hard to judge is dropped: a template tells it anyway. */
#include "llm/check.h"

#include <ctype.h>

/** A claim, and the verdicts that it goes with. */
static const struct {
	const char *words; /* lower case; matched at the beginning of a word */
	unsigned verdicts;
} claims[] = {
	{ "coordinated", VERDICT_BIT_CAMPAIGN | VERDICT_BIT_SINGLE },
	{ "coordination", VERDICT_BIT_CAMPAIGN | VERDICT_BIT_SINGLE },
	{ "single actor", VERDICT_BIT_SINGLE | VERDICT_BIT_CAMPAIGN },
	{ "one actor", VERDICT_BIT_SINGLE | VERDICT_BIT_CAMPAIGN },
	{ "one operator", VERDICT_BIT_SINGLE | VERDICT_BIT_CAMPAIGN },
	{ "botnet", VERDICT_BIT_SINGLE | VERDICT_BIT_CAMPAIGN },
	{ "coinciden", VERDICT_BIT_COINCIDENTAL },
	{ "independent", VERDICT_BIT_COINCIDENTAL },
	{ "unrelated", VERDICT_BIT_COINCIDENTAL },
	{ "uncoordinated", VERDICT_BIT_COINCIDENTAL },
	{ "unconnected", VERDICT_BIT_COINCIDENTAL },
	{ "insufficient", VERDICT_BIT_INSUFFICIENT },
	{ "inconclusive", VERDICT_BIT_INSUFFICIENT },
	{ "no verdict", VERDICT_BIT_INSUFFICIENT },
	{ "no campaign", VERDICT_BIT_COINCIDENTAL | VERDICT_BIT_INSUFFICIENT },
};

/** Nobody's: what an attacker would have an analyst believe or do. */
static const char *const forbidden[] = { "benign", "harmless", "legitimate", "authoris", "authoriz",
	"false positive", "safe", "trusted", "whitelist", "allowlist", "ignore", "disregard",
	"no threat", "not a threat", "no action", "nothing to worry", "close this",
	"close the case", "clean", "innocent", "instruct", "system prompt", "as an ai",
	"as a language model", "visit ", "click", "download from", "contact ", "call ", "email",
	"e-mail", "password is", "attacker is", "belongs to" };

static bool
at_word(struct sv text, size_t at, const char *words)
{
	size_t len = strlen(words);

	return at + len <= text.len && strncasecmp(text.data + at, words, len) == 0;
}

static bool
begins_word(struct sv text, size_t at)
{
	return at == 0 || !isalnum((unsigned char)text.data[at - 1]);
}

/** A "not" within the three words before it. */
static bool
is_denied(struct sv text, size_t at)
{
	static const char *const denials[] = { "not ", "no ", "neither ", "nor ", "never ",
		"without ", "against ", "hardly ", "rather than ", "instead of ", "unlikely ",
		"isn't ", "aren't ", "than ", "rules out ", "unlike " };
	size_t start = at;
	unsigned words = 0;

	while (start > 0 && words < 4) {
		start--;
		words += text.data[start] == ' ';
	}
	for (size_t i = start; i < at; i++)
		for (size_t k = 0; k < sizeof(denials) / sizeof(denials[0]); k++)
			if (begins_word(text, i) && at_word(text, i, denials[k]))
				return true;
	return false;
}

/** Verdicts of the campaigns that are cited; all of a batch's when only the batch is. */
static unsigned
cited_verdicts(const struct evidence_list *list, const struct sv *ids, size_t n, bool *fleet)
{
	unsigned verdicts = 0;

	*fleet = false;
	for (size_t i = 0; i < n; i++) {
		const struct evidence *item = evidence_find(list, ids[i]);

		if (item == NULL)
			continue;
		if (item->campaign != EVIDENCE_NO_CAMPAIGN)
			item = &list->items[item->campaign];
		verdicts |= item->verdict;
		*fleet = *fleet || item->fleet;
	}
	return verdicts;
}

static bool
is_forbidden(struct sv text)
{
	for (size_t at = 0; at < text.len; at++)
		for (size_t k = 0; k < sizeof(forbidden) / sizeof(forbidden[0]); k++)
			if (begins_word(text, at) && at_word(text, at, forbidden[k]))
				return true;
	return false;
}

bool
check_claims(const struct evidence_list *list, struct sv text, const struct sv *ids, size_t n)
{
	bool fleet;
	unsigned verdicts = cited_verdicts(list, ids, n, &fleet);

	if (!fleet && is_forbidden(text))
		return false;
	for (size_t at = 0; at < text.len; at++)
		for (size_t k = 0; k < sizeof(claims) / sizeof(claims[0]); k++) {
			unsigned goes = claims[k].verdicts;

			if (!begins_word(text, at) || !at_word(text, at, claims[k].words))
				continue;
			if (is_denied(text, at))
				goes = VERDICT_BITS & ~goes;
			if ((verdicts & goes) == 0)
				return false;
		}
	return true;
}
