/* answer.c - see answer.h. Short enough to be polled: the whole result is the document. `evidence` holds numbers 0..1 only and leaves out what could not be
 * measured, because published clients print each of its members as a number; all else stands beside it. */
#include "jobs/answer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "jobs/jobs.h"

enum { FACTORS_MOST = 5, CAMPAIGNS_MOST = 20, ERRORS_MOST = 20, LEDGER_MOST = 64 };

/* Above this a channel has found nothing. */
#define FOUND_P 0.05

static void
key_str(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void
key_prob(struct jsonw *w, const char *key, double value)
{
	jsonw_key(w, key);
	jsonw_prob(w, value);
}

static void
key_u64(struct jsonw *w, const char *key, uint64_t value)
{
	jsonw_key(w, key);
	jsonw_u64(w, value);
}

static void
key_time(struct jsonw *w, const char *key, int64_t us)
{
	char text[TIME_TEXT_MAX];

	time_format(us, false, text);
	key_str(w, key, text);
}

static void
key_interval(struct jsonw *w, double low, double high)
{
	jsonw_key(w, "confidence_interval");
	if (!isfinite(low) || !isfinite(high)) {
		jsonw_null(w);
		return;
	}
	jsonw_array(w);
	jsonw_prob(w, low);
	jsonw_prob(w, high);
	jsonw_end(w);
}

double
answer_confidence(const struct detect_result *result)
{
	return isfinite(result->confidence) ? result->confidence : 0;
}

static bool
is_coordinated(enum detect_verdict verdict)
{
	return verdict == VERDICT_CAMPAIGN || verdict == VERDICT_SINGLE_ACTOR;
}

/* The bands of the contract. Without a verdict of coincidence no band says so: absence of evidence is its own answer. */
static const char *
assessment(const struct detect_result *r)
{
	static const struct {
		double from;
		const char *name;
	} bands[] = { { 0.8, "highly_coordinated" }, { 0.6, "likely_coordinated" },
		{ 0.4, "possibly_coordinated" } };
	double confidence = answer_confidence(r);

	if (r->verdict == VERDICT_COINCIDENTAL)
		return "coincidental";
	for (size_t i = 0; i < sizeof(bands) / sizeof(bands[0]); i++)
		if (confidence >= bands[i].from)
			return bands[i].name;
	return is_coordinated(r->verdict) ? "possibly_coordinated" : "insufficient_evidence";
}

static void
write_evidence(struct jsonw *w, const double evidence[CHANNEL_COUNT])
{
	jsonw_key(w, "evidence");
	jsonw_object(w);
	for (unsigned c = 0; c < CHANNEL_COUNT; c++) {
		const char *key = detect_channel_key((enum detect_channel)c);

		if (key != NULL && isfinite(evidence[c]))
			key_prob(w, key, evidence[c]);
	}
	jsonw_end(w);
}

/* The channel of a line of the account that speaks for or against: not the model's own terms (base, prior, size, guards), not a channel that
 * found nothing and yet raised the number. CHANNEL_COUNT: none. */
static unsigned
factor_channel(const struct detect_campaign *c, const struct detect_ledger_line *line)
{
	for (unsigned e = 0; e < CHANNEL_COUNT; e++) {
		const struct detect_evidence *evidence = &c->evidence[e];
		bool found = !isfinite(evidence->p) || evidence->p <= FOUND_P;

		if (strcmp(line->term, detect_channel_name((enum detect_channel)e)) == 0)
			return line->micro < 0 || (line->micro > 0 && found) ? e : CHANNEL_COUNT;
	}
	return CHANNEL_COUNT;
}

/* In words: a channel's own sentence says more than its p-value. */
static void
write_factor(
    struct jsonw *w, const struct detect_evidence *evidence, const struct detect_ledger_line *line)
{
	const char *detail = evidence->detail != NULL ? evidence->detail : line->detail;
	char text[400];

	(void)snprintf(text, sizeof(text), "%s: %s: %s", line->micro > 0 ? "for" : "against",
	    detect_channel_title(evidence->channel), detail);
	jsonw_str(w, text);
}

/* The channels that moved the number most, whichever way; equal ones in the order of the account. */
static void
write_factors(struct jsonw *w, const struct detect_result *r)
{
	const struct detect_campaign *c = r->n_campaigns > 0 ? &r->campaigns[0] : NULL;
	uint32_t n_lines = c == NULL ? 0 : c->n_ledger < LEDGER_MOST ? c->n_ledger : LEDGER_MOST;
	bool written[LEDGER_MOST] = { false };

	jsonw_key(w, "key_factors");
	jsonw_array(w);
	for (unsigned n = 0; n < FACTORS_MOST; n++) {
		uint32_t best = n_lines;

		for (uint32_t i = 0; i < n_lines; i++)
			if (!written[i] && factor_channel(c, &c->ledger[i]) < CHANNEL_COUNT &&
			    (best == n_lines ||
				llabs(c->ledger[i].micro) > llabs(c->ledger[best].micro)))
				best = i;
		if (best == n_lines)
			break;
		written[best] = true;
		write_factor(
		    w, &c->evidence[factor_channel(c, &c->ledger[best])], &c->ledger[best]);
	}
	jsonw_end(w);
}

static void
write_campaign(struct jsonw *w, const struct detect_campaign *c)
{
	jsonw_object(w);
	key_str(w, "id", c->id);
	key_str(w, "key", c->key);
	key_str(w, "verdict", detect_verdict_name(c->verdict));
	key_str(w, "qualifier", c->qualifier);
	key_prob(w, "confidence", c->confidence);
	key_interval(w, c->low, c->high);
	key_str(w, "reason", c->reason);
	key_str(w, "explanation", c->explanation);
	key_u64(w, "sources", c->n_sources);
	key_u64(w, "sessions", c->n_sessions);
	key_time(w, "first_seen", c->first_us);
	key_time(w, "last_seen", c->last_us);
	jsonw_key(w, "techniques");
	jsonw_array(w);
	for (uint32_t i = 0; i < c->n_techniques; i++)
		jsonw_str(w, c->techniques[i].id);
	jsonw_end(w);
	jsonw_end(w);
}

static void
write_campaigns(struct jsonw *w, const struct detect_result *r)
{
	key_u64(w, "campaign_count", r->n_campaigns);
	jsonw_key(w, "campaigns");
	jsonw_array(w);
	for (uint32_t i = 0; i < r->n_campaigns && i < CAMPAIGNS_MOST; i++)
		write_campaign(w, &r->campaigns[i]);
	jsonw_end(w);
}

static void
write_session(struct jsonw *w, const struct session_table *t, uint32_t row, const char *cluster)
{
	char source[ADDR_TEXT_MAX];

	(void)addr_format(t->source[row], source);
	jsonw_object(w);
	jsonw_key(w, "session_id");
	jsonw_sv(w, session_text(t, row, TEXT_ID));
	key_str(w, "source_ip", source);
	key_time(w, "timestamp", t->start_us[row]);
	key_str(w, "cluster", cluster);
	jsonw_end(w);
}

/* In order of time; a session in several groups counts to the best one. */
static void
write_sessions(struct jsonw *w, const struct session_table *t, const struct detect_result *r)
{
	const char *cluster[ANSWER_SESSIONS_MOST] = { NULL };

	if (t->n > ANSWER_SESSIONS_MOST)
		return;
	for (uint32_t i = r->n_campaigns; i-- > 0;)
		for (uint32_t s = 0; s < r->campaigns[i].n_sessions; s++)
			cluster[r->campaigns[i].sessions[s]] = r->campaigns[i].id;
	jsonw_key(w, "session_clusters");
	jsonw_array(w);
	for (uint32_t row = 0; row < t->n; row++)
		write_session(w, t, row, cluster[row]);
	jsonw_end(w);
}

static void
write_errors(struct jsonw *w, const struct ingest_report *ingest, bool logs)
{
	char text[320];

	key_u64(w, logs ? "unusable_records" : "unusable_sessions", ingest->refused);
	jsonw_key(w, "errors");
	jsonw_array(w);
	for (uint32_t i = 0; i < ingest->n_shown && i < ERRORS_MOST; i++) {
		const struct coord_error *e = &ingest->shown[i].error;

		(void)snprintf(text, sizeof(text), "%s %llu: %s", logs ? "line" : "session",
		    (unsigned long long)e->line, e->what);
		jsonw_str(w, text);
	}
	jsonw_end(w);
}

static void
write_link(struct jsonw *w, const char *name, const char *id, const char *rest)
{
	char path[120];

	(void)snprintf(path, sizeof(path), "/analyze/%s%s", id, rest);
	key_str(w, name, path);
}

static void
write_links(struct jsonw *w, const char *id)
{
	jsonw_key(w, "links");
	jsonw_object(w);
	write_link(w, "self", id, "");
	write_link(w, "events", id, "/events");
	write_link(w, "report", id, "/report");
	write_link(w, "sessions", id, "/sessions");
	write_link(w, "stix", id, "/export?format=stix");
	write_link(w, "csv", id, "/export?format=csv");
	jsonw_end(w);
}

static void
write_strings(struct jsonw *w, const char *key, const char *const *texts, uint32_t n)
{
	jsonw_key(w, key);
	jsonw_array(w);
	for (uint32_t i = 0; i < n; i++)
		jsonw_str(w, texts[i]);
	jsonw_end(w);
}

static void
write_contract(struct jsonw *w, const struct answer_input *in)
{
	const struct detect_result *r = in->report->result;

	key_str(w, "analysis_id", in->analysis->id);
	key_str(w, "status", analysis_status_name(ANALYSIS_COMPLETED));
	key_prob(w, "coordination_confidence", answer_confidence(r));
	write_evidence(w, r->evidence);
	jsonw_key(w, "enrichment_applied");
	jsonw_bool(w, in->enriched);
}

static void
write_judgement(struct jsonw *w, const struct detect_result *r)
{
	bool coordinated = is_coordinated(r->verdict) && r->n_campaigns > 0;

	key_str(w, "verdict", detect_verdict_name(r->verdict));
	key_str(w, "assessment", assessment(r));
	key_interval(w, r->low, r->high);
	jsonw_key(w, "calibrated");
	jsonw_bool(w, r->calibrated);
	key_str(w, "confidence_rule", r->confidence_rule);
	key_str(w, "reasoning", r->reason);
	write_factors(w, r);
	write_strings(w, "not_concluded", r->not_concluded, r->n_not_concluded);
	key_prob(w, "coverage", isfinite(r->coverage) ? r->coverage : 0);
	key_str(w, "campaign_id", coordinated ? r->campaigns[0].key : NULL);
	write_campaigns(w, r);
}

static void
write_made(struct jsonw *w, const char *key, struct sv json)
{
	if (json.len == 0)
		return;
	jsonw_key(w, key);
	jsonw_raw(w, json);
}

static void
write_circumstances(struct jsonw *w, const struct answer_input *in)
{
	const struct detect_result *r = in->report->result;
	struct sv depth = in->analysis->depth;

	jsonw_key(w, "analysis_depth");
	jsonw_sv(w, depth.len > 0 ? depth : SV("standard"));
	key_u64(w, "session_count", in->report->table->n);
	key_u64(w, "source_count", r->sources);
	write_made(w, "narrative", in->report->narrative);
	write_made(w, "provider_status", in->provider_status);
	write_errors(w, in->report->ingest, in->logs);
	write_sessions(w, in->report->table, r);
	key_prob(w, "processing_time", in->processing_time);
	key_time(w, "analysis_timestamp", in->now_us);
	write_links(w, in->analysis->id);
}

void
answer_write(const struct answer_input *in, struct buf *out)
{
	struct jsonw w = jsonw_init(out, false);

	jsonw_object(&w);
	write_contract(&w, in);
	write_judgement(&w, in->report->result);
	write_circumstances(&w, in);
	jsonw_end(&w);
}

void
jobs_failed_response(struct sv id, struct sv error, struct buf *out)
{
	struct jsonw w = jsonw_init(out, false);

	jsonw_object(&w);
	jsonw_key(&w, "analysis_id");
	jsonw_sv(&w, id);
	key_str(&w, "status", analysis_status_name(ANALYSIS_FAILED));
	jsonw_key(&w, "coordination_confidence");
	jsonw_null(&w);
	jsonw_key(&w, "evidence");
	jsonw_null(&w);
	jsonw_key(&w, "enrichment_applied");
	jsonw_bool(&w, false);
	jsonw_key(&w, "error");
	jsonw_sv(&w, error);
	jsonw_end(&w);
}
