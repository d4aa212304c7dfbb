/* exact.c - B8: whoever shares a key, a transferred file or a URL is one group (Catch-22's "key = campaign label", USENIX
 * Security 2025; what threat-intelligence platforms correlate on). Precise where attackers leave such things, blind where
 * they do not; groups that share one artefact by way of a third are one (bot wars chain). Keys and URLs are also read out of
 * typed lines and requests, by the patterns that such platforms use. */
#include "evaluate/baseline/methods.h"
#include "evaluate/baseline/sparse.h"

/* Base64 characters of a public key: 68 of the shortest in use (Ed25519). */
enum { KEY_LEAST = 64 };

static bool
is_exclusive(const struct session_item *item)
{
	return item->kind == ITEM_PUBLIC_KEY || item->kind == ITEM_URL ||
	       (item->kind == ITEM_FILE_HASH && (item->flags & ITEM_TRIVIAL) == 0);
}

static bool
is_base64(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '+' || c == '/' || c == '=';
}

static bool
is_scheme(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
ends_url(char c)
{
	return (unsigned char)c <= ' ' || memchr("\"'`;|&<>()", c, 10) != NULL;
}

/* The public part of an SSH key: base64 of a length below 2^16 comes first. */
static void
add_keys(struct sparse_bag *bag, uint32_t source, struct sv text)
{
	for (size_t at; (at = sv_find(text, SV("AAAA"))) != SIZE_MAX;) {
		size_t len = 0;

		text = sv_skip(text, at);
		while (len < text.len && is_base64(text.data[len]))
			len++;
		if (len >= KEY_LEAST)
			sparse_bag_add(bag, source,
			    hash_mix(ITEM_PUBLIC_KEY, hash_content(sv_first(text, len))));
		text = sv_skip(text, len);
	}
}

static void
add_urls(struct sparse_bag *bag, uint32_t source, struct sv text)
{
	for (size_t at; (at = sv_find(text, SV("://"))) != SIZE_MAX;) {
		size_t from = at, to = at + 3;

		while (from > 0 && is_scheme(text.data[from - 1]))
			from--;
		while (to < text.len && !ends_url(text.data[to]))
			to++;
		if (from < at && to > at + 3)
			sparse_bag_add(bag, source,
			    hash_mix(ITEM_URL,
				hash_content((struct sv){ text.data + from, to - from })));
		text = sv_skip(text, to);
	}
}

static void
add_item(struct sparse_bag *bag, uint32_t source, const struct session_table *t,
    const struct session_item *item)
{
	if (is_exclusive(item))
		sparse_bag_add(bag, source, hash_mix(item->kind, strtab_hash(t->strings, item->a)));
	if (item->kind != ITEM_COMMAND && item->kind != ITEM_REQUEST)
		return;
	for (int half = 0; half < 2; half++) {
		struct sv text = session_string(t, half == 0 ? item->a : item->b);

		if (text.data == NULL)
			continue;
		add_keys(bag, source, text);
		add_urls(bag, source, text);
	}
}

static enum coord_err
artefacts_of(const struct session_table *t, const struct baseline_sources *sources,
    struct arena *arena, struct sparse *ret, struct coord_error *err)
{
	struct sparse_bag bag = { .arena = arena };

	for (uint32_t row = 0; row < t->n; row++)
		for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
			if (sources->of_row[row] != BASELINE_NONE)
				add_item(&bag, sources->of_row[row], t, &t->items[i]);
	return sparse_of_bag(&bag, sources->n, ret, err);
}

/* Ranks groups: the share of members that carry the group's most common artefact; 1: all share one thing. */
static enum coord_err
rank_groups(const struct sparse *carriers, const uint32_t *label, uint32_t n, struct arena *arena,
    double *ret, struct coord_error *err)
{
	double *size = arena_array(arena, n, sizeof(*size));

	if (size == NULL)
		return baseline_full(err);
	for (uint32_t i = 0; i < n; i++)
		if (label[i] != BASELINE_NONE)
			size[label[i]] += 1;
	for (uint32_t a = 0; a < carriers->n; a++) {
		uint32_t group = label[carriers->column[carriers->start[a]]];
		double share = (carriers->start[a + 1] - carriers->start[a]) / size[group];

		if (share > ret[group])
			ret[group] = share;
	}
	return COORD_OK;
}

BASELINE_RUN(exact)
{
	struct baseline_members members;
	struct baseline_sources sources;
	struct sparse held, carriers;
	uint32_t *parent;
	double *rank;

	(void)seed;
	if (!(point >= 2))
		return error_set(err, COORD_EINVALID, "baseline: sources that share: at least 2");
	TRY(baseline_sources_of(table, arena, &sources, err));
	TRY(artefacts_of(table, &sources, arena, &held, err));
	TRY(sparse_transpose(&held, arena, &carriers, err));
	parent = baseline_sets_new(arena, sources.n);
	rank = arena_array(arena, sources.n, sizeof(*rank));
	if (parent == NULL || rank == NULL)
		return baseline_full(err);
	for (uint32_t a = 0; a < carriers.n; a++)
		for (uint32_t i = carriers.start[a] + 1; i < carriers.start[a + 1]; i++)
			baseline_sets_join(parent, carriers.column[i - 1], carriers.column[i]);
	for (uint32_t i = 0; i < sources.n; i++)
		parent[i] = baseline_sets_find(parent, i);
	for (uint32_t i = 0; i < sources.n; i++)
		if (sparse_is_empty(&held, i))
			parent[i] = BASELINE_NONE;
	TRY(rank_groups(&carriers, parent, sources.n, arena, rank, err));
	TRY(baseline_members_of(parent, sources.n, arena, &members, err));
	return baseline_group(&sources, &members, sources.n, rank, 0, (uint32_t)point, ret, err);
}
