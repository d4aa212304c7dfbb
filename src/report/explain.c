/* explain.c - what carries a campaign's verdict, and what would have to be removed for it to fall. Works on a result
 * document alone, so that a reviewer can ask years later and on another machine. */
#include "report/document.h"

#include <math.h>
#include <stdlib.h>

#include "report/ledger.h"
#include "report/pen.h"
#include "report/words.h"

enum { DOCUMENT_MOST = 1 << 30, LISTED_MOST = 40, INDENT = 2 };

struct removal {
	struct sv without;
	struct sv verdict;
	double confidence;
	uint32_t order; /* in the document */
};

struct explanation {
	struct pen pen;
	struct json_value campaign;
	struct sv verdict;
	double confidence;
	struct removal *removals; /* the largest loss of confidence first */
	uint32_t n_removals;
	uint32_t n_falls;
};

static struct sv
text_at(struct json_value object, struct sv key)
{
	struct sv text = SV_NONE;

	(void)json_string(json_get(object, key), &text);
	return text;
}

static double
number_at(struct json_value object, struct sv key)
{
	double number = (double)NAN;

	(void)json_f64(json_get(object, key), &number);
	return number;
}

static uint64_t
count_at(struct json_value object, struct sv key)
{
	uint64_t n = 0;

	(void)json_u64(json_get(object, key), &n);
	return n;
}

static bool
is_coordinated(struct sv verdict)
{
	return sv_eq(verdict, sv_from(detect_verdict_name(VERDICT_CAMPAIGN))) ||
	       sv_eq(verdict, sv_from(detect_verdict_name(VERDICT_SINGLE_ACTOR)));
}

static enum detect_verdict
verdict_named(struct sv name)
{
	for (unsigned v = 0; v <= VERDICT_SINGLE_ACTOR; v++)
		if (sv_eq(name, sv_from(detect_verdict_name((enum detect_verdict)v))))
			return (enum detect_verdict)v;
	return VERDICT_INSUFFICIENT;
}

/* The millionths of the ledger's line for a term. False: there is none. */
static bool
ledger_of(struct json_value campaign, struct sv term, int64_t *ret)
{
	struct json_iter each = json_each(json_get(campaign, SV("ledger")));
	struct json_value line;

	while (json_next(&each, &line))
		if (sv_eq(text_at(line, SV("term")), term))
			return ledger_read(number_at(line, SV("log_odds")), ret);
	return false;
}

static bool
is_guarded(struct json_value campaign)
{
	struct json_iter each = json_each(json_get(campaign, SV("ledger")));
	struct json_value line;

	while (json_next(&each, &line)) {
		struct sv rest = text_at(line, SV("term"));

		if (sv_eq(sv_cut(&rest, ':'), SV("guard")) && number_at(line, SV("log_odds")) < 0)
			return true;
	}
	return false;
}

static enum coord_err
no_such_campaign(struct json_value campaigns, const char *wanted, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf ids = BUF_INIT(4096);
	struct json_iter each = json_each(campaigns);
	struct json_value c;

	for (unsigned i = 0; i < 12 && json_next(&each, &c); i++) {
		buf_add_str(&ids, i == 0 ? "" : ", ");
		buf_add_sv(&ids, sv_first(text_at(c, SV("id")), 12));
	}
	if (ids.len == 0)
		return error_set(err, COORD_ENODATA, "the result has no campaign to explain");
	return error_set(err, COORD_ENODATA, "no campaign \"%.40s\"; there are: %s%s", wanted,
	    buf_cstr(&ids), json_count(campaigns) > 12 ? ", ..." : "");
}

static enum coord_err
find_campaign(
    struct json_value document, const char *wanted, struct json_value *ret, struct coord_error *err)
{
	struct json_value campaigns = json_get(document, SV("campaigns"));
	struct json_iter each;
	struct json_value c;

	if (json_type(document) != JSON_OBJECT)
		return error_set(err, COORD_EPARSE, "not a result document: not a JSON object");
	if (json_type(campaigns) != JSON_ARRAY)
		return error_set(err, COORD_EPARSE,
		    "not a result document: \"campaigns\" is missing or not a list");
	each = json_each(campaigns);
	while (json_next(&each, &c)) {
		if (json_type(c) != JSON_OBJECT)
			return error_set(err, COORD_EPARSE,
			    "not a result document: a campaign is not an object");
		if (wanted != NULL && !sv_eq(text_at(c, SV("id")), sv_from(wanted)) &&
		    !sv_eq(text_at(c, SV("key")), sv_from(wanted)))
			continue;
		*ret = c;
		return COORD_OK;
	}
	return no_such_campaign(campaigns, wanted != NULL ? wanted : "", err);
}

