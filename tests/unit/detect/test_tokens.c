/* test_tokens.c - weak tokens: distinct a node, capped, weighed by their stratum's margins; brands masked. */
#include "testing.h"

#include <math.h>

#include "detect/model/tokens.h"
#include "reference/reference.h"
#include "study.h"

enum { A = 0x0a000001, B = 0x0a000002, C = 0x0a000003 };

static void
test_distinct_and_counted(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	const struct layer_tokens *l;
	uint32_t a;

	(void)state;
	batch_add(b, &(struct batch_session){
			 .ip = A, .at_s = 0, .credentials = { "root 1", "root 1", "root 2" } });
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 9, .credentials = { "root 1" } });
	batch_add(b, &(struct batch_session){ .ip = B, .at_s = 1, .credentials = { "root 1" } });
	batch_add(b, &(struct batch_session){ .ip = C, .at_s = 2 });
	study_begin(&s, b, NULL);
	l = &s.m.layers[LAYER_CREDENTIAL];
	a = study_node(&s, A, SERVICE_SSH);
	assert_int_equal(l->n_tokens, 2);
	assert_int_equal(l->active, 2);
	assert_int_equal(model_degree(&s.m, LAYER_CREDENTIAL, a), 2);
	assert_int_equal(model_degree(&s.m, LAYER_CREDENTIAL, study_node(&s, B, SERVICE_SSH)), 1);
	assert_int_equal(model_degree(&s.m, LAYER_CREDENTIAL, study_node(&s, C, SERVICE_SSH)), 0);
	for (uint32_t t = 0; t < 2; t++) {
		bool one = strcmp(l->token_text[t], "root / 1") == 0;

		assert_true(one || strcmp(l->token_text[t], "root / 2") == 0);
		assert_int_equal(l->token_nodes[t], one ? 2 : 1);
		/* all three nodes are one stratum: D = 3 incidences */
		for (uint32_t c = 0; c < l->n_cells; c++)
			if (l->cell_token[c] == t)
				assert_true(
				    fabs(l->cell_ln_q[c] - log(((one ? 2 : 1) + 0.5) / 3)) < 1e-12);
	}
	study_end(&s);
}

/* The user is part of the token: "root / 1" is not "admin / 1", and "ab / c" is not "a / bc". */
static void
test_credentials_are_pairs(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = A,
			 .credentials = { "root 1", "admin 1", "1 root", "ab c", "a bc" } });
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.layers[LAYER_CREDENTIAL].n_tokens, 5);
	study_end(&s);
}

/* Beyond the cap the same sample is kept of every node: the smallest hashes. */
static void
test_cap_keeps_the_same_sample(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	const struct layer_tokens *l;
	uint32_t x, y;

	(void)state;
	batch_add_credentials(b, &(struct batch_session){ .ip = A }, "root p", 0, 700);
	batch_add_credentials(b, &(struct batch_session){ .ip = B }, "root p", 0, 700);
	study_begin(&s, b, NULL);
	l = &s.m.layers[LAYER_CREDENTIAL];
	x = study_node(&s, A, SERVICE_SSH);
	y = study_node(&s, B, SERVICE_SSH);
	assert_int_equal(model_degree(&s.m, LAYER_CREDENTIAL, x), NODE_TOKENS_MOST);
	assert_int_equal(l->n_tokens, NODE_TOKENS_MOST);
	assert_memory_equal(
	    l->cell + l->start[x], l->cell + l->start[y], NODE_TOKENS_MOST * sizeof(*l->cell));
	study_end(&s);
}

static void
test_distinct_keeps_smallest(void **state)
{
	struct token_use uses[2 * NODE_TOKENS_MOST + 3];
	struct token_bag bag = { .uses = uses };

	(void)state;
	/* node 0: hashes downwards, each twice; node 1: one */
	for (uint32_t i = 0; i <= NODE_TOKENS_MOST; i++) {
		uses[bag.n++] = (struct token_use){ 10000 - i, 0 };
		if (i < NODE_TOKENS_MOST)
			uses[bag.n++] = (struct token_use){ 10000 - i, 0 };
	}
	uses[bag.n++] = (struct token_use){ 5, 1 };
	tokens_distinct(&bag);
	assert_int_equal(bag.n, NODE_TOKENS_MOST + 1);
	for (uint32_t i = 0; i < NODE_TOKENS_MOST; i++)
		assert_int_equal(uses[i].hash, 10000 - NODE_TOKENS_MOST + i);
	assert_int_equal(uses[NODE_TOKENS_MOST].node, 1);
}

static uint32_t
shared_commands(struct study *s)
{
	const struct layer_tokens *l = &s->m.layers[LAYER_COMMAND];
	uint32_t shared = 0;

	for (uint32_t t = 0; t < l->n_tokens; t++)
		shared += l->token_nodes[t] == 2;
	return shared;
}

/* A brand on two sources is an exclusive artefact, told once by its layer: in the commands it is masked, so that two
 * brands of one loader script are the same commands. */
