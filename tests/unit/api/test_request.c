#include "api/request.h"

#include <stdlib.h>

#include "testing.h"

#include "api/target.h"

static const int64_t now_us = INT64_C(1785000000000000);

struct world {
	struct json_parser *parser;
	struct arena *arena;
	struct request_parsed parsed;
	struct faults faults;
	char *text;
	struct sv list;
};

static const char *
refuse_callbacks(void *context, struct sv url, char ret[240])
{
	(void)context;
	(void)ret;
	return sv_has(url, SV("10.0.0.1")) ? "private" : NULL;
}

static const struct request_limits limits = { .min_sessions = 2,
	.max_sessions = 4,
	.max_batches = 3,
	.levels = 16,
	.now_us = now_us,
	.callback_refused = refuse_callbacks };

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->parser = json_parser_new(1 << 20, 16);
	w->arena = arena_new(0);
	*state = w;
	return 0;
}

static void
forget(struct world *w)
{
	buf_clear(&w->parsed.ndjson);
	faults_clear(&w->faults);
	free(w->text);
	w->text = NULL;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	forget(w);
	json_parser_free(w->parser);
	arena_free(w->arena);
	free(w);
	return 0;
}

static enum coord_err
take(struct world *w, const char *text, bool bulk)
{
	size_t len = strlen(text);
	enum coord_err rc;

	forget(w);
	w->text = calloc(1, len + JSON_PADDING);
	memcpy(w->text, text, len);
	faults_begin(&w->faults);
	rc = (bulk ? request_bulk : request_coordination)(
	    w->parser, (struct sv){ w->text, len }, &limits, w->arena, &w->parsed, &w->faults);
	w->list = faults_end(&w->faults);
	return rc;
}

#define S "{\"source_ip\":\"203.0.113.7\",\"timestamp\":\"2025-07-28T10:00:00Z\",\"payload\":\"x\"}"

static void
test_a_good_one(void **state)
{
	struct world *w = *state;

	assert_int_equal(
	    take(w, "{\"attack_sessions\":[" S ",\n {\"a\" :\n 1.50} ]}", false), COORD_OK);
	assert_int_equal(w->parsed.n_batches, 1);
	assert_int_equal(w->parsed.batches[0].sessions, 2);
	assert_sv_equal(buf_sv(&w->parsed.ndjson), S "\n{\"a\" :  1.50}\n");
	assert_sv_equal(w->parsed.options.depth, "standard");
	assert_null(w->parsed.options.callback_url.data);
}

static void
test_options(void **state)
{
	struct world *w = *state;

	assert_int_equal(
	    take(w,
		"{\"analysis_depth\":\"deep\",\"attack_sessions\":[" S "," S "],\"callback_url\":"
		"\"https://a/"
		"b\",\"label\":\"l\",\"group\":true,\"selected_by\":\"time\",\"more\":[1]}",
		false),
	    COORD_OK);
	assert_sv_equal(w->parsed.options.depth, "deep");
	assert_sv_equal(w->parsed.options.callback_url, "https://a/b");
	assert_sv_equal(w->parsed.options.label, "l");
	assert_sv_equal(w->parsed.options.selected_by, "time");
	assert_true(w->parsed.options.group);
	assert_int_equal(take(w,
			     "{\"attack_sessions\":[],\"attack_sessions\":[" S "," S
			     "],\"callback_url\":null,\"label\":null,\"group\":null}",
			     false),
	    COORD_OK); /* the last of equal members counts */
}

struct bad {
	const char *body, *type, *loc, *msg; /* msg NULL: any */
};

