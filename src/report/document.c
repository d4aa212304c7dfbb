/* document.c - what the formats share: the id of an analysis and small values of the result document. */
#include "report/document.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum coord_err
document_named_id(struct sv input, struct sv reference, struct sv configuration, struct sv seed,
    struct sv version, char ret[UUID_TEXT], struct coord_error *err)
{
	char name[640];
	int len = snprintf(name, sizeof(name), "analysis:%.*s/%.*s/%.*s/%.*s/%.*s",
	    SV_ARG(sv_first(input, 64)), SV_ARG(sv_first(reference, 128)),
	    SV_ARG(sv_first(configuration, 128)), SV_ARG(sv_first(seed, 24)),
	    SV_ARG(sv_first(version, 64)));

	return uuid_v5(UUID_PROJECT, (struct sv){ name, (size_t)len }, ret, err);
}

enum coord_err
document_id(const struct report_input *in, char ret[UUID_TEXT], struct coord_error *err)
{
	const struct detect_result *r = in->result;
	char input[65], seed[24];

	if (in->analysis_id != NULL) {
		if (strlen(in->analysis_id) >= UUID_TEXT)
			return error_set(
			    err, COORD_EINVALID, "report: analysis id longer than a UUID");
		(void)snprintf(ret, UUID_TEXT, "%s", in->analysis_id);
		return COORD_OK;
	}
	hex_of(in->table->input_sha256, 32, input);
	(void)snprintf(seed, sizeof(seed), "%llu", (unsigned long long)r->seed);
	return document_named_id(sv_from(input),
	    sv_from(r->reference_hash != NULL ? r->reference_hash : "batch"),
	    sv_from(r->config_hash != NULL ? r->config_hash : ""), sv_from(seed),
	    sv_from(in->version != NULL ? in->version : ""), ret, err);
}

static void
copy_number(struct jsonw *w, struct json_value value)
{
	int64_t whole = 0;
	uint64_t large = 0;
	double number = 0;

	if (json_i64(value, &whole))
		jsonw_i64(w, whole);
	else if (json_u64(value, &large))
		jsonw_u64(w, large);
	else if (json_f64(value, &number))
		jsonw_f64(w, number);
	else
		jsonw_null(w);
}

static void
copy_members(struct jsonw *w, struct json_value value)
{
	struct json_iter each = json_each(value);
	struct json_value member;
	struct sv key;

	jsonw_object(w);
	while (json_next_member(&each, &key, &member)) {
		jsonw_key_sv(w, key);
		document_copy(w, member);
	}
	jsonw_end(w);
}

void
document_copy(struct jsonw *w, struct json_value value)
{
	struct json_iter each;
	struct json_value item;
	struct sv text = SV_NONE;
	bool truth = false;

	switch (json_type(value)) {
	case JSON_NULL:
		jsonw_null(w);
		return;
	case JSON_BOOL:
		(void)json_bool(value, &truth);
		jsonw_bool(w, truth);
		return;
	case JSON_STRING:
		(void)json_string(value, &text);
		jsonw_sv(w, text);
		return;
	case JSON_ARRAY:
		jsonw_array(w);
		each = json_each(value);
		while (json_next(&each, &item))
			document_copy(w, item);
		jsonw_end(w);
		return;
	case JSON_OBJECT:
		copy_members(w, value);
		return;
	default:
		copy_number(w, value);
	}
}

enum coord_err
document_parse(
    struct sv text, struct json_parser **parser, struct json_value *ret, struct coord_error *err)
{
	*parser = json_parser_new((size_t)1 << 30, DOCUMENT_DEPTH_MOST);
	if (*parser == NULL)
		return error_set(err, COORD_ENOMEM, "report: no memory for a JSON parser");
	TRY(json_parse(*parser, text.data, text.len, false, ret, err));
	if (json_type(*ret) != JSON_OBJECT)
		return error_set(err, COORD_EPARSE, "not a result document: not a JSON object");
	return COORD_OK;
}

enum coord_err
document_done(const struct buf *out, struct coord_error *err)
{
	if (!out->failed)
		return COORD_OK;
	return error_set(err, COORD_ELIMIT,
	    "report: larger than its limit of %zu bytes, or no memory", out->max);
}

void
document_span(const struct session_table *table, int64_t *from_us, int64_t *to_us)
{
	*from_us = table->n > 0 ? table->start_us[0] : 0;
	*to_us = *from_us;
	for (uint32_t i = 0; i < table->n; i++)
		*to_us = table->end_us[i] > *to_us ? table->end_us[i] : *to_us;
}

double
document_digits(double value)
{
	char text[40];

	if (!isfinite(value))
		return value;
	(void)snprintf(text, sizeof(text), "%.6g", value);
	return strtod(text, NULL);
}

void
document_time(struct jsonw *w, int64_t us)
{
	char text[TIME_TEXT_MAX];

	if (us == TIME_NONE) {
		jsonw_null(w);
		return;
	}
	time_format(us, false, text);
	jsonw_str(w, text);
}

void
document_addr(struct jsonw *w, struct addr a)
{
	char text[ADDR_TEXT_MAX];

	(void)addr_format(a, text);
	jsonw_str(w, text);
}
