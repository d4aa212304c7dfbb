/* test_keys.c - keys open what they should, for as long as they should; the store holds no secret; the store away or failing
 * between two writes locks nobody out. */
#include "auth/auth.h"
#include "fake_store.h"
#include "testing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { LONG_S = 1000 };

struct world {
	struct config config;
	struct store *store;
	struct auth *auth;
	struct coord_error err;
	int64_t now_us;
};

static int64_t
wall_us(void)
{
	return clock_wall() / TIME_SECOND * TIME_SECOND;
}

static int
setup(void **state)
{
	static struct world w;

	w = (struct world){ .config = { .rate_per_minute = 60 }, .now_us = wall_us() };
	w.store = fake_store_new();
	*state = &w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	auth_close(w->auth);
	fake_store_free(w->store);
	return 0;
}

static void
open_auth(struct world *w)
{
	auth_close(w->auth);
	w->auth = NULL;
	assert_int_equal(COORD_OK, auth_open(&w->config, w->store, NULL, &w->auth, &w->err));
}

static enum coord_err
create(struct world *w, const char *name, unsigned scopes, int64_t expires_us, char id[32],
    char secret[AUTH_SECRET_MOST])
{
	struct auth_new_key key = { .name = name, .scopes = scopes, .expires_us = expires_us };

	return auth_key_create(&w->config, w->store, &key, w->now_us, id, secret, &w->err);
}

static enum auth_answer
bearer(struct world *w, const char *secret, struct auth_who *who)
{
	char header[512];

	(void)snprintf(header, sizeof(header), "Bearer %s", secret);
	return auth_check(w->auth, sv_from(header), SV_NONE, w->now_us, who);
}

static void
test_a_key_opens_by_both_headers(void **state)
{
	struct world *w = *state;
	char id[32], secret[AUTH_SECRET_MOST], header[128];
	struct auth_who who;

	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_SUBMIT | SCOPE_READ, 0, id, secret));
	assert_int_equal(18, strlen(id));
	assert_int_equal(49, strlen(secret));
	open_auth(w);
	assert_int_equal(1, auth_ways(w->auth));
	for (int twice = 0; twice < 2; twice++) { /* hashed, then from the cache */
		assert_int_equal(AUTH_OK, bearer(w, secret, &who));
		assert_string_equal(id, who.id);
		assert_int_equal(SCOPE_SUBMIT | SCOPE_READ, who.scopes);
		assert_int_equal(60, who.rate_per_minute);
	}
	assert_int_equal(AUTH_OK, auth_check(w->auth, SV_NONE, sv_from(secret), w->now_us, &who));
	(void)snprintf(header, sizeof(header), "  bEaReR   %s ", secret);
	assert_int_equal(AUTH_OK, auth_check(w->auth, sv_from(header), SV_NONE, w->now_us, &who));
	(void)snprintf(header, sizeof(header), "BEARER");
	assert_int_equal(
	    AUTH_OK, auth_check(w->auth, sv_from(header), sv_from(secret), w->now_us, &who));
}

static void
test_what_does_not_open(void **state)
{
	struct world *w = *state;
	char id[32], secret[AUTH_SECRET_MOST], long_one[400];
	struct auth_who who = { .id = "untouched" };

	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ, 0, id, secret));
	open_auth(w);
	assert_int_equal(AUTH_MISSING, auth_check(w->auth, SV_NONE, SV_NONE, w->now_us, &who));
	assert_int_equal(
	    AUTH_MISSING, auth_check(w->auth, SV("Bearer "), SV_NONE, w->now_us, &who));
	assert_int_equal(AUTH_MISSING, auth_check(w->auth, SV_NONE, SV(""), w->now_us, &who));
	assert_int_equal(
	    AUTH_INVALID, auth_check(w->auth, SV("Basic YTpi"), SV_NONE, w->now_us, &who));
	assert_int_equal(AUTH_INVALID, auth_check(w->auth, SV("Bearer"), SV("x"), w->now_us, &who));
	assert_int_equal(AUTH_INVALID, bearer(w, id, &who));
	memset(long_one, 'a', sizeof(long_one));
	assert_int_equal(
	    AUTH_INVALID, auth_check(w->auth, SV_NONE, (struct sv){ long_one, sizeof(long_one) },
			      w->now_us, &who));
	for (size_t i = 0; i < strlen(secret); i++) {
		char was = secret[i];

		secret[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(AUTH_INVALID, bearer(w, secret, &who));
		secret[i] = was;
	}
	secret[48] = 0;
	assert_int_equal(AUTH_INVALID, bearer(w, secret, &who));
	assert_string_equal("untouched", who.id);
}