static void
check_bad(struct world *w, const struct bad *bad, size_t n, bool bulk)
{
	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf_clear) struct buf want = BUF_INIT(2000);
		enum coord_err rc = take(w, bad[i].body, bulk);

		if (rc == COORD_OK || rc == COORD_ENOMEM)
			fail_msg("accepted: %s", bad[i].body);
		buf_printf(&want, "{\"type\":\"%s\",\"loc\":[\"body\"%s]", bad[i].type, bad[i].loc);
		if (!sv_has(w->list, buf_sv(&want)))
			fail_msg("%s: %.*s", bad[i].body, SV_ARG(w->list));
		if (bad[i].msg != NULL && !sv_has(w->list, sv_from(bad[i].msg)))
			fail_msg("%s: %.*s", bad[i].body, SV_ARG(w->list));
	}
}

static void
test_bad_bodies(void **state)
{
	static const struct bad bad[] = {
		{ "", "missing", "", "Field required" },
		{ " \n", "missing", "", NULL },
		{ "{", "json_invalid", ",1", "JSON decode error" },
		{ "[1,}", "json_invalid", ",3", NULL },
		{ "{\"attack_sessions\":[1 2]}", "json_invalid", ",22", NULL },
		{ "{\"attack_sessions\":[" S ",]}", "json_invalid", ",97", NULL },
		{ "[]", "model_attributes_type", "", NULL },
		{ "1", "model_attributes_type", "", NULL },
		{ "{}", "missing", ",\"attack_sessions\"", "\"input\":{}" },
		{ "{\"attack_sessions\":null}", "list_type", ",\"attack_sessions\"", NULL },
		{ "{\"attack_sessions\":{}}", "list_type", ",\"attack_sessions\"", NULL },
		{ "{\"attack_sessions\":[]}", "value_error", ",\"attack_sessions\"",
		    "Value error, At least 2 attack sessions required for coordination analysis" },
		{ "{\"attack_sessions\":[" S "," S "," S "," S "," S "]}", "value_error",
		    ",\"attack_sessions\"", "Value error, Maximum 4 sessions allowed" },
		{ "{\"attack_sessions\":[" S ",1]}", "model_type", ",\"attack_sessions\",1", NULL },
		{ "{\"attack_sessions\":[" S "," S "],\"analysis_depth\":\"x\"}",
		    "string_pattern_mismatch", ",\"analysis_depth\"", NULL },
		{ "{\"attack_sessions\":[" S "," S "],\"analysis_depth\":null}", "string_type",
		    ",\"analysis_depth\"", NULL },
		{ "{\"attack_sessions\":[" S "," S "],\"callback_url\":\"ftp://x\"}",
		    "string_pattern_mismatch", ",\"callback_url\"", NULL },
		{ "{\"attack_sessions\":[" S "," S "],\"callback_url\":\"https://\"}",
		    "string_pattern_mismatch", ",\"callback_url\"", NULL },
		{ "{\"attack_sessions\":[" S "," S "],\"callback_url\":\"https://10.0.0.1/\"}",
		    "value_error", ",\"callback_url\"", "Value error, private" },
		{ "{\"attack_sessions\":[" S "," S "],\"callback_url\":7}", "string_type",
		    ",\"callback_url\"", NULL },
		{ "{\"attack_sessions\":[" S "," S "],\"group\":\"yes\"}", "bool_type",
		    ",\"group\"", NULL },
		{ "{\"attack_sessions\":[" S "," S "],\"selected_by\":\"time\"}", "value_error",
		    ",\"selected_by\"", NULL },
		{ "{\"attack_sessions\":[" S "," S "],\"group\":true,\"selected_by\":\"x\"}",
		    "literal_error", ",\"selected_by\"", NULL },
		{ "{\"attack_sessions\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}", "json_invalid",
		    ",34", "deeper" },
	};

	check_bad(*state, bad, COUNT_OF(bad), false);
}

#define ONE(member) "{\"attack_sessions\":[" S ",{" member "}]}"
#define AT(name) ",\"attack_sessions\",1,\"" name "\""

