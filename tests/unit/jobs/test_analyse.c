#include "testing.h"

#include <math.h>
#include <stdlib.h>
#include <zstd.h>

#include "jobs/analyse.h"
#include "jobs/answer.h"

static bool waits;

struct scene {
	struct config config;
	struct services_files *files;
	struct jobs_world world;
	struct arena *arena;
	struct buf request;
	unsigned told;
	const char *stages[16];
};

static int
set_up(void **state)
{
	static char *nothing[] = { NULL };
	struct scene *s = calloc(1, sizeof(*s));

	assert_int_equal(config_load(nothing, NULL, 0, &s->config, NULL), COORD_OK);
	assert_int_equal(jobs_files_open(&s->config, &s->files, NULL), COORD_OK);
	s->world = (struct jobs_world){ .config = &s->config, .files = s->files };
	s->arena = arena_new(0);
	s->request = BUF_INIT(1 << 24);
	for (int i = 0; i < 60; i++)
		buf_printf(&s->request,
		    "{\"source_ip\":\"203.0.113.%d\",\"timestamp\":\"2025-07-28T%02d:%02d:00Z\","
		    "\"payload\":\"GET /a%d\",\"target_port\":80,\"protocol\":\"http\"}\n",
		    i % 30 + 1, i % 24, i * 7 % 60, i % 5);
	*state = s;
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *s = *state;

	buf_clear(&s->request);
	arena_free(s->arena);
	services_files_close(s->files);
	config_clear(&s->config);
	free(s);
	return 0;
}

static struct store_analysis
analysis_of(const struct scene *s)
{
	return (struct store_analysis){ .id = "0a000000-0000-4000-8000-000000000001",
		.depth = SV("minimal"),
		.options = SV("{}"),
		.request = buf_sv(&s->request),
		.created_us = 1753700000000000 };
}

static struct json_value
parse(struct json_parser *parser, struct sv text)
{
	struct json_value v = JSON_MISSING;
	struct coord_error err;

	if (json_parse(parser, text.data, text.len, false, &v, &err) != COORD_OK)
		fail_msg("no JSON: %s", err.what);
	return v;
}

static void
test_the_answer_begins_with_the_contract(void **state)
{
	static const char *const first[] = { "analysis_id", "status", "coordination_confidence",
		"evidence", "enrichment_applied" };
	struct scene *s = *state;
	struct store_analysis analysis = analysis_of(s);
	struct json_parser *parser = json_parser_new(1 << 24, 0);
	struct store_result r;
	struct json_value v, member;
	struct json_iter each;
	struct sv key;
	double number;

	assert_int_equal(
	    jobs_analyse(&s->world, &analysis, 0, NULL, NULL, s->arena, &r, &waits, NULL),
	    COORD_OK);
	v = parse(parser, r.response);
	each = json_each(v);
	for (size_t i = 0; i < COUNT_OF(first); i++) {
		assert_true(json_next_member(&each, &key, &member));
		assert_true(sv_eq(key, sv_from(first[i])));
	}
	assert_true(json_f64(json_get(v, SV("coordination_confidence")), &number));
	assert_true(fabs(number - r.confidence) < 1e-6);
	each = json_each(json_get(v, SV("evidence")));
	while (json_next_member(&each, &key, &member))
		assert_true(json_f64(member, &number) && number >= 0 && number <= 1);
	json_parser_free(parser);
}

static void
test_a_repetition_gives_the_same_document(void **state)
{
	struct scene *s = *state;
	struct store_analysis analysis = analysis_of(s);
	struct store_result a, b;

	assert_int_equal(
	    jobs_analyse(&s->world, &analysis, 0, NULL, NULL, s->arena, &a, &waits, NULL),
	    COORD_OK);
	assert_int_equal(
	    jobs_analyse(&s->world, &analysis, 0, NULL, NULL, s->arena, &b, &waits, NULL),
	    COORD_OK);
	assert_true(sv_eq(a.document, b.document));
	assert_true(sv_eq(a.verdict, b.verdict));
}

static bool
note(void *context, const char *stage, double share)
{
	struct scene *s = context;

	assert_true(share >= 0 && share <= 1);
	if (s->told < COUNT_OF(s->stages))
		s->stages[s->told] = stage;
	s->told++;
	return true;
}

