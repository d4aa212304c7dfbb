/* text_narrative.c - the story of the result on a terminal. A model may have written it, about what attackers wrote: every text of it is cleaned. */
#include "report/text.h"

enum { SENTENCES_SHOWN = 40, TEXT_MOST = 2000, ID_MOST = 40, DEPTH_MOST = 16 };

static void
write_sentence(struct pen *pen, struct json_value sentence)
{
	struct json_iter ids = json_each(json_get(sentence, SV("evidence")));
	struct json_value id;
	struct sv text = SV_NONE;
	bool first = true;

	if (!json_string(json_get(sentence, SV("text")), &text))
		return;
	pen_add_foreign(pen, text, TEXT_MOST);
	while (json_next(&ids, &id)) {
		if (!json_string(id, &text))
			continue;
		pen_add(pen, first ? " [" : " ");
		pen_add_foreign(pen, text, ID_MOST);
		first = false;
	}
	pen_add(pen, first ? "" : "]");
	pen_paragraph(pen, 0, "-", 2);
}

static void
write_told(struct pen *pen, struct json_value narrative)
{
	struct json_iter sentences = json_each(json_get(narrative, SV("sentences")));
	struct json_value sentence;
	struct sv source = SV_NONE;

	if (json_count(json_get(narrative, SV("sentences"))) == 0)
		return;
	pen_heading(pen, "In words");
	for (int i = 0; i < SENTENCES_SHOWN && json_next(&sentences, &sentence); i++)
		write_sentence(pen, sentence);
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
