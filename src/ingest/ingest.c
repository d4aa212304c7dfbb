/* ingest.c - one run: files are read in parallel, each worker into its own event log; the logs are put together, and
 * sessions are folded from the whole. Which thread read what leaves no trace in the result. */
#include "ingest/core.h"

#include <stdlib.h>

enum { LINE_MOST = 16 * 1024 * 1024, ITEMS_MOST = 4096, SCRATCH_MOST = 256 * 1024 * 1024 };

struct ingest_worker {
	struct event_log *log;
	struct coord_error fatal;
};

struct ingest_job {
	struct ingest_shared shared;
	struct file_list list;
	size_t *order; /* largest file first */
	struct ingest_worker *workers;
	unsigned threads;
	const char *memory; /* instead of files */
	size_t memory_len;
	uint32_t items_max;
};

static enum coord_err
context_open(struct reader_ctx *ctx)
{
	ctx->scratch = arena_new(SCRATCH_MOST);
	ctx->parser = json_parser_new(ctx->shared->line_max + 1, 0);
	ctx->memo = calloc(reader_count(), sizeof(*ctx->memo));
	ctx->repaired = BUF_INIT(4 * (size_t)ctx->shared->line_max + JSON_PADDING);
	ctx->reader = ctx->last_text = -1;
	/* a first byte that stays keeps the arena's first chunk over every rewind */
	if (ctx->scratch == NULL || arena_alloc(ctx->scratch, 1) == NULL || ctx->parser == NULL ||
	    ctx->memo == NULL)
		return error_set(&ctx->fatal, COORD_ENOMEM, "no memory to read a file");
	return COORD_OK;
}

static void
context_close(struct reader_ctx *ctx)
{
	arena_free(ctx->scratch);
	json_parser_free(ctx->parser);
	free(ctx->memo);
	buf_clear(&ctx->repaired);
}

static enum coord_err
open_source(const struct ingest_job *job, const struct ingest_file *file, struct source **ret,
    struct coord_error *err)
{
	if (job->memory == NULL)
		return file->is_part ? source_open_lines(file->path, file->from, file->to, ret, err)
				     : source_open(file->path, ret, err);
	*ret = source_memory(job->memory, job->memory_len);
	return *ret != NULL ? COORD_OK : error_set(err, COORD_ENOMEM, "no memory to read");
}

static enum coord_err
read_source(struct ingest_job *job, struct reader_ctx *ctx)
{
	struct source *source = NULL;
	struct coord_error why = { 0 };
	enum coord_err rc = open_source(job, ctx->file, &source, &why);

	if (rc == COORD_EIO) {
		refuse(ctx, REFUSED_UNREADABLE, 0, 0, "file: %s", why.what);
		return COORD_OK;
	}
	if (rc != COORD_OK)
		return error_set(&ctx->fatal, rc, "%s", why.what);
	ctx->file->opened = true;
	rc = split_source(ctx, source);
	source_close(source);
	return rc;
}

static void
read_file(void *context, size_t item, unsigned worker)
{
	struct ingest_job *job = context;
	struct ingest_worker *me = &job->workers[worker];
	struct reader_ctx ctx = {
		.shared = &job->shared, .file = &job->list.files[job->order[item]], .log = me->log
	};

	if (atomic_load(&job->shared.stop))
		return;
	if (context_open(&ctx) != COORD_OK || read_source(job, &ctx) != COORD_OK) {
		me->fatal = ctx.fatal;
		if (me->fatal.code == COORD_OK)
			(void)error_set(
			    &me->fatal, COORD_EIO, "%s: cannot be read", ctx.file->path);
		atomic_store(&job->shared.stop, true);
	}
	context_close(&ctx);
}

/** Largest first, so that the last file to be read is a short one. */
static bool
order_files(struct ingest_job *job)
{
	size_t n = job->list.n;
	struct sort_pair *pairs = calloc(2 * n + 1, sizeof(*pairs));

	job->order = calloc(n + 1, sizeof(*job->order));
	if (pairs == NULL || job->order == NULL) {
		free(pairs);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		pairs[i] = (struct sort_pair){ ~job->list.files[i].size, (uint32_t)i };
		job->shared.bytes_total += job->list.files[i].size;
	}
	sort_pairs(pairs, n, pairs + n);
	for (size_t i = 0; i < n; i++)
		job->order[i] = pairs[i].value;
	free(pairs);
	return true;
}

static unsigned
thread_count(const struct ingest_options *options)
{
	return options->threads == 0 ? parallel_cores() : options->threads;
}

