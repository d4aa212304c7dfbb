/* Name-based ids: the vectors of reference/external-apis.md section 2.10. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/uuid.h"

static void
known_vectors(void **state)
{
	static const struct {
		const uint8_t *space;
		const char *name, *uuid;
	} vectors[] = {
		{ UUID_STIX_OBSERVABLE, "{\"value\":\"198.51.100.3\"}",
		    "28bb3599-77cd-5a82-a950-b5bc3caf07c4" },
		{ UUID_STIX_OBSERVABLE, "{\"number\":64500}",
		    "0a5f7072-df00-5729-9f0a-4eb18631a446" },
		{ UUID_PROJECT, "campaign:an-0001/c1", "f06f76f3-5345-5e55-a403-d0519381260b" },
		{ UUID_PROJECT, "identity:engine", "c377f335-acdf-5ccb-9588-6c3ac5acc902" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		char uuid[UUID_TEXT];

		assert_int_equal(
		    uuid_v5(vectors[i].space, sv_from(vectors[i].name), uuid, NULL), COORD_OK);
		assert_string_equal(uuid, vectors[i].uuid);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(known_vectors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
