/* real_newcomers.c - modes R and N: independent newcomers to a real background. Each does what some source of its tool does:
 * as many credentials and lines as that one has, tries and is let in as often; which ones is dealt (deck.h) from all that
 * sources of the tool have. A wordlist or script that came with a tool only in our invention would be shared by newcomers
 * and by nobody else, which is what a campaign looks like. Sources of a tool that has too few are those of its service,
 * as in the strata within which decoordinate.c lets tokens change hands. */
#include "generate/tally.h"
#include "generate/world.h"

enum { TOOL_SOURCES_LEAST = 50, TRIES_MOST = 20, WORDS_MOST = 300 };
/* kinds of things counted, within a class */
enum { OF_CREDENTIAL = 1, OF_LINE, OF_SOURCE, OF_BOTH };

/** What one source of the background does. */
struct donor {
	uint32_t sessions, tries, entered;
	uint32_t credentials, lines; /* distinct ones */
};

/** Things that sources of one class have, and a deck of them. */
struct choice {
	uint32_t *ids;
	struct deck deck;
};

struct newcomers {
	uint32_t class_of[TOOLS];
	struct choice credentials[NEWCOMER_CLASSES]; /* by rank */
	struct choice lines[NEWCOMER_CLASSES];       /* by text */
	struct choice donors[NEWCOMER_CLASSES];
	struct donor *all;
	const char **text;
};

struct counting {
	struct world *w;
	const struct map *ranks;
	struct newcomers *to;
	struct map tools, texts;
	struct tally credentials, lines, sources; /* a: the thing, b: the class */
	struct donor *donors;
	uint32_t n_texts;
	bool failed;
};

static uint32_t
text_of(struct counting *c, uint32_t string)
{
	uint32_t *slot = map_slot(&c->texts, string);

	c->failed = c->failed || slot == NULL;
	if (slot == NULL)
		return 0;
	if (*slot == MAP_NONE) {
		c->to->text[c->n_texts] =
		    arena_strdup(c->w->arena, session_string(c->w->real, string));
		c->failed = c->failed || c->to->text[c->n_texts] == NULL;
		*slot = c->n_texts++;
	}
	return *slot;
}

static void
count_item(struct counting *c, const struct session_item *item, uint32_t class, uint64_t source,
    struct donor *donor)
{
	const struct session_table *t = c->w->real;
	uint64_t in = hash_mix(OF_BOTH, class), key;

	if (item->a == STR_NONE)
		return;
	if (item->kind == ITEM_CREDENTIAL && item->b != STR_NONE) {
		uint32_t rank = map_get(c->ranks, real_credential_key(item->a, item->b));

		donor->tries++;
		key = hash_mix(hash_mix(in, OF_CREDENTIAL), rank);
		if (rank != MAP_NONE)
			donor->credentials += tally_add(&c->credentials, key, rank, class, source);
	} else if (item->kind == ITEM_COMMAND && real_is_common_line(session_string(t, item->a))) {
		key = hash_mix(hash_mix(in, OF_LINE), item->a);
		donor->lines += tally_add(&c->lines, key, text_of(c, item->a), class, source);
	}
}

static void
count_row(struct counting *c, uint32_t row)
{
	const struct session_table *t = c->w->real;
	uint64_t source = address_key(t->source[row]), key;
	uint32_t tool, class;
	struct donor *donor;
	bool in = false;

	if (!real_is_shell(t, row))
		return;
	tool = map_get(&c->tools, real_tool_key(t, row));
	class =
	    tool != MAP_NONE ? c->to->class_of[tool] : TOOLS + (t->service[row] == SERVICE_TELNET);
	key = hash_mix(hash_mix(hash_mix(OF_BOTH, class), OF_SOURCE), source);
	tally_add(&c->sources, key, c->sources.n, class, source);
	if (c->sources.failed)
		return;
	donor = &c->donors[map_get(&c->sources.index, key)];
	donor->sessions++;
	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
		count_item(c, &t->items[i], class, source, donor);
		in = in ||
		     (t->items[i].kind == ITEM_CREDENTIAL && (t->items[i].flags & ITEM_SUCCESS));
	}
	donor->entered += in;
}

