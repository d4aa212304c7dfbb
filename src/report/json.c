/* json.c - the result document: one JSON object with stable keys, described in docs/result.md and by
 * docs/result.schema.json. The five members of the public CoordinationResponse come first and in its order. A number
 * that does not exist is null, never NaN; `evidence` holds numbers only and leaves out what could not be measured,
 * because published clients print each of its members as a number. No time of execution is in it: same result, same
 * bytes. */
#include "report/keys.h"

#include <math.h>
#include <stdio.h>

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
		document_campaign(w, in->table, &r->campaigns[i],
		    in->external == NULL ? SV_NONE : in->external[i]);
	jsonw_end(w);
	write_masks(w, in);
	write_batch(w, in);
	write_input(w, in);
	write_provenance(w, in);
	key_made(w, "answers", in->answers);
	key_made(w, "provider_status", in->provider_status);
	key_made(w, "narrative", in->narrative);
	key_made(w, "workflow", in->workflow);
	key_made(w, "evidence_chain", in->evidence_chain);
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
