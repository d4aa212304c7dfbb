/* test_callbacks.c - callbacks against a real store and a receiver that misbehaves (tests/support/standin.py): what is sent, when it is tried again, when
 * it is given up, and that a dead receiver holds up nobody else. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/log.h"
#include "jobs/callbacks.h"
#include "standin.h"
#include "testing.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define DAY_US (86400 * TIME_SECOND)

static struct standin standin;

struct world {
	char folder[64], path[128];
	struct config config;
	struct jobs_world world;
	struct callbacks *callbacks;
	struct coord_error err;
	unsigned submitted;
};

/** Every name is this machine. */
static size_t
resolve(void *context, const char *host, struct addr *ret, size_t most)
{
	(void)context;
	(void)host;
	return addr_parse(SV("127.0.0.1"), ret) && most > 0 ? 1 : 0;
}

static void
pause_shortly(void)
{
	clock_sleep(2000);
}

static int
setup(void **state)
{
	static struct world w;
	const struct net_options options = { .resolve = resolve };

	w = (struct world){ .folder = "/tmp/coord-callbacks-XXXXXX",
		.config = { .callback_http = true,
		    .callback_ports = "*",
		    .callback_private = "127.0.0.0/8",
		    .callback_secret = SECRET } };
	w.world.config = &w.config;
	if (mkdtemp(w.folder) == NULL)
		return -1;
	(void)snprintf(w.path, sizeof(w.path), "sqlite:%s/coord.db", w.folder);
	*state = &w;
	return store_open(w.path, NULL, &w.world.store, &w.err) == COORD_OK &&
		       net_new(&options, &w.world.net, &w.err) == COORD_OK
		   ? 0
		   : -1;
}

static int
teardown(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct world *w = *state;

	callbacks_free(w->callbacks);
	net_free(w->world.net);
	store_close(w->world.store);
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		char path[160];

		(void)snprintf(path, sizeof(path), "%s/coord.db%s", w->folder, ends[i]);
		(void)unlink(path);
	}
	(void)rmdir(w->folder);
	return 0;
}

static void
ok(struct world *w, enum coord_err rc)
{
	if (rc != COORD_OK)
		fail_msg("%s", w->err.what);
}

static void
start(struct world *w)
{
	ok(w, callbacks_new(&w->world, &w->callbacks, &w->err));
}

/** An analysis that has ended, so that `url` is due. Its answer is {"analysis_id":...}. */
static void
ended(struct world *w, const char *url, char ret_id[STORE_ID_LEN + 1])
{
	struct arena *arena = arena_new(0);
	struct store_submission item = { .owner = SV("k_one"),
		.depth = SV("standard"),
		.options = SV("{}"),
		.callback_url = sv_from(url),
		.sessions = 2,
		.request = SV("x") };
	struct store_submit submit = { .items = &item, .n = 1, .now_us = clock_wall() };
	struct store_analysis analysis;
	enum store_submitted what;
	enum store_begun begun;
	struct sv reply;
	uint64_t fence;
	char response[128];

	(void)snprintf(item.id, sizeof(item.id), "00000000-0000-4000-8000-%012x", ++w->submitted);
	(void)snprintf(response, sizeof(response),
	    "{\"analysis_id\":\"%s\",\"status\":\"completed\"}", item.id);
	ok(w, store_submit_wait(w->world.store, &submit, arena, &what, &reply, &w->err));
	ok(w, store_begin(w->world.store, sv_from(item.id), SV("w"), clock_wall(), 60 * TIME_SECOND,
		  3, arena, &begun, &fence, &analysis, &w->err));
	ok(w, store_finish(w->world.store, sv_from(item.id), fence, clock_wall(),
		  &(struct store_result){ .confidence = 0.5,
		      .verdict = SV("coincidental"),
		      .response = sv_from(response),
		      .document = SV("x") },
		  &w->err));
	memcpy(ret_id, item.id, sizeof(item.id));
	arena_free(arena);
}

