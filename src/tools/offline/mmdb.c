/* mmdb.c - MaxMind's file format behind one function. Vendors agree on the format and not on the keys; what a file can tell is
 * decided by its database_type, and each thing is looked for under the keys that vendors use for it (reference section 1.5):
 *   nested   MaxMind GeoLite2 and GeoIP2, DB-IP: country.iso_code, city.names.en, autonomous_system_number ...
 *   flat     IPinfo: asn "AS64500", as_name, country_code, city ...
 * libmaxminddb checks every offset against the file; an entry that is damaged is unknown. */
#include <math.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "tools/offline/source.h"

enum { META_MOST = 128 * 1024, PATH_MOST = 5 };

struct mmdb {
	MMDB_s mmdb;
	unsigned data;
};

/* clang-format off */
/** Words of a database_type, in any case; the first that is in it decides. */
static const struct {
	const char *word;
	unsigned data;
} types[] = {
	{ "enterprise", TOOLS_ASN | TOOLS_AS_NAME | TOOLS_COUNTRY | TOOLS_CITY | TOOLS_USE },
	{ "anonymous", TOOLS_FLAGS | TOOLS_USE },
	{ "ipinfo", TOOLS_ASN | TOOLS_AS_NAME | TOOLS_COUNTRY | TOOLS_CITY | TOOLS_USE },
	{ "asn", TOOLS_ASN | TOOLS_AS_NAME | TOOLS_USE },
	{ "isp", TOOLS_ASN | TOOLS_AS_NAME | TOOLS_USE },
	{ "city", TOOLS_COUNTRY | TOOLS_CITY },
	{ "location", TOOLS_COUNTRY | TOOLS_CITY },
	{ "country", TOOLS_COUNTRY },
};

static const char *const number_keys[][PATH_MOST] = { { "autonomous_system_number" }, { "asn" },
	{ "traits", "autonomous_system_number" } };
static const char *const name_keys[][PATH_MOST] = { { "autonomous_system_organization" }, { "as_name" },
	{ "name" }, { "traits", "autonomous_system_organization" } };
static const char *const country_keys[][PATH_MOST] = { { "country", "iso_code" }, { "country_code" },
	{ "country" }, { "registered_country", "iso_code" } };
static const char *const city_keys[][PATH_MOST] = { { "city", "names", "en" }, { "city" } };
static const char *const region_keys[][PATH_MOST] = { { "subdivisions", "0", "names", "en" }, { "region" } };
static const char *const latitude_keys[][PATH_MOST] = { { "location", "latitude" }, { "latitude" }, { "lat" } };
static const char *const longitude_keys[][PATH_MOST] = { { "location", "longitude" }, { "longitude" }, { "lng" } };
static const char *const use_keys[][PATH_MOST] = { { "traits", "user_type" }, { "user_type" }, { "as_type" },
	{ "type" } };
/** What vendors write there. */
static const struct {
	const char *word;
	enum tools_use use;
} uses[] = {
	{ "hosting", TOOLS_USE_HOSTING }, { "content_delivery_network", TOOLS_USE_HOSTING },
	{ "isp", TOOLS_USE_RESIDENTIAL }, { "residential", TOOLS_USE_RESIDENTIAL },
	{ "cellular", TOOLS_USE_RESIDENTIAL }, { "dialup", TOOLS_USE_RESIDENTIAL },
	{ "education", TOOLS_USE_EDUCATION }, { "college", TOOLS_USE_EDUCATION }, { "school", TOOLS_USE_EDUCATION },
	{ "university", TOOLS_USE_EDUCATION }, { "library", TOOLS_USE_EDUCATION },
	{ "government", TOOLS_USE_GOVERNMENT }, { "military", TOOLS_USE_GOVERNMENT },
	{ "business", TOOLS_USE_BUSINESS },
};
static const struct {
	const char *key;
	unsigned flag;
} flags[] = {
	{ "is_anonymous_vpn", TOOLS_PROXY }, { "is_public_proxy", TOOLS_PROXY },
	{ "is_residential_proxy", TOOLS_PROXY }, { "is_tor_exit_node", TOOLS_TOR },
};
/* clang-format on */

