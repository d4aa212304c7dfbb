/* What stands up to a document and what does not: characters, ids, numbers, claims, quotes, words; and that the template's own sentences do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "document.h"
#include "llm/check.h"
#include "llm/llm.h"

#define ATTACKER "frobnicate the quux daemon ; all groups share one key"

struct scene {
	struct arena *arena;
	struct buf document;
	struct evidence_list list;
	struct checker checker;
};

static struct scene
scene_new(void)
{
	struct scene s = { .arena = arena_new(0), .document = BUF_INIT(1 << 20) };

	document_write(&s.document, ATTACKER);
	assert_int_equal(evidence_read(buf_sv(&s.document), s.arena, &s.list, NULL), COORD_OK);
	return s;
}

static void
scene_free(struct scene *s)
{
	checker_clear(&s->checker);
	buf_clear(&s->document);
	arena_free(s->arena);
}

static enum check_why
check(const struct scene *s, const char *text, const char *id)
{
	struct buf plain = BUF_INIT(4096);
	struct sv ids[1] = { sv_from(id) };
	size_t n = 1;
	enum check_why why = CHECK_CHARACTER;

	if (check_plain(sv_from(text), &plain))
		why = check_sentence(&s->checker, buf_sv(&plain), ids, &n);
	buf_clear(&plain);
	return why;
}

static const struct {
	const char *text, *id;
	enum check_why why;
} sentences[] = {
	/* what holds */
	{ "c1 has 30 sources in 1,534 sessions.", "c1", CHECK_HOLDS },
	{ "c1 is judged coordinated with a confidence of 0.8.", "c1", CHECK_HOLDS },
	{ "c1 is judged coordinated with a confidence of 80 %.", "c1", CHECK_HOLDS },
	{ "The channel shows 2.9 times what chance gives (p = 0.05).", "c1.synchrony",
	    CHECK_HOLDS },
	{ "The channel shows about 3 times what chance gives.", "c1.synchrony", CHECK_HOLDS },
	{ "Thirty sources share it.", "c1", CHECK_HOLDS },
	{ "It was seen from 2025-03-03 to 2025-03-09.", "c1", CHECK_HOLDS },
	{ "It was seen at 2025-03-03 01:24.", "c1.synchrony", CHECK_HOLDS },
	{ "c2 looks alike by coincidence.", "c2", CHECK_HOLDS },
	{ "c1 is not coincidental.", "c1", CHECK_HOLDS },
	{ "The sources of c1 act at the same times\xe2\x80\x94more than chance explains.", "c1",
	    CHECK_HOLDS },
	{ "Technique T1110.001 is seen in 530 sessions.", "c1.technique.1", CHECK_HOLDS },
	{ "Of 502 sources, 22.6 % of the sessions are covered.", "batch", CHECK_HOLDS },
	{ "The evidence c1.infrastructure has p = 6e-4.", "c1.infrastructure", CHECK_HOLDS },
	/* characters */
	{ "See http://evil.example now.", "c1", CHECK_CHARACTER },
	{ "See evil.example now.", "c1", CHECK_CHARACTER },
	{ "See 203.0.113.9 now.", "c1", CHECK_CHARACTER },
	{ "See hxxp:evil now.", "c1", CHECK_CHARACTER },
	{ "The <b>group</b>.", "c1", CHECK_CHARACTER },
	{ "The [group](x).", "c1", CHECK_CHARACTER },
	{ "The ![group].", "c1", CHECK_CHARACTER },
	{ "The `group`.", "c1", CHECK_CHARACTER },
	{ "The *group*.", "c1", CHECK_CHARACTER },
	{ "The group\x1b[2J.", "c1", CHECK_CHARACTER },
	{ "The group\nand more.", "c1", CHECK_CHARACTER },
	{ "The \xe2\x80\xaegroup.", "c1", CHECK_CHARACTER },
	{ "The \xe2\x80\x8bgroup.", "c1", CHECK_CHARACTER },
	{ "The gr\xd0\xbeup.", "c1", CHECK_CHARACTER },
	{ "The group \xff.", "c1", CHECK_CHARACTER },
	{ "Write to soc@evil.", "c1", CHECK_CHARACTER },
	{ "The file x_y is dropped.", "c1", CHECK_CHARACTER },
	{ "", "c1", CHECK_CHARACTER },
	/* ids */
	{ "The group is large.", "c9", CHECK_UNCITED },
	{ "The group is large.", "c1.zonk", CHECK_UNCITED },
	{ "The group is large.", "", CHECK_UNCITED },
	{ "c2 is a group too.", "c1", CHECK_UNCITED },
	/* numbers */
	{ "c1 has 31 sources.", "c1", CHECK_NUMBER },
	{ "c1 has 1,534 sources.", "c1", CHECK_NUMBER },
	{ "c1 has 30 sessions.", "c1", CHECK_NUMBER },
	{ "c1 has about 1,500 sessions.", "c1", CHECK_NUMBER },
	{ "c1 is coordinated with a confidence of 0.9.", "c1", CHECK_NUMBER },
	{ "c1 is coordinated with a confidence of 1.", "c1", CHECK_NUMBER },
	{ "c1 is coordinated with a confidence of 99 %.", "c1", CHECK_NUMBER },
	{ "Forty sources share it.", "c1", CHECK_NUMBER },
	{ "Dozens of sources share it.", "c1", CHECK_NUMBER },
	{ "It has p = 0.0005.", "c1.infrastructure", CHECK_NUMBER },
	{ "It has p = 0.001.", "c1.infrastructure", CHECK_NUMBER },
	{ "It began at 2024-03-03.", "c1", CHECK_NUMBER },
	{ "It began in 1999.", "c1", CHECK_NUMBER },
	{ "The key is 8x77.", "c1", CHECK_NUMBER },
	{ "It holds 34 sessions.", "c1", CHECK_NUMBER }, /* those of c2 */
	{ "It has 3.0.1 parts.", "c1", CHECK_CHARACTER },
	/* claims */
	{ "c1 is coincidental.", "c1", CHECK_CLAIM },
	{ "The sources of c1 are independent.", "c1", CHECK_CLAIM },
	{ "c1 is not coordinated.", "c1", CHECK_CLAIM },
	{ "There is no campaign in c1.", "c1", CHECK_CLAIM },
	{ "The evidence for c1 is inconclusive.", "c1", CHECK_CLAIM },
	{ "c2 is a coordinated campaign.", "c2", CHECK_CLAIM },
	{ "c2 is a botnet.", "c2", CHECK_CLAIM },
	{ "c1 is benign.", "c1", CHECK_CLAIM },
	{ "c1 is harmless traffic.", "c1", CHECK_CLAIM },
	{ "Ignore c1.", "c1", CHECK_CLAIM },
	{ "This is a false positive.", "c1", CHECK_CLAIM },
	{ "c1 needs no action.", "c1", CHECK_CLAIM },
	{ "Contact the owner of c1.", "c1", CHECK_CLAIM },
	/* an attacker's */
	{ "They frobnicate the quux.", "c1", CHECK_QUOTE },
	{ "All groups share the data.", "c1", CHECK_QUOTE },
	{ "The quux is large.", "c1", CHECK_WORD },
	{ "The owner is Grontech.", "c1", CHECK_WORD },
};

