/* collect.c - from a session's items to hashed, typed tokens (methods.md section 5).
 *
 * Commands become shingles of three consecutive normalised commands with start and end marks, so order is kept and one
 * inserted command changes three tokens, not all; the whole session gives one more. Most sessions repeat a script seen
 * before, so a script is normalised once and its tokens are remembered by the ids of its lines.
 * Exclusive artefacts are masked inside commands: what the artefact says is counted once, by the artefact layer. */
#include <stdlib.h>

#include "detect/text/artefacts.h"
#include "detect/text/normalise.h"
#include "detect/model/tokens.h"
#include "reference/reference.h"

enum { SCRIPT_COMMANDS_MOST = 2000, TOKEN_TEXT_MOST = 240 };

struct script {
	uint32_t from, n; /* tokens of the script in collect.script_tokens */
};

struct collect {
	const struct model *m;
	const struct reference *ref;
	struct token_bags *bags;
	struct arena *scratch; /* rewound after each script */
	struct arena *
	    normalise; /* the normaliser's own: it rewinds it under the commands that it has given */
	struct arena *texts; /* = m->arena */
	struct map scripts;  /* hash of the item ids -> index in `known` */
	struct script *known;
	uint32_t n_known, cap_known;
	uint64_t *script_tokens;
	uint32_t n_script_tokens, cap_script_tokens;
	struct map markers; /* content hash of a marker literal -> 1 */
	/* the script being normalised */
	struct sv *commands;
	uint32_t n_commands;
};

static bool
grow(void **array, uint32_t *cap, uint32_t need, size_t size)
{
	uint32_t wider = *cap == 0 ? 1024 : *cap;
	void *moved;

	if (need <= *cap)
		return true;
	while (wider < need)
		wider *= 2;
	moved = realloc(*array, (size_t)wider * size);
	if (moved == NULL)
		return false;
	*array = moved;
	*cap = wider;
	return true;
}

static void
remember_text(struct collect *c, struct token_bag *bag, uint64_t hash, struct sv text)
{
	uint32_t layer = (uint32_t)(bag - c->bags->layer);
	uint32_t *slot;

	if (c->ref != NULL)
		hash = reference_block(c->ref, layer, hash);
	if ((slot = map_slot(&bag->text_of, hash)) == NULL) {
		c->bags->full = true;
		return;
	}
	if (*slot != MAP_NONE)
		return;
	*slot = bag->n_texts;
	if (!grow((void **)&bag->texts, &bag->cap_texts, bag->n_texts + 1, sizeof(*bag->texts))) {
		c->bags->full = true;
		return;
	}
	bag->texts[bag->n_texts++] = arena_strdup(c->texts, sv_first(text, TOKEN_TEXT_MOST));
}

static void
use_token(struct collect *c, enum layer layer, uint32_t node, uint64_t hash)
{
	struct token_bag *bag = &c->bags->layer[layer];

	if (c->ref != NULL)
		hash = reference_block(c->ref, (uint32_t)layer, hash);
	if (bag->n == bag->cap) {
		size_t cap = bag->cap == 0 ? 4096 : bag->cap * 2;
		struct token_use *uses = realloc(bag->uses, cap * sizeof(*uses));

		if (uses == NULL) {
			c->bags->full = true;
			return;
		}
		bag->uses = uses;
		bag->cap = cap;
	}
	bag->uses[bag->n++] = (struct token_use){ hash, node };
}

/* A token with its text. The class is part of the hash, so that "a" as a command is no "a" as a port. */
static void
use_text(struct collect *c, enum layer layer, uint32_t node, const char *class, struct sv text)
{
	uint64_t hash = hash_mix(hash_content(sv_from(class)), hash_content(text));

	remember_text(c, &c->bags->layer[layer], hash, text);
	use_token(c, layer, node, hash);
}

