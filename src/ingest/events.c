/* events.c - the event log. What it is and why: events.h. */
#include "ingest/events.h"

#include <assert.h>
#include <stdlib.h>

#include "base/pages.h"
#include "ingest/text.h"

enum {
	FIRST_EVENTS = 1024,
	COMPACT_FIRST = 2 * 1024 * 1024,
	STRING_MOST = 64 * 1024,
	DROP_EVENTS = 256 * 1024 /* moved to another log before their pages go back */
};

struct event_log *
event_log_new(uint32_t items_max)
{
	struct event_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	if ((log->strings = strtab_new()) == NULL) {
		free(log);
		return NULL;
	}
	log->compact_at = log->compact_first = COMPACT_FIRST;
	log->items_max = items_max;
	return log;
}

void
event_log_free(struct event_log *log)
{
	if (log == NULL)
		return;
	strtab_free(log->strings);
	free(log->events);
	free(log->subjects);
	free(log->subject_keys);
	free(log);
}

void
event_log_begin(struct event_log *log)
{
	log->record_at = log->n;
}

void
event_log_rollback(struct event_log *log)
{
	log->n = log->record_at;
}

static enum coord_err
no_memory(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "no memory for events");
}

static enum coord_err
reserve_events(struct event_log *log, size_t more, struct coord_error *err)
{
	size_t cap = log->cap == 0 ? FIRST_EVENTS : log->cap;
	struct log_event *events;

	if (log->n + more <= log->cap)
		return COORD_OK;
	cap = pages_capacity(cap, log->n + more, sizeof(*events));
	if (cap >= UINT32_MAX)
		return error_set(err, COORD_ELIMIT, "more than %u events", UINT32_MAX - 1);
	events = pages_grow(log->events, log->n * sizeof(*events), cap * sizeof(*events));
	if (events == NULL)
		return no_memory(err);
	log->events = events;
	log->cap = cap;
	return COORD_OK;
}

static enum coord_err
reserve_subjects(struct event_log *log, size_t more, struct coord_error *err)
{
	size_t cap = log->subjects_cap == 0 ? FIRST_EVENTS : log->subjects_cap;
	struct subject *subjects;
	uint64_t *keys;

	if (log->n_subjects + more <= log->subjects_cap)
		return COORD_OK;
	cap = pages_capacity(cap, log->n_subjects + more, sizeof(*subjects));
	if (cap >= UINT32_MAX)
		return error_set(err, COORD_ELIMIT, "more than %u events", UINT32_MAX - 1);
	subjects =
	    pages_grow(log->subjects, log->n_subjects * sizeof(*subjects), cap * sizeof(*subjects));
	if (subjects == NULL)
		return no_memory(err);
	log->subjects = subjects;
	keys = pages_grow(log->subject_keys, log->n_subjects * sizeof(*keys), cap * sizeof(*keys));
	if (keys == NULL)
		return no_memory(err);
	log->subject_keys = keys;
	log->subjects_cap = cap;
	return COORD_OK;
}

/** For the caches; an even or odd number of words. The products do not wait for one another. */
static inline uint64_t
hash_words(const uint64_t *words, size_t n)
{
	uint64_t h = 0, odd = 0x9e3779b97f4a7c15u;
	size_t i;

	for (i = 0; i + 1 < n; i += 2, odd += 0xbf58476d1ce4e5b8u)
		h += hash_fold(words[i] ^ odd, words[i + 1] ^ (odd << 1));
	if (i < n)
		h += hash_fold(words[i] ^ odd, 0x94d049bb133111ebu);
	return h * 0x9e3779b97f4a7c15u;
}

static inline bool
words_equal(const uint64_t *x, const uint64_t *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return false;
	return true;
}

static uint64_t
hash_addr(struct addr a)
{
	uint64_t words[2];

	memcpy(words, a.bytes, sizeof(words));
	return hash_mix(hash_mix(1, words[0]), words[1]);
}

/** By content, not by string ids: equal in every log. */
static uint64_t
subject_content(const struct event_log *log, const struct subject *s)
{
	const uint32_t strings[] = { s->session, s->sensor, s->protocol, s->index, s->doc };
	uint64_t h = hash_mix(hash_addr(s->source), hash_addr(s->destination));

	h = hash_mix(h, (uint64_t)s->duration_us);
	h = hash_mix(h, s->bytes_in);
	h = hash_mix(h, s->bytes_out);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		h = hash_mix(h, strtab_hash(log->strings, strings[i]));
	h = hash_mix(h, (uint64_t)s->asn << 32 | s->events);
	h = hash_mix(h, (uint64_t)s->source_port << 16 | s->target_port);
	h = hash_mix(h, (uint64_t)s->transport << 24 | (uint64_t)s->fold << 16 |
			    (uint64_t)s->reader << 8 | s->service);
	return hash_mix(h, (uint64_t)s->session_flags << 8 | s->connection_only);
}