#define KEYS(array) (array), sizeof(array) / sizeof((array)[0])

/* The first key that is there, of `type`. */
static bool
get(MMDB_entry_s *entry, const char *const (*keys)[PATH_MOST], size_t n, uint32_t type,
    MMDB_entry_data_s *ret)
{
	for (size_t i = 0; i < n; i++)
		if (MMDB_aget_value(entry, ret, keys[i]) == MMDB_SUCCESS && ret->has_data &&
		    ret->type == type)
			return true;
	return false;
}

static struct sv
get_text(MMDB_entry_s *entry, const char *const (*keys)[PATH_MOST], size_t n)
{
	MMDB_entry_data_s data;

	if (!get(entry, keys, n, MMDB_DATA_TYPE_UTF8_STRING, &data))
		return SV_NONE;
	return (struct sv){ data.utf8_string, data.data_size };
}

static double
get_double(MMDB_entry_s *entry, const char *const (*keys)[PATH_MOST], size_t n)
{
	MMDB_entry_data_s data;
	double number;

	if (get(entry, keys, n, MMDB_DATA_TYPE_DOUBLE, &data))
		return isfinite(data.double_value) ? data.double_value : NAN;
	return sv_to_f64(get_text(entry, keys, n), &number) ? number : NAN;
}

static bool
find_number(MMDB_entry_s *entry, struct tools_address *ret)
{
	MMDB_entry_data_s data;
	struct sv text;
	uint64_t number;

	if (get(entry, KEYS(number_keys), MMDB_DATA_TYPE_UINT32, &data)) {
		ret->asn = data.uint32;
		return data.uint32 != 0;
	}
	text = get_text(entry, KEYS(number_keys));
	if (!sv_starts(text, SV("AS")) || !sv_to_u64(sv_skip(text, 2), &number) || number == 0 ||
	    number > UINT32_MAX)
		return false;
	ret->asn = (uint32_t)number;
	return true;
}

static bool
find_name(MMDB_entry_s *entry, struct tools_address *ret)
{
	ret->as_name = get_text(entry, KEYS(name_keys));
	return ret->as_name.len > 0;
}

/* A file may have the country's name under the key that another has its code under. */
static bool
find_country(MMDB_entry_s *entry, struct tools_address *ret)
{
	for (size_t i = 0; i < sizeof(country_keys) / sizeof(country_keys[0]); i++) {
		struct sv code = get_text(entry, &country_keys[i], 1);

		if (code.len == 2 && (ret->country = country_number(code.data)) != 0)
			return true;
	}
	return false;
}

static bool
find_city(MMDB_entry_s *entry, struct tools_address *ret)
{
	ret->city = get_text(entry, KEYS(city_keys));
	ret->region = get_text(entry, KEYS(region_keys));
	ret->latitude = get_double(entry, KEYS(latitude_keys));
	ret->longitude = get_double(entry, KEYS(longitude_keys));
	return ret->city.len > 0 || ret->region.len > 0 ||
	       (!isnan(ret->latitude) && !isnan(ret->longitude));
}

static bool
is_true(MMDB_entry_s *entry, const char *key)
{
	const char *path[] = { key, NULL };
	MMDB_entry_data_s data;

	return MMDB_aget_value(entry, &data, path) == MMDB_SUCCESS && data.has_data &&
	       data.type == MMDB_DATA_TYPE_BOOLEAN && data.boolean;
}

static bool
find_use(MMDB_entry_s *entry, struct tools_address *ret)
{
	struct sv said = get_text(entry, KEYS(use_keys));

	if (is_true(entry, "is_hosting_provider"))
		ret->use = TOOLS_USE_HOSTING;
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (said.len > 0 && sv_ieq(said, sv_from(uses[i].word)))
			ret->use = uses[i].use;
	ret->stated = ret->use != TOOLS_USE_UNKNOWN;
	return ret->stated;
}

static bool
find_flags(MMDB_entry_s *entry, struct tools_address *ret)
{
	unsigned found = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		found |= is_true(entry, flags[i].key) ? flags[i].flag : 0;
	ret->flags |= found;
	return found != 0;
}

