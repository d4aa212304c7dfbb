/* words.c - see words.h. What has rows is data: a new verdict, null or kind is a row here. */
#include "report/words.h"

#include <math.h>

#include "report/clean.h"

struct word {
	const char *name, *text;
};

static const char *
look_up(const struct word *words, size_t n, struct sv name)
{
	for (size_t i = 0; i < n; i++)
		if (sv_eq(name, sv_from(words[i].name)))
			return words[i].text;
	return NULL;
}

#define LOOK_UP(words, name) look_up(words, sizeof(words) / sizeof((words)[0]), name)

const char *
words_verdict(struct sv name)
{
	static const struct word words[] = {
		{ "coordinated_campaign", "Coordinated campaign" },
		{ "single_actor_multiple_sources", "One actor, many sources" },
		{ "coincidental", "Coincidence" },
		{ "insufficient_evidence", "Not enough evidence" },
	};

	return LOOK_UP(words, name);
}

const char *
words_verdict_meaning(struct sv name)
{
	static const struct word words[] = {
		{ "coordinated_campaign", "Several hosts acted under one tasking." },
		{ "single_actor_multiple_sources",
		    "One actor stands behind several source addresses." },
		{ "coincidental",
		    "Independent attackers; a campaign of usual size would have been seen." },
		{ "insufficient_evidence",
		    "Neither a campaign nor its absence is shown by this data." },
	};

	return LOOK_UP(words, name);
}

static const struct word qualifiers[] = {
	{ "control_structure_undetermined",
	    "whether one actor or several hosts under one tasking is not decided" },
	{ "benign_scanner_fleet", "looks like a research scanner's fleet" },
	{ "claimed_scanner_fleet",
	    "calls itself a known scanner, from addresses that are not known to be its" },
};

const char *
words_qualifier(struct sv name)
{
	return LOOK_UP(qualifiers, name);
}

static const struct word explanations[] = {
	{ "same_tool", "they use the same public tool" },
	{ "same_wordlist", "they try the same public word list" },
	{ "same_hours", "they work the same hours" },
	{ "same_hosting", "they rent from the same hosting networks" },
	{ "sensor_artefact", "the sensor or its logging made them look alike" },
	{ "flash_crowd", "many took up the same new thing at the same time" },
};

const char *
words_explanation(struct sv name)
{
	return LOOK_UP(explanations, name);
}

/* An undecided group is not called likely: the number leans, the verdict does not follow. */
static const char *
leaning(double confidence)
{
	if (isnan(confidence))
		return "not judged";
	if (confidence >= 0.66)
		return "leans towards coordination, but falls short of a verdict";
	return confidence >= 0.33 ? "undecided"
				  : "leans towards coincidence, but falls short of a verdict";
}

const char *
words_confidence(double confidence, enum detect_verdict verdict)
{
	static const struct {
		double least;
		const char *text;
	} bands[] = { { 0.99, "almost certain" }, { 0.90, "very likely" }, { 0.66, "likely" },
		{ 0.33, "undecided" }, { 0.10, "unlikely" }, { 0, "very unlikely" } };

	if (verdict == VERDICT_INSUFFICIENT)
		return leaning(confidence);
	for (size_t i = 0; i < sizeof(bands) / sizeof(bands[0]); i++)
		if (confidence >= bands[i].least)
			return bands[i].text;
	return "not judged";
}

const char *
words_null(struct sv name)
{
	return detect_null_meaning(name);
}

static const struct word kinds[] = {
	{ "ssh_key", "SSH key" },
	{ "file_hash", "file hash" },
	{ "url", "URL" },
	{ "wallet", "wallet" },
	{ "password", "planted password" },
	{ "marker", "marker" },
	{ "credential", "credential" },
	{ "command", "command" },
	{ "prefix", "network prefix" },
	{ "asn", "autonomous system" },
	{ "pair", "pair of sources" },
	{ "payload", "payload" },
	{ "fingerprint", "fingerprint" },
	{ "web", "web request" },
	{ "packet", "packet fingerprint" },
	{ "c2", "command server" },
	{ "label", "label" },
};

const char *
words_kind(struct sv kind)
{
	return LOOK_UP(kinds, kind);
}

static const struct word masks[] = {
	{ "collection_gap", "the sensor recorded nothing" },
	{ "equal_timestamps", "many records carry one time stamp" },
	{ "rate_limited", "logging was rate-limited" },
	{ "new_sensor", "the sensor was new, and everybody found it" },
	{ "clock_step", "the sensor's clock was set" },
};

const char *
words_mask(struct sv why)
{
	return LOOK_UP(masks, why);
}

/* Lines of a ledger that are no channel. */
static const struct word terms[] = {
	{ "base", "Before any evidence" },
	{ "prior", "Prior" },
	{ "null_worlds", "Against the null worlds" },
	{ "size", "Size of the group" },
	{ "visits_per_node", "How often each of them came" },
	{ "calibration", "Calibration" },
	{ "guard", "Guard" },
};

