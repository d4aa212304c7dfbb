/* real.c - modes R and N: the vocabulary of planted groups is learnt from the background they are planted in, so that
 * nobody finds them by an alphabet of their own: tools (banner and HASSH), credentials, command lines and whole scripts by
 * the number of sources that have them, sensors, /16 networks with free addresses in them, how many credentials a session
 * tries, and how busy each tool is at each time. What the log has too little of is filled up from the site's invented
 * vocabulary, less popular than anything real. */
#include <math.h>
#include <stdio.h>

#include "generate/tally.h"
#include "generate/world.h"

enum {
	TEXT_LONGEST = 100,
	LINE_LONGEST = 200,
	BLOB_LEAST =
	    20, /* runs of letters and digits this long name something: nobody else's key or hash is copied */
	BRAND_LEAST = 3,  /* letters of a name */
	NUMBER_LEAST = 5, /* digits that nobody else would choose */
	CREDENTIALS_LEAST = 600,
	LINES_LEAST = 20,
	LINES_KEPT = 400,
};

/* Pseudo-counts of the overall profile in a tool's own, for tools of few sessions. */
#define CLOCK_PRIOR 30.0
/* Sessions a tool may have when nobody is there. */
#define CLOCK_FLOOR 1.0

struct learning {
	struct world *w;
	const struct session_table *t;
	struct tally tools, credentials, lines, scripts, networks, sensors;
};

static bool
is_shell(const struct session_table *t, uint32_t row)
{
	return t->service[row] == SERVICE_SSH || t->service[row] == SERVICE_TELNET;
}

