/* report.c - other forms of a finished analysis: the page (html), csv, STIX 2.1, the whole document, the sessions as they
 * were accepted. Forms are kept by the worker or made anew (jobs_render), which takes processor time: the heavy pool does it. */
#include "api/resources.h"

#include <zstd.h>

static const size_t form_most = (size_t)512 << 20;

/* The page's own policy (in its head) allows its script and style by their hashes; this one keeps it from being framed. */
static void
page_headers(struct request *r)
{
	answer_header(r->ex, "Content-Security-Policy", "frame-ancestors 'none'");
	answer_header(r->ex, "Referrer-Policy", "no-referrer");
}

static const char *
type_of(enum jobs_rendering what)
{
	static const char *const types[] = {
		[JOBS_HTML] = "text/html; charset=utf-8",
		[JOBS_CSV] = "text/csv; charset=utf-8",
		[JOBS_STIX] = "application/stix+json;version=2.1",
	};

	return types[what];
}

/* COORD_OK: of this caller, and completed. */
static enum coord_err
fetch_completed(struct request *r, unsigned parts, struct arena *arena, struct store_analysis *ret)
{
	struct coord_error err = { .code = COORD_OK };
	enum coord_err rc = store_get(
	    r->api->world.jobs.store, r->parameter, request_owner(r), parts, arena, ret, &err);

	if (rc == COORD_ENODATA)
		answer_error(r, 404, "Analysis not found");
	else if (rc != COORD_OK)
		answer_failure(r, rc, &err);
	else if (ret->status != ANALYSIS_COMPLETED) {
		answer_error(r, 409,
		    analysis_terminal(ret->status) ? "The analysis failed: there is nothing to show"
						   : "The analysis is not completed yet");
		rc = COORD_ENODATA;
	}
	return rc;
}

static void
render(struct request *r, enum jobs_rendering what)
{
	struct buf out = BUF_INIT(form_most);
	struct coord_error err = { .code = COORD_OK };
	enum coord_err rc = jobs_render(&r->api->world.jobs, r->parameter, what, &out, &err);

	if (rc == COORD_OK) {
		answer_compressible(r, 200, type_of(what), &out);
		answer_header(r->ex, "Cache-Control", "private, no-cache");
		if (what == JOBS_HTML)
			page_headers(r);
	} else if (rc == COORD_ENODATA) {
		answer_error(r, 404, err.what);
	} else {
		answer_failure(r, rc, &err);
	}
	buf_clear(&out);
}

static void
send_form(struct request *r, enum jobs_rendering what)
{
	struct arena *arena = arena_new(0);
	struct store_analysis a;

	if (arena == NULL)
		answer_error(r, 503, "Out of memory; try again later");
	else if (fetch_completed(r, 0, arena, &a) == COORD_OK)
		render(r, what);
	arena_free(arena);
	request_done(r);
}

static void
report_later(void *context)
{
	send_form(context, JOBS_HTML);
}

bool
report_run(struct request *r)
{
	if (!request_id_plausible(r))
		return true;
	dispatch_audit_read(r->api->dispatch, r, "analysis.report", r->parameter);
	return request_later(r, r->api->heavy, report_later);
}

static bool
inflate(struct sv zstd, struct buf *out)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	ZSTD_inBuffer in = { zstd.data, zstd.len, 0 };
	size_t step = ZSTD_DStreamOutSize(), left = 1;

	while (z != NULL && left != 0 && !ZSTD_isError(left)) {
		ZSTD_outBuffer to = { buf_reserve(out, step), step, 0 };

		if (to.dst == NULL)
			break;
		left = ZSTD_decompressStream(z, &to, &in);
		out->len += ZSTD_isError(left) ? 0 : to.pos;
		if (left != 0 && to.pos == 0 && in.pos == in.size)
			break;
	}
	(void)ZSTD_freeDCtx(z);
	return z != NULL && left == 0;
}

/* What is stored compressed goes out as it is where the client takes zstd and nothing better. */
static void
answer_stored(struct request *r, struct sv zstd, const char *type)
{
	struct buf out = BUF_INIT(form_most);

	if (zstd.len == 0) {
		answer_error(r, 404, "No longer kept");
		return;
	}
	if (coding_accepted(r->ex->head.value[HEADER_ACCEPT_ENCODING]) == CODING_ZSTD) {
		buf_add_sv(&out, zstd);
		answer_buf(r, 200, type, &out);
		answer_header(r->ex, "Content-Encoding", coding_name(CODING_ZSTD));
		answer_header(r->ex, "Vary", "Accept-Encoding");
	} else if (inflate(zstd, &out)) {
		answer_compressible(r, 200, type, &out);
	} else {
		answer_error(
		    r, 503, "Too large to be sent in one piece: ask for Accept-Encoding: zstd");
	}
	buf_clear(&out);
}

static void
document_later(void *context)
{
	struct request *r = context;
	struct arena *arena = arena_new(0);
	struct store_analysis a;

	if (arena == NULL)
		answer_error(r, 503, "Out of memory; try again later");
	else if (fetch_completed(r, PART_DOCUMENT, arena, &a) == COORD_OK)
		answer_stored(r, a.document, API_JSON);
	arena_free(arena);
	request_done(r);
}

static void
csv_later(void *context)
{
	send_form(context, JOBS_CSV);
}

static void
stix_later(void *context)
{
	send_form(context, JOBS_STIX);
}

bool
export_run(struct request *r)
{
	static const struct {
		const char *name;
		pool_work *work;
	} formats[] = {
		{ "json", document_later },
		{ "csv", csv_later },
		{ "stix", stix_later },
		{ "html", report_later },
	};
	struct sv format = target_get(&r->ex->target, SV("format"));

	if (!request_id_plausible(r))
		return true;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!sv_eq(sv_from(formats[i].name), format))
			continue;
		dispatch_audit_read(r->api->dispatch, r, "analysis.export", r->parameter);
		return request_later(r, r->api->heavy, formats[i].work);
	}
	answer_bad_parameter(r, "format", "Value error, expected json, csv, stix or html");
	return true;
}

static void
sessions_later(void *context)
{
	struct request *r = context;
	struct arena *arena = arena_new(0);
	struct coord_error err = { .code = COORD_OK };
	struct store_analysis a;
	enum coord_err rc;

	if (arena == NULL) {
		answer_error(r, 503, "Out of memory; try again later");
	} else {
		rc = store_get(r->api->world.jobs.store, r->parameter, request_owner(r),
		    PART_REQUEST, arena, &a, &err);
		if (rc == COORD_OK)
			answer_stored(r, a.request,
			    sv_has(a.options, SV("\"kind\":\"logs\"")) ? "text/plain; charset=utf-8"
								       : "application/x-ndjson");
		else if (rc == COORD_ENODATA)
			answer_error(r, 404, "Analysis not found");
		else
			answer_failure(r, rc, &err);
	}
	arena_free(arena);
	request_done(r);
}

bool
sessions_run(struct request *r)
{
	if (!request_id_plausible(r))
		return true;
	dispatch_audit_read(r->api->dispatch, r, "analysis.sessions", r->parameter);
	return request_later(r, r->api->heavy, sessions_later);
}
