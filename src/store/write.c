/* write.c - transactions: where all writes go through one connection (SQLite), what waits is put into one; where rows are locked
 * (PostgreSQL), only submissions and the audit log are batched, and everything else has a transaction of its own. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/core.h"
#include "store/writer.h"

/** What the writer commits: a set of submissions, an entry of the audit log, or another's work. */
struct task {
	struct writer_task base; /* first */
	enum { TASK_WORK, TASK_SUBMIT, TASK_AUDIT } kind;
	struct store *store;
	/* TASK_WORK */
	store_work *work;
	void *args;
	/* TASK_SUBMIT */
	const struct store_submit *submit;
	store_submit_done *submitted;
	void *context;
	enum store_submitted what;
	struct buf reply;
	/* TASK_AUDIT: its texts lie behind the task */
	struct store_audit audit;
};

enum { REPLY_MOST = 64 << 20, TRIES_MOST = 5 };

bool
store_answer(enum coord_err rc)
{
	return rc == COORD_OK || rc == COORD_ENODATA || rc == COORD_ECANCELLED ||
	       rc == COORD_EINVALID;
}

/* --- a batch ------------------------------------------------------------------------------------------------------- */

/** The key was used before: what for? */
static enum coord_err
replay(struct sql_conn *conn, struct task *task, struct coord_error *err)
{
	const struct store_submit *s = task->submit;
	struct sql_rows rows;

	task->what = SUBMIT_CONFLICT;
	TRY(sql_find(conn, SQL_IDEMPOTENCY_GET, &rows, err, ARG_T(s->idempotency_owner),
	    ARG_T(s->idempotency_key)));
	buf_clear(&task->reply);
	if (sv_eq(sql_sv(&rows, 0), s->fingerprint)) {
		task->what = SUBMIT_REPLAYED;
		buf_add_sv(&task->reply, sql_sv(&rows, 1));
	}
	sql_end(&rows);
	return task->reply.failed ? error_set(err, COORD_ENOMEM, "store: no memory for a reply")
				  : COORD_OK;
}

static enum coord_err
run_submit(struct sql_conn *conn, struct task *task, struct coord_error *err)
{
	const struct store_submit *s = task->submit;

	task->what = SUBMIT_STORED;
	if (s->idempotency_key.data != NULL) {
		TRY(sql_do(conn, SQL_IDEMPOTENCY_PUT, err, ARG_T(s->idempotency_owner),
		    ARG_T(s->idempotency_key), ARG_B(s->fingerprint), ARG_B(s->reply),
		    ARG_I(s->now_us)));
		if (conn->driver->changed(conn) == 0)
			return replay(conn, task, err);
	}
	for (size_t i = 0; i < s->n; i++)
		TRY(conn->driver->submit(conn, &s->items[i], s->now_us, err));
	return COORD_OK;
}

/** `tail` is the end of the audit chain as this transaction has seen it. */
static enum coord_err
run_task(struct sql_conn *conn, struct task *task, struct audit_tail *tail)
{
	struct coord_error *err = &task->base.err;

	switch (task->kind) {
	case TASK_WORK:
		tail->known = false; /* it may append to the chain itself */
		return task->work(conn, task->args, err);
	case TASK_SUBMIT:
		return run_submit(conn, task, err);
	case TASK_AUDIT:
		return audit_append(conn, &task->audit, tail, err);
	}
	return COORD_EINVALID;
}

/** All of the list in one transaction. False: it was rolled back, and *why says which error did it. */
static bool
commit_list(
    struct sql_conn *conn, struct writer_task *first, enum coord_err *code, struct coord_error *why)
{
	struct audit_tail tail = { .known = false };

	if ((*code = conn->driver->begin(conn, why)) != COORD_OK)
		return false;
	for (struct writer_task *t = first; t != NULL; t = t->next) {
		t->rc = run_task(conn, (struct task *)t, &tail);
		if (!store_answer(t->rc)) {
			*code = t->rc;
			*why = t->err;
			conn->driver->rollback(conn);
			return false;
		}
	}
	*code = conn->driver->flush(conn, why);
	if (*code == COORD_OK)
		*code = conn->driver->commit(conn, why);
	if (*code != COORD_OK)
		conn->driver->rollback(conn);
	return *code == COORD_OK;
}

