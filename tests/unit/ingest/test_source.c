/* test_source.c - plain, gzip and Zstandard input by its first bytes; damage in the middle. */
#include "ingest/source.h"
#include "testing.h"

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { BIG = 700 * 1000 };

static char *
big_text(void)
{
	char *text = malloc(BIG);

	assert_non_null(text);
	for (size_t i = 0; i < BIG; i++)
		text[i] = (char)('a' + (i * 2654435761u >> 13) % 26);
	return text;
}

static size_t
gzip(const char *text, size_t len, char *to, size_t cap)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text,
		.avail_in = (uInt)len,
		.next_out = (Bytef *)to,
		.avail_out = (uInt)cap };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return cap - z.avail_out;
}

/** Reads all in pieces of `piece`; returns the last error. */
static enum coord_err
read_all(const char *data, size_t len, size_t piece, struct buf *out)
{
	struct source *s = source_memory(data, len);
	enum coord_err rc = COORD_OK;
	size_t got = 1;

	assert_non_null(s);
	while (rc == COORD_OK && got > 0) {
		char *to = buf_reserve(out, piece);

		assert_non_null(to);
		got = 0;
		rc = source_read(s, to, piece, &got, NULL);
		assert_true(got <= piece);
		out->len += got;
	}
	if (rc == COORD_OK)
		assert_int_equal(source_stored(s), len);
	source_close(s);
	return rc;
}

static void
check_text(const char *data, size_t len, const char *text, size_t text_len)
{
	static const size_t PIECES[] = { 100, 4096, 1 << 20 };

	for (size_t i = 0; i < COUNT_OF(PIECES); i++) {
		struct buf out = BUF_INIT(8 << 20);

		assert_int_equal(read_all(data, len, PIECES[i], &out), COORD_OK);
		assert_int_equal(out.len, text_len);
		if (text_len > 0)
			assert_memory_equal(out.data, text, text_len);
		buf_clear(&out);
	}
}

static void
plain(void **state)
{
	char *text = big_text();

	(void)state;
	check_text(text, BIG, text, BIG);
	check_text(text, 3, text, 3);
	check_text(text, 0, text, 0);
	free(text);
}

static void
gzip_members(void **state)
{
	char *text = big_text(), *data = malloc(2 * BIG);
	size_t first = gzip(text, 1000, data, 2 * BIG), len;

	(void)state;
	len = first + gzip(text + 1000, BIG - 1000, data + first, 2 * BIG - first);
	check_text(data, len, text, BIG);
	memset(data + len, 0, 512); /* padding of a tape block */
	check_text(data, len + 512, text, BIG);
	len = gzip(text, 0, data, 2 * BIG);
	check_text(data, len, text, 0);
	free(text);
	free(data);
}

static void
zstandard_frames(void **state)
{
	char *text = big_text(), *data = malloc(2 * BIG);
	size_t first = ZSTD_compress(data, 2 * BIG, text, 1000, 3), second;

	(void)state;
	second = ZSTD_compress(data + first, 2 * BIG - first, text + 1000, BIG - 1000, 3);
	assert_false(ZSTD_isError(first) || ZSTD_isError(second));
	check_text(data, first + second, text, BIG);
	free(text);
	free(data);
}

/** Whatever was there before the cut is delivered, then an error. */
static void
check_cut(const char *data, size_t len, const char *text)
{
	for (size_t cut = 20; cut < len; cut += len / 7) {
		struct buf out = BUF_INIT(8 << 20);

		assert_int_equal(read_all(data, cut, 4096, &out), COORD_EPARSE);
		assert_true(out.len < BIG);
		if (cut > len / 2)
			assert_true(out.len > BIG / 4);
		if (out.len > 0)
			assert_memory_equal(out.data, text, out.len);
		buf_clear(&out);
	}
}

static void
cut_short(void **state)
{
	char *text = big_text(), *data = malloc(2 * BIG);
	size_t len = gzip(text, BIG, data, 2 * BIG);

	(void)state;
	check_cut(data, len, text);
	len = ZSTD_compress(data, 2 * BIG, text, BIG, 3);
	check_cut(data, len, text);
	free(text);
	free(data);
}

static void
damaged(void **state)
{
	char *text = big_text(), *data = malloc(2 * BIG);
	size_t len = gzip(text, BIG, data, 2 * BIG);
	struct buf out = BUF_INIT(8 << 20);

	(void)state;
	memset(data + len / 2, 0xff, 64);
	assert_int_equal(read_all(data, len, 4096, &out), COORD_EPARSE);
	out.len = 0;
	len = gzip(text, 1000, data, 2 * BIG);
	memcpy(data + len, "garbage behind the member", 25);
	assert_int_equal(read_all(data, len + 25, 4096, &out), COORD_EPARSE);
	assert_int_equal(out.len, 1000);
	buf_clear(&out);
	free(text);
	free(data);
}

static void
files(void **state)
{
	char path[] = "/tmp/coord-source-XXXXXX";
	int fd = mkstemp(path);
	struct source *s = NULL;
	struct coord_error err;
	size_t got = 0;
	char text[16];

	(void)state;
	assert_true(fd != -1);
	assert_int_equal(write(fd, "hello", 5), 5);
	close(fd);
	assert_int_equal(source_open(path, &s, &err), COORD_OK);
	assert_int_equal(source_read(s, text, sizeof(text), &got, &err), COORD_OK);
	assert_int_equal(got, 5);
	assert_memory_equal(text, "hello", 5);
	source_close(s);
	unlink(path);
	assert_int_equal(source_open(path, &s, &err), COORD_EIO);
	assert_int_equal(source_open("/", &s, &err), COORD_OK);
	assert_int_equal(source_read(s, text, sizeof(text), &got, &err), COORD_EIO);
	source_close(s);
	source_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(gzip_members),
		cmocka_unit_test(zstandard_frames),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(damaged),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
