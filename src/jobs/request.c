/* request.c - see request.h. The front door has checked what it could; this is checked again, because a row of the database may be
 * older than the program, or somebody else's work. */
#include "jobs/request.h"

#include <zstd.h>

#include "jobs/jobs.h"

enum { OPTIONS_BYTES_MOST = 1 << 16, OPTIONS_DEPTH = 4, WORLDS_MOST = 99999 };

/* Level 1: a tenth of the time of level 3 at 100 sessions, for a tenth more bytes. */
enum { PACK_LEVEL = 1 };

static const int64_t zone_most_s = 24 * 3600;
static const uint64_t seed_most = (uint64_t)1 << 53;

static const char *const selections[] = { "time", "behavior", "dictionary", "infrastructure",
	"payload", "artefact" };

static void
parser_free(struct json_parser **parser)
{
	json_parser_free(*parser);
}

static enum coord_err
wrong(struct coord_error *err, const char *key, const char *expected)
{
	return error_set(err, COORD_EINVALID, "options: %s: expected %s", key, expected);
}

static bool
is_given(struct json_value v)
{
	return json_exists(v) && json_type(v) != JSON_NULL;
}

static enum coord_err
read_text(struct json_value object, const char *key, struct arena *arena, const char **ret,
    struct coord_error *err)
{
	struct json_value v = json_get(object, sv_from(key));
	struct sv text;

	if (!is_given(v))
		return COORD_OK;
	if (!json_string(v, &text) || text.len == 0 || memchr(text.data, 0, text.len) != NULL)
		return wrong(err, key, "a text");
	*ret = arena_strdup(arena, text);
	return *ret != NULL ? COORD_OK : error_set(err, COORD_ENOMEM, "options: no memory");
}

static enum coord_err
read_whole(struct json_value object, const char *key, int64_t least, int64_t most, int64_t *ret,
    struct coord_error *err)
{
	struct json_value v = json_get(object, sv_from(key));
	int64_t number;

	if (!is_given(v))
		return COORD_OK;
	if (!json_i64(v, &number) || number < least || number > most)
		return error_set(err, COORD_EINVALID,
		    "options: %s: expected a whole number from %lld to %lld", key, (long long)least,
		    (long long)most);
	*ret = number;
	return COORD_OK;
}

static enum coord_err
read_kind(struct json_value object, struct request_options *o, struct coord_error *err)
{
	struct json_value v = json_get(object, SV("kind"));
	struct sv text = SV("sessions");

	if (is_given(v) && !json_string(v, &text))
		text = SV_NONE;
	o->logs = sv_eq(text, SV("logs"));
	return o->logs || sv_eq(text, SV("sessions")) ? COORD_OK
						      : wrong(err, "kind", "sessions or logs");
}

static enum coord_err
read_group(struct json_value object, struct arena *arena, struct request_options *o,
    struct coord_error *err)
{
	struct json_value group = json_get(object, SV("group"));

	if (is_given(group) && !json_bool(group, &o->group))
		return wrong(err, "group", "true or false");
	TRY(read_text(object, "selected_by", arena, &o->selected_by, err));
	if (o->selected_by == NULL)
		return COORD_OK;
	if (!o->group)
		return wrong(err, "selected_by", "group true beside it");
	for (size_t i = 0; i < sizeof(selections) / sizeof(selections[0]); i++)
		if (strcmp(o->selected_by, selections[i]) == 0)
			return COORD_OK;
	return wrong(
	    err, "selected_by", "time, behavior, dictionary, infrastructure, payload or artefact");
}

static enum coord_err
read_numbers(struct json_value object, struct request_options *o, struct coord_error *err)
{
	struct json_value prior = json_get(object, SV("prior"));
	int64_t worlds = 0, seed = 0, zone_s = 0, year = 0;

	if (is_given(prior) && (!json_f64(prior, &o->prior) || !(o->prior > 0 && o->prior < 1)))
		return wrong(err, "prior", "a number between 0 and 1");
	TRY(read_whole(object, "worlds", 1, WORLDS_MOST, &worlds, err));
	TRY(read_whole(object, "seed", 1, (int64_t)seed_most, &seed, err));
	TRY(read_whole(object, "zone_offset_s", -zone_most_s, zone_most_s, &zone_s, err));
	TRY(read_whole(object, "year", 1990, 2099, &year, err));
	o->worlds = (uint32_t)worlds;
	o->seed = (uint64_t)seed;
	o->zone_us = zone_s * TIME_SECOND;
	o->year = (int)year;
	return COORD_OK;
}

