/* online.c - the stand-ins beside a unit test, and tools that ask them. */
#include "testing.h"

#include "online.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct net_gate here = { .allow_http = true, .any_port = true, .allow_private = true };

void
online_start(struct online *w, const char *program)
{
	const struct net_options options = {
		.user_agent = "dshield-coordination-engine/test (+mailto:tests@example.net)"
	};

	*w = (struct online){ .now_us = ONLINE_NOW };
	assert_true(standin_start(&w->standin, program));
	assert_int_equal(net_new(&options, &w->net, &w->err), COORD_OK);
}

void
online_stop(struct online *w)
{
	net_free(w->net);
	online_remove_store(w);
	standin_stop(&w->standin);
}

static struct sv
fetch(struct online *w, const char *path, const char *body)
{
	char url[256];
	struct net_request request = { .url = url, .gate = &here, .answer_most = 64 << 20 };
	struct net_answer answer;
	const char *copy;

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", w->standin.http, path);
	if (body != NULL) {
		request.method = "POST";
		request.body = sv_from(body);
	}
	assert_int_equal(net_fetch(w->net, &request, &answer, &w->err), COORD_OK);
	assert_int_equal(answer.status, 200);
	copy = arena_strdup(w->arena, buf_sv(&answer.body));
	net_answer_clear(&answer);
	return sv_from(copy);
}

void
online_control(struct online *w, const char *provider, const char *json)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/control/%s", provider);
	(void)fetch(w, path, json);
}

size_t
online_count(struct online *w, const char *provider)
{
	char path[128];
	uint64_t n = 0;

	(void)snprintf(path, sizeof(path), "/count/%s", provider);
	assert_true(sv_to_u64(fetch(w, path, NULL), &n));
	return n;
}

struct sv
online_requests(struct online *w, const char *provider)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/requests/%s", provider);
	return fetch(w, path, NULL);
}

void
online_begin(struct online *w)
{
	static const char *const all[] = { "isc", "ripestat", "cymru", "cymru-whois" };

	w->arena = arena_new(0);
	w->now_us = ONLINE_NOW;
	w->turn_us = 0;
	w->tools = NULL;
	w->store = NULL;
	for (size_t i = 0; i < COUNT_OF(all); i++)
		online_control(w, all[i], "{\"forget\":true,\"faults\":[]}");
}

void
online_end(struct online *w)
{
	tools_close(w->tools);
	store_close(w->store);
	online_remove_store(w);
	arena_free(w->arena);
	w->tools = NULL;
	w->store = NULL;
	w->arena = NULL;
}

/* --- the store ------------------------------------------------------------------------------------------------------------------ */

struct store *
online_store(const struct online *w)
{
	static const struct store_options options = { .migrate = true };
	struct store *store = NULL;
	struct coord_error err;
	char url[128];

	(void)snprintf(url, sizeof(url), "sqlite:%s/tools.db", w->standin.folder);
	if (store_open(url, &options, &store, &err) != COORD_OK)
		fail_msg("%s", err.what);
	return store;
}

void
online_remove_store(const struct online *w)
{
	static const char *const endings[] = { "", "-wal", "-shm", "-lock", ".lock" };
	char path[128];

	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		(void)snprintf(path, sizeof(path), "%s/tools.db%s", w->standin.folder, endings[i]);
		(void)unlink(path);
	}
}

/* --- tools ---------------------------------------------------------------------------------------------------------------------- */

static int64_t
clock_now(void *context)
{
	const struct online *w = context;

	return __atomic_load_n(&w->now_us, __ATOMIC_RELAXED);
}

static void
world_sleep(void *context, int64_t us)
{
	struct online *w = context;
	/* Several look-ups sleep at once: one of them meets the turn. */
	int64_t turn_us = __atomic_exchange_n(&w->turn_us, 0, __ATOMIC_RELAXED);

	(void)__atomic_fetch_add(&w->now_us, us + turn_us, __ATOMIC_RELAXED);
	clock_sleep(10000); /* whoever is waited for gets the processor */
}

static void
write_file(const struct online *w, const char *path, const char *members)
{
	FILE *f = fopen(path, "w");
	const char *comma = members[0] != 0 ? "," : "";

	assert_non_null(f);
	(void)fprintf(f,
	    "{\"isc\":{\"url\":\"http://127.0.0.1:%u/isc\"%s%s},\"ripestat\":{\"url\":\"http://"
	    "127.0.0.1:%u/ripestat\"%s%s},"
	    "\"cymru\":{\"url\":\"dns://127.0.0.1:%u\"%s%s},\"cymru-whois\":{\"url\":\"whois://"
	    "127.0.0.1:%s\"%s%s}}\n",
	    w->standin.http, comma, members, w->standin.http, comma, members, w->standin.https,
	    comma, members, w->standin.ca, comma, members);
	assert_int_equal(fclose(f), 0);
}

struct tools *
online_tools(
    struct online *w, const char *providers, const char *members, const char *const *settings)
{
	struct tools_options options = { .net = w->net,
		.store = w->store,
		.now = clock_now,
		.sleep = world_sleep,
		.context = w };
	char path[128], named[256], file[256];
	const char *all[8] = { named, file };
	struct tools *tools = NULL;
	struct config config;
	size_t n = 2;

	(void)snprintf(
	    path, sizeof(path), "%s/providers-%d.json", w->standin.folder, (int)getpid());
	(void)snprintf(named, sizeof(named), "COORD_PROVIDERS=%s", providers);
	(void)snprintf(file, sizeof(file), "COORD_PROVIDERS_FILE=%s", path);
	write_file(w, path, members);
	for (; settings != NULL && settings[n - 2] != NULL; n++)
		all[n] = settings[n - 2];
	if (config_load(NULL, all, n, &config, &w->err) != COORD_OK)
		fail_msg("%s", w->err.what);
	options.config = &config;
	if (tools_open(&options, &tools, &w->err) != COORD_OK)
		fail_msg("%s", w->err.what);
	config_clear(&config);
	(void)unlink(path);
	return tools;
}

struct tools_lookup
online_lookup(struct online *w, const char *provider, const char *call, enum tools_kind kind,
    const char *text)
{
	struct tools_lookup lookup;

	if (tools_lookup_make(w->tools, provider, call,
		(struct tools_question){ .kind = kind, .text = sv_from(text) }, w->arena, &lookup,
		&w->err) != COORD_OK)
		fail_msg("%s", w->err.what);
	return lookup;
}

struct tools_answer
online_ask(struct online *w, const char *provider, const char *call, enum tools_kind kind,
    const char *text)
{
	struct tools_lookup lookup = online_lookup(w, provider, call, kind, text);
	struct tools_answer *answers;

	if (tools_ask(w->tools, &lookup, 1, NULL, w->arena, &answers, &w->err) != COORD_OK)
		fail_msg("%s", w->err.what);
	return answers[0];
}

const char *
online_facts(struct online *w, const struct tools_answer *answer)
{
	struct buf text = BUF_INIT(1 << 16);
	const char *copy;

	for (size_t i = 0; i < answer->n_facts; i++) {
		const struct tools_fact *fact = &answer->facts[i];

		buf_printf(&text, "%s%s=", i > 0 ? " " : "", tools_fact_name(fact->name));
		if (fact->type == FACT_IS_TEXT)
			buf_add_sv(&text, fact->text);
		else if (fact->type == FACT_IS_REAL)
			buf_printf(&text, "%g", fact->real);
		else
			buf_printf(&text, "%lld", (long long)fact->number);
	}
	copy = arena_strdup(w->arena, buf_sv(&text));
	buf_clear(&text);
	return copy;
}
