/* exchange.c - one request to the cluster, within what is left of the time; bodies go out as gzip, which both products take. */

#include "base/gzip.h"
#include "base/timestamp.h"
#include "config/config.h"
#include "enrich/private.h"

#define SLICE_US 50000

enum { LEVEL = 6 };

static const size_t answer_most = (size_t)4 << 20, body_most = (size_t)64 << 20;

void
exchange_begin(struct exchange *x)
{
	x->deadline_us = clock_steady() + x->enrich->config->es_timeout;
}

int64_t
exchange_left_us(const struct exchange *x)
{
	int64_t left = x->deadline_us - clock_steady();

	return left > 0 ? left : 0;
}

bool
exchange_cancelled(const struct exchange *x)
{
	return x->journal != NULL && x->journal->cancelled != NULL &&
	       x->journal->cancelled(x->journal->context);
}

bool
exchange_wait(const struct exchange *x, int64_t us)
{
	int64_t until = clock_steady() + us;

	if (until >= x->deadline_us)
		return false;
	while (clock_steady() < until) {
		if (exchange_cancelled(x))
			return false;
		clock_sleep(SLICE_US);
	}
	return true;
}

static bool
on_idle(void *context)
{
	return !exchange_cancelled(context);
}

static enum coord_err
pack(struct sv text, struct buf *out, struct coord_error *err)
{
	return text.len <= body_most && gzip_pack(text, LEVEL, out)
		   ? COORD_OK
		   : error_set(err, COORD_ENOMEM, "no memory for a request to the cluster");
}

static size_t
headers_of(struct enrich *e, bool body, struct net_header ret[4])
{
	size_t n = 0;

	ret[n++] = (struct net_header){ "Accept", "application/json" };
	if (e->authorization.len > 0)
		ret[n++] = (struct net_header){ "Authorization", buf_cstr(&e->authorization) };
	if (body) {
		ret[n++] = (struct net_header){ "Content-Type", "application/x-ndjson" };
		ret[n++] = (struct net_header){ "Content-Encoding", "gzip" };
	}
	return n;
}

enum coord_err
exchange_run(struct exchange *x, const char *path, struct sv body, struct net_answer *ret,
    struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf url = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf packed = BUF_INIT(body_most + ((size_t)1 << 20));
	struct net_header headers[4];
	struct net_request request = { .headers = headers,
		.gate = &x->enrich->gate,
		.total_us = exchange_left_us(x),
		.answer_most = answer_most,
		.on_idle = on_idle,
		.context = x };

	if (request.total_us == 0)
		return error_set(err, COORD_EUNAVAIL, "there was no time left");
	buf_printf(&url, "%s%s", x->enrich->base, path);
	request.url = buf_cstr(&url);
	request.n_headers = headers_of(x->enrich, body.len > 0, headers);
	request.connect_us = request.total_us;
	if (body.len > 0) {
		TRY(pack(body, &packed, err));
		request.method = "POST";
		request.body = buf_sv(&packed);
	}
	return net_fetch(x->enrich->net, &request, ret, err);
}