static void
test_bad_fields(void **state)
{
	static const struct bad bad[] = {
		{ ONE("\"source_ip\":\"12.0.0\""), "value_error", AT("source_ip"),
		    "Invalid IP address format" },
		{ ONE("\"source_ip\":\"\""), "value_error", AT("source_ip"), NULL },
		{ ONE("\"source_ip\":7"), "string_type", AT("source_ip"), NULL },
		{ ONE("\"src_ip\":\"host.example\""), "value_error", AT("src_ip"), NULL },
		{ ONE("\"attackerIp\":\"300.1.1.1\""), "value_error", AT("attackerIp"), NULL },
		{ ONE("\"timestamp\":\"yesterday\""), "datetime_from_date_parsing", AT("timestamp"),
		    NULL },
		{ ONE("\"timestamp\":\"\""), "datetime_from_date_parsing", AT("timestamp"), NULL },
		{ ONE("\"timestamp\":true"), "datetime_type", AT("timestamp"), NULL },
		{ ONE("\"timestamp\":\"2099-01-01T00:00:00Z\""), "value_error", AT("timestamp"),
		    "Timestamp cannot be in the future" },
		{ ONE("\"payload\":\"\""), "string_too_short", AT("payload"), "\"min_length\":1" },
		{ ONE("\"payload\":7"), "string_type", AT("payload"), NULL },
		{ ONE("\"target_port\":0"), "greater_than_equal", AT("target_port"),
		    "\"input\":0" },
		{ ONE("\"target_port\":65536"), "less_than_equal", AT("target_port"), NULL },
		{ ONE("\"target_port\":\"-1\""), "greater_than_equal", AT("target_port"), NULL },
		{ ONE("\"target_port\":\"ssh\""), "int_parsing", AT("target_port"), NULL },
		{ ONE("\"target_port\":22.5"), "int_from_float", AT("target_port"), NULL },
		{ ONE("\"target_port\":[22]"), "int_type", AT("target_port"), NULL },
		{ ONE("\"protocol\":\"S\""), "string_pattern_mismatch", AT("protocol"), NULL },
		{ ONE("\"protocol\":\"ABCDEFGHIJK\""), "string_pattern_mismatch", AT("protocol"),
		    NULL },
		{ ONE("\"protocol\":\"1a\""), "string_pattern_mismatch", AT("protocol"), NULL },
		{ ONE("\"protocol\":6"), "string_type", AT("protocol"), NULL },
	};

	check_bad(*state, bad, COUNT_OF(bad), false);
}

static void
test_good_fields(void **state)
{
	static const char *const good[] = {
		ONE("\"source_ip\":\"2001:db8::1\""),
		ONE("\"source_ip\":null"),
		ONE("\"timestamp\":\"2025-07-28T10:00:00\""),
		ONE("\"timestamp\":1753696800"),
		ONE("\"timestamp\":1753696800123.5"),
		ONE("\"timestamp\":{\"$date\":\"2025-07-28T10:00:00Z\"}"),
		ONE("\"payload\":\"' OR 1=1 --\\u0000<script>\""),
		ONE("\"payload\":{\"data_hex\":\"00\"}"),
		ONE("\"target_port\":\"22\""),
		ONE("\"target_port\":65535"),
		ONE("\"target_port\":22.0"),
		ONE("\"protocol\":\"ssh\""),
		ONE("\"protocol\":\"TELNET\""),
		ONE("\"protocol\":\"pop3\""),
		ONE(""),
		ONE("\"eventid\":\"cowrie.session.connect\",\"anything\":[{}]"),
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT_OF(good); i++)
		if (take(w, good[i], false) != COORD_OK)
			fail_msg("%s: %.*s", good[i], SV_ARG(w->list));
}

/* The rule counts characters, and an answer never gives a payload back. */
static void
test_payload_length(void **state)
{
	struct world *w = *state;
	CLEANUP(buf_clear) struct buf body = BUF_INIT(1 << 20);

	for (unsigned extra = 0; extra < 2; extra++) {
		body.len = 0;
		buf_add_str(&body, "{\"attack_sessions\":[" S ",{\"payload\":\"");
		for (unsigned i = 0; i < REQUEST_PAYLOAD_MOST + extra; i++)
			buf_add_str(&body, "\xc3\xa9");
		buf_add_str(&body, "\"}]}");
		assert_int_equal(
		    take(w, buf_cstr(&body), false), extra == 0 ? COORD_OK : COORD_EINVALID);
	}
	assert_true(sv_has(w->list, SV("string_too_long")));
	assert_true(w->list.len < 400);
}

