/* test_documents.c - what is written of a result: the same bytes every time, and nothing of an attacker's. */
#include "enrich/private.h"
#include "testing.h"

static const char result[] =
    "{\"analysis_id\":\"other\",\"coordination_confidence\":0.72,\"verdict\":\"coordinated_"
    "campaign\","
    "\"confidence_interval\":[0.5,0.9],\"coverage\":0.25,\"batch\":{\"sources\":3,\"sessions\":7},"
    "\"campaigns\":[{\"id\":\"c1\",\"key\":\"00ff\",\"verdict\":\"coordinated_campaign\","
    "\"qualifier\":null,"
    "\"confidence\":0.72,\"reason\":\"EVIL\",\"first_seen\":\"2025-07-01T00:00:00Z\","
    "\"last_seen\":\"2025-07-02T00:00:00Z\",\"counts\":{\"sources\":2,\"sessions\":5,\"sensors\":1}"
    ","
    "\"sources\":[\"198.51.100.7\",\"203.0.113.9\"],\"sensors\":[\"EVIL\"],\"session_ids\":["
    "\"EVIL\"],"
    "\"techniques\":[\"T1110\"],\"behavior\":[\"EVIL\"],"
    "\"evidence\":[{\"channel\":\"synchrony\",\"log10_e\":2.5,\"detail\":\"EVIL\"},"
    "{\"channel\":\"order\",\"log10_e\":-1}]}]}";
static const char narrative[] =
    "{\"sentences\":[{\"text\":\"One group.\",\"evidence\":[\"batch\"]}]}";

static void
test_documents(void **state)
{
	struct arena *arena = arena_new(0);
	struct enrich_item *items = NULL;
	size_t n = 0;

	(void)state;
	assert_non_null(arena);
	assert_int_equal(enrich_documents(sv_from(result), sv_from(narrative), SV("an-1"),
			     1767225600 * TIME_SECOND, arena, &items, &n, NULL),
	    COORD_OK);
	assert_int_equal(n, 2);
	assert_sv_equal(items[0].id, "an-1");
	assert_sv_equal(items[0].source,
	    "{\"@timestamp\":\"2026-01-01T00:00:00Z\",\"ecs\":{\"version\":\"8.11.0\"},"
	    "\"event\":{\"kind\":\"enrichment\",\"category\":[\"threat\"],\"type\":[\"indicator\"],"
	    "\"module\":\"coordination\",\"dataset\":\"coordination.analysis\",\"id\":\"an-1\","
	    "\"risk_score\":72},\"coordination\":{\"analysis_id\":\"an-1\","
	    "\"verdict\":\"coordinated_campaign\",\"confidence\":0.72,\"confidence_low\":0.5,"
	    "\"confidence_high\":0.9,\"coverage\":0.25,\"campaigns\":1,\"sources\":3,\"sessions\":"
	    "7,"
	    "\"narrative\":[\"One group.\"]}}");
	assert_sv_equal(items[1].id, "an-1:c1");
	assert_sv_equal(items[1].source,
	    "{\"@timestamp\":\"2026-01-01T00:00:00Z\",\"ecs\":{\"version\":\"8.11.0\"},"
	    "\"event\":{\"kind\":\"enrichment\",\"category\":[\"threat\"],\"type\":[\"indicator\"],"
	    "\"module\":\"coordination\",\"dataset\":\"coordination.campaign\",\"id\":\"an-1:c1\","
	    "\"start\":\"2025-07-01T00:00:00Z\",\"end\":\"2025-07-02T00:00:00Z\",\"risk_score\":72}"
	    ","
	    "\"threat\":{\"framework\":\"MITRE ATT\\u0026CK\",\"group\":{\"id\":\"00ff\"},"
	    "\"technique\":{\"id\":[\"T1110\"]}},\"related\":{\"ip\":[\"198.51.100.7\",\"203.0.113."
	    "9\"]},"
	    "\"coordination\":{\"analysis_id\":\"an-1\",\"campaign\":\"c1\",\"key\":\"00ff\","
	    "\"verdict\":\"coordinated_campaign\",\"confidence\":0.72,\"sources\":2,\"sessions\":5,"
	    "\"sensors\":1,\"channels\":[\"synchrony\"]}}");
	arena_free(arena);
}

static void
test_no_document(void **state)
{
	static const char *const bad[] = { "", "[]", "{}", "{\"campaigns\":7}",
		"{\"campaigns\":[" };
	struct arena *arena = arena_new(0);
	struct enrich_item *items = NULL;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(
		    enrich_documents(sv_from(bad[i]), SV_NONE, SV("a"), 0, arena, &items, &n, NULL),
		    COORD_EPARSE);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_documents),
		cmocka_unit_test(test_no_document) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
