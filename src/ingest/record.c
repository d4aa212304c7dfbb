/* record.c - one line or document: parsed, repaired when attackers' bytes spoiled it, wrappers taken off, recognised by
 * its content, read. Readers are asked in the order of their table, whatever came before: recognition must not depend
 * on how the input was cut into files. (Only rows below a CSV or TSV header need their file.) */
#include "ingest/core.h"

#include "ingest/text.h"

enum { MEMBERS_MOST = 48 };

static bool
asks_for(const struct reader *reader, const struct record *record)
{
	return reader->json == json_exists(record->json);
}

static int
recognise(const struct reader_ctx *ctx, const struct record *record)
{
	bool json = json_exists(record->json);

	if (ctx->shared->forced != NULL)
		return asks_for(ctx->shared->forced, record)
			   ? reader_find(ctx->shared->forced->name)
			   : -1;
	for (size_t i = 0; i < reader_count(); i++)
		if (reader_at(i)->json == json && reader_at(i)->recognise(record))
			return (int)i;
	return json ? -1 : ctx->last_text;
}

static void
refuse_unknown(struct reader_ctx *ctx)
{
	if (ctx->shared->forced != NULL)
		refuse(ctx, REFUSED_NOT_RECOGNISED, ctx->line, 0, "expected a record of format %s",
		    ctx->shared->forced->name);
	else
		refuse(ctx, REFUSED_NOT_RECOGNISED, ctx->line, 0,
		    "record: no reader recognises this record");
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct arena_mark mark = arena_mark(ctx->scratch);
	size_t before = ctx->log->n;
	enum coord_err rc;

	ctx->file->records++;
	ctx->reader = recognise(ctx, record);
	if (ctx->reader < 0) {
		refuse_unknown(ctx);
		return COORD_OK;
	}
	ctx->refused = ctx->ignored = false;
	event_log_begin(ctx->log);
	rc = reader_at((size_t)ctx->reader)->read(ctx, record);
	arena_rewind(ctx->scratch, mark);
	if (rc != COORD_OK) {
		event_log_rollback(ctx->log);
		return rc == COORD_EPARSE && ctx->refused ? COORD_OK : rc;
	}
	if (!json_exists(record->json))
		ctx->last_text = ctx->reader;
	ctx->file->records_by_reader[ctx->reader]++;
	ctx->file->ignored += ctx->ignored;
	ctx->file->events += ctx->log->n - before;
	return event_log_commit(ctx->log, &ctx->fatal);
}

static void
list_members(struct record *record, struct json_member members[MEMBERS_MOST])
{
	record->members = members;
	record->n_members = json_members(record->json, members, MEMBERS_MOST);
}

/** Takes Elasticsearch's wrappers off. `members`: room for the record's. */
static enum coord_err
read_object(struct reader_ctx *ctx, struct record *record, struct json_member members[MEMBERS_MOST])
{
	struct json_value source = record_get(record, SV("_source"));

	if (json_type(source) == JSON_OBJECT) {
		(void)value_string(record_get(record, SV("_index")), &record->index);
		(void)value_string(record_get(record, SV("_id")), &record->doc);
		record->json = source;
		list_members(record, members);
	}
	return read_record(ctx, record);
}

static enum coord_err
read_each(struct reader_ctx *ctx, struct json_value array)
{
	struct json_iter iter = json_each(array);
	struct json_member members[MEMBERS_MOST];
	struct json_value element;

	while (json_next(&iter, &element)) {
		struct record record = { .json = element };

		if (json_type(element) != JSON_OBJECT) {
			refuse(ctx, REFUSED_NOT_RECOGNISED, ctx->line, 0,
			    "record: expected a JSON object");
			continue;
		}
		list_members(&record, members);
		TRY(read_object(ctx, &record, members));
	}
	return COORD_OK;
}

static enum coord_err
read_value(struct reader_ctx *ctx, struct json_value value, struct sv line)
{
	struct json_member members[MEMBERS_MOST];
	struct record record = { .json = value, .line = line };
	struct json_value hits;

	if (json_type(value) == JSON_ARRAY)
		return read_each(ctx, value);
	if (json_type(value) != JSON_OBJECT) {
		refuse(ctx, REFUSED_NOT_RECOGNISED, ctx->line, 0, "record: expected a JSON object");
		return COORD_OK;
	}
	list_members(&record, members);
	hits = json_get(record_get(&record, SV("hits")), SV("hits"));
	if (json_type(hits) == JSON_ARRAY)
		return read_each(ctx, hits);
	return read_object(ctx, &record, members);
}

static void
refuse_json(
    struct reader_ctx *ctx, enum coord_err why, uint64_t byte, const struct coord_error *err)
{
	refuse(ctx, why == COORD_ELIMIT ? REFUSED_TOO_DEEP : REFUSED_NOT_JSON, ctx->line, byte,
	    "%s", err->what);
}

static enum coord_err
read_repaired(struct reader_ctx *ctx, struct sv line, const struct coord_error *why)
{
	struct json_value value = JSON_MISSING;
	struct coord_error ignored;
	uint64_t byte = why->byte;
	enum coord_err rc;

	ctx->repaired.len = 0;
	ctx->repaired.failed = false;
	if (!text_repair_json(line, &ctx->repaired, &byte) || ctx->repaired.failed ||
	    buf_reserve(&ctx->repaired, JSON_PADDING) == NULL) {
		refuse_json(ctx, COORD_EPARSE, byte, why);
		return COORD_OK;
	}
	line = buf_sv(&ctx->repaired);
	rc = json_parse(ctx->parser, line.data, line.len, true, &value, &ignored);
	if (rc == COORD_ENOMEM)
		return error_set(&ctx->fatal, rc, "%s", ignored.what);
	if (rc != COORD_OK) {
		refuse_json(ctx, rc, byte, why);
		return COORD_OK;
	}
	ctx->file->repaired++;
	return read_value(ctx, value, line);
}

static bool
looks_like_json(const struct reader_ctx *ctx, struct sv line)
{
	struct sv rest;

	if (line.data[0] == '{')
		return true;
	if (line.data[0] != '[' || (ctx->shared->forced != NULL && !ctx->shared->forced->json))
		return false;
	rest = sv_trim(sv_skip(line, 1)); /* not "[UFW BLOCK] ..." */
	return rest.len == 0 || rest.data[0] == '{' || rest.data[0] == ']';
}

enum coord_err
record_line(struct reader_ctx *ctx, struct sv line)
{
	struct json_value value = JSON_MISSING;
	struct coord_error err; /* filled on failure only: zeroing it for each record costs */
	enum coord_err rc;

	line = sv_trim(line);
	if (line.len == 0)
		return COORD_OK;
	if (!looks_like_json(ctx, line))
		return read_record(ctx, &(struct record){ .line = line });
	rc = json_parse(ctx->parser, line.data, line.len, true, &value, &err);
	if (rc == COORD_OK)
		return read_value(ctx, value, line);
	if (rc == COORD_EPARSE)
		return read_repaired(ctx, line, &err);
	if (rc != COORD_ELIMIT)
		return error_set(&ctx->fatal, rc, "%s", err.what);
	refuse_json(ctx, rc, 0, &err);
	return COORD_OK;
}