/** A deadlock with another process's batch is nobody's fault: one of them is tried again. */
static bool
commit_patiently(
    struct sql_conn *conn, struct writer_task *first, enum coord_err *code, struct coord_error *why)
{
	bool done = commit_list(conn, first, code, why);

	for (int i = 1; !done && i < TRIES_MOST && conn->driver->again(conn); i++)
		done = commit_list(conn, first, code, why);
	return done;
}

static void
commit_one(struct sql_conn *conn, struct writer_task *task)
{
	struct writer_task *next = task->next;
	struct coord_error why = { .code = COORD_OK };
	enum coord_err code;

	task->next = NULL;
	if (!commit_patiently(conn, task, &code, &why)) {
		task->rc = code;
		task->err = why;
	}
	task->next = next;
}

static void
fail_all(struct writer_task *first, enum coord_err code, const struct coord_error *why)
{
	for (struct writer_task *t = first; t != NULL; t = t->next) {
		t->rc = code;
		t->err = *why;
	}
}

static enum coord_err
commit_batch(struct store *store, struct writer_task *first, size_t n)
{
	struct coord_error why = { .code = COORD_OK };
	struct sql_conn *conn = NULL;
	enum coord_err code = store->driver->take(store->database, true, &conn, &why);

	if (code != COORD_OK) {
		fail_all(first, code, &why);
		return code;
	}
	if (!commit_patiently(conn, first, &code, &why)) {
		/* one that cannot be written must not take the others with it */
		if (n == 1 || code == COORD_EUNAVAIL)
			fail_all(first, code, &why);
		else
			for (struct writer_task *t = first; t != NULL; t = t->next)
				commit_one(conn, t);
	}
	store->driver->give(store->database, conn);
	return code;
}

struct place {
	struct writer_task *task;
	size_t at;
};

/** Submissions by their idempotency key (those without one first), then the audit log. */
static int
by_locks(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	const struct task *s = (const struct task *)x->task, *t = (const struct task *)y->task;
	int c = (s->kind == TASK_AUDIT) - (t->kind == TASK_AUDIT);

	if (c == 0 && s->kind == TASK_SUBMIT && t->kind == TASK_SUBMIT) {
		c = sv_cmp(s->submit->idempotency_owner, t->submit->idempotency_owner);
		if (c == 0)
			c = sv_cmp(s->submit->idempotency_key, t->submit->idempotency_key);
	}
	return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

/** Every process takes the locks of a batch in one order, so that no two wait for each other. Without memory for that, the server
 *  notices, and one is tried again. */
static void
order_batch(struct writer_task **batch, size_t n)
{
	struct place *places = calloc(n, sizeof(*places));
	struct writer_task **last = batch;
	size_t i = 0;

	if (places == NULL)
		return;
	for (struct writer_task *t = *batch; t != NULL; t = t->next, i++)
		places[i] = (struct place){ t, i };
	qsort(places, i, sizeof(*places), by_locks);
	for (size_t k = 0; k < i; k++) {
		*last = places[k].task;
		last = &places[k].task->next;
	}
	*last = NULL;
	free(places);
}

void
store_commit(void *context, struct writer_task **batch, size_t n)
{
	const struct store *store = context;
	int64_t start_us = clock_steady();

	if (!store->driver->one_writer && n > 1)
		order_batch(batch, n);
	(void)store_told(context, STORE_COMMIT, start_us, commit_batch(context, *batch, n));
}

/* --- waiting for it ------------------------------------------------------------------------------------------------ */

struct waiting {
	struct task task; /* first */
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool done;
};

static void
wake(struct waiting *w)
{
	(void)pthread_mutex_lock(&w->lock);
	w->done = true;
	(void)pthread_cond_signal(&w->ended);
	(void)pthread_mutex_unlock(&w->lock);
}

static void
work_done(struct writer_task *task)
{
	wake((struct waiting *)task);
}

static void
wait_start(struct waiting *w)
{
	w->done = false;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->ended, NULL);
}

static void
wait_end(struct waiting *w, bool added)
{
	(void)pthread_mutex_lock(&w->lock);
	while (added && !w->done)
		(void)pthread_cond_wait(&w->ended, &w->lock);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_cond_destroy(&w->ended);
	(void)pthread_mutex_destroy(&w->lock);
}