static void
test_the_store_holds_no_secret(void **state)
{
	struct world *w = *state;
	char id[32], secret[AUTH_SECRET_MOST];
	struct arena *arena = arena_new(0);
	struct store_key *keys;
	uint8_t plain[32];
	size_t n;

	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ, 0, id, secret));
	assert_int_equal(COORD_OK, store_keys(w->store, arena, &keys, &n, &w->err));
	assert_int_equal(1, n);
	sha256_of(secret, strlen(secret), plain);
	assert_memory_not_equal(plain, keys[0].hash, 32);
	assert_false(sv_has(keys[0].id, sv_from(secret)) || sv_has(keys[0].name, sv_from(secret)));
	arena_free(arena);
	/* the same database under another pepper opens nothing */
	w->config.pepper = "another pepper of some length";
	open_auth(w);
	assert_int_equal(AUTH_INVALID, bearer(w, secret, &(struct auth_who){ 0 }));
}

static void
test_the_pepper_is_drawn_once(void **state)
{
	struct world *w = *state;
	char id[32], first[AUTH_SECRET_MOST], second[AUTH_SECRET_MOST];
	struct auth_who who;

	assert_int_equal(COORD_OK, create(w, "first", SCOPE_READ, 0, id, first));
	assert_int_equal(COORD_OK, create(w, "second", SCOPE_READ, 0, id, second));
	assert_string_not_equal(first, second);
	open_auth(w);
	assert_int_equal(AUTH_OK, bearer(w, first, &who));
	assert_int_equal(AUTH_OK, bearer(w, second, &who));
	assert_string_equal(id, who.id);
}

static void
test_a_damaged_or_short_pepper_is_said(void **state)
{
	struct world *w = *state;

	w->config.pepper = "short";
	assert_int_equal(COORD_EINVALID, auth_open(&w->config, w->store, NULL, &w->auth, &w->err));
	assert_non_null(strstr(w->err.what, "COORD_PEPPER"));
	assert_null(strstr(w->err.what, "short"));
	w->config.pepper = NULL;
	assert_int_equal(COORD_OK,
	    store_value_put(w->store, SV("auth"), SV("pepper"), SV("zz"), 0, false, &w->err));
	assert_int_equal(COORD_EPARSE, auth_open(&w->config, w->store, NULL, &w->auth, &w->err));
}

static void
test_expiry_is_of_the_second(void **state)
{
	struct world *w = *state;
	char id[32], secret[AUTH_SECRET_MOST];
	struct auth_who who;
	int64_t end = w->now_us + LONG_S * TIME_SECOND;

	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ, end, id, secret));
	open_auth(w);
	w->now_us = end - 1;
	assert_int_equal(AUTH_OK, bearer(w, secret, &who));
	w->now_us = end;
	assert_int_equal(AUTH_EXPIRED, bearer(w, secret, &who));
	assert_int_equal(AUTH_EXPIRED, bearer(w, secret, &who));
}

static void
test_revoking(void **state)
{
	struct world *w = *state;
	char id[32], secret[AUTH_SECRET_MOST], other[AUTH_SECRET_MOST];
	struct auth_who who;

	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ, 0, id, secret));
	assert_int_equal(COORD_OK, create(w, "other", SCOPE_READ, 0, id, other));
	open_auth(w);
	assert_int_equal(AUTH_OK, bearer(w, secret, &who));
	assert_int_equal(COORD_OK, auth_key_revoke(w->store, "ci", w->now_us, &w->err));
	assert_int_equal(COORD_OK, auth_reload(w->auth, &w->err));
	assert_int_equal(AUTH_INVALID, bearer(w, secret, &who)); /* although it was in the cache */
	assert_int_equal(AUTH_OK, bearer(w, other, &who));
	assert_int_equal(COORD_ENODATA, auth_key_revoke(w->store, "ci", w->now_us, &w->err));
	assert_int_equal(COORD_ENODATA, auth_key_revoke(w->store, "nobody", w->now_us, &w->err));
	assert_int_equal(COORD_OK, auth_key_revoke(w->store, id, w->now_us, &w->err));
	assert_int_equal(COORD_OK, auth_key_revoke(w->store, id, w->now_us, &w->err));
	assert_int_equal(COORD_ENODATA,
	    auth_key_rotate(&w->config, w->store, id, w->now_us, 0, secret, &w->err));
	/* its name is free again */
	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ, 0, id, secret));
}

