/* chat.c - one request to a server: written, streamed, held to its limits (first token, stall, whole), and judged. */
#include "llm/server.h"

#include <stdio.h>

enum { STEP_US = 50000, GET_MOST = 1 << 20 };

bool
llm_cancelled(const struct llm_call *call)
{
	return call->cancel != NULL && __atomic_load_n(call->cancel, __ATOMIC_RELAXED);
}

void
llm_wait(const struct llm_call *call, int64_t us)
{
	int64_t until_us = clock_steady() + us;

	until_us = until_us < call->deadline_us ? until_us : call->deadline_us;
	while (!llm_cancelled(call)) {
		int64_t left_us = until_us - clock_steady();

		if (left_us <= 0)
			return;
		clock_sleep(left_us < STEP_US ? left_us : STEP_US);
	}
}

/* --- a stream under its limits --------------------------------------------------------------------------------------------- */

struct exchange {
	struct llm_call *call;
	struct llm_stream stream;
	int64_t began_us, heard_us; /* heard 0: nothing yet */
	int64_t first_us, stall_us;
	enum llm_failure late;
	struct llm_turn *turn;
};

static bool
on_data(void *context, struct sv piece)
{
	struct exchange *x = context;

	x->heard_us = clock_steady();
	return llm_stream_add(&x->stream, piece) && !x->stream.done;
}

static bool
on_idle(void *context)
{
	struct exchange *x = context;
	int64_t now_us = clock_steady();

	if (x->heard_us == 0 && now_us - x->began_us > x->first_us)
		x->late = LLM_FIRST_TOKEN;
	else if (x->heard_us != 0 && now_us - x->heard_us > x->stall_us)
		x->late = LLM_STALL;
	if (x->turn != NULL)
		turn_renew(x->turn);
	return x->late == LLM_NONE;
}

static enum llm_failure
failure_of_outcome(const struct exchange *x, const struct net_answer *answer)
{
	if (x->late != LLM_NONE)
		return x->late;
	if (x->stream.failure != LLM_NONE || x->stream.done)
		return x->stream.failure;
	switch (answer->outcome) {
	case NET_ANSWERED:
		return LLM_NONE;
	case NET_REFUSED:
		return LLM_REFUSED;
	case NET_TIMEOUT:
		return LLM_TIMEOUT;
	case NET_CANCELLED:
		return llm_cancelled(x->call) ? LLM_CANCELLED : LLM_BROKEN;
	case NET_BROKEN:
	case NET_TOO_LARGE:
		return LLM_BROKEN;
	case NET_NO_NAME:
	case NET_NO_CONNECTION:
	case NET_TLS:
		return LLM_DOWN;
	}
	return LLM_DOWN;
}

static size_t
headers_of(const struct llm *llm, struct buf *authorization, struct net_header ret[2])
{
	size_t n = 0;

	ret[n++] = (struct net_header){ "Content-Type", "application/json" };
	if (llm->config->llm_key[0] == 0)
		return n;
	buf_printf(authorization, "Bearer %s", llm->config->llm_key);
	ret[n++] = (struct net_header){ "Authorization", buf_cstr(authorization) };
	return n;
}

/** Microseconds until the call's end, `most` at most; 0: it is over. */
static int64_t
left_us(const struct llm_call *call, int64_t most)
{
	int64_t left = call->deadline_us - clock_steady();

	return left <= 0 ? 0 : left < most ? left : most;
}

static void
count_tokens(const struct llm *llm, const struct llm_stream *stream)
{
	metrics_add(llm->metrics, METRIC_LLM_TOKENS, "prompt", NULL, (double)stream->prompt_tokens);
	metrics_add(llm->metrics, METRIC_LLM_TOKENS, "answer", NULL, (double)stream->answer_tokens);
}

static enum llm_failure
judge(struct exchange *x, const struct chat *chat, const struct net_answer *answer)
{
	enum llm_failure failure;

	if (answer->outcome == NET_ANSWERED && answer->status != 200)
		return dialect_failure(answer->status,
		    (struct sv){ x->stream.head, x->stream.n_head }, x->stream.error,
		    sizeof(x->stream.error));
	failure = failure_of_outcome(x, answer);
	if (failure != LLM_NONE)
		return failure;
	llm_stream_end(&x->stream);
	if (x->stream.failure == LLM_NONE && x->stream.prompt_tokens + chat->answer > chat->context)
		return LLM_PROMPT_CUT;
	return x->stream.failure;
}