static enum coord_err
write_batched(struct store *store, store_work *work, void *args, struct coord_error *err)
{
	struct waiting w = { .task = { .base = { .weight = 256, .done = work_done },
				 .kind = TASK_WORK,
				 .store = store,
				 .work = work,
				 .args = args } };
	enum coord_err rc;

	wait_start(&w);
	rc = writer_add(store->writer, &w.task.base, err);
	wait_end(&w, rc == COORD_OK);
	if (rc != COORD_OK)
		return rc;
	if (w.task.base.rc != COORD_OK && err != NULL)
		*err = w.task.base.err;
	return w.task.base.rc;
}

/** In a transaction of its own; a deadlock or a conflict is tried again. */
static enum coord_err
write_alone(struct store *store, store_work *work, void *args, struct coord_error *err)
{
	const struct sql_driver *driver = store->driver;
	struct sql_conn *conn = NULL;
	enum coord_err rc = COORD_EUNAVAIL;
	bool again = true;

	TRY(driver->take(store->database, true, &conn, err));
	for (int i = 0; again && i < TRIES_MOST; i++) {
		enum coord_err ended;
		int64_t start_us;

		again = false;
		if ((rc = driver->begin(conn, err)) != COORD_OK)
			break;
		rc = work(conn, args, err);
		/* any other answer came before anything was written */
		start_us = clock_steady();
		ended = rc != COORD_OK
			    ? rc
			    : store_told(store, STORE_COMMIT, start_us, driver->commit(conn, err));
		if (ended != COORD_OK) {
			again = driver->again(conn);
			driver->rollback(conn);
			rc = ended;
		}
	}
	driver->give(store->database, conn);
	return rc;
}

static enum coord_err
nothing(struct sql_conn *conn, void *args, struct coord_error *err)
{
	(void)conn;
	(void)args;
	(void)err;
	return COORD_OK;
}

void
store_settle(struct store *store)
{
	struct coord_error err;

	(void)!write_batched(store, nothing, NULL, &err);
}

enum coord_err
store_write(struct store *store, store_work *work, void *args, struct coord_error *err)
{
	int64_t start_us = clock_steady();

	return store_told(store, STORE_WRITE, start_us,
	    store->driver->one_writer ? write_batched(store, work, args, err)
				      : write_alone(store, work, args, err));
}

static enum coord_err
read_one(struct store *store, store_work *work, void *args, struct coord_error *err)
{
	struct sql_conn *conn = NULL;
	enum coord_err rc;

	TRY(store->driver->take(store->database, false, &conn, err));
	rc = work(conn, args, err);
	store->driver->give(store->database, conn);
	return rc;
}

enum coord_err
store_read(struct store *store, store_work *work, void *args, struct coord_error *err)
{
	int64_t start_us = clock_steady();

	return store_told(store, STORE_READ, start_us, read_one(store, work, args, err));
}

/* --- submissions --------------------------------------------------------------------------------------------------- */

static void
submit_done(struct writer_task *base)
{
	struct task *task = (struct task *)base;

	task->submitted(task->context, base->rc, task->what, buf_sv(&task->reply),
	    base->rc == COORD_OK ? NULL : &base->err);
	buf_clear(&task->reply);
	free(task);
}

static size_t
submit_weight(const struct store_submit *submit)
{
	size_t bytes = submit->reply.len;

	for (size_t i = 0; i < submit->n; i++)
		bytes += 512 + submit->items[i].request.len + submit->items[i].options.len;
	return bytes;
}

static enum coord_err
check_submit(const struct store_submit *submit, struct coord_error *err)
{
	for (size_t i = 0; i < submit->n; i++) {
		const struct store_submission *item = &submit->items[i];

		if (!store_id_valid((struct sv){ item->id, strnlen(item->id, sizeof(item->id)) }))
			return error_set(err, COORD_EINVALID,
			    "store: submission %zu: id: expected a lower-case UUID", i);
		if (item->owner.data == NULL || item->depth.data == NULL ||
		    item->request.data == NULL)
			return error_set(err, COORD_EINVALID,
			    "store: submission %zu: owner, depth and request are needed", i);
	}
	if (submit->idempotency_key.data != NULL &&
	    (submit->idempotency_owner.data == NULL || submit->fingerprint.data == NULL ||
		submit->reply.data == NULL))
		return error_set(err, COORD_EINVALID,
		    "store: an idempotency key needs its owner, a fingerprint and the reply");
	return COORD_OK;
}

