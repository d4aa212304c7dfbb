/* text.c - the answer on a terminal: the verdict first, then who, when, what and why for each campaign, then what was
 * not concluded, what was read, and where the numbers come from. Attacker text passes through clean.c. */
#include "report/document.h"

#include <math.h>
#include <stdio.h>

#include "report/clean.h"
#include "report/ledger.h"
#include "report/pen.h"
#include "report/timeline.h"
#include "report/words.h"

enum {
	INDENT = 10,         /* where a campaign's paragraphs begin */
	CAMPAIGNS_FULL = 10, /* the rest get a line each */
	UNDECIDED_FULL = 3,  /* groups without a verdict, when there is no campaign */
	CAMPAIGNS_LINES = 40,
	SOURCES_SHOWN = 12,
	NAMES_SHOWN = 8,
	TOPS_SHOWN = 3,
	REFUSED_SHOWN = 5,
	HASH_SHOWN = 34, /* a whole one would never fit its line; the document has it */
};

static const char *
verdict_style(enum detect_verdict verdict)
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

static struct sv
verdict_sv(enum detect_verdict verdict)
{
	return sv_from(detect_verdict_name(verdict));
}

/* A paragraph of a campaign: behind its label, or below the one before. */
static void
write_item(struct pen *pen, const char *label)
{
	pen_paragraph(pen, label[0] == 0 ? INDENT : 2, label, INDENT);
}

/* Two digits, but never a rounding up to certainty. */
static void
add_confidence(struct pen *pen, double confidence)
{
	if (!isfinite(confidence))
		pen_add(pen, "not known");
	else
		buf_printf(&pen->text, "%.2f", confidence < 1 ? fmin(confidence, 0.99) : 1.0);
}

static void
add_interval(struct pen *pen, double low, double high)
{
	if (!isfinite(low) || !isfinite(high) || high - low < 0.005)
		return;
	pen_add(pen, " (between ");
	add_confidence(pen, low);
	pen_add(pen, " and ");
	add_confidence(pen, high);
	pen_add(pen, ")");
}

static void
add_time(struct pen *pen, int64_t us)
{
	char text[TIME_TEXT_MAX];

	time_format(us, true, text);
	if (strlen(text) >= 19)
		text[10] = ' ';
	buf_printf(&pen->text, "%.16s", text);
}

static void
write_verdict(struct pen *pen, const struct detect_result *r)
{
	pen_add(pen, verdict_style(r->verdict));
	words_put(&pen->text, words_verdict(verdict_sv(r->verdict)), SV_NONE, pen->unicode);
	pen_add(pen, PEN_OFF);
	if (isfinite(r->confidence)) {
		pen_add(pen, "   confidence that it is coordinated: " PEN_BOLD);
		add_confidence(pen, r->confidence);
		pen_add(pen, PEN_OFF ", ");
		pen_add(pen, words_confidence(r->confidence, r->verdict));
		add_interval(pen, r->low, r->high);
	}
	pen_paragraph(pen, 0, "", 0);
	if (r->reason != NULL) {
		pen_add_sentence(pen, r->reason);
		pen_paragraph(pen, 0, "", 0);
	}
	if (!r->calibrated && isfinite(r->confidence)) {
		pen_add(pen, "The confidence is a cautious rule");
		if (r->confidence_rule != NULL) {
			pen_add(pen, " (");
			pen_add_sentence(pen, r->confidence_rule);
			pen_add(pen, ")");
		}
		pen_add(pen, ", not yet calibrated on labelled campaigns.");
		pen_paragraph(pen, 0, PEN_DIM, 0);
	}
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
	pen_add(pen, verdict_style(c->verdict));
	words_put(&pen->text, words_verdict(verdict_sv(c->verdict)), SV_NONE, pen->unicode);
	pen_add(pen, PEN_OFF ", confidence ");
	add_confidence(pen, c->confidence);
	add_interval(pen, c->low, c->high);
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
	add_time(pen, c->first_us);
	pen_add(pen, " to ");
	add_time(pen, c->last_us);
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

static void
write_silent(struct pen *pen, const struct detect_campaign *c, bool excluded, const char *label)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
		const struct detect_evidence *e = &c->evidence[i];

		if (excluded ? !e->excluded : e->excluded || !e->abstained)
			continue;
		pen_add(pen, n++ == 0 ? label : "; ");
		pen_add(pen, detect_channel_title(e->channel));
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
		if (c->evidence[i].abstained || c->evidence[i].excluded)
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
	write_silent(pen, c, false, "Nothing to test, so nothing added: ");
	write_silent(pen, c, true, "Left out, because the set was selected on it: ");
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
	add_confidence(pen, c->confidence);
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
		add_confidence(pen, f->confidence);
		pen_add(pen, ")");
	}
	pen_add(pen, falls > 0 ? "." : "The verdict stands without any one channel or artefact.");
	write_item(pen, "Falls");
}

