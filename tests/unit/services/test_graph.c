#include "testing.h"

#include <stdlib.h>

#include "ingest/ingest.h"
#include "services/services.h"

struct scene {
	struct services_files *files;
	struct session_table table;
	struct ingest_report ingest;
	struct arena *arena;
};

static int
set_up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct ingest_options options = { .threads = 1 };
	struct buf text = BUF_INIT(1 << 20);

	for (int i = 0; i < 60; i++)
		buf_printf(&text,
		    "{\"source_ip\":\"203.0.113.%d\",\"timestamp\":\"2025-07-28T%02d:%02d:00Z\","
		    "\"payload\":\"GET /a%d\",\"target_port\":80,\"protocol\":\"http\"}\n",
		    i % 30 + 1, i % 24, i * 7 % 60, i % 5);
	s->arena = arena_new(0);
	assert_int_equal(
	    services_files_open(&(struct services_paths){ .reference = NULL }, &s->files, NULL),
	    COORD_OK);
	assert_int_equal(ingest_memory(&options, "test", text.data, text.len, false, &s->table,
			     &s->ingest, NULL),
	    COORD_OK);
	buf_clear(&text);
	*state = s;
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *s = *state;

	services_files_close(s->files);
	session_table_free(&s->table);
	ingest_report_clear(&s->ingest);
	arena_free(s->arena);
	free(s);
	return 0;
}

static struct services_request
request_of(const struct scene *s, enum detect_depth depth)
{
	return (struct services_request){ .table = &s->table,
		.config = { .depth = depth,
		    .threads = 1,
		    .worlds = depth == DEPTH_MINIMAL ? 0 : 9 },
		.report = { .ingest = &s->ingest, .version = "1" } };
}

static struct json_value
member(struct json_value v, const char *a, const char *b)
{
	v = json_get(v, sv_from(a));
	return b == NULL ? v : json_get(v, sv_from(b));
}

static void
test_the_graph_is_sound(void **state)
{
	struct coord_error err;

	(void)state;
	if (workflow_check(services_graph(), &err) != COORD_OK)
		fail_msg("%s", err.what);
}

/* The document has the story, the run and its chain; the chain holds, and names the document's own hash. */
static void
test_a_run_explains_itself(void **state)
{
	struct scene *s = *state;
	struct services_world world = { .files = s->files };
	struct services_request request = request_of(s, DEPTH_STANDARD);
	struct services_run run;
	struct buf text = BUF_INIT(1 << 24);
	struct json_parser *parser = json_parser_new(1 << 24, 32);
	struct json_value v;
	struct sv hash;
	char head[65], core[65];
	size_t links = 0;
	struct coord_error err;

	if (services_analyse(&world, &request, s->arena, &run, &err) != COORD_OK)
		fail_msg("%s", err.what);
	assert_int_equal(run.status, WORKFLOW_DONE);
	assert_true(run.has_result);
	assert_int_equal(report_json(&run.report, &text, NULL), COORD_OK);
	assert_int_equal(json_parse(parser, text.data, text.len, false, &v, NULL), COORD_OK);
	assert_int_equal(json_type(member(v, "narrative", "sentences")), JSON_ARRAY);
	assert_int_equal(
	    workflow_chain_verify(member(v, "evidence_chain", NULL), &links, head, NULL), COORD_OK);
	assert_int_equal(links, 7);
	assert_true(json_string(member(v, "workflow", "head"), &hash));
	assert_true(sv_eq(hash, sv_from(head)));
	assert_int_equal(report_core_hash(buf_sv(&text), core, NULL), COORD_OK);
	assert_true(json_string(json_get(member(member(v, "workflow", "fields"), "judgement", NULL),
				    SV("document_sha256")),
	    &hash));
	assert_true(sv_eq(hash, sv_from(core)));
	json_parser_free(parser);
	{
		struct services_proof proof;
		char *changed;

		if (services_prove(buf_sv(&text), &proof, &err) != COORD_OK)
			fail_msg("%s", err.what);
		assert_int_equal(proof.links, 7);
		/* whoever changes a word of a decision, or of the document, is found */
		changed = strstr(text.data, "no answer could");
		assert_non_null(changed);
		changed[0] = 'x';
		assert_int_equal(services_prove(buf_sv(&text), &proof, &err), COORD_EINVALID);
		if (strstr(err.what, "link 4") == NULL)
			fail_msg("%s", err.what);
		changed[0] = 'n';
		changed = strstr(text.data, "\"coverage\": ");
		assert_non_null(changed);
		changed[12] = changed[12] == '1' ? '0' : '1';
		assert_int_equal(services_prove(buf_sv(&text), &proof, &err), COORD_EINVALID);
		assert_non_null(strstr(err.what, "judgement"));
	}
	buf_clear(&text);
	services_run_clear(&run);
}

static void
test_the_same_bytes_again(void **state)
{
	struct scene *s = *state;
	struct services_world world = { .files = s->files };
	struct services_request request = request_of(s, DEPTH_MINIMAL);
	struct buf text[2] = { BUF_INIT(1 << 24), BUF_INIT(1 << 24) };

	for (size_t i = 0; i < 2; i++) {
		struct services_run run;

		request.config.threads = (unsigned)i + 1;
		assert_int_equal(
		    services_analyse(&world, &request, s->arena, &run, NULL), COORD_OK);
		assert_int_equal(report_json(&run.report, &text[i], NULL), COORD_OK);
		services_run_clear(&run);
	}
	assert_int_equal(text[0].len, text[1].len);
	assert_memory_equal(text[0].data, text[1].data, text[0].len);
	buf_clear(&text[0]);
	buf_clear(&text[1]);
}

static void
test_nothing_to_analyse_is_delivered_at_once(void **state)
{
	struct scene *s = *state;
	struct services_world world = { .files = s->files };
	struct session_table none = { .n = 0 };
	struct session_builder *builder = session_builder_new();
	struct services_request request = request_of(s, DEPTH_STANDARD);
	struct services_run run;

	assert_int_equal(session_builder_finish(builder, &none, NULL, NULL), COORD_OK);
	session_builder_free(builder);
	request.table = &none;
	assert_int_equal(services_analyse(&world, &request, s->arena, &run, NULL), COORD_OK);
	assert_int_equal(run.status, WORKFLOW_DONE);
	assert_int_equal(run.result.verdict, VERDICT_INSUFFICIENT);
	assert_null(run.report.narrative.data);
	services_run_clear(&run);
	session_table_free(&none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_graph_is_sound),
		cmocka_unit_test(test_a_run_explains_itself),
		cmocka_unit_test(test_the_same_bytes_again),
		cmocka_unit_test(test_nothing_to_analyse_is_delivered_at_once),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
