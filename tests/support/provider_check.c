/* provider_check.c - answers as tables, facts and requests as text to compare. */
#include "provider_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "testing.h"

enum { ROOM = 64 << 10 };

static const struct provider_call *
call_of(const struct provider_asked *asked)
{
	for (size_t i = 0; i < asked->provider->n_calls; i++)
		if (strcmp(asked->provider->calls[i].name, asked->call) == 0)
			return &asked->provider->calls[i];
	fail_msg("%s has no call %s", asked->provider->name, asked->call);
	return NULL;
}

static struct tools_question
question_of(const struct provider_asked *asked)
{
	return (struct tools_question){ .kind = asked->kind, .text = sv_from(asked->text) };
}

static void
put_fact(struct buf *out, const struct tools_fact *fact)
{
	char time[TIME_TEXT_MAX];

	if (out->len > 0)
		buf_add_str(out, " | ");
	buf_printf(out, "%s=", tools_fact_name(fact->name));
	switch (fact->type) {
	case FACT_IS_TEXT:
		buf_add_sv(out, fact->text);
		break;
	case FACT_IS_REAL:
		buf_printf(out, "%g", fact->real);
		break;
	case FACT_IS_TIME:
		time_format(fact->number, false, time);
		buf_add_str(out, time);
		break;
	default:
		buf_printf(out, "%lld", (long long)fact->number);
	}
}

/** Reads one answer in memory of its own, so that a read past its end is seen. */
static enum tools_outcome
read_one(const struct provider_asked *asked, int status, const char *type, struct sv body,
    struct buf *facts_text, int64_t *wait_us, char why[120])
{
	struct tools_question question = question_of(asked);
	struct arena *arena = arena_new(0);
	struct provider_facts facts = { .arena = arena };
	char *exact = malloc(body.len + 1);
	enum tools_outcome outcome;

	assert_non_null(arena);
	assert_non_null(exact);
	memcpy(exact, body.data, body.len);
	outcome = provider_read(call_of(asked), &question, status, sv_from(type),
	    (struct sv){ exact, body.len }, PROVIDER_CHECK_NOW, &facts);
	assert_false(facts.failed);
	for (size_t i = 0; i < facts.n; i++)
		put_fact(facts_text, &facts.facts[i]);
	*wait_us = facts.wait_us;
	memcpy(why, facts.why, 119);
	why[119] = 0;
	free(exact);
	arena_free(arena);
	return outcome;
}

static void
check_row(const struct provider_asked *asked, const struct provider_row *row)
{
	struct buf text = BUF_INIT(ROOM);
	char why[120];
	int64_t wait_us = 0;
	enum tools_outcome outcome =
	    read_one(asked, row->status, row->type == NULL ? "application/json" : row->type,
		sv_from(row->body), &text, &wait_us, why);

	if (outcome != row->outcome)
		fail_msg("%s: expected %s, got %s (%s)", row->title,
		    tools_outcome_name(row->outcome), tools_outcome_name(outcome), why);
	if (outcome != LOOKUP_HIT && text.len > 0)
		fail_msg("%s: facts without a hit: %s", row->title, buf_cstr(&text));
	if (outcome != LOOKUP_HIT && outcome != LOOKUP_MISS && why[0] == 0)
		fail_msg("%s: %s without a reason", row->title, tools_outcome_name(outcome));
	if (row->facts != NULL && strcmp(buf_cstr(&text), row->facts) != 0)
		fail_msg("%s: facts\n  expected %s\n  got      %s", row->title, row->facts,
		    buf_cstr(&text));
	if (row->wait_us != 0 && row->wait_us != wait_us)
		fail_msg("%s: expected a wait of %lld us, got %lld", row->title,
		    (long long)row->wait_us, (long long)wait_us);
	buf_clear(&text);
}

void
provider_check_rows(const struct provider_asked *asked, const struct provider_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_row(asked, &rows[i]);
}

/* --- faults ----------------------------------------------------------------------------------------------------------------- */

static void
check_cuts(const struct provider_asked *asked, const char *good)
{
	struct buf text = BUF_INIT(ROOM);
	char why[120];
	int64_t wait_us;

	for (size_t len = 0; len < strlen(good); len++) {
		enum tools_outcome outcome = read_one(
		    asked, 200, "application/json", (struct sv){ good, len }, &text, &wait_us, why);

		if (outcome != LOOKUP_BAD_PAYLOAD)
			fail_msg("cut after %zu bytes: %s", len, tools_outcome_name(outcome));
	}
	assert_int_equal(text.len, 0);
	buf_clear(&text);
}

/** 10 MiB of a list: the layer's cap is before it, parse has to bear it all the same. */
static void
check_huge(const struct provider_asked *asked)
{
	enum { BYTES = 10 << 20 };
	struct buf text = BUF_INIT(ROOM);
	char *body = malloc(BYTES), why[120];
	int64_t wait_us;

	assert_non_null(body);
	for (size_t i = 0; i < BYTES; i++)
		body[i] = i % 2 == 0 ? '1' : ',';
	body[0] = '[';
	body[1] = '0';
	body[2] = ',';
	body[BYTES - 1] = ']';
	assert_int_equal(read_one(asked, 200, "application/json", (struct sv){ body, BYTES }, &text,
			     &wait_us, why),
	    LOOKUP_BAD_PAYLOAD);
	free(body);
	buf_clear(&text);
}

