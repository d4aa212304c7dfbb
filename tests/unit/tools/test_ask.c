/* test_ask.c - the client layer against stand-ins: every outcome, and that nothing is asked twice, too often, or at all when it must not be. */
#include "testing.h"

#include "online.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct online world;

static int
begin(void **state)
{
	online_begin(&world);
	*state = &world;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	online_end(&world);
	return 0;
}

#define ISC(w, address) online_ask((w), "isc", "ip", ASK_ADDRESS, (address))

static void
test_a_hit_and_a_miss_are_cached(void **state)
{
	struct online *w = *state;
	struct tools_answer hit, miss, again;

	w->tools = online_tools(w, "isc", "", NULL);
	hit = ISC(w, "45.9.20.7");
	assert_int_equal(hit.outcome, LOOKUP_HIT);
	assert_false(hit.cached);
	assert_int_equal(hit.tries, 1);
	assert_int_equal(strlen(hit.sha256), 64);
	assert_string_equal(online_facts(w, &hit),
	    "asn=3045 as_name=EXAMPLE-45, NL country=NL prefix=45.9.20.0/24 reports=4213 "
	    "targets=311 listed=attacks "
	    "first_seen=1766188800000000 last_seen=1767484800000000 feed=blocklistde22");
	miss = ISC(w, "45.9.20.8");
	assert_int_equal(miss.outcome, LOOKUP_MISS);
	assert_int_equal(miss.n_facts, 0);

	again = ISC(w, "45.9.20.7");
	assert_true(again.cached);
	assert_int_equal(again.tries, 0);
	assert_string_equal(online_facts(w, &again), online_facts(w, &hit));
	assert_string_equal(again.sha256, hit.sha256);
	assert_true(ISC(w, "45.9.20.8").cached);
	assert_int_equal(online_count(w, "isc"), 2);

	w->now_us += 12 * 3600 * TIME_SECOND;
	assert_false(ISC(w, "45.9.20.7").cached);
	assert_int_equal(online_count(w, "isc"), 3);
}

static void
test_every_fault_of_http(void **state)
{
	/* the deadline of a try is short: who hangs is waited for three times */
	static const struct {
		const char *faults;
		enum tools_outcome outcome;
		size_t requests;
	} rows[] = {
		{ "\"status:500\",\"status:500\",\"status:500\"", LOOKUP_UNAVAILABLE, 3 },
		{ "\"status:503\",\"status:500\"", LOOKUP_HIT, 3 },
		{ "\"status:400\"", LOOKUP_BAD_REQUEST, 1 },
		{ "\"status:404\"", LOOKUP_BAD_REQUEST, 1 },
		{ "\"status:401\"", LOOKUP_AUTH_FAILED, 1 },
		{ "\"status:403\"", LOOKUP_AUTH_FAILED, 1 },
		{ "\"retry:seconds:3600\"", LOOKUP_RATE_LIMITED, 1 },
		{ "\"retry:date:3600\"", LOOKUP_RATE_LIMITED, 1 },
		{ "\"retry:seconds:2\"", LOOKUP_HIT, 2 },
		{ "\"*hang\"", LOOKUP_UNAVAILABLE, 3 },
		{ "\"*dribble\"", LOOKUP_UNAVAILABLE, 3 },
		{ "\"*close\"", LOOKUP_UNAVAILABLE, 3 },
		{ "\"*garbage\"", LOOKUP_UNAVAILABLE, 3 },
		{ "\"close\"", LOOKUP_HIT, 2 },
		{ "\"chunked\"", LOOKUP_HIT, 1 },
		{ "\"gzip\"", LOOKUP_HIT, 1 },
		{ "\"twice\"", LOOKUP_HIT, 1 },
		{ "\"large\"", LOOKUP_BAD_PAYLOAD, 1 },
		{ "\"bomb\"", LOOKUP_BAD_PAYLOAD, 1 },
		{ "\"html\"", LOOKUP_BAD_PAYLOAD, 1 },
		{ "\"xml\"", LOOKUP_BAD_PAYLOAD, 1 },
		{ "\"truncated\"", LOOKUP_BAD_PAYLOAD, 1 },
		{ "\"utf8\"", LOOKUP_BAD_PAYLOAD, 1 },
	};
	struct online *w = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		/* HTTP is read with a short deadline only where somebody hangs, so that a slow machine is no fault */
		bool slow = strstr(rows[i].faults, "hang") != NULL ||
			    strstr(rows[i].faults, "dribble") != NULL;
		struct tools_answer answer;

		w->tools = online_tools(w, "ripestat", slow ? "\"deadline\":0.3" : "", NULL);
		online_control(w, "ripestat",
		    arena_printf(w->arena, "{\"forget\":true,\"faults\":[%s]}", rows[i].faults));
		answer = online_ask(w, "ripestat", "network-info", ASK_ADDRESS, "45.9.20.7");
		if (answer.outcome != rows[i].outcome ||
		    online_count(w, "ripestat") != rows[i].requests ||
		    answer.tries != rows[i].requests)
			fail_msg("%s: %s (%.*s) after %zu requests", rows[i].faults,
			    tools_outcome_name(answer.outcome), SV_ARG(answer.why),
			    online_count(w, "ripestat"));
		assert_true((answer.outcome == LOOKUP_HIT) == (answer.why.len == 0));
		tools_close(w->tools);
		w->tools = NULL;
	}
}

