/* techniques.c - matching a session against the rule table; see techniques.h.
 *
 * One pass over the items collects facts (what log-ins, transfers and ports say) and, command by command, matches the
 * rules on words. Each rule that matches marks its technique; the marks come out in the table's order. */
#include "detect/text/techniques.h"

#include "base/base.h"
#include "detect/text/data/techniques.h"
#include "detect/text/decode.h"
#include "detect/text/mask.h"
#include "detect/text/script.h"
#include "detect/text/tool.h"
#include "session/session.h"

enum {
	PAIRS_KEPT =
	    64, /* log-ins compared with each other; later ones count but are not compared */
	MANY_PORTS = 3,
	MANY_REQUESTS = 10,
	SPRAYED_USERS = 3,
	STUFFED_PAIRS = 3,
	WEB_TEXT_MAX = 16384,
};

struct match {
	struct arena *scratch;
	struct technique_memo *memo; /* or NULL */
	bool facts[FACT_COUNT];
	uint64_t techniques; /* bit i: technique i */
	uint32_t users[PAIRS_KEPT], passwords[PAIRS_KEPT];
	size_t n_pairs;
	uint32_t ports[MANY_PORTS], requests[MANY_REQUESTS];
	size_t n_ports, n_requests;
};

static void
mark(struct match *match, const char *id)
{
	const struct technique *t;

	for (size_t i = 0; (t = technique_at(i)) != NULL; i++)
		if (strcmp(t->id, id) == 0)
			match->techniques |= (uint64_t)1 << i;
}

/** The next entry of a list separated by blanks, '_' for a blank undone into `word`. False at its end. */
static bool
next_part(const char **list, char word[64], struct sv *ret)
{
	size_t n = 0;

	while (**list == ' ')
		(*list)++;
	for (; **list != '\0' && **list != ' ' && n < 63; (*list)++)
		word[n++] = **list;
	*ret = (struct sv){ word, n };
	return n > 0;
}

static bool
is_listed(struct sv name, const char *list)
{
	char word[64];
	struct sv part;

	while (next_part(&list, word, &part))
		if (sv_eq(name, part))
			return true;
	return false;
}

static bool
contains_one(struct sv text, const char *parts, bool blanks)
{
	char word[64];
	struct sv part;

	while (next_part(&parts, word, &part)) {
		for (size_t i = 0; blanks && i < part.len; i++)
			word[i] = word[i] == '_' ? ' ' : word[i];
		if (sv_has(text, part))
			return true;
	}
	return false;
}

static bool
any_word_contains(const struct shell_command *c, size_t from, const char *parts)
{
	for (size_t i = from; i < c->n; i++)
		if (contains_one(c->words[i].text, parts, false))
			return true;
	return false;
}

static bool
has_word(const struct shell_command *c, struct sv word)
{
	for (size_t i = 1; i < c->n; i++)
		if (sv_eq(c->words[i].text, word))
			return true;
	return false;
}

/** The few rules that a list of parts cannot say: whole words, and what a command is piped into. */
static void
match_exactly(struct match *match, const struct shell_command *c, const struct shell_command *next)
{
	size_t arg;
	struct sv name = shell_applet(c, &arg);

	if (sv_eq(name, SV("rm")) && (has_word(c, SV("/")) || has_word(c, SV("/*"))))
		mark(match, "T1485");
	if (sv_eq(name, SV("crontab")) && has_word(c, SV("-")))
		mark(match, "T1053.003");
	if (sv_eq(shell_name(c), SV("sudo")))
		mark(match, "T1548.003");
	if (c->pipes && next != NULL && sv_eq(shell_name(next), SV("passwd")))
		mark(match, "T1531");
}

