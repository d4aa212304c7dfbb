/* evidence.c - the items of a result document that a sentence may cite, in the document's order, each with its id and its numbers.
 * Numbers are taken from typed members only: `detail` and `reason` are prose, and prose may quote attackers. */
#include "llm/evidence.h"

#include <math.h>

enum { DOCUMENT_MOST = 1 << 30, ID_MOST = 64 };

struct reading {
	struct arena *arena;
	struct evidence_list *list;
	size_t room;
	uint32_t campaign;
	bool full;
};

struct sv
evidence_text_at(struct json_value object, const char *key)
{
	struct sv text = SV_NONE;

	(void)json_string(json_get(object, sv_from(key)), &text);
	return text;
}

double
evidence_number_at(struct json_value object, const char *key)
{
	double number = (double)NAN;

	(void)json_f64(json_get(object, sv_from(key)), &number);
	return number;
}

const struct evidence *
evidence_find(const struct evidence_list *list, struct sv id)
{
	for (size_t i = 0; i < list->n; i++)
		if (sv_eq(list->items[i].id, id))
			return &list->items[i];
	return NULL;
}

const struct evidence_fact *
evidence_fact(const struct evidence *item, const char *name)
{
	for (uint32_t i = 0; i < item->n_facts; i++)
		if (strcmp(item->facts[i].name, name) == 0)
			return &item->facts[i];
	return NULL;
}

double
evidence_number(const struct evidence *item, const char *name)
{
	const struct evidence_fact *fact = evidence_fact(item, name);

	return fact == NULL ? (double)NAN : fact->value;
}

/* --- ids ---------------------------------------------------------------------------------------------------------------- */

/** Lower-case letters, digits and underscores, letter first: what our own names are made of. */
static bool
is_name(struct sv text)
{
	if (text.len == 0 || text.len > 40 || text.data[0] < 'a' || text.data[0] > 'z')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_", text.data[i]) == NULL ||
		    text.data[i] == 0)
			return false;
	return true;
}

static struct evidence *
add(struct reading *r, enum evidence_kind kind, const char *id, struct json_value value)
{
	struct evidence_list *list = r->list;
	struct evidence *item;
	char *copy;

	if (list->n == r->room) {
		size_t room = r->room == 0 ? 64 : 2 * r->room;
		struct evidence *items = ARENA_ARRAY(r->arena, room, struct evidence);

		if (items == NULL) {
			r->full = true;
			return NULL;
		}
		if (list->n > 0)
			memcpy(items, list->items, list->n * sizeof(*items));
		list->items = items;
		r->room = room;
	}
	copy = arena_strdup(r->arena, sv_from(id));
	if (copy == NULL) {
		r->full = true;
		return NULL;
	}
	item = &list->items[list->n++];
	*item = (struct evidence){ .id = sv_from(copy),
		.kind = kind,
		.campaign = r->campaign,
		.value = value,
		.weight = (double)NAN,
		.verdict = VERDICT_BITS,
		.told = true };
	return item;
}

/** "c1.artefact.2", "c1.synchrony": `number` 0 gives no third part. */
static struct evidence *
add_part(struct reading *r, enum evidence_kind kind, struct sv name, unsigned number,
    struct json_value value)
{
	struct sv campaign = r->list->items[r->campaign].id;
	CLEANUP(buf_clear) struct buf id = BUF_INIT(2 * ID_MOST);

	buf_printf(&id, "%.*s.%.*s", SV_ARG(campaign), SV_ARG(name));
	if (number != 0)
		buf_printf(&id, ".%u", number);
	return add(r, kind, buf_cstr(&id), value);
}

/* --- facts -------------------------------------------------------------------------------------------------------------- */

static void
fact(struct evidence *item, const char *name, enum evidence_unit unit, double value)
{
	if (!isfinite(value) || item->n_facts == EVIDENCE_FACTS_MOST)
		return;
	item->facts[item->n_facts++] =
	    (struct evidence_fact){ .name = name, .unit = unit, .value = value };
}

