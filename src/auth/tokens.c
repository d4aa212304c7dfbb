/* tokens.c - the JWK set in use, swapped whole: whoever verifies holds the one that it began with. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/private.h"
#include "auth/tokens.h"

#define FETCH_EVERY_US (600 * TIME_SECOND)
#define FETCH_LEAST_US (60 * TIME_SECOND) /* between two, whatever asks for it */
#define FETCH_TOTAL_US (10 * TIME_SECOND)

enum { KNOWN_SLOTS = 1024 };

struct known {
	uint64_t tag[2];
	uint32_t generation; /* 0: empty */
	struct jwt_claims claims;
};

struct tokens {
	const struct config *config;
	struct net *net;
	bool is_url;
	struct hash_key tag_keys[2];
	volatile bool stop;
	struct stat seen; /* of the file; only the thread looks */

	pthread_mutex_t lock; /* of what follows */
	struct jwks *keys;    /* NULL: none yet */
	uint32_t generation;
	struct known *known;
	int64_t tried_us; /* of the monotonic clock; the last fetch began */
	bool fetched;     /* one was tried */
	bool wanted;      /* somebody came with a kid that is not known */
};

/** Takes the set over. */
static void
use(struct tokens *t, struct jwks *keys)
{
	struct jwks *old;

	(void)pthread_mutex_lock(&t->lock);
	old = t->keys;
	t->keys = keys;
	t->generation++;
	(void)pthread_mutex_unlock(&t->lock);
	jwks_release(old);
}

/* --- a file ----------------------------------------------------------------------------------------------------------------- */

static enum coord_err
read_whole(int fd, struct buf *ret)
{
	for (;;) {
		char *at = buf_reserve(ret, 16384);
		ssize_t n = at == NULL ? -1 : read(fd, at, 16384);

		if (n == 0)
			return COORD_OK;
		if (n > 0)
			ret->len += (size_t)n;
		else if (at == NULL || errno != EINTR)
			return at == NULL ? COORD_ELIMIT : COORD_EIO;
	}
}

static enum coord_err
read_file(struct tokens *t, struct coord_error *err)
{
	const char *path = t->config->jwks;
	struct buf text = BUF_INIT(JWKS_MOST);
	struct coord_error why;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct jwks *keys;
	enum coord_err rc;

	if (fd < 0)
		return error_set(err, COORD_EIO, "COORD_JWKS: %s: %s", path, strerror(errno));
	rc = fstat(fd, &t->seen) == 0 ? read_whole(fd, &text) : COORD_EIO;
	(void)close(fd);
	(void)error_set(&why, rc, "cannot be read, or is too large");
	if (rc == COORD_OK)
		rc = jwks_parse(buf_sv(&text), &keys, &why);
	buf_clear(&text);
	if (rc != COORD_OK)
		return error_set(err, rc, "COORD_JWKS: %.100s: %s", path, why.what);
	use(t, keys);
	return COORD_OK;
}

static bool
file_changed(const struct tokens *t)
{
	struct stat now;

	return stat(t->config->jwks, &now) == 0 &&
	       (now.st_ino != t->seen.st_ino || now.st_size != t->seen.st_size ||
		   now.st_mtim.tv_sec != t->seen.st_mtim.tv_sec ||
		   now.st_mtim.tv_nsec != t->seen.st_mtim.tv_nsec);
}

/* --- a URL ----------------------------------------------------------------------------------------------------------------- */

/** The operator named it, so it may be a private address; but keys that come in the clear are nobody's. */
static enum coord_err
check_url(const char *text, struct coord_error *err)
{
	struct net_url url;
	bool loopback;

	TRY(net_url_parse(sv_from(text), &url, err));
	loopback = strcmp(url.host, "localhost") == 0 || strcmp(url.host, "127.0.0.1") == 0 ||
		   strcmp(url.host, "[::1]") == 0;
	if (strcmp(url.scheme, "http") == 0 && !loopback)
		return error_set(err, COORD_EINVALID,
		    "COORD_JWKS: expected a file or an https URL (http only on this machine)");
	return COORD_OK;
}

