/* The result document: golden bytes, its schema, and hostile text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <math.h>

#include <cmocka.h>

#include "fixture.h"
#include "report/document.h"

static struct buf
document(const struct fixture *f)
{
	struct buf out = BUF_INIT(1 << 22);
	struct coord_error err;

	assert_int_equal(report_json(&f->input, &out, &err), COORD_OK);
	return out;
}

static void
is_golden(void **state)
{
	struct fixture *f = fixture_new();
	struct buf first = document(f);
	struct buf second = document(f);

	(void)state;
	golden_check("result.json", buf_sv(&first));
	assert_true(sv_eq(buf_sv(&first), buf_sv(&second)));
	buf_clear(&first);
	buf_clear(&second);
	fixture_free(f);
}

/* Clients print every member of `evidence` with "%.2f". */
static void
public_evidence_holds_numbers_only(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = document(f);
	struct json_parser *parser = json_parser_new(1 << 24, 32);
	struct json_value doc, v;
	struct json_iter each;
	struct coord_error err;
	struct sv key;
	double number;
	unsigned n = 0;

	(void)state;
	if (json_parse(parser, out.data, out.len, false, &doc, &err) != COORD_OK)
		fail_msg("%s", err.what);
	each = json_each(json_get(doc, SV("evidence")));
	while (json_next_member(&each, &key, &v)) {
		assert_true(json_f64(v, &number));
		assert_true(number >= 0 && number <= 1);
		n++;
	}
	assert_int_equal(n, 2);
	assert_true(json_f64(json_get(doc, SV("coordination_confidence")), &number));
	assert_true(number == 0.971235);
	json_parser_free(parser);
	buf_clear(&out);
	fixture_free(f);
}

static void
numbers_that_do_not_exist_are_null(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out;
	struct sv text;

	(void)state;
	f->result.confidence = f->result.low = f->result.high = (double)NAN;
	f->result.campaigns[0].evidence[0].effect = (double)INFINITY;
	f->result.campaigns[0].evidence[0].log_e = 5000; /* no double holds this e-value */
	f->result.campaigns[0].evidence[0].p = 1e-9;
	out = document(f);
	text = buf_sv(&out);
	assert_false(
	    sv_has(text, SV("NaN")) || sv_has(text, SV(": nan")) || sv_has(text, SV(": inf")));
	assert_true(sv_has(text, SV("\"coordination_confidence\": null")));
	assert_true(sv_has(text, SV("\"confidence_interval\": null")));
	assert_true(sv_has(text, SV("\"e_value\": null,\n          \"log10_e\": 2171.")));
	assert_true(sv_has(text, SV("\"p_value\": 1e-09")));
	buf_clear(&out);
	fixture_free(f);
}

static void
id_names_input_reference_and_configuration(void **state)
{
	struct fixture *f = fixture_new();
	char first[UUID_TEXT], second[UUID_TEXT];

	(void)state;
	assert_int_equal(document_id(&f->input, first, NULL), COORD_OK);
	assert_int_equal(first[14], '5');
	f->table.input_sha256[31] ^= 1;
	assert_int_equal(document_id(&f->input, second, NULL), COORD_OK);
	assert_string_not_equal(first, second);
	f->table.input_sha256[31] ^= 1;
	f->result.config_hash = "other";
	assert_int_equal(document_id(&f->input, second, NULL), COORD_OK);
	assert_string_not_equal(first, second);
	f->input.analysis_id = "11111111-2222-4333-8444-555555555555";
	assert_int_equal(document_id(&f->input, second, NULL), COORD_OK);
	assert_string_equal(second, f->input.analysis_id);
	f->input.analysis_id = "longer than any UUID could ever be, really";
	assert_int_equal(document_id(&f->input, second, NULL), COORD_EINVALID);
	fixture_free(f);
}

static void
too_large_is_an_error(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = BUF_INIT(1000);
	struct coord_error err;

	(void)state;
	assert_int_equal(report_json(&f->input, &out, &err), COORD_ELIMIT);
	buf_clear(&out);
	fixture_free(f);
}

