/* supervisor.c - keeps worker processes alive, and knows of each what it had in hand when it died: the attempt is failed at once with the reason and tried
 * again, instead of waiting for the lease to end. One thread; it sleeps until a child dies, a job is overdue, or it has to stop. */
#define _GNU_SOURCE /* pidfd, posix_spawn_file_actions_addclosefrom_np */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "jobs/environment.h"
#include "jobs/outcome.h"

extern char **environ;

enum { REASON_MOST = 200, PENDING_MOST = 64 };

/* A child that dies sooner than this without a job at fault waits before its next start. */
static const int64_t young_us = 2000000, restart_least_us = 200000, restart_most_us = 10000000;
static const int64_t look_us = 1000000;

struct child {
	pid_t pid; /* 0: none */
	int pidfd;
	struct page *page;
	int page_fd;
	int64_t started_us, restart_at_us;
	unsigned failures;           /* deaths in a row, young */
	bool overdue;                /* it was killed for its job took too long */
	bool stopped;                /* it was killed because it did not stop in time */
	const struct config *config; /* that it was started with */
};

/** An attempt whose end could not be written down yet. */
struct pending {
	struct held held;
	bool release;
	char reason[REASON_MOST];
};

struct supervisor {
	const struct jobs_world *world;
	const char *program;
	const struct config *config; /* in force, of which the environment is */
	char **environment;
	struct child *children;
	unsigned n_children;
	struct pollfd *polled; /* the bell, then a descriptor for each child */
	struct pending pending[PENDING_MOST];
	unsigned n_pending;
	int bell; /* eventfd: look at `stopping` */
	pthread_t thread;
	_Atomic bool stopping;
	_Atomic int64_t kill_at_us; /* of clock_steady, when stopping */
	bool told_term;
	_Atomic bool *ready; /* of each child: for other threads */
};

/* --- what died, and why ---------------------------------------------------------------------------------------------------------- */

/** How a child ended. */
struct death {
	const char *why; /* label of the metric; NULL: it left by itself, as it should */
	char reason[REASON_MOST];
};

static struct death
death_by_signal(const struct supervisor *s, const struct child *child, int number)
{
	const struct config *c = s->world->config;
	struct death d = { .why = "signal" };

	if (number == SIGXCPU) {
		d.why = "processor_time";
		(void)snprintf(d.reason, sizeof(d.reason),
		    "processor time spent: it may take %lld s (COORD_WORKER_CPU)",
		    (long long)(c->worker_cpu / TIME_SECOND));
	} else if (child->overdue) {
		(void)snprintf(d.reason, sizeof(d.reason),
		    "it took longer than %lld s by the clock (COORD_WORKER_CLOCK)",
		    (long long)(c->worker_clock / TIME_SECOND));
	} else {
		(void)snprintf(d.reason, sizeof(d.reason),
		    "its worker was killed by signal %d (%s)%s", number,
		    sigabbrev_np(number) == NULL ? "?" : sigabbrev_np(number),
		    number == SIGKILL ? ": from outside, or the machine ran out of memory" : "");
	}
	return d;
}

static struct death
death_of(const struct supervisor *s, const struct child *child, const siginfo_t *info)
{
	struct death d = { .why = NULL, .reason = "its worker stopped" };

	if (info->si_code != CLD_EXITED && !child->stopped)
		return death_by_signal(s, child, info->si_status);
	if (child->stopped)
		return d;
	if (info->si_status == WORKER_EXIT_MEMORY)
		d.why = "memory";
	else if (info->si_status != 0)
		d.why = "exit";
	if (info->si_status != 0)
		(void)snprintf(
		    d.reason, sizeof(d.reason), "its worker ended with status %d", info->si_status);
	return d;
}

/* --- attempts that ended with their process ------------------------------------------------------------------------------------------ */

static enum coord_err
settle(struct supervisor *s, const struct pending *p, struct coord_error *err)
{
	int64_t now_us = clock_wall();
	enum coord_err rc;

	if (!p->release)
		return outcome_put(s->world, &p->held, OUTCOME_AGAIN, p->reason, now_us, err);
	rc = store_release(s->world->store, sv_from(p->held.id), p->held.fence, now_us, err);
	if (rc == COORD_OK || rc == COORD_ECANCELLED || rc == COORD_ENODATA)
		rc = queue_retry(s->world->queue, &p->held.job, now_us, err);
	return rc;
}

