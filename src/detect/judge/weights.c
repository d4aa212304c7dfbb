/* weights.c - reads the model file: JSON, every number checked, features by name. A feature that the file does not name
 * weighs nothing, so a new channel is shown but not counted until the model is trained with it. */
#include "detect/judge/venn_abers.h"

#include <math.h>
#include <stdlib.h>

static const double weight_most = 1000, score_most = 1000;

struct reading {
	struct detect_model *m;
	const char *where; /* for errors: which part of the file */
	struct coord_error *err;
};

static enum coord_err
bad(const struct reading *r, const char *field, const char *expected)
{
	return error_set(
	    r->err, COORD_EPARSE, "model: %s%s: expected %s", r->where, field, expected);
}

static enum coord_err
read_number(
    const struct reading *r, struct json_value from, const char *field, double most, double *ret)
{
	double value;

	if (!json_f64(json_get(from, sv_from(field)), &value) || !(fabs(value) <= most))
		return bad(r, field, "a number of moderate size");
	*ret = value;
	return COORD_OK;
}

static bool
find_feature(struct sv name, unsigned *ret)
{
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		if (sv_eq(name, sv_from(detect_feature_name(f)))) {
			*ret = f;
			return true;
		}
	return false;
}

static enum coord_err
read_linear(
    const struct reading *r, struct json_value from, bool monotone, struct weights_linear *ret)
{
	struct json_iter each = json_each(json_get(from, SV("features")));
	struct json_value v;
	struct sv name;
	unsigned f;

	TRY(read_number(r, from, "intercept", weight_most, &ret->intercept));
	while (json_next_member(&each, &name, &v)) {
		if (!find_feature(name, &f)) /* trained with a channel that this program lacks */
			return bad(r, "features", "names that this program knows");
		TRY(read_number(r, v, "weight", weight_most, &ret->weight[f]));
		TRY(read_number(r, v, "present", weight_most, &ret->present[f]));
		if (monotone && ret->weight[f] < 0)
			return bad(r, "features.weight", "no negative weight");
	}
	return COORD_OK;
}

static enum coord_err
read_calibration(const struct reading *r, struct json_value from, struct weights_calibration *ret)
{
	struct json_iter each = json_each(json_get(from, SV("scores")));
	struct json_value v;
	struct sv truths;
	uint32_t i = 0;

	if (!json_string(json_get(from, SV("truths")), &truths) || truths.len == 0 ||
	    truths.len > CALIBRATION_MOST || json_count(json_get(from, SV("scores"))) != truths.len)
		return bad(r, "calibration", "as many truths (0 or 1) as scores");
	ret->n = (uint32_t)truths.len;
	ret->score = ARENA_ARRAY_RAW(r->m->arena, ret->n, double);
	ret->truth = ARENA_ARRAY_RAW(r->m->arena, ret->n, bool);
	if (ret->score == NULL || ret->truth == NULL)
		return error_set(r->err, COORD_ENOMEM, "model: out of memory");
	for (; json_next(&each, &v); i++) {
		if (!json_f64(v, &ret->score[i]) || !(fabs(ret->score[i]) <= score_most) ||
		    (i > 0 && ret->score[i] < ret->score[i - 1]))
			return bad(r, "calibration.scores", "ascending numbers");
		if (truths.data[i] != '0' && truths.data[i] != '1')
			return bad(r, "calibration.truths", "0 or 1");
		ret->truth[i] = truths.data[i] == '1';
	}
	if (venn_abers_prepare(ret, r->m->arena) != COORD_OK)
		return error_set(r->err, COORD_ENOMEM, "model: out of memory");
	return COORD_OK;
}

static enum coord_err
read_head(struct reading *r, struct json_value heads, const char *name, struct weights_head *ret)
{
	struct json_value from = json_get(heads, sv_from(name));

	r->where = arena_printf(r->m->arena, "%s.", name);
	if (r->where == NULL)
		return error_set(r->err, COORD_ENOMEM, "model: out of memory");
	if (json_type(from) != JSON_OBJECT)
		return bad(r, "", "an object");
	TRY(read_linear(r, json_get(from, SV("coordinated")), true, &ret->coordinated));
	TRY(read_linear(r, json_get(from, SV("single_actor")), false, &ret->single_actor));
	TRY(read_number(r, from, "base_rate", 1, &ret->base_rate));
	if (!(ret->base_rate > 0 && ret->base_rate < 1))
		return bad(r, "base_rate", "a number between 0 and 1");
	return read_calibration(r, json_get(from, SV("calibration")), &ret->calibration);
}

static enum coord_err
read_file(struct reading *r, struct json_value file)
{
	struct json_value heads = json_get(file, SV("heads"));
	struct sv format, name;
	uint64_t version;

	r->where = "";
	if (!json_string(json_get(file, SV("format")), &format) ||
	    !sv_eq(format, SV("coord-model")))
		return bad(r, "format", "\"coord-model\"");
	if (!json_u64(json_get(file, SV("version")), &version) || version != WEIGHTS_VERSION)
		return bad(r, "version", "1");
	if (!json_string(json_get(file, SV("name")), &name) || name.len > 200)
		return bad(r, "name", "a short text");
	if (!json_bool(json_get(file, SV("trained")), &r->m->trained))
		return bad(r, "trained", "true or false");
	if ((r->m->name = arena_strdup(r->m->arena, name)) == NULL)
		return error_set(r->err, COORD_ENOMEM, "model: out of memory");
	TRY(read_head(r, heads, "with_reference", &r->m->with_reference));
	return read_head(r, heads, "without_reference", &r->m->without_reference);
}

static enum coord_err
parse_into(struct detect_model *m, struct sv json, struct coord_error *err)
{
	struct json_parser *parser = json_parser_new(WEIGHTS_BYTES_MOST, 8);
	struct reading r = { .m = m, .err = err };
	struct json_value file;
	uint8_t sha[32];
	enum coord_err rc;

	if (parser == NULL)
		return error_set(err, COORD_ENOMEM, "model: out of memory");
	rc = json_parse(parser, json.data, json.len, false, &file, err);
	if (rc == COORD_OK)
		rc = read_file(&r, file);
	json_parser_free(parser);
	sha256_of(json.data, json.len, sha);
	hex_of(sha, sizeof(sha), m->hash);
	return rc;
}

enum coord_err
detect_model_parse(struct sv json, struct detect_model **ret, struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	struct detect_model *m = arena == NULL ? NULL : ARENA_NEW(arena, struct detect_model);
	enum coord_err rc;

	if (m == NULL) {
		arena_free(arena);
		return error_set(err, COORD_ENOMEM, "model: out of memory");
	}
	m->arena = arena;
	if ((rc = parse_into(m, json, err)) != COORD_OK) {
		arena_free(arena);
		return rc;
	}
	*ret = m;
	return COORD_OK;
}

void
detect_model_free(struct detect_model *model)
{
	if (model != NULL)
		arena_free(model->arena);
}

const char *
detect_model_name(const struct detect_model *model)
{
	return model->name;
}

const char *
detect_model_hash(const struct detect_model *model)
{
	return model->hash;
}

/* Made from weights.json at build time, beside this file. */
extern const unsigned char weights_json[];
extern const size_t weights_json_len;

struct sv
detect_model_builtin(void)
{
	return (struct sv){ (const char *)weights_json, weights_json_len };
}
