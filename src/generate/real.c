/* real.c - modes R and N: the vocabulary of planted groups is learnt from the background they are planted in, so that
 * nobody finds them by an alphabet of their own: tools (banner and HASSH), credentials, command lines and whole scripts by
 * the number of sources that have them, and sensors. What the log has too little of is filled up from the site's invented
 * vocabulary, less popular than anything real. Networks: real_networks.c; times: real_clock.c; independent newcomers:
 * real_newcomers.c. */
#include <math.h>
#include <stdio.h>

#include "generate/marks.h"
#include "generate/tally.h"
#include "generate/world.h"

enum {
	TEXT_LONGEST = 100,
	LINE_LONGEST = 200,
	BLOB_LEAST =
	    20, /* runs of letters and digits this long name something: nobody else's key or hash is copied */
	CREDENTIALS_LEAST = 600,
	LINES_LEAST = 20,
	LINES_KEPT = 400,
};

struct learning {
	struct world *w;
	const struct session_table *t;
	struct tally tools, credentials, lines, scripts, sensors;
};

bool
real_is_shell(const struct session_table *t, uint32_t row)
{
	return t->service[row] == SERVICE_SSH || t->service[row] == SERVICE_TELNET;
}

uint64_t
real_tool_key(const struct session_table *t, uint32_t row)
{
	uint64_t h = hash_mix(t->service[row], (uint64_t)t->text[TEXT_BANNER][row] + 1);

	return hash_mix(h, (uint64_t)t->text[TEXT_HASSH][row] + 1);
}

uint64_t
real_credential_key(uint32_t user, uint32_t password)
{
	return hash_mix(hash_mix(1, user), password);
}

static bool
is_printable(struct sv text, size_t longest)
{
	if (text.len == 0 || text.len > longest)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			return false;
	return true;
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '+' || c == '=';
}

/* Independent actors who shared a line that is not common would be coordinated by any measure. */
bool
real_is_common_line(struct sv line)
{
	size_t run = 0, at = 0;
	struct sv mark;

	if (!is_printable(line, LINE_LONGEST) || sv_has(line, SV("://")) ||
	    sv_has(line, SV("passw")) || marks_next(line, &at, &mark))
		return false;
	for (size_t i = 0; i < line.len; i++) {
		run = is_word(line.data[i]) ? run + 1 : 0;
		if (run >= BLOB_LEAST)
			return false;
	}
	return true;
}

static void
learn_items(struct learning *l, uint32_t row, uint64_t source)
{
	const struct session_table *t = l->t;
	uint64_t script = 0;
	uint32_t lines = 0;

	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
		const struct session_item *item = &t->items[i];

		if (item->a == STR_NONE)
			continue;
		if (item->kind == ITEM_CREDENTIAL && item->b != STR_NONE &&
		    is_printable(session_string(t, item->a), TEXT_LONGEST) &&
		    is_printable(session_string(t, item->b), TEXT_LONGEST))
			tally_add(&l->credentials, real_credential_key(item->a, item->b), item->a,
			    item->b, source);
		if (item->kind != ITEM_COMMAND || !real_is_common_line(session_string(t, item->a)))
			continue;
		tally_add(&l->lines, hash_mix(2, item->a), item->a, 0, source);
		script = hash_mix(script, item->a);
		lines++;
	}
	if (lines >= 2 && lines <= LINES_MOST - 4)
		tally_add(&l->scripts, script, row, 0, source);
}

static void
learn_row(struct learning *l, uint32_t row)
{
	const struct session_table *t = l->t;
	uint64_t source = address_key(t->source[row]);

	if (!real_is_shell(t, row))
		return;
	tally_add(&l->tools, real_tool_key(t, row), row, 0, source);
	tally_add(&l->sensors, hash_mix(3, t->text[TEXT_SENSOR][row]), row, 0, source);
	learn_items(l, row, source);
}

