/* artefacts_walk.h - shared by the files that recognise artefacts (private to them). */
#ifndef COORD_DETECT_ARTEFACTS_WALK_H
#define COORD_DETECT_ARTEFACTS_WALK_H

#include "base/base.h"
#include "detect/text/artefacts.h"
#include "detect/text/shell.h"

struct artefacts_walk {
	struct arena *scratch;
	artefact_sink sink;
	void *context;
	uint64_t seen[ARTEFACTS_SESSION_MAX]; /* hashes of what was given */
	size_t n_seen;
	bool web; /* a request, not a typed line: only URLs of download commands count */
	bool from_open_place; /* the file hash at hand was fetched from a public place */
};

/** Gives an artefact unless it was given before. */
void artefacts_emit(
    struct artefacts_walk *walk, enum artefact_kind kind, struct sv value, struct sv note);
/** A typed line, or (decoded) a script that was wrapped in something. */
void artefacts_scan(struct artefacts_walk *walk, struct sv line, bool decoded);
void artefacts_keys(struct artefacts_walk *walk, struct sv text, struct sv next_word);

/* artefacts_places.c */
void artefacts_places(struct artefacts_walk *walk, const struct shell_command *command);
void artefacts_url(struct artefacts_walk *walk, struct sv url);
/** A request target, body or header value. `plus`: '+' stands for a blank. */
void artefacts_web(struct artefacts_walk *walk, struct sv text, bool plus);

#endif
