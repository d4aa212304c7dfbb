/* files.h - what all analyses of a process rest on, opened once (private to jobs/; jobs.h has the functions). */
#ifndef COORD_JOBS_FILES_H
#define COORD_JOBS_FILES_H

#include "detect/detect.h"
#include "reference/reference.h"
#include "report/report.h"
#include "tools/tools.h"

enum { FILES_MOST = 4 };

struct jobs_files {
	struct reference *reference;   /* NULL: none named */
	struct null_table *null_table; /* NULL: none named */
	struct asn_database *asn;      /* NULL: none named */
	struct detect_model *model;    /* the program's own when none is named */
	struct knowledge *knowledge;   /* the shipped lists */
	struct report_file
	    named[FILES_MOST]; /* for the document: what was opened, by its base name */
	char hashes[FILES_MOST][65];
	size_t n_named;
};

#endif
