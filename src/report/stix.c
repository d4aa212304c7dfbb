/* stix.c - a STIX 2.1 bundle: what other platforms need to act on a campaign.
 * Only groups with a verdict that names an actor are exported. For each: the campaign; its techniques; for each source
 * an address, what was observed of it and an indicator that expires; and an indicator for each exclusive file or URL.
 * Every id is name-based and every time comes from the data, so the same result gives the same bytes and a second
 * import changes nothing. Times of objects that never change (identity, techniques) are one constant. */
#include "report/stix.h"

#include <math.h>
#include <stdio.h>

#include "report/members.h"

#define STIX_CONSTANT_TIME "2026-01-05T00:00:00.000Z"

/* An address changes hands; an indicator on it is not forever. */
static const int64_t valid_for_us = INT64_C(30) * 86400 * TIME_SECOND;

enum { URLS_MOST = 20 }; /* of one form */

struct stix {
	const struct report_input *in;
	struct jsonw w;
	struct coord_error *err;
	char analysis[UUID_TEXT];
	char identity[STIX_ID];
	struct map written; /* hash of the ids that are in the bundle */
	/* the campaign being written */
	const struct detect_campaign *campaign;
	char campaign_id[STIX_ID];
	char modified[STIX_TIME];
};

static void
key_str(struct stix *s, const char *key, const char *value)
{
	jsonw_key(&s->w, key);
	jsonw_str(&s->w, value);
}

static void
key_time(struct stix *s, const char *key, int64_t us)
{
	char text[STIX_TIME];

	stix_time(us, text);
	key_str(s, key, text);
}

/* True once for each id. */
static bool
is_new(struct stix *s, const char *id)
{
	uint32_t *slot = map_slot(&s->written, hash_content(sv_from(id)));

	if (slot == NULL || *slot != MAP_NONE)
		return false;
	*slot = 1;
	return true;
}

static void
open_observable(struct stix *s, const char *type, const char *id)
{
	jsonw_object(&s->w);
	key_str(s, "type", type);
	key_str(s, "spec_version", "2.1");
	key_str(s, "id", id);
}

static void
open_object(struct stix *s, const char *type, const char *id, const char *time)
{
	open_observable(s, type, id);
	if (strcmp(type, "identity") != 0)
		key_str(s, "created_by_ref", s->identity);
	key_str(s, "created", time);
	key_str(s, "modified", time);
}

static void
key_confidence(struct stix *s)
{
	double confidence = s->campaign->confidence;

	jsonw_key(&s->w, "confidence");
	jsonw_u64(&s->w, isfinite(confidence) ? (uint64_t)floor(confidence * 100 + 1e-9) : 0);
}

/* "<analysis>/<campaign>/<rest>": unique in the bundle, the same next time. */
static enum coord_err
campaign_object_id(struct stix *s, const char *type, struct sv rest, char ret[STIX_ID])
{
	CLEANUP(buf_clear) struct buf name = BUF_INIT(1 << 24);

	buf_printf(&name, "%s/%s", s->analysis, s->campaign->id);
	if (rest.len > 0)
		buf_add_char(&name, '/');
	buf_add_sv(&name, rest);
	return stix_id(type, buf_cstr(&name), ret, s->err);
}

static void
write_identity(struct stix *s)
{
	open_object(s, "identity", s->identity, STIX_CONSTANT_TIME);
	key_str(s, "name", "DShield Coordination Engine");
	key_str(s, "identity_class", "system");
	jsonw_end(&s->w);
}

static void
write_description(struct stix *s)
{
	const struct detect_campaign *c = s->campaign;
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 20);

	buf_printf(&text, "%u sources, %u sessions, %u sensors.", c->n_sources, c->n_sessions,
	    c->n_sensors);
	if (c->reason != NULL)
		buf_printf(&text, " %s", c->reason);
	for (uint32_t i = 0; i < c->n_artefacts && i < 20; i++)
		buf_printf(
		    &text, " Shared %s: %.300s.", c->artefacts[i].kind, c->artefacts[i].value);
	buf_printf(&text, " Analysis %s, campaign key %s.", s->analysis, c->key);
	jsonw_key(&s->w, "description");
	jsonw_sv(&s->w, buf_sv(&text));
}

