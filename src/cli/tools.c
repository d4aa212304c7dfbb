/* tools.c - `coord tools update|list|lookup|build`: the databases and feeds that analyses look things up in. Nothing of this goes over the
 * network but update, and that fetches public files and tells nobody why. */
#include "tools/tools.h"

#include <math.h>
#include <stdio.h>

#include "cli/output.h"
#include "cli/phrase.h"
#include "cli/service.h"
#include "detect/detect.h"

enum { FORMAT_TEXT, FORMAT_JSON };

static const size_t list_most = (size_t)256 << 20;

/* clang-format off */
#define FOLDER_OPTION                                                                              \
	{ "--tools-folder", 0, "FOLDER", OPTION_FOLDER, OPTION_AT(tools_folder), 0, 0, NULL, "COORD_TOOLS_FOLDER", \
	  "The folder of databases and feeds, with its tools.json (docs/tools.md)." }
#define FORMAT_OPTION                                                                              \
	{ "--format", 0, "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json", "text",    \
	  "text: for people. json: for programs." }

static const struct option update_options[] = {
	FOLDER_OPTION,
	{ "--force", 0, NULL, OPTION_FLAG, OPTION_AT(force), 0, 0, NULL, NULL,
	  "Fetch although a feed's interval is not over, and whether or not it has changed." },
	{ "--allow-private", 0, NULL, OPTION_FLAG, OPTION_AT(allow_private), 0, 0, NULL, NULL,
	  "Also http, private addresses and any port: for a mirror inside the site. Without it: https to public addresses." },
	SERVICE_OPTIONS,
	{ "--quiet", 'q', NULL, OPTION_FLAG, OPTION_AT(quiet), 0, 0, NULL, NULL,
	  "Tell of what was refused or failed only." },
};
static const struct option list_options[] = {
	FOLDER_OPTION,
	{ "--example", 0, NULL, OPTION_FLAG, OPTION_AT(example), 0, 0, NULL, NULL,
	  "Print a tools.json with every feed that is known here, and nothing else." },
	FORMAT_OPTION,
	SERVICE_OPTIONS,
	OUTPUT_OPTION,
};
static const struct option lookup_options[] = {
	FOLDER_OPTION,
	FORMAT_OPTION,
	SERVICE_OPTIONS,
	OUTPUT_OPTION,
};
static const struct option build_options[] = {
	{ "--output", 'o', "FILE", OPTION_FILE, OPTION_AT(output), 0, 0, NULL, "table.routes",
	  "Where the table goes; in a folder of databases its name has to end in .routes." },
	{ "--quiet", 'q', NULL, OPTION_FLAG, OPTION_AT(quiet), 0, 0, NULL, NULL, "Tell nothing but faults." },
};
/* clang-format on */

static const char *
folder_of(const struct settings *settings, const struct config *config)
{
	if (settings->tools_folder != NULL)
		return settings->tools_folder;
	return config->tools_folder != NULL && config->tools_folder[0] != 0 ? config->tools_folder
									    : NULL;
}

static enum cli_status
no_folder(const struct command *self)
{
	complain(self, "no folder: give --tools-folder FOLDER, or set COORD_TOOLS_FOLDER");
	return hint_help(self);
}

/* --- update ---------------------------------------------------------------------------------------------------------------- */

/* A list is what detect/ can read: one parser for what is fetched and what is analysed with. */
static enum coord_err
check_list(void *context, enum tools_file_kind kind, const char *name, struct sv text,
    uint64_t *ret_entries, struct coord_error *err)
{
	struct knowledge *k = NULL;
	uint32_t entries = 0;
	enum coord_err rc;

	(void)context;
	TRY(detect_knowledge_new(&k, err));
	rc = detect_knowledge_add(
	    k, kind == TOOLS_SCANNERS ? LIST_SCANNERS : LIST_FEED, name, text, err);
	if (rc == COORD_OK)
		entries = detect_knowledge_entries(k);
	detect_knowledge_free(k);
	*ret_entries = entries;
	return rc;
}

struct teller {
	const struct command *self;
	bool quiet;
};

