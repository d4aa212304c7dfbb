/* test_check.c - every broken invariant is seen. */
#include "testing.h"
#include "rows.h"

static struct session_table
sample(void)
{
	struct session_builder *b = session_builder_new();
	struct session_row_item items[] = { { .a = SV("ls"), .kind = ITEM_COMMAND, .offset_ms = 1 },
		{ .a = SV("id"), .kind = ITEM_COMMAND, .offset_ms = 3 } };

	for (unsigned i = 0; i < 3; i++) {
		struct session_row row = plain_row(i, i, "a");

		row.items = items;
		row.n_items = 2;
		must_add(b, &row);
	}
	return must_finish(b, NULL);
}

typedef void (*damage)(struct session_table *t);

static void
swap_order(struct session_table *t)
{
	t->start_us[0] = t->start_us[2];
	t->end_us[0] = t->end_us[2];
}

static void
same_name(struct session_table *t)
{
	t->start_us[1] = t->start_us[0];
	t->source[1] = t->source[0];
}

static void
end_early(struct session_table *t)
{
	t->end_us[1] = t->start_us[1] - 1;
}

static void
no_source(struct session_table *t)
{
	memset(&t->source[1], 0, sizeof(t->source[1]));
}

static void
bad_start(struct session_table *t)
{
	t->start_us[0] = 5;
}

static void
bad_duration(struct session_table *t)
{
	t->duration_us[0] = -2;
}

static void
bad_service(struct session_table *t)
{
	t->service[2] = SERVICE_COUNT;
}

static void
bad_span(struct session_table *t)
{
	t->item_start[3]--;
}

static void
falling_span(struct session_table *t)
{
	t->item_start[1] = 5;
}

static void
bad_kind(struct session_table *t)
{
	t->items[0].kind = ITEM_KIND_COUNT;
}

static void
bad_string(struct session_table *t)
{
	t->items[0].b = 1000;
}

static void
bad_item_order(struct session_table *t)
{
	t->items[0].offset_ms = 9;
}

static void
bad_numbering(struct session_table *t)
{
	uint32_t swap = t->items[0].a;

	t->items[0].a = t->items[1].a;
	t->items[1].a = swap;
}

static void
unused_string(struct session_table *t)
{
	(void)strtab_intern(t->strings, SV("never used"));
}

static void
damage_is_seen(void **state)
{
	static const damage DAMAGES[] = { swap_order, same_name, end_early, no_source, bad_start,
		bad_duration, bad_service, bad_span, falling_span, bad_kind, bad_string,
		bad_item_order, bad_numbering, unused_string };
	struct session_table none = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(DAMAGES); i++) {
		struct session_table t = sample();

		DAMAGES[i](&t);
		if (session_table_check(&t) == NULL)
			fail_msg("damage %zu was not seen", i);
		session_table_free(&t);
	}
	assert_non_null(session_table_check(&none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(damage_is_seen) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
