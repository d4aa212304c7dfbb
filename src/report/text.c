/* text.c - the answer on a terminal: the verdict first, then who, when, what and why for each campaign, then what was
 * not concluded, what was read, and where the numbers come from. Attacker text passes through clean.c. */
#include "report/text.h"

#include <math.h>
#include <stdio.h>

enum {
	CAMPAIGNS_FULL = 10, /* the rest get a line each */
	UNDECIDED_FULL = 3,  /* groups without a verdict, when there is no campaign */
	CAMPAIGNS_LINES = 40,
	NAMES_SHOWN = 8,
	REFUSED_SHOWN = 5,
};

static void
write_verdict(struct pen *pen, const struct detect_result *r)
{
	pen_add(pen, text_verdict_style(r->verdict));
	words_put(&pen->text, words_verdict(text_verdict_name(r->verdict)), SV_NONE, pen->unicode);
	pen_add(pen, PEN_OFF);
	if (isfinite(r->confidence)) {
		pen_add(pen, "   confidence that it is coordinated: " PEN_BOLD);
		text_add_confidence(pen, r->confidence);
		pen_add(pen, PEN_OFF ", ");
		pen_add(pen, words_confidence(r->confidence, r->verdict));
		text_add_interval(pen, r->low, r->high);
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
		text_campaign(pen, in, &r->campaigns[i]);
	if (r->n_campaigns > full)
		pen_blank(pen);
	for (uint32_t i = full; i < r->n_campaigns && i < CAMPAIGNS_LINES; i++)
		text_campaign_line(pen, &r->campaigns[i]);
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
		text_add_time(pen, m->from_us);
		pen_add(pen, " to ");
		text_add_time(pen, m->to_us);
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
	text_narrative(&pen, in->narrative);
	write_input(&pen, in);
	TRY(write_provenance(&pen, in, err));
	return document_done(out, err);
}
