/* misp.c - a MISP server of the operator's choice, /attributes/restSearch: attributes that others shared (reference section 2.9).
 *
 * Leaves     the indicator and the key (header Authorization, bare), to the server that the operator names: there is no default.
 * Terms      what the server's sharing groups say; each attribute's TLP comes along as a tag. Nothing is written: no sightings, no events.
 * Warning lists: enforceWarninglist leaves out at the server what is on one (public resolvers, big sites); an attribute that tells of one all the same,
 *            or is tagged as a false positive, is counted and not listed.
 * Pages      of 100, five at most: a value in more than 500 attributes is known well enough. */
#include "tools/providers/common.h"

enum { BODY_MOST = 16384, PAGE = 100, PAGES_MOST = 5, NAMES_MOST = 5, TAGS_MOST = 4 };

static const char *const address_types[] = { "ip-src", "ip-dst", "ip-src|port", "ip-dst|port",
	"domain|ip", NULL };
static const char *const hash_types[] = { "md5", "sha1", "sha256", "filename|md5", "filename|sha1",
	"filename|sha256", NULL };
static const char *const url_types[] = { "url", "uri", "link", NULL };
static const char *const domain_types[] = { "domain", "hostname", "domain|ip", "hostname|port",
	NULL };
static const char *const *const types[ASK_KINDS] = {
	[ASK_ADDRESS] = address_types,
	[ASK_HASH] = hash_types,
	[ASK_URL] = url_types,
	[ASK_DOMAIN] = domain_types,
};

static void
put_list(struct jsonw *w, const char *key, struct sv one, const char *const *many)
{
	jsonw_key(w, key);
	jsonw_array(w);
	if (one.data != NULL)
		jsonw_sv(w, one);
	for (; many != NULL && *many != NULL; many++)
		jsonw_str(w, *many);
	jsonw_end(w);
}

static enum coord_err
search_build(const struct tools_question *question, const struct provider_setup *setup,
    struct arena *arena, struct provider_request *ret, struct coord_error *err)
{
	struct buf out = BUF_INIT(BODY_MOST);
	struct jsonw w = jsonw_init(&out, false);
	struct addr a;

	if ((unsigned)question->kind >= ASK_KINDS || types[question->kind] == NULL)
		return error_set(err, COORD_EINVALID, "expected an address, hash, URL or domain");
	if (question->kind == ASK_ADDRESS)
		TRY(question_address(question, true, &a, err));
	ret->path = SV("/attributes/restSearch");
	request_header(ret, "Accept", "application/json");
	request_header(ret, "Content-Type", "application/json");
	jsonw_object(&w);
	jsonw_key(&w, "returnFormat");
	jsonw_str(&w, "json");
	put_list(&w, "value", question->text, NULL);
	put_list(&w, "type", SV_NONE, types[question->kind]);
	jsonw_key(&w, "enforceWarninglist");
	jsonw_bool(&w, true);
	jsonw_key(&w, "includeEventTags");
	jsonw_bool(&w, true);
	jsonw_key(&w, "page");
	jsonw_u64(&w, setup->page == 0 ? 1 : setup->page);
	jsonw_key(&w, "limit");
	jsonw_u64(&w, PAGE);
	jsonw_end(&w);
	return request_body(ret, arena, &out, err);
}

/* --- answers -------------------------------------------------------------------------------------------------------------- */

/** "198.51.100.7", or one half of "example.net|198.51.100.7". */
static bool
is_the_one(struct json_value attribute, const struct tools_question *question)
{
	struct sv rest = text_of(attribute, "value");
	struct addr asked, said;
	bool address = question->kind == ASK_ADDRESS && addr_parse(question->text, &asked);

	if (sv_ieq(rest, question->text))
		return true;
	while (rest.data != NULL) {
		struct sv part = sv_cut(&rest, '|');

		if (address ? addr_parse(part, &said) && addr_cmp(asked, said) == 0
			    : sv_ieq(part, question->text))
			return true;
	}
	return false;
}

static bool
starts_folded(struct sv s, const char *prefix)
{
	return sv_ieq(sv_first(s, strlen(prefix)), sv_from(prefix));
}