struct member {
	const char *key;
	enum evidence_unit unit;
};

static void
facts_of(struct evidence *item, struct json_value object, const struct member *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fact(item, members[i].key, members[i].unit,
		    evidence_number_at(object, members[i].key));
}

#define FACTS_OF(item, object, members) \
	facts_of((item), (object), (members), sizeof(members) / sizeof((members)[0]))

static void
interval(struct evidence *item, struct json_value bounds)
{
	static const char *const names[] = { "confidence_low", "confidence_high" };
	struct json_iter each = json_each(bounds);
	struct json_value bound;
	double number;

	for (size_t i = 0; i < 2 && json_next(&each, &bound); i++)
		if (json_f64(bound, &number))
			fact(item, names[i], UNIT_CONFIDENCE, number);
}

static enum evidence_verdict
verdict_of(struct json_value campaign)
{
	static const struct {
		const char *name;
		enum evidence_verdict bit;
	} verdicts[] = {
		{ "coordinated_campaign", VERDICT_BIT_CAMPAIGN },
		{ "single_actor_multiple_sources", VERDICT_BIT_SINGLE },
		{ "coincidental", VERDICT_BIT_COINCIDENTAL },
	};
	struct sv name = evidence_text_at(campaign, "verdict");

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (sv_eq(name, sv_from(verdicts[i].name)))
			return verdicts[i].bit;
	return VERDICT_BIT_INSUFFICIENT;
}

/* --- the parts of a campaign -------------------------------------------------------------------------------------------- */

static double
ledger_line(struct json_value campaign, struct sv term)
{
	struct json_iter each = json_each(json_get(campaign, SV("ledger")));
	struct json_value line;

	while (json_next(&each, &line))
		if (sv_eq(evidence_text_at(line, "term"), term))
			return evidence_number_at(line, "log_odds");
	return (double)NAN;
}

static void
read_channels(struct reading *r, struct json_value campaign)
{
	static const struct member members[] = { { "effect", UNIT_EFFECT }, { "p_value", UNIT_P },
		{ "e_value", UNIT_REAL }, { "log10_e", UNIT_REAL }, { "n", UNIT_NODES },
		{ "draws", UNIT_COUNT }, { "similarity", UNIT_RATIO } };
	struct json_iter each = json_each(json_get(campaign, SV("evidence")));
	struct json_value channel;

	while (!r->full && json_next(&each, &channel)) {
		struct sv name = evidence_text_at(channel, "channel"),
			  status = evidence_text_at(channel, "status");
		struct evidence *item;

		if (!is_name(name) ||
		    (item = add_part(r, EVIDENCE_CHANNEL, name, 0, channel)) == NULL)
			continue;
		FACTS_OF(item, channel, members);
		item->weight = ledger_line(campaign, name);
		item->told = sv_eq(status, SV("tested")) || sv_eq(status, SV("defining"));
	}
}

static void
read_list(struct reading *r, struct json_value campaign, const char *key, enum evidence_kind kind,
    const char *name, const struct member *members, size_t n)
{
	struct json_iter each = json_each(json_get(campaign, sv_from(key)));
	struct json_value value;

	for (unsigned i = 1; !r->full && json_next(&each, &value); i++) {
		struct evidence *item = add_part(r, kind, sv_from(name), i, value);

		if (item != NULL)
			facts_of(item, value, members, n);
	}
}

/** Whatever an external item counts: its own numbers by name, as long as the name is one of ours. */
static void
external_facts(struct reading *r, struct evidence *item, struct json_value object)
{
	struct json_iter each = json_each(object);
	struct json_value value;
	struct sv key;

	while (json_next_member(&each, &key, &value)) {
		double number;
		char *name;

		if (!is_name(key) || !json_f64(value, &number))
			continue;
		name = arena_strdup(r->arena, key);
		if (name == NULL) {
			r->full = true;
			return;
		}
		fact(item, name,
		    sv_eq(key, SV("sources")) ? UNIT_SOURCES
		    : sv_eq(key, SV("share")) ? UNIT_RATIO
					      : UNIT_REAL,
		    number);
	}
}

