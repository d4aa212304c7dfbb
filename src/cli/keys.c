/* keys.c - `coord keys create|list|revoke|rotate`: who may come in. A secret goes to standard output and nowhere else. */
#include "auth/auth.h"

#include <openssl/crypto.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/phrase.h"
#include "cli/service.h"

enum { FORMAT_TEXT, FORMAT_JSON };

/* clang-format off */
#define FORMAT_OPTION                                                                              \
	{ "--format", 0, "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json", "text",    \
	  "text: for people and shells. json: one object or array." }
#define DAY_US (86400 * TIME_SECOND)
#define HOUR_US (3600 * TIME_SECOND)

static const struct option create_options[] = {
	{ "--scopes", 0, "SCOPES", OPTION_TEXT, OPTION_AT(scopes), 0, 0, NULL, "submit,read",
	  "What the key may do, of submit, read, admin (keys, jobs, callbacks of others) and all (read everybody's analyses)." },
	{ "--days", 0, "N", OPTION_UINT, OPTION_AT(days), 1, 36500, NULL, NULL,
	  "Days until the key ends. Without it: never." },
	{ "--rate", 0, "N", OPTION_UINT, OPTION_AT(rate), 1, 100000000, NULL, NULL,
	  "Requests a minute. Without it: COORD_RATE_PER_MINUTE." },
	{ "--quota", 0, "N", OPTION_UINT, OPTION_AT(quota), 1, 9007199254740992.0, NULL, NULL,
	  "Sessions a day (UTC). Without it: no limit." },
	FORMAT_OPTION,
	SERVICE_OPTIONS,
};
static const struct option list_options[] = {
	FORMAT_OPTION,
	SERVICE_OPTIONS,
	OUTPUT_OPTION,
};
static const struct option revoke_options[] = {
	SERVICE_OPTIONS,
};
static const struct option rotate_options[] = {
	{ "--grace", 0, "HOURS", OPTION_UINT, OPTION_AT(grace), 0, 87600, NULL, "24",
	  "Hours for which the old secret opens too; 0: none, it ends at once." },
	FORMAT_OPTION,
	SERVICE_OPTIONS,
};
/* clang-format on */

/** The secret alone on standard output, so that KEY=$(coord keys create NAME) works; or an object. */
static enum cli_status
print_secret(
    const struct command *self, const struct settings *settings, const char *id, const char *secret)
{
	struct buf out = BUF_INIT(4096);
	enum cli_status status;

	if (settings->format == FORMAT_JSON) {
		struct jsonw w = jsonw_init(&out, true);

		jsonw_object(&w);
		jsonw_key(&w, "id");
		jsonw_str(&w, id);
		jsonw_key(&w, "name");
		jsonw_str(&w, settings->operands.items[0]);
		jsonw_key(&w, "secret");
		jsonw_str(&w, secret);
		jsonw_end(&w);
	} else {
		buf_add_str(&out, secret);
	}
	buf_add_char(&out, '\n');
	status = output_whole(self, NULL, &out);
	if (out.data != NULL)
		OPENSSL_cleanse(out.data, out.len);
	buf_clear(&out);
	return status;
}

static enum cli_status
create_in(const struct command *self, const struct settings *settings, struct service *service,
    const struct auth_new_key *key)
{
	char id[32], secret[AUTH_SECRET_MOST];
	struct coord_error err;
	enum cli_status status;

	if (auth_key_create(&service->config, service->store, key, clock_wall(), id, secret,
		&err) != COORD_OK ||
	    service_audit(service, "key.create", id, "ok", &err) != COORD_OK)
		return complain_error(self, &err);
	if (settings->format == FORMAT_TEXT)
		complain(self, "made %s: this secret is shown this once", id);
	status = print_secret(self, settings, id, secret);
	OPENSSL_cleanse(secret, sizeof(secret));
	return status;
}

static enum cli_status
create(const struct command *self, const struct settings *settings)
{
	struct auth_new_key key = { .name = settings->operands.items[0],
		.rate_per_minute = (uint32_t)settings->rate,
		.quota_per_day = settings->quota };
	struct service service;
	enum cli_status status;

	if (!auth_scopes_parse(sv_from(settings->scopes), &key.scopes)) {
		complain(self, "--scopes: expected words of submit, read, admin, all, got \"%s\"",
		    settings->scopes);
		return hint_help(self);
	}
	if (settings->days != 0)
		key.expires_us = clock_wall() + (int64_t)settings->days * DAY_US;
	status = service_open(self, settings, &service);
	if (status == STATUS_DONE)
		status = create_in(self, settings, &service, &key);
	service_close(&service);
	return status;
}

