/* test_bulk.c - lines of a bulk request, and answers to it: believed only where they fit what was asked. */
#include "enrich/private.h"
#include "testing.h"

enum { ITEMS = 3 };

static const struct enrich_item items[ITEMS] = { { { "a", 1 }, { "{\"n\":0}", 7 } },
	{ { "a:c1", 4 }, { "{\"n\":1}", 7 } }, { { "a:c2", 4 }, { "{\"n\":2}", 7 } } };

static void
test_lines(void **state)
{
	const enum enrich_fate fates[ITEMS] = { FATE_OPEN, FATE_TAKEN, FATE_AGAIN };
	struct buf out = BUF_INIT(4096);

	(void)state;
	bulk_write(items, fates, ITEMS, "x-2026.01", &out);
	assert_sv_equal(buf_sv(&out),
	    "{\"create\":{\"_index\":\"x-2026.01\",\"_id\":\"a\"}}\n{\"n\":0}\n"
	    "{\"create\":{\"_index\":\"x-2026.01\",\"_id\":\"a:c2\"}}\n{\"n\":2}\n");
	buf_clear(&out);
}

static void
test_pieces(void **state)
{
	(void)state;
	assert_int_equal(bulk_piece(items, ITEMS, (size_t)1 << 20), 3);
	assert_int_equal(bulk_piece(items, ITEMS, 1200), 2);
	assert_int_equal(bulk_piece(items, ITEMS, 1), 1); /* never none */
	assert_int_equal(bulk_piece(items, 0, 1200), 0);
}

#define ITEM(id, status) "{\"create\":{\"_index\":\"x\",\"_id\":\"" id "\",\"status\":" #status "}}"
#define FAILED(id, status, type)                                                                   \
	"{\"create\":{\"_id\":\"" id "\",\"status\":" #status ",\"error\":{\"type\":\"" type "\"," \
	"\"reason\":\"no\\u001b[1m\"}}}"
#define ANSWER(errors, list) "{\"took\":1,\"errors\":" errors ",\"items\":[" list "]}"

static const struct {
	const char *name, *answer;
	enum coord_err rc;
	enum enrich_fate fates[ITEMS];
	const char *why;
} answers[] = {
	{ "all created",
	    ANSWER("false", ITEM("a", 201) "," ITEM("a:c1", 201) "," ITEM("a:c2", 200)), COORD_OK,
	    { FATE_TAKEN, FATE_TAKEN, FATE_TAKEN }, "" },
	{ "item by item",
	    ANSWER("true", FAILED("a", 409, "version_conflict_engine_exception") "," FAILED(
			       "a:c1", 429, "es_rejected_execution_exception") "," FAILED("a:c2",
			       400, "document_parsing_exception")),
	    COORD_OK, { FATE_TAKEN, FATE_AGAIN, FATE_REFUSED },
	    "status 429 es_rejected_execution_exception: no.[1m" },
	{ "one is missing", ANSWER("false", ITEM("a", 201) "," ITEM("a:c1", 201)), COORD_EPARSE,
	    { 0 }, "" },
	{ "one too many",
	    ANSWER("false",
		ITEM("a", 201) "," ITEM("a:c1", 201) "," ITEM("a:c2", 201) "," ITEM("d", 201)),
	    COORD_EPARSE, { 0 }, "" },
	{ "another order",
	    ANSWER("false", ITEM("a:c1", 201) "," ITEM("a", 201) "," ITEM("a:c2", 201)),
	    COORD_EPARSE, { 0 }, "" },
	{ "errors: false, and one fails",
	    ANSWER("false", ITEM("a", 201) "," ITEM("a:c1", 400) "," ITEM("a:c2", 201)),
	    COORD_EPARSE, { 0 }, "" },
	{ "a status that is none", ANSWER("false", ITEM("a", 0)), COORD_EPARSE, { 0 }, "" },
	{ "another action",
	    "{\"errors\":false,\"items\":[{\"index\":{\"_id\":\"a\",\"status\":201}}]}",
	    COORD_EPARSE, { 0 }, "" },
	{ "cut", "{\"errors\":false,\"items\":[{\"create\"", COORD_EPARSE, { 0 }, "" },
	{ "nothing", "", COORD_EPARSE, { 0 }, "" },
};

static void
test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		enum enrich_fate fates[ITEMS] = { FATE_OPEN, FATE_OPEN, FATE_OPEN };
		char why[200];

		if (bulk_read(sv_from(answers[i].answer), items, fates, ITEMS, why, NULL) !=
			answers[i].rc ||
		    memcmp(fates, answers[i].fates, sizeof(fates)) != 0 ||
		    strcmp(why, answers[i].why) != 0)
			fail_msg("%s: %d %d %d \"%s\"", answers[i].name, (int)fates[0],
			    (int)fates[1], (int)fates[2], why);
	}
}

static void
test_only_what_was_open(void **state)
{
	enum enrich_fate fates[ITEMS] = { FATE_TAKEN, FATE_AGAIN, FATE_REFUSED };
	char why[200];

	(void)state;
	assert_int_equal(
	    bulk_read(SV(ANSWER("false", ITEM("a:c1", 201))), items, fates, ITEMS, why, NULL),
	    COORD_OK);
	assert_int_equal(fates[1], FATE_TAKEN);
	assert_int_equal(fates[2], FATE_REFUSED);
}

static void
test_failures(void **state)
{
	char why[200];

	(void)state;
	bulk_failure(
	    SV("{\"error\":{\"type\":\"security_exception\",\"reason\":\"who?\"},\"status\":401}"),
	    401, why);
	assert_string_equal(why, "status 401 security_exception: who?");
	bulk_failure(SV("<html>"), 502, why);
	assert_string_equal(why, "status 502");
	bulk_failure(SV("{\"error\":\"text\"}"), 500, why);
	assert_string_equal(why, "status 500: text");
}

static void
test_who(void **state)
{
	static const char elastic[] =
	    "{\"version\":{\"number\":\"8.15.0\"},\"tagline\":\"You Know, for Search\"}";
	struct enrich_outcome o = { .asked = 0 };
	char why[200] = "";

	(void)state;
	assert_int_equal(probe_read(sv_from(elastic), SV("Elasticsearch"), &o, why), COORD_OK);
	assert_string_equal(o.product, "elasticsearch");
	assert_string_equal(o.version, "8.15.0");
	assert_int_equal(probe_read(sv_from(elastic), SV(""), &o, why), COORD_EPARSE);
	assert_non_null(strstr(why, "X-Elastic-Product"));
	assert_int_equal(
	    probe_read(SV("{\"version\":{\"number\":\"2.15.0\",\"distribution\":\"opensearch\"}}"),
		SV(""), &o, why),
	    COORD_OK);
	assert_string_equal(o.product, "opensearch");
	assert_int_equal(probe_read(SV("[]"), SV("Elasticsearch"), &o, why), COORD_EPARSE);
	assert_int_equal(probe_read(SV("<html>"), SV(""), &o, why), COORD_EPARSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_only_what_was_open),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_who),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
