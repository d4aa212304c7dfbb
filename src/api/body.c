/* body.c - a JSON body on its way into memory: counted per request and over all requests, inflated when it is coded. */
#include "api/server.h"

#include <stdlib.h>

enum { FIRST_PIECE = 64 * 1024, CAPACITY_LEAST = 1024 };

static void
give_back(struct request *r)
{
	struct body *b = &r->body;

	(void)atomic_fetch_sub_explicit(&r->api->body_bytes, b->cap, memory_order_relaxed);
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
}

/* Its room is the others' at once: many that grow side by side would else all be refused for what the refused still hold. */
static bool
refuse(struct request *r, int status, const char *why, const char *label)
{
	give_back(r);
	metrics_add(r->api->world.jobs.metrics, METRIC_HTTP_REFUSED, label, NULL, 1);
	answer_error(r, status, why);
	if (status == 503)
		answer_retry_after(r, RETRY_SECONDS);
	return false;
}

static bool
grow(struct request *r, size_t need)
{
	struct body *b = &r->body;
	uint64_t length = b->decoder == NULL ? r->ex->head.content_length : 0;
	size_t cap = b->cap > 0 ? 2 * b->cap : CAPACITY_LEAST;
	char *data;

	/* what was announced is believed up to a first piece only */
	if (b->cap == 0 && length > 0)
		cap = length < FIRST_PIECE * 4 ? (size_t)length : FIRST_PIECE;
	if (cap < need)
		cap = need;
	if (length > 0 && cap > length && need <= length)
		cap = (size_t)length;
	if (atomic_fetch_add_explicit(&r->api->body_bytes, cap - b->cap, memory_order_relaxed) +
		cap - b->cap >
	    r->view->config->memory_most) {
		(void)atomic_fetch_sub_explicit(
		    &r->api->body_bytes, cap - b->cap, memory_order_relaxed);
		return refuse(r, 503, "Too many request bodies at once; try again later", "memory");
	}
	data = realloc(b->data, cap + JSON_PADDING);
	if (data == NULL) {
		(void)atomic_fetch_sub_explicit(
		    &r->api->body_bytes, cap - b->cap, memory_order_relaxed);
		return refuse(r, 503, "Out of memory; try again later", "memory");
	}
	b->data = data;
	b->cap = cap;
	return true;
}

static bool
append(void *context, const char *data, size_t len)
{
	struct request *r = context;
	struct body *b = &r->body;

	if (b->len + len > r->view->config->max_body)
		return refuse(r, 413, "Request body too large", "too_large");
	if (b->len + len > b->cap && !grow(r, b->len + len))
		return false;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	return true;
}

bool
body_begin(struct request *r)
{
	if (r->body.coding == CODING_IDENTITY)
		return true;
	r->body.decoder = decoder_new(r->body.coding, r->view->config->max_body);
	return r->body.decoder != NULL ||
	       refuse(r, 503, "Out of memory; try again later", "memory");
}

bool
body_piece(struct request *r, const char *data, size_t len)
{
	struct coord_error err;
	enum coord_err rc;

	if (r->body.decoder == NULL)
		return append(r, data, len);
	rc = decoder_add(r->body.decoder, data, len, append, r, &err);
	if (rc == COORD_ELIMIT)
		return refuse(r, 413, "Request body too large once inflated", "too_large");
	if (rc == COORD_EPARSE)
		answer_error(r, 400, err.what);
	return rc == COORD_OK;
}

bool
body_end(struct request *r)
{
	struct body *b = &r->body;
	struct coord_error err;

	if (b->decoder != NULL && decoder_end(b->decoder, &err) != COORD_OK) {
		answer_error(r, 400, err.what);
		return false;
	}
	if (b->data == NULL && !grow(r, CAPACITY_LEAST))
		return false;
	memset(b->data + b->len, 0, JSON_PADDING);
	return true;
}

void
body_clear(struct request *r)
{
	give_back(r);
	decoder_free(r->body.decoder);
	r->body = (struct body){ .data = NULL };
}