static void
write_campaign(
    struct pen *pen, const struct report_input *in, const struct detect_campaign *campaign)
{
	write_campaign_head(pen, campaign);
	write_who(pen, in, campaign);
	write_when(pen, in, campaign);
	write_what(pen, campaign);
	write_artefacts(pen, campaign);
	write_why(pen, campaign);
	write_ledger(pen, campaign);
	write_falls(pen, campaign);
}

static void
write_campaign_line(struct pen *pen, const struct detect_campaign *c)
{
	words_put(&pen->text, words_verdict(verdict_sv(c->verdict)), SV_NONE, pen->unicode);
	pen_add(pen, ", ");
	add_confidence(pen, c->confidence);
	pen_add(pen, ": ");
	words_counted(&pen->text, c->n_sources, "source, ", "sources, ");
	words_counted(&pen->text, c->n_sessions, "session", "sessions");
	pen_paragraph(pen, 0, c->id, 5);
}

static void
write_share(struct pen *pen, const struct detect_result *r, uint32_t coordinated)
{
	if (coordinated == 0) {
		pen_add(pen, "none is judged coordinated.");
		return;
	}
	words_count(&pen->text, coordinated);
	pen_add(pen, coordinated == 1 ? " is coordinated. " : " are coordinated. ");
	buf_printf(&pen->text, "%.0f %% of ", floor(r->coverage * 100));
	words_counted(&pen->text, r->sessions, "session belongs", "sessions belong");
	pen_add(pen, coordinated == 1 ? " to it." : " to them.");
}

static void
write_campaigns(struct pen *pen, const struct report_input *in)
{
	const struct detect_result *r = in->result;
	uint32_t coordinated = 0, full;

	for (uint32_t i = 0; i < r->n_campaigns; i++)
		coordinated += document_is_coordinated(r->campaigns[i].verdict);
	pen_heading(pen, coordinated > 0 ? "Campaigns" : "Groups that look alike");
	words_counted(&pen->text, r->n_campaigns, "group was tested, ", "groups were tested, ");
	write_share(pen, r, coordinated);
	pen_paragraph(pen, 0, "", 0);
	full = coordinated > 0 ? coordinated : UNDECIDED_FULL; /* campaigns come first */
	full = full < CAMPAIGNS_FULL ? full : CAMPAIGNS_FULL;
	for (uint32_t i = 0; i < r->n_campaigns && i < full; i++)
		write_campaign(pen, in, &r->campaigns[i]);
	if (r->n_campaigns > full)
		pen_blank(pen);
	for (uint32_t i = full; i < r->n_campaigns && i < CAMPAIGNS_LINES; i++)
		write_campaign_line(pen, &r->campaigns[i]);
	if (r->n_campaigns > CAMPAIGNS_LINES) {
		pen_add(pen, "and ");
		words_counted(
		    &pen->text, r->n_campaigns - CAMPAIGNS_LINES, "more group", "more groups");
		pen_add(pen, " (the JSON document has them all)");
		pen_paragraph(pen, 0, "", 0);
	}
}

static void
write_masks(struct pen *pen, const struct report_input *in)
{
	for (uint32_t i = 0; i < in->result->n_masks && i < NAMES_SHOWN; i++) {
		const struct detect_mask *m = &in->result->masks[i];
		struct sv why = sv_from(m->why);

		pen_add(pen, "Times were not judged from ");
		add_time(pen, m->from_us);
		pen_add(pen, " to ");
		add_time(pen, m->to_us);
		pen_add(pen, " (");
		if (m->sensor == STR_NONE)
			pen_add(pen, "all sensors");
		else
			pen_add_foreign(pen, session_string(in->table, m->sensor), 32);
		pen_add(pen, "): ");
		words_put(&pen->text, words_mask(why), why, pen->unicode);
		pen_add(pen, ".");
		pen_paragraph(pen, 0, "-", 2);
	}
	if (in->result->n_masks > NAMES_SHOWN) {
		pen_add(pen, "and ");
		words_counted(&pen->text, in->result->n_masks - NAMES_SHOWN, "more such span",
		    "more such spans");
		pen_paragraph(pen, 0, "-", 2);
	}
}

static void
write_not_concluded(struct pen *pen, const struct report_input *in)
{
	const struct detect_result *r = in->result;

	if (r->n_not_concluded == 0 && r->n_masks == 0)
		return;
	pen_heading(pen, "Not concluded");
	for (uint32_t i = 0; i < r->n_not_concluded; i++) {
		pen_add_sentence(pen, r->not_concluded[i]);
		pen_paragraph(pen, 0, "-", 2);
	}
	write_masks(pen, in);
}

