/* fake_store.c - keys, values, counts and the audit log in arrays. */
#include "fake_store.h"

#include <pthread.h>
#include <stdlib.h>

enum { ROOM = 4096 };

struct value {
	struct sv space, key, value;
	uint64_t count;
	int64_t period_us;
};

struct store {
	struct arena *arena;
	pthread_mutex_t lock;
	struct store_key keys[ROOM];
	struct value values[ROOM];
	struct store_audit audit[ROOM];
	size_t n_keys, n_values, n_audit;
	unsigned reads;
	int fail_after;
};

struct store *
fake_store_new(void)
{
	struct store *s = calloc(1, sizeof(*s));

	s->arena = arena_new(0);
	s->fail_after = -1;
	(void)pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
fake_store_free(struct store *s)
{
	arena_free(s->arena);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

void
fake_store_fail_after(struct store *s, int calls)
{
	(void)pthread_mutex_lock(&s->lock);
	s->fail_after = calls;
	(void)pthread_mutex_unlock(&s->lock);
}

unsigned
fake_store_reads(struct store *s)
{
	unsigned reads;

	(void)pthread_mutex_lock(&s->lock);
	reads = s->reads;
	(void)pthread_mutex_unlock(&s->lock);
	return reads;
}

struct store_audit *
fake_store_audit(struct store *s, size_t *n)
{
	*n = s->n_audit;
	return s->audit;
}

void
fake_store_audit_cut(struct store *s, size_t from, size_t n)
{
	memmove(
	    &s->audit[from], &s->audit[from + n], (s->n_audit - from - n) * sizeof(s->audit[0]));
	s->n_audit -= n;
}

/** Locks; false: this call is one that fails. */
static bool
enter(struct store *s)
{
	(void)pthread_mutex_lock(&s->lock);
	if (s->fail_after == 0) {
		(void)pthread_mutex_unlock(&s->lock);
		return false;
	}
	if (s->fail_after > 0)
		s->fail_after--;
	return true;
}

static enum coord_err
leave(struct store *s, enum coord_err rc)
{
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

static enum coord_err
away(struct coord_error *err)
{
	return error_set(err, COORD_EUNAVAIL, "the fake store is away");
}

static struct sv
copy(struct arena *arena, struct sv text)
{
	return (struct sv){ arena_strdup(arena, text), text.len };
}

enum coord_err
store_key_put(struct store *s, const struct store_key *key, struct coord_error *err)
{
	size_t at = 0;

	if (!enter(s))
		return away(err);
	while (at < s->n_keys && !sv_eq(s->keys[at].id, key->id))
		at++;
	s->n_keys += at == s->n_keys;
	s->keys[at] = *key;
	s->keys[at].id = copy(s->arena, key->id);
	s->keys[at].name = copy(s->arena, key->name);
	return leave(s, COORD_OK);
}

enum coord_err
store_keys(struct store *s, struct arena *arena, struct store_key **ret, size_t *n,
    struct coord_error *err)
{
	if (!enter(s))
		return away(err);
	s->reads++;
	*n = s->n_keys;
	*ret = ARENA_ARRAY(arena, s->n_keys, struct store_key);
	for (size_t i = 0; i < *n; i++) {
		(*ret)[i] = s->keys[i];
		(*ret)[i].id = copy(arena, s->keys[i].id);
		(*ret)[i].name = copy(arena, s->keys[i].name);
	}
	return leave(s, COORD_OK);
}

static struct value *
value_of(struct store *s, struct sv space, struct sv key, int64_t period_us)
{
	for (size_t i = 0; i < s->n_values; i++)
		if (sv_eq(s->values[i].space, space) && sv_eq(s->values[i].key, key) &&
		    s->values[i].period_us == period_us)
			return &s->values[i];
	return NULL;
}

static struct value *
value_new(struct store *s, struct sv space, struct sv key, int64_t period_us)
{
	struct value *v = value_of(s, space, key, period_us);

	if (v == NULL)
		v = &s->values[s->n_values++];
	v->space = copy(s->arena, space);
	v->key = copy(s->arena, key);
	v->period_us = period_us;
	return v;
}

enum coord_err
store_count(struct store *s, struct sv space, struct sv key, int64_t period_us, uint64_t add,
    uint64_t *ret, struct coord_error *err)
{
	struct value *v;

	if (!enter(s))
		return away(err);
	v = value_new(s, space, key, period_us);
	v->count += add;
	*ret = v->count;
	return leave(s, COORD_OK);
}

enum coord_err
store_value_get(struct store *s, struct sv space, struct sv key, int64_t now_us,
    struct arena *arena, struct sv *ret, struct coord_error *err)
{
	struct value *v;

	(void)now_us;
	if (!enter(s))
		return away(err);
	v = value_of(s, space, key, INT64_MIN);
	if (v == NULL)
		return leave(s, error_set(err, COORD_ENODATA, "no such value"));
	*ret = copy(arena, v->value);
	return leave(s, COORD_OK);
}

enum coord_err
store_value_put(struct store *s, struct sv space, struct sv key, struct sv value,
    int64_t expires_us, bool only_new, struct coord_error *err)
{
	(void)expires_us;
	if (!enter(s))
		return away(err);
	if (only_new && value_of(s, space, key, INT64_MIN) != NULL)
		return leave(s, error_set(err, COORD_EINVALID, "it is there"));
	value_new(s, space, key, INT64_MIN)->value = copy(s->arena, value);
	return leave(s, COORD_OK);
}

static void
hash_sv(struct sha256 *h, struct sv text)
{
	sha256_add(h, &text.len, sizeof(text.len));
	sha256_add(h, text.data, text.len);
}

void
store_audit_hash(const struct store_audit *e, uint8_t ret[32])
{
	struct sha256 *h = sha256_new();

	sha256_add(h, &e->seq, sizeof(e->seq));
	sha256_add(h, &e->time_us, sizeof(e->time_us));
	hash_sv(h, e->actor);
	hash_sv(h, e->action);
	hash_sv(h, e->subject);
	hash_sv(h, e->outcome);
	sha256_add(h, e->previous, 32);
	sha256_end(h, ret);
}

enum coord_err
store_audit_add(struct store *s, const struct store_audit *entry, struct coord_error *err)
{
	struct store_audit *row;

	if (!enter(s))
		return away(err);
	row = &s->audit[s->n_audit];
	*row = *entry;
	row->seq = s->n_audit + 1;
	if (s->n_audit > 0)
		memcpy(row->previous, row[-1].hash, 32);
	store_audit_hash(row, row->hash);
	s->n_audit++;
	return leave(s, COORD_OK);
}

enum coord_err
store_audit_list(struct store *s, uint64_t after, uint32_t limit, struct arena *arena,
    struct store_audit **ret, size_t *n, struct coord_error *err)
{
	if (!enter(s))
		return away(err);
	*ret = ARENA_ARRAY(arena, limit, struct store_audit);
	*n = 0;
	for (size_t i = 0; i < s->n_audit && *n < limit; i++)
		if (s->audit[i].seq > after)
			(*ret)[(*n)++] = s->audit[i];
	return leave(s, COORD_OK);
}
