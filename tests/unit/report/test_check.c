/* What a document says about itself: a sound one holds, and every kind of tampering is found and named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"

static struct buf
document(const struct fixture *f)
{
	struct buf out = BUF_INIT(1 << 22);

	assert_int_equal(report_json(&f->input, &out, NULL), COORD_OK);
	return out;
}

/* The document with the first `old` behind `behind` replaced. */
static struct buf
edited(struct sv text, const char *behind, const char *old, const char *new)
{
	struct buf out = BUF_INIT(1 << 22);
	size_t start = sv_find(text, sv_from(behind)), at;

	assert_true(start != SIZE_MAX);
	at = sv_find(sv_skip(text, start), sv_from(old));
	assert_true(at != SIZE_MAX);
	at += start;
	buf_add_sv(&out, sv_first(text, at));
	buf_add_str(&out, new);
	buf_add_sv(&out, sv_skip(text, at + strlen(old)));
	return out;
}

static void
a_sound_document_holds(void **state)
{
	struct fixture *f = fixture_new();
	struct report_check check;
	struct buf out;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		if (i == 1)
			f->input.ingest = NULL;
		if (i == 2)
			f->input.analysis_id = "11111111-2222-4333-8444-555555555555";
		out = document(f);
		assert_int_equal(report_check(buf_sv(&out), &check, NULL), COORD_OK);
		if (check.failed > 0)
			fail_msg("%s", buf_cstr(&check.failures));
		assert_true(check.held > 300);
		buf_clear(&check.failures);
		buf_clear(&out);
	}
	fixture_free(f);
}

static void
tampering_is_named(void **state)
{
	static const struct {
		const char *behind, *old, *new, *told;
	} rows[] = {
		{ "\"campaigns\"", "\"confidence\": 0.971235", "\"confidence\": 0.971335",
		    "/campaigns/0/confidence: the ledger's log-odds of 3.519394" },
		{ "\"campaigns\"", "3.104000", "3.104001",
		    "/campaigns/0/log_odds: the ledger adds up to 3.519395" },
		{ "\"term\": \"prior\"", "-2.197225", "\"x\"",
		    "/campaigns/0/ledger/0/log_odds: expected a number" },
		{ "\"campaigns\"", "coordinated_campaign", "coincidental",
		    "/campaigns/0/verdict: coincidental with a confidence of 0.971235" },
		{ "\"campaigns\"", "coordinated_campaign", "single_actor_multiple_sources",
		    "/campaigns/0/verdict: single_actor_multiple_sources, but one actor" },
		{ "\"schema_version\"", "coordinated_campaign", "insufficient_evidence",
		    "/verdict: insufficient_evidence, but a group is judged coordinated" },
		{ "\"schema_version\"", "coordinated_campaign", "guilty",
		    "/verdict: expected one of the four verdicts" },
		{ "\"id\": \"c2\"", "insufficient_evidence", "coordinated_campaign",
		    "/campaigns/1/verdict: coordinated_campaign with a confidence of 0.340000" },
		{ "\"campaigns\"", "\"explanation\": null", "\"explanation\": \"same_tool\"",
		    "/campaigns/0/explanation: explains a coincidence" },
		{ "\"campaigns\"", "0.91", "0.98",
		    "/campaigns/0/confidence_interval: 0.971235 is not between" },
		{ "\"campaigns\"", "\"sources\": 14", "\"sources\": 15",
		    "/campaigns/0/counts/sources: says 15, the list has 14" },
		{ "\"sources\": [", "198.51.100.1\"", "198.51.100.3\"",
		    "/campaigns/0/sources: not addresses in ascending order" },
		{ "\"channel\": \"synchrony\"", "\"p_value\": 0.0001", "\"p_value\": 0.00001",
		    "/campaigns/0/evidence/0/p_value: 1e-05 is smaller than 9999 draws" },
		{ "\"channel\": \"synchrony\"", "\"p_value\": 0.0001", "\"p_value\": 0",
		    "/campaigns/0/evidence/0/p_value: expected a p-value" },
		{ "\"channel\": \"synchrony\"", "\"log10_e\": 3.", "\"log10_e\": 4.",
		    "/campaigns/0/evidence/0/e_value" },
		{ "\"campaigns\"", "\"p_world\": 0.005", "\"p_world\": 0.001",
		    "/campaigns/0/p_world: 0.001 is smaller than 199 worlds" },
		{ "\"status\"", "\"coordination_confidence\": 0.97",
		    "\"coordination_confidence\": 0.96",
		    "/coordination_confidence: 0.961235, that of the strongest group" },
		{ "\"campaigns\"", "\"id\": \"c2\"", "\"id\": \"c3\"",
		    "/campaigns/1: the id is not c2" },
		{ "\"provenance\"", "\"seed\": \"1", "\"seed\": \"2",
		    "/analysis_id: input, reference" },
		{ "\"provenance\"", "\"input_sha256\": \"b", "\"input_sha256\": \"x",
		    "/provenance/input_sha256: expected a SHA-256" },
		{ "\"provenance\"", "\"prior\":0.1", "\"prior\":0.2",
		    "/provenance/configuration_sha256: the configuration's SHA-256 is" },
		{ "\"status\"", "\"campaigns\"", "\"compaigns\"", "/campaigns: expected a list" },
	};
	struct fixture *f = fixture_new();
	struct buf sound = document(f);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf bad = edited(buf_sv(&sound), rows[i].behind, rows[i].old, rows[i].new);
		struct report_check check;

		assert_int_equal(report_check(buf_sv(&bad), &check, NULL), COORD_OK);
		if (!sv_has(buf_sv(&check.failures), sv_from(rows[i].told)))
			fail_msg("%s -> %s: no \"%s\" in:\n%s", rows[i].old, rows[i].new,
			    rows[i].told, buf_cstr(&check.failures));
		assert_true(check.failed > 0);
		buf_clear(&check.failures);
		buf_clear(&bad);
	}
	buf_clear(&sound);
	fixture_free(f);
}

static void
other_documents_are_refused(void **state)
{
	static const char *const texts[] = { "", "[]", "7", "{\"a\":" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct report_check check;

		assert_int_equal(report_check(sv_from(texts[i]), &check, NULL), COORD_EPARSE);
		buf_clear(&check.failures);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_document_holds),
		cmocka_unit_test(tampering_is_named),
		cmocka_unit_test(other_documents_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
