/* logs.c - POST /ingest: a log of any format that ingest/ knows, plain or compressed. It is never held in memory: what comes
 * is inflated, counted, compressed anew and written to a nameless file of the state folder, which is then handed to the store as
 * it lies on disk. The worker recognises the format, as `coord analyze` does. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "api/resources.h"
#include "api/submit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "ingest/ingest.h"

enum { LEVEL = 1, OUT_BYTES = 128 * 1024, SENSOR_MOST = 64 };
static const uint64_t stored_most = 900u
				    << 20; /* a blob of SQLite and PostgreSQL holds 1 GB at most */

struct spool {
	int fd;
	ZSTD_CCtx *z;
	struct decoder *decoder;
	struct sha256 *sha256; /* with an Idempotency-Key */
	uint64_t in, stored;
	bool looked, failed, too_large;
	char out[OUT_BYTES];
};

static void
spool_free(void *work)
{
	struct spool *s = work;
	uint8_t digest[32];

	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->sha256 != NULL)
		sha256_end(s->sha256, digest);
	(void)ZSTD_freeCCtx(s->z);
	decoder_free(s->decoder);
	free(s);
}

static int
open_spool(const char *folder)
{
	char path[4096];
	int fd;

	if (folder[0] == 0)
		folder = ".";
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || snprintf(path, sizeof(path), "%s/spool-XXXXXX", folder) >= (int)sizeof(path))
		return fd;
	fd = mkstemp(path); /* a file system without nameless files */
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

static bool
refuse(struct request *r, const char *why)
{
	answer_error(r, 503, why);
	answer_retry_after(r, RETRY_SECONDS);
	return false;
}

bool
logs_begin(struct request *r)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return refuse(r, "Out of memory; try again later");
	r->work = s;
	r->work_free = spool_free;
	s->fd = open_spool(r->view->config->state_dir);
	s->z = ZSTD_createCCtx();
	if (s->fd < 0 || s->z == NULL)
		return refuse(r, "No room to receive a log now; try again later");
	(void)ZSTD_CCtx_setParameter(s->z, ZSTD_c_compressionLevel, LEVEL);
	if (r->idempotency_key.data != NULL)
		s->sha256 = sha256_new();
	return true;
}

