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
};

const char *
words_qualifier(struct sv name)
{
	return LOOK_UP(qualifiers, name);
}

const char *
words_confidence(double confidence)
{
	static const struct {
		double least;
		const char *text;
	} bands[] = { { 0.99, "almost certain" }, { 0.90, "very likely" }, { 0.66, "likely" },
		{ 0.33, "undecided" }, { 0.10, "unlikely" }, { 0, "very unlikely" } };

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
};

const char *
words_mask(struct sv why)
{
	return LOOK_UP(masks, why);
}

void
words_each_known(struct jsonw *w, void (*each)(struct jsonw *w, const char *name, const char *text))
{
	static const struct {
		const struct word *words;
		size_t n;
	} tables[] = { { qualifiers, sizeof(qualifiers) / sizeof(qualifiers[0]) },
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
