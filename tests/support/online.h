/* online.h - for tests of look-ups over the network: the stand-ins of tests/support/providers.py, a clock that goes when it is slept by, a configuration of a line. */
#ifndef COORD_TESTS_SUPPORT_ONLINE_H
#define COORD_TESTS_SUPPORT_ONLINE_H

#include "standin.h"
#include "tools/tools.h"

/** 2026-01-05T12:00:00Z, a Monday. */
#define ONLINE_NOW INT64_C(1767614400000000)

struct online {
	struct standin standin;
	struct arena *arena;
	struct net *net;
	struct store *store; /* NULL unless online_store */
	struct tools *tools;
	int64_t now_us;  /* of the clock */
	int64_t turn_us; /* somebody sets the clock by this much, during the next sleep */
	struct coord_error err;
};

/** Starts the stand-ins (`program`: providers.py) once for all tests of a program; fails without python3. */
void online_start(struct online *w, const char *program);
void online_stop(struct online *w);
/** A fresh arena and clock, stand-ins that have forgotten everything. Between tests. */
void online_begin(struct online *w);
void online_end(struct online *w);
/** A store in a file of the stand-ins' folder; opens it again when it is there. */
struct store *online_store(const struct online *w);
void online_remove_store(const struct online *w);
/** tools for these providers, each with the stand-in's URL and `members` (JSON members, "\"per_day\":2"; "" for none) set; `settings`: more "NAME=text", NULL at the end, or NULL. */
struct tools *online_tools(
    struct online *w, const char *providers, const char *members, const char *const *settings);
/** POST /control/<provider> with this JSON. */
void online_control(struct online *w, const char *provider, const char *json);
/** Requests that a provider has got. */
size_t online_count(struct online *w, const char *provider);
/** All of them, as JSON. In the arena. */
struct sv online_requests(struct online *w, const char *provider);
/** One look-up, answered. */
struct tools_answer online_ask(struct online *w, const char *provider, const char *call,
    enum tools_kind kind, const char *text);
struct tools_lookup online_lookup(struct online *w, const char *provider, const char *call,
    enum tools_kind kind, const char *text);
/** "asn=3045 prefix=45.9.20.0/24": the facts of one answer, in the arena. */
const char *online_facts(struct online *w, const struct tools_answer *answer);

#endif
