/* answer.c - an answer as one JSON object and back: for the shared cache, the caller's journal and the result document. */
#include "tools/online/intel.h"
#include "tools/online/layer.h"

enum { ANSWER_MOST = 1 << 20, ANSWER_DEPTH = 6 };

const struct tools_fact *
tools_fact_of(const struct tools_answer *answer, enum tools_fact_name name)
{
	for (size_t i = 0; i < answer->n_facts; i++)
		if (answer->facts[i].name == name)
			return &answer->facts[i];
	return NULL;
}

static void
write_fact(struct jsonw *w, const struct tools_fact *fact)
{
	jsonw_object(w);
	jsonw_key(w, "name");
	jsonw_str(w, tools_fact_name(fact->name));
	switch (fact->type) {
	case FACT_IS_TEXT:
		jsonw_key(w, "text");
		jsonw_sv(w, fact->text);
		if (tools_fact_untrusted(fact->name)) {
			jsonw_key(w, "untrusted");
			jsonw_bool(w, true);
		}
		break;
	case FACT_IS_WHOLE:
		jsonw_key(w, "number");
		jsonw_i64(w, fact->number);
		break;
	case FACT_IS_REAL:
		jsonw_key(w, "real");
		jsonw_f64(w, fact->real);
		break;
	case FACT_IS_BOOL:
		jsonw_key(w, "yes");
		jsonw_bool(w, fact->number != 0);
		break;
	case FACT_IS_TIME:
		jsonw_key(w, "time_us");
		jsonw_i64(w, fact->number);
		break;
	}
	jsonw_end(w);
}

static void
write_text(struct jsonw *w, const char *key, struct sv text)
{
	if (text.len == 0)
		return;
	jsonw_key(w, key);
	jsonw_sv(w, text);
}

void
tools_answer_write(const struct tools_answer *answer, struct buf *out)
{
	struct jsonw writer = jsonw_init(out, false), *w = &writer;

	jsonw_object(w);
	write_text(w, "provider", sv_from(answer->lookup.provider));
	write_text(w, "call", sv_from(answer->lookup.call));
	write_text(w, "kind", sv_from(tools_kind_name(answer->lookup.question.kind)));
	jsonw_key(w, "text");
	jsonw_sv(
	    w, answer->lookup.question.text.data != NULL ? answer->lookup.question.text : SV(""));
	jsonw_key(w, "campaign");
	jsonw_u64(w, answer->lookup.question.campaign);
	write_text(w, "outcome", sv_from(tools_outcome_name(answer->outcome)));
	jsonw_key(w, "cached");
	jsonw_bool(w, answer->cached);
	jsonw_key(w, "tries");
	jsonw_u64(w, answer->tries);
	jsonw_key(w, "fetched_us");
	jsonw_i64(w, answer->fetched_us);
	if (answer->until_us != 0) {
		jsonw_key(w, "until_us");
		jsonw_i64(w, answer->until_us);
	}
	write_text(w, "why", answer->why);
	write_text(w, "sha256", sv_from(answer->sha256));
	jsonw_key(w, "facts");
	jsonw_array(w);
	for (size_t i = 0; i < answer->n_facts; i++)
		write_fact(w, &answer->facts[i]);
	jsonw_end(w);
	jsonw_end(w);
}

/* --- back ------------------------------------------------------------------------------------------------------------------- */

static bool
keep(struct json_value v, struct arena *arena, struct sv *ret)
{
	struct sv text;
	const char *copy;

	if (!json_string(v, &text))
		return false;
	copy = arena_strdup(arena, text);
	*ret = (struct sv){ copy, copy != NULL ? text.len : 0 };
	return copy != NULL;
}

static bool
find_name(struct json_value v, const char *(*name_of)(unsigned), unsigned n, unsigned *ret)
{
	struct sv text;

	if (!json_string(v, &text))
		return false;
	for (unsigned i = 0; i < n; i++)
		if (sv_eq(text, sv_from(name_of(i)))) {
			*ret = i;
			return true;
		}
	return false;
}

static const char *
kind_at(unsigned i)
{
	return tools_kind_name((enum tools_kind)i);
}

static const char *
outcome_at(unsigned i)
{
	return tools_outcome_name((enum tools_outcome)i);
}

static const char *
fact_at(unsigned i)
{
	return tools_fact_name((enum tools_fact_name)i);
}

