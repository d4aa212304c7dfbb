/* update.c - fetches the files of a folder's manifest, one after the other. Nothing but a GET of a public file leaves the site.
 * What comes has to be better than what is there: an HTML page in place of a list, a list that detect/ cannot read or whose
 * own count of records disagrees, one of less than half the entries: refused, and the old file stays. Files appear whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "net/net.h"
#include "tools/offline/manifest.h"
#include "tools/offline/source.h"

enum {
	SHRINK = 2 /* a new list has at least one part in so many of the entries of the old one */,
	TOTAL_S = 600
};

struct run {
	const struct tools_update *update;
	struct tools_feed *feeds;
	size_t n;
	struct arena *arena;
	struct coord_error *err;
};

/* One feed of it. */
struct fetch {
	struct run *run;
	struct tools_feed *feed;
	const char *path;
	struct net_answer answer;
	struct buf rewritten; /* what is kept when it is not the answer's body */
	uint64_t entries;
	char what[240];
};

const char *
tools_update_outcome_name(enum tools_update_outcome outcome)
{
	static const char *const names[] = { [TOOLS_UPDATED] = "updated",
		[TOOLS_UNCHANGED] = "unchanged",
		[TOOLS_FRESH] = "fresh",
		[TOOLS_REFUSED] = "refused",
		[TOOLS_FAILED] = "failed" };

	return names[outcome];
}

static enum tools_update_outcome say(
    struct fetch *f, enum tools_update_outcome outcome, const char *format, ...) PRINTF_LIKE(3, 4);

static enum tools_update_outcome
say(struct fetch *f, enum tools_update_outcome outcome, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(f->what, sizeof(f->what), format, args);
	va_end(args);
	return outcome;
}

/* --- what came -------------------------------------------------------------------------------------------------------------- */

/* "Shodan, Inc." as the first field of a line of the list. */
static void
add_organisation(struct buf *out, struct sv text)
{
	buf_add_str(out, "\"");
	for (size_t i = 0; i < text.len && i < 100; i++) {
		char c = text.data[i];

		buf_add_char(out, c == '"' || (unsigned char)c < ' ' ? ' ' : c);
	}
	buf_add_str(out, "\"");
}

/* ISC: [{"type": "shodan", "ipv4": "192.0.2.7", ...}], with other names of the address in older answers. */
static bool
write_research(struct json_value document, struct buf *out)
{
	static const char *const keys[] = { "ipv4", "ip", "ipv6", "address" };
	struct json_iter each = json_each(document);
	struct json_value row;

	if (json_type(document) != JSON_ARRAY)
		return false;
	while (json_next(&each, &row)) {
		struct sv organisation = SV(""), text = SV("");

		(void)json_string(json_get(row, SV("type")), &organisation);
		for (size_t i = 0; text.len == 0 && i < sizeof(keys) / sizeof(keys[0]); i++)
			(void)json_string(json_get(row, sv_from(keys[i])), &text);
		if (text.len == 0)
			return false;
		add_organisation(out, organisation.len == 0 ? SV("ISC research") : organisation);
		buf_printf(
		    out, ",network,%.*s,isc.sans.edu\n", (int)sv_first(text, 64).len, text.data);
	}
	return !out->failed;
}

/* The list of researchers as a list of scanners. */
static bool
rewrite_research(struct fetch *f)
{
	const struct buf *body = &f->answer.body;
	struct json_parser *parser = json_parser_new(body->len + 1, 8);
	struct json_value document;
	bool done = parser != NULL &&
		    json_parse(parser, body->data, body->len, false, &document, NULL) == COORD_OK &&
		    write_research(document, &f->rewritten);

	json_parser_free(parser);
	return done;
}

static bool
is_html(const struct fetch *f)
{
	struct sv start = sv_first(sv_trim(buf_sv(&f->answer.body)), 9);

	return sv_starts(sv_from(f->answer.content_type), SV("text/html")) ||
	       sv_ieq(start, SV("<!doctype")) || sv_ieq(sv_first(start, 5), SV("<html"));
}

static enum coord_err
count(const struct fetch *f, struct sv text, uint64_t *ret, struct coord_error *err)
{
	const struct tools_update *u = f->run->update;

	*ret = text.len;
	if (f->feed->kind == TOOLS_DATABASE)
		return COORD_OK;
	return u->check(u->context, f->feed->kind, f->feed->name, text, ret, err);
}

/* A database has to open: it is written beside the old one first. */
static bool
opens(struct fetch *f, struct sv content)
{
	struct tools_offline *offline = NULL;
	struct coord_error err;
	const char *beside =
	    arena_printf(f->run->arena, "%s/.new.%s", f->run->update->folder, f->feed->file);
	struct tools_offline_options options = { .files = &beside, .n_files = 1 };
	bool done;

	if (beside == NULL || manifest_write_file(beside, content, &err) != COORD_OK)
		return false;
	done = tools_offline_open(&options, &offline, &err) == COORD_OK;
	if (!done)
		(void)say(f, TOOLS_REFUSED, "%s", err.what);
	tools_offline_close(offline);
	(void)unlink(beside);
	return done;
}

