/* version.c - `coord version`, and with --methods what this version does, for programs: its channels and nulls from the
 * registry of detect/, its constants from the sources that use them (constants.def), its model by hash. */
#include "cli/command.h"
#include "cli/constants.h"
#include "cli/output.h"
#include "detect/detect.h"

/* clang-format off */
static const struct option options[] = {
	{ "--methods", 0, NULL, OPTION_FLAG, OPTION_AT(methods), 0, 0, NULL, NULL,
	  "Print every evidence channel, null, feature and constant of this version as JSON, each with its source and test." },
	OUTPUT_OPTION,
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord version --methods | jq '.channels[].name'", "the evidence channels" },
	{ "coord version --methods | jq '.constants[] | select(.name == \"fdr\")'",
	    "one constant, where it comes from and which test checks it" },
	{ NULL, NULL },
};

static void
key_str(struct jsonw *w, const char *key, const char *value)
{
	jsonw_key(w, key);
	jsonw_str(w, value);
}

static void
write_channels(struct jsonw *w)
{
	jsonw_key(w, "channels");
	jsonw_array(w);
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		const char *null_name = detect_channel_null(c);

		jsonw_object(w);
		key_str(w, "name", detect_channel_name(c));
		key_str(w, "title", detect_channel_title(c));
		key_str(w, "family", detect_channel_family(c));
		key_str(w, "evidence_key", detect_channel_key(c));
		key_str(w, "null", null_name);
		key_str(w, "null_meaning",
		    null_name == NULL ? NULL : detect_null_meaning(sv_from(null_name)));
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_nulls(struct jsonw *w)
{
	const char *name, *meaning;

	jsonw_key(w, "nulls");
	jsonw_array(w);
	for (size_t i = 0; (name = detect_null_at(i, &meaning)) != NULL; i++) {
		jsonw_object(w);
		key_str(w, "name", name);
		key_str(w, "meaning", meaning);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_features(struct jsonw *w)
{
	jsonw_key(w, "features");
	jsonw_array(w);
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		jsonw_str(w, detect_feature_name(f));
	jsonw_end(w);
}

static void
write_constants(struct jsonw *w)
{
	jsonw_key(w, "constants");
	jsonw_array(w);
	for (const struct constant *c = constants; c->name != NULL; c++) {
		jsonw_object(w);
		key_str(w, "name", c->name);
		jsonw_key(w, "value");
		jsonw_raw(w, sv_from(c->value));
		key_str(w, "unit", c->unit[0] != 0 ? c->unit : NULL);
		key_str(w, "meaning", c->meaning);
		key_str(w, "source", c->source);
		key_str(w, "file", c->file);
		key_str(w, "test", c->test);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static enum coord_err
write_model(struct jsonw *w, struct coord_error *err)
{
	struct detect_model *model;

	TRY(detect_model_parse(detect_model_builtin(), &model, err));
	key_str(w, "model", detect_model_hash(model));
	detect_model_free(model);
	return COORD_OK;
}

static enum coord_err
write_methods(struct buf *out, struct coord_error *err)
{
	struct jsonw w = jsonw_init(out, true);

	jsonw_object(&w);
	key_str(&w, "version", COORD_VERSION);
	TRY(write_model(&w, err));
	jsonw_key(&w, "verdicts");
	jsonw_array(&w);
	for (unsigned v = 0; v <= VERDICT_SINGLE_ACTOR; v++)
		jsonw_str(&w, detect_verdict_name((enum detect_verdict)v));
	jsonw_end(&w);
	write_channels(&w);
	write_nulls(&w);
	write_features(&w);
	write_constants(&w);
	jsonw_end(&w);
	buf_add_char(out, '\n');
	return COORD_OK;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT(1 << 22);
	struct coord_error err;
	enum cli_status status;

	if (!settings->methods)
		buf_add_str(&out, "coord " COORD_VERSION "\n");
	if (settings->methods && write_methods(&out, &err) != COORD_OK)
		status = complain_error(self, &err);
	else
		status = output_whole(self, settings->output, &out);
	buf_clear(&out);
	return status;
}

const struct command command_version = {
	.name = "version",
	.operands = "",
	.title = "Print the version, or what it does",
	.about = "Every result names the version that made it. --methods is for reviewers and "
		 "programs: the set of channels is open, so a client reads it here.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