/* What cannot be written now is kept; and when too much is kept, the leases run out by themselves. */
static void
settle_later(struct supervisor *s, const struct pending *p)
{
	if (s->n_pending < PENDING_MOST)
		s->pending[s->n_pending++] = *p;
}

static void
settle_pending(struct supervisor *s)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < s->n_pending; i++)
		if (settle(s, &s->pending[i], NULL) == COORD_EUNAVAIL)
			s->pending[kept++] = s->pending[i];
	s->n_pending = kept;
}

/* True: a job was under way. */
static bool
settle_job(struct supervisor *s, const struct child *child, const struct death *death)
{
	unsigned state = atomic_load_explicit(&child->page->state, memory_order_acquire);
	struct pending p = { .held = child->page->held, .release = death->why == NULL };
	struct coord_error err = { .code = COORD_OK };

	if (state == PAGE_CLAIMED) {
		if (queue_retry(s->world->queue, &p.held.job, clock_wall(), &err) != COORD_OK)
			log_write(
			    LOG_WARNING, "claim not given back", LOG_TEXT("reason", err.what));
		return false;
	}
	if (state != PAGE_RUNNING)
		return false;
	memcpy(p.reason, death->reason, sizeof(p.reason));
	if (death->why != NULL)
		metrics_add(s->world->metrics, METRIC_JOBS, "crashed", NULL, 1);
	if (settle(s, &p, &err) == COORD_EUNAVAIL)
		settle_later(s, &p);
	return true;
}

/* --- starting ------------------------------------------------------------------------------------------------------------------------- */

static void
page_drop(struct child *child)
{
	page_free(child->page);
	child->page = NULL;
	if (child->page_fd >= 0)
		(void)close(child->page_fd);
	child->page_fd = -1;
}

static int
spawn_with(struct supervisor *s, struct child *child, posix_spawn_file_actions_t *files,
    posix_spawnattr_t *attributes)
{
	char name[] = "coord", command[] = "worker", hidden[] = "--child";
	char *arguments[] = { name, command, hidden, NULL };
	/* duplicated below, so that neither is in the other's place */
	int page_fd = fcntl(child->page_fd, F_DUPFD_CLOEXEC, WORKER_TRACING_FD + 1);
	int metrics = s->world->metrics == NULL ? -1
						: fcntl(metrics_fd(s->world->metrics),
						      F_DUPFD_CLOEXEC, WORKER_TRACING_FD + 1);
	int spans =
	    metrics < 0 || s->world->tracing == NULL
		? -1
		: fcntl(tracing_fd(s->world->tracing), F_DUPFD_CLOEXEC, WORKER_TRACING_FD + 1);
	sigset_t none, all;
	int rc;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawnattr_setflags(
	    attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	(void)posix_spawnattr_setsigmask(attributes, &none);
	(void)posix_spawnattr_setsigdefault(attributes, &all);
	(void)posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(files, page_fd, WORKER_PAGE_FD);
	if (metrics >= 0)
		(void)posix_spawn_file_actions_adddup2(files, metrics, WORKER_METRICS_FD);
	if (spans >= 0)
		(void)posix_spawn_file_actions_adddup2(files, spans, WORKER_TRACING_FD);
	(void)posix_spawn_file_actions_addclosefrom_np(files, spans >= 0     ? WORKER_TRACING_FD + 1
							      : metrics >= 0 ? WORKER_METRICS_FD + 1
									     : WORKER_METRICS_FD);
	rc = posix_spawn(&child->pid, s->program, files, attributes, arguments, s->environment);
	(void)close(page_fd);
	if (metrics >= 0)
		(void)close(metrics);
	if (spans >= 0)
		(void)close(spans);
	return rc;
}

static int
spawn(struct supervisor *s, struct child *child)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int rc;

	child->page = page_new(&child->page_fd);
	if (child->page == NULL)
		return ENOMEM;
	child->page->supervisor = getpid();
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&attributes);
	rc = spawn_with(s, child, &files, &attributes);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attributes);
	if (rc != 0)
		page_drop(child);
	return rc;
}

static void
start(struct supervisor *s, struct child *child)
{
	int rc = spawn(s, child);

	child->started_us = clock_steady();
	child->overdue = false;
	child->config = s->config;
	if (rc != 0) {
		child->pid = 0;
		child->restart_at_us = child->started_us + restart_most_us;
		log_write(LOG_ERROR, "worker not started", LOG_TEXT("reason", strerror(rc)));
		return;
	}
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	log_write(LOG_DEBUG, "worker started", LOG_INT("pid", child->pid));
}