/** The callback of an analysis as it is listed; false: it is not (delivered). */
static bool
listed(struct world *w, const char *analysis, struct store_callback *ret, char error[256])
{
	struct arena *arena = arena_new(0);
	struct store_callback *all;
	bool found = false;
	size_t n;

	ok(w, store_callbacks_list(w->world.store, false, 1000, arena, &all, &n, &w->err));
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].analysis_id, analysis) == 0) {
			*ret = all[i];
			(void)snprintf(error, 256, "%.*s", SV_ARG(all[i].error));
			found = true;
		}
	arena_free(arena);
	return found;
}

/** Delivers what is due `ahead_us` from now until the callback has been tried `tries` times, is dead or delivered. */
static bool
tried(struct world *w, const char *analysis, uint32_t tries, int64_t ahead_us,
    struct store_callback *ret, char error[256])
{
	bool there;

	ok(w, callbacks_deliver(w->callbacks, clock_wall() + ahead_us, &w->err));
	while ((there = listed(w, analysis, ret, error)) && ret->attempts < tries && !ret->dead)
		pause_shortly();
	return there;
}

static const char *
url_of(const char *host, const char *path)
{
	static char urls[4][256];
	static unsigned at;
	char *url = urls[at++ % 4];

	(void)snprintf(url, sizeof(urls[0]), "http://%s:%u%s", host, standin.http, path);
	return url;
}

static void
ask(struct world *w, const char *method, const char *path, struct sv body, struct buf *ret)
{
	const struct net_gate gate = {
		.allow_http = true, .any_port = true, .allow_private = true
	};
	const struct net_request request = {
		.method = method, .url = url_of("127.0.0.1", path), .gate = &gate, .body = body
	};
	struct net_answer answer;

	ok(w, net_fetch(w->world.net, &request, &answer, &w->err));
	assert_int_equal(200, answer.status);
	buf_add_sv(ret, buf_sv(&answer.body));
	net_answer_clear(&answer);
}

static void
script(struct world *w, const char *name, const char *steps)
{
	struct buf unused = BUF_INIT(4096);
	char path[64];

	(void)snprintf(path, sizeof(path), "/scripts/%s", name);
	ask(w, "POST", path, sv_from(steps), &unused);
	buf_clear(&unused);
}

/** The requests that came to a path, parsed. */
struct came {
	struct json_parser *parser;
	struct buf text;
	struct json_value all;
	size_t n;
};

static void
came_clear(struct came *came)
{
	json_parser_free(came->parser);
	buf_clear(&came->text);
}

static void
came_to(struct world *w, const char *path, struct came *ret)
{
	char where[128];

	*ret = (struct came){ .parser = json_parser_new(1 << 20, 16), .text = BUF_INIT(1 << 20) };
	(void)snprintf(where, sizeof(where), "/requests%s", path);
	ask(w, "GET", where, SV_NONE, &ret->text);
	ok(w, json_parse(ret->parser, ret->text.data, ret->text.len, false, &ret->all, &w->err));
	ret->n = json_count(ret->all);
}

static size_t
count_of(struct world *w, const char *path)
{
	struct came came;
	size_t n;

	came_to(w, path, &came);
	n = came.n;
	came_clear(&came);
	return n;
}

static struct json_value
request_at(const struct came *came, size_t i)
{
	struct json_iter iter = json_each(came->all);
	struct json_value v = JSON_MISSING;

	for (size_t k = 0; k <= i; k++)
		assert_true(json_next(&iter, &v));
	return v;
}

static struct sv
text_at(struct json_value request, const char *key, const char *header)
{
	struct json_value v = json_get(request, sv_from(key));
	struct sv text = SV_NONE;

	if (header != NULL)
		v = json_get(v, sv_from(header));
	assert_true(json_string(v, &text));
	return text;
}

/* --- tests --------------------------------------------------------------------------------------------------------------------- */

