/* knowledge.c - the lists as a whole; see knowledge.h. */
#include "detect/knowledge/knowledge.h"

#include <stdio.h>
#include <stdlib.h>

#include "detect/text/public_artefacts.h"

const char *
detect_list_name(enum detect_list_kind kind)
{
	static const char *const names[] = { [LIST_PUBLIC_ARTEFACTS] = "public_artefacts",
		[LIST_SCANNERS] = "scanners",
		[LIST_FEED] = "feed" };

	return names[kind];
}

bool
knowledge_grow(void **array, uint32_t *cap, uint32_t n, size_t size)
{
	uint32_t wider = *cap == 0 ? 16 : *cap * 2;
	void *moved;

	if (n < *cap)
		return true;
	if ((moved = realloc(*array, (size_t)wider * size)) == NULL)
		return false;
	*array = moved;
	*cap = wider;
	return true;
}

bool
knowledge_is_date(struct sv text)
{
	uint64_t year, month, day;

	return text.len == 10 && text.data[4] == '-' && text.data[7] == '-' &&
	       sv_to_u64(sv_first(text, 4), &year) && year >= 1990 && year < 2100 &&
	       sv_to_u64(sv_first(sv_skip(text, 5), 2), &month) && month >= 1 && month <= 12 &&
	       sv_to_u64(sv_skip(text, 8), &day) && day >= 1 && day <= 31;
}

static void
feed_clear(struct feed *feed)
{
	networks_clear(&feed->networks);
	map_clear(&feed->asns);
}

void
detect_knowledge_free(struct knowledge *k)
{
	if (k == NULL)
		return;
	for (uint32_t i = 0; i < k->n_feeds; i++)
		feed_clear(&k->feeds[i]);
	networks_clear(&k->fleet_networks);
	map_clear(&k->fleet_asns);
	map_clear(&k->public_values);
	free(k->patterns);
	free(k->fleets);
	free(k->fleet_texts);
	free(k->lists);
	arena_free(k->arena);
	free(k);
}

/* What the result says of a list. */
static enum coord_err
enter(struct knowledge *k, enum detect_list_kind kind, const char *name, struct sv version,
    uint32_t entries, struct sv content, struct coord_error *err)
{
	uint8_t sha[32];
	char hex[65];
	struct detect_list list = { .kind = kind, .entries = entries };

	sha256_of(content.data, content.len, sha);
	hex_of(sha, sizeof(sha), hex);
	list.name = arena_strdup(k->arena, sv_from(name));
	list.sha256 = arena_strdup(k->arena, sv_from(hex));
	list.version = version.len == 0 ? NULL : arena_strdup(k->arena, version);
	if (list.name == NULL || list.sha256 == NULL ||
	    !knowledge_grow((void **)&k->lists, &k->cap_lists, k->n_lists, sizeof(*k->lists)))
		return error_set(err, COORD_ENOMEM, "%s: %s", name, error_text(COORD_ENOMEM));
	k->lists[k->n_lists++] = list;
	return COORD_OK;
}

/* The shipped table of public artefacts is code: its text is what its entries say. */
static enum coord_err
enter_shipped_public(struct knowledge *k, struct coord_error *err)
{
	struct buf text = BUF_INIT(1 << 20);
	const struct public_entry *entry;
	uint32_t n = 0;
	enum coord_err rc;

	for (; (entry = public_artefacts_entry(n)) != NULL; n++)
		buf_printf(&text, "%s %d %s\n", artefact_kind_name(entry->kind), (int)entry->match,
		    entry->value);
	rc = enter(k, LIST_PUBLIC_ARTEFACTS, "shipped", sv_from(public_artefacts_version()), n,
	    buf_sv(&text), err);
	buf_clear(&text);
	return rc;
}

static enum coord_err
add_shipped(struct knowledge *k, struct coord_error *err)
{
	struct sv text = scanners_shipped();
	uint32_t entries;

	TRY(enter_shipped_public(k, err));
	TRY(knowledge_read_scanners(k, "scanners.csv", text, &entries, err));
	return enter(k, LIST_SCANNERS, "shipped", scanners_version(), entries, text, err);
}

enum coord_err
detect_knowledge_new(struct knowledge **ret, struct coord_error *err)
{
	struct knowledge *k = calloc(1, sizeof(*k));
	enum coord_err rc;

	if (k == NULL || (k->arena = arena_new(0)) == NULL) {
		detect_knowledge_free(k);
		return error_set(err, COORD_ENOMEM, "lists: %s", error_text(COORD_ENOMEM));
	}
	if ((rc = add_shipped(k, err)) != COORD_OK) {
		detect_knowledge_free(k);
		return rc;
	}
	*ret = k;
	return COORD_OK;
}

static enum coord_err
add_feed(struct knowledge *k, const char *name, struct sv text, uint32_t *ret_entries,
    struct coord_error *err)
{
	struct feed *feed = &k->feeds[k->n_feeds];
	struct sv rest = sv_from(name), called = sv_cut(&rest, '=');
	enum coord_err rc;

	if (k->n_feeds == FEEDS_MOST)
		return error_set(err, COORD_ELIMIT, "%s: more than %d feeds", name, FEEDS_MOST);
	for (uint32_t i = 0; i < k->n_feeds; i++)
		if (sv_eq(sv_from(k->feeds[i].name), called))
			return error_set(
			    err, COORD_EINVALID, "two feeds of the name \"%s\"", k->feeds[i].name);
	*feed = (struct feed){ .asns = MAP_INIT };
	feed->name = arena_strdup(k->arena, called);
	rc = feed->name == NULL ? error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM))
				: knowledge_read_feed(feed, name, text, ret_entries, err);
	if (rc == COORD_OK)
		k->n_feeds++;
	else
		feed_clear(feed);
	return rc;
}

enum coord_err
detect_knowledge_add(struct knowledge *k, enum detect_list_kind kind, const char *name,
    struct sv text, struct coord_error *err)
{
	uint32_t entries = 0;

	if (text.data == NULL)
		text = SV("");
	if (text.len > LIST_BYTES_MOST)
		return error_set(
		    err, COORD_ELIMIT, "%s: more than %d bytes", name, LIST_BYTES_MOST);
	switch (kind) {
	case LIST_PUBLIC_ARTEFACTS:
		TRY(knowledge_read_public(k, name, text, &entries, err));
		break;
	case LIST_SCANNERS:
		TRY(knowledge_read_scanners(k, name, text, &entries, err));
		break;
	case LIST_FEED:
	default:
		TRY(add_feed(k, name, text, &entries, err));
		break;
	}
	if (kind == LIST_FEED)
		name = k->feeds[k->n_feeds - 1].name;
	return enter(k, kind, name, SV_NONE, entries, text, err);
}

bool
knowledge_listed(const struct knowledge *k, uint32_t feed, struct addr a, uint32_t asn)
{
	const struct feed *f = &k->feeds[feed];

	return networks_find(&f->networks, a) != NETWORKS_NONE ||
	       (asn != 0 && map_get(&f->asns, asn) != MAP_NONE);
}

uint32_t
detect_knowledge_entries(const struct knowledge *k)
{
	return k->n_lists == 0 ? 0 : k->lists[k->n_lists - 1].entries;
}

const char *
detect_feed_name(const struct knowledge *k, uint32_t i)
{
	return i < k->n_feeds ? k->feeds[i].name : NULL;
}

bool
detect_feed_lists(const struct knowledge *k, uint32_t i, struct addr a, uint32_t asn)
{
	return i < k->n_feeds && knowledge_listed(k, i, a, asn);
}
