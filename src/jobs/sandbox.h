/* sandbox.h - what a worker process may still ask of the system once its files and connections are open (private to jobs/).
 * Two fences, each of the kernel's own and neither of them needing rights: Landlock for files, seccomp for system calls. What is behind them is attacker-written text being
 * parsed; what they leave is reading system files, the database's folder, and (with a database or queue on the network) sockets out. */
#ifndef COORD_JOBS_SANDBOX_H
#define COORD_JOBS_SANDBOX_H

#include <stdbool.h>

#include "base/error.h"

struct sandbox {
	const char *folder; /* of the SQLite database: written to; NULL: nothing is */
	bool network;       /* the store or the queue is reached by a socket */
};

/** For this process and all threads it starts from now on; call it before there are others. COORD_EUNAVAIL: this kernel has not both; what it has is in force. */
MUST_CHECK enum coord_err sandbox_enter(const struct sandbox *sandbox, struct coord_error *err);

#endif
