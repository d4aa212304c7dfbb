/* compact.c - the event log sorted and freed of equal events, of the middle of endless sessions, and of strings that
 * nobody uses any more. Keeping the earliest events of a day can be repeated and put together in any order: what is
 * dropped early would have been dropped late. */
#define _GNU_SOURCE /* qsort_r */
#include "ingest/events.h"

#include <stdlib.h>

#include "base/pages.h"

static const int64_t day_us = 86400 * TIME_SECOND;
static const int64_t gap_span_us = 300 * TIME_SECOND;

static enum coord_err
no_memory(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "no memory to sort events");
}

static inline int
order_events(const struct event_log *log, const struct log_event *x, const struct log_event *y)
{
	uint64_t x_content, y_content;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	/* "not found" follows the command it is about also where clocks tell milliseconds only */
	if (x->item_flags != y->item_flags)
		return x->item_flags < y->item_flags ? -1 : 1;
	if (memcmp(x, y, sizeof(*x)) == 0)
		return 0;
	x_content = event_log_content(log, x);
	y_content = event_log_content(log, y);
	return (x_content > y_content) - (x_content < y_content);
}

static int
order_events_in(const void *x, const void *y, void *log)
{
	return order_events(log, x, y);
}

static void
sort_run(const struct event_log *log, struct log_event *events, size_t n)
{
	static const size_t small = 24;

	if (n > small) {
		/* a total order: events equal in it are the same event */
		qsort_r(events, n, sizeof(*events), order_events_in, (void *)(uintptr_t)log);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct log_event e;
		size_t j = i;

		if (order_events(log, &events[i - 1], &events[i]) <= 0)
			continue;
		e = events[i];
		for (; j > 0 && order_events(log, &events[j - 1], &e) > 0; j--)
			events[j] = events[j - 1];
		events[j] = e;
	}
}

static size_t
drop_equal(const struct event_log *log, struct log_event *events, size_t n)
{
	size_t kept = 1;

	for (size_t i = 1; i < n; i++)
		if (order_events(log, &events[kept - 1], &events[i]) != 0) {
			if (kept != i)
				events[kept] = events[i];
			kept++;
		}
	return kept;
}

/** Of how much time a key's events are thinned out at once: of a day for one session's, of minutes for those of a source
 *  without session ids, which are many sessions a day. */
static int64_t
span_of(const struct event_log *log, const struct log_event *e)
{
	return log->subjects[e->subject].fold == FOLD_GAP ? gap_span_us : day_us;
}

static bool
is_edge(const struct log_event *e)
{
	return e->rank == RANK_CONNECT || e->rank == RANK_CLOSE;
}

/** Of each span and class (connects and closes; all else) the earliest `most` events and the last one stay. */
static size_t
drop_endless(struct log_event *events, size_t n, size_t most, int64_t span_us)
{
	size_t kept = 0, span_at = 0;

	if (n <= most)
		return n;
	while (span_at < n) {
		size_t span_to = span_at, seen[2] = { 0, 0 }, last[2] = { 0, 0 };

		for (; span_to < n &&
		       events[span_to].at_us / span_us == events[span_at].at_us / span_us;
		     span_to++)
			last[is_edge(&events[span_to])] = span_to;
		for (size_t i = span_at; i < span_to; i++) {
			unsigned class = is_edge(&events[i]);

			if (seen[class]++ < most || i == last[class])
				events[kept++] = events[i];
		}
		span_at = span_to;
	}
	return kept;
}

enum { AHEAD = 16, DIGIT_BITS = 11, DIGITS = 3, DIGIT_VALUES = 1 << DIGIT_BITS };

static unsigned
digit_of(uint64_t key, unsigned digit)
{
	static const unsigned lowest = 64 - DIGITS * DIGIT_BITS;

	return (unsigned)(key >> (lowest + digit * DIGIT_BITS)) & (DIGIT_VALUES - 1);
}

