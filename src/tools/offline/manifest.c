/* manifest.c - tools.json of a folder: which files are fetched, from where, how often and on what terms; and the state beside it,
 * which `coord tools update` keeps. The manifest is the operator's: an unknown key is a fault, not a matter of taste. The state
 * is ours: when it is damaged it is as if nothing had been fetched. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/offline/manifest.h"

static const int64_t hour_us = 3600 * TIME_SECOND;
static const uint64_t bytes_default = (uint64_t)64 << 20, bytes_most = (uint64_t)2 << 30;
enum {
	NAME_MOST = 63,
	URL_MOST = 1000,
	TEXT_MOST = 1000,
	HOURS_DEFAULT = 24,
	HOURS_MOST = 24 * 366
};

struct reading {
	const char *name; /* of the file */
	struct arena *arena;
	size_t row;
	struct coord_error *err;
};

static enum coord_err
fault(const struct reading *r, const char *key, const char *what)
{
	return error_set(
	    r->err, COORD_EPARSE, "%.100s: feeds[%zu].%s: %s", r->name, r->row, key, what);
}

static enum coord_err
full(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
}

char *
manifest_path(struct arena *arena, const char *folder, const char *name)
{
	return arena_printf(arena, "%s/%s", folder, name);
}

static bool
is_plain(struct sv text, size_t most, const char *others)
{
	if (text.len == 0 || text.len > most)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			(c != 0 && strchr(others, c) != NULL)))
			return false;
	}
	return true;
}

static bool
is_printable(struct sv text, size_t most)
{
	if (text.len == 0 || text.len > most)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < ' ' || text.data[i] == 127)
			return false;
	return true;
}

/* --- one row -------------------------------------------------------------------------------------------------------------- */

static enum coord_err
keep(const struct reading *r, struct sv text, const char **ret)
{
	*ret = arena_strdup(r->arena, text);
	return *ret == NULL ? full(r->err) : COORD_OK;
}

static enum coord_err
take_name(const struct reading *r, struct json_value value, struct tools_feed *feed)
{
	struct sv text;

	if (!json_string(value, &text) || !is_plain(text, NAME_MOST, "._:-"))
		return fault(
		    r, "name", "expected 1 to 63 letters, digits, \".\", \"_\", \"-\" and \":\"");
	return keep(r, text, &feed->name);
}

static enum coord_err
take_file(const struct reading *r, struct json_value value, struct tools_feed *feed)
{
	struct sv text;

	if (!json_string(value, &text) || !is_plain(text, NAME_MOST, "._-") ||
	    text.data[0] == '.' || sv_starts(text, SV("tools.")))
		return fault(
		    r, "file", "expected the name of a file in this folder, without a path");
	return keep(r, text, &feed->file);
}

static enum coord_err
take_url(const struct reading *r, struct json_value value, struct tools_feed *feed)
{
	struct sv text;

	if (!json_string(value, &text) || !is_printable(text, URL_MOST) ||
	    (!sv_starts(text, SV("https://")) && !sv_starts(text, SV("http://"))))
		return fault(r, "url", "expected a URL that begins with https://");
	return keep(r, text, &feed->url);
}

static enum coord_err
take_kind(const struct reading *r, struct json_value value, struct tools_feed *feed)
{
	static const struct {
		const char *name;
		enum tools_file_kind kind;
		bool research;
	} kinds[] = { { "feed", TOOLS_FEED, false }, { "scanners", TOOLS_SCANNERS, false },
		{ "isc-research", TOOLS_SCANNERS, true }, { "database", TOOLS_DATABASE, false } };
	struct sv text = SV("");

	(void)json_string(value, &text);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (sv_eq(text, sv_from(kinds[i].name))) {
			feed->kind = kinds[i].kind;
			feed->research = kinds[i].research;
			return COORD_OK;
		}
	return fault(r, "kind", "expected feed, scanners, isc-research or database");
}

static enum coord_err
take_terms(const struct reading *r, struct json_value value, struct tools_feed *feed)
{
	struct sv text;

	if (!json_string(value, &text) || !is_printable(text, TEXT_MOST))
		return fault(r, "terms", "expected a text of at most 1000 bytes");
	return keep(r, text, &feed->terms);
}

static enum coord_err
take_hours(const struct reading *r, struct json_value value, struct tools_feed *feed)
{
	double hours;

	if (!json_f64(value, &hours) || !(hours >= 0.05 && hours <= HOURS_MOST))
		return fault(r, "interval_hours", "expected a number from 0.05 to 8784");
	feed->interval_us = (int64_t)(hours * (double)hour_us);
	return COORD_OK;
}

static enum coord_err
take_bytes(const struct reading *r, struct json_value value, struct tools_feed *feed)
{
	uint64_t n;

	if (!json_u64(value, &n) || n == 0 || n > bytes_most)
		return fault(r, "bytes_most", "expected a number from 1 to 2147483648");
	feed->bytes_most = n;
	return COORD_OK;
}

