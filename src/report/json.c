/* json.c - the result document: one JSON object with stable keys, described in docs/result.md and by
 * docs/result.schema.json. The five members of the public CoordinationResponse come first and in its order. A number
 * that does not exist is null, never NaN; `evidence` holds numbers only and leaves out what could not be measured,
 * because published clients print each of its members as a number. No time of execution is in it: same result, same
 * bytes. */
#include "report/document.h"

#include <math.h>
#include <stdio.h>

#include "report/ledger.h"

static void
key_str(struct jsonw *w, const char *key, const char *value)
{
	jsonw_key(w, key);
	jsonw_str(w, value);
}

static void
key_u64(struct jsonw *w, const char *key, uint64_t value)
{
	jsonw_key(w, key);
	jsonw_u64(w, value);
}

static void
key_prob(struct jsonw *w, const char *key, double value)
{
	jsonw_key(w, key);
	jsonw_prob(w, value);
}

static void
key_bool(struct jsonw *w, const char *key, bool value)
{
	jsonw_key(w, key);
	jsonw_bool(w, value);
}

static void
key_time(struct jsonw *w, const char *key, int64_t us)
{
	jsonw_key(w, key);
	document_time(w, us);
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

static void
key_strings(struct jsonw *w, const char *key, const char *const *texts, uint32_t n)
{
	jsonw_key(w, key);
	jsonw_array(w);
	for (uint32_t i = 0; i < n; i++)
		jsonw_str(w, texts[i]);
	jsonw_end(w);
}

/* Six significant digits: a p-value of 1e-9 must not become 0, for no test of ours can say "impossible". */
static void
key_digits(struct jsonw *w, const char *key, double value)
{
	jsonw_key(w, key);
	jsonw_f64(w, document_digits(value));
}

static void
write_public_evidence(struct jsonw *w, const double evidence[CHANNEL_COUNT])
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

static void
write_campaign(struct jsonw *w, const struct session_table *table, const struct detect_campaign *c)
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
	write_members(w, table, c);
	jsonw_end(w);
}