static void
test_nobody_listens(void **state)
{
	struct online *w = *state;
	struct tools_answer answer;

	/* the later of equal members counts for nothing: the first does, so the URL is given by its own line */
	w->standin.http +=
	    1; /* a port of nobody: no test program binds the one behind the stand-in's, and if so, it is no ISC */
	w->tools = online_tools(w, "isc", "\"deadline\":2", NULL);
	w->standin.http -= 1;
	answer = ISC(w, "45.9.20.7");
	assert_true(answer.outcome == LOOKUP_UNAVAILABLE || answer.outcome == LOOKUP_BAD_PAYLOAD ||
		    answer.outcome == LOOKUP_BAD_REQUEST);
	assert_int_equal(online_count(w, "isc"), 0);
}

static void
test_a_pause_is_everybodys(void **state)
{
	struct online *w = *state;
	struct tools_answer answer;
	struct tools *other;

	w->store = online_store(w);
	w->tools = online_tools(w, "isc", "", NULL);
	online_control(w, "isc", "{\"faults\":[\"retry:seconds:60\"]}");
	answer = ISC(w, "45.9.20.7");
	assert_int_equal(answer.outcome, LOOKUP_RATE_LIMITED);
	/* five minutes, or Retry-After when that is longer */
	assert_true(answer.until_us >= ONLINE_NOW + 300 * TIME_SECOND);
	assert_int_equal(ISC(w, "45.9.20.9").outcome, LOOKUP_RATE_LIMITED);
	/* another worker on the same store */
	other = w->tools;
	w->tools = online_tools(w, "isc", "", NULL);
	assert_int_equal(ISC(w, "45.9.20.11").outcome, LOOKUP_RATE_LIMITED);
	assert_int_equal(online_count(w, "isc"), 1);
	w->now_us = answer.until_us;
	assert_int_equal(ISC(w, "45.9.20.11").outcome, LOOKUP_HIT);
	tools_close(other);
}

static void
test_a_wrong_key_opens_until_the_configuration_is_read_again(void **state)
{
	struct online *w = *state;

	w->tools = online_tools(w, "isc", "", NULL);
	online_control(w, "isc", "{\"faults\":[\"status:403\"]}");
	assert_int_equal(ISC(w, "45.9.20.7").outcome, LOOKUP_AUTH_FAILED);
	w->now_us += 1000 * 3600 * TIME_SECOND;
	assert_int_equal(ISC(w, "45.9.20.7").outcome, LOOKUP_OPEN);
	assert_int_equal(online_count(w, "isc"), 1);
	tools_close(w->tools);
	w->tools = online_tools(w, "isc", "", NULL);
	assert_int_equal(ISC(w, "45.9.20.7").outcome, LOOKUP_HIT);
}

