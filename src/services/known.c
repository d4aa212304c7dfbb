/* known.c - answers from outside as the engine knows the world: lists of feeds and of known scanners, and look-ups of autonomous system and country in a
 * table that the answers were frozen into. Nothing else of them reaches the verdict, so that the confidence stays what it was calibrated for, and whoever
 * has the answers (they are in the document) judges the same again without asking anybody.
 * A provider's answers are a list, or a table, only when it was asked about every source of the sessions: else a rate of those it knows would be compared with
 * sources that nobody asked about, and be high by construction.
 * A feed is named "provider" or "provider:category"; its addresses are those of which the provider said `listed`. */
#include <stdlib.h>

#include "services/answers.h"
#include "services/services.h"

enum { NAME_MOST = 48 };

static const size_t list_most = (size_t)16 << 20;

struct place {
	struct addr address; /* or the first of a prefix */
	unsigned bits;
	uint32_t asn, country;
};

struct services_known {
	const struct services_files *files;
	struct knowledge *knowledge; /* NULL: that of the files */
	struct place *places;        /* by address */
	size_t n_places;
};

/* Of a list to come: a line an address. */
struct listing {
	char name[2 * NAME_MOST];
	struct buf text;
};

struct making {
	struct services_known *known;
	struct arena *arena;
	const struct tools_answer *answers;
	size_t n;
	const struct addr *sources;
	size_t n_sources;
	/* the last provider that was looked at: answers of one stand together */
	const char *provider;
	bool covers;
	struct listing *feeds;
	size_t n_feeds, room;
	struct buf scanners;
	struct coord_error *err;
};

/* A name for lists: letters, digits and a few marks of what a provider said. */
static void
add_word(struct sv text, char *out, size_t size)
{
	size_t used = strlen(out), from = used;

	for (size_t i = 0; i < text.len && used + 1 < size && used - from < NAME_MOST - 1; i++) {
		char c = text.data[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '-' || c == '.';

		out[used++] = plain ? c : '_';
	}
	out[used] = 0;
}

static enum coord_err
list_address(struct making *m, const struct tools_answer *answer, struct sv category)
{
	char name[2 * NAME_MOST] = "";
	size_t at = 0;

	add_word(sv_from(answer->lookup.provider), name, NAME_MOST);
	if (category.len > 0 && !sv_eq(category, sv_from(answer->lookup.provider))) {
		memcpy(name + strlen(name), ":", 2);
		add_word(category, name, sizeof(name));
	}
	while (at < m->n_feeds && strcmp(m->feeds[at].name, name) != 0)
		at++;
	if (at == m->room)
		return error_set(m->err, COORD_ENOMEM, "no memory for answers");
	if (at == m->n_feeds) {
		m->feeds[at].text = BUF_INIT(list_most);
		memcpy(m->feeds[at].name, name, sizeof(name));
		m->n_feeds++;
	}
	buf_printf(&m->feeds[at].text, "%.*s\n", SV_ARG(answer->lookup.question.text));
	return COORD_OK;
}

static void
name_scanner(struct making *m, const struct tools_answer *answer, struct sv name)
{
	char word[NAME_MOST] = "";

	add_word(name, word, sizeof(word));
	if (word[0] != 0)
		buf_printf(
		    &m->scanners, "%s,network,%.*s\n", word, SV_ARG(answer->lookup.question.text));
}

static enum coord_err
look_at(struct making *m, const char *provider)
{
	if (m->provider != NULL && strcmp(m->provider, provider) == 0)
		return COORD_OK;
	m->provider = provider;
	return tools_covers(
	    m->answers, m->n, provider, m->sources, m->n_sources, &m->covers, m->err);
}

static enum coord_err
read_lists(struct making *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct tools_answer *a = &m->answers[i];

		if (a->outcome != LOOKUP_HIT || a->lookup.question.kind != ASK_ADDRESS)
			continue;
		TRY(look_at(m, a->lookup.provider));
		for (size_t f = 0; f < a->n_facts; f++)
			if (a->facts[f].name == FACT_LISTED && m->covers)
				TRY(list_address(m, a, a->facts[f].text));
			else if (a->facts[f].name == FACT_SCANNER)
				name_scanner(m, a, a->facts[f].text);
	}
	return COORD_OK;
}

/* --- places ------------------------------------------------------------------------------------------------------------- */

static int
place_order(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int c = addr_cmp(x->address, y->address);

	return c != 0 ? c : (x->bits > y->bits) - (x->bits < y->bits);
}

static bool
read_place(const struct tools_answer *a, struct place *ret)
{
	const struct tools_fact *asn = tools_fact_of(a, FACT_ASN),
				*country = tools_fact_of(a, FACT_COUNTRY);

	struct net_prefix asked;

	*ret = (struct place){ .asn = 0 };
	if (a->outcome != LOOKUP_HIT ||
	    (a->lookup.question.kind != ASK_ADDRESS && a->lookup.question.kind != ASK_PREFIX) ||
	    !net_prefix_parse(a->lookup.question.text, &asked))
		return false;
	ret->address = asked.base;
	ret->bits = asked.bits;
	if (asn != NULL && asn->number > 0 && asn->number <= UINT32_MAX)
		ret->asn = (uint32_t)asn->number;
	if (country != NULL && country->text.len == 2)
		ret->country = (uint32_t)(unsigned char)country->text.data[0] << 8 |
			       (unsigned char)country->text.data[1];
	return ret->asn != 0 || ret->country != 0;
}

