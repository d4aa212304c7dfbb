/* test_tokens.c - where keys of tokens come from: a file that changes, a URL that is away, a kid that is new. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/tokens.h"
#include "fake_store.h"
#include "standin.h"
#include "testing.h"
#include "tokens.h"

static struct standin standin;

struct world {
	struct config config;
	struct net *net;
	struct tokens *tokens;
	struct coord_error err;
	char file[64], url[128];
};

#define NOW_US (TOKENS_NOW * TIME_SECOND)

static void
put_file(const struct world *w, const char *text)
{
	char beside[80];
	FILE *f;

	(void)snprintf(beside, sizeof(beside), "%s.new", w->file);
	f = fopen(beside, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
	assert_int_equal(0, rename(beside, w->file));
}

static int
setup(void **state)
{
	static struct world w;
	int fd;

	w = (struct world){ .config = { .rate_per_minute = 7,
				.jwt_issuer = TOKENS_ISSUER,
				.jwt_audience = TOKENS_AUDIENCE },
		.file = "/tmp/coord-jwks-XXXXXX" };
	fd = mkstemp(w.file);
	if (fd < 0 || net_new(NULL, &w.net, &w.err) != COORD_OK)
		return -1;
	(void)close(fd);
	(void)snprintf(w.url, sizeof(w.url), "http://127.0.0.1:%u/body/jwks", standin.http);
	*state = &w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	tokens_close(w->tokens);
	net_free(w->net);
	(void)unlink(w->file);
	return 0;
}

static enum coord_err
open_with(struct world *w, const char *jwks)
{
	w->config.jwks = jwks;
	return tokens_open(&w->config, w->net, &w->tokens, &w->err);
}

static enum auth_answer
check(struct world *w, const char *token, bool *wake)
{
	struct auth_who who;

	return tokens_check(w->tokens, sv_from(token), NOW_US, &who, wake);
}

static void
put_body(struct world *w, const char *text)
{
	const struct net_gate gate = {
		.allow_http = true, .any_port = true, .allow_private = true
	};
	struct net_answer answer;
	char url[128];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/bodies/jwks", standin.http);
	assert_int_equal(
	    COORD_OK, net_fetch(w->net,
			  &(struct net_request){
			      .method = "POST", .url = url, .gate = &gate, .body = sv_from(text) },
			  &answer, &w->err));
	assert_int_equal(200, answer.status);
	net_answer_clear(&answer);
}

static unsigned
fetches(struct world *w)
{
	const struct net_gate gate = {
		.allow_http = true, .any_port = true, .allow_private = true
	};
	struct net_answer answer;
	unsigned n = 0;
	char url[128];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/requests/body/jwks", standin.http);
	assert_int_equal(
	    COORD_OK, net_fetch(w->net, &(struct net_request){ .url = url, .gate = &gate }, &answer,
			  &w->err));
	for (struct sv rest = buf_sv(&answer.body); sv_find(rest, SV("\"method\"")) != SIZE_MAX;
	     n++)
		rest = sv_skip(rest, sv_find(rest, SV("\"method\"")) + 1);
	net_answer_clear(&answer);
	return n;
}

static void
test_a_file(void **state)
{
	struct world *w = *state;
	struct auth_who who;
	bool wake;

	put_file(w, tokens_sets[0].json);
	assert_int_equal(COORD_OK, open_with(w, w->file));
	for (int twice = 0; twice < 2; twice++) { /* verified, then known */
		assert_int_equal(AUTH_OK,
		    tokens_check(w->tokens, sv_from(tokens_rows[0].token), NOW_US, &who, &wake));
		assert_int_equal(SCOPE_SUBMIT | SCOPE_READ, who.scopes);
		assert_int_equal(7, who.rate_per_minute);
		assert_int_equal(0, strncmp(who.id, "jwt:", 4));
	}
	/* known or not, it ends when it ends */
	assert_int_equal(AUTH_EXPIRED, tokens_check(w->tokens, sv_from(tokens_rows[0].token),
					   NOW_US + 660 * TIME_SECOND, &who, &wake));
	assert_int_equal(AUTH_INVALID, check(w, TOKEN_STRANGER, &wake));
	assert_false(wake);
	/* the file changes: the stranger's key comes, another goes, and with it what was verified */
	put_file(w, SET_STRANGER);
	tokens_tend(w->tokens);
	assert_int_equal(AUTH_OK, check(w, TOKEN_STRANGER, &wake));
	assert_int_equal(AUTH_INVALID, check(w, tokens_rows[0].token, &wake));
	/* a bad or missing one changes nothing */
	put_file(w, "{");
	tokens_tend(w->tokens);
	assert_int_equal(AUTH_OK, check(w, TOKEN_STRANGER, &wake));
	assert_int_equal(0, unlink(w->file));
	tokens_tend(w->tokens);
	assert_int_equal(AUTH_OK, check(w, TOKEN_STRANGER, &wake));
}

