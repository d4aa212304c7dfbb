/* test_background.c - snapshots from tables: what is counted, which tokens are linked, and that the bytes are stable. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "reference/reference.h"
#include "study.h"

enum { BASE = 0x0a000000 };

/* Nodes [from, to) try the word. */
static void
add_word(struct batch *b, const char *word, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		batch_add(b, &(struct batch_session){
				 .ip = BASE + i, .at_s = 10.0 * i, .credentials = { word } });
}

/* The block that a credential of the study's table counts as. */
static uint64_t
block_of(const struct study *s, const struct reference *ref, const char *text)
{
	const struct layer_tokens *l = &s->m.layers[LAYER_CREDENTIAL];

	for (uint32_t t = 0; t < l->n_tokens; t++)
		if (strcmp(l->token_text[t], text) == 0)
			return reference_block(ref, LAYER_CREDENTIAL, l->token_hash[t]);
	fail_msg("no token %s", text);
	return 0;
}

static void
test_wordlist_is_one_block(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	struct reference *ref;
	uint64_t one;
	char word[32];

	(void)state;
	for (uint32_t k = 0; k < 20; k++) {
		(void)snprintf(word, sizeof(word), "list %u", k);
		add_word(b, word, 0, 9);
	}
	/* 6 of 8 + 10: Jaccard 0.5; 8 of 10 + 8: 0.8; and one with too few nodes to say */
	add_word(b, "half a", 20, 28);
	add_word(b, "half b", 22, 32);
	add_word(b, "most a", 40, 50);
	add_word(b, "most b", 40, 48);
	add_word(b, "few a", 60, 64);
	add_word(b, "few b", 60, 64);
	study_begin(&s, b, NULL);
	ref = study_reference(&s.table);
	one = block_of(&s, ref, "list / 0");
	for (uint32_t k = 1; k < 20; k++) {
		(void)snprintf(word, sizeof(word), "list / %u", k);
		assert_true(block_of(&s, ref, word) == one);
	}
	assert_true(block_of(&s, ref, "half / a") != block_of(&s, ref, "half / b"));
	assert_true(block_of(&s, ref, "most / a") == block_of(&s, ref, "most / b"));
	assert_true(block_of(&s, ref, "few / a") != block_of(&s, ref, "few / b"));
	assert_true(block_of(&s, ref, "most / a") != one);
	/* the list counts once a node: nine nodes, nine incidences */
	assert_int_equal(reference_token_nodes(ref, reference_stratum_key(SERVICE_SSH, SV_NONE),
			     LAYER_CREDENTIAL, one),
	    9);
	assert_int_equal(reference_incidences(
			     ref, reference_stratum_key(SERVICE_SSH, SV_NONE), LAYER_CREDENTIAL),
	    9 + 8 + 10 + 10 + 4 + 4);
	reference_close(ref);
	study_end(&s);
}

/* With the reference, the list is one token of the batch too. */
static void
test_blocks_in_the_batch(void **state)
{
	struct batch *before = batch_new(), *b = batch_new();
	struct session_table old;
	struct reference *ref;
	struct study s;
	char word[32];

	(void)state;
	for (uint32_t k = 0; k < 20; k++) {
		(void)snprintf(word, sizeof(word), "list %u", k);
		add_word(before, word, 0, 9);
		add_word(b, word, 100, 102);
	}
	old = batch_finish(before);
	ref = study_reference(&old);
	study_begin(&s, b, ref);
	assert_int_equal(s.m.layers[LAYER_CREDENTIAL].n_tokens, 1);
	assert_int_equal(model_degree(&s.m, LAYER_CREDENTIAL, 0), 1);
	study_end(&s);
	reference_close(ref);
	session_table_free(&old);
}