static void
test_waits(void **state)
{
	static const int64_t seconds[] = { 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400 };
	unsigned different = 0;

	(void)state;
	for (uint32_t i = 0; i < COUNT_OF(seconds); i++) {
		int64_t wait = callback_wait("id", i + 1, 0),
			other = callback_wait("other", i + 1, 0);

		assert_in_range(wait, seconds[i] * 900000, seconds[i] * 1100000);
		assert_in_range(other, seconds[i] * 900000, seconds[i] * 1100000);
		assert_true(wait == callback_wait("id", i + 1, 0));
		different += wait != other;
	}
	assert_in_range(different, 5, 9);
	assert_true(callback_wait("id", 10, 0) == 0 && callback_wait("id", 11, DAY_US) == 0);
	assert_true(callback_wait("id", 1, 60 * TIME_SECOND) == 60 * TIME_SECOND);
	assert_true(callback_wait("id", 9, 60 * TIME_SECOND) > 60 * TIME_SECOND);
	assert_true(callback_wait("id", 1, 7 * DAY_US) == DAY_US);
}

static void
test_what_is_posted(void **state)
{
	struct world *w = *state;
	struct buf signature = BUF_INIT(256);
	struct store_callback c;
	struct came came;
	uint8_t body[256];
	size_t body_len;
	int64_t stamp;
	char id[STORE_ID_LEN + 1], error[256];
	struct json_value r;

	ended(w, url_of("receiver.test", "/echo/posted/a/../b?token=t%20t&x"), id);
	start(w);
	assert_false(tried(w, id, 1, 0, &c, error));
	came_to(w, "/echo/posted", &came);
	assert_int_equal(1, came.n);
	r = request_at(&came, 0);
	assert_sv_equal(text_at(r, "method", NULL), "POST");
	assert_sv_equal(text_at(r, "path", NULL), "/echo/posted/a/../b?token=t%20t&x");
	assert_sv_equal(text_at(r, "headers", "content-type"), "application/json");
	assert_true(sv_starts(text_at(r, "headers", "host"), SV("receiver.test:")));
	assert_true(base64_decode(
	    BASE64_STANDARD, text_at(r, "body", NULL), body, sizeof(body), &body_len));
	assert_true(sv_has((struct sv){ (char *)body, body_len }, sv_from(id)));
	assert_true(sv_starts(text_at(r, "headers", "webhook-id"), SV("msg_")));
	assert_true(sv_to_i64(text_at(r, "headers", "webhook-timestamp"), &stamp));
	assert_in_range(stamp, clock_wall() / TIME_SECOND - 300, clock_wall() / TIME_SECOND + 1);
	ok(w, net_webhook_sign(SV(SECRET), text_at(r, "headers", "webhook-id"), stamp,
		  (struct sv){ (char *)body, body_len }, &signature, &w->err));
	assert_true(sv_eq(buf_sv(&signature), text_at(r, "headers", "webhook-signature")));
	buf_clear(&signature);
	came_clear(&came);
}

/** Its only worker went away for good: it is failed without an answer of its own. */
static void
given_up(struct world *w, const char *url, char ret_id[STORE_ID_LEN + 1])
{
	struct arena *arena = arena_new(0);
	struct store_submission item = { .owner = SV("k_one"),
		.depth = SV("standard"),
		.options = SV("{}"),
		.callback_url = sv_from(url),
		.sessions = 2,
		.request = SV("x") };
	struct store_submit submit = { .items = &item, .n = 1, .now_us = clock_wall() };
	struct store_analysis analysis;
	enum store_submitted what;
	enum store_begun begun;
	struct sv reply;
	uint64_t fence;

	(void)snprintf(item.id, sizeof(item.id), "00000000-0000-4000-8000-%012x", ++w->submitted);
	ok(w, store_submit_wait(w->world.store, &submit, arena, &what, &reply, &w->err));
	ok(w, store_begin(w->world.store, sv_from(item.id), SV("w"), clock_wall() - TIME_SECOND, 1,
		  1, arena, &begun, &fence, &analysis, &w->err));
	assert_int_equal(BEGIN_YOURS, begun);
	ok(w, store_begin(w->world.store, sv_from(item.id), SV("v"), clock_wall(), TIME_SECOND, 1,
		  arena, &begun, &fence, &analysis, &w->err));
	assert_int_equal(BEGIN_SPENT, begun);
	memcpy(ret_id, item.id, sizeof(item.id));
	arena_free(arena);
}

