/* tools.h - what the world beside the logs says: databases and feeds on this machine (offline), and services that are asked
 * over the network (online). Nothing here moves a number of the science but through the doors that detect/ has for it:
 * look-ups of autonomous system and country, lists of feeds and of known scanners. */
#ifndef COORD_TOOLS_H
#define COORD_TOOLS_H

#include "base/base.h"
#include "tools/online/intel.h"
#include "tools/online/online.h"

/* --- offline: files of this machine ---------------------------------------------------------------------------------- */

/** What a file can tell, as bits. */
enum tools_data {
	TOOLS_ASN = 1,     /* the number of the autonomous system */
	TOOLS_AS_NAME = 2, /* its name */
	TOOLS_COUNTRY = 4, /* two letters */
	TOOLS_CITY = 8,    /* city, region, coordinates: any of them */
	TOOLS_USE = 16,    /* who uses the address: hosting, residential ... */
	TOOLS_FLAGS = 32,  /* enum tools_flag */
	TOOLS_ROUTE = 64,  /* announced prefix, its origins and upstreams */
	TOOLS_ANYTHING = 127,
};

enum tools_flag {
	TOOLS_PROXY = 1,
	TOOLS_SATELLITE = 2,
	TOOLS_ANYCAST = 4,
	TOOLS_DROP = 8,
	TOOLS_TOR = 16
};

/* clang-format off */
/** Who uses an address. Of the file's own word where it has one (`stated`), else by rules over the name of the AS (docs/tools.md). */
#define TOOLS_USES(X)                                                                              \
	X(UNKNOWN, "unknown")                                                                      \
	X(HOSTING, "hosting")         /* servers for rent: clouds, data centres, VPN providers */  \
	X(RESIDENTIAL, "residential") /* access providers: homes and telephones */                 \
	X(EDUCATION, "education")                                                                  \
	X(GOVERNMENT, "government")                                                                \
	X(BUSINESS, "business")
/* clang-format on */
enum tools_use {
#define TOOLS_USE_ENUM(id, name) TOOLS_USE_##id,
	TOOLS_USES(TOOLS_USE_ENUM)
#undef TOOLS_USE_ENUM
	    TOOLS_USE_COUNT
};
/** "unknown", "hosting" ... */
const char *tools_use_name(enum tools_use use);
/** By the name of an autonomous system, in any case: rules of src/tools/use.c. */
enum tools_use tools_use_of_name(struct sv as_name);

/** The announcement that covers an address most narrowly. Arrays live as long as what was opened. */
struct tools_route {
	struct addr base;
	unsigned bits;           /* of the address's own family */
	const uint32_t *origins; /* the one that most peers see first */
	uint32_t n_origins;
	const uint32_t
	    *upstreams; /* neighbours of the origin on the paths, likewise; none from pfx2as */
	uint32_t n_upstreams;
	uint32_t peers; /* that see it; 0: not known */
};

/** What the files say of an address. Texts are views into them, UTF-8 as the vendor wrote it, alive while they are open. */
struct tools_address {
	unsigned known; /* enum tools_data: the rest is zero */
	uint32_t asn;
	struct sv as_name;
	uint32_t country; /* 'D' << 8 | 'E' */
	struct sv city, region;
	double latitude, longitude; /* degrees; NAN: not said */
	enum tools_use use;
	bool stated;    /* the use is the file's own word, no rule's */
	unsigned flags; /* enum tools_flag */
	struct tools_route route;
};

/** A file that was opened, or a list of the folder that is to be read by who wants it. Texts live as long. */
enum tools_file_kind { TOOLS_DATABASE, TOOLS_FEED, TOOLS_SCANNERS };
struct tools_file {
	enum tools_file_kind kind;
	const char *name; /* of a feed: "provider" or "provider:category"; else of the file */
	const char *path;
	const char *type; /* "GeoLite2-ASN", "routes", "IPFire location database" ... */
	char sha256[65];
	int64_t made_us;    /* when its maker made it, as it says; 0: it does not */
	int64_t fetched_us; /* when `coord tools update` got it; 0: it did not */
	unsigned data;      /* enum tools_data; lists: 0 */
};

struct tools_offline_options {
	const char *folder;       /* NULL: no folder */
	const char *const *files; /* databases by path, asked in this order, before the folder's */
	size_t n_files;
	bool
	    system; /* also the system's database (/var/lib/location/database.db of Debian's libloc-database), when it is there */
};
struct tools_offline;

/** Opens databases, recognised by content: .mmdb (MaxMind, DB-IP, IPinfo), CAIDA pfx2as, MRT table dumps (plain, gz, bz2),
 *  the cache that `coord tools build` makes of those two, and IPFire's location database. Of a folder: every file of such a kind, by
 *  name; with a cache in it (*.routes) pfx2as and MRT files are taken as read; tools.json, when it is there, names feeds and lists of scanners.
 *  COORD_EIO, COORD_EPARSE with the file's name; COORD_ENODATA: a folder with nothing in it. Release it with tools_offline_close. */
MUST_CHECK enum coord_err tools_offline_open(const struct tools_offline_options *options,
    struct tools_offline **ret, struct coord_error *err);
void tools_offline_close(struct tools_offline *offline);
/** Files in the order in which they are asked, then lists of scanners, then feeds, by name; NULL behind the last. */
const struct tools_file *tools_offline_file(const struct tools_offline *offline, size_t i);
/** Of all databases, enum tools_data. */
unsigned tools_offline_data(const struct tools_offline *offline);