enum coord_err
store_submit(struct store *store, const struct store_submit *submit, store_submit_done *done,
    void *context, struct coord_error *err)
{
	struct task *task;
	enum coord_err rc;

	TRY(check_submit(submit, err));
	if ((task = calloc(1, sizeof(*task))) == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory for a submission");
	*task = (struct task){ .base = { .weight = submit_weight(submit), .done = submit_done },
		.kind = TASK_SUBMIT,
		.store = store,
		.submit = submit,
		.submitted = done,
		.context = context,
		.reply = BUF_INIT(REPLY_MOST) };
	if ((rc = writer_add(store->writer, &task->base, err)) != COORD_OK)
		free(task);
	return rc;
}

struct submit_wait {
	struct waiting waiting; /* its task is not used */
	struct arena *arena;
	enum coord_err rc;
	enum store_submitted what;
	struct sv reply;
	struct coord_error err;
};

static void
submit_wait_done(void *context, enum coord_err rc, enum store_submitted what, struct sv reply,
    const struct coord_error *err)
{
	struct submit_wait *w = context;

	w->rc = rc;
	w->what = what;
	if (err != NULL)
		w->err = *err;
	if (rc == COORD_OK && what == SUBMIT_REPLAYED) {
		w->reply = (struct sv){ arena_strdup(w->arena, reply), reply.len };
		if (w->reply.data == NULL)
			w->rc = error_set(&w->err, COORD_ELIMIT, "store: no room for the reply");
	}
	wake(&w->waiting);
}

enum coord_err
store_submit_wait(struct store *store, const struct store_submit *submit, struct arena *arena,
    enum store_submitted *ret, struct sv *ret_reply, struct coord_error *err)
{
	struct submit_wait w = { .arena = arena, .reply = SV_NONE };
	enum coord_err rc;

	wait_start(&w.waiting);
	rc = store_submit(store, submit, submit_wait_done, &w, err);
	wait_end(&w.waiting, rc == COORD_OK);
	if (rc != COORD_OK)
		return rc;
	if (w.rc != COORD_OK) {
		if (err != NULL)
			*err = w.err;
		return w.rc;
	}
	*ret = w.what;
	*ret_reply = w.reply;
	return COORD_OK;
}

/* --- the audit log ------------------------------------------------------------------------------------------------- */

static void
audit_done(struct writer_task *task)
{
	free(task);
}

static struct sv
text_behind(char **at, struct sv text)
{
	char *to = *at;

	if (text.data == NULL)
		return SV_NONE;
	if (text.len > 0)
		memcpy(to, text.data, text.len);
	*at += text.len;
	return (struct sv){ to, text.len };
}

enum coord_err
store_audit_add(struct store *store, const struct store_audit *entry, struct coord_error *err)
{
	size_t len = entry->actor.len + entry->action.len + entry->subject.len +
		     entry->outcome.len + entry->request_id.len + entry->remote.len;
	struct task *task = calloc(1, sizeof(*task) + len + 1);
	enum coord_err rc;
	char *at;

	if (task == NULL)
		return error_set(err, COORD_ENOMEM, "store: no memory for an audit entry");
	at = (char *)(task + 1);
	*task = (struct task){
		.base = { .weight = sizeof(*task) + len, .lazy = true, .done = audit_done },
		.kind = TASK_AUDIT,
		.store = store,
		.audit = { .time_us = entry->time_us,
		    .actor = text_behind(&at, entry->actor),
		    .action = text_behind(&at, entry->action),
		    .subject = text_behind(&at, entry->subject),
		    .outcome = text_behind(&at, entry->outcome),
		    .request_id = text_behind(&at, entry->request_id),
		    .remote = text_behind(&at, entry->remote) }
	};
	if ((rc = writer_add(store->writer, &task->base, err)) != COORD_OK)
		free(task);
	return rc;
}