static void
fetch(struct tokens *t)
{
	const struct net_gate gate = {
		.allow_http = true, .any_port = true, .allow_private = true
	};
	const struct net_header accept = { "Accept", "application/jwk-set+json, application/json" };
	const struct net_request request = { .url = t->config->jwks,
		.headers = &accept,
		.n_headers = 1,
		.gate = &gate,
		.total_us = FETCH_TOTAL_US,
		.answer_most = JWKS_MOST,
		.cancel = &t->stop };
	struct net_answer answer;
	struct jwks *keys;

	if (net_fetch(t->net, &request, &answer, NULL) != COORD_OK)
		return;
	if (answer.outcome == NET_ANSWERED && answer.status == 200 &&
	    jwks_parse(buf_sv(&answer.body), &keys, NULL) == COORD_OK)
		use(t, keys);
	net_answer_clear(&answer);
}

/** With the lock held. */
static bool
fetch_is_due(const struct tokens *t, int64_t now_us)
{
	int64_t least = t->keys == NULL || t->wanted ? FETCH_LEAST_US : FETCH_EVERY_US;

	return !t->fetched || now_us - t->tried_us >= least;
}

static void
fetch_if_due(struct tokens *t)
{
	int64_t now_us = clock_steady();
	bool due;

	(void)pthread_mutex_lock(&t->lock);
	due = fetch_is_due(t, now_us);
	if (due)
		t->tried_us = now_us;
	(void)pthread_mutex_unlock(&t->lock);
	if (!due)
		return;
	fetch(t);
	(void)pthread_mutex_lock(&t->lock);
	t->wanted = false;
	t->fetched = true;
	(void)pthread_mutex_unlock(&t->lock);
}

void
tokens_tend(struct tokens *t)
{
	if (t->is_url)
		fetch_if_due(t);
	else if (file_changed(t))
		(void)!read_file(t, NULL); /* a bad one: the last good one stays */
}

void
tokens_age(struct tokens *t, int64_t us)
{
	(void)pthread_mutex_lock(&t->lock);
	t->tried_us -= us;
	(void)pthread_mutex_unlock(&t->lock);
}

void
tokens_stop(struct tokens *t)
{
	__atomic_store_n(&t->stop, true, __ATOMIC_RELAXED);
}

/* --- tokens ------------------------------------------------------------------------------------------------------------------ */

static void
who_of(const struct tokens *t, const struct jwt_claims *claims, struct auth_who *ret)
{
	*ret = (struct auth_who){ .scopes = claims->scopes,
		.rate_per_minute = (uint32_t)config_now(t->config)->rate_per_minute };
	(void)snprintf(ret->id, sizeof(ret->id), "%s", claims->id);
}

/** With the lock held. */
static struct known *
known_slot(struct tokens *t, const uint64_t tag[2])
{
	return &t->known[tag[0] % KNOWN_SLOTS];
}

/** The token was verified before, under the keys of now. Else *keys is a set to verify it with (NULL: there is none yet). */
static bool
find_known(struct tokens *t, const uint64_t tag[2], struct jwt_claims *ret, struct jwks **keys,
    uint32_t *generation)
{
	const struct known *k;
	bool found;

	(void)pthread_mutex_lock(&t->lock);
	k = known_slot(t, tag);
	found = ((k->tag[0] ^ tag[0]) | (k->tag[1] ^ tag[1])) == 0 && t->keys != NULL &&
		k->generation == t->generation;
	if (found)
		*ret = k->claims;
	*keys = found ? NULL : t->keys;
	*generation = t->generation;
	if (*keys != NULL)
		jwks_hold(*keys);
	(void)pthread_mutex_unlock(&t->lock);
	return found;
}

static void
remember(
    struct tokens *t, const uint64_t tag[2], const struct jwt_claims *claims, uint32_t generation)
{
	(void)pthread_mutex_lock(&t->lock);
	*known_slot(t, tag) = (struct known){
		.tag = { tag[0], tag[1] }, .generation = generation, .claims = *claims
	};
	(void)pthread_mutex_unlock(&t->lock);
}

/** A kid that is not known may be new: worth another look, when one is due or under way. */
static enum auth_answer
ask_for_keys(struct tokens *t, bool *wake)
{
	bool worth;

	if (!t->is_url)
		return AUTH_INVALID;
	(void)pthread_mutex_lock(&t->lock);
	worth = t->wanted || !t->fetched || clock_steady() - t->tried_us >= FETCH_LEAST_US;
	t->wanted = worth;
	(void)pthread_mutex_unlock(&t->lock);
	*wake = worth;
	return worth ? AUTH_UNAVAILABLE : AUTH_INVALID;
}