static void
use_credential(struct collect *c, uint32_t node, const struct session_item *item)
{
	const struct strtab *s = c->m->table->strings;
	struct token_bag *bag = &c->bags->layer[LAYER_CREDENTIAL];
	uint64_t hash = hash_mix(strtab_hash(s, item->a), strtab_hash(s, item->b));
	struct arena_mark mark;
	struct sv user, password;
	char *text;

	if (map_get(&bag->text_of, hash) == MAP_NONE) {
		mark = arena_mark(c->scratch);
		user = sv_first(strtab_get(s, item->a), 100);
		password = sv_first(strtab_get(s, item->b), 100);
		text = arena_printf(c->scratch, "%.*s / %.*s", SV_ARG(user), SV_ARG(password));
		remember_text(c, bag, hash, sv_from(text));
		arena_rewind(c->scratch, mark);
	}
	use_token(c, LAYER_CREDENTIAL, node, hash);
}

/* `command` is the collector's own copy, so brands are overwritten in place. */
static void
mask_markers(const struct collect *c, char *command, size_t len)
{
	struct sv rest = { command, len };
	size_t at = 0;

	while (c->markers.used > 0 && rest.data != NULL) {
		struct sv word = sv_cut(&rest, ' ');

		if (word.len > 0 && map_get(&c->markers, hash_content(word)) != MAP_NONE)
			memset(command + at, '#', word.len);
		at += word.len + 1;
	}
}

static void
take_command(void *context, struct sv simple)
{
	struct collect *c = context;
	char *copy;

	if (simple.len == 0 || c->n_commands == SCRIPT_COMMANDS_MOST)
		return;
	copy = arena_strdup(c->scratch, simple);
	if (copy == NULL)
		return;
	mask_markers(c, copy, simple.len);
	c->commands[c->n_commands++] = (struct sv){ copy, simple.len };
}

static void
keep_script_token(struct collect *c, uint64_t hash, struct sv text)
{
	remember_text(c, &c->bags->layer[LAYER_COMMAND], hash, text);
	if (!grow((void **)&c->script_tokens, &c->cap_script_tokens, c->n_script_tokens + 1,
		sizeof(*c->script_tokens))) {
		c->bags->full = true;
		return;
	}
	c->script_tokens[c->n_script_tokens++] = hash;
}

/* A shingle for people: its commands, without the marks of start and end. */
static struct sv
shingle_text(const struct collect *c, uint32_t middle)
{
	uint32_t from = middle == 0 ? 0 : middle - 1;
	uint32_t to = middle + 1 == c->n_commands ? middle : middle + 1;
	char *text = arena_array(c->scratch, TOKEN_TEXT_MOST + 1, 1);
	size_t at = 0;

	if (text == NULL)
		return SV("");
	for (uint32_t i = from; i <= to; i++) {
		struct sv command = sv_first(c->commands[i], 75);

		if (i > from)
			at += (size_t)snprintf(text + at, 4, " ; ");
		memcpy(text + at, command.data, command.len);
		at += command.len;
	}
	return (struct sv){ text, at };
}

/* Shingles of three over ^ c1 ... cn $, and one token for the whole. */
static void
shingle(struct collect *c)
{
	uint64_t whole = hash_content(SV("script"));
	char *text;

	for (uint32_t i = 0; i < c->n_commands; i++) {
		struct sv before = i == 0 ? SV("^") : c->commands[i - 1];
		struct sv after = i + 1 == c->n_commands ? SV("$") : c->commands[i + 1];
		uint64_t h = hash_mix(hash_mix(hash_content(before), hash_content(c->commands[i])),
		    hash_content(after));

		whole = hash_mix(whole, hash_content(c->commands[i]));
		keep_script_token(c, h, shingle_text(c, i));
	}
	if (c->n_commands < 2)
		return;
	text = arena_printf(c->scratch, "whole script of %u commands: %.*s ...", c->n_commands,
	    (int)sv_first(c->commands[0], 100).len, c->commands[0].data);
	keep_script_token(c, whole, sv_from(text));
}

