/* test_events.c - the event log: duplicates, endless sessions, logs put together; compaction may happen at any time. */
#include "ingest/events.h"
#include "testing.h"

#include <stdio.h>

enum { ITEMS_MOST = 50 };

static const int64_t START = INT64_C(1577836800000000); /* 2020-01-01 */

static void
add_command(struct event_log *log, uint32_t session, int64_t at_us, const char *command)
{
	struct event e = EVENT_INIT;
	char id[16];

	snprintf(id, sizeof(id), "%u", session);
	e.fold = FOLD_SESSION;
	e.kind = EVENT_ITEM;
	e.item_kind = ITEM_COMMAND;
	e.session = sv_from(id);
	e.sensor = SV("s");
	e.source = addr_from_v4(0xcb007100 + session);
	e.at_us = at_us;
	e.a = sv_from(command);
	event_log_begin(log);
	assert_int_equal(event_log_add(log, &e, 0, NULL, NULL), COORD_OK);
	assert_int_equal(event_log_commit(log, NULL), COORD_OK);
}

static struct event_log *
new_log(size_t compact_first)
{
	struct event_log *log = event_log_new(ITEMS_MOST);

	assert_non_null(log);
	if (compact_first > 0)
		log->compact_first = log->compact_at = compact_first;
	return log;
}

static void
assert_logs_equal(const struct event_log *x, const struct event_log *y)
{
	assert_int_equal(x->n, y->n);
	for (size_t i = 0; i < x->n; i++) {
		const struct log_event *a = &x->events[i], *b = &y->events[i];

		assert_true(a->key == b->key && a->at_us == b->at_us);
		assert_true(event_log_content(x, a) == event_log_content(y, b));
		assert_true(sv_eq(strtab_get(x->strings, a->a), strtab_get(y->strings, b->a)));
		assert_true(sv_eq(strtab_get(x->strings, x->subjects[a->subject].session),
		    strtab_get(y->strings, y->subjects[b->subject].session)));
	}
}

static void
duplicates_are_dropped(void **state)
{
	struct event_log *log = new_log(0);

	(void)state;
	add_command(log, 1, START, "ls");
	add_command(log, 2, START, "ls");
	add_command(log, 1, START, "ls");
	add_command(log, 1, START + 1, "ls");
	add_command(log, 1, START, "id");
	assert_int_equal(event_log_compact(log, NULL), COORD_OK);
	assert_int_equal(log->n, 4);
	assert_int_equal(log->duplicates, 1);
	event_log_free(log);
}

static void
records_are_taken_back(void **state)
{
	struct event_log *log = new_log(0);
	struct event e = EVENT_INIT;

	(void)state;
	add_command(log, 1, START, "ls");
	event_log_begin(log);
	e.at_us = START;
	e.source = addr_from_v4(1);
	e.fold = FOLD_GAP;
	assert_int_equal(event_log_add(log, &e, 0, NULL, NULL), COORD_OK);
	event_log_rollback(log);
	assert_int_equal(log->n, 1);
	event_log_free(log);
}

/** A session that never ends, one command after the other: memory stays bounded, and when compaction happens makes no
 *  difference. */
static void
endless_sessions_stay_bounded(void **state)
{
	enum { N = 40000, DAYS = 4 };
	struct event_log *once = new_log(0), *often = new_log(500), *parts[2];

	(void)state;
	parts[0] = new_log(700);
	parts[1] = new_log(300);
	for (uint32_t i = 0; i < N; i++) {
		uint32_t j = (i * 7919u) % N; /* out of order */
		int64_t at = START + (int64_t)j * (DAYS * 86400 * TIME_SECOND / N);
		char command[32];

		snprintf(command, sizeof(command), "echo %u", j);
		add_command(once, j % 3, at, command);
		add_command(often, j % 3, at, command);
		add_command(parts[(i / 100) % 2], j % 3, at, command);
		assert_true(often->n < 3000);
	}
	assert_int_equal(event_log_compact(once, NULL), COORD_OK);
	assert_int_equal(event_log_compact(often, NULL), COORD_OK);
	assert_int_equal(event_log_append(parts[0], parts[1], NULL), COORD_OK);
	assert_int_equal(event_log_compact(parts[0], NULL), COORD_OK);
	/* the earliest of each day and the last one of it */
	assert_int_equal(once->n, 3 * DAYS * (ITEMS_MOST + 64 + 1));
	assert_logs_equal(once, often);
	assert_logs_equal(once, parts[0]);
	assert_true(strtab_count(often->strings) < 3 * DAYS * (ITEMS_MOST + 70) + 1000);
	event_log_free(once);
	event_log_free(often);
	event_log_free(parts[0]);
	event_log_free(parts[1]);
}

static void
rows_are_keyed_by_their_record(void **state)
{
	struct event_log *log = new_log(0);
	struct event e = EVENT_INIT;

	(void)state;
	e.fold = FOLD_ROW;
	e.kind = EVENT_CONNECT;
	e.at_us = START;
	e.source = addr_from_v4(1);
	for (unsigned i = 0; i < 3; i++) {
		event_log_begin(log);
		e.target_port = i == 2 ? 23 : 22;
		assert_int_equal(event_log_add(log, &e, 0, NULL, NULL), COORD_OK);
		assert_int_equal(event_log_add(log, &e, 0, NULL, NULL), COORD_OK);
		assert_int_equal(event_log_commit(log, NULL), COORD_OK);
	}
	assert_int_equal(event_log_compact(log, NULL), COORD_OK);
	assert_int_equal(log->n, 4); /* the second record repeats the first */
	assert_int_equal(log->duplicates, 2);
	assert_true(log->events[0].key == log->events[1].key);
	assert_true(log->events[1].key != log->events[2].key);
	event_log_free(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(duplicates_are_dropped),
		cmocka_unit_test(records_are_taken_back),
		cmocka_unit_test(endless_sessions_stay_bounded),
		cmocka_unit_test(rows_are_keyed_by_their_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