/** Fills *ret with what of `want` is known; of two files the first that knows a thing is believed. Returns ret->known. Pure,
 *  any number of threads. Cost: a few memory accesses a file. */
unsigned tools_offline_find(
    const struct tools_offline *offline, struct addr a, unsigned want, struct tools_address *ret);
/** For detect_config: the AS number and the country ('D' << 8 | 'E'), 0 unknown. `context` is the struct tools_offline. */
uint32_t tools_offline_asn(void *context, struct addr a);
uint32_t tools_offline_country(void *context, struct addr a);

/** What `coord tools build` tells. */
struct tools_built {
	uint64_t prefixes, prefixes_v4; /* in the table */
	uint64_t announcements, skipped,
	    bad;             /* read; of kinds that are not needed; damaged records */
	char first_bad[240]; /* "FILE: record N: what" */
	int64_t made_us;     /* latest time in the files, 0: they have none */
};
/** Reads pfx2as and MRT files (plain, gz, bz2) into one table and writes it to `path`, atomically: *.routes, for tools_offline_open.
 *  COORD_EIO; COORD_EPARSE "FILE:LINE: what" or "FILE: record N: what"; COORD_ENODATA: no announcement; COORD_ELIMIT. */
MUST_CHECK enum coord_err tools_routes_build(const char *const *files, size_t n, const char *path,
    struct tools_built *ret, struct coord_error *err);

/** A row of a folder's tools.json: a file that `coord tools update` fetches (docs/tools.md), with what is known of the last time. */
struct tools_feed {
	const char *name; /* as evidence calls it: "spamhaus:drop" */
	enum tools_file_kind kind;
	const char *url;     /* NULL: kept by hand, never fetched */
	const char *file;    /* its name in the folder */
	const char *terms;   /* NULL: not said */
	int64_t interval_us; /* asked for no sooner */
	uint64_t bytes_most;
	bool enabled, redirects;
	bool research; /* ISC's list of researchers: written down as a list of scanners */
	/* of the last time; 0, NULL: never */
	const char *etag, *last_modified;
	int64_t fetched_us; /* when the file was got */
	int64_t checked_us; /* when it was asked for last */
	uint64_t entries;
};
/** Reads FOLDER/tools.json and the state beside it; texts live in `arena`. *ret_n 0: there is none. COORD_EPARSE "FILE: feeds[N].KEY:
 *  what"; COORD_EIO; COORD_ENOMEM. */
MUST_CHECK enum coord_err tools_feeds_read(const char *folder, struct arena *arena,
    struct tools_feed **ret, size_t *ret_n, struct coord_error *err);
/** The manifest alone, from its text; `name` for errors. For fuzzing and tests. */
MUST_CHECK enum coord_err tools_manifest_parse(struct sv text, const char *name,
    struct arena *arena, struct tools_feed **ret, size_t *ret_n, struct coord_error *err);
/** A manifest with all feeds that are known: the documented example. */
struct sv tools_manifest_example(void);

struct net;
struct tools_update {
	const char *folder;
	struct net *net;
	int64_t now_us;
	bool force; /* although the interval is not over, and without If-None-Match */
	bool
	    allow_private; /* http, private addresses and any port: for a mirror inside, and tests */
	const char *const *names; /* these only; n_names 0: all that are enabled */
	size_t n_names;
	/** What detect/ says of a list: COORD_OK with its entries, or why it is none. */
	enum coord_err (*check)(void *context, enum tools_file_kind kind, const char *name,
	    struct sv text, uint64_t *ret_entries, struct coord_error *err);
	void *context;
};
/** UPDATED: a new file; UNCHANGED: 304, or the same bytes; FRESH: the interval is not over; REFUSED: what came is not taken, the old file
 *  stays; FAILED: nothing came. */
enum tools_update_outcome {
	TOOLS_UPDATED,
	TOOLS_UNCHANGED,
	TOOLS_FRESH,
	TOOLS_REFUSED,
	TOOLS_FAILED
};
const char *tools_update_outcome_name(enum tools_update_outcome outcome);
/** Fetches what is due, a feed after the other; `tell` hears of each. A feed that fails keeps its old file and stops no other. *ret_bad:
 *  how many were refused or failed. COORD_EUNAVAIL: another update is at work in the folder; COORD_EINVALID: a name that is
 *  not in the manifest; COORD_ENODATA: no manifest; COORD_EPARSE; COORD_EIO. */
MUST_CHECK enum coord_err tools_update_run(const struct tools_update *update,
    void (*tell)(void *context, const struct tools_feed *feed, enum tools_update_outcome outcome,
	const char *what),
    void *tell_context, size_t *ret_bad, struct coord_error *err);

/** One database with AS numbers, of any of these kinds. COORD_EIO; COORD_EPARSE when it is none or holds no AS numbers. */
struct asn_database;
MUST_CHECK enum coord_err asn_open(
    const char *path, struct asn_database **ret, struct coord_error *err);
void asn_close(struct asn_database *db);
/** The AS number, 0 when unknown. `context` is the database; any number of threads. */
uint32_t asn_of(void *context, struct addr a);

/* --- end of the offline part ------------------------------------------------------------------------------------------- */

#endif