static void
test_settings(void **state)
{
	struct world *w = *state;

	assert_int_equal(COORD_OK, open_with(w, ""));
	assert_null(w->tokens);
	assert_int_equal(COORD_EPARSE, open_with(w, w->file)); /* empty */
	assert_non_null(strstr(w->err.what, "COORD_JWKS"));
	assert_int_equal(COORD_EIO, open_with(w, "/nonexistent/jwks.json"));
	assert_int_equal(COORD_EINVALID, open_with(w, "http://login.example.org/jwks"));
	assert_int_equal(COORD_EINVALID, open_with(w, "ftp://login.example.org/jwks"));
	put_file(w, tokens_sets[0].json);
	w->config.jwt_audience = "";
	assert_int_equal(COORD_EINVALID, open_with(w, w->file));
	assert_non_null(strstr(w->err.what, "COORD_JWT_AUDIENCE"));
	assert_null(w->tokens);
}

static void
test_a_url(void **state)
{
	struct world *w = *state;
	unsigned before = fetches(w);
	bool wake;

	/* away at first: tokens are not refused, only not yet */
	assert_int_equal(COORD_OK, open_with(w, w->url));
	assert_int_equal(before + 1, fetches(w));
	assert_int_equal(AUTH_UNAVAILABLE, check(w, tokens_rows[2].token, &wake));
	put_body(w, SET_ONE);
	tokens_tend(w->tokens);
	assert_int_equal(before + 1, fetches(w)); /* a minute has not passed */
	tokens_age(w->tokens, 60 * TIME_SECOND);
	tokens_tend(w->tokens);
	assert_int_equal(before + 2, fetches(w));
	assert_int_equal(AUTH_OK, check(w, tokens_rows[2].token, &wake));
	/* a kid that is not known: another look, once a minute */
	assert_int_equal(AUTH_INVALID, check(w, TOKEN_STRANGER, &wake));
	assert_false(wake);
	tokens_age(w->tokens, 60 * TIME_SECOND);
	assert_int_equal(AUTH_UNAVAILABLE, check(w, TOKEN_STRANGER, &wake));
	assert_true(wake);
	tokens_tend(w->tokens);
	assert_int_equal(before + 3, fetches(w));
	for (int i = 0; i < 100; i++) {
		assert_int_equal(AUTH_INVALID, check(w, TOKEN_STRANGER, &wake));
		assert_false(wake);
		tokens_tend(w->tokens);
	}
	assert_int_equal(before + 3, fetches(w));
	put_body(w, SET_STRANGER);
	tokens_age(w->tokens, 60 * TIME_SECOND);
	assert_int_equal(AUTH_UNAVAILABLE, check(w, TOKEN_STRANGER, &wake));
	tokens_tend(w->tokens);
	assert_int_equal(AUTH_OK, check(w, TOKEN_STRANGER, &wake));
	/* what is no JWK set changes nothing */
	put_body(w, "<html>");
	tokens_age(w->tokens, 600 * TIME_SECOND);
	tokens_tend(w->tokens);
	assert_int_equal(before + 5, fetches(w));
	assert_int_equal(AUTH_OK, check(w, TOKEN_STRANGER, &wake));
}

static void
test_beside_keys(void **state)
{
	struct world *w = *state;
	struct store *store = fake_store_new();
	struct auth *auth;
	struct auth_who who;
	char header[JWT_MOST + 16], id[32], secret[AUTH_SECRET_MOST];
	const struct auth_new_key key = { .name = "ci", .scopes = SCOPE_READ };

	put_file(w, SET_ONE);
	w->config.jwks = w->file;
	assert_int_equal(
	    COORD_OK, auth_key_create(&w->config, store, &key, 1, id, secret, &w->err));
	assert_int_equal(COORD_OK, auth_open(&w->config, store, w->net, &auth, &w->err));
	assert_int_equal(2, auth_ways(auth));
	(void)snprintf(header, sizeof(header), "Bearer %s", TOKEN_LONG_LIVED);
	/* its nbf is of the tests' day: ask on that day */
	assert_int_equal(AUTH_OK, auth_check(auth, sv_from(header), SV_NONE, NOW_US, &who));
	assert_int_equal(0, strncmp(who.id, "jwt:", 4));
	assert_int_equal(
	    AUTH_INVALID, auth_check(auth, SV_NONE, SV(TOKEN_LONG_LIVED), NOW_US, &who));
	(void)snprintf(header, sizeof(header), "Bearer %s", secret);
	assert_int_equal(AUTH_OK, auth_check(auth, sv_from(header), SV_NONE, NOW_US, &who));
	assert_string_equal(id, who.id);
	/* the thread of auth/ sees the file change */
	put_file(w, SET_STRANGER);
	(void)snprintf(header, sizeof(header), "Bearer %s", TOKEN_STRANGER_LONG);
	while (auth_check(auth, sv_from(header), SV_NONE, NOW_US, &who) != AUTH_OK)
		clock_sleep(5000);
	auth_close(auth);
	fake_store_free(store);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		WITH_WORLD(test_a_file),
		WITH_WORLD(test_settings),
		WITH_WORLD(test_a_url),
		WITH_WORLD(test_beside_keys),
	};
	int failed;

	if (argc < 2 || !standin_start(&standin, argv[1])) {
		(void)fprintf(stderr, "the stand-in did not start\n");
		return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	standin_stop(&standin);
	return failed;
}
