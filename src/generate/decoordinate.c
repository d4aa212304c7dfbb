/* decoordinate.c - mode N: a real log of which every coordination across sources has been destroyed, so that whatever
 * is found in it is found wrongly (science/evaluation.md section 2, methods.md section 11).
 *   times      within each hour and service, visits exchange their times, plus up to five minutes either way
 *   tokens     credentials, commands, requests and forwards change hands within a stratum by curveball trades
 *              (Strona et al. 2014): every node keeps its number of tokens, every token its number of nodes
 *   addresses  sources of a stratum exchange address, network and country
 *   artefacts  keys, hashes, URLs, long blobs and marks of an author (marks.c) become each source's own: nobody shares one
 * What one source does within its own sessions stays as it is. */
#include "generate/marks.h"
#include "generate/null_copy.h"

#define VISIT_GAP_US (300 * TIME_SECOND)
#define HOUR_US (3600 * TIME_SECOND)
enum { STRATUM_LEAST = 50, POOL_LEAST = 4, BLOB_LEAST = 20, FORWARDS_KEPT = 5 };

static const bool trades[ITEM_KIND_COUNT] = { [ITEM_CREDENTIAL] = true,
	[ITEM_COMMAND] = true,
	[ITEM_REQUEST] = true,
	[ITEM_FORWARD] = true };
static const bool exclusive[ITEM_KIND_COUNT] = { [ITEM_PUBLIC_KEY] = true,
	[ITEM_URL] = true,
	[ITEM_FILE_HASH] = true,
	[ITEM_TTY] = true,
	[ITEM_HOST] = true };

static uint64_t
tool_key(const struct session_table *t, uint32_t row)
{
	static const enum session_text tools[] = { TEXT_HASSH, TEXT_BANNER, TEXT_USER_AGENT,
		TEXT_PACKET };

	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (t->text[tools[i]][row] != STR_NONE)
			return hash_mix(
			    strtab_hash(t->strings, t->text[tools[i]][row]), t->service[row]);
	}
	return t->service[row];
}

/* Nodes and sources, numbered in the canonical order of rows. */
static bool
find_nodes(struct null_copy *c)
{
	const struct session_table *t = c->t;
	struct map nodes = MAP_INIT, sources = MAP_INIT;
	bool ok = true;

	for (uint32_t row = 0; row < t->n && ok; row++) {
		uint64_t address = address_key(t->source[row]);
		uint32_t known = c->n_nodes, known_sources = c->n_sources;
		uint32_t node =
		    null_number_of(&nodes, hash_mix(address, t->service[row]), &c->n_nodes);
		uint32_t source = null_number_of(&sources, address, &c->n_sources);

		ok = node != UINT32_MAX && source != UINT32_MAX;
		if (!ok)
			break;
		c->node_of[row] = node;
		if (c->n_nodes > known)
			c->source_of[node] = source;
		if (c->n_sources > known_sources)
			c->first_row[source] = row;
	}
	map_clear(&nodes);
	map_clear(&sources);
	return ok;
}

/* Strata with few nodes are merged into their service's. */
static bool
find_strata(struct null_copy *c)
{
	struct map keys = MAP_INIT;
	uint32_t count = SERVICE_COUNT; /* the first are the services themselves */
	uint32_t *size = ARENA_ARRAY(c->arena, (size_t)c->n_nodes + SERVICE_COUNT, uint32_t);
	bool ok = size != NULL;

	for (uint32_t row = 0; row < c->t->n && ok; row++)
		c->stratum_of[c->node_of[row]] = UINT32_MAX;
	for (uint32_t row = 0; row < c->t->n && ok; row++) {
		uint32_t *stratum = &c->stratum_of[c->node_of[row]];

		if (*stratum != UINT32_MAX)
			continue;
		*stratum = null_number_of(&keys, tool_key(c->t, row), &count);
		if ((ok = *stratum != UINT32_MAX))
			size[*stratum]++;
	}
	for (uint32_t row = 0; row < c->t->n && ok; row++) {
		uint32_t *stratum = &c->stratum_of[c->node_of[row]];

		if (size[*stratum] < STRATUM_LEAST && *stratum >= SERVICE_COUNT)
			*stratum = c->t->service[row];
		c->source_stratum[c->source_of[c->node_of[row]]] = *stratum;
	}
	map_clear(&keys);
	return ok;
}