void
provider_check_abusech(const struct provider_asked *asked)
{
	static const struct provider_row rows[] = {
		{ "no key", 401, NULL, "{\"error\":\"Unauthorized\"}", LOOKUP_AUTH_FAILED, "", 0 },
		{ "a wrong key under 403", 403, NULL, "{\"query_status\":\"unknown_auth_key\"}",
		    LOOKUP_AUTH_FAILED, "", 0 },
		{ "a wrong key under 200", 200, NULL, "{\"query_status\":\"unknown_auth_key\"}",
		    LOOKUP_AUTH_FAILED, "", 0 },
		{ "a blocked user", 200, NULL, "{\"query_status\":\"user_blacklisted\"}",
		    LOOKUP_AUTH_FAILED, "", 0 },
		{ "a status that is not known", 200, NULL,
		    "{\"query_status\":\"new_word\",\"data\":\"?\"}", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "too often, in words", 200, NULL, "{\"query_status\":\"rate_limited\"}",
		    LOOKUP_RATE_LIMITED, "", 0 },
		{ "no status", 200, NULL, "{\"data\":[]}", LOOKUP_BAD_PAYLOAD, "", 0 },
	};

	provider_check_rows(asked, rows, COUNT_OF(rows));
}

void
provider_check_faults(const struct provider_asked *asked, const char *good, bool keyless)
{
	static const char page[] = "<!DOCTYPE html><html><title>Just a moment...</title></html>";
	enum tools_outcome wrong_key = keyless ? LOOKUP_UNAVAILABLE : LOOKUP_AUTH_FAILED;
	const struct provider_row rows[] = {
		{ "a page under 200", 200, "text/html", page, LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a page that says JSON", 200, NULL, page, LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "JSON that says HTML", 200, "text/html; charset=utf-8", good, LOOKUP_BAD_PAYLOAD,
		    "", 0 },
		{ "nothing under 200", 200, NULL, "", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "an empty object", 200, NULL, "{}", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "null", 200, NULL, "null", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a number", 200, NULL, "7", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a text", 200, NULL, "\"ok\"", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a list of lists", 200, NULL, "[[[]]]", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "data is a number", 200, NULL,
		    "{\"data\":7,\"query_status\":7,\"ip\":7,\"response\":7}", LOOKUP_BAD_PAYLOAD,
		    "", 0 },
		{ "data is a list of numbers", 200, NULL,
		    "{\"data\":[7],\"query_status\":[\"ok\"],\"ip\":[7],\"response\":[7]}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "not UTF-8", 200, NULL, "{\"data\":\"\xff\xfe\"}", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "204", 204, NULL, "", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a redirect", 302, "text/html", page, LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "401 as a page", 401, "text/html", page, wrong_key, "", 0 },
		{ "403 as a page", 403, "text/html", page, wrong_key, "", 0 },
		{ "401 without a body", 401, NULL, "", wrong_key, "", 0 },
		{ "400 without a body", 400, NULL, "", LOOKUP_BAD_REQUEST, "", 0 },
		{ "404 as a page", 404, "text/html", page, LOOKUP_BAD_REQUEST, "", 0 },
		{ "422 without a body", 422, NULL, "", LOOKUP_BAD_REQUEST, "", 0 },
		{ "429 as a page", 429, "text/html", page, LOOKUP_RATE_LIMITED, "", 0 },
		{ "429 without a body", 429, NULL, "", LOOKUP_RATE_LIMITED, "", 0 },
		{ "500 as a page", 500, "text/html", page, LOOKUP_UNAVAILABLE, "", 0 },
		{ "502", 502, "text/plain", "bad gateway", LOOKUP_UNAVAILABLE, "", 0 },
		{ "503", 503, NULL, "{}", LOOKUP_UNAVAILABLE, "", 0 },
		{ "408", 408, NULL, "", LOOKUP_UNAVAILABLE, "", 0 },
		{ "500 with the body of a hit", 500, NULL, good, LOOKUP_UNAVAILABLE, "", 0 },
		{ "429 with the body of a hit", 429, NULL, good, LOOKUP_RATE_LIMITED, "", 0 },
	};

	provider_check_rows(asked, rows, COUNT_OF(rows));
	check_cuts(asked, good);
	check_huge(asked);
}

/* --- requests ---------------------------------------------------------------------------------------------------------------- */

static enum coord_err
build(const struct provider_asked *asked, struct arena *arena, struct provider_request *ret)
{
	const struct provider_setup setup = { .contact = "soc@example.net",
		.app = "test",
		.has_key = asked->provider->key_header != NULL };
	const struct provider_call *call = call_of(asked);
	struct tools_question question = question_of(asked);

	assert_true((call->kinds & (1u << (unsigned)asked->kind)) != 0);
	*ret = (struct provider_request){ 0 };
	return call->build(&question, &setup, arena, ret, NULL);
}

void
provider_check_request(const struct provider_asked *asked, const char *expected)
{
	struct arena *arena = arena_new(0);
	struct buf text = BUF_INIT(ROOM);
	struct provider_request request;

	assert_int_equal(build(asked, arena, &request), COORD_OK);
	buf_printf(&text, "%s ", request.method == NULL ? "GET" : request.method);
	buf_add_sv(&text, request.path);
	for (size_t i = 0; i < request.n_headers; i++)
		buf_printf(&text, "\n%s: %s", request.headers[i].name, request.headers[i].value);
	if (request.body.data != NULL) {
		buf_add_char(&text, '\n');
		buf_add_sv(&text, request.body);
	}
	assert_string_equal(buf_cstr(&text), expected);
	buf_clear(&text);
	arena_free(arena);
}

void
provider_check_no_request(const struct provider_asked *asked)
{
	struct arena *arena = arena_new(0);
	struct provider_request request;

	assert_int_equal(build(asked, arena, &request), COORD_EINVALID);
	arena_free(arena);
}