static const struct example create_examples[] = {
	{ "KEY=$(coord keys create ci)", "a key that submits and reads its own analyses" },
	{ "coord keys create soc --scopes read,all --days 90", "reads everybody's, for 90 days" },
	{ NULL, NULL },
};

const struct command command_keys_create = {
	.name = "keys create",
	.operands = "NAME",
	.operands_least = 1,
	.operands_most = 1,
	.title = "Make an API key",
	.about =
	    "Prints the new key's secret, this once: the database keeps only its hash under the "
	    "installation's pepper. Clients send it as Authorization: Bearer SECRET or as "
	    "X-API-Key: "
	    "SECRET. Every running process knows the key within two seconds, and at once when it "
	    "is "
	    "used.\n\nAnalyses belong to the key that submitted them; with the scope all a key "
	    "sees "
	    "those of others too.",
	.options = create_options,
	.n_options = sizeof(create_options) / sizeof(create_options[0]),
	.examples = create_examples,
	.run = create,
};

/* --- list ------------------------------------------------------------------------------------------------------------ */

static const char *
state_of(const struct store_key *key, int64_t now_us)
{
	if (key->revoked_us != 0)
		return "revoked";
	return key->expires_us != 0 && key->expires_us <= now_us ? "ended" : "living";
}

static void
json_key(struct jsonw *w, const struct store_key *key, int64_t now_us)
{
	struct buf scopes = BUF_INIT(256);

	auth_scopes_write(key->scopes, &scopes);
	jsonw_object(w);
	jsonw_key(w, "id");
	jsonw_sv(w, key->id);
	jsonw_key(w, "name");
	jsonw_sv(w, key->name);
	jsonw_key(w, "state");
	jsonw_str(w, state_of(key, now_us));
	jsonw_key(w, "scopes");
	jsonw_sv(w, buf_sv(&scopes));
	service_json_time(w, "created", key->created_us);
	service_json_time(w, "expires", key->expires_us);
	service_json_time(w, "revoked", key->revoked_us);
	service_json_time(w, "last_used", key->used_us);
	jsonw_key(w, "rate_per_minute");
	jsonw_u64(w, key->rate_per_minute);
	jsonw_key(w, "quota_per_day");
	jsonw_u64(w, key->quota_per_day);
	jsonw_end(w);
	buf_clear(&scopes);
}

static void
text_time(struct buf *out, int64_t us)
{
	char text[TIME_TEXT_MAX] = "-";

	if (us != 0)
		time_format(us, true, text);
	buf_printf(out, "%-22s", text);
}

static void
text_key(struct buf *out, const struct store_key *key, int64_t now_us)
{
	struct buf scopes = BUF_INIT(256), name = BUF_INIT(1024);

	auth_scopes_write(key->scopes, &scopes);
	phrase_printable(&name, key->name);
	buf_printf(out, "%-20.*s%-9s", SV_ARG(key->id), state_of(key, now_us));
	text_time(out, key->expires_us);
	text_time(out, key->used_us);
	buf_printf(out, "%-23s%s\n", buf_cstr(&scopes), buf_cstr(&name));
	buf_clear(&scopes);
	buf_clear(&name);
}

static void
write_keys(struct buf *out, unsigned format, const struct store_key *keys, size_t n)
{
	int64_t now_us = clock_wall();
	struct jsonw w = jsonw_init(out, true);

	if (format == FORMAT_JSON) {
		jsonw_array(&w);
		for (size_t i = 0; i < n; i++)
			json_key(&w, &keys[i], now_us);
		jsonw_end(&w);
		buf_add_char(out, '\n');
		return;
	}
	buf_printf(out, "%-20s%-9s%-22s%-22s%-23s%s\n", "ID", "STATE", "EXPIRES", "LAST USED",
	    "SCOPES", "NAME");
	for (size_t i = 0; i < n; i++)
		text_key(out, &keys[i], now_us);
}

