/* text_campaign.c - one tested group on a terminal: who, when, what and why, how the number adds up, and what would
 * make the verdict fall. */
#include "report/text.h"

#include <math.h>
#include <stdio.h>

#include "report/clean.h"
#include "report/ledger.h"
#include "report/timeline.h"

enum {
	OUTSIDE_COLUMNS = 300,
	INDENT = 10, /* where a campaign's paragraphs begin */
	SOURCES_SHOWN = 12,
	NAMES_SHOWN = 8,
	TOPS_SHOWN = 3,
	HASH_SHOWN = 34, /* a whole one would never fit its line; the document has it */
};

static const double noteworthy_p = 0.05; /* channels beyond share a line: there are many of them */

const char *
text_verdict_style(enum detect_verdict verdict)
{
	switch (verdict) {
	case VERDICT_CAMPAIGN:
	case VERDICT_SINGLE_ACTOR:
		return PEN_BOLD PEN_BAD;
	case VERDICT_COINCIDENTAL:
		return PEN_BOLD PEN_GOOD;
	case VERDICT_INSUFFICIENT:
		break;
	}
	return PEN_BOLD PEN_WARN;
}

struct sv
text_verdict_name(enum detect_verdict verdict)
{
	return sv_from(detect_verdict_name(verdict));
}

/* Two digits, but never a rounding up to certainty. */
void
text_add_confidence(struct pen *pen, double confidence)
{
	if (!isfinite(confidence))
		pen_add(pen, "not known");
	else
		buf_printf(&pen->text, "%.2f", confidence < 1 ? fmin(confidence, 0.99) : 1.0);
}

void
text_add_interval(struct pen *pen, double low, double high)
{
	if (!isfinite(low) || !isfinite(high) || high - low < 0.005)
		return;
	pen_add(pen, " (between ");
	text_add_confidence(pen, low);
	pen_add(pen, " and ");
	text_add_confidence(pen, high);
	pen_add(pen, ")");
}

void
text_add_time(struct pen *pen, int64_t us)
{
	char text[TIME_TEXT_MAX];

	time_format(us, true, text);
	if (strlen(text) >= 19)
		text[10] = ' ';
	buf_printf(&pen->text, "%.16s", text);
}

/* A paragraph of a campaign: behind its label, or below the one before. */
static void
write_item(struct pen *pen, const char *label)
{
	pen_paragraph(pen, label[0] == 0 ? INDENT : 2, label, INDENT);
}

/* What stands behind a likeness that is no coordination, and whose fleet it is. */
static void
write_explanation(struct pen *pen, const struct detect_campaign *c)
{
	struct sv name = sv_from(c->explanation);

	if (c->explanation != NULL) {
		pen_add(pen, "they look alike because ");
		words_put(&pen->text, words_explanation(name), name, pen->unicode);
		pen_paragraph(pen, 5, "", 5);
	}
	if (c->fleet != NULL) {
		pen_add(pen, "known scanner: ");
		pen_add_foreign(pen, sv_from(c->fleet), 60);
		pen_paragraph(pen, 5, "", 5);
	}
	if (!document_is_coordinated(c->verdict) || !isfinite(c->single_actor) || c->n_ledger == 0)
		return;
	buf_printf(&pen->text,
	    "if coordinated, one actor with many sources: %.2f; several hosts "
	    "under one tasking: %.2f",
	    c->single_actor, 1 - c->single_actor);
	pen_paragraph(pen, 5, "", 5);
}

static void
write_campaign_head(struct pen *pen, const struct detect_campaign *c)
{
	const char *qualifier;

	pen_blank(pen);
	pen_add(pen, text_verdict_style(c->verdict));
	words_put(&pen->text, words_verdict(text_verdict_name(c->verdict)), SV_NONE, pen->unicode);
	pen_add(pen, PEN_OFF ", confidence ");
	text_add_confidence(pen, c->confidence);
	text_add_interval(pen, c->low, c->high);
	pen_paragraph(pen, 0, c->id, 5);
	if (c->qualifier != NULL) {
		qualifier = words_qualifier(sv_from(c->qualifier));
		words_put(&pen->text, qualifier, sv_from(c->qualifier), pen->unicode);
		pen_paragraph(pen, 5, "", 5);
	}
	write_explanation(pen, c);
}