static bool
find_visits(struct null_copy *c)
{
	const struct session_table *t = c->t;
	int64_t *last = ARENA_ARRAY(c->arena, c->n_nodes, int64_t);
	uint32_t *current = ARENA_ARRAY_RAW(c->arena, c->n_nodes, uint32_t);

	if (last == NULL || current == NULL)
		return false;
	memset(current, 0xff, c->n_nodes * sizeof(*current));
	for (uint32_t row = 0; row < t->n; row++) {
		uint32_t node = c->node_of[row];

		if (current[node] == UINT32_MAX || t->start_us[row] - last[node] > VISIT_GAP_US) {
			current[node] = c->n_visits;
			c->visits[c->n_visits++] = (struct visit){ .start_us = t->start_us[row],
				.moved_us = t->start_us[row],
				.node = node };
			last[node] = t->end_us[row];
		}
		if (t->end_us[row] > last[node])
			last[node] = t->end_us[row];
		c->visit_of[row] = current[node];
	}
	return true;
}

static int64_t
jittered(int64_t at, int64_t from, struct rng *rng)
{
	at += (int64_t)rng_below(rng, 600000000) - 300 * TIME_SECOND;
	if (at < from)
		return from + (from - at) % HOUR_US;
	return at < from + HOUR_US ? at : from + HOUR_US - 1 - (at - from) % HOUR_US;
}

/* One hour of one service: the pool's times are dealt out again. */
static void
move_pool(struct null_copy *c, const struct sort_pair *pool, uint32_t n)
{
	int64_t from = (int64_t)(pool[0].key & 0xffffffff) * HOUR_US;
	struct rng rng =
	    rng_at(c->seed, STAGE_NULL_TIME, (uint32_t)(pool[0].key >> 32), (uint32_t)pool[0].key);

	for (uint32_t i = 0; i < n; i++) {
		struct visit *v = &c->visits[pool[i].value];

		if (n < POOL_LEAST)
			v->moved_us = from + (int64_t)rng_below64(&rng, (uint64_t)HOUR_US);
	}
	/* the times are dealt by an inside-out shuffle: visit i takes a random earlier one's and gives its own */
	for (uint32_t i = 0; i < n && n >= POOL_LEAST; i++) {
		struct visit *v = &c->visits[pool[i].value];
		struct visit *other = &c->visits[pool[rng_below(&rng, i + 1)].value];

		v->moved_us = other->moved_us;
		other->moved_us = v->start_us;
	}
	for (uint32_t i = 0; i < n && n >= POOL_LEAST; i++) {
		struct visit *v = &c->visits[pool[i].value];

		v->moved_us = jittered(v->moved_us, from, &rng);
	}
}

static bool
move_visits(struct null_copy *c)
{
	struct sort_pair *pairs = ARENA_ARRAY_RAW(c->arena, c->n_visits, struct sort_pair);
	struct sort_pair *scratch = ARENA_ARRAY_RAW(c->arena, c->n_visits, struct sort_pair);
	uint32_t *service = ARENA_ARRAY_RAW(c->arena, c->n_nodes, uint32_t);

	if (pairs == NULL || scratch == NULL || service == NULL)
		return false;
	for (uint32_t row = 0; row < c->t->n; row++)
		service[c->node_of[row]] = c->t->service[row];
	for (uint32_t v = 0; v < c->n_visits; v++) {
		uint64_t hour = (uint64_t)(c->visits[v].start_us / HOUR_US);

		pairs[v] =
		    (struct sort_pair){ (uint64_t)service[c->visits[v].node] << 32 | hour, v };
	}
	sort_pairs(pairs, c->n_visits, scratch);
	for (uint32_t first = 0, i = 1; i <= c->n_visits; i++) {
		if (i < c->n_visits && pairs[i].key == pairs[first].key)
			continue;
		move_pool(c, pairs + first, i - first);
		first = i;
	}
	return true;
}

static bool
move_addresses(struct null_copy *c)
{
	struct sort_pair *pairs = ARENA_ARRAY_RAW(c->arena, c->n_sources, struct sort_pair);
	struct sort_pair *scratch = ARENA_ARRAY_RAW(c->arena, c->n_sources, struct sort_pair);

	if (pairs == NULL || scratch == NULL)
		return false;
	for (uint32_t s = 0; s < c->n_sources; s++) {
		pairs[s] = (struct sort_pair){ c->source_stratum[s], s };
		c->lives_at[s] = s;
	}
	sort_pairs(pairs, c->n_sources, scratch);
	for (uint32_t first = 0, i = 1; i <= c->n_sources; i++) {
		struct rng rng;

		if (i < c->n_sources && pairs[i].key == pairs[first].key)
			continue;
		rng = rng_at(c->seed, STAGE_NULL_ADDRESS, 0, (uint32_t)pairs[first].key);
		for (uint32_t k = i - first; k > 1; k--) {
			uint32_t *x = &c->lives_at[pairs[first + k - 1].value];
			uint32_t *y = &c->lives_at[pairs[first + rng_below(&rng, k)].value];
			uint32_t kept = *x;

			*x = *y;
			*y = kept;
		}
		first = i;
	}
	return true;
}

