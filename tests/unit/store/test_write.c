/* test_write.c - submissions: sets, repeated ones, idempotency keys, many at once. */
#include "world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void
test_submission_is_read_back(void **state)
{
	struct world *w = *state;
	id_text id;
	struct store_submission item = world_item(w, id);
	struct store_analysis a;

	item.label = SV("a\0label\xff");
	item.callback_url = SV("https://example.org/\xc3\xa4");
	item.traceparent = SV("00-1-2-01");
	item.priority = JOB_BULK;
	world_submit(w, &item, T0 + 5);
	world_reopen(w);
	a = world_get(w, id, PART_REQUEST | PART_RESPONSE | PART_DOCUMENT);
	assert_string_equal(a.id, id);
	assert_sv_equal(a.owner, "k_one");
	assert_sv_equal(a.depth, "standard");
	assert_sv_equal(a.label, "a\0label\xff");
	assert_sv_equal(a.options, "{\"depth\":\"standard\"}");
	assert_sv_equal(a.callback_url, "https://example.org/\xc3\xa4");
	assert_sv_equal(a.traceparent, "00-1-2-01");
	assert_sv_equal(a.request, "zstd\0of\xff"
				   "bytes");
	assert_int_equal(a.status, ANALYSIS_QUEUED);
	assert_int_equal(a.priority, JOB_BULK);
	assert_int_equal(a.sessions, 7);
	assert_int_equal(a.attempts, 0);
	assert_int_equal(a.created_us, T0 + 5);
	assert_int_equal(a.started_us, 0);
	assert_int_equal(a.finished_us, 0);
	assert_true(a.confidence != a.confidence);
	assert_null(a.verdict.data);
	assert_null(a.error.data);
	assert_null(a.stage.data);
	assert_null(a.response.data);
	assert_null(a.document.data);
	assert_false(a.dead);
	assert_int_equal(world_number(w, "SELECT count(*) FROM jobs"), 1);
	assert_int_equal(
	    world_number(w, "SELECT not_before_us FROM jobs"), 0); /* at once, whatever the clock */
}

static void
test_parts_are_read_when_asked_for(void **state)
{
	struct world *w = *state;
	id_text id;
	struct store_submission item = world_item(w, id);

	item.label = SV_NONE;
	item.request = SV("");
	world_submit(w, &item, T0);
	assert_null(world_get(w, id, 0).request.data);
	assert_sv_equal(world_get(w, id, PART_REQUEST).request, "");
	assert_null(world_get(w, id, 0).label.data);
}

static void
test_bad_submissions(void **state)
{
	struct world *w = *state;
	id_text id;
	struct store_submission items[2] = { world_item(w, id), world_item(w, id) };
	struct store_submit set = { .items = items, .n = 2, .now_us = T0 };
	enum store_submitted what;
	struct sv reply;

	(void)snprintf(items[1].id, sizeof(items[1].id), "ABCDEF00-0000-4000-8000-000000000001");
	assert_int_equal(
	    store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err), COORD_EINVALID);
	assert_non_null(strstr(w->err.what, "submission 1: id"));
	items[1] = world_item(w, id);
	items[1].owner = SV_NONE;
	assert_int_equal(
	    store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err), COORD_EINVALID);
	items[1].owner = SV("k_one");
	set.idempotency_key = SV("key");
	assert_int_equal(
	    store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err), COORD_EINVALID);
	assert_int_equal(world_number(w, "SELECT count(*) FROM analyses"), 0);
}

static void
test_repeating_changes_nothing(void **state)
{
	struct world *w = *state;
	id_text id;
	struct store_submission item = world_item(w, id);

	world_submit(w, &item, T0);
	item.sessions = 99;
	world_submit(w, &item, T0 + 1);
	assert_int_equal(world_get(w, id, 0).sessions, 7);
	assert_int_equal(world_number(w, "SELECT count(*) FROM analyses"), 1);
	assert_int_equal(world_number(w, "SELECT count(*) FROM requests"), 1);
	assert_int_equal(world_number(w, "SELECT put_us FROM jobs"), T0);
}

static void
test_idempotency(void **state)
{
	struct world *w = *state;
	id_text first, second, third;
	struct store_submission one = world_item(w, first), two = world_item(w, second),
				three = world_item(w, third);
	struct store_submit set = { .items = &one,
		.n = 1,
		.now_us = T0,
		.idempotency_owner = SV("k_one"),
		.idempotency_key = SV("the \0key"),
		.fingerprint = SV("\x01\x02"),
		.reply = SV("{\"id\":1}") };
	enum store_submitted what;
	struct sv reply;
	struct store_analysis a;

	OK(store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err));
	assert_int_equal(what, SUBMIT_STORED);
	set.items = &two;
	set.reply = SV("{\"id\":2}");
	OK(store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err));
	assert_int_equal(what, SUBMIT_REPLAYED);
	assert_sv_equal(reply, "{\"id\":1}");
	set.fingerprint = SV("\x01\x03");
	OK(store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err));
	assert_int_equal(what, SUBMIT_CONFLICT);
	assert_int_equal(
	    store_get(w->store, sv_from(second), SV_NONE, 0, w->arena, &a, &w->err), COORD_ENODATA);
	set.items = &three;
	set.idempotency_owner = SV("k_two");
	OK(store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err));
	assert_int_equal(what, SUBMIT_STORED);
}