static enum cli_status
list(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT((size_t)64 << 20);
	struct arena *arena = arena_new(0);
	struct store_key *keys;
	struct service service;
	struct coord_error err;
	enum cli_status status = service_open(self, settings, &service);
	size_t n;

	if (status == STATUS_DONE) {
		if (arena == NULL)
			status = STATUS_FAILED;
		else if (auth_key_list(service.store, arena, &keys, &n, &err) != COORD_OK)
			status = complain_error(self, &err);
		else
			write_keys(&out, settings->format, keys, n);
	}
	if (status == STATUS_DONE)
		status = output_whole(self, settings->output, &out);
	service_close(&service);
	buf_clear(&out);
	arena_free(arena);
	return status;
}

const struct command command_keys_list = {
	.name = "keys list",
	.operands = "",
	.title = "Show the API keys",
	.about =
	    "Never their secrets, which are not kept. Last used is written about once a minute.",
	.options = list_options,
	.n_options = sizeof(list_options) / sizeof(list_options[0]),
	.run = list,
};

/* --- revoke, rotate ---------------------------------------------------------------------------------------------------- */

/** The id of the living key of this name; what it cannot find stays as it is, for the room below to say so. */
static enum coord_err
id_of(struct store *store, const char *which, char ret[64], struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	struct store_key *keys;
	enum coord_err rc;
	size_t n = 0;

	(void)snprintf(ret, 64, "%s", which);
	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for keys");
	rc = auth_key_list(store, arena, &keys, &n, err);
	for (size_t i = 0; rc == COORD_OK && i < n; i++)
		if (sv_eq(keys[i].name, sv_from(which)) &&
		    strcmp(state_of(&keys[i], clock_wall()), "living") == 0)
			(void)snprintf(ret, 64, "%.*s", SV_ARG(keys[i].id));
	arena_free(arena);
	return rc;
}

static enum cli_status
revoke(const struct command *self, const struct settings *settings)
{
	struct service service;
	struct coord_error err;
	enum cli_status status = service_open(self, settings, &service);
	char id[64];

	if (status == STATUS_DONE &&
	    (id_of(service.store, settings->operands.items[0], id, &err) != COORD_OK ||
		auth_key_revoke(service.store, id, clock_wall(), &err) != COORD_OK ||
		service_audit(&service, "key.revoke", id, "ok", &err) != COORD_OK))
		status = complain_error(self, &err);
	service_close(&service);
	return status;
}

const struct command command_keys_revoke = {
	.name = "keys revoke",
	.operands = "KEY",
	.operands_least = 1,
	.operands_most = 1,
	.title = "End an API key, by id or name",
	.about =
	    "For ever: a revoked key does not come back, its analyses stay. Every running process "
	    "refuses it within two seconds.",
	.options = revoke_options,
	.n_options = sizeof(revoke_options) / sizeof(revoke_options[0]),
	.run = revoke,
};

static enum cli_status
rotate(const struct command *self, const struct settings *settings)
{
	char secret[AUTH_SECRET_MOST] = "", id[64];
	struct service service;
	struct coord_error err;
	enum cli_status status = service_open(self, settings, &service);

	if (status == STATUS_DONE &&
	    (id_of(service.store, settings->operands.items[0], id, &err) != COORD_OK ||
		auth_key_rotate(&service.config, service.store, id, clock_wall(),
		    (int64_t)settings->grace * HOUR_US, secret, &err) != COORD_OK ||
		service_audit(&service, "key.rotate", id, "ok", &err) != COORD_OK))
		status = complain_error(self, &err);
	service_close(&service);
	if (status == STATUS_DONE && settings->format == FORMAT_TEXT)
		complain(self, "the secret of %s is new: it is shown this once", id);
	if (status == STATUS_DONE)
		status = print_secret(self, settings, id, secret);
	OPENSSL_cleanse(secret, sizeof(secret));
	return status;
}

static const struct example rotate_examples[] = {
	{ "KEY=$(coord keys rotate ci)", "the old secret opens for a day more" },
	{ "coord keys rotate ci --grace 0", "the old one became known: it ends now" },
	{ NULL, NULL },
};

const struct command command_keys_rotate = {
	.name = "keys rotate",
	.operands = "KEY",
	.operands_least = 1,
	.operands_most = 1,
	.title = "Give an API key a new secret",
	.about =
	    "The key stays what it is: its id, scopes, end and analyses. Both secrets open while "
	    "clients change over.",
	.options = rotate_options,
	.n_options = sizeof(rotate_options) / sizeof(rotate_options[0]),
	.examples = rotate_examples,
	.run = rotate,
};
