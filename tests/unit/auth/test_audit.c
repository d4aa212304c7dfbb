/* test_audit.c - a chain that holds, and every way of tampering with it but cutting the tail, which the head shows. */
#include "auth/auth.h"
#include "fake_store.h"
#include "testing.h"

enum { ROWS = 2500 }; /* more than two pages */

static struct store *
filled(unsigned rows)
{
	struct store *store = fake_store_new();

	for (unsigned i = 0; i < rows; i++)
		assert_int_equal(COORD_OK, store_audit_add(store,
					       &(struct store_audit){ .time_us = i,
						   .actor = SV("cli"),
						   .action = SV("key.create"),
						   .subject = SV("k_1"),
						   .outcome = SV("ok") },
					       NULL));
	return store;
}

static void
verify(struct store *store, struct auth_audit_check *ret)
{
	struct coord_error err;

	assert_int_equal(COORD_OK, auth_audit_verify(store, ret, &err));
}

static void
test_holds(void **state)
{
	struct auth_audit_check check;
	struct store *store = filled(ROWS);
	size_t n;
	const struct store_audit *rows = fake_store_audit(store, &n);

	(void)state;
	verify(store, &check);
	assert_true(check.holds);
	assert_int_equal(ROWS, check.rows);
	assert_int_equal(1, check.first);
	assert_int_equal(ROWS, check.last);
	assert_memory_equal(rows[ROWS - 1].hash, check.head, 32);
	fake_store_free(store);
	store = fake_store_new();
	verify(store, &check);
	assert_true(check.holds && check.rows == 0 && check.last == 0);
	fake_store_free(store);
}

static void
test_every_change_is_found(void **state)
{
	struct auth_audit_check check;
	struct store_audit *rows;
	struct store *store;
	size_t n;

	(void)state;
	for (int change = 0; change < 7; change++) {
		store = filled(ROWS);
		rows = fake_store_audit(store, &n);
		switch (change) {
		case 0:
			rows[1499].outcome = SV("denied");
			break;
		case 1:
			rows[1499].time_us++;
			break;
		case 2:
			rows[1499].hash[31] ^= 1;
			break;
		case 3:
			rows[1499].previous[0] ^= 1;
			break;
		case 4:
			fake_store_audit_cut(store, 1499, 1);
			break;
		case 5: /* changed, and its own hash made to fit: the next row tells */
			rows[1498].actor = SV("nobody");
			store_audit_hash(&rows[1498], rows[1498].hash);
			break;
		default:
			rows[1499].seq = 1500 + 7;
			break;
		}
		verify(store, &check);
		assert_false(check.holds);
		assert_true(check.why[0] != 0);
		assert_int_equal(change == 4 ? 1501 : change == 6 ? 1507 : 1500, check.broken_at);
		fake_store_free(store);
	}
}

static void
test_a_log_shortened_by_retention_holds(void **state)
{
	struct auth_audit_check check;
	static const struct {
		const char *actor, *subject;
		bool holds;
	} said[] = {
		{ "system", "1-4", true },
		{ "system", "1-3", false },
		{ "system", "1-5", false },
		{ "system", "4", false },
		{ "system", "1-99", false },
		{ "k_1", "1-4", false },
	};
	struct store *store = filled(10);
	struct store_audit *rows;
	size_t n;

	(void)state;
	fake_store_audit_cut(store, 0, 4);
	verify(store, &check);
	assert_false(check.holds); /* nothing says who took them */
	assert_int_equal(5, check.broken_at);
	fake_store_free(store);
	for (size_t i = 0; i < COUNT_OF(said); i++) {
		store = filled(10);
		assert_int_equal(
		    COORD_OK, store_audit_add(store,
				  &(struct store_audit){ .actor = sv_from(said[i].actor),
				      .action = SV("audit.retain"),
				      .subject = sv_from(said[i].subject),
				      .outcome = SV("ok") },
				  NULL));
		fake_store_audit_cut(store, 0, 4);
		verify(store, &check);
		if (check.holds != said[i].holds)
			fail_msg("%s", said[i].subject);
		if (check.holds)
			assert_true(check.first == 5 && check.rows == 7);
		fake_store_free(store);
	}
	store = filled(10);
	/* but row 1 has nothing before it */
	fake_store_free(store);
	store = filled(2);
	rows = fake_store_audit(store, &n);
	rows[0].previous[3] = 1;
	store_audit_hash(&rows[0], rows[0].hash);
	verify(store, &check);
	assert_false(check.holds);
	assert_int_equal(1, check.broken_at);
	fake_store_free(store);
}

static void
test_the_store_away(void **state)
{
	struct auth_audit_check check;
	struct store *store = filled(1);

	(void)state;
	fake_store_fail_after(store, 0);
	assert_int_equal(COORD_EUNAVAIL, auth_audit_verify(store, &check, NULL));
	fake_store_free(store);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_every_change_is_found),
		cmocka_unit_test(test_a_log_shortened_by_retention_holds),
		cmocka_unit_test(test_the_store_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