static void
write_masks(struct jsonw *w, const struct report_input *in)
{
	jsonw_key(w, "masks");
	jsonw_array(w);
	for (uint32_t i = 0; i < in->result->n_masks; i++) {
		const struct detect_mask *m = &in->result->masks[i];

		jsonw_object(w);
		jsonw_key(w, "sensor");
		jsonw_sv(w, session_string(in->table, m->sensor));
		key_time(w, "from", m->from_us);
		key_time(w, "to", m->to_us);
		key_str(w, "why", m->why);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_batch(struct jsonw *w, const struct report_input *in)
{
	const struct detect_result *r = in->result;
	int64_t from, to;

	document_span(in->table, &from, &to);
	jsonw_key(w, "batch");
	jsonw_object(w);
	key_u64(w, "sessions", r->sessions);
	key_u64(w, "sources", r->sources);
	key_u64(w, "nodes", r->nodes);
	key_u64(w, "visits", r->visits);
	key_u64(w, "tokens", r->tokens);
	key_u64(w, "strata", r->strata);
	key_u64(w, "pairs_possible", r->pairs_possible);
	key_u64(w, "pairs_tested", r->pairs_tested);
	key_u64(w, "edges", r->edges);
	key_u64(w, "worlds", r->worlds);
	key_u64(w, "worlds_with_cluster", r->worlds_with_cluster);
	key_time(w, "first_seen", in->table->n > 0 ? from : TIME_NONE);
	key_time(w, "last_seen", in->table->n > 0 ? to : TIME_NONE);
	jsonw_end(w);
}

static void
write_refused(struct jsonw *w, const struct ingest_report *ingest)
{
	static const char *const kinds[] = {
#define REFUSAL_NAME(id, text) [REFUSED_##id] = text,
		INGEST_REFUSALS(REFUSAL_NAME)
#undef REFUSAL_NAME
	};

	key_u64(w, "refused", ingest->refused);
	jsonw_key(w, "refused_by_kind");
	jsonw_object(w);
	for (unsigned k = 0; k < REFUSED_COUNT; k++)
		if (ingest->refused_by_kind[k] > 0)
			key_u64(w, kinds[k], ingest->refused_by_kind[k]);
	jsonw_end(w);
	jsonw_key(w, "refused_records");
	jsonw_array(w);
	for (uint32_t i = 0; i < ingest->n_shown; i++) {
		const struct ingest_refused *bad = &ingest->shown[i];

		jsonw_object(w);
		key_str(w, "file", bad->file);
		key_u64(w, "line", bad->error.line);
		key_u64(w, "byte", bad->error.byte);
		key_str(w, "kind", kinds[bad->kind]);
		key_str(w, "message", bad->error.what);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_ingest(struct jsonw *w, const struct ingest_report *ingest)
{
	key_u64(w, "files", ingest->files);
	key_u64(w, "bytes_stored", ingest->bytes_stored);
	key_u64(w, "bytes", ingest->bytes);
	key_u64(w, "records", ingest->records);
	key_u64(w, "events", ingest->events);
	key_u64(w, "duplicates", ingest->duplicates);
	key_u64(w, "joined", ingest->joined);
	key_u64(w, "outside_range", ingest->outside);
	key_u64(w, "ignored", ingest->ignored);
	write_refused(w, ingest);
	jsonw_key(w, "formats");
	jsonw_array(w);
	for (uint32_t i = 0; i < ingest->n_formats; i++) {
		jsonw_object(w);
		key_str(w, "format", ingest->formats[i].format);
		key_u64(w, "records", ingest->formats[i].records);
		key_u64(w, "sessions", ingest->formats[i].sessions);
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_key(w, "notes");
	jsonw_array(w);
	for (size_t i = 0; i < sizeof(ingest->notes) / sizeof(ingest->notes[0]); i++)
		if (ingest->notes[i][0] != 0)
			jsonw_str(w, ingest->notes[i]);
	jsonw_end(w);
}

/* What was named on the command line: a repetition reads it again. */
static void
write_sources(struct jsonw *w, const struct report_input *in)
{
	if (in->n_sources == 0)
		return;
	jsonw_key(w, "paths");
	jsonw_array(w);
	for (size_t i = 0; i < in->n_sources; i++) {
		jsonw_object(w);
		key_str(w, "path", in->sources[i].path);
		key_str(w, "sensor", in->sources[i].sensor);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_options(struct jsonw *w, const struct report_options *o)
{
	if (o == NULL)
		return;
	jsonw_key(w, "options");
	jsonw_object(w);
	key_str(w, "format", o->format);
	key_time(w, "from", o->from_us);
	key_time(w, "to", o->to_us);
	key_u64(w, "year", o->year > 0 ? (uint64_t)o->year : 0);
	jsonw_key(w, "zone_offset_us");
	jsonw_i64(w, o->zone_us);
	jsonw_end(w);
}

static void
write_input(struct jsonw *w, const struct report_input *in)
{
	jsonw_key(w, "input");
	jsonw_object(w);
	key_u64(w, "sessions", in->table->n);
	write_sources(w, in);
	write_options(w, in->options);
	if (in->ingest != NULL)
		write_ingest(w, in->ingest);
	jsonw_end(w);
}

/* Names of the nulls that stand behind the numbers, each once, in order of first use. */
static void
write_nulls(struct jsonw *w, const struct detect_result *r)
{
	const char *seen[32];
	unsigned n = 0;

	jsonw_key(w, "nulls");
	jsonw_array(w);
	for (uint32_t c = 0; c < r->n_campaigns; c++) {
		for (unsigned e = 0; e < CHANNEL_COUNT; e++) {
			const char *name = r->campaigns[c].evidence[e].null_name;
			unsigned i = 0;

			while (name != NULL && i < n && strcmp(seen[i], name) != 0)
				i++;
			if (name == NULL || i < n || n == sizeof(seen) / sizeof(seen[0]))
				continue;
			seen[n++] = name;
			jsonw_str(w, name);
		}
	}
	jsonw_end(w);
}

static void
write_files(struct jsonw *w, const struct report_input *in)
{
	jsonw_key(w, "files");
	jsonw_array(w);
	for (size_t i = 0; i < in->n_files; i++) {
		jsonw_object(w);
		key_str(w, "role", in->files[i].role);
		key_str(w, "path", in->files[i].path);
		key_str(w, "sha256", in->files[i].sha256);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_lists(struct jsonw *w, const struct detect_result *r)
{
	jsonw_key(w, "lists");
	jsonw_array(w);
	for (uint32_t i = 0; i < r->n_lists; i++) {
		const struct detect_list *list = &r->lists[i];

		jsonw_object(w);
		key_str(w, "kind", detect_list_name(list->kind));
		key_str(w, "name", list->name);
		key_str(w, "version", list->version);
		key_str(w, "sha256", list->sha256);
		jsonw_key(w, "entries");
		jsonw_u64(w, list->entries);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_provenance(struct jsonw *w, const struct report_input *in)
{
	const struct detect_result *r = in->result;
	char hash[65];
	char seed[24];

	hex_of(in->table->input_sha256, 32, hash);
	(void)snprintf(seed, sizeof(seed), "%llu", (unsigned long long)r->seed);
	jsonw_key(w, "provenance");
	jsonw_object(w);
	key_str(w, "version", in->version);
	key_str(w, "input_sha256", hash);
	key_str(w, "reference", r->reference_hash);
	key_bool(w, "reference_given", r->reference_given);
	key_str(w, "model", r->model_hash);
	key_str(w, "configuration_sha256", r->config_hash);
	write_lists(w, r);
	key_str(w, "seed", seed);
	jsonw_key(w, "configuration");
	if (r->config != NULL)
		jsonw_raw(w, sv_from(r->config));
	else
		jsonw_null(w);
	write_files(w, in);
	jsonw_key(w, "methods");
	jsonw_object(w);
	key_str(w, "confidence_rule", r->confidence_rule);
	write_nulls(w, r);
	jsonw_end(w);
	jsonw_end(w);
}

/* The normalised record of every session, as `coord ingest` writes it. */
static enum coord_err
write_sessions(struct jsonw *w, const struct report_input *in, struct coord_error *err)
{
	struct buf record = BUF_INIT(REPORT_SESSIONS_MOST);
	size_t from = w->out->len;
	bool full = false;

	jsonw_key(w, "sessions");
	jsonw_array(w);
	for (uint32_t row = 0; row < in->table->n && !full; row++) {
		record.len = 0;
		session_write_ndjson(in->table, row, &record);
		full = record.failed || w->out->len - from > REPORT_SESSIONS_MOST;
		if (!full)
			jsonw_raw(w, sv_trim(buf_sv(&record)));
	}
	jsonw_end(w);
	buf_clear(&record);
	return full ? error_set(err, COORD_ELIMIT,
			  "report: the sessions take more than %zu MiB of the document",
			  REPORT_SESSIONS_MOST >> 20)
		    : COORD_OK;
}

enum coord_err
document_write(const struct report_input *in, struct jsonw *w, struct coord_error *err)
{
	const struct detect_result *r = in->result;
	char id[UUID_TEXT];

	TRY(document_id(in, id, err));
	jsonw_object(w);
	key_str(w, "analysis_id", id);
	key_str(w, "status", "completed");
	key_prob(w, "coordination_confidence", r->confidence);
	write_public_evidence(w, r->evidence);
	key_bool(w, "enrichment_applied", in->enrichment_applied);
	key_str(w, "schema_version", "1.0");
	key_str(w, "verdict", detect_verdict_name(r->verdict));
	key_interval(w, r->low, r->high);
	key_bool(w, "calibrated", r->calibrated);
	key_str(w, "confidence_rule", r->confidence_rule);
	key_prob(w, "coverage", r->coverage);
	key_str(w, "reason", r->reason);
	key_strings(w, "not_concluded", r->not_concluded, r->n_not_concluded);
	jsonw_key(w, "campaigns");
	jsonw_array(w);
	for (uint32_t i = 0; i < r->n_campaigns; i++)
		write_campaign(w, in->table, &r->campaigns[i]);
	jsonw_end(w);
	write_masks(w, in);
	write_batch(w, in);
	write_input(w, in);
	write_provenance(w, in);
	if (in->self_contained)
		TRY(write_sessions(w, in, err));
	jsonw_end(w);
	return COORD_OK;
}

enum coord_err
report_json(const struct report_input *in, struct buf *out, struct coord_error *err)
{
	struct jsonw w = jsonw_init(out, true);

	TRY(document_write(in, &w, err));
	buf_add_char(out, '\n');
	return document_done(out, err);
}