static void
test_markers_are_masked(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	uint32_t brands = 0;

	(void)state;
	batch_add(b, &(struct batch_session){
			 .ip = A, .commands = { "cat /proc/mounts", "/bin/busybox FBOT" } });
	batch_add(b, &(struct batch_session){
			 .ip = B, .commands = { "cat /proc/mounts", "/bin/busybox FBOT" } });
	study_begin(&s, b, NULL);
	for (uint32_t i = 0; i < s.m.n_artefacts; i++)
		brands += strstr(s.m.artefacts[i].value, "FBOT") != NULL;
	assert_int_equal(brands, 1);
	assert_true(shared_commands(&s) > 0);
	for (uint32_t t = 0; t < s.m.layers[LAYER_COMMAND].n_tokens; t++)
		assert_null(strstr(s.m.layers[LAYER_COMMAND].token_text[t], "FBOT"));
	study_end(&s);
}

/* Scripts: one token a command in its context, and one for the whole; order matters. */
static void
test_shingles(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	batch_add(
	    b, &(struct batch_session){ .ip = A, .commands = { "uname -a", "free -m", "w" } });
	batch_add(
	    b, &(struct batch_session){ .ip = B, .commands = { "uname -a", "free -m", "w" } });
	batch_add(
	    b, &(struct batch_session){ .ip = C, .commands = { "w", "free -m", "uname -a" } });
	study_begin(&s, b, NULL);
	assert_int_equal(model_degree(&s.m, LAYER_COMMAND, 0), 4);
	assert_int_equal(model_degree(&s.m, LAYER_COMMAND, 1), 4);
	assert_int_equal(shared_commands(&s), 4);
	study_end(&s);
}

/* The reference's counts are added to the batch's. */
static void
test_reference_counts(void **state)
{
	struct batch *before = batch_new(), *b = batch_new();
	struct session_table old;
	struct reference *ref;
	struct study s;
	const struct layer_tokens *l;

	(void)state;
	for (uint32_t i = 0; i < 300; i++)
		batch_add(before, &(struct batch_session){ .ip = 0x0b000000 + i,
				      .at_s = i,
				      .credentials = { i % 3 == 0 ? "root 1" : "root 9" } });
	old = batch_finish(before);
	ref = study_reference(&old);
	batch_add(b, &(struct batch_session){ .ip = A, .credentials = { "root 1", "root 7" } });
	study_begin(&s, b, ref);
	l = &s.m.layers[LAYER_CREDENTIAL];
	for (uint32_t c = 0; c < l->n_cells; c++) {
		bool known = strcmp(l->token_text[l->cell_token[c]], "root / 1") == 0;

		assert_true(
		    fabs(l->cell_ln_q[c] - log(((known ? 101 : 1) + 0.5) / (300 + 2))) < 1e-12);
	}
	study_end(&s);
	reference_close(ref);
	session_table_free(&old);
}

/* Does a layer have a token whose text holds this? */
static bool
has_token(const struct study *s, enum layer layer, const char *text)
{
	for (uint32_t t = 0; t < s->m.layers[layer].n_tokens; t++)
		if (strstr(s->m.layers[layer].token_text[t], text) != NULL)
			return true;
	return false;
}

static void
test_what_becomes_a_token(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = A,
			 .service = SERVICE_WEB,
			 .requests = { "GET /admin/login.php" },
			 .payload = "POST /shell?cmd=1 HTTP/1.1\r\nHost: x" });
	batch_add(b, &(struct batch_session){
			 .ip = B, .service = SERVICE_SCAN, .port = "tcp/2323", .banner = "zmap" });
	batch_add(b, &(struct batch_session){ .ip = C,
			 .hassh = "aabb",
			 .port = "tcp/22", /* said by the service already */
			 .forward = "GET / HTTP/1.0",
			 .payload = "cd /tmp; ./run" });
	study_begin(&s, b, NULL);
	assert_true(has_token(&s, LAYER_WEB, "/admin/login.php"));
	assert_true(has_token(&s, LAYER_WEB, "/shell"));
	assert_false(has_token(&s, LAYER_COMMAND, "/shell"));
	assert_true(has_token(&s, LAYER_PACKET, "tcp/2323"));
	assert_false(has_token(&s, LAYER_WEB, "Host"));
	assert_true(has_token(&s, LAYER_PACKET, "zmap"));
	assert_true(has_token(&s, LAYER_PACKET, "aabb"));
	assert_true(has_token(&s, LAYER_COMMAND, "192.0.2.1:25"));
	assert_true(has_token(&s, LAYER_COMMAND, "/tmp"));
	assert_int_equal(model_degree(&s.m, LAYER_PACKET, study_node(&s, C, SERVICE_SSH)), 1);
	study_end(&s);
}

static void
test_layers_have_names(void **state)
{
	(void)state;
	assert_string_equal(model_layer_name(LAYER_CREDENTIAL), "credential");
	assert_string_equal(model_layer_name(LAYER_PACKET), "packet");
	assert_string_equal(model_layer_name((enum layer)LAYER_TIME), "time");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distinct_and_counted),
		cmocka_unit_test(test_credentials_are_pairs),
		cmocka_unit_test(test_cap_keeps_the_same_sample),
		cmocka_unit_test(test_distinct_keeps_smallest),
		cmocka_unit_test(test_markers_are_masked),
		cmocka_unit_test(test_shingles),
		cmocka_unit_test(test_reference_counts),
		cmocka_unit_test(test_what_becomes_a_token),
		cmocka_unit_test(test_layers_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