static void
start_due(struct supervisor *s)
{
	for (unsigned i = 0; i < s->n_children; i++)
		if (s->children[i].pid == 0 && clock_steady() >= s->children[i].restart_at_us)
			start(s, &s->children[i]);
}

/* --- settings that were read again ---------------------------------------------------------------------------------------------------- */

static void
take_settings(struct supervisor *s)
{
	const struct config *now = config_now(s->world->config);
	char **fresh;

	if (now == s->config || (fresh = environment_for(now, environ)) == NULL)
		return;
	environment_free(s->environment);
	s->environment = fresh;
	s->config = now;
}

/* A child that is about to be replaced, or its successor that is not ready yet. */
static bool
is_changing(const struct child *child)
{
	unsigned state = child->pid == 0 ? PAGE_STARTING : atomic_load(&child->page->state);

	return state == PAGE_STARTING || (state == PAGE_IDLE && atomic_load(&child->page->leave));
}

/* Children with the settings of before leave between two jobs; those that have none one after the other, so that somebody is there for the next job. */
static void
replace_outdated(struct supervisor *s)
{
	take_settings(s);
	for (unsigned i = 0; i < s->n_children; i++)
		if (is_changing(&s->children[i]))
			return;
	for (unsigned i = 0; i < s->n_children; i++) {
		struct child *child = &s->children[i];

		if (child->config == s->config || atomic_load(&child->page->leave))
			continue;
		atomic_store(&child->page->leave, true);
		if (is_changing(child))
			return;
	}
}

/* --- watching -------------------------------------------------------------------------------------------------------------------------- */

static int64_t
restart_wait(struct child *child, bool at_fault)
{
	int64_t wait_us = restart_least_us;

	if (!at_fault || clock_steady() - child->started_us >= young_us) {
		child->failures = 0;
		return 0;
	}
	for (unsigned i = 0; i < child->failures && wait_us < restart_most_us; i++)
		wait_us *= 2;
	child->failures++;
	return wait_us < restart_most_us ? wait_us : restart_most_us;
}

static void
bury(struct supervisor *s, struct child *child, const siginfo_t *info)
{
	struct death death = death_of(s, child, info);
	bool had_job = settle_job(s, child, &death);

	if (death.why != NULL) {
		metrics_add(s->world->metrics, METRIC_WORKER_DEATHS, death.why, NULL, 1);
		log_write(LOG_WARNING, "worker died", LOG_INT("pid", child->pid),
		    LOG_TEXT("reason", death.reason), LOG_INT("had_job", had_job ? 1 : 0));
	}
	child->restart_at_us =
	    clock_steady() +
	    restart_wait(child, death.why != NULL && strcmp(death.why, "exit") == 0);
	child->pid = 0;
	if (child->pidfd >= 0)
		(void)close(child->pidfd);
	child->pidfd = -1;
	page_drop(child);
}

static void
reap(struct supervisor *s)
{
	for (unsigned i = 0; i < s->n_children; i++) {
		struct child *child = &s->children[i];
		siginfo_t info = { .si_pid = 0 };

		if (child->pid != 0 &&
		    waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG) == 0 &&
		    info.si_pid == child->pid)
			bury(s, child, &info);
	}
}

static void
signal_all(struct supervisor *s, int number)
{
	for (unsigned i = 0; i < s->n_children; i++)
		if (s->children[i].pid != 0)
			(void)kill(s->children[i].pid, number);
}

/* The heartbeat of a child goes on while its job hangs: the clock is looked at from here. */
static void
kill_overdue(struct supervisor *s)
{
	for (unsigned i = 0; i < s->n_children; i++) {
		struct child *child = &s->children[i];

		if (child->pid == 0 || child->overdue ||
		    atomic_load_explicit(&child->page->state, memory_order_acquire) !=
			PAGE_RUNNING ||
		    clock_steady() - atomic_load(&child->page->since_us) <
			s->world->config->worker_clock)
			continue;
		child->overdue = true;
		(void)kill(child->pid, SIGKILL);
	}
}

unsigned
supervisor_alive(const struct supervisor *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n_children; i++)
		n += atomic_load(&s->ready[i]);
	return n;
}

