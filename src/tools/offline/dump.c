/* dump.c - a pfx2as or MRT file as a database: read whole into a table of its own. An MRT file of a full table takes a minute;
 * `coord tools build` reads it once and writes the table down (cache.c). */
#include <stdlib.h>

#include "tools/offline/routes.h"

enum { START = 64 };

struct dump {
	struct routes_builder builder;
	struct routes routes;
};

static enum coord_err
read_any(struct stream *stream, struct routes_builder *builder, struct routes_read *ret,
    struct coord_error *err)
{
	struct sv start;

	TRY(stream_peek(stream, START, &start, err));
	if (mrt_recognise(start))
		return mrt_read(stream, builder, ret, err);
	if (pfx2as_recognise(start))
		return pfx2as_read(stream, builder, ret, err);
	return error_set(err, COORD_EPARSE,
	    "%s: expected a list of prefixes (pfx2as) or an MRT table dump", stream_path(stream));
}

enum coord_err
routes_read(const char *path, struct mapped file, struct routes_builder *builder,
    struct routes_read *ret, struct coord_error *err)
{
	struct stream *stream = NULL;
	enum coord_err rc;

	*ret = (struct routes_read){ .type = "" };
	TRY(stream_open(path, file, &stream, err));
	rc = read_any(stream, builder, ret, err);
	stream_close(stream);
	return rc;
}

static bool
dump_recognise(const struct mapped *file)
{
	struct sv start = { (const char *)file->data, file->len < START ? file->len : START };

	return sv_starts(start, SV("\x1f\x8b")) || sv_starts(start, SV("BZh")) ||
	       mrt_recognise(start) || pfx2as_recognise(start);
}

static void
dump_close(void *source)
{
	struct dump *dump = source;

	routes_builder_clear(&dump->builder);
	free(dump);
}

static enum coord_err
dump_open(const char *path, const struct mapped *file, struct tools_file *told, void **ret,
    struct coord_error *err)
{
	struct dump *dump = calloc(1, sizeof(*dump));
	struct routes_read read;
	enum coord_err rc;

	if (dump == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	rc = routes_read(path, *file, &dump->builder, &read, err);
	if (rc == COORD_OK && read.announcements == 0)
		rc = error_set(err, COORD_EPARSE, "%s: no announced prefix in it", path);
	if (rc == COORD_OK)
		rc = routes_build(&dump->builder, &dump->routes, err);
	if (rc != COORD_OK) {
		dump_close(dump);
		return rc;
	}
	told->type = read.type;
	told->made_us = read.made_us;
	told->data = TOOLS_ASN | TOOLS_ROUTE;
	*ret = dump;
	return COORD_OK;
}

static unsigned
dump_find(const void *source, struct addr a, unsigned want, struct tools_address *ret)
{
	return routes_tell(&((const struct dump *)source)->routes, a, want, ret);
}

static uint32_t
dump_asn(const void *source, struct addr a)
{
	return routes_asn(&((const struct dump *)source)->routes, a);
}

const struct source_kind source_dump = { .name = "dump",
	.recognise = dump_recognise,
	.open = dump_open,
	.close = dump_close,
	.find = dump_find,
	.asn = dump_asn };