void
words_each_known(struct jsonw *w, void (*each)(struct jsonw *w, const char *name, const char *text))
{
	static const struct {
		const struct word *words;
		size_t n;
	} tables[] = { { qualifiers, sizeof(qualifiers) / sizeof(qualifiers[0]) },
		{ explanations, sizeof(explanations) / sizeof(explanations[0]) },
		{ kinds, sizeof(kinds) / sizeof(kinds[0]) },
		{ masks, sizeof(masks) / sizeof(masks[0]) } };
	const char *name, *meaning;

	for (size_t i = 0; (name = detect_null_at(i, &meaning)) != NULL; i++)
		each(w, name, meaning);
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (size_t i = 0; i < tables[t].n; i++)
			each(w, tables[t].words[i].name, tables[t].words[i].text);
}

void
words_put(struct buf *out, const char *text, struct sv name, bool unicode)
{
	if (text != NULL)
		buf_add_str(out, text);
	else
		(void)clean_add(out, name, 60, unicode);
}

static const char *
channel_title(struct sv name)
{
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
		if (sv_eq(name, sv_from(detect_channel_name(c))))
			return detect_channel_title(c);
	return NULL;
}

bool
words_term_is_evidence(struct sv term)
{
	if (sv_eq(term, SV("null_worlds")))
		return true;
	return LOOK_UP(terms, term) == NULL && !sv_starts(term, SV("guard:"));
}

void
words_term(struct buf *out, struct sv term, bool unicode)
{
	const char *text = channel_title(term);

	if (sv_starts(term, SV("guard:"))) {
		buf_add_str(out, "Guard: ");
		(void)clean_add(out, sv_skip(term, 6), 60, unicode);
		return;
	}
	words_put(out, text != NULL ? text : LOOK_UP(terms, term), term, unicode);
}

void
words_each_term(struct jsonw *w, void (*each)(struct jsonw *w, const char *name, const char *text))
{
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
		each(w, detect_channel_name(c), detect_channel_title(c));
	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
		each(w, terms[i].name, terms[i].text);
}

const char *
words_higher(bool spoke_against, bool guarded)
{
	if (spoke_against)
		return "higher than the group's own, because what is taken away speaks against "
		       "coordination";
	if (guarded)
		return "higher than the group's own, because a guard holds that one down and "
		       "does not apply without this";
	return "higher than the group's own, because the rest is weighed anew without it, not "
	       "because less evidence would say more";
}

void
words_without(struct buf *out, struct sv without, bool unicode)
{
	struct sv rest = without;
	struct sv what = sv_cut(&rest, ':');
	struct sv kind;

	if (sv_eq(what, SV("channel")) && rest.data != NULL) {
		buf_add_str(out, "the channel \"");
		words_put(out, channel_title(rest), rest, unicode);
		buf_add_char(out, '"');
		return;
	}
	if (!sv_eq(what, SV("artefact")) || rest.data == NULL) {
		words_put(out, NULL, without, unicode);
		return;
	}
	kind = sv_cut(&rest, ':');
	buf_add_str(out, "the ");
	words_put(out, words_kind(kind), kind, unicode);
	if (rest.data != NULL) {
		buf_add_char(out, ' ');
		(void)clean_add(out, rest, 48, unicode);
	}
}

void
words_count(struct buf *out, uint64_t n)
{
	char digits[24];
	char text[32];
	size_t len = 0, at = 0;

	do
		digits[len++] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	while (len > 0) {
		text[at++] = digits[--len];
		if (len > 0 && len % 3 == 0)
			text[at++] = ',';
	}
	buf_add(out, text, at);
}

void
words_counted(struct buf *out, uint64_t n, const char *one, const char *many)
{
	words_count(out, n);
	buf_add_char(out, ' ');
	buf_add_str(out, n == 1 ? one : many);
}

void
words_chance(struct buf *out, double p)
{
	if (!(p > 0 && p <= 1)) {
		buf_add_str(out, "unknown");
		return;
	}
	if (p > 0.4) {
		buf_printf(out, "%s (p = %.2g)",
		    p > 0.65 ? "most of the time" : "about every second time", p);
		return;
	}
	buf_add_str(out, "about once in ");
	if (p < 1e-15) {
		buf_add_str(out, "more than a million billion");
	} else {
		double times = 1 / p;
		double unit = pow(10, fmax(0, floor(log10(times)) - 1));

		words_count(out, (uint64_t)(nearbyint(times / unit) * unit));
	}
	buf_printf(out, " tries (p = %.2g)", p);
}

void
words_span(struct buf *out, int64_t us)
{
	int64_t s = us / TIME_SECOND;

	if (s < 60)
		buf_printf(out, "%lld s", (long long)s);
	else if (s < 3600)
		buf_printf(out, "%lld min", (long long)(s / 60));
	else if (s < 86400)
		buf_printf(out, "%lld h %lld min", (long long)(s / 3600), (long long)(s / 60 % 60));
	else
		buf_printf(
		    out, "%lld d %lld h", (long long)(s / 86400), (long long)(s / 3600 % 24));
}