/* The first answer of an address that knows a thing is believed. */
static void
merge_places(struct services_known *known)
{
	size_t n = 0;

	for (size_t i = 0; i < known->n_places; i++) {
		struct place *p = &known->places[i];

		if (n > 0 && place_order(&known->places[n - 1], p) == 0) {
			struct place *q = &known->places[n - 1];

			q->asn = q->asn == 0 ? p->asn : q->asn;
			q->country = q->country == 0 ? p->country : q->country;
		} else {
			known->places[n++] = *p;
		}
	}
	known->n_places = n;
}

static enum coord_err
read_places(struct making *m)
{
	struct services_known *known = m->known;

	known->places = calloc(m->n + 1, sizeof(*known->places));
	if (known->places == NULL)
		return error_set(m->err, COORD_ENOMEM, "no memory for answers");
	for (size_t i = 0; i < m->n; i++) {
		TRY(look_at(m, m->answers[i].lookup.provider));
		if (m->covers)
			known->n_places +=
			    read_place(&m->answers[i], &known->places[known->n_places]);
	}
	qsort(known->places, known->n_places, sizeof(*known->places), place_order);
	merge_places(known);
	return COORD_OK;
}

/* Of the address itself, or of the /24 or /48 that was asked in its place. */
static const struct place *
place_of(const struct services_known *known, struct addr a)
{
	unsigned whole = addr_is_v4(a) ? 32 : 128, part = addr_is_v4(a) ? 24 : 48;
	struct place key = { .address = a, .bits = whole };
	const struct place *found =
	    bsearch(&key, known->places, known->n_places, sizeof(*known->places), place_order);

	if (found != NULL)
		return found;
	key = (struct place){ .address = addr_prefix(a, part), .bits = part };
	return bsearch(&key, known->places, known->n_places, sizeof(*known->places), place_order);
}

/* Files of this machine first: an answer only says what they do not. */
static uint32_t
known_asn(void *context, struct addr a)
{
	const struct services_known *known = context;
	struct detect_config config = { .asn_of = NULL };
	const struct place *p;
	uint32_t asn;

	services_files_use(known->files, &config);
	asn = config.asn_of == NULL ? 0 : config.asn_of(config.asn_context, a);
	if (asn != 0)
		return asn;
	p = place_of(known, a);
	return p == NULL ? 0 : p->asn;
}

static uint32_t
known_country(void *context, struct addr a)
{
	const struct services_known *known = context;
	struct detect_config config = { .country_of = NULL };
	const struct place *p;
	uint32_t country;

	services_files_use(known->files, &config);
	country = config.country_of == NULL ? 0 : config.country_of(config.country_context, a);
	if (country != 0)
		return country;
	p = place_of(known, a);
	return p == NULL ? 0 : p->country;
}

/* --- the whole ------------------------------------------------------------------------------------------------------------ */

static int
listing_order(const void *a, const void *b)
{
	return strcmp(((const struct listing *)a)->name, ((const struct listing *)b)->name);
}

static enum coord_err
add_lists(struct making *m)
{
	struct services_known *known = m->known;

	if (m->n_feeds == 0 && m->scanners.len == 0)
		return COORD_OK;
	TRY(services_knowledge(m->known->files, &known->knowledge, m->err));
	qsort(m->feeds, m->n_feeds, sizeof(*m->feeds), listing_order);
	for (size_t i = 0; i < m->n_feeds; i++)
		TRY(detect_knowledge_add(known->knowledge, LIST_FEED, m->feeds[i].name,
		    buf_sv(&m->feeds[i].text), m->err));
	if (m->scanners.len == 0)
		return COORD_OK;
	return detect_knowledge_add(
	    known->knowledge, LIST_SCANNERS, "answers", buf_sv(&m->scanners), m->err);
}

static enum coord_err
make(struct making *m, struct sv answers)
{
	struct tools_answer *list = NULL;

	TRY(answers_read(answers, m->arena, &list, &m->n, m->err));
	m->answers = list;
	m->room = m->n * 16 + 1;
	m->feeds = ARENA_ARRAY(m->arena, m->room, struct listing);
	if (m->feeds == NULL)
		return error_set(m->err, COORD_ENOMEM, "no memory for answers");
	TRY(read_lists(m));
	TRY(read_places(m));
	return add_lists(m);
}

enum coord_err
services_known_new(const struct services_files *files, struct sv answers,
    const struct addr *sources, size_t n_sources, struct services_known **ret,
    struct coord_error *err)
{
	struct making m = { .known = calloc(1, sizeof(*m.known)),
		.sources = sources,
		.n_sources = n_sources,
		.arena = arena_new(0),
		.scanners = BUF_INIT(list_most),
		.err = err };
	enum coord_err rc = COORD_ENOMEM;

	*ret = NULL;
	if (m.known != NULL && m.arena != NULL) {
		m.known->files = files;
		rc = make(&m, answers);
	} else {
		(void)error_set(err, rc, "no memory for answers");
	}
	for (size_t i = 0; i < m.n_feeds; i++)
		buf_clear(&m.feeds[i].text);
	buf_clear(&m.scanners);
	arena_free(m.arena);
	if (rc == COORD_OK && (m.known->knowledge != NULL || m.known->n_places > 0)) {
		*ret = m.known;
		return COORD_OK;
	}
	services_known_free(m.known);
	return rc;
}

void
services_known_use(const struct services_known *known, struct detect_config *config)
{
	if (known->knowledge != NULL)
		config->knowledge = known->knowledge;
	if (known->n_places == 0)
		return;
	config->asn_of = known_asn;
	config->country_of = known_country;
	/* pure: the engine's pointer is not const because databases of others may not be */
	config->asn_context = config->country_context = (void *)(uintptr_t)known;
}

void
services_known_free(struct services_known *known)
{
	if (known == NULL)
		return;
	detect_knowledge_free(known->knowledge);
	free(known->places);
	free(known);
}
