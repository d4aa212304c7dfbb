/* names.c - what to call a group judged coordinated: what it shares, what it is, and four digits of its key, so that the name stays while the members do and
 * no two groups of a result are called the same. Nothing in it is attacker text. */
#include "llm/make.h"

enum { KEY_DIGITS = 4 };

static const struct {
	const char *kind, *words;
} artefact_words[] = {
	{ "ssh_key", "SSH key" },
	{ "file_hash", "dropped file" },
	{ "url", "download" },
	{ "wallet", "mining wallet" },
	{ "password", "password change" },
	{ "marker", "marker" },
};

static const struct {
	const char *channel, *words;
} channel_words[] = {
	{ "payload", "payload" },
	{ "dictionary", "wordlist" },
	{ "partition", "split work" },
	{ "handoff", "relay" },
	{ "handover", "relay" },
	{ "order", "script" },
	{ "behavior", "script" },
	{ "synchrony", "synchronous" },
	{ "regularity", "clockwork" },
	{ "infrastructure", "network" },
};

static const char *
of_artefact(const struct evidence *item)
{
	struct sv kind = evidence_text_at(item->value, "kind");

	for (size_t i = 0; i < sizeof(artefact_words) / sizeof(artefact_words[0]); i++)
		if (sv_eq(kind, sv_from(artefact_words[i].kind)))
			return artefact_words[i].words;
	return "artefact";
}

static const char *
of_channel(const struct evidence *item)
{
	struct sv name = evidence_text_at(item->value, "channel");

	for (size_t i = 0; i < sizeof(channel_words) / sizeof(channel_words[0]); i++)
		if (sv_eq(name, sv_from(channel_words[i].channel)))
			return channel_words[i].words;
	return NULL;
}

/** The first artefact that is not public, else the channel that says most. */
static const char *
theme(const struct evidence_list *list, const struct evidence *campaign)
{
	const char *words = "unnamed";
	double best = 0;

	for (const struct evidence *e = campaign + 1;
	     e < list->items + list->n && e->campaign == campaign->campaign; e++) {
		bool is_public = true;

		if (e->kind == EVIDENCE_ARTEFACT &&
		    json_bool(json_get(e->value, SV("public")), &is_public) && !is_public)
			return of_artefact(e);
		if (e->kind == EVIDENCE_CHANNEL && e->told && e->weight > best &&
		    of_channel(e) != NULL) {
			words = of_channel(e);
			best = e->weight;
		}
	}
	return words;
}

static const char *
noun(const struct evidence *campaign)
{
	if (campaign->fleet)
		return "scanner";
	return campaign->verdict == VERDICT_BIT_SINGLE ? "operator" : "campaign";
}

static char
hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ? c : '0';
}

void
names_make(struct making *m)
{
	const struct evidence_list *list = m->list;

	m->names = ARENA_ARRAY(m->arena, list->n_campaigns, struct narrative_name);
	if (m->names == NULL) {
		m->full = true;
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct evidence *campaign = &list->items[i];
		struct sv key = evidence_text_at(campaign->value, "key");
		CLEANUP(buf_clear) struct buf name = BUF_INIT(128);

		if (campaign->kind != EVIDENCE_CAMPAIGN ||
		    (campaign->verdict & (VERDICT_BIT_CAMPAIGN | VERDICT_BIT_SINGLE)) == 0)
			continue;
		buf_printf(&name, "%s %s ", theme(list, campaign), noun(campaign));
		for (size_t k = 0; k < key.len && k < KEY_DIGITS; k++)
			buf_add_char(&name, hex_digit(key.data[k]));
		m->names[m->n_names++] =
		    (struct narrative_name){ .campaign = making_copy(m, campaign->id),
			    .key = making_copy(m, key),
			    .name = making_copy(m, buf_sv(&name)) };
	}
}

void
names_replace(struct making *m, struct sv campaign, struct sv name)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(128);

	for (size_t i = 0; i < m->n_names; i++) {
		if (!sv_eq(m->names[i].campaign, campaign))
			continue;
		buf_add_sv(&text, name);
		buf_add_char(&text, ' ');
		for (size_t k = 0; k < m->names[i].key.len && k < KEY_DIGITS; k++)
			buf_add_char(&text, hex_digit(m->names[i].key.data[k]));
		m->names[i].name = making_copy(m, buf_sv(&text));
	}
}

struct sv
names_of(const struct making *m, const struct evidence *campaign)
{
	for (size_t i = 0; i < m->n_names; i++)
		if (sv_eq(m->names[i].campaign, campaign->id))
			return m->names[i].name;
	return campaign->id;
}
