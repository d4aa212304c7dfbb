/* many.c - a plan's look-ups, several at once: each provider has its own line and as many threads as it may be asked in parallel. Answers stand in the plan's order,
 * whoever came first, and go into the caller's journal one at a time as soon as they are there. */
#include <stdlib.h>

#include "tools/online/ask.h"

#define TOTAL_US (120 * TIME_SECOND)

enum { THREADS_MOST = 64, ARENA_MOST = 64 << 20 };

/** All of one tools_ask. */
struct work {
	struct asking asking;
	const struct tools_lookup *lookups;
	struct arena *arena; /* the caller's: behind the lock */
	struct tools_answer *answers;
	bool *done;
	size_t n;
	pthread_mutex_t lock;
	enum coord_err rc; /* the first failure of the journal or of memory: it ends all */
	struct coord_error why;
	bool stop;
};
/** The look-ups of one provider, in order. */
struct line {
	struct work *work;
	struct seat *seat;
	size_t *at;     /* indices */
	size_t n, next; /* next: behind the work's lock */
};

static void
fail(struct work *w, enum coord_err rc, const char *what)
{
	if (w->rc == COORD_OK)
		w->rc = error_set(&w->why, rc, "%s", what);
	w->stop = true;
}

/** With the lock held: into the caller's arena, and into the journal. */
static void
keep(struct work *w, size_t i, const struct tools_answer *answer)
{
	const struct tools_ask_options *options = w->asking.options;
	struct buf json = BUF_INIT(1 << 20);
	struct coord_error why;

	tools_answer_write(answer, &json);
	if (json.failed ||
	    tools_answer_read(buf_sv(&json), w->arena, &w->answers[i], &why) != COORD_OK) {
		fail(w, COORD_ENOMEM, "no memory for an answer");
	} else {
		w->answers[i].lookup = w->lookups[i];
		w->done[i] = true;
		if (options->record != NULL) {
			enum coord_err rc = options->record(
			    options->context, w->lookups[i].key, buf_sv(&json), &why);

			if (rc != COORD_OK)
				fail(w, rc, why.what);
		}
	}
	buf_clear(&json);
}

static size_t
take(struct line *line, size_t most, size_t *ret)
{
	size_t n = 0;

	(void)pthread_mutex_lock(&line->work->lock);
	while (!line->work->stop && n < most && line->next < line->n)
		ret[n++] = line->at[line->next++];
	(void)pthread_mutex_unlock(&line->work->lock);
	return n;
}

static bool
is_cancelled(const struct work *w)
{
	return w->asking.options->cancel != NULL &&
	       __atomic_load_n(w->asking.options->cancel, __ATOMIC_RELAXED);
}

static void
ask_some(struct line *line, const size_t *at, size_t n)
{
	struct work *w = line->work;
	struct arena *arena = arena_new(ARENA_MOST);
	struct on_way *ways = arena == NULL ? NULL : ARENA_ARRAY(arena, n, struct on_way);

	for (size_t i = 0; ways != NULL && i < n; i++) {
		const struct tools_lookup *lookup = &w->lookups[at[i]];

		ways[i].answer = (struct tools_answer){ .lookup = *lookup,
			.outcome = LOOKUP_SPENT,
			.fetched_us = w->asking.tools->now(w->asking.tools->context) };
		ways[i].sent.lookup = lookup;
		ways[i].sent.call = call_named(line->seat->provider, sv_from(lookup->call));
		ways[i].sent.facts.arena = arena;
	}
	if (ways != NULL)
		ask_together(&w->asking, line->seat, ways, n);
	(void)pthread_mutex_lock(&w->lock);
	if (ways == NULL)
		fail(w, COORD_ENOMEM, "no memory for look-ups");
	else if (is_cancelled(w))
		fail(w, COORD_ECANCELLED, error_text(COORD_ECANCELLED));
	for (size_t i = 0; i < n && !w->stop; i++) {
		if (ways[i].sent.facts.failed)
			fail(w, COORD_ENOMEM, "no memory for an answer");
		else
			keep(w, at[i], &ways[i].answer);
	}
	(void)pthread_mutex_unlock(&w->lock);
	arena_free(arena);
}