static enum coord_err
take_enabled(const struct reading *r, struct json_value value, struct tools_feed *feed)
{
	return json_bool(value, &feed->enabled) ? COORD_OK
						: fault(r, "enabled", "expected true or false");
}

static enum coord_err
take_redirects(const struct reading *r, struct json_value value, struct tools_feed *feed)
{
	return json_bool(value, &feed->redirects) ? COORD_OK
						  : fault(r, "redirects", "expected true or false");
}

static enum coord_err
take_note(const struct reading *r, struct json_value value, struct tools_feed *feed)
{
	(void)feed;
	return json_type(value) == JSON_STRING ? COORD_OK : fault(r, "note", "expected a text");
}

static const struct {
	const char *key;
	enum coord_err (*take)(
	    const struct reading *r, struct json_value value, struct tools_feed *feed);
} keys[] = {
	{ "name", take_name },
	{ "kind", take_kind },
	{ "url", take_url },
	{ "file", take_file },
	{ "terms", take_terms },
	{ "interval_hours", take_hours },
	{ "bytes_most", take_bytes },
	{ "enabled", take_enabled },
	{ "redirects", take_redirects },
	{ "note", take_note },
};

static enum coord_err
take_member(
    const struct reading *r, struct sv key, struct json_value value, struct tools_feed *feed)
{
	char name[NAME_MOST + 1];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (sv_eq(key, sv_from(keys[i].key)))
			return keys[i].take(r, value, feed);
	(void)snprintf(name, sizeof(name), "%.*s", (int)sv_first(key, NAME_MOST).len, key.data);
	return fault(r, name, "no such key (docs/tools.md has them)");
}

static enum coord_err
take_row(const struct reading *r, struct json_value row, const struct tools_feed *before,
    struct tools_feed *feed)
{
	struct json_iter each = json_each(row);
	struct json_value value;
	struct sv key;

	*feed = (struct tools_feed){ .kind = TOOLS_FEED,
		.interval_us = HOURS_DEFAULT * hour_us,
		.bytes_most = bytes_default,
		.enabled = true };
	if (json_type(row) != JSON_OBJECT)
		return fault(r, "", "expected an object");
	while (json_next_member(&each, &key, &value))
		TRY(take_member(r, key, value, feed));
	if (feed->name == NULL)
		return fault(r, "name", "is missing");
	if (feed->file == NULL)
		return fault(r, "file", "is missing");
	for (size_t i = 0; i < r->row; i++) {
		if (strcmp(before[i].name, feed->name) == 0)
			return fault(r, "name", "stands there twice");
		if (strcmp(before[i].file, feed->file) == 0)
			return fault(r, "file", "stands there twice");
	}
	return COORD_OK;
}

/* --- the whole ------------------------------------------------------------------------------------------------------------ */

static enum coord_err
take_all(struct reading *r, struct json_value document, struct tools_feed **ret, size_t *ret_n)
{
	struct json_value list = json_get(document, SV("feeds")), row;
	struct json_iter each = json_each(list);
	size_t n = json_count(list);
	struct tools_feed *feeds;

	if (json_type(list) != JSON_ARRAY)
		return error_set(
		    r->err, COORD_EPARSE, "%.100s: expected {\"feeds\": [...]}", r->name);
	if (n > MANIFEST_FEEDS_MOST)
		return error_set(r->err, COORD_ELIMIT, "%.100s: more than %d feeds", r->name,
		    MANIFEST_FEEDS_MOST);
	if ((feeds = ARENA_ARRAY(r->arena, n + 1, struct tools_feed)) == NULL)
		return full(r->err);
	for (r->row = 0; r->row < n && json_next(&each, &row); r->row++)
		TRY(take_row(r, row, feeds, &feeds[r->row]));
	*ret = feeds;
	*ret_n = n;
	return COORD_OK;
}

enum coord_err
tools_manifest_parse(struct sv text, const char *name, struct arena *arena, struct tools_feed **ret,
    size_t *ret_n, struct coord_error *err)
{
	struct reading r = { .name = name, .arena = arena, .err = err };
	struct json_parser *parser = json_parser_new(MANIFEST_BYTES_MOST, 8);
	struct coord_error inner = { .code = COORD_OK };
	struct json_value document;
	enum coord_err rc;

	if (parser == NULL)
		return full(err);
	rc = json_parse(
	    parser, text.data == NULL ? "" : text.data, text.len, false, &document, &inner);
	if (rc != COORD_OK)
		(void)error_at(err, rc, inner.line, inner.byte, "%.100s: byte %llu: %.100s", name,
		    (unsigned long long)inner.byte, inner.what);
	else
		rc = take_all(&r, document, ret, ret_n);
	json_parser_free(parser);
	return rc;
}

/* --- state ------------------------------------------------------------------------------------------------------------------ */

