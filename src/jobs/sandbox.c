/* sandbox.c - see sandbox.h; docs/security.md has it in words.
 * Files: reading system folders (name service, locale of the C library), all of the database's folder, nothing else. Calls: those in the lists below; others fail with
 * EPERM as if they were not there, none kills the process, so a library's second way is taken where it has one. New processes are not possible: clone only
 * makes threads, exec is not in the list. */
#define _GNU_SOURCE /* syscall, O_PATH */
#include "jobs/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- files ------------------------------------------------------------------------------------------------------------------ */

#define FILES_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FILES_WRITE                                                                 \
	(FILES_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define FILES_ALL                                                                   \
	(FILES_WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |            \
	    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |           \
	    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

#define FILES_OF_FILE \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE)

const uint64_t sandbox_files_all = FILES_ALL, sandbox_files_write = FILES_WRITE,
	       sandbox_files_read = FILES_READ;

/* Names are resolved and certificates checked when a connection has to be made anew. */
static const char *const read_folders[] = { "/etc", "/usr", "/lib", "/lib64",
	"/run/systemd/resolve", "/run/resolvconf", "/sys/devices/system/cpu" };
static const char *const read_devices[] = { "/dev/null", "/dev/urandom" };

void
sandbox_allow_below(int rules, const char *path, uint64_t what)
{
	struct landlock_path_beneath_attr below = { .allowed_access = what };
	struct stat is;

	below.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (below.parent_fd < 0)
		return; /* not on this system */
	if (fstat(below.parent_fd, &is) == 0 && !S_ISDIR(is.st_mode))
		below.allowed_access &= FILES_OF_FILE; /* other rights are a folder's */
	(void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
	(void)close(below.parent_fd);
}

/* What libpq reads of its own accord when it connects. */
static void
allow_home(int rules)
{
	static const char *const names[] = { ".postgresql", ".pgpass" };
	const char *home = getenv("HOME");
	char path[512];

	for (size_t i = 0; home != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		int n = snprintf(path, sizeof(path), "%s/%s", home, names[i]);

		if (n > 0 && (size_t)n < sizeof(path))
			sandbox_allow_below(rules, path,
			    i == 0 ? FILES_READ : (uint64_t)LANDLOCK_ACCESS_FS_READ_FILE);
	}
}

void
sandbox_allow_system(int rules, bool network)
{
	for (size_t i = 0; i < sizeof(read_folders) / sizeof(read_folders[0]); i++)
		sandbox_allow_below(rules, read_folders[i], FILES_READ);
	for (size_t i = 0; i < sizeof(read_devices) / sizeof(read_devices[0]); i++)
		sandbox_allow_below(rules, read_devices[i], LANDLOCK_ACCESS_FS_READ_FILE);
	if (network)
		allow_home(rules);
}

static bool
fence_files(const struct sandbox *sandbox)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = FILES_ALL };
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	bool fenced;

	if (rules < 0)
		return false;
	sandbox_allow_system(rules, sandbox->network);
	if (sandbox->folder != NULL)
		sandbox_allow_below(rules, sandbox->folder, FILES_WRITE);
	fenced = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	(void)close(rules);
	return fenced;
}

/* --- system calls ------------------------------------------------------------------------------------------------------------- */

static const int calls[] = {
	/* files that are open, and those that the first fence lets through */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64),
	SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(stat),
	SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(open), SCMP_SYS(openat),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(ftruncate),
	SCMP_SYS(fallocate), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(fcntl), SCMP_SYS(flock), SCMP_SYS(fadvise64), SCMP_SYS(fchmod),
	SCMP_SYS(fchown), SCMP_SYS(umask), SCMP_SYS(dup), SCMP_SYS(pipe2), SCMP_SYS(eventfd2),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	/* memory */
	SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise),
	SCMP_SYS(msync), SCMP_SYS(brk), SCMP_SYS(membarrier),
	/* threads and signals of this process */
	SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq),
	SCMP_SYS(set_tid_address), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(getppid),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_getparam),
	SCMP_SYS(sched_getscheduler), SCMP_SYS(getcpu), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
	/* what time it is, who this is, how much it may use */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	SCMP_SYS(getrusage), SCMP_SYS(times), SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrlimit),
	SCMP_SYS(setrlimit)
};

/* Connections out. Nobody is listened to. */
static const int network_calls[] = { SCMP_SYS(connect), SCMP_SYS(sendto), SCMP_SYS(recvfrom),
	SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg),
	SCMP_SYS(shutdown), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt), SCMP_SYS(socketpair) };

static const int families[] = { AF_UNIX, AF_INET, AF_INET6 };
static const unsigned long controls[] = { FIONBIO, FIONREAD, 0x5401 /* TCGETS */ };

static bool
allow_all(scmp_filter_ctx filter, const int *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, list[i], 0);

		if (rc != 0 && rc != -EDOM) /* a call that this machine does not have */
			return false;
	}
	return true;
}

/* The call is allowed when its argument is this; with a mask, when these bits of it are. */
static bool
allow_when(scmp_filter_ctx filter, int call, unsigned argument, uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp when = { .arg = argument,
		.op = mask == 0 ? SCMP_CMP_EQ : SCMP_CMP_MASKED_EQ,
		.datum_a = mask == 0 ? value : mask,
		.datum_b = value };

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &when) == 0;
}

static bool
allow_own(scmp_filter_ctx filter)
{
	/* clone3's flags lie in memory, where no filter sees them: the C library falls back to clone. abort() and the limits are this process's own business */
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
	       allow_when(filter, SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD) &&
	       allow_when(filter, SCMP_SYS(tgkill), 0, 0, (uint64_t)getpid()) &&
	       allow_when(filter, SCMP_SYS(prlimit64), 0, 0, 0) &&
	       allow_when(filter, SCMP_SYS(prctl), 0, 0, PR_SET_NAME);
}

static bool
allow_controls(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (!allow_when(filter, SCMP_SYS(ioctl), 1, 0, controls[i]))
			return false;
	return true;
}

static bool
allow_network(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (!allow_when(filter, SCMP_SYS(socket), 0, 0, (uint64_t)families[i]))
			return false;
	return allow_all(filter, network_calls, sizeof(network_calls) / sizeof(network_calls[0]));
}

static bool
fence_calls(const struct sandbox *sandbox)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool fenced = filter != NULL &&
		      allow_all(filter, calls, sizeof(calls) / sizeof(calls[0])) &&
		      allow_own(filter) && allow_controls(filter) &&
		      (!sandbox->network || allow_network(filter)) && seccomp_load(filter) == 0;

	seccomp_release(filter);
	return fenced;
}

enum coord_err
sandbox_enter(const struct sandbox *sandbox, struct coord_error *err)
{
	bool files, system_calls;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set(err, COORD_EUNAVAIL, "sandbox: %s", strerror(errno));
	files = fence_files(sandbox);
	system_calls = fence_calls(sandbox);
	if (files && system_calls)
		return COORD_OK;
	return error_set(err, COORD_EUNAVAIL, "sandbox: this kernel has no%s%s",
	    files ? "" : " Landlock",
	    system_calls ? ""
	    : files      ? " seccomp"
			 : " and no seccomp");
}