static uint64_t
session_key(const struct event_log *log, const struct subject *s)
{
	uint64_t sensor = strtab_hash(log->strings, s->sensor);
	uint64_t h;

	if (s->fold == FOLD_GAP) {
		h = hash_mix(hash_mix(s->fold, s->reader), hash_addr(s->source));
		return hash_mix(hash_mix(h, hash_addr(s->destination)), sensor);
	}
	if (strtab_get(log->strings, s->sensor).len == 0)
		sensor = hash_addr(s->source);
	return hash_mix(hash_mix(s->fold, strtab_hash(log->strings, s->session)), sensor);
}

static enum coord_err
find_subject(struct event_log *log, const struct subject *s, uint32_t *ret, struct coord_error *err)
{
	uint64_t words[sizeof(*s) / sizeof(uint64_t)], known[sizeof(*s) / sizeof(uint64_t)], h;
	uint32_t *slot, *tag;

	_Static_assert(SUBJECT_CACHE == 1 << 13, "the shift below keeps 13 bits");
	memcpy(words, s, sizeof(*s));
	h = hash_words(words, sizeof(words) / sizeof(words[0]));
	slot = &log->cache[h >> 51];
	tag = &log->cache_tags[h >> 51];
	if (*slot != 0 && *tag == (uint32_t)h) {
		memcpy(known, &log->subjects[*slot - 1], sizeof(known));
		if (words_equal(known, words, sizeof(words) / sizeof(words[0]))) {
			*ret = *slot - 1;
			return COORD_OK;
		}
	}
	TRY(reserve_subjects(log, 1, err));
	log->subjects[log->n_subjects] = *s;
	log->subject_keys[log->n_subjects] = session_key(log, s);
	*slot = (uint32_t)++log->n_subjects;
	*tag = (uint32_t)h;
	*ret = *slot - 1;
	return COORD_OK;
}

static enum event_rank
rank_of(enum event_kind kind)
{
	static const enum event_rank ranks[] = { [EVENT_CONNECT] = RANK_CONNECT,
		[EVENT_CLOSE] = RANK_CLOSE,
		[EVENT_ITEM] = RANK_ITEM,
		[EVENT_TEXT] = RANK_TEXT,
		[EVENT_TOUCH] = RANK_TOUCH };

	assert((unsigned)kind <= EVENT_TOUCH);
	return ranks[kind];
}

static uint32_t
intern_repaired(struct event_log *log, struct sv text)
{
	struct buf whole = BUF_INIT(4 * (size_t)STRING_MOST);
	uint32_t id;

	text_repair(text, &whole);
	id = whole.failed ? UINT32_MAX
			  : strtab_intern(log->strings, text_cut(buf_sv(&whole), STRING_MOST));
	buf_clear(&whole);
	return id;
}

/** The id of attackers' text: valid UTF-8, of bounded length. */
static uint32_t
intern_clean(struct event_log *log, struct sv text)
{
	text = text_cut(text, STRING_MOST);
	if (text_valid_prefix(text) == text.len)
		return strtab_intern(log->strings, text);
	return intern_repaired(log, text);
}

/** A short text as words; with its length they tell it from every other. */
static inline void
short_words(struct sv text, uint64_t words[STRING_CACHE_LEN / 8])
{
	const char *end = text.data + text.len;

	words[0] = words[1] = words[2] = 0;
	if (text.len >= 8) {
		memcpy(&words[0], text.data, 8);
		if (text.len > 16)
			memcpy(&words[1], text.data + 8, 8);
		memcpy(&words[2], end - 8, 8);
	} else if (text.len >= 4) {
		memcpy(&words[0], text.data, 4);
		memcpy(&words[1], end - 4, 4);
	} else if (text.len > 0) {
		memcpy(&words[0], text.data, 1);
		memcpy(&words[1], text.data + text.len / 2, 1);
		memcpy(&words[2], end - 1, 1);
	}
}

