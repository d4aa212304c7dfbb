#include "testing.h"

/* SipHash-1-3 of 00 01 02 ... (n bytes) under key 00 01 .. 0f: the vectors of the Rust and CPython implementations. */
static void
test_siphash13_vectors(void **state)
{
	static const uint64_t expected[] = { 0xabac0158050fc4dcu, 0xc9f49bf37d57ca93u,
		0x82cb9b024dc7d44du, 0x8bf80ab8e7ddf7fbu, 0xcf75576088d38328u, 0xdef9d52f49533b67u,
		0xc50d2b50c59f22a7u, 0xd3927d989bb11140u, 0x369095118d299a8eu };
	struct hash_key key = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u };
	uint8_t data[16];

	(void)state;
	for (uint8_t i = 0; i < sizeof(data); i++)
		data[i] = i;
	for (size_t n = 0; n < COUNT_OF(expected); n++)
		assert_true(siphash13(key, data, n) == expected[n]);
}

static void
test_content_hash_is_stable(void **state)
{
	(void)state;
	assert_true(hash_content(SV("")) == 0xabac0158050fc4dcu);
	assert_true(hash_content(SV("a")) != hash_content(SV("b")));
	assert_true(hash_mix(1, 2) != hash_mix(2, 1));
	assert_true(hash_mix(0, 0) != 0);
}

static void
test_table_key_is_drawn_once(void **state)
{
	struct hash_key a = hash_table_key(), b = hash_table_key();

	(void)state;
	assert_true(a.k0 == b.k0 && a.k1 == b.k1);
	assert_true(a.k0 != 0 || a.k1 != 0);
}

/** Every byte and the length count, also where the words of the tail overlap. */
static void
test_keyed_hash_sees_every_byte(void **state)
{
	struct hash_key key = { 3, 5 };
	char text[41] = { 0 };

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		uint64_t h = hash_keyed(key, text, len);

		assert_true(h == hash_keyed(key, text, len));
		assert_true(h != hash_keyed(key, text, len + 1 == sizeof(text) ? 0 : len + 1));
		assert_true(h != hash_keyed((struct hash_key){ 3, 7 }, text, len));
		for (size_t i = 0; i < len; i++) {
			text[i] = 1;
			assert_true(h != hash_keyed(key, text, len));
			text[i] = 0;
		}
	}
}

static void
test_digests(void **state)
{
	uint8_t sha[32], split[32], md5[16];
	char hex[65];
	struct sha256 *s = sha256_new();

	(void)state;
	sha256_of("abc", 3, sha);
	hex_of(sha, 32, hex);
	assert_string_equal(
	    hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_non_null(s);
	sha256_add(s, "a", 1);
	sha256_add(s, "", 0);
	sha256_add(s, "bc", 2);
	sha256_end(s, split);
	assert_memory_equal(sha, split, 32);
	md5_of("abc", 3, md5);
	hex_of(md5, 16, hex);
	assert_string_equal(hex, "900150983cd24fb0d6963f7d28e17f72");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_siphash13_vectors),
		cmocka_unit_test(test_content_hash_is_stable),
		cmocka_unit_test(test_table_key_is_drawn_once),
		cmocka_unit_test(test_keyed_hash_sees_every_byte),
		cmocka_unit_test(test_digests),
	};

	return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
