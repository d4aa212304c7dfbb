/* batch.h - session tables by hand for tests of the analysis: one call a session, times in seconds after a fixed Monday.
 *
 *    struct batch *b = batch_new();
 *
 *    batch_add(b, &(struct batch_session){ .ip = 0x0a000001, .at_s = 60, .credentials = { "root 123456" } });
 *    table = batch_finish(b);
 *
 * Everything that is left out has a default: SSH, sensor "s1", no tool, one second long. */
#ifndef COORD_TESTS_SUPPORT_BATCH_H
#define COORD_TESTS_SUPPORT_BATCH_H

#include "session/session.h"

enum { BATCH_ITEMS = 12 };
#define BATCH_START_US INT64_C(1740960000000000) /* 2025-03-03T00:00:00Z */

struct batch_session {
	uint32_t ip; /* IPv4, host order */
	double at_s, lasts_s;
	enum session_service service; /* UNKNOWN: SSH */
	const char *sensor, *hassh, *banner;
	const char *credentials[BATCH_ITEMS]; /* "user password" */
	const char *commands[BATCH_ITEMS];
	const char *requests[BATCH_ITEMS];
	const char *key;     /* fingerprint of an SSH key */
	const char *payload; /* free payload text */
	const char *forward; /* data sent through the honeypot */
	const char *port;    /* "tcp/22" */
	const char *country;
	bool success; /* every credential of the session was let in */
	uint16_t target_port;
	double duration_s; /* that the honeypot measured; 0: it did not */
	const char *label; /* of the list "list" */
};

struct batch {
	struct session_builder *builder;
	uint32_t n;
};

/** Fail the test when out of memory. A batch is released by batch_finish. */
struct batch *batch_new(void);
void batch_add(struct batch *batch, const struct batch_session *session);
/** Credentials "<prefix><i>" for i in [from, to), in sessions of BATCH_ITEMS each at the same time. */
void batch_add_credentials(struct batch *batch, const struct batch_session *session,
    const char *prefix, unsigned from, unsigned to);
/** The finished table, checked against its invariants: session_table_free it. */
struct session_table batch_finish(struct batch *batch);
/** A copy of rows of a table in another order of input, for tests that order does not matter; `skip` (NULL allowed)
 *  says which rows are left out. */
void batch_add_table(
    struct batch *batch, const struct session_table *table, uint64_t shuffle, const bool *skip);
/** True when the environment asks for small loops (sanitizers, valgrind). */
bool test_quick(void);

#endif
