/* resolve.c - names to addresses with a deadline. getaddrinfo knows none, so it runs in a thread of its own, which is left alone
 * when it takes too long and cleans up behind itself. */
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include "net/private.h"

struct question {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	unsigned holders; /* the asking and the looking thread */
	bool done;
	char host[256];
	struct addr addrs[NET_ADDRS_MOST];
	size_t n;
};

/** With the lock held: the last holder frees it. */
static void
let_go(struct question *q)
{
	bool last = --q->holders == 0;

	(void)pthread_mutex_unlock(&q->lock);
	if (!last)
		return;
	(void)pthread_mutex_destroy(&q->lock);
	(void)pthread_cond_destroy(&q->answered);
	free(q);
}

bool
addr_of_socket(const struct sockaddr *sa, struct addr *ret)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		*ret = addr_from_v4(ntohl(in.sin_addr.s_addr));
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		memcpy(ret->bytes, in6.sin6_addr.s6_addr, sizeof(ret->bytes));
		return true;
	}
	return false;
}

static void *
look(void *context)
{
	struct question *q = context;
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	struct addr addrs[NET_ADDRS_MOST] = { 0 };
	size_t n = 0;

	if (getaddrinfo(q->host, NULL, &hints, &found) == 0) {
		for (const struct addrinfo *a = found; a != NULL && n < NET_ADDRS_MOST;
		     a = a->ai_next)
			n += addr_of_socket(a->ai_addr, &addrs[n]);
		freeaddrinfo(found);
	}
	(void)pthread_mutex_lock(&q->lock);
	memcpy(q->addrs, addrs, n * sizeof(addrs[0]));
	q->n = n;
	q->done = true;
	(void)pthread_cond_signal(&q->answered);
	let_go(q);
	return NULL;
}

static struct question *
question_new(const char *host)
{
	struct question *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	(void)snprintf(q->host, sizeof(q->host), "%s", host);
	(void)pthread_mutex_init(&q->lock, NULL);
	clock_cond_init(&q->answered);
	q->holders = 2;
	return q;
}

static bool
ask(struct question *q)
{
	pthread_attr_t detached;
	sigset_t all, before;
	pthread_t thread;
	int rc;

	(void)pthread_attr_init(&detached);
	(void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, &detached, look, q);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&detached);
	return rc == 0;
}

static size_t
look_up(const char *host, int64_t deadline_us, struct addr ret[NET_ADDRS_MOST])
{
	struct question *q = question_new(host);
	size_t n = SIZE_MAX;

	if (q == NULL)
		return 0;
	(void)pthread_mutex_lock(&q->lock);
	if (!ask(q)) {
		q->holders = 1;
		let_go(q);
		return 0;
	}
	while (!q->done && clock_cond_wait(&q->answered, &q->lock, deadline_us))
		;
	if (q->done) {
		n = q->n;
		memcpy(ret, q->addrs, n * sizeof(ret[0]));
	}
	let_go(q);
	return n;
}

size_t
resolve_name(
    const struct net *net, const char *host, int64_t deadline_us, struct addr ret[NET_ADDRS_MOST])
{
	size_t n;

	if (net->resolve == NULL)
		return look_up(host, deadline_us, ret);
	n = net->resolve(net->resolve_context, host, ret, NET_ADDRS_MOST);
	return n < NET_ADDRS_MOST ? n : NET_ADDRS_MOST;
}
