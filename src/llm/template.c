/* template.c - the story without a model: the same sentences for the same document, each with what it cites. It holds nothing that an attacker wrote: numbers
 * from typed members, and names of ours (channels, techniques, providers) cut down to letters, digits and what stands between letters. */
#include "llm/make.h"

#include <math.h>
#include <stdio.h>

enum { TOLD_MOST = 6, CHANNELS_MOST = 3, TECHNIQUES_MOST = 4, LISTED_MOST = 8, TEXT_MOST = 1024 };

/* --- words -------------------------------------------------------------------------------------------------------------- */

/** 1234567 as "1,234,567". */
static void
put_count(struct buf *out, double value)
{
	char digits[32];
	size_t n;

	if (!(value >= 0 && value < 1e15)) {
		buf_add_str(out, "an unknown number of");
		return;
	}
	n = (size_t)snprintf(digits, sizeof(digits), "%.0f", value);

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			buf_add_char(out, ',');
		buf_add_char(out, digits[i]);
	}
}

static void
put_counted(struct buf *out, double value, const char *noun)
{
	put_count(out, value);
	buf_printf(out, " %s%s", noun, value == 1 ? "" : "s");
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/** A name of ours, whatever a document holds in its place: "Remote Services: SSH", "System Owner/User Discovery", never a URL. */
static void
put_name(struct buf *out, struct sv name, bool lower)
{
	name = sv_first(name, 64);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i], before = i > 0 ? name.data[i - 1] : 0,
		     behind = i + 1 < name.len ? name.data[i + 1] : 0;

		if (lower && i == 0 && c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		if (is_letter(c) || (c >= '0' && c <= '9') || c == ' ')
			buf_add_char(out, c);
		else if (c == '_')
			buf_add_char(out, ' ');
		else if ((c == '-' || c == '/') && is_letter(before) && is_letter(behind))
			buf_add_char(out, c);
		else if (c == ':' && is_letter(before) && behind == ' ')
			buf_add_char(out, c);
	}
}

/** Day and minute of an RFC 3339 time; false when it is none. */
static bool
put_time(struct buf *out, struct sv time)
{
	int64_t us;

	if (time.len < 16 || !time_parse(time, 0, &us))
		return false;
	buf_printf(out, "%.10s %.5s", time.data, time.data + 11);
	return true;
}

static void
put_span(struct buf *out, const struct evidence *item)
{
	CLEANUP(buf_clear) struct buf span = BUF_INIT(128);

	buf_add_str(&span, ", from ");
	if (!put_time(&span, item->first))
		return;
	buf_add_str(&span, " to ");
	if (!put_time(&span, item->last))
		return;
	buf_add_sv(out, buf_sv(&span));
	buf_add_str(out, " UTC");
}

static void
put_ratio(struct buf *out, double value)
{
	buf_printf(out, "%.2f", value);
}

/** Two digits that mean something, never with an exponent unless it is very small. */
static void
put_p(struct buf *out, double p)
{
	if (p >= 0.1)
		buf_printf(out, "%.2f", p);
	else if (p >= 1e-4)
		buf_printf(out, "%.2g", p);
	else
		buf_printf(out, "%.1e", p);
}

static void
tell(struct making *m, struct buf *text, const struct sv *ids, size_t n)
{
	if (text->failed)
		m->full = true;
	making_sentence(m, buf_sv(text), ids, n);
}

/* --- the batch ---------------------------------------------------------------------------------------------------------- */

static void
tell_batch(struct making *m)
{
	const struct evidence *batch = &m->list->items[0];
	CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MOST);
	double groups = evidence_number(batch, "groups");

	put_counted(&text, evidence_number(batch, "sessions"), "session");
	buf_add_str(&text, " of ");
	put_counted(&text, evidence_number(batch, "sources"), "source");
	buf_add_str(&text, " were analysed");
	put_span(&text, batch);
	if (groups == 0) {
		buf_add_str(&text, "; no group of sources that act alike was found.");
	} else {
		buf_add_str(&text, "; ");
		put_counted(&text, groups, "group");
		buf_printf(&text, " that act alike %s found.", groups == 1 ? "was" : "were");
	}
	tell(m, &text, &batch->id, 1);
}

/** How many groups have a verdict that nothing more is told of. */
static void
tell_others(struct making *m, const char *name, const char *one, const char *many)
{
	const struct evidence *batch = &m->list->items[0];
	CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MOST);
	double n = evidence_number(batch, name);

	if (!(n > 0))
		return;
	put_counted(&text, n, "group");
	buf_add_str(&text, n == 1 ? one : many);
	tell(m, &text, &batch->id, 1);
}

static void
tell_limits(struct making *m)
{
	bool given = true;
	const struct evidence *batch = &m->list->items[0];
	CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MOST);

	if (!json_bool(json_get(json_get(m->list->root, SV("provenance")), SV("reference_given")),
		&given) ||
	    given)
		return;
	buf_add_str(&text, "No reference background was given, so what is usual was estimated from "
			   "these sessions alone.");
	tell(m, &text, &batch->id, 1);
}

