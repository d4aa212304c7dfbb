#include "api/codec.h"

#include <stdlib.h>

#include "testing.h"

struct sink {
	struct buf got;
	size_t refuse_after;
};

static bool
on_data(void *context, const char *data, size_t len)
{
	struct sink *s = context;

	buf_add(&s->got, data, len);
	return s->refuse_after == 0 || s->got.len <= s->refuse_after;
}

static enum coord_err
decode(enum coding coding, struct sv text, uint64_t most, size_t piece, struct sink *sink)
{
	struct decoder *d = decoder_new(coding, most);
	struct coord_error err;
	enum coord_err rc = COORD_OK;

	sink->got = BUF_INIT(1 << 26);
	for (size_t at = 0; rc == COORD_OK && at < text.len; at += piece)
		rc = decoder_add(d, text.data + at, text.len - at < piece ? text.len - at : piece,
		    on_data, sink, &err);
	if (rc == COORD_OK)
		rc = decoder_end(d, &err);
	decoder_free(d);
	return rc;
}

/* Text that compresses well and is larger than any window. */
static struct buf
sample(size_t n)
{
	struct buf b = BUF_INIT(1 << 26);

	for (size_t i = 0; b.len < n; i++)
		buf_printf(&b, "session %zu of many;", i * i);
	return b;
}

static void
test_round_trip(void **state)
{
	static const size_t pieces[] = { 1, 7, 4096, 1 << 20 };
	CLEANUP(buf_clear) struct buf text = sample(300000);

	(void)state;
	for (unsigned c = 0; c < CODING_COUNT; c++) {
		CLEANUP(buf_clear) struct buf coded = BUF_INIT(1 << 26);

		assert_true(coding_encode((enum coding)c, buf_sv(&text), &coded));
		for (size_t p = 0; p < COUNT_OF(pieces); p++) {
			struct sink sink = { .refuse_after = 0 };

			assert_int_equal(
			    decode((enum coding)c, buf_sv(&coded), text.len, pieces[p], &sink),
			    COORD_OK);
			assert_int_equal(sink.got.len, text.len);
			assert_memory_equal(sink.got.data, text.data, text.len);
			buf_clear(&sink.got);
		}
	}
}

/* Two members (gzip) or frames (zstd) behind each other are one text. */
static void
test_several_frames(void **state)
{
	(void)state;
	for (unsigned c = CODING_GZIP; c < CODING_COUNT; c++) {
		CLEANUP(buf_clear) struct buf coded = BUF_INIT(1 << 20);
		struct sink sink = { .refuse_after = 0 };

		assert_true(coding_encode((enum coding)c, SV("one "), &coded));
		assert_true(coding_encode((enum coding)c, SV("two"), &coded));
		assert_int_equal(decode((enum coding)c, buf_sv(&coded), 100, 3, &sink), COORD_OK);
		assert_sv_equal(buf_sv(&sink.got), "one two");
		buf_clear(&sink.got);
	}
}

static void
test_bombs_are_stopped(void **state)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 26);

	(void)state;
	assert_non_null(buf_reserve(&text, 20 << 20));
	memset(text.data, 0, 20 << 20);
	text.len = 20 << 20;
	for (unsigned c = 0; c < CODING_COUNT; c++) {
		CLEANUP(buf_clear) struct buf coded = BUF_INIT(1 << 26);
		struct sink sink = { .refuse_after = 0 };

		assert_true(coding_encode((enum coding)c, buf_sv(&text), &coded));
		assert_int_equal(
		    decode((enum coding)c, buf_sv(&coded), 1 << 20, 65536, &sink), COORD_ELIMIT);
		assert_true(sink.got.len <= 1 << 20);
		buf_clear(&sink.got);
	}
}

static void
test_damage(void **state)
{
	CLEANUP(buf_clear) struct buf text = sample(10000);

	(void)state;
	for (unsigned c = CODING_GZIP; c < CODING_COUNT; c++) {
		CLEANUP(buf_clear) struct buf coded = BUF_INIT(1 << 20);
		struct sink sink = { .refuse_after = 0 };
		struct sv cut;

		assert_true(coding_encode((enum coding)c, buf_sv(&text), &coded));
		cut = sv_first(buf_sv(&coded), coded.len - 1);
		assert_int_equal(decode((enum coding)c, cut, 1 << 20, 999, &sink), COORD_EPARSE);
		buf_clear(&sink.got);
		assert_int_equal(decode((enum coding)c, SV("not of this kind"), 1 << 20, 4, &sink),
		    COORD_EPARSE);
		buf_clear(&sink.got);
		coded.data[0] = 'x';
		assert_int_equal(
		    decode((enum coding)c, buf_sv(&coded), 1 << 20, 999, &sink), COORD_EPARSE);
		buf_clear(&sink.got);
		assert_int_equal(decode((enum coding)c, SV(""), 10, 1, &sink), COORD_EPARSE);
		buf_clear(&sink.got);
	}
}

static void
test_a_sink_may_refuse(void **state)
{
	CLEANUP(buf_clear) struct buf text = sample(200000);
	CLEANUP(buf_clear) struct buf coded = BUF_INIT(1 << 20);
	struct sink sink = { .refuse_after = 1000 };

	(void)state;
	assert_true(coding_encode(CODING_GZIP, buf_sv(&text), &coded));
	assert_int_equal(decode(CODING_GZIP, buf_sv(&coded), 1 << 20, 64, &sink), COORD_ECANCELLED);
	buf_clear(&sink.got);
}

static void
test_names(void **state)
{
	enum coding c;

	(void)state;
	assert_true(coding_of(SV_NONE, &c) && c == CODING_IDENTITY);
	assert_true(coding_of(SV("GZIP"), &c) && c == CODING_GZIP);
	assert_true(coding_of(SV("x-gzip"), &c) && c == CODING_GZIP);
	assert_true(coding_of(SV(" zstd "), &c) && c == CODING_ZSTD);
	assert_false(coding_of(SV("br"), &c));
	assert_false(coding_of(SV("gzip, gzip"), &c));
	assert_int_equal(coding_accepted(SV_NONE), CODING_IDENTITY);
	assert_int_equal(coding_accepted(SV("br")), CODING_IDENTITY);
	assert_int_equal(coding_accepted(SV("zstd, gzip")), CODING_GZIP);
	assert_int_equal(coding_accepted(SV("zstd")), CODING_ZSTD);
	assert_string_equal(coding_name(CODING_ZSTD), "zstd");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_several_frames),
		cmocka_unit_test(test_bombs_are_stopped),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_a_sink_may_refuse),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
