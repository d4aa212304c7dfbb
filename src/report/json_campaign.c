/* json_campaign.c - one tested group in the result document: verdict, account, evidence, members. */
#include "report/keys.h"

#include <math.h>

#include "report/ledger.h"

static void
write_top(struct jsonw *w, const struct detect_top *top)
{
	jsonw_object(w);
	key_str(w, "kind", top->kind);
	key_str(w, "what", top->what);
	key_u64(w, "nodes", top->nodes);
	key_u64(w, "background", top->background);
	key_prob(w, "weight", top->weight);
	jsonw_end(w);
}

static const char *
evidence_status(const struct detect_evidence *e)
{
	if (e->excluded)
		return "excluded";
	if (e->abstained)
		return "abstained";
	return e->defining ? "defining" : "tested";
}

static void
write_evidence(struct jsonw *w, const struct detect_evidence *e)
{
	bool known = !e->abstained && !e->excluded;
	double log_e = known ? e->log_e : (double)NAN;

	jsonw_object(w);
	key_str(w, "channel", detect_channel_name(e->channel));
	key_str(w, "title", detect_channel_title(e->channel));
	key_str(w, "status", evidence_status(e));
	key_digits(w, "effect", known ? e->effect : (double)NAN);
	key_digits(w, "p_value", known ? e->p : (double)NAN);
	key_digits(w, "e_value", exp(log_e));
	key_prob(w, "log10_e", log_e / log(10));
	key_str(w, "null", e->null_name);
	key_u64(w, "n", e->n);
	key_u64(w, "draws", e->worlds);
	key_prob(w, "similarity", e->similarity);
	key_str(w, "detail", e->detail);
	jsonw_key(w, "top");
	jsonw_array(w);
	for (uint32_t i = 0; i < e->n_top; i++)
		write_top(w, &e->top[i]);
	jsonw_end(w);
	jsonw_end(w);
}

static void
write_artefacts(struct jsonw *w, const struct detect_campaign *c)
{
	jsonw_key(w, "artefacts");
	jsonw_array(w);
	for (uint32_t i = 0; i < c->n_artefacts; i++) {
		const struct detect_artefact *a = &c->artefacts[i];

		jsonw_object(w);
		key_str(w, "kind", a->kind);
		key_str(w, "value", a->value);
		key_u64(w, "sources", a->sources);
		key_bool(w, "public", a->is_public);
		key_prob(w, "log10_bayes_factor", a->log_bayes / log(10));
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_techniques(struct jsonw *w, const struct detect_campaign *c)
{
	jsonw_key(w, "techniques");
	jsonw_array(w);
	for (uint32_t i = 0; i < c->n_techniques; i++)
		jsonw_str(w, c->techniques[i].id);
	jsonw_end(w);
	jsonw_key(w, "technique_detail");
	jsonw_array(w);
	for (uint32_t i = 0; i < c->n_techniques; i++) {
		jsonw_object(w);
		key_str(w, "id", c->techniques[i].id);
		key_str(w, "name", c->techniques[i].name);
		key_u64(w, "sessions", c->techniques[i].sessions);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_counterfactuals(struct jsonw *w, const struct detect_campaign *c)
{
	jsonw_key(w, "counterfactuals");
	jsonw_array(w);
	for (uint32_t i = 0; i < c->n_counterfactuals; i++) {
		const struct detect_counterfactual *f = &c->counterfactuals[i];

		jsonw_object(w);
		key_str(w, "without", f->without);
		key_prob(w, "confidence", f->confidence);
		key_str(w, "verdict", detect_verdict_name(f->verdict));
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
key_log_odds(struct jsonw *w, const char *key, int64_t micro)
{
	char text[LEDGER_TEXT];

	ledger_text(micro, text);
	jsonw_key(w, key);
	jsonw_raw(w, sv_from(text));
}

/* The account of the confidence: the printed decimals add up to log_odds, digit for digit. */
static void
write_ledger(struct jsonw *w, const struct detect_campaign *c)
{
	if (c->n_ledger > 0)
		key_log_odds(w, "log_odds", ledger_sum(c));
	else
		key_prob(w, "log_odds", (double)NAN);
	jsonw_key(w, "ledger");
	jsonw_array(w);
	for (uint32_t i = 0; i < c->n_ledger; i++) {
		jsonw_object(w);
		key_str(w, "term", c->ledger[i].term);
		key_log_odds(w, "log_odds", c->ledger[i].micro);
		key_str(w, "detail", c->ledger[i].detail);
		jsonw_end(w);
	}
	jsonw_end(w);
}

/* What the model weighed: a row for whoever wants to fit or check one. */
static void
write_features(struct jsonw *w, const struct detect_campaign *c)
{
	jsonw_key(w, "features");
	jsonw_object(w);
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		key_digits(w, detect_feature_name(f), c->features[f]);
	jsonw_end(w);
}

static void
write_members(struct jsonw *w, const struct session_table *table, const struct detect_campaign *c)
{
	jsonw_key(w, "sources");
	jsonw_array(w);
	for (uint32_t i = 0; i < c->n_sources; i++)
		document_addr(w, c->sources[i]);
	jsonw_end(w);
	jsonw_key(w, "sensors");
	jsonw_array(w);
	for (uint32_t i = 0; i < c->n_sensors; i++)
		jsonw_sv(w, session_string(table, c->sensors[i]));
	jsonw_end(w);
	jsonw_key(w, "session_ids");
	jsonw_array(w);
	for (uint32_t i = 0; i < c->n_sessions; i++)
		jsonw_sv(w, session_text(table, c->sessions[i], TEXT_ID));
	jsonw_end(w);
}

static void
write_counts(struct jsonw *w, const struct detect_campaign *c)
{
	jsonw_key(w, "counts");
	jsonw_object(w);
	key_u64(w, "sources", c->n_sources);
	key_u64(w, "sessions", c->n_sessions);
	key_u64(w, "sensors", c->n_sensors);
	key_u64(w, "nodes", c->nodes);
	key_u64(w, "visits", c->visits);
	jsonw_end(w);
}

void
key_made(struct jsonw *w, const char *key, struct sv json)
{
	if (json.len == 0)
		return;
	jsonw_key(w, key);
	jsonw_raw(w, json);
}

void
document_campaign(struct jsonw *w, const struct session_table *table,
    const struct detect_campaign *c, struct sv external)
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
	key_str(w, "fleet", c->fleet);
	key_prob(w, "single_actor", c->single_actor);
	write_ledger(w, c);
	write_features(w, c);
	key_digits(w, "p_world", c->p_world);
	key_prob(w, "stability", c->stability);
	key_time(w, "first_seen", c->first_us);
	key_time(w, "last_seen", c->last_us);
	write_counts(w, c);
	write_artefacts(w, c);
	jsonw_key(w, "evidence");
	jsonw_array(w);
	for (unsigned e = 0; e < CHANNEL_COUNT; e++)
		write_evidence(w, &c->evidence[e]);
	jsonw_end(w);
	write_techniques(w, c);
	key_strings(w, "behavior", c->behaviour, c->n_behaviour);
	write_counterfactuals(w, c);
	key_made(w, "external", external);
	if (table != NULL)
		write_members(w, table, c);
	jsonw_end(w);
}

enum coord_err
report_campaign(const struct detect_campaign *campaign, struct buf *out, struct coord_error *err)
{
	struct jsonw w = jsonw_init(out, false);

	document_campaign(&w, NULL, campaign, SV_NONE);
	return document_done(out, err);
}