/* --- a campaign --------------------------------------------------------------------------------------------------------- */

static const char *
judged(const struct evidence *campaign)
{
	if (campaign->fleet)
		return "the fleet of a scanner";
	return campaign->verdict == VERDICT_BIT_SINGLE ? "a single actor with many sources"
						       : "a coordinated campaign";
}

static void
tell_campaign(struct making *m, const struct evidence *c)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MOST);
	double confidence = evidence_number(c, "confidence");

	buf_printf(&text, "%.*s, called %.*s, is judged %s", SV_ARG(c->id), SV_ARG(names_of(m, c)),
	    judged(c));
	if (isfinite(confidence)) {
		buf_add_str(&text, " with a confidence of ");
		put_ratio(&text, confidence);
	}
	buf_add_str(&text, ": ");
	put_counted(&text, evidence_number(c, "sources"), "source");
	buf_add_str(&text, ", ");
	put_counted(&text, evidence_number(c, "sessions"), "session");
	buf_add_str(&text, " on ");
	put_counted(&text, evidence_number(c, "sensors"), "sensor");
	put_span(&text, c);
	buf_add_char(&text, '.');
	tell(m, &text, &c->id, 1);
}

/** Only what is significant is said to speak for a group, as in the reason of its verdict; an artefact has no p-value. */
static bool
is_said(const struct evidence *e, int sign)
{
	double p = evidence_number(e, "p_value");

	return sign < 0 || !isfinite(p) || p <= 0.05;
}

/** The told channel whose line of the ledger is the next behind `*at` in size, for (`sign` 1) or against. NULL: none more. */
static const struct evidence *
next_channel(const struct evidence_list *list, const struct evidence *c, int sign, double least,
    const struct evidence *after)
{
	const struct evidence *best = NULL;

	for (const struct evidence *e = c + 1;
	     e < list->items + list->n && e->campaign == c->campaign; e++) {
		double weight = sign * e->weight,
		       limit = after == NULL ? HUGE_VAL : sign * after->weight;

		if (e->kind != EVIDENCE_CHANNEL || !e->told || !(weight >= least) ||
		    !is_said(e, sign))
			continue;
		if (weight > limit || (weight == limit && e <= after))
			continue; /* told before */
		if (best == NULL || weight > sign * best->weight)
			best = e;
	}
	return best;
}

static void
put_channel(struct buf *text, const struct evidence *e)
{
	double effect = evidence_number(e, "effect"), p = evidence_number(e, "p_value"),
	       n = evidence_number(e, "n");
	const char *comma = ": ";

	put_name(text, evidence_text_at(e->value, "title"), false);
	buf_add_str(text, e->weight > 0 ? " speaks for it" : " speaks against it");
	if (isfinite(effect)) {
		buf_printf(text, "%s%.1f times what chance gives", comma, effect);
		comma = ", ";
	}
	if (isfinite(p)) {
		buf_printf(text, "%sp = ", comma);
		put_p(text, p);
		comma = ", ";
	}
	if (isfinite(n)) {
		buf_add_str(text, comma);
		put_counted(text, n, "node");
	}
	buf_add_char(text, '.');
}

static void
tell_channels(struct making *m, const struct evidence *c, int sign, unsigned most)
{
	const struct evidence *e = NULL;

	for (unsigned i = 0; i < most; i++) {
		CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MOST);

		e = next_channel(m->list, c, sign, 0.1, e);
		if (e == NULL)
			return;
		put_channel(&text, e);
		tell(m, &text, &e->id, 1);
	}
}

static void
tell_artefact(struct making *m, const struct evidence *e)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MOST);
	bool is_public = false;

	(void)json_bool(json_get(e->value, SV("public")), &is_public);
	put_counted(&text, evidence_number(e, "sources"), "source");
	buf_add_str(&text, " of it carry the same ");
	put_name(&text, evidence_text_at(e->value, "kind"), false);
	buf_add_str(&text, is_public ? ", which is publicly known and says little."
				     : ", which is not publicly known.");
	tell(m, &text, &e->id, 1);
}

static void
tell_techniques(struct making *m, const struct evidence *c)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MOST);
	struct sv ids[TECHNIQUES_MOST];
	size_t n = 0;

	for (const struct evidence *e = c + 1;
	     e < m->list->items + m->list->n && e->campaign == c->campaign; e++) {
		if (e->kind != EVIDENCE_TECHNIQUE || n == TECHNIQUES_MOST)
			continue;
		buf_add_str(&text, n == 0 ? "It shows the techniques " : ", ");
		put_name(&text, evidence_text_at(e->value, "name"), false);
		buf_add_str(&text, " in ");
		put_counted(&text, evidence_number(e, "sessions"), "session");
		ids[n++] = e->id;
	}
	if (n == 0)
		return;
	buf_add_char(&text, '.');
	tell(m, &text, ids, n);
}