static enum coord_err
write_campaign(struct stix *s)
{
	const struct detect_campaign *c = s->campaign;
	char name[120];

	TRY(campaign_object_id(s, "campaign", SV_NONE, s->campaign_id));
	stix_time(c->last_us, s->modified);
	(void)snprintf(name, sizeof(name), "%s %s",
	    c->verdict == VERDICT_SINGLE_ACTOR ? "Single actor with many sources"
					       : "Coordinated campaign",
	    c->id);
	open_object(s, "campaign", s->campaign_id, s->modified);
	key_str(s, "name", name);
	write_description(s);
	key_time(s, "first_seen", c->first_us);
	key_time(s, "last_seen", c->last_us);
	key_confidence(s);
	jsonw_end(&s->w);
	return COORD_OK;
}

static enum coord_err
write_relationship(struct stix *s, const char *kind, const char *from, const char *to)
{
	char name[2 * STIX_ID + 40];
	char id[STIX_ID];

	(void)snprintf(name, sizeof(name), "%s/%s/%s", from, kind, to);
	TRY(stix_id("relationship", name, id, s->err));
	open_object(s, "relationship", id, s->modified);
	key_str(s, "relationship_type", kind);
	key_str(s, "source_ref", from);
	key_str(s, "target_ref", to);
	jsonw_end(&s->w);
	return COORD_OK;
}

static enum coord_err
write_technique(struct stix *s, const struct detect_technique *t)
{
	char id[STIX_ID];
	char url[80];

	TRY(stix_id("attack-pattern", t->id, id, s->err));
	if (is_new(s, id)) {
		int dot = (int)strcspn(t->id, ".");

		(void)snprintf(url, sizeof(url), "https://attack.mitre.org/techniques/%.*s%s%.20s",
		    dot > 20 ? 20 : dot, t->id, t->id[dot] != 0 ? "/" : "",
		    t->id[dot] != 0 ? t->id + dot + 1 : "");
		open_object(s, "attack-pattern", id, STIX_CONSTANT_TIME);
		key_str(s, "name", t->name != NULL ? t->name : t->id);
		jsonw_key(&s->w, "external_references");
		jsonw_array(&s->w);
		jsonw_object(&s->w);
		key_str(s, "source_name", "mitre-attack");
		key_str(s, "external_id", t->id);
		key_str(s, "url", url);
		jsonw_end(&s->w);
		jsonw_end(&s->w);
		jsonw_end(&s->w);
	}
	return write_relationship(s, "uses", s->campaign_id, id);
}

/* What was seen of one observable. */
struct sighting {
	const char *observable;
	struct sv name; /* tells it from others of the campaign */
	struct sv pattern;
	int64_t first_us, last_us;
	uint32_t number;
};

static enum coord_err
write_observed(struct stix *s, const struct sighting *g, char ret[STIX_ID])
{
	TRY(campaign_object_id(s, "observed-data", g->name, ret));
	open_object(s, "observed-data", ret, s->modified);
	key_time(s, "first_observed", g->first_us);
	key_time(s, "last_observed", g->last_us);
	jsonw_key(&s->w, "number_observed");
	jsonw_u64(&s->w, g->number < 1 ? 1 : g->number > 999999999 ? 999999999 : g->number);
	jsonw_key(&s->w, "object_refs");
	jsonw_array(&s->w);
	jsonw_str(&s->w, g->observable);
	jsonw_end(&s->w);
	jsonw_end(&s->w);
	return COORD_OK;
}

static void
write_indicator_words(struct stix *s, const struct sighting *g)
{
	char type[32];
	char text[160];

	(void)snprintf(type, sizeof(type), "%.*s", (int)strcspn(g->observable, "-"), g->observable);
	(void)snprintf(text, sizeof(text), "%s of campaign %s",
	    strncmp(type, "ipv", 3) == 0 ? "Source address"
	    : strcmp(type, "url") == 0   ? "URL"
					 : "File",
	    s->campaign->id);
	key_str(s, "name", text);
	(void)snprintf(text, sizeof(text),
	    "Seen %u times; the evidence that ties it to the "
	    "campaign is in analysis %s.",
	    g->number, s->analysis);
	key_str(s, "description", text);
}