static void
test_one_that_was_given_up_is_told_as_failed(void **state)
{
	struct world *w = *state;
	struct store_callback c;
	struct came came;
	uint8_t body[1024];
	struct sv text = { (const char *)body, 0 };
	char id[STORE_ID_LEN + 1], error[256];

	given_up(w, url_of("receiver.test", "/echo/given-up"), id);
	start(w);
	assert_false(tried(w, id, 1, 0, &c, error));
	came_to(w, "/echo/given-up", &came);
	assert_int_equal(1, came.n);
	assert_true(base64_decode(BASE64_STANDARD, text_at(request_at(&came, 0), "body", NULL),
	    body, sizeof(body), &text.len));
	assert_true(sv_has(text, sv_from(id)));
	assert_true(sv_has(text, SV("\"failed\"")));
	assert_true(sv_has(text, SV("\"error\"")));
	came_clear(&came);
}

static void
test_failures_are_tried_again_under_the_same_id(void **state)
{
	struct world *w = *state;
	struct store_callback c;
	struct came came;
	char id[STORE_ID_LEN + 1], error[256];
	struct sv first;
	int64_t begun = clock_wall();

	script(w, "again", "[500, 302, [429, {\"Retry-After\": \"7200\"}], 200]");
	ended(w, url_of("receiver.test", "/script/again"), id);
	start(w);
	assert_true(tried(w, id, 1, 0, &c, error));
	assert_int_equal(1, c.attempts);
	assert_false(c.dead);
	assert_true(c.due_us > begun && c.due_us < clock_wall() + 6 * TIME_SECOND);
	assert_string_equal("the receiver answered 500", error);
	assert_true(tried(w, id, 2, DAY_US, &c, error));
	assert_string_equal("the receiver answered 302", error); /* not followed */
	assert_true(tried(w, id, 3, DAY_US, &c, error));
	assert_in_range(c.due_us - clock_wall(), 6000 * TIME_SECOND, 7200 * TIME_SECOND);
	assert_null(strstr(error, "secret")); /* what it answered is nobody's */
	assert_false(tried(w, id, 4, DAY_US, &c, error));
	came_to(w, "/script/again", &came);
	assert_int_equal(4, came.n);
	first = text_at(request_at(&came, 0), "headers", "webhook-id");
	for (size_t i = 1; i < 4; i++)
		assert_true(sv_eq(first, text_at(request_at(&came, i), "headers", "webhook-id")));
	came_clear(&came);
}

static void
test_given_up_after_the_last(void **state)
{
	struct world *w = *state;
	struct store_callback c;
	char id[STORE_ID_LEN + 1], error[256];

	script(w, "never", "[503]");
	ended(w, url_of("receiver.test", "/script/never"), id);
	start(w);
	for (uint32_t i = 1; i <= 10; i++) {
		assert_true(tried(w, id, i, 2 * DAY_US, &c, error));
		assert_int_equal(i, c.attempts);
		assert_int_equal(i == 10, c.dead);
	}
	assert_int_equal(10, count_of(w, "/script/never"));
	/* an operator may have it tried again, from the start */
	ok(w, store_callback_requeue(w->world.store, sv_from(c.id), clock_wall(), &w->err));
	script(w, "never", "[200]");
	assert_false(tried(w, id, 1, 0, &c, error));
	assert_int_equal(11, count_of(w, "/script/never"));
}

static void
test_dead_at_once(void **state)
{
	static const char *const nowhere[] = { "http://10.0.0.1/x", "http://169.254.169.254/latest",
		"ftp://receiver.test/", "http://[::1]/", "http://2130706433/" };
	struct world *w = *state;
	struct store_callback c;
	char id[STORE_ID_LEN + 1], error[256];

	start(w);
	ended(w, url_of("receiver.test", "/status/410"), id);
	assert_true(tried(w, id, 1, 0, &c, error));
	assert_true(c.dead && c.attempts == 1);
	for (size_t i = 0; i < COUNT_OF(nowhere); i++) {
		ended(w, nowhere[i], id);
		assert_true(tried(w, id, 1, 0, &c, error));
		assert_true(c.dead);
		assert_true(error[0] != 0);
	}
}

