/* open.c - from the configuration to seats: which providers are named, what the operator set for them, what never leaves. */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/random.h>

#include "tools/online/layer.h"

enum { FILE_MOST = 1 << 20 };

static int64_t
wall_now(void *context)
{
	(void)context;
	return clock_wall();
}

static void
wall_sleep(void *context, int64_t us)
{
	(void)context;
	clock_sleep(us);
}

static struct sv
next_word(struct sv *list)
{
	while (list->data != NULL) {
		struct sv word = sv_trim(sv_cut(list, ','));

		if (word.len > 0)
			return word;
	}
	return SV_NONE;
}

static size_t
count_words(const char *text)
{
	struct sv list = sv_from(text);
	size_t n = 0;

	while (next_word(&list).data != NULL)
		n++;
	return n;
}

static enum coord_err
no_memory(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
}

static struct seat
seat_of(const struct provider *p)
{
	return (struct seat){ .provider = p,
		.url = p->base_url,
		.key = "",
		.app = "dshield-coordination-engine",
		.per_second = p->per_second,
		.burst = p->burst,
		.per_day = p->per_day,
		.per_week = p->per_week,
		.parallel = p->parallel > 0 ? p->parallel : 1,
		.hit_ttl_us = -1,
		.miss_ttl_us = -1,
		.deadline_us = -1,
		.lock = PTHREAD_MUTEX_INITIALIZER };
}

/** In the order of the table, whatever the order of the names. */
static enum coord_err
take_names(struct tools *tools, const char *names, struct coord_error *err)
{
	struct sv list = sv_from(names), word;

	for (word = next_word(&list); word.data != NULL; word = next_word(&list))
		if (provider_named(word) == NULL)
			return error_set(err, COORD_EINVALID,
			    "COORD_PROVIDERS: there is no provider \"%.*s\"",
			    SV_ARG(sv_first(word, 64)));
	tools->seats = ARENA_ARRAY(tools->arena, count_words(names), struct seat);
	if (tools->seats == NULL)
		return no_memory(err);
	for (size_t i = 0; provider_at(i) != NULL; i++) {
		bool named = false;

		list = sv_from(names);
		for (word = next_word(&list); word.data != NULL; word = next_word(&list))
			named |= sv_eq(word, sv_from(provider_at(i)->name));
		if (named)
			tools->seats[tools->n_seats++] = seat_of(provider_at(i));
	}
	return COORD_OK;
}

static enum coord_err
take_own(struct tools *tools, const char *prefixes, struct coord_error *err)
{
	struct sv list = sv_from(prefixes), word;

	tools->own = ARENA_ARRAY(tools->arena, count_words(prefixes), struct net_prefix);
	if (tools->own == NULL)
		return no_memory(err);
	for (word = next_word(&list); word.data != NULL; word = next_word(&list))
		if (!net_prefix_parse(word, &tools->own[tools->n_own++]))
			return error_set(err, COORD_EINVALID,
			    "COORD_OWN_PREFIXES: expected prefixes such as 198.51.100.0/24, got "
			    "\"%.*s\"",
			    SV_ARG(sv_first(word, 64)));
	return COORD_OK;
}

static enum coord_err
take_file(struct tools *tools, const char *path, struct coord_error *err)
{
	struct buf text = BUF_INIT(FILE_MOST);
	struct coord_error why = { .code = COORD_OK };
	enum coord_err rc;

	if (path == NULL || path[0] == 0)
		return COORD_OK;
	rc = file_read_whole(path, &text, err);
	if (rc == COORD_OK) {
		rc = seats_read(tools->seats, tools->n_seats, buf_sv(&text), tools->arena, &why);
		if (rc != COORD_OK)
			(void)error_at(err, rc, why.line, why.byte, "%s: %s", path, why.what);
	}
	if (text.data != NULL)
		OPENSSL_cleanse(text.data, text.cap);
	buf_clear(&text);
	return rc;
}

static enum coord_err
fill(struct tools *tools, const struct config *config, struct coord_error *err)
{
	uint8_t drawn[16];

	if (getrandom(drawn, sizeof(drawn), 0) != (ssize_t)sizeof(drawn))
		return error_set(err, COORD_EIO, "the system gives no random bytes");
	hex_of(drawn, sizeof(drawn), tools->holder);
	tools->contact =
	    arena_strdup(tools->arena, sv_from(config->contact != NULL ? config->contact : ""));
	tools->memory = memory_new();
	tools->lookups_most = config->lookups_most;
	if (tools->contact == NULL || tools->memory == NULL)
		return no_memory(err);
	TRY(take_names(tools, config->providers, err));
	TRY(take_own(tools, config->own_prefixes, err));
	TRY(take_file(tools, config->providers_file, err));
	for (size_t i = 0; i < tools->n_seats; i++)
		if (tools->seats[i].url[0] == 0 &&
		    tools->seats[i].provider->transport != PROVIDER_DNS)
			return error_set(err, COORD_EINVALID,
			    "provider %s: needs a \"url\" in COORD_PROVIDERS_FILE",
			    tools->seats[i].provider->name);
	return COORD_OK;
}

enum coord_err
tools_open(const struct tools_options *options, struct tools **ret, struct coord_error *err)
{
	struct tools *tools = calloc(1, sizeof(*tools));
	enum coord_err rc;

	if (tools == NULL)
		return no_memory(err);
	tools->net = options->net;
	tools->store = options->store;
	tools->metrics = options->metrics;
	tools->now = options->now != NULL ? options->now : wall_now;
	tools->sleep = options->sleep != NULL ? options->sleep : wall_sleep;
	tools->context = options->context;
	(void)pthread_mutex_init(&tools->flight_lock, NULL);
	clock_cond_init(&tools->flight_landed);
	tools->arena = arena_new(0);
	rc = tools->arena == NULL ? no_memory(err) : fill(tools, options->config, err);
	if (rc != COORD_OK) {
		tools_close(tools);
		return rc;
	}
	*ret = tools;
	return COORD_OK;
}

void
tools_share(struct tools *tools, struct store *store)
{
	tools->store = store;
}

void
tools_close(struct tools *tools)
{
	if (tools == NULL)
		return;
	for (size_t i = 0; i < tools->n_seats; i++) {
		union {
			const char *read;
			char *write;
		} key = { tools->seats[i].key };

		if (key.read[0] != 0)
			OPENSSL_cleanse(key.write, strlen(key.read));
		(void)pthread_mutex_destroy(&tools->seats[i].lock);
	}
	memory_free(tools->memory);
	arena_free(tools->arena);
	(void)pthread_mutex_destroy(&tools->flight_lock);
	(void)pthread_cond_destroy(&tools->flight_landed);
	free(tools);
}

size_t
tools_count(const struct tools *tools)
{
	return tools->n_seats;
}

struct seat *
seat_named(const struct tools *tools, const char *provider)
{
	for (size_t i = 0; i < tools->n_seats; i++)
		if (strcmp(tools->seats[i].provider->name, provider) == 0)
			return &tools->seats[i];
	return NULL;
}

const struct provider_call *
call_named(const struct provider *provider, struct sv name)
{
	for (size_t i = 0; i < provider->n_calls; i++)
		if (sv_eq(name, sv_from(provider->calls[i].name)))
			return &provider->calls[i];
	return NULL;
}