static void
sentences_are_judged(void **state)
{
	struct scene s = scene_new();
	unsigned wrong = 0;

	(void)state;
	checker_init(&s.checker, &s.list);
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		enum check_why why = check(&s, sentences[i].text, sentences[i].id);

		if (why == sentences[i].why)
			continue;
		print_error("\"%s\": %d in place of %d\n", sentences[i].text, (int)why,
		    (int)sentences[i].why);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	scene_free(&s);
}

static void
too_long_is_no_sentence(void **state)
{
	struct scene s = scene_new();
	char text[SENTENCE_MOST + 2];

	(void)state;
	checker_init(&s.checker, &s.list);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	assert_int_equal(check(&s, text, "c1"), CHECK_CHARACTER);
	scene_free(&s);
}

static void
a_template_holds(void **state)
{
	struct scene s = scene_new();
	struct narrative n;

	(void)state;
	checker_init(&s.checker, &s.list);
	s.checker.words_count = false;
	assert_int_equal(narrative_template(buf_sv(&s.document), s.arena, &n, NULL), COORD_OK);
	for (size_t i = 0; i < n.n_sentences; i++) {
		struct sv ids[16];
		size_t n_ids = n.sentences[i].n_evidence;
		enum check_why why;

		memcpy(ids, n.sentences[i].evidence, n_ids * sizeof(ids[0]));
		why = check_sentence(&s.checker, n.sentences[i].text, ids, &n_ids);
		if (why != CHECK_HOLDS)
			fail_msg("\"%s\": %d", n.sentences[i].text.data, (int)why);
		assert_int_equal(n_ids, n.sentences[i].n_evidence);
	}
	scene_free(&s);
}

static void
ids_that_do_not_exist_are_taken_out(void **state)
{
	struct scene s = scene_new();
	struct sv ids[] = { SV("c9"), SV("c1"), SV("c1.nothing"), SV("batch") };
	size_t n = 4;

	(void)state;
	checker_init(&s.checker, &s.list);
	assert_int_equal(
	    check_sentence(&s.checker, SV("c1 is a large group."), ids, &n), CHECK_HOLDS);
	assert_int_equal(n, 2);
	assert_string_equal(ids[0].data, "c1");
	assert_string_equal(ids[1].data, "batch");
	scene_free(&s);
}

static void
names_are_words(void **state)
{
	static const struct {
		const char *name;
		bool holds;
	} names[] = { { "shared key cluster", true }, { "Large download group", true },
		{ "group", false }, { "Operation Gutterswan", false }, { "key group 7", false },
		{ "key group!", false }, { "frobnicate the quux", false },
		{ "a b c d e f group of keys", false }, { "see evil.example", false } };
	struct scene s = scene_new();

	(void)state;
	checker_init(&s.checker, &s.list);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (check_name(&s.checker, sv_from(names[i].name)) != names[i].holds)
			fail_msg("%s", names[i].name);
	scene_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_are_judged),
		cmocka_unit_test(too_long_is_no_sentence),
		cmocka_unit_test(a_template_holds),
		cmocka_unit_test(ids_that_do_not_exist_are_taken_out),
		cmocka_unit_test(names_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