/** Another process holds the database while the answer comes: it is written down when it can be, and the receiver is not told twice. */
static void
test_a_store_that_is_away_a_while(void **state)
{
	static const struct store_options hasty = { .busy_ms = 20 };
	struct world *w = *state;
	struct store_callback c = { .dead = false };
	char path[128], id[STORE_ID_LEN + 1], error[256] = "";
	int64_t until_us = clock_steady() + 60 * TIME_SECOND;
	sqlite3 *other;

	store_close(w->world.store);
	ok(w, store_open(w->path, &hasty, &w->world.store, &w->err));
	ended(w, url_of("receiver.test", "/wait/late"), id);
	start(w);
	ok(w, callbacks_deliver(w->callbacks, clock_wall(), &w->err));
	while (count_of(w, "/wait/late") == 0)
		pause_shortly();
	(void)snprintf(path, sizeof(path), "%s/coord.db", w->folder);
	assert_int_equal(SQLITE_OK, sqlite3_open(path, &other));
	assert_int_equal(SQLITE_OK, sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL));
	script(w, "late", "[410, 200]");
	clock_sleep(500000);
	assert_true(listed(w, id, &c, error) && c.attempts == 0);
	assert_int_equal(SQLITE_OK, sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL));
	assert_int_equal(SQLITE_OK, sqlite3_close(other));
	while (!c.dead && clock_steady() < until_us && listed(w, id, &c, error))
		pause_shortly();
	assert_true(c.dead);
	assert_int_equal(1, c.attempts);
	assert_string_equal("the receiver answered 410", error);
	assert_int_equal(1, count_of(w, "/wait/late"));
}

static void
test_a_gate_closed_later_holds(void **state)
{
	/* accepted when it was allowed; the settings have changed since */
	struct world *w = *state;
	struct store_callback c;
	char id[STORE_ID_LEN + 1], error[256];

	w->config.callback_private = "";
	ended(w, url_of("receiver.test", "/echo/closed"), id);
	start(w);
	assert_true(tried(w, id, 1, 0, &c, error));
	assert_true(c.dead);
	assert_int_equal(0, count_of(w, "/echo/closed"));
}

static void
test_a_dead_receiver_holds_up_nobody_else(void **state)
{
	struct world *w = *state;
	char id[STORE_ID_LEN + 1], alive[STORE_ID_LEN + 1], error[256];
	struct store_callback c;

	for (int i = 0; i < 100; i++)
		ended(w, url_of("dead.test", "/hang/dead"), id);
	ended(w, url_of("alive.test", "/status/200"), alive);
	start(w);
	while (listed(w, alive, &c, error)) {
		ok(w, callbacks_deliver(w->callbacks, clock_wall(), &w->err));
		pause_shortly();
	}
	/* the dead one got no more than its share of what runs at once */
	assert_in_range(count_of(w, "/hang/dead"), 1, 4);
	/* and a stop does not wait for it, nor count it */
	callbacks_free(w->callbacks);
	w->callbacks = NULL;
	assert_true(listed(w, id, &c, error));
	assert_int_equal(0, c.attempts);
}

static void
test_many_to_one_host_all_arrive(void **state)
{
	struct world *w = *state;
	char id[STORE_ID_LEN + 1];

	for (int i = 0; i < 50; i++)
		ended(w, url_of("receiver.test", "/echo/many"), id);
	start(w);
	while (count_of(w, "/echo/many") < 50) {
		ok(w, callbacks_deliver(w->callbacks, clock_wall(), &w->err));
		pause_shortly();
	}
	callbacks_free(w->callbacks);
	w->callbacks = NULL;
	assert_int_equal(50, count_of(w, "/echo/many")); /* none twice */
}

static void
test_two_processes_share(void **state)
{
	struct world *w = *state;
	struct callbacks *other;
	char id[STORE_ID_LEN + 1];

	for (int i = 0; i < 20; i++)
		ended(w, url_of("receiver.test", "/echo/shared"), id);
	start(w);
	ok(w, callbacks_new(&w->world, &other, &w->err));
	while (count_of(w, "/echo/shared") < 20) {
		ok(w, callbacks_deliver(w->callbacks, clock_wall(), &w->err));
		ok(w, callbacks_deliver(other, clock_wall(), &w->err));
		pause_shortly();
	}
	callbacks_free(other);
	assert_int_equal(20, count_of(w, "/echo/shared"));
}

