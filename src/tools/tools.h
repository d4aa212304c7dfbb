/* tools.h - what databases on this machine say about an address: its autonomous system. */
#ifndef COORD_TOOLS_H
#define COORD_TOOLS_H

#include "base/base.h"

struct asn_database;

/** Opens an .mmdb file (GeoLite2-ASN, DB-IP ASN, IPinfo Lite ...). COORD_EIO, COORD_EPARSE when it is none or holds no
 *  AS numbers. */
MUST_CHECK enum coord_err asn_open(
    const char *path, struct asn_database **ret, struct coord_error *err);
void asn_close(struct asn_database *db);
/** The AS number, 0 when unknown. `context` is the database; any number of threads. */
uint32_t asn_of(void *context, struct addr a);

#endif