static void
test_failures_in_a_row_open_for_growing_times(void **state)
{
	struct online *w = *state;
	struct tools_answer answer;

	w->tools = online_tools(w, "isc", "", NULL);
	online_control(w, "isc", "{\"faults\":[\"*status:500\"]}");
	assert_int_equal(ISC(w, "45.9.20.7").outcome, LOOKUP_UNAVAILABLE); /* 3 tries */
	assert_int_equal(
	    ISC(w, "45.9.20.9").outcome, LOOKUP_UNAVAILABLE); /* the fifth failure opens */
	assert_int_equal(online_count(w, "isc"), 5);
	answer = ISC(w, "45.9.20.11");
	assert_int_equal(answer.outcome, LOOKUP_OPEN);
	assert_true(answer.until_us > w->now_us && answer.until_us <= w->now_us + 30 * TIME_SECOND);
	assert_int_equal(online_count(w, "isc"), 5);
	/* one try when it ends; it fails, so it opens for twice as long */
	w->now_us = answer.until_us;
	assert_int_equal(ISC(w, "45.9.20.11").outcome, LOOKUP_UNAVAILABLE);
	assert_int_equal(online_count(w, "isc"), 6);
	answer = ISC(w, "45.9.20.11");
	assert_int_equal(answer.outcome, LOOKUP_OPEN);
	assert_true(answer.until_us > w->now_us + 30 * TIME_SECOND);
	/* an answer closes it */
	online_control(w, "isc", "{\"faults\":[]}");
	w->now_us = answer.until_us;
	assert_int_equal(ISC(w, "45.9.20.11").outcome, LOOKUP_HIT);
	online_control(w, "isc", "{\"faults\":[\"status:500\"]}");
	assert_int_equal(ISC(w, "45.9.20.13").outcome, LOOKUP_HIT); /* the second try */
}

static void
test_a_quota_is_counted_by_the_day(void **state)
{
	struct online *w = *state;
	struct tools_answer answer;

	w->tools = online_tools(w, "isc", "\"per_day\":2,\"per_second\":1000", NULL);
	assert_int_equal(ISC(w, "45.9.20.1").outcome, LOOKUP_HIT);
	assert_int_equal(ISC(w, "45.9.20.3").outcome, LOOKUP_HIT);
	answer = ISC(w, "45.9.20.5");
	assert_int_equal(answer.outcome, LOOKUP_SPENT);
	assert_int_equal(answer.until_us, ONLINE_NOW + 12 * 3600 * TIME_SECOND);
	assert_true(ISC(w, "45.9.20.3").cached); /* what is known is still told */
	assert_int_equal(online_count(w, "isc"), 2);
	w->now_us = answer.until_us;
	assert_int_equal(ISC(w, "45.9.20.5").outcome, LOOKUP_HIT);
}

static void
test_a_quota_of_the_week_ends_on_monday(void **state)
{
	struct online *w = *state;
	struct tools_answer answer;

	w->now_us = ONLINE_NOW - 12 * 3600 * TIME_SECOND - 1; /* the last microsecond of Sunday */
	w->tools = online_tools(w, "isc", "\"per_week\":1,\"per_second\":1000", NULL);
	assert_int_equal(ISC(w, "45.9.20.1").outcome, LOOKUP_HIT);
	answer = ISC(w, "45.9.20.3");
	assert_int_equal(answer.outcome, LOOKUP_SPENT);
	assert_true(answer.until_us >= ONLINE_NOW - 12 * 3600 * TIME_SECOND &&
		    answer.until_us <= ONLINE_NOW + 7 * 86400 * TIME_SECOND);
	w->now_us = ONLINE_NOW;
	assert_int_equal(ISC(w, "45.9.20.3").outcome, LOOKUP_HIT);
	answer = ISC(w, "45.9.20.5");
	assert_int_equal(
	    answer.until_us, ONLINE_NOW - 12 * 3600 * TIME_SECOND + 7 * 86400 * TIME_SECOND);
}

static void
test_a_rate_is_kept_by_waiting(void **state)
{
	struct online *w = *state;

	w->tools = online_tools(w, "isc", "\"per_second\":0.5", NULL);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(
		    ISC(w, arena_printf(w->arena, "45.9.20.%u", 2 * i + 1)).outcome, LOOKUP_HIT);
	assert_true(w->now_us >= ONLINE_NOW + 3 * 2 * TIME_SECOND);
}