/* --- many at once ---------------------------------------------------------------------------------------------- */

enum { THREADS = 8, EACH = 150 };

struct flood {
	struct world *w;
	unsigned number;
	struct store_submission items[EACH];
	struct store_submit sets[EACH];
	pthread_mutex_t lock;
	pthread_cond_t ended;
	size_t done, stored, replayed;
};

static void
flood_done(void *context, enum coord_err rc, enum store_submitted what, struct sv reply,
    const struct coord_error *err)
{
	struct flood *f = context;

	(void)err;
	(void)pthread_mutex_lock(&f->lock);
	f->done++;
	f->stored += rc == COORD_OK && what == SUBMIT_STORED;
	f->replayed += rc == COORD_OK && what == SUBMIT_REPLAYED && sv_eq(reply, SV("{}"));
	(void)pthread_cond_signal(&f->ended);
	(void)pthread_mutex_unlock(&f->lock);
}

static void *
flood(void *context)
{
	struct flood *f = context;

	for (unsigned i = 0; i < EACH; i++) {
		struct store_submission *s = &f->items[i];

		*s = (struct store_submission){ .owner = SV("k_one"),
			.depth = SV("minimal"),
			.sessions = i,
			.request = SV("x") };
		(void)snprintf(s->id, sizeof(s->id), "%08x-0000-4000-8000-%012x", f->number, i);
		f->sets[i] = (struct store_submit){ .items = s, .n = 1, .now_us = T0 + i };
		if (i % 10 == 0) { /* all threads have these in common */
			f->sets[i].idempotency_owner = SV("k_one");
			f->sets[i].idempotency_key = (struct sv){ s->id + 9, 27 };
			f->sets[i].fingerprint = SV("same");
			f->sets[i].reply = SV("{}");
		}
		if (store_submit(f->w->store, &f->sets[i], flood_done, f, NULL) != COORD_OK)
			break;
	}
	(void)pthread_mutex_lock(&f->lock);
	while (f->done < EACH)
		(void)pthread_cond_wait(&f->ended, &f->lock);
	(void)pthread_mutex_unlock(&f->lock);
	return NULL;
}