static void
test_populations(void **state)
{
	struct batch *b = batch_new();
	struct session_table table;
	struct reference *ref;
	const int64_t *visits;
	const struct addr *sources;
	uint64_t all = reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE);
	uint64_t ssh = reference_stratum_key(SERVICE_SSH, SV_NONE);
	uint64_t family = reference_stratum_key(SERVICE_SSH, SV("hassh:aa"));

	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		batch_add(
		    b, &(struct batch_session){ .ip = BASE + i, .at_s = 7.0 * i, .hassh = "aa" });
	for (uint32_t i = 0; i < 50; i++)
		batch_add(b, &(struct batch_session){
				 .ip = BASE + 1000 + i, .at_s = 7.0 * i + 1, .hassh = "bb" });
	for (uint32_t i = 0; i < 30; i++)
		batch_add(b, &(struct batch_session){
				 .ip = BASE + i, .at_s = 7.0 * i + 2, .service = SERVICE_TELNET });
	table = batch_finish(b);
	ref = study_reference(&table);
	assert_int_equal(reference_stratum_nodes(ref, family), 200);
	assert_int_equal(
	    reference_stratum_nodes(ref, reference_stratum_key(SERVICE_SSH, SV("hassh:bb"))), 0);
	assert_int_equal(reference_stratum_nodes(ref, ssh), 250);
	assert_int_equal(reference_stratum_nodes(ref, all), 280);
	assert_int_equal(reference_visits(ref, all, &visits), 280);
	assert_int_equal(reference_sources(ref, all, &sources), 250);
	assert_int_equal(reference_sources(ref, family, &sources), 200);
	assert_int_equal(reference_content_of(ref)->sessions, 280);
	assert_int_equal(reference_content_of(ref)->first_us, BATCH_START_US);
	assert_memory_equal(reference_content_of(ref)->input_sha256, table.input_sha256, 32);
	reference_close(ref);
	session_table_free(&table);
}

static void
test_same_table_same_snapshot(void **state)
{
	struct batch *b = batch_new(), *shuffled = batch_new();
	struct session_table table, again;
	struct reference *one, *two;
	char word[32];

	(void)state;
	for (uint32_t k = 0; k < 40; k++) {
		(void)snprintf(word, sizeof(word), "w %u", k);
		add_word(b, word, k, k + 9);
	}
	table = batch_finish(b);
	batch_add_table(shuffled, &table, 99, NULL);
	again = batch_finish(shuffled);
	one = study_reference(&table);
	two = study_reference(&again);
	assert_string_equal(reference_hash(one), reference_hash(two));
	reference_close(one);
	reference_close(two);
	session_table_free(&table);
	session_table_free(&again);
}

static void
test_no_sessions(void **state)
{
	struct session_table table = batch_finish(batch_new());
	struct coord_error err;

	(void)state;
	assert_int_equal(
	    detect_reference_build(&table, "/tmp/coord-test-none/x", &err), COORD_ENODATA);
	session_table_free(&table);
}

/* Names of tools are attackers' text: the snapshot's names are printable and end. */
static void
test_names_are_clean(void **state)
{
	struct batch *b = batch_new();
	struct session_table table;
	struct reference *ref;
	bool found = false;

	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		batch_add(b,
		    &(struct batch_session){ .ip = BASE + i,
			.at_s = i,
			.hassh = "\x1b[31mred\x01 and very long, longer than any name may be in a "
				 "snapshot's column" });
	table = batch_finish(b);
	ref = study_reference(&table);
	for (uint64_t i = 0; i < reference_content_of(ref)->n_strata; i++) {
		const char *name = reference_content_of(ref)->strata[i].name;

		assert_true(strlen(name) < REFERENCE_NAME_MAX);
		found = found || strstr(name, "?[31mred?") != NULL;
	}
	assert_true(found);
	reference_close(ref);
	session_table_free(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wordlist_is_one_block),
		cmocka_unit_test(test_blocks_in_the_batch),
		cmocka_unit_test(test_populations),
		cmocka_unit_test(test_same_table_same_snapshot),
		cmocka_unit_test(test_no_sessions),
		cmocka_unit_test(test_names_are_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