static bool
stop_at_once(void *context, const char *stage, double share)
{
	unsigned *calls = context;

	(void)stage;
	(void)share;
	(*calls)++;
	return false;
}

static void
test_progress_is_told_and_heard(void **state)
{
	struct scene *s = *state;
	struct store_analysis analysis = analysis_of(s);
	struct store_result r;
	unsigned calls = 0;

	assert_int_equal(
	    jobs_analyse(&s->world, &analysis, 0, note, s, s->arena, &r, &waits, NULL), COORD_OK);
	assert_true(s->told >= 4);
	assert_string_equal(s->stages[0], "read");
	assert_int_equal(
	    jobs_analyse(&s->world, &analysis, 0, stop_at_once, &calls, s->arena, &r, &waits, NULL),
	    COORD_ECANCELLED);
	assert_int_equal(calls, 1);
}

static void
test_faults_of_the_request_are_told_apart(void **state)
{
	struct scene *s = *state;
	struct store_analysis analysis = analysis_of(s);
	struct store_result r;
	struct coord_error err;

	analysis.depth = SV("shallow");
	assert_int_equal(
	    jobs_analyse(&s->world, &analysis, 0, NULL, NULL, s->arena, &r, &waits, &err),
	    COORD_EINVALID);
	analysis = analysis_of(s);
	analysis.request = SV("\x28\xb5\x2f\xfd that is no frame");
	assert_int_equal(
	    jobs_analyse(&s->world, &analysis, 0, NULL, NULL, s->arena, &r, &waits, &err),
	    COORD_EPARSE);
	analysis = analysis_of(s);
	analysis.options = SV("{\"group\":true,\"selected_by\":7}");
	assert_int_equal(
	    jobs_analyse(&s->world, &analysis, 0, NULL, NULL, s->arena, &r, &waits, &err),
	    COORD_EINVALID);
}

static void
test_too_little_to_judge_is_an_answer(void **state)
{
	static const char *const requests[] = { "", "{}\n",
		"{\"source_ip\":\"203.0.113.7\",\"timestamp\":\"2025-07-28T10:00:00Z\"}\n" };
	struct scene *s = *state;

	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		struct store_analysis analysis = analysis_of(s);
		struct store_result r;

		analysis.request = sv_from(requests[i]);
		assert_int_equal(
		    jobs_analyse(&s->world, &analysis, 0, NULL, NULL, s->arena, &r, &waits, NULL),
		    COORD_OK);
		assert_sv_equal(r.verdict, "insufficient_evidence");
		assert_true(r.confidence == 0);
		assert_true(
		    sv_has(r.response, SV("\"coordination_confidence\":0,\"evidence\":{}")));
		assert_true(sv_has(r.response, SV("\"confidence_interval\":null")));
	}
}

static void
test_a_failed_answer_is_the_contract_and_the_error(void **state)
{
	struct buf out = BUF_INIT(1 << 12);

	(void)state;
	jobs_failed_response(SV("x"), SV("it \"broke\" <b>"), &out);
	assert_sv_equal(buf_sv(&out),
	    "{\"analysis_id\":\"x\",\"status\":\"failed\",\"coordination_confidence\":null,"
	    "\"evidence\":null,\"enrichment_applied\":false,"
	    "\"error\":\"it \\\"broke\\\" \\u003cb\\u003e\"}");
	buf_clear(&out);
}

static void
test_files_that_are_not_there_are_named(void **state)
{
	struct scene *s = *state;
	struct services_files *files = NULL;
	struct coord_error err;
	struct config config = s->config;

	config.reference = "/nowhere/reference";
	assert_int_equal(jobs_files_open(&config, &files, &err), COORD_EIO);
	assert_non_null(strstr(err.what, "/nowhere/reference"));
	config = s->config;
	config.model = "/dev/null";
	assert_int_equal(jobs_files_open(&config, &files, &err), COORD_EPARSE);
	assert_null(files);
	services_files_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_the_answer_begins_with_the_contract, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_repetition_gives_the_same_document, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_progress_is_told_and_heard, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_faults_of_the_request_are_told_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_too_little_to_judge_is_an_answer, set_up, tear_down),
		cmocka_unit_test(test_a_failed_answer_is_the_contract_and_the_error),
		cmocka_unit_test_setup_teardown(
		    test_files_that_are_not_there_are_named, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("jobs/analyse", tests, NULL, NULL);
}