/* The old file's entries: as it lies there, or none. */
static uint64_t
entries_before(const struct fetch *f, struct buf *old)
{
	uint64_t n = 0;

	if (access(f->path, R_OK) != 0 || file_read_whole(f->path, old, NULL) != COORD_OK ||
	    count(f, buf_sv(old), &n, NULL) != COORD_OK)
		return 0;
	return n;
}

static enum tools_update_outcome
take(struct fetch *f)
{
	CLEANUP(buf_clear) struct buf old = BUF_INIT(f->feed->bytes_most);
	struct sv content = buf_sv(f->feed->research ? &f->rewritten : &f->answer.body);
	uint64_t before;
	struct coord_error err;

	content = content.data == NULL ? SV("") : content;
	if (count(f, content, &f->entries, &err) != COORD_OK)
		return say(f, TOOLS_REFUSED, "%s", err.what);
	before = entries_before(f, &old);
	if (before > 0 && f->entries * SHRINK < before)
		return say(f, TOOLS_REFUSED, "it shrank from %llu to %llu%s: the old one stays",
		    (unsigned long long)before, (unsigned long long)f->entries,
		    f->feed->kind == TOOLS_DATABASE ? " bytes" : " entries");
	if (before > 0 && sv_eq(buf_sv(&old), content)) {
		f->feed->fetched_us = f->run->update->now_us;
		return say(f, TOOLS_UNCHANGED, "the same bytes");
	}
	if (f->feed->kind == TOOLS_DATABASE && !opens(f, content))
		return f->what[0] != 0 ? TOOLS_REFUSED : say(f, TOOLS_REFUSED, "it does not open");
	if (manifest_write_file(f->path, content, &err) != COORD_OK)
		return say(f, TOOLS_FAILED, "%s", err.what);
	f->feed->fetched_us = f->run->update->now_us;
	f->feed->entries = f->entries;
	return say(f, TOOLS_UPDATED, "%llu%s, %llu before", (unsigned long long)f->entries,
	    f->feed->kind == TOOLS_DATABASE ? " bytes" : " entries", (unsigned long long)before);
}

/* --- asking ------------------------------------------------------------------------------------------------------------------ */

static enum tools_update_outcome
judge(struct fetch *f)
{
	const struct net_answer *a = &f->answer;

	if (a->outcome != NET_ANSWERED)
		return say(f, TOOLS_FAILED, "%s: %.180s", net_outcome_name(a->outcome), a->what);
	if (a->status == 304 && access(f->path, R_OK) == 0) {
		f->feed->fetched_us = f->run->update->now_us;
		return say(f, TOOLS_UNCHANGED, "304");
	}
	if (a->status != 200)
		return say(f, TOOLS_FAILED, "HTTP status %d%s%.150s", a->status,
		    a->location[0] != 0 ? ", to " : "", a->location);
	if (is_html(f))
		return say(f, TOOLS_REFUSED, "a page (%.60s) in place of a list", a->content_type);
	if (f->feed->research && !rewrite_research(f))
		return say(f, TOOLS_REFUSED, "expected a JSON array of objects with addresses");
	return take(f);
}

static enum coord_err
get(struct fetch *f, struct coord_error *err)
{
	const struct tools_update *u = f->run->update;
	struct net_gate gate = { .allow_http = u->allow_private,
		.allow_private = u->allow_private,
		.any_port = u->allow_private };
	struct net_header headers[2];
	struct net_request request = { .url = f->feed->url,
		.headers = headers,
		.gate = &gate,
		.total_us = TOTAL_S * TIME_SECOND,
		.answer_most = (size_t)f->feed->bytes_most,
		.follow = f->feed->redirects };

	/* only what is still there can be "not modified" */
	if (!u->force && access(f->path, R_OK) == 0) {
		if (f->feed->etag != NULL)
			headers[request.n_headers++] =
			    (struct net_header){ "If-None-Match", f->feed->etag };
		if (f->feed->last_modified != NULL)
			headers[request.n_headers++] =
			    (struct net_header){ "If-Modified-Since", f->feed->last_modified };
	}
	return net_fetch(u->net, &request, &f->answer, err);
}

