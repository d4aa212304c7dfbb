/* shapes.c - see check.h. */
#include "report/check.h"

#include <math.h>

const struct shape_of shapes_document[] = { { "analysis_id", SHAPE_UUID }, { "status", SHAPE_TEXT },
	{ "coordination_confidence", SHAPE_SHARE_OR_NULL }, { "evidence", SHAPE_SHARES },
	{ "enrichment_applied", SHAPE_TRUTH }, { "schema_version", SHAPE_TEXT },
	{ "verdict", SHAPE_VERDICT }, { "confidence_interval", SHAPE_INTERVAL },
	{ "calibrated", SHAPE_TRUTH }, { "confidence_rule", SHAPE_TEXT_OR_NULL },
	{ "coverage", SHAPE_SHARE_OR_NULL }, { "reason", SHAPE_TEXT_OR_NULL },
	{ "not_concluded", SHAPE_LIST }, { "campaigns", SHAPE_LIST }, { "masks", SHAPE_LIST },
	{ "batch", SHAPE_OBJECT }, { "input", SHAPE_OBJECT }, { "provenance", SHAPE_OBJECT },
	{ NULL, 0 } };

const struct shape_of shapes_campaign[] = { { "id", SHAPE_TEXT }, { "key", SHAPE_TEXT },
	{ "verdict", SHAPE_VERDICT }, { "qualifier", SHAPE_TEXT_OR_NULL },
	{ "confidence", SHAPE_SHARE_OR_NULL }, { "confidence_interval", SHAPE_INTERVAL },
	{ "reason", SHAPE_TEXT_OR_NULL }, { "explanation", SHAPE_TEXT_OR_NULL },
	{ "fleet", SHAPE_TEXT_OR_NULL }, { "single_actor", SHAPE_SHARE_OR_NULL },
	{ "log_odds", SHAPE_NUMBER_OR_NULL }, { "ledger", SHAPE_LIST },
	{ "features", SHAPE_OBJECT }, { "p_world", SHAPE_P_OR_NULL },
	{ "stability", SHAPE_SHARE_OR_NULL }, { "first_seen", SHAPE_TIME },
	{ "last_seen", SHAPE_TIME }, { "counts", SHAPE_OBJECT }, { "artefacts", SHAPE_LIST },
	{ "evidence", SHAPE_LIST }, { "techniques", SHAPE_LIST },
	{ "technique_detail", SHAPE_LIST }, { "behavior", SHAPE_LIST },
	{ "counterfactuals", SHAPE_LIST }, { "sources", SHAPE_LIST }, { "sensors", SHAPE_LIST },
	{ "session_ids", SHAPE_LIST }, { NULL, 0 } };

const struct shape_of shapes_evidence[] = { { "channel", SHAPE_TEXT }, { "title", SHAPE_TEXT },
	{ "status", SHAPE_STATUS }, { "effect", SHAPE_NUMBER_OR_NULL },
	{ "p_value", SHAPE_P_OR_NULL }, { "e_value", SHAPE_NUMBER_OR_NULL },
	{ "log10_e", SHAPE_NUMBER_OR_NULL }, { "null", SHAPE_TEXT_OR_NULL }, { "n", SHAPE_COUNT },
	{ "draws", SHAPE_COUNT }, { "similarity", SHAPE_SHARE_OR_NULL },
	{ "detail", SHAPE_TEXT_OR_NULL }, { "top", SHAPE_LIST }, { NULL, 0 } };

const struct shape_of shapes_ledger[] = { { "term", SHAPE_TEXT }, { "log_odds", SHAPE_NUMBER },
	{ "detail", SHAPE_TEXT_OR_NULL }, { NULL, 0 } };

const struct shape_of shapes_counterfactual[] = { { "without", SHAPE_TEXT },
	{ "confidence", SHAPE_SHARE_OR_NULL }, { "verdict", SHAPE_VERDICT }, { NULL, 0 } };

const struct shape_of shapes_batch[] = { { "sessions", SHAPE_COUNT }, { "sources", SHAPE_COUNT },
	{ "nodes", SHAPE_COUNT }, { "visits", SHAPE_COUNT }, { "pairs_possible", SHAPE_COUNT },
	{ "pairs_tested", SHAPE_COUNT }, { "edges", SHAPE_COUNT }, { "worlds", SHAPE_COUNT },
	{ "worlds_with_cluster", SHAPE_COUNT }, { "first_seen", SHAPE_TIME_OR_NULL },
	{ "last_seen", SHAPE_TIME_OR_NULL }, { NULL, 0 } };

const struct shape_of shapes_provenance[] = { { "version", SHAPE_TEXT_OR_NULL },
	{ "input_sha256", SHAPE_HASH }, { "reference", SHAPE_REFERENCE },
	{ "reference_given", SHAPE_TRUTH }, { "model", SHAPE_HASH_OR_NULL },
	{ "configuration_sha256", SHAPE_HASH }, { "seed", SHAPE_SEED },
	{ "configuration", SHAPE_OBJECT }, { "files", SHAPE_LIST }, { "methods", SHAPE_OBJECT },
	{ NULL, 0 } };

