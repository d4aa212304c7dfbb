/* fixture.h - a batch and a result made by hand: one coordinated campaign with an SSH key, one insufficient group,
 * masks, every state a channel can be in, and attacker text of every hostile kind in every place that can hold it. */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H

#include "report/report.h"

struct fixture {
	struct session_table table;
	struct detect_result result;
	struct ingest_report ingest;
	struct report_input input; /* points into the above */
};

/** Text that is hostile to one format or another; NULL ends the list. A NUL byte cannot be among them (the result
 *  holds C strings); session ids and sensors carry one. */
extern const char *const fixture_hostile[];

/** Asserts (cmocka) that it could be made. Release with fixture_free. */
struct fixture *fixture_new(void);
void fixture_free(struct fixture *fixture);
/** Turns the result into `n` campaigns, all like the first. */
void fixture_repeat_campaign(struct fixture *fixture, uint32_t n);

/** Compares with tests/golden/<name>; with COORD_UPDATE_GOLDEN=1 in the environment, writes it instead. */
void golden_check(const char *name, struct sv text);
/** A new file in a temporary folder of the test; the path is valid until the next call. */
const char *temp_write(const char *name, struct sv text);
/** Removes those files: the teardown of a group of tests. */
int temp_clean(void **state);
/** Runs argv (NULL-ended) without a shell; its output goes to `out` (NULL: dropped). Its exit status, -1: not run. */
int run_program(const char *const *argv, struct buf *out);

#endif