static void
take_text(char *to, size_t size, struct sv text)
{
	size_t len = text.data == NULL ? 0 : text.len < size - 1 ? text.len : size - 1;

	memcpy(to, text.data == NULL ? "" : text.data, len);
	to[len] = '\0';
}

/* The real tools first; behind them invented ones that nobody uses, Telnet at every fourth place. */
static void
take_tools(struct learning *l)
{
	struct world *w = l->w;
	const struct session_table *t = l->t;
	uint32_t n = l->tools.n < TOOLS ? l->tools.n : TOOLS;

	w->n_tools = n;
	w->tool_leaked = NO_INDEX;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = l->tools.entries[i].a;
		struct tool *tool = &w->tools[i];
		struct sv hassh = session_text(t, row, TEXT_HASSH);

		*tool = (struct tool){ .service = t->service[row],
			.list = (uint8_t)(i % LISTS_PUBLIC),
			.script = (uint8_t)(i % SCRIPTS_PUBLIC) };
		take_text(tool->banner, sizeof(tool->banner), session_text(t, row, TEXT_BANNER));
		w->tool_keys[i] = real_tool_key(t, row);
		if (hassh.len == 32)
			take_text(tool->hassh, sizeof(tool->hassh), hassh);
		if (tool->service == SERVICE_TELNET && w->tool_leaked == NO_INDEX)
			w->tool_leaked = i;
	}
	if (w->tool_leaked == NO_INDEX)
		w->tool_leaked = n < TOOLS ? n | 3u : 0;
	w->tool_leaked = w->tool_leaked < TOOLS ? w->tool_leaked : TOOLS - 1;
	tally_shares(&l->tools, n, 0, w->tool_shares);
	for (uint32_t i = n; i < TOOLS; i++)
		w->tool_shares[i + 1] = 1.0;
}

static bool
take_credentials(struct learning *l)
{
	struct world *w = l->w;
	uint32_t n = l->credentials.n < CREDENTIALS ? l->credentials.n : CREDENTIALS;

	w->credentials = ARENA_ARRAY(w->arena, n + 1, struct credential_text);
	if (w->credentials == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct tally_entry *e = &l->credentials.entries[i];

		w->credentials[i] = (struct credential_text){ session_string(l->t, e->a),
			session_string(l->t, e->b) };
	}
	w->n_real_credentials = n;
	w->n_credentials = n < CREDENTIALS_LEAST ? CREDENTIALS_LEAST : n;
	tally_shares(&l->credentials, n, w->n_credentials - n, w->credential_shares);
	return true;
}

static bool
take_lines(struct learning *l)
{
	struct world *w = l->w;
	uint32_t n = l->lines.n < LINES_KEPT ? l->lines.n : LINES_KEPT;

	if (n < LINES_LEAST)
		return true;
	w->lines = ARENA_ARRAY(w->arena, n, const char *);
	w->line_shares = ARENA_ARRAY(w->arena, n + 1, double);
	if (w->lines == NULL || w->line_shares == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		w->lines[i] = arena_strdup(w->arena, session_string(l->t, l->lines.entries[i].a));
		if (w->lines[i] == NULL)
			return false;
	}
	w->n_lines = n;
	tally_shares(&l->lines, n, 0, w->line_shares);
	return true;
}

/* The common lines of a session, as a script. */
static bool
take_script(struct learning *l, uint32_t row, struct script *ret)
{
	*ret = (struct script){ .payload = { .mode = PAYLOAD_NONE } };
	for (uint32_t i = l->t->item_start[row]; i < l->t->item_start[row + 1]; i++) {
		const struct session_item *item = &l->t->items[i];

		if (item->kind != ITEM_COMMAND || item->a == STR_NONE ||
		    !real_is_common_line(session_string(l->t, item->a)))
			continue;
		ret->lines[ret->n] = arena_strdup(l->w->arena, session_string(l->t, item->a));
		if (ret->lines[ret->n++] == NULL)
			return false;
	}
	return true;
}