static void
write_who(struct pen *pen, const struct report_input *in, const struct detect_campaign *c)
{
	uint32_t shown = c->n_sources < SOURCES_SHOWN ? c->n_sources : SOURCES_SHOWN;

	words_counted(&pen->text, c->n_sources, "source, ", "sources, ");
	words_counted(&pen->text, c->n_sessions, "session, ", "sessions, ");
	words_counted(&pen->text, c->n_sensors, "sensor", "sensors");
	for (uint32_t i = 0; i < c->n_sensors && i < NAMES_SHOWN; i++) {
		pen_add(pen, i == 0 ? " (" : ", ");
		pen_add_foreign(pen, session_string(in->table, c->sensors[i]), 32);
	}
	if (c->n_sensors > NAMES_SHOWN)
		pen_add(pen, ", ...");
	pen_add(pen, c->n_sensors > 0 ? "):" : ":");
	for (uint32_t i = 0; i < shown; i++) {
		char text[ADDR_TEXT_MAX];

		(void)addr_format(c->sources[i], text);
		buf_printf(&pen->text, "%s %s", i == 0 ? "" : ",", text);
	}
	if (c->n_sources > shown) {
		pen_add(pen, " and ");
		words_count(&pen->text, c->n_sources - shown);
		pen_add(pen, " more");
	}
	write_item(pen, "Who");
}

/* Over the whole input, so that campaigns can be compared; one that would be a mark or two there, over its own time. */
static void
write_when(struct pen *pen, const struct report_input *in, const struct detect_campaign *c)
{
	uint32_t bins[160];
	unsigned n_bins = pen->columns - INDENT;
	int64_t from, to;
	bool own;

	document_span(in->table, &from, &to);
	own = (c->last_us - c->first_us) < (to - from) / 16;
	from = own ? c->first_us : from;
	to = own ? c->last_us : to;
	text_add_time(pen, c->first_us);
	pen_add(pen, " to ");
	text_add_time(pen, c->last_us);
	pen_add(pen, " UTC, ");
	words_span(&pen->text, c->last_us - c->first_us);
	pen_add(pen, own ? "; its sessions, " : "; its sessions over the whole input, ");
	words_span(&pen->text, (to - from) / n_bins);
	pen_add(pen, " a mark:");
	write_item(pen, "When");
	timeline_bins(in->table, c->sessions, c->n_sessions, from, to, bins, n_bins);
	timeline_draw(&pen->text, bins, n_bins, pen->unicode);
	pen_paragraph(pen, INDENT, PEN_NAME, INDENT);
}

static void
write_what(struct pen *pen, const struct detect_campaign *c)
{
	for (uint32_t i = 0; i < c->n_behaviour; i++) {
		pen_add_foreign(pen, sv_from(c->behaviour[i]), (pen->columns - INDENT) * 2);
		write_item(pen, i == 0 ? "Did" : "");
	}
	for (uint32_t i = 0; i < c->n_techniques && i < NAMES_SHOWN; i++) {
		pen_add(pen, i == 0 ? "" : ", ");
		pen_add_sentence(pen, c->techniques[i].id);
		pen_add(pen, " ");
		pen_add_sentence(pen, c->techniques[i].name);
	}
	if (c->n_techniques > NAMES_SHOWN)
		pen_add(pen, ", ...");
	if (c->n_techniques > 0)
		write_item(pen, "ATT&CK");
}

static void
write_artefacts(struct pen *pen, const struct detect_campaign *c)
{
	for (uint32_t i = 0; i < c->n_artefacts && i < NAMES_SHOWN; i++) {
		const struct detect_artefact *a = &c->artefacts[i];

		words_counted(&pen->text, a->sources, "source: ", "sources: ");
		words_put(&pen->text, words_kind(sv_from(a->kind)), sv_from(a->kind), pen->unicode);
		pen_add(pen, " ");
		pen_add_foreign(pen, sv_from(a->value),
		    strcmp(a->kind, "file_hash") == 0 ? HASH_SHOWN : pen->columns - INDENT);
		if (a->is_public)
			pen_add(pen, ", publicly known: counts little");
		write_item(pen, i == 0 ? "Shared" : "");
	}
	if (c->n_artefacts > NAMES_SHOWN) {
		pen_add(pen, "and ");
		words_count(&pen->text, c->n_artefacts - NAMES_SHOWN);
		pen_add(pen, " more");
		write_item(pen, "");
	}
}

