/* test_names.c - service families and names. */
#include "testing.h"
#include "session/session.h"

static void
services(void **state)
{
	static const struct {
		const char *protocol;
		uint16_t port;
		bool connection_only;
		enum session_service service;
	} CASES[] = {
		{ "ssh", 2323, false, SERVICE_SSH },
		{ "TELNET", 0, false, SERVICE_TELNET },
		{ "http", 22, false, SERVICE_WEB },
		{ "tcp", 22, false, SERVICE_SSH },
		{ NULL, 2223, false, SERVICE_TELNET },
		{ NULL, 5555, false, SERVICE_ADB },
		{ "tcp", 4444, false, SERVICE_OTHER },
		{ NULL, 4444, false, SERVICE_OTHER },
		{ NULL, 0, false, SERVICE_UNKNOWN },
		{ "ssh", 22, true, SERVICE_SCAN },
		{ "smtp", 0, false, SERVICE_MAIL },
		{ NULL, 3306, false, SERVICE_SQL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(CASES); i++)
		assert_int_equal(session_service_of(sv_from(CASES[i].protocol), CASES[i].port,
				     CASES[i].connection_only),
		    CASES[i].service);
}

static void
names_are_distinct(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SERVICE_COUNT; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(session_service_name(i), session_service_name(j));
	for (unsigned i = 0; i < TEXT_COUNT; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(session_text_name(i), session_text_name(j));
	for (unsigned i = 0; i < ITEM_KIND_COUNT; i++) {
		const char *a = NULL, *b = NULL;

		session_item_fields(i, &a, &b);
		assert_string_not_equal(a, b);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(session_item_name(i), session_item_name(j));
	}
	assert_string_equal(session_transport_name(TRANSPORT_OTHER), "other");
}

static void
redirects(void **state)
{
	(void)state;
	assert_int_equal(session_port_undo_redirect(2222), 22);
	assert_int_equal(session_port_undo_redirect(2223), 23);
	assert_int_equal(session_port_undo_redirect(8000), 8000);
	assert_int_equal(session_port_undo_redirect(0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services),
		cmocka_unit_test(names_are_distinct),
		cmocka_unit_test(redirects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