/** A try waits for as long as it was to wait, also when the clock is set back meanwhile. */
static void
test_a_clock_set_back_lengthens_no_wait(void **state)
{
	struct online *w = *state;

	w->tools = online_tools(w, "ripestat", "", NULL);
	online_control(w, "ripestat", "{\"faults\":[\"status:503\"]}");
	w->turn_us = -60 * TIME_SECOND;
	assert_int_equal(
	    online_ask(w, "ripestat", "network-info", ASK_ADDRESS, "45.9.20.7").outcome,
	    LOOKUP_HIT);
	assert_int_equal(online_count(w, "ripestat"), 2);
	assert_true(w->now_us < ONLINE_NOW);
}

static void
test_no_time_is_no_request(void **state)
{
	struct online *w = *state;
	struct tools_lookup lookups[3];
	struct tools_ask_options options = { .deadline_us = 3 * TIME_SECOND };
	struct tools_answer *answers;

	w->tools = online_tools(w, "isc", "\"per_second\":0.5,\"parallel\":1", NULL);
	for (unsigned i = 0; i < 3; i++)
		lookups[i] = online_lookup(
		    w, "isc", "ip", ASK_ADDRESS, arena_printf(w->arena, "45.9.20.%u", 2 * i + 1));
	assert_int_equal(
	    tools_ask(w->tools, lookups, 3, &options, w->arena, &answers, &w->err), COORD_OK);
	assert_int_equal(answers[0].outcome, LOOKUP_HIT);
	assert_int_equal(answers[2].outcome, LOOKUP_SPENT);
	assert_true(online_count(w, "isc") <= 2);
}

/* --- what leaves --------------------------------------------------------------------------------------------------------------- */

static void
test_the_gate(void **state)
{
	static const struct {
		const char *provider, *call, *text;
		enum tools_kind kind;
	} refused[] = {
		{ "isc", "ip", "10.1.2.3", ASK_ADDRESS },
		{ "isc", "ip", "127.0.0.1", ASK_ADDRESS },
		{ "isc", "ip", "169.254.169.254", ASK_ADDRESS },
		{ "isc", "ip", "100.64.1.1", ASK_ADDRESS },
		{ "isc", "ip", "224.0.0.1", ASK_ADDRESS },
		{ "isc", "ip", "192.0.2.1", ASK_ADDRESS },
		{ "isc", "ip", "198.51.100.7", ASK_ADDRESS },
		{ "isc", "ip", "203.0.113.9", ASK_ADDRESS },
		{ "isc", "ip", "2001:db8::1", ASK_ADDRESS },
		{ "isc", "ip", "fe80::1", ASK_ADDRESS },
		{ "isc", "ip", "fd00::1", ASK_ADDRESS },
		{ "isc", "ip", "::1", ASK_ADDRESS },
		{ "isc", "ip", "45.9.40.1", ASK_ADDRESS },          /* own prefix */
		{ "isc", "ip", "45.9.50.5", ASK_ADDRESS },          /* a sensor */
		{ "isc", "ip", "45.9.20.7:22", ASK_ADDRESS },       /* more than an address */
		{ "isc", "ip", "root:123456", ASK_ADDRESS },        /* a credential */
		{ "isc", "ip", "wget http://x/a.sh", ASK_ADDRESS }, /* a command */
		{ "isc", "ip", "", ASK_ADDRESS },
		{ "cymru", "origin", "10.1.2.0/24", ASK_PREFIX },
		{ "cymru", "origin", "45.9.0.0/16", ASK_PREFIX },  /* holds an own prefix */
		{ "cymru", "origin", "45.9.50.0/24", ASK_PREFIX }, /* holds a sensor */
		{ "cymru", "origin", "root:123456", ASK_PREFIX },
		{ "cymru", "as", "AS64512", ASK_ASN },
		{ "cymru", "as", "AS64500", ASK_ASN },
		{ "cymru", "as", "AS4200000001", ASK_ASN },
		{ "cymru", "as", "AS0", ASK_ASN },
		{ "cymru", "as", "password", ASK_ASN },
		{ "cymru", "as", "AS3045\n", ASK_ASN }, /* more than a number */
		{ "cymru", "as", "3045", ASK_ASN },
		{ "cymru", "origin", " 45.9.20.0/24", ASK_PREFIX },
		{ "ripestat", "rpki-validation", "AS3045 10.0.0.0/8", ASK_ROUTE },
		{ "ripestat", "rpki-validation", "AS64512 45.9.20.0/24", ASK_ROUTE },
		{ "ripestat", "rpki-validation", "AS3045", ASK_ROUTE },
	};
	static const char *const settings[] = { "COORD_OWN_PREFIXES=45.9.40.0/24", NULL };
	struct online *w = *state;
	struct addr sensor;
	struct tools_case about = { .never = &sensor, .n_never = 1 };
	struct tools_ask_options options = { .ask_about = &about };

	assert_true(addr_parse(SV("45.9.50.5"), &sensor));
	w->tools = online_tools(w, "isc,cymru,ripestat", "", settings);
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		struct tools_lookup lookup = online_lookup(
		    w, refused[i].provider, refused[i].call, refused[i].kind, refused[i].text);
		struct tools_answer *answers;

		assert_int_equal(
		    tools_ask(w->tools, &lookup, 1, &options, w->arena, &answers, &w->err),
		    COORD_OK);
		if (answers[0].outcome != LOOKUP_REFUSED || answers[0].why.len == 0)
			fail_msg("%s: %s", refused[i].text, tools_outcome_name(answers[0].outcome));
	}
	assert_int_equal(
	    online_count(w, "isc") + online_count(w, "cymru") + online_count(w, "ripestat"), 0);
	/* beside them: the neighbours */
	assert_int_equal(ISC(w, "45.9.41.1").outcome, LOOKUP_HIT);
	assert_int_equal(ISC(w, "45.9.50.7").outcome, LOOKUP_HIT);
}

