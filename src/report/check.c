/* check.c - what a result document can prove about itself, without logs and without a second run: that its members are there
 * and of their kind, that each ledger adds up and is the confidence, that verdicts follow the thresholds (methods.md
 * section 12), that counts are the lengths of lists, that order and hashes are right. Whoever edits a number by hand
 * breaks one of these; whoever edits all of them consistently is found by the repetition. */
#include "report/check.h"

#include <math.h>
#include <stdio.h>

#include "report/ledger.h"

enum { FAILURES_TOLD = 20 };

/* methods.md section 12; score.c and verdict.c of detect/judge decide by the same. */
static const double decided_from = 0.90, low_least = 0.80, without_reference = 0.80,
		    coincidental_to = 0.10, one_actor_from = 0.80;
static const double rounding = 1e-6; /* of a printed probability, twice */

static void hold(struct checker *c, bool ok, const char *path, const char *format, ...)
    PRINTF_LIKE(4, 5);

static void
hold(struct checker *c, bool ok, const char *path, const char *format, ...)
{
	char text[400];
	va_list args;

	if (ok) {
		c->ret->held++;
		return;
	}
	if (c->ret->failed++ >= FAILURES_TOLD)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_printf(&c->ret->failures, "%s%s: %s\n", c->at, path, text);
}

static struct sv
text_at(struct json_value object, const char *key)
{
	struct sv text = SV_NONE;

	(void)json_string(json_get(object, sv_from(key)), &text);
	return text;
}

static double
number_at(struct json_value object, const char *key)
{
	double number = (double)NAN;

	(void)json_f64(json_get(object, sv_from(key)), &number);
	return number;
}

static uint64_t
count_at(struct json_value object, const char *key)
{
	uint64_t n = UINT64_MAX;

	(void)json_u64(json_get(object, sv_from(key)), &n);
	return n;
}

static bool
is_named(struct sv text, enum detect_verdict verdict)
{
	return sv_eq(text, sv_from(detect_verdict_name(verdict)));
}

static bool
is_coordinated(struct sv verdict)
{
	return is_named(verdict, VERDICT_CAMPAIGN) || is_named(verdict, VERDICT_SINGLE_ACTOR);
}

static void
check_shapes(struct checker *c, struct json_value object, const struct shape_of *shapes)
{
	for (; shapes->key != NULL; shapes++) {
		char path[80];

		(void)snprintf(path, sizeof(path), "/%s", shapes->key);
		hold(c, shape_fits(json_get(object, sv_from(shapes->key)), shapes->shape), path,
		    "expected %s", shape_text(shapes->shape));
	}
}

/* The ledger adds up to log_odds, in the digits printed, and log_odds is the confidence. */
static void
check_ledger(struct checker *c, struct json_value campaign)
{
	double confidence = number_at(campaign, "confidence");
	struct json_iter each = json_each(json_get(campaign, SV("ledger")));
	int64_t sum = 0, total = 0, micro = 0;
	struct json_value line;
	uint64_t lines = 0;
	char text[LEDGER_TEXT];

	for (; json_next(&each, &line); lines++) {
		hold(c, ledger_read(number_at(line, "log_odds"), &micro), "/ledger",
		    "line %llu: log_odds is no number of six digits", (unsigned long long)lines);
		sum += micro;
	}
	if (lines == 0)
		return;
	ledger_text(sum, text);
	hold(c, ledger_read(number_at(campaign, "log_odds"), &total) && total == sum, "/log_odds",
	    "the ledger adds up to %s, the document says %.6f", text,
	    number_at(campaign, "log_odds"));
	hold(c, fabs(ledger_confidence(sum) - confidence) <= rounding, "/confidence",
	    "the ledger's log-odds of %s are a confidence of %.6f, the document says %.6f", text,
	    ledger_confidence(sum), confidence);
}