static uint64_t
tool_key(const struct session_table *t, uint32_t row)
{
	uint64_t h = hash_mix(t->service[row], (uint64_t)t->text[TEXT_BANNER][row] + 1);

	return hash_mix(h, (uint64_t)t->text[TEXT_HASSH][row] + 1);
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

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "busybox FBOT": no applet has a name in capitals, a bot that asks whether it runs in a shell has. */
static bool
has_brand(struct sv line)
{
	size_t at = sv_find(line, SV("busybox ")), capitals = 0;
	struct sv rest = at == SIZE_MAX ? SV_NONE : sv_skip(line, at + 8);

	while (capitals < rest.len && rest.data[capitals] >= 'A' && rest.data[capitals] <= 'Z')
		capitals++;
	return capitals >= BRAND_LEAST;
}

/* "/var/tmp/.var03522123": a name with a number of somebody's own. */
static bool
has_numbered_name(struct sv line)
{
	size_t letters = 0, digits = 0;

	for (size_t i = 0; i < line.len; i++) {
		bool digit = line.data[i] >= '0' && line.data[i] <= '9';

		digits = digit ? digits + 1 : 0;
		letters = is_letter(line.data[i]) ? letters + 1 : digit ? letters : 0;
		if (digits >= NUMBER_LEAST && letters >= BRAND_LEAST)
			return true;
	}
	return false;
}

/* A line that anybody may type: no URL, no address, no key, hash or encoded blob, no password that is set, nothing that its
 * author alone would call by that name. Independent actors who shared one of these would be coordinated by any measure. */
static bool
is_common_line(struct sv line)
{
	size_t run = 0, dots = 0;

	if (!is_printable(line, LINE_LONGEST) || sv_find(line, SV("://")) != SIZE_MAX ||
	    sv_find(line, SV("passw")) != SIZE_MAX || has_brand(line) || has_numbered_name(line))
		return false;
	for (size_t i = 0; i < line.len; i++) {
		bool digit = i > 0 && line.data[i - 1] >= '0' && line.data[i - 1] <= '9';

		run = is_word(line.data[i]) ? run + 1 : 0;
		dots += line.data[i] == '.' && digit;
		if (run >= BLOB_LEAST || dots >= 3)
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
			tally_add(&l->credentials, hash_mix(hash_mix(1, item->a), item->b), item->a,
			    item->b, source);
		if (item->kind != ITEM_COMMAND || !is_common_line(session_string(t, item->a)))
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

	if (addr_is_v4(t->source[row]))
		tally_add(
		    &l->networks, address_key(addr_prefix(t->source[row], 16)), row, 0, source);
	if (!is_shell(t, row))
		return;
	tally_add(&l->tools, tool_key(t, row), row, 0, source);
	tally_add(&l->sensors, hash_mix(3, t->text[TEXT_SENSOR][row]), row, 0, source);
	learn_items(l, row, source);
}

/* Cumulative shares of the first n of a tally, and of `more` invented things of half a source each. */
static void
tally_shares(const struct tally *t, uint32_t n, uint32_t more, double *shares)
{
	double sum = 0.0;

	shares[0] = 0.0;
	for (uint32_t i = 0; i < n + more; i++)
		shares[i + 1] = sum += i < n ? t->entries[i].sources : 0.5;
	for (uint32_t i = 1; i <= n + more; i++)
		shares[i] /= sum;
	shares[n + more] = 1.0;
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
		w->tool_keys[i] = tool_key(t, row);
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
		    !is_common_line(session_string(l->t, item->a)))
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

/* Without an IPv4 source the invented networks stay. */
static bool
take_networks(struct learning *l)
{
	struct world *w = l->w;
	uint32_t n = l->networks.n < NETWORKS ? l->networks.n : NETWORKS;

	w->n_networks = n == 0 ? NETWORKS : n;
	if (n == 0)
		return true;
	w->real_networks = ARENA_ARRAY(w->arena, n, struct real_network);
	if (w->real_networks == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = l->networks.entries[i].a;
		const uint8_t *bytes = l->t->source[row].bytes;

		w->real_networks[i] = (struct real_network){ .base = (uint32_t)bytes[12] << 24 |
								     (uint32_t)bytes[13] << 16,
			.asn = l->t->asn[row],
			.country = session_text(l->t, row, TEXT_COUNTRY),
			.as_org = session_text(l->t, row, TEXT_AS_ORG) };
	}
	tally_shares(&l->networks, n, 0, w->network_shares);
	for (uint32_t i = n; i < NETWORKS; i++)
		w->network_shares[i + 1] = 1.0;
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

/* Credentials a session, of sessions evenly spread over the table; and how often one is let in. */
static void
take_habits(struct learning *l)
{
	struct world *w = l->w;
	uint32_t shells = 0, entered = 0, at = 0, every;

	for (uint32_t row = 0; row < l->t->n; row++)
		shells += is_shell(l->t, row);
	every = 1 + shells / (ATTEMPTS + 1);
	for (uint32_t row = 0; row < l->t->n; row++) {
		uint32_t tries = 0;
		bool in = false;

		if (!is_shell(l->t, row))
			continue;
		for (uint32_t i = l->t->item_start[row]; i < l->t->item_start[row + 1]; i++) {
			tries += l->t->items[i].kind == ITEM_CREDENTIAL;
			in = in || (l->t->items[i].kind == ITEM_CREDENTIAL &&
				       (l->t->items[i].flags & ITEM_SUCCESS));
		}
		entered += in;
		if (at++ % every == 0 && w->n_attempts < ATTEMPTS)
			w->attempts[w->n_attempts++] = (uint8_t)(tries < 20 ? tries : 20);
	}
	w->entered_share = (double)entered / shells;
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
	tally_sort(&l->networks);
	tally_sort(&l->sensors);
	take_tools(l);
	take_sensors(l);
	take_habits(l);
	return take_credentials(l) && take_lines(l) && take_scripts(l) && take_networks(l) &&
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
		.networks = TALLY_INIT,
		.sensors = TALLY_INIT };
	struct tally *all[] = { &l.tools, &l.credentials, &l.lines, &l.scripts, &l.networks,
		&l.sensors };
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

/* Sessions a bin: of each tool, and in the last row of all. */
static bool
count_bins(const struct world *w, double *counts)
{
	struct map tools = MAP_INIT;
	uint32_t bins = w->clock.bins;
	bool ok = true;

	for (uint32_t i = 0; i < w->n_tools && ok; i++) {
		uint32_t *slot = map_slot(&tools, w->tool_keys[i]);

		ok = slot != NULL;
		if (ok)
			*slot = i;
	}
	for (uint32_t row = 0; row < w->real->n && ok; row++) {
		int64_t at = (w->real->start_us[row] - w->start_us) / w->clock.bin_us;
		uint32_t tool;

		if (!is_shell(w->real, row) || at < 0 || at >= bins)
			continue;
		tool = map_get(&tools, tool_key(w->real, row));
		counts[(size_t)TOOLS * bins + (size_t)at] += 1.0;
		if (tool != MAP_NONE)
			counts[(size_t)tool * bins + (size_t)at] += 1.0;
	}
	map_clear(&tools);
	return ok;
}

enum coord_err
real_clock(struct world *w, struct coord_error *err)
{
	uint32_t bins = w->clock.bins;
	struct arena_mark mark = arena_mark(w->arena);
	double *counts = ARENA_ARRAY(w->arena, (size_t)(TOOLS + 1) * bins, double), total = 0.0;

	if (counts == NULL || !count_bins(w, counts))
		return error_set(err, COORD_ENOMEM, "generate: no memory for the clock");
	for (uint32_t b = 0; b < bins; b++)
		total += counts[(size_t)TOOLS * bins + b];
	for (uint32_t tool = 0; tool < TOOLS; tool++) {
		double *shares = w->clock.shares + (size_t)tool * ZONES * (bins + 1), sum = 0.0;

		shares[0] = 0.0;
		for (uint32_t b = 0; b < bins; b++) {
			double all = counts[(size_t)TOOLS * bins + b] / total;

			sum += counts[(size_t)tool * bins + b] + CLOCK_PRIOR * all +
			       CLOCK_FLOOR / bins;
			shares[b + 1] = sum;
		}
		for (uint32_t b = 1; b <= bins; b++)
			shares[b] /= sum;
		shares[bins] = 1.0;
		for (uint32_t zone = 1; zone < ZONES; zone++)
			memcpy(shares + (size_t)zone * (bins + 1), shares,
			    (bins + 1) * sizeof(*shares));
	}
	arena_rewind(w->arena, mark);
	return COORD_OK;
}