static void
order_digit(const struct sort_pair *from, struct sort_pair *to, size_t n, unsigned digit)
{
	size_t at[DIGIT_VALUES] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		at[digit_of(from[i].key, digit)]++;
	for (size_t v = 0; v < DIGIT_VALUES; v++) {
		size_t count = at[v];

		at[v] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[at[digit_of(from[i].key, digit)]++] = from[i];
}

/** Keys are hashes: their upper bits order nearly all of them. Stable; the order is left in `scratch`. */
static void
order_keys(struct sort_pair *pairs, size_t n, struct sort_pair *scratch)
{
	static const uint64_t upper = ~UINT64_C(0) << (64 - DIGITS * DIGIT_BITS);
	static const size_t small = DIGIT_VALUES / 2;

	if (n < small) { /* clearing the counts would cost more; most parts are empty */
		sort_pairs(pairs, n, scratch);
		if (n > 0)
			memcpy(scratch, pairs, n * sizeof(*pairs));
		return;
	}
	order_digit(pairs, scratch, n, 0);
	order_digit(scratch, pairs, n, 1);
	order_digit(pairs, scratch, n, 2);
	for (size_t at = 0, to; at < n; at = to) {
		bool mixed = false;

		for (to = at + 1; to < n && ((scratch[to].key ^ scratch[at].key) & upper) == 0;
		     to++)
			mixed = mixed || scratch[to].key != scratch[at].key;
		if (mixed)
			sort_pairs(&scratch[at], to - at, &pairs[at]);
	}
}

enum { PARTS = 256, PART_SHIFT = 56, WHOLE_MOST = 1 << 16 };

/** The room that ordering one part takes. */
struct workspace {
	struct sort_pair *ordered;
	struct log_event *grouped;
};

static unsigned
part_of(const struct log_event *e)
{
	return (unsigned)(e->key >> PART_SHIFT);
}

/** Events in parts by the upper bits of their keys, in place: a copy of a hundred million events would be the peak of
 *  all memory. What is equal in key need not keep its order, runs are sorted later (American flag sort, McIlroy, Bostic &
 *  McIlroy 1993). */
static void
cut_into_parts(struct event_log *log, size_t from[PARTS + 1])
{
	size_t next[PARTS];

	memset(from, 0, (PARTS + 1) * sizeof(*from));
	if (log->n <= WHOLE_MOST) {
		for (unsigned p = 1; p <= PARTS; p++)
			from[p] = log->n;
		return;
	}
	for (size_t i = 0; i < log->n; i++)
		from[part_of(&log->events[i]) + 1]++;
	for (unsigned p = 0; p < PARTS; p++) {
		next[p] = from[p];
		from[p + 1] += from[p];
	}
	for (unsigned p = 0; p < PARTS; p++)
		while (next[p] < from[p + 1]) {
			struct log_event e = log->events[next[p]];

			for (unsigned q = part_of(&e); q != p; q = part_of(&e)) {
				struct log_event other = log->events[next[q]];

				log->events[next[q]++] = e;
				e = other;
			}
			log->events[next[p]++] = e;
		}
}

static enum coord_err
make_workspace(const size_t from[PARTS + 1], struct workspace *ret, struct coord_error *err)
{
	size_t most = 1;

	for (unsigned p = 0; p < PARTS; p++)
		if (from[p + 1] - from[p] > most)
			most = from[p + 1] - from[p];
	ret->ordered = pages_grow(NULL, 0, most * sizeof(*ret->ordered));
	ret->grouped = pages_grow(NULL, 0, most * sizeof(*ret->grouped));
	return ret->ordered == NULL || ret->grouped == NULL ? no_memory(err) : COORD_OK;
}

static void
free_workspace(struct workspace *w)
{
	free(w->ordered);
	free(w->grouped);
}

static void
group_by_key(struct log_event *events, size_t n, struct workspace *w)
{
	struct sort_pair *pairs = (struct sort_pair *)(void *)w->grouped; /* until it is filled */

	_Static_assert(sizeof(*pairs) <= sizeof(*w->grouped), "pairs fit where the events will be");
	for (size_t i = 0; i < n; i++)
		pairs[i] = (struct sort_pair){ events[i].key, (uint32_t)i };
	order_keys(pairs, n, w->ordered);
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(&events[w->ordered[i + AHEAD].value]);
		w->grouped[i] = events[w->ordered[i].value];
	}
	if (n > 0)
		memcpy(events, w->grouped, n * sizeof(*events));
}

/** Strings and subjects that no event uses any more are let go. */
static enum coord_err
drop_unused(struct event_log *log, struct coord_error *err)
{
	struct event_log *fresh = event_log_new(log->items_max);
	struct strtab *strings;
	enum coord_err rc;

	if (fresh == NULL)
		return no_memory(err);
	rc = event_log_append(fresh, log, err);
	strings = log->strings;
	log->strings = fresh->strings;
	log->events = fresh->events;
	log->subjects = fresh->subjects;
	log->subject_keys = fresh->subject_keys;
	log->n = log->record_at = fresh->n;
	log->cap = fresh->cap;
	log->n_subjects = fresh->n_subjects;
	log->subjects_cap = fresh->subjects_cap;
	log->duplicates = fresh->duplicates;
	strtab_free(strings);
	free(fresh);
	return rc;
}

/** Sorts and thins the runs of log->events[at .. to), moves what stays to log->events[kept ...]; returns the new end. */
static size_t
thin_runs(struct event_log *log, size_t at, size_t to, size_t kept)
{
	/* two more than a session keeps, so that folding sees that some were dropped */
	size_t most = (size_t)log->items_max + 64;

	for (size_t end; at < to; at = end) {
		struct log_event *run = &log->events[at];
		size_t n;

		for (end = at + 1; end < to && log->events[end].key == run->key; end++)
			continue;
		sort_run(log, run, end - at);
		n = drop_equal(log, run, end - at);
		log->duplicates += (end - at) - n;
		n = drop_endless(run, n, most, span_of(log, run));
		if (run != &log->events[kept])
			memmove(&log->events[kept], run, n * sizeof(*run));
		kept += n;
	}
	return kept;
}

enum coord_err
event_log_compact(struct event_log *log, struct coord_error *err)
{
	CLEANUP(free_workspace) struct workspace work = { NULL, NULL };
	size_t from[PARTS + 1], kept = 0, before = log->n;

	cut_into_parts(log, from);
	TRY(make_workspace(from, &work, err));
	for (unsigned p = 0; p < PARTS; p++) {
		if (from[p] == from[p + 1])
			continue; /* without any event there is no array to point into */
		group_by_key(&log->events[from[p]], from[p + 1] - from[p], &work);
		kept = thin_runs(log, from[p], from[p + 1], kept);
	}
	log->n = log->record_at = kept;
	return kept < before - before / 8 ? drop_unused(log, err) : COORD_OK;
}