static void
check_interval(struct checker *c, struct json_value object, const char *key)
{
	double confidence = number_at(object, key), low = (double)NAN, high = (double)NAN;
	struct json_iter each = json_each(json_get(object, SV("confidence_interval")));
	struct json_value v;

	if (json_next(&each, &v))
		(void)json_f64(v, &low);
	if (json_next(&each, &v))
		(void)json_f64(v, &high);
	if (!isfinite(low) || !isfinite(confidence))
		return;
	hold(c, low <= confidence + rounding && confidence <= high + rounding,
	    "/confidence_interval", "%.6f is not between %.6f and %.6f", confidence, low, high);
}

static double
low_of(struct json_value object)
{
	struct json_iter each = json_each(json_get(object, SV("confidence_interval")));
	struct json_value v;
	double low = (double)NAN;

	if (json_next(&each, &v))
		(void)json_f64(v, &low);
	return low;
}

/* A known scanner's fleet is one by its list, whatever the number says. */
static bool
is_fleet(struct json_value campaign)
{
	return json_type(json_get(campaign, SV("fleet"))) == JSON_STRING ||
	       sv_has(text_at(campaign, "qualifier"), SV("fleet"));
}

static void
check_verdict(struct checker *c, struct json_value campaign)
{
	struct sv verdict = text_at(campaign, "verdict");
	double confidence = number_at(campaign, "confidence"), low = low_of(campaign);
	double actor = number_at(campaign, "single_actor");
	double least = c->reference_given ? decided_from : without_reference;
	bool has_ledger = json_count(json_get(campaign, SV("ledger"))) > 0;

	if (is_fleet(campaign))
		return;
	if (is_coordinated(verdict)) {
		hold(c, confidence >= least - rounding, "/verdict",
		    "%.*s with a confidence of %.6f: %.2f is the least", SV_ARG(verdict),
		    confidence, least);
		hold(c, isnan(low) || low >= low_least - rounding, "/verdict",
		    "%.*s with a lower bound of %.6f: %.2f is the least", SV_ARG(verdict), low,
		    low_least);
	}
	if (is_named(verdict, VERDICT_COINCIDENTAL))
		hold(c, confidence <= coincidental_to + rounding, "/verdict",
		    "coincidental with a confidence of %.6f: %.2f is the most", confidence,
		    coincidental_to);
	if (is_coordinated(verdict) && has_ledger && isfinite(actor))
		hold(c,
		    (actor >= one_actor_from - rounding) == is_named(verdict, VERDICT_SINGLE_ACTOR),
		    "/verdict", "%.*s, but one actor has a probability of %.6f (from %.2f on)",
		    SV_ARG(verdict), actor, one_actor_from);
	if (json_type(json_get(campaign, SV("explanation"))) == JSON_STRING)
		hold(c, is_named(verdict, VERDICT_COINCIDENTAL), "/explanation",
		    "explains a coincidence, but the verdict is %.*s", SV_ARG(verdict));
}

static void
check_counts(struct checker *c, struct json_value campaign)
{
	static const char *const lists[][2] = { { "sources", "sources" }, { "sensors", "sensors" },
		{ "sessions", "session_ids" } };
	struct json_value counts = json_get(campaign, SV("counts"));
	uint64_t techniques = json_count(json_get(campaign, SV("techniques")));
	char path[40];

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		uint64_t said = count_at(counts, lists[i][0]);
		uint64_t there = json_count(json_get(campaign, sv_from(lists[i][1])));

		(void)snprintf(path, sizeof(path), "/counts/%s", lists[i][0]);
		hold(c, said == there, path, "says %llu, the list has %llu",
		    (unsigned long long)said, (unsigned long long)there);
	}
	hold(c, techniques == json_count(json_get(campaign, SV("technique_detail"))), "/techniques",
	    "not as many as in technique_detail");
	hold(c,
	    sv_cmp(text_at(campaign, "first_seen"), text_at(campaign, "last_seen")) <= 0 ||
		text_at(campaign, "first_seen").len != text_at(campaign, "last_seen").len,
	    "/first_seen", "after last_seen");
}

