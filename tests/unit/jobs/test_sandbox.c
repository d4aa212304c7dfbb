/* test_sandbox.c - each thing that a fenced worker may and may not do, tried in a child of its own. */
#define _GNU_SOURCE
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jobs/sandbox.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static char folder[64], beside[64];

static bool
can_open(const char *in, const char *name, int flags)
{
	char path[160];
	int fd;

	(void)snprintf(path, sizeof(path), "%s%s%s", in, name[0] == 0 ? "" : "/", name);
	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static void *
nothing(void *context)
{
	return context;
}

static bool
write_inside(void)
{
	return can_open(folder, "new", O_RDWR | O_CREAT) && can_open(folder, "new", O_RDWR);
}

static bool
remove_inside(void)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/new", folder);
	return unlink(path) == 0;
}

static bool
write_beside(void)
{
	return can_open(beside, "new", O_RDWR | O_CREAT);
}

static bool
read_beside(void)
{
	return can_open(beside, "there", O_RDONLY);
}

static bool
read_system(void)
{
	return can_open("/etc", "passwd", O_RDONLY);
}

static bool
write_system(void)
{
	return can_open("/etc", "coord-test", O_RDWR | O_CREAT);
}

static bool
make_folder(void)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/sub", folder);
	return mkdir(path, 0700) == 0;
}

static bool
read_processes(void)
{
	return can_open("/proc/1", "environ", O_RDONLY) || can_open("/proc/self", "mem", O_RDWR);
}

static bool
run_program(void)
{
	char *const arguments[] = { (char[]){ "true" }, NULL };

	(void)execv("/bin/true", arguments);
	return false; /* that it did not run is seen below: errno */
}

static bool
new_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static bool
new_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static bool
socket_of(int family)
{
	return socket(family, SOCK_STREAM, 0) >= 0;
}

static bool
internet(void)
{
	return socket_of(AF_INET);
}

static bool
raw_packets(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0 || socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
}

static bool
listen_to_others(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && listen(fd, 1) == 0;
}

static bool
trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool
kill_parent(void)
{
	return kill(getppid(), 0) == 0;
}

static bool
new_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static bool
memory(void)
{
	void *at = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at != MAP_FAILED && munmap(at, 1 << 20) == 0;
}

static bool
own_limits(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_CPU, &limit) == 0 && setrlimit(RLIMIT_CPU, &limit) == 0;
}

enum { NO, YES, WITH_NETWORK };

static const struct {
	const char *name;
	bool (*act)(void);
	int allowed;
} acts[] = {
	{ "write into its folder", write_inside, YES },
	{ "remove from its folder", remove_inside, YES },
	{ "make folders", make_folder, NO },
	{ "write elsewhere", write_beside, NO },
	{ "read elsewhere", read_beside, NO },
	{ "read system files", read_system, YES },
	{ "write system files", write_system, NO },
	{ "read other processes", read_processes, NO },
	{ "run a program", run_program, NO },
	{ "make a process", new_process, NO },
	{ "make a thread", new_thread, YES },
	{ "use memory", memory, YES },
	{ "set its own limits", own_limits, YES },
	{ "reach the internet", internet, WITH_NETWORK },
	{ "send raw packets", raw_packets, NO },
	{ "listen", listen_to_others, NO },
	{ "be traced", trace, NO },
	{ "signal its parent", kill_parent, NO },
	{ "enter a namespace", new_namespace, NO },
};

enum { COULD = 10, COULD_NOT, NO_FENCE };

/* The child's status; 0 would be /bin/true's. */
static int
try_fenced(size_t i, const struct sandbox *sandbox)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (sandbox_enter(sandbox, NULL) != COORD_OK)
			_exit(NO_FENCE);
		_exit(acts[i].act() ? COULD : COULD_NOT);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
try_all(bool network)
{
	const struct sandbox sandbox = { .folder = folder, .network = network };

	for (size_t i = 0; i < COUNT_OF(acts); i++) {
		bool allowed =
		    acts[i].allowed == YES || (acts[i].allowed == WITH_NETWORK && network);
		int got = try_fenced(i, &sandbox);

		if (got == NO_FENCE)
			skip(); /* a kernel without Landlock or seccomp: said when a worker starts */
		if (got != (allowed ? COULD : COULD_NOT))
			fail_msg("%s, network %d: expected %d, got %d", acts[i].name, network,
			    allowed, got);
	}
}

static void
test_without_network(void **state)
{
	(void)state;
	try_all(false);
}

static void
test_with_network(void **state)
{
	(void)state;
	try_all(true);
}

static void
test_without_the_fence_these_are_possible(void **state)
{
	(void)state;
	assert_true(write_beside() && read_beside() && internet() && listen_to_others());
}