static void
test_rotation_keeps_the_old_secret_for_the_grace(void **state)
{
	struct world *w = *state;
	char id[32], old[AUTH_SECRET_MOST], now[AUTH_SECRET_MOST], next[AUTH_SECRET_MOST];
	int64_t grace = LONG_S * TIME_SECOND;
	struct auth_who who;

	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ | SCOPE_ALL, 0, id, old));
	assert_int_equal(
	    COORD_OK, auth_key_rotate(&w->config, w->store, "ci", w->now_us, grace, now, &w->err));
	open_auth(w);
	assert_string_not_equal(old, now);
	assert_int_equal(AUTH_OK, bearer(w, now, &who));
	assert_string_equal(id, who.id);
	assert_int_equal(AUTH_OK, bearer(w, old, &who));
	assert_string_equal(id, who.id); /* the same owner */
	assert_int_equal(SCOPE_READ | SCOPE_ALL, who.scopes);
	w->now_us += grace;
	assert_int_equal(AUTH_EXPIRED, bearer(w, old, &who));
	assert_int_equal(AUTH_OK, bearer(w, now, &who));
	/* at once */
	assert_int_equal(
	    COORD_OK, auth_key_rotate(&w->config, w->store, id, w->now_us, 0, next, &w->err));
	assert_int_equal(COORD_OK, auth_reload(w->auth, &w->err));
	assert_int_equal(AUTH_INVALID, bearer(w, now, &who));
	assert_int_equal(AUTH_OK, bearer(w, next, &who));
}

static void
test_revoking_takes_old_secrets_along(void **state)
{
	struct world *w = *state;
	char id[32], old[AUTH_SECRET_MOST], now[AUTH_SECRET_MOST];
	struct auth_who who;

	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ, 0, id, old));
	assert_int_equal(COORD_OK,
	    auth_key_rotate(&w->config, w->store, id, w->now_us, INT64_MAX, now, &w->err));
	/* also when the store goes after the first write (one call reads the keys) */
	fake_store_fail_after(w->store, 2);
	assert_int_equal(COORD_EUNAVAIL, auth_key_revoke(w->store, id, w->now_us, &w->err));
	fake_store_fail_after(w->store, -1);
	open_auth(w);
	assert_int_equal(AUTH_INVALID, bearer(w, now, &who));
	assert_int_equal(AUTH_INVALID, bearer(w, old, &who));
	assert_int_equal(0, auth_ways(w->auth));
}

static void
test_a_rotation_cut_short_locks_nobody_out(void **state)
{
	struct world *w = *state;
	char id[32], old[AUTH_SECRET_MOST], now[AUTH_SECRET_MOST];
	struct auth_who who;
	enum coord_err rc = COORD_EUNAVAIL;

	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ, 0, id, old));
	for (int calls = 0; rc != COORD_OK; calls++) {
		fake_store_fail_after(w->store, calls);
		rc = auth_key_rotate(
		    &w->config, w->store, "ci", w->now_us, LONG_S * TIME_SECOND, now, &w->err);
		fake_store_fail_after(w->store, -1);
		open_auth(w);
		assert_int_equal(AUTH_OK, bearer(w, old, &who));
		assert_string_equal(id, who.id);
		assert_true(rc == COORD_OK || now[0] == 0);
		assert_in_range(calls, 0, 9);
	}
	assert_int_equal(AUTH_OK, bearer(w, now, &who));
}

static void
test_listing(void **state)
{
	struct world *w = *state;
	char id[32], first[32], secret[AUTH_SECRET_MOST];
	struct arena *arena = arena_new(0);
	struct store_key *keys;
	struct auth_who who;
	size_t n;

	assert_int_equal(COORD_OK, create(w, "first", SCOPE_READ, 0, first, secret));
	w->now_us += TIME_SECOND;
	assert_int_equal(COORD_OK, create(w, "second", SCOPE_ADMIN, 0, id, secret));
	assert_int_equal(COORD_OK, auth_key_rotate(&w->config, w->store, "second", w->now_us,
				       LONG_S * TIME_SECOND, secret, &w->err));
	open_auth(w);
	assert_int_equal(AUTH_OK, bearer(w, secret, &who));
	auth_close(w->auth); /* writes down what was used */
	w->auth = NULL;
	assert_int_equal(COORD_OK, auth_key_list(w->store, arena, &keys, &n, &w->err));
	assert_int_equal(2, n);
	assert_sv_equal(keys[0].name, "first");
	assert_int_equal(0, keys[0].used_us);
	assert_sv_equal(keys[1].name, "second");
	assert_true(keys[1].used_us == w->now_us);
	arena_free(arena);
}

