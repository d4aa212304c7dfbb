/* callbacks.c - `coord callbacks list|requeue|secret`: which clients could not be told, telling them again, and what receivers check signatures with. */
#include "jobs/jobs.h"

#include <openssl/crypto.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/phrase.h"
#include "cli/service.h"

enum { FORMAT_TEXT, FORMAT_JSON };

/* clang-format off */
static const struct option list_options[] = {
	{ "--dead", 0, NULL, OPTION_FLAG, OPTION_AT(dead), 0, 0, NULL, NULL,
	  "Only those that were given up." },
	{ "--limit", 0, "N", OPTION_UINT, OPTION_AT(limit), 1, 10000, NULL, "100",
	  "The newest N." },
	{ "--format", 0, "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json", "text",
	  "text: a line each. json: an array." },
	SERVICE_OPTIONS,
	OUTPUT_OPTION,
};
static const struct option requeue_options[] = {
	SERVICE_OPTIONS,
};
static const struct option secret_options[] = {
	SERVICE_OPTIONS,
};
/* clang-format on */

static void
json_callback(struct jsonw *w, const struct store_callback *c)
{
	jsonw_object(w);
	jsonw_key(w, "id");
	jsonw_str(w, c->id);
	jsonw_key(w, "analysis_id");
	jsonw_str(w, c->analysis_id);
	jsonw_key(w, "owner");
	jsonw_sv(w, c->owner);
	jsonw_key(w, "url");
	jsonw_sv(w, c->url);
	jsonw_key(w, "dead");
	jsonw_bool(w, c->dead);
	jsonw_key(w, "attempts");
	jsonw_u64(w, c->attempts);
	service_json_time(w, "created", c->created_us);
	service_json_time(w, "due", c->due_us);
	jsonw_key(w, "error");
	jsonw_sv(w, c->error);
	jsonw_end(w);
}

/** The URL without its query, which may hold a secret of the receiver's. */
static struct sv
without_query(struct sv url)
{
	size_t query = sv_find_char(url, '?');

	return query == SIZE_MAX ? url : sv_first(url, query);
}

static void
text_callback(struct buf *out, const struct store_callback *c)
{
	char due[TIME_TEXT_MAX];

	time_format(c->due_us, true, due);
	buf_printf(out, "%s  %-4s  %2u  %s  ", c->id, c->dead ? "dead" : "due", c->attempts, due);
	phrase_printable(out, without_query(c->url));
	if (c->error.len > 0) {
		buf_add_str(out, "  ");
		phrase_printable(out, c->error);
	}
	buf_add_char(out, '\n');
}

static void
write_all(struct buf *out, unsigned format, const struct store_callback *all, size_t n)
{
	struct jsonw w = jsonw_init(out, true);

	if (format == FORMAT_TEXT) {
		for (size_t i = 0; i < n; i++)
			text_callback(out, &all[i]);
		return;
	}
	jsonw_array(&w);
	for (size_t i = 0; i < n; i++)
		json_callback(&w, &all[i]);
	jsonw_end(&w);
	buf_add_char(out, '\n');
}

static enum cli_status
list(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT((size_t)64 << 20);
	struct arena *arena = arena_new(0);
	struct store_callback *all;
	struct service service;
	struct coord_error err;
	enum cli_status status = service_open(self, settings, &service);
	size_t n;

	if (status == STATUS_DONE && arena == NULL)
		status = STATUS_FAILED;
	if (status == STATUS_DONE &&
	    store_callbacks_list(service.store, settings->dead, (uint32_t)settings->limit, arena,
		&all, &n, &err) != COORD_OK)
		status = complain_error(self, &err);
	else if (status == STATUS_DONE)
		write_all(&out, settings->format, all, n);
	if (status == STATUS_DONE)
		status = output_whole(self, settings->output, &out);
	service_close(&service);
	buf_clear(&out);
	arena_free(arena);
	return status;
}

const struct command command_callbacks_list = {
	.name = "callbacks list",
	.operands = "",
	.title = "Show callbacks that are not delivered",
	.about = "Those that wait for their next try (due) and those that were given up (dead): "
		 "id, state, "
		 "tries so far, when it is due, where to, and why the last try failed.",
	.options = list_options,
	.n_options = sizeof(list_options) / sizeof(list_options[0]),
	.run = list,
};

/** All dead ones that there are. */
static enum coord_err
requeue_all(struct service *service, uint64_t *ret, struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	struct store_callback *all;
	enum coord_err rc;
	size_t n = 0;

	*ret = 0;
	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for callbacks");
	rc = store_callbacks_list(service->store, true, 10000, arena, &all, &n, err);
	for (size_t i = 0; rc == COORD_OK && i < n; i++) {
		rc = store_callback_requeue(service->store, sv_from(all[i].id), clock_wall(), err);
		*ret += rc == COORD_OK;
	}
	arena_free(arena);
	return rc;
}

static enum cli_status
requeue(const struct command *self, const struct settings *settings)
{
	const char *which = settings->operands.items[0];
	bool every = strcmp(which, "all") == 0;
	struct service service;
	struct coord_error err;
	enum cli_status status = service_open(self, settings, &service);
	uint64_t n = 1;

	if (status == STATUS_DONE &&
	    ((every ? requeue_all(&service, &n, &err)
		    : store_callback_requeue(service.store, sv_from(which), clock_wall(), &err)) !=
		    COORD_OK ||
		service_audit(&service, "callback.requeue", which, "ok", &err) != COORD_OK))
		status = complain_error(self, &err);
	if (status == STATUS_DONE && every)
		complain(self, "%llu dead callbacks are due again", (unsigned long long)n);
	service_close(&service);
	return status;
}

const struct command command_callbacks_requeue = {
	.name = "callbacks requeue",
	.operands = "ID",
	.operands_least = 1,
	.operands_most = 1,
	.title = "Try a dead callback again",
	.about =
	    "By the id that `coord callbacks list --dead` shows, or all of them: `coord callbacks "
	    "requeue all`. The tries count from the start, and the receiver sees the same "
	    "webhook-id "
	    "as before.",
	.options = requeue_options,
	.n_options = sizeof(requeue_options) / sizeof(requeue_options[0]),
	.run = requeue,
};

static enum cli_status
secret(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT(1 << 14);
	struct service service;
	struct coord_error err;
	enum cli_status status = service_open(self, settings, &service);

	if (status == STATUS_DONE &&
	    (jobs_callback_secrets(&service.config, service.store, &out, &err) != COORD_OK ||
		service_audit(&service, "callback.secret", "", "ok", &err) != COORD_OK))
		status = complain_error(self, &err);
	buf_add_char(&out, '\n');
	if (status == STATUS_DONE)
		status = output_whole(self, NULL, &out);
	if (out.data != NULL)
		OPENSSL_cleanse(out.data, out.cap);
	buf_clear(&out);
	service_close(&service);
	return status;
}

const struct command command_callbacks_secret = {
	.name = "callbacks secret",
	.operands = "",
	.title = "Print what callbacks are signed with",
	.about = "COORD_CALLBACK_SECRET, else the secret that was made once for this database. "
		 "Receivers check the header webhook-signature with it, as Standard Webhooks say.",
	.options = secret_options,
	.n_options = sizeof(secret_options) / sizeof(secret_options[0]),
	.run = secret,
};