static enum llm_failure
run(struct exchange *x, enum llm_kind kind, const struct chat *chat, struct coord_error *err)
{
	struct llm *llm = x->call->llm;
	CLEANUP(buf_clear)
	struct buf body = BUF_INIT((size_t)16 << 20), url = BUF_INIT(4096),
		   authorization = BUF_INIT(8192);
	struct net_header headers[2];
	struct net_request request = { .method = "POST",
		.headers = headers,
		.gate = &llm->gate,
		.total_us = left_us(x->call, llm->config->llm_timeout),
		.answer_most = (size_t)16 << 20,
		.on_data = on_data,
		.on_idle = on_idle,
		.context = x,
		.cancel = x->call->cancel };
	struct net_answer answer;
	enum llm_failure failure;

	if (request.total_us == 0)
		return LLM_TIMEOUT;
	dialect_write(kind, chat, &body);
	buf_printf(&url, "%s%s", llm->base, dialect_path(kind));
	request.url = buf_cstr(&url);
	request.n_headers = headers_of(llm, &authorization, headers);
	request.body = buf_sv(&body);
	if (body.failed || net_fetch(llm->net, &request, &answer, err) != COORD_OK)
		return LLM_REFUSED;
	failure = judge(x, chat, &answer);
	net_answer_clear(&answer);
	return failure;
}

enum llm_failure
chat_once(
    struct llm_call *call, enum llm_kind kind, const struct chat *chat, struct llm_answer *ret)
{
	struct llm *llm = call->llm;
	struct exchange x = { .call = call,
		.began_us = clock_steady(),
		.first_us = llm->config->llm_first_token,
		.stall_us = llm->config->llm_stall };
	struct coord_error err = { .code = COORD_OK };
	enum llm_failure failure = LLM_BROKEN;
	struct llm_turn turn;

	call->error[0] = 0;
	if (!turn_take(call, &turn)) {
		call->failure = llm_cancelled(call) ? LLM_CANCELLED : LLM_TURN;
		return call->failure;
	}
	x.turn = &turn;
	x.began_us = clock_steady();
	if (llm_stream_init(&x.stream, dialect_is_sse(kind)))
		failure = run(&x, kind, chat, &err);
	turn_give(&turn);
	if (x.heard_us != 0)
		metrics_observe(llm->metrics, METRIC_LLM_SECONDS, "first_token", NULL,
		    (double)(x.heard_us - x.began_us) / TIME_SECOND);
	metrics_observe(llm->metrics, METRIC_LLM_SECONDS, "answer", NULL,
	    (double)(clock_steady() - x.began_us) / TIME_SECOND);
	metrics_add(llm->metrics, METRIC_LLM_REQUESTS, llm_failure_label(failure), NULL, 1);
	count_tokens(llm, &x.stream);
	call->failure = failure;
	(void)snprintf(call->error, sizeof(call->error), "%.150s",
	    x.stream.error[0] != 0 ? x.stream.error
	    : err.code != COORD_OK ? err.what
				   : "");
	buf_add_sv(&ret->content, buf_sv(&x.stream.content));
	ret->prompt_tokens = x.stream.prompt_tokens;
	ret->answer_tokens = x.stream.answer_tokens;
	llm_stream_clear(&x.stream);
	return failure;
}

/* --- looking at a server ---------------------------------------------------------------------------------------------------- */

enum llm_failure
server_get(struct llm_call *call, const char *path, struct buf *ret, int *status)
{
	struct llm *llm = call->llm;
	CLEANUP(buf_clear) struct buf url = BUF_INIT(4096), authorization = BUF_INIT(8192);
	struct net_header headers[2];
	struct net_request request = { .gate = &llm->gate,
		.headers = headers,
		.total_us = left_us(call, 10 * TIME_SECOND),
		.answer_most = GET_MOST,
		.cancel = call->cancel };
	struct net_answer answer;
	struct coord_error err;
	struct exchange x = { .call = call };

	*status = 0;
	if (request.total_us == 0)
		return LLM_TIMEOUT;
	buf_printf(&url, "%s%s", llm->base, path);
	request.url = buf_cstr(&url);
	request.n_headers = headers_of(llm, &authorization, headers);
	if (net_fetch(llm->net, &request, &answer, &err) != COORD_OK) {
		(void)snprintf(call->error, sizeof(call->error), "%.150s", err.what);
		return LLM_REFUSED;
	}
	*status = answer.status;
	buf_add_sv(ret, buf_sv(&answer.body));
	call->failure = failure_of_outcome(&x, &answer);
	if (call->failure == LLM_NONE && answer.status != 200)
		call->failure = dialect_failure(
		    answer.status, buf_sv(&answer.body), call->error, sizeof(call->error));
	else if (call->failure != LLM_NONE)
		(void)snprintf(call->error, sizeof(call->error), "%.150s", answer.what);
	net_answer_clear(&answer);
	return call->failure;
}
