/* html.c - the answer as one page that needs nothing else: no network, no other file.
 * The page's own style and script (page.css, page.js) are embedded at build time and are all that its content security
 * policy lets run, by their hashes. Everything an attacker wrote travels as data: in two JSON blocks, in which < > and
 * & are escaped, and is set into the page as text only. Without script the terminal's text is shown instead. */
#include "report/document.h"

#include "report/graph.h"
#include "report/page.h"
#include "report/timeline.h"
#include "report/words.h"

enum {
	BINS = 240,
	CAMPAIGNS_DRAWN = 60, /* the rest are rows of the list */
	MEMBERS_LISTED = 2000,
	POINTS_MOST = 20000, /* session marks of one timeline */
};

struct view {
	const struct report_input *in;
	struct jsonw w;
	struct arena *arena;
	struct coord_error *err;
	int64_t from_us, to_us;
};

static void
write_word(struct jsonw *w, const char *name, const char *text)
{
	if (text == NULL)
		return;
	jsonw_key(w, name);
	jsonw_str(w, text);
}

static void
write_verdict_words(struct jsonw *w)
{
	jsonw_key(w, "verdicts");
	jsonw_object(w);
	for (unsigned v = 0; v <= VERDICT_SINGLE_ACTOR; v++) {
		const char *name = detect_verdict_name((enum detect_verdict)v);

		jsonw_key(w, name);
		jsonw_array(w);
		jsonw_str(w, words_verdict(sv_from(name)));
		jsonw_str(w, words_verdict_meaning(sv_from(name)));
		jsonw_end(w);
	}
	jsonw_end(w);
}

/* By number: 1 what went spoke against, 2 a guard held the group down. */
static void
write_higher(struct jsonw *w)
{
	jsonw_key(w, "higher");
	jsonw_array(w);
	for (unsigned i = 0; i < 4; i++)
		jsonw_str(w, words_higher((i & 1) != 0, (i & 2) != 0));
	jsonw_end(w);
}

/* The wording of the terminal, for the names that occur in this result. */
static void
write_words(struct view *v)
{
	const struct detect_result *r = v->in->result;
	struct jsonw *w = &v->w;

	jsonw_key(w, "words");
	jsonw_object(w);
	write_verdict_words(w);
	jsonw_key(w, "names");
	jsonw_object(w);
	words_each_known(w, write_word);
	jsonw_end(w);
	jsonw_key(w, "terms");
	jsonw_object(w);
	words_each_term(w, write_word);
	jsonw_end(w);
	jsonw_key(w, "confidence");
	jsonw_str(w, words_confidence(r->confidence, r->verdict));
	write_higher(w);
	jsonw_end(w);
}

static void
write_bins(struct view *v, const char *key, const uint32_t *rows, uint32_t n)
{
	uint32_t bins[BINS];

	timeline_bins(v->in->table, rows, n, v->from_us, v->to_us, bins, BINS);
	jsonw_key(&v->w, key);
	jsonw_array(&v->w);
	for (unsigned i = 0; i < BINS; i++)
		jsonw_u64(&v->w, bins[i]);
	jsonw_end(&v->w);
}

static enum coord_err
write_all_bins(struct view *v)
{
	const struct session_table *t = v->in->table;
	struct arena_mark mark = arena_mark(v->arena);
	uint32_t *rows = ARENA_ARRAY_RAW(v->arena, t->n, uint32_t);

	if (rows == NULL)
		return error_set(v->err, COORD_ENOMEM, "report: no memory for %u sessions", t->n);
	for (uint32_t i = 0; i < t->n; i++)
		rows[i] = i;
	write_bins(v, "bins", rows, t->n);
	arena_rewind(v->arena, mark);
	return COORD_OK;
}

static int64_t
millis(const struct view *v, int64_t us)
{
	return (us - v->from_us) / 1000;
}

static void
write_services(struct jsonw *w, uint32_t services)
{
	jsonw_array(w);
	for (unsigned s = 0; s < SERVICE_COUNT; s++)
		if ((services >> s & 1) != 0)
			jsonw_str(w, session_service_name((enum session_service)s));
	jsonw_end(w);
}

/* Rows: address, sessions, first, last (ms into the span), services, AS number. */
static void
write_members(struct view *v, const struct member *members, uint32_t n)
{
	jsonw_key(&v->w, "members");
	jsonw_array(&v->w);
	for (uint32_t i = 0; i < n && i < MEMBERS_LISTED; i++) {
		jsonw_array(&v->w);
		document_addr(&v->w, members[i].source);
		jsonw_u64(&v->w, members[i].sessions);
		jsonw_i64(&v->w, millis(v, members[i].first_us));
		jsonw_i64(&v->w, millis(v, members[i].last_us));
		write_services(&v->w, members[i].services);
		jsonw_u64(&v->w, members[i].asn);
		jsonw_end(&v->w);
	}
	jsonw_end(&v->w);
}

/* Session starts as pairs (member, ms), one after another; every `step`th when there are too many to draw. */
static void
write_points(struct view *v, const struct detect_campaign *c, const struct member *members)
{
	const struct session_table *t = v->in->table;
	uint32_t step = c->n_sessions / POINTS_MOST + 1;

	jsonw_key(&v->w, "step");
	jsonw_u64(&v->w, step);
	jsonw_key(&v->w, "points");
	jsonw_array(&v->w);
	for (uint32_t i = 0; i < c->n_sessions; i += step) {
		uint32_t row = c->sessions[i];
		uint32_t at = members_find(members, c->n_sources, t->source[row]);

		if (at == c->n_sources || at >= MEMBERS_LISTED)
			continue;
		jsonw_u64(&v->w, at);
		jsonw_i64(&v->w, millis(v, t->start_us[row]));
	}
	jsonw_end(&v->w);
}