static enum coord_err
write_indicator(struct stix *s, const struct sighting *g, char ret[STIX_ID])
{
	const char *qualifier = s->campaign->qualifier;
	bool benign = qualifier != NULL && strcmp(qualifier, "benign_scanner_fleet") == 0;

	TRY(campaign_object_id(s, "indicator", g->name, ret));
	open_object(s, "indicator", ret, s->modified);
	write_indicator_words(s, g);
	jsonw_key(&s->w, "pattern");
	jsonw_sv(&s->w, g->pattern);
	key_str(s, "pattern_type", "stix");
	key_time(s, "valid_from", g->first_us);
	key_time(s, "valid_until", g->last_us + valid_for_us);
	jsonw_key(&s->w, "indicator_types");
	jsonw_array(&s->w);
	jsonw_str(&s->w, benign ? "benign" : "malicious-activity");
	jsonw_end(&s->w);
	key_confidence(s);
	jsonw_end(&s->w);
	return COORD_OK;
}

static enum coord_err
write_sighting(struct stix *s, const struct sighting *g)
{
	char observed[STIX_ID], indicator[STIX_ID];

	TRY(write_observed(s, g, observed));
	TRY(write_indicator(s, g, indicator));
	TRY(write_relationship(s, "indicates", indicator, s->campaign_id));
	return write_relationship(s, "based-on", indicator, observed);
}

static enum coord_err
write_source(struct stix *s, const struct member *m)
{
	const char *type = addr_is_v4(m->source) ? "ipv4-addr" : "ipv6-addr";
	char value[ADDR_TEXT_MAX];
	char id[STIX_ID];
	char pattern[100];
	int len;
	size_t value_len = addr_format(m->source, value);

	TRY(stix_observable_id(type, "value", (struct sv){ value, value_len }, id, s->err));
	if (is_new(s, id)) {
		open_observable(s, type, id);
		key_str(s, "value", value);
		jsonw_end(&s->w);
	}
	len = snprintf(pattern, sizeof(pattern), "[%s:value = '%s']", type, value);
	return write_sighting(s, &(struct sighting){ .observable = id,
				     .name = { value, value_len },
				     .pattern = { pattern, (size_t)len },
				     .first_us = m->first_us,
				     .last_us = m->last_us,
				     .number = m->sessions });
}

static void
write_file(struct stix *s, const char *id, struct sv sha256)
{
	open_observable(s, "file", id);
	jsonw_key(&s->w, "hashes");
	jsonw_object(&s->w);
	jsonw_key(&s->w, "SHA-256");
	jsonw_sv(&s->w, sha256);
	jsonw_end(&s->w);
	jsonw_end(&s->w);
}

static enum coord_err
write_artefact_sighting(struct stix *s, const char *id, struct sv value, const char *pattern_of,
    const struct detect_artefact *a)
{
	CLEANUP(buf_clear) struct buf pattern = BUF_INIT(1 << 24);

	buf_add_str(&pattern, pattern_of);
	stix_pattern_string(&pattern, value);
	buf_add_char(&pattern, ']');
	return write_sighting(s, &(struct sighting){ .observable = id,
				     .name = value,
				     .pattern = buf_sv(&pattern),
				     .first_us = s->campaign->first_us,
				     .last_us = s->campaign->last_us,
				     .number = a->sources });
}

static enum coord_err
write_file_artefact(struct stix *s, const struct detect_artefact *a)
{
	struct sv value = sv_first(sv_from(a->value), 64); /* a note may follow */
	char id[STIX_ID];

	if (!stix_is_sha256(value))
		return COORD_OK;
	TRY(stix_file_id(value, id, s->err));
	if (is_new(s, id))
		write_file(s, id, value);
	return write_artefact_sighting(s, id, value, "[file:hashes.'SHA-256' = ", a);
}