static void
test_audit_rows(void **state)
{
	struct online *w = *state;
	struct tools_lookup lookups[3];
	struct tools_ask_options options = { .actor = SV("k_1"), .subject = SV("analysis-1") };
	struct tools_answer *answers;
	struct store_audit *rows;
	size_t n = 0;

	w->store = online_store(w);
	w->tools = online_tools(w, "isc", "\"parallel\":1", NULL);
	lookups[0] = online_lookup(w, "isc", "ip", ASK_ADDRESS, "45.9.20.7");
	lookups[1] = online_lookup(w, "isc", "ip", ASK_ADDRESS, "10.0.0.1");
	lookups[2] = lookups[0];
	assert_int_equal(
	    tools_ask(w->tools, lookups, 3, &options, w->arena, &answers, &w->err), COORD_OK);
	assert_true(answers[2].cached);
	/* rows are written with the next commit: one more write, and they are there */
	assert_int_equal(
	    store_value_put(w->store, SV("t"), SV("t"), SV("t"), 0, false, &w->err), COORD_OK);
	for (unsigned tries = 0; n < 2 && tries < 1000; tries++)
		assert_int_equal(
		    store_audit_list(w->store, 0, 10, w->arena, &rows, &n, &w->err), COORD_OK);
	assert_int_equal(n, 2);
	assert_sv_equal(rows[0].subject, "isc/ip/45.9.20.7");
	assert_sv_equal(rows[0].outcome, "hit");
	assert_sv_equal(rows[0].actor, "k_1");
	assert_sv_equal(rows[0].action, "tool.lookup");
	assert_sv_equal(rows[0].request_id, "analysis-1");
	assert_sv_equal(rows[1].subject, "isc/ip/10.0.0.1");
	assert_sv_equal(rows[1].outcome, "refused");
}

/* --- once -------------------------------------------------------------------------------------------------------------------------- */

struct job {
	struct online *w;
	struct tools *tools;
	struct tools_lookup lookup;
	enum tools_outcome outcome;
	unsigned tries;
};

static void *
run_job(void *context)
{
	struct job *job = context;
	struct arena *arena = arena_new(0);
	struct tools_answer *answers;
	struct coord_error err;

	job->outcome = LOOKUP_OUTCOMES;
	if (tools_ask(job->tools, &job->lookup, 1, NULL, arena, &answers, &err) == COORD_OK) {
		job->outcome = answers[0].outcome;
		job->tries = answers[0].tries;
	}
	arena_free(arena);
	return NULL;
}

static void
ask_at_once(struct online *w, struct tools *const *tools, size_t n, const char *fault,
    enum tools_outcome expected, size_t requests)
{
	struct job jobs[6];
	pthread_t threads[6];

