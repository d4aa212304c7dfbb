/* What carries a verdict, read from a result document; and documents that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"

static const struct report_style plain = { .columns = 80, .unicode = true };

static struct buf
explanation(struct fixture *f, const char *campaign)
{
	struct buf document = BUF_INIT(1 << 22);
	struct buf out = BUF_INIT(1 << 20);
	struct coord_error err;

	assert_int_equal(report_json(&f->input, &document, &err), COORD_OK);
	assert_int_equal(report_explain(buf_sv(&document), campaign, plain, &out, &err), COORD_OK);
	buf_clear(&document);
	return out;
}

static void
is_golden(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = explanation(f, NULL);
	struct buf by_key = explanation(f, "00c0ffee00c0ffee");

	(void)state;
	golden_check("explain.txt", buf_sv(&out));
	assert_true(sv_eq(buf_sv(&out), buf_sv(&by_key)));
	buf_clear(&by_key);
	buf_clear(&out);
	fixture_free(f);
}

static void
has(struct fixture *f, const char *campaign, const char *text)
{
	struct buf out = explanation(f, campaign);

	size_t len = 0;

	for (size_t i = 0; i < out.len; i++) { /* one blank for every break and indent */
		char c = out.data[i] == '\n' ? ' ' : out.data[i];

		if (c != ' ' || (len > 0 && out.data[len - 1] != ' '))
			out.data[len++] = c;
	}
	out.len = len;
	if (!sv_has(buf_sv(&out), sv_from(text)))
		fail_msg("no \"%s\" in:\n%s", text, buf_cstr(&out));
	buf_clear(&out);
}

static void
smallest_removal_is_told(void **state)
{
	struct fixture *f = fixture_new();
	struct detect_counterfactual stands[] = { { "channel:synchrony", 0.95, VERDICT_CAMPAIGN },
		{ "channel:behavior", 0.93, VERDICT_SINGLE_ACTOR } };

	(void)state;
	has(f, "c1", "One thing alone, any of: the SSH key");
	has(f, "c2", "None is needed");
	f->result.campaigns[0].n_counterfactuals = 1;
	has(f, "c1", "One thing alone: the channel \"Acting at the same times\".");
	f->result.campaigns[0].counterfactuals = stands;
	f->result.campaigns[0].n_counterfactuals = 2;
	has(f, "c1", "Most is lost without the channel \"Doing the same things\".");
	f->result.campaigns[0].n_counterfactuals = 0;
	has(f, "c1", "Not known: an analysis of greater depth");
	fixture_free(f);
}

static void
higher_without_evidence_is_told_why(void **state)
{
	struct fixture *f = fixture_new();
	struct detect_campaign *c = &f->result.campaigns[0];
	struct detect_counterfactual higher[] = { { "channel:dictionary", 0.985, VERDICT_CAMPAIGN },
		{ "channel:synchrony", 0.98, VERDICT_CAMPAIGN } };

	(void)state;
	c->counterfactuals = higher;
	c->n_counterfactuals = 2;
	has(f, "c1", "because what is taken away speaks against coordination.");
	has(f, "c1", "because a guard holds that one down and does not apply without this.");
	c->n_ledger--; /* the guard */
	has(f, "c1", "because the rest is weighed anew without it");
	fixture_free(f);
}

static void
ledger_is_told(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	has(f, "c1", "+3.52 in all, which is confidence 0.97.");
	has(f, "c1", "Trying the same credentials speaks against");
	has(f, "c1", "Contribution -0.41, against coordination.");
	f->result.campaigns[0].explanation = "same_tool";
	has(f, "c1", "They look alike because they use the same public tool.");
	f->result.campaigns[0].explanation = "new_reason";
	has(f, "c1", "They look alike because new_reason.");
	fixture_free(f);
}