static enum coord_err
write_url(struct stix *s, struct sv url, const struct detect_artefact *a)
{
	CLEANUP(buf_clear) struct buf uri = BUF_INIT(1 << 20);
	char id[STIX_ID];

	if (!stix_uri(&uri, url))
		return COORD_OK;
	TRY(stix_observable_id("url", "value", buf_sv(&uri), id, s->err));
	if (is_new(s, id)) {
		open_observable(s, "url", id);
		jsonw_key(&s->w, "value");
		jsonw_sv(&s->w, buf_sv(&uri));
		jsonw_end(&s->w);
	}
	return write_artefact_sighting(s, id, buf_sv(&uri), "[url:value = ", a);
}

/* An artefact's URL is a normal form without scheme ("192.0.2.7/bot.<arch>"); what is exported are the URLs that the
 * campaign really named and that have this form. */
static enum coord_err
write_url_artefact(struct stix *s, const struct detect_artefact *a)
{
	const struct session_table *t = s->in->table;
	const struct detect_campaign *c = s->campaign;
	uint32_t seen[URLS_MOST];
	uint32_t n = 0;

	for (uint32_t k = 0; k < c->n_sessions; k++) {
		uint32_t row = c->sessions[k];

		for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
			uint32_t id = t->items[i].a, at = 0;

			while (at < n && seen[at] != id)
				at++;
			if (t->items[i].kind != ITEM_URL || at < n || n == URLS_MOST ||
			    !stix_url_has_form(session_string(t, id), sv_from(a->value)))
				continue;
			seen[n++] = id;
			TRY(write_url(s, session_string(t, id), a));
		}
	}
	return COORD_OK;
}

/* Files and URLs have an object of their own in STIX; other artefacts are in the campaign's description. */
static enum coord_err
write_artefact(struct stix *s, const struct detect_artefact *a)
{
	if (a->is_public)
		return COORD_OK;
	if (strcmp(a->kind, "file_hash") == 0)
		return write_file_artefact(s, a);
	if (strcmp(a->kind, "url") == 0)
		return write_url_artefact(s, a);
	return COORD_OK;
}

static enum coord_err
write_members(struct stix *s, struct arena *arena)
{
	const struct detect_campaign *c = s->campaign;
	struct arena_mark mark = arena_mark(arena);
	const struct member *members = members_of(s->in->table, c, arena);

	if (members == NULL)
		return error_set(
		    s->err, COORD_ENOMEM, "report: no memory for %u sources", c->n_sources);
	TRY(write_campaign(s));
	for (uint32_t i = 0; i < c->n_techniques; i++)
		TRY(write_technique(s, &c->techniques[i]));
	for (uint32_t i = 0; i < c->n_sources; i++)
		TRY(write_source(s, &members[i]));
	for (uint32_t i = 0; i < c->n_artefacts; i++)
		TRY(write_artefact(s, &c->artefacts[i]));
	arena_rewind(arena, mark);
	return COORD_OK;
}

static enum coord_err
write_bundle(struct stix *s, struct arena *arena)
{
	const struct detect_result *r = s->in->result;
	char id[STIX_ID];

	TRY(document_id(s->in, s->analysis, s->err));
	TRY(stix_id("identity", "engine", s->identity, s->err));
	TRY(stix_id("bundle", s->analysis, id, s->err));
	jsonw_object(&s->w);
	key_str(s, "type", "bundle");
	key_str(s, "id", id);
	jsonw_key(&s->w, "objects");
	jsonw_array(&s->w);
	write_identity(s);
	for (uint32_t i = 0; i < r->n_campaigns; i++) {
		s->campaign = &r->campaigns[i];
		if (document_is_coordinated(s->campaign->verdict))
			TRY(write_members(s, arena));
	}
	jsonw_end(&s->w);
	jsonw_end(&s->w);
	buf_add_char(s->w.out, '\n');
	return document_done(s->w.out, s->err);
}

enum coord_err
report_stix(const struct report_input *in, struct buf *out, struct coord_error *err)
{
	struct stix s = { .in = in, .w = jsonw_init(out, true), .err = err, .written = MAP_INIT };
	struct arena *arena = arena_new(0);
	enum coord_err rc;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "report: no memory");
	rc = write_bundle(&s, arena);
	map_clear(&s.written);
	arena_free(arena);
	return rc;
}