static void
match_command(void *context, const struct shell_command *c, const struct shell_command *next)
{
	struct match *match = context;
	const struct technique_rule *rule;
	size_t arg;
	struct sv name = shell_applet(c, &arg), blob;

	for (size_t i = 0; (rule = technique_rule_at(i)) != NULL; i++) {
		if (rule->on == ON_WORD
			? any_word_contains(c, 0, rule->parts)
			: rule->on == ON_COMMAND && is_listed(name, rule->names) &&
			      (rule->parts == NULL || any_word_contains(c, arg, rule->parts)))
			mark(match, rule->id);
	}
	match_exactly(match, c, next);
	for (size_t i = 0; i < c->n; i++)
		match->facts[FACT_KEY_PLANTED] |=
		    mask_find_key(c->words[i].text, &blob) != SIZE_MAX;
}

static void
match_web(struct match *match, struct sv text)
{
	struct arena_mark at = arena_mark(match->scratch);
	const struct technique_rule *rule;
	struct sv plain = decode_percent(sv_first(text, WEB_TEXT_MAX), true, match->scratch);
	char *lower;

	plain = decode_lookups(plain, match->scratch);
	lower = arena_strdup(match->scratch, plain);
	if (lower != NULL) {
		for (size_t i = 0; i < plain.len; i++)
			lower[i] =
			    lower[i] >= 'A' && lower[i] <= 'Z' ? (char)(lower[i] + 32) : lower[i];
		for (size_t i = 0; (rule = technique_rule_at(i)) != NULL; i++)
			if (rule->on == ON_WEB &&
			    contains_one((struct sv){ lower, plain.len }, rule->parts, true))
				mark(match, rule->id);
	}
	arena_rewind(match->scratch, at);
}

void
technique_memo_clear(struct technique_memo *memo)
{
	map_clear(&memo->at);
	memo->n = 0;
}

static struct technique_said
matched_alone(const struct match *match, struct sv text, bool command)
{
	struct match alone = { .scratch = match->scratch };

	if (command)
		script_walk(text, false, alone.scratch, match_command, &alone);
	else
		match_web(&alone, text);
	return (struct technique_said){ alone.techniques, alone.facts[FACT_KEY_PLANTED] };
}

/* What a text says does not depend on the session that it is of. */
static void
match_text(struct match *match, const struct session_table *table, uint32_t text, bool command)
{
	enum { MOST = sizeof(match->memo->said) / sizeof(match->memo->said[0]) };
	struct technique_memo *memo = match->memo;
	uint32_t *slot = memo == NULL ? NULL : map_slot(&memo->at, (uint64_t)text << 1 | command);
	struct technique_said said;

	if (slot != NULL && *slot < MOST) {
		said = memo->said[*slot];
	} else {
		said = matched_alone(match, session_string(table, text), command);
		if (slot != NULL)
			*slot = MOST;
		if (slot != NULL && memo->n < MOST) {
			*slot = memo->n++;
			memo->said[*slot] = said;
		}
	}
	match->techniques |= said.techniques;
	match->facts[FACT_KEY_PLANTED] |= said.key_planted;
}

static void
take_credential(struct match *match, const struct session_item *item, bool ssh)
{
	bool success = (item->flags & ITEM_SUCCESS) != 0;

	match->facts[success ? FACT_LOGGED_IN : FACT_GUESSING] = true;
	match->facts[FACT_SSH_LOGGED_IN] |= success && ssh;
	if (match->n_pairs == PAIRS_KEPT)
		return;
	match->users[match->n_pairs] = item->a;
	match->passwords[match->n_pairs++] = item->b;
}

/** Counts distinct ids up to a limit; true when it is reached. */
static bool
count_distinct(uint32_t *seen, size_t *n, size_t limit, uint32_t id)
{
	for (size_t i = 0; i < *n; i++)
		if (seen[i] == id)
			return *n == limit;
	if (*n < limit)
		seen[(*n)++] = id;
	return *n == limit;
}

