/* The STIX bundle: golden bytes, published id vectors, and the rules of reference/external-apis.md section 2.10. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"
#include "report/stix.h"

static struct buf
bundle_of(const struct fixture *f)
{
	struct buf out = BUF_INIT(1 << 22);
	struct coord_error err;

	assert_int_equal(report_stix(&f->input, &out, &err), COORD_OK);
	return out;
}

static void
is_golden(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = bundle_of(f);

	(void)state;
	golden_check("result.stix.json", buf_sv(&out));
	buf_clear(&out);
	fixture_free(f);
}

static void
ids_match_published_vectors(void **state)
{
	char id[STIX_ID];

	(void)state;
	assert_int_equal(
	    stix_observable_id("ipv4-addr", "value", SV("198.51.100.3"), id, NULL), COORD_OK);
	assert_string_equal(id, "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4");
	assert_int_equal(stix_id("campaign", "an-0001/c1", id, NULL), COORD_OK);
	assert_string_equal(id, "campaign--f06f76f3-5345-5e55-a403-d0519381260b");
	assert_int_equal(stix_id("identity", "engine", id, NULL), COORD_OK);
	assert_string_equal(id, "identity--c377f335-acdf-5ccb-9588-6c3ac5acc902");
}

static void
strings_are_canonical(void **state)
{
	static const struct {
		struct sv value;
		const char *json, *pattern;
	} rows[] = {
		{ { "a/b", 3 }, "\"a/b\"", "'a/b'" },
		{ { "\"\\\n\x1f", 4 }, "\"\\\"\\\\\\n\\u001f\"", "'\"\\\\\n\x1f'" },
		{ { "<\x7f\xc3\xa9", 4 }, "\"<\x7f\xc3\xa9\"", "'<\x7f\xc3\xa9'" },
		{ { "a\xff"
		    "b",
		      3 },
		    "\"a\xef\xbf\xbd"
		    "b\"",
		    "'a\xff"
		    "b'" },
		{ { "'; DROP \\", 9 }, "\"'; DROP \\\\\"", "'\\'; DROP \\\\'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT(1000);

		stix_canonical_string(&out, rows[i].value);
		assert_string_equal(buf_cstr(&out), rows[i].json);
		out.len = 0;
		stix_pattern_string(&out, rows[i].value);
		assert_string_equal(buf_cstr(&out), rows[i].pattern);
		buf_clear(&out);
	}
}

static void
urls_become_uris(void **state)
{
	static const struct {
		const char *url, *uri; /* NULL: not exported */
	} rows[] = {
		{ "http://192.0.2.7/x.sh", "http://192.0.2.7/x.sh" },
		{ "ftp://u:p@h/a%20b%zz#f#g", "ftp://u:p@h/a%20b%25zz#f%23g" },
		{ "http://h/\x1b[0m\xe2\x80\xae<\"{", "http://h/%1B%5B0m%E2%80%AE%3C%22%7B" },
		{ "192.0.2.7/x.sh", NULL },
		{ "1http://h/", NULL },
		{ "ja va://h", NULL },
		{ "mailto:a@b", NULL },
		{ "http://", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT(1000);

		assert_int_equal(stix_uri(&out, sv_from(rows[i].url)), rows[i].uri != NULL);
		if (rows[i].uri != NULL)
			assert_string_equal(buf_cstr(&out), rows[i].uri);
		buf_clear(&out);
	}
	assert_true(
	    stix_is_sha256(SV("A8460f446be540410004b1a8db4083773fa46f7fe76fa84219c93daa1669f8f2")));
	assert_false(stix_is_sha256(SV("a8460f44")));
	assert_false(
	    stix_is_sha256(SV("x8460f446be540410004b1a8db4083773fa46f7fe76fa84219c93daa1669f8f2")));
}