static void
test_faults_are_counted_and_capped(void **state)
{
	struct world *w = *state;
	CLEANUP(buf_clear) struct buf body = BUF_INIT(1 << 20);

	buf_add_str(&body, "[[");
	for (unsigned i = 0; i < 4; i++)
		buf_printf(&body,
		    "%s{\"source_ip\":\"x\",\"target_port\":0,\"protocol\":\"1\",\"payload\":\"\"}",
		    i > 0 ? "," : "");
	buf_add_str(&body, "]]");
	assert_int_equal(take(w, buf_cstr(&body), true), COORD_EINVALID);
	assert_int_equal(w->faults.n, 16);
	assert_true(sv_has(w->list, SV("[\"body\",0,3,\"payload\"]")));
}

static void
test_bulk(void **state)
{
	static const struct bad bad[] = {
		{ "[]", "value_error", "", "At least 1 batch" },
		{ "[1]", "list_type", ",0", NULL },
		{ "[[]]", "value_error", ",0", "At least 1 attack session required" },
		{ "[[" S "],[7]]", "model_type", ",1,0", NULL },
		{ "[[" S "],[" S "],[" S "],[" S "]]", "value_error", "",
		    "Maximum 3 batches allowed" },
		{ "7", "list_type", "", NULL },
		{ "{}", "missing", ",\"session_batches\"", NULL },
		{ "{\"session_batches\":[[{\"target_port\":0}]]}", "greater_than_equal",
		    ",\"session_batches\",0,0,\"target_port\"", NULL },
		{ "{\"session_batches\":[[" S "]],\"analysis_depth\":\"x\"}",
		    "string_pattern_mismatch", ",\"analysis_depth\"", NULL },
	};
	struct world *w = *state;

	assert_int_equal(take(w, "[[" S "],[" S "," S "]]", true), COORD_OK);
	assert_int_equal(w->parsed.n_batches, 2);
	assert_int_equal(w->parsed.batches[0].sessions, 1);
	assert_int_equal(w->parsed.batches[1].sessions, 2);
	assert_int_equal(w->parsed.batches[1].from, sizeof(S));
	assert_int_equal(w->parsed.batches[1].to, 3 * sizeof(S));
	assert_int_equal(take(w,
			     "{\"session_batches\":[[" S
			     "]],\"analysis_depth\":\"minimal\",\"callback_url\":null}",
			     true),
	    COORD_OK);
	assert_sv_equal(w->parsed.options.depth, "minimal");
	check_bad(w, bad, COUNT_OF(bad), true);
}

static void
test_query_options(void **state)
{
	char text[] =
	    "/x?depth=deep&label=a+b&group=true&selected_by=time&callback_url=https%3A%2F%2Fa%2Fb";
	char bad[] = "/x?depth=deepest&group=perhaps&selected_by=x";
	struct request_options o = request_default_options();
	struct target t;
	struct faults faults;

	(void)state;
	faults_begin(&faults);
	assert_null(target_parse(text, sizeof(text) - 1, &t));
	request_query_options(&t, &limits, &o, &faults);
	assert_int_equal(faults.n, 0);
	assert_sv_equal(o.depth, "deep");
	assert_sv_equal(o.label, "a b");
	assert_sv_equal(o.callback_url, "https://a/b");
	assert_true(o.group);
	assert_null(target_parse(bad, sizeof(bad) - 1, &t));
	request_query_options(&t, &limits, &o, &faults);
	assert_true(faults.n >= 3);
	faults_clear(&faults);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_good_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_options, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_bodies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_good_fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_payload_length, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_faults_are_counted_and_capped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bulk, set_up, tear_down),
		cmocka_unit_test(test_query_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
