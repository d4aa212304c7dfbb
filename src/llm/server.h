/* server.h - asking a model server once: dialects, streams, failures, turns (private to llm/).
 * Reference for external systems, section 4. A server is one URL that speaks one dialect; a dialect has modes, from the one that constrains an answer to a schema
 * most strictly down to asking for it in the prompt. Which of them a server and model really obey is found by a probe, because several accept a
 * schema under 200 and ignore it; what comes is validated here again in any case. */
#ifndef COORD_LLM_SERVER_H
#define COORD_LLM_SERVER_H

#include "base/base.h"
#include "config/config.h"
#include "llm/llm.h"
#include "metrics/metrics.h"
#include "net/net.h"
#include "store/store.h"

/* --- failures ------------------------------------------------------------------------------------------------------------ */

/** Why a server gave no answer that counts: the label of the metric, and the reason of a narrative. */
#define LLM_FAILURES(X)                                                        \
	X(NONE, "answered", "")                                                \
	X(REFUSED, "refused", "the server's address is not allowed")           \
	X(DOWN, "down", "the server cannot be reached")                        \
	X(LOADING, "loading", "the server is still loading its model")         \
	X(BUSY, "busy", "the server has too much to do")                       \
	X(AUTH, "auth", "the server does not take the key")                    \
	X(NO_MODEL, "no_model", "the server does not have the model")          \
	X(REQUEST, "request", "the server does not take the request")          \
	X(SERVER, "server", "the server failed")                               \
	X(FIRST_TOKEN, "first_token", "no token came in time")                 \
	X(STALL, "stall", "the answer stopped in the middle")                  \
	X(TIMEOUT, "timeout", "the answer took too long")                      \
	X(TURN, "turn", "no turn came in time")                                \
	X(WHITESPACE, "whitespace", "the answer was endless white space")      \
	X(EMPTY, "empty", "the answer was empty")                              \
	X(CUT, "cut", "the answer was cut at the limit of tokens")             \
	X(PROMPT_CUT, "prompt_cut", "the server cut the prompt")               \
	X(BROKEN, "broken", "the answer broke off")                            \
	X(SCHEMA, "schema", "the answer was not what the schema asks for")     \
	X(CANARY, "canary", "the answer repeated what must never be repeated") \
	X(CANCELLED, "cancelled", "it was cancelled")

enum llm_failure {
#define LLM_FAILURE_ENUM(name, label, text) LLM_##name,
	LLM_FAILURES(LLM_FAILURE_ENUM)
#undef LLM_FAILURE_ENUM
	    LLM_FAILURES_N
};
const char *llm_failure_label(enum llm_failure failure);
const char *llm_failure_text(enum llm_failure failure);
/** It lies with this answer, so that another seed may do better; not with the server. */
static inline bool
llm_failure_is_of_answer(enum llm_failure f)
{
	return f == LLM_WHITESPACE || f == LLM_EMPTY || f == LLM_CUT || f == LLM_BROKEN ||
	       f == LLM_SCHEMA || f == LLM_CANARY || f == LLM_STALL;
}

/* --- streams ------------------------------------------------------------------------------------------------------------- */

enum { CONTENT_MOST = 1 << 18, LINE_MOST = 1 << 18, HEAD_MOST = 4096, BLANKS_MOST = 64 };

/** An answer as it comes: records of NDJSON lines or SSE events, their text put together. */
struct llm_stream {
	bool sse;
	struct json_parser *parser;
	struct buf line, event; /* what has come of the record that is not whole yet */
	struct buf content;
	char head[HEAD_MOST]; /* the first bytes, for errors that are no stream */
	size_t n_head;
	bool reasoned; /* text came as reasoning, which is never the answer */
	bool done, cut;
	enum llm_failure failure;
	char error[160]; /* the server's own words, printable */
	unsigned blanks; /* white space at the end of content */
	uint64_t prompt_tokens, answer_tokens;
};
/** False: no memory. llm_stream_clear releases it whatever it says. */
bool llm_stream_init(struct llm_stream *stream, bool sse);
void llm_stream_clear(struct llm_stream *stream);
/** Takes a piece of any length. False: stop, `failure` says why. */
bool llm_stream_add(struct llm_stream *stream, struct sv piece);
/** Nothing more comes: the last line may lack its end. */
void llm_stream_end(struct llm_stream *stream);

/* --- dialects ------------------------------------------------------------------------------------------------------------ */

enum llm_kind { LLM_OLLAMA, LLM_VLLM, LLM_LLAMA_CPP, LLM_OPENAI, LLM_KINDS };
const char *llm_kind_name(enum llm_kind kind);

/** How an answer is tied to the schema, the strictest first. */
enum llm_mode {
	LLM_MODE_SCHEMA_NO_THINKING, /* Ollama: format = schema, think = false; llama.cpp: the same by its template's switch */
	LLM_MODE_SCHEMA,     /* format = schema; response_format json_schema */
	LLM_MODE_STRUCTURED, /* vLLM: structured_outputs.json */
	LLM_MODE_GUIDED,     /* vLLM before 0.12: guided_json */
	LLM_MODE_GRAMMAR,    /* llama.cpp: json_schema beside the messages */
	LLM_MODE_OBJECT,     /* any JSON object; the schema is in the prompt */
	LLM_MODE_PROMPT,     /* nothing; the schema is in the prompt */
	LLM_MODES,
};
const char *llm_mode_name(enum llm_mode mode);
/** The i-th mode of a kind; false: it has no more. */
bool llm_kind_mode(enum llm_kind kind, size_t i, enum llm_mode *ret);