/** `external[]`: named by what they are about; the second of a name is "c1.external.bgp.2". */
static void
read_external(struct reading *r, struct json_value campaign)
{
	static const char *const keys[] = { "kind", "relation", "provider" };
	struct json_iter each = json_each(json_get(campaign, SV("external")));
	struct json_value value;

	while (!r->full && json_next(&each, &value)) {
		CLEANUP(buf_clear) struct buf name = BUF_INIT(ID_MOST);
		struct sv what = SV_NONE;
		struct evidence *item;
		unsigned same = 0;

		for (size_t i = 0; !is_name(what) && i < sizeof(keys) / sizeof(keys[0]); i++)
			what = evidence_text_at(value, keys[i]);
		if (!is_name(what))
			continue;
		buf_printf(&name, "external.%.*s", SV_ARG(what));
		for (size_t i = r->campaign; i < r->list->n; i++)
			if (r->list->items[i].kind == EVIDENCE_EXTERNAL) {
				struct sv rest = sv_skip(
				    r->list->items[i].id, r->list->items[r->campaign].id.len + 1);

				same += sv_starts(rest, buf_sv(&name)) &&
					(rest.len == name.len || rest.data[name.len] == '.');
			}
		item =
		    add_part(r, EVIDENCE_EXTERNAL, buf_sv(&name), same == 0 ? 0 : same + 1, value);
		if (item != NULL)
			external_facts(r, item, value);
	}
}

static void
campaign_facts(struct evidence *item, struct json_value campaign)
{
	static const struct member counts[] = { { "sources", UNIT_SOURCES },
		{ "sessions", UNIT_SESSIONS }, { "sensors", UNIT_SENSORS }, { "nodes", UNIT_NODES },
		{ "visits", UNIT_VISITS } };
	static const struct member members[] = { { "confidence", UNIT_CONFIDENCE },
		{ "single_actor", UNIT_RATIO }, { "p_world", UNIT_P },
		{ "stability", UNIT_RATIO } };

	FACTS_OF(item, json_get(campaign, SV("counts")), counts);
	FACTS_OF(item, campaign, members);
	interval(item, json_get(campaign, SV("confidence_interval")));
	item->first = evidence_text_at(campaign, "first_seen");
	item->last = evidence_text_at(campaign, "last_seen");
	item->verdict = verdict_of(campaign);
	item->fleet = sv_ends(evidence_text_at(campaign, "qualifier"), SV("scanner_fleet"));
}

static void
read_campaign(struct reading *r, struct json_value campaign)
{
	static const struct member artefact[] = { { "sources", UNIT_SOURCES },
		{ "log10_bayes_factor", UNIT_REAL } };
	static const struct member technique[] = { { "sessions", UNIT_SESSIONS } };
	struct sv id = evidence_text_at(campaign, "id");
	CLEANUP(buf_clear) struct buf text = BUF_INIT(ID_MOST);
	struct evidence *item;

	if (!is_name(id) || sv_eq(id, SV("batch")) || evidence_find(r->list, id) != NULL)
		return;
	r->campaign = (uint32_t)r->list->n;
	buf_add_sv(&text, id);
	item = add(r, EVIDENCE_CAMPAIGN, buf_cstr(&text), campaign);
	if (item == NULL)
		return;
	campaign_facts(item, campaign);
	r->list->n_campaigns++;
	read_channels(r, campaign);
	read_list(r, campaign, "artefacts", EVIDENCE_ARTEFACT, "artefact", artefact, 2);
	read_list(r, campaign, "technique_detail", EVIDENCE_TECHNIQUE, "technique", technique, 1);
	read_list(r, campaign, "behavior", EVIDENCE_BEHAVIOR, "behavior", NULL, 0);
	read_external(r, campaign);
	r->campaign = EVIDENCE_NO_CAMPAIGN;
}