static void
check_sources(struct checker *c, struct json_value campaign)
{
	struct json_iter each = json_each(json_get(campaign, SV("sources")));
	struct addr before = { { 0 } }, a;
	struct json_value v;
	struct sv text = SV_NONE;
	bool ok = true;

	for (bool first = true; ok && json_next(&each, &v); first = false) {
		ok = json_string(v, &text) && addr_parse(text, &a) &&
		     (first || addr_cmp(before, a) < 0);
		before = a;
	}
	hold(c, ok, "/sources", "not addresses in ascending order, each once");
}

/* The smallest p that draws can give is 1 / (draws + 1), Bonferroni makes it no smaller; e and log10 e are one number. */
static void
check_evidence(struct checker *c, struct json_value evidence)
{
	double p = number_at(evidence, "p_value"), draws = number_at(evidence, "draws");
	double e = number_at(evidence, "e_value"), log10_e = number_at(evidence, "log10_e");

	check_shapes(c, evidence, shapes_evidence);
	if (isfinite(p) && draws > 0)
		hold(c, p * (draws + 1) >= 1 - 1e-5, "/p_value",
		    "%.6g is smaller than %.0f draws can give", p, draws);
	if (isfinite(e) && e > 0 && isfinite(log10_e))
		hold(c, fabs(log10(e) - log10_e) < 1e-4, "/e_value",
		    "%.6g is not 10 to the power of log10_e %.6f", e, log10_e);
}

static void
check_each(struct checker *c, struct json_value list, const char *name,
    void (*check)(struct checker *c, struct json_value item))
{
	struct json_iter each = json_each(list);
	struct json_value item;
	size_t length = strlen(c->at);

	for (uint64_t i = 0; json_next(&each, &item); i++) {
		(void)snprintf(c->at + length, sizeof(c->at) - length, "/%s/%llu", name,
		    (unsigned long long)i);
		if (json_type(item) == JSON_OBJECT)
			check(c, item);
		else
			hold(c, false, "", "not an object");
		c->at[length] = 0;
	}
}

static void
check_counterfactual(struct checker *c, struct json_value f)
{
	check_shapes(c, f, shapes_counterfactual);
}

static void
check_ledger_line(struct checker *c, struct json_value line)
{
	check_shapes(c, line, shapes_ledger);
}

static void
check_campaign(struct checker *c, struct json_value campaign)
{
	double p_world = number_at(campaign, "p_world");

	check_shapes(c, campaign, shapes_campaign);
	check_each(c, json_get(campaign, SV("evidence")), "evidence", check_evidence);
	check_each(
	    c, json_get(campaign, SV("counterfactuals")), "counterfactuals", check_counterfactual);
	check_each(c, json_get(campaign, SV("ledger")), "ledger", check_ledger_line);
	check_ledger(c, campaign);
	check_interval(c, campaign, "confidence");
	check_verdict(c, campaign);
	check_counts(c, campaign);
	check_sources(c, campaign);
	if (isfinite(p_world) && c->worlds > 0)
		hold(c, p_world * (c->worlds + 1) >= 1 - 1e-5, "/p_world",
		    "%.6g is smaller than %.0f worlds can give", p_world, c->worlds);
}