/* A result of a later version may hold channels that this one does not know. */
static void
unknown_channel_is_told(void **state)
{
	static const char document[] =
	    "{\"campaigns\":[{\"id\":\"c1\",\"verdict\":\"coordinated_campaign\",\"confidence\":0."
	    "9,"
	    "\"ledger\":[{\"term\":\"weather\",\"log_odds\":2.197225,\"detail\":null}],"
	    "\"evidence\":[{\"channel\":\"weather\",\"title\":\"Under one cloud\",\"status\":"
	    "\"tested\",\"p_value\":0.01}],\"counterfactuals\":[{\"without\":\"channel:weather\","
	    "\"confidence\":0.2,\"verdict\":\"insufficient_evidence\"}]}]}";
	static const char *const said[] = { "+2.20   weather.", "Under one cloud: chance alone",
		"Contribution +2.20.", "the channel \"weather\"" };
	struct buf out = BUF_INIT(1 << 20);

	(void)state;
	assert_int_equal(report_explain(sv_from(document), NULL, plain, &out, NULL), COORD_OK);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (!sv_has(buf_sv(&out), sv_from(said[i])))
			fail_msg("no \"%s\" in:\n%s", said[i], buf_cstr(&out));
	buf_clear(&out);
}

static void
other_documents_are_refused(void **state)
{
	static const struct {
		const char *text, *campaign;
		enum coord_err code;
		const char *what;
	} rows[] = {
		{ "", NULL, COORD_EPARSE, "JSON" },
		{ "{\"campaigns\":[", NULL, COORD_EPARSE, "JSON" },
		{ "[]", NULL, COORD_EPARSE, "not a JSON object" },
		{ "{}", NULL, COORD_EPARSE, "\"campaigns\" is missing" },
		{ "{\"campaigns\":{}}", NULL, COORD_EPARSE, "not a list" },
		{ "{\"campaigns\":[7]}", NULL, COORD_EPARSE, "not an object" },
		{ "{\"campaigns\":[]}", NULL, COORD_ENODATA, "no campaign to explain" },
		{ "{\"campaigns\":[{\"id\":\"c1\"},{\"id\":\"c2\"}]}", "c9", COORD_ENODATA,
		    "there are: c1, c2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT(1 << 20);
		struct coord_error err = { 0 };

		assert_int_equal(
		    report_explain(sv_from(rows[i].text), rows[i].campaign, plain, &out, &err),
		    rows[i].code);
		if (strstr(err.what, rows[i].what) == NULL)
			fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].text, err.what, rows[i].what);
		assert_int_equal(out.len, 0);
		buf_clear(&out);
	}
}

/* Any JSON whatever in the places of a result: an answer or an error, never a crash. */
static void
wrong_types_do_no_harm(void **state)
{
	static const char *const documents[] = {
		"{\"campaigns\":[{}]}",
		"{\"campaigns\":[{\"id\":1,\"verdict\":[],\"confidence\":\"x\",\"evidence\":{\"a\":"
		"1},"
		"\"counterfactuals\":[1,null,{},{\"without\":3,\"verdict\":7,\"confidence\":[]}],"
		"\"counts\":4}]}",
		"{\"campaigns\":[{\"verdict\":\"coordinated_campaign\",\"confidence\":1e308,"
		"\"evidence\":[7,{},{\"p_value\":-3,\"status\":\"tested\"},{\"p_value\":1e-308}],"
		"\"counterfactuals\":[{\"confidence\":-1e308},{\"without\":\"artefact:\"}]}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		struct buf out = BUF_INIT(1 << 20);

		assert_int_equal(
		    report_explain(sv_from(documents[i]), NULL, plain, &out, NULL), COORD_OK);
		assert_true(out.len > 0);
		buf_clear(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_golden),
		cmocka_unit_test(smallest_removal_is_told),
		cmocka_unit_test(higher_without_evidence_is_told_why),
		cmocka_unit_test(ledger_is_told),
		cmocka_unit_test(unknown_channel_is_told),
		cmocka_unit_test(other_documents_are_refused),
		cmocka_unit_test(wrong_types_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