static bool
is_script_item(uint8_t kind)
{
	return kind == ITEM_COMMAND || kind == ITEM_PAYLOAD;
}

static bool
looks_like_request(struct sv text)
{
	static const char *const methods[] = { "GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ",
		"DELETE ", "PATCH ", "CONNECT " };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (sv_starts(text, sv_from(methods[i])))
			return true;
	return false;
}

static uint32_t
normalise_script(struct collect *c, uint32_t row)
{
	const struct session_table *t = c->m->table;
	struct arena_mark mark = arena_mark(c->scratch);
	uint32_t from = c->n_script_tokens;

	c->commands = ARENA_ARRAY_RAW(c->scratch, SCRIPT_COMMANDS_MOST, struct sv);
	c->n_commands = 0;
	for (uint32_t i = t->item_start[row]; c->commands != NULL && i < t->item_start[row + 1];
	     i++) {
		struct sv text = strtab_get(t->strings, t->items[i].a);

		if (is_script_item(t->items[i].kind) && !looks_like_request(text))
			normalise_line(text, c->normalise, take_command, c);
	}
	if (c->commands != NULL)
		shingle(c);
	arena_rewind(c->scratch, mark);
	if (!grow((void **)&c->known, &c->cap_known, c->n_known + 1, sizeof(*c->known))) {
		c->bags->full = true;
		return 0;
	}
	c->known[c->n_known] = (struct script){ from, c->n_script_tokens - from };
	return c->n_known++;
}

static void
collect_script(struct collect *c, uint32_t node, uint32_t row)
{
	const struct session_table *t = c->m->table;
	uint64_t h = 0;
	uint32_t *slot;
	struct script s;

	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
		if (is_script_item(t->items[i].kind))
			h = hash_mix(h, t->items[i].a);
	if (h == 0 || (slot = map_slot(&c->scripts, h)) == NULL)
		return;
	if (*slot == MAP_NONE)
		*slot = normalise_script(c, row);
	if (c->bags->full)
		return;
	s = c->known[*slot];
	for (uint32_t i = 0; i < s.n; i++)
		use_token(c, LAYER_COMMAND, node, c->script_tokens[s.from + i]);
}

static void
use_request(struct collect *c, uint32_t node, struct sv request)
{
	struct arena_mark mark = arena_mark(c->scratch);

	use_text(c, LAYER_WEB, node, "request", normalise_request(request, c->scratch));
	arena_rewind(c->scratch, mark);
}

static void
collect_item(struct collect *c, uint32_t node, const struct session_item *item, bool scan)
{
	const struct strtab *s = c->m->table->strings;
	struct sv a = strtab_get(s, item->a);

	switch (item->kind) {
	case ITEM_CREDENTIAL:
		use_credential(c, node, item);
		break;
	case ITEM_REQUEST:
		use_request(c, node, a);
		break;
	case ITEM_PAYLOAD:
		if (looks_like_request(a))
			use_request(c, node,
			    sv_first(
				a, sv_find_char(a, '\r') < a.len ? sv_find_char(a, '\r') : a.len));
		break;
	case ITEM_PORT:
		if (scan)
			use_text(c, LAYER_PACKET, node, "port", a);
		break;
	case ITEM_FORWARD:
		use_text(c, LAYER_COMMAND, node, "forward", a);
		break;
	case ITEM_SIGNATURE:
		use_text(c, LAYER_WEB, node, "signature", a);
		break;
	default:
		break;
	}
}

