/* callback_try.c - one delivery tried once, by Standard Webhooks: posted to exactly the URL that was given, signed over the exact bytes, under an id that
 * is the same on every try. What the receiver answers is looked at for its status and Retry-After; its body is thrown away unread. */
#include <stdio.h>

#include "jobs/callbacks.h"

#define CONNECT_US (5 * TIME_SECOND)
#define TOTAL_US (20 * TIME_SECOND)
#define DAY_US (86400 * TIME_SECOND)

enum { ANSWER_MOST = 64 << 10 };

/** Reference for external systems, section 6.6: seconds before each try after the first. */
static const int32_t waits_s[] = { 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400 };

int64_t
callback_wait(const char *id, uint32_t attempts, int64_t retry_after_us)
{
	uint64_t drawn;
	int64_t wait;

	if (attempts == 0 || attempts > sizeof(waits_s) / sizeof(waits_s[0]))
		return 0;
	/* a tenth more or less, so that those that failed together do not come back together */
	drawn = hash_mix(siphash13(hash_table_key(), id, strlen(id)), attempts) % 2001;
	wait = waits_s[attempts - 1] * (TIME_SECOND / 1000) * (int64_t)(9000 + drawn) / 10;
	retry_after_us = retry_after_us < DAY_US ? retry_after_us : DAY_US;
	return wait > retry_after_us ? wait : retry_after_us;
}

static bool
throw_away(void *context, struct sv piece)
{
	(void)context;
	(void)piece;
	return true;
}

static void
end(struct callback_outcome *ret, enum callback_verdict verdict, const char *why)
{
	ret->verdict = verdict;
	(void)snprintf(ret->error, sizeof(ret->error), "%s", why);
}

/** It failed in a way that may pass: when again? */
static void
again(const struct callback_try *t, int64_t retry_after_us, struct callback_outcome *ret)
{
	int64_t wait = callback_wait(t->callback->id, t->callback->attempts + 1, retry_after_us);

	ret->verdict = wait == 0 ? CALLBACK_DEAD : CALLBACK_RETRY;
	ret->next_us = wait == 0 ? 0 : t->now_us + wait;
}

static void
judge_status(const struct callback_try *t, const struct net_answer *a, struct callback_outcome *ret)
{
	if (a->status >= 200 && a->status < 300) {
		end(ret, CALLBACK_DELIVERED, "");
		return;
	}
	(void)snprintf(ret->error, sizeof(ret->error), "the receiver answered %d", a->status);
	if (a->status == 410)
		ret->verdict = CALLBACK_DEAD;
	else
		again(t, a->retry_after_us, ret);
}

static void
judge(const struct callback_try *t, const struct net_answer *a, struct callback_outcome *ret)
{
	switch (a->outcome) {
	case NET_ANSWERED:
	case NET_TOO_LARGE: /* its status came before */
		judge_status(t, a, ret);
		return;
	case NET_REFUSED:
		end(ret, CALLBACK_REFUSED, "not allowed to go there");
		return;
	case NET_CANCELLED:
		end(ret, CALLBACK_STOPPED, "");
		return;
	default:
		end(ret, CALLBACK_RETRY, net_outcome_name(a->outcome));
		again(t, 0, ret);
	}
}

static enum coord_err
post(const struct callback_try *t, struct net_answer *ret, struct coord_error *err)
{
	char id[STORE_ID_LEN + 8], stamp[24], url[2049];
	struct buf signature = BUF_INIT(1 << 14);
	enum coord_err rc;

	if (t->callback->url.len >= sizeof(url))
		return error_set(err, COORD_EINVALID, "the URL is too long");
	(void)snprintf(url, sizeof(url), "%.*s", SV_ARG(t->callback->url));
	(void)snprintf(id, sizeof(id), "msg_%s", t->callback->id);
	(void)snprintf(stamp, sizeof(stamp), "%lld", (long long)(t->now_us / TIME_SECOND));
	rc = net_webhook_sign(
	    t->secrets, sv_from(id), t->now_us / TIME_SECOND, t->body, &signature, err);
	if (rc == COORD_OK) {
		const struct net_header headers[] = { { "Content-Type", "application/json" },
			{ "webhook-id", id }, { "webhook-timestamp", stamp },
			{ "webhook-signature", buf_cstr(&signature) } };
		const struct net_request request = { .method = "POST",
			.url = url,
			.headers = headers,
			.n_headers = sizeof(headers) / sizeof(headers[0]),
			.body = t->body,
			.gate = t->gate,
			.connect_us = CONNECT_US,
			.total_us = TOTAL_US,
			.answer_most = ANSWER_MOST,
			.on_data = throw_away,
			.cancel = t->cancel };

		rc = net_fetch(t->net, &request, ret, err);
	}
	buf_clear(&signature);
	return rc;
}

void
callback_post(const struct callback_try *t, struct callback_outcome *ret)
{
	struct net_answer answer;
	struct coord_error err;
	enum coord_err rc;

	*ret = (struct callback_outcome){ .verdict = CALLBACK_RETRY };
	rc = post(t, &answer, &err);
	if (rc == COORD_OK) {
		judge(t, &answer, ret);
		net_answer_clear(&answer);
		return;
	}
	end(ret, CALLBACK_REFUSED, err.what);
	if (rc != COORD_EINVALID)
		again(t, 0, ret);
}