/* Ranked by confidence; the request's answer is that of the first. */
static void
check_ranks(struct checker *c, struct json_value document)
{
	struct json_iter each = json_each(json_get(document, SV("campaigns")));
	double top = number_at(document, "coordination_confidence"), before = INFINITY;
	struct sv verdict = text_at(document, "verdict");
	struct json_value campaign;
	bool coordinated = false;
	uint64_t i = 0;

	for (; json_next(&each, &campaign); i++) {
		double confidence = number_at(campaign, "confidence");
		struct sv id = text_at(campaign, "id");
		char path[40], name[24];

		(void)snprintf(path, sizeof(path), "/campaigns/%llu", (unsigned long long)i);
		(void)snprintf(name, sizeof(name), "c%llu", (unsigned long long)i + 1);
		hold(c, sv_eq(id, sv_from(name)), path, "the id is not %s", name);
		hold(c, !(confidence > before + rounding), path,
		    "a higher confidence than the group before it");
		before = confidence;
		coordinated = coordinated || is_coordinated(text_at(campaign, "verdict"));
		if (i > 0)
			continue;
		hold(c, fabs(confidence - top) <= 1e-9 || (isnan(confidence) && isnan(top)),
		    "/coordination_confidence", "%.6f, that of the strongest group is %.6f", top,
		    confidence);
		hold(c,
		    sv_eq(verdict, text_at(campaign, "verdict")) ||
			is_named(verdict, VERDICT_INSUFFICIENT),
		    "/verdict", "%.*s, the strongest group's is %.*s", SV_ARG(verdict),
		    SV_ARG(text_at(campaign, "verdict")));
	}
	if (i > 0)
		hold(c, coordinated == is_coordinated(verdict), "/verdict",
		    "%.*s, but %s group is judged coordinated", SV_ARG(verdict),
		    coordinated ? "a" : "no");
}

/* The hash of the configuration, and the id that input, reference, configuration, seed and version make. */
static void
check_names(struct checker *c, struct json_value document)
{
	struct json_value p = json_get(document, SV("provenance"));
	CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)64 << 20);
	struct jsonw w = jsonw_init(&text, false);
	struct sv id = text_at(document, "analysis_id");
	char hex[65], uuid[UUID_TEXT];
	uint8_t sha[32];

	if (json_type(json_get(p, SV("configuration"))) == JSON_OBJECT) {
		document_copy(&w, json_get(p, SV("configuration")));
		sha256_of(text.data, text.len, sha);
		hex_of(sha, sizeof(sha), hex);
		hold(c, sv_eq(sv_from(hex), text_at(p, "configuration_sha256")),
		    "/provenance/configuration_sha256", "the configuration's SHA-256 is %s", hex);
	}
	if (id.len != 36 || id.data[14] != '5')
		return; /* given by a service */
	if (document_named_id(text_at(p, "input_sha256"), text_at(p, "reference"),
		text_at(p, "configuration_sha256"), text_at(p, "seed"), text_at(p, "version"), uuid,
		NULL) != COORD_OK)
		return;
	hold(c, sv_eq(id, sv_from(uuid)), "/analysis_id",
	    "input, reference, configuration, seed and version make %s", uuid);
}

static void
check_document(struct checker *c, struct json_value document)
{
	static const struct {
		const char *key;
		const struct shape_of *shapes;
	} parts[] = { { "batch", shapes_batch }, { "provenance", shapes_provenance } };
	double worlds;

	check_shapes(c, document, shapes_document);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		(void)snprintf(c->at, sizeof(c->at), "/%s", parts[i].key);
		check_shapes(c, json_get(document, sv_from(parts[i].key)), parts[i].shapes);
		c->at[0] = 0;
	}
	worlds = number_at(json_get(document, SV("batch")), "worlds");
	c->worlds = worlds > 0 ? worlds : 0;
	(void)json_bool(json_get(json_get(document, SV("provenance")), SV("reference_given")),
	    &c->reference_given);
	check_interval(c, document, "coordination_confidence");
	check_each(c, json_get(document, SV("campaigns")), "campaigns", check_campaign);
	check_ranks(c, document);
	check_names(c, document);
}

enum coord_err
report_check(struct sv result_json, struct report_check *ret, struct coord_error *err)
{
	struct checker c = { .ret = ret };
	struct json_parser *parser = NULL;
	struct json_value document;
	enum coord_err rc;

	*ret = (struct report_check){ .failures = BUF_INIT(1 << 16) };
	rc = document_parse(result_json, &parser, &document, err);
	if (rc == COORD_OK)
		check_document(&c, document);
	json_parser_free(parser);
	return rc;
}
