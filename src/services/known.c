/* known.c - answers from outside as the engine knows the world: lists of feeds and of known scanners, and look-ups of autonomous system and country in a
 * table that the answers were frozen into. Nothing else of them reaches the verdict, so that the confidence stays what it was calibrated for, and whoever
 * has the answers (they are in the document) judges the same again without asking anybody.
 * A provider's answers are a list, or a table, only when it was asked about every source of the sessions: else a rate of those it knows would be compared with
 * sources that nobody asked about, and be high by construction.
 * What a list is called and whom it holds is said by tools_labels. */
#include <stdlib.h>

#include "services/answers.h"
#include "services/services.h"

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
	struct coord_error *err;
};

static enum coord_err
look_at(struct making *m, const char *provider)
{
	if (m->provider != NULL && strcmp(m->provider, provider) == 0)
		return COORD_OK;
	m->provider = provider;
	return tools_covers(
	    m->answers, m->n, provider, m->sources, m->n_sources, &m->covers, m->err);
}

/* --- lists -------------------------------------------------------------------------------------------------------------- */

static enum coord_err
add_list(struct making *m, enum detect_list_kind kind, struct sv name,
    const struct tools_label *labels, size_t n)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(list_most);
	const char *known_as = arena_strdup(m->arena, name);

	if (kind == LIST_FEED)
		tools_feed_list(labels, n, name, &text);
	else
		tools_scanner_list(labels, n, &text);
	if (text.failed || known_as == NULL)
		return error_set(m->err, COORD_ENOMEM, "no memory for answers");
	if (m->known->knowledge == NULL)
		TRY(services_knowledge(m->known->files, &m->known->knowledge, m->err));
	return detect_knowledge_add(m->known->knowledge, kind, known_as, buf_sv(&text), m->err);
}

/* Feeds by the providers that were asked about everybody. Labels come by name. */
static enum coord_err
read_feeds(struct making *m)
{
	struct tools_answer *covering = ARENA_ARRAY(m->arena, m->n, struct tools_answer);
	struct tools_label *labels;
	size_t n = 0, n_labels;

	if (covering == NULL)
		return error_set(m->err, COORD_ENOMEM, "no memory for answers");
	for (size_t i = 0; i < m->n; i++) {
		TRY(look_at(m, m->answers[i].lookup.provider));
		if (m->covers)
			covering[n++] = m->answers[i];
	}
	TRY(tools_labels(covering, n, m->arena, &labels, &n_labels, m->err));
	for (size_t i = 0; i < n_labels && !labels[i].benign; i++)
		if (i == 0 || !sv_eq(labels[i].name, labels[i - 1].name))
			TRY(add_list(m, LIST_FEED, labels[i].name, labels, n_labels));
	return COORD_OK;
}

/* A known scanner is one, whoever else was asked about. */
static enum coord_err
read_scanners(struct making *m)
{
	struct tools_label *labels;
	size_t n;

	TRY(tools_labels(m->answers, m->n, m->arena, &labels, &n, m->err));
	/* they stand behind the feeds */
	if (n == 0 || !labels[n - 1].benign)
		return COORD_OK;
	return add_list(m, LIST_SCANNERS, SV("answers"), labels, n);
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

static enum coord_err
make(struct making *m, struct sv answers)
{
	struct tools_answer *list = NULL;

	TRY(answers_read(answers, m->arena, &list, &m->n, m->err));
	m->answers = list;
	TRY(read_feeds(m));
	TRY(read_scanners(m));
	return read_places(m);
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
		.err = err };
	enum coord_err rc = COORD_ENOMEM;

	*ret = NULL;
	if (m.known != NULL && m.arena != NULL) {
		m.known->files = files;
		rc = make(&m, answers);
	} else {
		(void)error_set(err, rc, "no memory for answers");
	}
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
