/* private.h - what the files of enrich/ share (private to enrich/; tests and fuzz targets look in too). */
#ifndef COORD_ENRICH_PRIVATE_H
#define COORD_ENRICH_PRIVATE_H

#include "enrich/enrich.h"
#include "net/net.h"

enum { ENRICH_INDEX_MOST = 200, ENRICH_ACTIONS_MOST = 500 };
/** Bytes of one request before compression, aimed at: the reference says 5 to 10 MiB. One document alone may be longer. */
#define ENRICH_PIECE_BYTES ((size_t)5 << 20)

struct enrich {
	const struct config *config;
	struct net *net;
	struct metrics *metrics;
	struct net_gate gate;
	char *base;               /* the URL without a last "/" */
	struct buf authorization; /* "ApiKey ...", "Basic ..."; empty: none */
};

/** The index of a time: %Y, %m, %d of `pattern` filled in. False: a name that clusters refuse, or another %. */
bool enrich_index(const char *pattern, int64_t us, char ret[ENRICH_INDEX_MOST + 1]);

/** What became of one document. */
enum enrich_fate {
	FATE_OPEN,    /* not answered yet, or nobody knows */
	FATE_TAKEN,   /* created, or there already */
	FATE_AGAIN,   /* 429, 5xx: later */
	FATE_REFUSED, /* asking again is of no use */
};

/** How many of the documents from the first go into one request. At least 1. */
size_t bulk_piece(const struct enrich_item *items, size_t n, size_t bytes_most);
/** Appends the lines of a bulk request for those whose fate is open or "again". */
void bulk_write(const struct enrich_item *items, const enum enrich_fate *fates, size_t n,
    const char *index, struct buf *out);
/** Reads the answer of a bulk request of the documents `items` whose fate is open or "again", in their order, and sets their fates. `why` gets the words of the first that was not
 *  taken. COORD_EPARSE: the answer is not one of this request; no fate is changed then. */
MUST_CHECK enum coord_err bulk_read(struct sv answer, const struct enrich_item *items,
    enum enrich_fate *fates, size_t n, char why[200], struct coord_error *err);
/** The words of a failure that is of a whole request. */
void bulk_failure(struct sv answer, int status, char why[200]);

/** Who answers GET /. `product`: the header X-Elastic-Product, which Elasticsearch sends and OpenSearch does not. COORD_EPARSE: neither of the two, `why` says it. */
MUST_CHECK enum coord_err probe_read(
    struct sv answer, struct sv product, struct enrich_outcome *ret, char why[200]);

/** Printable ASCII, cut. */
void enrich_words(char *ret, size_t room, struct sv text);

/** What one request came to. */
struct exchange {
	struct enrich *enrich;
	const struct enrich_journal *journal;
	int64_t deadline_us; /* of the monotonic clock */
};
/** The time runs from here. */
void exchange_begin(struct exchange *x);
/** GET, or POST with a body that is compressed. COORD_EUNAVAIL: no time left. */
MUST_CHECK enum coord_err exchange_run(struct exchange *x, const char *path, struct sv body,
    struct net_answer *ret, struct coord_error *err);
int64_t exchange_left_us(const struct exchange *x);
bool exchange_cancelled(const struct exchange *x);
/** Sleeps; false: cancelled, or it would be past the deadline. */
bool exchange_wait(const struct exchange *x, int64_t us);

#endif
