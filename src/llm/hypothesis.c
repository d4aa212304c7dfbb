/* hypothesis.c - what might be behind a group, as a closed list, and which look-ups would tell. The rules choose by the document; a model may choose others of
 * the list, never add to it. Keys of look-ups are members of the document, taken by rule: addresses that parse, digests that are hexadecimal, URLs by reference. */
#include "llm/make.h"

#include <math.h>

enum { ADDRESSES_MOST = 4 };

/** What a hypothesis is looked up by, and what has to be there for the rules to choose it. */
struct row {
	struct hypothesis_rule rule;
	bool addresses, hashes, urls;
	bool (*speaks)(const struct evidence_list *list, const struct evidence *campaign);
	const char *channel; /* cited when it is there */
};

static const struct evidence *
part(const struct evidence_list *list, const struct evidence *campaign, const char *name)
{
	CLEANUP(buf_clear) struct buf id = BUF_INIT(256);

	buf_printf(&id, "%.*s.%s", SV_ARG(campaign->id), name);
	return evidence_find(list, buf_sv(&id));
}

static bool
speaks_for(const struct evidence_list *list, const struct evidence *campaign, const char *channel)
{
	const struct evidence *item = part(list, campaign, channel);

	return item != NULL && item->told && item->weight > 0;
}

static bool
has_artefact(const struct evidence_list *list, const struct evidence *campaign, const char *kind)
{
	for (const struct evidence *e = campaign + 1;
	     e < list->items + list->n && e->campaign == campaign->campaign; e++)
		if (e->kind == EVIDENCE_ARTEFACT &&
		    sv_eq(evidence_text_at(e->value, "kind"), sv_from(kind)))
			return true;
	return false;
}

static bool
shares_networks(const struct evidence_list *list, const struct evidence *campaign)
{
	return speaks_for(list, campaign, "infrastructure");
}

static bool
is_spread(const struct evidence_list *list, const struct evidence *campaign)
{
	return campaign->verdict == VERDICT_BIT_CAMPAIGN && !shares_networks(list, campaign);
}

static bool
is_one_actor(const struct evidence_list *list, const struct evidence *campaign)
{
	(void)list;
	return campaign->verdict == VERDICT_BIT_SINGLE;
}

static bool
is_fleet(const struct evidence_list *list, const struct evidence *campaign)
{
	(void)list;
	return campaign->fleet;
}

static bool
shares_file(const struct evidence_list *list, const struct evidence *campaign)
{
	return has_artefact(list, campaign, "file_hash");
}

static bool
shares_url(const struct evidence_list *list, const struct evidence *campaign)
{
	return has_artefact(list, campaign, "url");
}

static bool
shares_payload(const struct evidence_list *list, const struct evidence *campaign)
{
	return !shares_file(list, campaign) && speaks_for(list, campaign, "payload");
}