static void
add_tops(struct pen *pen, const struct detect_evidence *e)
{
	for (uint32_t i = 0; i < e->n_top && i < TOPS_SHOWN; i++) {
		const struct detect_top *top = &e->top[i];
		struct sv kind = sv_from(top->kind);

		pen_add(pen, i == 0 ? " Most of it: " : "; ");
		words_put(&pen->text, words_kind(kind), kind, pen->unicode);
		pen_add(pen, " ");
		pen_add_foreign(pen, sv_from(top->what), 48);
		buf_printf(&pen->text, " (%u inside, %u outside)", top->nodes, top->background);
	}
	if (e->n_top > 0)
		pen_add(pen, ".");
}

static void
add_bayes_factor(struct pen *pen, double factor)
{
	pen_add(pen, " A stated prior, not a test: such sharing is ");
	if (factor < 1e12)
		words_count(&pen->text, (uint64_t)nearbyint(factor));
	else
		pen_add(pen, "over a million million");
	pen_add(pen, " times likelier from one hand than from unrelated ones.");
}

static void
add_chance(struct pen *pen, const struct detect_evidence *e)
{
	struct sv null_name = sv_from(e->null_name);

	if (!isfinite(e->p)) {
		if (isfinite(e->log_e))
			add_bayes_factor(pen, exp(e->log_e));
		return;
	}
	pen_add(pen, " Chance alone gives as much ");
	words_chance(&pen->text, e->p);
	if (e->null_name != NULL) {
		pen_add(pen, "; chance: ");
		words_put(&pen->text, words_null(null_name), null_name, pen->unicode);
	}
	pen_add(pen, ".");
}

static void
write_evidence(struct pen *pen, const struct detect_evidence *e, const char *label)
{
	bool strong = e->p < 0.01 || (isnan(e->p) && e->log_e > 2);

	pen_add(pen, strong ? PEN_BOLD : "");
	pen_add(pen, detect_channel_title(e->channel));
	pen_add(pen, PEN_OFF ".");
	if (e->detail != NULL && e->detail[0] != 0) {
		pen_add(pen, " ");
		pen_add_sentence(pen, e->detail);
	} else if (e->defining) {
		pen_add(pen, " It formed the group, so it counts only through the null worlds.");
	}
	if (!e->defining)
		add_chance(pen, e);
	add_tops(pen, e);
	write_item(pen, label);
}

/* How much room a channel gets: its own paragraph, or a place in a list. */
enum telling { TELLS, AS_CHANCE, SILENT, LEFT_OUT };

static enum telling
telling_of(const struct detect_evidence *e)
{
	if (e->excluded)
		return LEFT_OUT;
	if (e->abstained)
		return SILENT;
	return !e->defining && e->p > noteworthy_p ? AS_CHANCE : TELLS;
}

static void
write_listed(
    struct pen *pen, const struct detect_campaign *c, enum telling which, const char *label)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
		const struct detect_evidence *e = &c->evidence[i];

		if (telling_of(e) != which)
			continue;
		pen_add(pen, n++ == 0 ? label : "; ");
		pen_add(pen, detect_channel_title(e->channel));
		if (which == AS_CHANCE)
			buf_printf(&pen->text, " (p = %.2g)", e->p);
	}
	if (n == 0)
		return;
	pen_add(pen, ".");
	write_item(pen, "");
}

static void
write_why(struct pen *pen, const struct detect_campaign *c)
{
	const char *label = "Why";

	if (c->reason != NULL) {
		pen_add_sentence(pen, c->reason);
		write_item(pen, label);
		label = "";
	}
	for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
		if (telling_of(&c->evidence[i]) != TELLS)
			continue;
		write_evidence(pen, &c->evidence[i], label);
		label = "";
	}
	if (isfinite(c->p_world)) {
		pen_add(pen, "With all coordination destroyed, the whole analysis finds a group "
			     "this strong ");
		words_chance(&pen->text, c->p_world);
		pen_add(pen, ".");
		write_item(pen, label);
	}
	write_listed(pen, c, AS_CHANCE, "No more than chance gives: ");
	write_listed(pen, c, SILENT, "Nothing to test, so nothing added: ");
	write_listed(pen, c, LEFT_OUT, "Left out, because the set was selected on it: ");
}