static bool
write_out(struct spool *s, const char *data, size_t len)
{
	s->stored += len;
	if (s->stored > stored_most) {
		s->too_large = true;
		return false;
	}
	while (len > 0) {
		ssize_t n = write(s->fd, data, len);

		if (n <= 0) {
			s->failed = true;
			return false;
		}
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
compress(struct spool *s, const char *data, size_t len, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = { data, len, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { s->out, OUT_BYTES, 0 };

		left = ZSTD_compressStream2(s->z, &out, &in, end);
		if (ZSTD_isError(left)) {
			s->failed = true;
			return false;
		}
		if (!write_out(s, s->out, out.pos))
			return false;
	} while (in.pos < in.size || (end == ZSTD_e_end && left > 0));
	return true;
}

static bool
on_inflated(void *context, const char *data, size_t len)
{
	struct spool *s = context;

	s->in += len;
	if (s->sha256 != NULL)
		sha256_add(s->sha256, data, len);
	return compress(s, data, len, ZSTD_e_continue);
}

/* A file that is compressed itself is sent as it is by `curl --data-binary @log.gz`. */
static enum coding
coding_by_magic(const char *data, size_t len)
{
	if (len >= 2 && memcmp(data, "\x1f\x8b", 2) == 0)
		return CODING_GZIP;
	if (len >= 4 && memcmp(data, "\x28\xb5\x2f\xfd", 4) == 0)
		return CODING_ZSTD;
	return CODING_IDENTITY;
}

static bool
refuse_piece(
    struct request *r, const struct spool *s, enum coord_err rc, const struct coord_error *err)
{
	if (rc == COORD_EPARSE)
		answer_error(r, 400, err->what);
	else if (rc == COORD_ELIMIT || s->too_large)
		answer_error(r, 413, "The log is too large: send it in parts");
	else
		return refuse(r, "The state folder cannot be written; try again later");
	return false;
}

bool
logs_piece(struct request *r, const char *data, size_t len)
{
	struct spool *s = r->work;
	struct coord_error err = { .code = COORD_OK };
	enum coord_err rc;

	if (!s->looked) {
		enum coding coding = r->body.coding;

		s->looked = true;
		if (coding == CODING_IDENTITY)
			coding = coding_by_magic(data, len);
		s->decoder = decoder_new(coding, r->view->config->max_ingest);
		if (s->decoder == NULL)
			return refuse(r, "Out of memory; try again later");
	}
	rc = decoder_add(s->decoder, data, len, on_inflated, s, &err);
	return rc == COORD_OK || refuse_piece(r, s, rc, &err);
}

/* --- the end ---------------------------------------------------------------------------------------------------- */

struct log_options {
	struct sv format, sensor;
	uint64_t year;
};

static void
write_options(struct jsonw *w, void *context)
{
	const struct log_options *o = context;

	if (o->format.data != NULL) {
		jsonw_key(w, "format");
		jsonw_sv(w, o->format);
	}
	if (o->sensor.data != NULL) {
		jsonw_key(w, "sensor");
		jsonw_sv(w, o->sensor);
	}
	if (o->year > 0) {
		jsonw_key(w, "year");
		jsonw_u64(w, o->year);
	}
}

static bool
format_known(struct sv format)
{
	const char *title, *name;

	for (size_t i = 0; (name = ingest_format_name(i, &title)) != NULL; i++)
		if (sv_eq(format, sv_from(name)))
			return true;
	return false;
}

static bool
read_options(struct request *r, struct request_options *ret, struct log_options *log)
{
	const struct target *t = &r->ex->target;
	struct request_limits limits = r->view->limits;
	struct sv year = target_get(t, SV("year"));
	struct faults faults;

	limits.now_us = r->now_us;
	log->format = target_get(t, SV("format"));
	log->sensor = target_get(t, SV("sensor"));
	if (log->format.data != NULL && !format_known(log->format)) {
		answer_bad_parameter(r, "format", "Value error, no format has this name");
		return false;
	}
	if (log->sensor.len > SENSOR_MOST) {
		answer_bad_parameter(r, "sensor", "Value error, at most 64 bytes");
		return false;
	}
	if (year.data != NULL &&
	    (!sv_to_u64(year, &log->year) || log->year < 1990 || log->year > 2100)) {
		answer_bad_parameter(r, "year", "Value error, expected a year from 1990 to 2100");
		return false;
	}
	*ret = request_default_options();
	faults_begin(&faults);
	request_query_options(t, &limits, ret, &faults);
	if (faults.n > 0) {
		answer_faults(r, &faults);
		return false;
	}
	return true;
}

/* The stream's end, and the file as memory. */
static bool
finish_spool(struct request *r, struct spool *s, void **map)
{
	struct coord_error err;

	if (s->decoder == NULL || s->in == 0) {
		answer_error(r, 422, "The body is empty: expected a log");
		return false;
	}
	if (decoder_end(s->decoder, &err) != COORD_OK) {
		answer_error(r, 400, err.what);
		return false;
	}
	if (!compress(s, NULL, 0, ZSTD_e_end))
		return refuse_piece(r, s, COORD_EIO, &err);
	*map = mmap(NULL, s->stored, PROT_READ, MAP_PRIVATE, s->fd, 0);
	return *map != MAP_FAILED || refuse(r, "Out of memory; try again later");
}

static struct submission *
make_submission(struct request *r, struct spool *spool, void *map)
{
	struct request_options options;
	struct log_options log = { .year = 0 };
	struct submission *s;
	uint8_t digest[32];

	if (!read_options(r, &options, &log))
		return NULL;
	s = submission_new(r, 1); /* takes the request's work over */
	if (s == NULL)
		return NULL;
	s->mapped = map;
	s->mapped_len = spool->stored;
	s->items[0].request = (struct sv){ map, spool->stored };
	s->items[0].priority = JOB_INTERACTIVE;
	submission_reply_one(s);
	if (spool->sha256 != NULL) {
		sha256_end(spool->sha256, digest);
		spool->sha256 = NULL;
		submission_fingerprint(s, digest);
	}
	if (submission_fill(s, 0, &options, "logs", write_options, &log))
		return s;
	answer_error(r, 500, "Internal server error");
	return NULL;
}

bool
logs_run(struct request *r)
{
	struct spool *spool = r->work;
	struct submission *s;
	void *map = NULL;

	if (!finish_spool(r, spool, &map))
		return true;
	s = make_submission(r, spool, map);
	if (r->work == spool) { /* refused before a submission was made */
		(void)munmap(map, spool->stored);
		return true;
	}
	spool_free(spool);
	if (s == NULL)
		return true;
	http_suspend(r->ex);
	submission_send(s);
	return false;
}
