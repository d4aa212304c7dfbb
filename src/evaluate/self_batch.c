/* self_batch.c - one batch out of the user's own logs: some whole days of sessions, as they are or with all coordination taken
 * out (generate_decoordinate), and something planted into them. A batch is as large as what is usually submitted; where one
 * day holds more, a share of the sources is kept with all of their sessions, so that what each does stays whole. */
#include "evaluate/self.h"

#include <math.h>
#include <stdlib.h>

#define DAY_US (86400 * TIME_SECOND)
enum { SESSIONS_MOST = 2000, SOURCES_LEAST = 50, SERVED_LEAST = 5 };
enum { GAP = 20, THIN = 10, CUTS_MOST = 1000 };
/* 64-bit parts of a batch's seed */
enum { PART_CUT = 1, PART_PLANT };

static const uint32_t spans[] = { 7, 3, 1 };

/** The rows with which sources come in for the first time. */
struct first_rows {
	const struct session_table *table;
	struct map seen;
	bool full;
};

static bool
is_first(void *context, uint32_t row)
{
	struct first_rows *first = context;
	const struct addr *a = &first->table->source[row];
	uint32_t *slot = map_slot(
	    &first->seen, hash_content((struct sv){ (const char *)a->bytes, sizeof(a->bytes) }));
	bool ret = slot != NULL && *slot == MAP_NONE;

	first->full = first->full || slot == NULL;
	if (ret)
		*slot = 1;
	return ret;
}

/* One row of each source says where it lives, which is all that a batch needs of the whole log. */
static enum coord_err
population_of(const struct session_table *t, struct session_table *ret, struct coord_error *err)
{
	struct first_rows first = { .table = t, .seen = MAP_INIT };
	enum coord_err rc = batch_subset(t, is_first, &first, ret, err);

	map_clear(&first.seen);
	if (rc == COORD_OK && first.full) {
		session_table_free(ret);
		rc = error_set(err, COORD_ENOMEM, "evaluate: no memory for the sources");
	}
	return rc;
}

static void
site_shares(const struct reference *reference, struct self_site *site)
{
	const struct session_table *t = site->table;
	const struct reference_content *content = reference_content_of(reference);
	uint32_t served = 0, overlap = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		served += t->service[i] == SERVICE_SSH || t->service[i] == SERVICE_TELNET;
		overlap +=
		    t->start_us[i] >= content->first_us && t->start_us[i] <= content->last_us;
	}
	if (content->last_us < t->start_us[0])
		site->reference_age_us = t->start_us[0] - content->last_us;
	site->served = (double)served / t->n;
	site->overlap = (double)overlap / t->n;
}

/** A gap: more than a day, and more than a quiet sensor leaves between two sessions. */
static int64_t
recorded_of(const struct session_table *t)
{
	int64_t ret = t->start_us[t->n - 1] - t->start_us[0];
	int64_t most = GAP * (ret / t->n);

	most = most > DAY_US ? most : DAY_US;
	for (uint32_t i = 1; i < t->n; i++)
		if (t->start_us[i] - t->start_us[i - 1] > most)
			ret -= t->start_us[i] - t->start_us[i - 1];
	return ret;
}

void
self_site_clear(struct self_site *site)
{
	session_table_free(&site->population);
}

static enum coord_err
measure(const struct evaluate_self_config *config, struct self_site *s, struct coord_error *err)
{
	const struct session_table *t = s->table;
	uint32_t most = config->sessions_most == 0 ? SESSIONS_MOST : config->sessions_most;
	double a_day;

	s->sources = s->population.n;
	if (s->sources < SOURCES_LEAST)
		return error_set(err, COORD_ENODATA,
		    "evaluate: %u sources in these logs, at least %d are needed", s->sources,
		    (int)SOURCES_LEAST);
	s->first_us = t->start_us[0];
	s->last_us = t->start_us[t->n - 1];
	s->recorded_us = recorded_of(t);
	if (s->recorded_us < DAY_US)
		return error_set(
		    err, COORD_ENODATA, "evaluate: these logs span less than a day, gaps left out");
	a_day = t->n / ((double)s->recorded_us / DAY_US);
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		s->days = spans[i];
		if (s->recorded_us >= s->days * DAY_US && a_day * s->days <= most)
			break;
	}
	s->share = fmin(most / (a_day * s->days), 1);
	site_shares(config->reference, s);
	if (100 * s->served < SERVED_LEAST)
		return error_set(err, COORD_ENODATA,
		    "evaluate: %.1f %% of these sessions are SSH or Telnet, which is what is "
		    "planted; %d %% are "
		    "needed",
		    100 * s->served, (int)SERVED_LEAST);
	return COORD_OK;
}