	online_control(
	    w, "isc", arena_printf(w->arena, "{\"forget\":true,\"faults\":[%s]}", fault));
	for (size_t i = 0; i < 6; i++) {
		w->tools = tools[i % n];
		jobs[i] = (struct job){ .w = w,
			.tools = tools[i % n],
			.lookup = online_lookup(w, "isc", "ip", ASK_ADDRESS, "45.9.20.7") };
		assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
	}
	for (size_t i = 0; i < 6; i++)
		(void)pthread_join(threads[i], NULL);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(jobs[i].outcome, expected);
	assert_int_equal(online_count(w, "isc"), requests);
}

static void
test_one_flight_for_one_key(void **state)
{
	struct online *w = *state;
	struct tools *tools = w->tools = online_tools(w, "isc", "", NULL);

	ask_at_once(w, &tools, 1, "\"slow:0.3\"", LOOKUP_HIT, 1);
}

static void
test_one_claim_for_all_workers(void **state)
{
	struct online *w = *state;
	struct tools *tools[2];

	w->store = online_store(w);
	tools[0] = online_tools(w, "isc", "", NULL);
	tools[1] = online_tools(w, "isc", "", NULL);
	ask_at_once(w, tools, 2, "\"slow:0.3\"", LOOKUP_HIT, 1);
	tools_close(tools[0]);
	w->tools = tools[1];
}

static int
quota_child(const struct online *w)
{
	struct online own = *w;
	int hits = 0;

	own.arena = arena_new(0);
	own.store = online_store(w);
	own.tools = online_tools(&own, "isc", "\"per_day\":6,\"per_second\":1000", NULL);
	for (unsigned i = 0; i < 5; i++)
		hits += ISC(&own, arena_printf(own.arena, "45.9.%u.%u",
				      60 + (unsigned)getpid() % 30, 2 * i + 1))
			    .outcome == LOOKUP_HIT;
	tools_close(own.tools);
	store_close(own.store);
	arena_free(own.arena);
	return hits;
}

static void
test_two_processes_share_a_quota(void **state)
{
	struct online *w = *state;
	int hits = 0, status;
	pid_t children[2];

	store_close(online_store(w)); /* made before both open it */
	for (size_t i = 0; i < 2; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			_exit(quota_child(w));
	}
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		hits += WEXITSTATUS(status);
	}
	assert_int_equal(hits, 6);
	assert_int_equal(online_count(w, "isc"), 6);
}

/* --- the journal ---------------------------------------------------------------------------------------------------------------------- */

struct journal {
	struct sv keys[8], answers[8];
	size_t n;
	struct arena *arena;
	bool fails;
};

static bool
recall(void *context, struct sv key, struct arena *arena, struct sv *ret)
{
	const struct journal *j = context;

	(void)arena;
	for (size_t i = 0; i < j->n; i++)
		if (sv_eq(j->keys[i], key)) {
			*ret = j->answers[i];
			return true;
		}
	return false;
}

static enum coord_err
record(void *context, struct sv key, struct sv answer, struct coord_error *err)
{
	struct journal *j = context;

	if (j->fails)
		return error_set(err, COORD_EUNAVAIL, "the journal is away");
	j->keys[j->n] = sv_from(arena_strdup(j->arena, key));
	j->answers[j->n++] = sv_from(arena_strdup(j->arena, answer));
	return COORD_OK;
}

static void
test_what_was_recorded_is_not_asked(void **state)
{
	struct online *w = *state;
	struct journal journal = { .arena = w->arena };
	struct tools_ask_options options = {
		.recall = recall, .record = record, .context = &journal
	};
	struct tools_lookup lookups[2];
	struct tools_answer *first, *second;

	w->tools = online_tools(w, "isc", "\"hit_ttl\":0", NULL);
	lookups[0] = online_lookup(w, "isc", "ip", ASK_ADDRESS, "45.9.20.7");
	lookups[1] = online_lookup(w, "isc", "ip", ASK_ADDRESS, "45.9.20.9");
	assert_int_equal(
	    tools_ask(w->tools, lookups, 1, &options, w->arena, &first, &w->err), COORD_OK);
	assert_int_equal(journal.n, 1);
	assert_int_equal(
	    tools_ask(w->tools, lookups, 2, &options, w->arena, &second, &w->err), COORD_OK);
	assert_true(second[0].recalled);
	assert_string_equal(online_facts(w, &second[0]), online_facts(w, &first[0]));
	assert_int_equal(second[0].fetched_us, first[0].fetched_us);
	assert_false(second[1].recalled);
	assert_int_equal(online_count(w, "isc"), 2);

	journal.fails = true;
	lookups[0] = online_lookup(w, "isc", "ip", ASK_ADDRESS, "45.9.20.11");
	assert_int_equal(
	    tools_ask(w->tools, lookups, 1, &options, w->arena, &second, &w->err), COORD_EUNAVAIL);
}

