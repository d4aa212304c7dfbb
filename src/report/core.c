/* core.c - the hash of what a document says. It is taken of a compact copy, so that layout does not matter, and leaves out what the hash is part of (workflow, chain),
 * what may differ between runs that say the same (narrative of a model), and what names things of the caller's (id, paths). */
#include "report/document.h"

static const size_t core_most = (size_t)4 << 30;

static bool
is_one_of(struct sv key, const char *const *keys)
{
	for (size_t i = 0; keys[i] != NULL; i++)
		if (sv_eq(key, sv_from(keys[i])))
			return true;
	return false;
}

/* An object without these members. */
static void
copy_without(struct jsonw *w, struct json_value object, const char *const *keys)
{
	struct json_iter each = json_each(object);
	struct json_value value;
	struct sv key;

	while (json_next_member(&each, &key, &value)) {
		if (is_one_of(key, keys))
			continue;
		jsonw_key_sv(w, key);
		document_copy(w, value);
	}
}

static void
copy_core(struct jsonw *w, struct json_value document)
{
	static const char *const apart[] = { "analysis_id", "narrative", "workflow",
		"evidence_chain", "sessions", "input", "provenance", NULL };
	static const char *const files[] = { "files", NULL };

	jsonw_object(w);
	copy_without(w, document, apart);
	jsonw_key(w, "provenance");
	jsonw_object(w);
	copy_without(w, json_get(document, SV("provenance")), files);
	jsonw_end(w);
	jsonw_end(w);
}

enum coord_err
report_core_hash(struct sv result_json, char ret[65], struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(core_most);
	struct jsonw w = jsonw_init(&text, false);
	struct json_parser *parser = NULL;
	struct json_value document;
	enum coord_err rc = document_parse(result_json, &parser, &document, err);
	uint8_t sha[32];

	if (rc == COORD_OK) {
		copy_core(&w, document);
		rc = document_done(&text, err);
	}
	json_parser_free(parser);
	if (rc != COORD_OK)
		return rc;
	sha256_of(text.data, text.len, sha);
	hex_of(sha, sizeof(sha), ret);
	return COORD_OK;
}