static bool
is_blob(char ch)
{
	return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	       ch == '+' || ch == '/' || ch == '=' || ch == '-' || ch == '_' || ch == '.';
}

/* A URL's scheme ends in a colon, and slashes count as blob characters: the run behind it begins with "//". */
static bool
is_url(struct sv text, size_t from, size_t run)
{
	return run > 2 && from > 0 && memcmp(text.data + from - 1, "://", 3) == 0;
}

/* A run of key, hash or path characters becomes the source's own, of the same length. What begins like an SSH key
 * still does, or its readers would not see a key. */
static void
own_run(char *run, size_t len, uint32_t source)
{
	static const char digits[] = "0123456789abcdef";
	static const char key[] = "AAAAB3NzaC1yc2E";
	uint64_t h = hash_mix(hash_content((struct sv){ run, len }), source);
	size_t kept = sizeof(key) - 1;

	kept = len > kept && memcmp(run, key, kept) == 0 ? kept : 0;
	for (size_t k = kept; k < len; k++) {
		h = hash_mix(h, k);
		run[k] = digits[h & 15];
	}
}

/* A mark becomes the source's own and stays what it is: letters in escapes, an address, a word. */
static void
own_mark(char *mark, size_t len, uint32_t source)
{
	uint64_t h = hash_mix(hash_content((struct sv){ mark, len }), source);
	bool address = memchr(mark, '.', len) != NULL;

	for (size_t k = 0; k < len; k++) {
		h = hash_mix(h, k);
		if (mark[k] == '\\' && k + 3 < len) { /* \x61 to \x69: a letter */
			mark[k + 2] = '6';
			mark[k + 3] = (char)('1' + h % 9);
			k += 3;
		} else if (address && mark[k] != '.') { /* 111 to 222, 11 to 22, 1 or 2 */
			mark[k] = (char)('1' + (h & 1));
		} else if (mark[k] >= '0' && mark[k] <= '9') {
			mark[k] = (char)('0' + h % 10);
		} else if (mark[k] != '.') {
			mark[k] = (char)('a' + h % 26);
		}
	}
}

static void
own_marks(char *text, size_t len, uint32_t source)
{
	struct sv mark;

	for (size_t at = 0; marks_next((struct sv){ text, len }, &at, &mark);)
		own_mark(text + (mark.data - text), mark.len, source);
}

/* The text with every mark, every run of BLOB_LEAST or more, every URL, and with `whole` every run at all made the source's
 * own. Arena memory; absent when the arena is full. */
static struct sv
own_text(struct null_copy *c, struct sv text, uint32_t source, bool whole)
{
	char *copy;
	size_t run = 0;

	if (text.data == NULL || (copy = arena_strdup(c->arena, text)) == NULL)
		return SV_NONE;
	own_marks(copy, text.len, source);
	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && is_blob(text.data[i])) {
			run++;
			continue;
		}
		if (run >= BLOB_LEAST || (whole && run > 0) || is_url(text, i - run, run))
			own_run(copy + i - run, run, source);
		run = 0;
	}
	return (struct sv){ copy, text.len };
}

/* What the item becomes: traded for another token, then its artefacts made the source's own. Of the places that a node asks
 * to be forwarded to, a handful stay what they are: where only the customers of one proxy ask for hundreds, trading among
 * themselves leaves them all with the same. */