static void
recall_row(struct json_value row, struct arena *arena, struct tools_feed *feed)
{
	struct sv text, file;

	/* a feed that now has another address or file, or none, was never fetched */
	if (feed->url == NULL || !json_string(json_get(row, SV("url")), &text) ||
	    !sv_eq(text, sv_from(feed->url)) || !json_string(json_get(row, SV("file")), &file) ||
	    !sv_eq(file, sv_from(feed->file)))
		return;
	(void)json_i64(json_get(row, SV("fetched_us")), &feed->fetched_us);
	(void)json_i64(json_get(row, SV("checked_us")), &feed->checked_us);
	(void)json_u64(json_get(row, SV("entries")), &feed->entries);
	if (json_string(json_get(row, SV("etag")), &text) && is_printable(text, TEXT_MOST))
		feed->etag = arena_strdup(arena, text);
	if (json_string(json_get(row, SV("last_modified")), &text) && is_printable(text, TEXT_MOST))
		feed->last_modified = arena_strdup(arena, text);
}

static void
recall_state(struct sv text, struct arena *arena, struct tools_feed *feeds, size_t n)
{
	struct json_parser *parser = json_parser_new(MANIFEST_BYTES_MOST, 8);
	struct json_value document;

	if (parser != NULL &&
	    json_parse(parser, text.data, text.len, false, &document, NULL) == COORD_OK)
		for (size_t i = 0; i < n; i++)
			recall_row(json_get(document, sv_from(feeds[i].name)), arena, &feeds[i]);
	json_parser_free(parser);
}

enum coord_err
tools_feeds_read(const char *folder, struct arena *arena, struct tools_feed **ret, size_t *ret_n,
    struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(MANIFEST_BYTES_MOST);
	CLEANUP(buf_clear) struct buf state = BUF_INIT(MANIFEST_BYTES_MOST);
	const char *path = manifest_path(arena, folder, MANIFEST_NAME);
	const char *beside = manifest_path(arena, folder, MANIFEST_STATE);

	*ret = NULL;
	*ret_n = 0;
	if (path == NULL || beside == NULL)
		return full(err);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return COORD_OK;
	TRY(file_read_whole(path, &text, err));
	TRY(tools_manifest_parse(buf_sv(&text), path, arena, ret, ret_n, err));
	if (access(beside, R_OK) == 0 && file_read_whole(beside, &state, NULL) == COORD_OK &&
	    state.len > 0)
		recall_state(buf_sv(&state), arena, *ret, *ret_n);
	return COORD_OK;
}

static void
write_row(struct jsonw *w, const struct tools_feed *feed)
{
	if (feed->url == NULL)
		return;
	jsonw_key(w, feed->name);
	jsonw_object(w);
	jsonw_key(w, "url");
	jsonw_str(w, feed->url);
	jsonw_key(w, "file");
	jsonw_str(w, feed->file);
	jsonw_key(w, "fetched_us");
	jsonw_i64(w, feed->fetched_us);
	jsonw_key(w, "checked_us");
	jsonw_i64(w, feed->checked_us);
	jsonw_key(w, "entries");
	jsonw_u64(w, feed->entries);
	jsonw_key(w, "etag");
	jsonw_str(w, feed->etag);
	jsonw_key(w, "last_modified");
	jsonw_str(w, feed->last_modified);
	jsonw_end(w);
}

enum coord_err
manifest_write_file(const char *path, struct sv content, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf temporary = BUF_INIT(1 << 16);
	const char *slash = strrchr(path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - path) + 1, fd, why;
	bool done = true;

	/* a name with a dot in front: no look at the folder takes it for a database */
	buf_printf(&temporary, "%.*s.%s.XXXXXX", folder, path, path + folder);
	if (buf_cstr(&temporary)[0] == 0)
		return full(err);
	if ((fd = mkstemp(temporary.data)) < 0)
		return error_set(err, COORD_EIO, "cannot write %s: %s", path, strerror(errno));
	for (size_t at = 0; done && at < content.len;) {
		ssize_t n = write(fd, content.data + at, content.len - at);

		done = n > 0;
		at += done ? (size_t)n : 0;
	}
	done = done && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
	why = errno;
	(void)close(fd);
	if (done && rename(temporary.data, path) == 0)
		return COORD_OK;
	why = done ? errno : why;
	(void)unlink(temporary.data);
	return error_set(err, COORD_EIO, "cannot write %s: %s", path, strerror(why));
}

enum coord_err
manifest_keep_state(
    const char *folder, const struct tools_feed *feeds, size_t n, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(MANIFEST_BYTES_MOST);
	CLEANUP(buf_clear) struct buf path = BUF_INIT(1 << 16);
	struct jsonw w = jsonw_init(&text, true);

	jsonw_object(&w);
	for (size_t i = 0; i < n; i++)
		if (feeds[i].checked_us != 0)
			write_row(&w, &feeds[i]);
	jsonw_end(&w);
	buf_add_char(&text, '\n');
	buf_printf(&path, "%s/%s", folder, MANIFEST_STATE);
	if (text.failed || buf_cstr(&path)[0] == 0)
		return full(err);
	return manifest_write_file(path.data, buf_sv(&text), err);
}