static void
test_cancelled(void **state)
{
	struct online *w = *state;
	volatile bool cancel = true;
	struct tools_ask_options options = { .cancel = &cancel };
	struct tools_lookup lookup;
	struct tools_answer *answers;

	w->tools = online_tools(w, "isc", "", NULL);
	lookup = online_lookup(w, "isc", "ip", ASK_ADDRESS, "45.9.20.7");
	assert_int_equal(tools_ask(w->tools, &lookup, 1, &options, w->arena, &answers, &w->err),
	    COORD_ECANCELLED);
	assert_int_equal(online_count(w, "isc"), 0);
}

static void
test_an_answer_is_written_and_read(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"provider\":\"nobody\"}",
		"{\"provider\":\"isc\",\"call\":\"ip\",\"kind\":\"address\",\"text\":\"45.9.20.7\","
		"\"campaign\":0,\"outcome\":\"won\",\"cached\":false,\"tries\":1,"
		"\"fetched_us\":1,\"facts\":[]}",
		"{\"provider\":\"isc\",\"call\":\"ip\",\"kind\":\"address\",\"text\":\"45.9.20.7\","
		"\"campaign\":0,\"outcome\":\"hit\",\"cached\":false,\"tries\":1,"
		"\"fetched_us\":1,\"facts\":[{\"name\":\"asn\"}]}" };
	struct online *w = *state;
	struct tools_answer answer, back;
	struct buf one = BUF_INIT(1 << 16), two = BUF_INIT(1 << 16);

	w->tools = online_tools(w, "isc", "", NULL);
	answer = ISC(w, "45.9.20.7");
	tools_answer_write(&answer, &one);
	assert_int_equal(tools_answer_read(buf_sv(&one), w->arena, &back, &w->err), COORD_OK);
	tools_answer_write(&back, &two);
	assert_true(sv_eq(buf_sv(&one), buf_sv(&two)));
	assert_true(sv_eq(back.lookup.key, answer.lookup.key));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(
		    tools_answer_read(sv_from(bad[i]), w->arena, &back, &w->err), COORD_EPARSE);
	buf_clear(&one);
	buf_clear(&two);
}

#define ONLINE_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ONLINE_TEST(test_a_hit_and_a_miss_are_cached),
		ONLINE_TEST(test_every_fault_of_http),
		ONLINE_TEST(test_nobody_listens),
		ONLINE_TEST(test_a_pause_is_everybodys),
		ONLINE_TEST(test_a_wrong_key_opens_until_the_configuration_is_read_again),
		ONLINE_TEST(test_failures_in_a_row_open_for_growing_times),
		ONLINE_TEST(test_a_quota_is_counted_by_the_day),
		ONLINE_TEST(test_a_quota_of_the_week_ends_on_monday),
		ONLINE_TEST(test_a_rate_is_kept_by_waiting),
		ONLINE_TEST(test_a_clock_set_back_lengthens_no_wait),
		ONLINE_TEST(test_no_time_is_no_request),
		ONLINE_TEST(test_the_gate),
		ONLINE_TEST(test_audit_rows),
		ONLINE_TEST(test_one_flight_for_one_key),
		ONLINE_TEST(test_one_claim_for_all_workers),
		ONLINE_TEST(test_two_processes_share_a_quota),
		ONLINE_TEST(test_what_was_recorded_is_not_asked),
		ONLINE_TEST(test_cancelled),
		ONLINE_TEST(test_an_answer_is_written_and_read),
	};
	int failed;

	if (argc != 2)
		return 2;
	online_start(&world, argv[1]);
	failed = cmocka_run_group_tests_name("tools/ask", tests, NULL, NULL);
	online_stop(&world);
	return failed;
}