static void
write_point(struct jsonw *w, struct graph_point at)
{
	jsonw_f64(w, (double)(int64_t)(at.x * 1000 + (at.x < 0 ? -0.5 : 0.5)) / 1000);
	jsonw_f64(w, (double)(int64_t)(at.y * 1000 + (at.y < 0 ? -0.5 : 0.5)) / 1000);
}

static void
write_features(struct view *v, const struct links *links, const struct graph *g)
{
	jsonw_key(&v->w, "features");
	jsonw_array(&v->w);
	for (uint32_t f = 0; f < links->n_features; f++) {
		const struct link_feature *feature = &links->features[f];

		jsonw_object(&v->w);
		jsonw_key(&v->w, "kind");
		jsonw_sv(&v->w, feature->kind);
		jsonw_key(&v->w, "value");
		jsonw_sv(&v->w, sv_first(feature->value, 400));
		jsonw_key(&v->w, "artefact");
		jsonw_bool(&v->w, feature->artefact != NULL);
		jsonw_key(&v->w, "sources");
		jsonw_u64(&v->w, feature->sources);
		jsonw_key(&v->w, "at");
		jsonw_array(&v->w);
		write_point(&v->w, g->feature_at[f]);
		jsonw_end(&v->w);
		jsonw_end(&v->w);
	}
	jsonw_end(&v->w);
}

static enum coord_err
write_graph(struct view *v, const struct detect_campaign *c, const struct member *members)
{
	struct graph *g = ARENA_NEW(v->arena, struct graph);
	struct links links;

	if (g == NULL)
		return error_set(v->err, COORD_ENOMEM, "report: no memory for a graph");
	TRY(links_of(v->in->table, c, members, v->arena, &links, v->err));
	TRY(graph_lay_out(members, c->n_sources, &links, v->arena, g, v->err));
	write_features(v, &links, g);
	jsonw_key(&v->w, "nodes"); /* address, sessions, x, y, features it carries as bits */
	jsonw_array(&v->w);
	for (uint32_t i = 0; i < g->n_members; i++) {
		jsonw_array(&v->w);
		document_addr(&v->w, members[g->members[i]].source);
		jsonw_u64(&v->w, members[g->members[i]].sessions);
		write_point(&v->w, g->source_at[i]);
		jsonw_u64(&v->w, links.carried[g->members[i]]);
		jsonw_end(&v->w);
	}
	jsonw_end(&v->w);
	return COORD_OK;
}

static enum coord_err
write_campaign(struct view *v, const struct detect_campaign *c)
{
	struct arena_mark mark = arena_mark(v->arena);
	const struct member *members = members_of(v->in->table, c, v->arena);

	if (members == NULL)
		return error_set(
		    v->err, COORD_ENOMEM, "report: no memory for %u sources", c->n_sources);
	jsonw_object(&v->w);
	write_bins(v, "bins", c->sessions, c->n_sessions);
	write_members(v, members, c->n_sources);
	write_points(v, c, members);
	TRY(write_graph(v, c, members));
	jsonw_end(&v->w);
	arena_rewind(v->arena, mark);
	return COORD_OK;
}

/* What the page draws and the result document does not hold. */
static enum coord_err
write_view(struct view *v)
{
	const struct detect_result *r = v->in->result;

	document_span(v->in->table, &v->from_us, &v->to_us);
	jsonw_object(&v->w);
	write_words(v);
	jsonw_key(&v->w, "from_ms");
	jsonw_i64(&v->w, v->from_us / 1000);
	jsonw_key(&v->w, "span_ms");
	jsonw_i64(&v->w, (v->to_us - v->from_us) / 1000);
	TRY(write_all_bins(v));
	jsonw_key(&v->w, "campaigns");
	jsonw_array(&v->w);
	for (uint32_t i = 0; i < r->n_campaigns && i < CAMPAIGNS_DRAWN; i++)
		TRY(write_campaign(v, &r->campaigns[i]));
	jsonw_end(&v->w);
	jsonw_end(&v->w);
	return COORD_OK;
}

static enum coord_err
write_plain(const struct report_input *in, struct buf *out, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(out->max);
	struct report_style style = { .columns = 100, .unicode = true };

	TRY(report_text(in, style, &text, err));
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '<')
			buf_add_str(out, "&lt;");
		else if (text.data[i] == '>')
			buf_add_str(out, "&gt;");
		else if (text.data[i] == '&')
			buf_add_str(out, "&amp;");
		else
			buf_add_char(out, text.data[i]);
	}
	return COORD_OK;
}

static enum coord_err
write_page(
    const struct report_input *in, struct arena *arena, struct buf *out, struct coord_error *err)
{
	struct view v = { .in = in, .w = jsonw_init(out, false), .arena = arena, .err = err };
	struct jsonw w = jsonw_init(out, false);

	buf_add_sv(out, page_part(PAGE_BEFORE_TEXT));
	TRY(write_plain(in, out, err));
	buf_add_sv(out, page_part(PAGE_BEFORE_RESULT));
	TRY(document_write(in, &w, err));
	buf_add_sv(out, page_part(PAGE_BEFORE_VIEW));
	TRY(write_view(&v));
	buf_add_sv(out, page_part(PAGE_END));
	return document_done(out, err);
}

enum coord_err
report_html(const struct report_input *in, struct buf *out, struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	enum coord_err rc;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "report: no memory");
	rc = write_page(in, arena, out, err);
	arena_free(arena);
	return rc;
}
