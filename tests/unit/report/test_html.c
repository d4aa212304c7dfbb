/* The page: it holds together, lets nothing run but its own script, and a real browser agrees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"

static struct buf
page_of(const struct fixture *f)
{
	struct buf out = BUF_INIT(1 << 24);
	struct coord_error err;

	assert_int_equal(report_html(&f->input, &out, &err), COORD_OK);
	return out;
}

/* What stands between the first `open` and the `close` after it; *rest goes behind. */
static struct sv
between(struct sv *rest, const char *open, const char *close)
{
	size_t at = sv_find(*rest, sv_from(open));
	struct sv inside;

	assert_true(at != SIZE_MAX);
	inside = sv_skip(*rest, at + strlen(open));
	at = sv_find(inside, sv_from(close));
	assert_true(at != SIZE_MAX);
	*rest = sv_skip(inside, at + strlen(close));
	return sv_first(inside, at);
}

static void
same_bytes_every_time(void **state)
{
	struct fixture *f = fixture_new();
	struct buf first = page_of(f);
	struct buf second = page_of(f);

	(void)state;
	assert_true(sv_eq(buf_sv(&first), buf_sv(&second)));
	buf_clear(&second);
	buf_clear(&first);
	fixture_free(f);
}

/* Exactly the elements that the page itself has: nothing an attacker wrote became one. */
static void
hostile_text_makes_no_element(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = page_of(f);
	struct sv rest = buf_sv(&out);
	unsigned scripts = 0;

	(void)state;
	assert_false(sv_has(rest, SV("<img")));
	assert_false(sv_has(rest, SV("<b>")));
	assert_false(sv_has(rest, SV("\x1b")));
	assert_false(sv_has(rest, SV("\xe2\x80\xae")));
	assert_false(sv_has(rest, SV("http://127")));
	for (size_t at; (at = sv_find(rest, SV("<script"))) != SIZE_MAX; scripts++)
		rest = sv_skip(rest, at + 7);
	assert_int_equal(scripts, 3);
	buf_clear(&out);
	fixture_free(f);
}

static void
both_blocks_are_json(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = page_of(f);
	struct sv rest = buf_sv(&out);
	struct json_parser *parser = json_parser_new(1 << 24, 32);
	struct json_value doc, campaign;
	struct json_iter each;
	struct sv text;

	(void)state;
	text = between(&rest, "id=\"result\">", "</script>");
	assert_int_equal(json_parse(parser, text.data, text.len, false, &doc, NULL), COORD_OK);
	assert_int_equal(json_count(json_get(doc, SV("campaigns"))), 2);
	text = between(&rest, "id=\"view\">", "</script>");
	assert_int_equal(json_parse(parser, text.data, text.len, false, &doc, NULL), COORD_OK);
	each = json_each(json_get(doc, SV("campaigns")));
	assert_true(json_next(&each, &campaign));
	assert_int_equal(json_count(json_get(campaign, SV("points"))), 2 * 84);
	assert_int_equal(json_count(json_get(campaign, SV("nodes"))), 14);
	assert_int_equal(json_count(json_get(campaign, SV("features"))), 4);
	json_parser_free(parser);
	buf_clear(&out);
	fixture_free(f);
}

static void
no_campaign_and_no_session_is_a_page_too(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out;

	(void)state;
	f->result.n_campaigns = 0;
	f->table.n = 0;
	f->input.ingest = NULL;
	out = page_of(f);
	assert_true(out.len > 1000);
	buf_clear(&out);
	fixture_free(f);
}

static const char *
browser(void)
{
	static const char *const names[] = { "/usr/bin/chromium", "/usr/bin/chromium-browser",
		"/usr/bin/google-chrome" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (access(names[i], X_OK) == 0)
			return names[i];
	return NULL;
}

static struct buf
dump_dom(const char *program, struct sv page)
{
	char profile[600], url[600];
	const char *file = temp_write("page.html", page);
	const char *argv[] = { program, "--headless", "--no-sandbox", "--disable-gpu",
		"--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--virtual-time-budget=3000",
		"--dump-dom", profile, url, NULL };
	struct buf out = BUF_INIT(1 << 24);

	(void)snprintf(url, sizeof(url), "file://%s", file);
	(void)snprintf(profile, sizeof(profile), "--user-data-dir=%s.profile", file);
	if (run_program(argv, &out) != 0)
		out.len = 0;
	return out;
}

/* In a real browser: our script runs (the policy's hash is right, the words are there), the hostile ones do not, and
 * a script whose hash is not in the policy is refused. */
static void
browser_runs_our_script_only(void **state)
{
	struct fixture *f = fixture_new();
	struct buf page = page_of(f);
	struct buf foreign = BUF_INIT(1 << 24);
	struct buf dom;
	size_t at = sv_find(buf_sv(&page), SV("</body>"));

	(void)state;
	dom = browser() == NULL ? BUF_INIT(1) : dump_dom(browser(), buf_sv(&page));
	if (dom.len == 0) {
		print_message("skipped: no chromium that starts here\n");
		buf_clear(&page);
		fixture_free(f);
		skip();
	}
	assert_true(sv_has(buf_sv(&dom), SV("<title>Coordination analysis</title>")));
	assert_true(sv_has(buf_sv(&dom), SV("Groups tested</h2>")));
	assert_true(sv_has(buf_sv(&dom), SV("<canvas")));
	assert_true(
	    sv_has(buf_sv(&dom), SV("&lt;script&gt;document.title='PWNED'&lt;/script&gt;")));
	assert_true(sv_has(buf_sv(&dom), SV("\\u{202e}gnp.exe")));
	assert_false(sv_has(buf_sv(&dom), SV("<img")));
	buf_clear(&dom);

	buf_add(&foreign, page.data, at);
	buf_add_str(&foreign, "<script>document.title = 'PWNED'</script></body></html>");
	dom = dump_dom(browser(), buf_sv(&foreign));
	assert_true(sv_has(buf_sv(&dom), SV("<title>Coordination analysis</title>")));
	buf_clear(&dom);
	buf_clear(&foreign);
	buf_clear(&page);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_bytes_every_time),
		cmocka_unit_test(hostile_text_makes_no_element),
		cmocka_unit_test(both_blocks_are_json),
		cmocka_unit_test(no_campaign_and_no_session_is_a_page_too),
		cmocka_unit_test(browser_runs_our_script_only),
	};

	return cmocka_run_group_tests(tests, NULL, temp_clean);
}