static void
remember(struct fetch *f, enum tools_update_outcome outcome)
{
	const struct net_answer *a = &f->answer;

	if (outcome == TOOLS_REFUSED || outcome == TOOLS_FAILED)
		return; /* due again at once */
	f->feed->checked_us = f->run->update->now_us;
	if (outcome != TOOLS_UPDATED && (outcome != TOOLS_UNCHANGED || a->status == 304))
		return;
	f->feed->etag = a->etag[0] == 0 ? NULL : arena_strdup(f->run->arena, sv_from(a->etag));
	f->feed->last_modified = a->last_modified[0] == 0
				     ? NULL
				     : arena_strdup(f->run->arena, sv_from(a->last_modified));
}

static enum tools_update_outcome
fetch(struct fetch *f)
{
	const struct tools_update *u = f->run->update;
	enum tools_update_outcome outcome;
	struct coord_error err;

	if (f->feed->url == NULL)
		return say(f, TOOLS_FRESH, "kept by hand");
	f->path = manifest_path(f->run->arena, u->folder, f->feed->file);
	if (f->path == NULL)
		return say(f, TOOLS_FAILED, "%s", error_text(COORD_ENOMEM));
	if (!u->force && f->feed->checked_us != 0 && access(f->path, R_OK) == 0 &&
	    u->now_us - f->feed->checked_us >= 0 &&
	    u->now_us - f->feed->checked_us < f->feed->interval_us)
		return say(f, TOOLS_FRESH, "asked for less than %lld minutes ago",
		    (long long)(f->feed->interval_us / TIME_SECOND / 60));
	if (get(f, &err) != COORD_OK)
		return say(f, TOOLS_FAILED, "%s", err.what);
	outcome = judge(f);
	remember(f, outcome);
	return outcome;
}

/* --- the run ------------------------------------------------------------------------------------------------------------------ */

static bool
is_wanted(const struct tools_update *u, const struct tools_feed *feed)
{
	for (size_t i = 0; i < u->n_names; i++)
		if (strcmp(u->names[i], feed->name) == 0)
			return true;
	return u->n_names == 0 && feed->enabled && feed->url != NULL;
}

static enum coord_err
check_names(const struct run *run)
{
	for (size_t i = 0; i < run->update->n_names; i++) {
		size_t k = 0;

		while (k < run->n && strcmp(run->update->names[i], run->feeds[k].name) != 0)
			k++;
		if (k == run->n)
			return error_set(run->err, COORD_EINVALID,
			    "no feed of the name \"%.63s\" in %s/%s", run->update->names[i],
			    run->update->folder, MANIFEST_NAME);
	}
	return COORD_OK;
}

static enum coord_err
lock(const struct run *run, int *ret)
{
	const char *path = manifest_path(run->arena, run->update->folder, MANIFEST_LOCK);
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return error_set(run->err, COORD_EIO, "cannot write in %s: %s", run->update->folder,
		    strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(fd);
		return error_set(run->err, COORD_EUNAVAIL, "another update is at work in %s",
		    run->update->folder);
	}
	*ret = fd;
	return COORD_OK;
}

static enum coord_err
fetch_all(struct run *run,
    void (*tell)(void *context, const struct tools_feed *feed, enum tools_update_outcome outcome,
	const char *what),
    void *tell_context, size_t *ret_bad)
{
	TRY(tools_feeds_read(run->update->folder, run->arena, &run->feeds, &run->n, run->err));
	if (run->n == 0)
		return error_set(run->err, COORD_ENODATA,
		    "%s has no %s with feeds in it: coord tools list --example prints one",
		    run->update->folder, MANIFEST_NAME);
	TRY(check_names(run));
	for (size_t i = 0; i < run->n; i++) {
		struct fetch f = { .run = run,
			.feed = &run->feeds[i],
			.rewritten = BUF_INIT(run->feeds[i].bytes_most * 4) };
		enum tools_update_outcome outcome;

		if (!is_wanted(run->update, f.feed))
			continue;
		outcome = fetch(&f);
		*ret_bad += outcome == TOOLS_REFUSED || outcome == TOOLS_FAILED;
		net_answer_clear(&f.answer);
		buf_clear(&f.rewritten);
		/* at once: who is killed at the third feed has the first two */
		TRY(manifest_keep_state(run->update->folder, run->feeds, run->n, run->err));
		tell(tell_context, f.feed, outcome, f.what);
	}
	return COORD_OK;
}

enum coord_err
tools_update_run(const struct tools_update *update,
    void (*tell)(void *context, const struct tools_feed *feed, enum tools_update_outcome outcome,
	const char *what),
    void *tell_context, size_t *ret_bad, struct coord_error *err)
{
	struct run run = { .update = update, .arena = arena_new(0), .err = err };
	enum coord_err rc;
	int fd = -1;

	*ret_bad = 0;
	if (run.arena == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	rc = lock(&run, &fd);
	if (rc == COORD_OK)
		rc = fetch_all(&run, tell, tell_context, ret_bad);
	if (fd >= 0)
		(void)close(fd);
	arena_free(run.arena);
	return rc;
}
