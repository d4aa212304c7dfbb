/* faults.h - what is wrong with a request's body, in FastAPI's layout, so that generic clients can read it (private to
 * api/): {"type":"missing","loc":["body","attack_sessions",3,"source_ip"],"msg":"Field required","input":null,"ctx":{...}}.
 * The first FAULTS_SHOWN are written, all are counted. Text of the client is never given back whole. */
#ifndef COORD_API_FAULTS_H
#define COORD_API_FAULTS_H

#include "base/base.h"

enum { FAULTS_SHOWN = 100, FAULT_INPUT_MOST = 64, FAULT_LOC_MOST = 5 };

struct faults {
	struct buf json; /* the list, without its closing bracket until faults_end */
	struct jsonw w;
	uint64_t n;
};

/** A step of the way to the element: a name, or (name NULL) an index. */
struct fault_step {
	const char *name;
	uint64_t index;
};
struct fault_at {
	struct fault_step steps[FAULT_LOC_MOST]; /* behind "body" */
	unsigned n;
};

struct fault {
	const char *type, *msg;
	const char *ctx;   /* a JSON object, or NULL */
	struct sv shown;   /* of the input: SV_NONE null; cut to FAULT_INPUT_MOST */
	bool shown_object; /* the input is shown as {} */
	bool shown_raw;    /* `shown` is a number as JSON */
};

void faults_begin(struct faults *f);
void faults_add(struct faults *f, const struct fault_at *at, const struct fault *fault);
/** Ends the list; its JSON array, valid until faults_clear. */
struct sv faults_end(struct faults *f);
void faults_clear(struct faults *f);

struct fault_at fault_step_name(struct fault_at at, const char *name);
struct fault_at fault_step_index(struct fault_at at, uint64_t index);

#endif
