/* shared.c - what workers share: counts of rates and quotas, cached answers, claims. In the store; in this process's memory when there is none, or while it is away:
 * then each worker counts for itself, and no look-up fails for it. */
#include <stdlib.h>

#include "tools/online/layer.h"

enum { ENTRIES_MOST = 200000, KEY_MOST = 512 };

struct entry {
	char *value;
	size_t len;
	int64_t expires_us;
	uint64_t total;
};

struct memory {
	pthread_mutex_t lock;
	struct strtab *names;
	struct entry *entries; /* by the name's id */
	size_t room;
};

struct memory *
memory_new(void)
{
	struct memory *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	(void)pthread_mutex_init(&m->lock, NULL);
	m->names = strtab_new();
	if (m->names == NULL) {
		memory_free(m);
		return NULL;
	}
	return m;
}

static void
drop_entries(struct memory *m)
{
	for (size_t i = 0; i < m->room; i++)
		free(m->entries[i].value);
	free(m->entries);
	m->entries = NULL;
	m->room = 0;
}

void
memory_free(struct memory *m)
{
	if (m == NULL)
		return;
	drop_entries(m);
	strtab_free(m->names);
	(void)pthread_mutex_destroy(&m->lock);
	free(m);
}

/** Full: everything is forgotten, which costs look-ups but no correctness. */
static void
start_anew(struct memory *m)
{
	struct strtab *names = strtab_new();

	if (names == NULL)
		return;
	drop_entries(m);
	strtab_free(m->names);
	m->names = names;
}

/** With the lock held; made when new. NULL: no memory. */
static struct entry *
entry_of(struct memory *m, const char *space, struct sv key, int64_t period_us)
{
	struct buf name = BUF_INIT(KEY_MOST + 256);
	uint32_t id;

	if (strtab_count(m->names) > ENTRIES_MOST)
		start_anew(m);
	buf_printf(&name, "%s/%lld/", space, (long long)period_us);
	buf_add_sv(&name, key);
	id = name.failed ? UINT32_MAX : strtab_intern(m->names, buf_sv(&name));
	buf_clear(&name);
	if (id == UINT32_MAX)
		return NULL;
	if (id >= m->room) {
		size_t room = 2 * (size_t)id + 64;
		struct entry *more = realloc(m->entries, room * sizeof(*more));

		if (more == NULL)
			return NULL;
		memset(more + m->room, 0, (room - m->room) * sizeof(*more));
		m->entries = more;
		m->room = room;
	}
	return &m->entries[id];
}

static uint64_t
memory_count(struct memory *m, const char *space, const char *key, int64_t period_us, uint64_t add)
{
	struct entry *entry;
	uint64_t total = add;

	(void)pthread_mutex_lock(&m->lock);
	entry = entry_of(m, space, sv_from(key), period_us);
	if (entry != NULL)
		total = entry->total += add;
	(void)pthread_mutex_unlock(&m->lock);
	return total;
}

static bool
memory_get(struct memory *m, const char *space, struct sv key, int64_t now_us, struct arena *arena,
    struct sv *ret)
{
	const struct entry *entry;
	char *copy = NULL;

	(void)pthread_mutex_lock(&m->lock);
	entry = entry_of(m, space, key, 0);
	if (entry != NULL && entry->value != NULL &&
	    (entry->expires_us == 0 || entry->expires_us > now_us)) {
		copy = arena_strdup(arena, (struct sv){ entry->value, entry->len });
		*ret = (struct sv){ copy, copy != NULL ? entry->len : 0 };
	}
	(void)pthread_mutex_unlock(&m->lock);
	return copy != NULL;
}

/** With the lock held. */
static void
fill(struct entry *entry, struct sv value, int64_t expires_us)
{
	char *copy = malloc(value.len + 1);

	if (copy == NULL)
		return;
	if (value.len > 0)
		memcpy(copy, value.data, value.len);
	free(entry->value);
	*entry = (struct entry){ .value = copy, .len = value.len, .expires_us = expires_us };
}

static void
memory_put(struct memory *m, const char *space, struct sv key, struct sv value, int64_t expires_us)
{
	struct entry *entry;

	(void)pthread_mutex_lock(&m->lock);
	entry = entry_of(m, space, key, 0);
	if (entry != NULL)
		fill(entry, value, expires_us);
	(void)pthread_mutex_unlock(&m->lock);
}

uint64_t
shared_count(
    const struct tools *tools, const char *space, const char *key, int64_t period_us, uint64_t add)
{
	uint64_t total;

	if (tools->store != NULL && store_count(tools->store, sv_from(space), sv_from(key),
					period_us, add, &total, NULL) == COORD_OK)
		return total;
	return memory_count(tools->memory, space, key, period_us, add);
}

bool
shared_get(const struct tools *tools, const char *space, struct sv key, int64_t now_us,
    struct arena *arena, struct sv *ret)
{
	if (tools->store == NULL)
		return memory_get(tools->memory, space, key, now_us, arena, ret);
	return store_value_get(tools->store, sv_from(space), key, now_us, arena, ret, NULL) ==
	       COORD_OK;
}

void
shared_put(const struct tools *tools, const char *space, struct sv key, struct sv value,
    int64_t expires_us)
{
	/* a value that the store does not take is one look-up more, later */
	if (tools->store != NULL && store_value_put(tools->store, sv_from(space), key, value,
					expires_us, false, NULL) == COORD_OK)
		return;
	memory_put(tools->memory, space, key, value, expires_us);
}

bool
shared_claim(
    const struct tools *tools, struct sv key, struct sv holder, int64_t now_us, int64_t until_us)
{
	bool taken = false;

	if (tools->store == NULL)
		return true; /* alone: the flights of this process are enough */
	return store_value_claim(tools->store, SV("tool.claim"), key, holder, now_us, until_us,
		   &taken, NULL) != COORD_OK ||
	       taken;
}
