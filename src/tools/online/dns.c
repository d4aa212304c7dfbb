/* dns.c - TXT records by c-ares: it draws its ids and ports at random, takes only answers to its own question from the server it asked, bounds
 * compression, and asks again over TCP when an answer was cut. One channel a look-up. */
#include <sys/select.h> /* ares.h wants fd_set and includes nothing for it */

#include <ares.h>
#include <poll.h>
#include <stdio.h>

#include "tools/online/layer.h"

enum { TRIES = 2, DNS_POLL_MS = 200, TEXT_MOST = 4096 };

struct asking {
	struct arena *arena;
	struct dns_answer *answer;
	bool done;
};

/** Joins a record's strings, from its first on. NULL: no memory. */
static const struct ares_txt_ext *
join(const struct ares_txt_ext *part, struct arena *arena, struct sv *ret)
{
	struct buf text = BUF_INIT(TEXT_MOST);
	const char *copy;

	do {
		buf_add(&text, part->txt, part->length);
		part = part->next;
	} while (part != NULL && part->record_start == 0);
	copy = arena_strdup(arena, buf_sv(&text));
	*ret = (struct sv){ copy, copy != NULL ? text.len : 0 };
	buf_clear(&text);
	return part;
}

bool
dns_read(const unsigned char *message, size_t len, struct arena *arena, struct dns_answer *ret)
{
	struct ares_txt_ext *records = NULL;
	int rc =
	    len > 65535 ? ARES_EBADRESP : ares_parse_txt_reply_ext(message, (int)len, &records);

	ret->n = 0;
	ret->no_name = rc == ARES_ENODATA;
	if (rc == ARES_ENODATA)
		return true;
	if (rc != ARES_SUCCESS)
		return false;
	for (const struct ares_txt_ext *part = records;
	     part != NULL && ret->n < PROVIDER_TEXTS_MOST;)
		part = join(part, arena, &ret->texts[ret->n++]);
	ares_free_data(records);
	return true;
}

static void
fail(struct dns_answer *answer, enum tools_outcome outcome, const char *why)
{
	answer->outcome = outcome;
	(void)snprintf(answer->why, sizeof(answer->why), "%.100s", why);
}

static void
on_answer(void *context, int status, int timeouts, unsigned char *message, int len)
{
	struct asking *asking = context;
	struct dns_answer *answer = asking->answer;
	uint8_t hash[32];

	(void)timeouts;
	asking->done = true;
	if (message != NULL && len > 0) {
		sha256_of(message, (size_t)len, hash);
		hex_of(hash, sizeof(hash), answer->sha256);
	}
	if (status == ARES_ENOTFOUND || status == ARES_ENODATA) {
		answer->outcome = LOOKUP_HIT;
		answer->no_name = true;
	} else if (status == ARES_SUCCESS && len > 0) {
		answer->outcome = LOOKUP_HIT;
		if (!dns_read(message, (size_t)len, asking->arena, answer))
			fail(answer, LOOKUP_BAD_PAYLOAD, "a malformed DNS answer");
	} else if (status == ARES_EBADRESP || status == ARES_EFORMERR || status == ARES_EBADNAME) {
		fail(answer, status == ARES_EBADRESP ? LOOKUP_BAD_PAYLOAD : LOOKUP_BAD_REQUEST,
		    ares_strerror(status));
	} else {
		fail(answer, LOOKUP_UNAVAILABLE, ares_strerror(status));
	}
}

/** One round of waiting for any of the channel's sockets. */
static void
turn(ares_channel channel, int64_t left_us)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	struct pollfd pollers[ARES_GETSOCK_MAXNUM];
	/* as ARES_GETSOCK_READABLE and _WRITABLE, which shift a 1 into the sign */
	unsigned bits = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
	struct timeval most = { .tv_sec = 0, .tv_usec = DNS_POLL_MS * 1000 }, wait;
	const struct timeval *next;
	nfds_t n = 0;
	int ready;

	if (left_us < DNS_POLL_MS * INT64_C(1000))
		most.tv_usec = (suseconds_t)(left_us > 1000 ? left_us : 1000);
	for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		short events = (short)((bits >> i & 1 ? POLLIN : 0) |
				       (bits >> (i + ARES_GETSOCK_MAXNUM) & 1 ? POLLOUT : 0));

		if (events != 0)
			pollers[n++] = (struct pollfd){ .fd = sockets[i], .events = events };
	}
	next = ares_timeout(channel, &most, &wait);
	ready = poll(pollers, n, (int)(next->tv_sec * 1000 + next->tv_usec / 1000) + 1);
	for (nfds_t i = 0; ready > 0 && i < n; i++)
		if (pollers[i].revents != 0)
			ares_process_fd(channel,
			    pollers[i].revents & (POLLIN | POLLERR | POLLHUP) ? pollers[i].fd
									      : ARES_SOCKET_BAD,
			    pollers[i].revents & POLLOUT ? pollers[i].fd : ARES_SOCKET_BAD);
	ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* time-outs */
}

static void
run(ares_channel channel, const char *name, int64_t deadline_us, const volatile bool *cancel,
    struct asking *asking)
{
	ares_query(channel, name, 1 /* IN */, 16 /* TXT */, on_answer, asking);
	while (!asking->done && clock_steady() < deadline_us &&
	       (cancel == NULL || !__atomic_load_n(cancel, __ATOMIC_RELAXED)))
		turn(channel, deadline_us - clock_steady());
	if (asking->done)
		return;
	asking->answer->cancelled = clock_steady() < deadline_us;
	ares_cancel(channel); /* calls on_answer */
	fail(asking->answer, LOOKUP_UNAVAILABLE, "timeout");
}

void
dns_ask(const char *server, const char *name, int64_t total_us, const volatile bool *cancel,
    struct arena *arena, struct dns_answer *ret)
{
	struct ares_options options = { .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = (int)(total_us / 1000 / (2 * TRIES) + 1),
		.tries = TRIES };
	struct asking asking = { .arena = arena, .answer = ret };
	char lookups[] = "b";
	ares_channel channel;
	int rc;

	*ret = (struct dns_answer){ .outcome = LOOKUP_UNAVAILABLE };
	options.lookups = lookups;
	rc = ares_init_options(&channel, &options,
	    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS);
	if (rc == ARES_SUCCESS && server[0] != 0) {
		rc = ares_set_servers_ports_csv(channel, server);
		if (rc != ARES_SUCCESS)
			ares_destroy(channel);
	}
	if (rc != ARES_SUCCESS) {
		fail(ret, LOOKUP_UNAVAILABLE, ares_strerror(rc));
		return;
	}
	run(channel, name, clock_steady() + total_us, cancel, &asking);
	ares_destroy(channel);
}