static void
write_ledger_line(struct pen *pen, const struct detect_ledger_line *l)
{
	struct sv term = sv_from(l->term);
	char figure[LEDGER_TEXT];

	ledger_text_brief(l->micro, figure);
	words_term(&pen->text, term, pen->unicode);
	if (l->micro < 0 && words_term_is_evidence(term))
		pen_add(pen, PEN_WARN " speaks against" PEN_OFF);
	if (l->detail != NULL && l->detail[0] != 0) {
		pen_add(pen, ": ");
		pen_add_sentence(pen, l->detail);
	}
	pen_paragraph(pen, INDENT, figure, INDENT + 8);
}

/* The account: what speaks for coordination and what against it, down to the number. */
static void
write_ledger(struct pen *pen, const struct detect_campaign *c)
{
	char figure[LEDGER_TEXT];

	if (c->n_ledger == 0)
		return;
	pen_add(pen, "How the number adds up, in log-odds (above 0 for coordination, below 0 "
		     "against it):");
	write_item(pen, "Sum");
	for (uint32_t i = 0; i < c->n_ledger; i++)
		if (c->ledger[i].micro != 0)
			write_ledger_line(pen, &c->ledger[i]);
	ledger_text_brief(ledger_sum(c), figure);
	pen_add(pen, "in all: confidence ");
	text_add_confidence(pen, c->confidence);
	pen_paragraph(pen, INDENT, figure, INDENT + 8);
}

static void
write_falls(struct pen *pen, const struct detect_campaign *c)
{
	unsigned falls = 0;

	if (!document_is_coordinated(c->verdict) || c->n_counterfactuals == 0)
		return;
	for (uint32_t i = 0; i < c->n_counterfactuals; i++) {
		const struct detect_counterfactual *f = &c->counterfactuals[i];

		if (document_is_coordinated(f->verdict) || falls >= NAMES_SHOWN)
			continue;
		pen_add(pen, falls++ == 0 ? "The verdict falls without " : "; without ");
		words_without(&pen->text, sv_from(f->without), pen->unicode);
		pen_add(pen, " (confidence ");
		text_add_confidence(pen, f->confidence);
		pen_add(pen, ")");
	}
	pen_add(pen, falls > 0 ? "." : "The verdict stands without any one channel or artefact.");
	write_item(pen, "Falls");
}

/* What files and providers beside the logs say: a sentence each, which may quote strangers' words. */
static void
write_outside(struct pen *pen, const struct report_input *in, const struct detect_campaign *c)
{
	struct sv text = in->external == NULL ? SV_NONE : in->external[c - in->result->campaigns];
	struct json_parser *parser = text.len == 0 ? NULL : json_parser_new(text.len, 8);
	struct json_value list, item;
	struct json_iter each;
	bool first = true;

	if (parser != NULL &&
	    json_parse(parser, text.data, text.len, false, &list, NULL) == COORD_OK)
		for (each = json_each(list); json_next(&each, &item);) {
			struct sv provider = SV(""), detail = SV("");

			(void)json_string(json_get(item, SV("provider")), &provider);
			if (!json_string(json_get(item, SV("detail")), &detail))
				continue;
			pen_add_foreign(pen, detail, OUTSIDE_COLUMNS);
			pen_add(pen, " (");
			pen_add_foreign(pen, provider, INDENT * 4);
			pen_add(pen, ")");
			write_item(pen, first ? "Outside" : "");
			first = false;
		}
	json_parser_free(parser);
}

void
text_campaign(
    struct pen *pen, const struct report_input *in, const struct detect_campaign *campaign)
{
	write_campaign_head(pen, campaign);
	write_who(pen, in, campaign);
	write_when(pen, in, campaign);
	write_what(pen, campaign);
	write_artefacts(pen, campaign);
	write_outside(pen, in, campaign);
	write_why(pen, campaign);
	write_ledger(pen, campaign);
	write_falls(pen, campaign);
}

void
text_campaign_line(struct pen *pen, const struct detect_campaign *c)
{
	words_put(&pen->text, words_verdict(text_verdict_name(c->verdict)), SV_NONE, pen->unicode);
	pen_add(pen, ", ");
	text_add_confidence(pen, c->confidence);
	pen_add(pen, ": ");
	words_counted(&pen->text, c->n_sources, "source, ", "sources, ");
	words_counted(&pen->text, c->n_sessions, "session", "sessions");
	pen_paragraph(pen, 0, c->id, 5);
}
