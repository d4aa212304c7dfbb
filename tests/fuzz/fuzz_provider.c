/* fuzz_provider.c - what providers answer. The first byte chooses the provider, the second its call, the third the kind of the question and the status; the rest is the
 * body, and of DNS its texts, a line each. Facts are bounded and clean whatever comes, there is a fact in every hit and a reason for every failure, and what is
 * read twice is the same twice. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "tools/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { TEXTS_MOST = 8 };
#define NOW INT64_C(1767614400000000)

static const char *const samples[ASK_KINDS] = {
	[ASK_ADDRESS] = "198.51.100.7",
	[ASK_ASN] = "AS64500",
	[ASK_PREFIX] = "198.51.100.0/24",
	[ASK_ROUTE] = "AS64500 198.51.100.0/24",
	[ASK_HASH] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	[ASK_URL] = "http://198.51.100.7/bins/x.x86",
	[ASK_DOMAIN] = "evil.example.net",
};
static const int statuses[] = { 200, 404, 429, 401, 403, 400, 422, 500, 503, 302, 204, 0 };

/** The first kind of question, from `first` on, that the call answers. */
static enum tools_kind
kind_of(const struct provider_call *call, unsigned first)
{
	for (unsigned i = 0; i < ASK_KINDS; i++) {
		unsigned kind = (first + i) % ASK_KINDS;

		if ((call->kinds & (1u << kind)) != 0)
			return (enum tools_kind)kind;
	}
	abort(); /* a call that answers nothing */
}

static enum tools_outcome
read_texts(const struct provider_call *call, const struct tools_question *question, struct sv rest,
    struct provider_facts *facts)
{
	struct sv texts[TEXTS_MOST];
	struct provider_reply reply = { .json = JSON_MISSING, .texts = texts, .now_us = NOW };

	while (rest.data != NULL && reply.n_texts < TEXTS_MOST)
		texts[reply.n_texts++] = sv_cut(&rest, '\n');
	reply.no_name = reply.n_texts == 1 && texts[0].len == 0;
	return provider_parse(call, question, &reply, facts);
}

static void
check(const struct provider_facts *facts, enum tools_outcome outcome)
{
	assert(outcome <= LOOKUP_BAD_PAYLOAD && !facts->failed && facts->n <= FACTS_MOST);
	assert((outcome == LOOKUP_HIT) == (facts->n > 0));
	assert(outcome == LOOKUP_HIT || outcome == LOOKUP_MISS || facts->why[0] != 0);
	assert(facts->wait_us >= 0);
	for (size_t i = 0; i < facts->n; i++) {
		const struct tools_fact *fact = &facts->facts[i];

		assert(fact->name < FACT_NAMES && fact->text.len <= FACT_TEXT_MOST);
		assert((fact->type == FACT_IS_TEXT) == (fact->text.len > 0));
		for (size_t k = 0; k < fact->text.len; k++)
			assert((unsigned char)fact->text.data[k] >= 0x20);
	}
}

static size_t
count_providers(void)
{
	size_t n = 0;

	while (provider_at(n) != NULL)
		n++;
	return n;
}

static void
same(const struct provider_facts *a, const struct provider_facts *b)
{
	assert(a->n == b->n && a->wait_us == b->wait_us && a->more == b->more);
	for (size_t i = 0; i < a->n; i++)
		assert(a->facts[i].name == b->facts[i].name &&
		       a->facts[i].number == b->facts[i].number &&
		       sv_eq(a->facts[i].text, b->facts[i].text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct provider *provider;
	const struct provider_call *call;
	struct tools_question question;
	struct provider_facts twice[2];
	enum tools_outcome outcomes[2];
	struct arena *arena;
	struct sv body;
	int status;

	if (len < 3)
		return 0;
	arena = arena_new(0);
	if (arena == NULL)
		return 0;
	provider = provider_at(data[0] % count_providers());
	call = &provider->calls[data[1] % provider->n_calls];
	question.kind = kind_of(call, data[2] / 16u);
	question.text = sv_from(samples[question.kind]);
	status = statuses[data[2] % 16 % (sizeof(statuses) / sizeof(statuses[0]))];
	body = (struct sv){ (const char *)data + 3, len - 3 };
	for (unsigned i = 0; i < 2; i++) {
		twice[i] = (struct provider_facts){ .arena = arena };
		outcomes[i] = provider->transport == PROVIDER_DNS
				  ? read_texts(call, &question, body, &twice[i])
				  : provider_read(call, &question, status, SV("application/json"),
					body, NOW, &twice[i]);
		check(&twice[i], outcomes[i]);
	}
	assert(outcomes[0] == outcomes[1]);
	same(&twice[0], &twice[1]);
	arena_free(arena);
	return 0;
}
