/* world.h - an empty store for every test of the contract: SQLite in a folder of its own, or (COORD_TEST_POSTGRES names a
 * database; tests/support/servers.py starts one) a schema of its own on PostgreSQL. */
#ifndef COORD_TESTS_STORE_WORLD_H
#define COORD_TESTS_STORE_WORLD_H

#include "testing.h"

#include "store/store.h"

struct world {
	char folder[64];
	char url[512];
	struct store *store;
	struct arena *arena;
	struct coord_error err;
	unsigned made; /* ids given out */
};

typedef char id_text[STORE_ID_LEN + 1];

enum { T0_S = 1700000000 };
#define T0 ((int64_t)T0_S * 1000000)

int world_setup(void **state);
int world_teardown(void **state);
/** A URL of an empty place that no store has been opened in. */
void world_place(struct world *w);
void world_remove(struct world *w);
bool world_is_sqlite(const struct world *w);
void world_reopen(struct world *w);
/** SQL by the database's own means, behind the store's back. */
void world_sql(const struct world *w, const char *sql);
/** The first column of the first row, as a number. */
int64_t world_number(const struct world *w, const char *sql);

/** A submission with a new id, which is also written to `id`. */
struct store_submission world_item(struct world *w, id_text id);
void world_submit(struct world *w, const struct store_submission *item, int64_t now_us);
/** Accepted and begun: returns the fence. */
uint64_t world_begun(struct world *w, id_text id, int64_t now_us);
struct store_analysis world_get(struct world *w, const char *id, unsigned parts);
/** The types of an analysis's events, separated by blanks. */
const char *world_events(struct world *w, const char *id);

/** Fails with the error's text unless the call succeeds. */
#define OK(expr) world_ok(w, (expr), #expr, __FILE__, __LINE__)
void world_ok(
    const struct world *w, enum coord_err rc, const char *what, const char *file, int line);

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)

int write_tests(void);
int job_tests(void);
int read_tests(void);
int campaign_tests(void);
int callback_tests(void);
int small_tests(void);
int audit_tests(void);
int retain_tests(void);
int workflow_tests(void);
int migrate_tests(void);
int fault_tests(void);

#endif