static enum coord_err
prepare(struct ingest_job *job, const struct ingest_options *options, struct coord_error *err)
{
	int forced = options->format == NULL ? 0 : reader_find(options->format);

	if (forced < 0)
		return error_set(
		    err, COORD_EINVALID, "input format: there is none called %s", options->format);
	job->shared.options = options;
	job->shared.forced = options->format == NULL ? NULL : reader_at((size_t)forced);
	job->shared.line_max = options->line_max == 0 ? LINE_MOST : options->line_max;
	job->items_max = options->items_max == 0 ? ITEMS_MOST : options->items_max;
	job->threads = thread_count(options);
	if (job->threads > job->list.n)
		job->threads = job->list.n == 0 ? 1 : (unsigned)job->list.n;
	job->workers = calloc(job->threads, sizeof(*job->workers));
	if (job->workers == NULL || !order_files(job))
		return error_set(err, COORD_ENOMEM, "no memory to read files");
	for (unsigned w = 0; w < job->threads; w++)
		if ((job->workers[w].log = event_log_new(job->items_max)) == NULL)
			return error_set(err, COORD_ENOMEM, "no memory to read files");
	return COORD_OK;
}

static enum coord_err
put_together(struct ingest_job *job, struct ingest_report *report, struct coord_error *err)
{
	struct event_log *all = job->workers[0].log;

	for (unsigned w = 0; w < job->threads; w++)
		if (job->workers[w].fatal.code != COORD_OK) {
			if (err != NULL)
				*err = job->workers[w].fatal;
			return job->workers[w].fatal.code;
		}
	for (unsigned w = 1; w < job->threads; w++) {
		TRY(event_log_append(all, job->workers[w].log, err));
		event_log_free(job->workers[w].log);
		job->workers[w].log = NULL;
	}
	TRY(event_log_compact(all, err));
	report->duplicates = all->duplicates;
	return COORD_OK;
}

static enum coord_err
make_table(struct ingest_job *job, struct session_table *ret, struct ingest_report *report,
    struct coord_error *err)
{
	struct session_builder *builder = NULL;
	uint64_t dropped = 0;
	enum coord_err rc =
	    fold_sessions(job->workers[0].log, job->shared.options, &builder, report, err);

	event_log_free(job->workers[0].log);
	job->workers[0].log = NULL;
	if (rc == COORD_OK)
		rc = session_builder_finish(builder, ret, &dropped, err);
	session_builder_free(builder);
	if (rc != COORD_OK)
		return rc;
	report->duplicates += dropped;
	report->sessions = ret->n;
	if (ret->n > 0)
		return COORD_OK;
	session_table_free(ret);
	return error_set(err, COORD_ENODATA, "no session in the input");
}

static enum coord_err
run(struct ingest_job *job, const struct ingest_options *options, struct session_table *ret,
    struct ingest_report *report, struct coord_error *err)
{
	TRY(prepare(job, options, err));
	parallel_for(job->threads, job->list.n, read_file, job);
	TRY(report_gather(report, &job->list, options, err));
	TRY(put_together(job, report, err));
	if (report->files == 0)
		return error_set(err, COORD_EIO, "no input could be opened");
	return make_table(job, ret, report, err);
}

static void
job_clear(struct ingest_job *job)
{
	for (unsigned w = 0; job->workers != NULL && w < job->threads; w++)
		event_log_free(job->workers[w].log);
	free(job->workers);
	free(job->order);
	file_list_clear(&job->list);
}

enum coord_err
ingest_run(const struct ingest_options *options, struct session_table *ret,
    struct ingest_report *report, struct coord_error *err)
{
	struct ingest_job job = { 0 };
	enum coord_err rc;

	memset(report, 0, sizeof(*report));
	rc = file_list_fill(&job.list, options, err);
	if (rc == COORD_OK)
		rc = file_list_cut(&job.list, thread_count(options), err);
	if (rc == COORD_OK)
		rc = run(&job, options, ret, report, err);
	job_clear(&job);
	return rc;
}

enum coord_err
ingest_memory(const struct ingest_options *options, const char *name, const char *data, size_t len,
    bool padded, struct session_table *ret, struct ingest_report *report, struct coord_error *err)
{
	const char *sensor = options->n_sources > 0 ? options->sources[0].sensor : NULL;
	struct ingest_job job = { .memory = data == NULL ? "" : data, .memory_len = len };
	enum coord_err rc;

	(void)padded; /* blocks are copied through a padded buffer that stays in the cache */
	memset(report, 0, sizeof(*report));
	rc = file_list_add(&job.list, name, sensor, len, err);
	if (rc == COORD_OK) {
		file_find_year(&job.list.files[0], options);
		rc = run(&job, options, ret, report, err);
	}
	job_clear(&job);
	return rc;
}
