/* compact.c - the event log sorted and freed of equal events, of the middle of endless sessions, and of strings that
 * nobody uses any more. Keeping the earliest events of a day can be repeated and put together in any order: what is
 * dropped early would have been dropped late. */
#include "ingest/events.h"

#include <stdlib.h>

static const int64_t day_us = 86400 * TIME_SECOND;
static const int64_t gap_span_us = 300 * TIME_SECOND;

static enum coord_err
no_memory(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "no memory to sort events");
}

static int
order_events(const struct log_event *x, const struct log_event *y)
{
	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	/* "not found" follows the command it is about also where clocks tell milliseconds only */
	if (x->item_flags != y->item_flags)
		return x->item_flags < y->item_flags ? -1 : 1;
	return (x->content > y->content) - (x->content < y->content);
}

static int
order_events_in(const void *x, const void *y)
{
	return order_events(x, y);
}

static void
sort_run(struct log_event *events, size_t n)
{
	static const size_t small = 24;

	if (n > small) {
		/* a total order: events equal in it are the same event */
		qsort(events, n, sizeof(*events), order_events_in);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct log_event e = events[i];
		size_t j = i;

		for (; j > 0 && order_events(&events[j - 1], &e) > 0; j--)
			events[j] = events[j - 1];
		events[j] = e;
	}
}

static size_t
drop_equal(struct log_event *events, size_t n)
{
	size_t kept = 1;

	for (size_t i = 1; i < n; i++)
		if (order_events(&events[kept - 1], &events[i]) != 0)
			events[kept++] = events[i];
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

static enum coord_err
group_by_key(struct event_log *log, struct coord_error *err)
{
	struct sort_pair *pairs = malloc((2 * log->n + 1) * sizeof(*pairs));
	struct log_event *grouped = malloc((log->n + 1) * sizeof(*grouped));

	if (pairs == NULL || grouped == NULL) {
		free(pairs);
		free(grouped);
		return no_memory(err);
	}
	for (size_t i = 0; i < log->n; i++)
		pairs[i] = (struct sort_pair){ log->events[i].key, (uint32_t)i };
	sort_pairs(pairs, log->n, pairs + log->n);
	for (size_t i = 0; i < log->n; i++)
		grouped[i] = log->events[pairs[i].value];
	free(pairs);
	free(log->events);
	log->events = grouped;
	log->cap = log->n + 1;
	return COORD_OK;
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
	log->subject_hashes = fresh->subject_hashes;
	log->n = log->record_at = fresh->n;
	log->cap = fresh->cap;
	log->n_subjects = fresh->n_subjects;
	log->subjects_cap = fresh->subjects_cap;
	log->duplicates = fresh->duplicates;
	strtab_free(strings);
	free(fresh);
	return rc;
}

enum coord_err
event_log_compact(struct event_log *log, struct coord_error *err)
{
	/* two more than a session keeps, so that folding sees that some were dropped */
	size_t most = (size_t)log->items_max + 64, kept = 0, before;

	TRY(group_by_key(log, err));
	before = log->n;
	for (size_t at = 0, to; at < log->n; at = to) {
		struct log_event *run = &log->events[at];
		size_t n;

		for (to = at + 1; to < log->n && log->events[to].key == run->key; to++)
			continue;
		sort_run(run, to - at);
		n = drop_equal(run, to - at);
		log->duplicates += (to - at) - n;
		n = drop_endless(run, n, most, span_of(log, run));
		memmove(&log->events[kept], run, n * sizeof(*run));
		kept += n;
	}
	log->n = log->record_at = kept;
	return kept < before - before / 8 ? drop_unused(log, err) : COORD_OK;
}
