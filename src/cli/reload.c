/* reload.c - SIGHUP: settings and keys are read again. All is checked before any of it is in force; names of what changed are logged, never a value. */
#include "cli/reload.h"

#include <openssl/crypto.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/service.h"

extern char **environ;

void
service_log(const struct config *config)
{
	enum { AUTO, TEXT, JSON };
	bool json = config->log_format == JSON ||
		    (config->log_format == AUTO && isatty(STDERR_FILENO) == 0);

	log_setup(STDERR_FILENO, json, (enum log_level)config->log_level);
}

/** What else than the table may be wrong with values that reload. */
static enum coord_err
check_callbacks(const struct config *fresh, struct coord_error *err)
{
	struct arena *arena = arena_new(1 << 20);
	struct buf secrets = BUF_INIT(1 << 14);
	struct net_gate gate;
	enum coord_err rc = COORD_OK;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for settings");
	rc = jobs_callback_gate(fresh, arena, &gate, err);
	if (rc == COORD_OK && fresh->callback_secret[0] != 0)
		rc = jobs_callback_secrets(fresh, NULL, &secrets, err);
	if (secrets.data != NULL)
		OPENSSL_cleanse(secrets.data, secrets.cap);
	buf_clear(&secrets);
	arena_free(arena);
	return rc;
}

/** Keys are part of what is refused when one is wrong; a store that is away is not: they are read when it is back. */
static enum coord_err
give_keys(const struct reloading *r, const char *api_keys, struct coord_error *err)
{
	struct coord_error why = { .code = COORD_OK };
	enum coord_err rc = r->auth != NULL ? auth_give(r->auth, api_keys, &why) : COORD_OK;

	if (rc == COORD_EINVALID)
		return error_set(err, rc, "%s", why.what);
	if (rc != COORD_OK)
		log_write(LOG_ERROR, "keys not read again", LOG_TEXT("reason", why.what));
	else if (r->auth != NULL)
		log_write(LOG_INFO, "keys read again", LOG_INT("ways_in", auth_ways(r->auth)));
	return COORD_OK;
}

static enum coord_err
put_in_force(const struct reloading *r, struct config *fresh, struct coord_error *err)
{
	struct coord_error away;

	TRY(config_publish(r->config, fresh, err));
	service_log(config_now(r->config));
	if (r->auth != NULL && auth_reload(r->auth, &away) != COORD_OK)
		log_write(LOG_WARNING, "rates of keys follow later", LOG_TEXT("reason", away.what));
	return r->api != NULL ? api_reload(r->api, err) : COORD_OK;
}

static enum coord_err
take(const struct reloading *r, struct config *fresh, struct coord_error *err)
{
	struct buf changed = BUF_INIT(1 << 14), later = BUF_INIT(1 << 14);
	enum coord_err rc = config_compare(r->config, fresh, &changed, &later, err);

	if (rc == COORD_OK)
		rc = check_callbacks(fresh, err);
	if (rc == COORD_OK)
		rc = give_keys(r, fresh->api_keys, err);
	if (rc == COORD_OK && changed.len > 0)
		rc = put_in_force(r, fresh, err);
	if (rc == COORD_OK)
		log_write(LOG_INFO, "settings read again",
		    LOG_SV("changed", changed.len > 0 ? buf_sv(&changed) : SV("none")),
		    LOG_SV("at_next_start", later.len > 0 ? buf_sv(&later) : SV_NONE));
	buf_clear(&changed);
	buf_clear(&later);
	return rc;
}

void
service_reload(const struct reloading *r)
{
	struct coord_error err = { .code = COORD_OK };
	struct config fresh = { .arena = NULL };
	enum coord_err rc =
	    config_load(environ, r->settings->set.items, r->settings->set.n, &fresh, &err);

	if (rc == COORD_OK)
		rc = take(r, &fresh, &err);
	config_clear(&fresh);
	if (rc == COORD_OK)
		return;
	log_write(LOG_ERROR, "settings not read again: nothing has changed",
	    LOG_TEXT("reason", err.what));
	if (r->auth != NULL && auth_reload(r->auth, &err) != COORD_OK)
		log_write(LOG_ERROR, "keys not read again", LOG_TEXT("reason", err.what));
}
