/* build.c - many dumps into one cache: what `coord tools build` does. */
#include "tools/offline/routes.h"

#include <stdio.h>

enum { NAMES_MOST = 1 << 18 };

static enum coord_err
take_file(const char *path, struct routes_builder *builder, struct buf *sources,
    struct tools_built *ret, struct coord_error *err)
{
	struct mapped file = { .at = NULL };
	const char *slash = strrchr(path, '/');
	struct routes_read read;
	uint8_t sha[32];
	char hex[65];
	enum coord_err rc;

	TRY(mapped_open(path, &file, err));
	rc = routes_read(path, file, builder, &read, err);
	sha256_of(file.data, file.len, sha);
	mapped_close(&file);
	if (rc != COORD_OK)
		return rc;
	hex_of(sha, sizeof(sha), hex);
	buf_printf(sources, "%s %s\n", hex, slash == NULL ? path : slash + 1);
	if (ret->bad == 0 && read.bad > 0)
		(void)snprintf(ret->first_bad, sizeof(ret->first_bad), "%.100s: record %llu: %s",
		    path, (unsigned long long)read.bad_at, read.bad_what);
	ret->announcements += read.announcements;
	ret->skipped += read.skipped;
	ret->bad += read.bad;
	ret->made_us = read.made_us > ret->made_us ? read.made_us : ret->made_us;
	return COORD_OK;
}

static enum coord_err
build(const char *const *files, size_t n, const char *path, struct routes_builder *builder,
    struct tools_built *ret, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf sources = BUF_INIT(NAMES_MOST);
	struct routes routes;

	for (size_t i = 0; i < n; i++)
		TRY(take_file(files[i], builder, &sources, ret, err));
	TRY(routes_build(builder, &routes, err));
	ret->prefixes = routes.n_records;
	for (uint32_t i = 0; i < routes.n_records; i++)
		ret->prefixes_v4 += record_is_v4(&routes.records[i]);
	return cache_write(path, &routes, buf_sv(&sources), ret->made_us, err);
}

enum coord_err
tools_routes_build(const char *const *files, size_t n, const char *path, struct tools_built *ret,
    struct coord_error *err)
{
	struct routes_builder builder = { .n_records = 0 };
	enum coord_err rc;

	*ret = (struct tools_built){ .prefixes = 0 };
	rc = build(files, n, path, &builder, ret, err);
	routes_builder_clear(&builder);
	return rc;
}
