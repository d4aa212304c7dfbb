/* reader.c - the table of readers, in the order in which they are asked (input-formats.md section 0), and the core's side
 * of what a reader may call (reader.h). */
#include "ingest/core.h"

#include <stdio.h>

static const struct reader *const readers[] = {
	&reader_cowrie,
	&reader_adbhoney,
	&reader_webhoneypot,
	&reader_dshield_json,
	&reader_firewall,
	&reader_zeek_json,
	&reader_zeek_tsv,
	&reader_suricata,
	&reader_ecs,
	&reader_tanner,
	&reader_heralding,
	&reader_tpot,
	&reader_dshield_mcp,
	&reader_session,
	&reader_attack_session,
	&reader_firewall_csv,
	&reader_session_csv,
};

_Static_assert(sizeof(readers) / sizeof(readers[0]) <= READERS_MOST, "more readers than counters");

size_t
reader_count(void)
{
	return sizeof(readers) / sizeof(readers[0]);
}

const struct reader *
reader_at(size_t i)
{
	return readers[i];
}

int
reader_find(const char *name)
{
	for (size_t i = 0; i < reader_count(); i++)
		if (strcmp(readers[i]->name, name) == 0)
			return (int)i;
	return -1;
}

const char *
ingest_format_name(size_t i, const char **title)
{
	if (i >= reader_count())
		return NULL;
	if (title != NULL)
		*title = readers[i]->title;
	return readers[i]->name;
}

enum coord_err
reader_emit(struct reader_ctx *ctx, const struct event *e)
{
	if (addr_is_unknown(e->source))
		return reader_refuse(ctx, REFUSED_FIELD_MISSING, 0, "source address: missing");
	if (e->at_us < TIME_EARLIEST || e->at_us >= TIME_LATEST)
		return reader_refuse(
		    ctx, REFUSED_TIME_INVALID, 0, "time: expected a time from 1990 to 2099");
	if (e->fold == FOLD_SESSION && e->session.len == 0)
		return reader_refuse(ctx, REFUSED_FIELD_MISSING, 0, "session: missing");
	return event_log_add(ctx->log, e, (unsigned)ctx->reader, ctx->file->sensor, &ctx->fatal);
}

enum coord_err
reader_refuse(
    struct reader_ctx *ctx, enum ingest_refusal kind, uint64_t byte, const char *format, ...)
{
	char what[sizeof(((struct coord_error *)NULL)->what)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	ctx->refused = true;
	refuse(ctx, kind, ctx->line, byte, "%s: %s", readers[ctx->reader]->name, what);
	return COORD_EPARSE;
}

enum coord_err
reader_ignore(struct reader_ctx *ctx)
{
	ctx->ignored = true;
	return COORD_OK;
}

const struct ingest_options *
reader_options(const struct reader_ctx *ctx)
{
	return ctx->shared->options;
}

const char *
reader_file(const struct reader_ctx *ctx)
{
	return ctx->file->path;
}

int
reader_year(const struct reader_ctx *ctx)
{
	ctx->file->year_used = true;
	return ctx->file->year;
}

void *
reader_scratch(struct reader_ctx *ctx, size_t size)
{
	return arena_alloc(ctx->scratch, size);
}

void *
reader_memo(struct reader_ctx *ctx)
{
	return ctx->memo[ctx->reader];
}

void
reader_assume_zone(const struct reader_ctx *ctx)
{
	ctx->file->zone_assumed = true;
}
