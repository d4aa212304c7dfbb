/* asn.c - libmaxminddb behind two functions. The vendors agree on the file format but not on the keys: the number stands
 * under "autonomous_system_number" (MaxMind, DB-IP) or as text under "asn" ("AS64500", IPinfo). */
#include "tools/tools.h"

#include <maxminddb.h>
#include <netinet/in.h>
#include <stdlib.h>

struct asn_database {
	MMDB_s mmdb;
};

static bool
number_of(MMDB_entry_s *entry, uint32_t *ret)
{
	static const char *const keys[] = { "autonomous_system_number", "asn" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *path[] = { keys[i], NULL };
		MMDB_entry_data_s data;
		struct sv text;
		uint64_t number;

		if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data)
			continue;
		if (data.type == MMDB_DATA_TYPE_UINT32) {
			*ret = data.uint32;
			return true;
		}
		if (data.type != MMDB_DATA_TYPE_UTF8_STRING)
			continue;
		text = (struct sv){ data.utf8_string, data.data_size };
		if (sv_starts(text, SV("AS")) && sv_to_u64(sv_skip(text, 2), &number) &&
		    number <= UINT32_MAX) {
			*ret = (uint32_t)number;
			return true;
		}
	}
	return false;
}

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

uint32_t
asn_of(void *context, struct addr a)
{
	struct asn_database *db = context;
	MMDB_lookup_result_s found;
	uint32_t number = 0;
	int error = MMDB_SUCCESS;

	if (addr_is_unknown(a))
		return 0;
	found = look_up(&db->mmdb, a, &error);
	if (error != MMDB_SUCCESS || !found.found_entry)
		return 0;
	return number_of(&found.entry, &number) ? number : 0;
}

enum coord_err
asn_open(const char *path, struct asn_database **ret, struct coord_error *err)
{
	struct asn_database *db = calloc(1, sizeof(*db));
	const char *type;
	int rc;

	if (db == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	rc = MMDB_open(path, MMDB_MODE_MMAP, &db->mmdb);
	if (rc != MMDB_SUCCESS) {
		free(db);
		return error_set(err, rc == MMDB_FILE_OPEN_ERROR ? COORD_EIO : COORD_EPARSE,
		    "%s: %s", path, MMDB_strerror(rc));
	}
	type = db->mmdb.metadata.database_type;
	/* "GeoLite2-ASN", "DBIP-ASN-Lite", "ipinfo lite", "GeoIP2-ISP" */
	if (type == NULL || (strstr(type, "ASN") == NULL && strstr(type, "asn") == NULL &&
				strstr(type, "ISP") == NULL && strstr(type, "ipinfo") == NULL)) {
		(void)error_set(err, COORD_EPARSE,
		    "%s: a database of type \"%s\", expected one with AS numbers", path,
		    type == NULL ? "" : type);
		asn_close(db);
		return COORD_EPARSE;
	}
	*ret = db;
	return COORD_OK;
}

void
asn_close(struct asn_database *db)
{
	if (db == NULL)
		return;
	MMDB_close(&db->mmdb);
	free(db);
}
