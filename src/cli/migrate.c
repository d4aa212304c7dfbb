/* migrate.c - `coord migrate`: the database's schema, looked at or brought up to date. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/service.h"

enum { FORMAT_TEXT, FORMAT_JSON };

/* clang-format off */
static const struct option migrate_options[] = {
	{ "--list", 0, NULL, OPTION_FLAG, OPTION_AT(list), 0, 0, NULL, NULL,
	  "Only show the migrations and whether they are applied; change nothing." },
	{ "--format", 0, "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json", "text",
	  "text: for people. json: an array." },
	SERVICE_OPTIONS,
	OUTPUT_OPTION,
};
/* clang-format on */

static void
text_row(struct buf *out, const struct store_migration *m)
{
	char when[TIME_TEXT_MAX] = "not applied";

	if (m->applied)
		time_format(m->applied_us, true, when);
	buf_printf(out, "%03d  %-24s  %s\n", m->version, m->name, when);
}

static void
json_row(struct jsonw *w, const struct store_migration *m)
{
	jsonw_object(w);
	jsonw_key(w, "version");
	jsonw_i64(w, m->version);
	jsonw_key(w, "name");
	jsonw_str(w, m->name);
	service_json_time(w, "applied", m->applied ? m->applied_us : 0);
	jsonw_end(w);
}

static void
write_rows(struct buf *out, unsigned format, const struct store_migration *rows, size_t n)
{
	struct jsonw w = jsonw_init(out, true);

	if (format == FORMAT_TEXT) {
		for (size_t i = 0; i < n; i++)
			text_row(out, &rows[i]);
		return;
	}
	jsonw_array(&w);
	for (size_t i = 0; i < n; i++)
		json_row(&w, &rows[i]);
	jsonw_end(&w);
	buf_add_char(out, '\n');
}

static enum cli_status
migrate_url(const struct command *self, const struct settings *settings, const char *url)
{
	struct buf out = BUF_INIT(1 << 20);
	struct arena *arena = arena_new(0);
	struct store_migration *rows = NULL;
	struct coord_error err;
	enum cli_status status = STATUS_FAILED;
	size_t n = 0;

	if (arena == NULL)
		return status;
	if (store_migrate(url, !settings->list, arena, &rows, &n, &err) != COORD_OK) {
		status = complain_error(self, &err);
	} else {
		write_rows(&out, settings->format, rows, n);
		status = output_whole(self, settings->output, &out);
	}
	buf_clear(&out);
	arena_free(arena);
	return status;
}

static enum cli_status
migrate(const struct command *self, const struct settings *settings)
{
	struct buf url = BUF_INIT(1 << 16);
	struct config config;
	struct coord_error err;
	enum cli_status status = service_config(self, settings, &config);

	if (status != STATUS_DONE)
		return status;
	if (service_database(&config, &url, &err) != COORD_OK)
		status = complain_error(self, &err);
	else
		status = migrate_url(self, settings, buf_cstr(&url));
	buf_clear(&url);
	config_clear(&config);
	return status;
}

static const struct example migrate_examples[] = {
	{ "coord migrate", "before a new version's processes start on PostgreSQL" },
	{ "coord migrate --list", "what is applied, and what this program would apply" },
	{ NULL, NULL },
};

const struct command command_migrate = {
	.name = "migrate",
	.operands = "",
	.title = "Bring the database's schema up to date",
	.about =
	    "Applies the migrations that DATABASE_URL's database has not seen, in order and in one "
	    "transaction, and prints all of them. Several may run at once: one migrates, the "
	    "others wait "
	    "and find nothing to do. Each migration's SHA-256 is kept and compared: a database "
	    "made by "
	    "a newer program, or by another text, is refused.\n\nSQLite files are brought up to "
	    "date by "
	    "whatever opens them; PostgreSQL only by this command.",
	.options = migrate_options,
	.n_options = sizeof(migrate_options) / sizeof(migrate_options[0]),
	.examples = migrate_examples,
	.run = migrate,
};
