/* services.h - one analysis as everybody makes it, the command line and the workers: what it rests on, opened once, and how it is run.
 * Files of a process are shared by all its analyses, by any number of threads. */
#ifndef COORD_SERVICES_H
#define COORD_SERVICES_H

#include "detect/detect.h"
#include "reference/reference.h"
#include "report/report.h"
#include "tools/tools.h"

/* --- what all analyses of a process rest on ------------------------------------------------------------------------- */

enum { SERVICES_FILES_MOST = 64 };

/** A list by its file. */
struct services_list {
	enum detect_list_kind kind;
	const char *text; /* as given: FILE, of a feed NAME=FILE */
};

/** What to open; NULL or "": none. Borrowed during services_files_open. */
struct services_paths {
	const char *reference, *null_table, *asn, *model;
	const struct services_list *lists;
	size_t n_lists;
	bool
	    base_names; /* documents name a file by its base name: where it lies is nobody's business */
};

struct services_files {
	struct reference *reference;                   /* NULL: none named */
	struct null_table *null_table;                 /* NULL: none named */
	struct asn_database *asn;                      /* NULL: none named */
	struct detect_model *model;                    /* the program's own when none is named */
	struct knowledge *knowledge;                   /* the shipped lists, and those given */
	struct report_file named[SERVICES_FILES_MOST]; /* what was opened, for documents */
	char hashes[SERVICES_FILES_MOST][65];
	size_t n_named;
	struct arena *arena; /* of the names */
};

/** COORD_EIO, COORD_EPARSE name the file; COORD_ELIMIT: more than SERVICES_FILES_MOST; COORD_ENOMEM. */
MUST_CHECK enum coord_err services_files_open(
    const struct services_paths *paths, struct services_files **ret, struct coord_error *err);
/** NULL does nothing. */
void services_files_close(struct services_files *files);
/** Puts them into a configuration, whose other members stay: model, null table, look-ups, lists. */
void services_files_use(const struct services_files *files, struct detect_config *config);
/** The file of a list as it was given: FILE, or of a feed what is behind NAME=. */
const char *services_list_path(const struct services_list *list);

#endif
