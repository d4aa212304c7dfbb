/* open.c - a user of a model server made and ended, and the server looked at for people. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "llm/lock.h"
#include "llm/server.h"

/** Without a last "/" and "/v1", which dialects bring. */
static char *
base_of(const char *url)
{
	struct sv base = sv_trim(sv_from(url));
	char *copy;

	while (sv_ends(base, SV("/")))
		base.len--;
	if (sv_ends(base, SV("/v1")))
		base.len -= 3;
	copy = malloc(base.len + 1);
	if (copy == NULL)
		return NULL;
	if (base.len > 0)
		memcpy(copy, base.data, base.len);
	copy[base.len] = 0;
	return copy;
}

static enum coord_err
set_server(struct llm *llm, struct coord_error *err)
{
	struct net_url url;

	llm->gate = (struct net_gate){ .allow_http = true,
		.any_port = true,
		.allow_private = true,
		.only_private = !llm->config->llm_remote };
	llm->base = base_of(llm->config->llm_service_url);
	if (llm->base == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a model server");
	if (llm->base[0] == 0)
		return COORD_OK;
	if (net_url_parse(sv_from(llm->base), &url, err) != COORD_OK)
		return error_set(err, COORD_EINVALID,
		    "LLM_SERVICE_URL: expected http://host:port or https://host");
	llm->remote = llm->config->llm_remote;
	return COORD_OK;
}

enum coord_err
llm_open(const struct config *config, struct net *net, struct store *store, struct metrics *metrics,
    struct llm **ret, struct coord_error *err)
{
	struct llm *llm = calloc(1, sizeof(*llm));
	enum coord_err rc;
	uint64_t id;

	if (llm == NULL || (llm->lock = calloc(1, sizeof(*llm->lock))) == NULL) {
		free(llm);
		return error_set(err, COORD_ENOMEM, "no memory for a model server");
	}
	(void)pthread_mutex_init(&llm->lock->mutex, NULL);
	llm->config = config;
	llm->net = net;
	llm->store = store;
	llm->metrics = metrics;
	id = (uint64_t)clock_steady();
	(void)snprintf(llm->claimant, sizeof(llm->claimant), "%ld-%llx", (long)getpid(),
	    (unsigned long long)id);
	rc = set_server(llm, err);
	if (rc != COORD_OK) {
		llm_close(llm);
		return rc;
	}
	*ret = llm;
	return COORD_OK;
}

void
llm_close(struct llm *llm)
{
	if (llm == NULL)
		return;
	(void)pthread_mutex_destroy(&llm->lock->mutex);
	free(llm->lock);
	free(llm->base);
	free(llm);
}

bool
llm_is_configured(const struct llm *llm)
{
	return llm != NULL && llm->base[0] != 0;
}

/* --- for people ---------------------------------------------------------------------------------------------------------------- */

static struct sv
copied(struct arena *arena, const char *text)
{
	return text[0] == 0 ? SV_NONE : sv_from(arena_strdup(arena, sv_from(text)));
}

static void
tell_failure(const struct llm_call *call, struct arena *arena, struct llm_probe *ret)
{
	ret->reason = sv_from(llm_failure_text(call->failure));
	ret->detail = copied(arena, call->error);
}

enum coord_err
llm_probe(struct llm *llm, struct arena *arena, struct llm_probe *ret, struct coord_error *err)
{
	struct llm_call call = { .llm = llm };
	struct llm_server server;

	*ret = (struct llm_probe){ .n_models = 0 };
	if (!llm_is_configured(llm))
		return error_set(err, COORD_EINVALID, "LLM_SERVICE_URL: not set");
	call.deadline_us = clock_steady() + llm->config->llm_budget;
	if (!server_find(&call, &server)) {
		tell_failure(&call, arena, ret);
		return COORD_OK;
	}
	ret->kind = sv_from(llm_kind_name(server.kind));
	for (size_t i = 0; i < server.n_models; i++) {
		const struct llm_model *m = &server.models[i];

		if (!server_probe_model(&call, &server, i))
			tell_failure(&call, arena, ret);
		ret->models[i].name = copied(arena, m->name);
		ret->models[i].digest = copied(arena, m->digest);
		ret->models[i].probed = m->probed;
		ret->models[i].mode = m->probed ? sv_from(llm_mode_name(m->mode)) : SV_NONE;
		ret->models[i].obeys = m->obeys;
	}
	ret->n_models = server.n_models;
	return COORD_OK;
}
