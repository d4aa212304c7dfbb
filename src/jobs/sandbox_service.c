/* sandbox_service.c - see sandbox.h; docs/security.md has it in words. A list of what is refused, not of what is allowed: this process talks to more of the
 * system than a worker does (it listens, starts workers, runs what its databases' libraries run), and all of it is older than the text of attackers that
 * a worker parses. Programs: Landlock lets this very file and its loader run, which the supervisor's thread needs to start workers; threads that
 * answer requests cannot even do that. */
#define _GNU_SOURCE /* dl_iterate_phdr, syscall */
#include <errno.h>
#include <link.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jobs/sandbox.h"

/* --- files ------------------------------------------------------------------------------------------------------------------ */

/* The loader that the kernel starts for this program; *context stays NULL for a static one. */
static int
find_loader(struct dl_phdr_info *info, size_t size, void *context)
{
	const char **ret = context;

	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_INTERP)
			*ret = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	return 1; /* the first is the program */
}

static void
allow_itself(int rules)
{
	const uint64_t run = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE;
	const char *loader = NULL;

	sandbox_allow_below(rules, "/proc/self/exe", run);
	(void)dl_iterate_phdr(find_loader, &loader);
	if (loader != NULL)
		sandbox_allow_below(rules, loader, run);
}

static bool
fence_files(const struct sandbox_service *sandbox)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = sandbox_files_all };
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	bool fenced;

	if (rules < 0)
		return false;
	sandbox_allow_system(rules, true);
	sandbox_allow_below(rules, "/proc/self", sandbox_files_read); /* its own numbers */
	sandbox_allow_below(
	    rules, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
	allow_itself(rules);
	for (size_t i = 0; i < sandbox->n_read; i++)
		sandbox_allow_below(rules, sandbox->read[i], sandbox_files_read);
	for (size_t i = 0; i < sandbox->n_written; i++)
		sandbox_allow_below(
		    rules, sandbox->written[i], sandbox_files_write | LANDLOCK_ACCESS_FS_MAKE_DIR);
	fenced = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	(void)close(rules);
	return fenced;
}

/* --- system calls ------------------------------------------------------------------------------------------------------------- */

static const int refused[] = {
	/* other processes, and this one seen from outside */
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(process_madvise), SCMP_SYS(kcmp), SCMP_SYS(pidfd_getfd),
	/* code in the kernel, what it shows of itself, and paths into it that have been holes */
	SCMP_SYS(bpf), SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl),
	SCMP_SYS(syslog), SCMP_SYS(fanotify_init), SCMP_SYS(vmsplice), SCMP_SYS(move_pages),
	/* the machine */
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(fsopen), SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(move_mount),
	SCMP_SYS(open_tree), SCMP_SYS(mount_setattr), SCMP_SYS(swapon), SCMP_SYS(swapoff),
	SCMP_SYS(reboot), SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime), SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime), SCMP_SYS(acct),
	SCMP_SYS(quotactl), SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(nfsservctl),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(mknod), SCMP_SYS(mknodat),
	/* other namespaces, other users */
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setreuid),
	SCMP_SYS(setregid), SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(setgroups),
	SCMP_SYS(setfsuid), SCMP_SYS(setfsgid), SCMP_SYS(capset), SCMP_SYS(personality)
};

static const int programs[] = { SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork),
	SCMP_SYS(vfork) };

static bool
refuse_all(scmp_filter_ctx filter, const int *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), list[i], 0);

		if (rc != 0 && rc != -EDOM) /* a call that this machine does not have */
			return false;
	}
	return true;
}

/* The call is refused when these bits of its first argument are `value`. */
static bool
refuse_when(scmp_filter_ctx filter, int call, uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp when = {
		.arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, 1, &when) == 0;
}

static bool
fence_calls(void)
{
	static const uint64_t namespaces[] = { CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID,
		CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool fenced = filter != NULL &&
		      refuse_all(filter, refused, sizeof(refused) / sizeof(refused[0])) &&
		      /* clone3's flags lie in memory: the C library falls back to clone */
		      seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;

	for (size_t i = 0; fenced && i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
		fenced = refuse_when(filter, SCMP_SYS(clone), namespaces[i], namespaces[i]);
	fenced = fenced && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return fenced;
}

enum coord_err
sandbox_enter_service(const struct sandbox_service *sandbox, struct coord_error *err)
{
	bool files, calls;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set(err, COORD_EUNAVAIL, "sandbox: %s", strerror(errno));
	files = fence_files(sandbox);
	calls = fence_calls();
	if (files && calls)
		return COORD_OK;
	return error_set(err, COORD_EUNAVAIL, "sandbox: this kernel has no%s%s",
	    files ? "" : " Landlock",
	    calls   ? ""
	    : files ? " seccomp"
		    : " and no seccomp");
}

enum coord_err
sandbox_no_programs(struct coord_error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool fenced = filter != NULL &&
		      refuse_all(filter, programs, sizeof(programs) / sizeof(programs[0])) &&
		      seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
		      refuse_when(filter, SCMP_SYS(clone), CLONE_THREAD, 0) &&
		      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && seccomp_load(filter) == 0;

	seccomp_release(filter);
	return fenced ? COORD_OK
		      : error_set(err, COORD_EUNAVAIL, "sandbox: this kernel has no seccomp");
}