const char *
shape_text(enum shape shape)
{
	static const char *const texts[] = {
#define SHAPE_TEXT_OF(name, text) [SHAPE_##name] = text,
		SHAPES(SHAPE_TEXT_OF)
#undef SHAPE_TEXT_OF
	};

	return texts[shape];
}

static bool
is_hash(struct sv text)
{
	if (text.len != 64)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (sv_find_char(SV("0123456789abcdef"), text.data[i]) == SIZE_MAX)
			return false;
	return true;
}

static bool
is_uuid(struct sv text)
{
	if (text.len != 36)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (sv_find_char(dash ? SV("-") : SV("0123456789abcdef"), text.data[i]) == SIZE_MAX)
			return false;
	}
	return true;
}

static bool
is_time(struct sv text)
{
	int64_t at;

	return text.len >= 20 && sv_ends(text, SV("Z")) && time_parse(text, 0, &at);
}

static bool
is_one_of(struct sv text, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sv_eq(text, sv_from(names[i])))
			return true;
	return false;
}

static bool
text_fits(struct sv text, enum shape shape)
{
	static const char *const statuses[] = { "tested", "defining", "abstained", "excluded" };
	const char *verdicts[] = { detect_verdict_name(VERDICT_INSUFFICIENT),
		detect_verdict_name(VERDICT_COINCIDENTAL), detect_verdict_name(VERDICT_CAMPAIGN),
		detect_verdict_name(VERDICT_SINGLE_ACTOR) };
	uint64_t number;

	switch (shape) {
	case SHAPE_VERDICT:
		return is_one_of(text, verdicts, 4);
	case SHAPE_STATUS:
		return is_one_of(text, statuses, 4);
	case SHAPE_TIME:
	case SHAPE_TIME_OR_NULL:
		return is_time(text);
	case SHAPE_REFERENCE:
		return is_hash(text) || sv_eq(text, SV("batch"));
	case SHAPE_HASH:
	case SHAPE_HASH_OR_NULL:
		return is_hash(text);
	case SHAPE_SEED:
		return sv_to_u64(text, &number);
	case SHAPE_UUID:
		return is_uuid(text);
	default:
		return shape == SHAPE_TEXT || shape == SHAPE_TEXT_OR_NULL;
	}
}

static bool
is_share(struct json_value v)
{
	double x;

	return json_f64(v, &x) && x >= 0 && x <= 1;
}

static bool
number_fits(struct json_value v, enum shape shape)
{
	double x = (double)NAN;
	uint64_t n;

	switch (shape) {
	case SHAPE_COUNT:
		return json_u64(v, &n);
	case SHAPE_SHARE_OR_NULL:
		return is_share(v);
	case SHAPE_P_OR_NULL:
		return json_f64(v, &x) && x > 0 && x <= 1;
	default:
		return (shape == SHAPE_NUMBER || shape == SHAPE_NUMBER_OR_NULL) &&
		       json_f64(v, &x) && isfinite(x);
	}
}

static bool
all_shares(struct json_value object)
{
	struct json_iter each = json_each(object);
	struct json_value v;
	struct sv key;

	while (json_next_member(&each, &key, &v))
		if (!is_share(v))
			return false;
	return true;
}

static bool
is_interval(struct json_value v)
{
	struct json_iter each = json_each(v);
	struct json_value low, high;
	double a = 0, b = 0;

	return json_count(v) == 2 && json_next(&each, &low) && json_next(&each, &high) &&
	       is_share(low) && is_share(high) && json_f64(low, &a) && json_f64(high, &b) && a <= b;
}

static bool
null_fits(enum shape shape)
{
	switch (shape) {
	case SHAPE_TEXT_OR_NULL:
	case SHAPE_NUMBER_OR_NULL:
	case SHAPE_SHARE_OR_NULL:
	case SHAPE_P_OR_NULL:
	case SHAPE_TIME_OR_NULL:
	case SHAPE_HASH_OR_NULL:
	case SHAPE_INTERVAL:
		return true;
	default:
		return false;
	}
}

bool
shape_fits(struct json_value v, enum shape shape)
{
	struct sv text = SV_NONE;

	if (!json_exists(v))
		return false;
	switch (json_type(v)) {
	case JSON_NULL:
		return null_fits(shape);
	case JSON_BOOL:
		return shape == SHAPE_TRUTH;
	case JSON_STRING:
		return json_string(v, &text) && text_fits(text, shape);
	case JSON_ARRAY:
		return shape == SHAPE_LIST || (shape == SHAPE_INTERVAL && is_interval(v));
	case JSON_OBJECT:
		return shape == SHAPE_OBJECT || (shape == SHAPE_SHARES && all_shares(v));
	default:
		return number_fits(v, shape);
	}
}
