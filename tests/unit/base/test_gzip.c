#include "testing.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/gzip.h"

/* What zlib makes of it again. */
static void
check(struct sv text, const struct buf *packed)
{
	char *out = malloc(text.len + 1);
	z_stream z = { .next_in = (Bytef *)(uintptr_t)packed->data,
		.avail_in = (uInt)packed->len,
		.next_out = (Bytef *)out,
		.avail_out = (uInt)text.len + 1 };

	assert_non_null(out);
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, text.len);
	assert_memory_equal(out, text.data, text.len);
	assert_int_equal(z.avail_in, 0);
	(void)inflateEnd(&z);
	free(out);
}

static void
test_comes_back(void **state)
{
	struct buf text = BUF_INIT(1 << 20), packed = BUF_INIT(1 << 20);

	(void)state;
	assert_true(gzip_pack(SV(""), 6, &packed));
	check(SV(""), &packed);
	for (unsigned i = 0; i < 20000; i++)
		buf_printf(&text, "%u,", i);
	packed.len = 0;
	assert_true(gzip_pack(buf_sv(&text), 6, &packed));
	assert_true(packed.len < text.len / 2);
	check(buf_sv(&text), &packed);
	buf_clear(&packed);
	buf_clear(&text);
}

static void
test_no_room(void **state)
{
	struct buf packed = BUF_INIT(8);

	(void)state;
	assert_false(gzip_pack(SV("more than eight bytes"), 6, &packed));
	buf_clear(&packed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests_name("base/gzip", tests, NULL, NULL);
}