/* A tally, most popular first, parted by class. */
static bool
part(struct world *w, const struct tally *found, struct choice ret[NEWCOMER_CLASSES])
{
	uint32_t *sources = ARENA_ARRAY_RAW(w->arena, (size_t)found->n + 1, uint32_t);

	if (sources == NULL)
		return false;
	for (uint32_t c = 0; c < NEWCOMER_CLASSES; c++) {
		uint32_t n = 0;

		for (uint32_t i = 0; i < found->n; i++)
			n += found->entries[i].b == c;
		ret[c].ids = ARENA_ARRAY_RAW(w->arena, (size_t)n + 1, uint32_t);
		if (ret[c].ids == NULL)
			return false;
		n = 0;
		for (uint32_t i = 0; i < found->n; i++)
			if (found->entries[i].b == c) {
				ret[c].ids[n] = found->entries[i].a;
				sources[n++] = found->entries[i].sources;
			}
		if (!deck_make(&ret[c].deck, sources, n, w->arena))
			return false;
	}
	return true;
}

static bool
count_all(struct counting *c)
{
	struct world *w = c->w;

	for (uint32_t i = 0; i < w->n_tools; i++) {
		uint32_t *slot = map_slot(&c->tools, w->tool_keys[i]);

		if (slot == NULL)
			return false;
		*slot = i;
	}
	for (uint32_t row = 0; row < w->real->n && !c->failed; row++)
		count_row(c, row);
	if (c->failed || c->credentials.failed || c->lines.failed || c->sources.failed)
		return false;
	tally_sort(&c->credentials);
	tally_sort(&c->lines);
	return part(w, &c->credentials, c->to->credentials) && part(w, &c->lines, c->to->lines) &&
	       part(w, &c->sources, c->to->donors);
}

bool
newcomers_learn(struct world *w, const uint32_t *tool_sources, const struct map *ranks)
{
	struct counting c = { .w = w,
		.ranks = ranks,
		.to = ARENA_NEW(w->arena, struct newcomers),
		.credentials = TALLY_INIT,
		.lines = TALLY_INIT,
		.sources = TALLY_INIT };
	bool ok;

	if (c.to == NULL)
		return false;
	for (uint32_t i = 0; i < TOOLS; i++)
		c.to->class_of[i] = i < w->n_tools && tool_sources[i] >= TOOL_SOURCES_LEAST
					? i
					: TOOLS + (w->tools[i].service == SERVICE_TELNET);
	c.donors = ARENA_ARRAY(w->arena, w->real->n, struct donor);
	c.to->text = ARENA_ARRAY(w->arena, (size_t)w->real->n_items + 1, const char *);
	c.to->all = c.donors;
	ok = c.donors != NULL && c.to->text != NULL && count_all(&c);
	map_clear(&c.tools);
	map_clear(&c.texts);
	tally_clear(&c.credentials);
	tally_clear(&c.lines);
	tally_clear(&c.sources);
	w->newcomers = c.to;
	return ok;
}

/* Up to `want` different things. */
static uint32_t
draw(struct world *w, struct choice *from, uint32_t want, uint32_t *ret, struct rng *rng)
{
	uint32_t n = deck_draw_different(&from->deck, want, ret, rng);

	w->failed = w->failed || n == UINT32_MAX;
	if (w->failed)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		ret[i] = from->ids[ret[i]];
	return n;
}

static struct donor
draw_donor(struct newcomers *from, uint32_t class, struct rng *rng)
{
	struct choice *donors = &from->donors[class];

	if (donors->deck.n == 0) /* a tool that was invented */
		return (struct donor){ .sessions = 1 };
	return from->all[donors->ids[deck_draw(&donors->deck, rng)]];
}

void
newcomer_habits(struct world *w, struct actor *a, struct rng *rng)
{
	struct newcomers *from = w->newcomers;
	uint32_t class = from->class_of[a->tool], ids[WORDS_MOST], n, tries;
	struct donor like = draw_donor(from, class, rng);
	struct script script = { .payload = { .mode = PAYLOAD_NONE } };

	n = like.credentials < WORDS_MOST ? like.credentials : WORDS_MOST;
	n = draw(w, &from->credentials[class], n > 0 ? n : 1, ids, rng);
	tries = (like.tries + like.sessions - 1) / like.sessions;
	a->list_stride = 1;
	a->list = n > 0 ? world_add_list(w, ids, n) : 0;
	a->list_use = n > 0 ? LIST_WALK : LIST_ZIPF;
	a->attempts = (uint8_t)(tries < TRIES_MOST ? tries : TRIES_MOST);
	a->success_pct = (uint8_t)(100 * like.entered / like.sessions);
	n = like.lines < LINES_MOST - 4 ? like.lines : LINES_MOST - 4;
	n = draw(w, &from->lines[class], n, ids, rng);
	if (n == 0)
		return;
	for (uint32_t i = 0; i < n; i++)
		script.lines[script.n++] = from->text[ids[i]];
	a->script = world_add_script(w, &script);
	a->success_pct = a->success_pct == 0 ? 1 : a->success_pct;
}