static void
take_item(struct match *match, const struct session_table *table, const struct session_item *item,
    bool ssh)
{
	switch ((enum session_item_kind)item->kind) {
	case ITEM_COMMAND:
		match->facts[FACT_SHELL] = true;
		match_text(match, table, item->a, true);
		break;
	case ITEM_CREDENTIAL:
		take_credential(match, item, ssh);
		break;
	case ITEM_URL:
		match->facts[FACT_TRANSFER] = true;
		break;
	case ITEM_FILE_HASH:
		match->facts[FACT_TRANSFER] |= (item->flags & ITEM_TRIVIAL) == 0;
		break;
	case ITEM_FORWARD:
		match->facts[FACT_FORWARD] = true;
		break;
	case ITEM_PORT:
		match->facts[FACT_MANY_PORTS] |=
		    count_distinct(match->ports, &match->n_ports, MANY_PORTS, item->a);
		break;
	case ITEM_REQUEST:
		match->facts[FACT_MANY_REQUESTS] |=
		    count_distinct(match->requests, &match->n_requests, MANY_REQUESTS, item->a);
		match_text(match, table, item->a, false);
		match_text(match, table, item->b, false);
		break;
	case ITEM_HEADER:
	case ITEM_PAYLOAD:
		match_text(match, table, item->kind == ITEM_HEADER ? item->b : item->a, false);
		break;
	default:
		break;
	}
}

/** How many pairs have the password (or user) of pair `at`, each user counted once. */
static size_t
users_of_password(const struct match *match, size_t at)
{
	size_t users = 0;

	for (size_t k = 0; k < match->n_pairs; k++) {
		bool first = match->passwords[k] == match->passwords[at];

		for (size_t j = 0; first && j < k; j++)
			first = match->passwords[j] != match->passwords[at] ||
				match->users[j] != match->users[k];
		users += first;
	}
	return users;
}

static bool
is_repeated(const uint32_t *ids, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (ids[i] == ids[k])
				return true;
	return false;
}

static void
judge_pairs(struct match *match)
{
	size_t n = match->n_pairs;
	bool passwords = is_repeated(match->passwords, n);

	for (size_t i = 0; i < n && passwords && !match->facts[FACT_SPRAYING]; i++)
		match->facts[FACT_SPRAYING] = users_of_password(match, i) >= SPRAYED_USERS;
	match->facts[FACT_STUFFING] =
	    n >= STUFFED_PAIRS && !passwords && !is_repeated(match->users, n);
}

static bool
is_scanner_agent(struct match *match, struct sv agent)
{
	struct sv family = tool_of_agent(agent, match->scratch);
	static const char *const scanners[] = { "zgrab", "masscan", "nmap", "nikto", "sqlmap",
		"nuclei", "wpscan", "gobuster", "dirbuster", "feroxbuster", "ffuf", "l9explore",
		"l9tcpid", "censys", "shodan", "expanse", "netsystemsresearch" };

	for (size_t i = 0; i < sizeof(scanners) / sizeof(scanners[0]); i++)
		if (sv_eq(family, sv_from(scanners[i])))
			return true;
	return false;
}

size_t
techniques_of_session(const struct session_table *table, uint32_t row, struct technique_memo *memo,
    struct arena *scratch, uint8_t *ret_indices, size_t cap)
{
	struct match match = { .scratch = scratch, .memo = memo };
	struct arena_mark at = arena_mark(scratch);
	const struct technique_rule *rule;
	size_t n = 0;

	for (uint32_t i = table->item_start[row]; i < table->item_start[row + 1]; i++)
		take_item(&match, table, &table->items[i], table->service[row] == SERVICE_SSH);
	judge_pairs(&match);
	match.facts[FACT_CONNECTION] = table->service[row] == SERVICE_SCAN;
	match.facts[FACT_SCANNER_AGENT] =
	    is_scanner_agent(&match, session_text(table, row, TEXT_USER_AGENT));
	for (size_t i = 0; (rule = technique_rule_at(i)) != NULL; i++)
		if (rule->on == ON_FACT && match.facts[rule->fact])
			mark(&match, rule->id);
	for (size_t i = 0; i < technique_count() && n < cap; i++)
		if ((match.techniques >> i & 1) != 0)
			ret_indices[n++] = (uint8_t)i;
	arena_rewind(scratch, at);
	return n;
}