static bool
take_scripts(struct learning *l)
{
	struct world *w = l->w;
	uint32_t n = l->scripts.n < SCRIPTS_PUBLIC ? l->scripts.n : SCRIPTS_PUBLIC;

	w->real_scripts = ARENA_ARRAY(w->arena, n + 1, struct script);
	if (w->real_scripts == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!take_script(l, l->scripts.entries[i].a, &w->real_scripts[i]))
			return false;
	w->n_real_scripts = n;
	tally_shares(&l->scripts, n, SCRIPTS_PUBLIC - n, w->script_shares);
	return true;
}

static void
take_sensors(struct learning *l)
{
	struct world *w = l->w;
	uint32_t n = l->sensors.n;

	w->sensors = n < GENERATE_SENSORS_MOST ? n : GENERATE_SENSORS_MOST;
	for (uint32_t i = 0; i < w->sensors; i++) {
		uint32_t row = l->sensors.entries[i].a;

		w->sensor_names[i] = session_text(l->t, row, TEXT_SENSOR);
		if (w->sensor_names[i].data == NULL) /* there, but without a name */
			w->sensor_names[i] = SV("");
		w->sensor_addresses[i] = l->t->destination[row];
	}
}

/* Independent newcomers: real_newcomers.c. */
static bool
take_newcomers(struct learning *l)
{
	struct map ranks = MAP_INIT;
	uint32_t sources[TOOLS];
	bool ok = true;

	for (uint32_t i = 0; i < l->w->n_tools; i++)
		sources[i] = l->tools.entries[i].sources;
	for (uint32_t i = 0; i < l->w->n_real_credentials && ok; i++) {
		const struct tally_entry *e = &l->credentials.entries[i];
		uint32_t *slot = map_slot(&ranks, real_credential_key(e->a, e->b));

		ok = slot != NULL;
		if (ok)
			*slot = i;
	}
	ok = ok && newcomers_learn(l->w, sources, &ranks);
	map_clear(&ranks);
	return ok;
}

static bool
claim_addresses(struct world *w)
{
	for (uint32_t row = 0; row < w->real->n; row++) {
		uint32_t *slot = map_slot(&w->used, address_key(w->real->source[row]));

		if (slot == NULL)
			return false;
		w->n_real_sources += *slot == MAP_NONE;
		*slot = 1;
	}
	return true;
}

static bool
take_all(struct learning *l)
{
	tally_sort(&l->tools);
	tally_sort(&l->credentials);
	tally_sort(&l->lines);
	tally_sort(&l->scripts);
	tally_sort(&l->sensors);
	take_tools(l);
	take_sensors(l);
	return take_credentials(l) && take_lines(l) && take_scripts(l) && take_newcomers(l) &&
	       claim_addresses(l->w);
}

enum coord_err
real_learn(struct world *w, struct coord_error *err)
{
	struct learning l = { .w = w,
		.t = w->real,
		.tools = TALLY_INIT,
		.credentials = TALLY_INIT,
		.lines = TALLY_INIT,
		.scripts = TALLY_INIT,
		.sensors = TALLY_INIT };
	struct tally *all[] = { &l.tools, &l.credentials, &l.lines, &l.scripts, &l.sensors };
	enum { TALLIES = sizeof(all) / sizeof(all[0]) };
	enum coord_err rc = COORD_OK;
	bool failed = false;

	for (uint32_t row = 0; row < w->real->n; row++)
		learn_row(&l, row);
	for (size_t i = 0; i < TALLIES; i++)
		failed = failed || all[i]->failed;
	if (l.tools.n == 0)
		rc = error_set(err, COORD_ENODATA,
		    "the real background has no SSH or Telnet sessions, which planted groups "
		    "speak");
	else if (failed || !take_all(&l))
		rc = error_set(err, COORD_ENOMEM, "generate: no memory for the vocabulary");
	for (size_t i = 0; i < TALLIES; i++)
		tally_clear(all[i]);
	return rc;
}
