/* fork.c - an analysis once more from one of its steps, with something changed: a new analysis of the same stored request, that goes on from the other's checkpoints. */
#include <sys/random.h>

#include "base/uuid.h"
#include "jobs/analyse.h"
#include "jobs/jobs.h"
#include "jobs/request.h"
#include "services/services.h"

enum { OPTIONS_MOST = 1 << 16, OPTIONS_DEPTH = 4 };

static enum coord_err
new_id(char ret[STORE_ID_LEN + 1], struct coord_error *err)
{
	uint8_t raw[16];

	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		return error_set(err, COORD_EUNAVAIL, "no random numbers for an id");
	uuid_of_moment(raw, (uint64_t)clock_wall() / 1000, ret);
	return COORD_OK;
}

static const struct services_change *
find(const struct jobs_fork *fork, struct sv name)
{
	for (size_t i = 0; i < fork->n_changes; i++)
		if (sv_eq(fork->changes[i].name, name))
			return &fork->changes[i];
	return NULL;
}

static void
write_scalar(struct jsonw *w, struct json_value v)
{
	struct sv text = SV_NONE;
	int64_t whole = 0;
	double real = 0;
	bool truth = false;

	if (json_string(v, &text))
		jsonw_sv(w, text);
	else if (json_bool(v, &truth))
		jsonw_bool(w, truth);
	else if (json_i64(v, &whole))
		jsonw_i64(w, whole);
	else if (json_f64(v, &real))
		jsonw_f64(w, real);
	else
		jsonw_null(w);
}

/* A wish as it was typed: what is no number and no yes or no stays a text, which the check of the options then refuses by name. */
static void
write_wish(struct jsonw *w, const struct services_change *change)
{
	struct sv value = change->value;
	int64_t whole = 0;
	double real = 0;

	jsonw_key_sv(w, change->name);
	if (sv_eq(change->name, SV("tools")))
		jsonw_sv(w, value);
	else if (sv_eq(value, SV("yes")) || sv_eq(value, SV("true")))
		jsonw_bool(w, true);
	else if (sv_eq(value, SV("no")) || sv_eq(value, SV("false")))
		jsonw_bool(w, false);
	else if (sv_to_i64(value, &whole))
		jsonw_i64(w, whole);
	else if (sv_to_f64(value, &real))
		jsonw_f64(w, real);
	else
		jsonw_sv(w, value);
}

/* The other's options with the wishes over them. The year is that of the other's own date. */
static enum coord_err
write_options(const struct jobs_fork *fork, const struct store_analysis *from, struct buf *out,
    struct coord_error *err)
{
	struct json_parser *parser = json_parser_new(OPTIONS_MOST, OPTIONS_DEPTH);
	struct jsonw w = jsonw_init(out, false);
	struct json_value object = JSON_MISSING, value;
	struct json_iter each;
	enum coord_err rc = COORD_OK;
	bool year = false;
	struct sv key;

	if (parser == NULL)
		return error_set(err, COORD_ENOMEM, "options: no memory");
	if (from->options.len > 0)
		rc = json_parse(parser, from->options.data, from->options.len, false, &object, err);
	each = json_each(object);
	jsonw_object(&w);
	while (rc == COORD_OK && json_next_member(&each, &key, &value)) {
		if (find(fork, key) != NULL || json_type(value) == JSON_NULL)
			continue;
		year = year || sv_eq(key, SV("year"));
		jsonw_key_sv(&w, key);
		write_scalar(&w, value);
	}
	if (!year) {
		jsonw_key(&w, "year");
		jsonw_i64(&w, request_year(from->created_us));
	}
	for (size_t i = 0; i < fork->n_changes; i++)
		if (services_is_wish(fork->changes[i].name) &&
		    !sv_eq(fork->changes[i].name, SV("depth")))
			write_wish(&w, &fork->changes[i]);
	jsonw_end(&w);
	json_parser_free(parser);
	return rc != COORD_OK || !out->failed ? rc
					      : error_set(err, COORD_ENOMEM, "options: no memory");
}

