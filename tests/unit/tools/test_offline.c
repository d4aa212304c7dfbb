/* One database of each shape that vendors have, several together, and damaged ones. */
#include "testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/tools.h"

static const char *folder; /* of the databases, <shape>.mmdb and location.db */

static struct addr
address(const char *text)
{
	struct addr a;

	assert_true(addr_parse(sv_from(text), &a));
	return a;
}

static const char *
file_of(const char *name)
{
	static char paths[8][512];
	static unsigned next;
	char *path = paths[next++ % 8];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static struct tools_offline *
open_files(const char *const *names, size_t n)
{
	struct tools_offline_options options = { .n_files = n };
	struct tools_offline *offline = NULL;
	struct coord_error err = { .what = "" };
	const char *paths[8];

	for (size_t i = 0; i < n; i++)
		paths[i] = file_of(names[i]);
	options.files = paths;
	if (tools_offline_open(&options, &offline, &err) != COORD_OK)
		fail_msg("%s", err.what);
	return offline;
}

#define OPEN(...)                                        \
	open_files((const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void
assert_view(struct sv view, const char *text)
{
	assert_int_equal(view.len, strlen(text));
	assert_true(sv_eq(view, sv_from(text)));
}

static void
test_shapes_of_vendors(void **state)
{
	static const struct {
		const char *file, *address;
		unsigned known;
		uint32_t asn;
		const char *name, *country, *city, *region;
		enum tools_use use;
	} rows[] = {
		{ "geolite2-asn.mmdb", "1.0.0.1", TOOLS_ASN | TOOLS_AS_NAME | TOOLS_USE, 15169,
		    "Google Inc.", "", "", "", TOOLS_USE_HOSTING },
		{ "geolite2-asn.mmdb", "1.159.255.255", TOOLS_ASN | TOOLS_AS_NAME, 1221,
		    "Telstra Pty Ltd", "", "", "", TOOLS_USE_UNKNOWN },
		{ "geolite2-asn.mmdb", "12.81.96.1", TOOLS_ASN, 7018, "", "", "", "",
		    TOOLS_USE_UNKNOWN },
		{ "geolite2-asn.mmdb", "2600:6000::1", TOOLS_ASN | TOOLS_AS_NAME, 237,
		    "Merit Network Inc.", "", "", "", TOOLS_USE_UNKNOWN },
		{ "geolite2-asn.mmdb", "1.160.0.0", 0, 0, "", "", "", "", TOOLS_USE_UNKNOWN },
		{ "geolite2-country.mmdb", "2.125.160.217", TOOLS_COUNTRY, 0, "", "GB", "", "",
		    TOOLS_USE_UNKNOWN },
		/* the country where it was registered, when no other is known */
		{ "geolite2-country.mmdb", "5.83.124.1", TOOLS_COUNTRY, 0, "", "DE", "", "",
		    TOOLS_USE_UNKNOWN },
		{ "geolite2-country.mmdb", "5.83.128.1", 0, 0, "", "", "", "", TOOLS_USE_UNKNOWN },
		{ "geolite2-city.mmdb", "2.125.160.217", TOOLS_COUNTRY | TOOLS_CITY, 0, "", "GB",
		    "Boxford", "England", TOOLS_USE_UNKNOWN },
		{ "geolite2-city.mmdb", "2.125.161.1", TOOLS_COUNTRY, 0, "", "GB", "", "",
		    TOOLS_USE_UNKNOWN },
		{ "geolite2-city.mmdb", "2.125.162.1", 0, 0, "", "", "", "", TOOLS_USE_UNKNOWN },
		{ "dbip-asn.mmdb", "1.0.0.1", TOOLS_ASN | TOOLS_AS_NAME | TOOLS_USE, 13335,
		    "Cloudflare, Inc.", "", "", "", TOOLS_USE_HOSTING },
		{ "dbip-city.mmdb", "1.0.0.1", TOOLS_COUNTRY | TOOLS_CITY, 0, "", "AU", "Sydney",
		    "New South Wales", TOOLS_USE_UNKNOWN },
		{ "ipinfo-lite.mmdb", "1.0.0.1",
		    TOOLS_ASN | TOOLS_AS_NAME | TOOLS_COUNTRY | TOOLS_USE, 13335,
		    "Cloudflare, Inc.", "AU", "", "", TOOLS_USE_HOSTING },
		{ "ipinfo-asn.mmdb", "1.0.0.1",
		    TOOLS_ASN | TOOLS_AS_NAME | TOOLS_COUNTRY | TOOLS_USE, 13335,
		    "Cloudflare, Inc.", "AU", "", "", TOOLS_USE_HOSTING },
		/* the vendor's word counts more than the name */
		{ "ipinfo-asn.mmdb", "1.0.1.1", TOOLS_ASN | TOOLS_AS_NAME | TOOLS_USE, 64500,
		    "A Cloud in a Name Only", "", "", "", TOOLS_USE_RESIDENTIAL },
		{ "anonymous.mmdb", "1.0.0.1", TOOLS_USE | TOOLS_FLAGS, 0, "", "", "", "",
		    TOOLS_USE_HOSTING },
		{ "anonymous.mmdb", "1.0.1.1", TOOLS_FLAGS, 0, "", "", "", "", TOOLS_USE_UNKNOWN },
		{ "anonymous.mmdb", "1.0.2.1", 0, 0, "", "", "", "", TOOLS_USE_UNKNOWN },
		{ "location.db", "1.0.0.1",
		    TOOLS_ASN | TOOLS_AS_NAME | TOOLS_COUNTRY | TOOLS_USE | TOOLS_FLAGS, 13335,
		    "Cloudflare, Inc.", "AU", "", "", TOOLS_USE_HOSTING },
		{ "location.db", "1.0.0.129", TOOLS_ASN | TOOLS_AS_NAME | TOOLS_COUNTRY | TOOLS_USE,
		    13335, "Cloudflare, Inc.", "US", "", "", TOOLS_USE_HOSTING },
		{ "location.db", "1.0.1.1", 0, 0, "", "", "", "", TOOLS_USE_UNKNOWN },
		{ "location.db", "9.1.2.3", TOOLS_ASN | TOOLS_COUNTRY, 64502, "", "US", "", "",
		    TOOLS_USE_UNKNOWN },
		{ "location.db", "100.64.0.1", TOOLS_FLAGS, 0, "", "", "", "", TOOLS_USE_UNKNOWN },
		{ "location.db", "2001:db8::1",
		    TOOLS_ASN | TOOLS_AS_NAME | TOOLS_COUNTRY | TOOLS_USE | TOOLS_FLAGS, 64500,
		    "Example Broadband", "DE", "", "", TOOLS_USE_RESIDENTIAL },
		{ "location.db", "2001:db9::1", 0, 0, "", "", "", "", TOOLS_USE_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tools_offline *offline = OPEN(rows[i].file);
		struct tools_address found;
		const char *country = rows[i].country;
		uint32_t want = country[0] == 0 ? 0
						: (uint32_t)(unsigned char)country[0] << 8 |
						      (unsigned char)country[1];

		if (tools_offline_find(offline, address(rows[i].address), TOOLS_ANYTHING, &found) !=
		    rows[i].known)
			fail_msg("row %zu: known %u", i, found.known);
		assert_int_equal(found.asn, rows[i].asn);
		assert_view(found.as_name, rows[i].name);
		assert_int_equal(found.country, want);
		assert_int_equal(found.use, rows[i].use);
		if ((found.known & TOOLS_CITY) != 0) {
			assert_view(found.city, rows[i].city);
			assert_view(found.region, rows[i].region);
			assert_true(!isnan(found.latitude) && !isnan(found.longitude));
		}
		assert_int_equal(tools_offline_asn(offline, address(rows[i].address)), rows[i].asn);
		assert_int_equal(tools_offline_country(offline, address(rows[i].address)), want);
		tools_offline_close(offline);
	}
}

static void
test_details(void **state)
{
	struct tools_offline *offline = OPEN("anonymous.mmdb", "geolite2-city.mmdb", "location.db");
	struct tools_address found;
	static const struct addr unknown;

	(void)state;
	(void)tools_offline_find(offline, address("1.0.0.1"), TOOLS_ANYTHING, &found);
	assert_int_equal(found.flags, TOOLS_TOR); /* the first file that knows flags */
	assert_true(found.stated);
	(void)tools_offline_find(offline, address("2001:db8::1"), TOOLS_FLAGS, &found);
	assert_int_equal(found.flags, TOOLS_DROP);
	assert_int_equal(found.known, TOOLS_FLAGS);
	(void)tools_offline_find(offline, address("2.125.160.217"), TOOLS_CITY, &found);
	assert_true(found.latitude == 51.75 && found.longitude == -1.25);
	assert_int_equal(found.country, 0); /* not asked for */
	assert_int_equal(tools_offline_find(offline, unknown, TOOLS_ANYTHING, &found), 0);
	tools_offline_close(offline);
	tools_offline_close(NULL);
}

static void
test_the_first_file_that_knows_is_believed(void **state)
{
	struct tools_offline *offline = OPEN("geolite2-asn.mmdb", "location.db", "dbip-city.mmdb");
	struct tools_address found;

	(void)state;
	(void)tools_offline_find(offline, address("1.0.0.1"), TOOLS_ANYTHING, &found);
	assert_int_equal(found.asn, 15169);
	assert_int_equal(found.country, 'A' << 8 | 'U');
	assert_view(found.city, "Sydney");
	tools_offline_close(offline);
	offline = OPEN("location.db", "geolite2-asn.mmdb");
	assert_int_equal(tools_offline_asn(offline, address("1.0.0.1")), 13335);
	assert_int_equal(tools_offline_asn(offline, address("12.81.96.1")), 7018);
	tools_offline_close(offline);
}

static void
test_files_are_named(void **state)
{
	struct tools_offline *offline = OPEN("geolite2-asn.mmdb", "location.db");
	const struct tools_file *file = tools_offline_file(offline, 0);

	(void)state;
	assert_string_equal(file->type, "GeoLite2-ASN");
	assert_string_equal(file->name, "geolite2-asn.mmdb");
	assert_int_equal(file->made_us, 1700000000 * TIME_SECOND);
	assert_int_equal(strlen(file->sha256), 64);
	assert_int_equal(file->kind, TOOLS_DATABASE);
	assert_string_equal(tools_offline_file(offline, 1)->type, "IPFire location database");
	assert_int_equal(tools_offline_file(offline, 1)->made_us, 1667023194 * TIME_SECOND);
	assert_null(tools_offline_file(offline, 2));
	assert_int_equal(tools_offline_data(offline) & TOOLS_CITY, 0);
	tools_offline_close(offline);
}

static struct buf
content_of(const char *name)
{
	struct buf text = BUF_INIT(1 << 20);

	assert_int_equal(file_read_whole(file_of(name), &text, NULL), COORD_OK);
	return text;
}

static enum coord_err
try_bytes(const char *data, size_t len, struct coord_error *err)
{
	char path[] = "/tmp/coord-offline-XXXXXX";
	const char *paths[] = { path };
	struct tools_offline_options options = { .files = paths, .n_files = 1 };
	struct tools_offline *offline = NULL;
	struct tools_address found;
	int fd = mkstemp(path);
	enum coord_err rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	(void)close(fd);
	rc = tools_offline_open(&options, &offline, err);
	(void)unlink(path);
	/* whatever opens can be asked */
	if (rc == COORD_OK)
		for (uint32_t i = 0; i < 64; i++)
			(void)tools_offline_find(
			    offline, addr_from_v4(i << 26 | i), TOOLS_ANYTHING, &found);
	tools_offline_close(offline);
	return rc;
}

static void
test_damaged_files(void **state)
{
	static const char *const names[] = { "location.db", "geolite2-city.mmdb" };
	struct coord_error err;

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		struct buf whole = content_of(names[n]);

		assert_int_equal(try_bytes(whole.data, whole.len, &err), COORD_OK);
		for (size_t cut = 1; cut < whole.len; cut += 1 + whole.len / 97)
			(void)try_bytes(whole.data, cut, &err);
		for (size_t at = 0; at < whole.len; at += 1 + whole.len / 211) {
			char was = whole.data[at];

			whole.data[at] = (char)~was;
			(void)try_bytes(whole.data, whole.len, &err);
			whole.data[at] = was;
		}
		buf_clear(&whole);
	}
	assert_int_equal(try_bytes("LOCDBXX\x01", 8, &err), COORD_EPARSE);
	assert_true(sv_has(sv_from(err.what), SV("cut short")));
	assert_int_equal(try_bytes("LOCDBXX\x02", 8, &err), COORD_EPARSE);
	assert_int_equal(try_bytes("hello\n", 6, &err), COORD_EPARSE);
	assert_true(sv_has(sv_from(err.what), SV("no database that is known")));
}

static void
test_refused(void **state)
{
	struct tools_offline *offline = NULL;
	struct coord_error err;
	const char *domain[] = { file_of("domain.mmdb") }, *none[] = { "/nonexistent.mmdb" };

	(void)state;
	assert_int_equal(
	    tools_offline_open(
		&(struct tools_offline_options){ .files = domain, .n_files = 1 }, &offline, &err),
	    COORD_EPARSE);
	assert_true(sv_has(sv_from(err.what), SV("GeoIP2-Domain")));
	assert_int_equal(
	    tools_offline_open(
		&(struct tools_offline_options){ .files = none, .n_files = 1 }, &offline, &err),
	    COORD_EIO);
	assert_int_equal(
	    tools_offline_open(
		&(struct tools_offline_options){ .folder = "/nonexistent" }, &offline, &err),
	    COORD_EIO);
	assert_null(offline);
}

static void
test_use_by_name(void **state)
{
	static const struct {
		const char *name;
		enum tools_use use;
	} rows[] = {
		{ "DIGITALOCEAN-ASN", TOOLS_USE_HOSTING },
		{ "Vodafone Cloud Services", TOOLS_USE_HOSTING },
		{ "Vodafone GmbH", TOOLS_USE_RESIDENTIAL },
		{ "Deutsche Telekom AG", TOOLS_USE_RESIDENTIAL },
		{ "Universitaet Zuerich", TOOLS_USE_EDUCATION },
		{ "Ministry of Examples", TOOLS_USE_GOVERNMENT },
		{ "Ghostwriters Ltd", TOOLS_USE_UNKNOWN }, /* "host" only at the start of a word */
		{ "Example Ltd", TOOLS_USE_UNKNOWN },
		{ "", TOOLS_USE_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (tools_use_of_name(sv_from(rows[i].name)) != rows[i].use)
			fail_msg("%s: %s", rows[i].name,
			    tools_use_name(tools_use_of_name(sv_from(rows[i].name))));
	assert_string_equal(tools_use_name(TOOLS_USE_RESIDENTIAL), "residential");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes_of_vendors),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_the_first_file_that_knows_is_believed),
		cmocka_unit_test(test_files_are_named),
		cmocka_unit_test(test_damaged_files),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_use_by_name),
	};

	if (argc != 2)
		return 2;
	folder = argv[1];
	return cmocka_run_group_tests_name("tools/offline", tests, NULL, NULL);
}
