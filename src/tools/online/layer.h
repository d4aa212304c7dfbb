/* layer.h - what the files of the client layer share (private to tools/; tests and fuzz targets look in too). */
#ifndef COORD_TOOLS_ONLINE_LAYER_H
#define COORD_TOOLS_ONLINE_LAYER_H

#include <pthread.h>

#include "tools/provider.h"

/** A provider that was named: what the operator set over its defaults, and how it has been lately. */
struct seat {
	const struct provider *provider;
	const char *url; /* without "/" at its end; of DNS "" for the system's resolvers */
	bool own_url;    /* the operator's: may be http, any port, on this network */
	const char *key, *app;
	double per_second;
	uint32_t burst;
	uint64_t per_day, per_week;
	unsigned parallel;
	int64_t hit_ttl_us, miss_ttl_us, deadline_us; /* -1: as the provider's row says */
	/* behind `lock` */
	pthread_mutex_t lock;
	unsigned failures;     /* in a row */
	int64_t open_until_us; /* breaker; INT64_MAX: until the configuration is read again */
	int64_t rest_until_us; /* it asked for a pause */
};

struct memory;
struct flight;

struct tools {
	struct arena *arena; /* texts of the configuration; keys are wiped on closing */
	struct net *net;
	struct store *store;
	struct metrics *metrics;
	int64_t (*now)(void *context);
	void (*sleep)(void *context, int64_t us);
	void *context;
	struct seat *seats;
	size_t n_seats;
	struct net_prefix *own;
	size_t n_own;
	uint64_t lookups_most;
	const char *contact;
	char holder[33];       /* of claims, when the caller names no analysis */
	struct memory *memory; /* in the place of a store, and when the store is away */
	pthread_mutex_t flight_lock;
	pthread_cond_t flight_landed;
	struct flight *flights;
};

struct seat *seat_named(const struct tools *tools, const char *provider);
const struct provider_call *call_named(const struct provider *provider, struct sv name);

/** Reads COORD_PROVIDERS_FILE's text over the defaults of the named seats. COORD_EINVALID, COORD_EPARSE with line and byte; COORD_EIO: a key_file. */
MUST_CHECK enum coord_err seats_read(
    struct seat *seats, size_t n, struct sv json, struct arena *arena, struct coord_error *err);

/* --- shared.c: numbers and values that all workers share ------------------------------------------------------------------ */
struct memory *memory_new(void);
void memory_free(struct memory *memory);
/** The sum of the period after adding. */
uint64_t shared_count(
    const struct tools *tools, const char *space, const char *key, int64_t period_us, uint64_t add);
bool shared_get(const struct tools *tools, const char *space, struct sv key, int64_t now_us,
    struct arena *arena, struct sv *ret);
void shared_put(const struct tools *tools, const char *space, struct sv key, struct sv value,
    int64_t expires_us);
bool shared_claim(
    const struct tools *tools, struct sv key, struct sv holder, int64_t now_us, int64_t until_us);

/* --- limit.c: rates, quotas, rests, the breaker ----------------------------------------------------------------------------- */
enum may { MAY_GO, MAY_WAIT, MAY_NOT };
/** Takes a token and one of the day's and week's quota. MAY_WAIT: not before *until_us (of the rate). MAY_NOT: the quota is spent until then. */
enum may limit_take(
    const struct tools *tools, struct seat *seat, int64_t now_us, int64_t *until_us);
/** The pause that the provider asked for, of any worker. 0: none. */
int64_t rest_until(const struct tools *tools, struct seat *seat, int64_t now_us);
void rest_set(const struct tools *tools, struct seat *seat, int64_t until_us);
/** Open until then; 0: it may be asked. */
int64_t breaker_until(struct seat *seat, int64_t now_us);
void breaker_tell(struct seat *seat, enum tools_outcome outcome, int64_t now_us);

/* --- egress.c ---------------------------------------------------------------------------------------------------------------- */
/** NULL: may leave. Else why it may not. */
const char *egress_refuses(const struct tools *tools, const struct tools_question *question,
    const struct tools_case *ask_about);
/** The same of a name alone, in lower case: NULL when it is one of the public tree. */
const char *egress_refuses_name(struct sv name);
bool asn_is_public(uint32_t asn);

/* --- flight.c: one look-up at a time for one key ------------------------------------------------------------------------------ */
struct flight {
	struct flight *next;
	char *key;
	unsigned holders;
	bool landed;
	enum tools_outcome outcome;
	int64_t until_us;
	char why[160];
};
/** The caller leads (*leads) or follows one that does; NULL: no memory, go alone. Ends with flight_leave. */
struct flight *flight_enter(struct tools *tools, struct sv key, bool *leads);
/** A follower waits for the leader. False: cancelled, or `deadline_us` of tools' clock has passed. */
bool flight_wait(
    struct tools *tools, struct flight *flight, int64_t deadline_us, const volatile bool *cancel);
void flight_land(struct tools *tools, struct flight *flight, enum tools_outcome outcome,
    int64_t until_us, struct sv why);
void flight_leave(struct tools *tools, struct flight *flight);

/* --- send.c ------------------------------------------------------------------------------------------------------------------- */
/** One look-up on its way: what came of the last try. */
struct sent {
	const struct tools_lookup *lookup;
	const struct provider_call *call;
	enum tools_outcome outcome;
	struct provider_facts facts;
	int64_t wait_us; /* what the provider asked for */
	unsigned tries;
	char sha256[65];
	bool cancelled;
};
/** One request for one look-up, or for all of them over one connection (whois). `left_us`: of the caller's deadline. */
void send_request(struct tools *tools, struct seat *seat, struct sent *const *sent, size_t n,
    int64_t left_us, const volatile bool *cancel);

/* --- dns.c ----------------------------------------------------------------------------------------------------------------------- */
struct dns_answer {
	struct sv texts[PROVIDER_TEXTS_MOST];
	size_t n;
	bool no_name;
	enum tools_outcome outcome; /* HIT: texts or no_name count */
	char why[120];
	char sha256[65];
	bool cancelled;
};
/** Asks `server` ("127.0.0.1:5353", "" the system's) for TXT records. Texts live in the arena. */
void dns_ask(const char *server, const char *name, int64_t total_us, const volatile bool *cancel,
    struct arena *arena, struct dns_answer *ret);
/** TXT records of a message, each with its strings joined. False: malformed. */
bool dns_read(
    const unsigned char *message, size_t len, struct arena *arena, struct dns_answer *ret);

#endif