static void
test_many_at_once(void **state)
{
	struct world *w = *state;
	struct flood *floods = calloc(THREADS, sizeof(*floods));
	pthread_t threads[THREADS];
	size_t stored = 0, replayed = 0;

	for (unsigned i = 0; i < THREADS; i++) {
		floods[i] = (struct flood){ .w = w,
			.number = i,
			.lock = PTHREAD_MUTEX_INITIALIZER,
			.ended = PTHREAD_COND_INITIALIZER };
		assert_int_equal(pthread_create(&threads[i], NULL, flood, &floods[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		stored += floods[i].stored;
		replayed += floods[i].replayed;
	}
	assert_int_equal(stored, THREADS * EACH - (THREADS - 1) * (EACH / 10));
	assert_int_equal(replayed, (THREADS - 1) * (EACH / 10));
	assert_int_equal(world_number(w, "SELECT count(*) FROM analyses"), stored);
	assert_int_equal(world_number(w, "SELECT count(*) FROM jobs"), stored);
	assert_int_equal(world_number(w, "SELECT count(*) FROM requests"), stored);
	free(floods);
}

/** One set that the database cannot take must not take those with it that wait beside it. */
static void
test_a_bad_neighbour(void **state)
{
	struct world *w = *state;
	struct flood f = {
		.w = w, .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER
	};
	id_text id;

	/* the database itself refuses this owner */
	if (world_is_sqlite(w))
		world_sql(w, "CREATE TRIGGER refuse BEFORE INSERT ON analyses WHEN new.owner = "
			     "'bad' BEGIN SELECT RAISE(ABORT, 'no'); END");
	else
		world_sql(w, "ALTER TABLE analyses ADD CHECK (owner <> 'bad')");
	for (unsigned i = 0; i < 20; i++) {
		f.items[i] = world_item(w, id);
		if (i == 7)
			f.items[i].owner = SV("bad");
		f.sets[i] = (struct store_submit){ .items = &f.items[i], .n = 1, .now_us = T0 };
		OK(store_submit(w->store, &f.sets[i], flood_done, &f, &w->err));
	}
	(void)pthread_mutex_lock(&f.lock);
	while (f.done < 20)
		(void)pthread_cond_wait(&f.ended, &f.lock);
	(void)pthread_mutex_unlock(&f.lock);
	assert_int_equal(f.stored, 19);
	assert_int_equal(world_number(w, "SELECT count(*) FROM analyses"), 19);
	assert_int_equal(world_number(w, "SELECT count(*) FROM analyses WHERE owner = 'bad'"), 0);
}

/** A set is accepted whole or not at all. */
static void
test_a_set_is_whole(void **state)
{
	struct world *w = *state;
	id_text id;
	struct store_submission items[3] = { world_item(w, id), world_item(w, id),
		world_item(w, id) };
	struct store_submit set = { .items = items, .n = 3, .now_us = T0 };
	enum store_submitted what;
	struct sv reply;

	if (world_is_sqlite(w))
		world_sql(w, "CREATE TRIGGER refuse BEFORE INSERT ON analyses WHEN new.owner = "
			     "'bad' BEGIN SELECT RAISE(ABORT, 'no'); END");
	else
		world_sql(w, "ALTER TABLE analyses ADD CHECK (owner <> 'bad')");
	items[2].owner = SV("bad");
	assert_int_equal(
	    store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err), COORD_EIO);
	assert_int_equal(world_number(w, "SELECT count(*) FROM analyses"), 0);
	assert_int_equal(world_number(w, "SELECT count(*) FROM jobs"), 0);
	items[2].owner = SV("good");
	OK(store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err));
	assert_int_equal(world_number(w, "SELECT count(*) FROM jobs"), 3);
}

/* --- batches of two processes that wait for each other ----------------------------------------------------------- */

enum { CROSSINGS = 40, KEYS = 8 };

struct crossing {
	char url[512];
	unsigned side;
	size_t stored, other;
};

/** Bulk sets with the keys of the other side, in the other order. */
static void *
cross(void *context)
{
	struct crossing *c = context;
	struct store *store = NULL;
	struct flood f = { .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER };

	if (store_open(c->url, NULL, &store, NULL) != COORD_OK)
		return context;
	for (unsigned round = 0; round < CROSSINGS; round++) {
		f.done = 0;
		for (unsigned i = 0; i < KEYS; i++) {
			unsigned key = round * KEYS + (c->side == 0 ? i : KEYS - 1 - i);

			f.items[i] = (struct store_submission){
				.owner = SV("k"), .depth = SV("minimal"), .request = SV("x")
			};
			(void)snprintf(f.items[i].id, sizeof(f.items[i].id),
			    "%08x-0000-4000-8000-%012x", c->side, key);
			f.sets[i] = (struct store_submit){ .items = &f.items[i],
				.n = 1,
				.now_us = T0,
				.idempotency_owner = SV("k"),
				.idempotency_key = { f.items[i].id + 9, 27 },
				.fingerprint = SV("same"),
				.reply = SV("{}") };
			if (store_submit(store, &f.sets[i], flood_done, &f, NULL) != COORD_OK)
				return context;
		}
		(void)pthread_mutex_lock(&f.lock);
		while (f.done < KEYS)
			(void)pthread_cond_wait(&f.ended, &f.lock);
		(void)pthread_mutex_unlock(&f.lock);
	}
	c->stored = f.stored;
	c->other = f.replayed;
	store_close(store);
	return NULL;
}

/** Each key is stored once and replayed once, deadlock or not. */
static void
test_batches_that_cross(void **state)
{
	struct world *w = *state;
	struct crossing sides[2];
	pthread_t threads[2];
	void *failed;

	for (unsigned i = 0; i < 2; i++) {
		sides[i] = (struct crossing){ .side = i };
		(void)snprintf(sides[i].url, sizeof(sides[i].url), "%s", w->url);
		assert_int_equal(pthread_create(&threads[i], NULL, cross, &sides[i]), 0);
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(sides[0].stored + sides[1].stored, CROSSINGS * KEYS);
	assert_int_equal(sides[0].other + sides[1].other, CROSSINGS * KEYS);
	assert_int_equal(world_number(w, "SELECT count(*) FROM analyses"), CROSSINGS * KEYS);
}

int
write_tests(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_submission_is_read_back),
		WORLD_TEST(test_parts_are_read_when_asked_for),
		WORLD_TEST(test_bad_submissions),
		WORLD_TEST(test_repeating_changes_nothing),
		WORLD_TEST(test_idempotency),
		WORLD_TEST(test_many_at_once),
		WORLD_TEST(test_batches_that_cross),
		WORLD_TEST(test_a_bad_neighbour),
		WORLD_TEST(test_a_set_is_whole),
	};

	return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}