static void
collect_texts(struct collect *c, uint32_t node, uint32_t row)
{
	static const struct {
		enum session_text text;
		enum layer layer;
		const char *class;
	} columns[] = { { TEXT_HASSH, LAYER_PACKET, "hassh" },
		{ TEXT_BANNER, LAYER_PACKET, "banner" }, { TEXT_JA4, LAYER_PACKET, "ja4" },
		{ TEXT_PACKET, LAYER_PACKET, "packet" },
		{ TEXT_USER_AGENT, LAYER_WEB, "user_agent" } };

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		struct sv text = session_text(c->m->table, row, columns[i].text);

		if (text.len > 0)
			use_text(c, columns[i].layer, node, columns[i].class, text);
	}
}

static void
collect_session(struct collect *c, uint32_t node, uint32_t row)
{
	const struct session_table *t = c->m->table;
	uint8_t service = t->service[row];
	bool scan =
	    service == SERVICE_SCAN || service == SERVICE_OTHER || service == SERVICE_UNKNOWN;

	collect_texts(c, node, row);
	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
		collect_item(c, node, &t->items[i], scan);
	collect_script(c, node, row);
}

static bool
know_markers(struct collect *c)
{
	for (uint32_t i = 0; i < c->m->n_artefacts; i++) {
		const struct carried *a = &c->m->artefacts[i];
		const char *word;
		uint32_t *slot;

		if (a->kind != ARTEFACT_MARKER || a->is_public)
			continue;
		/* "busybox FBOT", "file /var/tmp/.x": the brand is the last word */
		word = strrchr(a->value, ' ') == NULL ? a->value : strrchr(a->value, ' ') + 1;
		if ((slot = map_slot(&c->markers, hash_content(sv_from(word)))) == NULL)
			return false;
		*slot = 1;
	}
	return true;
}

enum coord_err
tokens_collect(const struct model *m, const struct reference *ref, struct token_bags *ret,
    struct coord_error *err)
{
	struct collect c = { .m = m,
		.ref = ref,
		.bags = ret,
		.texts = m->arena,
		.scripts = MAP_INIT,
		.markers = MAP_INIT };

	*ret = (struct token_bags){ .full = false };
	c.scratch = arena_new(0);
	c.normalise = arena_new(0);
	if (c.scratch == NULL || c.normalise == NULL || !know_markers(&c))
		ret->full = true;
	for (uint32_t node = 0; !ret->full && node < m->n_nodes; node++)
		for (uint32_t i = m->node_sessions_start[node];
		     i < m->node_sessions_start[node + 1]; i++)
			collect_session(&c, node, m->node_sessions[i]);
	arena_free(c.scratch);
	arena_free(c.normalise);
	map_clear(&c.scripts);
	map_clear(&c.markers);
	free(c.known);
	free(c.script_tokens);
	if (ret->full) {
		tokens_release(ret);
		return error_set(err, COORD_ENOMEM, "tokens: out of memory");
	}
	return COORD_OK;
}

static int
use_order(const void *a, const void *b)
{
	const struct token_use *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

void
tokens_distinct(struct token_bag *bag)
{
	size_t n = 0;
	uint32_t of_node = 0;

	/* uses come in node order, so that each run is small */
	for (size_t from = 0, to; from < bag->n; from = to) {
		for (to = from; to < bag->n && bag->uses[to].node == bag->uses[from].node; to++)
			;
		qsort(bag->uses + from, to - from, sizeof(*bag->uses), use_order);
	}
	for (size_t i = 0; i < bag->n; i++) {
		struct token_use u = bag->uses[i];
		bool same_node = n > 0 && bag->uses[n - 1].node == u.node;

		if (same_node && bag->uses[n - 1].hash == u.hash)
			continue;
		of_node = same_node ? of_node + 1 : 1;
		if (of_node <= NODE_TOKENS_MOST)
			bag->uses[n++] = u;
	}
	bag->n = n;
}

void
tokens_release(struct token_bags *bags)
{
	for (size_t l = 0; l < LAYER_COUNT; l++) {
		free(bags->layer[l].uses);
		map_clear(&bags->layer[l].text_of);
		free(bags->layer[l].texts);
	}
}