/* --- the whole ---------------------------------------------------------------------------------------------------------- */

static void
read_batch(struct reading *r)
{
	static const struct member counts[] = { { "sessions", UNIT_SESSIONS },
		{ "sources", UNIT_SOURCES }, { "nodes", UNIT_NODES }, { "visits", UNIT_VISITS },
		{ "pairs_possible", UNIT_PAIRS }, { "pairs_tested", UNIT_PAIRS },
		{ "edges", UNIT_EDGES }, { "worlds", UNIT_WORLDS },
		{ "worlds_with_cluster", UNIT_WORLDS } };
	static const struct member members[] = { { "coordination_confidence", UNIT_CONFIDENCE },
		{ "coverage", UNIT_RATIO } };
	struct json_value batch = json_get(r->list->root, SV("batch"));
	struct evidence *item = add(r, EVIDENCE_BATCH, "batch", batch);

	if (item == NULL)
		return;
	FACTS_OF(item, batch, counts);
	FACTS_OF(item, r->list->root, members);
	item->first = evidence_text_at(batch, "first_seen");
	item->last = evidence_text_at(batch, "last_seen");
}

/** What the batch's groups were judged, counted. */
static void
count_groups(struct evidence_list *list)
{
	struct evidence *batch = &list->items[0];
	unsigned verdicts = 0, coordinated = 0, coincidental = 0, insufficient = 0;

	for (size_t i = 1; i < list->n; i++) {
		const struct evidence *item = &list->items[i];

		if (item->kind != EVIDENCE_CAMPAIGN)
			continue;
		verdicts |= item->verdict;
		coordinated += (item->verdict & (VERDICT_BIT_CAMPAIGN | VERDICT_BIT_SINGLE)) != 0;
		coincidental += item->verdict == VERDICT_BIT_COINCIDENTAL;
		insufficient += item->verdict == VERDICT_BIT_INSUFFICIENT;
	}
	batch->verdict = (enum evidence_verdict)(verdicts | VERDICT_BIT_INSUFFICIENT);
	fact(batch, "groups", UNIT_GROUPS, list->n_campaigns);
	fact(batch, "groups_coordinated", UNIT_COORDINATED, coordinated);
	fact(batch, "groups_coincidental", UNIT_GROUPS, coincidental);
	fact(batch, "groups_insufficient", UNIT_GROUPS, insufficient);
}

static void
free_parser(void *parser)
{
	json_parser_free(parser);
}

enum coord_err
evidence_read(
    struct sv document, struct arena *arena, struct evidence_list *ret, struct coord_error *err)
{
	struct evidence_list list = { .parser = json_parser_new(DOCUMENT_MOST, JSON_DEPTH_MOST) };
	struct reading r = { .arena = arena, .list = &list, .campaign = EVIDENCE_NO_CAMPAIGN };
	struct json_iter each;
	struct json_value campaign;

	if (list.parser == NULL)
		return error_set(err, COORD_ENOMEM, "no memory to read a result");
	if (arena_on_free(arena, free_parser, list.parser) != 0) {
		json_parser_free(list.parser);
		return error_set(err, COORD_ELIMIT, "result: too large for its memory");
	}
	TRY(json_parse(list.parser, document.data, document.len, false, &list.root, err));
	if (json_type(json_get(list.root, SV("campaigns"))) != JSON_ARRAY ||
	    json_type(json_get(list.root, SV("batch"))) != JSON_OBJECT)
		return error_set(err, COORD_EPARSE,
		    "not a result document: no \"campaigns\" and \"batch\" in it");
	read_batch(&r);
	each = json_each(json_get(list.root, SV("campaigns")));
	while (!r.full && json_next(&each, &campaign))
		read_campaign(&r, campaign);
	if (r.full)
		return error_set(err, COORD_ELIMIT, "result: too large for its memory");
	count_groups(&list);
	*ret = list;
	return COORD_OK;
}