enum coord_err
self_site_of(
    const struct evaluate_self_config *config, struct self_site *ret, struct coord_error *err)
{
	struct self_site s = { .table = config->table, .share = 1 };
	enum coord_err rc;

	TRY(population_of(s.table, &s.population, err));
	rc = measure(config, &s, err);
	if (rc == COORD_OK)
		*ret = s;
	else
		self_site_clear(&s);
	return rc;
}

struct cut {
	const struct session_table *table;
	int64_t from_us, to_us;
	uint64_t salt, below; /* a source is kept when its salted hash is below */
};

static bool
in_cut(void *context, uint32_t row)
{
	const struct cut *cut = context;
	const struct addr *a = &cut->table->source[row];

	if (cut->table->start_us[row] < cut->from_us || cut->table->start_us[row] >= cut->to_us)
		return false;
	return cut->below == UINT64_MAX ||
	       hash_mix(cut->salt, hash_content((struct sv){
				       (const char *)a->bytes, sizeof(a->bytes) })) < cut->below;
}

/** How many sessions begin before then. */
static uint32_t
rows_before(const struct session_table *t, int64_t us)
{
	uint32_t from = 0, to = t->n;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (t->start_us[middle] < us)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/** Days on which nothing, or next to nothing, was recorded are no background that anybody submits: less than a tenth of the mean. */
static bool
is_thin(const struct self_site *site, const struct cut *cut)
{
	uint32_t n = rows_before(site->table, cut->to_us) - rows_before(site->table, cut->from_us);

	return (double)n * THIN * (double)site->recorded_us <
	       (double)site->table->n * (double)(cut->to_us - cut->from_us);
}

static struct cut
cut_of(const struct self_site *site, uint64_t seed)
{
	struct rng rng = rng_at(seed, PART_CUT, 0, 0);
	uint64_t room = (uint64_t)(site->last_us - site->first_us - site->days * DAY_US);
	struct cut cut = { .table = site->table,
		.salt = rng_u64(&rng),
		.below = site->share >= 1 ? UINT64_MAX : (uint64_t)(site->share * 0x1p64) };

	cut.from_us = site->first_us + (int64_t)(room > 0 ? rng_below64(&rng, room) : 0);
	cut.to_us = cut.from_us + site->days * DAY_US;
	/* a gap may be years: the next ones begin with a session */
	for (int i = 1; i < CUTS_MOST && is_thin(site, &cut); i++) {
		int64_t at = site->table->start_us[rng_below(&rng, site->table->n)];
		int64_t latest = site->first_us + (int64_t)room;

		cut.from_us = at < latest ? at : latest;
		cut.to_us = cut.from_us + site->days * DAY_US;
	}
	return cut;
}

/* Everything planted takes tools, words and hours from the sessions it is planted into (generate/real.c), and networks from
 * the whole log (generate/real_networks.c). */
static enum coord_err
generate_into(const struct self_site *site, const struct self_cell *cell,
    const struct session_table *real, uint64_t seed, struct session_builder *builder,
    struct generate_labels *ret, struct coord_error *err)
{
	bool without = cell->kind == SELF_LOOKALIKE || cell->kind == SELF_NULL;
	struct generate_config config = { .seed = hash_mix(seed, PART_PLANT),
		.format = FORMAT_NDJSON,
		.background = without ? BACKGROUND_NULL : BACKGROUND_REAL,
		.real = real,
		.population = &site->population,
		.plans = &cell->plan,
		.n_plans = cell->kind == SELF_NULL ? 0 : 1 };

	return generate_sessions(&config, builder, ret, err);
}

/* --- what gives a campaign away, taken out --- */

static bool
gives_away(const struct session_row_item *item)
{
	switch ((enum session_item_kind)item->kind) {
	case ITEM_PUBLIC_KEY:
	case ITEM_URL:
	case ITEM_FILE_HASH:
	case ITEM_HOST:
		return true;
	case ITEM_COMMAND:
		return sv_has(item->a, SV("://")) || sv_has(item->a, SV("AAAA"));
	default:
		return false;
	}
}

static struct session_row
bare_row(const struct session_table *t, uint32_t row, struct session_row_item *items)
{
	struct session_row ret = batch_row_of(t, row, items);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ret.n_items; i++)
		if (!gives_away(&items[i]))
			items[kept++] = items[i];
	ret.n_items = kept;
	return ret;
}

