/* send.c - one request: built by the provider's row, sent by net/ or as a DNS question, read by the row again. The key is put in here and nowhere else. */
#include <stdio.h>

#include "tools/online/layer.h"

#define DEADLINE_US (10 * TIME_SECOND)
#define RATE_REST_US (1 * TIME_SECOND)

enum { URL_MOST = 4096, ANSWER_LEAST = 1 << 20, WHOIS_MOST = 4 << 20, SAID_MOST = 1 << 16 };

static void
fail(struct sent *sent, enum tools_outcome outcome, const char *why)
{
	sent->outcome = outcome;
	(void)snprintf(sent->facts.why, sizeof(sent->facts.why), "%.100s", why);
}

static void
start(struct sent *sent)
{
	sent->facts.n = 0;
	sent->facts.why[0] = 0;
	sent->facts.wait_us = 0;
	sent->facts.more = false;
	sent->wait_us = 0;
	sent->sha256[0] = 0;
	sent->tries++;
}

static void
hash_answer(struct sent *sent, struct sv body)
{
	uint8_t hash[32];

	sha256_of(body.data != NULL ? body.data : "", body.len, hash);
	hex_of(hash, sizeof(hash), sent->sha256);
}

static int64_t
deadline_of(const struct seat *seat, const struct provider_call *call, int64_t left_us)
{
	int64_t us = seat->deadline_us >= 0            ? seat->deadline_us
		     : call->deadline_us > 0           ? call->deadline_us
		     : seat->provider->deadline_us > 0 ? seat->provider->deadline_us
						       : DEADLINE_US;

	return us < left_us ? us : left_us;
}

/** A URL of the operator's may be on this network; ours are https to public addresses. */
static struct net_gate
gate_of(const struct tools *tools, const struct seat *seat)
{
	struct net_gate gate = { .allow_http = seat->own_url,
		.any_port = seat->own_url,
		.allow_private = seat->own_url };

	if (!seat->own_url) {
		gate.never = tools->own;
		gate.n_never = tools->n_own;
	}
	return gate;
}

static bool
build(const struct tools *tools, const struct seat *seat, struct sent *sent, unsigned page,
    struct provider_request *ret)
{
	struct provider_setup setup = { .contact = tools->contact,
		.app = seat->app,
		.has_key = seat->key[0] != 0,
		.page = page };
	struct coord_error why;

	*ret = (struct provider_request){ .n_headers = 0 };
	if (sent->call->build(&sent->lookup->question, &setup, sent->facts.arena, ret, &why) ==
	    COORD_OK)
		return true;
	fail(sent, LOOKUP_BAD_REQUEST, why.what);
	sent->tries--; /* nothing left */
	return false;
}

/* --- HTTP -------------------------------------------------------------------------------------------------------------------- */

/** What did not become an answer. */
static void
take_failure(struct sent *sent, const struct net_answer *answer)
{
	sent->cancelled = answer->outcome == NET_CANCELLED;
	if (answer->outcome == NET_TOO_LARGE)
		fail(sent, LOOKUP_BAD_PAYLOAD, "an answer larger than its limit");
	else
		fail(sent, LOOKUP_UNAVAILABLE, net_outcome_name(answer->outcome));
}

static void
take_answer(const struct tools *tools, const struct seat *seat, struct sent *sent,
    const struct net_answer *answer)
{
	int64_t rest_us = seat->provider->rest_us > 0 ? seat->provider->rest_us : RATE_REST_US;

	hash_answer(sent, buf_sv(&answer->body));
	sent->outcome = provider_read(sent->call, &sent->lookup->question, answer->status,
	    sv_from(answer->content_type), buf_sv(&answer->body), tools->now(tools->context),
	    &sent->facts);
	sent->wait_us = answer->retry_after_us > sent->facts.wait_us ? answer->retry_after_us
								     : sent->facts.wait_us;
	if (sent->outcome == LOOKUP_RATE_LIMITED && sent->wait_us < rest_us)
		sent->wait_us = rest_us;
}

/** The row's own headers, the key's, and one that names a body's type is the row's business. */
static size_t
headers_of(const struct seat *seat, const struct provider_request *request, const char *key,
    struct net_header ret[PROVIDER_HEADERS_MOST + 1])
{
	size_t n =
	    request->n_headers < PROVIDER_HEADERS_MOST ? request->n_headers : PROVIDER_HEADERS_MOST;

	if (n > 0)
		memcpy(ret, request->headers, n * sizeof(*ret));
	if (seat->provider->key_header != NULL && seat->key[0] != 0)
		ret[n++] = (struct net_header){ seat->provider->key_header, key };
	return n;
}