static void
test_bad_new_keys(void **state)
{
	static const struct {
		const char *name;
		unsigned scopes;
		int64_t expires_us;
	} bad[] = {
		{ "", 1, 0 },
		{ "k_aaaaaaaaaaaaaaaa", 1, 0 },
		{ "~x", 1, 0 },
		{ "a\x1b[31m", 1, 0 },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1, 0 },
		{ "good", 0, 0 },
		{ "good", 16, 0 },
		{ "good", 1, 1 },
	};
	struct world *w = *state;
	char id[32], secret[AUTH_SECRET_MOST];

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(COORD_EINVALID,
		    create(w, bad[i].name, bad[i].scopes, bad[i].expires_us, id, secret));
	assert_int_equal(COORD_OK, create(w, "good", 1, 0, id, secret));
	assert_int_equal(COORD_EINVALID, create(w, "good", 1, 0, id, secret));
	assert_non_null(strstr(w->err.what, "good"));
}

static void
test_a_key_made_a_moment_ago_opens(void **state)
{
	struct world *w = *state;
	char id[32], secret[AUTH_SECRET_MOST], wrong[AUTH_SECRET_MOST];
	struct auth_who who;
	unsigned reads;

	open_auth(w);
	assert_int_equal(0, auth_ways(w->auth));
	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ, 0, id, secret));
	assert_int_equal(AUTH_OK, bearer(w, secret, &who));
	assert_int_equal(1, auth_ways(w->auth));
	/* wrong ones cannot make the store work: five, then one each quarter of a second (and the thread's own rounds) */
	memcpy(wrong, secret, sizeof(wrong));
	wrong[20] = wrong[20] == 'A' ? 'B' : 'A';
	auth_close(w->auth);
	w->auth = NULL;
	open_auth(w);
	reads = fake_store_reads(w->store);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(AUTH_INVALID, bearer(w, wrong, &who));
	assert_in_range(fake_store_reads(w->store) - reads, 5, 100);
}

static void
test_the_store_away_keeps_known_keys(void **state)
{
	struct world *w = *state;
	char id[32], secret[AUTH_SECRET_MOST];
	struct auth_who who;

	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ, 0, id, secret));
	open_auth(w);
	fake_store_fail_after(w->store, 0);
	assert_int_equal(COORD_EUNAVAIL, auth_reload(w->auth, &w->err));
	assert_int_equal(AUTH_OK, bearer(w, secret, &who));
	fake_store_fail_after(w->store, -1);
}

struct asking {
	struct world *w;
	const char *secret;
	atomic_bool stop;
	atomic_uint answers[AUTH_UNAVAILABLE + 1];
};

static void *
ask(void *context)
{
	struct asking *asking = context;
	struct auth_who who;
	struct auth_rate rate;

	while (!atomic_load(&asking->stop)) {
		enum auth_answer answer = bearer(asking->w, asking->secret, &who);

		atomic_fetch_add(&asking->answers[answer], 1);
		if (answer == AUTH_OK)
			(void)auth_rate_take(asking->w->auth, &who, 1, asking->w->now_us, &rate);
	}
	return NULL;
}

static void
test_threads_see_one_truth(void **state)
{
	struct world *w = *state;
	char id[32], secret[AUTH_SECRET_MOST], other[AUTH_SECRET_MOST];
	struct asking asking = { .w = w, .secret = secret };
	pthread_t threads[3];

	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ, 0, id, secret));
	open_auth(w);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(0, pthread_create(&threads[i], NULL, ask, &asking));
	for (int i = 0; i < 50; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "other %d", i);
		assert_int_equal(COORD_OK, create(w, name, SCOPE_READ, 0, id, other));
		assert_int_equal(COORD_OK, auth_reload(w->auth, &w->err));
	}
	while (atomic_load(&asking.answers[AUTH_OK]) == 0)
		;
	assert_int_equal(0, atomic_load(&asking.answers[AUTH_INVALID]));
	assert_int_equal(COORD_OK, auth_key_revoke(w->store, "ci", w->now_us, &w->err));
	assert_int_equal(COORD_OK, auth_reload(w->auth, &w->err));
	while (atomic_load(&asking.answers[AUTH_INVALID]) < 10)
		;
	atomic_store(&asking.stop, true);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		(void)pthread_join(threads[i], NULL);
	assert_int_equal(0, atomic_load(&asking.answers[AUTH_EXPIRED]));
	assert_int_equal(51, auth_ways(w->auth) + 1);
}

