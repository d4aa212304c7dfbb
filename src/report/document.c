/* document.c - what the formats share: the id of an analysis and small values of the result document. */
#include "report/document.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum coord_err
document_id(const struct report_input *in, char ret[UUID_TEXT], struct coord_error *err)
{
	const struct detect_result *r = in->result;
	char input[65];
	char name[640];
	int len;

	if (in->analysis_id != NULL) {
		if (strlen(in->analysis_id) >= UUID_TEXT)
			return error_set(
			    err, COORD_EINVALID, "report: analysis id longer than a UUID");
		(void)snprintf(ret, UUID_TEXT, "%s", in->analysis_id);
		return COORD_OK;
	}
	hex_of(in->table->input_sha256, 32, input);
	len = snprintf(name, sizeof(name), "analysis:%s/%.128s/%.128s/%llu/%.64s", input,
	    r->reference_hash != NULL ? r->reference_hash : "batch",
	    r->config_hash != NULL ? r->config_hash : "", (unsigned long long)r->seed,
	    in->version != NULL ? in->version : "");
	return uuid_v5(UUID_PROJECT, (struct sv){ name, (size_t)len }, ret, err);
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