static void
send_page(struct tools *tools, struct seat *seat, struct sent *sent, unsigned page, int64_t left_us,
    const volatile bool *cancel)
{
	struct net_gate gate = gate_of(tools, seat);
	struct net_header headers[PROVIDER_HEADERS_MOST + 1];
	struct net_answer answer = { .outcome = NET_REFUSED };
	struct buf url = BUF_INIT(URL_MOST), key = BUF_INIT(2 * URL_MOST);
	struct provider_request built;
	struct net_request request;
	struct coord_error why;

	if (!build(tools, seat, sent, page, &built))
		return;
	buf_add_str(&url, seat->url);
	buf_add_sv(&url, built.path);
	if (seat->provider->key_prefix != NULL)
		buf_add_str(&key, seat->provider->key_prefix);
	buf_add_str(&key, seat->key);
	request = (struct net_request){ .method = built.method,
		.url = buf_cstr(&url),
		.headers = headers,
		.n_headers = headers_of(seat, &built, buf_cstr(&key), headers),
		.body = built.body,
		.gate = &gate,
		.total_us = deadline_of(seat, sent->call, left_us),
		.answer_most =
		    seat->provider->answer_most > 0 ? seat->provider->answer_most : ANSWER_LEAST,
		.cancel = cancel };
	if (url.failed || net_fetch(tools->net, &request, &answer, &why) != COORD_OK)
		fail(sent, LOOKUP_BAD_REQUEST, "no request can be made of it");
	else if (answer.outcome == NET_ANSWERED)
		take_answer(tools, seat, sent, &answer);
	else
		take_failure(sent, &answer);
	metrics_observe(tools->metrics, METRIC_LOOKUP_SECONDS, seat->provider->name, NULL,
	    (double)answer.elapsed_us / (double)TIME_SECOND);
	net_answer_clear(&answer);
	if (key.data != NULL)
		memset(key.data, 0, key.cap);
	buf_clear(&key);
	buf_clear(&url);
}

/* --- pages --------------------------------------------------------------------------------------------------------------------- */

/** A page is a request: it takes a token and one of the quotas. Waits for its turn until `deadline_us`. */
static bool
may_turn(struct tools *tools, struct seat *seat, int64_t deadline_us)
{
	int64_t now_us = tools->now(tools->context), until_us = 0;
	enum may may = limit_take(tools, seat, now_us, &until_us);

	while (may == MAY_WAIT && until_us < deadline_us) {
		tools->sleep(tools->context, until_us - now_us);
		now_us = tools->now(tools->context);
		may = limit_take(tools, seat, now_us, &until_us);
	}
	return may == MAY_GO && now_us < deadline_us;
}

static void
append_fact(struct provider_facts *facts, const struct tools_fact *fact)
{
	if (fact->name == FACT_COUNT && fact->type == FACT_IS_WHOLE)
		for (size_t i = 0; i < facts->n; i++)
			if (facts->facts[i].name == FACT_COUNT) {
				facts->facts[i].number += fact->number;
				return;
			}
	switch (fact->type) {
	case FACT_IS_TEXT:
		facts_text(facts, fact->name, fact->text);
		break;
	case FACT_IS_WHOLE:
		facts_whole(facts, fact->name, fact->number);
		break;
	case FACT_IS_REAL:
		facts_real(facts, fact->name, fact->real);
		break;
	case FACT_IS_BOOL:
		facts_bool(facts, fact->name, fact->number != 0);
		break;
	case FACT_IS_TIME:
		facts_time(facts, fact->name, fact->number);
		break;
	}
}

/** What the next page says is the answer's too: counts add up, the hash is that of both hashes. */
static void
append_page(struct sent *sent, const struct sent *page)
{
	char both[2 * 64];

	memcpy(both, sent->sha256, 64);
	memcpy(both + 64, page->sha256, 64);
	hash_answer(sent, (struct sv){ both, sizeof(both) });
	for (size_t i = 0; i < page->facts.n; i++)
		append_fact(&sent->facts, &page->facts.facts[i]);
	if (page->outcome == LOOKUP_HIT)
		sent->outcome = LOOKUP_HIT;
	sent->facts.more = page->facts.more;
	sent->facts.failed = sent->facts.failed || page->facts.failed;
}

static bool
is_answered(const struct sent *sent)
{
	return sent->outcome == LOOKUP_HIT || sent->outcome == LOOKUP_MISS;
}

static void
send_http(struct tools *tools, struct seat *seat, struct sent *sent, int64_t left_us,
    const volatile bool *cancel)
{
	int64_t deadline_us = tools->now(tools->context) + left_us;

	send_page(tools, seat, sent, 1, left_us, cancel);
	for (unsigned page = 2;
	     page <= sent->call->pages_most && sent->facts.more && is_answered(sent); page++) {
		struct sent next = { .lookup = sent->lookup,
			.call = sent->call,
			.facts = { .arena = sent->facts.arena } };

		if (!may_turn(tools, seat, deadline_us))
			return;
		send_page(
		    tools, seat, &next, page, deadline_us - tools->now(tools->context), cancel);
		sent->tries++;
		sent->cancelled = next.cancelled;
		if (!is_answered(&next))
			return;
		append_page(sent, &next);
	}
}