static const struct row rows[] = {
	{ { "malware_family", "The group may run one known malware family.",
	      "the shared file's digest" },
	    .hashes = true, .speaks = shares_file, .channel = "artefact" },
	{ { "payload_server", "The payloads may come from one distribution server.",
	      "the shared URL" },
	    .urls = true, .speaks = shares_url, .channel = "artefact" },
	{ { "payload_variants", "The payloads may be builds of one source for several machines.",
	      "digests in the group" },
	    .hashes = true, .speaks = shares_payload, .channel = "payload" },
	{ { "shared_hosting", "The sources may be rented from one hosting provider.",
	      "some of the source addresses" },
	    .addresses = true, .speaks = shares_networks, .channel = "infrastructure" },
	{ { "compromised_devices", "The sources may be compromised devices of unrelated owners.",
	      "some of the source addresses" },
	    .addresses = true, .speaks = is_spread, .channel = NULL },
	{ { "rotating_operator", "One operator may be rotating through rented addresses.",
	      "some of the source addresses" },
	    .addresses = true, .speaks = is_one_actor, .channel = NULL },
	{ { "known_scanner", "The sources may belong to a scanner that announces itself.",
	      "some of the source addresses" },
	    .addresses = true, .speaks = is_fleet, .channel = NULL },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct hypothesis_rule *
hypothesis_at(size_t i)
{
	return i < ROWS ? &rows[i].rule : NULL;
}

/* --- look-ups ----------------------------------------------------------------------------------------------------------- */

struct questions {
	struct making *making;
	struct narrative_question items[QUESTIONS_MOST];
	size_t n;
};

static void
ask(struct questions *q, const char *kind, struct sv evidence, struct sv key)
{
	if (q->n == QUESTIONS_MOST)
		return;
	q->items[q->n++] = (struct narrative_question){
		.kind = sv_from(kind), .evidence = evidence, .key = making_copy(q->making, key)
	};
}

/** A few, spread over the list: neighbours in it are neighbours in the network. */
static void
ask_addresses(struct questions *q, const struct evidence *campaign)
{
	struct json_value sources = json_get(campaign->value, SV("sources")), source;
	size_t n = json_count(sources), step = (n + ADDRESSES_MOST - 1) / ADDRESSES_MOST;
	struct json_iter each = json_each(sources);
	struct addr address;
	struct sv text;

	for (size_t i = 0; json_next(&each, &source); i++)
		if (i % step == 0 && json_string(source, &text) && addr_parse(text, &address))
			ask(q, "address", campaign->id, text);
}

static bool
is_digest(struct sv text)
{
	if (text.len != 32 && text.len != 40 && text.len != 64)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (strchr("0123456789abcdefABCDEF", text.data[i]) == NULL || text.data[i] == 0)
			return false;
	return true;
}

static void
ask_artefacts(struct questions *q, const struct evidence *campaign, bool hashes, bool urls)
{
	const struct evidence_list *list = q->making->list;

	for (const struct evidence *e = campaign + 1;
	     e < list->items + list->n && e->campaign == campaign->campaign; e++) {
		struct sv kind = evidence_text_at(e->value, "kind"),
			  value = evidence_text_at(e->value, "value");

		if (e->kind != EVIDENCE_ARTEFACT)
			continue;
		if (hashes && sv_eq(kind, SV("file_hash")) && is_digest(value))
			ask(q, "hash", e->id, value);
		if (urls && sv_eq(kind, SV("url")) && value.len > 0)
			ask(q, "url", e->id, value);
	}
}

/* --- adding ------------------------------------------------------------------------------------------------------------- */

static bool
has_already(const struct making *m, struct sv campaign, const char *kind)
{
	for (size_t i = 0; i < m->n_hypotheses; i++)
		if (sv_eq(m->hypotheses[i].campaign, campaign) &&
		    sv_eq(m->hypotheses[i].kind, sv_from(kind)))
			return true;
	return false;
}

bool
hypothesis_add(struct making *m, size_t rule, const struct evidence *campaign, const struct sv *ids,
    size_t n_ids)
{
	struct questions q = { .making = m };
	const struct row *row = &rows[rule];
	struct narrative_question *questions;
	struct sv *copies;

	if (m->n_hypotheses == HYPOTHESES_MOST || has_already(m, campaign->id, row->rule.kind))
		return false;
	if (row->addresses)
		ask_addresses(&q, campaign);
	ask_artefacts(&q, campaign, row->hashes, row->urls);
	if (q.n == 0)
		return false; /* nothing would tell */
	n_ids = n_ids < CITED_MOST ? n_ids : CITED_MOST;
	questions = ARENA_ARRAY(m->arena, q.n, struct narrative_question);
	copies = ARENA_ARRAY(m->arena, n_ids, struct sv);
	if (questions == NULL || copies == NULL) {
		m->full = true;
		return false;
	}
	for (size_t i = 0; i < n_ids; i++)
		copies[i] = making_copy(m, ids[i]);
	for (size_t i = 0; i < q.n; i++)
		q.items[i].evidence = making_copy(m, q.items[i].evidence);
	memcpy(questions, q.items, q.n * sizeof(*questions));
	m->hypotheses[m->n_hypotheses++] =
	    (struct narrative_hypothesis){ .campaign = making_copy(m, campaign->id),
		    .kind = sv_from(row->rule.kind),
		    .text = sv_from(row->rule.text),
		    .evidence = copies,
		    .n_evidence = n_ids,
		    .questions = questions,
		    .n_questions = q.n };
	return true;
}

void
hypotheses_make(struct making *m)
{
	for (size_t i = 0; i < m->list->n; i++) {
		const struct evidence *campaign = &m->list->items[i], *channel;

		if (campaign->kind != EVIDENCE_CAMPAIGN ||
		    (campaign->verdict & (VERDICT_BIT_CAMPAIGN | VERDICT_BIT_SINGLE)) == 0)
			continue;
		for (size_t r = 0; r < ROWS; r++) {
			struct sv ids[2] = { campaign->id };

			if (!rows[r].speaks(m->list, campaign))
				continue;
			channel = rows[r].channel == NULL
				      ? NULL
				      : part(m->list, campaign, rows[r].channel);
			if (channel != NULL)
				ids[1] = channel->id;
			(void)hypothesis_add(m, r, campaign, ids, channel != NULL ? 2 : 1);
		}
	}
}
