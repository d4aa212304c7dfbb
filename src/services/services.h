/* services.h - one analysis as everybody makes it, the command line and the workers: what it rests on, opened once, and how it is run.
 * Files of a process are shared by all its analyses, by any number of threads. */
#ifndef COORD_SERVICES_H
#define COORD_SERVICES_H

#include "detect/detect.h"
#include "reference/reference.h"
#include "report/report.h"
#include "tools/tools.h"
#include "workflow/workflow.h"

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
	/* databases of this machine (tools/tools.h): by file, of a folder, the system's. Its feeds and lists of scanners count as lists */
	const char *tools_folder;
	const char *const *tools_files;
	size_t n_tools_files;
	bool tools_system; /* behind all others, when it is there */
	bool
	    base_names; /* documents name a file by its base name: where it lies is nobody's business */
};

struct services_files {
	struct reference *reference;                   /* NULL: none named */
	struct null_table *null_table;                 /* NULL: none named */
	struct asn_database *asn;                      /* NULL: none named */
	struct tools_offline *offline;                 /* NULL: none */
	struct detect_model *model;                    /* the program's own when none is named */
	struct knowledge *knowledge;                   /* the shipped lists, and those given */
	struct report_file named[SERVICES_FILES_MOST]; /* what was opened, for documents */
	char hashes[SERVICES_FILES_MOST][65];
	size_t n_named;
	struct services_kept_list
	    *lists; /* the texts of the lists, in order, for services_knowledge */
	size_t n_lists;
	struct arena *arena; /* of names and texts */
};

/** COORD_EIO, COORD_EPARSE name the file; COORD_ELIMIT: more than SERVICES_FILES_MOST; COORD_ENOMEM. */
MUST_CHECK enum coord_err services_files_open(
    const struct services_paths *paths, struct services_files **ret, struct coord_error *err);
/** NULL does nothing. */
void services_files_close(struct services_files *files);
/** Puts them into a configuration, whose other members stay: model, null table, look-ups, lists. */
void services_files_use(const struct services_files *files, struct detect_config *config);
/** The shipped lists and these, anew, for adding to. COORD_ENOMEM. Release it with detect_knowledge_free. */
MUST_CHECK enum coord_err services_knowledge(
    const struct services_files *files, struct knowledge **ret, struct coord_error *err);
/** The file of a list as it was given: FILE, or of a feed what is behind NAME=. */
const char *services_list_path(const struct services_list *list);

/* --- an analysis: a run of the graph ---------------------------------------------------------------------------------------
 * orchestrator -> pattern_analyzer -> tool_coordinator -> bgp | geo | intel -> confidence_scorer -> narrator -> deliver (graph.c has the table).
 * The state that is checkpointed is small: hashes, the plan, the answers, the judgement. Sessions and the engine's result are not in it: they are the
 * request's, and are made again when a run goes on in another process, which gives the same bits. */

struct enrich;
struct llm;

enum services_tools {
	SERVICES_NO_TOOLS,
	SERVICES_OFFLINE, /* databases of this machine */
	SERVICES_ONLINE,  /* and the providers that are named */
};
const char *services_tools_name(enum services_tools tools);

/** What all runs of a process share; borrowed. */
struct services_world {
	const struct services_files *files;
	struct tools *tools;   /* NULL: nobody is asked */
	struct llm *llm;       /* NULL: the template tells it */
	struct enrich *enrich; /* NULL: nothing is written into an index */
};

struct services_request {
	const struct session_table *table;
	struct detect_config config; /* without the files, which are put in */
	struct report_input report;  /* for the document: ingest, id, version, sources, options */
	enum services_tools tools;
	bool approve; /* a person is asked before anything leaves the site */
	/* the run: workflow/workflow.h has the meaning */
	const char *run_id;
	int64_t created_us; /* of the analysis: chooses the index */
	const char *analysis;
	uint64_t fence;
	struct workflow_checkpointer *checkpointer;
	void (*event)(void *context, const struct workflow_event *event);
	void *event_context;
	const atomic_bool *cancel;
};

struct services_run {
	enum workflow_status status; /* done; paused: a question is open; cancelled; failed */
	struct coord_error error;    /* of a failed one */
	bool has_result;             /* done: the two below */
	struct detect_result result;
	struct report_input report;   /* complete: with external, answers, narrative, chain */
	struct services_known *known; /* what the result's lists point into */
	bool enriched;                /* answers from outside are in it */
	/* what stands beside the document, which was judged before it was known */
	bool indexed;              /* an index took all of it */
	struct sv provider_status; /* the report's, with the index */
};
/** Runs the graph, or goes on behind its last checkpoint. Texts of *ret live in the arena, the result until services_run_clear (whatever is returned).
 *  Errors as workflow_run; a node that failed is a status. */
MUST_CHECK enum coord_err services_analyse(const struct services_world *world,
    const struct services_request *request, struct arena *arena, struct services_run *ret,
    struct coord_error *err);
void services_run_clear(struct services_run *run);
/** The same graph, for drawing and checking. */
const struct workflow_graph *services_graph(void);
/** Runs a finished run's nodes again from what was saved, asking nobody (workflow_replay). */
MUST_CHECK enum coord_err services_replay(const struct services_world *world,
    const struct services_request *request, struct arena *arena, struct workflow_replay *ret,
    struct coord_error *err);

/** A name and its new value, as text. */
struct services_change {
	struct sv name, value;
};
/** Depth, tools, prior ...: of the request, not of the state. */
bool services_is_wish(struct sv name);
/** A run that goes on from step `step` of another, for the new analysis `submission` (whose id it has, and which has the wishes already). Answers to the steps before it
 *  are kept, those behind are asked anew. COORD_ENODATA: no run `from`. COORD_EINVALID: no such step; nothing that can be changed has this name; where it
 *  cannot be changed any more, or is written again; a value that it does not take: the text begins with the name. */
struct services_fork {
	struct sv from;
	uint32_t step;
	const struct services_change *changes;
	size_t n_changes;
	const struct store_submission *submission;
	int64_t now_us;
};
MUST_CHECK enum coord_err services_fork(struct workflow_checkpointer *checkpointer,
    const struct services_fork *fork, struct arena *arena, struct coord_error *err);

/** What a document proves of how it came about. */
struct services_proof {
	bool present; /* it has a chain at all */
	size_t links, answers;
};
/** Checks the evidence chain of a result document: every link, its head, and that state, narrative, answers and document are those that it has the hashes of.
 *  COORD_EINVALID: the text says where it breaks first; COORD_EPARSE. */
MUST_CHECK enum coord_err services_prove(
    struct sv document, struct services_proof *ret, struct coord_error *err);

/* --- answers as knowledge ------------------------------------------------------------------------------------------------- */

/** The lists and look-ups that answers come to: the only way in which they reach the verdict. */
struct services_known;
/** `answers`: a JSON array of tools_answer objects. *ret NULL: nothing in them could change anything. `files`' lists are read in again. `sources`: all of the
 *  sessions, in any order, as often as they like: a provider is believed when it answered about every one of them, because a source that nobody asked about
 *  is not one that is on no list (known scanners say something of each alone). */
MUST_CHECK enum coord_err services_known_new(const struct services_files *files, struct sv answers,
    const struct addr *sources, size_t n_sources, struct services_known **ret,
    struct coord_error *err);
void services_known_use(const struct services_known *known, struct detect_config *config);
void services_known_free(struct services_known *known);

#endif
