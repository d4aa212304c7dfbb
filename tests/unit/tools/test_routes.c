/* The trie beside a search through all prefixes, pfx2as line by line, the cache byte by byte. MRT files: tests/integration/test_tools.py. */
#include "testing.h"

#include <bzlib.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tools/tools.h"

static char folder[] = "/tmp/coord-routes-XXXXXX";

static const char *
path_of(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static const char *
write_file(const char *name, const void *data, size_t len)
{
	const char *path = path_of(name);
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_true(len == 0 || fwrite(data, len, 1, f) == 1);
	assert_int_equal(fclose(f), 0);
	return path;
}

static enum coord_err
open_file(const char *path, struct tools_offline **ret, struct coord_error *err)
{
	*ret = NULL;
	return tools_offline_open(
	    &(struct tools_offline_options){ .files = &path, .n_files = 1 }, ret, err);
}

static struct addr
address(const char *text)
{
	struct addr a;

	assert_true(addr_parse(sv_from(text), &a));
	return a;
}

/* --- the trie ---------------------------------------------------------------------------------------------------------------- */

struct prefix {
	struct addr base;
	unsigned bits;
	uint32_t asn;
};
enum { PREFIXES = 6000 };

static uint64_t
draw(uint64_t index)
{
	return hash_mix(UINT64_C(0x5eed), index);
}

/* Many nested ones: few first bytes, lengths of all sizes, addresses at the edges too. */
static struct prefix
prefix_at(uint32_t i, bool v6)
{
	struct prefix p = { .asn = 1000 + i };
	uint64_t r = draw(2 * i), s = draw(2 * i + 1);

	p.base = addr_from_v4((uint32_t)(r & 0x030f07ff) << (r >> 60 & 7));
	p.bits = 1 + (unsigned)(s % 32);
	if (v6) {
		memset(p.base.bytes, 0, 16);
		p.base.bytes[0] = 0x20;
		for (unsigned k = 1; k < 16; k++)
			p.base.bytes[k] = (uint8_t)(draw(r + k) & (i % 7 == 0 ? 0xff : 0x11));
		p.bits = 3 + (unsigned)(s % 126); /* "::" would be the unknown address */
	}
	p.base = addr_prefix(p.base, p.bits);
	return p;
}

static uint32_t
search(const struct prefix *all, uint32_t n, struct addr a, const struct prefix **ret)
{
	*ret = NULL;
	for (uint32_t i = 0; i < n; i++)
		if (addr_is_v4(all[i].base) == addr_is_v4(a) &&
		    addr_cmp(addr_prefix(a, all[i].bits), all[i].base) == 0 &&
		    (*ret == NULL || all[i].bits > (*ret)->bits))
			*ret =
			    &all[i]; /* of equal prefixes the first: origins keep the order of the file */
	return *ret == NULL ? 0 : (*ret)->asn;
}

static void
compare(const struct tools_offline *offline, const struct prefix *all, uint32_t n, struct addr a)
{
	const struct prefix *want;
	struct tools_address found;
	uint32_t asn = search(all, n, a, &want);
	unsigned known = tools_offline_find(offline, a, TOOLS_ASN | TOOLS_ROUTE, &found);

	if (want == NULL) {
		assert_int_equal(known, 0);
		return;
	}
	assert_int_equal(known, TOOLS_ASN | TOOLS_ROUTE);
	assert_int_equal(found.route.bits, want->bits);
	assert_int_equal(addr_cmp(found.route.base, want->base), 0);
	/* equal prefixes are one, with the smallest number first */
	assert_int_equal(found.asn, asn);
	assert_int_equal(found.route.origins[0], asn);
}

static void
test_trie_beside_a_search(void **state)
{
	struct prefix *all = calloc(PREFIXES, sizeof(*all));
	struct buf text = BUF_INIT(1 << 22);
	struct tools_offline *offline;
	struct tools_built built;
	struct coord_error err = { .what = "" };
	const char *source, *cache = path_of("all.routes");

	(void)state;
	for (uint32_t i = 0; i < PREFIXES; i++) {
		char base[ADDR_TEXT_MAX];

		all[i] = prefix_at(i, i % 3 == 0);
		(void)addr_format(all[i].base, base);
		buf_printf(&text, "%s\t%u\t%u\n", all[i].bits < 4 && i % 3 != 0 ? "0.0.0.0" : base,
		    all[i].bits, all[i].asn);
		if (all[i].bits < 4 && i % 3 != 0)
			all[i].base = addr_from_v4(0);
	}
	source = write_file("all.pfx2as", text.data, text.len);
	buf_clear(&text);
	if (tools_routes_build(&source, 1, cache, &built, &err) != COORD_OK)
		fail_msg("%s", err.what);
	assert_true(built.prefixes < PREFIXES && built.prefixes_v4 > 1000);
	for (int cached = 0; cached < 2; cached++) {
		if (open_file(cached ? cache : source, &offline, &err) != COORD_OK)
			fail_msg("%s", err.what);
		for (uint32_t i = 0; i < PREFIXES; i += 3) {
			struct addr a = all[i].base, last = a;

			compare(offline, all, PREFIXES, a);
			a.bytes[15] = (uint8_t)(a.bytes[15] ^ draw(i));
			a.bytes[14] = (uint8_t)(a.bytes[14] ^ draw(i + 1));
			compare(offline, all, PREFIXES, a);
			for (unsigned bit = addr_is_v4(last) ? 96 + all[i].bits : all[i].bits;
			     bit < 128; bit++)
				last.bytes[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
			compare(offline, all, PREFIXES, last); /* and the first behind it */
			for (unsigned k = 16; k-- > 0 && ++last.bytes[k] == 0;)
				;
			compare(offline, all, PREFIXES, last);
		}
		tools_offline_close(offline);
	}
	free(all);
}

/* --- pfx2as -------------------------------------------------------------------------------------------------------------------- */

static void
test_pfx2as_grammar(void **state)
{
	static const char text[] = "# a head line\n"
				   "198.51.100.0\t24\t64500_64501,64502\r\n"
				   "0.0.0.0\t0\t64499\n"
				   "\n"
				   "198.51.100.128 25 64503\n"
				   "203.0.113.0\t24\t64504,64504_64505\n"
				   "2001:db8::\t32\t4294967295";
	struct tools_offline *offline;
	struct tools_address found;
	struct coord_error err = { .what = "" };

	(void)state;
	if (open_file(write_file("good.pfx2as", text, sizeof(text) - 1), &offline, &err) !=
	    COORD_OK)
		fail_msg("%s", err.what);
	(void)tools_offline_find(offline, address("198.51.100.1"), TOOLS_ANYTHING, &found);
	assert_int_equal(found.asn, 64500);
	assert_int_equal(found.route.n_origins, 3);
	assert_int_equal(found.route.origins[2], 64502);
	assert_int_equal(found.route.n_upstreams, 0);
	assert_int_equal(tools_offline_asn(offline, address("198.51.100.129")), 64503);
	assert_int_equal(tools_offline_asn(offline, address("192.0.2.1")), 0);
	(void)tools_offline_find(offline, address("203.0.113.1"), TOOLS_ROUTE, &found);
	assert_int_equal(found.route.n_origins, 2);
	assert_int_equal(found.asn, 0); /* not asked for */
	assert_true(tools_offline_asn(offline, address("2001:db8::1")) == UINT32_MAX);
	assert_string_equal(tools_offline_file(offline, 0)->type, "CAIDA pfx2as");
	assert_int_equal(tools_offline_data(offline), TOOLS_ASN | TOOLS_ROUTE);
	tools_offline_close(offline);
}

static void
test_pfx2as_faults(void **state)
{
	static const struct {
		const char *line, *what;
	} rows[] = {
		{ "198.51.100.0\t33\t64500", "expected the length of a prefix, got \"33\"" },
		{ "198.51.100.0\t\t", "expected the length of a prefix, got \"\"" },
		{ "2001:db8::\t129\t64500", "expected the length of a prefix, got \"129\"" },
		{ "198.51.100\t24\t64500", "expected an address, got \"198.51.100\"" },
		{ "198.51.100.0\t24", "expected AS numbers" },
		{ "198.51.100.0\t24\tAS64500", "expected AS numbers" },
		{ "198.51.100.0\t24\t64500_", "expected AS numbers" },
		{ "198.51.100.0\t24\t4294967296", "expected AS numbers" },
		{ "198.51.100.0\t24\t64500\textra", "expected three fields" },
	};
	struct tools_offline *offline;
	struct coord_error err;
	char text[8192];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int n = snprintf(text, sizeof(text), "192.0.2.0\t24\t64499\n%s\n", rows[i].line);

		assert_int_equal(
		    open_file(write_file("bad.pfx2as", text, (size_t)n), &offline, &err),
		    COORD_EPARSE);
		if (err.line != 2 || !sv_has(sv_from(err.what), sv_from(rows[i].what)))
			fail_msg("%s: line %llu: %s", rows[i].line, (unsigned long long)err.line,
			    err.what);
		assert_null(offline);
	}
	memset(text, '1', sizeof(text));
	memcpy(text, "192.0.2.0\t24\t64499\n", 19);
	assert_int_equal(
	    open_file(write_file("long.pfx2as", text, sizeof(text)), &offline, &err), COORD_EPARSE);
	assert_true(sv_has(sv_from(err.what), SV("a line of more than 4095 bytes")));
	assert_int_equal(
	    open_file(write_file("empty.pfx2as", "# nothing\n", 10), &offline, &err), COORD_EPARSE);
	assert_true(sv_has(sv_from(err.what), SV("no announced prefix")));
}

/* --- compressed files ---------------------------------------------------------------------------------------------------------- */

static void
test_compressed_files(void **state)
{
	static char text[] = "192.0.2.0\t24\t64500\n198.51.100.0\t24\t64501\n";
	char packed[4096];
	unsigned bz_room = sizeof(packed), half;
	struct tools_offline *offline;
	struct coord_error err = { .what = "" };
	z_stream z = { .next_in = (Bytef *)text,
		.avail_in = sizeof(text) - 1,
		.next_out = (Bytef *)packed,
		.avail_out = sizeof(packed) };

	(void)state;
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	half = (unsigned)z.total_out;
	assert_int_equal(deflateEnd(&z), Z_OK);
	assert_int_equal(
	    open_file(write_file("a.pfx2as.gz", packed, half), &offline, &err), COORD_OK);
	assert_int_equal(tools_offline_asn(offline, address("198.51.100.7")), 64501);
	tools_offline_close(offline);
	assert_int_equal(
	    open_file(write_file("b.pfx2as.gz", packed, half - 9), &offline, &err), COORD_EPARSE);
	assert_true(sv_has(sv_from(err.what), SV("end in the middle")));
	packed[half - 5] ^= 1; /* the checksum */
	assert_int_equal(
	    open_file(write_file("c.pfx2as.gz", packed, half), &offline, &err), COORD_EPARSE);
	assert_int_equal(
	    BZ2_bzBuffToBuffCompress(packed, &bz_room, text, sizeof(text) - 1, 9, 0, 0), BZ_OK);
	assert_int_equal(
	    open_file(write_file("a.pfx2as.bz2", packed, bz_room), &offline, &err), COORD_OK);
	assert_int_equal(tools_offline_asn(offline, address("192.0.2.7")), 64500);
	tools_offline_close(offline);
	/* a second member behind the first one says the same again */
	memcpy(packed + bz_room, packed, bz_room);
	assert_int_equal(
	    open_file(write_file("d.pfx2as.bz2", packed, 2 * (size_t)bz_room), &offline, &err),
	    COORD_OK);
	tools_offline_close(offline);
	assert_int_equal(open_file(write_file("b.pfx2as.bz2", packed, bz_room - 4), &offline, &err),
	    COORD_EPARSE);
	packed[20] ^= 0x55;
	assert_int_equal(
	    open_file(write_file("c.pfx2as.bz2", packed, bz_room), &offline, &err), COORD_EPARSE);
	assert_true(sv_has(sv_from(err.what), SV("bzip2")));
}

/* --- the cache ------------------------------------------------------------------------------------------------------------------ */

static void
test_a_folder_with_a_cache(void **state)
{
	static const char text[] = "192.0.2.0\t24\t64500\n";
	struct tools_offline *offline = NULL;
	struct coord_error err = { .what = "" };
	struct tools_built built;
	const char *source;

	(void)state;
	assert_int_equal(mkdir(path_of("f"), 0700), 0);
	source = write_file("f/x.pfx2as", text, sizeof(text) - 1);
	assert_int_equal(
	    tools_routes_build(&source, 1, path_of("f/t.routes"), &built, &err), COORD_OK);
	(void)write_file("f/README", "no database\n", 12);
	(void)write_file("f/broken.pfx2as", "broken\n", 7); /* taken as read */
	if (tools_offline_open(&(struct tools_offline_options){ .folder = path_of("f") }, &offline,
		&err) != COORD_OK)
		fail_msg("%s", err.what);
	assert_string_equal(tools_offline_file(offline, 0)->type, "table of routes");
	assert_null(tools_offline_file(offline, 1));
	assert_int_equal(tools_offline_asn(offline, address("192.0.2.1")), 64500);
	tools_offline_close(offline);
	assert_int_equal(unlink(path_of("f/t.routes")), 0);
	assert_int_equal(
	    tools_offline_open(
		&(struct tools_offline_options){ .folder = path_of("f") }, &offline, &err),
	    COORD_EPARSE);
	assert_true(sv_has(sv_from(err.what), SV("broken.pfx2as")));
}

/* Every array's places moved out of it, with the hash made right again: the look-ups must never get to see it. */
static void
test_forged_caches(void **state)
{
	static const char text[] =
	    "10.0.0.0\t8\t64500\n10.1.2.0\t24\t64501_64502\n10.1.2.128\t26\t64503\n"
	    "2001:db8::\t32\t64504\n2001:db8:1::\t48\t64505\n";
	struct buf whole = BUF_INIT(1 << 22);
	struct tools_offline *offline;
	struct tools_address found;
	struct coord_error err;
	struct tools_built built;
	const char *source = write_file("s.pfx2as", text, sizeof(text) - 1),
		   *cache = path_of("s.routes");
	unsigned refused = 0;
	const size_t roots_end = 128 + 4 * ((1 << 18) + (1 << 16));

	(void)state;
	assert_int_equal(tools_routes_build(&source, 1, cache, &built, &err), COORD_OK);
	assert_int_equal(file_read_whole(cache, &whole, &err), COORD_OK);
	for (size_t cut = 1; cut < whole.len; cut = cut * 2 + 1) {
		assert_int_equal(
		    open_file(write_file("cut.routes", whole.data, cut), &offline, &err),
		    COORD_EPARSE);
		assert_null(offline);
	}
	for (size_t at = 128; at < whole.len; at += at < roots_end ? 131072 + 4 : 12) {
		uint32_t was, forged = UINT32_MAX / 3;
		uint8_t sha[32], old[32];

		memcpy(&was, whole.data + at, 4);
		memcpy(old, whole.data + 40, 32);
		memcpy(whole.data + at, &forged, 4);
		assert_int_equal(
		    open_file(write_file("forged.routes", whole.data, whole.len), &offline, &err),
		    COORD_EPARSE);
		assert_true(sv_has(sv_from(err.what), SV("damaged")));
		sha256_of(whole.data + 128, whole.len - 128, sha);
		memcpy(whole.data + 40, sha, 32);
		if (open_file(write_file("forged.routes", whole.data, whole.len), &offline, &err) ==
		    COORD_OK) {
			for (uint32_t i = 0; i < 256; i++) {
				(void)tools_offline_find(
				    offline, addr_from_v4(0x0a010200 + i), TOOLS_ANYTHING, &found);
				(void)tools_offline_find(
				    offline, addr_from_v4(i << 24), TOOLS_ANYTHING, &found);
			}
			(void)tools_offline_find(
			    offline, address("2001:db8:1::1"), TOOLS_ANYTHING, &found);
		} else {
			refused++;
		}
		tools_offline_close(offline);
		memcpy(whole.data + at, &was, 4);
		memcpy(whole.data + 40, old, 32);
	}
	assert_true(refused > 20);
	whole.data[8] = 9;
	assert_int_equal(
	    open_file(write_file("v.routes", whole.data, whole.len), &offline, &err), COORD_EPARSE);
	assert_true(sv_has(sv_from(err.what), SV("version 9")));
	buf_clear(&whole);
}

static void
test_same_bytes_whatever_the_order(void **state)
{
	static const char one[] =
	    "192.0.2.0\t24\t64500\n192.0.2.0\t24\t64501\n10.0.0.0\t8\t64502\n";
	static const char two[] =
	    "10.0.0.0\t8\t64502\n192.0.2.0\t24\t64501\n192.0.2.0\t24\t64500\n";
	struct tools_offline *offline;
	struct tools_address found;
	struct coord_error err;

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *text = i == 0 ? one : two;

		assert_int_equal(
		    open_file(write_file("o.pfx2as", text, strlen(text)), &offline, &err),
		    COORD_OK);
		(void)tools_offline_find(offline, address("192.0.2.1"), TOOLS_ANYTHING, &found);
		assert_int_equal(found.route.n_origins, 2);
		assert_int_equal(found.route.origins[0], 64500);
		assert_int_equal(found.asn, 64500);
		tools_offline_close(offline);
	}
	assert_int_equal(tools_routes_build(&(const char *){ "/nonexistent.mrt" }, 1,
			     path_of("n.routes"), &(struct tools_built){ 0 }, &err),
	    COORD_EIO);
	assert_int_equal(access(path_of("n.routes"), F_OK), -1);
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static void
remove_all(const char *at)
{
	DIR *dir = opendir(at);
	struct dirent *entry;
	char path[600];

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", at, entry->d_name);
		if (entry->d_name[0] != '.')
			(void)unlink(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
	(void)rmdir(at);
}

static int
remove_folder(void **state)
{
	(void)state;
	remove_all(path_of("f"));
	remove_all(folder);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trie_beside_a_search),
		cmocka_unit_test(test_pfx2as_grammar),
		cmocka_unit_test(test_pfx2as_faults),
		cmocka_unit_test(test_compressed_files),
		cmocka_unit_test(test_a_folder_with_a_cache),
		cmocka_unit_test(test_forged_caches),
		cmocka_unit_test(test_same_bytes_whatever_the_order),
	};

	return cmocka_run_group_tests_name("tools/routes", tests, make_folder, remove_folder);
}