/* As printed: what a reader with a pocket calculator finds. */
static void
printed_ledger_adds_up(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = document(f);
	struct sv rest = buf_sv(&out);
	int64_t sum = 0, total = 0;

	(void)state;
	rest = sv_skip(rest, sv_find(rest, SV("\"log_odds\": ")));
	for (unsigned i = 0; i <= f->result.campaigns[0].n_ledger; i++) {
		struct sv number = sv_skip(rest, sv_find(rest, SV("\"log_odds\": ")) + 12);
		struct sv digits = sv_first(number, sv_find_char(number, ','));
		struct sv whole = sv_cut(&digits, '.');
		int64_t left;
		uint64_t right;

		assert_int_equal(digits.len, 6);
		assert_true(sv_to_i64(whole, &left) && sv_to_u64(digits, &right));
		left = left * 1000000 + (whole.data[0] == '-' ? -(int64_t)right : (int64_t)right);
		if (i == 0)
			total = left;
		else
			sum += left;
		rest = number;
	}
	assert_int_equal(sum, total);
	assert_int_equal(total, 3519394);
	buf_clear(&out);
	fixture_free(f);
}

static const char check_schema[] = "import json, sys\n"
				   "try:\n"
				   "    import jsonschema\n"
				   "except ImportError:\n"
				   "    sys.exit(77)\n"
				   "schema = json.load(open(sys.argv[1]))\n"
				   "jsonschema.Draft202012Validator.check_schema(schema)\n"
				   "checker = jsonschema.Draft202012Validator(schema)\n"
				   "bad = list(checker.iter_errors(json.load(open(sys.argv[2]))))\n"
				   "for e in bad: print(e.json_path, e.message[:200])\n"
				   "sys.exit(1 if bad else 0)\n";

static int
validate(struct sv document_text)
{
	const char *argv[] = { "python3", "-c", check_schema, COORD_SCHEMA,
		temp_write("document.json", document_text), NULL };
	struct buf out = BUF_INIT(1 << 16);
	int status = run_program(argv, &out);

	if (out.len > 0)
		print_message("%s", buf_cstr(&out));
	buf_clear(&out);
	return status;
}

static void
matches_its_schema(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = document(f);
	int status = validate(buf_sv(&out));

	(void)state;
	buf_clear(&out);
	if (status == 77 || status == -1) {
		print_message(
		    "skipped: python3 with jsonschema (python3-jsonschema) is not here\n");
		fixture_free(f);
		skip();
	}
	assert_int_equal(status, 0);

	f->input.ingest = NULL;
	f->result.n_campaigns = 0;
	f->result.verdict = VERDICT_INSUFFICIENT;
	f->result.confidence = f->result.low = f->result.high = (double)NAN;
	out = document(f);
	assert_int_equal(validate(buf_sv(&out)), 0);
	buf_clear(&out);
	assert_int_equal(validate(SV("{\"analysis_id\":\"x\"}")), 1);
	fixture_free(f);
}

/* The set of channels is open: a result with another one is as good, without a change of the schema. */
static void
schema_names_no_channel(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = document(f), other = BUF_INIT(1 << 22);
	struct sv rest = buf_sv(&out);
	int status;

	(void)state;
	for (size_t at; (at = sv_find(rest, SV("synchrony"))) != SIZE_MAX;) {
		buf_add_sv(&other, sv_first(rest, at));
		buf_add_str(&other, "weather");
		rest = sv_skip(rest, at + strlen("synchrony"));
	}
	buf_add_sv(&other, rest);
	status = validate(buf_sv(&other));
	buf_clear(&other);
	buf_clear(&out);
	fixture_free(f);
	if (status == 77 || status == -1) {
		print_message("skipped: python3 with jsonschema is not here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_golden),
		cmocka_unit_test(public_evidence_holds_numbers_only),
		cmocka_unit_test(numbers_that_do_not_exist_are_null),
		cmocka_unit_test(id_names_input_reference_and_configuration),
		cmocka_unit_test(too_large_is_an_error),
		cmocka_unit_test(printed_ledger_adds_up),
		cmocka_unit_test(matches_its_schema),
		cmocka_unit_test(schema_names_no_channel),
	};

	return cmocka_run_group_tests(tests, NULL, temp_clean);
}