static void
tell_update(void *context, const struct tools_feed *feed, enum tools_update_outcome outcome,
    const char *what)
{
	const struct teller *t = context;

	if (!t->quiet || outcome == TOOLS_REFUSED || outcome == TOOLS_FAILED)
		complain(
		    t->self, "%s: %s: %s", feed->name, tools_update_outcome_name(outcome), what);
}

static enum cli_status
update_with(const struct command *self, const struct settings *settings,
    const struct config *config, const char *folder)
{
	struct teller teller = { self, settings->quiet };
	struct tools_update update = { .folder = folder,
		.now_us = clock_wall(),
		.force = settings->force,
		.allow_private = settings->allow_private,
		.names = settings->operands.items,
		.n_names = settings->operands.n,
		.check = check_list };
	struct coord_error err;
	size_t bad = 0;
	enum coord_err rc = service_net(config, &update.net, &err);

	if (rc == COORD_OK)
		rc = tools_update_run(&update, tell_update, &teller, &bad, &err);
	net_free(update.net);
	if (rc != COORD_OK)
		return complain_error(self, &err);
	return bad > 0 ? STATUS_REFUSED : STATUS_DONE;
}

static enum cli_status
update(const struct command *self, const struct settings *settings)
{
	struct config config;
	const char *folder;
	enum cli_status status = service_config(self, settings, &config);

	if (status != STATUS_DONE)
		return status;
	folder = folder_of(settings, &config);
	status = folder == NULL ? no_folder(self) : update_with(self, settings, &config, folder);
	config_clear(&config);
	return status;
}

/* --- what is there ----------------------------------------------------------------------------------------------------------- */

struct view {
	const struct command *self;
	const struct settings *settings;
	struct config config;
	struct arena *arena;
	const char *folder; /* NULL: none */
	struct tools_offline *offline;
	struct buf out;
};

static void
add_time(struct buf *out, int64_t us, const char *never)
{
	char text[TIME_TEXT_MAX];

	if (us != 0)
		time_format(us, true, text);
	buf_add_str(out, us == 0 ? never : text);
}

static void
key_time(struct jsonw *w, const char *key, int64_t us)
{
	char text[TIME_TEXT_MAX];

	if (us != 0)
		time_format(us, true, text);
	jsonw_key(w, key);
	jsonw_str(w, us == 0 ? NULL : text);
}

