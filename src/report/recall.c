/* recall.c - from a result document back to the analysis that made it: configuration, inputs, files, sessions. The
 * document may come from anybody: everything is checked for type and range before it is used. */
#include "report/document.h"

#include <math.h>

enum { SOURCES_MOST = 100000, FILES_MOST = 64 };

struct reading {
	struct report_recall *ret;
	struct coord_error *err;
};

static enum coord_err
wrong(struct reading *r, const char *what)
{
	return error_set(r->err, COORD_EPARSE, "not a result that can be repeated: %s", what);
}

/* NULL for a missing or null member; texts with a NUL inside end there, as paths do. */
static const char *
text_of(struct reading *r, struct json_value object, const char *key)
{
	struct sv text = SV_NONE;

	if (!json_string(json_get(object, sv_from(key)), &text))
		return NULL;
	return arena_strdup(r->ret->arena, text);
}

static uint64_t
number_of(struct json_value object, const char *key, uint64_t most)
{
	uint64_t n = 0;

	(void)json_u64(json_get(object, sv_from(key)), &n);
	return n < most ? n : most;
}

static double
share_of(struct json_value object, const char *key)
{
	double x = 0;

	(void)json_f64(json_get(object, sv_from(key)), &x);
	return x > 0 && x < 1 ? x : 0; /* 0: the default */
}

static enum coord_err
read_config(struct reading *r, struct json_value provenance)
{
	struct json_value c = json_get(provenance, SV("configuration"));
	struct detect_config *config = &r->ret->config;

	if (json_type(c) != JSON_OBJECT)
		return wrong(r, "/provenance/configuration is missing");
	*config = (struct detect_config){
		.depth = (enum detect_depth)number_of(c, "depth", DEPTH_DEEP),
		.selected_by = text_of(r, c, "selected_by"),
		.worlds = (uint32_t)number_of(c, "worlds", UINT32_MAX),
		.draws_most = (uint32_t)number_of(c, "draws", UINT32_MAX),
		.fdr = share_of(c, "fdr"),
		.prior = share_of(c, "prior"),
		.seed = number_of(c, "seed", UINT64_MAX),
		.decoordinate = (uint32_t)number_of(c, "decoordinate", UINT32_MAX),
	};
	(void)json_bool(json_get(c, SV("group")), &config->group);
	return COORD_OK;
}

static enum coord_err
read_time(struct reading *r, struct json_value object, const char *key, int64_t *ret)
{
	struct sv text = SV_NONE;

	*ret = TIME_NONE;
	if (!json_string(json_get(object, sv_from(key)), &text))
		return COORD_OK;
	return time_parse(text, 0, ret) ? COORD_OK : wrong(r, "a time in /input/options");
}

static enum coord_err
read_options(struct reading *r, struct json_value input)
{
	struct json_value o = json_get(input, SV("options"));
	struct report_options *options = &r->ret->options;

	options->format = text_of(r, o, "format");
	TRY(read_time(r, o, "from", &options->from_us));
	TRY(read_time(r, o, "to", &options->to_us));
	options->year = (int)number_of(o, "year", 9999);
	(void)json_i64(json_get(o, SV("zone_offset_us")), &options->zone_us);
	if (options->zone_us > 86400 * TIME_SECOND || options->zone_us < -86400 * TIME_SECOND)
		return wrong(r, "/input/options/zone_offset_us is more than a day");
	return COORD_OK;
}

static enum coord_err
read_sources(struct reading *r, struct json_value input)
{
	struct json_value list = json_get(input, SV("paths")), v;
	struct json_iter each = json_each(list);
	size_t n = json_count(list);

	if (json_type(list) != JSON_ARRAY)
		return COORD_OK;
	n = n < SOURCES_MOST ? n : SOURCES_MOST;
	r->ret->sources = ARENA_ARRAY(r->ret->arena, n, struct ingest_source);
	if (r->ret->sources == NULL)
		return error_set(r->err, COORD_ENOMEM, "report: no memory for %zu paths", n);
	while (r->ret->n_sources < n && json_next(&each, &v)) {
		struct ingest_source *s = &r->ret->sources[r->ret->n_sources++];

		s->path = text_of(r, v, "path");
		s->sensor = text_of(r, v, "sensor");
		if (s->path == NULL)
			return wrong(r, "an entry of /input/paths has no path");
	}
	return COORD_OK;
}

