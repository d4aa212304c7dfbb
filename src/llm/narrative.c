/* narrative.c - the parts of a narrative put together, and written as JSON and for terminals. */
#include "llm/make.h"

static const char *const source_names[] = { "template", "model", "redacted" };
static const char *const status_names[] = { "done", "no_model", "nothing_to_tell", "unavailable",
	"malformed", "unsupported", "disagreement" };

const char *
narrative_source_name(enum narrative_source source)
{
	return source_names[source];
}

const char *
narrative_status_name(enum narrative_status status)
{
	return status_names[status];
}

/* --- making ------------------------------------------------------------------------------------------------------------- */

struct sv
making_copy(struct making *m, struct sv text)
{
	char *copy;

	if (text.data == NULL)
		return SV_NONE;
	copy = arena_strdup(m->arena, text);
	if (copy == NULL) {
		m->full = true;
		return SV_NONE;
	}
	return (struct sv){ copy, text.len };
}

void
making_sentence(struct making *m, struct sv text, const struct sv *ids, size_t n)
{
	struct narrative_sentence s = { .text = making_copy(m, text) };
	struct sv *copies;

	n = n < CITED_MOST ? n : CITED_MOST;
	copies = ARENA_ARRAY(m->arena, n, struct sv);
	if (m->n_sentences == SENTENCES_MOST || text.len == 0 || n == 0)
		return;
	if (copies == NULL || s.text.data == NULL) {
		m->full = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		copies[i] = making_copy(m, ids[i]);
	s.evidence = copies;
	s.n_evidence = n;
	m->sentences[m->n_sentences++] = s;
}

enum coord_err
making_end(struct making *m, struct narrative *ret, struct coord_error *err)
{
	struct narrative_sentence *sentences =
	    ARENA_ARRAY(m->arena, m->n_sentences, struct narrative_sentence);
	struct narrative_hypothesis *hypotheses =
	    ARENA_ARRAY(m->arena, m->n_hypotheses, struct narrative_hypothesis);

	if (m->full || sentences == NULL || hypotheses == NULL)
		return error_set(err, COORD_ELIMIT, "narrative: too large for its memory");
	memcpy(sentences, m->sentences, m->n_sentences * sizeof(*sentences));
	memcpy(hypotheses, m->hypotheses, m->n_hypotheses * sizeof(*hypotheses));
	ret->sentences = sentences;
	ret->n_sentences = m->n_sentences;
	ret->names = m->names;
	ret->n_names = m->n_names;
	ret->hypotheses = hypotheses;
	ret->n_hypotheses = m->n_hypotheses;
	return COORD_OK;
}

/* --- JSON --------------------------------------------------------------------------------------------------------------- */

static void
key_sv(struct jsonw *w, const char *key, struct sv text)
{
	jsonw_key(w, key);
	jsonw_sv(w, text);
}

static void
key_ids(struct jsonw *w, const struct sv *ids, size_t n)
{
	jsonw_key(w, "evidence");
	jsonw_array(w);
	for (size_t i = 0; i < n; i++)
		jsonw_sv(w, ids[i]);
	jsonw_end(w);
}

static void
write_sentences(struct jsonw *w, const struct narrative *n)
{
	jsonw_key(w, "sentences");
	jsonw_array(w);
	for (size_t i = 0; i < n->n_sentences; i++) {
		jsonw_object(w);
		key_sv(w, "text", n->sentences[i].text);
		key_ids(w, n->sentences[i].evidence, n->sentences[i].n_evidence);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_names(struct jsonw *w, const struct narrative *n)
{
	jsonw_key(w, "names");
	jsonw_array(w);
	for (size_t i = 0; i < n->n_names; i++) {
		jsonw_object(w);
		key_sv(w, "campaign", n->names[i].campaign);
		key_sv(w, "key", n->names[i].key);
		key_sv(w, "name", n->names[i].name);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_hypothesis(struct jsonw *w, const struct narrative_hypothesis *h)
{
	jsonw_object(w);
	key_sv(w, "campaign", h->campaign);
	key_sv(w, "kind", h->kind);
	key_sv(w, "text", h->text);
	key_ids(w, h->evidence, h->n_evidence);
	jsonw_key(w, "lookups");
	jsonw_array(w);
	for (size_t i = 0; i < h->n_questions; i++) {
		jsonw_object(w);
		key_sv(w, "kind", h->questions[i].kind);
		key_sv(w, "evidence", h->questions[i].evidence);
		key_sv(w, "key",
		    sv_eq(h->questions[i].kind, SV("url")) ? SV_NONE : h->questions[i].key);
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_end(w);
}

static void
write_dropped(struct jsonw *w, const struct narrative_dropped *d)
{
	const struct {
		const char *key;
		uint32_t n;
	} rows[] = { { "uncited", d->uncited }, { "number", d->number }, { "claim", d->claim },
		{ "quote", d->quote }, { "character", d->character }, { "word", d->word } };

	jsonw_key(w, "dropped");
	jsonw_object(w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		jsonw_key(w, rows[i].key);
		jsonw_u64(w, rows[i].n);
	}
	jsonw_end(w);
}

void
narrative_json(const struct narrative *n, struct jsonw *w)
{
	jsonw_object(w);
	key_sv(w, "source", sv_from(narrative_source_name(n->source)));
	key_sv(w, "status", sv_from(narrative_status_name(n->status)));
	key_sv(w, "reason", n->reason);
	key_sv(w, "model", n->model);
	key_sv(w, "server", n->server);
	key_sv(w, "digest", n->digest);
	jsonw_key(w, "injection_suspected");
	jsonw_bool(w, n->injection_suspected);
	write_dropped(w, &n->dropped);
	write_sentences(w, n);
	write_names(w, n);
	jsonw_key(w, "hypotheses");
	jsonw_array(w);
	for (size_t i = 0; i < n->n_hypotheses; i++)
		write_hypothesis(w, &n->hypotheses[i]);
	jsonw_end(w);
	jsonw_end(w);
}

/* --- terminals ---------------------------------------------------------------------------------------------------------- */

enum { COLUMNS = 80 };

/** Words of `text` in lines of COLUMNS, the first behind what is there already. */
static void
wrap(struct buf *out, struct sv text, unsigned indent, unsigned *column)
{
	struct sv rest = text;

	while (rest.data != NULL) {
		struct sv word = sv_cut(&rest, ' ');

		if (*column > indent && *column + 1 + word.len > COLUMNS) {
			buf_printf(out, "\n%*s", (int)indent, "");
			*column = indent;
		} else if (*column > indent) {
			buf_add_char(out, ' ');
			(*column)++;
		}
		buf_add_sv(out, word);
		*column += (unsigned)word.len;
	}
}

static void
text_cited(struct buf *out, struct sv text, const struct sv *ids, size_t n)
{
	CLEANUP(buf_clear) struct buf cited = BUF_INIT(1 << 16);
	unsigned column = 2;

	buf_add_str(out, "- ");
	wrap(out, text, 2, &column);
	for (size_t i = 0; i < n; i++) {
		buf_add_str(&cited, i == 0 ? "[" : " ");
		buf_add_sv(&cited, ids[i]);
	}
	buf_add_char(&cited, ']');
	wrap(out, buf_sv(&cited), 2, &column);
	buf_add_char(out, '\n');
}

static void
text_hypothesis(struct buf *out, const struct narrative_hypothesis *h)
{
	text_cited(out, h->text, h->evidence, h->n_evidence);
	if (h->n_questions > 0)
		buf_printf(out, "  would be tested by %zu look-up%s of kind %.*s\n", h->n_questions,
		    h->n_questions == 1 ? "" : "s", SV_ARG(h->questions[0].kind));
}

void
narrative_text(const struct narrative *n, struct buf *out)
{
	for (size_t i = 0; i < n->n_sentences; i++)
		text_cited(out, n->sentences[i].text, n->sentences[i].evidence,
		    n->sentences[i].n_evidence);
	if (n->n_hypotheses > 0)
		buf_add_str(out, "\nHypotheses, none of which moves a number:\n");
	for (size_t i = 0; i < n->n_hypotheses; i++)
		text_hypothesis(out, &n->hypotheses[i]);
	buf_printf(out, "\nTold by: %s", narrative_source_name(n->source));
	if (n->model.len > 0)
		buf_printf(out, " %.*s (%.*s)", SV_ARG(n->model), SV_ARG(n->server));
	buf_printf(out, "; status: %s", narrative_status_name(n->status));
	if (n->reason.len > 0)
		buf_printf(out, ", %.*s", SV_ARG(n->reason));
	buf_add_char(out, '\n');
	if (n->injection_suspected)
		buf_add_str(out, "Attackers seem to speak to language models in this data.\n");
}