static const struct {
	unsigned data;
	bool (*find)(MMDB_entry_s *entry, struct tools_address *ret);
} finders[] = {
	{ TOOLS_ASN, find_number },
	{ TOOLS_AS_NAME, find_name },
	{ TOOLS_COUNTRY, find_country },
	{ TOOLS_CITY, find_city },
	{ TOOLS_USE, find_use },
	{ TOOLS_FLAGS, find_flags },
};

static MMDB_lookup_result_s
look_up(const MMDB_s *mmdb, struct addr a, int *error)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (addr_is_v4(a)) {
		memcpy(&v4.sin_addr, a.bytes + 12, 4);
		return MMDB_lookup_sockaddr(
		    mmdb, (const struct sockaddr *)(const void *)&v4, error);
	}
	memcpy(&v6.sin6_addr, a.bytes, 16);
	return MMDB_lookup_sockaddr(mmdb, (const struct sockaddr *)(const void *)&v6, error);
}

static unsigned
mmdb_find(const void *source, struct addr a, unsigned want, struct tools_address *ret)
{
	const struct mmdb *db = source;
	MMDB_lookup_result_s found;
	unsigned known = 0;
	int error = MMDB_SUCCESS;

	if ((want & db->data) == 0)
		return 0;
	found = look_up(&db->mmdb, a, &error);
	if (error != MMDB_SUCCESS || !found.found_entry)
		return 0;
	for (size_t i = 0; i < sizeof(finders) / sizeof(finders[0]); i++)
		if ((want & db->data & finders[i].data) != 0 && finders[i].find(&found.entry, ret))
			known |= finders[i].data;
	return known;
}

/* The metadata stand behind a marker in the last 128 KiB. */
static bool
mmdb_recognise(const struct mapped *file)
{
	size_t skip = file->len > META_MOST ? file->len - META_MOST : 0;
	struct sv tail = { (const char *)file->data + skip, file->len - skip };

	return sv_has(tail, SV("\xab\xcd\xefMaxMind.com"));
}

static bool
has_word(const char *text, const char *word)
{
	struct sv part = sv_from(word);

	for (struct sv rest = sv_from(text); rest.len >= part.len; rest = sv_skip(rest, 1))
		if (sv_ieq(sv_first(rest, part.len), part))
			return true;
	return false;
}

static unsigned
data_of(const char *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (has_word(type, types[i].word))
			return types[i].data;
	return 0;
}

static void
mmdb_close(void *source)
{
	struct mmdb *db = source;

	MMDB_close(&db->mmdb);
	free(db);
}

static enum coord_err
mmdb_open(const char *path, const struct mapped *file, struct tools_file *told, void **ret,
    struct coord_error *err)
{
	struct mmdb *db = calloc(1, sizeof(*db));
	const char *type;
	int rc;

	(void)file;
	if (db == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	if ((rc = MMDB_open(path, MMDB_MODE_MMAP, &db->mmdb)) != MMDB_SUCCESS) {
		free(db);
		return error_set(err, rc == MMDB_FILE_OPEN_ERROR ? COORD_EIO : COORD_EPARSE,
		    "%s: %s", path, MMDB_strerror(rc));
	}
	type = db->mmdb.metadata.database_type;
	db->data = data_of(type == NULL ? "" : type);
	if (db->data == 0) {
		(void)error_set(err, COORD_EPARSE,
		    "%s: a database of type \"%s\", expected one with AS numbers, countries or "
		    "cities",
		    path, type == NULL ? "" : type);
		mmdb_close(db);
		return COORD_EPARSE;
	}
	told->type = type;
	told->data = db->data;
	told->made_us = db->mmdb.metadata.build_epoch > INT64_MAX / TIME_SECOND
			    ? 0
			    : (int64_t)db->mmdb.metadata.build_epoch * TIME_SECOND;
	*ret = db;
	return COORD_OK;
}

const struct source_kind source_mmdb = { .name = "mmdb",
	.recognise = mmdb_recognise,
	.open = mmdb_open,
	.close = mmdb_close,
	.find = mmdb_find };