static enum coord_err
read_files(struct reading *r, struct json_value provenance)
{
	struct json_value list = json_get(provenance, SV("files")), v;
	struct json_iter each = json_each(list);
	size_t n = json_count(list);

	if (json_type(list) != JSON_ARRAY)
		return COORD_OK;
	n = n < FILES_MOST ? n : FILES_MOST;
	r->ret->files = ARENA_ARRAY(r->ret->arena, n, struct report_file);
	if (r->ret->files == NULL)
		return error_set(r->err, COORD_ENOMEM, "report: no memory for %zu files", n);
	while (r->ret->n_files < n && json_next(&each, &v)) {
		struct report_file *f = &r->ret->files[r->ret->n_files++];

		*f = (struct report_file){ text_of(r, v, "role"), text_of(r, v, "path"),
			text_of(r, v, "sha256") };
		if (f->role == NULL || f->path == NULL || f->sha256 == NULL)
			return wrong(r, "an entry of /provenance/files lacks role, path or sha256");
	}
	return COORD_OK;
}

/* As it is: whoever judges again reads it. */
static enum coord_err
read_answers(struct reading *r, struct json_value document)
{
	struct json_value list = json_get(document, SV("answers"));
	CLEANUP(buf_clear) struct buf text = BUF_INIT((size_t)256 << 20);
	struct jsonw w = jsonw_init(&text, false);
	const char *copy;

	if (json_type(list) != JSON_ARRAY)
		return COORD_OK;
	document_copy(&w, list);
	copy = text.failed ? NULL : arena_strdup(r->ret->arena, buf_sv(&text));
	if (copy == NULL)
		return error_set(r->err, COORD_ENOMEM, "report: no memory for answers");
	r->ret->answers = (struct sv){ copy, text.len };
	return COORD_OK;
}

static enum coord_err
read_document(struct reading *r, struct json_value document)
{
	struct json_value provenance = json_get(document, SV("provenance"));
	struct report_recall *ret = r->ret;

	if (json_type(provenance) != JSON_OBJECT)
		return wrong(r, "/provenance is missing");
	ret->version = text_of(r, provenance, "version");
	ret->input_sha256 = text_of(r, provenance, "input_sha256");
	ret->reference = text_of(r, provenance, "reference");
	ret->model = text_of(r, provenance, "model");
	ret->analysis_id = text_of(r, document, "analysis_id");
	if (ret->input_sha256 == NULL || ret->reference == NULL || ret->analysis_id == NULL)
		return wrong(r, "analysis_id, input_sha256 or reference is missing");
	(void)json_bool(json_get(document, SV("enrichment_applied")), &ret->enrichment_applied);
	ret->embedded = json_type(json_get(document, SV("sessions"))) == JSON_ARRAY;
	TRY(read_config(r, provenance));
	TRY(read_options(r, json_get(document, SV("input"))));
	TRY(read_sources(r, json_get(document, SV("input"))));
	TRY(read_answers(r, document));
	return read_files(r, provenance);
}

enum coord_err
report_recall(struct sv result_json, struct report_recall *ret, struct coord_error *err)
{
	struct reading r = { ret, err };
	struct json_parser *parser = NULL;
	struct json_value document;
	enum coord_err rc;

	*ret = (struct report_recall){ .arena = arena_new(0) };
	if (ret->arena == NULL)
		return error_set(err, COORD_ENOMEM, "report: no memory");
	rc = document_parse(result_json, &parser, &document, err);
	if (rc == COORD_OK)
		rc = read_document(&r, document);
	json_parser_free(parser);
	if (rc != COORD_OK)
		report_recall_clear(ret);
	return rc;
}

void
report_recall_clear(struct report_recall *recall)
{
	arena_free(recall->arena);
	*recall = (struct report_recall){ .arena = NULL };
}

enum coord_err
report_embedded(struct sv result_json, struct buf *ret, struct coord_error *err)
{
	struct json_parser *parser = NULL;
	struct json_value document, session;
	struct json_iter each;
	enum coord_err rc = document_parse(result_json, &parser, &document, err);

	if (rc == COORD_OK && json_type(json_get(document, SV("sessions"))) != JSON_ARRAY)
		rc = error_set(err, COORD_ENODATA, "the result has no sessions in it");
	if (rc == COORD_OK) {
		each = json_each(json_get(document, SV("sessions")));
		while (!ret->failed && json_next(&each, &session)) {
			struct jsonw w = jsonw_init(ret, false);

			document_copy(&w, session);
			buf_add_char(ret, '\n');
		}
		rc = document_done(ret, err);
	}
	json_parser_free(parser);
	return rc;
}
