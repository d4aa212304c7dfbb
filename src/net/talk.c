/* talk.c - protocols of text over TCP (bulk whois): a connection, everything that is said, everything that is answered until the other side closes.
 * The name is resolved here and every address it has is asked of the gate, as for HTTP; the first that lets itself be connected to is used. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/private.h"

enum { TALK_POLL_MS = 200, PIECE = 16384 };

struct talk {
	const struct net_talk *said;
	struct net_answer *answer;
	int64_t deadline_us;
	int fd;
};

static void
tell(const struct talk *talk, enum net_outcome outcome)
{
	talk->answer->outcome = outcome;
	(void)snprintf(talk->answer->what, sizeof(talk->answer->what), "tcp://%.100s:%u: %s",
	    talk->said->host, talk->said->port, net_outcome_name(outcome));
}

/** Waits for the socket. False: the time is over, or it was cancelled; the answer says so. */
static bool
ready(const struct talk *talk, short events)
{
	for (;;) {
		int64_t left_ms = (talk->deadline_us - clock_steady()) / 1000;
		struct pollfd poller = { .fd = talk->fd, .events = events };
		int n;

		if (talk->said->cancel != NULL &&
		    __atomic_load_n(talk->said->cancel, __ATOMIC_RELAXED)) {
			tell(talk, NET_CANCELLED);
			return false;
		}
		if (left_ms <= 0) {
			tell(talk, NET_TIMEOUT);
			return false;
		}
		n = poll(&poller, 1, left_ms < TALK_POLL_MS ? (int)left_ms : TALK_POLL_MS);
		if (n > 0)
			return true;
	}
}

static socklen_t
socket_address(struct addr a, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };

	memset(ret, 0, sizeof(*ret));
	if (addr_is_v4(a)) {
		memcpy(&v4.sin_addr, a.bytes + 12, 4);
		memcpy(ret, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(&v6.sin6_addr, a.bytes, 16);
	memcpy(ret, &v6, sizeof(v6));
	return sizeof(v6);
}

static bool
connect_to(struct talk *talk, struct addr a)
{
	struct sockaddr_storage to;
	socklen_t len = socket_address(a, talk->said->port, &to), error_len = sizeof(int);
	int error = 0;

	talk->fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (talk->fd < 0) {
		tell(talk, NET_NO_CONNECTION);
		return false;
	}
	if (connect(talk->fd, (const struct sockaddr *)(const void *)&to, len) == 0)
		return true;
	if (errno == EINPROGRESS && ready(talk, POLLOUT) &&
	    getsockopt(talk->fd, SOL_SOCKET, SO_ERROR, &error, &error_len) == 0 && error == 0)
		return true;
	if (talk->answer->outcome != NET_TIMEOUT && talk->answer->outcome != NET_CANCELLED)
		tell(talk, NET_NO_CONNECTION);
	(void)close(talk->fd);
	talk->fd = -1;
	return false;
}

static bool
say(const struct talk *talk)
{
	struct sv left = talk->said->text;

	while (left.len > 0) {
		ssize_t n;

		if (!ready(talk, POLLOUT))
			return false;
		n = send(talk->fd, left.data, left.len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			tell(talk, NET_BROKEN);
			return false;
		}
		left = sv_skip(left, n > 0 ? (size_t)n : 0);
	}
	return true;
}

static void
listen_to(const struct talk *talk)
{
	struct buf *body = &talk->answer->body;

	while (ready(talk, POLLIN)) {
		char piece[PIECE];
		ssize_t n = recv(talk->fd, piece, sizeof(piece), 0);

		if (n == 0) {
			tell(talk, NET_ANSWERED);
			return;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0 || body->len + (size_t)n > talk->said->answer_most) {
			tell(talk, n < 0 ? NET_BROKEN : NET_TOO_LARGE);
			return;
		}
		buf_add(body, piece, (size_t)n);
	}
}

/** Every address of the host, or why it goes no further. */
static size_t
addresses(const struct net *net, const struct talk *talk, struct addr addrs[NET_ADDRS_MOST])
{
	size_t n = 1;

	if (!addr_parse(sv_from(talk->said->host), &addrs[0]))
		n = resolve_name(net, talk->said->host, talk->deadline_us, addrs);
	if (n == 0 || n == SIZE_MAX) {
		tell(talk, n == 0 ? NET_NO_NAME : NET_TIMEOUT);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		if (!gate_lets_address(talk->said->gate, addrs[i])) {
			tell(talk, NET_REFUSED);
			return 0;
		}
	return n;
}

enum coord_err
net_talk(
    struct net *net, const struct net_talk *said, struct net_answer *ret, struct coord_error *err)
{
	int64_t start_us = clock_steady();
	struct talk talk = {
		.said = said, .answer = ret, .deadline_us = start_us + said->total_us, .fd = -1
	};
	struct addr addrs[NET_ADDRS_MOST];
	size_t n;

	*ret = (struct net_answer){ .outcome = NET_NO_CONNECTION,
		.body = BUF_INIT(said->answer_most) };
	n = addresses(net, &talk, addrs);
	for (size_t i = 0; i < n && talk.fd < 0; i++)
		if (!connect_to(&talk, addrs[i]) && ret->outcome != NET_NO_CONNECTION)
			break;
	if (talk.fd >= 0) {
		if (say(&talk))
			listen_to(&talk);
		(void)close(talk.fd);
	}
	ret->elapsed_us = clock_steady() - start_us;
	if (ret->body.failed)
		return error_set(err, COORD_ENOMEM, "no memory for an answer");
	return COORD_OK;
}
