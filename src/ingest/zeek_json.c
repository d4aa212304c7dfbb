/* zeek_json.c - Zeek logs written as JSON: one object a line, names with dots or underscores ("id.orig_h",
 * "id_orig_h"), times as epoch seconds or ISO 8601. */
#include "ingest/zeek.h"

static bool
recognise(const struct record *record)
{
	struct json_value j = record->json;

	return json_exists(field_get(j, SV("id.orig_h"))) ||
	       json_exists(json_get(j, SV("id_orig_h")));
}

/** Underscores in the place of dots: "id_orig_h". */
static struct json_value
get_either(struct json_value j, const char *name)
{
	char other[32];
	struct json_value v = field_get(j, sv_from(name));
	size_t n = strlen(name);

	if (json_exists(v) || strchr(name, '.') == NULL || n >= sizeof(other))
		return v;
	memcpy(other, name, n + 1);
	for (size_t i = 0; i < n; i++)
		if (other[i] == '.')
			other[i] = '_';
	return json_get(j, sv_from(other));
}

/** Lists ("service" as an array in some exports) count as their first element. */
static struct sv
text_of(struct reader_ctx *ctx, struct json_value v)
{
	struct json_iter it = json_each(v);

	if (json_type(v) == JSON_ARRAY && !json_next(&it, &v))
		return SV_NONE;
	return value_text(ctx, v);
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	static const char *const SENSORS[] = { "_system_name", "sensor", "host.name", "agent.name",
		"_node", NULL };
	struct zeek_row row = { .sensor = SV_NONE };
	struct sv path = SV_NONE;
	uint64_t set = 0;

	for (unsigned i = 0; i < ZEEK_FIELD_COUNT; i++) {
		struct json_value v = get_either(record->json, zeek_field_name((enum zeek_field)i));

		if (json_exists(v))
			set |= UINT64_C(1) << i;
		row.value[i] = text_of(ctx, v);
	}
	json_string(json_get(record->json, SV("_path")), &path);
	field_any_string(record->json, SENSORS, &row.sensor);
	return zeek_emit(ctx, record, zeek_log_of(path, set), &row);
}

const struct reader reader_zeek_json = {
	.name = "zeek-json",
	.title = "Zeek conn, http and ssh logs (JSON)",
	.json = true,
	.network = true,
	.recognise = recognise,
	.read = read_record,
};