static int
by_loss(const void *a, const void *b)
{
	const struct removal *x = a, *y = b;

	if (x->confidence < y->confidence || x->confidence > y->confidence)
		return x->confidence < y->confidence ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static enum coord_err
read_removals(struct explanation *e, struct coord_error *err)
{
	struct json_value list = json_get(e->campaign, SV("counterfactuals"));
	struct json_iter each = json_each(list);
	struct json_value v;
	size_t n = json_count(list);

	e->removals = calloc(n > 0 ? n : 1, sizeof(*e->removals));
	if (e->removals == NULL)
		return error_set(err, COORD_ENOMEM, "report: no memory for %zu removals", n);
	while (e->n_removals < n && json_next(&each, &v)) {
		struct removal *r = &e->removals[e->n_removals];

		*r = (struct removal){ .without = text_at(v, SV("without")),
			.verdict = text_at(v, SV("verdict")),
			.confidence = number_at(v, SV("confidence")),
			.order = e->n_removals++ };
		if (!isfinite(r->confidence))
			r->confidence = 0;
		e->n_falls += is_coordinated(e->verdict) && !is_coordinated(r->verdict);
	}
	qsort(e->removals, e->n_removals, sizeof(*e->removals), by_loss); /* a total order */
	return COORD_OK;
}

static void
add_confidence(struct pen *pen, double confidence)
{
	if (isfinite(confidence))
		buf_printf(
		    &pen->text, "%.2f", confidence < 1 ? fmin(fmax(confidence, 0), 0.99) : 1.0);
	else
		pen_add(pen, "not known");
}

static void
write_head(struct explanation *e)
{
	struct pen *pen = &e->pen;
	struct json_value counts = json_get(e->campaign, SV("counts"));
	struct sv reason = text_at(e->campaign, SV("reason"));

	pen_add(pen, PEN_BOLD);
	pen_add_foreign(pen, text_at(e->campaign, SV("id")), 20);
	pen_add(pen, ": ");
	words_put(&pen->text, words_verdict(e->verdict), e->verdict, pen->unicode);
	pen_add(pen, PEN_OFF ", confidence ");
	add_confidence(pen, e->confidence);
	if (isfinite(e->confidence)) {
		pen_add(pen, ", ");
		pen_add(pen, words_confidence(e->confidence, verdict_named(e->verdict)));
	}
	pen_paragraph(pen, 0, "", 0);
	words_counted(&pen->text, count_at(counts, SV("sources")), "source, ", "sources, ");
	words_counted(&pen->text, count_at(counts, SV("sessions")), "session", "sessions");
	pen_add(pen, ", ");
	pen_add_foreign(pen, text_at(e->campaign, SV("first_seen")), 40);
	pen_add(pen, " to ");
	pen_add_foreign(pen, text_at(e->campaign, SV("last_seen")), 40);
	pen_paragraph(pen, 0, "", 0);
	if (reason.len > 0) {
		pen_add_foreign(pen, reason, 600);
		pen_paragraph(pen, 0, "", 0);
	}
	if (text_at(e->campaign, SV("explanation")).len > 0) {
		struct sv name = text_at(e->campaign, SV("explanation"));

		pen_add(pen, "They look alike because ");
		words_put(&pen->text, words_explanation(name), name, pen->unicode);
		pen_add(pen, ".");
		pen_paragraph(pen, 0, "", 0);
	}
}

static void
write_ledger_line(struct explanation *e, struct json_value line, int64_t micro, int64_t so_far)
{
	struct pen *pen = &e->pen;
	struct sv term = text_at(line, SV("term")), detail = text_at(line, SV("detail"));
	char figure[LEDGER_TEXT];

	ledger_text_brief(micro, figure);
	words_term(&pen->text, term, pen->unicode);
	if (micro < 0 && words_term_is_evidence(term))
		pen_add(pen, PEN_WARN " speaks against" PEN_OFF);
	if (detail.len > 0) {
		pen_add(pen, ": ");
		pen_add_foreign(pen, detail, 600);
	}
	pen_add(pen, ". So far ");
	add_confidence(pen, ledger_confidence(so_far));
	pen_add(pen, ".");
	pen_paragraph(pen, INDENT, figure, INDENT + 8);
}

/* The account of the confidence, line by line with what it comes to so far. */
static void
write_ledger(struct explanation *e)
{
	struct json_iter each = json_each(json_get(e->campaign, SV("ledger")));
	struct pen *pen = &e->pen;
	struct json_value line;
	char figure[LEDGER_TEXT];
	int64_t sum = 0, micro;

	if (json_count(json_get(e->campaign, SV("ledger"))) == 0)
		return;
	pen_heading(pen, "How the number adds up");
	pen_add(pen, "In log-odds: above 0 speaks for coordination, below 0 against it.");
	pen_paragraph(pen, 0, "", 0);
	while (json_next(&each, &line)) {
		if (!ledger_read(number_at(line, SV("log_odds")), &micro) || micro == 0)
			continue;
		sum += micro;
		write_ledger_line(e, line, micro, sum);
	}
	ledger_text_brief(sum, figure);
	pen_add(pen, "in all, which is confidence ");
	add_confidence(pen, ledger_confidence(sum));
	pen_add(pen, ".");
	pen_paragraph(pen, INDENT, figure, INDENT + 8);
}

static void
add_strength(struct pen *pen, struct json_value evidence)
{
	double p = number_at(evidence, SV("p_value"));
	double log10_e = number_at(evidence, SV("log10_e"));
	struct sv null_name = text_at(evidence, SV("null"));

	if (isfinite(p)) {
		pen_add(pen, ": chance alone gives as much ");
		words_chance(&pen->text, p);
	} else if (isfinite(log10_e)) {
		buf_printf(&pen->text, ": a stated prior, Bayes factor 10^%.1f", log10_e);
	} else {
		pen_add(pen, ": tested, without a p-value");
	}
	if (isfinite(p) && null_name.len > 0) {
		pen_add(pen, "; chance: ");
		words_put(&pen->text, words_null(null_name), null_name, pen->unicode);
	}
	pen_add(pen, ".");
}

static void
add_contribution(struct explanation *e, struct json_value evidence)
{
	char figure[LEDGER_TEXT];
	int64_t micro;

	if (!ledger_of(e->campaign, text_at(evidence, SV("channel")), &micro) || micro == 0)
		return;
	ledger_text_brief(micro, figure);
	buf_printf(
	    &e->pen.text, " Contribution %s%s.", figure, micro < 0 ? ", against coordination" : "");
}

static void
write_channel(struct explanation *e, struct json_value evidence)
{
	struct pen *pen = &e->pen;
	struct sv status = text_at(evidence, SV("status"));
	struct sv detail = text_at(evidence, SV("detail"));

	pen_add(pen, PEN_BOLD);
	pen_add_foreign(pen, text_at(evidence, SV("title")), 60);
	pen_add(pen, PEN_OFF);
	if (sv_eq(status, SV("abstained")))
		pen_add(pen, ": nothing to test, adds nothing.");
	else if (sv_eq(status, SV("excluded")))
		pen_add(pen, ": left out, because the set was selected on it.");
	else if (sv_eq(status, SV("defining")))
		pen_add(pen, detail.len > 0 ? "." : ": counts only through the null worlds.");
	else
		add_strength(pen, evidence);
	if (detail.len > 0) {
		pen_add(pen, " ");
		pen_add_foreign(pen, detail, 600);
	}
	add_contribution(e, evidence);
	pen_paragraph(pen, 0, "-", INDENT);
}

static void
write_channels(struct explanation *e)
{
	struct pen *pen = &e->pen;
	double p_world = number_at(e->campaign, SV("p_world"));
	struct json_iter each = json_each(json_get(e->campaign, SV("evidence")));
	struct json_value evidence;

	pen_heading(pen, "What each channel contributes");
	while (json_next(&each, &evidence))
		write_channel(e, evidence);
	if (!isfinite(p_world))
		return;
	pen_add(pen,
	    PEN_BOLD "Everything together" PEN_OFF
		     ": with all coordination destroyed, the whole analysis finds a group this "
		     "strong ");
	words_chance(&pen->text, p_world);
	pen_add(pen, ".");
	pen_paragraph(pen, 0, "-", INDENT);
}

/* A number that rises when evidence goes away needs a word on why. */
static void
add_why_higher(struct explanation *e, const struct removal *r)
{
	struct sv rest = r->without;
	struct sv what = sv_cut(&rest, ':');
	int64_t micro = 0;
	bool against;

	if (!(r->confidence > e->confidence + 0.005))
		return;
	if (!sv_eq(what, SV("channel")))
		rest = sv_from(detect_channel_name(CHANNEL_ARTEFACT));
	against = ledger_of(e->campaign, rest, &micro) && micro < 0;
	pen_add(&e->pen, " It is ");
	pen_add(&e->pen, words_higher(against, is_guarded(e->campaign)));
	pen_add(&e->pen, ".");
}

static void
write_removal(struct explanation *e, const struct removal *r)
{
	struct pen *pen = &e->pen;

	pen_add(pen, "Without ");
	words_without(&pen->text, r->without, pen->unicode);
	pen_add(pen, ": confidence ");
	add_confidence(pen, r->confidence);
	if (isfinite(e->confidence))
		buf_printf(&pen->text, " (%+.2f)", r->confidence - e->confidence);
	if (sv_eq(r->verdict, e->verdict)) {
		pen_add(pen, ", the verdict stands");
	} else {
		pen_add(pen, is_coordinated(r->verdict) ? ", " : ", the verdict falls: " PEN_BAD);
		words_put(&pen->text, words_verdict(r->verdict), r->verdict, pen->unicode);
		pen_add(pen, PEN_OFF);
	}
	pen_add(pen, ".");
	add_why_higher(e, r);
	pen_paragraph(pen, 0, "-", INDENT);
}

static void
write_removals(struct explanation *e)
{
	struct pen *pen = &e->pen;

	pen_heading(pen, "What remains if one thing is taken away");
	for (uint32_t i = 0; i < e->n_removals && i < LISTED_MOST; i++)
		write_removal(e, &e->removals[i]);
	if (e->n_removals > LISTED_MOST) {
		pen_add(pen, "and ");
		words_counted(&pen->text, e->n_removals - LISTED_MOST,
		    "more removal that costs less", "more removals that cost less");
		pen_paragraph(pen, 0, "-", INDENT);
	}
	if (e->n_removals == 0) {
		pen_add(pen, "The result holds no counterfactuals for this group.");
		pen_paragraph(pen, 0, "", 0);
	}
}

static void
add_falls(struct explanation *e)
{
	struct pen *pen = &e->pen;
	uint32_t told = 0;

	for (uint32_t i = 0; i < e->n_removals && told < 6; i++) {
		if (is_coordinated(e->removals[i].verdict))
			continue;
		pen_add(pen, told++ == 0 ? "" : ", or ");
		words_without(&pen->text, e->removals[i].without, pen->unicode);
	}
	if (e->n_falls > told)
		pen_add(pen, ", or others above");
}

static void
write_smallest(struct explanation *e)
{
	struct pen *pen = &e->pen;

	pen_heading(pen, "The smallest removal that makes the verdict fall");
	if (!is_coordinated(e->verdict)) {
		pen_add(pen, "None is needed: this group was not judged coordinated. ");
		pen_add(pen, words_verdict_meaning(e->verdict) != NULL
				 ? words_verdict_meaning(e->verdict)
				 : "");
	} else if (e->n_removals == 0) {
		pen_add(pen, "Not known: an analysis of greater depth tries the removals.");
	} else if (e->n_falls == 0) {
		pen_add(pen, "No single channel and no single artefact: at least two would have to "
			     "go together. Most is lost without ");
		words_without(&pen->text, e->removals[0].without, pen->unicode);
		pen_add(pen, ".");
	} else {
		pen_add(pen, e->n_falls == 1 ? "One thing alone: " : "One thing alone, any of: ");
		add_falls(e);
		pen_add(pen, ".");
	}
	pen_paragraph(pen, 0, "", 0);
}

static enum coord_err
explain(struct json_value document, const char *campaign, struct report_style style,
    struct buf *out, struct coord_error *err)
{
	struct explanation e = { 0 };

	TRY(find_campaign(document, campaign, &e.campaign, err));
	e.verdict = text_at(e.campaign, SV("verdict"));
	e.confidence = number_at(e.campaign, SV("confidence"));
	TRY(read_removals(&e, err));
	e.pen = pen_init(out, style);
	write_head(&e);
	write_smallest(&e);
	write_ledger(&e);
	write_removals(&e);
	write_channels(&e);
	pen_clear(&e.pen);
	free(e.removals);
	return document_done(out, err);
}

enum coord_err
report_explain(struct sv result_json, const char *campaign, struct report_style style,
    struct buf *out, struct coord_error *err)
{
	struct json_parser *parser = json_parser_new(DOCUMENT_MOST, JSONW_DEPTH_MOST);
	struct json_value document;
	enum coord_err rc;

	if (parser == NULL)
		return error_set(err, COORD_ENOMEM, "report: no memory for a JSON parser");
	rc = json_parse(parser, result_json.data, result_json.len, false, &document, err);
	if (rc == COORD_OK)
		rc = explain(document, campaign, style, out, err);
	json_parser_free(parser);
	return rc;
}
