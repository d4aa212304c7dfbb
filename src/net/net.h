/* net.h - the one way out: HTTP requests by libcurl with deadlines, size caps, checked addresses and no surprises.
 * Rules of the reference for external systems, section 0 and 6.6: TLS is verified, redirects are off unless asked for, the environment's proxies are ignored,
 * the answer is capped (also after inflation), every address that a name resolves to is checked before and pinned for the connection, and checked
 * again on the socket. Threads: a struct net may be used by any number of threads; a call blocks its caller until its own deadline at the latest. */
#ifndef COORD_NET_H
#define COORD_NET_H

#include "base/base.h"

struct net;

/** Replaces the system's resolver: for tests and for pinned names. Returns how many addresses were written, at most `most`; 0: no such name. */
typedef size_t net_resolve(void *context, const char *host, struct addr *ret, size_t most);

struct net_options {
	const char *user_agent; /* NULL: "dshield-coordination-engine/<version>" */
	net_resolve *resolve;   /* NULL: getaddrinfo */
	void *resolve_context;
	const char *
	    ca_file; /* certificates that are trusted instead of the system's; NULL: the system's */
};
MUST_CHECK enum coord_err net_new(
    const struct net_options *options, struct net **ret, struct coord_error *err);
void net_free(struct net *net);

/** Where a request may go. All zero: https to port 443 of public addresses only. */
struct net_gate {
	bool allow_http;
	const uint16_t *ports; /* allowed ports; n_ports 0: 443 (and 80 with allow_http) */
	size_t n_ports;
	bool any_port;
	/* loopback and private addresses too, for services that the operator named; link-local ones (the cloud's metadata) only by `also` */
	bool allow_private;
	bool only_private; /* public addresses are refused: what is sent must stay on the site */
	const struct net_prefix *also; /* private prefixes that are allowed */
	size_t n_also;
	const struct net_prefix *never; /* the site's own prefixes: refused although public */
	size_t n_never;
	const char *const *hosts; /* when n_hosts > 0: the only names that are allowed */
	size_t n_hosts;
};
struct net_prefix {
	struct addr base;
	unsigned bits; /* of the address's own family */
};
/** "10.0.0.0/8", "fd00::/8", or a single address. */
bool net_prefix_parse(struct sv text, struct net_prefix *ret);
bool net_prefix_has(const struct net_prefix *prefix, struct addr a);
/** Global unicast by the reference's lists (section 6.6), IPv4-mapped and translated forms unwrapped first. */
bool net_addr_is_public(struct addr a);

/** A URL taken apart once, by one parser (libcurl's), and refused when it is odd: userinfo, fragment, control characters, host over 253 bytes,
 *  numbers that are no dotted quad. COORD_EINVALID says what. */
struct net_url {
	char scheme[8], host[256];
	uint16_t port;
	bool is_literal; /* the host is an address */
	struct addr literal;
};
MUST_CHECK enum coord_err net_url_parse(
    struct sv url, struct net_url *ret, struct coord_error *err);
/** Refuses what the gate does not let through, without resolving: for telling a client at once. COORD_EINVALID.
 *  The texts are for whoever named the URL: they tell nothing of what its name resolves to. */
MUST_CHECK enum coord_err net_url_check(
    struct sv url, const struct net_gate *gate, struct coord_error *err);

struct net_header {
	const char *name, *value;
};
struct net_request {
	const char *method; /* NULL: GET */
	const char *url;
	const struct net_header *headers;
	size_t n_headers;
	struct sv body;
	const struct net_gate *gate;
	int64_t connect_us, total_us; /* 0: 5 s, 30 s */
	size_t answer_most;           /* 0: 1 MiB; bytes after inflation */
	/* redirects, each checked by the gate, 5 at most; the headers of the request go along to the same scheme, host and port only */
	bool follow;
	/* streaming: called for each piece of the body in place of keeping it; false stops the transfer (NET_CANCELLED). NULL: kept */
	bool (*on_data)(void *context, struct sv piece);
	void *context;
	const volatile bool *cancel; /* looked at a few times a second; or NULL */
	/* called a few times a second, also while nothing comes, for limits of the caller's own: false stops the transfer (NET_CANCELLED); or NULL */
	bool (*on_idle)(void *context);
};

enum net_outcome {
	NET_ANSWERED, /* an HTTP answer, whatever its status */
	NET_REFUSED,  /* the gate did not let it through: nothing was sent */
	NET_NO_NAME,  /* the name does not resolve */
	NET_NO_CONNECTION,
	NET_TLS, /* certificate or handshake */
	NET_TIMEOUT,
	NET_BROKEN, /* the connection ended in the middle of an answer, or what came is no HTTP */
	NET_TOO_LARGE, /* more than answer_most */
	NET_CANCELLED,
};
const char *net_outcome_name(enum net_outcome outcome);
struct net_answer {
	enum net_outcome outcome;
	int status; /* 0: none */
	struct buf body;
	char content_type[128], etag[160], last_modified[64], location[256];
	char product[32]; /* X-Elastic-Product */
	int64_t
	    retry_after_us; /* from now, of both forms (seconds, HTTP date) and X-RateLimit-Reset; 0: not said */
	int64_t elapsed_us;
	char what[200]; /* for logs: without query or body */
};
/** COORD_OK whenever *ret tells what happened; COORD_EINVALID the URL; COORD_ENOMEM. Release it with net_answer_clear. */
MUST_CHECK enum coord_err net_fetch(struct net *net, const struct net_request *request,
    struct net_answer *ret, struct coord_error *err);
void net_answer_clear(struct net_answer *answer);

/** Text over TCP: one connection, `text` is said whole, what comes is kept until the other side closes. */
struct net_talk {
	const char *host; /* a name or an address */
	uint16_t port;
	struct sv text;
	const struct net_gate *gate; /* of which the addresses count */
	int64_t total_us;
	size_t answer_most;
	const volatile bool *cancel; /* or NULL */
};
/** *ret as by net_fetch, with status 0. COORD_ENOMEM. */
MUST_CHECK enum coord_err net_talk(
    struct net *net, const struct net_talk *said, struct net_answer *ret, struct coord_error *err);

/* --- webhooks: Standard Webhooks (reference section 6.6) ---------------------------------------------------------- */

/** "v1,<base64>" for each secret ("whsec_<base64>", separated by blanks), separated by blanks, over "id.timestamp.body". COORD_EINVALID: a secret. */
MUST_CHECK enum coord_err net_webhook_sign(struct sv secrets, struct sv id, int64_t timestamp_s,
    struct sv body, struct buf *ret, struct coord_error *err);

#endif
