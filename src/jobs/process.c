/* process.c - limits and rights of the processes: whom they run as, what they may use, what nobody may read from them. */
#define _GNU_SOURCE /* initgroups */
#include <errno.h>
#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "jobs/jobs.h"
#include "jobs/sandbox.h"

/* Workers give way to the front door on the same machine. */
enum { WORKER_NICE = 5 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#else
enum { SANITIZED = 0 };
#endif

void
process_keep_secrets(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

enum coord_err
process_become_user(const struct config *config, struct coord_error *err)
{
	const char *name = config->user;
	const struct passwd *user;

	if (name == NULL || name[0] == 0)
		return COORD_OK;
	errno = 0;
	user = getpwnam(name);
	if (user == NULL)
		return error_set(err, COORD_EINVALID, "COORD_USER: there is no user %s", name);
	if (user->pw_uid == geteuid() && geteuid() != 0)
		return COORD_OK;
	if (geteuid() != 0)
		return error_set(err, COORD_EINVALID,
		    "COORD_USER: only root can become %s; leave it out, or start as root", name);
	if (initgroups(name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
	    setuid(user->pw_uid) != 0)
		return error_set(
		    err, COORD_EIO, "COORD_USER: cannot become %s: %s", name, strerror(errno));
	if (user->pw_uid != 0 && setuid(0) == 0)
		return error_set(err, COORD_EIO, "COORD_USER: root's rights did not go");
	return COORD_OK;
}

static enum coord_err
limit_memory(uint64_t bytes, struct coord_error *err)
{
	const struct rlimit limit = { (rlim_t)bytes, (rlim_t)bytes };

	/* an arena a thread would reserve 64 MiB of addresses each */
	(void)mallopt(M_ARENA_MAX, 2);
	if (!SANITIZED && setrlimit(RLIMIT_AS, &limit) != 0)
		return error_set(
		    err, COORD_EIO, "COORD_WORKER_MEMORY: cannot be set: %s", strerror(errno));
	return COORD_OK;
}

enum coord_err
worker_confine(const struct config *config, const char *folder, struct coord_error *err)
{
	struct sandbox sandbox = { .folder = folder,
		.network = folder == NULL || config->redis_url[0] != 0 ||
			   config->providers[0] != 0 || config->llm_service_url[0] != 0 ||
			   config->elasticsearch_url[0] != 0 };

	process_keep_secrets();
	(void)setpriority(PRIO_PROCESS, 0, WORKER_NICE);
	TRY(limit_memory(config->worker_memory, err));
	return config->sandbox && !SANITIZED ? sandbox_enter(&sandbox, err) : COORD_OK;
}

enum coord_err
service_confine(const struct config *config, const char *const *written, size_t n_written,
    const char *const *read, size_t n_read, struct coord_error *err)
{
	const struct sandbox_service sandbox = {
		.written = written, .n_written = n_written, .read = read, .n_read = n_read
	};

	return config->sandbox && !SANITIZED ? sandbox_enter_service(&sandbox, err) : COORD_OK;
}

enum coord_err
service_start_nothing(const struct config *config, struct coord_error *err)
{
	return config->sandbox && !SANITIZED ? sandbox_no_programs(err) : COORD_OK;
}