/** Adds the tags; is it marked as a false positive? */
static bool
add_tags(struct json_value tags, bool few, struct provider_facts *facts)
{
	struct json_iter iter = json_each(tags);
	struct json_value tag;
	bool denied = false;
	size_t n = 0;

	if (json_type(tags) != JSON_ARRAY)
		return false;
	while (json_next(&iter, &tag)) {
		struct sv name = text_of(tag, "name");

		denied = denied || (starts_folded(name, "false-positive:risk=") &&
				       !starts_folded(name, "false-positive:risk=\"low\"") &&
				       !starts_folded(name, "false-positive:risk=\"cannot-be"));
		if (few && name.len > 0 && n++ < TAGS_MOST)
			facts_text(facts, FACT_TAG, name);
	}
	return denied;
}

/** May it be acted upon, as those who shared it say? */
static bool
is_actionable(struct json_value attribute, bool denied)
{
	bool to_ids = false;

	(void)loose_bool(json_get(attribute, SV("to_ids")), &to_ids);
	return to_ids && !denied && json_count(json_get(attribute, SV("warnings"))) == 0;
}

static void
add_attribute(
    struct json_value attribute, int64_t nth, bool *actionable, struct provider_facts *facts)
{
	bool few = nth < NAMES_MOST, denied;
	struct json_value event = json_get(attribute, SV("Event"));

	denied = add_tags(json_get(attribute, SV("Tag")), few, facts);
	denied = add_tags(json_get(event, SV("Tag")), few, facts) || denied;
	*actionable = *actionable || is_actionable(attribute, denied);
	if (!few)
		return;
	facts_text(facts, FACT_CLASS, text_of(attribute, "category"));
	facts_text(facts, FACT_NAME, text_of(event, "info"));
	add_time(facts, FACT_LAST_SEEN, json_get(attribute, SV("timestamp")));
}

static enum tools_outcome
attributes_read(const struct tools_question *question, struct json_value attributes,
    struct provider_facts *facts)
{
	struct json_iter iter = json_each(attributes);
	struct json_value attribute;
	int64_t rows = 0, about = 0;
	bool actionable = false;

	for (; json_next(&iter, &attribute); rows++)
		if (is_the_one(attribute, question))
			add_attribute(attribute, about++, &actionable, facts);
	facts->more = rows >= PAGE;
	if (about == 0)
		return LOOKUP_MISS;
	if (actionable && question->kind == ASK_ADDRESS)
		label_add(facts, LABEL_MISP_TO_IDS, SV_NONE);
	facts_whole(facts, FACT_COUNT, about);
	return LOOKUP_HIT;
}

static enum tools_outcome
search_parse(const struct tools_question *question, const struct provider_reply *reply,
    struct provider_facts *facts)
{
	struct json_value response = json_get(reply->json, SV("response")),
			  attributes = json_get(response, SV("Attribute"));

	if (reply->status != 200)
		return provider_by_status(reply, false, facts);
	/* nothing found: {"response":{"Attribute":[]}}, older servers {"response":[]} */
	if (json_type(response) == JSON_ARRAY && json_count(response) == 0)
		return LOOKUP_MISS;
	if (json_type(attributes) != JSON_ARRAY)
		return facts_why(facts, LOOKUP_BAD_PAYLOAD, "no list `response.Attribute`");
	return attributes_read(question, attributes, facts);
}

const struct provider provider_misp = {
	.name = "misp",
	.title = "MISP",
	.leaves = "address, hash, URL or domain, key; to the server you name",
	.branch = BRANCH_INTEL,
	.base_url = "",
	.key_header = "Authorization",
	.needs_key = true,
	.per_second = 5,
	.hit_ttl_us = HOUR_US,
	.miss_ttl_us = HOUR_US,
	.worth = 0.5,
	.calls = { { .name = "attributes",
	    .kinds = BIT(ASK_ADDRESS) | BIT(ASK_HASH) | BIT(ASK_URL) | BIT(ASK_DOMAIN),
	    .build = search_build,
	    .parse = search_parse,
	    .pages_most = PAGES_MOST } },
	.n_calls = 1,
};
