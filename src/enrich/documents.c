/* documents.c - what is written of a result: one document an analysis, one a tested group, in the Elastic Common Schema with our own members under "coordination" (docs/enrich.md).
 * Only ids, names of ours, numbers, addresses and sentences of the narrative: nothing that an attacker wrote, so that nobody who reads an index meets it. */
#include <math.h>

#include "enrich/private.h"

enum { DEPTH_MOST = 32, ADDRESSES_MOST = 10000, TECHNIQUES_MOST = 200, SENTENCES_MOST = 200 };

static const size_t document_most = (size_t)4 << 30, narrative_most = (size_t)4 << 20,
		    item_most = (size_t)4 << 20;

struct making {
	struct json_value document, narrative, campaign;
	struct sv id;
	char created[TIME_TEXT_MAX];
	struct arena *arena;
};

static struct json_value
at(struct json_value object, const char *key)
{
	return json_get(object, sv_from(key));
}

/* --- members, left out when there is none --------------------------------------------------------------------------------- */

static void
copy_text(struct jsonw *w, const char *as, struct json_value object, const char *key)
{
	struct sv text;

	if (!json_string(at(object, key), &text))
		return;
	jsonw_key(w, as);
	jsonw_sv(w, text);
}

static void
copy_share(struct jsonw *w, const char *as, struct json_value object, const char *key)
{
	double share;

	if (!json_f64(at(object, key), &share))
		return;
	jsonw_key(w, as);
	jsonw_prob(w, share);
}

static void
copy_count(struct jsonw *w, const char *as, struct json_value object, const char *key)
{
	int64_t n;

	if (!json_i64(at(object, key), &n))
		return;
	jsonw_key(w, as);
	jsonw_i64(w, n);
}

static void
key_text(struct jsonw *w, const char *key, struct sv text)
{
	jsonw_key(w, key);
	jsonw_sv(w, text);
}

/* Texts of an array; with `of`, that member of its objects. */
static void
copy_texts(struct jsonw *w, const char *as, struct json_value array, const char *of, size_t most)
{
	struct json_iter each = json_each(array);
	struct json_value value;
	struct sv text;

	jsonw_key(w, as);
	jsonw_array(w);
	while (most > 0 && json_next(&each, &value)) {
		if (!json_string(of == NULL ? value : at(value, of), &text))
			continue;
		jsonw_sv(w, text);
		most--;
	}
	jsonw_end(w);
}

/* --- parts ------------------------------------------------------------------------------------------------------------------ */

static void
write_event(struct jsonw *w, const struct making *m, const char *dataset, struct sv id)
{
	struct json_value of = json_exists(m->campaign) ? m->campaign : m->document;
	double confidence;

	jsonw_key(w, "event");
	jsonw_object(w);
	key_text(w, "kind", SV("enrichment"));
	jsonw_key(w, "category");
	jsonw_array(w);
	jsonw_str(w, "threat");
	jsonw_end(w);
	jsonw_key(w, "type");
	jsonw_array(w);
	jsonw_str(w, "indicator");
	jsonw_end(w);
	key_text(w, "module", SV("coordination"));
	key_text(w, "dataset", sv_from(dataset));
	key_text(w, "id", id);
	copy_text(w, "start", of, "first_seen");
	copy_text(w, "end", of, "last_seen");
	if (json_f64(at(of, json_exists(m->campaign) ? "confidence" : "coordination_confidence"),
		&confidence)) {
		jsonw_key(w, "risk_score");
		jsonw_i64(w, (int64_t)lround(confidence * 100));
	}
	jsonw_end(w);
}

static void
begin(struct jsonw *w, const struct making *m, const char *dataset, struct sv id)
{
	jsonw_object(w);
	jsonw_key(w, "@timestamp");
	jsonw_str(w, m->created);
	jsonw_key(w, "ecs");
	jsonw_object(w);
	key_text(w, "version", SV("8.11.0"));
	jsonw_end(w);
	write_event(w, m, dataset, id);
}

static void
write_interval(struct jsonw *w, struct json_value of)
{
	struct json_iter each = json_each(at(of, "confidence_interval"));
	static const char *const names[] = { "confidence_low", "confidence_high" };
	struct json_value bound;
	double value;

	for (size_t i = 0; i < 2 && json_next(&each, &bound); i++)
		if (json_f64(bound, &value)) {
			jsonw_key(w, names[i]);
			jsonw_prob(w, value);
		}
}

static void
write_threat(struct jsonw *w, const struct making *m)
{
	struct json_value c = m->campaign;

	jsonw_key(w, "threat");
	jsonw_object(w);
	key_text(w, "framework", SV("MITRE ATT&CK"));
	jsonw_key(w, "group");
	jsonw_object(w);
	copy_text(w, "id", c, "key");
	jsonw_end(w);
	jsonw_key(w, "technique");
	jsonw_object(w);
	copy_texts(w, "id", at(c, "techniques"), NULL, TECHNIQUES_MOST);
	jsonw_end(w);
	jsonw_end(w);
	jsonw_key(w, "related");
	jsonw_object(w);
	copy_texts(w, "ip", at(c, "sources"), NULL, ADDRESSES_MOST);
	jsonw_end(w);
}