struct chat {
	struct sv model;
	struct sv system, user;
	struct sv schema; /* one JSON object */
	enum llm_mode mode;
	uint64_t seed, context, answer;
	int64_t keep_alive_us;
};
const char *dialect_path(enum llm_kind kind);
bool dialect_is_sse(enum llm_kind kind);
void dialect_write(enum llm_kind kind, const struct chat *chat, struct buf *out);
/** Reads one record of a stream. False: it ended badly. */
bool dialect_take(struct llm_stream *stream, struct json_value record);
/** Of an answer that is not 200. */
enum llm_failure dialect_failure(int status, struct sv head, char *ret_error, size_t room);

/* --- one server ---------------------------------------------------------------------------------------------------------- */

enum { MODELS_MOST = 16, MODEL_NAME_MOST = 128 };

struct llm_model {
	char name[MODEL_NAME_MOST];
	char digest[72]; /* hexadecimal, or "" */
	bool probed;
	enum llm_mode mode; /* when probed: the strictest that it obeyed */
	bool obeys;         /* the server holds it to the schema */
};

struct llm_server {
	enum llm_kind kind;
	struct llm_model models[MODELS_MOST]; /* those to use, the best first */
	size_t n_models;
	int64_t found_us;  /* of the monotonic clock; 0: not found */
	uint32_t failures; /* since */
};

struct llm {
	const struct config *config;
	struct net *net;
	struct store *store;
	struct metrics *metrics;
	char *base; /* the URL without "/v1" and last "/" */
	struct net_gate gate;
	bool remote;           /* it may be off the site: no attacker text is sent */
	struct llm_lock *lock; /* over `server` and the turns of this process */
	struct llm_server server;
	unsigned running; /* turns taken in this process */
	char claimant[48];
};

/** What a call is held to. */
struct llm_call {
	struct llm *llm;
	int64_t deadline_us; /* monotonic */
	const volatile bool *cancel;
	enum llm_failure failure; /* of the last try */
	char error[160]; /* the server's own words: for logs and probes, never for a narrative */
};

bool llm_cancelled(const struct llm_call *call);
/** Sleeps at most so long, less at the deadline or when cancelled. */
void llm_wait(const struct llm_call *call, int64_t us);

/** What one answer was. */
struct llm_answer {
	struct buf content;
	uint64_t prompt_tokens, answer_tokens;
};
/** Asks once, without a turn or cache. The answer's content is whatever came: not validated. */
enum llm_failure chat_once(
    struct llm_call *call, enum llm_kind kind, const struct chat *chat, struct llm_answer *ret);
/** GET of a path; LLM_NONE and the body when it was 200. */
enum llm_failure server_get(struct llm_call *call, const char *path, struct buf *ret, int *status);
/** Which server it is, which models it has and what they obey; remembered. False: call->failure. A copy is returned. */
bool server_find(struct llm_call *call, struct llm_server *ret);
/** Finds out how a model is to be asked, when that is not known yet. */
bool server_probe_model(struct llm_call *call, struct llm_server *server, size_t model);
/** A call failed or went well: after several failures it is found anew. */
void server_told(struct llm *llm, enum llm_failure failure);

/** A turn on the GPU: at most COORD_LLM_PARALLEL at once of all processes on one store. */
struct llm_turn {
	struct llm *llm;
	int slot; /* -1: none */
	char claimant[72];
	int64_t renewed_us;
};
bool turn_take(struct llm_call *call, struct llm_turn *ret);
void turn_renew(struct llm_turn *turn);
void turn_give(struct llm_turn *turn);
void turn_lock(struct llm *llm);
void turn_unlock(struct llm *llm);

/* --- one question --------------------------------------------------------------------------------------------------------- */

/** What is asked, and what the answer has to be. `secret`: prompts hold a canary and delimiters that are drawn anew each time; in `key_*` they are left out, so
 *  that the same question has the same cache key. */
struct llm_question {
	struct sv system, user, schema;
	struct sv key_text; /* what the cache's key is made of beside model and settings */
	struct sv canary;
};
struct llm_reply {
	struct sv json; /* validated against the schema */
	struct sv model, digest;
	const char *kind;
	bool cached;
	bool suspicious; /* on the way an answer repeated the canary */
};
/** Asks the models in turn until one answers as asked. False: call->failure. Texts live in the arena. */
bool question_ask(struct llm_call *call, const struct llm_question *question, struct arena *arena,
    struct llm_reply *ret);

/* --- schemas --------------------------------------------------------------------------------------------------------------- */

/** Whether a value is what a schema says: type, enum, properties, required, additionalProperties, items, minItems, maxItems, minLength, maxLength,
 *  minimum, maximum. `path` tells where it is not. Unknown keywords are not looked at: the schemas are ours. */
bool schema_holds(struct json_value schema, struct json_value value, struct buf *path);
/** The JSON in an answer: the whole of it, or what stands in one code fence. SV_NONE: neither. */
struct sv schema_strip(struct sv content);

#endif