static enum auth_answer
verify(struct tokens *t, struct sv token, const struct jwks *keys, int64_t now_us,
    struct jwt_claims *claims, bool *wake)
{
	const struct jwt_rules rules = { .issuer = sv_from(t->config->jwt_issuer),
		.audience = sv_from(t->config->jwt_audience),
		.now_s = now_us / TIME_SECOND };

	switch (jwt_verify(token, keys, &rules, claims)) {
	case JWT_GOOD:
		return AUTH_OK;
	case JWT_EXPIRED:
		return AUTH_EXPIRED;
	case JWT_UNKNOWN_KEY:
		return ask_for_keys(t, wake);
	case JWT_NO_MEMORY:
		return AUTH_UNAVAILABLE;
	default:
		return AUTH_INVALID;
	}
}

static enum auth_answer
check_new(struct tokens *t, struct sv token, const uint64_t tag[2], struct jwks *keys,
    uint32_t generation, int64_t now_us, struct auth_who *ret, bool *wake)
{
	struct jwt_claims claims;
	enum auth_answer answer;

	if (keys == NULL) { /* the first fetch has not succeeded */
		(void)ask_for_keys(t, wake);
		return AUTH_UNAVAILABLE;
	}
	answer = verify(t, token, keys, now_us, &claims, wake);
	jwks_release(keys);
	if (answer != AUTH_OK)
		return answer;
	remember(t, tag, &claims, generation);
	who_of(t, &claims, ret);
	return AUTH_OK;
}

enum auth_answer
tokens_check(struct tokens *t, struct sv token, int64_t now_us, struct auth_who *ret, bool *wake)
{
	const uint64_t tag[2] = { siphash13(t->tag_keys[0], token.data, token.len),
		siphash13(t->tag_keys[1], token.data, token.len) };
	struct jwt_claims claims;
	struct jwks *keys;
	uint32_t generation;

	*wake = false;
	if (!find_known(t, tag, &claims, &keys, &generation))
		return check_new(t, token, tag, keys, generation, now_us, ret, wake);
	if (now_us / TIME_SECOND >= claims.expires_s + JWT_SKEW_S)
		return AUTH_EXPIRED;
	who_of(t, &claims, ret);
	return AUTH_OK;
}

/* --- open and close -------------------------------------------------------------------------------------------------------------- */

static bool
is_given(const char *text)
{
	return text != NULL && text[0] != 0;
}

static enum coord_err
open_into(struct tokens *t, struct coord_error *err)
{
	const struct config *c = t->config;

	if (!is_given(c->jwt_issuer) || !is_given(c->jwt_audience))
		return error_set(err, COORD_EINVALID,
		    "COORD_JWKS needs COORD_JWT_ISSUER and COORD_JWT_AUDIENCE: whose tokens, and "
		    "meant for whom");
	if (t->known == NULL || !random_bytes(t->tag_keys, sizeof(t->tag_keys)))
		return error_set(err, COORD_ENOMEM, "no memory for tokens");
	t->is_url = strstr(c->jwks, "://") != NULL;
	if (!t->is_url)
		return read_file(t, err);
	if (t->net == NULL)
		return error_set(err, COORD_EINVALID, "COORD_JWKS: no network to fetch a URL by");
	TRY(check_url(c->jwks, err));
	fetch_if_due(t);
	return COORD_OK;
}

enum coord_err
tokens_open(
    const struct config *config, struct net *net, struct tokens **ret, struct coord_error *err)
{
	struct tokens *t;
	enum coord_err rc;

	*ret = NULL;
	if (!is_given(config->jwks))
		return COORD_OK;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for tokens");
	t->config = config;
	t->net = net;
	t->known = calloc(KNOWN_SLOTS, sizeof(*t->known));
	(void)pthread_mutex_init(&t->lock, NULL);
	rc = open_into(t, err);
	if (rc == COORD_OK)
		*ret = t;
	else
		tokens_close(t);
	return rc;
}

void
tokens_close(struct tokens *t)
{
	if (t == NULL)
		return;
	jwks_release(t->keys);
	free(t->known);
	OPENSSL_cleanse(t->tag_keys, sizeof(t->tag_keys));
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}