static bool
read_fact(struct json_value v, struct arena *arena, struct tools_fact *ret)
{
	unsigned name;
	bool yes;

	if (!find_name(json_get(v, SV("name")), fact_at, FACT_NAMES, &name))
		return false;
	ret->name = (enum tools_fact_name)name;
	if (keep(json_get(v, SV("text")), arena, &ret->text)) {
		ret->type = FACT_IS_TEXT;
		return true;
	}
	if (json_i64(json_get(v, SV("number")), &ret->number)) {
		ret->type = FACT_IS_WHOLE;
		return true;
	}
	if (json_f64(json_get(v, SV("real")), &ret->real)) {
		ret->type = FACT_IS_REAL;
		return true;
	}
	if (json_i64(json_get(v, SV("time_us")), &ret->number)) {
		ret->type = FACT_IS_TIME;
		return true;
	}
	ret->type = FACT_IS_BOOL;
	if (!json_bool(json_get(v, SV("yes")), &yes))
		return false;
	ret->number = yes;
	return true;
}

static bool
read_facts(struct json_value list, struct arena *arena, struct tools_answer *answer)
{
	struct json_iter each = json_each(list);
	size_t n = json_count(list);
	struct tools_fact *facts =
	    n <= FACTS_MOST ? ARENA_ARRAY(arena, n, struct tools_fact) : NULL;
	struct json_value v;

	if (facts == NULL || json_type(list) != JSON_ARRAY)
		return false;
	while (json_next(&each, &v))
		if (!read_fact(v, arena, &facts[answer->n_facts++]))
			return false;
	answer->facts = facts;
	return true;
}

static bool
read_lookup(struct json_value v, struct arena *arena, struct tools_lookup *lookup)
{
	const struct provider *provider;
	const struct provider_call *call;
	struct sv provider_name, call_name;
	uint64_t campaign;
	unsigned kind;

	if (!json_string(json_get(v, SV("provider")), &provider_name) ||
	    !json_string(json_get(v, SV("call")), &call_name) ||
	    !find_name(json_get(v, SV("kind")), kind_at, ASK_KINDS, &kind) ||
	    !keep(json_get(v, SV("text")), arena, &lookup->question.text) ||
	    !json_u64(json_get(v, SV("campaign")), &campaign) || campaign > UINT32_MAX ||
	    (provider = provider_named(provider_name)) == NULL ||
	    (call = call_named(provider, call_name)) == NULL)
		return false;
	lookup->question.kind = (enum tools_kind)kind;
	lookup->question.campaign = (uint32_t)campaign;
	lookup->provider = provider->name;
	lookup->call = call->name;
	lookup->branch = provider->branch;
	lookup->key = sv_from(arena_printf(
	    arena, "%s/%s/%.*s", provider->name, call->name, SV_ARG(lookup->question.text)));
	return lookup->key.data != NULL;
}

static bool
read_rest(struct json_value v, struct arena *arena, struct tools_answer *answer)
{
	uint64_t tries;
	unsigned outcome;
	struct sv hash;

	if (!find_name(json_get(v, SV("outcome")), outcome_at, LOOKUP_OUTCOMES, &outcome) ||
	    !json_bool(json_get(v, SV("cached")), &answer->cached) ||
	    !json_u64(json_get(v, SV("tries")), &tries) || tries > 1000 ||
	    !json_i64(json_get(v, SV("fetched_us")), &answer->fetched_us) ||
	    !read_facts(json_get(v, SV("facts")), arena, answer))
		return false;
	answer->outcome = (enum tools_outcome)outcome;
	answer->tries = (unsigned)tries;
	(void)json_i64(json_get(v, SV("until_us")), &answer->until_us);
	(void)keep(json_get(v, SV("why")), arena, &answer->why);
	if (json_string(json_get(v, SV("sha256")), &hash) && hash.len == 64)
		memcpy(answer->sha256, hash.data, hash.len);
	return true;
}

enum coord_err
tools_answer_read(
    struct sv json, struct arena *arena, struct tools_answer *ret, struct coord_error *err)
{
	struct json_parser *parser = json_parser_new(ANSWER_MOST, ANSWER_DEPTH);
	struct tools_answer answer = { .tries = 0 };
	struct json_value v;
	enum coord_err rc;

	if (parser == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	rc = json_parse(parser, json.data, json.len, false, &v, err);
	if (rc == COORD_OK &&
	    (!read_lookup(v, arena, &answer.lookup) || !read_rest(v, arena, &answer)))
		rc = error_set(
		    err, COORD_EPARSE, "an answer of a provider that this program does not read");
	json_parser_free(parser);
	if (rc == COORD_OK)
		*ret = answer;
	return rc;
}