static enum coord_err
read_tools(struct json_value object, struct arena *arena, struct request_options *o,
    struct coord_error *err)
{
	struct json_value approve = json_get(object, SV("approve"));

	if (is_given(approve) && !json_bool(approve, &o->approve))
		return wrong(err, "approve", "true or false");
	TRY(read_text(object, "tools", arena, &o->tools, err));
	if (o->tools != NULL && strcmp(o->tools, "none") != 0 && strcmp(o->tools, "offline") != 0 &&
	    strcmp(o->tools, "online") != 0)
		return wrong(err, "tools", "none, offline or online");
	return COORD_OK;
}

static enum coord_err
check_format(const char *format, struct coord_error *err)
{
	const char *name;

	for (size_t i = 0; format != NULL; i++) {
		name = ingest_format_name(i, NULL);
		if (name == NULL)
			return wrong(err, "format", "the name of a log format");
		if (strcmp(name, format) == 0)
			break;
	}
	return COORD_OK;
}

enum coord_err
request_options_read(
    struct sv json, struct arena *arena, struct request_options *ret, struct coord_error *err)
{
	CLEANUP(parser_free) struct json_parser *parser = NULL;
	struct request_options o = { .logs = false };
	struct json_value object = JSON_MISSING;

	if (json.len > 0) {
		parser = json_parser_new(OPTIONS_BYTES_MOST, OPTIONS_DEPTH);
		if (parser == NULL)
			return error_set(err, COORD_ENOMEM, "options: no memory");
		TRY(json_parse(parser, json.data, json.len, false, &object, err));
		if (json_type(object) != JSON_OBJECT)
			return error_set(err, COORD_EPARSE, "options: expected an object");
	}
	TRY(read_kind(object, &o, err));
	TRY(read_group(object, arena, &o, err));
	TRY(read_numbers(object, &o, err));
	TRY(read_tools(object, arena, &o, err));
	TRY(read_text(object, "format", arena, &o.format, err));
	TRY(check_format(o.format, err));
	TRY(read_text(object, "sensor", arena, &o.sensor, err));
	*ret = o;
	return COORD_OK;
}

enum coord_err
jobs_options_check(struct sv options, struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	struct request_options read;
	enum coord_err rc;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "options: no memory");
	rc = request_options_read(options, arena, &read, err);
	arena_free(arena);
	return rc;
}

int
request_year(int64_t us)
{
	char text[TIME_TEXT_MAX];
	uint64_t year = 0;

	time_format(us, true, text);
	return sv_to_u64(sv_first(sv_from(text), 4), &year) ? (int)year : 0;
}

enum coord_err
request_depth(struct sv text, enum detect_depth *ret, struct coord_error *err)
{
	static const char *const names[] = {
		[DEPTH_MINIMAL] = "minimal", [DEPTH_STANDARD] = "standard", [DEPTH_DEEP] = "deep"
	};

	*ret = DEPTH_STANDARD;
	if (text.len == 0)
		return COORD_OK;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sv_eq(text, sv_from(names[i]))) {
			*ret = (enum detect_depth)i;
			return COORD_OK;
		}
	return error_set(err, COORD_EINVALID, "analysis_depth: expected minimal, standard or deep");
}

/* --- packing ----------------------------------------------------------------------------------------------------------- */

static void
stream_free(ZSTD_DStream **stream)
{
	(void)ZSTD_freeDStream(*stream);
}