static void
key_text(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static const struct {
	unsigned bit;
	const char *name;
} data_names[] = { { TOOLS_ASN, "asn" }, { TOOLS_AS_NAME, "as_name" }, { TOOLS_COUNTRY, "country" },
	{ TOOLS_CITY, "city" }, { TOOLS_USE, "use" }, { TOOLS_FLAGS, "flags" },
	{ TOOLS_ROUTE, "route" } };

static const char *const kind_names[] = {
	[TOOLS_DATABASE] = "database", [TOOLS_FEED] = "feed", [TOOLS_SCANNERS] = "scanners"
};

static void
add_database_text(struct buf *out, const struct tools_file *file)
{
	buf_printf(
	    out, "%-9s %s\n          %s, made ", kind_names[file->kind], file->path, file->type);
	add_time(out, file->made_us, "unknown");
	buf_add_str(out, ", knows");
	for (size_t i = 0; i < sizeof(data_names) / sizeof(data_names[0]); i++)
		if ((file->data & data_names[i].bit) != 0)
			buf_printf(out, " %s", data_names[i].name);
	buf_printf(out, "\n          SHA-256 %s\n", file->sha256);
}

static void
add_feed_text(struct buf *out, const struct tools_feed *feed)
{
	buf_printf(out, "%-9s %s%s\n          %s, ", kind_names[feed->kind], feed->name,
	    feed->enabled ? "" : " (not enabled)", feed->file);
	if (feed->url == NULL) {
		buf_add_str(out, "kept by hand\n");
	} else {
		buf_add_str(out, "fetched ");
		add_time(out, feed->fetched_us, "never");
		buf_printf(out, ", %llu %s, every %.4g h\n          %s\n",
		    (unsigned long long)feed->entries,
		    feed->kind == TOOLS_DATABASE ? "bytes" : "entries",
		    (double)feed->interval_us / 3600e6, feed->url);
	}
	if (feed->terms != NULL)
		buf_printf(out, "          %s\n", feed->terms);
}

static void
add_database_json(struct jsonw *w, const struct tools_file *file)
{
	jsonw_object(w);
	key_text(w, "path", file->path);
	key_text(w, "type", file->type);
	key_text(w, "sha256", file->sha256);
	key_time(w, "made", file->made_us);
	key_time(w, "fetched", file->fetched_us);
	jsonw_key(w, "knows");
	jsonw_array(w);
	for (size_t i = 0; i < sizeof(data_names) / sizeof(data_names[0]); i++)
		if ((file->data & data_names[i].bit) != 0)
			jsonw_str(w, data_names[i].name);
	jsonw_end(w);
	jsonw_end(w);
}

static void
add_feed_json(struct jsonw *w, const struct tools_feed *feed)
{
	jsonw_object(w);
	key_text(w, "name", feed->name);
	key_text(w, "kind", kind_names[feed->kind]);
	key_text(w, "file", feed->file);
	key_text(w, "url", feed->url);
	key_text(w, "terms", feed->terms);
	jsonw_key(w, "enabled");
	jsonw_bool(w, feed->enabled);
	jsonw_key(w, "interval_hours");
	jsonw_f64(w, (double)feed->interval_us / 3600e6);
	jsonw_key(w, "entries");
	jsonw_u64(w, feed->entries);
	key_time(w, "fetched", feed->fetched_us);
	key_time(w, "checked", feed->checked_us);
	jsonw_end(w);
}

static void
list_all(struct view *v, const struct tools_feed *feeds, size_t n)
{
	struct jsonw w = jsonw_init(&v->out, true);
	const struct tools_file *file;
	bool json = v->settings->format == FORMAT_JSON;

	if (json) {
		jsonw_object(&w);
		jsonw_key(&w, "databases");
		jsonw_array(&w);
	}
	for (size_t i = 0; (file = tools_offline_file(v->offline, i)) != NULL; i++) {
		if (file->kind != TOOLS_DATABASE)
			continue;
		if (json)
			add_database_json(&w, file);
		else
			add_database_text(&v->out, file);
	}
	if (json) {
		jsonw_end(&w);
		jsonw_key(&w, "feeds");
		jsonw_array(&w);
	}
	for (size_t i = 0; i < n; i++) {
		if (json)
			add_feed_json(&w, &feeds[i]);
		else
			add_feed_text(&v->out, &feeds[i]);
	}
	if (json) {
		jsonw_end(&w);
		jsonw_end(&w);
		buf_add_char(&v->out, '\n');
	}
}

/* Opens what the options name; a folder in which nothing was fetched yet is no fault here. */
static enum coord_err
view_open(struct view *v, struct coord_error *err)
{
	struct tools_offline_options options = { .folder = v->folder, .system = true };
	enum coord_err rc = tools_offline_open(&options, &v->offline, err);

	if (rc != COORD_ENODATA)
		return rc;
	options.folder = NULL;
	return tools_offline_open(&options, &v->offline, err);
}

static enum cli_status
view_with(const struct command *self, const struct settings *settings,
    enum cli_status (*show)(struct view *v))
{
	struct view v = { .self = self,
		.settings = settings,
		.arena = arena_new(0),
		.out = BUF_INIT(list_most) };
	struct coord_error err = { .code = COORD_ENOMEM, .what = "out of memory" };
	enum cli_status status = v.arena == NULL ? complain_error(self, &err)
						 : service_config(self, settings, &v.config);

	if (status != STATUS_DONE) {
		arena_free(v.arena);
		return status;
	}
	v.folder = folder_of(settings, &v.config);
	status = view_open(&v, &err) == COORD_OK ? show(&v) : complain_error(self, &err);
	if (status == STATUS_DONE)
		status = output_whole(self, settings->output, &v.out);
	tools_offline_close(v.offline);
	buf_clear(&v.out);
	config_clear(&v.config);
	arena_free(v.arena);
	return status;
}

static enum cli_status
show_list(struct view *v)
{
	struct tools_feed *feeds = NULL;
	struct coord_error err;
	size_t n = 0;

	if (v->folder != NULL &&
	    tools_feeds_read(v->folder, v->arena, &feeds, &n, &err) != COORD_OK)
		return complain_error(v->self, &err);
	list_all(v, feeds, n);
	return STATUS_DONE;
}

static enum cli_status
list(const struct command *self, const struct settings *settings)
{
	struct buf example = BUF_INIT(1 << 20);
	enum cli_status status;

	if (!settings->example)
		return view_with(self, settings, show_list);
	buf_add_sv(&example, tools_manifest_example());
	status = output_whole(self, settings->output, &example);
	buf_clear(&example);
	return status;
}

/* --- look-ups ------------------------------------------------------------------------------------------------------------------ */

/* What is asked of one address, gathered. */
struct answer {
	const char *address;
	struct addr a;
	struct tools_address found;
	const struct knowledge *lists;
};

static void
add_numbers(struct jsonw *w, const char *key, const uint32_t *numbers, uint32_t n)
{
	jsonw_key(w, key);
	jsonw_array(w);
	for (uint32_t i = 0; i < n; i++)
		jsonw_u64(w, numbers[i]);
	jsonw_end(w);
}

static void
key_sv(struct jsonw *w, const char *key, struct sv text)
{
	jsonw_key(w, key);
	jsonw_sv(w, text.len == 0 ? SV_NONE : text);
}

static void
add_route(struct jsonw *w, const struct tools_route *route)
{
	char base[ADDR_TEXT_MAX], prefix[ADDR_TEXT_MAX + 8];

	(void)addr_format(route->base, base);
	(void)snprintf(prefix, sizeof(prefix), "%s/%u", base, route->bits);
	key_text(w, "prefix", prefix);
	add_numbers(w, "origins", route->origins, route->n_origins);
	add_numbers(w, "upstreams", route->upstreams, route->n_upstreams);
	jsonw_key(w, "peers");
	jsonw_u64(w, route->peers);
}

static void
add_flags(struct jsonw *w, unsigned flags)
{
	static const char *const names[] = { "proxy", "satellite", "anycast", "drop", "tor" };

	jsonw_key(w, "flags");
	jsonw_array(w);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((flags >> i & 1) != 0)
			jsonw_str(w, names[i]);
	jsonw_end(w);
}

static void
add_place(struct jsonw *w, const struct tools_address *f)
{
	key_sv(w, "city", f->city);
	key_sv(w, "region", f->region);
	if (isnan(f->latitude) || isnan(f->longitude))
		return;
	jsonw_key(w, "latitude");
	jsonw_f64(w, f->latitude);
	jsonw_key(w, "longitude");
	jsonw_f64(w, f->longitude);
}

static void
answer_json(struct jsonw *w, const struct answer *a)
{
	const struct tools_address *f = &a->found;
	char country[3] = { (char)(f->country >> 8), (char)f->country, 0 };
	const char *name;

	jsonw_object(w);
	key_text(w, "address", a->address);
	if ((f->known & TOOLS_ROUTE) != 0)
		add_route(w, &f->route);
	if ((f->known & TOOLS_ASN) != 0) {
		jsonw_key(w, "asn");
		jsonw_u64(w, f->asn);
	}
	if ((f->known & TOOLS_AS_NAME) != 0)
		key_sv(w, "as_name", f->as_name);
	if ((f->known & TOOLS_COUNTRY) != 0)
		key_text(w, "country", country);
	if ((f->known & TOOLS_CITY) != 0)
		add_place(w, f);
	if ((f->known & TOOLS_USE) != 0) {
		key_text(w, "use", tools_use_name(f->use));
		key_text(w, "use_by", f->stated ? "database" : "name of the AS");
	}
	if ((f->known & TOOLS_FLAGS) != 0)
		add_flags(w, f->flags);
	jsonw_key(w, "listed_by");
	jsonw_array(w);
	for (uint32_t i = 0; (name = detect_feed_name(a->lists, i)) != NULL; i++)
		if (detect_feed_lists(a->lists, i, a->a, f->asn))
			jsonw_str(w, name);
	jsonw_end(w);
	jsonw_end(w);
}

/* The same as lines: a member a line. */
static void
answer_text(struct buf *out, struct sv json)
{
	struct json_parser *parser = json_parser_new(json.len + 1, 8);
	struct json_value document, value;
	struct json_iter each, inner;
	struct sv key, text;

	if (parser != NULL &&
	    json_parse(parser, json.data, json.len, false, &document, NULL) == COORD_OK)
		for (each = json_each(document); json_next_member(&each, &key, &value);) {
			uint64_t number;
			double real;
			struct json_value item;

			if (json_type(value) == JSON_ARRAY && json_count(value) == 0)
				continue;
			buf_printf(out, "%-11.*s", SV_ARG(key));
			if (json_type(value) != JSON_ARRAY) {
				buf_add_char(out, ' ');
				if (json_string(value, &text))
					phrase_printable(out, text);
				else if (json_u64(value, &number))
					buf_printf(out, "%llu", (unsigned long long)number);
				else if (json_f64(value, &real))
					buf_printf(out, "%.4f", real);
			}
			for (inner = json_each(value); json_next(&inner, &item);) {
				buf_add_char(out, ' ');
				if (json_string(item, &text))
					phrase_printable(out, text);
				else if (json_u64(item, &number))
					buf_printf(out, "%llu", (unsigned long long)number);
			}
			buf_add_char(out, '\n');
		}
	json_parser_free(parser);
}

static enum coord_err
read_lists(const struct view *v, struct knowledge *k, struct coord_error *err)
{
	const struct tools_file *file;

	for (size_t i = 0; (file = tools_offline_file(v->offline, i)) != NULL; i++) {
		CLEANUP(buf_clear) struct buf text = BUF_INIT(list_most);

		if (file->kind == TOOLS_DATABASE)
			continue;
		TRY(file_read_whole(file->path, &text, err));
		TRY(detect_knowledge_add(k, file->kind == TOOLS_FEED ? LIST_FEED : LIST_SCANNERS,
		    file->name, buf_sv(&text), err));
	}
	return COORD_OK;
}

static enum cli_status
look_up_all(struct view *v, const struct knowledge *lists)
{
	struct jsonw w = jsonw_init(&v->out, true);
	bool json = v->settings->format == FORMAT_JSON;

	if (json)
		jsonw_array(&w);
	for (size_t i = 0; i < v->settings->operands.n; i++) {
		struct answer a = { .address = v->settings->operands.items[i], .lists = lists };

		if (!addr_parse(sv_from(a.address), &a.a)) {
			complain(v->self, "expected an address, got \"%s\"", a.address);
			return hint_help(v->self);
		}
		(void)tools_offline_find(v->offline, a.a, TOOLS_ANYTHING, &a.found);
		if (json) {
			answer_json(&w, &a);
		} else {
			CLEANUP(buf_clear) struct buf one = BUF_INIT(1 << 20);
			struct jsonw inner = jsonw_init(&one, false);

			answer_json(&inner, &a);
			buf_add_str(&v->out, i > 0 ? "\n" : "");
			answer_text(&v->out, buf_sv(&one));
		}
	}
	if (json) {
		jsonw_end(&w);
		buf_add_char(&v->out, '\n');
	}
	return STATUS_DONE;
}

static enum cli_status
show_lookup(struct view *v)
{
	struct knowledge *lists = NULL;
	struct coord_error err;
	enum cli_status status;

	if (detect_knowledge_new(&lists, &err) != COORD_OK ||
	    read_lists(v, lists, &err) != COORD_OK)
		status = complain_error(v->self, &err);
	else
		status = look_up_all(v, lists);
	detect_knowledge_free(lists);
	return status;
}

static enum cli_status
lookup(const struct command *self, const struct settings *settings)
{
	return view_with(self, settings, show_lookup);
}

/* --- build --------------------------------------------------------------------------------------------------------------------- */

static enum cli_status
build(const struct command *self, const struct settings *settings)
{
	const char *path = settings->output == NULL ? "table.routes" : settings->output;
	struct tools_built built;
	struct coord_error err;

	if (tools_routes_build(
		settings->operands.items, settings->operands.n, path, &built, &err) != COORD_OK)
		return complain_error(self, &err);
	if (!settings->quiet)
		complain(self,
		    "%s: %llu prefixes (%llu IPv4) of %llu announcements; %llu records skipped",
		    path, (unsigned long long)built.prefixes, (unsigned long long)built.prefixes_v4,
		    (unsigned long long)built.announcements, (unsigned long long)built.skipped);
	if (built.bad == 0)
		return STATUS_DONE;
	complain(self, "%llu damaged records left out, the first: %s",
	    (unsigned long long)built.bad, built.first_bad);
	return STATUS_REFUSED;
}

#define TOOLS_OPTIONS(array) .options = (array), .n_options = sizeof(array) / sizeof((array)[0])

static const struct example update_examples[] = {
	{ "coord tools update --tools-folder /var/lib/coord/tools",
	    "what is due, of tools.json there" },
	{ "coord tools update --force spamhaus:drop", "this one, now" },
	{ NULL, NULL },
};
const struct command command_tools_update = {
	.name = "tools update",
	.operands = "[NAME...]",
	.operands_most = OPERANDS_ANY,
	.title = "Fetch the feeds and databases that a folder's tools.json names",
	.about =
	    "Fetches what is due, or what is NAMEd, each by one conditional GET. A file is "
	    "replaced whole, and only by a better "
	    "one: a web page, a list that cannot be read or whose own count disagrees, and one "
	    "that shrank by more than half are "
	    "refused, and the old file stays. A feed that fails stops no other.\n\nExit status 0: "
	    "all is well; 3: some feed was "
	    "refused or failed; 1: nothing could be done, such as when another update is at work.",
	TOOLS_OPTIONS(update_options),
	.examples = update_examples,
	.run = update,
};

static const struct example list_examples[] = {
	{ "coord tools list --example > tools.json", "a manifest to begin with" },
	{ "coord tools list --tools-folder /var/lib/coord/tools",
	    "what is there, and how old it is" },
	{ NULL, NULL },
};
const struct command command_tools_list = {
	.name = "tools list",
	.operands = "",
	.title = "Show databases and feeds, their age and terms",
	.about = "Opens every database of the folder and the system's (Debian's libloc-database), "
		 "and shows each feed of tools.json with "
		 "the time when it was fetched.",
	TOOLS_OPTIONS(list_options),
	.examples = list_examples,
	.run = list,
};

static const struct example lookup_examples[] = {
	{ "coord tools lookup 192.0.2.7 2001:db8::1", "what is known of them here" },
	{ NULL, NULL },
};
const struct command command_tools_lookup = {
	.name = "tools lookup",
	.operands = "ADDRESS...",
	.operands_least = 1,
	.operands_most = OPERANDS_ANY,
	.title = "What the databases and feeds of this machine say of an address",
	.about = "Announced prefix with origins and upstreams, autonomous system, country, city, "
		 "who uses it, and the feeds that list it. "
		 "Nothing leaves this machine.",
	TOOLS_OPTIONS(lookup_options),
	.examples = lookup_examples,
	.run = lookup,
};

static const struct example build_examples[] = {
	{ "coord tools build -o tools/table.routes rib.20260101.0000.bz2", "a full table, once" },
	{ NULL, NULL },
};
const struct command command_tools_build = {
	.name = "tools build",
	.operands = "FILE...",
	.operands_least = 1,
	.operands_most = OPERANDS_ANY,
	.operands_are_files = true,
	.title = "Make one table of routes from pfx2as and MRT files",
	.about = "Reads CAIDA pfx2as lists and MRT table dumps (TABLE_DUMP_V2), plain, .gz or "
		 ".bz2, and writes prefixes with their origins and "
		 "upstreams into one file that opens in no time. Damaged records are left out and "
		 "counted (exit status 3); a file that is "
		 "cut short or is mostly damage is refused.",
	TOOLS_OPTIONS(build_options),
	.examples = build_examples,
	.run = build,
};