static uint32_t
intern_short(struct event_log *log, struct sv text)
{
	uint64_t words[STRING_CACHE_LEN / 8];
	struct cached_string *slot;
	uint32_t id;

	_Static_assert(STRING_CACHE == 1 << 12, "the shift below keeps 12 bits");
	short_words(text, words);
	slot = &log->recent[hash_words(words, STRING_CACHE_LEN / 8) >> 52];
	if (slot->id != STR_NONE && slot->len == text.len &&
	    words_equal(slot->words, words, STRING_CACHE_LEN / 8))
		return slot->id;
	if ((id = intern_clean(log, text)) == UINT32_MAX)
		return id;
	slot->id = id;
	slot->len = (uint32_t)text.len;
	memcpy(slot->words, words, sizeof(words));
	return id;
}

/** Names that are nearly always those of the event before, sensor and protocol. */
static inline uint32_t
intern_again(struct event_log *log, struct sv text, struct cached_string *last)
{
	uint64_t words[STRING_CACHE_LEN / 8];
	uint32_t id;

	if (text.data == NULL)
		return STR_NONE;
	if (text.len > STRING_CACHE_LEN)
		return intern_clean(log, text);
	short_words(text, words);
	if (last->id != STR_NONE && last->len == text.len &&
	    words_equal(last->words, words, STRING_CACHE_LEN / 8))
		return last->id;
	if ((id = intern_short(log, text)) == UINT32_MAX)
		return id;
	last->id = id;
	last->len = (uint32_t)text.len;
	memcpy(last->words, words, sizeof(words));
	return id;
}

static inline uint32_t
intern(struct event_log *log, struct sv text)
{
	if (text.data == NULL)
		return STR_NONE;
	return text.len > STRING_CACHE_LEN ? intern_clean(log, text) : intern_short(log, text);
}

static bool
intern_subject(struct event_log *log, const struct event *e, unsigned reader, const char *sensor,
    struct subject *s)
{
	*s = (struct subject){
		.source = e->source,
		.destination = e->destination,
		.duration_us = e->duration_us < -1 ? -1 : e->duration_us,
		.bytes_in = e->bytes_in,
		.bytes_out = e->bytes_out,
		.session = intern(log, e->session),
		.sensor =
		    intern_again(log, sensor == NULL ? e->sensor : sv_from(sensor), &log->sensor),
		.protocol = intern_again(log, e->protocol, &log->protocol),
		.index = intern(log, e->index),
		.doc = intern(log, e->doc),
		.asn = e->asn,
		.events = e->events,
		.source_port = e->source_port,
		.target_port = e->target_port,
		.transport = e->transport,
		.fold = (uint8_t)e->fold,
		.reader = (uint8_t)reader,
		.service = e->service,
		.session_flags = e->session_flags,
		.connection_only = e->connection_only,
	};
	return s->session != UINT32_MAX && s->sensor != UINT32_MAX && s->protocol != UINT32_MAX &&
	       s->index != UINT32_MAX && s->doc != UINT32_MAX;
}

enum coord_err
event_log_add(struct event_log *log, const struct event *e, unsigned reader, const char *sensor,
    struct coord_error *err)
{
	struct log_event to = { .at_us = e->at_us,
		.rank = (uint8_t)rank_of(e->kind),
		.bits = e->late ? EVENT_LATE : 0 };
	size_t place = log->n - log->record_at;
	struct subject s;

	if (!intern_subject(log, e, reader, sensor, &s))
		return no_memory(err);
	TRY(find_subject(log, &s, &to.subject, err));
	if (e->kind == EVENT_ITEM) {
		to.what = e->item_kind;
		to.item_flags = e->item_flags;
		to.a = intern(log, e->a);
		to.b = intern(log, e->b);
	} else if (e->kind == EVENT_TEXT) {
		to.what = (uint8_t)e->text;
		to.a = intern(log, e->value);
	}
	if (to.a == UINT32_MAX || to.b == UINT32_MAX)
		return no_memory(err);
	to.place = place > UINT32_MAX ? UINT32_MAX : (uint32_t)place;
	to.key = log->subject_keys[to.subject];
	TRY(reserve_events(log, 1, err));
	log->events[log->n++] = to;
	log->connects += to.rank == RANK_CONNECT;
	return COORD_OK;
}

uint64_t
event_log_content(const struct event_log *log, const struct log_event *e)
{
	uint64_t h = subject_content(log, &log->subjects[e->subject]);

	h = hash_mix(hash_mix(h, strtab_hash(log->strings, e->a)), strtab_hash(log->strings, e->b));
	return hash_mix(h, (uint64_t)e->place << 32 | (uint64_t)e->rank << 24 |
			       (uint64_t)e->what << 16 | (uint64_t)e->item_flags << 8 | e->bits);
}