/* Those that speak for coordination. */
static void
write_channels(struct jsonw *w, struct json_value evidence)
{
	struct json_iter each = json_each(evidence);
	struct json_value channel;
	struct sv name;
	double weight;

	jsonw_key(w, "channels");
	jsonw_array(w);
	while (json_next(&each, &channel))
		if (json_string(at(channel, "channel"), &name) &&
		    json_f64(at(channel, "log10_e"), &weight) && weight > 0)
			jsonw_sv(w, name);
	jsonw_end(w);
}

static void
write_campaign(struct jsonw *w, const struct making *m, struct sv id)
{
	struct json_value c = m->campaign, counts = at(c, "counts");

	begin(w, m, "coordination.campaign", id);
	write_threat(w, m);
	jsonw_key(w, "coordination");
	jsonw_object(w);
	key_text(w, "analysis_id", m->id);
	copy_text(w, "campaign", c, "id");
	copy_text(w, "key", c, "key");
	copy_text(w, "verdict", c, "verdict");
	copy_text(w, "qualifier", c, "qualifier");
	copy_text(w, "explanation", c, "explanation");
	copy_share(w, "confidence", c, "confidence");
	write_interval(w, c);
	copy_share(w, "single_actor", c, "single_actor");
	copy_share(w, "stability", c, "stability");
	copy_count(w, "sources", counts, "sources");
	copy_count(w, "sessions", counts, "sessions");
	copy_count(w, "sensors", counts, "sensors");
	write_channels(w, at(c, "evidence"));
	jsonw_end(w);
	jsonw_end(w);
}

static void
write_analysis(struct jsonw *w, const struct making *m)
{
	begin(w, m, "coordination.analysis", m->id);
	jsonw_key(w, "coordination");
	jsonw_object(w);
	key_text(w, "analysis_id", m->id);
	copy_text(w, "verdict", m->document, "verdict");
	copy_share(w, "confidence", m->document, "coordination_confidence");
	write_interval(w, m->document);
	copy_share(w, "coverage", m->document, "coverage");
	jsonw_key(w, "campaigns");
	jsonw_u64(w, json_count(at(m->document, "campaigns")));
	copy_count(w, "sources", at(m->document, "batch"), "sources");
	copy_count(w, "sessions", at(m->document, "batch"), "sessions");
	copy_texts(w, "narrative", at(m->narrative, "sentences"), "text", SENTENCES_MOST);
	jsonw_end(w);
	jsonw_end(w);
}

/* --- the whole -------------------------------------------------------------------------------------------------------------- */

static enum coord_err
keep(const struct making *m, const struct buf *text, struct sv *ret, struct coord_error *err)
{
	const char *copy = text->failed ? NULL : arena_strdup(m->arena, buf_sv(text));

	if (copy == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for documents");
	*ret = (struct sv){ copy, text->len };
	return COORD_OK;
}

/* The group that `m` has now; without one, the whole. */
static enum coord_err
make(const struct making *m, struct enrich_item *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(item_most);
	CLEANUP(buf_clear) struct buf id = BUF_INIT(1024);
	struct jsonw w = jsonw_init(&text, false);
	struct sv campaign = SV_NONE;

	(void)json_string(at(m->campaign, "id"), &campaign);
	buf_add_sv(&id, m->id);
	if (json_exists(m->campaign)) {
		buf_add_char(&id, ':');
		buf_add_sv(&id, campaign);
	}
	TRY(keep(m, &id, &ret->id, err));
	if (json_exists(m->campaign))
		write_campaign(&w, m, ret->id);
	else
		write_analysis(&w, m);
	return keep(m, &text, &ret->source, err);
}

static enum coord_err
make_all(struct making *m, struct enrich_item **ret, size_t *n, struct coord_error *err)
{
	struct json_value list = at(m->document, "campaigns");
	struct json_iter each = json_each(list);
	size_t room = json_count(list) + 1, made = 0;
	struct enrich_item *items = ARENA_ARRAY(m->arena, room, struct enrich_item);

	if (json_type(list) != JSON_ARRAY)
		return error_set(err, COORD_EPARSE, "no result document: campaigns");
	if (items == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for documents");
	TRY(make(m, &items[made++], err));
	while (made < room && json_next(&each, &m->campaign))
		TRY(make(m, &items[made++], err));
	*ret = items;
	*n = made;
	return COORD_OK;
}

static void
free_parser(struct json_parser **parser)
{
	json_parser_free(*parser);
}

enum coord_err
enrich_documents(struct sv document, struct sv narrative, struct sv id, int64_t created_us,
    struct arena *arena, struct enrich_item **ret, size_t *n, struct coord_error *err)
{
	CLEANUP(free_parser)
	struct json_parser *parser = json_parser_new(document_most, DEPTH_MOST);
	CLEANUP(free_parser)
	struct json_parser *second = json_parser_new(narrative_most, DEPTH_MOST);
	struct making m = { .id = id, .arena = arena };

	if (parser == NULL || second == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for documents");
	time_format(created_us, false, m.created);
	TRY(json_parse(parser, document.data, document.len, false, &m.document, err));
	if (narrative.len > 0)
		TRY(json_parse(second, narrative.data, narrative.len, false, &m.narrative, err));
	return make_all(&m, ret, n, err);
}