/** What look-ups said, by name: each as one of ours. */
static void
tell_external(struct making *m, const struct evidence *c)
{
	for (const struct evidence *e = c + 1;
	     e < m->list->items + m->list->n && e->campaign == c->campaign; e++) {
		CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MOST);
		struct sv kind, provider;

		if (e->kind != EVIDENCE_EXTERNAL)
			continue;
		kind = evidence_text_at(e->value, "relation");
		provider = evidence_text_at(e->value, "provider");
		if (kind.len == 0)
			kind = evidence_text_at(e->value, "kind");
		buf_add_str(&text, "Outside data adds ");
		put_name(&text, kind.len > 0 ? kind : provider, false);
		if (kind.len > 0 && provider.len > 0) {
			buf_add_str(&text, " by ");
			put_name(&text, provider, false);
		}
		if (isfinite(evidence_number(e, "sources"))) {
			buf_add_str(&text, ": ");
			put_counted(&text, evidence_number(e, "sources"), "source");
		}
		buf_add_str(&text, ". It moves no number.");
		tell(m, &text, &e->id, 1);
	}
}

/** The first single thing without which the verdict falls. */
static void
tell_fall(struct making *m, const struct evidence *c)
{
	struct json_iter each = json_each(json_get(c->value, SV("counterfactuals")));
	struct sv verdict = evidence_text_at(c->value, "verdict");
	struct json_value f;

	while (json_next(&each, &f)) {
		struct sv what = evidence_text_at(f, "without"), kind = sv_cut(&what, ':');
		CLEANUP(buf_clear) struct buf id = BUF_INIT(128);
		CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MOST);
		const struct evidence *e;

		if (!sv_eq(kind, SV("channel")) || what.data == NULL ||
		    sv_eq(evidence_text_at(f, "verdict"), verdict))
			continue;
		buf_printf(&id, "%.*s.%.*s", SV_ARG(c->id), SV_ARG(what));
		e = evidence_find(m->list, buf_sv(&id));
		if (e == NULL)
			continue;
		buf_add_str(&text, "The verdict rests on this: ");
		put_name(&text, evidence_text_at(e->value, "title"), true);
		buf_add_str(&text, ". Without it the verdict falls.");
		tell(m, &text, &e->id, 1);
		return;
	}
}

static void
tell_group(struct making *m, const struct evidence *c)
{
	unsigned artefacts = 0;

	tell_campaign(m, c);
	for (const struct evidence *e = c + 1;
	     e < m->list->items + m->list->n && e->campaign == c->campaign; e++)
		if (e->kind == EVIDENCE_ARTEFACT && artefacts++ < 2)
			tell_artefact(m, e);
	tell_channels(m, c, 1, CHANNELS_MOST);
	tell_channels(m, c, -1, 1);
	tell_techniques(m, c);
	tell_external(m, c);
	tell_fall(m, c);
}

static void
tell_groups(struct making *m)
{
	struct sv rest[LISTED_MOST];
	unsigned told = 0, more = 0;

	for (size_t i = 0; i < m->list->n; i++) {
		const struct evidence *c = &m->list->items[i];

		if (c->kind != EVIDENCE_CAMPAIGN ||
		    (c->verdict & (VERDICT_BIT_CAMPAIGN | VERDICT_BIT_SINGLE)) == 0)
			continue;
		if (told++ < TOLD_MOST)
			tell_group(m, c);
		else if (more < LISTED_MOST)
			rest[more++] = c->id;
	}
	if (more > 0) {
		CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MOST);

		buf_add_str(&text, "More groups are judged coordinated with less confidence.");
		tell(m, &text, rest, more);
	}
}

void
template_make(struct making *m)
{
	names_make(m);
	tell_batch(m);
	tell_groups(m);
	tell_others(m, "groups_coincidental", " looks alike by coincidence.",
	    " look alike by coincidence.");
	tell_others(m, "groups_insufficient", " has too little evidence for a verdict.",
	    " have too little evidence for a verdict.");
	tell_limits(m);
}

enum coord_err
narrative_template(
    struct sv document, struct arena *arena, struct narrative *ret, struct coord_error *err)
{
	struct evidence_list list;
	struct making *m = ARENA_NEW(arena, struct making);
	struct narrative narrative = { .source = NARRATIVE_TEMPLATE, .status = NARRATIVE_NO_MODEL };

	if (m == NULL)
		return error_set(err, COORD_ELIMIT, "narrative: too large for its memory");
	TRY(evidence_read(document, arena, &list, err));
	m->arena = arena;
	m->list = &list;
	template_make(m);
	hypotheses_make(m);
	m->list = NULL;
	TRY(making_end(m, &narrative, err));
	*ret = narrative;
	return COORD_OK;
}

enum coord_err
narrative_evidence(
    struct sv document, struct arena *arena, struct sv **ret, size_t *n, struct coord_error *err)
{
	struct evidence_list list;
	struct sv *ids;

	TRY(evidence_read(document, arena, &list, err));
	ids = ARENA_ARRAY(arena, list.n, struct sv);
	if (ids == NULL)
		return error_set(err, COORD_ELIMIT, "result: too large for its memory");
	for (size_t i = 0; i < list.n; i++)
		ids[i] = list.items[i].id;
	*ret = ids;
	*n = list.n;
	return COORD_OK;
}