static void
change_item(struct null_copy *c, uint32_t i, uint32_t node, struct session_row_item *ret)
{
	const struct session_item *item = &c->t->items[i];
	const struct holdings *h = &c->held[item->kind];
	uint32_t a = item->a, b = item->b, source = c->source_of[node];
	bool own = exclusive[item->kind];

	if (trades[item->kind]) {
		uint32_t first = h->start[node], last = h->start[node + 1];

		while (last - first > 1) {
			uint32_t mid = first + (last - first) / 2;

			if (h->token[mid] <= c->token_of[i])
				first = mid;
			else
				last = mid;
		}
		a = h->a[h->to[first]];
		b = h->b[h->to[first]];
		own = item->kind == ITEM_FORWARD &&
		      hash_mix(source, h->to[first]) % (h->start[node + 1] - h->start[node]) >=
			  FORWARDS_KEPT;
	}
	*ret = (struct session_row_item){ .a = session_string(c->t, a),
		.b = session_string(c->t, b),
		.offset_ms = item->offset_ms,
		.kind = item->kind,
		.flags = item->flags };
	if (own || item->kind == ITEM_COMMAND || item->kind == ITEM_REQUEST) {
		ret->a = own_text(c, ret->a, source, own);
		ret->b = own_text(c, ret->b, source, own);
	}
}

/* What belongs to the address and moves with it. */
static const enum session_text moves[] = { TEXT_COUNTRY, TEXT_AS_ORG, TEXT_SCANNER };

static enum coord_err
write_row(struct null_copy *c, uint32_t row, struct session_builder *into, struct coord_error *err)
{
	const struct session_table *t = c->t;
	const struct visit *v = &c->visits[c->visit_of[row]];
	uint32_t n = t->item_start[row + 1] - t->item_start[row], node = c->node_of[row];
	uint32_t home = c->first_row[c->lives_at[c->source_of[node]]];
	struct arena_mark mark = arena_mark(c->arena);
	struct session_row r;
	enum coord_err rc;

	session_row_from(t, row, &r);
	r.source = t->source[home];
	r.asn = t->asn[home];
	r.start_us += v->moved_us - v->start_us;
	r.end_us += v->moved_us - v->start_us;
	r.n_items = n;
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		r.text[moves[i]] = session_text(t, home, moves[i]);
	if ((r.items = ARENA_ARRAY(c->arena, n, struct session_row_item)) == NULL)
		return error_set(err, COORD_ENOMEM, "generate: no memory for a session");
	for (uint32_t i = 0; i < n; i++)
		change_item(c, t->item_start[row] + i, node, &r.items[i]);
	rc = session_builder_add(into, &r, err);
	arena_rewind(c->arena, mark);
	return rc;
}

static bool
null_copy_init(struct null_copy *c)
{
	uint32_t n = c->t->n;

	/* there are at most as many nodes, sources and visits as rows */
	c->node_of = ARENA_ARRAY_RAW(c->arena, n, uint32_t);
	c->visit_of = ARENA_ARRAY_RAW(c->arena, n, uint32_t);
	c->token_of = ARENA_ARRAY_RAW(c->arena, c->t->n_items, uint32_t);
	c->source_of = ARENA_ARRAY_RAW(c->arena, n, uint32_t);
	c->stratum_of = ARENA_ARRAY_RAW(c->arena, n, uint32_t);
	c->first_row = ARENA_ARRAY_RAW(c->arena, n, uint32_t);
	c->source_stratum = ARENA_ARRAY_RAW(c->arena, n, uint32_t);
	c->lives_at = ARENA_ARRAY_RAW(c->arena, n, uint32_t);
	c->visits = ARENA_ARRAY_RAW(c->arena, n, struct visit);
	return c->node_of != NULL && c->visit_of != NULL && c->token_of != NULL &&
	       c->source_of != NULL && c->stratum_of != NULL && c->first_row != NULL &&
	       c->source_stratum != NULL && c->lives_at != NULL && c->visits != NULL;
}

static bool
null_copy_make(struct null_copy *c)
{
	if (!null_copy_init(c) || !find_nodes(c) || !find_strata(c) || !find_visits(c) ||
	    !move_visits(c) || !move_addresses(c))
		return false;
	for (int kind = 0; kind < ITEM_KIND_COUNT; kind++) {
		if (trades[kind] && !null_trade_tokens(c, (enum session_item_kind)kind))
			return false;
	}
	return true;
}

enum coord_err
generate_decoordinate(const struct session_table *real, uint64_t seed, struct session_builder *into,
    struct coord_error *err)
{
	struct null_copy c = { .t = real, .arena = arena_new(0), .seed = seed };
	enum coord_err rc = COORD_OK;

	if (c.arena == NULL || !null_copy_make(&c))
		rc = error_set(err, COORD_ENOMEM, "generate: no memory for a null copy");
	for (uint32_t row = 0; row < real->n && rc == COORD_OK; row++)
		rc = write_row(&c, row, into, err);
	arena_free(c.arena);
	return rc;
}