static void
test_settings(void **state)
{
	static const struct {
		const char *ports, *private, *hosts, *secret, *named;
	} bad[] = {
		{ "443,x", "", "", SECRET, "COORD_CALLBACK_PORTS" },
		{ "0", "", "", SECRET, "COORD_CALLBACK_PORTS" },
		{ "65536", "", "", SECRET, "COORD_CALLBACK_PORTS" },
		{ "443", "10.0.0.0/40", "", SECRET, "COORD_CALLBACK_PRIVATE" },
		{ "443", "localhost", "", SECRET, "COORD_CALLBACK_PRIVATE" },
		{ "443", "", "", "whsec_short", "COORD_CALLBACK_SECRET" },
		{ "443", "", "", "hunter2", "COORD_CALLBACK_SECRET" },
	};
	struct world *w = *state;
	struct arena *arena = arena_new(0);
	struct net_gate gate;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		w->config.callback_ports = bad[i].ports;
		w->config.callback_private = bad[i].private;
		w->config.callback_hosts = bad[i].hosts;
		w->config.callback_secret = bad[i].secret;
		assert_int_equal(COORD_EINVALID, callbacks_new(&w->world, &w->callbacks, &w->err));
		assert_non_null(strstr(w->err.what, bad[i].named));
		assert_null(strstr(w->err.what, "hunter2"));
	}
	w->config.callback_ports = "443, 8443";
	w->config.callback_private = "10.0.0.0/8,fd00::/8";
	w->config.callback_hosts = "hooks.example.org,";
	ok(w, jobs_callback_gate(&w->config, arena, &gate, &w->err));
	assert_int_equal(2, gate.n_ports);
	assert_int_equal(8443, gate.ports[1]);
	assert_int_equal(2, gate.n_also);
	assert_int_equal(1, gate.n_hosts);
	assert_string_equal("hooks.example.org", gate.hosts[0]);
	assert_true(gate.allow_http && !gate.any_port && !gate.allow_private);
	arena_free(arena);
}

static void
test_a_secret_is_made_once(void **state)
{
	struct world *w = *state;
	struct buf first = BUF_INIT(256), second = BUF_INIT(256), unused = BUF_INIT(256);

	w->config.callback_secret = "";
	ok(w, jobs_callback_secrets(&w->config, w->world.store, &first, &w->err));
	ok(w, jobs_callback_secrets(&w->config, w->world.store, &second, &w->err));
	assert_true(sv_starts(buf_sv(&first), SV("whsec_")));
	assert_true(sv_eq(buf_sv(&first), buf_sv(&second)));
	ok(w, net_webhook_sign(buf_sv(&first), SV("id"), 1, SV("{}"), &unused, &w->err));
	buf_clear(&first);
	buf_clear(&second);
	buf_clear(&unused);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits),
		WITH_WORLD(test_what_is_posted),
		WITH_WORLD(test_one_that_was_given_up_is_told_as_failed),
		WITH_WORLD(test_failures_are_tried_again_under_the_same_id),
		WITH_WORLD(test_given_up_after_the_last),
		WITH_WORLD(test_dead_at_once),
		WITH_WORLD(test_a_store_that_is_away_a_while),
		WITH_WORLD(test_a_gate_closed_later_holds),
		WITH_WORLD(test_a_dead_receiver_holds_up_nobody_else),
		WITH_WORLD(test_many_to_one_host_all_arrive),
		WITH_WORLD(test_two_processes_share),
		WITH_WORLD(test_settings),
		WITH_WORLD(test_a_secret_is_made_once),
	};
	int failed;

	log_setup(STDERR_FILENO, false, LOG_ERROR);
	if (argc < 2 || !standin_start(&standin, argv[1])) {
		(void)fprintf(stderr, "the stand-in did not start\n");
		return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	standin_stop(&standin);
	return failed;
}
