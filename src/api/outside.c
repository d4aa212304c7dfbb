/* outside.c - whether the services that the site named can be reached, for GET /health/ready: a thread asks each now and then, and answers tell what it found last.
 * Nothing depends on them: without Elasticsearch and a language model the engine does its work, so it is ready without them. */
#include "api/server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

enum { DISABLED, UNKNOWN, HEALTHY, UNHEALTHY, URL_MOST = 2048 };

static const int64_t ask_again_us = 15 * TIME_SECOND, answer_us = 5 * TIME_SECOND;
static const char *const names[OUTSIDE_SERVICES] = { "elasticsearch", "llm_service" };

struct outside {
	struct net *net;
	const struct config *config;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stop_wanted;
	bool stop;
	volatile bool cancel; /* requests look without the lock */
	_Atomic unsigned state[OUTSIDE_SERVICES];
};

static const char *
url_of(const struct outside *o, enum outside_service service)
{
	return service == OUTSIDE_LLM ? o->config->llm_service_url : o->config->elasticsearch_url;
}

/** "scheme://host:port/": no password, path or query goes out with a question that is none. */
static bool
root_of(const char *url, char ret[URL_MOST])
{
	const char *scheme_end = strstr(url, "://"), *from, *to;

	if (scheme_end == NULL)
		return false;
	from = scheme_end + 3;
	to = from + strcspn(from, "/?#");
	for (const char *at = from; at < to; at++)
		if (*at == '@')
			from = at + 1;
	return snprintf(ret, URL_MOST, "%.*s://%.*s/", (int)(scheme_end - url), url,
		   (int)(to - from), from) < URL_MOST;
}

/** Any answer that is no failure of the server counts, a demand for a password too. */
static bool
reaches(const struct outside *o, enum outside_service service, char why[240])
{
	const struct net_gate gate = { .allow_http = true,
		.any_port = true,
		.allow_private = true,
		.only_private = service == OUTSIDE_LLM && !o->config->llm_remote };
	char url[URL_MOST];
	const struct net_request request = { .url = url,
		.gate = &gate,
		.connect_us = answer_us,
		.total_us = answer_us,
		.cancel = &o->cancel };
	struct net_answer answer;
	struct coord_error err;
	bool well;

	(void)snprintf(why, 240, "the URL is none");
	if (!root_of(url_of(o, service), url))
		return false;
	if (net_fetch(o->net, &request, &answer, &err) != COORD_OK) {
		(void)snprintf(why, 240, "%.200s", err.what);
		return false;
	}
	well = (answer.outcome == NET_ANSWERED || answer.outcome == NET_TOO_LARGE) &&
	       answer.status < 500;
	if (answer.outcome == NET_ANSWERED)
		(void)snprintf(why, 240, "it answered %d", answer.status);
	else
		(void)snprintf(why, 240, "%s", net_outcome_name(answer.outcome));
	net_answer_clear(&answer);
	return well;
}

static void
ask(struct outside *o, enum outside_service service)
{
	unsigned before = atomic_load(&o->state[service]), now;
	char why[240];

	if (before == DISABLED)
		return;
	now = reaches(o, service, why) ? HEALTHY : UNHEALTHY;
	atomic_store(&o->state[service], now);
	if (now == UNHEALTHY && before != UNHEALTHY)
		log_write(LOG_WARNING, "dependency is away", LOG_TEXT("dependency", names[service]),
		    LOG_TEXT("reason", why));
	else if (now == HEALTHY && before == UNHEALTHY)
		log_write(LOG_INFO, "dependency is back", LOG_TEXT("dependency", names[service]));
}

static void *
run(void *context)
{
	struct outside *o = context;

	(void)pthread_mutex_lock(&o->lock);
	while (!o->stop) {
		int64_t at;

		(void)pthread_mutex_unlock(&o->lock);
		for (unsigned i = 0; i < OUTSIDE_SERVICES; i++)
			ask(o, (enum outside_service)i);
		(void)pthread_mutex_lock(&o->lock);
		at = clock_steady() + ask_again_us;
		while (!o->stop && clock_cond_wait(&o->stop_wanted, &o->lock, at))
			;
	}
	(void)pthread_mutex_unlock(&o->lock);
	return NULL;
}

enum coord_err
outside_start(const struct jobs_world *world, struct outside **ret, struct coord_error *err)
{
	struct outside *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return error_set(err, COORD_ENOMEM, "api: no memory");
	o->net = world->net;
	o->config = world->config;
	for (unsigned i = 0; i < OUTSIDE_SERVICES; i++)
		atomic_init(
		    &o->state[i], url_of(o, (enum outside_service)i)[0] == 0 ? DISABLED : UNKNOWN);
	(void)pthread_mutex_init(&o->lock, NULL);
	clock_cond_init(&o->stop_wanted);
	if (pthread_create(&o->thread, NULL, run, o) != 0) {
		free(o);
		return error_set(err, COORD_ENOMEM, "api: no thread to ask with");
	}
	*ret = o;
	return COORD_OK;
}

void
outside_stop(struct outside *o)
{
	if (o == NULL)
		return;
	__atomic_store_n(&o->cancel, true, __ATOMIC_RELAXED);
	(void)pthread_mutex_lock(&o->lock);
	o->stop = true;
	(void)pthread_cond_signal(&o->stop_wanted);
	(void)pthread_mutex_unlock(&o->lock);
	(void)pthread_join(o->thread, NULL);
	(void)pthread_cond_destroy(&o->stop_wanted);
	(void)pthread_mutex_destroy(&o->lock);
	free(o);
}

const char *
outside_state(const struct outside *o, enum outside_service service)
{
	static const char *const words[] = { "disabled", "unknown", "healthy", "unhealthy" };

	return words[atomic_load(&o->state[service])];
}
