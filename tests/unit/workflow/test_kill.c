/* test_kill.c - a real process killed at every instant of a run, on SQLite or (COORD_TEST_POSTGRES) on PostgreSQL: another one finishes the run, makes no
 * look-up again, and comes to the same chain as a run that nobody disturbed.
 * As a child: test_kill --child URL ID INSTANT FILE; an instant below 0: one node at a time. */
#include "graphs.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;

static const struct workflow_input input = { "input", { "{\"n\":1}", 7 } };
enum { INSTANTS_MOST = 100 };

/* --- the child -------------------------------------------------------------------------------------------------------- */

static void
note_event(void *context, const struct workflow_event *event)
{
	if (event->what == WORKFLOW_FINISHED)
		instant(context);
}

static int
run_in(struct store *store, const char *id, unsigned threads, struct world *w)
{
	struct workflow_checkpointer *kept = workflow_stored(store);
	struct arena *arena = arena_new(0);
	struct workflow_options options = options_for(w, id, kept);
	struct workflow_outcome outcome;
	struct coord_error err;
	int status = 1;

	options.inputs = &input;
	options.n_inputs = 1;
	options.threads = threads;
	options.event = note_event;
	options.event_context = w;
	if (workflow_run(&diamond, &options, arena, &outcome, &err) != COORD_OK)
		(void)fprintf(stderr, "%s\n", err.what);
	else if (outcome.status == WORKFLOW_DONE)
		status = 0;
	if (status == 0)
		(void)printf("%s\n", outcome.head);
	workflow_checkpointer_free(kept);
	arena_free(arena);
	return status;
}

static int
child(char **argv)
{
	struct store_options options = { .migrate = true };
	struct world w = { .now_us = TIME_EARLIEST };
	struct coord_error err;
	struct store *store;
	int status;

	w.die_at = abs((int)strtol(argv[4], NULL, 10));
	w.asked_fd = open(argv[5], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (w.asked_fd == -1 || store_open(argv[2], &options, &store, &err) != COORD_OK)
		return 2;
	status = run_in(store, argv[3], argv[4][0] == '-' ? 1 : 0, &w);
	store_close(store);
	(void)close(w.asked_fd);
	return status;
}

/* --- the parent -------------------------------------------------------------------------------------------------------- */

struct place {
	char folder[64], url[512], asked[128], out[128];
};

static int
open_place(void **state)
{
	struct place *p = test_calloc(1, sizeof(*p));
	const char *postgres = getenv("COORD_TEST_POSTGRES");

	(void)snprintf(p->folder, sizeof(p->folder), "/tmp/coord-kill-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	if (postgres != NULL)
		(void)snprintf(p->url, sizeof(p->url), "%s", postgres);
	else
		(void)snprintf(p->url, sizeof(p->url), "sqlite:%s/store.db", p->folder);
	(void)snprintf(p->asked, sizeof(p->asked), "%s/asked", p->folder);
	(void)snprintf(p->out, sizeof(p->out), "%s/out", p->folder);
	*state = p;
	return 0;
}

static int
close_place(void **state)
{
	static const char *const names[] = { "asked", "out", "store.db", "store.db-wal",
		"store.db-shm" };
	struct place *p = *state;
	char path[128];

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", p->folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(p->folder);
	test_free(p);
	return 0;
}

/** The exit status, or minus the signal. */
static int
spawn(const struct place *p, const char *id, int at)
{
	char number[16];
	char *argv[] = { (char[]){ "test_kill" }, (char[]){ "--child" }, (char *)(uintptr_t)p->url,
		(char *)(uintptr_t)id, number, (char *)(uintptr_t)p->asked, NULL };
	posix_spawn_file_actions_t actions;
	int status = 0;
	pid_t pid;

	(void)snprintf(number, sizeof(number), "%d", at);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_addopen(
			     &actions, STDOUT_FILENO, p->out, O_WRONLY | O_CREAT | O_TRUNC, 0600),
	    0);
	assert_int_equal(posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, environ), 0);
	(void)posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
read_file(const char *path, char ret[128])
{
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	ret[fread(ret, 1, 127, f)] = '\0';
	(void)fclose(f);
}

static void
check_asked_once(const char *asked)
{
	int times[128] = { 0 };

	for (const char *c = asked; *c != '\0'; c++)
		times[(unsigned char)*c]++;
	assert_true(times['b'] <= 1 && times['c'] <= 1 && times['d'] <= 1);
}

static void
test_killed_at_every_instant(void **state)
{
	struct place *p = *state;
	char undisturbed[128], head[128], asked[128], id[32];
	int at = 1, killed = 0;

	assert_int_equal(spawn(p, "undisturbed", 0), 0);
	read_file(p->out, undisturbed);
	assert_int_equal(strlen(undisturbed), 65);
	for (; at < INSTANTS_MOST; at++) {
		int rc;

		(void)unlink(p->asked);
		(void)snprintf(id, sizeof(id), "run-%d", at);
		rc = spawn(p, id, at);
		if (rc == 0)
			break;
		assert_int_equal(rc, -SIGKILL);
		killed++;
		assert_int_equal(spawn(p, id, 0), 0);
		read_file(p->out, head);
		assert_string_equal(head, undisturbed);
		read_file(p->asked, asked);
		check_asked_once(asked);
	}
	/* a twice, e once, each branch three times, and five steps' ends */
	assert_int_equal(killed, 17);
}

/** Killed again and again, each process gets one instant further than the one before. */
static void
test_killed_all_the_way(void **state)
{
	struct place *p = *state;
	char undisturbed[128], head[128], asked[128];
	int rc, deaths = 0;

	assert_int_equal(spawn(p, "undisturbed-2", 0), 0);
	read_file(p->out, undisturbed);
	(void)unlink(p->asked);
	while ((rc = spawn(p, "all-the-way", -4)) != 0 && deaths < INSTANTS_MOST) {
		assert_int_equal(rc, -SIGKILL);
		deaths++;
	}
	/* at b's start, then behind b, c and d */
	assert_int_equal(deaths, 4);
	read_file(p->out, head);
	assert_string_equal(head, undisturbed);
	read_file(p->asked, asked);
	check_asked_once(asked);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_killed_at_every_instant, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_killed_all_the_way, open_place, close_place),
	};

	if (argc == 6 && strcmp(argv[1], "--child") == 0)
		return child(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