static void *
serve(void *context)
{
	struct line *line = context;
	size_t together = line->seat->provider->transport == PROVIDER_WHOIS ? ASK_TOGETHER_MOST : 1;
	size_t at[ASK_TOGETHER_MOST], n;

	while ((n = take(line, together, at)) > 0)
		ask_some(line, at, n);
	return NULL;
}

/** As many threads as the lines may use; the caller serves what no thread could be had for. */
static void
run(struct line *lines, size_t n_lines)
{
	pthread_t threads[THREADS_MOST];
	size_t n = 0;

	for (size_t i = 0; i < n_lines; i++)
		for (size_t k = 0;
		     k < lines[i].seat->parallel && k < lines[i].n && n < THREADS_MOST; k++)
			if (pthread_create(&threads[n], NULL, serve, &lines[i]) == 0)
				n++;
	for (size_t i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	for (size_t i = 0; i < n_lines; i++)
		(void)serve(&lines[i]); /* empty, but when there were no threads */
}

/* --- before and behind ------------------------------------------------------------------------------------------------------------ */

static bool
recall(struct work *w, size_t i)
{
	const struct tools_ask_options *options = w->asking.options;
	struct sv json;

	if (options->recall == NULL ||
	    !options->recall(options->context, w->lookups[i].key, w->arena, &json) ||
	    tools_answer_read(json, w->arena, &w->answers[i], NULL) != COORD_OK)
		return false;
	w->answers[i].lookup = w->lookups[i];
	w->answers[i].recalled = true;
	metrics_add(
	    w->asking.tools->metrics, METRIC_LOOKUPS, w->lookups[i].provider, "recalled", 1);
	return w->done[i] = true;
}

/** Sorts those that are not known into the providers' lines. */
static enum coord_err
line_up(struct work *w, struct line *lines, struct coord_error *err)
{
	const struct tools *tools = w->asking.tools;

	for (size_t k = 0; k < tools->n_seats; k++) {
		lines[k] = (struct line){ .work = w,
			.seat = &tools->seats[k],
			.at = ARENA_ARRAY(w->arena, w->n, size_t) };
		if (lines[k].at == NULL)
			return error_set(err, COORD_ENOMEM, "no memory for look-ups");
	}
	for (size_t i = 0; i < w->n; i++) {
		const struct seat *seat = seat_named(tools, w->lookups[i].provider);

		if (recall(w, i))
			continue;
		if (seat == NULL || call_named(seat->provider, sv_from(w->lookups[i].call)) == NULL)
			return error_set(err, COORD_EINVALID,
			    "provider %s is not named in COORD_PROVIDERS", w->lookups[i].provider);
		lines[seat - tools->seats].at[lines[seat - tools->seats].n++] = i;
	}
	return COORD_OK;
}

/** Those of them that have something to do. */
static void
run_lines(struct work *w, struct line *lines)
{
	size_t n = 0;

	for (size_t k = 0; k < w->asking.tools->n_seats; k++)
		if (lines[k].n > 0)
			lines[n++] = lines[k];
	if (n > 0)
		run(lines, n);
}

enum coord_err
tools_ask(struct tools *tools, const struct tools_lookup *lookups, size_t n,
    const struct tools_ask_options *options, struct arena *arena, struct tools_answer **ret,
    struct coord_error *err)
{
	static const struct tools_ask_options none;
	struct work w = { .asking = { .tools = tools,
			      .options = options != NULL ? options : &none },
		.lookups = lookups,
		.arena = arena,
		.answers = ARENA_ARRAY(arena, n, struct tools_answer),
		.done = ARENA_ARRAY(arena, n, bool),
		.n = n,
		.lock = PTHREAD_MUTEX_INITIALIZER };
	struct line *lines = ARENA_ARRAY(arena, tools->n_seats + 1, struct line);

	if (w.answers == NULL || w.done == NULL || lines == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for look-ups");
	w.asking.deadline_us =
	    tools->now(tools->context) +
	    (w.asking.options->deadline_us > 0 ? w.asking.options->deadline_us : TOTAL_US);
	TRY(line_up(&w, lines, err));
	run_lines(&w, lines);
	(void)pthread_mutex_destroy(&w.lock);
	if (w.rc != COORD_OK)
		return error_set(err, w.rc, "%s", w.why.what);
	*ret = w.answers;
	return COORD_OK;
}
