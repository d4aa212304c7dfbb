/* text_narrative.c - the story of the result on a terminal. A model may have written it, about what attackers wrote: every text of it is cleaned. */
#include "report/text.h"

enum {
	SENTENCES_SHOWN = 40,
	HYPOTHESES_SHOWN = 12,
	TEXT_MOST = 2000,
	ID_MOST = 40,
	KEY_MOST = 100,
	DEPTH_MOST = 16
};

static void
write_ids(struct pen *pen, struct json_value list)
{
	struct json_iter ids = json_each(list);
	struct json_value id;
	struct sv text = SV_NONE;
	bool first = true;

	while (json_next(&ids, &id)) {
		if (!json_string(id, &text))
			continue;
		pen_add(pen, first ? " [" : " ");
		pen_add_foreign(pen, text, ID_MOST);
		first = false;
	}
	pen_add(pen, first ? "" : "]");
}

static void
write_sentence(struct pen *pen, struct json_value sentence)
{
	struct sv text = SV_NONE;

	if (!json_string(json_get(sentence, SV("text")), &text))
		return;
	pen_add_foreign(pen, text, TEXT_MOST);
	write_ids(pen, json_get(sentence, SV("evidence")));
	pen_paragraph(pen, 0, "-", 2);
}

/* What may be behind a group, and what to ask to know: nobody has asked yet. */
static void
write_hypothesis(struct pen *pen, struct json_value hypothesis)
{
	struct json_iter lookups = json_each(json_get(hypothesis, SV("lookups")));
	struct json_value lookup;
	struct sv text = SV_NONE, campaign = SV_NONE;
	bool first = true;

	if (!json_string(json_get(hypothesis, SV("text")), &text) ||
	    !json_string(json_get(hypothesis, SV("campaign")), &campaign))
		return;
	pen_add_foreign(pen, campaign, ID_MOST);
	pen_add(pen, ": ");
	pen_add_foreign(pen, text, TEXT_MOST);
	while (json_next(&lookups, &lookup)) {
		if (!json_string(json_get(lookup, SV("key")), &text))
			continue;
		pen_add(pen, first ? " To ask about: " : ", ");
		pen_add_foreign(pen, text, KEY_MOST);
		first = false;
	}
	pen_add(pen, first ? "" : ".");
	write_ids(pen, json_get(hypothesis, SV("evidence")));
	pen_paragraph(pen, 0, "?", 2);
}

static void
write_told(struct pen *pen, struct json_value narrative)
{
	struct json_iter sentences = json_each(json_get(narrative, SV("sentences")));
	struct json_iter hypotheses = json_each(json_get(narrative, SV("hypotheses")));
	struct json_value sentence, hypothesis;
	struct sv source = SV_NONE;

	if (json_count(json_get(narrative, SV("sentences"))) == 0)
		return;
	pen_heading(pen, "In words");
	for (int i = 0; i < SENTENCES_SHOWN && json_next(&sentences, &sentence); i++)
		write_sentence(pen, sentence);
	for (int i = 0; i < HYPOTHESES_SHOWN && json_next(&hypotheses, &hypothesis); i++)
		write_hypothesis(pen, hypothesis);
	if (json_string(json_get(narrative, SV("source")), &source)) {
		pen_add(pen, "Told by: ");
		pen_add_foreign(pen, source, ID_MOST);
		pen_add(pen, "; it moves no number.");
		pen_paragraph(pen, 0, PEN_DIM, 0);
	}
}

void
text_narrative(struct pen *pen, struct sv json)
{
	struct json_parser *parser;
	struct json_value narrative;

	if (json.len == 0 || (parser = json_parser_new(json.len + 1, DEPTH_MOST)) == NULL)
		return;
	if (json_parse(parser, json.data, json.len, false, &narrative, NULL) == COORD_OK)
		write_told(pen, narrative);
	json_parser_free(parser);
}