static unsigned
count_children(struct supervisor *s)
{
	unsigned n = 0, ready = 0;

	for (unsigned i = 0; i < s->n_children; i++) {
		bool is_ready = s->children[i].pid != 0 &&
				atomic_load(&s->children[i].page->state) != PAGE_STARTING;

		n += s->children[i].pid != 0;
		ready += is_ready;
		atomic_store(&s->ready[i], is_ready);
	}
	metrics_set(s->world->metrics, METRIC_WORKERS, NULL, NULL, ready);
	return n;
}

static void
wait_for_news(struct supervisor *s)
{
	unsigned n = 0;
	int64_t wait_us = look_us;
	uint64_t rung;

	s->polled[n++] = (struct pollfd){ .fd = s->bell, .events = POLLIN };
	for (unsigned i = 0; i < s->n_children; i++) {
		const struct child *child = &s->children[i];
		int64_t left_us = child->restart_at_us - clock_steady();

		if (child->pid != 0) {
			s->polled[n++] = (struct pollfd){ .fd = child->pidfd, .events = POLLIN };
			/* it says by its page that it is ready, which rings no bell */
			if (atomic_load(&child->page->state) == PAGE_STARTING)
				wait_us = wait_us < look_us / 50 ? wait_us : look_us / 50;
		} else if (left_us < wait_us) {
			wait_us = left_us > 0 ? left_us : 0;
		}
	}
	if (poll(s->polled, n, (int)(wait_us / 1000) + 1) > 0 &&
	    (s->polled[0].revents & POLLIN) != 0)
		(void)!read(s->bell, &rung, sizeof(rung));
}

static void
stop_step(struct supervisor *s)
{
	if (!s->told_term) {
		signal_all(s, SIGTERM);
		s->told_term = true;
	}
	if (clock_steady() < atomic_load(&s->kill_at_us))
		return;
	for (unsigned i = 0; i < s->n_children; i++)
		s->children[i].stopped = true;
	signal_all(s, SIGKILL);
}

static void *
supervisor_main(void *context)
{
	struct supervisor *s = context;
	unsigned alive;

	do {
		bool stopping = atomic_load(&s->stopping);

		if (stopping)
			stop_step(s);
		else
			start_due(s);
		if (!stopping)
			replace_outdated(s);
		reap(s);
		kill_overdue(s);
		settle_pending(s);
		alive = count_children(s);
		if (!stopping || alive > 0)
			wait_for_news(s);
	} while (!atomic_load(&s->stopping) || alive > 0);
	return NULL;
}

/* --- making and unmaking ----------------------------------------------------------------------------------------------------------------- */

static void
supervisor_free(struct supervisor *s)
{
	environment_free(s->environment);
	if (s->bell >= 0)
		(void)close(s->bell);
	free(s->children);
	free(s->polled);
	free(s->ready);
	free(s);
}

static enum coord_err
prepare(struct supervisor *s, struct coord_error *err)
{
	s->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->children = calloc(s->n_children + 1, sizeof(*s->children));
	s->polled = calloc(s->n_children + 1, sizeof(*s->polled));
	s->ready = calloc(s->n_children + 1, sizeof(*s->ready));
	s->config = config_now(s->world->config);
	s->environment = environment_for(s->config, environ);
	if (s->bell < 0 || s->children == NULL || s->polled == NULL || s->ready == NULL ||
	    s->environment == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for workers");
	for (unsigned i = 0; i < s->n_children; i++)
		s->children[i] = (struct child){ .pidfd = -1, .page_fd = -1 };
	return COORD_OK;
}

enum coord_err
supervisor_start(const struct jobs_world *world, const char *program, struct supervisor **ret,
    struct coord_error *err)
{
	struct supervisor *s = calloc(1, sizeof(*s));
	enum coord_err rc;

	if (s == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for workers");
	s->world = world;
	s->program = program;
	s->n_children = (unsigned)world->config->workers;
	rc = prepare(s, err);
	if (rc == COORD_OK && pthread_create(&s->thread, NULL, supervisor_main, s) != 0)
		rc = error_set(err, COORD_ENOMEM, "no thread for the supervisor");
	if (rc != COORD_OK) {
		supervisor_free(s);
		return rc;
	}
	*ret = s;
	return COORD_OK;
}

void
supervisor_stop(struct supervisor *s, int64_t deadline_us)
{
	const uint64_t one = 1;

	if (s == NULL)
		return;
	atomic_store(&s->kill_at_us, deadline_us);
	atomic_store(&s->stopping, true);
	(void)!write(s->bell, &one, sizeof(one));
	(void)pthread_join(s->thread, NULL);
	supervisor_free(s);
}
