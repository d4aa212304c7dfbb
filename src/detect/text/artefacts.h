/* artefacts.h - the exclusive artefacts of one session: things that two unrelated operators do not share by chance.
 *
 * Method  methods.md sections 5 and 8: an artefact is tested once, not once a pair, with a stated prior for the chance
 *         that two unrelated operators carry the same one. Public tools, markers and places are recognised
 *         (public_artefacts.h) and say so; they never count as exclusive.
 * Source  typed lines (also inside base64 once, and inside `sh -c`), requests and headers (percent, Log4j look-ups and
 *         base64 undone once), keys, URLs and file hashes that the honeypot stored. docs/artefacts.md has the rules.
 * Threads pure; one scratch arena each, rewound. Cost linear in the session's text. */
#ifndef COORD_DETECT_ARTEFACTS_H
#define COORD_DETECT_ARTEFACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"

struct arena;
struct session_table;

/** Kinds: enum, name in documents, pi: chance that two unrelated operators carry the same one (methods.md section 8). */
/* clang-format off */
#define ARTEFACT_KINDS(X)                                                                          \
	X(SSH_KEY, "ssh_key", 1e-4) /* "SHA256:..." as ssh-keygen -l prints it; note: the comment */    \
	X(FILE_HASH, "file_hash", 1e-3) /* lower-case hex of a transferred file */                     \
	X(URL, "url", 1e-3) /* normalise_url: host/path of something fetched */                        \
	X(C2, "c2", 1e-3) /* host:port connected to: nc, /dev/tcp, miner pool, LDAP of Log4j */        \
	X(WALLET, "wallet", 1e-4) /* Bitcoin, Monero (checksum), Ethereum (shape) address */        \
	X(PASSWORD, "password", 1e-3) /* planted by passwd, chpasswd, usermod */                       \
	X(MARKER, "marker", 1e-2) /* a brand left by the tool: "busybox FBOT", "echo gayfgt", "file /var/tmp/.var03522123" */
/* clang-format on */

enum artefact_kind {
#define ARTEFACT_KIND_ENUM(id, name, pi) ARTEFACT_##id,
	ARTEFACT_KINDS(ARTEFACT_KIND_ENUM)
#undef ARTEFACT_KIND_ENUM
	    ARTEFACT_KIND_COUNT
};

enum { ARTEFACTS_SESSION_MAX = 256 }; /* distinct ones of a session; later ones are not given */

struct artefact {
	enum artefact_kind kind;
	struct sv value; /* canonical: equal values, equal artefact. Valid during the call only */
	struct sv note;  /* for people, no part of the identity: the key's comment; else absent */
	bool is_public;  /* known to be shared by unrelated operators */
};

typedef void (*artefact_sink)(void *context, const struct artefact *artefact);

/** Gives each distinct artefact of row `row` once, in order of first sight. */
void artefacts_of_session(const struct session_table *table, uint32_t row, struct arena *scratch,
    artefact_sink sink, void *context);
/** The same for one typed line alone. */
void artefacts_of_line(struct sv line, struct arena *scratch, artefact_sink sink, void *context);

/** "ssh_key", "file_hash", "url", "c2", "wallet", "password", "marker". */
const char *artefact_kind_name(enum artefact_kind kind);
/** ln of the Bayes factor min(1 / pi, 1e6) of a kind. */
double artefact_log_bayes(enum artefact_kind kind);

#endif