static enum coord_err
choose_depth(const struct jobs_fork *fork, const struct store_analysis *from, struct sv *ret,
    struct coord_error *err)
{
	const struct services_change *change = find(fork, SV("depth"));
	enum detect_depth depth;

	*ret = change == NULL ? from->depth : change->value;
	if (change == NULL)
		return COORD_OK;
	if (change->value.len == 0 || request_depth(change->value, &depth, NULL) != COORD_OK ||
	    depth == DEPTH_MINIMAL)
		return error_set(err, COORD_EINVALID,
		    "depth: expected standard or deep (minimal keeps no checkpoints to go on "
		    "from)");
	return COORD_OK;
}

static enum coord_err
load(const struct jobs_world *world, const struct jobs_fork *fork, struct arena *arena,
    struct store_analysis *ret, struct coord_error *err)
{
	enum coord_err rc =
	    store_get(world->store, fork->id, fork->owner, PART_REQUEST, arena, ret, err);

	if (rc == COORD_ENODATA)
		return error_set(err, COORD_ENODATA, "there is no analysis %.*s",
		    SV_ARG(sv_first(fork->id, 64)));
	if (rc == COORD_OK && ret->request.len == 0)
		return error_set(err, COORD_ENODATA,
		    "the sessions of %s are no longer kept: submit them again", ret->id);
	return rc;
}

static enum coord_err
tell_queue(
    const struct jobs_world *world, const struct store_submission *item, struct coord_error *err)
{
	struct queue_item queued = { .priority = item->priority == JOB_BULK };

	if (world->queue == NULL)
		return COORD_OK;
	(void)snprintf(queued.id, sizeof(queued.id), "%s", item->id);
	(void)snprintf(queued.owner, sizeof(queued.owner), "%.*s", SV_ARG(item->owner));
	/* when the queue is away, upkeep puts it there later */
	return queue_put(world->queue, &queued, 1, err) == COORD_ENOMEM ? COORD_ENOMEM : COORD_OK;
}

enum coord_err
jobs_fork(const struct jobs_world *world, const struct jobs_fork *fork,
    char ret_id[STORE_ID_LEN + 1], struct coord_error *err)
{
	CLEANUP(arena_release) struct arena *arena = arena_new(0);
	CLEANUP(workflow_checkpointer_release)
	struct workflow_checkpointer *kept = workflow_stored(world->store);
	CLEANUP(buf_clear) struct buf options = BUF_INIT(OPTIONS_MOST);
	struct store_submission item = { .callback_url = SV_NONE };
	struct services_fork how = { .from = fork->id,
		.step = fork->step,
		.changes = fork->changes,
		.n_changes = fork->n_changes,
		.submission = &item,
		.now_us = fork->now_us };
	struct store_analysis from;
	enum coord_err rc;

	if (arena == NULL || kept == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a fork");
	TRY(load(world, fork, arena, &from, err));
	TRY(choose_depth(fork, &from, &item.depth, err));
	TRY(write_options(fork, &from, &options, err));
	TRY(jobs_options_check(buf_sv(&options), err));
	TRY(new_id(item.id, err));
	item.owner = from.owner;
	item.label = from.label;
	item.options = buf_sv(&options);
	item.priority = from.priority;
	item.sessions = from.sessions;
	item.request = from.request;
	rc = services_fork(kept, &how, arena, err);
	if (rc == COORD_ENODATA)
		return error_set(err, COORD_ENODATA,
		    "no run of %s is kept: analyses of depth minimal keep none, others as soon as "
		    "a worker has begun them",
		    from.id);
	TRY(rc);
	(void)snprintf(ret_id, STORE_ID_LEN + 1, "%s", item.id);
	return tell_queue(world, &item, err);
}
