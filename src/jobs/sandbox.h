/* sandbox.h - what a worker process may still ask of the system once its files and connections are open (private to jobs/).
 * Two fences, each of the kernel's own and neither of them needing rights: Landlock for files, seccomp for system calls. What is behind them is attacker-written text being
 * parsed; what they leave is reading system files, the database's folder, and (with a database or queue on the network) sockets out. */
#ifndef COORD_JOBS_SANDBOX_H
#define COORD_JOBS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct sandbox {
	const char *folder; /* of the SQLite database: written to; NULL: nothing is */
	bool network;       /* the store or the queue is reached by a socket */
};

/** For this process and all threads it starts from now on; call it before there are others. COORD_EUNAVAIL: this kernel has not both; what it has is in force. */
MUST_CHECK enum coord_err sandbox_enter(const struct sandbox *sandbox, struct coord_error *err);

/* sandbox_service.c: the process that answers requests and starts the workers (`coord serve`, `coord worker`). What it starts is fenced by this too. */
struct sandbox_service {
	const char *const *written; /* folders */
	size_t n_written;
	const char *const *read; /* files and folders; absent ones are left out */
	size_t n_read;
};

/** For this process, what it starts, and all threads it starts from now on: files that are not named (nor the system's) are not opened, no program runs but
 *  this one, and the calls that change the machine, look into other processes or load code into the kernel are refused. COORD_EUNAVAIL as above. */
MUST_CHECK enum coord_err sandbox_enter_service(
    const struct sandbox_service *sandbox, struct coord_error *err);
/** For this thread and all that it starts from now on: no new process, no program. The thread that starts workers is older. */
MUST_CHECK enum coord_err sandbox_no_programs(struct coord_error *err);

/* shared by both */
/** Everything that may be done to a file, and what a worker may do in its folder. */
extern const uint64_t sandbox_files_all, sandbox_files_write, sandbox_files_read;
/** Adds a rule to a Landlock rule set; what is not there is left out. */
void sandbox_allow_below(int rules, const char *path, uint64_t what);
/** What the C library, TLS and libpq read of their own accord. */
void sandbox_allow_system(int rules, bool network);

#endif