static void
urls_are_known_by_their_form(void **state)
{
	static const struct {
		const char *url, *form;
		bool has;
	} rows[] = {
		{ "http://192.0.2.7/bot.arm7", "192.0.2.7/bot.<arch>", true },
		{ "192.0.2.7/bot.arm7", "192.0.2.7/bot.<arch>", true },
		{ "http://192.0.2.7/x/arm/y.sh", "192.0.2.7/<n>/<arch>/y.sh", true },
		{ "http://192.0.2.7/x.sh", "192.0.2.7/x.sh", true },
		{ "http://192.0.2.7/x.sh", "http://192.0.2.7/x.sh", true },
		{ "http://192.0.2.7/x.sh?a", "192.0.2.7/x.sh", false },
		{ "http://192.0.2.77/bot.arm7", "192.0.2.7/bot.<arch>", false },
		{ "http://evil/192.0.2.7/x.sh", "192.0.2.7/x.sh", false },
		{ "http://192.0.2.7/x<y", "192.0.2.7/x<y", true },
		{ "", "192.0.2.7/x.sh", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (stix_url_has_form(sv_from(rows[i].url), sv_from(rows[i].form)) != rows[i].has)
			fail_msg("%s, %s", rows[i].url, rows[i].form);
}

static void
times_have_three_digits(void **state)
{
	char text[STIX_TIME];

	(void)state;
	stix_time(INT64_C(1579921200123999), text);
	assert_string_equal(text, "2020-01-25T03:00:00.123Z");
	stix_time(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	stix_time(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

static struct sv
text_at(struct json_value object, const char *key)
{
	struct sv text = SV_NONE;

	(void)json_string(json_get(object, sv_from(key)), &text);
	return text;
}

static bool
has_object(struct json_value objects, struct sv id)
{
	struct json_iter each = json_each(objects);
	struct json_value o;
	unsigned n = 0;

	while (json_next(&each, &o))
		n += sv_eq(text_at(o, "id"), id);
	assert_true(n <= 1); /* each id once */
	return n == 1;
}

static void
check_object(struct json_value objects, struct json_value o)
{
	static const char *const refs[] = { "id", "created_by_ref", "source_ref", "target_ref" };
	struct sv type = text_at(o, "type");
	struct sv id = text_at(o, "id");

	assert_true(sv_eq(text_at(o, "spec_version"), SV("2.1")));
	assert_true(sv_starts(id, type) && id.len == type.len + 38);
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++)
		if (text_at(o, refs[i]).data != NULL)
			assert_true(has_object(objects, text_at(o, refs[i])));
	if (sv_eq(type, SV("ipv4-addr")) || sv_eq(type, SV("ipv6-addr")) ||
	    sv_eq(type, SV("url")) || sv_eq(type, SV("file"))) {
		assert_null(text_at(o, "created").data); /* observables have no times */
		return;
	}
	assert_int_equal(text_at(o, "created").len, 24);
	assert_int_equal(text_at(o, "modified").len, 24);
	if (!sv_eq(type, SV("identity")))
		assert_non_null(text_at(o, "created_by_ref").data);
	if (sv_eq(type, SV("indicator")))
		assert_true(sv_cmp(text_at(o, "valid_until"), text_at(o, "valid_from")) > 0);
}

/* Every reference leads to an object of the bundle, whichever campaigns share sources, techniques or artefacts. */
static void
references_resolve(void **state)
{
	struct fixture *f = fixture_new();
	struct json_parser *parser = json_parser_new(1 << 24, 32);
	struct json_value doc, objects, o;
	struct json_iter each;
	struct buf out;
	unsigned n = 0;

	(void)state;
	fixture_repeat_campaign(f, 3);
	f->result.campaigns[1].verdict = VERDICT_SINGLE_ACTOR;
	f->result.campaigns[2].verdict = VERDICT_COINCIDENTAL;
	out = bundle_of(f);
	assert_int_equal(json_parse(parser, out.data, out.len, false, &doc, NULL), COORD_OK);
	objects = json_get(doc, SV("objects"));
	each = json_each(objects);
	while (json_next(&each, &o)) {
		check_object(objects, o);
		n += sv_eq(text_at(o, "type"), SV("campaign"));
	}
	assert_int_equal(n, 2);
	json_parser_free(parser);
	buf_clear(&out);
	fixture_free(f);
}

static void
what_is_not_coordinated_stays_home(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out;

	(void)state;
	f->result.campaigns[0].verdict = VERDICT_INSUFFICIENT;
	out = bundle_of(f);
	assert_false(sv_has(buf_sv(&out), SV("ipv4-addr")));
	assert_false(sv_has(buf_sv(&out), SV("indicator")));
	assert_true(sv_has(buf_sv(&out), SV("\"identity\"")));
	buf_clear(&out);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_golden),
		cmocka_unit_test(ids_match_published_vectors),
		cmocka_unit_test(strings_are_canonical),
		cmocka_unit_test(urls_become_uris),
		cmocka_unit_test(urls_are_known_by_their_form),
		cmocka_unit_test(times_have_three_digits),
		cmocka_unit_test(references_resolve),
		cmocka_unit_test(what_is_not_coordinated_stays_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