/* Whole lines go: a masked one would be a word that nobody else has. The background keeps what it has. */
static enum coord_err
strip_plant(struct batch *b, struct coord_error *err)
{
	struct session_builder *builder = session_builder_new();
	struct session_row_item *items = malloc((b->table.n_items + 1) * sizeof(*items));
	struct session_table bare;
	enum coord_err rc = COORD_OK;

	if (builder == NULL || items == NULL)
		rc = error_set(err, COORD_ENOMEM, "evaluate: no memory for a batch");
	for (uint32_t i = 0; rc == COORD_OK && i < b->table.n; i++) {
		uint32_t at = truth_find(&b->truth, b->table.source[i]);
		bool planted = at != UINT32_MAX && b->truth.campaign[at] != 0;
		struct session_row row =
		    planted ? bare_row(&b->table, i, items) : batch_row_of(&b->table, i, items);

		rc = session_builder_add(builder, &row, err);
	}
	if (rc == COORD_OK)
		rc = session_builder_finish(builder, &bare, NULL, err);
	session_builder_free(builder);
	free(items);
	if (rc != COORD_OK)
		return rc;
	session_table_free(&b->table);
	b->table = bare;
	return COORD_OK;
}

static enum coord_err
finish(const struct self_cell *cell, struct session_builder *builder,
    const struct generate_labels *labels, struct arena *arena, struct batch *ret,
    struct coord_error *err)
{
	enum coord_err rc;

	TRY(session_builder_finish(builder, &ret->table, NULL, err));
	if (labels->n_groups > 0)
		ret->group = labels->groups[0];
	rc = truth_of_labels(&ret->table, labels, arena, &ret->truth, err);
	if (rc == COORD_OK && cell->bare)
		rc = strip_plant(ret, err);
	if (rc != COORD_OK)
		session_table_free(&ret->table);
	return rc;
}

enum coord_err
self_batch_make(const struct self_site *site, const struct self_cell *cell, uint64_t seed,
    struct arena *arena, struct batch *ret, int64_t *ret_from_us, struct coord_error *err)
{
	struct session_builder *builder = session_builder_new();
	struct generate_labels labels = { .n = 0 };
	struct cut cut = cut_of(site, seed);
	struct batch batch = { .group_mode = false };
	struct session_table real = { .n = 0 };
	enum coord_err rc = COORD_OK;

	if (builder == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for a batch");
	rc = batch_subset(cut.table, in_cut, &cut, &real, err);
	if (rc == COORD_OK)
		rc = generate_into(site, cell, &real, seed, builder, &labels, err);
	if (rc == COORD_OK)
		rc = finish(cell, builder, &labels, arena, &batch, err);
	session_builder_free(builder);
	generate_labels_clear(&labels);
	session_table_free(&real);
	if (rc != COORD_OK)
		return rc;
	*ret = batch;
	*ret_from_us = cut.from_us;
	return COORD_OK;
}