static void
test_keys_of_the_environment(void **state)
{
	struct world *w = *state;
	struct auth_who who, again;

	w->config.api_keys = "the-first-given-key, the-second-given-key,";
	open_auth(w);
	assert_int_equal(2, auth_ways(w->auth));
	assert_int_equal(AUTH_OK, bearer(w, "the-first-given-key", &who));
	assert_int_equal(SCOPE_SUBMIT | SCOPE_READ, who.scopes);
	assert_int_equal(0, strncmp(who.id, "env_", 4));
	assert_null(strstr(who.id, "given"));
	assert_int_equal(AUTH_OK, bearer(w, "the-second-given-key", &again));
	assert_string_not_equal(who.id, again.id);
	assert_int_equal(AUTH_INVALID, bearer(w, "the-third-given-key", &again));
	open_auth(w); /* the owner stays the same over a restart */
	assert_int_equal(AUTH_OK, bearer(w, "the-first-given-key", &again));
	assert_string_equal(who.id, again.id);
	auth_close(w->auth);
	w->auth = NULL;
	w->config.api_keys = "short";
	assert_int_equal(COORD_EINVALID, auth_open(&w->config, w->store, NULL, &w->auth, &w->err));
	assert_non_null(strstr(w->err.what, "COORD_API_KEYS"));
	assert_null(strstr(w->err.what, "short"));
}

static void
test_open_mode_asks_for_nothing(void **state)
{
	struct world *w = *state;
	char id[32], secret[AUTH_SECRET_MOST];
	struct auth_who who;

	w->config.open_mode = true;
	assert_int_equal(COORD_OK, create(w, "ci", SCOPE_READ, 0, id, secret));
	open_auth(w);
	assert_int_equal(AUTH_OK, auth_check(w->auth, SV_NONE, SV_NONE, w->now_us, &who));
	assert_string_equal("open", who.id);
	assert_int_equal(AUTH_OK, bearer(w, secret, &who));
	assert_string_equal(id, who.id);
}

static void
test_scopes(void **state)
{
	struct buf out = BUF_INIT(64);
	unsigned scopes = 99;

	(void)state;
	assert_true(auth_scopes_parse(SV("read, submit"), &scopes));
	assert_int_equal(SCOPE_READ | SCOPE_SUBMIT, scopes);
	auth_scopes_write(SCOPE_READ | SCOPE_SUBMIT | SCOPE_ALL, &out);
	assert_string_equal("submit,read,all", buf_cstr(&out));
	buf_clear(&out);
	assert_false(auth_scopes_parse(SV(""), &scopes));
	assert_false(auth_scopes_parse(SV("read,"), &scopes));
	assert_false(auth_scopes_parse(SV("Read"), &scopes));
	assert_false(auth_scopes_parse(SV("read,root"), &scopes));
	assert_int_equal(SCOPE_READ | SCOPE_SUBMIT, scopes);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_WORLD(test_a_key_opens_by_both_headers),
		WITH_WORLD(test_what_does_not_open),
		WITH_WORLD(test_the_store_holds_no_secret),
		WITH_WORLD(test_the_pepper_is_drawn_once),
		WITH_WORLD(test_a_damaged_or_short_pepper_is_said),
		WITH_WORLD(test_expiry_is_of_the_second),
		WITH_WORLD(test_revoking),
		WITH_WORLD(test_rotation_keeps_the_old_secret_for_the_grace),
		WITH_WORLD(test_revoking_takes_old_secrets_along),
		WITH_WORLD(test_a_rotation_cut_short_locks_nobody_out),
		WITH_WORLD(test_listing),
		WITH_WORLD(test_bad_new_keys),
		WITH_WORLD(test_a_key_made_a_moment_ago_opens),
		WITH_WORLD(test_the_store_away_keeps_known_keys),
		WITH_WORLD(test_threads_see_one_truth),
		WITH_WORLD(test_keys_of_the_environment),
		WITH_WORLD(test_open_mode_asks_for_nothing),
		cmocka_unit_test(test_scopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