/* --- DNS, whois ---------------------------------------------------------------------------------------------------------------- */

static void
send_dns(struct tools *tools, struct seat *seat, struct sent *sent, int64_t left_us,
    const volatile bool *cancel)
{
	struct provider_reply reply = { .json = JSON_MISSING };
	struct provider_request built;
	struct dns_answer answer;
	const char *name;
	struct sv server = sv_from(seat->url);

	if (!build(tools, seat, sent, 1, &built))
		return;
	name = arena_strdup(sent->facts.arena, built.path);
	if (name == NULL) {
		sent->facts.failed = true;
		return;
	}
	if (sv_starts(server, SV("dns://")))
		server = sv_skip(server, 6);
	dns_ask(server.data, name, deadline_of(seat, sent->call, left_us), cancel,
	    sent->facts.arena, &answer);
	sent->cancelled = answer.cancelled;
	memcpy(sent->sha256, answer.sha256, sizeof(sent->sha256));
	if (answer.outcome != LOOKUP_HIT) {
		fail(sent, answer.outcome, answer.why);
		return;
	}
	reply.texts = answer.texts;
	reply.n_texts = answer.n;
	reply.no_name = answer.no_name;
	reply.now_us = tools->now(tools->context);
	sent->outcome = provider_parse(sent->call, &sent->lookup->question, &reply, &sent->facts);
}

/** "whois://host:port". */
static bool
place_of(const char *url, char host[256], uint16_t *port)
{
	struct sv rest = sv_skip(sv_from(url), strlen("whois://"));
	size_t colon = rest.len;
	uint64_t number = 43;

	while (colon > 0 && rest.data[colon - 1] != ':')
		colon--;
	if (colon > 0 && rest.data[0] != '[' &&
	    (!sv_to_u64(sv_skip(rest, colon), &number) || number == 0 || number > 65535))
		return false;
	if (colon > 0 && rest.data[0] != '[')
		rest.len = colon - 1;
	if (rest.len == 0 || rest.len >= 256)
		return false;
	memcpy(host, rest.data, rest.len);
	host[rest.len] = 0;
	*port = (uint16_t)number;
	return true;
}

static void
fail_all(struct sent *const *sent, size_t n, const struct net_answer *answer)
{
	for (size_t i = 0; i < n; i++)
		take_failure(sent[i], answer);
}

static void
send_whois(struct tools *tools, struct seat *seat, struct sent *const *sent, size_t n,
    int64_t left_us, const volatile bool *cancel)
{
	struct net_gate gate = gate_of(tools, seat);
	struct buf said = BUF_INIT(SAID_MOST);
	struct net_answer answer = { .outcome = NET_NO_NAME };
	struct net_talk talk = { .gate = &gate,
		.total_us = deadline_of(seat, sent[0]->call, left_us),
		.answer_most = WHOIS_MOST,
		.cancel = cancel };
	char host[256] = "";

	buf_add_str(&said, "begin\nverbose\n");
	for (size_t i = 0; i < n; i++) {
		struct provider_request built;

		if (!build(tools, seat, sent[i], 1, &built))
			continue;
		buf_add_sv(&said, built.path);
		buf_add_char(&said, '\n');
	}
	buf_add_str(&said, "end\n");
	talk.host = host;
	talk.text = buf_sv(&said);
	if (said.failed || !place_of(seat->url, host, &talk.port) ||
	    net_talk(tools->net, &talk, &answer, NULL) != COORD_OK ||
	    answer.outcome != NET_ANSWERED)
		fail_all(sent, n, &answer);
	else
		for (size_t i = 0; i < n; i++)
			if (sent[i]->tries > 0)
				take_answer(tools, seat, sent[i], &answer);
	metrics_observe(tools->metrics, METRIC_LOOKUP_SECONDS, seat->provider->name, NULL,
	    (double)answer.elapsed_us / (double)TIME_SECOND);
	net_answer_clear(&answer);
	buf_clear(&said);
}

void
send_request(struct tools *tools, struct seat *seat, struct sent *const *sent, size_t n,
    int64_t left_us, const volatile bool *cancel)
{
	for (size_t i = 0; i < n; i++)
		start(sent[i]);
	switch (seat->provider->transport) {
	case PROVIDER_HTTP:
		send_http(tools, seat, sent[0], left_us, cancel);
		break;
	case PROVIDER_DNS:
		send_dns(tools, seat, sent[0], left_us, cancel);
		break;
	case PROVIDER_WHOIS:
		send_whois(tools, seat, sent, n, left_us, cancel);
		break;
	}
}