static void
test_without_a_folder_nothing_is_written(void **state)
{
	const struct sandbox sandbox = { .folder = NULL, .network = true };
	int got = try_fenced(0, &sandbox);

	(void)state;
	if (got == NO_FENCE)
		skip();
	assert_int_equal(got, COULD_NOT);
}

/* --- the service's own process --------------------------------------------------------------------------------------- */

static bool
write_and_remove(void)
{
	return write_inside() && remove_inside();
}

static bool
read_named(void)
{
	return can_open(beside, "there", O_RDONLY);
}

static bool
run_itself(void)
{
	char *const arguments[] = { (char[]){ "test" }, (char[]){ "--itself" }, NULL };

	(void)execv("/proc/self/exe", arguments);
	return false; /* when it runs it leaves with COULD */
}

static bool
change_user(void)
{
	return setresuid(getuid(), geteuid(), getuid()) == 0;
}

static bool
old_process(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid;
}

/* What the thread that starts workers may, and what those that answer requests may. */
static const struct {
	const char *name;
	bool (*act)(void);
	bool starter, answerer;
} service_acts[] = {
	{ "write into its folder", write_and_remove, true, true },
	{ "write beside", write_beside, false, false },
	{ "read what is named", read_named, true, true },
	{ "read system files", read_system, true, true },
	{ "write system files", write_system, false, false },
	{ "read other processes", read_processes, false, false },
	{ "run a program", run_program, false, false },
	{ "run itself", run_itself, true, false },
	{ "make a process", old_process, true, false },
	{ "make a thread", new_thread, true, true },
	{ "listen", listen_to_others, true, true },
	{ "be traced", trace, false, false },
	{ "enter a namespace", new_namespace, false, false },
	{ "change its user", change_user, false, false },
};

static int
try_service(size_t i, bool answerer)
{
	const char *const written[] = { folder }, *const read[] = { beside, "/no/such/file" };
	const struct sandbox_service sandbox = {
		.written = written, .n_written = 1, .read = read, .n_read = 2
	};
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (sandbox_enter_service(&sandbox, NULL) != COORD_OK ||
		    (answerer && sandbox_no_programs(NULL) != COORD_OK))
			_exit(NO_FENCE);
		_exit(service_acts[i].act() ? COULD : COULD_NOT);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
test_the_service(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(service_acts); i++) {
		bool answerer = i % 2 == 1;
		bool allowed =
		    answerer ? service_acts[i / 2].answerer : service_acts[i / 2].starter;
		int got = try_service(i / 2, answerer);

		if (got == NO_FENCE)
			skip();
		if (got != (allowed ? COULD : COULD_NOT))
			fail_msg("%s, answering %d: expected %d, got %d", service_acts[i / 2].name,
			    answerer, allowed, got);
	}
}

/* A worker that the service has started is inside both fences. */
static void
test_a_worker_in_the_service(void **state)
{
	const char *const written[] = { folder, beside };
	const struct sandbox_service outer = { .written = written, .n_written = 2 };
	const struct sandbox inner = { .folder = folder };
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		if (sandbox_enter_service(&outer, NULL) != COORD_OK ||
		    sandbox_enter(&inner, NULL) != COORD_OK)
			_exit(NO_FENCE);
		_exit(write_inside() && !write_beside() && !internet() ? COULD : COULD_NOT);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_FENCE)
		skip();
	assert_int_equal(WEXITSTATUS(status), COULD);
}

static int
make_folders(void **state)
{
	char path[160];
	int fd;

	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/coord-inside-XXXXXX");
	(void)snprintf(beside, sizeof(beside), "/tmp/coord-beside-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_non_null(mkdtemp(beside));
	(void)snprintf(path, sizeof(path), "%s/there", beside);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	return close(fd);
}

static int
remove_folders(void **state)
{
	static const char *const names[] = { "new", "there" };
	char path[160];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
		(void)snprintf(path, sizeof(path), "%s/%s", beside, names[i]);
		(void)unlink(path);
	}
	return rmdir(folder) == 0 && rmdir(beside) == 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_the_fence_these_are_possible),
		cmocka_unit_test(test_without_network),
		cmocka_unit_test(test_with_network),
		cmocka_unit_test(test_without_a_folder_nothing_is_written),
		cmocka_unit_test(test_the_service),
		cmocka_unit_test(test_a_worker_in_the_service),
	};

	if (argc > 1 && strcmp(argv[1], "--itself") == 0)
		return COULD;
#ifdef SANITIZED
	(void)printf("jobs/sandbox: a sanitizer needs what the fence refuses: skipped\n");
	return 77;
#endif
	return cmocka_run_group_tests_name("jobs/sandbox", tests, make_folders, remove_folders);
}