/** All row events of one record are one session: its key is the hash of them all. */
static void
key_rows(struct event_log *log)
{
	uint64_t h = FOLD_ROW;
	bool any = false;

	for (size_t i = log->record_at; i < log->n; i++) {
		const struct log_event *e = &log->events[i];

		if (log->subjects[e->subject].fold != FOLD_ROW)
			continue;
		h = hash_mix(hash_mix(h, event_log_content(log, e)), (uint64_t)e->at_us);
		any = true;
	}
	for (size_t i = log->record_at; any && i < log->n; i++)
		if (log->subjects[log->events[i].subject].fold == FOLD_ROW)
			log->events[i].key = hash_mix(h, log->events[i].key);
}

enum coord_err
event_log_commit(struct event_log *log, struct coord_error *err)
{
	key_rows(log);
	log->record_at = log->n;
	if (log->n < log->compact_at)
		return COORD_OK;
	TRY(event_log_compact(log, err));
	log->compact_at = log->n * 2 < log->compact_first ? log->compact_first : log->n * 2;
	return COORD_OK;
}

/** Copies strings and subjects of `from` that its events use into `into`, on demand. */
struct transfer {
	struct event_log *into;
	const struct event_log *from;
	uint32_t *strings;  /* new id, 0: not yet */
	uint32_t *subjects; /* new subject + 1, 0: not yet */
	bool failed;
};

static uint32_t
transfer_string(struct transfer *t, uint32_t id)
{
	if (id == STR_NONE)
		return STR_NONE;
	if (t->strings[id] == 0) {
		uint32_t fresh = strtab_intern(t->into->strings, strtab_get(t->from->strings, id));

		if (fresh == UINT32_MAX) {
			t->failed = true;
			return STR_NONE;
		}
		t->strings[id] = fresh;
	}
	return t->strings[id];
}

static uint32_t
transfer_subject(struct transfer *t, uint32_t at, struct coord_error *err)
{
	struct event_log *into = t->into;
	struct subject s;

	if (t->subjects[at] != 0)
		return t->subjects[at] - 1;
	if (reserve_subjects(into, 1, err) != COORD_OK) {
		t->failed = true;
		return 0;
	}
	s = t->from->subjects[at];
	s.session = transfer_string(t, s.session);
	s.sensor = transfer_string(t, s.sensor);
	s.protocol = transfer_string(t, s.protocol);
	s.index = transfer_string(t, s.index);
	s.doc = transfer_string(t, s.doc);
	into->subjects[into->n_subjects] = s;
	into->subject_keys[into->n_subjects] = t->from->subject_keys[at];
	t->subjects[at] = (uint32_t)++into->n_subjects;
	return t->subjects[at] - 1;
}

static enum coord_err
transfer_events(struct transfer *t, struct coord_error *err)
{
	struct event_log *into = t->into;

	TRY(reserve_events(into, t->from->n, err));
	for (size_t i = 0; i < t->from->n && !t->failed; i++) {
		struct log_event e = t->from->events[i];

		if (i % DROP_EVENTS == 0 && i > 0)
			pages_drop(&t->from->events[i - DROP_EVENTS], DROP_EVENTS * sizeof(e));

		e.subject = transfer_subject(t, e.subject, err);
		e.a = transfer_string(t, e.a);
		e.b = transfer_string(t, e.b);
		into->events[into->n++] = e;
	}
	into->record_at = into->n;
	return t->failed ? no_memory(err) : COORD_OK;
}

void
event_log_drop_events(struct event_log *log)
{
	free(log->events);
	free(log->subjects);
	free(log->subject_keys);
	log->events = NULL;
	log->subjects = NULL;
	log->subject_keys = NULL;
	log->n = log->cap = log->n_subjects = log->subjects_cap = log->record_at = 0;
}

static void
empty(struct event_log *log)
{
	event_log_drop_events(log);
	memset(log->cache, 0, sizeof(log->cache));
	memset(log->recent, 0, sizeof(log->recent));
	log->sensor = log->protocol = (struct cached_string){ 0 };
}

enum coord_err
event_log_append(struct event_log *into, struct event_log *from, struct coord_error *err)
{
	struct transfer t = { .into = into, .from = from };
	enum coord_err rc = COORD_ENOMEM;

	t.strings = calloc(strtab_count(from->strings), sizeof(*t.strings));
	t.subjects = calloc(from->n_subjects + 1, sizeof(*t.subjects));
	if (t.strings == NULL || t.subjects == NULL)
		(void)no_memory(err);
	else
		rc = transfer_events(&t, err);
	free(t.strings);
	free(t.subjects);
	into->duplicates += from->duplicates;
	from->duplicates = 0;
	empty(from);
	return rc;
}