static void
write_refused(struct pen *pen, const struct ingest_report *ingest)
{
	static const char *const kinds[] = {
#define REFUSAL_NAME(id, text) [REFUSED_##id] = text,
		INGEST_REFUSALS(REFUSAL_NAME)
#undef REFUSAL_NAME
	};
	unsigned n = 0;

	if (ingest->refused == 0)
		return;
	pen_add(pen, PEN_WARN);
	words_counted(&pen->text, ingest->refused, "record was refused", "records were refused");
	for (unsigned k = 0; k < REFUSED_COUNT; k++) {
		if (ingest->refused_by_kind[k] == 0)
			continue;
		pen_add(pen, n++ == 0 ? " (" : ", ");
		pen_add(pen, kinds[k]);
		pen_add(pen, " ");
		words_count(&pen->text, ingest->refused_by_kind[k]);
	}
	pen_add(pen, n > 0 ? "):" : ":");
	pen_paragraph(pen, 0, "", 0);
	for (uint32_t i = 0; i < ingest->n_shown && i < REFUSED_SHOWN; i++) {
		const struct ingest_refused *bad = &ingest->shown[i];

		pen_add_foreign(pen, sv_from(bad->file), 60);
		buf_printf(&pen->text, ":%llu: byte %llu: ", (unsigned long long)bad->error.line,
		    (unsigned long long)bad->error.byte);
		pen_add_sentence(pen, bad->error.what);
		pen_paragraph(pen, 2, "", 4);
	}
}

static void
write_ingest(struct pen *pen, const struct ingest_report *ingest)
{
	words_counted(&pen->text, ingest->files, "file, ", "files, ");
	words_counted(&pen->text, ingest->records, "record, ", "records, ");
	words_counted(&pen->text, ingest->sessions, "session", "sessions");
	for (uint32_t i = 0; i < ingest->n_formats; i++) {
		pen_add(pen, i == 0 ? " (" : ", ");
		pen_add_sentence(pen, ingest->formats[i].format);
		pen_add(pen, " ");
		words_count(&pen->text, ingest->formats[i].sessions);
	}
	pen_add(pen, ingest->n_formats > 0 ? ")." : ".");
	pen_paragraph(pen, 0, "", 0);
	for (size_t i = 0; i < sizeof(ingest->notes) / sizeof(ingest->notes[0]); i++) {
		if (ingest->notes[i][0] == 0)
			continue;
		pen_add_sentence(pen, ingest->notes[i]);
		pen_paragraph(pen, 0, "-", 2);
	}
	write_refused(pen, ingest);
}

static void
write_input(struct pen *pen, const struct report_input *in)
{
	const struct detect_result *r = in->result;

	pen_heading(pen, "Input");
	if (in->ingest != NULL)
		write_ingest(pen, in->ingest);
	words_counted(&pen->text, r->sources, "source, ", "sources, ");
	words_counted(&pen->text, r->visits, "visit; ", "visits; ");
	words_counted(&pen->text, r->pairs_tested, "pair tested of ", "pairs tested of ");
	words_count(&pen->text, r->pairs_possible);
	pen_add(pen, ", ");
	words_counted(&pen->text, r->edges, "link validated; ", "links validated; ");
	words_counted(&pen->text, r->worlds, "null world", "null worlds");
	if (r->worlds > 0) {
		pen_add(pen, ", ");
		words_count(&pen->text, r->worlds_with_cluster);
		pen_add(pen, " of them with any group");
	}
	pen_add(pen, ".");
	pen_paragraph(pen, 0, "", 0);
}

static enum coord_err
write_provenance(struct pen *pen, const struct report_input *in, struct coord_error *err)
{
	const struct detect_result *r = in->result;
	char id[UUID_TEXT];
	char hash[65];

	TRY(document_id(in, id, err));
	hex_of(in->table->input_sha256, 32, hash);
	buf_printf(&pen->text, "analysis %s, coord ", id);
	pen_add_sentence(pen, in->version != NULL ? in->version : "?");
	buf_printf(
	    &pen->text, ", seed %llu, input %.16s, reference ", (unsigned long long)r->seed, hash);
	buf_printf(&pen->text, "%.16s, configuration %.16s",
	    r->reference_hash != NULL ? r->reference_hash : "batch",
	    r->config_hash != NULL ? r->config_hash : "?");
	pen_blank(pen);
	pen_paragraph(pen, 0, PEN_DIM, 0);
	return COORD_OK;
}

enum coord_err
report_text(const struct report_input *in, struct report_style style, struct buf *out,
    struct coord_error *err)
{
	CLEANUP(pen_clear) struct pen pen = pen_init(out, style);

	write_verdict(&pen, in->result);
	if (in->result->n_campaigns > 0)
		write_campaigns(&pen, in);
	write_not_concluded(&pen, in);
	write_input(&pen, in);
	TRY(write_provenance(&pen, in, err));
	return document_done(out, err);
}