/* Frames without their size, or several: piece by piece. */
static enum coord_err
unpack_stream(struct sv packed, struct buf *out, struct coord_error *err)
{
	CLEANUP(stream_free) ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_inBuffer in = { packed.data, packed.len, 0 };
	size_t left = 1, step = ZSTD_DStreamOutSize();

	if (stream == NULL)
		return error_set(err, COORD_ENOMEM, "request: no memory to unpack it");
	while (in.pos < in.size || left > 0) {
		char *at = buf_reserve(out, step);
		ZSTD_outBuffer piece = { at, step, 0 };
		size_t before = in.pos;

		if (at == NULL)
			return error_set(err, COORD_ELIMIT,
			    "request: more than %zu bytes when unpacked", out->max);
		left = ZSTD_decompressStream(stream, &piece, &in);
		if (ZSTD_isError(left))
			return error_set(err, COORD_EPARSE, "request: stored badly: %s",
			    ZSTD_getErrorName(left));
		out->len += piece.pos;
		if (in.pos == before && piece.pos == 0 && in.pos == in.size && left > 0)
			return error_set(err, COORD_EPARSE, "request: stored badly: cut off");
	}
	return COORD_OK;
}

static bool
is_packed(struct sv bytes)
{
	static const char magic[] = { '\x28', '\xb5', '\x2f', '\xfd' };

	return bytes.len >= sizeof(magic) && memcmp(bytes.data, magic, sizeof(magic)) == 0;
}

enum coord_err
request_unpack(struct sv packed, struct buf *out, struct coord_error *err)
{
	unsigned long long size;
	size_t got;
	char *at;

	if (!is_packed(packed)) {
		buf_add_sv(out, packed);
		return out->failed
			   ? error_set(err, COORD_ELIMIT, "request: more than %zu bytes", out->max)
			   : COORD_OK;
	}
	size = ZSTD_getFrameContentSize(packed.data, packed.len);
	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ||
	    size > out->max - out->len ||
	    ZSTD_findFrameCompressedSize(packed.data, packed.len) != packed.len)
		return unpack_stream(packed, out, err);
	at = buf_reserve(out, (size_t)size + 1);
	if (at == NULL)
		return error_set(err, COORD_ENOMEM, "request: no memory for %llu bytes", size);
	got = ZSTD_decompress(at, (size_t)size, packed.data, packed.len);
	if (ZSTD_isError(got))
		return error_set(
		    err, COORD_EPARSE, "request: stored badly: %s", ZSTD_getErrorName(got));
	out->len += got;
	return COORD_OK;
}

enum coord_err
request_pack(struct sv text, struct arena *arena, struct sv *ret, struct coord_error *err)
{
	size_t most = ZSTD_compressBound(text.len);
	char *at = arena_array_raw(arena, most + 1, 1);
	size_t len;

	if (at == NULL)
		return error_set(err, COORD_ENOMEM, "no memory to pack %zu bytes", text.len);
	len = ZSTD_compress(at, most, text.data, text.len, PACK_LEVEL);
	if (ZSTD_isError(len))
		return error_set(err, COORD_ENOMEM, "cannot pack: %s", ZSTD_getErrorName(len));
	*ret = (struct sv){ at, len };
	return COORD_OK;
}

/* --- sessions ---------------------------------------------------------------------------------------------------------- */

static enum coord_err
empty_table(struct session_table *ret, struct coord_error *err)
{
	struct session_builder *builder = session_builder_new();
	enum coord_err rc;

	if (builder == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for sessions");
	rc = session_builder_finish(builder, ret, NULL, err);
	session_builder_free(builder);
	return rc;
}

enum coord_err
request_table(struct sv text, const struct request_options *options, unsigned threads,
    struct session_table *ret, struct ingest_report *report, struct coord_error *err)
{
	struct ingest_source source = { .path = "request", .sensor = options->sensor };
	struct ingest_options reading = { .sources = &source,
		.n_sources = 1,
		.format = options->format,
		.from_us = TIME_NONE,
		.to_us = TIME_NONE,
		.year = options->year,
		.zone_offset_us = options->zone_us,
		.threads = threads };
	enum coord_err rc;

	*ret = (struct session_table){ .arena = NULL };
	rc = ingest_memory(&reading, options->logs ? "log" : "sessions", text.data, text.len, false,
	    ret, report, err);
	if (rc == COORD_ENODATA)
		rc = empty_table(ret, err);
	return rc;
}
